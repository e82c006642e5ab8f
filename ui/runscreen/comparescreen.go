package runscreen

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"github.com/modelfactory/modelfactory/assets/icons"
	"github.com/modelfactory/modelfactory/internal/wholefile"
	"github.com/modelfactory/modelfactory/training"
	"github.com/modelfactory/modelfactory/ui/nav"
	"github.com/modelfactory/modelfactory/ui/notice"
	"github.com/modelfactory/modelfactory/ui/task"
	"github.com/modelfactory/modelfactory/ui/theme"
	"github.com/modelfactory/modelfactory/ui/widgets"
)

// comparePage sets two to six runs beside one another.
type comparePage struct {
	frame  nav.Frame
	svc    Services
	runner task.Runner
	model  *Compare
	stop   func()
	drawn  string

	root    *fyne.Container
	problem *fyne.Container
	chart   *widgets.Chart
	chips   *fyne.Container
	train   *widgets.Check
	fair    *widgets.Note
	table   *fyne.Container
	same    *widgets.Wrapped
	body    *fyne.Container
	empty   *fyne.Container
}

var _ nav.Page = (*comparePage)(nil)

func newComparePage(f nav.Frame, svc Services, runner task.Runner) *comparePage {
	p := &comparePage{frame: f, svc: svc, runner: runner, model: &Compare{}, problem: widgets.VBox(0)}
	p.chart = widgets.NewChart(fyne.NewSize(320, 232))
	p.chips = widgets.Flow(8, 8)
	p.train = widgets.NewCheck("Train loss too", func(on bool) { p.model.TrainToo = on; p.refresh() })
	axis := widgets.NewSelect(Axes, func(i int) { p.model.Axis = Axis(i); p.refresh() })
	axis.SetSelected(int(ByStep))
	head := widgets.Row(12, widgets.NewText("Loss", widgets.SubTitle), widgets.Grow(p.chips), p.train, axis)
	p.fair = widgets.NewNote(widgets.Info, icons.Info, "")
	p.table = widgets.VBox(0)
	p.same = widgets.NewWrapped("", widgets.Quiet)
	chart := widgets.Layers(widgets.NewFrame(theme.Surface, theme.Line, theme.RadiusCard), widgets.Pad(13, 17, 13, 17, widgets.VBox(10, head, p.chart)))
	p.body = widgets.VBox(theme.CardGap, p.problem, chart, p.fair, p.table, p.same)
	p.empty = widgets.NewEmptyState(icons.Compare, "Nothing to compare", "Tick two to six runs in the list of runs.",
		widgets.NewButton("Runs", func() { f.Go(nav.Route{Page: nav.PageRuns}) }).Primary())
	p.root = widgets.Layers(widgets.NewPage(p.body), p.empty)
	p.body.Hide()
	p.empty.Hide()
	return p
}

// Object implements nav.Page.
func (p *comparePage) Object() fyne.CanvasObject { return p.root }

// Shown implements nav.Page.
func (p *comparePage) Shown(arg string) {
	p.Hidden()
	p.stop = task.Follow(p.runner, task.Source{Watch: p.svc.WatchAll, Every: 10 * time.Second}, compareReader(p.svc, compareIDs(arg)), func(c compared, err error) {
		p.setProblem(err, "The runs are as they were.")
		if err == nil {
			p.model.Apply(c)
		}
		p.refresh()
	})
}

// Hidden implements nav.Page.
func (p *comparePage) Hidden() {
	if p.stop != nil {
		p.stop()
		p.stop = nil
	}
}

// Heading implements nav.Page.
func (p *comparePage) Heading() nav.Heading {
	h := nav.Heading{Path: []nav.Crumb{{Text: "Runs", Route: nav.Route{Page: nav.PageRuns}}}, Title: "Compare runs"}
	if n := len(p.model.runs); n > 1 {
		h.Title = fmt.Sprintf("Compare %d runs", n)
	}
	if newest, ok := p.model.Newest(); ok {
		h.Actions = []fyne.CanvasObject{
			widgets.NewButton("Export CSV", p.export).Icon(icons.Download).Tip("Every point of every run"),
			widgets.NewButton(fmt.Sprintf("New run from run %d", newest.Number), func() {
				p.frame.Go(nav.Route{Page: nav.PageNewRun, Arg: "run=" + string(newest.ID)})
			}).Icon(icons.Plus),
		}
	}
	return h
}

func (p *comparePage) setProblem(err error, kept string) {
	p.problem.Objects = nil
	if err != nil {
		p.problem.Objects = []fyne.CanvasObject{widgets.NewErrorCard(notice.Explain(err, kept))}
	}
	setVisible(p.problem, err != nil)
}

// show opens the comparison of other runs in place of this one.
func (p *comparePage) show(ids []training.RunID) {
	p.frame.Replace(nav.Route{Page: nav.PageCompare, Arg: compareArg(ids)})
}

func (p *comparePage) refresh() {
	m := p.model
	setVisible(p.empty, len(m.runs) == 0 && len(p.problem.Objects) == 0)
	setVisible(p.body, !p.empty.Visible())
	if key := m.drawnKey(); key != p.drawn {
		p.drawn = key
		p.chart.SetData(m.Chart())
		p.setChips()
		p.setTable()
		tone, text := m.Fair()
		p.fair.Set(tone, tone.Icon(), text)
		p.same.SetText(m.SameText())
		setVisible(p.same, m.SameText() != "")
		setVisible(p.train, m.evals())
		p.frame.Changed(p)
	}
	p.root.Refresh()
}

// setChips shows the runs with their colours; a cross takes one out.
func (p *comparePage) setChips() {
	m := p.model
	p.chips.Objects = nil
	for i := range m.runs {
		name, loss := m.Label(i)
		id := m.runs[i].Run.ID
		open := widgets.NewTappable(widgets.Row(6, widgets.NewSwatch(m.Color(i)), widgets.NewText(name, widgets.Small), widgets.NewText(loss, widgets.Small.Semi())),
			func() { p.frame.Go(nav.Route{Page: nav.PageRun, Arg: string(id)}) }).Tip("Open " + RunTitle(m.runs[i].Run))
		parts := []fyne.CanvasObject{open}
		if len(m.runs) > training.CompareLeast {
			parts = append(parts, widgets.NewTappable(widgets.NewIcon(icons.Close, widgets.IconTiny, theme.Text2), func() {
				p.show(slices.DeleteFunc(p.model.IDs(), func(o training.RunID) bool { return o == id }))
			}).Tip("Take it out of the comparison"))
		}
		p.chips.Add(widgets.Layers(widgets.NewFill(theme.Track, theme.RadiusPill), widgets.Pad(3, 8, 3, 8, widgets.Row(8, parts...))))
	}
	add := widgets.NewMenuButton("Add run", func() []widgets.MenuItem {
		var items []widgets.MenuItem
		for _, r := range p.model.Others() {
			items = append(items, widgets.MenuItem{Text: RunTitle(r), Do: func() { p.show(append(p.model.IDs(), r.ID)) }})
		}
		return items
	}).Small().Icon(icons.Plus)
	switch {
	case len(m.runs) >= training.CompareMost:
		add.SetEnabled(false, "Six runs are the most that can be told apart.")
	case len(m.Others()) == 0:
		add.SetEnabled(false, "No other run has made a step.")
	}
	p.chips.Add(add)
}

// compareLayout places a row of the table: group, label, a value for each run,
// a note. The values stand in columns; group and note go where the window is
// narrow, and the note where there are more than three runs.
type compareLayout struct{}

const (
	compareGap  = 16
	groupWidth  = 64
	labelWidth  = 150 // at least
	valueWidth  = 150 // at most
	valueLeast  = 84
	noteWidth   = 170
	compareWide = 880
)

// widths are those of each part; 0: not shown.
func (compareLayout) widths(total float32, parts int) []float32 {
	out := make([]float32, parts)
	n := parts - 3
	rest := total
	if total >= compareWide {
		out[0] = groupWidth
		rest -= groupWidth + compareGap
		if n <= 3 {
			out[parts-1] = noteWidth
			rest -= noteWidth + compareGap
		}
	}
	value := max(valueLeast, min(valueWidth, (rest-labelWidth)/float32(n)-compareGap))
	for i := range n {
		out[2+i] = value
		rest -= value + compareGap
	}
	out[1] = max(rest, 0)
	return out
}

// Layout implements fyne.Layout.
func (l compareLayout) Layout(parts []fyne.CanvasObject, size fyne.Size) {
	x := float32(0)
	for i, w := range l.widths(size.Width, len(parts)) {
		setVisible(parts[i], w > 0)
		if w > 0 {
			h := parts[i].MinSize().Height
			parts[i].Move(fyne.NewPos(x, (size.Height-h)/2))
			parts[i].Resize(fyne.NewSize(w, h))
			x += w + compareGap
		}
	}
}

// MinSize implements fyne.Layout.
func (compareLayout) MinSize(parts []fyne.CanvasObject) fyne.Size {
	h := float32(0)
	for _, p := range parts {
		h = max(h, p.MinSize().Height)
	}
	return fyne.NewSize(labelWidth+float32(len(parts)-3)*(valueLeast+compareGap), h)
}

// setTable draws the rows; the values of a run stand in one column.
func (p *comparePage) setTable() {
	m := p.model
	rows := m.Rows()
	setVisible(p.table, len(rows) > 0)
	p.table.Objects = nil
	if len(rows) == 0 {
		return
	}
	n := len(m.runs)
	last, before := m.runs[n-1].Run.Number, m.runs[n-2].Run.Number
	line := func(group, label, note *widgets.Text, value func(i int) fyne.CanvasObject) fyne.CanvasObject {
		parts := []fyne.CanvasObject{group, label.Elide()}
		for i := range m.runs {
			parts = append(parts, value(i))
		}
		return widgets.Pad(5, theme.CardPadding, 5, theme.CardPadding, container.New(compareLayout{}, append(parts, note.Elide())...))
	}
	head := line(widgets.NewText("", widgets.Caption), widgets.NewText("Results, and only what differs", widgets.Caption), widgets.NewText(fmt.Sprintf("Run %d against run %d", last, before), widgets.Caption), func(i int) fyne.CanvasObject {
		name, _ := m.Label(i)
		return widgets.Row(6, widgets.Spacer(), widgets.NewSwatch(m.Color(i)), widgets.NewText(name, widgets.Small.Semi()))
	})
	all := []fyne.CanvasObject{widgets.Layers(widgets.NewFill(theme.Sunken, 0), head)}
	for _, row := range rows {
		all = append(all, widgets.NewRule(), line(widgets.NewText(row.Group, widgets.Caption), widgets.NewText(row.Label, widgets.Body), widgets.NewText(row.Note, widgets.Caption), func(i int) fyne.CanvasObject {
			style := widgets.Body
			switch {
			case row.Strong != nil && row.Strong[i]:
				style = widgets.Strong
			case row.Values[i] == notMeasured || row.Values[i] == "not judged":
				style = widgets.Body.In(theme.Text3)
			}
			return widgets.Tip(widgets.NewText(row.Values[i], style.Right()).Elide(), row.Values[i])
		}))
	}
	p.table.Objects = []fyne.CanvasObject{widgets.NewBareCard(all...)}
}

// export writes every point of every run to a file the person chooses.
func (p *comparePage) export() {
	runs := p.model.runs
	p.frame.PickSave("Save every point as CSV", "runs.csv", func(path string) {
		if path == "" {
			return
		}
		task.Do(p.runner, func(context.Context) error {
			return wholefile.WriteFunc(path, 0o644, func(w io.Writer) error { return writeCompareCSV(w, runs) })
		}, func(err error) {
			if err != nil {
				p.setProblem(err, "The runs are not touched by this.")
				p.refresh()
				return
			}
			p.frame.Toast("Saved " + filepath.Base(path))
		})
	})
}
