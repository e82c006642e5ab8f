package main

import (
	"context"

	"github.com/modelfactory/modelfactory/chain"
	"github.com/modelfactory/modelfactory/cmd/internal/studio"
	"github.com/modelfactory/modelfactory/ui/reviewscreen"
	"github.com/modelfactory/modelfactory/wallet"
)

// reviewServices prepares, signs and follows transactions.
type reviewServices struct {
	*studio.Studio
	vault *wallet.Vault
}

// Prepare turns what a person asked for into bytes and their review.
func (r reviewServices) Prepare(ctx context.Context, req reviewscreen.Request) (reviewscreen.Action, error) {
	var a studio.Action
	var err error
	switch req.Kind {
	case reviewscreen.Publish:
		a, err = r.PreparePublish(ctx, req.Model)
	case reviewscreen.Licence:
		a, err = r.PrepareLicence(ctx, req.Net)
	default:
		a, err = r.PrepareSend(ctx, req.To, req.Amount)
	}
	return reviewscreen.Action(a), err
}

// Subject names what the transaction is about.
func (r reviewServices) Subject(_ context.Context, req reviewscreen.Request) (string, error) {
	switch req.Kind {
	case reviewscreen.Publish:
		m, err := r.Models.Get(string(req.Model))
		return m.Name, err
	case reviewscreen.Licence:
		n, err := r.Library.Get(req.Net)
		return n.Title, err
	}
	return "", nil
}

func (r reviewServices) Sign(ctx context.Context, a reviewscreen.Action) (chain.TxRecord, error) {
	return r.Studio.Sign(ctx, studio.Action(a))
}

func (r reviewServices) WatchTransactions() (<-chan struct{}, func()) { return r.Outbox.Watch() }
func (r reviewServices) Locked() bool                                 { return r.vault.Locked() }
func (r reviewServices) Unlock(password []byte) error                 { return r.vault.Unlock(password) }
func (r reviewServices) Accounts() []wallet.Account                   { return r.vault.Accounts() }
