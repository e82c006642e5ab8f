package chain_test

import (
	"math/big"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core"

	"github.com/modelfactory/modelfactory/chain"
	"github.com/modelfactory/modelfactory/chain/chaintest"
	"github.com/modelfactory/modelfactory/chain/devchain"
)

// The real Jovian oracle runs on the embedded chain with the scalars of a busy
// network in L1Block; the parts of the fee must be what the OP specification's
// formulas give (Fjord data fee and its upper bound, Jovian operator fee).
func TestFeeOfAnOPStackNetwork(t *testing.T) {
	const (
		l1BaseFee, blobBaseFee    = 30_000_000_000, 2_000_000_000
		baseScalar, blobScalar    = 5_227, 1_014_213
		operatorScalar, operConst = 7, 1_000_000
	)
	slot := func(n int64) common.Hash { return common.BigToHash(big.NewInt(n)) }
	word := func(parts ...func(*big.Int)) common.Hash {
		n := new(big.Int)
		for _, p := range parts {
			p(n)
		}
		return common.BigToHash(n)
	}
	put := func(v uint64, bit uint) func(*big.Int) {
		return func(n *big.Int) { n.Or(n, new(big.Int).Lsh(new(big.Int).SetUint64(v), bit)) }
	}
	d := chaintest.NewDev(t, devchain.Options{Genesis: func(g *core.Genesis) {
		at := common.HexToAddress("0x4200000000000000000000000000000000000015")
		account := g.Alloc[at]
		account.Storage = map[common.Hash]common.Hash{
			slot(1): word(put(l1BaseFee, 0)),
			slot(3): word(put(blobScalar, 64), put(baseScalar, 96)), // after the sequence number
			slot(7): word(put(blobBaseFee, 0)),
			slot(8): word(put(operConst, 0), put(operatorScalar, 64)),
		}
		g.Alloc[at] = account
	}})
	reg, _ := d.Client.Profile().Registry()
	draft := prepare(t, d, chain.RegisterModel(reg, d.Key.Address, digest("m"), nil, 0, common.Hash{}))
	fee := review(t, d, draft).Fee

	raw, err := draft.Tx.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	// upper bound: flz = (size+68)·(1+1/255)+16, then the Fjord formula.
	dataFee := func(flz int64) *big.Int {
		estimated := max(100_000_000, -42_585_600+836_500*flz)
		price := int64(16*baseScalar)*l1BaseFee + int64(blobScalar)*blobBaseFee
		n := new(big.Int).Mul(big.NewInt(estimated), big.NewInt(price))
		return n.Div(n, big.NewInt(1_000_000_000_000))
	}
	size := int64(len(raw)) + 68
	bound := dataFee(size + size/255 + 16)
	operator := func(gas uint64) *big.Int {
		return new(big.Int).SetUint64(gas*operatorScalar*100 + operConst)
	}
	if want := operator(fee.GasExpected); fee.Operator.Cmp(want) != 0 {
		t.Errorf("operator fee %s, the Jovian formula gives %s", fee.Operator, want)
	}
	if fee.L1Data.Sign() <= 0 || fee.L1Data.Cmp(bound) > 0 || fee.L1Data.Cmp(dataFee(0)) < 0 {
		t.Errorf("data fee %s is not between the least %s and the bound %s", fee.L1Data, dataFee(0), bound)
	}
	l2 := new(big.Int).Mul(draft.Tx.GasFeeCap(), new(big.Int).SetUint64(draft.Tx.Gas()))
	want := new(big.Int).Add(l2, new(big.Int).Add(bound, operator(draft.Tx.Gas())))
	if fee.AtMost.Cmp(want) != 0 {
		t.Errorf("at most %s, the formulas give %s", fee.AtMost, want)
	}
	if total := new(big.Int).Add(fee.L2, new(big.Int).Add(fee.L1Data, fee.Operator)); total.Cmp(fee.Expected) != 0 {
		t.Errorf("parts add up to %s, expected is %s", total, fee.Expected)
	}
	// Need counts all of it.
	if r := review(t, d, draft); r.Need.Cmp(r.Fee.AtMost) != 0 {
		t.Errorf("need %s, at most %s", r.Need, r.Fee.AtMost)
	}
}

// A network without the oracle is plain EIP-1559.
func TestFeeWithoutOracle(t *testing.T) {
	d := chaintest.NewDev(t, devchain.Options{Genesis: func(g *core.Genesis) {
		delete(g.Alloc, devchain.GasPriceOracle)
	}})
	draft := prepare(t, d, chain.Send(d.Key.Address, common.Address{9}, open(1)))
	fee := review(t, d, draft).Fee
	if fee.L1Data.Sign() != 0 || fee.Operator.Sign() != 0 || fee.Gas != 21_000 || fee.GasExpected != 21_000 {
		t.Fatalf("fee %+v", fee)
	}
	if want := new(big.Int).Mul(draft.Tx.GasFeeCap(), big.NewInt(21_000)); fee.AtMost.Cmp(want) != 0 {
		t.Fatalf("at most %s, want %s", fee.AtMost, want)
	}
}
