package main

import (
	"context"

	"github.com/modelfactory/modelfactory/cmd/internal/studio"
	"github.com/modelfactory/modelfactory/wallet"
)

// walletServices is the vault with what the studio adds to it.
type walletServices struct {
	*wallet.Vault
	studioAccounts
	locks signal
}

// studioAccounts are the studio's methods that the wallet screen uses; named, so that the vault's own methods win nothing
// by accident.
type studioAccounts struct{ *studio.Studio }

func newWalletServices(st *studio.Studio) *walletServices {
	w := &walletServices{Vault: st.Vault, studioAccounts: studioAccounts{st}}
	st.Vault.OnLock(w.locks.tell)
	return w
}

// WatchWallet says when a transaction, the lock or the accounts changed.
func (w *walletServices) WatchWallet() (<-chan struct{}, func()) {
	txs, stopTxs := w.Outbox.Watch()
	locks, stopLocks := w.locks.watch()
	return merge(txs, locks, func() { stopTxs(); stopLocks() })
}

// What changes the wallet tells the status bar at once: "no wallet yet" must not stand beside a new wallet's words.

func (w *walletServices) Unlock(password []byte) error {
	defer w.locks.tell()
	return w.Vault.Unlock(password)
}

func (w *walletServices) CreateWallet(ctx context.Context, password []byte, words int) ([]string, error) {
	defer w.locks.tell()
	return w.Studio.CreateWallet(ctx, password, words)
}

func (w *walletServices) ImportWallet(ctx context.Context, password []byte, words []string, accounts int) error {
	defer w.locks.tell()
	return w.Studio.ImportWallet(ctx, password, words, accounts)
}

func (w *walletServices) UseAccount(address string) error {
	defer w.locks.tell()
	return w.Studio.UseAccount(address)
}
