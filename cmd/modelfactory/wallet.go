package main

import (
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

// WatchWallet says when a transaction or the lock changed.
func (w *walletServices) WatchWallet() (<-chan struct{}, func()) {
	txs, stopTxs := w.Outbox.Watch()
	locks, stopLocks := w.locks.watch()
	return merge(txs, locks, func() { stopTxs(); stopLocks() })
}
