package training

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/modelfactory/modelfactory/datasets"
)

// How many runs a comparison takes.
const (
	CompareLeast = 2
	CompareMost  = 6
)

// Measured is a run with everything it measured.
type Measured struct {
	Run        Run
	Points     []Point
	Report     *Report // nil: not measured
	Judgements []Judgement
}

// Measured reads a run with its whole record.
func (m *Manager) Measured(ctx context.Context, id RunID) (Measured, error) {
	s, err := m.Snapshot(ctx, id, -1)
	if err != nil {
		return Measured{}, err
	}
	out := Measured{Run: s.Run, Points: s.Points}
	if out.Report, err = m.Report(ctx, id); err != nil {
		return Measured{}, err
	}
	out.Judgements, err = m.Judgements(ctx, id)
	return out, err
}

// lastSteps is over how many steps the train loss of Figures is a mean: one
// step is a few rows and says little.
const lastSteps = 10

// Figures are the results of a run. What was not measured is NaN, or 0 where
// it counts something.
type Figures struct {
	TrainLoss       float64 // mean over the trained tokens of the last 10 steps, in nats
	EvalLoss        float64 // on the held-out rows, in nats: the last one measured, or the lowest where the recipe keeps the best
	EvalError       float64 // standard error of it, over the rows of the report
	Perplexity      float64 // exp(EvalLoss)
	TokensPerSecond float64 // over the whole run
	Memory          int64   // the most at a step, in bytes
	Seconds         float64 // spent in steps
	Steps           int
	TrainedTokens   int64
	ExactBefore     int // answers of the report equal to the wanted one
	ExactAfter      int
	Answers         int     // in the report
	F1Before        float64 // mean over them
	F1After         float64
	Better          int // judged by a person, against the base
	Same            int
	Worse           int
}

// Figures sums a run up.
func (m Measured) Figures() Figures {
	nan := math.NaN()
	f := Figures{TrainLoss: nan, EvalLoss: nan, EvalError: nan, Perplexity: nan, TokensPerSecond: nan, F1Before: nan, F1After: nan, Steps: m.Run.Step, Seconds: m.Run.Seconds, TrainedTokens: m.Run.TrainedTokens}
	var losses []float64
	var tokens []int
	before := int64(0)
	for _, p := range m.Points {
		if p.Eval != nil && (m.Run.Recipe.Keep != "best" || math.IsNaN(f.EvalLoss) || *p.Eval < f.EvalLoss) {
			f.EvalLoss = *p.Eval
		}
		if p.Tokens == 0 {
			continue
		}
		f.Memory = max(f.Memory, p.Memory)
		losses, tokens = append(losses, p.Loss), append(tokens, int(p.TrainedTokens-before))
		before = p.TrainedTokens
		if p.Seconds > 0 {
			f.TokensPerSecond = float64(p.Tokens) / p.Seconds
		}
	}
	if from := max(0, len(losses)-lastSteps); len(losses) > 0 {
		f.TrainLoss = meanOf(losses[from:], tokens[from:]).Value
	}
	f.Perplexity = math.Exp(f.EvalLoss)
	if m.Report == nil {
		return f
	}
	if rows := m.Report.heldOut(); len(rows) >= leastRows {
		values, tokens := make([]float64, 0, len(rows)), make([]int, 0, len(rows))
		for _, r := range rows {
			values, tokens = append(values, float64(r.After)), append(tokens, r.Tokens)
		}
		f.EvalError = meanOf(values, tokens).Error
	}
	f.answers(m)
	return f
}

func (f *Figures) answers(m Measured) {
	var before, after float64
	for _, a := range m.Report.Answers {
		f.Answers++
		before, after = before+a.F1Before, after+a.F1After
		if a.ExactBefore {
			f.ExactBefore++
		}
		if a.ExactAfter {
			f.ExactAfter++
		}
		for _, j := range m.Judgements {
			if !j.Of(a) {
				continue
			}
			switch j.Verdict {
			case Better:
				f.Better++
			case Same:
				f.Same++
			case Worse:
				f.Worse++
			}
		}
	}
	if f.Answers > 0 {
		f.F1Before, f.F1After = before/float64(f.Answers), after/float64(f.Answers)
	}
}

// heldOut are the measured rows of the eval side.
func (r *Report) heldOut() map[rowKey]ReportRow {
	out := map[rowKey]ReportRow{}
	for _, row := range r.Rows {
		if row.Side == SideEval && !math.IsNaN(float64(row.After)) && !math.IsInf(float64(row.After), 0) {
			out[rowKey{row.Net, row.RowID}] = row
		}
	}
	return out
}

type rowKey struct {
	net string
	id  datasets.Digest
}

// Setting is one line of a comparison of recipes: a value for each run, "–"
// where a run has none.
type Setting struct {
	Key, Label string
	Values     []string
}

func (s Setting) differs() bool {
	return slices.ContainsFunc(s.Values, func(v string) bool { return v != s.Values[0] })
}

// Comparison is what two to six runs have in common and what not. Figures and
// the values of Differs and Same stand in the order of Runs.
type Comparison struct {
	Runs    []Measured
	Figures []Figures
	Differs []Setting
	Same    []Setting
	Spoils  []string // why their eval losses cannot be set side by side; none: a fair comparison
	Common  *Common  // nil: no held-out row was measured by all of them
	Last    *Against // nil: cannot be said
}

// Common are the held-out rows that all runs measured in the same way.
type Common struct {
	Rows int
	Loss []Mean // of each run on these rows
}

// Against says how the last run did against the one before it on held-out
// rows.
type Against struct {
	Difference Mean // loss of the last less that of the one before; below zero is better
	Clear      bool // it is more than two standard errors
	Known      bool // the error is
}

// Compare sets runs beside one another.
func Compare(runs []Measured) (Comparison, error) {
	if len(runs) < CompareLeast || len(runs) > CompareMost {
		return Comparison{}, usage("Choose two to six runs.", "%d runs cannot be compared", len(runs))
	}
	c := Comparison{Runs: runs}
	for i, r := range runs {
		if slices.ContainsFunc(runs[:i], func(o Measured) bool { return o.Run.ID == r.Run.ID }) {
			return Comparison{}, usage("Name each run once.", "run %d is compared with itself", r.Run.Number)
		}
		c.Figures = append(c.Figures, r.Figures())
	}
	for _, s := range settings(runs) {
		if s.differs() {
			c.Differs = append(c.Differs, s)
		} else {
			c.Same = append(c.Same, s)
		}
	}
	c.Spoils = spoils(c.Differs)
	if !slices.ContainsFunc(runs, func(m Measured) bool { return m.Run.Recipe.EvalPPM > 0 }) {
		c.Spoils = append(c.Spoils, "no rows were held out")
	}
	c.Common = common(runs)
	c.Last = c.against()
	return c, nil
}

// settings are all lines of the recipes: base, each net of any of them, each
// setting in the order of the form.
func settings(runs []Measured) []Setting {
	each := func(key, label string, value func(Recipe) string) Setting {
		s := Setting{Key: key, Label: label}
		for _, r := range runs {
			s.Values = append(s.Values, value(r.Run.Recipe))
		}
		return s
	}
	out := []Setting{each("base", "Base", func(r Recipe) string { return r.Base })}
	var nets []datasets.Slug
	for _, r := range runs {
		for _, s := range r.Run.Recipe.Data {
			if !slices.Contains(nets, s.Ref.Net) {
				nets = append(nets, s.Ref.Net)
			}
		}
	}
	for _, net := range nets {
		out = append(out, each("net:"+string(net), string(net), func(r Recipe) string { return shareText(r.Data, net) }))
	}
	for _, f := range Fields() {
		out = append(out, each(f.Key, f.Label, func(r Recipe) string { return f.Text(f.Get(&r.Settings)) }))
	}
	return out
}

// shareText is a net's version and share of a mix: "v4, 70 %".
func shareText(data []Source, net datasets.Slug) string {
	var total float64
	for _, s := range data {
		total += float64(s.WeightPPM)
	}
	for _, s := range data {
		if s.Ref.Net == net {
			return fmt.Sprintf("v%d, %.4g\u00a0%%", s.Ref.Version, 100*float64(s.WeightPPM)/max(total, 1))
		}
	}
	return "–"
}

// Text is a value as people read it: with its unit, and millionths as percent.
func (f Field) Text(value string) string {
	if f.Unit == "ppm" {
		if v, err := strconv.ParseFloat(value, 64); err == nil {
			return strconv.FormatFloat(v/1e4, 'g', -1, 64) + "\u00a0%"
		}
	}
	if f.Unit == "" {
		return value
	}
	return value + "\u00a0" + f.Unit
}

// spoilers are the settings, besides base and data, that decide which tokens
// the eval loss is a mean over.
var spoilers = []string{"eval_ppm", "max_length", "train_on", "objective"}

// spoils says why eval losses of recipes that differ so are not of the same
// thing.
func spoils(lines []Setting) []string {
	var out, nets []string
	for _, s := range lines {
		switch {
		case !s.differs():
		case s.Key == "base":
			out = append(out, "the bases differ")
		case strings.HasPrefix(s.Key, "net:") && differentRows(s.Values):
			nets = append(nets, s.Label)
		case slices.Contains(spoilers, s.Key):
			out = append(out, fmt.Sprintf("“%s” differs", s.Label))
		}
	}
	if len(nets) > 0 {
		out = append(out, "the held-out rows of "+strings.Join(nets, ", ")+" are not the same")
	}
	return out
}

// differentRows says whether the versions differ, or only the weights.
func differentRows(values []string) bool {
	version := func(v string) string { s, _, _ := strings.Cut(v, ","); return s }
	return slices.ContainsFunc(values, func(v string) bool { return version(v) != version(values[0]) })
}

// common finds the held-out rows that every run measured over the same tokens.
// Runs on different bases have none: their tokens are not the same.
func common(runs []Measured) *Common {
	rows := make([]map[rowKey]ReportRow, len(runs))
	for i, r := range runs {
		if r.Report == nil || r.Run.Recipe.Base != runs[0].Run.Recipe.Base {
			return nil
		}
		rows[i] = r.Report.heldOut()
	}
	values, tokens := make([][]float64, len(runs)), []int{}
	for _, key := range sharedKeys(rows) {
		for i := range rows {
			values[i] = append(values[i], float64(rows[i][key].After))
		}
		tokens = append(tokens, rows[0][key].Tokens)
	}
	if len(tokens) == 0 {
		return nil
	}
	c := &Common{Rows: len(tokens)}
	for i := range values {
		c.Loss = append(c.Loss, meanOf(values[i], tokens))
	}
	return c
}

// sharedKeys are the rows that are in all, with the same number of tokens, in
// a fixed order.
func sharedKeys(rows []map[rowKey]ReportRow) []rowKey {
	var out []rowKey
	for key, row := range rows[0] {
		if !slices.ContainsFunc(rows[1:], func(other map[rowKey]ReportRow) bool { return other[key].Tokens != row.Tokens }) {
			out = append(out, key)
		}
	}
	slices.SortFunc(out, func(a, b rowKey) int { return strings.Compare(a.net+string(a.id), b.net+string(b.id)) })
	return out
}

// against compares the last run with the one before it: row by row where both
// measured ten rows or more in the same way, else by their eval losses when these are of the same
// rows, and not at all otherwise.
func (c *Comparison) against() *Against {
	n := len(c.Runs)
	last, before := c.Runs[n-1], c.Runs[n-2]
	if last.Report != nil && before.Report != nil && last.Run.Recipe.Base == before.Run.Recipe.Base {
		rows := []map[rowKey]ReportRow{last.Report.heldOut(), before.Report.heldOut()}
		var values []float64
		var tokens []int
		for _, key := range sharedKeys(rows) {
			values = append(values, float64(rows[0][key].After)-float64(rows[1][key].After))
			tokens = append(tokens, rows[0][key].Tokens)
		}
		if len(values) >= leastRows {
			d := meanOf(values, tokens)
			return &Against{Difference: d, Known: true, Clear: math.Abs(d.Value) > 2*d.Error}
		}
	}
	d := c.Figures[n-1].EvalLoss - c.Figures[n-2].EvalLoss
	if len(spoils(settings([]Measured{before, last}))) > 0 || math.IsNaN(d) || math.IsInf(d, 0) {
		return nil
	}
	return &Against{Difference: Mean{Value: d, Error: math.NaN()}}
}

// FairText says in a sentence whether the eval losses can be set side by side.
func (c Comparison) FairText() string {
	if len(c.Spoils) == 0 {
		if c.Common != nil {
			return fmt.Sprintf("Fair comparison: same base, same held-out rows; %d of them measured by every run.", c.Common.Rows)
		}
		return "Fair comparison: same base, same held-out rows."
	}
	text := "Eval losses cannot be set side by side: " + strings.Join(c.Spoils, "; ") + "."
	if c.Common != nil {
		text += fmt.Sprintf(" Only the %d held-out rows that all measured can.", c.Common.Rows)
	}
	return text
}

// LastText says how the last run did against the one before it, such as
// "better by 0.08 ± 0.02 than run 12"; "" when nothing can be said.
func (c Comparison) LastText() string {
	if c.Last == nil {
		return ""
	}
	before := c.Runs[len(c.Runs)-2].Run.Number
	d := c.Last.Difference
	word := "better"
	if d.Value > 0 {
		word = "worse"
	}
	switch {
	case !c.Last.Known:
		return fmt.Sprintf("%s by %.3f than run %d, error not measured", word, math.Abs(d.Value), before)
	case !c.Last.Clear:
		return fmt.Sprintf("not clearly different from run %d", before)
	}
	return fmt.Sprintf("%s by %.3f ± %.3f than run %d", word, math.Abs(d.Value), d.Error, before)
}
