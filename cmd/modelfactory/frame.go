package main

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/modelfactory/modelfactory/assets/fonts"
	"github.com/modelfactory/modelfactory/chain"
	"github.com/modelfactory/modelfactory/cmd/internal/studio"
	"github.com/modelfactory/modelfactory/training"
	"github.com/modelfactory/modelfactory/ui"
	"github.com/modelfactory/modelfactory/ui/nav"
	"github.com/modelfactory/modelfactory/ui/notice"
	"github.com/modelfactory/modelfactory/ui/runscreen"
	"github.com/modelfactory/modelfactory/ui/widgets"
)

// frameServices is what the window's frame needs: status bar, notices, closing.
type frameServices struct {
	st      *studio.Studio
	wallets *walletServices
	start   time.Time

	mu   sync.Mutex
	head uint64    // newest block seen
	seen time.Time // when it was seen
}

func newFrameServices(st *studio.Studio, wallets *walletServices) *frameServices {
	return &frameServices{st: st, wallets: wallets, start: time.Now()}
}

// Watch says when runs, transactions or the wallet changed.
func (f *frameServices) Watch() (<-chan struct{}, func()) {
	runs, stopRuns := f.st.Runs.WatchAll()
	wallets, stopWallets := f.wallets.WatchWallet()
	return merge(runs, wallets, func() { stopRuns(); stopWallets() })
}

func (f *frameServices) LockWallet() { f.st.Vault.Lock() }

// Running names the runs that quitting would pause.
func (f *frameServices) Running() []string {
	runs, err := f.st.Runs.Runs(context.Background())
	if err != nil {
		return nil
	}
	var names []string
	for _, r := range runs {
		if r.State == training.StateRunning {
			names = append(names, runscreen.RunTitle(r))
		}
	}
	return names
}

// SaveAndStop pauses what runs.
func (f *frameServices) SaveAndStop(ctx context.Context) error {
	runs, err := f.st.Runs.Runs(ctx)
	if err != nil {
		return err
	}
	for _, r := range runs {
		if r.State != training.StateRunning {
			continue
		}
		if err := f.st.Runs.Pause(ctx, r.ID); err != nil {
			return err
		}
		if _, err := f.st.Runs.Wait(ctx, r.ID); err != nil {
			return err
		}
	}
	return nil
}

// Notices of this data folder.
func (f *frameServices) Notices() ([]byte, error) { return f.st.Notices() }

// KeepNotices writes them.
func (f *frameServices) KeepNotices(_ context.Context, raw []byte) error {
	return f.st.KeepNotices(raw)
}

// Status reads what the status bar shows. The chain that does not answer makes its part grey, not the bar empty.
func (f *frameServices) Status(ctx context.Context) (ui.Status, error) {
	var s ui.Status
	runs, err := f.st.Runs.Runs(ctx)
	if err != nil {
		return s, err
	}
	if err := f.st.Settle(ctx); err != nil { // a finished run becomes a model
		fmt.Fprintln(f.st.Log, "models:", err)
	}
	s.Network, s.Wallet = f.chain(ctx)
	for _, r := range runs {
		switch {
		case r.State == training.StateRunning:
			s.Jobs = append(s.Jobs, f.job(ctx, r))
		case r.Ended.After(f.start):
			if n, ok := runNews(r); ok {
				s.News = append(s.News, n)
			}
		}
	}
	txs, err := f.st.Transactions(ctx)
	if err != nil {
		return s, err
	}
	for _, t := range txs {
		switch {
		case !t.State.AtLeast(chain.TxMined) && !t.State.Ended():
			s.Jobs = append(s.Jobs, ui.Job{Title: t.Note, Detail: "waiting for a block", Share: -1, Route: nav.Route{Page: nav.PageWallet, Arg: "history"}})
		case t.State == chain.TxFailed && t.Updated.After(f.start):
			s.News = append(s.News, notice.Notice{
				Key: "tx:" + t.ID, Level: notice.Failure, Title: "A transaction failed", Text: t.Error, At: t.Updated, Page: nav.PageWallet, Arg: "history",
			})
		}
	}
	return s, nil
}

func (f *frameServices) chain(ctx context.Context) (ui.Network, ui.Wallet) {
	p := f.st.Network()
	n := ui.Network{Name: p.Title, Detail: fmt.Sprint(p.ChainID), Reach: ui.Unreached}
	if p.Dev {
		n.Name, n.Detail, n.Tip = "Development chain", "this computer", "A chain of your own on this computer. Its coin is test OPEN and worth nothing."
	}
	w := ui.Wallet{Exists: f.st.Vault.Exists(), Open: !f.st.Vault.Locked()}
	if accounts := f.st.Vault.Accounts(); len(accounts) > 0 {
		for _, a := range accounts {
			if a.Address == f.st.Account() {
				w.Account, w.Address = a.Name, a.Address.Hex()
			}
		}
	}
	ctx, cancel := context.WithTimeout(ctx, 4*time.Second)
	defer cancel()
	status, err := f.st.ChainStatus(ctx)
	if err != nil {
		n.Tip = err.Error()
		f.mu.Lock()
		if !f.seen.IsZero() {
			n.Detail = "last block " + ago(time.Since(f.seen))
		}
		f.mu.Unlock()
		return n, w
	}
	f.mu.Lock()
	f.head, f.seen = status.Block, time.Now()
	f.mu.Unlock()
	n.Reach = ui.Reached
	if p.Dev {
		n.Reach = ui.Development
	}
	if w.Address != "" {
		if balances, err := f.st.Balances(ctx); err == nil {
			w.Balance = widgets.Money(balances[f.st.Account()]) + " " + p.Coin
		}
	}
	return n, w
}

// ago is an age in minutes, or in hours.
func ago(d time.Duration) string {
	switch {
	case d < 2*time.Minute:
		return "a minute ago"
	case d < 2*time.Hour:
		return fmt.Sprintf("%d min ago", int(d.Minutes()))
	}
	return fmt.Sprintf("%d h ago", int(d.Hours()))
}

func (f *frameServices) job(ctx context.Context, r training.Run) ui.Job {
	j := ui.Job{Title: fmt.Sprintf("Run %d", r.Number), Detail: string(r.Phase), Share: -1, Route: nav.Route{Page: nav.PageRun, Arg: string(r.ID)}}
	if r.Steps > 0 && r.Step > 0 {
		j.Detail = "step " + widgets.Count(int64(r.Step)) + " of " + widgets.Count(int64(r.Steps))
		j.Share = float64(r.Step) / float64(r.Steps)
	}
	if snap, err := f.st.Runs.Snapshot(ctx, r.ID, r.Step); err == nil && snap.Left > 0 {
		j.Left = widgets.About(snap.Left) + " left"
	}
	return j
}

// runNews is the notice of a run that ended while the window was open.
func runNews(r training.Run) (notice.Notice, bool) {
	n := notice.Notice{Key: fmt.Sprintf("run:%s:%s:%d", r.ID, r.State, r.Ended.Unix()), At: r.Ended, Page: nav.PageRun, Arg: string(r.ID)}
	switch r.State {
	case training.StateFinished:
		n.Level, n.Title, n.Text = notice.Success, runscreen.RunTitle(r)+" finished", fmt.Sprintf("%d steps, %s trained tokens", r.Steps, widgets.Count(r.TrainedTokens))
	case training.StateFailed:
		n.Level, n.Title = notice.Failure, runscreen.RunTitle(r)+" failed"
		if r.Failure != nil {
			n.Text = r.Failure.Message
		}
	case training.StatePaused:
		n.Level, n.Title, n.Text = notice.Attention, runscreen.RunTitle(r)+" paused", r.Reason
	default:
		return n, false
	}
	return n, true
}

// licences are the texts that travel with the program.
func licences() []ui.Licence {
	return []ui.Licence{{Of: "Inter", Text: fonts.InterLicence}, {Of: "JetBrains Mono", Text: fonts.JetBrainsMonoLicence}}
}
