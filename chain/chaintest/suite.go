package chaintest

import (
	"context"
	"math/big"
	"reflect"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"

	"github.com/modelfactory/modelfactory/chain"
)

// OutboxStoreSuite checks an OutboxStore against what chain.OutboxStore
// promises. open returns a new, empty store.
func OutboxStoreSuite(t *testing.T, open func() chain.OutboxStore) {
	ctx := context.Background()
	record := func(id, intent string) chain.TxRecord {
		at := time.Date(2026, 11, 21, 12, 0, 0, 123_000_000, time.UTC)
		return chain.TxRecord{
			ID: id, Kind: chain.KindSend, Note: "a note", ChainID: 1 << 40, Genesis: common.Hash{31: 7}, Hash: common.Hash{1},
			From: common.Address{2}, To: common.Address{3},
			Value: new(big.Int).Lsh(big.NewInt(1), 200), Nonce: 1<<53 + 1, Raw: []byte{0, 1, 255}, State: chain.TxSent,
			Block: 12, Error: "none", Created: at, Updated: at.Add(time.Second), FeePaid: big.NewInt(21_000), Intent: intent,
		}
	}
	save := func(t *testing.T, s chain.OutboxStore, r chain.TxRecord) {
		t.Helper()
		if err := s.SaveTx(ctx, r); err != nil {
			t.Fatal(err)
		}
	}
	same := func(t *testing.T, got, want chain.TxRecord) {
		t.Helper()
		if got.Created.UnixNano() != want.Created.UnixNano() || got.Updated.UnixNano() != want.Updated.UnixNano() {
			t.Fatalf("times came back as %v, %v; want %v, %v", got.Created, got.Updated, want.Created, want.Updated)
		}
		got.Created, got.Updated = want.Created, want.Updated
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("record came back changed:\n got %+v\nwant %+v", got, want)
		}
	}

	t.Run("a record comes back whole", func(t *testing.T) {
		s := open()
		want := record("a", "licence 3")
		save(t, s, want)
		got, err := s.Tx(ctx, "a")
		if err != nil {
			t.Fatal(err)
		}
		same(t, got, want)
		if got, err = s.TxByIntent(ctx, want.ChainID, want.Genesis, "licence 3"); err != nil {
			t.Fatal(err)
		}
		same(t, got, want)
	})
	t.Run("a built record has neither bytes nor fee", func(t *testing.T) {
		s := open()
		want := record("a", "")
		want.Raw, want.FeePaid, want.Hash, want.Error, want.State, want.Block = nil, nil, common.Hash{}, "", chain.TxBuilt, 0
		save(t, s, want)
		got, err := s.Tx(ctx, "a")
		if err != nil {
			t.Fatal(err)
		}
		same(t, got, want)
	})
	t.Run("saving again replaces", func(t *testing.T) {
		s := open()
		r := record("a", "i")
		save(t, s, r)
		r.State, r.Block, r.FeePaid, r.Intent = chain.TxFinal, 99, big.NewInt(1), "i#a"
		save(t, s, r)
		got, err := s.Tx(ctx, "a")
		if err != nil {
			t.Fatal(err)
		}
		same(t, got, r)
		if _, err := s.TxByIntent(ctx, r.ChainID, r.Genesis, "i"); !chain.IsNotFound(err) {
			t.Fatalf("the old intent is still found: %v", err)
		}
		if all, err := s.Txs(ctx); err != nil || len(all) != 1 {
			t.Fatalf("%d records, %v; want one", len(all), err)
		}
	})
	t.Run("an intent is unique on its chain", func(t *testing.T) {
		s := open()
		save(t, s, record("a", "i"))
		second := record("b", "i")
		if err := s.SaveTx(ctx, second); !chain.IsRefused(err) {
			t.Fatalf("a second record with the intent: %v, want a refusal", err)
		}
		if _, err := s.Tx(ctx, "b"); !chain.IsNotFound(err) {
			t.Fatalf("the refused record is there: %v", err)
		}
		second.Genesis = common.Hash{9}
		save(t, s, second)
		third := record("c", "i")
		third.ChainID++
		save(t, s, third)
		if got, err := s.TxByIntent(ctx, third.ChainID, third.Genesis, "i"); err != nil || got.ID != "c" {
			t.Fatalf("intent of another chain: %q, %v", got.ID, err)
		}
	})
	t.Run("empty intents are all different", func(t *testing.T) {
		s := open()
		save(t, s, record("a", ""))
		save(t, s, record("b", ""))
		if _, err := s.TxByIntent(ctx, 1<<40, common.Hash{31: 7}, ""); !chain.IsNotFound(err) {
			t.Fatalf("the empty intent is found: %v", err)
		}
	})
	t.Run("what is not there is not found", func(t *testing.T) {
		s := open()
		if _, err := s.Tx(ctx, "x"); !chain.IsNotFound(err) {
			t.Fatalf("Tx: %v, want not_found", err)
		}
		if _, err := s.TxByIntent(ctx, 1, common.Hash{}, "x"); !chain.IsNotFound(err) {
			t.Fatalf("TxByIntent: %v, want not_found", err)
		}
		if all, err := s.Txs(ctx); err != nil || len(all) != 0 {
			t.Fatalf("Txs of an empty store: %d, %v", len(all), err)
		}
	})
	t.Run("records come oldest first", func(t *testing.T) {
		s := open()
		at := record("", "").Created
		for i, id := range []string{"c", "a", "b"} {
			r := record(id, "")
			r.Created = at.Add(time.Duration(i) * time.Hour)
			save(t, s, r)
		}
		all, err := s.Txs(ctx)
		if err != nil || len(all) != 3 {
			t.Fatalf("%d records, %v", len(all), err)
		}
		if got := all[0].ID + all[1].ID + all[2].ID; got != "cab" {
			t.Fatalf("order %q, want cab", got)
		}
	})
	t.Run("the store keeps its own copy", func(t *testing.T) {
		s := open()
		r := record("a", "")
		save(t, s, r)
		r.Raw[0], r.Value = 77, r.Value.SetInt64(5)
		got, err := s.Tx(ctx, "a")
		if err != nil {
			t.Fatal(err)
		}
		if got.Raw[0] != 0 || got.Value.Cmp(big.NewInt(5)) == 0 {
			t.Fatal("a change of the caller's record went into the store")
		}
	})
}
