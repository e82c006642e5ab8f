package datanetscreen

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

// Screens are the list of DataNets and one DataNet, for the frame. runner is
// task.Live in the program; now is the clock whose zone dates are shown in.
func Screens(svc Services, runner task.Runner, now func() time.Time) []nav.Screen {
	return []nav.Screen{
		{Page: nav.PageDataNets, New: func(f nav.Frame) nav.Page { return newListPage(f, svc, runner, now) }},
		{Page: nav.PageDataNet, Section: nav.PageDataNets, New: func(f nav.Frame) nav.Page { return newDetailPage(f, svc, runner, now) }},
	}
}

// listPage is the table of DataNets.
type listPage struct {
	frame  nav.Frame
	svc    Services
	runner task.Runner
	list   *List
	stop   func()

	root    *fyne.Container
	problem *fyne.Container
	away    *widgets.Note // the chain does not answer
	tabs    *widgets.Tabs
	filters filterRow
	table   *widgets.DataTable
	empty   *fyne.Container
	none    *fyne.Container // nothing in this tab
}

type filterRow struct {
	search                   *widgets.Entry
	licence, price, language *widgets.Select
	count                    *widgets.Text
}

var (
	_ nav.Page    = (*listPage)(nil)
	_ nav.Presser = (*listPage)(nil)
	_ nav.Dropper = (*listPage)(nil)
)

func newListPage(f nav.Frame, svc Services, runner task.Runner, now func() time.Time) *listPage {
	p := &listPage{frame: f, svc: svc, runner: runner, list: NewList(now), problem: widgets.VBox(0)}
	p.away = widgets.NewNote(widgets.Caution, icons.NetworkOff, "")
	p.away.Hide()
	p.tabs = widgets.NewTabs(p.list.Tabs(), func(i int) { p.list.SetTab(Tab(i)); p.refresh() })
	changed := func(int) { p.filter() }
	p.filters = filterRow{
		search: widgets.NewSearch("Name, topic or address").Width(232), licence: widgets.NewSelect(p.list.Licences(), changed),
		price: widgets.NewSelect(Prices, changed), language: widgets.NewSelect(p.list.Languages(), changed), count: widgets.NewText("", widgets.Caption.Right()).Elide(),
	}
	p.filters.search.OnChanged = func(string) { p.filter() }
	p.table = p.newTable()
	p.empty = widgets.NewEmptyState(icons.Search, "No DataNet matches", "Look for fewer words, or take the filters away.", widgets.NewButton("Clear the filters", p.clear))
	p.none = widgets.NewEmptyState(icons.Datanet, "Nothing here yet", "Import a file of your own, or look at all DataNets.", widgets.NewButton("Import file…", p.pick).Icon(icons.Download))
	for _, o := range []fyne.CanvasObject{p.problem, p.empty, p.none} {
		o.Hide()
	}
	p.root = widgets.Pad(theme.PageMarginY, theme.PageMarginX, theme.PageMarginY, theme.PageMarginX, widgets.VBox(theme.CardGap, p.problem, p.away, p.tabs,
		widgets.Row(8, p.filters.search, p.filters.licence, p.filters.price, p.filters.language, widgets.Grow(p.filters.count)),
		widgets.Grow(widgets.Layers(p.table, p.empty, p.none))))
	p.root.Hide()
	return p
}

func (p *listPage) newTable() *widgets.DataTable {
	net := p.list.Net
	text := func(id, title string, width float32, align fyne.TextAlign, of func(Net) string) widgets.Column {
		return widgets.Column{ID: id, Title: title, Width: width, Align: align, Sort: true, Cell: func(i int) widgets.Cell { return widgets.Cell{Text: of(net(i))} }}
	}
	const right = fyne.TextAlignTrailing
	t := widgets.NewDataTable(
		widgets.Column{ID: "name", Title: "Name", Min: 160, Sort: true, Cell: func(i int) widgets.Cell {
			return widgets.Cell{Text: Title(net(i)), Style: widgets.Strong, Sub: Summary(net(i))}
		}},
		text("rows", "Rows", 54, right, func(n Net) string { return number(n, n.Newest().Rows) }),
		text("people", "People", 50, right, func(n Net) string { return number(n, len(n.Contributors)) }),
		widgets.Column{ID: "version", Title: "Version", Width: 48, Align: fyne.TextAlignCenter, Cell: func(i int) widgets.Cell {
			if net(i).Damaged != "" {
				return widgets.Cell{Text: "–"}
			}
			return widgets.Cell{Text: "v" + widgets.Count(int64(net(i).Newest().Number))}
		}},
		text("licence", "Licence", 106, fyne.TextAlignLeading, LicenceText),
		widgets.Column{ID: "price", Title: "Price", Width: 96, Align: right, Sort: true, Cell: func(i int) widgets.Cell {
			price, time := p.list.Price(net(i))
			return widgets.Cell{Text: price, Sub: time}
		}},
		widgets.Column{
			ID: "yours", Title: "Yours", Width: 138, Sort: true, New: func() fyne.CanvasObject { return widgets.NewPill("", widgets.Neutral) },
			Update: func(i int, o fyne.CanvasObject) { showYours(o.(*widgets.Pill), net(i), p.list.Now()) },
		},
		text("models", "Models", 50, right, func(n Net) string { return number(n, p.list.Models(n.Slug)) }),
	).Rows(theme.SizeRowTwo).Scrolls(4)
	t.OnOpen = func(i int) { p.open(net(i)) }
	t.OnSort = func(id string) { p.list.SortBy(id); p.refresh() }
	t.OnMenu = func(i int, at fyne.Position) { p.menu(net(i), at) }
	t.FindText = func(i int) string { return Title(net(i)) }
	return t
}

func number(n Net, v int) string {
	if n.Damaged != "" {
		return "–"
	}
	return widgets.Count(int64(v))
}

// showYours writes what a net is to the person; the icon says it beside the
// colour.
func showYours(pill *widgets.Pill, n Net, now time.Time) {
	pill.Set(Yours(n, now))
	switch word, tone := Yours(n, now); {
	case n.Private && n.Damaged == "":
		pill.Icon(icons.Lock)
	case strings.HasPrefix(word, "held"):
		pill.Icon(icons.Check)
	case tone == widgets.Caution:
		pill.Icon(icons.Clock)
	}
}

// Object implements nav.Page.
func (p *listPage) Object() fyne.CanvasObject { return p.root }

// Heading implements nav.Page.
func (p *listPage) Heading() nav.Heading {
	return nav.Heading{Title: "DataNets", Actions: []fyne.CanvasObject{widgets.NewButton("Import file…", p.pick).Icon(icons.Download).Key(nav.Hint(nav.KeyImport))}}
}

// Shown implements nav.Page. arg is what to search for, or "import=" and the
// path of a file to import.
func (p *listPage) Shown(arg string) {
	p.Hidden()
	if path, ok := strings.CutPrefix(arg, "import="); ok {
		// Not now: this page is only just coming to the front. The route is
		// replaced, so that going back here does not ask again.
		task.After(p.runner, 0, func() {
			p.frame.Replace(nav.Route{Page: nav.PageDataNets})
			p.startImport(path)
		})
	} else if arg != "" {
		p.filters.search.SetText(arg)
	}
	p.stop = task.Follow(p.runner, task.Source{Every: 15 * time.Second}, func(ctx context.Context) (Catalogue, error) { return ReadCatalogue(ctx, p.svc) }, p.show)
}

// Hidden implements nav.Page.
func (p *listPage) Hidden() {
	if p.stop != nil {
		p.stop()
		p.stop = nil
	}
}

// FirstFocus implements nav.Focuser.
func (p *listPage) FirstFocus() fyne.Focusable { return p.table }

// Press implements nav.Presser.
func (p *listPage) Press(id nav.KeyID) bool {
	switch id {
	case nav.KeyFind:
		p.frame.Focus(p.filters.search)
	case nav.KeyImport:
		p.pick()
	default:
		return false
	}
	return true
}

// Dropped implements nav.Dropper: a dropped file is imported.
func (p *listPage) Dropped(paths []string) bool {
	if len(paths) == 0 {
		return false
	}
	p.startImport(paths[0])
	return true
}

func (p *listPage) show(c Catalogue, err error) {
	p.problem.Objects = nil
	if err != nil {
		p.problem.Objects = []fyne.CanvasObject{widgets.NewErrorCard(notice.Explain(err, "The files are as they were."))}
	} else {
		p.list.Apply(c)
	}
	setVisible(p.problem, err != nil)
	p.root.Show()
	p.refresh()
}

// filter narrows the list to what the fields say.
func (p *listPage) filter() {
	f := Filter{Text: p.filters.search.Text, Price: Price(max(p.filters.price.Selected(), 0))}
	if p.filters.licence.Selected() > 0 {
		f.Licence = p.filters.licence.SelectedText()
	}
	if p.filters.language.Selected() > 0 {
		f.Language = p.filters.language.SelectedText()
	}
	p.list.SetFilter(f)
	p.refresh()
}

func (p *listPage) clear() {
	p.filters.licence.SetSelected(0)
	p.filters.price.SetSelected(0)
	p.filters.language.SetSelected(0)
	p.filters.search.SetText("")
	p.filter()
}

func (p *listPage) refresh() {
	l := p.list
	selected := l.Net(p.table.Selected()).Slug
	away := l.Unreached()
	p.away.Set(widgets.Caution, icons.NetworkOff, away)
	setVisible(p.away, away != "")
	p.tabs.SetLabels(l.Tabs())
	p.filters.licence.SetOptions(l.Licences())
	p.filters.language.SetOptions(l.Languages())
	p.filters.count.SetText(l.Count())
	p.table.SetSort(l.Sorted())
	p.table.SetCount(len(l.Nets()))
	if selected != "" {
		p.table.Select(l.Row(selected))
	}
	nothing := l.Ready() && len(l.Nets()) == 0
	setVisible(p.table, !nothing)
	setVisible(p.empty, nothing && l.Narrowed())
	setVisible(p.none, nothing && !l.Narrowed())
	p.root.Refresh()
}

func (p *listPage) open(n Net) {
	if n.Slug != "" {
		p.frame.Go(nav.Route{Page: nav.PageDataNet, Arg: string(n.Slug)})
	}
}

// menu is the right click on a net.
func (p *listPage) menu(n Net, at fyne.Position) {
	use := widgets.MenuItem{Text: "Use in a run", Icon: icons.Run, Do: func() { p.frame.Go(nav.Route{Page: nav.PageNewRun, Arg: "net=" + string(n.Slug)}) }}
	if n.Damaged != "" {
		use.Off = "It cannot be read."
	}
	widgets.OpenMenuAt(p.table, at, []widgets.MenuItem{{Text: "Open", Icon: icons.Datanet, Do: func() { p.open(n) }}, use})
}

func (p *listPage) pick() {
	p.frame.PickFile("Import a file", Importable, func(path string) {
		if path != "" {
			p.startImport(path)
		}
	})
}

func (p *listPage) startImport(path string) {
	openImport(p.frame, p.svc, p.runner, NewImport(path, p.list.all.Nets))
}

func setVisible(o fyne.CanvasObject, on bool) {
	if o.Visible() == on {
		return
	}
	if on {
		o.Show()
	} else {
		o.Hide()
	}
}
