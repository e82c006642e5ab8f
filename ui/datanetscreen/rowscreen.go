package datanetscreen

import (
	"fyne.io/fyne/v2"

	"github.com/modelfactory/modelfactory/datasets"
	"github.com/modelfactory/modelfactory/ui/theme"
	"github.com/modelfactory/modelfactory/ui/widgets"
)

// rowTurns shows a row's parts below one another; what is learnt stands on the
// ground of the colour that means so everywhere.
func rowTurns(r RowView) fyne.CanvasObject {
	box := widgets.VBox(8)
	for _, t := range r.Turns {
		text := widgets.NewWrapped(t.Text, widgets.Body)
		var body fyne.CanvasObject = widgets.Pad(0, 4, 0, 4, text)
		if t.Learnt {
			body = widgets.Layers(widgets.NewFill(theme.Trained, theme.RadiusPill), body)
		}
		box.Add(widgets.TopRow(0, widgets.Fixed(60, 0, widgets.NewText(t.Label, widgets.Caption)), widgets.Grow(body)))
	}
	return box
}

// rowCard is a row of a net with whose it is and its place in the tree.
func rowCard(d *Detail, r RowView) fyne.CanvasObject {
	number := "Row " + widgets.Count(int64(r.Number)) + " · by"
	var who fyne.CanvasObject = widgets.NewHashChip(string(r.Contributor)).Bare()
	if r.Contributor == datasets.ZeroAddress { // own rows that no account has taken
		who = widgets.NewText("you", widgets.Caption)
	}
	head := widgets.Row(6, widgets.NewText(number, widgets.Caption), who, widgets.Spacer(), widgets.NewText("leaf", widgets.CodeQuiet), widgets.NewHashChip(r.Leaf).Bare())
	if text, tone, ok := d.ProofPill(); ok {
		pill := widgets.NewPill(text, tone)
		pill.Icon(tone.Icon())
		head.Objects = append(head.Objects, widgets.Fixed(2, 0, widgets.Spacer()), pill)
	}
	return widgets.NewCard(8, head, rowTurns(r))
}
