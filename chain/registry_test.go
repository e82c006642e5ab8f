package chain_test

import (
	"context"
	"crypto/sha256"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"

	"github.com/modelfactory/modelfactory/chain"
	"github.com/modelfactory/modelfactory/chain/bindings/datanets"
	"github.com/modelfactory/modelfactory/chain/chaintest"
	"github.com/modelfactory/modelfactory/chain/devchain"
)

func digest(s string) common.Hash { return sha256.Sum256([]byte(s)) }

func open(n int64) *big.Int {
	return new(big.Int).Mul(big.NewInt(n), big.NewInt(1_000_000_000_000_000_000))
}

var priced = chain.Terms{Train: true, Serve: true, Commercial: true, NameIt: true, Price: open(12), Days: 365, RevenuePPM: 50_000}

// The whole of a registry's life, each step through Prepare, Review, a
// signature, Submit and Wait on a real EVM.
func TestRegistryEndToEnd(t *testing.T) {
	ctx := context.Background()
	d := chaintest.NewDev(t, devchain.Options{})
	reg, err := d.Client.Profile().Registry()
	if err != nil {
		t.Fatal(err)
	}
	me := d.Key.Address

	// The steward owns a priced net; we buy its licence.
	receipt, err := d.Chain.SignSend(ctx, &reg.DataNets, nil, chain.CreateNet(reg, d.Chain.Steward(), digest("net"), priced, nil).Data)
	if err != nil {
		t.Fatal(err)
	}
	made, err := d.Client.Outcome(ctx, receipt.TxHash)
	if err != nil || made.Net != 1 {
		t.Fatalf("outcome %+v, %v; want net 1", made, err)
	}
	publish := chain.PublishVersion(reg, d.Chain.Steward(), 1, digest("root"), digest("manifest"), 24)
	if _, err := d.Chain.SignSend(ctx, &reg.DataNets, nil, publish.Data); err != nil {
		t.Fatal(err)
	}
	if ok, _, err := d.Client.Covers(ctx, reg, me, 1, 1); err != nil || ok {
		t.Fatalf("covered before buying: %v, %v", ok, err)
	}
	net, err := d.Client.Net(ctx, reg, 1)
	if err != nil {
		t.Fatal(err)
	}
	if net.Owner != d.Chain.Steward() || net.Versions != 1 || net.Metadata != digest("net") || net.Terms.Digest() != priced.Digest() {
		t.Fatalf("net came back as %+v", net)
	}
	before, err := d.Client.Balance(ctx, me)
	if err != nil {
		t.Fatal(err)
	}
	r, out := d.Do(t, chain.BuyLicence(reg, me, 1, net.Terms), "licence 1")
	if r.State != chain.TxFinal || r.Kind != chain.KindBuyLicence || out.Net != 1 {
		t.Fatalf("licence: %+v, %+v", r, out)
	}
	licence, err := d.Client.LicenceOf(ctx, reg, me, 1)
	if err != nil {
		t.Fatal(err)
	}
	if licence.Until.Sub(licence.At.Time).Round(time.Hour) != 365*24*time.Hour || !licence.Until.Equal(out.Until) {
		t.Fatalf("licence until %v read at %v, event says %v", licence.Until, licence.At.Time, out.Until)
	}
	if ok, _, err := d.Client.Covers(ctx, reg, me, 1, 1); err != nil || !ok {
		t.Fatalf("not covered after buying: %v, %v", ok, err)
	}
	after, err := d.Client.Balance(ctx, me)
	if err != nil {
		t.Fatal(err)
	}
	if want := new(big.Int).Sub(before, new(big.Int).Add(open(12), r.FeePaid)); after.Cmp(want) != 0 {
		t.Fatalf("balance %s, want %s: price and recorded fee do not account for it", after, want)
	}
	if income, err := d.Client.Claimable(ctx, reg, d.Chain.Steward()); err != nil || income.Cmp(open(12)) != 0 {
		t.Fatalf("owner can draw %s, %v; want 12", income, err)
	}

	// A net of our own with two versions.
	free := chain.Terms{Train: true, Serve: true, Commercial: true, Derivatives: true, PassOn: true}
	_, out = d.Do(t, chain.CreateNet(reg, me, digest("mine"), free, []common.Address{{7}}), "net mine")
	mine := out.Net
	for i := range 2 {
		_, out = d.Do(t, chain.PublishVersion(reg, me, mine, digest("r"+string(rune('0'+i))), digest("d"+string(rune('0'+i))), 30), "")
		if out.Version != uint32(i+1) {
			t.Fatalf("version %d, want %d", out.Version, i+1)
		}
	}
	if n, err := d.Client.Net(ctx, reg, mine); err != nil || n.Versions != 2 {
		t.Fatalf("net %+v, %v", n, err)
	}
	if v, err := d.Client.NetVersion(ctx, reg, mine, 2); err != nil || v.Digest != digest("d1") || v.Rows != 30 || v.Publisher != me {
		t.Fatalf("version %+v, %v", v, err)
	}

	// Models: a parent, and a child that replaces it.
	_, out = d.Do(t, chain.RegisterModel(reg, me, digest("m1"), nil, 0, common.Hash{}), "model m1")
	_, out = d.Do(t, chain.RegisterModel(reg, me, digest("m2"), []uint64{out.Model}, out.Model, common.Hash{5}), "model m2")
	if out.Model != 2 || out.Digest != digest("m2") {
		t.Fatalf("outcome %+v", out)
	}
	m, err := d.Client.Model(ctx, reg, 2)
	if err != nil || m.Owner != me || m.Manifest != digest("m2") || len(m.Parents) != 1 || m.Parents[0] != 1 || m.Supersedes != 1 {
		t.Fatalf("model %+v, %v", m, err)
	}
	if found, err := d.Client.ModelByManifest(ctx, reg, me, digest("m2")); err != nil || found.ID != 2 {
		t.Fatalf("by manifest: %+v, %v", found, err)
	}
	for name, err := range map[string]error{
		"model":    second(d.Client.Model(ctx, reg, 9)),
		"net":      second(d.Client.Net(ctx, reg, 9)),
		"version":  second(d.Client.NetVersion(ctx, reg, 1, 9)),
		"manifest": second(d.Client.ModelByManifest(ctx, reg, me, digest("x"))),
	} {
		if !chain.IsNotFound(err) {
			t.Errorf("unknown %s: %v, want not_found", name, err)
		}
	}
	if n, err := d.Client.Models(ctx, reg); err != nil || n != 2 {
		t.Fatalf("%d models, %v", n, err)
	}
}

func second[T any](_ T, err error) error { return err }

// The digest that we compute must be the one that the contract computes.
func TestTermsDigest(t *testing.T) {
	ctx := context.Background()
	d := chaintest.NewDev(t, devchain.Options{})
	reg, _ := d.Client.Profile().Registry()
	nets := datanets.NewDataNets()
	for _, terms := range []chain.Terms{{}, priced, {Train: true, RevenuePPM: 1_000_000}, {Derivatives: true, ShareAlike: true, PassOn: true}} {
		var out string
		data := nets.PackDigestOf(datanets.Terms{
			Train: terms.Train, Serve: terms.Serve, Commercial: terms.Commercial, Derivatives: terms.Derivatives,
			ShareAlike: terms.ShareAlike, NameIt: terms.NameIt, PassOn: terms.PassOn, Price: orZero(terms.Price),
			DurationDays: terms.Days, RevenuePpm: terms.RevenuePPM,
		})
		if err := d.Chain.RPC().CallContext(ctx, &out, "eth_call", map[string]any{"to": reg.DataNets, "input": "0x" + common.Bytes2Hex(data)}, "latest"); err != nil {
			t.Fatal(err)
		}
		if want := terms.Digest().Hex(); !strings.EqualFold(out, want) {
			t.Fatalf("contract says %s, we say %s for %+v", out, want, terms)
		}
	}
}

func orZero(n *big.Int) *big.Int {
	if n == nil {
		return new(big.Int)
	}
	return n
}
