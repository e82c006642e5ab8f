package lineagescreen

import (
	"strings"

	"fyne.io/fyne/v2"

	"github.com/modelfactory/modelfactory/assets/icons"
	"github.com/modelfactory/modelfactory/chain/lineage"
	"github.com/modelfactory/modelfactory/ui/theme"
	"github.com/modelfactory/modelfactory/ui/widgets"
)

// mark is the icon of a state.
func mark(state string) fyne.CanvasObject {
	switch state {
	case lineage.StateEqual:
		return widgets.NewIcon(icons.Check, widgets.IconRow, theme.Ok)
	case lineage.StateDiffers:
		return widgets.NewIcon(icons.Warning, widgets.IconRow, theme.Bad)
	case lineage.StateNotHere:
		return widgets.NewIcon(icons.Minus, widgets.IconRow, theme.Text3)
	}
	return widgets.NewIcon(icons.Clock, widgets.IconRow, theme.Text3)
}

// laySide shows the digests of the selected box, and what differs.
func (p *page) laySide() {
	m := p.model
	p.side.Objects = nil
	if n := m.Chosen(); m.Folder() == "" && n.ID != "" && n.Kind != lineage.NodeModel {
		p.side.Add(p.nodeCard(n))
	} else {
		p.side.Add(p.modelCard())
	}
	for _, d := range m.Differences() {
		p.side.Add(differenceCard(d))
	}
	if r := m.Report(); r != nil {
		for _, line := range r.NotHere {
			p.side.Add(widgets.NewNote(widgets.Neutral, icons.Info, capital(line)))
		}
	}
	p.side.Refresh()
}

func (p *page) modelCard() fyne.CanvasObject {
	m := p.model
	pill := widgets.NewPill("", widgets.Neutral).Set(m.Standing())
	if _, tone := m.Standing(); tone == widgets.Good || tone == widgets.Failed {
		pill.Icon(tone.Icon())
	}
	parts := []fyne.CanvasObject{widgets.Row(8, widgets.Grow(widgets.NewText(m.Title(), widgets.SubTitle).Elide()), pill)}
	r := m.Report()
	for _, line := range m.Where() {
		parts = append(parts, widgets.NewText(line, widgets.Caption).Elide())
	}
	if r != nil && r.Publication != nil {
		parts = append(parts, widgets.Row(6, widgets.NewText("registry", widgets.Caption), widgets.NewHashChip(r.Publication.Contract).Quiet()))
	}
	if r == nil {
		if !m.Busy {
			parts = append(parts, widgets.NewWrapped("Nobody has looked at its files yet.", widgets.Caption))
		}
		return widgets.NewCard(4, parts...)
	}
	if r.Manifest != "" {
		parts = append(parts, widgets.Pad(8, 0, 0, 0, widgets.Row(8, widgets.Grow(widgets.NewText("Manifest", widgets.Strong)), widgets.NewHashChip(string(r.Manifest)))))
	}
	if m.Folder() == "" {
		for _, c := range r.Checked {
			parts = append(parts, widgets.NewRule(), checkLine(c))
		}
	}
	tone, words := m.Outcome()
	return widgets.NewCard(4, append(parts, widgets.Pad(6, 0, 0, 0, widgets.NewNote(tone, tone.Icon(), words)))...)
}

// checkLine is one digest with its state.
func checkLine(c lineage.Check) fyne.CanvasObject {
	row := widgets.Row(8, mark(c.State), widgets.Grow(widgets.NewText(c.Title, widgets.Body).Elide()))
	if c.Digest != "" {
		row.Add(widgets.NewHashChip(c.Digest))
	}
	if c.Note == "" {
		return row
	}
	return widgets.VBox(0, row, widgets.Pad(0, 0, 0, 22, widgets.NewWrapped(c.Note, widgets.Hint)))
}

// folderCard lists what was recomputed of a folder from anywhere.
func (p *page) folderCard() fyne.CanvasObject {
	rows := []fyne.CanvasObject{widgets.CardHead("Recomputed from the files", widgets.Spacer(), widgets.NewLink("Open the folder", func() {
		if p.frame.OpenPath(p.model.Folder()) != nil {
			p.frame.Copy(p.model.Folder())
			p.frame.Toast("The folder cannot be opened here; its path is copied")
		}
	}).Small())}
	for _, c := range p.model.Report().Checked {
		rows = append(rows, widgets.NewRule(), widgets.CardRow(widgets.Grow(checkLine(c))))
	}
	return widgets.VBox(theme.CardGap, widgets.NewNote(widgets.Neutral, icons.Folder, p.model.Folder()), widgets.NewBareCard(rows...))
}

// stateWords say a box's state.
var stateWords = map[string]string{
	lineage.StateEqual: "recomputed and equal", lineage.StateDiffers: "differs from the record", lineage.StateNotHere: "not here, cannot recompute", lineage.StateUnknown: "not looked at yet",
}

// nodeCard is a selected box other than the model.
func (p *page) nodeCard(n lineage.Node) fyne.CanvasObject {
	parts := []fyne.CanvasObject{widgets.NewWrapped(n.Title, widgets.SubTitle)}
	for _, line := range n.Lines {
		parts = append(parts, widgets.NewWrapped(line, widgets.Caption))
	}
	parts = append(parts, widgets.Row(8, mark(n.State), widgets.NewText(stateWords[n.State], widgets.Body)))
	if n.Digest != "" {
		parts = append(parts, widgets.Row(8, widgets.Grow(widgets.NewText("Digest", widgets.Label)), widgets.NewHashChip(n.Digest)))
	}
	if n.Problem != "" {
		parts = append(parts, widgets.NewNote(widgets.Failed, icons.Warning, n.Problem))
	}
	if r, ok := p.model.OpenRoute(n.ID); ok && p.frame.Has(r.Page) {
		parts = append(parts, widgets.Row(0, widgets.NewButton("Open", func() { p.frame.Go(r) }).Small().Icon(icons.ArrowRight)))
	}
	return widgets.NewCard(6, parts...)
}

// differenceCard names a file and both digests.
func differenceCard(d Difference) fyne.CanvasObject {
	value := func(label, text string) fyne.CanvasObject {
		if len(text) == 64 || len(text) == 66 {
			return widgets.Row(8, widgets.Fixed(72, 0, widgets.NewText(label, widgets.Label)), widgets.NewHashChip(text))
		}
		return widgets.TopRow(8, widgets.Fixed(72, 0, widgets.NewText(label, widgets.Label)), widgets.Grow(widgets.NewWrapped(text, widgets.Code)))
	}
	return widgets.NewCardIn(theme.Bad, 6,
		widgets.Row(8, widgets.NewIcon(icons.Warning, widgets.IconButton, theme.Bad), widgets.NewText("Differs", widgets.SubTitle)),
		widgets.NewWrapped(d.File, widgets.Code), value("recorded", d.Want), value("found", d.Got))
}

func capital(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}
