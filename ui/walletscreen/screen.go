package walletscreen

import (
	"context"
	"strings"
	"time"

	"fyne.io/fyne/v2"

	"github.com/modelfactory/modelfactory/assets/icons"
	"github.com/modelfactory/modelfactory/ui/nav"
	"github.com/modelfactory/modelfactory/ui/notice"
	"github.com/modelfactory/modelfactory/ui/task"
	"github.com/modelfactory/modelfactory/ui/theme"
	"github.com/modelfactory/modelfactory/ui/widgets"
)

// Screen is the wallet, for the frame.
func Screen(svc Services, runner task.Runner, now func() time.Time) nav.Screen {
	return nav.Screen{Page: nav.PageWallet, New: func(f nav.Frame) nav.Page { return newPage(f, svc, runner, now) }}
}

// sideWidth is the column of accounts and safety.
const sideWidth = 340

// page is the wallet, or the way to one.
type page struct {
	frame  nav.Frame
	svc    Services
	runner task.Runner
	model  *Model
	setup  *Setup
	stop   func()
	err    error  // of the outbox
	faucet error  // of the last taking
	shown  string // what the last reading showed; the same again is not laid out anew
	drawn  Step   // the step whose form stands, so that typing is not laid out anew
	form   func() // shows what the form's fields mean
	next   string // the review that waits for a wallet; its route's Arg

	root *fyne.Container
	body *fyne.Container
}

var (
	_ nav.Page    = (*page)(nil)
	_ nav.Presser = (*page)(nil)
	_ nav.Escaper = (*page)(nil)
)

func newPage(f nav.Frame, svc Services, runner task.Runner, now func() time.Time) *page {
	p := &page{frame: f, svc: svc, runner: runner, model: &Model{Now: now}, setup: NewSetup(), body: widgets.VBox(theme.CardGap), drawn: -1}
	p.root = widgets.NewPage(p.body)
	return p
}

// Object implements nav.Page.
func (p *page) Object() fyne.CanvasObject { return p.root }

// Heading implements nav.Page.
func (p *page) Heading() nav.Heading {
	h := nav.Heading{Title: "Wallet"}
	if p.setup.Step == Ready && p.frame.Has(nav.PageSettings) {
		h.Actions = []fyne.CanvasObject{widgets.NewButton("Networks", func() { p.frame.Go(nav.Route{Page: nav.PageSettings, Arg: "networks"}) }).Icon(icons.Globe)}
	}
	return h
}

// Shown implements nav.Page.
func (p *page) Shown(arg string) {
	p.Hidden()
	p.shown = ""
	next, create := strings.CutPrefix(arg, "create=")
	if p.next = next; !create {
		p.next = ""
	}
	p.look()
	if create && p.setup.Step == Choose {
		p.setup.Step = Create
	}
	p.refresh()
	p.stop = task.Follow(p.runner, task.Source{Watch: p.svc.WatchWallet, Every: 15 * time.Second}, func(ctx context.Context) (Snapshot, error) {
		return Read(ctx, p.svc, p.model.Now)
	}, func(s Snapshot, err error) {
		p.err = err
		if err == nil {
			p.model.Apply(s)
		}
		p.look()
		if now := p.model.shape(err); p.setup.Step == Ready && now != p.shown {
			p.shown = now
			p.refresh()
		}
	})
	if arg == "receive" && p.setup.Step == Ready {
		p.receive()
	}
}

// look reads the vault, and whether there is one at all.
func (p *page) look() {
	p.model.Look(p.svc)
	if p.setup.Step == Choose && p.model.Exists() {
		p.setup.Step = Ready
	}
}

// Hidden implements nav.Page. Words that are on the screen are gone then.
func (p *page) Hidden() {
	if p.stop != nil {
		p.stop()
		p.stop = nil
	}
	switch p.setup.Step {
	case ShowWords, AskBack:
		p.setup.Finish()
	}
	p.drawn = -1
}

// Press implements nav.Presser.
func (p *page) Press(id nav.KeyID) bool {
	if id == nav.KeyAgain && p.setup.Step == Ready {
		p.reload()
		return true
	}
	return false
}

// Escape implements nav.Escaper: it leaves a form of the setup.
func (p *page) Escape() bool {
	if (p.setup.Step == Create || p.setup.Step == Import) && !p.setup.Busy {
		p.again()
		return true
	}
	return false
}

// again goes back to the choice.
func (p *page) again() {
	p.setup = NewSetup()
	p.look()
	p.refresh()
}

// reload reads the chain once more.
func (p *page) reload() {
	task.Run(p.runner, func(ctx context.Context) (Snapshot, error) { return Read(ctx, p.svc, p.model.Now) }, func(s Snapshot, err error) {
		p.err = err
		if err == nil {
			p.model.Apply(s)
		}
		p.look()
		p.refresh()
	})
}

func (p *page) refresh() {
	if p.setup.Step == Ready {
		p.body.Objects = nil
		p.layWallet()
	} else if p.drawn != p.setup.Step || p.setup.Step == Choose {
		p.body.Objects = nil
		p.laySetup()
	}
	if p.form != nil && p.setup.Step != Ready {
		p.form()
	}
	p.drawn = p.setup.Step
	p.body.Refresh()
	p.root.Refresh()
	p.frame.Changed(p)
}

func errorNote(err error) fyne.CanvasObject {
	return widgets.NewNote(widgets.Failed, icons.Error, notice.Line(err))
}

func setVisible(o fyne.CanvasObject, on bool) {
	if on {
		o.Show()
	} else {
		o.Hide()
	}
}
