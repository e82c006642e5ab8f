package devchain

import (
	"context"
	"math/big"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/params"

	"github.com/modelfactory/modelfactory/chain"
)

// FirstFunding is what the first account gets by itself: 1,000 test OPEN, in wei.
var FirstFunding = new(big.Int).Mul(big.NewInt(1000), big.NewInt(params.Ether))

// faucetLimit is the most one faucet call gives: 1,000,000 test OPEN, in wei.
var faucetLimit = new(big.Int).Mul(big.NewInt(1_000_000), big.NewInt(params.Ether))

// firstFundingNote is the data of the first funding's transaction. The journal
// itself thereby remembers that it happened, whenever the program was killed.
var firstFundingNote = []byte("modelfactory: coin of the first account")

func isFirstFunding(tx *types.Transaction) bool { return string(tx.Data()) == string(firstFundingNote) }

// Steward is the account that deployed the contracts and owns the sample
// DataNets. Its key is derived from the folder's salt and is no secret.
func (c *Chain) Steward() common.Address { return crypto.PubkeyToAddress(c.key.PublicKey) }

// SignSend signs a transaction of the steward, mines it and returns its
// receipt. A call that would revert is refused before anything is journalled.
// to = nil deploys data as a contract.
func (c *Chain) SignSend(ctx context.Context, to *common.Address, value *big.Int, data []byte) (*types.Receipt, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.signSend(ctx, to, value, data)
}

// signSend needs c.mu.
func (c *Chain) signSend(ctx context.Context, to *common.Address, value *big.Int, data []byte) (*types.Receipt, error) {
	if c.closed {
		return nil, failed(nil, "Open it again.", "The development chain is closed")
	}
	if value == nil {
		value = new(big.Int)
	}
	call := map[string]any{"from": c.Steward(), "value": (*hexutil.Big)(value), "input": hexutil.Bytes(data)}
	if to != nil {
		call["to"] = *to
	}
	var gas hexutil.Uint64
	if err := c.client.CallContext(ctx, &gas, "eth_estimateGas", call); err != nil {
		return nil, refused(err, "", "The steward's transaction would fail")
	}
	state, err := c.engine.eth.BlockChain().State()
	if err != nil {
		return nil, failed(err, "", "The development chain's state could not be read")
	}
	fee := new(big.Int).Add(new(big.Int).Mul(c.engine.head().BaseFee, big.NewInt(2)), big.NewInt(1))
	tx, err := types.SignNewTx(c.key, types.LatestSignerForChainID(new(big.Int).SetUint64(c.chainID)), &types.DynamicFeeTx{
		ChainID: new(big.Int).SetUint64(c.chainID), Nonce: state.GetNonce(c.Steward()),
		GasTipCap: big.NewInt(1), GasFeeCap: fee, Gas: uint64(gas) + uint64(gas)/5,
		To: to, Value: value, Data: data,
	})
	if err != nil {
		return nil, failed(err, "", "The steward could not sign")
	}
	raw, err := tx.MarshalBinary()
	if err != nil {
		return nil, failed(err, "", "The steward's transaction could not be encoded")
	}
	if err := c.mine(ctx, tx, raw); err != nil {
		return nil, err
	}
	receipts := c.engine.eth.BlockChain().GetReceiptsByHash(c.engine.head().Hash())
	if len(receipts) != 1 || receipts[0].TxHash != tx.Hash() {
		return nil, failed(nil, "Start the program again.", "The receipt of the steward's transaction is missing")
	}
	if receipts[0].Status != types.ReceiptStatusSuccessful {
		return receipts[0], failed(nil, "", "The steward's transaction failed in block %s", receipts[0].BlockNumber)
	}
	return receipts[0], nil
}

// Faucet gives an account test OPEN, in wei, and returns the transaction.
func (c *Chain) Faucet(ctx context.Context, to common.Address, amount *big.Int) (common.Hash, error) {
	if amount == nil || amount.Sign() <= 0 || amount.Cmp(faucetLimit) > 0 {
		return common.Hash{}, &chain.Error{Kind: chain.KindUsage, Message: "The faucet gives more than 0 and at most 1,000,000 test OPEN at once", Next: "Ask for an amount in between, such as 100."}
	}
	receipt, err := c.SignSend(ctx, &to, amount, nil)
	if err != nil {
		return common.Hash{}, err
	}
	return receipt.TxHash, nil
}

// FundFirst gives the first account of this folder 1,000 test OPEN, once: a
// second call, for whatever account and after whatever crash, does nothing.
func (c *Chain) FundFirst(ctx context.Context, addr common.Address) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.funded {
		return nil
	}
	_, err := c.signSend(ctx, &addr, FirstFunding, firstFundingNote)
	return err
}
