package runscreen

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"fyne.io/fyne/v2"

	"github.com/modelfactory/modelfactory/assets/icons"
	"github.com/modelfactory/modelfactory/internal/wholefile"
	"github.com/modelfactory/modelfactory/training"
	"github.com/modelfactory/modelfactory/ui/task"
	"github.com/modelfactory/modelfactory/ui/theme"
	"github.com/modelfactory/modelfactory/ui/widgets"
)

// shape changes when a part of the page comes, goes or changes its height.
func (p *runPage) shape(banner string) string {
	m := p.model
	question, before, now, _ := m.Samples()
	return fmt.Sprint(m.Run().State, m.Silent(), banner, len(m.Warnings()), len(m.Phases()), len(m.Checkpoints()), question, before.Answer, now.Answer,
		len(p.top.problem.Objects), len(m.Points()) > 0, p.loss.table.Visible(), len(m.Log(logCardLines)), m.Run().Failure, m.HasEval(), p.report.shape())
}

// lossCard is the chart with its table.
type lossCard struct {
	page  *runPage
	box   *fyne.Container
	chart *widgets.Chart
	table *widgets.DataTable
	key   *fyne.Container // what the colours mean
}

func newLossCard(p *runPage) *lossCard {
	c := &lossCard{page: p, chart: widgets.NewChart(fyne.NewSize(320, 284)), key: widgets.Flow(14, 2)}
	points := func(i int) training.Point { return p.model.Points()[i] }
	column := func(title string, width float32, text func(training.Point) string) widgets.Column {
		return widgets.Column{ID: title, Title: title, Width: width, Min: 70, Align: fyne.TextAlignTrailing, Cell: func(i int) widgets.Cell { return widgets.Cell{Text: text(points(i))} }}
	}
	step := func(text func(training.Point) string) func(training.Point) string {
		return func(pt training.Point) string {
			if !measured(pt) {
				return "–"
			}
			return text(pt)
		}
	}
	c.table = widgets.NewDataTable(
		column("Step", 60, func(pt training.Point) string { return widgets.Count(int64(pt.Step)) }),
		column("Pass", 50, step(func(pt training.Point) string { return widgets.Number(pt.Pass, 2) })),
		column("Train loss", 0, step(func(pt training.Point) string { return lossText(pt.Loss) })),
		column("Eval loss", 0, func(pt training.Point) string {
			if pt.Eval == nil {
				return "–"
			}
			return lossText(*pt.Eval)
		}),
		column("Learning rate", 90, step(func(pt training.Point) string { return RateText(pt.LR) })),
		column("Trained tokens", 100, step(func(pt training.Point) string { return widgets.Count(pt.TrainedTokens) })),
		column("Time", 60, step(func(pt training.Point) string { return Clock(seconds(pt.Seconds)) })),
	).Rows(theme.SizeRowDense).Scrolls(9)
	c.table.Hide()
	axis := widgets.NewSelect(Axes, func(i int) { p.model.Axis = Axis(i); c.refresh() })
	axis.SetSelected(int(p.model.Axis))
	csv := widgets.NewButton("CSV", c.export).Small().Icon(icons.Download).Tip("Every point, with all columns")
	view := widgets.NewSegmented(Views, func(i int) { p.model.View = View(i); c.refresh() })
	head := widgets.Row(8, view, widgets.Spacer(), widgets.NewLink("Table", c.toggleTable).Small().Tip("Chart or table, T"), widgets.Fixed(4, 0, widgets.Spacer()), axis, csv)
	c.box = widgets.Layers(widgets.NewFrame(theme.Surface, theme.Line, theme.RadiusCard),
		widgets.Pad(13, 17, 13, 17, widgets.VBox(8, head, c.key, widgets.Layers(c.chart, c.table))))
	return c
}

func legend(c fyne.ThemeColorName, text string) fyne.CanvasObject {
	return widgets.Row(8, widgets.Fixed(14, 2, widgets.NewFill(c, 1)), widgets.NewText(text, widgets.Caption))
}

// refresh draws the curves when a point came, or the axis changed.
func (c *lossCard) refresh() {
	m := c.page.model
	n, evals := len(m.Points()), 0
	for _, p := range m.Points() {
		if p.Eval != nil {
			evals++
		}
	}
	key := fmt.Sprint(m.Run().ID, n, evals, m.Axis, m.View, m.Run().Steps, m.Run().Step)
	if m.Axis == ByTime {
		key += fmt.Sprint(int(m.snap.Left.Seconds()) / 5)
	}
	if key == c.page.drawn.curve {
		return
	}
	c.page.drawn.curve = key
	if c.table.Visible() {
		c.table.SetCount(n)
	} else {
		d := m.Chart()
		c.chart.SetData(d)
		c.key.Objects = nil
		for _, s := range d.Series {
			if !s.Faint {
				c.key.Add(legend(s.Color, s.Name))
			}
		}
	}
	c.key.Refresh()
}

func (c *lossCard) toggleTable() {
	on := !c.table.Visible()
	setVisible(c.table, on)
	setVisible(c.chart, !on)
	c.page.drawn.curve = ""
	c.refresh()
	c.page.refresh()
}

// export writes every point to a file the person chooses.
func (c *lossCard) export() {
	run := c.page.model.Run()
	name := fmt.Sprintf("run-%d.csv", run.Number)
	c.page.frame.PickSave("Save every point as CSV", name, func(path string) {
		if path == "" {
			return
		}
		task.Do(c.page.runner, func(ctx context.Context) error {
			s, err := c.page.svc.Snapshot(ctx, run.ID, -1)
			if err != nil {
				return err
			}
			return wholefile.WriteFunc(path, 0o644, func(w io.Writer) error { return WriteCSV(w, s.Points) })
		}, func(err error) {
			if err != nil {
				c.page.setProblem(err, "The run is not touched by this.")
				c.page.refresh()
				return
			}
			c.page.frame.Toast("Saved " + filepath.Base(path))
		})
	})
}

// logCard is the tail of the log.
type logCard struct {
	page  *runPage
	box   *fyne.Container
	lines []*logLine
}

type logLine struct {
	when, text *widgets.Text
	time, row  *fyne.Container
}

const logCardLines = 8

func newLogCard(p *runPage) *logCard {
	c := &logCard{page: p}
	open := widgets.NewLink("Open trainer.log", func() { p.openLog() }).Small()
	body := widgets.VBox(0, widgets.Row(8, widgets.NewText("Log", widgets.Strong), widgets.Spacer(), open), widgets.Fixed(0, 6, widgets.Spacer()))
	for range logCardLines {
		l := &logLine{when: widgets.NewText("", widgets.CodeQuiet), text: widgets.NewText("", widgets.Code).Elide()}
		l.time = widgets.Fixed(52, 0, l.when)
		l.row = widgets.Row(14, l.time, widgets.Grow(l.text))
		c.lines = append(c.lines, l)
		body.Add(l.row)
	}
	c.box = widgets.Layers(widgets.NewFrame(theme.Surface, theme.Line, theme.RadiusCard), widgets.Pad(11, 17, 13, 17, body))
	return c
}

func (p *runPage) openLog() {
	path := filepath.Join(p.svc.Dir(p.id), "trainer.log")
	if err := p.frame.OpenPath(path); err != nil {
		p.setProblem(err, "The log is at "+path+".")
		p.refresh()
	}
}

func (c *logCard) refresh() {
	lines := c.page.model.Log(logCardLines)
	if len(lines) == 0 {
		lines = []LogLine{{"", "The log begins with the trainer."}}
	}
	for i, l := range c.lines {
		setVisible(l.row, i < len(lines))
		if i < len(lines) {
			l.when.SetText(lines[i].When)
			if setVisible(l.time, lines[i].When != ""); l.row.Size().Width > 0 {
				l.row.Layout.Layout(l.row.Objects, l.row.Size())
			}
			l.text.SetText(strings.TrimRight(lines[i].Text, " \r"))
		}
	}
}

// sideCards are the figures to the right.
type sideCards struct {
	page                *runPage
	box                 *fyne.Container
	left, took          *widgets.Stat // one of them, by LeftLabel
	step, speed, tokens *widgets.Stat
	eval, perplexity    *widgets.Stat
	evals               *fyne.Container
	stats, facts        *fyne.Container
	factsDrawn          string
	memory              *widgets.Chart
	peak, forecast      *widgets.Text
	memoryBox           *fyne.Container
	checkpoints         *widgets.DataTable
	saved               *widgets.Text
	checkBox            *fyne.Container
	sample              sampleCard
}

type sampleCard struct {
	title           *widgets.Text
	question        *widgets.Wrapped
	before, now     *widgets.Wrapped
	box             *fyne.Container
	drawnBefore     string
	drawnNow, asked string
}

func newSideCards(p *runPage) *sideCards {
	c := &sideCards{page: p, left: widgets.NewStat("Left"), took: widgets.NewStat("Took"), step: widgets.NewStat("Step"), speed: widgets.NewStat("Speed"), tokens: widgets.NewStat("Trained tokens")}
	c.eval, c.perplexity = widgets.NewStat("Eval loss"), widgets.NewStat("Perplexity")
	c.evals = widgets.Split(0.5, c.eval, c.perplexity)
	c.stats = widgets.NewCard(10, widgets.Split(0.5, widgets.Layers(c.left, c.took), c.step), widgets.Split(0.5, c.speed, c.tokens), c.evals)
	c.facts = widgets.NewCard(0)
	c.peak, c.forecast = widgets.NewText("", widgets.Strong), widgets.NewText("", widgets.Caption)
	c.memory = widgets.NewChart(fyne.NewSize(120, 44))
	c.memoryBox = widgets.NewCard(10, widgets.Row(6, widgets.NewText("Memory", widgets.Strong), widgets.Spacer(), c.peak, c.forecast), c.memory)
	line := func(i int) CheckpointLine { return p.model.Checkpoints()[i] }
	c.checkpoints = widgets.NewDataTable(
		widgets.Column{ID: "name", Title: "Checkpoint", Cell: func(i int) widgets.Cell { return widgets.Cell{Text: line(i).Name} }},
		widgets.Column{ID: "eval", Title: "Eval loss", Width: 70, Align: fyne.TextAlignTrailing, Cell: func(i int) widgets.Cell { return widgets.Cell{Text: line(i).Eval} }},
		widgets.Column{ID: "saved", Title: "Saved", Width: 48, Align: fyne.TextAlignTrailing, Cell: func(i int) widgets.Cell { return widgets.Cell{Text: line(i).Saved} }},
	).Rows(theme.SizeRowDense).Plain()
	c.saved = widgets.NewText("", widgets.Caption)
	c.checkBox = widgets.NewBareCard(widgets.Pad(12, 16, 8, 16, widgets.Row(8, widgets.NewText("Checkpoints", widgets.Strong), widgets.Spacer(), c.saved)), c.checkpoints)
	s := &c.sample
	s.title = widgets.NewText("", widgets.Strong)
	s.question = widgets.NewWrapped("", widgets.Caption).MaxLines(3)
	s.before, s.now = widgets.NewWrapped("", widgets.Label).MaxLines(4), widgets.NewWrapped("", widgets.Body).MaxLines(6)
	s.box = widgets.NewCard(4, s.title, s.question, s.before, s.now)
	c.box = widgets.VBox(theme.CardGap, c.stats, c.facts, c.memoryBox, c.checkBox, s.box)
	return c
}

func (c *sideCards) refresh() {
	m := c.page.model
	run := m.Run()
	moving := run.State == training.StateRunning || run.State == training.StatePaused
	settled := !moving
	set := func(s *widgets.Stat, text func() (string, string)) { s.Set(text()) }
	set(c.left, m.Left)
	set(c.took, m.Left)
	setVisible(c.took, m.LeftLabel() == "Took")
	setVisible(c.left, !c.took.Visible())
	set(c.step, m.Steps)
	set(c.speed, m.Speed)
	set(c.tokens, m.Tokens)
	set(c.eval, m.Eval)
	set(c.perplexity, m.Perplexity)
	setVisible(c.evals, m.HasEval())
	setVisible(c.stats, run.State != training.StateFailed && run.State != training.StateDraft && run.State != training.StateQueued)
	setVisible(c.facts, settled)
	if settled {
		c.setFacts(m)
	}
	peak, forecast := m.Memory()
	if peak != "" {
		peak += " peak"
	}
	c.peak.SetText(peak)
	c.forecast.SetText(forecast)
	setVisible(c.memoryBox, peak != "")
	c.memory.SetData(m.MemoryChart())
	c.memoryBox.Refresh()
	lines := m.Checkpoints()
	c.saved.SetText(fmt.Sprintf("every %s steps", widgets.Count(int64(run.Recipe.CheckpointEvery))))
	if c.checkpoints.Count() != len(lines) || len(lines) > 0 {
		c.checkpoints.SetCount(len(lines))
	}
	setVisible(c.checkBox, len(lines) > 0)
	c.sample.refresh(m)
}

func (c *sideCards) setFacts(m *Model) {
	word, tone := m.StateWord()
	key := fmt.Sprint(word, m.Run().Number, m.Facts())
	if key == c.factsDrawn {
		return
	}
	c.factsDrawn = key
	rows := []fyne.CanvasObject{}
	if m.Run().State == training.StateFailed {
		rows = append(rows, widgets.Pad(0, 0, 8, 0, widgets.Row(8, widgets.NewText(fmt.Sprintf("Run %d", m.Run().Number), widgets.SubTitle), widgets.NewPill(word, tone).Icon(icons.Error))))
	}
	for _, f := range m.Facts() {
		rows = append(rows, widgets.NewFact(f.Label, f.Value))
	}
	// The card is Layers(frame, Pad(VBox(rows))); only the rows change.
	c.facts.Objects = widgets.NewCard(0, rows...).Objects
	c.facts.Refresh()
}

func (s *sampleCard) refresh(m *Model) {
	question, before, now, ok := m.Samples()
	setVisible(s.box, ok)
	if !ok || question == s.asked && before.Answer == s.drawnBefore && now.Answer == s.drawnNow {
		return
	}
	s.asked, s.drawnBefore, s.drawnNow = question, before.Answer, now.Answer
	s.title.SetText(fmt.Sprintf("Same question, step %s and %s", widgets.Count(int64(before.Step)), widgets.Count(int64(now.Step))))
	if before.Step == now.Step {
		s.title.SetText(fmt.Sprintf("A question at step %s", widgets.Count(int64(now.Step))))
	}
	s.question.SetText(question)
	s.before.SetText(fmt.Sprintf("%s: %s", widgets.Count(int64(before.Step)), quoted(before.Answer)))
	s.now.SetText(fmt.Sprintf("%s: %s", widgets.Count(int64(now.Step)), quoted(now.Answer)))
	setVisible(s.now, before.Step != now.Step)
}

// quoted is an answer in quotation marks; one without words says so.
func quoted(answer string) string {
	if answer = strings.TrimSpace(answer); answer != "" {
		return "“" + answer + "”"
	}
	return "(nothing)"
}
