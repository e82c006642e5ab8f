package modelscreen

import (
	"fmt"

	"fyne.io/fyne/v2"

	"github.com/modelfactory/modelfactory/assets/icons"
	"github.com/modelfactory/modelfactory/ui/nav"
	"github.com/modelfactory/modelfactory/ui/theme"
	"github.com/modelfactory/modelfactory/ui/widgets"
)

// laySide lays out the column of proofs, publishing, export and Ollama.
func (p *modelPage) laySide() {
	m := p.model
	p.side.Objects = nil
	sound := m.Model().Damaged == ""
	if sound && p.export != nil { // what goes on, or just ended, is looked for
		p.side.Add(p.exportCard())
	}
	if sound {
		p.side.Add(p.proofCard())
	}
	p.side.Add(p.publishCard())
	if sound && p.export == nil {
		p.side.Add(p.exportCard())
	}
	if sound && m.Tab == TabChat {
		p.side.Add(p.ollamaCard())
	}
	p.side.Refresh()
}

func (p *modelPage) proofCard() fyne.CanvasObject {
	parts := []fyne.CanvasObject{widgets.NewText("Proved, not assumed", widgets.SubTitle)}
	for _, proof := range p.model.Proofs() {
		if proof.Failed {
			parts = append(parts, widgets.NewMarkLine(widgets.Failed, icons.Error, proof.Text))
			continue
		}
		parts = append(parts, widgets.NewMarkLine(widgets.Good, icons.Check, proof.Text))
	}
	return widgets.NewCard(5, append(parts, widgets.NewWrapped(p.model.ProofLine(), widgets.Caption))...)
}

func (p *modelPage) publishCard() fyne.CanvasObject {
	m := p.model
	head := widgets.Row(8, widgets.NewText("Publish", widgets.SubTitle), widgets.Spacer(), widgets.NewPill("", widgets.Neutral).Set(State(m.Model())))
	if pub := m.Model().Publication; pub != nil {
		return widgets.NewCard(8, head,
			widgets.VBox(0, widgets.NewFact("Model", fmt.Sprintf("no. %d", pub.ID)),
				widgets.NewFactWith("Registry", widgets.NewHashChip(pub.Contract)),
				widgets.NewFact("Chain", fmt.Sprintf("%d", pub.ChainID)),
				widgets.NewFactWith("Manifest", widgets.NewHashChip(pub.Manifest)),
				widgets.NewFactWith("Transaction", widgets.NewHashChip(pub.Tx))),
			widgets.Row(8, widgets.NewButton("Lineage and verify", func() { p.frame.Go(m.LineageRoute()) }).Icon(icons.Award)))
	}
	public, private := m.Public()
	button := widgets.NewButton("Review and publish…", func() { p.frame.Go(m.PublishRoute()) }).Primary().Icon(icons.Award)
	ok, why := m.CanPublish()
	button.SetEnabled(ok, why)
	card := []fyne.CanvasObject{head, widgets.NewWrapped(public, widgets.Small), widgets.NewWrapped(private, widgets.Caption)}
	facts := widgets.VBox(0)
	if m.Network != "" {
		facts.Add(widgets.NewFact("Network", m.Network))
	}
	facts.Add(widgets.NewFact("Fee", "in the review, before you sign"))
	card = append(card, facts, widgets.Row(8, button))
	if !ok {
		card = append(card, widgets.NewWrapped(why, widgets.Caption))
		if !m.Wallet {
			card = append(card, widgets.Row(0, widgets.NewLink("Create a wallet", func() { p.frame.Go(nav.Route{Page: nav.PageWallet, Arg: "create=publish=" + string(m.Model().Digest)}) })))
		}
	}
	return widgets.NewCard(8, card...)
}

func (p *modelPage) ollamaCard() fyne.CanvasObject {
	c := p.chat.model
	words, command := c.OllamaState()
	parts := []fyne.CanvasObject{widgets.NewText("Compare with Ollama", widgets.SubTitle), widgets.NewWrapped(words, widgets.Caption)}
	if command != "" {
		parts = append(parts, widgets.NewCode(command), widgets.Row(8,
			widgets.NewButton("Copy", func() { p.frame.Copy(command); p.frame.Toast("Copied") }).Small().Icon(icons.Copy),
			widgets.NewButton("Look again", p.chat.lookForOllama).Small().Icon(icons.Refresh)))
	}
	if names := c.ThirdNames(); len(names) > 1 {
		choice := widgets.NewSelect(names, func(i int) { c.ChooseThird(i); p.chat.rebuild() })
		choice.SetSelected(c.ThirdIndex())
		choice.SetEnabled(!c.Busy(), "The last question is being answered.")
		parts = append(parts, choice)
	}
	return widgets.NewCard(8, parts...)
}

func (p *modelPage) layFiles() {
	rows := []fyne.CanvasObject{widgets.CardHead("Files", widgets.Spacer(), widgets.NewText(widgets.Bytes(p.model.Model().Bytes), widgets.Caption))}
	for _, f := range p.model.Files() {
		what, style := f.What, widgets.Caption
		if f.Changed {
			what, style = "changed after training", widgets.Caption.In(theme.Bad)
		}
		rows = append(rows, widgets.NewRule(), widgets.CardRow(widgets.NewIcon(icons.File, widgets.IconRow, theme.Text2),
			widgets.Fixed(220, 0, widgets.NewText(f.Name, widgets.Code).Elide()), widgets.Grow(widgets.NewWrapped(what, style)),
			widgets.NewText(widgets.Bytes(f.Bytes), widgets.Body)))
	}
	digests := widgets.NewCard(6, widgets.NewText("Digests", widgets.SubTitle),
		widgets.NewFactWith("Adapter", widgets.NewHashChip(string(p.model.Model().Digest))),
		widgets.NewFactWith("Weights", widgets.NewHashChip(string(p.model.Model().Metrics.Files.Weights))),
		widgets.NewFactWith("Adapter config", widgets.NewHashChip(string(p.model.Model().Metrics.Files.Config))))
	p.files.Objects = []fyne.CanvasObject{widgets.NewBareCard(rows...)}
	if p.model.Model().Damaged == "" {
		p.files.Add(digests)
	}
	p.files.Refresh()
}

func (p *modelPage) layCard() {
	p.card.Objects = nil
	if len(p.model.Card()) == 0 {
		p.card.Add(widgets.NewNote(widgets.Neutral, icons.Info, "There is no model card."))
	}
	var parts []fyne.CanvasObject
	for _, b := range p.model.Card() {
		switch b.Kind {
		case Heading:
			style := widgets.SubTitle
			if b.Level == 1 {
				style = widgets.Title
			} else if b.Level > 2 {
				style = widgets.Strong
			}
			parts = append(parts, widgets.Pad(8, 0, 0, 0, widgets.NewWrapped(b.Text, style)))
		case Item:
			parts = append(parts, widgets.TopRow(8, widgets.NewText("•", widgets.Body), widgets.Grow(widgets.NewWrapped(b.Text, widgets.Body))))
		case Literal:
			parts = append(parts, widgets.NewCode(b.Text))
		default:
			parts = append(parts, widgets.NewWrapped(b.Text, widgets.Body))
		}
	}
	if len(parts) > 0 {
		p.card.Add(widgets.NewCard(8, parts...))
	}
	p.card.Refresh()
}
