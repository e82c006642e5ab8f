package runscreen

import (
	"bufio"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/modelfactory/modelfactory/training"
	"github.com/modelfactory/modelfactory/ui/theme"
	"github.com/modelfactory/modelfactory/ui/widgets"
)

// Axis is what the loss is drawn over.
type Axis int

// The axes, in the order of the select.
const (
	ByStep Axis = iota
	ByPass
	ByTokens
	ByTime
)

// Axes are the words of the select.
var Axes = []string{"by step", "by pass", "by trained tokens", "by time"}

func (a Axis) of(p training.Point) float64 {
	switch a {
	case ByPass:
		return p.Pass
	case ByTokens:
		return float64(p.TrainedTokens)
	case ByTime:
		return p.Seconds
	}
	return float64(p.Step)
}

// measured tells a step from a bare eval, as before the first step.
func measured(p training.Point) bool { return p.Tokens > 0 }

// smooth is the mean of an exponential average from the left and one from the
// right, each without the bias of its start (Adam's correction): it does not
// lag behind a falling loss. A value that is no number is passed on as a gap
// and left out of the averages.
func smooth(values []float64, keep float64) []float64 {
	left := average(values, keep)
	backwards := slices.Clone(values)
	slices.Reverse(backwards)
	right := average(backwards, keep)
	out := make([]float64, len(values))
	for i := range values {
		out[i] = (left[i] + right[len(values)-1-i]) / 2
	}
	return out
}

func average(values []float64, keep float64) []float64 {
	out := make([]float64, len(values))
	sum, weight := 0.0, 0.0
	for i, v := range values {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			out[i] = math.NaN()
			continue
		}
		sum = keep*sum + (1-keep)*v
		weight = keep*weight + (1 - keep)
		out[i] = sum / weight
	}
	return out
}

// keepShare smooths more where there are more steps: over about a thirtieth of
// them.
func keepShare(n int) float64 {
	return math.Max(0.3, math.Min(0.99, 1-30/math.Max(31, float64(n))))
}

// View is what the chart shows.
type View int

// The views, in the order of the switch.
const (
	ViewLoss View = iota
	ViewSources
	ViewGradient
)

// Views are the words of the switch.
var Views = []string{"Loss", "Each dataset", "Gradient"}

// Chart is what the view asks for, over the chosen axis.
func (m *Model) Chart() widgets.ChartData {
	a := m.Axis
	d := widgets.ChartData{XTitle: []string{"step", "pass", "trained tokens", "time"}[a], XWhole: a == ByStep || a == ByTokens, XTime: a == ByTime, Empty: "The first loss comes with the first step."}
	switch m.View {
	case ViewSources:
		m.sources(&d)
	case ViewGradient:
		m.gradient(&d)
	default:
		m.loss(&d)
	}
	m.span(&d)
	return d
}

// loss draws raw and smoothed train loss, eval dots, and a red mark where the
// loss was no number.
func (m *Model) loss(d *widgets.ChartData) {
	raw, even := m.curve(d, func(p training.Point) float64 { return p.Loss }, "the loss is not a number")
	d.Series = []widgets.ChartSeries{
		{Name: "train, raw", Color: theme.Series1, Faint: true, Points: raw},
		{Name: "train", Color: theme.Series1, Points: even},
		{Name: "eval", Color: theme.Series2, Dots: true, Points: m.evalPoints(func(p training.Point) float64 { return *p.Eval })},
	}
	d.Read = func(x float64) (widgets.ChartRead, bool) { return m.read(x, even) }
}

// gradient draws the norm of the gradient before clipping, and the clip.
func (m *Model) gradient(d *widgets.ChartData) {
	raw, even := m.curve(d, func(p training.Point) float64 { return p.GradNorm }, "the gradient is not a number")
	d.Series = []widgets.ChartSeries{
		{Name: "gradient norm, raw", Color: theme.Series4, Faint: true, Points: raw},
		{Name: "gradient norm before clipping", Color: theme.Series4, Points: even},
	}
	d.Read = func(x float64) (widgets.ChartRead, bool) {
		r, ok := m.read(x, nil)
		r.Dot = nil // that of the eval loss: it has no place on this axis
		return r, ok
	}
}

// sources draws the eval loss of each net apart. A run whose trainer did not
// tell them apart has none.
func (m *Model) sources(d *widgets.ChartData) {
	d.Empty = "The loss of each dataset comes with the first measurement on its held-out rows."
	if m.HasEval() {
		d.Empty = "Not measured: this run's trainer did not tell the datasets apart."
	}
	for i, s := range m.snap.Run.Recipe.Data {
		net := string(s.Ref.Net)
		points := m.evalPoints(func(p training.Point) float64 {
			if v, ok := p.Sources[net]; ok {
				return float64(v)
			}
			return math.NaN()
		})
		if slices.ContainsFunc(points, func(p widgets.ChartPoint) bool { return !math.IsNaN(p.Y) }) {
			d.Series = append(d.Series, widgets.ChartSeries{Name: net, Color: theme.SourceColor(i), Dots: true, Points: points})
		}
	}
	series := d.Series
	d.Read = func(x float64) (widgets.ChartRead, bool) {
		if len(series) == 0 {
			return widgets.ChartRead{}, false
		}
		at, _ := nearestPoint(series[0].Points, x) // all were measured at the same steps
		r, ok := m.read(at.X, nil)
		r.Lines, r.Dot = nil, nil
		for _, s := range series {
			if p, ok := nearestPoint(s.Points, at.X); ok {
				r.Lines = append(r.Lines, [2]string{s.Name, lossText(p.Y)})
			}
		}
		return r, ok
	}
}

// evalPoints are the points at which held-out rows were measured.
func (m *Model) evalPoints(value func(training.Point) float64) []widgets.ChartPoint {
	var out []widgets.ChartPoint
	for _, p := range m.points {
		if p.Eval != nil {
			out = append(out, widgets.ChartPoint{X: m.Axis.of(p), Y: value(p)})
		}
	}
	return out
}

// curve is a value of each step, as it is and smoothed; a value that is no
// number is marked.
func (m *Model) curve(d *widgets.ChartData, value func(training.Point) float64, bad string) (raw, even []widgets.ChartPoint) {
	var values []float64
	for _, p := range m.points {
		if measured(p) {
			values = append(values, value(p))
			raw = append(raw, widgets.ChartPoint{X: m.Axis.of(p), Y: value(p)})
		}
	}
	for i, v := range smooth(values, keepShare(len(values))) {
		even = append(even, widgets.ChartPoint{X: raw[i].X, Y: v})
		if math.IsNaN(values[i]) || math.IsInf(values[i], 0) {
			d.Marks = append(d.Marks, widgets.ChartMark{X: raw[i].X, Label: bad, Bad: true})
		}
	}
	return raw, even
}

// span sets the range of x to the whole run, so that the curve grows into it,
// and marks where each pass begins.
func (m *Model) span(d *widgets.ChartData) {
	r := m.snap.Run
	passes := r.Recipe.Passes
	switch m.Axis {
	case ByStep:
		d.XMax = float64(r.Steps)
	case ByPass:
		d.XMax = float64(passes)
	case ByTokens:
		if r.Step > 0 && r.Steps > 0 {
			d.XMax = float64(roundTo(float64(r.TrainedTokens)/float64(r.Step)*float64(r.Steps), 2))
			d.XMax = math.Max(d.XMax, float64(r.TrainedTokens))
		}
		d.XText = func(v float64) string { return widgets.Count(int64(v)) }
	case ByTime:
		total := r.Seconds
		if n := len(m.points); n > 0 {
			total = math.Max(total, m.points[n-1].Seconds)
		}
		d.XMax = total + m.snap.Left.Seconds()
		d.XText = func(v float64) string { return Clock(seconds(v)) }
	}
	if n := len(m.points); n > 0 {
		d.XMax = math.Max(d.XMax, m.Axis.of(m.points[n-1]))
	}
	if m.Axis == ByPass || passes < 2 || passes > 12 {
		return
	}
	for k := 1; k < passes; k++ {
		label := fmt.Sprintf("pass %d", k+1)
		if x, ok := m.passStart(k); ok {
			d.Marks = append(d.Marks, widgets.ChartMark{X: x, Label: label})
		} else if m.Axis == ByStep && r.Steps > 0 && r.Recipe.MaxSteps == 0 {
			d.Marks = append(d.Marks, widgets.ChartMark{X: float64(r.Steps) * float64(k) / float64(passes), Label: label})
		}
	}
}

// passStart is where pass k (from 0) begins on the axis, once it has.
func (m *Model) passStart(k int) (float64, bool) {
	for _, p := range m.points {
		if p.Pass >= float64(k)-1e-9 {
			return m.Axis.of(p), true
		}
	}
	return 0, false
}

// read is the read-out at x: the nearest step.
func (m *Model) read(x float64, even []widgets.ChartPoint) (widgets.ChartRead, bool) {
	best := -1
	for i, p := range m.points {
		if best < 0 || math.Abs(m.Axis.of(p)-x) < math.Abs(m.Axis.of(m.points[best])-x) {
			best = i
		}
	}
	if best < 0 {
		return widgets.ChartRead{}, false
	}
	p := m.points[best]
	r := widgets.ChartRead{X: m.Axis.of(p), Title: "step " + widgets.Count(int64(p.Step))}
	if m.Axis == ByTime {
		r.Title += ", " + Clock(seconds(p.Seconds))
	}
	if measured(p) {
		r.Lines = append(r.Lines, [2]string{"train", lossText(p.Loss)})
		for _, q := range even {
			if q.X == r.X {
				r.Lines = append(r.Lines, [2]string{"train, smoothed", lossText(q.Y)})
				break
			}
		}
	}
	if p.Eval != nil {
		r.Lines = append(r.Lines, [2]string{"eval", lossText(*p.Eval)})
		r.Dot = &widgets.ChartPoint{X: r.X, Y: *p.Eval}
	}
	if measured(p) {
		r.Lines = append(r.Lines, [2]string{"learning rate", RateText(p.LR)}, [2]string{"gradient norm", lossText(p.GradNorm)})
	}
	return r, true
}

func lossText(v float64) string {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return "not a number"
	}
	return widgets.Number(v, 3)
}

// Clock writes a time since the start: 4:05 or 1:02:09.
func Clock(d time.Duration) string {
	s := int(d.Seconds())
	if s >= 3600 {
		return fmt.Sprintf("%d:%02d:%02d", s/3600, s/60%60, s%60)
	}
	return fmt.Sprintf("%d:%02d", s/60, s%60)
}

// MemoryChart is the memory of the trainer over the run.
func (m *Model) MemoryChart() widgets.ChartData {
	var points []widgets.ChartPoint
	var most float64
	for _, p := range m.points {
		if p.Memory > 0 {
			points = append(points, widgets.ChartPoint{X: float64(p.Step), Y: float64(p.Memory)})
			most = math.Max(most, float64(p.Memory))
		}
	}
	most = math.Max(most, float64(m.snap.MemoryForecast))
	end := float64(m.snap.Run.Steps)
	if n := len(points); n > 0 && m.snap.Run.State == training.StateFailed {
		end = points[n-1].X
	}
	return widgets.ChartData{Bare: true, YMin: 0, YMax: most*1.15 + 1, XMin: 0, XMax: math.Max(end, 1), Series: []widgets.ChartSeries{{Name: "memory", Color: theme.Series3, Points: points}}}
}

// csvHead names the columns of csvLine, with their units where they have one.
const csvHead = "step,pass,train_loss,eval_loss,learning_rate,gradient_norm,tokens,trained_tokens,tokens_per_second,memory_bytes,seconds"

// WriteCSV writes every point, none left out.
func WriteCSV(w io.Writer, points []training.Point) error {
	b := bufio.NewWriter(w)
	fmt.Fprintln(b, csvHead)
	for _, p := range points {
		fmt.Fprintln(b, csvLine(p))
	}
	return b.Flush()
}

func csvLine(p training.Point) string {
	num := func(v float64) string {
		if math.IsNaN(v) {
			return "NaN"
		}
		return strconv.FormatFloat(v, 'g', -1, 64)
	}
	loss, eval := num(p.Loss), ""
	if !measured(p) {
		loss = ""
	}
	if p.Eval != nil {
		eval = num(*p.Eval)
	}
	return fmt.Sprintf("%d,%s,%s,%s,%s,%s,%d,%d,%s,%d,%s", p.Step, num(p.Pass), loss, eval, num(p.LR), num(p.GradNorm), p.Tokens, p.TrainedTokens, num(p.TokensPerSecond), p.Memory, num(p.Seconds))
}
