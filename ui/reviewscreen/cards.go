package reviewscreen

import (
	"fmt"

	"fyne.io/fyne/v2"

	"github.com/modelfactory/modelfactory/assets/icons"
	"github.com/modelfactory/modelfactory/chain"
	"github.com/modelfactory/modelfactory/ui/notice"
	"github.com/modelfactory/modelfactory/ui/theme"
	"github.com/modelfactory/modelfactory/ui/widgets"
)

// sideWidth is the column of figures.
const sideWidth = 392

// layReview lays out what the person reads before signing.
func (p *page) layReview() {
	m := p.model
	if kept, err := m.Problem(); err != nil {
		p.body.Add(widgets.NewErrorCard(notice.Explain(err, kept)))
	}
	if m.Stage == Signing {
		row := widgets.NewProgressRow(nil)
		row.Set(m.Progress(), -1, "")
		p.body.Add(widgets.NewCard(0, row))
	}
	if done := m.SignedBefore(); done != nil {
		p.body.Add(widgets.NewCard(8,
			widgets.NewText("This was signed before", widgets.SubTitle),
			widgets.NewWrapped(fmt.Sprintf("You signed it on %s. %s Nothing is signed or paid again; Go on waits for its block and writes down what follows.", done.Created.Format("2 Jan 2006, 15:04"), m.Progress()), widgets.Body),
			widgets.Row(8, widgets.NewText("Transaction", widgets.Label), widgets.NewHashChip(done.Hash.Hex())),
		))
		return
	}
	for _, b := range m.Blocks() {
		p.body.Add(widgets.NewNote(widgets.Failed, icons.Error, b))
	}
	for _, w := range m.Review().Warnings {
		p.body.Add(widgets.NewNote(widgets.Caution, icons.Warning, w))
	}
	p.body.Add(widgets.Columns(sideWidth, widgets.VBox(theme.CardGap, p.meaning(), p.raw()), widgets.VBox(0, p.figures())))
}

// meaning is the verb, the sentence, what it does and does not.
func (p *page) meaning() fyne.CanvasObject {
	r := p.model.Review()
	dot := theme.Ok
	if p.model.Dev() {
		dot = theme.Series2
	}
	icon := map[string]icons.Name{chain.KindPublishModel: icons.Award, chain.KindBuyLicence: icons.Key, chain.KindSend: icons.Send}[r.Kind]
	if icon == "" {
		icon = icons.Warning
	}
	parts := []fyne.CanvasObject{
		widgets.Row(10, widgets.NewIcon(icon, 22, theme.Primary), widgets.Grow(widgets.NewText(r.Title, widgets.Title).Elide()), widgets.NewText(r.Network, widgets.Label), widgets.NewDot(dot, 9)),
		widgets.NewWrapped(r.Sentence, widgets.Label),
	}
	if len(r.Does) > 0 {
		parts = append(parts, widgets.Pad(6, 0, 0, 0, widgets.NewText("What it does", widgets.Strong)))
		for _, line := range r.Does {
			parts = append(parts, widgets.NewMarkLine(widgets.Info, icons.ArrowRight, line))
		}
	}
	if len(r.DoesNot) > 0 {
		parts = append(parts, widgets.Pad(6, 0, 0, 0, widgets.NewText("What it does not", widgets.Strong)))
		for _, line := range r.DoesNot {
			parts = append(parts, widgets.NewMarkLine(widgets.Good, icons.Check, line))
		}
	}
	return widgets.NewCard(8, parts...)
}

// figures is what the network says: fee, balances, recipient.
func (p *page) figures() fyne.CanvasObject {
	m := p.model
	r := m.Review()
	rows := []fyne.CanvasObject{feeRow(widgets.Label, theme.Sunken, "Fee", "expected", "at most")}
	fees := m.Fees()
	for i, f := range fees {
		style := widgets.Body
		if i == len(fees)-1 {
			style = widgets.Strong
		}
		rows = append(rows, widgets.NewRule(), feeRow(style, theme.Clear, f.Name, f.Expected, f.AtMost))
	}
	parts := []fyne.CanvasObject{widgets.NewText(m.Tried(), widgets.Strong), widgets.NewBareCard(rows...), widgets.NewFact("Gas", m.Gas())}
	if r.Amount != nil && r.Amount.Sign() > 0 {
		parts = append(parts, widgets.NewFact("Amount", widgets.Coins(r.Amount)+" "+r.Coin))
	}
	if now, after, _ := m.Balances(); now != nil {
		parts = append(parts, widgets.NewFactWith(m.AccountName()+", before", widgets.Tip(widgets.NewText(widgets.Money(now)+" "+r.Coin, widgets.Body), widgets.Coins(now)+" "+r.Coin)))
		if after != nil && after.Sign() >= 0 {
			parts = append(parts, widgets.NewFactWith(m.AccountName()+", after", widgets.Tip(widgets.NewText("at least "+widgets.Money(after)+" "+r.Coin, widgets.Body), widgets.Coins(after)+" "+r.Coin)))
		}
	}
	if r.Trial != "" {
		parts = append(parts, widgets.TopRow(12, widgets.NewText("Trial", widgets.Label), widgets.Grow(widgets.NewWrapped(r.Trial, widgets.Body.Right()))))
	}
	label, name, known, why := m.Recipient()
	parts = append(parts, widgets.NewFactWith(label, widgets.NewHashChip(r.To.Hex())))
	if name != "" { // below: beside the address it runs out of the card
		parts = append(parts, widgets.NewWrapped(name, widgets.Label.Right()))
	}
	if r.Kind == chain.KindSend { // somebody is paid: the whole address, not its ends
		parts = append(parts, widgets.NewCode(r.To.Hex()))
	}
	tone, icon := widgets.Good, icons.Check
	if !known {
		tone, icon = widgets.Caution, icons.Warning
	}
	return widgets.NewCard(6, append(parts, widgets.Pad(4, 0, 0, 0, widgets.NewNote(tone, icon, why)))...)
}

// feeRow is a line of the table of fees.
func feeRow(style widgets.Style, ground fyne.ThemeColorName, name, expected, most string) fyne.CanvasObject {
	row := widgets.Row(8, widgets.Grow(widgets.NewText(name, style)), widgets.Fixed(96, 0, widgets.NewText(expected, style.Right())), widgets.Fixed(112, 0, widgets.NewText(most, style.Right())))
	return widgets.Layers(widgets.NewFill(ground, 0), widgets.Pad(4, theme.CardPadding, 5, theme.CardPadding, row))
}

// raw shows the bytes and every value in them.
func (p *page) raw() fyne.CanvasObject {
	m := p.model
	words, icon := "Show", icons.ChevronRight
	if p.rawOpen {
		words, icon = "Hide", icons.ChevronDown
	}
	head := widgets.Row(8, widgets.NewIcon(icon, widgets.IconRow, theme.Text2), widgets.Grow(widgets.NewWrapped(m.RawLine(), widgets.Caption)),
		widgets.NewButton(words, func() { p.rawOpen = !p.rawOpen; p.refresh() }).Small(),
		widgets.NewButton("Copy", func() { p.frame.Copy(m.Review().Raw); p.frame.Toast("Copied") }).Small().Icon(icons.Copy))
	parts := []fyne.CanvasObject{head}
	if p.rawOpen {
		for _, l := range m.Review().Decoded {
			parts = append(parts, widgets.TopRow(12, widgets.Fixed(170, 0, widgets.NewText(l.Name, widgets.Caption)), widgets.Grow(widgets.NewWrapped(l.Value, widgets.Code))))
		}
		parts = append(parts, widgets.NewCode(m.Review().Raw))
	}
	return widgets.NewCard(8, parts...)
}
