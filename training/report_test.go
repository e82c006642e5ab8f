package training_test

import (
	"bytes"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gowebpki/jcs"

	"github.com/modelfactory/modelfactory/datasets"
	"github.com/modelfactory/modelfactory/training"
	"github.com/modelfactory/modelfactory/training/protocol"
	"github.com/modelfactory/modelfactory/training/trainingtest"
)

// trainersReport is what the trainer's own test writes.
func trainersReport(t *testing.T) []byte {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("testdata", "report.json"))
	ok(t, err)
	return raw
}

func TestReportOfTheTrainerIsReadWhole(t *testing.T) {
	w := trainingtest.NewWorld(t)
	run := create(t, w, "")
	if r, err := w.Manager.Report(bg, run.ID); r != nil || err != nil {
		t.Fatalf("a run without a report: %+v, %v", r, err)
	}
	raw := trainersReport(t)
	ok(t, os.WriteFile(filepath.Join(w.Manager.Dir(run.ID), "report.json"), raw, 0o644))
	r, err := w.Manager.Report(bg, run.ID)
	ok(t, err)
	again, err := json.Marshal(r)
	ok(t, err)
	if again, err = jcs.Transform(again); err != nil || !bytes.Equal(again, raw) {
		t.Errorf("something of the report is not read: %v\n%s\n%s", err, again, raw)
	}
	if !slices.ContainsFunc(r.Rows, func(row training.ReportRow) bool { return math.IsNaN(float64(row.After)) }) {
		t.Error("a loss that is no number is read as one")
	}
	if n := r.Nets[len(r.Nets)-1]; n.Net != "polite" || n.Before != nil || n.NotMeasured != 1 {
		t.Errorf("a net of which nothing was measured: %+v", n)
	}
}

func TestAReportThatCannotBeReadSaysWhy(t *testing.T) {
	w := trainingtest.NewWorld(t)
	run := create(t, w, "")
	path := filepath.Join(w.Manager.Dir(run.ID), "report.json")
	for content, want := range map[string]string{
		`{"schema":"modelfactory/report/1","rows":[{]}`:       "damaged",
		`{"schema":"modelfactory/report/2"}`:                  `"modelfactory/report/2"`,
		`{"schema":"modelfactory/report/1","rows":"nothing"}`: "damaged",
	} {
		ok(t, os.WriteFile(path, []byte(content), 0o644))
		r, err := w.Manager.Report(bg, run.ID)
		if r != nil || err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %+v, %v", content, r, err)
		}
	}
}

func TestJudgementsAreKeptAndHoldOnlyOfTheAnswersThatWereRead(t *testing.T) {
	w := trainingtest.NewWorld(t)
	run := create(t, w, "")
	a := training.ReportAnswer{Net: "bike", RowID: "aa", Before: "It depends.", After: "Clean the rim."}
	b := training.ReportAnswer{Net: "bike", RowID: "bb", Before: "x", After: "y"}
	ok(t, w.Manager.Judge(bg, run.ID, a, training.Worse))
	ok(t, w.Manager.Judge(bg, run.ID, b, training.Same))
	ok(t, w.Manager.Judge(bg, run.ID, a, training.Better)) // a change of mind
	w.Restart()
	all, err := w.Manager.Judgements(bg, run.ID)
	ok(t, err)
	if len(all) != 2 || all[1].Verdict != training.Better || !all[1].Of(a) || all[1].Of(b) {
		t.Fatalf("kept: %+v", all)
	}
	other := a
	other.After = "Something else."
	if all[1].Of(other) {
		t.Error("a judgement holds of an answer that was not read")
	}
	ok(t, w.Manager.Judge(bg, run.ID, b, ""))
	if all, err = w.Manager.Judgements(bg, run.ID); err != nil || len(all) != 1 {
		t.Errorf("after one was taken back: %+v, %v", all, err)
	}
	if err := w.Manager.Judge(bg, run.ID, a, "great"); !training.IsKind(err, training.KindUsage) {
		t.Errorf("an unknown verdict: %v", err)
	}
	if err := w.Manager.Judge(bg, training.NewRunID(), a, training.Same); !training.IsKind(err, training.KindNotFound) {
		t.Errorf("a run that is not there: %v", err)
	}
}

func TestBlindOrderIsFixedAndEven(t *testing.T) {
	first := 0
	for i := range 400 {
		a := training.ReportAnswer{Before: "b", After: strings.Repeat("x", i)}
		if again := a; again.AfterFirst() != a.AfterFirst() {
			t.Fatal("the order changes from one look to the next")
		}
		if a.AfterFirst() {
			first++
		}
	}
	if first < 150 || first > 250 {
		t.Errorf("the trained model's answer comes first %d times of 400", first)
	}
}

func TestEvalOfEachNetIsInTheRecord(t *testing.T) {
	w := trainingtest.NewWorld(t)
	run := create(t, w, "")
	var lines []byte
	for _, e := range []protocol.Event{
		{Seq: 1, T: 1, Event: protocol.EventEval, Eval: &protocol.Eval{Step: 4, Loss: 2, PerSource: map[string]protocol.Float{"bike": 1.5, "polite": protocol.Float(math.NaN())}}},
		{Seq: 2, T: 2, Event: protocol.EventStep, Step: &protocol.Step{Step: 4, Steps: 8, Loss: 2.5, Tokens: 10, TrainedTokens: 5}},
	} {
		raw, err := json.Marshal(e)
		ok(t, err)
		lines = append(append(lines, raw...), '\n')
	}
	ok(t, os.WriteFile(filepath.Join(w.Manager.Dir(run.ID), "events.jsonl"), lines, 0o644))
	s, err := w.Manager.Snapshot(bg, run.ID, -1)
	ok(t, err)
	p := s.Points[0]
	if p.Loss != 2.5 || *p.Eval != 2 || p.Sources["bike"] != 1.5 || !math.IsNaN(float64(p.Sources["polite"])) {
		t.Errorf("point: %+v", p)
	}
	if raw, err := json.Marshal(p); err != nil || !strings.Contains(string(raw), `"eval_per_source":{"bike":1.5,"polite":"NaN"}`) {
		t.Errorf("as JSON: %s, %v", raw, err)
	}
}

// ---- comparing

func measured(number int, change func(*training.Measured)) training.Measured {
	eval := 1.5
	m := training.Measured{Run: training.Run{
		ID: training.RunID(strings.Repeat("r", number)), Number: number, Step: 20, Seconds: 40, TrainedTokens: 2000,
		Recipe: training.Recipe{Base: "tiny@1", Settings: training.DefaultSettings(), Data: []training.Source{{Ref: datasets.Ref{Net: "bike", Version: 3}, WeightPPM: 1_000_000}}},
	}}
	for i := 1; i <= 20; i++ {
		m.Points = append(m.Points, training.Point{Step: i, Loss: float64(i), Tokens: int64(i) * 200, TrainedTokens: int64(i) * 100, Seconds: float64(i) * 2, Memory: int64(i%7) * 1e6})
	}
	m.Points[19].Eval = &eval
	change(&m)
	return m
}

// report has each of the losses four times, so that there are rows enough for
// an error.
func report(losses ...float64) *training.Report {
	r := &training.Report{}
	for i, l := range slices.Repeat(losses, 4) {
		r.Rows = append(r.Rows, training.ReportRow{Net: "bike", RowID: datasets.Digest(rune('a' + i)), Side: training.SideEval, Tokens: 10, After: protocol.Float(l)})
	}
	return r
}

func TestFigures(t *testing.T) {
	m := measured(1, func(m *training.Measured) {
		m.Report = report(1, 2, 3)
		for i := range 4 {
			m.Report.Rows[3*i].Tokens = 40
		}
		m.Report.Rows = append(m.Report.Rows, training.ReportRow{Net: "bike", RowID: "t", Side: training.SideTrain, Tokens: 10, After: 50})
		a := training.ReportAnswer{RowID: "x", Before: "b", After: "c", ExactAfter: true, F1Before: 0.2, F1After: 1}
		b := training.ReportAnswer{RowID: "y", Before: "b", After: "d", F1Before: 0.4, F1After: 0.5}
		m.Report.Answers = []training.ReportAnswer{a, b}
		m.Judgements = []training.Judgement{{RowID: "x", Answers: a.Digest(), Verdict: training.Better}, {RowID: "y", Answers: "other answers", Verdict: training.Worse}}
	})
	f := m.Figures()
	close := func(name string, got, want float64) {
		t.Helper()
		if !(math.Abs(got-want) <= 1e-9) { // a NaN is not close
			t.Errorf("%s = %v, want %v", name, got, want)
		}
	}
	close("train loss of steps 11 to 20", f.TrainLoss, 15.5)
	close("eval", f.EvalLoss, 1.5)
	close("perplexity", f.Perplexity, math.Exp(1.5))
	close("tokens/s", f.TokensPerSecond, 100)
	// Weights 40, 10, 10; mean 90/60 = 1.5; deviations weighted -20, 5, 15; all four times: sqrt(4*650 * 12/11)/240.
	close("error", f.EvalError, math.Sqrt(2600.0*12/11)/240)
	close("F1", f.F1After, 0.75)
	if f.Memory != 6e6 || f.Steps != 20 || f.Answers != 2 || f.ExactAfter != 1 || f.ExactBefore != 0 || f.Better != 1 || f.Worse != 0 {
		t.Errorf("figures: %+v", f)
	}
	low, lower := 1.2, 1.1
	m.Points[9].Eval, m.Points[14].Eval = &low, &lower
	close("eval of the last step", m.Figures().EvalLoss, 1.5)
	m.Run.Recipe.Keep = "best"
	close("eval of the best step, which is kept", m.Figures().EvalLoss, 1.1)
	burst := math.NaN()
	m.Points[19].Eval = &burst
	close("eval of the best step of a run that burst later", m.Figures().EvalLoss, 1.1)
	empty := training.Measured{Run: training.Run{Number: 2}}.Figures()
	if !math.IsNaN(empty.TrainLoss) || !math.IsNaN(empty.EvalLoss) || !math.IsNaN(empty.Perplexity) || !math.IsNaN(empty.TokensPerSecond) {
		t.Errorf("a run that measured nothing has figures: %+v", empty)
	}
}

func keys(list []training.Setting) string {
	var out []string
	for _, s := range list {
		out = append(out, s.Key+"="+strings.Join(s.Values, "|"))
	}
	return strings.ReplaceAll(strings.Join(out, "; "), "\u00a0", " ")
}

func TestOnlyWhatDiffersOfTheRecipes(t *testing.T) {
	a := measured(1, func(*training.Measured) {})
	b := measured(2, func(m *training.Measured) {
		m.Run.Recipe.Rank = 64
		m.Run.Recipe.Data = []training.Source{{Ref: datasets.Ref{Net: "bike", Version: 3}, WeightPPM: 700_000}, {Ref: datasets.Ref{Net: "polite", Version: 2}, WeightPPM: 300_000}}
	})
	c, err := training.Compare([]training.Measured{a, b})
	ok(t, err)
	if got, want := keys(c.Differs), "net:bike=v3, 100 %|v3, 70 %; net:polite=–|v2, 30 %; rank="; !strings.HasPrefix(got, want) {
		t.Errorf("differs: %s", got)
	}
	if len(c.Same)+len(c.Differs) != 1+2+len(training.Fields()) {
		t.Errorf("%d lines are the same and %d differ", len(c.Same), len(c.Differs))
	}
	if !strings.Contains(keys(c.Same), "base=tiny@1|tiny@1") || !strings.Contains(keys(c.Same), "eval_ppm=5 %|5 %") {
		t.Errorf("the same: %s", keys(c.Same))
	}
	if len(c.Spoils) != 1 || c.Spoils[0] != "the held-out rows of polite are not the same" {
		t.Errorf("spoils: %q", c.Spoils)
	}
}

func TestAComparisonIsFairOnlyOnTheSameHeldOutRows(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*training.Recipe)
		says   string
	}{
		"learning rate": {func(r *training.Recipe) { r.LearningRate /= 2 }, ""},
		"weights":       {func(r *training.Recipe) { r.Data[0].WeightPPM = 5 }, ""},
		"version":       {func(r *training.Recipe) { r.Data[0].Ref.Version = 4 }, "bike"},
		"base":          {func(r *training.Recipe) { r.Base = "other@1" }, "the bases differ"},
		"share":         {func(r *training.Recipe) { r.EvalPPM = 9 }, "Held-out rows"},
		"length":        {func(r *training.Recipe) { r.MaxLength = 99 }, "Longest row"},
		"what counts":   {func(r *training.Recipe) { r.TrainOn = "all" }, "Learn from"},
	} {
		got, err := training.Compare([]training.Measured{
			measured(1, func(*training.Measured) {}),
			measured(2, func(m *training.Measured) { c.change(&m.Run.Recipe); v := 1.25; m.Points[19].Eval = &v }),
		})
		ok(t, err)
		if said := strings.Join(got.Spoils, "; "); (c.says == "") != (said == "") || !strings.Contains(said, c.says) {
			t.Errorf("%s: spoils %q", name, said)
		}
		if (got.Last == nil) != (c.says != "") {
			t.Errorf("%s: the last run against the one before: %+v", name, got.Last)
		}
		if got.Last != nil && (got.Last.Difference.Value != -0.25 || got.Last.Known || got.Last.Clear) {
			t.Errorf("%s: a difference without a known error: %+v", name, got.Last)
		}
	}
}

func TestRunsWithoutHeldOutRowsAreNotCalledFair(t *testing.T) {
	none := func(m *training.Measured) { m.Run.Recipe.EvalPPM, m.Points = 0, nil }
	got, err := training.Compare([]training.Measured{measured(1, none), measured(2, none)})
	ok(t, err)
	if text := got.FairText(); text != "Eval losses cannot be set side by side: no rows were held out." {
		t.Error(text)
	}
}

func TestRunsAreComparedRowByRow(t *testing.T) {
	with := func(n int, r *training.Report) training.Measured {
		return measured(n, func(m *training.Measured) { m.Report = r; m.Run.Recipe.Data[0].Ref.Version = n })
	}
	first, second := report(1, 2, 3, 4), report(0.5, 1.5, 2.6, 3.4)
	for i := range 4 {
		second.Rows[4*i+3].Tokens = 11 // not the same tokens: not the same measurement
	}
	c, err := training.Compare([]training.Measured{with(1, first), with(2, second)})
	ok(t, err)
	if c.Common == nil || c.Common.Rows != 12 || c.Common.Loss[0].Value != 2 || math.Abs(c.Common.Loss[1].Value-4.6/3) > 1e-9 {
		t.Fatalf("common rows: %+v", c.Common)
	}
	// Differences -0.5, -0.5, -0.4: far more alike than the losses themselves.
	if c.Last == nil || !c.Last.Known || !c.Last.Clear || math.Abs(c.Last.Difference.Value+1.4/3) > 1e-9 || c.Last.Difference.Error > 0.04 {
		t.Errorf("the last against the one before: %+v", c.Last)
	}
	noise, err := training.Compare([]training.Measured{with(1, report(1, 2, 3)), with(2, report(1.5, 1.4, 3.05))})
	ok(t, err)
	if noise.Last == nil || noise.Last.Clear {
		t.Errorf("a difference inside its error: %+v", noise.Last)
	}
	few := report(1, 2)
	few.Rows = few.Rows[:4]
	same := measured(2, func(m *training.Measured) { m.Report = few })
	if c, err = training.Compare([]training.Measured{with(3, first), measured(1, func(m *training.Measured) { m.Report = first }), same}); err != nil || c.Last == nil || c.Last.Known || !math.IsNaN(c.Common.Loss[0].Error) {
		t.Errorf("an error from four rows: %+v, %v", c.Last, err)
	}
	other := with(3, report(1, 2, 3))
	other.Run.Recipe.Base = "other@1"
	if c, err = training.Compare([]training.Measured{with(1, first), other}); err != nil || c.Common != nil || c.Last != nil {
		t.Errorf("tokens of another base are compared: %+v %+v %v", c.Common, c.Last, err)
	}
	if c, err = training.Compare([]training.Measured{with(1, first), with(2, nil)}); err != nil || c.Common != nil {
		t.Errorf("rows that were not measured are compared: %+v, %v", c.Common, err)
	}
}

func TestTwoToSixRunsEachOnce(t *testing.T) {
	one := measured(1, func(*training.Measured) {})
	many := []training.Measured{one}
	for n := 2; n <= 7; n++ {
		many = append(many, measured(n, func(*training.Measured) {}))
	}
	for name, runs := range map[string][]training.Measured{"one": many[:1], "seven": many, "twice": {one, one}} {
		if _, err := training.Compare(runs); !training.IsKind(err, training.KindUsage) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := training.Compare(many[:6]); err != nil {
		t.Error(err)
	}
}

func TestMeasuredReadsAllOfARun(t *testing.T) {
	w := trainingtest.NewWorld(t)
	run := create(t, w, "")
	ok(t, w.Manager.Start(bg, run.ID))
	wait(t, w, run.ID)
	ok(t, os.WriteFile(filepath.Join(w.Manager.Dir(run.ID), "report.json"), trainersReport(t), 0o644))
	m, err := w.Manager.Measured(bg, run.ID)
	ok(t, err)
	ok(t, w.Manager.Judge(bg, run.ID, m.Report.Answers[0], training.Better))
	if m, err = w.Manager.Measured(bg, run.ID); err != nil || len(m.Points) != 12 || m.Run.State != training.StateFinished || m.Figures().Better != 1 {
		t.Errorf("%d points, %+v, %+v, %v", len(m.Points), m.Run, m.Figures(), err)
	}
}
