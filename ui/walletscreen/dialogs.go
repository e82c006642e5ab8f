package walletscreen

import (
	"context"
	"fmt"
	"time"

	"fyne.io/fyne/v2"

	"github.com/modelfactory/modelfactory/assets/icons"
	"github.com/modelfactory/modelfactory/ui/nav"
	"github.com/modelfactory/modelfactory/ui/notice"
	"github.com/modelfactory/modelfactory/ui/task"
	"github.com/modelfactory/modelfactory/ui/widgets"
	"github.com/modelfactory/modelfactory/wallet"
)

// dialog lays a small form over the page.
func (p *page) dialog(width float32, first fyne.Focusable, closed func(), parts ...fyne.CanvasObject) (shut func()) {
	return p.frame.Open(nav.Dialog{Width: width, First: first, Closed: closed, Content: widgets.Pad(24, 24, 24, 24, widgets.VBox(14, parts...))})
}

// askPassword asks the password and gives it to try; then follows a right one.
func (p *page) askPassword(title, button string, warning fyne.CanvasObject, try func([]byte) error, then func()) {
	entry := widgets.NewPassword("Password").Width(320)
	field := widgets.NewFormField("Password of the wallet", entry, "It stays on this computer.")
	ok := widgets.NewButton(button, nil).Primary()
	var shut func()
	busy, open := false, true
	show := func() {
		ok.SetEnabled(entry.Text != "" && !busy, "Type the password first.")
		if busy {
			ok.SetText("Opening…")
		} else {
			ok.SetText(button)
		}
	}
	act := func() {
		if busy || entry.Text == "" {
			return
		}
		password := []byte(entry.Text)
		entry.SetText("")
		busy = true
		show()
		task.Do(p.runner, func(context.Context) error { return try(password) }, func(err error) {
			busy = false
			if err != nil {
				if open {
					field.SetError(notice.Line(err))
					show()
					p.frame.Focus(entry)
				}
				return
			}
			if open {
				shut()
				then()
			}
		})
	}
	entry.OnChanged = func(text string) {
		if text != "" {
			field.SetError("")
		}
		show()
	}
	entry.OnSubmitted = func(string) { act() }
	ok.SetTapped(act)
	show()
	parts := []fyne.CanvasObject{widgets.NewText(title, widgets.Title)}
	if warning != nil {
		parts = append(parts, warning)
	}
	parts = append(parts, field, widgets.Row(8, widgets.Spacer(), widgets.NewButton("Cancel", func() { shut() }), ok))
	shut = p.dialog(420, entry, func() { open = false; entry.SetText("") }, parts...)
}

func (p *page) unlock() {
	p.askPassword("Unlock the wallet", "Unlock", nil, p.svc.Unlock, func() { p.look(); p.refresh() })
}

// showWords shows the recovery words after the password, until it is closed.
func (p *page) showWords() {
	var words []string
	warning := widgets.NewNote(widgets.Caution, icons.EyeOff, "Whoever sees the words has everything in the wallet. Look around for eyes and cameras first.")
	p.askPassword("Show the recovery words", "Show words", warning, func(password []byte) error {
		w, err := p.svc.Words(password)
		words = w
		return err
	}, func() {
		var shut func()
		hide := widgets.NewButton("Hide them", func() { shut() }).Primary()
		cancel := task.After(p.runner, 2*time.Minute, func() { shut() })
		shut = p.dialog(formWidth, hide, func() { cancel(); clear(words) },
			widgets.NewText("Recovery words", widgets.Title), wordGrid(words),
			widgets.NewText("Hidden by themselves after 2 minutes.", widgets.Caption), widgets.Row(8, widgets.Spacer(), hide))
	})
}

func (p *page) addAccount() {
	if p.svc.Locked() {
		p.askPassword("Unlock to add an account", "Unlock", nil, p.svc.Unlock, p.addAccount)
		return
	}
	entry := widgets.NewEntry(fmt.Sprintf("Account %d", len(p.model.Accounts())+1)).Width(320)
	field := widgets.NewFormField("Name", entry, "The account comes from the same recovery words as the others.")
	p.nameDialog("Add an account", "Add", entry, field, func() error { _, err := p.svc.AddAccount(entry.Text); return err })
}

func (p *page) rename(a wallet.Account) {
	entry := widgets.NewEntry("Name").Width(320)
	entry.SetText(a.Name)
	field := widgets.NewFormField("Name of "+widgets.Short(a.Address.Hex()), entry, "For this computer only.")
	p.nameDialog("Rename the account", "Rename", entry, field, func() error { return p.svc.Rename(a.Address, entry.Text) })
}

func (p *page) nameDialog(title, button string, entry *widgets.Entry, field *widgets.FormField, work func() error) {
	var shut func()
	act := func() {
		task.Do(p.runner, func(context.Context) error { return work() }, func(err error) {
			if err != nil {
				field.SetError(notice.Line(err))
				return
			}
			shut()
			p.reload()
		})
	}
	entry.OnSubmitted = func(string) { act() }
	shut = p.dialog(420, entry, nil, widgets.NewText(title, widgets.Title), field,
		widgets.Row(8, widgets.Spacer(), widgets.NewButton("Cancel", func() { shut() }), widgets.NewButton(button, act).Primary()))
}

// receive shows the whole address of the account in use.
func (p *page) receive() {
	a := p.model.Used()
	var shut func()
	done := widgets.NewButton("Close", func() { shut() })
	words := "Others send " + p.model.Coin() + " on " + p.model.Network() + " to this address."
	if p.model.Dev() {
		words += " This chain exists on this computer only; real OPEN sent here would not arrive on it."
	}
	shut = p.dialog(460, done, nil, widgets.NewText("Receive with "+a.Name, widgets.Title), widgets.NewWrapped(words, widgets.Body),
		widgets.NewCode(a.Address.Hex()),
		widgets.Row(8, widgets.Spacer(), done, widgets.NewButton("Copy address", func() { p.frame.Copy(a.Address.Hex()); p.frame.Toast("Copied") }).Primary().Icon(icons.Copy)))
}

// send asks recipient and amount; the review comes next.
func (p *page) send() {
	m := p.model
	pay := Payment{Own: m.Used().Address, Has: m.Wei(m.Used().Address), Coin: m.Coin()}
	to, amount := widgets.NewEntry("0x…"), widgets.NewEntry("0.0")
	short, _ := m.Balance(pay.Own)
	toField, amountField := widgets.NewFormField("Recipient", to, "The whole address, from 0x to its end."), widgets.NewFormField("Amount in "+m.Coin(), amount, m.Used().Name+" has "+short)
	review := widgets.NewButton("Review…", nil).Primary().Icon(icons.ArrowRight)
	var shut func()
	act := func() {
		if r, ok := pay.Route(); ok {
			shut()
			p.frame.Go(r)
		}
	}
	show := func(string) {
		pay.To, pay.Amount = to.Text, amount.Text
		a, b := pay.Problems()
		toField.SetError(a)
		amountField.SetError(b)
		_, ok := pay.Route()
		review.SetEnabled(ok, "Recipient and amount come first.")
	}
	to.OnChanged, amount.OnChanged = show, show
	amount.OnSubmitted = func(string) { act() }
	review.SetTapped(act)
	show("")
	parts := []fyne.CanvasObject{widgets.NewText("Send from "+m.Used().Name, widgets.Title), toField}
	own := widgets.Row(8, widgets.NewText("To", widgets.Caption))
	for _, a := range m.Accounts() {
		if a.Address != pay.Own && len(own.Objects) < 5 {
			own.Add(widgets.NewLink(a.Name, func() { to.SetText(a.Address.Hex()) }).Small())
		}
	}
	if len(own.Objects) > 1 {
		parts = append(parts, own)
	}
	parts = append(parts, amountField, widgets.NewText("Nothing is signed yet: the review comes next.", widgets.Caption),
		widgets.Row(8, widgets.Spacer(), widgets.NewButton("Cancel", func() { shut() }), review))
	shut = p.dialog(460, to, nil, parts...)
}

// details shows everything about a transaction.
func (p *page) details(e Entry) {
	r := e.Record
	var shut func()
	done := widgets.NewButton("Close", func() { shut() })
	parts := []fyne.CanvasObject{
		widgets.Row(8, widgets.Grow(widgets.NewText(e.What, widgets.Title).Elide()), widgets.NewPill(e.State, e.Tone)),
		widgets.NewFact("Signed", r.Created.In(p.model.Now().Location()).Format("2 Jan 2006, 15:04:05")),
		widgets.NewFactWith("From", widgets.NewHashChip(r.From.Hex())), widgets.NewFactWith("To", widgets.NewHashChip(r.To.Hex())),
	}
	if r.Value != nil {
		parts = append(parts, widgets.NewFact("Amount", widgets.Coins(r.Value)+" "+p.model.Coin()))
	}
	if r.FeePaid != nil {
		parts = append(parts, widgets.NewFact("Fee paid", widgets.Coins(r.FeePaid)+" "+p.model.Coin()))
	}
	if r.Block > 0 {
		parts = append(parts, widgets.NewFact("Block", widgets.Count(int64(r.Block))))
	}
	parts = append(parts, widgets.NewFact("Nonce", fmt.Sprint(r.Nonce)))
	if r.Hash != [32]byte{} {
		parts = append(parts, widgets.NewFactWith("Transaction", widgets.NewHashChip(r.Hash.Hex())))
	}
	if r.Error != "" {
		parts = append(parts, widgets.NewNote(widgets.Failed, icons.Error, r.Error))
	}
	shut = p.dialog(520, done, nil, widgets.VBox(4, parts...), widgets.Row(8, widgets.Spacer(), done))
}
