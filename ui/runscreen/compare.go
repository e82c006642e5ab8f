package runscreen

import (
	"bufio"
	"cmp"
	"context"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"fyne.io/fyne/v2"

	"github.com/modelfactory/modelfactory/training"
	"github.com/modelfactory/modelfactory/ui/theme"
	"github.com/modelfactory/modelfactory/ui/widgets"
)

// compareArg is the Arg of a comparison: run ids with commas between.
func compareArg(ids []training.RunID) string {
	parts := make([]string, len(ids))
	for i, id := range ids {
		parts[i] = string(id)
	}
	return strings.Join(parts, ",")
}

func compareIDs(arg string) []training.RunID {
	var out []training.RunID
	for part := range strings.SplitSeq(arg, ",") {
		if part != "" && !slices.Contains(out, training.RunID(part)) {
			out = append(out, training.RunID(part))
		}
	}
	return out
}

// Compare is what the comparison shows.
type Compare struct {
	Axis      Axis
	TrainToo  bool
	all       []training.Run // every run, for Add run
	runs      []training.Measured
	result    training.Comparison
	hasResult bool
}

// compared is one reading for the comparison.
type compared struct {
	all  []training.Run
	runs []training.Measured
}

// compareReader reads the runs of a comparison; one that has ended is read
// once. A single run is set beside the newest other one that has measured
// anything. A run that is gone is left out.
func compareReader(svc Services, ids []training.RunID) func(context.Context) (compared, error) {
	ended := map[training.RunID]training.Measured{}
	return func(ctx context.Context) (compared, error) {
		all, err := svc.Runs(ctx)
		if err != nil {
			return compared{}, err
		}
		out := compared{all: all}
		for _, id := range withPartner(ids, all) {
			i := slices.IndexFunc(all, func(r training.Run) bool { return r.ID == id })
			if i < 0 {
				continue
			}
			m, known := ended[id]
			if !known {
				if m, err = svc.Measured(ctx, id); err != nil {
					return compared{}, err
				}
				if m.Run.State == training.StateFinished || m.Run.State == training.StateStopped {
					ended[id] = m
				}
			}
			out.runs = append(out.runs, m)
		}
		slices.SortFunc(out.runs, func(a, b training.Measured) int { return cmp.Compare(a.Run.Number, b.Run.Number) })
		return out, nil
	}
}

// withPartner adds the newest other run with steps to a single one.
func withPartner(ids []training.RunID, all []training.Run) []training.RunID {
	if len(ids) != 1 {
		return ids
	}
	var other training.Run
	for _, r := range all {
		if r.ID != ids[0] && r.Step > 0 && r.Number > other.Number {
			other = r
		}
	}
	if other.ID == "" {
		return ids
	}
	return append(slices.Clone(ids), other.ID)
}

// Apply takes a reading over.
func (c *Compare) Apply(r compared) {
	c.all, c.runs = r.all, r.runs
	result, err := training.Compare(r.runs)
	c.result, c.hasResult = result, err == nil
}

// IDs are the runs shown, lowest number first.
func (c *Compare) IDs() []training.RunID {
	out := make([]training.RunID, len(c.runs))
	for i, r := range c.runs {
		out[i] = r.Run.ID
	}
	return out
}

// Others are the runs that can be added, newest first.
func (c *Compare) Others() []training.Run {
	var out []training.Run
	for _, r := range c.all {
		if r.Step > 0 && !slices.Contains(c.IDs(), r.ID) {
			out = append(out, r)
		}
	}
	slices.SortFunc(out, func(a, b training.Run) int { return cmp.Compare(b.Number, a.Number) })
	return out
}

// Newest is the run with the highest number.
func (c *Compare) Newest() (training.Run, bool) {
	if len(c.runs) == 0 {
		return training.Run{}, false
	}
	return c.runs[len(c.runs)-1].Run, true
}

// runColors: the newest run has the first colour, and no run that of a state.
var runColors = []fyne.ThemeColorName{theme.Series1, theme.Series2, theme.Series4, theme.Series3, theme.Series5, theme.Series6}

// Color is that of run i.
func (c *Compare) Color(i int) fyne.ThemeColorName {
	return runColors[(len(c.runs)-1-i)%len(runColors)]
}

// Label is the chip of run i: its number, and its last eval loss.
func (c *Compare) Label(i int) (name, loss string) {
	m := c.runs[i]
	name = fmt.Sprintf("Run %d", m.Run.Number)
	if v := m.Figures().EvalLoss; !math.IsNaN(v) {
		loss = widgets.Number(v, 2)
	}
	return name, loss
}

// evals says whether any run measured held-out rows: else only the train loss
// can be drawn.
func (c *Compare) evals() bool {
	return slices.ContainsFunc(c.runs, func(m training.Measured) bool {
		return slices.ContainsFunc(m.Points, func(p training.Point) bool { return p.Eval != nil })
	})
}

// Chart overlays the runs: eval loss with dots, and, when asked for or when it
// is all there is, the smoothed train loss, pale beside the dots.
func (c *Compare) Chart() widgets.ChartData {
	a, evals := c.Axis, c.evals()
	d := widgets.ChartData{
		XTitle: []string{"step", "pass", "trained tokens", "time"}[a], XWhole: a == ByStep || a == ByTokens, XTime: a == ByTime, Empty: "None of these runs has made a step yet.",
	}
	switch a {
	case ByTokens:
		d.XText = func(v float64) string { return widgets.Count(int64(v)) }
	case ByTime:
		d.XText = func(v float64) string { return Clock(seconds(v)) }
	}
	for i, m := range c.runs {
		var eval, train []widgets.ChartPoint
		var losses []float64
		for _, p := range m.Points {
			if p.Eval != nil {
				eval = append(eval, widgets.ChartPoint{X: a.of(p), Y: *p.Eval})
			}
			if measured(p) {
				train, losses = append(train, widgets.ChartPoint{X: a.of(p)}), append(losses, p.Loss)
			}
		}
		name := fmt.Sprintf("run %d", m.Run.Number)
		if c.TrainToo || !evals {
			for k, v := range smooth(losses, keepShare(len(losses))) {
				train[k].Y = v
				if math.IsNaN(losses[k]) || math.IsInf(losses[k], 0) {
					mark := widgets.ChartMark{X: train[k].X, Label: name + ": not a number", Bad: true}
					if slices.ContainsFunc(d.Marks, func(o widgets.ChartMark) bool { return o.X == mark.X }) {
						mark.Label = "" // two words in one place cannot be read
					}
					d.Marks = append(d.Marks, mark)
				}
			}
			d.Series = append(d.Series, widgets.ChartSeries{Name: name + ", train", Color: c.Color(i), Faint: evals, Points: train})
		}
		d.Series = append(d.Series, widgets.ChartSeries{Name: name + ", eval", Color: c.Color(i), Dots: true, Points: eval})
	}
	for _, s := range d.Series { // from the beginning, also where the first measurement came late
		if n := len(s.Points); n > 0 {
			d.XMax = math.Max(d.XMax, s.Points[n-1].X)
		}
	}
	series := d.Series
	d.Read = func(x float64) (widgets.ChartRead, bool) { return c.read(series, x) }
	return d
}

// read is the read-out at x: each curve's nearest value. Where that stands
// elsewhere on the axis, the place is said.
func (c *Compare) read(series []widgets.ChartSeries, x float64) (widgets.ChartRead, bool) {
	at, found := 0.0, false
	for _, s := range series {
		if p, ok := nearestPoint(s.Points, x); ok && (!found || math.Abs(p.X-x) < math.Abs(at-x)) {
			at, found = p.X, true
		}
	}
	if !found {
		return widgets.ChartRead{}, false
	}
	r := widgets.ChartRead{X: at, Title: c.place(at)}
	for _, s := range series {
		p, ok := nearestPoint(s.Points, at)
		if !ok {
			continue
		}
		text := lossText(p.Y)
		if p.X != at && s.Dots {
			text += " at " + c.number(p.X)
		}
		r.Lines = append(r.Lines, [2]string{s.Name, text})
	}
	return r, true
}

func (c *Compare) number(x float64) string {
	switch c.Axis {
	case ByTime:
		return Clock(seconds(x))
	case ByPass:
		return widgets.Number(x, 2)
	}
	return widgets.Count(int64(x))
}

func (c *Compare) place(x float64) string {
	switch c.Axis {
	case ByTime:
		return "after " + c.number(x)
	case ByTokens:
		return c.number(x) + " trained tokens"
	case ByPass:
		return "pass " + c.number(x)
	}
	return "step " + c.number(x)
}

func nearestPoint(points []widgets.ChartPoint, x float64) (widgets.ChartPoint, bool) {
	if len(points) == 0 {
		return widgets.ChartPoint{}, false
	}
	i, _ := slices.BinarySearchFunc(points, x, func(p widgets.ChartPoint, x float64) int { return cmp.Compare(p.X, x) })
	if i == len(points) || i > 0 && x-points[i-1].X < points[i].X-x {
		i--
	}
	return points[i], true
}

// CompareRow is a row of the table. Strong says which values are the best, or
// differ from the run before.
type CompareRow struct {
	Group, Label string
	Values       []string
	Strong       []bool
	Note         string // the last run against the one before
}

const notMeasured = "not measured"

// Rows are the results, then what differs in the recipes.
func (c *Compare) Rows() []CompareRow {
	if !c.hasResult {
		return nil
	}
	return append(c.results(), c.differs()...)
}

func (c *Compare) results() []CompareRow {
	f := c.result.Figures
	fair := len(c.result.Spoils) == 0
	var rows []CompareRow
	add := func(label string, text func(training.Figures) string) *CompareRow {
		row := CompareRow{Label: label}
		for _, one := range f {
			row.Values = append(row.Values, text(one))
		}
		rows = append(rows, row)
		return &rows[len(rows)-1]
	}
	// best marks the lowest of what can be set side by side.
	best := func(row *CompareRow, value func(i int) float64) {
		at := -1
		row.Strong = make([]bool, len(f))
		for i := range f {
			if v := value(i); !math.IsNaN(v) && (at < 0 || v < value(at)) {
				at = i
			}
		}
		if at >= 0 {
			row.Strong[at] = true
		}
	}
	named := add("Model", func(training.Figures) string { return "" })
	for i, m := range c.runs {
		named.Values[i] = m.Run.Title()
	}
	eval := add("Eval loss", func(f training.Figures) string { return meanText(training.Mean{Value: f.EvalLoss, Error: f.EvalError}) })
	eval.Note = c.lastNote()
	if fair {
		best(eval, func(i int) float64 { return f[i].EvalLoss })
	}
	if common := c.result.Common; common != nil && !fair {
		row := add(fmt.Sprintf("Eval loss, %s common rows", widgets.Count(int64(common.Rows))), func(training.Figures) string { return "" })
		for i := range f {
			row.Values[i] = meanText(common.Loss[i])
		}
		best(row, func(i int) float64 { return common.Loss[i].Value })
		rows[1].Note, row.Note = "", rows[1].Note
	}
	perplexity := add("Perplexity", func(f training.Figures) string { return figureText(f.Perplexity, 2, "") })
	if fair {
		best(perplexity, func(i int) float64 { return f[i].Perplexity })
	}
	add("Train loss, last 10 steps", func(f training.Figures) string { return figureText(f.TrainLoss, 3, "") })
	add("Right answers (base)", func(f training.Figures) string {
		if f.Answers == 0 {
			return notMeasured
		}
		return fmt.Sprintf("%d of %d (%d)", f.ExactAfter, f.Answers, f.ExactBefore)
	})
	add("Words in common, F1 (base)", func(f training.Figures) string {
		if f.Answers == 0 {
			return notMeasured
		}
		return widgets.Number(f.F1After, 2) + " (" + widgets.Number(f.F1Before, 2) + ")"
	})
	add("Answers preferred over base", func(f training.Figures) string {
		if judged := f.Better + f.Same + f.Worse; judged > 0 {
			return fmt.Sprintf("%d of %d", f.Better, judged)
		}
		return "not judged"
	})
	add("Speed", func(f training.Figures) string { return figureText(f.TokensPerSecond, 0, " tokens/s") })
	add("Peak memory", func(f training.Figures) string {
		if f.Memory == 0 {
			return notMeasured
		}
		return widgets.Bytes(f.Memory)
	})
	add("Time", func(f training.Figures) string { return widgets.Took(seconds(f.Seconds)) })
	add("Steps", func(f training.Figures) string { return widgets.Count(int64(f.Steps)) })
	add("Trained tokens", func(f training.Figures) string { return widgets.Count(f.TrainedTokens) })
	rows[0].Group = "Result"
	return rows
}

// lastNote is the last run against the one before it, under a head that names
// both.
func (c *Compare) lastNote() string {
	last := c.result.Last
	if last == nil {
		return ""
	}
	if last.Known && !last.Clear {
		return "no clear difference"
	}
	word := "better"
	if last.Difference.Value > 0 {
		word = "worse"
	}
	return word + " by " + meanText(training.Mean{Value: math.Abs(last.Difference.Value), Error: last.Difference.Error})
}

func (c *Compare) differs() []CompareRow {
	var rows []CompareRow
	for _, s := range c.result.Differs {
		row := CompareRow{Label: s.Label, Values: s.Values, Strong: make([]bool, len(s.Values))}
		n := len(s.Values)
		for i := 1; i < n; i++ {
			row.Strong[i] = s.Values[i] != s.Values[i-1]
		}
		if strings.HasPrefix(s.Key, "net:") {
			switch {
			case s.Values[n-2] == "–" && s.Values[n-1] != "–":
				row.Note = "added"
			case s.Values[n-1] == "–" && s.Values[n-2] != "–":
				row.Note = "taken out"
			}
		}
		rows = append(rows, row)
	}
	if len(rows) > 0 {
		rows[0].Group = "Recipe"
	}
	return rows
}

// SameText lists what all recipes have in common.
func (c *Compare) SameText() string {
	if !c.hasResult || len(c.result.Same) == 0 {
		return ""
	}
	parts := make([]string, 0, len(c.result.Same))
	for _, s := range c.result.Same {
		parts = append(parts, lower(s.Label)+" "+s.Values[0])
	}
	text := "Same: " + strings.Join(parts, ", ") + "."
	if len(c.result.Differs) == 0 {
		text = "The recipes are the same. " + text
	}
	return text
}

// lower begins a label in the middle of a sentence; "DPO beta" stays.
func lower(label string) string {
	if len(label) > 1 && strings.ToUpper(label[1:2]) != label[1:2] && !strings.HasPrefix(label, "TensorBoard") {
		return strings.ToLower(label[:1]) + label[1:]
	}
	return label
}

// Fair is the line that says whether the comparison is fair.
func (c *Compare) Fair() (widgets.Tone, string) {
	if !c.hasResult {
		return widgets.Info, "Add a run to compare with."
	}
	text := c.result.FairText()
	if last := c.result.LastText(); last != "" {
		text += fmt.Sprintf(" Run %d is %s.", c.runs[len(c.runs)-1].Run.Number, last)
	}
	if len(c.result.Spoils) == 0 {
		return widgets.Good, text
	}
	return widgets.Caution, text
}

// meanText is a loss with its error, where that is known.
func meanText(m training.Mean) string {
	if math.IsNaN(m.Value) {
		return notMeasured
	}
	if math.IsNaN(m.Error) {
		return widgets.Number(m.Value, 3)
	}
	return widgets.Number(m.Value, 3) + " ± " + widgets.Number(m.Error, 3)
}

func figureText(v float64, decimals int, unit string) string {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return notMeasured
	}
	return widgets.Number(v, decimals) + unit
}

// writeCompareCSV writes every point of every run, with the run before it.
func writeCompareCSV(w io.Writer, runs []training.Measured) error {
	b := bufio.NewWriter(w)
	fmt.Fprintln(b, "run,"+csvHead)
	for _, m := range runs {
		for _, p := range m.Points {
			fmt.Fprintf(b, "%d,%s\n", m.Run.Number, csvLine(p))
		}
	}
	return b.Flush()
}

// drawnKey changes when the curves would be drawn differently.
func (c *Compare) drawnKey() string {
	var b strings.Builder
	fmt.Fprint(&b, c.Axis, c.TrainToo)
	for _, m := range c.runs {
		fmt.Fprint(&b, "|", m.Run.ID, len(m.Points), m.Run.Step, m.Run.State)
	}
	return b.String()
}
