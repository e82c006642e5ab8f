package chain

import (
	"cmp"
	"context"
	"errors"
	"math/big"
	"slices"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/rpc"
)

// receipt is the part of a receipt that is used, with the fields that OP Stack
// networks add.
type receipt struct {
	Status      hexutil.Uint64 `json:"status"`
	Block       hexutil.Uint64 `json:"blockNumber"`
	GasUsed     hexutil.Uint64 `json:"gasUsed"`
	GasPrice    *hexutil.Big   `json:"effectiveGasPrice"`
	L1Fee       *hexutil.Big   `json:"l1Fee"`
	OperatorFee *hexutil.Big   `json:"operatorFee"`
	Logs        []*types.Log   `json:"logs"`
}

// receipt returns a transaction's receipt, nil when it is in no block, and what
// was paid in fees.
func (c *Client) receipt(ctx context.Context, hash common.Hash) (*receipt, *big.Int, error) {
	var r *receipt
	err := c.call(ctx, &r, "eth_getTransactionReceipt", hash)
	return r, r.paid(), err
}

// receiptBy is receipt from a node that has the block at. known is false when
// the node that answered does not have it: then it may not have the
// transaction's block either.
func (c *Client) receiptBy(ctx context.Context, hash common.Hash, at *header) (r *receipt, paid *big.Int, known bool, err error) {
	var has *header
	err = c.calls(ctx,
		rpc.BatchElem{Method: "eth_getTransactionReceipt", Args: []any{hash}, Result: &r},
		rpc.BatchElem{Method: "eth_getBlockByNumber", Args: []any{at.Number, false}, Result: &has})
	return r, r.paid(), has != nil && has.Hash == at.Hash, err
}

// paid is the fee in wei; nil without a receipt.
func (r *receipt) paid() *big.Int {
	if r == nil {
		return nil
	}
	paid := new(big.Int)
	if r.GasPrice != nil {
		paid = mul((*big.Int)(r.GasPrice), uint64(r.GasUsed))
	}
	for _, part := range []*hexutil.Big{r.L1Fee, r.OperatorFee} {
		if part != nil {
			paid.Add(paid, (*big.Int)(part))
		}
	}
	return paid
}

// Outcome is what a mined transaction made.
type Outcome struct {
	Block   uint64
	Failed  bool
	FeePaid *big.Int    // wei
	Net     uint64      // of a created net, a published version, a licence
	Version uint32      // of a published version
	Model   uint64      // of a registered model
	Until   time.Time   // of a licence
	Digest  common.Hash // manifest of a model or version
}

// Outcome reads the events of a mined transaction. Only events of the
// profile's contracts count. The error is not_found while it is in no block.
func (c *Client) Outcome(ctx context.Context, hash common.Hash) (Outcome, error) {
	r, paid, err := c.receipt(ctx, hash)
	if err != nil {
		return Outcome{}, err
	}
	if r == nil {
		return Outcome{}, NotFound("a block of %s with transaction %s", c.profile.Title, hash)
	}
	out := Outcome{Block: uint64(r.Block), Failed: r.Status != 1, FeePaid: paid}
	for _, l := range r.Logs {
		registry, ok := c.profile.RegistryAt(l.Address)
		if !ok {
			continue
		}
		switch l.Address {
		case registry.DataNets:
			if e, err := netsABI.UnpackNetCreatedEvent(l); err == nil {
				out.Net = e.NetId
			}
			if e, err := netsABI.UnpackVersionPublishedEvent(l); err == nil {
				out.Net, out.Version, out.Digest = e.NetId, e.Number, e.Digest
			}
		case registry.Licences:
			if e, err := licencesABI.UnpackLicenceBoughtEvent(l); err == nil {
				out.Net, out.Until = e.NetId, unix(e.Until)
			}
			if e, err := licencesABI.UnpackLicenceGrantedEvent(l); err == nil {
				out.Net, out.Until = e.NetId, unix(e.Until)
			}
		case registry.Models:
			if e, err := modelsABI.UnpackModelRegisteredEvent(l); err == nil {
				out.Model, out.Digest = e.Id, e.Manifest
			}
		}
	}
	return out, nil
}

// refresh asks the network where a transaction is and stores what changed.
// It needs o.mu.
func (o *Outbox) refresh(ctx context.Context, r TxRecord) (TxRecord, error) {
	if r.Raw == nil {
		return r, nil
	}
	c, err := o.client(r.ChainID, r.Genesis)
	if err != nil {
		return r, err
	}
	found, paid, err := c.receipt(ctx, r.Hash)
	if err != nil {
		return r, err
	}
	before := r
	if found != nil {
		err = o.mined(ctx, c, &r, found, paid)
	} else {
		err = o.unmined(ctx, c, &r)
	}
	if err != nil {
		return before, err
	}
	if r.State == before.State && r.Block == before.Block && r.Error == before.Error {
		return r, nil
	}
	return r, o.save(ctx, &r)
}

// mined moves a record whose transaction is in a block.
func (o *Outbox) mined(ctx context.Context, c *Client, r *TxRecord, found *receipt, paid *big.Int) error {
	r.Block, r.FeePaid, r.Error = uint64(found.Block), paid, ""
	if found.Status != 1 {
		r.State, r.Error = TxFailed, "The contract refused it in block "+new(big.Int).SetUint64(r.Block).String()+"; the fee is spent."
		return nil
	}
	s, err := c.Status(ctx)
	if err != nil {
		return err
	}
	switch {
	case r.Block <= s.Final:
		r.State = TxFinal
	case r.Block <= s.Safe:
		r.State = TxSafe
	default:
		r.State = TxMined
	}
	return nil
}

// unmined moves a record whose transaction is in no block: it is still on its
// way unless its nonce is used.
func (o *Outbox) unmined(ctx context.Context, c *Client, r *TxRecord) error {
	// Counted at the safe block: a nonce that is used only in a block that may
	// still go away must not free this transaction's intent.
	at, err := c.readBlock(ctx)
	if err != nil {
		return err
	}
	var used hexutil.Uint64
	if err := c.call(ctx, &used, "eth_getTransactionCount", r.From, hexutil.EncodeUint64(uint64(at.Number))); err != nil {
		return err
	}
	if uint64(used) <= r.Nonce {
		if r.State.AtLeast(TxSent) || r.State == TxFailed {
			// Its block is gone, or the node forgot it: it is on its way again.
			r.State, r.Block, r.FeePaid = TxSent, 0, nil
		}
		return nil
	}
	// Asked in this order a block in between cannot be missed. Behind one address
	// there can be a node that lags: what it does not have drops nothing.
	switch found, paid, known, err := c.receiptBy(ctx, r.Hash, at); {
	case err != nil || (found == nil && !known):
		return err
	case found != nil:
		return o.mined(ctx, c, r, found, paid)
	}
	all, err := o.store.Txs(ctx)
	if err != nil {
		return err
	}
	r.State, r.Block, r.FeePaid = TxDropped, 0, nil
	r.Error = "Another transaction of this account has its number."
	for _, other := range all {
		if other.ID != r.ID && other.ChainID == r.ChainID && other.Genesis == r.Genesis && other.From == r.From &&
			other.Nonce == r.Nonce && other.State.AtLeast(TxMined) {
			r.State, r.Error = TxReplaced, "Replaced by "+other.Hash.Hex()+"."
		}
	}
	return nil
}

// Reconcile brings every record to what its network says, once: at start, and
// whenever a network is back. Signed transactions are sent again. A record that
// was never signed is dropped. Networks that do not answer are left for later;
// their errors are returned joined, after all others were done.
func (o *Outbox) Reconcile(ctx context.Context) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	all, err := o.store.Txs(ctx)
	if err != nil {
		return err
	}
	// A node may refuse a number that leaves a gap, and the times of records are those of a clock that can be set back.
	slices.SortStableFunc(all, func(a, b TxRecord) int { return cmp.Compare(a.Nonce, b.Nonce) })
	type network struct {
		id      uint64
		genesis common.Hash
	}
	silent := map[network]bool{}
	var errs []error
	for _, r := range all {
		n := network{r.ChainID, r.Genesis}
		if silent[n] {
			continue
		}
		if err := o.reconcile(ctx, r); err != nil {
			errs = append(errs, err)
			silent[n] = !isReply(err)
		}
	}
	return errors.Join(errs...)
}

func (o *Outbox) reconcile(ctx context.Context, r TxRecord) error {
	switch {
	case r.State == TxBuilt:
		r.State, r.Error = TxDropped, "The program ended before it was signed."
		return o.save(ctx, &r)
	case r.Raw == nil || r.State == TxDropped || r.State == TxReplaced || r.State == TxFinal || r.State == TxFailed:
		return nil
	}
	r, err := o.refresh(ctx, r)
	if err != nil || (r.State != TxSigned && r.State != TxSent) {
		return err
	}
	_, err = o.send(ctx, r)
	if IsRefused(err) {
		return nil // it is dropped, and the record says why
	}
	return err
}

// Wait returns when the transaction has got as far as until, or has ended
// otherwise: then the error says how. It asks the network again and again until
// ctx ends.
func (o *Outbox) Wait(ctx context.Context, id string, until TxState) (TxRecord, error) {
	pause := 20 * time.Millisecond
	for {
		r, err := o.step(ctx, id)
		if err != nil && ctx.Err() == nil && !isKind(err, KindFailed) {
			return r, err
		}
		switch {
		case r.State.AtLeast(until):
			return r, nil
		case r.State == TxFailed || r.State == TxDropped || r.State == TxReplaced:
			return r, refused("Look at it in the wallet, then review it again.", "The transaction is %s: %s", r.State, r.Error)
		}
		select {
		case <-ctx.Done():
			return r, ctx.Err()
		case <-time.After(pause):
			pause = min(pause*2, 2*time.Second)
		}
	}
}

// step looks after one record once.
func (o *Outbox) step(ctx context.Context, id string) (TxRecord, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	r, err := o.store.Tx(ctx, id)
	if err != nil || r.State.Ended() {
		return r, err
	}
	if r.State == TxSigned {
		return o.send(ctx, r)
	}
	return o.refresh(ctx, r)
}
