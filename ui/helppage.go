package ui

import (
	"fyne.io/fyne/v2"

	"github.com/modelfactory/modelfactory/assets/icons"
	"github.com/modelfactory/modelfactory/ui/nav"
	"github.com/modelfactory/modelfactory/ui/theme"
	"github.com/modelfactory/modelfactory/ui/widgets"
)

// helpPage lists all keys, from the one table, and what the program is made of.
type helpPage struct {
	w    *Window
	body *fyne.Container
}

func newHelpPage(w *Window) *helpPage {
	p := &helpPage{w: w}
	p.body = widgets.NewPage(widgets.Columns(372, p.keys(), widgets.VBox(theme.CardGap, p.about(), p.licences())))
	return p
}

// keys shows the shortcuts that lead to something built, by group, in two columns.
func (p *helpPage) keys() fyne.CanvasObject {
	page := map[nav.KeyID]string{}
	for _, pl := range places {
		page[pl.key] = pl.page
	}
	left, right := widgets.VBox(theme.CardGap), widgets.VBox(theme.CardGap)
	var card *fyne.Container
	group := ""
	for _, k := range nav.Keys {
		if target, ok := page[k.ID]; ok && !p.w.Has(target) {
			continue
		}
		if k.Group != group {
			group = k.Group
			card = widgets.VBox(0)
			box := left // the shorter column
			if right.MinSize().Height < left.MinSize().Height {
				box = right
			}
			box.Objects = append(box.Objects, widgets.NewBareCard(widgets.CardHead(group), widgets.NewRule(), widgets.Pad(6, 16, 10, 16, card)))
		}
		card.Objects = append(card.Objects, widgets.NewFactWith(k.Label, widgets.NewText(nav.Hint(k.ID), widgets.Code)))
	}
	if card != nil {
		card.Objects = append(card.Objects, widgets.NewFactWith("Close the top layer", widgets.NewText("Esc", widgets.Code)),
			widgets.NewFactWith("Next and previous control", widgets.NewText("Tab, Shift+Tab", widgets.Code)))
	}
	return widgets.Halves(300, left, right)
}

func (p *helpPage) about() fyne.CanvasObject {
	about := p.w.cfg.About
	parts := []fyne.CanvasObject{
		widgets.NewText("ModelFactory", widgets.SubTitle),
		widgets.NewFact("Version", p.w.cfg.Version),
		widgets.NewFact("Licence", "Apache-2.0"),
	}
	var acts []fyne.CanvasObject
	if about.LogFolder != "" {
		acts = append(acts, widgets.NewButton("Open log folder", func() {
			if err := p.w.OpenPath(about.LogFolder); err != nil {
				p.w.Copy(about.LogFolder)
				p.w.Toast("No file manager answers; the path is copied")
			}
		}).Icon(icons.Folder))
	}
	if about.Problems != "" {
		acts = append(acts, widgets.NewButton("Copy address for problems", func() {
			p.w.Copy(about.Problems)
			p.w.Toast("Copied")
		}).Icon(icons.Copy))
	}
	if len(acts) > 0 {
		parts = append(parts, widgets.Pad(8, 0, 0, 0, widgets.Flow(8, 8, acts...)))
	}
	return widgets.NewCard(2, parts...)
}

func (p *helpPage) licences() fyne.CanvasObject {
	rows := []fyne.CanvasObject{widgets.NewText("Work of others inside", widgets.SubTitle)}
	for _, l := range p.w.cfg.About.Licences {
		rows = append(rows, widgets.NewFactWith(l.Of, widgets.NewLink("Read", func() { p.read(l) }).Small()))
	}
	card := widgets.NewCard(2, rows...)
	if len(rows) == 1 {
		card.Hide()
	}
	return card
}

func (p *helpPage) read(l Licence) {
	var shut func()
	ok := widgets.NewButton("Close", func() { shut() }).Key("Esc")
	text := widgets.NewWrapped(l.Text, widgets.Caption)
	shut = p.w.Open(nav.Dialog{Width: 640, First: ok, Content: widgets.Pad(20, 24, 20, 24,
		widgets.VBox(12, widgets.NewText(l.Of, widgets.Title), text, widgets.Row(8, widgets.Spacer(), ok)))})
}

// Object implements nav.Page.
func (p *helpPage) Object() fyne.CanvasObject { return p.body }

// Heading implements nav.Page.
func (p *helpPage) Heading() nav.Heading { return nav.Heading{Title: "Help"} }

// Shown implements nav.Page.
func (p *helpPage) Shown(string) {}

// Hidden implements nav.Page.
func (p *helpPage) Hidden() {}
