package devchain

import (
	"context"
	"errors"
	"fmt"
	"math/big"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/txpool"
	"github.com/ethereum/go-ethereum/core/types"
)

// minimumFree is the space a transaction may be started with. The database
// ends the whole program when it cannot write, so it is never brought there.
const minimumFree = 64 << 20 // bytes

// send mines one signed transaction: build, journal, seal. When it returns
// without error the transaction is on the disk and in a block.
func (c *Chain) send(ctx context.Context, raw []byte) (common.Hash, error) {
	tx, err := c.accept(raw)
	if err != nil {
		return common.Hash{}, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return tx.Hash(), c.mine(ctx, tx, raw)
}

// accept parses a transaction and refuses what this chain does not take.
func (c *Chain) accept(raw []byte) (*types.Transaction, error) {
	if len(raw) > maxTransaction {
		return nil, fmt.Errorf("%w: %d bytes, at most %d", txpool.ErrOversizedData, len(raw), maxTransaction)
	}
	tx := new(types.Transaction)
	if err := tx.UnmarshalBinary(raw); err != nil {
		return nil, err
	}
	switch {
	case !tx.Protected():
		return nil, errors.New("only replay-protected (EIP-155) transactions allowed over RPC")
	case tx.ChainId().Cmp(new(big.Int).SetUint64(c.chainID)) != 0:
		return nil, fmt.Errorf("%w: it is for chain %s, this is %d", types.ErrInvalidChainId, tx.ChainId(), c.chainID)
	case tx.Type() == types.BlobTxType:
		return nil, types.ErrTxTypeNotSupported
	}
	return tx, nil
}

// mine needs c.mu.
func (c *Chain) mine(ctx context.Context, tx *types.Transaction, raw []byte) error {
	if c.closed {
		return errors.New("the development chain is closed")
	}
	if c.broken != nil {
		return c.broken
	}
	if found, _, _, _, _ := c.engine.eth.APIBackend.GetCanonicalTransaction(tx.Hash()); found {
		return txpool.ErrAlreadyKnown
	}
	if free, err := c.opt.Free(c.dir); err == nil && free < minimumFree {
		return refused(nil, "Free some space, then try again; nothing was written.", "The disk is almost full: %d MB left, the development chain needs %d", free>>20, minimumFree>>20)
	}
	at := c.engine.blockTime(c.opt.Now())
	block, err := c.engine.build(tx, at)
	if err != nil {
		return err
	}
	c.opt.Step("built")
	if err := c.journal.append(record{time: at, block: block.Hash(), raw: raw}); err != nil {
		err = failed(err, "Free some space and send it again; nothing was written.", "The transaction could not be journalled")
		if errors.Is(err, errDamaged) {
			c.broken = err
		}
		return err
	}
	c.opt.Step("journalled")
	// From here on the transaction has happened: a caller that goes away does
	// not stop it, and a failure to seal is mended by the replay at next start.
	if err := c.engine.seal(context.WithoutCancel(ctx), block); err != nil {
		c.broken = failed(err, "Start the program again; the transaction is in the journal.", "A journalled block could not be sealed")
		return c.broken
	}
	if isFirstFunding(tx) {
		c.funded = true
	}
	c.opt.Step("sealed")
	return nil
}
