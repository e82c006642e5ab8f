package modelscreen

import (
	"time"

	"fyne.io/fyne/v2"

	"github.com/modelfactory/modelfactory/assets/icons"
	"github.com/modelfactory/modelfactory/chain/lineage"
	"github.com/modelfactory/modelfactory/ui/nav"
	"github.com/modelfactory/modelfactory/ui/notice"
	"github.com/modelfactory/modelfactory/ui/task"
	"github.com/modelfactory/modelfactory/ui/theme"
	"github.com/modelfactory/modelfactory/ui/widgets"
)

// listPage is the table of models.
type listPage struct {
	frame  nav.Frame
	svc    Services
	runner task.Runner
	list   *List
	stop   func()

	root    *fyne.Container
	problem *fyne.Container
	table   *widgets.DataTable
	full    *fyne.Container
	empty   *fyne.Container
	loading *fyne.Container
}

func newListPage(f nav.Frame, svc Services, runner task.Runner, now func() time.Time) *listPage {
	p := &listPage{frame: f, svc: svc, runner: runner, list: &List{Now: now}, problem: widgets.VBox(0)}
	p.table = p.newTable()
	p.full = widgets.VBox(theme.CardGap, p.problem, widgets.Grow(p.table))
	p.empty = widgets.NewEmptyState(icons.Model, "No models yet", "A model is what a run leaves: a small adapter on its base. Train one, then chat with it, take it with you or publish it.",
		widgets.NewButton("New run", p.newRun).Primary().Icon(icons.Plus))
	p.loading = widgets.Center(widgets.NewText("Reading the models…", widgets.Label))
	p.root = widgets.Layers(widgets.Pad(theme.PageMarginY, theme.PageMarginX, theme.PageMarginY, theme.PageMarginX, p.full), p.empty, p.loading)
	return p
}

func (p *listPage) newTable() *widgets.DataTable {
	at := p.list.At
	t := widgets.NewDataTable(
		widgets.Column{ID: "name", Title: "Model", Min: 160, Sort: true, Cell: func(i int) widgets.Cell {
			return widgets.Cell{Text: at(i).Name, Style: widgets.Strong, Sub: Origin(at(i))}
		}},
		widgets.Column{ID: "data", Title: "Data", Min: 140, Cell: func(i int) widgets.Cell { return widgets.Cell{Text: Mix(at(i))} }},
		widgets.Column{ID: "loss", Title: "Eval loss", Width: 70, Align: fyne.TextAlignTrailing, Sort: true, Cell: func(i int) widgets.Cell { return widgets.Cell{Text: EvalText(at(i))} }},
		widgets.Column{ID: "size", Title: "Size", Width: 70, Align: fyne.TextAlignTrailing, Sort: true, Cell: func(i int) widgets.Cell { return widgets.Cell{Text: widgets.Bytes(at(i).Bytes)} }},
		widgets.Column{ID: "made", Title: "Made", Width: 90, Align: fyne.TextAlignTrailing, Sort: true, Cell: func(i int) widgets.Cell { return widgets.Cell{Text: Day(at(i).Created, p.list.Now())} }},
		widgets.Column{
			ID: "state", Title: "State", Width: 136, Sort: true, New: func() fyne.CanvasObject { return widgets.NewPill("", widgets.Neutral) },
			Update: func(i int, o fyne.CanvasObject) { o.(*widgets.Pill).Set(State(at(i))) },
		},
	).Rows(theme.SizeRowTwo).Scrolls(4)
	t.OnOpen = func(i int) { p.open(at(i)) }
	t.OnSelect = func(int) { p.frame.Changed(p) }
	t.OnSort = func(id string) { p.list.SortBy(id); p.refresh() }
	t.OnMenu = func(i int, where fyne.Position) { p.menu(at(i), where) }
	t.FindText = func(i int) string { return at(i).Name }
	return t
}

func (p *listPage) open(m lineage.Model) {
	if m.Digest != "" {
		p.frame.Go(nav.Route{Page: nav.PageModel, Arg: string(m.Digest)})
	}
}

func (p *listPage) newRun() { p.frame.Go(nav.Route{Page: nav.PageNewRun}) }

func (p *listPage) menu(m lineage.Model, where fyne.Position) {
	widgets.OpenMenuAt(p.table, where, []widgets.MenuItem{
		{Text: "Chat", Icon: icons.Chat, Do: func() { p.open(m) }},
		{Text: "Lineage", Icon: icons.Lineage, Do: func() { p.frame.Go(nav.Route{Page: nav.PageLineage, Arg: string(m.Digest)}) }},
		{Text: "Open folder", Icon: icons.Folder, Do: func() { openFolder(p.frame, m.Dir) }},
	})
}

func openFolder(f nav.Frame, dir string) {
	if err := f.OpenPath(dir); err != nil {
		f.Copy(dir)
		f.Toast("The folder cannot be opened here; its path is copied")
	}
}

// Object implements nav.Page.
func (p *listPage) Object() fyne.CanvasObject { return p.root }

// Heading implements nav.Page.
func (p *listPage) Heading() nav.Heading {
	h := nav.Heading{Title: "Models"}
	if p.list.Count() > 0 {
		one := widgets.NewButton("Chat", func() { p.open(p.list.At(p.table.Selected())) }).Primary().Icon(icons.Chat)
		one.SetEnabled(p.table.Selected() >= 0, "Select a model first.")
		h.Actions = []fyne.CanvasObject{widgets.NewButton("New run", p.newRun).Icon(icons.Plus).Key(nav.Hint(nav.KeyNewRun)), one}
	}
	return h
}

// Shown implements nav.Page.
func (p *listPage) Shown(string) {
	p.Hidden()
	p.refresh()
	p.stop = task.Follow(p.runner, task.Source{Watch: p.svc.WatchModels}, p.svc.Models, func(all []lineage.Model, err error) {
		p.problem.Objects = nil
		if err != nil {
			p.problem.Objects = []fyne.CanvasObject{widgets.NewErrorCard(notice.Explain(err, "The models are as they were."))}
		}
		p.list.Apply(all, err)
		p.refresh()
	})
}

// Hidden implements nav.Page.
func (p *listPage) Hidden() {
	if p.stop != nil {
		p.stop()
		p.stop = nil
	}
}

// FirstFocus implements nav.Focuser.
func (p *listPage) FirstFocus() fyne.Focusable {
	if p.list.Count() == 0 {
		return nil
	}
	return p.table
}

func (p *listPage) refresh() {
	selected := p.list.At(p.table.Selected()).Digest
	failed := len(p.problem.Objects) > 0
	setVisible(p.problem, failed)
	setVisible(p.loading, !p.list.Read() && !failed)
	setVisible(p.empty, p.list.Read() && p.list.Count() == 0 && !failed)
	setVisible(p.full, p.list.Count() > 0 || failed)
	setVisible(p.table, p.list.Count() > 0)
	p.table.SetSort(p.list.Sorted())
	p.table.SetCount(p.list.Count())
	p.table.Select(max(p.list.Row(selected), 0))
	p.root.Refresh()
	p.frame.Changed(p)
}

func setVisible(o fyne.CanvasObject, on bool) {
	if on {
		o.Show()
	} else {
		o.Hide()
	}
}
