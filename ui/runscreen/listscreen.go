package runscreen

import (
	"context"
	"slices"
	"time"

	"fyne.io/fyne/v2"

	"github.com/modelfactory/modelfactory/assets/icons"
	"github.com/modelfactory/modelfactory/training"
	"github.com/modelfactory/modelfactory/ui/nav"
	"github.com/modelfactory/modelfactory/ui/notice"
	"github.com/modelfactory/modelfactory/ui/task"
	"github.com/modelfactory/modelfactory/ui/theme"
	"github.com/modelfactory/modelfactory/ui/widgets"
)

// listPage is the table of runs.
type listPage struct {
	frame  nav.Frame
	svc    Services
	runner task.Runner
	list   *List
	seen   seenRuns
	bare   bool // the heading was drawn without runs
	stop   func()

	root    *fyne.Container
	problem *fyne.Container
	tabs    *widgets.Tabs
	table   *widgets.DataTable
	ticks   map[*widgets.Check]training.Run // the run of each cell; cells are used again
	full    *fyne.Container
	empty   *fyne.Container
}

var _ nav.Presser = (*listPage)(nil)

func newListPage(f nav.Frame, svc Services, runner task.Runner, now func() time.Time, seen seenRuns) *listPage {
	p := &listPage{seen: seen, frame: f, svc: svc, runner: runner, list: NewList(now), problem: widgets.VBox(0), ticks: map[*widgets.Check]training.Run{}}
	p.tabs = widgets.NewTabs(p.list.Tabs(), func(i int) { p.list.SetGroup(i); p.refresh() })
	p.table = p.newTable()
	p.full = widgets.VBox(theme.CardGap, p.problem, p.tabs, widgets.Grow(p.table))
	p.empty = widgets.NewEmptyState(icons.Run, "No runs yet", "A run trains a base on your data. You see what it needs and what it learns before and while it runs.",
		widgets.NewButton("New run", p.newRun).Primary().Icon(icons.Plus))
	p.root = widgets.Layers(widgets.Pad(theme.PageMarginY, theme.PageMarginX, theme.PageMarginY, theme.PageMarginX, p.full), p.empty)
	p.full.Hide()
	p.empty.Hide()
	return p
}

func (p *listPage) newTable() *widgets.DataTable {
	run := func(i int) training.Run { return p.list.Run(i) }
	t := widgets.NewDataTable(
		widgets.Column{
			ID: "tick", Title: "", Width: 20, New: func() fyne.CanvasObject { return p.newTick() },
			Update: func(i int, o fyne.CanvasObject) {
				check := o.(*widgets.Check)
				p.ticks[check] = run(i)
				check.SetChecked(p.list.Ticked(run(i).ID))
				setVisible(check, CanCompare(run(i)))
			},
		},
		widgets.Column{ID: "name", Title: "Run", Min: 200, Sort: true, Cell: func(i int) widgets.Cell {
			return widgets.Cell{Text: run(i).Title(), Style: widgets.Strong, Sub: Subtitle(run(i))}
		}},
		widgets.Column{
			ID: "state", Title: "State", Width: 120, Sort: true, New: func() fyne.CanvasObject { return widgets.NewPill("", widgets.Neutral) },
			Update: func(i int, o fyne.CanvasObject) { o.(*widgets.Pill).Set(StateWord(run(i))) },
		},
		widgets.Column{ID: "steps", Title: "Steps", Width: 110, Align: fyne.TextAlignTrailing, Sort: true, Cell: func(i int) widgets.Cell { return widgets.Cell{Text: StepsText(run(i))} }},
		widgets.Column{ID: "tokens", Title: "Trained tokens", Width: 100, Align: fyne.TextAlignTrailing, Cell: func(i int) widgets.Cell {
			if run(i).TrainedTokens == 0 {
				return widgets.Cell{Text: "–"}
			}
			return widgets.Cell{Text: widgets.Count(run(i).TrainedTokens)}
		}},
		widgets.Column{ID: "time", Title: "Time", Width: 84, Align: fyne.TextAlignTrailing, Sort: true, Cell: func(i int) widgets.Cell {
			if run(i).Seconds == 0 {
				return widgets.Cell{Text: "–"}
			}
			return widgets.Cell{Text: widgets.Took(seconds(run(i).Seconds))}
		}},
		widgets.Column{ID: "started", Title: "Started", Width: 92, Align: fyne.TextAlignTrailing, Sort: true, Cell: func(i int) widgets.Cell { return widgets.Cell{Text: p.list.StartedText(run(i))} }},
	).Rows(theme.SizeRowTwo).Scrolls(4)
	t.OnOpen = func(i int) { p.open(run(i).ID) }
	t.OnSort = func(id string) { p.list.SortBy(id); p.refresh() }
	t.OnMenu = func(i int, at fyne.Position) { p.menu(run(i), at) }
	t.FindText = func(i int) string { return run(i).Title() }
	return t
}

func (p *listPage) open(id training.RunID) {
	if id != "" {
		p.frame.Go(nav.Route{Page: nav.PageRun, Arg: string(id)})
	}
}

func (p *listPage) newRun() { p.frame.Go(nav.Route{Page: nav.PageNewRun}) }

// Object implements nav.Page.
func (p *listPage) Object() fyne.CanvasObject { return p.root }

// Heading implements nav.Page.
func (p *listPage) Heading() nav.Heading {
	text, off := p.list.CompareText()
	compare := widgets.NewButton(text, func() { p.frame.Go(nav.Route{Page: nav.PageCompare, Arg: compareArg(p.list.Chosen())}) }).Icon(icons.Compare)
	compare.SetEnabled(off == "", off)
	h := nav.Heading{Title: "Runs"}
	if p.list.Empty() {
		return h // the page itself offers the first run
	}
	if off != "" {
		h.Actions = append(h.Actions, widgets.NewText(off, widgets.Caption))
	}
	h.Actions = append(h.Actions, compare, widgets.NewButton("New run", p.newRun).Primary().Icon(icons.Plus).Key(nav.Hint(nav.KeyNewRun)))
	return h
}

// Shown implements nav.Page.
func (p *listPage) Shown(string) {
	p.Hidden()
	p.stop = task.Follow(p.runner, task.Source{Watch: p.svc.WatchAll}, p.svc.Runs, func(runs []training.Run, err error) {
		p.setProblem(err)
		if err == nil {
			p.apply(runs)
		}
		p.refresh()
	})
}

// apply takes the runs over, and notes them for the page of one run.
func (p *listPage) apply(runs []training.Run) {
	p.list.Apply(runs)
	for _, r := range runs {
		p.seen[r.ID] = r
	}
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
	if p.list.Empty() {
		return nil
	}
	return p.table
}

func (p *listPage) setProblem(err error) {
	p.problem.Objects = nil
	if err != nil {
		p.problem.Objects = []fyne.CanvasObject{widgets.NewErrorCard(notice.Explain(err, "The runs are as they were."))}
	}
	setVisible(p.problem, err != nil)
}

func (p *listPage) refresh() {
	selected := p.list.Run(p.table.Selected()).ID
	setVisible(p.empty, p.list.Empty() && len(p.problem.Objects) == 0)
	setVisible(p.full, !p.empty.Visible())
	p.tabs.SetLabels(p.list.Tabs())
	p.table.SetSort(p.list.Sorted())
	p.table.SetCount(p.list.Count())
	if selected != "" {
		p.table.Select(p.list.Row(selected))
	}
	p.root.Refresh()
	if bare := p.list.Empty(); bare != p.bare {
		p.bare = bare
		p.frame.Changed(p)
	}
}

// Press implements nav.Presser.
func (p *listPage) Press(id nav.KeyID) bool {
	if id != nav.KeyTick {
		return false
	}
	if run := p.list.Run(p.table.Selected()); run.ID != "" {
		p.tick(run)
	}
	return true
}

// newTick is a cell that ticks the run it stands for.
func (p *listPage) newTick() *widgets.Check {
	var check *widgets.Check
	check = widgets.NewCheck("", func(bool) { p.tick(p.ticks[check]) })
	return check
}

// tick ticks a run for a comparison, or takes its tick away.
func (p *listPage) tick(run training.Run) {
	p.list.Tick(run)
	p.refresh()
	p.frame.Changed(p)
}

// menu is the right click on a run.
func (p *listPage) menu(run training.Run, at fyne.Position) {
	items := []widgets.MenuItem{{Text: "Open", Icon: icons.Run, Do: func() { p.open(run.ID) }}}
	if run.State == training.StateQueued && run.Queue > 1 {
		items = append(items, widgets.MenuItem{Text: "Earlier in the queue", Icon: icons.ChevronUp, Do: func() {
			p.do(func(ctx context.Context) error { return p.svc.Move(ctx, run.ID, run.Queue-1) }, nil)
		}})
	}
	if CanCompare(run) {
		text := "Tick to compare"
		if p.list.Ticked(run.ID) {
			text = "Take the tick away"
		}
		items = append(items, widgets.MenuItem{Text: text, Icon: icons.Compare, Do: func() { p.tick(run) }})
	}
	for _, a := range MenuActs(run) {
		items = append(items, widgets.MenuItem{Text: ActWords[a], Do: func() { p.act(run, a) }})
	}
	widgets.OpenMenuAt(p.table, at, items)
}

func (p *listPage) act(run training.Run, a Act) {
	if slices.Contains([]Act{ActAgain}, a) {
		p.frame.Go(nav.Route{Page: nav.PageNewRun, Arg: "run=" + string(run.ID)})
		return
	}
	p.do(func(ctx context.Context) error { return Do(ctx, p.svc, run.ID, a) }, func() {
		if a == ActDelete {
			offerUndo(p.frame, p.svc, p.runner, run)
		}
	})
}

// do works, shows what went wrong, and reads the list again.
func (p *listPage) do(work func(context.Context) error, then func()) {
	task.Run(p.runner, func(ctx context.Context) ([]training.Run, error) {
		if err := work(ctx); err != nil {
			return nil, err
		}
		return p.svc.Runs(ctx)
	}, func(runs []training.Run, err error) {
		p.setProblem(err)
		if err == nil {
			p.apply(runs)
			if then != nil {
				then()
			}
		}
		p.refresh()
	})
}
