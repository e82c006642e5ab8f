package chaintest

import (
	"context"
	"crypto/ecdsa"
	"math/big"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"

	"github.com/modelfactory/modelfactory/chain"
	"github.com/modelfactory/modelfactory/chain/devchain"
)

// Key is a chain.Signer with one key.
type Key struct {
	Private *ecdsa.PrivateKey
	Address common.Address
}

// NewKey makes a random key.
func NewKey(t testing.TB) *Key {
	t.Helper()
	k, err := crypto.GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	return &Key{k, crypto.PubkeyToAddress(k.PublicKey)}
}

// Sign implements chain.Signer.
func (k *Key) Sign(_ context.Context, from common.Address, tx *types.Transaction, chainID *big.Int) (*types.Transaction, error) {
	if from != k.Address {
		return nil, chain.NotFound("account %s", from)
	}
	return types.SignTx(tx, types.LatestSignerForChainID(chainID), k.Private)
}

// Dev is an embedded chain with one funded account, its client, and an outbox.
type Dev struct {
	Chain  *devchain.Chain
	Client *chain.Client
	Outbox *chain.Outbox
	Store  *Store
	Key    *Key // has 1,000 test OPEN
}

// NewDev boots an embedded chain in a temporary folder; it ends with the test.
func NewDev(t testing.TB, opt devchain.Options) *Dev {
	t.Helper()
	ctx := context.Background()
	c, err := devchain.Open(ctx, t.TempDir(), opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	d := &Dev{Chain: c, Store: NewStore(), Key: NewKey(t)}
	if d.Client, err = chain.NewClient(ctx, c.Profile(), c.RPC()); err != nil {
		t.Fatal(err)
	}
	d.Outbox = chain.NewOutbox(d.Store, func(id uint64, genesis common.Hash) (*chain.Client, error) {
		if p := d.Client.Profile(); p.ChainID != id || p.Genesis != genesis {
			return nil, chain.NotFound("chain %d", id)
		}
		return d.Client, nil
	})
	d.Client.Attach(d.Outbox)
	if err := c.FundFirst(ctx, d.Key.Address); err != nil {
		t.Fatal(err)
	}
	return d
}

// Do carries a call from Prepare to final, through review and outbox.
func (d *Dev) Do(t testing.TB, call chain.Call, intent string) (chain.TxRecord, chain.Outcome) {
	t.Helper()
	ctx := context.Background()
	draft, err := d.Client.Prepare(ctx, call)
	if err != nil {
		t.Fatal(err)
	}
	review, err := d.Client.Review(ctx, draft)
	if err != nil {
		t.Fatal(err)
	}
	if draft, err = review.Approve(draft); err != nil {
		t.Fatal(err)
	}
	r, err := d.Outbox.Submit(ctx, draft, d.Key, intent)
	if err != nil {
		t.Fatal(err)
	}
	if r, err = d.Outbox.Wait(ctx, r.ID, chain.TxFinal); err != nil {
		t.Fatal(err)
	}
	out, err := d.Client.Outcome(ctx, r.Hash)
	if err != nil {
		t.Fatal(err)
	}
	return r, out
}
