package runscreen

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/modelfactory/modelfactory/datasets"
	"github.com/modelfactory/modelfactory/training"
	"github.com/modelfactory/modelfactory/training/protocol"
	"github.com/modelfactory/modelfactory/ui/widgets"
)

// Report is what the run screen shows of a run's rows and answers.
type Report struct {
	report *training.Report
	judged []training.Judgement
	rows   map[datasets.Digest]datasets.Row
	loaded bool
	side   int // of Sides
	sort   string
	up     bool // ascending
	shown  []training.ReportRow
	answer int
}

// reported is one reading of it.
type reported struct {
	report *training.Report
	judged []training.Judgement
	rows   map[datasets.Digest]datasets.Row
}

// readReport reads the report, and the words of its rows where their data is
// still here.
func readReport(ctx context.Context, svc Services, run training.Run) (reported, error) {
	m, err := svc.Measured(ctx, run.ID)
	if err != nil || m.Report == nil {
		return reported{}, err
	}
	ids := make([]datasets.Digest, 0, len(m.Report.Rows))
	for _, r := range m.Report.Rows {
		ids = append(ids, r.RowID)
	}
	rows, err := svc.Rows(ctx, run, ids)
	return reported{m.Report, m.Judgements, rows}, err
}

// Sides are the words of the switch over the rows.
var Sides = []string{"Held out", "Learnt from", "All"}

// NewReport makes one that shows the hardest held-out rows first.
func NewReport() *Report { return &Report{sort: "after"} }

// Apply takes a reading over.
func (r *Report) Apply(n reported) {
	r.report, r.judged, r.rows, r.loaded = n.report, n.judged, n.rows, true
	if n.report != nil {
		r.answer = min(r.answer, max(0, len(n.report.Answers)-1))
	}
	r.arrange()
}

// Has says whether the run measured its rows.
func (r *Report) Has() bool { return r.report != nil }

// SetSide shows the rows of another side.
func (r *Report) SetSide(i int) { r.side = i; r.arrange() }

// SortBy sorts by a column, largest first; the same one again turns the order
// around.
func (r *Report) SortBy(id string) {
	r.up = id == r.sort && !r.up
	r.sort = id
	r.arrange()
}

// Sorted is the column and the order.
func (r *Report) Sorted() (id string, descending bool) { return r.sort, !r.up }

func (r *Report) arrange() {
	r.shown = nil
	if r.report == nil {
		return
	}
	for _, row := range r.report.Rows {
		if r.side == 2 || row.Side == []string{training.SideEval, training.SideTrain}[r.side] {
			r.shown = append(r.shown, row)
		}
	}
	slices.SortStableFunc(r.shown, func(a, b training.ReportRow) int {
		c := 0
		switch r.sort {
		case "net":
			c = strings.Compare(b.Net, a.Net)
		case "tokens":
			c = cmp.Compare(a.Tokens, b.Tokens)
		case "before":
			c = compareLoss(a.Before, b.Before)
		case "change":
			c = compareLoss(a.After-a.Before, b.After-b.Before)
		default:
			c = compareLoss(a.After, b.After)
		}
		if !r.up {
			c = -c
		}
		return c
	})
}

// compareLoss puts what is no number above every number.
func compareLoss(a, b protocol.Float) int {
	switch x, y := math.IsNaN(float64(a)), math.IsNaN(float64(b)); {
	case x && y:
		return 0
	case x:
		return 1
	case y:
		return -1
	}
	return cmp.Compare(a, b)
}

// Count is the number of rows shown.
func (r *Report) Count() int { return len(r.shown) }

// Row is the row in a line of the table.
func (r *Report) Row(i int) training.ReportRow {
	if i < 0 || i >= len(r.shown) {
		return training.ReportRow{}
	}
	return r.shown[i]
}

// Words are the first words of a row: its last question, or its text. Without
// the data it is named by its digest.
func (r *Report) Words(row training.ReportRow) string {
	full, ok := r.rows[row.RowID]
	if !ok {
		return "row " + widgets.Short(string(row.RowID))
	}
	text := full.Text
	for _, m := range slices.Backward(full.Messages) {
		if m.Role == "user" {
			text = m.Content
			break
		}
	}
	if words := strings.Fields(text); len(words) > 0 {
		return strings.Join(words[:min(len(words), 24)], " ")
	}
	return "row " + widgets.Short(string(row.RowID))
}

// Turns are the parts of a row as they stand in the data: who says it, and
// what. ok is false where the data is no longer here.
func (r *Report) Turns(row training.ReportRow) (turns [][2]string, ok bool) {
	full, ok := r.rows[row.RowID]
	if !ok {
		return nil, false
	}
	if full.Text != "" {
		return [][2]string{{"text", full.Text}}, true
	}
	for _, m := range full.Messages {
		turns = append(turns, [2]string{m.Role, m.Content})
	}
	return turns, true
}

// cellLoss is a loss in a narrow column.
func cellLoss(v float64) string {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return "no number"
	}
	return widgets.Number(v, 3)
}

// Change is a row's loss after less before: "−0.420".
func Change(row training.ReportRow) string {
	d := float64(row.After - row.Before)
	if math.IsNaN(d) || math.IsInf(d, 0) {
		return cellLoss(d)
	}
	text := widgets.Number(d, 3)
	if d > 0 {
		text = "+" + text
	}
	return text
}

// Summary says over which rows the losses are: "held out: 2.64 before, 1.52
// after, 255 rows; 12 not measured".
func (r *Report) Summary() string {
	if r.report == nil {
		return ""
	}
	var parts []string
	for _, side := range []string{training.SideEval, training.SideTrain} {
		var before, after float64
		var tokens int64
		rows, missing := 0, 0
		for _, n := range r.report.Nets {
			if n.Side != side {
				continue
			}
			rows, missing = rows+n.Measured, missing+n.NotMeasured
			if n.Before != nil && n.After != nil {
				before, after = before+float64(*n.Before)*float64(n.Tokens), after+float64(*n.After)*float64(n.Tokens)
				tokens += n.Tokens
			}
		}
		name := map[string]string{training.SideEval: "Held out", training.SideTrain: "Learnt from"}[side]
		switch {
		case rows == 0 && missing == 0:
			continue
		case tokens == 0:
			parts = append(parts, fmt.Sprintf("%s: none of %s rows measured", name, widgets.Count(int64(missing))))
			continue
		}
		text := fmt.Sprintf("%s: loss %s before, %s after, over %s rows", name, lossText(before/float64(tokens)), lossText(after/float64(tokens)), widgets.Count(int64(rows)))
		if missing > 0 {
			text += fmt.Sprintf("; %s not measured", widgets.Count(int64(missing)))
		}
		parts = append(parts, text)
	}
	return strings.Join(parts, ". ") + "."
}

// Answers is how many questions were asked, and which is shown, from 0.
func (r *Report) Answers() (n, at int) {
	if r.report == nil {
		return 0, 0
	}
	return len(r.report.Answers), r.answer
}

// Walk shows the next or an earlier question.
func (r *Report) Walk(by int) {
	if n, _ := r.Answers(); n > 0 {
		r.answer = (r.answer + by + n) % n
	}
}

// Answer is the question shown.
func (r *Report) Answer() training.ReportAnswer {
	if n, _ := r.Answers(); n == 0 {
		return training.ReportAnswer{}
	}
	return r.report.Answers[r.answer]
}

// Verdict is the person's on the question shown; "" while not judged.
func (r *Report) Verdict() training.Verdict { return r.verdictOf(r.Answer()) }

func (r *Report) verdictOf(a training.ReportAnswer) training.Verdict {
	for _, j := range r.judged {
		if j.Of(a) {
			return j.Verdict
		}
	}
	return ""
}

// Pair are the two answers as they stand side by side: in an order of chance,
// without a name, until judged.
func (r *Report) Pair() (nameA, a, nameB, b string) {
	shown := r.Answer()
	base, trained := "Base alone", "Trained"
	if r.Verdict() == "" {
		base, trained = "Answer A", "Answer B"
		if shown.AfterFirst() {
			base, trained = trained, base
		}
	}
	if shown.AfterFirst() {
		return trained, shown.After, base, shown.Before
	}
	return base, shown.Before, trained, shown.After
}

// Choice turns "A is better" (-1), "the same" (0) and "B is better" (1) into a
// verdict on the trained model's answer.
func (r *Report) Choice(side int) training.Verdict {
	if r.Answer().AfterFirst() {
		side = -side
	}
	return map[int]training.Verdict{-1: training.Worse, 0: training.Same, 1: training.Better}[side]
}

// Judge notes a verdict; "" takes it back. What is kept is the studio's matter.
func (r *Report) Judge(a training.ReportAnswer, v training.Verdict) {
	r.judged = slices.DeleteFunc(slices.Clone(r.judged), func(j training.Judgement) bool { return j.Net == a.Net && j.RowID == a.RowID })
	if v != "" {
		r.judged = append(r.judged, training.Judgement{Net: a.Net, RowID: a.RowID, Answers: a.Digest(), Verdict: v})
	}
}

// verdictWords are what stands under a judged pair.
var verdictWords = map[training.Verdict]string{
	training.Better: "You found the trained answer better.", training.Same: "You found them equally good.", training.Worse: "You found the base's answer better.",
}

// Measures are exact match and words in common of the pair shown; only after
// it is judged, or they would tell which is which.
func (r *Report) Measures() string {
	v := r.Verdict()
	if v == "" {
		return ""
	}
	a := r.Answer()
	same := func(exact bool) string {
		if exact {
			return "the wanted answer"
		}
		return "not the wanted answer word for word"
	}
	return fmt.Sprintf("%s Base: %s, words in common %s. Trained: %s, words in common %s.", verdictWords[v], same(a.ExactBefore), widgets.Number(a.F1Before, 2), same(a.ExactAfter), widgets.Number(a.F1After, 2))
}

// Score sums the judgements and the measures up over all questions.
func (r *Report) Score() string {
	if r.report == nil {
		return ""
	}
	f := training.Measured{Report: r.report, Judgements: r.judged}.Figures()
	if f.Answers == 0 {
		return ""
	}
	judged := f.Better + f.Same + f.Worse
	text := fmt.Sprintf("Wanted answer word for word: %d of %d, base %d. Words in common (F1): %s, base %s.", f.ExactAfter, f.Answers, f.ExactBefore, widgets.Number(f.F1After, 2), widgets.Number(f.F1Before, 2))
	if judged > 0 {
		text += fmt.Sprintf(" You judged %d: trained better %d, same %d, base better %d.", judged, f.Better, f.Same, f.Worse)
	}
	if n := r.report.AnswersNotMeasured; n > 0 {
		text += fmt.Sprintf(" %d more not measured, for want of time.", n)
	}
	return text
}

// NotMeasured says why there is no report, for a run that has ended; "" while
// that is not so.
func (r *Report) NotMeasured(run training.Run) string {
	ended := run.State == training.StateFinished || run.State == training.StateStopped && run.AdapterDigest != ""
	if !ended || !r.loaded || r.Has() {
		return ""
	}
	return "Rows and answers before and after: not measured. The trainer that made this run did not measure them; run it again to see them."
}
