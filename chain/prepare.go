package chain

import (
	"context"
	"math/big"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"
)

// Draft is a transaction that is ready to be reviewed and then signed. Tx holds
// the final bytes: nothing is added after the review.
type Draft struct {
	Profile  Profile
	Tx       *types.Transaction // not signed
	From     common.Address
	Fee      Fee
	Kind     string // label of the maker; what is recorded is decoded from Tx
	Note     string
	approved common.Hash // signing hash of the bytes that a review showed
}

// signingHash is the hash that the key signs: it stands for every byte of the
// transaction (EIP-2718, EIP-155).
func signingHash(tx *types.Transaction) common.Hash {
	return types.LatestSignerForChainID(tx.ChainId()).Hash(tx)
}

// Gas limits: plain coin to an account costs 21,000 exactly; anything else gets
// a quarter more than the estimate, since state may change until it is mined.
const (
	transferGas = 21_000
	fallbackGas = 500_000 // limit of a call whose estimate fails; the review then blocks it
)

// Prepare makes the transaction for a call: nonce, gas limit, prices. A call
// that would fail still becomes a draft, so that its review can say why.
func (c *Client) Prepare(ctx context.Context, call Call) (Draft, error) {
	value := call.Value
	if value == nil {
		value = new(big.Int)
	}
	if value.Sign() < 0 {
		return Draft{}, &Error{Kind: KindUsage, Message: "The amount is below zero", Next: "Send a positive amount."}
	}
	if call.From == (common.Address{}) || call.To == (common.Address{}) {
		return Draft{}, &Error{Kind: KindUsage, Message: "The transaction has no sender or no recipient", Next: "Choose an account and a recipient."}
	}
	head, err := c.block(ctx, "latest")
	if err != nil {
		return Draft{}, err
	}
	if head == nil || head.BaseFee == nil {
		return Draft{}, failed(nil, "Choose a network with EIP-1559 fees.", "The node of %s names no base fee", c.profile.Title)
	}
	nonce, err := c.nonce(ctx, call.From)
	if err != nil {
		return Draft{}, err
	}
	tip, err := c.tip(ctx)
	if err != nil {
		return Draft{}, err
	}
	gas, used, err := c.gas(ctx, call, value, uint64(head.GasLimit))
	if err != nil {
		return Draft{}, err
	}
	tx := types.NewTx(&types.DynamicFeeTx{
		ChainID: new(big.Int).SetUint64(c.profile.ChainID), Nonce: nonce, Gas: gas,
		GasTipCap: tip,
		// Twice the base fee lasts six full blocks of rising by an eighth each.
		GasFeeCap: new(big.Int).Add(mul((*big.Int)(head.BaseFee), 2), tip),
		To:        &call.To, Value: value, Data: common.CopyBytes(call.Data),
	})
	fee, err := c.fee(ctx, head, tx, used)
	if err != nil {
		return Draft{}, err
	}
	return Draft{Profile: c.profile, Tx: tx, From: call.From, Fee: fee, Kind: call.Kind, Note: call.Note}, nil
}

// nonce returns the first number that neither the network nor a transaction
// waiting in the outbox has taken.
func (c *Client) nonce(ctx context.Context, from common.Address) (uint64, error) {
	var pending hexutil.Uint64
	if err := c.call(ctx, &pending, "eth_getTransactionCount", from, "pending"); err != nil {
		return 0, err
	}
	if c.outbox == nil {
		return uint64(pending), nil
	}
	return c.outbox.freeNonce(ctx, c.profile, from, uint64(pending))
}

func (c *Client) tip(ctx context.Context) (*big.Int, error) {
	var tip hexutil.Big
	switch err := c.call(ctx, &tip, "eth_maxPriorityFeePerGas"); {
	case err == nil && (*big.Int)(&tip).Sign() > 0:
		return (*big.Int)(&tip), nil
	case err != nil && !isReply(err):
		return nil, err
	}
	return big.NewInt(1), nil
}

func (c *Client) gas(ctx context.Context, call Call, value *big.Int, blockLimit uint64) (limit, used uint64, err error) {
	var estimate hexutil.Uint64
	err = c.call(ctx, &estimate, "eth_estimateGas", message(call.From, &call.To, value, call.Data))
	switch {
	case err != nil && isReply(err):
		limit = fallbackGas
		if len(call.Data) == 0 {
			limit = transferGas
		}
		return limit, limit, nil
	case err != nil:
		return 0, 0, err
	case estimate == transferGas:
		return transferGas, transferGas, nil
	}
	limit = uint64(estimate) + uint64(estimate)/4
	if blockLimit > 0 {
		limit = min(limit, blockLimit)
	}
	return limit, uint64(estimate), nil
}
