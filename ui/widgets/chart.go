package widgets

import (
	"math"
	"sort"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"

	"github.com/modelfactory/modelfactory/ui/theme"
)

// ChartPoint is one value. A NaN or infinite Y is a gap in a line and gets a
// mark on the axis.
type ChartPoint struct{ X, Y float64 }

// ChartSeries is one curve. Points are in ascending X. All of them are kept;
// only the drawing is thinned to what the pixels can show.
type ChartSeries struct {
	Name   string
	Color  fyne.ThemeColorName
	Width  float32 // 0: 2
	Faint  bool    // drawn thin and pale behind the others: raw values under a smoothed curve
	Dots   bool    // a ring at each point
	Fill   bool    // a pale ground down to the axis
	Points []ChartPoint
}

// ChartMark is a vertical line at X: the start of a pass, or with Bad a step
// at which something went wrong.
type ChartMark struct {
	X     float64
	Label string
	Bad   bool
}

// ChartLimit is a horizontal line at Y: the memory of the card.
type ChartLimit struct {
	Y     float64
	Color fyne.ThemeColorName
}

// ChartRead is what the read-out shows.
type ChartRead struct {
	X     float64 // where the cursor snaps to
	Title string
	Lines [][2]string // name, value with unit
	Dot   *ChartPoint // a point to emphasise
	Color fyne.ThemeColorName
}

// ChartData is everything a chart shows.
type ChartData struct {
	Series     []ChartSeries
	Marks      []ChartMark
	Limits     []ChartLimit
	XTitle     string  // unit of the x axis, written under its end
	YUnit      string  // unit of the y axis, written over its top; empty when the title says it
	XMin, XMax float64 // both 0: from the points
	YMin, YMax float64 // both 0: from the points
	XWhole     bool    // x counts things: ticks stand on whole numbers
	XTime      bool    // x is seconds: ticks stand where a clock has them
	Empty      string  // said in the middle while there is no value
	XText      func(float64) string
	YText      func(float64) string
	// Read answers what stands at x; nil shows each series' value nearest to it.
	Read func(x float64) (ChartRead, bool)
	// Bare leaves out the grid and all numbers: a line that fits in a side card.
	Bare bool
}

// Chart draws lines and dots over axes with units and tells what is under the
// pointer. With the keyboard: Tab to it, then Left, Right, Home and End move
// the read-out.
type Chart struct {
	widget.BaseWidget

	data    ChartData
	min     fyne.Size
	hover   bool
	focused bool
	at      float64 // x of the cursor while hover or focused
	plot    plotArea

	renderer *chartRenderer // the newest: moving the cursor must not redraw the curves
}

var (
	_ desktop.Hoverable = (*Chart)(nil)
	_ fyne.Focusable    = (*Chart)(nil)
)

// NewChart makes an empty chart that is at least as large as min.
func NewChart(min fyne.Size) *Chart {
	c := &Chart{min: min}
	c.ExtendBaseWidget(c)
	return c
}

// SetData replaces what is shown. The cursor stays where it is.
func (c *Chart) SetData(d ChartData) {
	c.data = d
	c.Refresh()
}

// MinSize is the size given at the start.
func (c *Chart) MinSize() fyne.Size {
	c.ExtendBaseWidget(c)
	return c.min
}

// MouseIn shows the read-out.
func (c *Chart) MouseIn(e *desktop.MouseEvent) { c.MouseMoved(e) }

// MouseMoved moves it.
func (c *Chart) MouseMoved(e *desktop.MouseEvent) {
	if c.data.Bare || c.plot.empty() {
		return
	}
	c.hover = true
	c.at = c.plot.valueX(e.Position.X)
	c.refreshCursor()
}

// MouseOut takes it away.
func (c *Chart) MouseOut() {
	c.hover = false
	c.refreshCursor()
}

// FocusGained shows the read-out at the last point.
func (c *Chart) FocusGained() {
	c.focused = true
	if xs := c.xs(); len(xs) > 0 && !c.hover {
		c.at = xs[len(xs)-1]
	}
	c.refreshCursor()
}

// FocusLost takes it away.
func (c *Chart) FocusLost() {
	c.focused = false
	c.refreshCursor()
}

// TypedRune does nothing: a chart takes no text.
func (c *Chart) TypedRune(rune) {}

// TypedKey moves the read-out from point to point.
func (c *Chart) TypedKey(e *fyne.KeyEvent) {
	xs := c.xs()
	if len(xs) == 0 {
		return
	}
	i := sort.SearchFloat64s(xs, c.at)
	switch e.Name {
	case fyne.KeyLeft:
		i--
	case fyne.KeyRight:
		if i < len(xs) && xs[i] <= c.at {
			i++
		}
	case fyne.KeyHome:
		i = 0
	case fyne.KeyEnd:
		i = len(xs) - 1
	default:
		return
	}
	c.at = xs[max(0, min(i, len(xs)-1))]
	c.refreshCursor()
}

// xs are all places a read-out can stand on, ascending, each once.
func (c *Chart) xs() []float64 {
	var xs []float64
	for _, s := range c.data.Series {
		for _, p := range s.Points {
			xs = append(xs, p.X)
		}
	}
	sort.Float64s(xs)
	out := xs[:0]
	for i, x := range xs {
		if i == 0 || x != xs[i-1] {
			out = append(out, x)
		}
	}
	return out
}

// read asks the data's own Read, or takes the nearest point of each series.
func (c *Chart) read(x float64) (ChartRead, bool) {
	if c.data.Read != nil {
		return c.data.Read(x)
	}
	best, found := 0.0, false
	for _, s := range c.data.Series {
		if p, ok := nearest(s.Points, x); ok && (!found || math.Abs(p.X-x) < math.Abs(best-x)) {
			best, found = p.X, true
		}
	}
	if !found {
		return ChartRead{}, false
	}
	r := ChartRead{X: best, Title: c.xText(best)}
	if c.data.XTitle != "" {
		r.Title = c.data.XTitle + " " + r.Title
	}
	for _, s := range c.data.Series {
		if p, ok := nearest(s.Points, best); ok && p.X == best {
			r.Lines = append(r.Lines, [2]string{s.Name, c.yText(p.Y)})
		}
	}
	return r, true
}

func (c *Chart) xText(v float64) string {
	if c.data.XText != nil {
		return c.data.XText(v)
	}
	return tickText(v)
}

func (c *Chart) yText(v float64) string {
	if math.IsNaN(v) {
		return "not a number"
	}
	if c.data.YText != nil {
		return c.data.YText(v)
	}
	return tickText(v)
}

func nearest(points []ChartPoint, x float64) (ChartPoint, bool) {
	if len(points) == 0 {
		return ChartPoint{}, false
	}
	i := sort.Search(len(points), func(i int) bool { return points[i].X >= x })
	if i == len(points) {
		return points[i-1], true
	}
	if i > 0 && x-points[i-1].X < points[i].X-x {
		i--
	}
	return points[i], true
}

// bounds are the ranges of both axes: as given, else around the finite points.
func (d ChartData) bounds() (x0, x1, y0, y1 float64, ok bool) {
	x0, y0 = math.Inf(1), math.Inf(1)
	x1, y1 = math.Inf(-1), math.Inf(-1)
	for _, s := range d.Series {
		for _, p := range s.Points {
			x0, x1 = math.Min(x0, p.X), math.Max(x1, p.X)
			if finite(p.Y) {
				y0, y1 = math.Min(y0, p.Y), math.Max(y1, p.Y)
			}
		}
	}
	for _, l := range d.Limits {
		y0, y1 = math.Min(y0, l.Y), math.Max(y1, l.Y)
	}
	if d.XMin != 0 || d.XMax != 0 {
		x0, x1 = d.XMin, d.XMax
	}
	if d.YMin != 0 || d.YMax != 0 {
		y0, y1 = d.YMin, d.YMax
	}
	if !finite(x0) || !finite(x1) || !finite(y0) || !finite(y1) {
		return 0, 1, 0, 1, false
	}
	if x1 <= x0 {
		x1 = x0 + 1
	}
	if y1 <= y0 {
		y0, y1 = y0-0.5, y0+0.5
	}
	return x0, x1, y0, y1, true
}

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }

// plotArea maps values to places in the widget.
type plotArea struct {
	left, top, right, bottom float32
	x0, x1, y0, y1           float64
}

func (p plotArea) empty() bool { return p.right <= p.left || p.bottom <= p.top }

func (p plotArea) placeX(v float64) float32 {
	return p.left + float32((v-p.x0)/(p.x1-p.x0))*(p.right-p.left)
}

func (p plotArea) placeY(v float64) float32 {
	return p.bottom - float32((v-p.y0)/(p.y1-p.y0))*(p.bottom-p.top)
}

func (p plotArea) valueX(x float32) float64 {
	share := float64((x - p.left) / (p.right - p.left))
	return p.x0 + math.Max(0, math.Min(1, share))*(p.x1-p.x0)
}

// dotColor is the colour of the emphasised point.
func (r ChartRead) dotColor() fyne.ThemeColorName {
	if r.Color != "" {
		return r.Color
	}
	return theme.Series2
}
