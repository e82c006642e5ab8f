package chain_test

import (
	"context"
	"encoding/json"
	"errors"
	"math/big"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"

	"github.com/modelfactory/modelfactory/chain"
	"github.com/modelfactory/modelfactory/chain/chaintest"
	"github.com/modelfactory/modelfactory/chain/devchain"
)

func approved(t *testing.T, d *chaintest.Dev, call chain.Call) chain.Draft {
	t.Helper()
	draft := prepare(t, d, call)
	draft, err := review(t, d, draft).Approve(draft)
	if err != nil {
		t.Fatal(err)
	}
	return draft
}

func TestSameIntentNeverTwice(t *testing.T) {
	ctx := context.Background()
	d := chaintest.NewDev(t, devchain.Options{})
	call := chain.Send(d.Key.Address, common.Address{9}, open(1))
	first, _ := d.Do(t, call, "rent of May")
	second, err := d.Outbox.Submit(ctx, approved(t, d, call), d.Key, "rent of May")
	if err != nil || second.ID != first.ID || second.Hash != first.Hash {
		t.Fatalf("second: %+v, %v", second, err)
	}
	if b, _ := d.Client.Balance(ctx, common.Address{9}); b.Cmp(open(1)) != 0 {
		t.Fatalf("paid %s, want 1", chain.FormatAmount(b))
	}
	third, _ := d.Do(t, call, "rent of June")
	if third.ID == first.ID {
		t.Fatal("another intent got the same transaction")
	}
}

type locked struct{}

func (locked) Sign(context.Context, common.Address, *types.Transaction, *big.Int) (*types.Transaction, error) {
	return nil, errors.New("the vault is locked")
}

// A refused signature leaves the intent and the nonce free.
func TestRefusedSignature(t *testing.T) {
	ctx := context.Background()
	d := chaintest.NewDev(t, devchain.Options{})
	call := chain.Send(d.Key.Address, common.Address{9}, open(1))
	r, err := d.Outbox.Submit(ctx, approved(t, d, call), locked{}, "x")
	if err == nil || !strings.Contains(err.Error(), "locked") || r.State != chain.TxDropped || r.Raw != nil {
		t.Fatalf("%+v, %v", r, err)
	}
	if again, _ := d.Do(t, call, "x"); again.Nonce != r.Nonce || again.State != chain.TxFinal {
		t.Fatalf("again: %+v", again)
	}
}

// The node is away after signing: the transaction waits and is sent once.
func TestNodeAwayAfterSigning(t *testing.T) {
	ctx := context.Background()
	d := chaintest.NewDev(t, devchain.Options{})
	away := true
	box := chain.NewOutbox(d.Store, func(uint64, common.Hash) (*chain.Client, error) {
		if away {
			return nil, errors.New("no route to host")
		}
		return d.Client, nil
	})
	d.Client.Attach(box)
	call := chain.Send(d.Key.Address, common.Address{9}, open(1))
	r, err := box.Submit(ctx, approved(t, d, call), d.Key, "x")
	if err == nil || r.State != chain.TxSigned || len(r.Raw) == 0 {
		t.Fatalf("%+v, %v", r, err)
	}
	// Another one meanwhile must not take its number.
	if next := prepare(t, d, call); next.Tx.Nonce() != r.Nonce+1 {
		t.Fatalf("the next transaction has number %d, %d is waiting", next.Tx.Nonce(), r.Nonce)
	}
	if err := box.Reconcile(ctx); err == nil {
		t.Fatal("Reconcile says nothing of the node that is away")
	}
	away = false
	changed, stop := box.Watch()
	defer stop()
	for range 2 {
		if err := box.Reconcile(ctx); err != nil {
			t.Fatal(err)
		}
	}
	select {
	case <-changed:
	default:
		t.Error("watchers were not told")
	}
	if r, err = box.Wait(ctx, r.ID, chain.TxFinal); err != nil || r.State != chain.TxFinal {
		t.Fatalf("%+v, %v", r, err)
	}
	if b, _ := d.Client.Balance(ctx, common.Address{9}); b.Cmp(open(1)) != 0 {
		t.Fatalf("paid %s, want 1", chain.FormatAmount(b))
	}
}

// The clock was set back between two signatures: they are sent in the order of their numbers all the same, and none is
// dropped for a gap.
func TestClockSetBackBetweenTwoSignatures(t *testing.T) {
	ctx := context.Background()
	d := chaintest.NewDev(t, devchain.Options{})
	away := true
	box := chain.NewOutbox(d.Store, func(uint64, common.Hash) (*chain.Client, error) {
		if away {
			return nil, errors.New("no route to host")
		}
		return d.Client, nil
	})
	d.Client.Attach(box)
	var ids []string
	for i, intent := range []string{"first", "second"} {
		r, err := box.Submit(ctx, approved(t, d, chain.Send(d.Key.Address, common.Address{9}, open(1))), d.Key, intent)
		if err == nil || r.State != chain.TxSigned {
			t.Fatalf("%+v, %v", r, err)
		}
		r.Created = r.Created.Add(-time.Duration(i) * 24 * time.Hour)
		if err := d.Store.SaveTx(ctx, r); err != nil {
			t.Fatal(err)
		}
		ids = append(ids, r.ID)
	}
	away = false
	if err := box.Reconcile(ctx); err != nil {
		t.Fatal(err)
	}
	for _, id := range ids {
		if r, err := box.Wait(ctx, id, chain.TxFinal); err != nil || r.State != chain.TxFinal {
			t.Errorf("%s: %s, %s, %v", r.Intent, r.State, r.Error, err)
		}
	}
}

// The answer to a sending is lost although the transaction was mined.
func TestLostAnswer(t *testing.T) {
	ctx := context.Background()
	d := chaintest.NewDev(t, devchain.Options{})
	l := newLiar(t, d)
	l.lies["eth_sendRawTransaction"] = func(w http.ResponseWriter, p []json.RawMessage) (any, bool) {
		var hash common.Hash
		if err := d.Chain.RPC().CallContext(ctx, &hash, "eth_sendRawTransaction", p[0]); err != nil {
			t.Error(err)
		}
		http.Error(w, "gateway time-out", http.StatusGatewayTimeout)
		return nil, true
	}
	p := d.Chain.Profile()
	p.URL = l.URL
	remote, err := chain.Dial(ctx, p)
	if err != nil {
		t.Fatal(err)
	}
	box := chain.NewOutbox(d.Store, func(uint64, common.Hash) (*chain.Client, error) { return remote, nil })
	call := chain.Send(d.Key.Address, common.Address{9}, open(1))
	r, err := box.Submit(ctx, approved(t, d, call), d.Key, "x")
	if err == nil || r.State != chain.TxSigned {
		t.Fatalf("%+v, %v", r, err)
	}
	delete(l.lies, "eth_sendRawTransaction")
	again, err := box.Submit(ctx, approved(t, d, call), d.Key, "x")
	if err != nil || again.ID != r.ID || again.State != chain.TxFinal {
		t.Fatalf("again: %+v, %v", again, err)
	}
	if b, _ := d.Client.Balance(ctx, common.Address{9}); b.Cmp(open(1)) != 0 {
		t.Fatalf("paid %s, want 1", chain.FormatAmount(b))
	}
}

// A contract that refuses: mined, fee spent, said, and the intent can be tried
// again.
func TestFailedOnChain(t *testing.T) {
	ctx := context.Background()
	d := chaintest.NewDev(t, devchain.Options{})
	reg, _ := d.Client.Profile().Registry()
	steward := d.Chain.Steward()
	if _, err := d.Chain.SignSend(ctx, &reg.DataNets, nil, chain.CreateNet(reg, steward, digest("n"), priced, nil).Data); err != nil {
		t.Fatal(err)
	}
	draft := approved(t, d, chain.BuyLicence(reg, d.Key.Address, 1, priced))
	// The owner changes the terms between review and sending.
	dearer := priced
	dearer.Price = open(13)
	if _, err := d.Chain.SignSend(ctx, &reg.DataNets, nil, chain.SetTerms(reg, steward, 1, dearer).Data); err != nil {
		t.Fatal(err)
	}
	before, _ := d.Client.Balance(ctx, d.Key.Address)
	r, err := d.Outbox.Submit(ctx, draft, d.Key, "licence")
	if err != nil || r.State != chain.TxFailed || r.Error == "" || r.FeePaid.Sign() <= 0 {
		t.Fatalf("%+v, %v", r, err)
	}
	if _, err := d.Outbox.Wait(ctx, r.ID, chain.TxFinal); !chain.IsRefused(err) {
		t.Fatalf("Wait says %v", err)
	}
	after, _ := d.Client.Balance(ctx, d.Key.Address)
	if new(big.Int).Sub(before, after).Cmp(r.FeePaid) != 0 {
		t.Fatal("more than the fee is gone")
	}
	net, err := d.Client.Net(ctx, reg, 1)
	if err != nil {
		t.Fatal(err)
	}
	again, out := d.Do(t, chain.BuyLicence(reg, d.Key.Address, 1, net.Terms), "licence")
	if again.ID == r.ID || out.Net != 1 {
		t.Fatalf("again: %+v, %+v", again, out)
	}
	if old, err := d.Outbox.Tx(ctx, r.ID); err != nil || old.State != chain.TxFailed {
		t.Fatalf("the failed one is %+v, %v", old, err)
	}
}

// Two drafts with one number: the second is told to be reviewed again.
func TestTwoDraftsOneNonce(t *testing.T) {
	ctx := context.Background()
	d := chaintest.NewDev(t, devchain.Options{})
	a := approved(t, d, chain.Send(d.Key.Address, common.Address{1}, open(1)))
	b := approved(t, d, chain.Send(d.Key.Address, common.Address{2}, open(1)))
	if _, err := d.Outbox.Submit(ctx, a, d.Key, ""); err != nil {
		t.Fatal(err)
	}
	_, err := d.Outbox.Submit(ctx, b, d.Key, "")
	var e *chain.Error
	if !errors.As(err, &e) || e.Code() != chain.KindBusy {
		t.Fatalf("second draft: %v", err)
	}
	if n, _ := d.Client.Balance(ctx, common.Address{2}); n.Sign() != 0 {
		t.Fatal("it was sent")
	}
}

// A node that lags behind knows neither the block nor the transaction in it. Nothing is dropped for that: a payment would
// be made twice.
func TestNodeThatLagsDropsNothing(t *testing.T) {
	ctx := context.Background()
	d := chaintest.NewDev(t, devchain.Options{})
	l := newLiar(t, d)
	p := d.Chain.Profile()
	p.URL = l.URL
	remote, err := chain.Dial(ctx, p)
	if err != nil {
		t.Fatal(err)
	}
	box := chain.NewOutbox(d.Store, func(uint64, common.Hash) (*chain.Client, error) { return remote, nil })
	call := chain.Send(d.Key.Address, common.Address{9}, open(1))
	l.lies["eth_getTransactionReceipt"], l.lies["eth_getBlockByNumber"] = always(nil), func(w http.ResponseWriter, params []json.RawMessage) (any, bool) {
		if which := string(params[0]); which != `"latest"` && which != `"0x0"` {
			return nil, false
		}
		var known json.RawMessage
		if err := d.Chain.RPC().CallContext(ctx, &known, "eth_getBlockByNumber", params[0], false); err != nil {
			t.Error(err)
		}
		return known, false
	}
	r, err := box.Submit(ctx, approved(t, d, call), d.Key, "x")
	if err != nil || r.State != chain.TxSent {
		t.Fatalf("%+v, %v", r, err)
	}
	for range 2 {
		if r, err = box.Submit(ctx, approved(t, d, call), d.Key, "x"); err != nil || r.State != chain.TxSent {
			t.Fatalf("while the node lags: %+v, %v", r, err)
		}
	}
	clear(l.lies)
	if err := box.Reconcile(ctx); err != nil {
		t.Fatal(err)
	}
	if r, err = box.Tx(ctx, r.ID); err != nil || r.State != chain.TxFinal {
		t.Fatalf("the node has caught up: %+v, %v", r, err)
	}
	if b, _ := d.Client.Balance(ctx, common.Address{9}); b.Cmp(open(1)) != 0 {
		t.Fatalf("paid %s, want 1", chain.FormatAmount(b))
	}
}

// Another program used the account's number: the one that waits is dropped.
func TestNumberTakenElsewhere(t *testing.T) {
	ctx := context.Background()
	d := chaintest.NewDev(t, devchain.Options{})
	away := true
	box := chain.NewOutbox(d.Store, func(uint64, common.Hash) (*chain.Client, error) {
		if away {
			return nil, errors.New("away")
		}
		return d.Client, nil
	})
	draft := approved(t, d, chain.Send(d.Key.Address, common.Address{1}, open(1)))
	other := change(draft, func(x *types.DynamicFeeTx) { x.Value = open(2) })
	r, err := box.Submit(ctx, draft, d.Key, "x")
	if err == nil {
		t.Fatal("it was sent")
	}
	signed, _ := d.Key.Sign(ctx, d.Key.Address, other.Tx, other.Tx.ChainId())
	raw, _ := signed.MarshalBinary()
	if err := d.Chain.RPC().CallContext(ctx, nil, "eth_sendRawTransaction", "0x"+common.Bytes2Hex(raw)); err != nil {
		t.Fatal(err)
	}
	away = false
	if err := box.Reconcile(ctx); err != nil {
		t.Fatal(err)
	}
	if r, err = box.Tx(ctx, r.ID); err != nil || r.State != chain.TxDropped || r.Error == "" {
		t.Fatalf("%+v, %v", r, err)
	}
}
