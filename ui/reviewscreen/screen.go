package reviewscreen

import (
	"context"
	"time"

	"fyne.io/fyne/v2"

	"github.com/modelfactory/modelfactory/assets/icons"
	"github.com/modelfactory/modelfactory/chain"
	"github.com/modelfactory/modelfactory/ui/nav"
	"github.com/modelfactory/modelfactory/ui/notice"
	"github.com/modelfactory/modelfactory/ui/task"
	"github.com/modelfactory/modelfactory/ui/theme"
	"github.com/modelfactory/modelfactory/ui/widgets"
)

// Screen is the review, for the frame.
func Screen(svc Services, runner task.Runner, now func() time.Time) nav.Screen {
	return nav.Screen{Page: nav.PageReview, Section: nav.PageWallet, New: func(f nav.Frame) nav.Page { return newPage(f, svc, runner, now) }}
}

type page struct {
	frame  nav.Frame
	svc    Services
	runner task.Runner
	model  *Model
	now    func() time.Time
	shown  bool
	arg    string // of the route
	stop   func() // of preparing
	follow func() // of the transaction

	root    *fyne.Container
	body    *fyne.Container
	foot    footParts
	rawOpen bool
}

// footParts stand under the page and stay in sight.
type footParts struct {
	box      *fyne.Container
	signWith *widgets.Select
	password *widgets.Entry
	amount   *widgets.Entry
	cancel   *widgets.Button
	sign     *widgets.Button
	why      *widgets.Text
	wrong    *widgets.Text
}

var (
	_ nav.Page    = (*page)(nil)
	_ nav.Presser = (*page)(nil)
	_ nav.Focuser = (*page)(nil)
)

func newPage(f nav.Frame, svc Services, runner task.Runner, now func() time.Time) *page {
	p := &page{frame: f, svc: svc, runner: runner, now: now, body: widgets.VBox(theme.CardGap)}
	p.foot.box = widgets.VBox(8)
	p.model = NewModel(now, "")
	p.foot.signWith = widgets.NewSelect(nil, p.use)
	p.foot.password = widgets.NewPassword("Password of the wallet").Width(260)
	p.foot.password.OnChanged = func(s string) { p.model.Password(s); p.showButtons() }
	p.foot.amount = widgets.NewEntry("Amount").Width(160)
	p.foot.amount.OnChanged = func(s string) { p.model.Type(s); p.showButtons() }
	p.foot.cancel = widgets.NewButton("Cancel", f.Back).Key("Esc")
	p.foot.sign = widgets.NewButton("Sign", p.signNow).Primary().Icon(icons.Key).Careful()
	p.foot.why = widgets.NewText("", widgets.Caption)
	p.foot.wrong = widgets.NewText("", widgets.Caption.In(theme.Bad))
	scroll := widgets.NewPage(p.body)
	p.root = widgets.VBox(0, widgets.Grow(scroll), widgets.NewRule(), widgets.Pad(12, theme.PageMarginX, 12, theme.PageMarginX, p.foot.box))
	return p
}

// Object implements nav.Page.
func (p *page) Object() fyne.CanvasObject { return p.root }

// Heading implements nav.Page.
func (p *page) Heading() nav.Heading {
	again := widgets.NewButton("Try again on the network", p.prepare).Icon(icons.Refresh).Key(nav.Hint(nav.KeyAgain))
	again.SetEnabled(p.model.Stage != Preparing && p.model.Stage != Signing && p.model.Stage != Done, "The network is being asked.")
	return nav.Heading{Title: p.model.Heading(), Actions: []fyne.CanvasObject{again}}
}

// FirstFocus implements nav.Focuser: Enter then goes back, it never signs.
func (p *page) FirstFocus() fyne.Focusable { return p.foot.cancel }

// Press implements nav.Presser.
func (p *page) Press(id nav.KeyID) bool {
	switch id {
	case nav.KeyAgain:
		if s := p.model.Stage; s == Reading || s == NotReady || s == Unsigned {
			p.prepare()
		}
		return true
	case nav.KeyEnter: // taken, so that nothing else answers it
		return true
	}
	return false
}

// Escape implements nav.Escaper: Esc is Cancel.
func (p *page) Escape() bool { p.frame.Back(); return true }

// Shown implements nav.Page.
func (p *page) Shown(arg string) {
	p.Hidden()
	p.shown = true
	p.arg = arg
	p.model = NewModel(p.now, arg)
	p.rawOpen = false
	p.clear()
	if p.model.Stage == NotReady {
		p.refresh()
		return
	}
	p.prepare()
}

// Hidden implements nav.Page. A transaction on its way goes on.
func (p *page) Hidden() {
	p.shown = false
	for _, stop := range []func(){p.stop, p.follow} {
		if stop != nil {
			stop()
		}
	}
	p.stop, p.follow = nil, nil
	p.clear()
}

// clear forgets what was typed.
func (p *page) clear() {
	p.foot.password.SetText("")
	p.foot.amount.SetText("")
}

// prepare asks for the transaction anew.
func (p *page) prepare() {
	if p.stop != nil {
		p.stop()
	}
	m := p.model
	m.Again()
	p.foot.amount.SetText("")
	type answer struct {
		subject string
		action  Action
	}
	p.stop = task.Run(p.runner, func(ctx context.Context) (answer, error) {
		subject, err := p.svc.Subject(ctx, m.Request)
		if err != nil {
			return answer{}, err
		}
		a, err := p.svc.Prepare(ctx, m.Request)
		return answer{subject, a}, err
	}, func(a answer, err error) {
		if p.model != m || !p.shown || m.Stage != Preparing {
			return
		}
		if err != nil && len(p.svc.Accounts()) == 0 && p.frame.Has(nav.PageWallet) {
			// Nobody there who could sign: make a wallet, and come back here.
			p.frame.Replace(nav.Route{Page: nav.PageWallet, Arg: "create=" + p.arg})
			return
		}
		m.Prepared(a.subject, a.action, err)
		m.SetWallet(p.svc.Accounts(), p.svc.Account(), p.svc.Locked())
		p.refresh()
		p.frame.Focus(p.foot.cancel)
	})
	if m.Stage == Preparing {
		p.refresh()
	}
}

// use signs with another account: the transaction is another one then.
func (p *page) use(i int) {
	if a := p.model.AccountAt(i); a != p.svc.Account() {
		if err := p.svc.UseAccount(a.Hex()); err != nil {
			p.model.Prepared("", Action{}, err)
			p.refresh()
			return
		}
		p.prepare()
	}
}

// signNow unlocks where that is needed, signs, and follows the transaction.
func (p *page) signNow() {
	m := p.model
	m.SetWallet(p.svc.Accounts(), p.svc.Account(), p.svc.Locked()) // it may have locked itself meanwhile
	locked := m.NeedsPassword()
	a, ok := m.Sign()
	if !ok {
		p.refresh()
		return
	}
	password := m.TakePassword()
	p.foot.password.SetText("")
	p.refresh()
	p.follow = task.Follow(p.runner, task.Source{Watch: p.svc.WatchTransactions}, p.svc.Transactions, func(all []chain.TxRecord, err error) {
		if err == nil && m.Stage == Signing {
			m.Follow(all)
			p.refresh()
		}
	})
	type end struct {
		record chain.TxRecord
		locked error // the password did not open the wallet
	}
	task.Run(p.runner, func(ctx context.Context) (end, error) {
		if locked {
			if err := p.svc.Unlock(password); err != nil {
				return end{locked: err}, nil
			}
		}
		r, err := p.svc.Sign(ctx, a)
		return end{record: r}, err
	}, func(e end, err error) { p.signed(m, e.record, e.locked, err) })
}

func (p *page) signed(m *Model, r chain.TxRecord, locked, err error) {
	mine := p.model == m && p.shown
	if mine && p.follow != nil {
		p.follow()
		p.follow = nil
	}
	if locked != nil {
		m.Refused(notice.Line(locked))
		if mine {
			p.refresh()
			p.frame.Focus(p.foot.password)
		}
		return
	}
	m.Signed(r, err)
	if err != nil {
		m.SetWallet(p.svc.Accounts(), p.svc.Account(), p.svc.Locked())
		if mine {
			p.refresh()
		}
		return
	}
	p.frame.Toast(m.DoneWords())
	if !mine {
		return
	}
	if next, back := m.Next(); back {
		p.frame.Back()
	} else {
		p.frame.Replace(next)
	}
}

// refresh lays the page out from the model.
func (p *page) refresh() {
	m := p.model
	p.body.Objects = nil
	switch m.Stage {
	case Preparing:
		row := widgets.NewProgressRow(p.frame.Back)
		row.Set("Asking the network what it would do", -1, "")
		p.body.Add(widgets.NewCard(0, row))
	case NotReady:
		kept, err := m.Problem()
		p.body.Add(widgets.NewErrorCard(notice.Explain(err, kept), widgets.NewButton("Try again", p.prepare), widgets.NewButton("Open the wallet", func() { p.frame.Go(nav.Route{Page: nav.PageWallet}) })))
	default:
		p.layReview()
	}
	p.layFoot()
	p.showButtons()
	p.body.Refresh()
	p.root.Refresh()
	p.frame.Changed(p)
}

// layFoot puts what must be typed above the buttons.
func (p *page) layFoot() {
	m := p.model
	names, used := m.AccountNames()
	p.foot.signWith.SetOptions(names)
	p.foot.signWith.SetSelected(used)
	p.foot.box.Objects = nil
	if m.Stage >= Reading && m.NeedsAmount() {
		r := m.Review()
		p.foot.box.Add(widgets.Row(8, widgets.Spacer(), widgets.NewText("First time to this recipient. Type the amount in "+r.Coin+":", widgets.Label), p.foot.amount))
	}
	if m.NeedsPassword() {
		p.foot.box.Add(widgets.Row(8, widgets.Spacer(), p.foot.wrong, widgets.NewIcon(icons.Lock, widgets.IconButton, theme.Text2), widgets.NewText("The wallet is locked", widgets.Label), p.foot.password))
	}
	row := widgets.Row(8)
	if m.Stage >= Reading && m.SignedBefore() == nil && len(names) > 0 {
		p.foot.signWith.SetEnabled(m.Stage == Reading || m.Stage == Unsigned, "It is on its way.")
		row.Add(widgets.NewText("Sign with", widgets.Label))
		row.Add(p.foot.signWith)
	}
	row.Objects = append(row.Objects, widgets.Spacer(), p.foot.why, p.foot.cancel, p.foot.sign)
	p.foot.box.Add(row)
	p.foot.box.Refresh()
}

// showButtons shows whether it can be signed, and why not.
func (p *page) showButtons() {
	m := p.model
	on, why := m.CanSign()
	p.foot.sign.SetText(m.SignWords())
	p.foot.sign.SetEnabled(on, why)
	if m.Blocked() || m.Stage == NotReady || m.Stage == Preparing {
		why = "" // said in the page already
	}
	p.foot.why.SetText(why)
	p.foot.wrong.SetText(m.Wrong())
	if m.Stage == Signing {
		p.foot.cancel.SetText("Leave")
	} else {
		p.foot.cancel.SetText("Cancel")
	}
	p.foot.box.Refresh()
}
