package walletscreen

import (
	"context"
	"math/big"

	"fyne.io/fyne/v2"

	"github.com/modelfactory/modelfactory/assets/icons"
	"github.com/modelfactory/modelfactory/ui/nav"
	"github.com/modelfactory/modelfactory/ui/notice"
	"github.com/modelfactory/modelfactory/ui/task"
	"github.com/modelfactory/modelfactory/ui/theme"
	"github.com/modelfactory/modelfactory/ui/widgets"
	"github.com/modelfactory/modelfactory/wallet"
)

// layWallet lays out accounts and safety at the left, money at the right.
func (p *page) layWallet() {
	p.form = nil
	side := widgets.VBox(theme.CardGap, p.accountsCard(), p.safetyCard())
	main := widgets.VBox(theme.CardGap)
	if p.err != nil {
		main.Add(widgets.NewErrorCard(notice.Explain(p.err, "The keys are not touched.")))
	}
	if err := p.model.Problem(); err != nil {
		main.Add(widgets.NewNote(widgets.Caution, icons.NetworkOff, notice.Line(err)+" Balances are as they were last read."))
	}
	if _, ok := p.model.BackupWords(); !ok {
		main.Add(p.backupCard())
	}
	main.Add(p.balanceCard())
	main.Add(p.activityCard())
	p.body.Add(newColumns(side, main))
}

func (p *page) accountsCard() fyne.CanvasObject {
	add := widgets.NewButton("Add", p.addAccount).Small().Icon(icons.Plus)
	parts := []fyne.CanvasObject{widgets.CardHead("Accounts", widgets.Spacer(), add)}
	used := p.model.Used().Address
	for _, a := range p.model.Accounts() {
		parts = append(parts, widgets.NewRule(), p.accountRow(a, a.Address == used))
	}
	if len(p.model.Accounts()) > 1 {
		parts = append(parts, widgets.NewRule(), widgets.CardRow(widgets.NewText("All accounts", widgets.Label), widgets.Spacer(), widgets.NewText(p.model.Total(), widgets.Strong)))
	}
	return widgets.NewBareCard(parts...)
}

func (p *page) accountRow(a wallet.Account, used bool) fyne.CanvasObject {
	short, full := p.model.Balance(a.Address)
	ink, state := theme.Text2, ""
	if used {
		ink, state = theme.Primary, "in use"
	}
	body := widgets.TopRow(10, widgets.Pad(2, 0, 0, 0, widgets.NewIcon(icons.Wallet, widgets.IconButton, ink)), widgets.Grow(widgets.VBox(0,
		widgets.Row(8, widgets.Grow(widgets.NewText(a.Name, widgets.Strong).Elide()), widgets.Tip(widgets.NewText(short, widgets.Strong), full)),
		widgets.Row(8, widgets.NewHashChip(a.Address.Hex()), widgets.Spacer(), widgets.NewText(state, widgets.Caption)))))
	row := widgets.NewTappable(widgets.Pad(8, theme.CardPadding, 8, theme.CardPadding, body), func() { p.use(a) }).Hovered(theme.Hover).Other(func() { p.rename(a) })
	row.Tip("Click to use it, right click to rename it")
	if used {
		row.SetGround(theme.Selection)
	}
	return row
}

func (p *page) use(a wallet.Account) {
	if err := p.svc.UseAccount(a.Address.Hex()); err != nil {
		p.err = err
	}
	p.svc.Touch()
	p.look()
	p.refresh()
}

func (p *page) safetyCard() fyne.CanvasObject {
	m := p.model
	vault, backup := widgets.NewFact("Vault", m.VaultWords()), widgets.NewFact(widgets.Count(int64(m.WordCount()))+" words", "")
	words, ok := m.BackupWords()
	if ok {
		backup.SetStyled(words, widgets.Body.In(theme.Ok))
	} else {
		backup.SetStyled(words, widgets.Body.In(theme.Warn))
	}
	lock := widgets.NewButton("Lock now", p.lock).Icon(icons.Lock).Key(nav.Hint(nav.KeyLock))
	if m.Locked() {
		lock = widgets.NewButton("Unlock…", p.unlock).Icon(icons.Unlock)
	} else {
		vault.SetStyled(m.VaultWords(), widgets.Body.In(theme.Ok))
	}
	return widgets.NewCard(4, widgets.NewText("Safety", widgets.SubTitle), vault, backup,
		widgets.Pad(6, 0, 0, 0, widgets.Row(8, lock, widgets.NewButton("Show words…", p.showWords).Icon(icons.Key))))
}

func (p *page) lock() {
	p.svc.Lock()
	p.look()
	p.refresh()
}

func (p *page) backupCard() fyne.CanvasObject {
	check := widgets.NewButton("Check the words…", p.startCheck).Small()
	return widgets.NewCardIn(theme.Warn, 8, widgets.Row(10, widgets.NewIcon(icons.Warning, widgets.IconButton, theme.Warn),
		widgets.Grow(widgets.NewWrapped("The recovery words were not checked yet. Without them this wallet is lost with this computer.", widgets.Body)), check))
}

// startCheck asks words back, after the vault is open.
func (p *page) startCheck() {
	begin := func() { p.setup.AskOf(p.model.WordCount()); p.refresh() }
	if p.svc.Locked() {
		p.askPassword("Unlock to check the words", "Unlock", nil, p.svc.Unlock, func() { p.look(); begin() })
		return
	}
	begin()
}

func (p *page) balanceCard() fyne.CanvasObject {
	m := p.model
	a := m.Used()
	short, full := m.Balance(a.Address)
	receive := widgets.NewButton("Receive", p.receive).Icon(icons.ArrowLeft)
	send := widgets.NewButton("Send…", p.send).Primary().Icon(icons.ArrowRight)
	left := widgets.VBox(0, widgets.Row(6, widgets.NewText(a.Name, widgets.Label), widgets.NewHashChip(a.Address.Hex()).Quiet()),
		widgets.Tip(widgets.NewText(short, widgets.FigureBig), full), widgets.NewText(m.Counted(), widgets.Caption))
	parts := []fyne.CanvasObject{widgets.TopRow(8, widgets.Grow(left), widgets.Row(8, receive, send))}
	if m.Dev() {
		parts = append(parts, widgets.Row(8, widgets.Grow(widgets.NewWrapped("Development chain on this computer: test OPEN is worth nothing.", widgets.Hint)),
			widgets.NewButton("Take 100 test OPEN", p.take).Small().Icon(icons.Coins)))
	}
	if p.faucet != nil {
		parts = append(parts, errorNote(p.faucet))
	}
	return widgets.NewCard(8, parts...)
}

// take asks the faucet of the development chain.
func (p *page) take() {
	to := p.model.Used().Address
	hundred := new(big.Int).Mul(big.NewInt(100), big.NewInt(1_000_000_000_000_000_000))
	task.Do(p.runner, func(ctx context.Context) error { _, err := p.svc.Faucet(ctx, to, hundred); return err }, func(err error) {
		p.faucet = err
		if err == nil {
			p.frame.Toast("100 test OPEN taken from the faucet")
		}
		p.reload()
	})
}

func (p *page) activityCard() fyne.CanvasObject {
	all := p.model.Activity()
	if !p.model.Read() {
		return widgets.NewCard(8, widgets.NewText("Activity", widgets.SubTitle), widgets.NewText("Reading…", widgets.Caption))
	}
	if len(all) == 0 {
		return widgets.NewCard(8, widgets.NewText("Activity", widgets.SubTitle), widgets.NewWrapped("Nothing was signed here for "+p.model.Network()+" yet. Licences you get, models you publish and what you send stand here.", widgets.Caption))
	}
	t := widgets.NewDataTable(
		widgets.Column{ID: "when", Title: "When", Width: 48, Cell: func(i int) widgets.Cell { return widgets.Cell{Text: all[i].When, Style: widgets.Label} }},
		widgets.Column{ID: "what", Title: "What", Min: 120, Cell: func(i int) widgets.Cell { return widgets.Cell{Text: all[i].What} }},
		widgets.Column{ID: "with", Title: "With", Width: 84, Cell: func(i int) widgets.Cell {
			return widgets.Cell{Text: widgets.Short(all[i].With), Style: widgets.Code}
		}},
		widgets.Column{ID: "amount", Title: p.model.Coin(), Width: 80, Align: fyne.TextAlignTrailing, Cell: func(i int) widgets.Cell { return widgets.Cell{Text: all[i].Amount} }},
		widgets.Column{ID: "fee", Title: "Fee", Width: 72, Align: fyne.TextAlignTrailing, Cell: func(i int) widgets.Cell { return widgets.Cell{Text: all[i].Fee, Style: widgets.Label} }},
		widgets.Column{
			ID: "state", Title: "State", Width: 104, New: func() fyne.CanvasObject { return widgets.NewPill("", widgets.Neutral) },
			Update: func(i int, o fyne.CanvasObject) { o.(*widgets.Pill).Set(all[i].State, all[i].Tone) },
		},
	).Plain()
	t.OnOpen = func(i int) { p.details(all[i]) }
	t.FindText = func(i int) string { return all[i].What }
	t.SetCount(len(all))
	return widgets.VBox(theme.CardGap,
		widgets.NewBareCard(widgets.CardHead("Activity", widgets.Spacer(), widgets.NewText(p.model.Network(), widgets.Caption)), t),
		widgets.NewNoteRich(widgets.Neutral, icons.Info,
			widgets.Span{Text: "safe", Style: widgets.Quiet.Semi()}, widgets.Span{Text: ": the network has it and will very likely keep it. ", Style: widgets.Quiet},
			widgets.Span{Text: "final", Style: widgets.Quiet.Semi()}, widgets.Span{Text: ": it cannot be undone. Open a row for its details.", Style: widgets.Quiet}))
}
