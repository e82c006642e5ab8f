package runscreen

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"fyne.io/fyne/v2"

	"github.com/modelfactory/modelfactory/datasets"
	"github.com/modelfactory/modelfactory/training"
	"github.com/modelfactory/modelfactory/training/protocol"
	"github.com/modelfactory/modelfactory/ui/nav"
	"github.com/modelfactory/modelfactory/ui/theme"
	"github.com/modelfactory/modelfactory/ui/uitest"
	"github.com/modelfactory/modelfactory/ui/widgets"
)

func number(v float64) *protocol.Float { f := protocol.Float(v); return &f }

// told is the story's run 14, finished, with what it did to its rows.
func told() *studio {
	s := ended(14, "Bike helper 3", 264, 0, func(*training.Run) {})
	for i := range s.Points {
		if s.Points[i].Eval != nil {
			v := *s.Points[i].Eval
			s.Points[i].Sources = map[string]protocol.Float{"bicycle-workshop": protocol.Float(v - 0.1), "polite-support": protocol.Float(v + 0.3), "shop-emails-2025": protocol.Float(v + 0.55)}
		}
	}
	svc := newStudio(s)
	svc.rows = map[datasets.Digest]datasets.Row{}
	questions := []string{"My brakes squeal in the rain. What do I do?", "How tight should the stem bolts be?", "Which chain fits a 10-speed cassette?", "My tyre loses air overnight.", "The gears skip under load.", "How often do I bleed hydraulic brakes?"}
	r := &training.Report{Seconds: 31, BudgetSeconds: 54, AnswersNotMeasured: 2, Nets: []training.ReportNet{
		{Net: "bicycle-workshop", Side: training.SideEval, Rows: 255, Measured: 243, NotMeasured: 12, Tokens: 10_000, Before: number(2.64), After: number(1.51)},
		{Net: "bicycle-workshop", Side: training.SideTrain, Rows: 4000, Measured: 500, NotMeasured: 3500, Tokens: 20_000, Before: number(2.7), After: number(1.31)},
	}}
	for i := range 60 {
		id := datasets.Digest(fmt.Sprintf("%064x", i*99991+5))
		row := training.ReportRow{Net: "bicycle-workshop", RowID: id, Side: training.SideEval, Tokens: 30 + i, Before: protocol.Float(2 + math.Sin(float64(i))), After: protocol.Float(1.5 + 0.9*math.Cos(float64(i)*1.7))}
		if i%3 == 0 {
			row.Side = training.SideTrain
		}
		if i == 7 {
			row.After = protocol.Float(math.NaN())
		}
		r.Rows = append(r.Rows, row)
		if i != 8 { // one row whose data is gone
			svc.rows[id] = datasets.Row{Messages: []datasets.Message{{Role: "user", Content: questions[i%len(questions)]}, {Role: "assistant", Content: "Clean the rim and pads with alcohol."}}}
		}
	}
	for i, q := range questions[:4] {
		r.Answers = append(r.Answers, training.ReportAnswer{
			Net: "bicycle-workshop", RowID: datasets.Digest(fmt.Sprintf("%064x", i+1)), Question: q, Want: "Clean the rim and pads with alcohol, then toe the pads in by about 1 mm.",
			Before: "There could be many reasons. You should take it to a shop and ask what they think about it.", After: fmt.Sprintf("Clean the rim with alcohol and toe the pads in by %d mm.", i+1), F1Before: 0.12, F1After: 0.74, ExactAfter: i == 0,
		})
	}
	svc.reports = map[training.RunID]*training.Report{"r14": r}
	return svc
}

func TestRunScreenShowsWhatTheRunDid(t *testing.T) {
	uitest.Both(t, fyne.Size{}, func(t *testing.T, f *uitest.Frame) {
		p := open(t, f, told(), "r14")
		f.Says("Eval loss", "1.500", "at step 264", "Perplexity", "4.48", "Hardest and easiest rows", "Held out: loss 2.640 before, 1.510 after, over 243 rows; 12 not measured.", "Learnt from: loss 2.700 before, 1.310 after, over 500 rows; 3,500 not measured.",
			"Answers before and after", "question 1 of 4, bicycle-workshop", "My brakes squeal", "Wanted: Clean the rim", "Answer A", "Answer B", "A is better", "The same", "2 more not measured", "Compare…")
		f.Hides("Base alone", "Judge again", "not measure them")
		f.Picture("run-report")
		p.root.Objects[0].(*widgets.Scroll).ScrollToBottom()
		f.Picture("run-report-end")
	})
	f := uitest.Open(t, theme.Dark, fyne.NewSize(1920, 1080))
	open(t, f, told(), "r14")
	f.Picture("run-report-1920")
	for name, view := range map[string]View{"run-sources": ViewSources, "run-gradient": ViewGradient} {
		f := uitest.Open(t, theme.Light, fyne.Size{})
		p := open(t, f, told(), "r14")
		uitest.First[*widgets.Segmented](f).SetSelected(int(view))
		p.model.View = view
		p.refresh()
		f.Hover(p.loss.chart, fyne.NewPos(430, 100))
		f.Picture(name)
	}
}

func TestViewsOfTheChart(t *testing.T) {
	svc := told()
	m := applied(svc.snaps["r14"])
	m.View = ViewSources
	d := m.Chart()
	if len(d.Series) != 3 || d.Series[1].Name != "polite-support" || len(d.Series[1].Points) != 12 || math.Abs(d.Series[2].Points[11].Y-2.05) > 0.01 {
		t.Errorf("each dataset: %+v", d.Series)
	}
	if r, ok := d.Read(200); !ok || r.Title != "step 192" || len(r.Lines) != 3 || r.Lines[1][0] != "polite-support" {
		t.Errorf("the read-out of the datasets: %+v", r)
	}
	m.View = ViewGradient
	if d = m.Chart(); len(d.Series) != 2 || math.Abs(d.Series[0].Points[0].Y-(0.6+0.05*math.Sin(1))) > 1e-9 {
		t.Errorf("gradient: %d series", len(d.Series))
	}
	if r, ok := d.Read(100); !ok || r.Dot != nil {
		t.Errorf("the read-out of the gradient shows a dot of the loss: %+v", r)
	}
	// An older run: no dataset apart, and the chart says so.
	old := applied(ended(3, "Old", 60, 0, func(*training.Run) {}))
	old.View = ViewSources
	if d = old.Chart(); len(d.Series) != 0 || !strings.HasPrefix(d.Empty, "Not measured") {
		t.Errorf("an older run: %d series, %q", len(d.Series), d.Empty)
	}
}

func TestOlderRunsSayNotMeasured(t *testing.T) {
	f := uitest.Open(t, theme.Light, fyne.Size{})
	open(t, f, newStudio(ended(14, "Bike helper 3", 264, 0, func(*training.Run) {})), "r14")
	f.Says("Rows and answers before and after: not measured.")
	f.Hides("Hardest and easiest rows", "A is better")
	// A run that is under way says nothing of it.
	f = uitest.Open(t, theme.Light, fyne.Size{})
	open(t, f, newStudio(run14(100)), "r14")
	f.Hides("not measured")
}

func TestAnswersAreJudgedBlind(t *testing.T) {
	f := uitest.Open(t, theme.Light, fyne.Size{})
	svc := told()
	p := open(t, f, svc, "r14")
	sides := map[bool]int{}
	for i := range 4 {
		a := p.report.model.Answer()
		sides[a.AfterFirst()]++
		nameA, textA, _, textB := p.report.model.Pair()
		if nameA != "Answer A" || (textA == a.After) != a.AfterFirst() || (textB == a.Before) != a.AfterFirst() || p.report.model.Measures() != "" {
			t.Errorf("question %d tells which is which: %s %q", i, nameA, textA)
		}
		// The trained one is found better each time, wherever it stands.
		key := nav.KeySecond
		if a.AfterFirst() {
			key = nav.KeyFirst
		}
		f.Press(key)
		if got, want := svc.calls[len(svc.calls)-1], fmt.Sprintf("judge r14 %.4s better", a.RowID); got != want {
			t.Errorf("kept %q, want %q", got, want)
		}
		f.Says("You found the trained answer better.", "Base alone", "Judge again")
		f.Hides("Answer A", "A is better")
		if i == 0 {
			f.Picture("run-judged")
			if f.Press(key); len(svc.judged) != 1 {
				t.Error("a judged pair was judged again by a key")
			}
		}
		p.report.walk(1)
	}
	if len(sides) != 2 {
		t.Log("all four stand in the same order; by chance one time in eight")
	}
	f.Says("You judged 4: trained better 4, same 0, base better 0.")
	f.Tap("Judge again")
	f.Says("Answer A", "You judged 3")
	// What cannot be kept is not shown as kept.
	svc.err = errDisk
	f.Press(nav.KeySame)
	f.Says("No space left on device.", "The judgement was not kept.", "Answer A", "You judged 3")
}

func TestRowsAreSortedAndOpened(t *testing.T) {
	f := uitest.Open(t, theme.Light, fyne.Size{})
	p := open(t, f, told(), "r14")
	m := p.report.model
	if m.Count() != 40 || !math.IsNaN(float64(m.Row(0).After)) || m.Row(1).After < m.Row(39).After {
		t.Errorf("%d rows, the first after %v, then %v to %v", m.Count(), m.Row(0).After, m.Row(1).After, m.Row(39).After)
	}
	p.report.table.OnSort("after")
	if m.Row(0).After > m.Row(38).After || !math.IsNaN(float64(m.Row(39).After)) {
		t.Error("the easiest rows do not come first after a second click")
	}
	p.report.table.OnSort("before")
	if m.Row(0).Before < m.Row(39).Before {
		t.Error("sorting by the loss before")
	}
	m.SetSide(1)
	if m.Count() != 20 || m.Row(0).Side != training.SideTrain {
		t.Errorf("%d rows that were learnt from", m.Count())
	}
	m.SetSide(2)
	if m.Count() != 60 {
		t.Errorf("%d rows in all", m.Count())
	}
	p.report.table.OnOpen(0)
	f.Picture("run-row")
	f.Says("Row of bicycle-workshop", "Clean the rim and pads with alcohol.", "user", "assistant", "trained tokens", "Open the DataNet")
	f.Tap("Open the DataNet")
	if f.Last() != (nav.Route{Page: nav.PageDataNet, Arg: "bicycle-workshop"}) {
		t.Errorf("went to %+v", f.Last())
	}
	for i := range m.Count() {
		if m.Row(i).RowID == datasets.Digest(fmt.Sprintf("%064x", 8*99991+5)) {
			if !strings.HasPrefix(m.Words(m.Row(i)), "row 0000") {
				t.Errorf("a row whose data is gone: %q", m.Words(m.Row(i)))
			}
			p.report.open(m.Row(i))
			f.Says("The words of this row are not on this computer any more")
		}
	}
}
