package chain

import (
	"context"
	"math/big"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
)

// Fee is what a transaction costs, in wei. L2, L1Data and Operator are the
// expected parts and add up to Expected.
type Fee struct {
	Gas         uint64   // limit
	GasExpected uint64   // what the trial used
	L2          *big.Int // gas on the network itself
	L1Data      *big.Int // OP Stack: storing the bytes on the layer below
	Operator    *big.Int // OP Stack since Isthmus
	Expected    *big.Int
	AtMost      *big.Int // gas limit at the highest price, with the upper bounds of the other parts
}

// gasPriceOracle is the OP Stack predeploy (specification, "predeploys").
var gasPriceOracle = common.HexToAddress("0x420000000000000000000000000000000000000F")

var (
	selUpperBound  = crypto.Keccak256([]byte("getL1FeeUpperBound(uint256)"))[:4]
	selL1Fee       = crypto.Keccak256([]byte("getL1Fee(bytes)"))[:4]
	selOperatorFee = crypto.Keccak256([]byte("getOperatorFee(uint256)"))[:4]
)

// fee computes what tx costs at the given head, when it uses gas.
//
// The L1 data fee is asked of the network's own GasPriceOracle, because which
// formula holds depends on its upgrades (specification: Fjord, Isthmus,
// Jovian). A network without that contract is plain EIP-1559.
func (c *Client) fee(ctx context.Context, head *header, tx *types.Transaction, gas uint64) (Fee, error) {
	f := Fee{Gas: tx.Gas(), GasExpected: gas, L1Data: new(big.Int), Operator: new(big.Int)}
	price := tx.GasFeeCap()
	if head.BaseFee != nil {
		now := new(big.Int).Add((*big.Int)(head.BaseFee), tx.GasTipCap())
		if now.Cmp(price) < 0 {
			price = now
		}
	}
	f.L2 = mul(price, gas)
	l1Bound, operatorBound := new(big.Int), new(big.Int)
	has, err := c.hasOracle(ctx)
	if err != nil {
		return Fee{}, err
	}
	if has {
		raw, err := tx.MarshalBinary()
		if err != nil {
			return Fee{}, failed(err, "", "The transaction could not be encoded")
		}
		if f.L1Data, err = c.ask(ctx, selL1Fee, packBytes(raw)); err != nil {
			return Fee{}, err
		}
		if l1Bound, err = c.ask(ctx, selUpperBound, word(uint64(len(raw)))); err != nil {
			return Fee{}, err
		}
		// Before Fjord the oracle has no bound: take the fee and a quarter more.
		if l1Bound.Sign() == 0 {
			l1Bound.Div(new(big.Int).Mul(f.L1Data, big.NewInt(5)), big.NewInt(4))
		}
		if f.Operator, err = c.ask(ctx, selOperatorFee, word(gas)); err != nil {
			return Fee{}, err
		}
		if operatorBound, err = c.ask(ctx, selOperatorFee, word(tx.Gas())); err != nil {
			return Fee{}, err
		}
	}
	f.Expected = sum(f.L2, f.L1Data, f.Operator)
	f.AtMost = sum(mul(tx.GasFeeCap(), tx.Gas()), l1Bound, operatorBound)
	if f.AtMost.Cmp(f.Expected) < 0 {
		f.AtMost = new(big.Int).Set(f.Expected)
	}
	return f, nil
}

// hasOracle reports whether the network is an OP Stack one.
func (c *Client) hasOracle(ctx context.Context) (bool, error) {
	c.mu.Lock()
	known := c.oracle
	c.mu.Unlock()
	if known != nil {
		return *known, nil
	}
	has, err := c.hasCode(ctx, gasPriceOracle)
	if err != nil {
		return false, err
	}
	c.mu.Lock()
	c.oracle = &has
	c.mu.Unlock()
	return has, nil
}

// ask calls the oracle. A question that its upgrade does not know yet costs
// nothing, so a revert is 0; a broken line is an error.
func (c *Client) ask(ctx context.Context, selector, args []byte) (*big.Int, error) {
	var out hexutil.Bytes
	err := c.call(ctx, &out, "eth_call", map[string]any{
		"to": gasPriceOracle, "input": hexutil.Bytes(append(common.CopyBytes(selector), args...)),
	}, "latest")
	switch {
	case err != nil && isReply(err):
		return new(big.Int), nil
	case err != nil:
		return nil, err
	case len(out) != 32:
		return new(big.Int), nil
	}
	return new(big.Int).SetBytes(out), nil
}

func word(n uint64) []byte { return common.BigToHash(new(big.Int).SetUint64(n)).Bytes() }

// packBytes is the ABI encoding of one dynamic bytes argument.
func packBytes(b []byte) []byte {
	out := append(word(32), word(uint64(len(b)))...)
	out = append(out, b...)
	return append(out, make([]byte, (32-len(b)%32)%32)...)
}

func mul(price *big.Int, gas uint64) *big.Int {
	return new(big.Int).Mul(price, new(big.Int).SetUint64(gas))
}

func sum(parts ...*big.Int) *big.Int {
	total := new(big.Int)
	for _, p := range parts {
		total.Add(total, p)
	}
	return total
}
