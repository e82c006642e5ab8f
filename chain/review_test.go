package chain_test

import (
	"context"
	"math/big"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"

	"github.com/modelfactory/modelfactory/chain"
	"github.com/modelfactory/modelfactory/chain/chaintest"
	"github.com/modelfactory/modelfactory/chain/devchain"
)

// change makes a draft's transaction again with something altered, as a broken
// or bribed builder would after the form was filled in.
func change(d chain.Draft, f func(*types.DynamicFeeTx)) chain.Draft {
	tx := &types.DynamicFeeTx{
		ChainID: d.Tx.ChainId(), Nonce: d.Tx.Nonce(), Gas: d.Tx.Gas(), GasTipCap: d.Tx.GasTipCap(), GasFeeCap: d.Tx.GasFeeCap(),
		To: d.Tx.To(), Value: d.Tx.Value(), Data: d.Tx.Data(),
	}
	f(tx)
	d.Tx = types.NewTx(tx)
	return d
}

func review(t *testing.T, d *chaintest.Dev, draft chain.Draft) chain.Review {
	t.Helper()
	r, err := d.Client.Review(context.Background(), draft)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func prepare(t *testing.T, d *chaintest.Dev, call chain.Call) chain.Draft {
	t.Helper()
	draft, err := d.Client.Prepare(context.Background(), call)
	if err != nil {
		t.Fatal(err)
	}
	return draft
}

// The form said Bob; the builder wrote Mallory. The review shows Mallory, the
// approval of the honest one does not fit, and nothing is signed.
func TestReviewShowsWhatIsSigned(t *testing.T) {
	ctx := context.Background()
	d := chaintest.NewDev(t, devchain.Options{})
	bob, mallory := common.HexToAddress("0xb0b"), common.HexToAddress("0x000000000000000000000000000000000000bAd1")
	honest := prepare(t, d, chain.Send(d.Key.Address, bob, open(3)))
	if r := review(t, d, honest); r.To != bob || !strings.Contains(r.Sentence, "Sends 3 test OPEN to 0x0000") || len(r.Blocks) != 0 {
		t.Fatalf("honest review: %+v", r)
	}
	altered := change(honest, func(x *types.DynamicFeeTx) { x.To = &mallory; x.Value = open(4) })
	r := review(t, d, altered)
	if r.To != mallory || r.Amount.Cmp(open(4)) != 0 || !strings.Contains(r.Sentence, "4 test OPEN") || !strings.Contains(r.Sentence, mallory.Hex()[38:]) {
		t.Fatalf("the altered transaction is shown as %q to %s", r.Sentence, r.To)
	}
	raw, _ := altered.Tx.MarshalBinary()
	if r.Raw != "0x"+common.Bytes2Hex(raw) {
		t.Fatal("the raw bytes shown are not those of the transaction")
	}
	approved, err := review(t, d, honest).Approve(honest)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := review(t, d, honest).Approve(altered); !chain.IsRefused(err) {
		t.Fatalf("the honest review approved the altered transaction: %v", err)
	}
	swapped := approved
	swapped.Tx = altered.Tx
	for name, draft := range map[string]chain.Draft{"swapped after approval": swapped, "never reviewed": honest} {
		if _, err := d.Outbox.Submit(ctx, draft, d.Key, name); !chain.IsRefused(err) {
			t.Errorf("%s: %v, want a refusal", name, err)
		}
	}
	// A signer that signs something else is caught as well.
	if _, err := d.Outbox.Submit(ctx, approved, swapping{d.Key, altered.Tx}, "swapped by the signer"); !chain.IsRefused(err) {
		t.Errorf("another transaction was signed: %v, want a refusal", err)
	}
	if b, err := d.Client.Balance(ctx, mallory); err != nil || b.Sign() != 0 {
		t.Fatalf("mallory has %s, %v", b, err)
	}
}

type swapping struct {
	*chaintest.Key
	tx *types.Transaction
}

func (s swapping) Sign(ctx context.Context, from common.Address, _ *types.Transaction, id *big.Int) (*types.Transaction, error) {
	return s.Key.Sign(ctx, from, s.tx, id)
}

func TestReviewBlocks(t *testing.T) {
	d := chaintest.NewDev(t, devchain.Options{})
	reg, _ := d.Client.Profile().Registry()
	me := d.Key.Address
	send := prepare(t, d, chain.Send(me, common.Address{9}, open(1)))
	model := prepare(t, d, chain.RegisterModel(reg, me, digest("m"), nil, 0, common.Hash{}))
	stranger := common.HexToAddress("0x5151515151515151515151515151515151515151")
	for name, c := range map[string]struct {
		draft chain.Draft
		want  string
	}{
		"wrong chain":          {change(send, func(x *types.DynamicFeeTx) { x.ChainID = big.NewInt(1612) }), "Wrong chain"},
		"prepared elsewhere":   {func() chain.Draft { s := send; s.Profile.Genesis = common.Hash{1}; return s }(), "Wrong chain"},
		"too little coin":      {change(send, func(x *types.DynamicFeeTx) { x.Value = open(5000) }), "Not enough test OPEN: needs up to 5000.0"},
		"fee above the cap":    {change(send, func(x *types.DynamicFeeTx) { x.GasFeeCap = open(1) }), ""},
		"unknown contract":     {change(model, func(x *types.DynamicFeeTx) { x.To = &stranger }), "Unknown contract"},
		"unknown instructions": {change(model, func(x *types.DynamicFeeTx) { x.Data = []byte{1, 2, 3, 4} }), "cannot be explained"},
		"bytes after the call": {change(model, func(x *types.DynamicFeeTx) { x.Data = append(common.CopyBytes(x.Data), 0) }), "cannot be explained"},
		"a new contract":       {change(model, func(x *types.DynamicFeeTx) { x.To = nil }), "unknown contract"},
		"coin for nothing":     {change(model, func(x *types.DynamicFeeTx) { x.Value = big.NewInt(1) }), "costs nothing"},
		"would fail":           {prepare(t, d, chain.PublishVersion(reg, me, 8, digest("r"), digest("d"), 1)), "there is no DataNet 8"},
		"wrong price":          {prepare(t, d, chain.BuyLicence(reg, me, 8, priced)), "not recorded"},
	} {
		r := review(t, d, c.draft)
		all := strings.Join(r.Blocks, "\n")
		if len(r.Blocks) == 0 || !strings.Contains(all, c.want) {
			t.Errorf("%s: blocks %q, want %q", name, r.Blocks, c.want)
		}
		if _, err := r.Approve(c.draft); !chain.IsRefused(err) {
			t.Errorf("%s was approved: %v", name, err)
		}
	}
	capped := change(send, func(x *types.DynamicFeeTx) { x.GasFeeCap = big.NewInt(30_000_000_000_000) })
	if r := review(t, d, capped); !strings.Contains(strings.Join(r.Blocks, "\n"), "above the cap of 0.5") {
		t.Errorf("0.63 OPEN of fee: blocks %q", r.Blocks)
	}
}

// Old kinds of transaction that the wallet could sign but nobody reviewed.
func TestReviewBlocksOldKinds(t *testing.T) {
	d := chaintest.NewDev(t, devchain.Options{})
	draft := prepare(t, d, chain.Send(d.Key.Address, common.Address{9}, open(1)))
	draft.Tx = types.NewTx(&types.LegacyTx{Nonce: draft.Tx.Nonce(), To: draft.Tx.To(), Value: open(1), Gas: 21_000, GasPrice: big.NewInt(1e9)})
	if r := review(t, d, draft); len(r.Blocks) == 0 {
		t.Fatal("an unprotected transaction passes")
	}
}

func TestReviewOfALicence(t *testing.T) {
	ctx := context.Background()
	d := chaintest.NewDev(t, devchain.Options{})
	reg, _ := d.Client.Profile().Registry()
	if _, err := d.Chain.SignSend(ctx, &reg.DataNets, nil, chain.CreateNet(reg, d.Chain.Steward(), digest("net"), priced, nil).Data); err != nil {
		t.Fatal(err)
	}
	r := review(t, d, prepare(t, d, chain.BuyLicence(reg, d.Key.Address, 1, priced)))
	if r.Sentence != "Pays 12 test OPEN for a licence of DataNet 1 for 365 days." || r.Title != "Get a licence" || !r.ToKnown || r.To != reg.Licences {
		t.Fatalf("review: %+v", r)
	}
	if want := "5 % of a model's revenue"; !strings.Contains(strings.Join(r.Does, "\n"), want) {
		t.Errorf("%q is not in %q", want, r.Does)
	}
	if got := new(big.Int).Sub(r.BalanceNow, r.BalanceAfter); got.Cmp(new(big.Int).Add(open(12), r.Fee.Expected)) != 0 {
		t.Errorf("balance falls by %s", got)
	}
	if total := new(big.Int).Add(r.Fee.L2, new(big.Int).Add(r.Fee.L1Data, r.Fee.Operator)); total.Cmp(r.Fee.Expected) != 0 || r.Fee.AtMost.Cmp(r.Fee.Expected) < 0 {
		t.Errorf("fee parts do not add up: %+v", r.Fee)
	}
	if !strings.HasPrefix(r.Trial, "passed at block") || len(r.Blocks) != 0 {
		t.Errorf("trial %q, blocks %q", r.Trial, r.Blocks)
	}
}

func TestFirstRecipientIsSaid(t *testing.T) {
	d := chaintest.NewDev(t, devchain.Options{})
	call := chain.Send(d.Key.Address, common.Address{9}, open(1))
	if r := review(t, d, prepare(t, d, call)); !r.TypeAmount || len(r.Warnings) != 1 {
		t.Fatalf("first time: %+v", r.Warnings)
	}
	d.Do(t, call, "")
	if r := review(t, d, prepare(t, d, call)); r.TypeAmount || len(r.Warnings) != 0 {
		t.Fatalf("second time: %+v", r.Warnings)
	}
}

// Nothing that arrives as bytes may bring the decoder down, and what it
// explains must be the whole of the bytes.
func FuzzReviewDecode(f *testing.F) {
	reg := chain.Registry{Models: common.Address{1}, DataNets: common.Address{2}, Licences: common.Address{3}}
	p := chain.Profile{Name: "x", Title: "X", ChainID: 5, Coin: "OPEN", Registries: []chain.Registry{reg}}
	from := common.Address{9}
	for _, c := range []chain.Call{
		chain.CreateNet(reg, from, digest("n"), priced, []common.Address{{4}}), chain.PublishVersion(reg, from, 1, digest("r"), digest("d"), 3),
		chain.BuyLicence(reg, from, 1, priced), chain.GrantLicence(reg, from, 1, from, 1<<62+1), chain.WithdrawIncome(reg, from, from),
		chain.RegisterModel(reg, from, digest("m"), []uint64{1, 2}, 1, common.Hash{}), chain.WithdrawModel(reg, from, 1, "old"),
		chain.SetTerms(reg, from, 1, priced),
	} {
		f.Add(c.Data, c.To[0])
	}
	f.Fuzz(func(t *testing.T, data []byte, to byte) {
		tx := types.NewTx(&types.DynamicFeeTx{ChainID: big.NewInt(5), To: &common.Address{to}, Data: data})
		if kind, sentence := chain.Explain(p, tx); kind == "" || sentence == "" {
			t.Fatalf("no sentence for %x", data)
		}
	})
}
