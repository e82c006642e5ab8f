package runscreen

import (
	"context"
	"fmt"
	"strings"

	"fyne.io/fyne/v2"

	"github.com/modelfactory/modelfactory/assets/icons"
	"github.com/modelfactory/modelfactory/training"
	"github.com/modelfactory/modelfactory/ui/nav"
	"github.com/modelfactory/modelfactory/ui/task"
	"github.com/modelfactory/modelfactory/ui/theme"
	"github.com/modelfactory/modelfactory/ui/widgets"
)

// reportCards show what the run did to its rows and answers.
type reportCards struct {
	page    *runPage
	model   *Report
	box     *fyne.Container
	missing *widgets.Note

	rows    *fyne.Container
	table   *widgets.DataTable
	summary *widgets.Wrapped

	answers  *fyne.Container
	place    *widgets.Text
	question *widgets.Wrapped
	want     *widgets.Wrapped
	pair     *fyne.Container
	judge    *fyne.Container
	again    *fyne.Container
	verdict  *widgets.Wrapped
	score    *widgets.Wrapped

	asked string // run and state that were read for
}

func newReportCards(p *runPage) *reportCards {
	c := &reportCards{page: p, model: NewReport(), missing: widgets.NewNote(widgets.Neutral, icons.Info, "")}
	c.newRows()
	c.newAnswers()
	c.box = widgets.VBox(theme.CardGap, c.missing, c.answers, c.rows)
	c.box.Hide()
	return c
}

func (c *reportCards) newRows() {
	row := func(i int) training.ReportRow { return c.model.Row(i) }
	loss := func(id, title string, text func(training.ReportRow) string) widgets.Column {
		return widgets.Column{ID: id, Title: title, Width: 76, Align: fyne.TextAlignTrailing, Sort: true, Cell: func(i int) widgets.Cell { return widgets.Cell{Text: text(row(i))} }}
	}
	c.table = widgets.NewDataTable(
		widgets.Column{ID: "row", Title: "Row", Min: 140, Cell: func(i int) widgets.Cell { return widgets.Cell{Text: c.model.Words(row(i))} }},
		widgets.Column{ID: "net", Title: "DataNet", Width: 108, Sort: true, Cell: func(i int) widgets.Cell { return widgets.Cell{Text: row(i).Net, Style: widgets.Caption} }},
		loss("tokens", "Tokens", func(r training.ReportRow) string { return widgets.Count(int64(r.Tokens)) }),
		loss("before", "Before", func(r training.ReportRow) string { return cellLoss(float64(r.Before)) }),
		loss("after", "After", func(r training.ReportRow) string { return cellLoss(float64(r.After)) }),
		loss("change", "Change", Change),
	).Rows(theme.SizeRowDense).Plain().Scrolls(8)
	c.table.OnSort = func(id string) { c.model.SortBy(id); c.refresh() }
	c.table.OnOpen = func(i int) { c.open(row(i)) }
	c.table.FindText = func(i int) string { return c.model.Words(row(i)) }
	sides := widgets.NewSegmented(Sides, func(i int) { c.model.SetSide(i); c.refresh() })
	c.summary = widgets.NewWrapped("", widgets.Quiet)
	head := widgets.Pad(11, 16, 6, 16, widgets.VBox(4,
		widgets.Row(8, widgets.NewText("Hardest and easiest rows", widgets.SubTitle), widgets.Spacer(), sides), c.summary))
	c.rows = widgets.NewBareCard(head, c.table)
}

func (c *reportCards) newAnswers() {
	c.place = widgets.NewText("", widgets.Caption)
	c.question, c.want = widgets.NewWrapped("", widgets.Strong), widgets.NewWrapped("", widgets.Label)
	c.pair = widgets.VBox(0)
	choice := func(text string, key nav.KeyID, side int) *widgets.Button {
		return widgets.NewButton(text, func() { c.choose(side) }).Small().Key(nav.Hint(key))
	}
	c.judge = widgets.Row(8, choice("A is better", nav.KeyFirst, -1), choice("The same", nav.KeySame, 0), choice("B is better", nav.KeySecond, 1),
		widgets.NewText("You learn which is which after you have judged.", widgets.Caption))
	c.verdict, c.score = widgets.NewWrapped("", widgets.Body), widgets.NewWrapped("", widgets.Quiet)
	c.again = widgets.TopRow(12, widgets.Grow(c.verdict), widgets.NewLink("Judge again", func() { c.keep("") }).Small())
	c.answers = widgets.NewCard(10,
		widgets.Row(8, widgets.NewText("Answers before and after", widgets.SubTitle), widgets.Spacer(), c.place,
			widgets.NewIconButton(icons.ChevronLeft, "The question before", func() { c.walk(-1) }),
			widgets.NewIconButton(icons.ChevronRight, "The next question", func() { c.walk(1) })),
		c.question, c.want, c.pair, c.judge, c.again, c.score)
}

// follow reads the report when the run has come to a state that it was not
// read for.
func (c *reportCards) follow() {
	run := c.page.model.Run()
	key := fmt.Sprint(run.ID, run.State, run.AdapterDigest)
	if key == c.asked {
		return
	}
	fresh := c.asked == "" || c.model.report == nil
	c.asked = key
	if fresh {
		side := c.model.side
		c.model = NewReport()
		c.model.side = side
	}
	task.Run(c.page.runner, func(ctx context.Context) (reported, error) { return readReport(ctx, c.page.svc, run) }, func(r reported, err error) {
		if c.asked != key {
			return // another run is shown by now
		}
		if err != nil {
			c.page.setProblem(err, "The run and its model are not touched by this.")
		}
		if err == nil || r.report != nil {
			c.model.Apply(r)
		}
		c.page.refresh()
	})
}

// forget is for another run.
func (c *reportCards) forget() {
	c.asked = ""
	c.model = NewReport()
	c.refresh()
}

func (c *reportCards) refresh() {
	m := c.model
	why := m.NotMeasured(c.page.model.Run())
	c.missing.Set(widgets.Neutral, icons.Info, why)
	setVisible(c.missing, why != "")
	setVisible(c.rows, m.Has())
	n, at := m.Answers()
	setVisible(c.answers, n > 0)
	setVisible(c.box, why != "" || m.Has())
	if !m.Has() {
		return
	}
	c.summary.SetText(m.Summary() + " Loss in nats a trained token.")
	c.table.SetSort(m.Sorted())
	c.table.SetCount(m.Count())
	if n == 0 {
		return
	}
	a := m.Answer()
	c.place.SetText(fmt.Sprintf("question %d of %d, %s", at+1, n, a.Net))
	c.question.SetText(a.Question)
	c.want.SetText("Wanted: " + a.Want)
	nameA, textA, nameB, textB := m.Pair()
	c.pair.Objects = []fyne.CanvasObject{widgets.Split(0.5, answerBox(nameA, textA), answerBox(nameB, textB))}
	c.pair.Refresh()
	judged := m.Verdict() != ""
	setVisible(c.judge, !judged)
	setVisible(c.again, judged)
	c.verdict.SetText(m.Measures())
	c.score.SetText(m.Score())
	c.answers.Refresh()
}

// shape changes when the cards change their height.
func (c *reportCards) shape() string {
	n, at := c.model.Answers()
	return fmt.Sprint(c.model.Has(), n, at, c.model.Verdict(), c.missing.Visible())
}

func answerBox(name, text string) fyne.CanvasObject {
	if text = strings.TrimSpace(text); text == "" {
		text = "(nothing)"
	}
	return widgets.Layers(widgets.NewFrame(theme.Sunken, theme.Line, theme.RadiusControl),
		widgets.Pad(8, 12, 10, 12, widgets.VBox(4, widgets.NewText(name, widgets.Caption), widgets.NewWrapped(text, widgets.Body).MaxLines(12))))
}

func (c *reportCards) walk(by int) {
	c.model.Walk(by)
	c.page.refresh()
}

// choose judges the pair shown: -1 for A, 0 for neither, 1 for B.
func (c *reportCards) choose(side int) bool {
	if n, _ := c.model.Answers(); n == 0 || c.model.Verdict() != "" {
		return false
	}
	c.keep(c.model.Choice(side))
	return true
}

// keep shows a verdict at once and takes it back when it could not be kept.
func (c *reportCards) keep(v training.Verdict) {
	p, a, was := c.page, c.model.Answer(), c.model.Verdict()
	id := p.id
	c.model.Judge(a, v)
	p.refresh()
	task.Do(p.runner, func(ctx context.Context) error { return p.svc.Judge(ctx, id, a, v) }, func(err error) {
		if err != nil {
			c.model.Judge(a, was)
			p.setProblem(err, "The judgement was not kept.")
			p.refresh()
		}
	})
}

// open shows a row as it stands in the data.
func (c *reportCards) open(row training.ReportRow) {
	p := c.page
	var shut func()
	closeIt := widgets.NewButton("Close", func() { shut() })
	parts := widgets.VBox(8)
	turns, ok := c.model.Turns(row)
	for _, t := range turns {
		parts.Add(widgets.TopRow(0, widgets.Fixed(76, 0, widgets.NewText(t[0], widgets.Caption)), widgets.Grow(widgets.NewWrapped(t[1], widgets.Body))))
	}
	if !ok {
		parts.Add(widgets.NewWrapped("The words of this row are not on this computer any more: the data of the run was removed or changed.", widgets.Body))
	}
	figures := fmt.Sprintf("%s trained tokens · loss %s before, %s after (%s)", widgets.Count(int64(row.Tokens)), lossText(float64(row.Before)), lossText(float64(row.After)), Change(row))
	shut = p.frame.Open(nav.Dialog{Width: 640, First: closeIt, Content: widgets.Pad(20, 20, 20, 20, widgets.VBox(12,
		widgets.Row(8, widgets.NewText("Row of "+row.Net, widgets.Title), widgets.Spacer(), widgets.NewHashChip(string(row.RowID))),
		widgets.NewText(figures, widgets.Caption),
		widgets.Fixed(0, min(360, widgets.HeightFor(parts, 600)), widgets.NewScroll(parts)),
		widgets.Row(8, widgets.NewLink("Open the DataNet", func() { shut(); p.frame.Go(nav.Route{Page: nav.PageDataNet, Arg: row.Net}) }), widgets.Spacer(), closeIt)))})
}
