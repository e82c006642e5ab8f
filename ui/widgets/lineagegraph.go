package widgets

import (
	"math"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"

	"github.com/modelfactory/modelfactory/assets/icons"
)

// NodeState says what a check found about a node.
type NodeState int

// The states of a node.
const (
	NodeUnknown NodeState = iota // not checked
	NodeEqual                    // recomputed and equal
	NodeDiffers                  // a file differs
	NodeAbsent                   // not here, cannot be recomputed: grey, never green
)

// GraphNode is a box of the graph.
type GraphNode struct {
	ID     string
	Column int // 0 at the left
	Title  string
	Icon   icons.Name
	Lines  []string // second lines
	Digest string   // last line, in mono; already short
	State  NodeState
	Note   string // why it differs, in red instead of the digest
}

// GraphEdge is an arrow.
type GraphEdge struct {
	From, To string
	Label    string
	Strong   bool // made from it; else it only points there (replaced by)
}

// LineageGraph draws boxes and arrows. Drag moves it, the wheel zooms at the
// pointer; click selects, double click opens. With the keyboard: Left and Right
// along the edges, Up and Down within a column, Enter opens, + and − zoom, F
// fits.
type LineageGraph struct {
	widget.BaseWidget
	focus

	// OnSelect is called when the person selects a node.
	OnSelect func(id string)
	// OnOpen is called by double click and Enter.
	OnOpen func(id string)
	// OnZoom is called when the zoom changed, in percent.
	OnZoom func(percent int)

	titles []string
	nodes  []GraphNode
	edges  []GraphEdge
	places []graphPlace // of the nodes, at zoom 1

	selected string
	hovered  string
	zoom     float32
	pan      fyne.Position
	moved    bool // by the person: a new size no longer fits it again
	click    struct {
		id    string
		at    time.Time
		quiet bool // focused without a ring until the next key
	}
}

var (
	_ fyne.Draggable    = (*LineageGraph)(nil)
	_ fyne.Scrollable   = (*LineageGraph)(nil)
	_ fyne.Tappable     = (*LineageGraph)(nil)
	_ fyne.Focusable    = (*LineageGraph)(nil)
	_ desktop.Hoverable = (*LineageGraph)(nil)
)

type graphPlace struct{ x, y, w, h float32 }

// Measures of the graph at zoom 1.
const (
	nodeWidth    = 244
	nodeColumn   = nodeWidth + 40
	nodeGap      = 24
	nodePad      = 12
	graphMargin  = 16
	graphTitle   = 36
	smallestZoom = 0.3
	largestZoom  = 2
)

// NewLineageGraph makes an empty graph.
func NewLineageGraph() *LineageGraph {
	g := &LineageGraph{zoom: 1}
	g.ExtendBaseWidget(g)
	return g
}

// SetGraph shows nodes in their columns, each column under its title, in the
// order given. The selection stays when its node is still there.
func (g *LineageGraph) SetGraph(titles []string, nodes []GraphNode, edges []GraphEdge) {
	g.titles, g.nodes, g.edges = titles, nodes, edges
	g.arrange()
	if g.index(g.selected) < 0 {
		g.selected = ""
	}
	if !g.moved {
		g.fit()
	}
	g.Refresh()
}

// Select shows a node as selected, without calling OnSelect.
func (g *LineageGraph) Select(id string) {
	if g.selected != id {
		g.selected = id
		g.Refresh()
	}
}

// Selected is the selected node's id, or "".
func (g *LineageGraph) Selected() string { return g.selected }

// Fit shows everything, never larger than 100 %.
func (g *LineageGraph) Fit() {
	g.moved = false
	g.fit()
	g.Refresh()
}

// ZoomBy changes the zoom around the middle; 1.1 is ten percent more.
func (g *LineageGraph) ZoomBy(factor float32) {
	s := g.Size()
	g.zoomAt(factor, fyne.NewPos(s.Width/2, s.Height/2))
}

// Percent is the zoom.
func (g *LineageGraph) Percent() int { return int(math.Round(float64(g.zoom/growth()) * 100)) }

func (n GraphNode) height() float32 {
	h := float32(10 + 20 + 18*len(n.Lines) + 10)
	if n.Digest != "" || n.Note != "" {
		h += 18
	}
	return h
}

// arrange stacks each column and centres it on the highest one.
func (g *LineageGraph) arrange() {
	g.places = make([]graphPlace, len(g.nodes))
	var heights []float32
	for _, n := range g.nodes {
		for len(heights) <= n.Column {
			heights = append(heights, -nodeGap)
		}
		heights[n.Column] += n.height() + nodeGap
	}
	var highest float32
	for _, h := range heights {
		highest = max(highest, h)
	}
	next := make([]float32, len(heights))
	for i, h := range heights {
		next[i] = graphTitle + floor((highest-h)/2)
	}
	for i, n := range g.nodes {
		g.places[i] = graphPlace{float32(n.Column) * nodeColumn, next[n.Column], nodeWidth, n.height()}
		next[n.Column] += n.height() + nodeGap
	}
}

func (g *LineageGraph) extent() fyne.Size {
	var s fyne.Size
	for _, p := range g.places {
		s = s.Max(fyne.NewSize(p.x+p.w, p.y+p.h))
	}
	return s
}

func (g *LineageGraph) fit() {
	size, all := g.Size(), g.extent()
	if size.Width <= 0 || all.Width <= 0 {
		return
	}
	z := min((size.Width-2*graphMargin)/all.Width, (size.Height-2*graphMargin)/all.Height, growth())
	g.setZoom(max(z, smallestZoom))
	g.pan = fyne.NewPos(max(graphMargin, floor((size.Width-all.Width*g.zoom)/2)), graphMargin)
}

func (g *LineageGraph) setZoom(z float32) {
	if g.zoom != z {
		g.zoom = z
		if g.OnZoom != nil {
			g.OnZoom(g.Percent())
		}
	}
}

func (g *LineageGraph) zoomAt(factor float32, at fyne.Position) {
	z := max(smallestZoom, min(largestZoom, g.zoom*factor))
	if whole := growth(); math.Abs(float64(z-whole)) < 0.04 {
		z = whole // text is sharpest there
	}
	k := z / g.zoom
	g.pan = fyne.NewPos(at.X-(at.X-g.pan.X)*k, at.Y-(at.Y-g.pan.Y)*k)
	g.moved = true
	g.setZoom(z)
	g.Refresh()
}

// place is where a node stands in the widget.
func (g *LineageGraph) place(i int) graphPlace {
	p := g.places[i]
	return graphPlace{floor(g.pan.X + p.x*g.zoom), floor(g.pan.Y + p.y*g.zoom), ceil(p.w * g.zoom), ceil(p.h * g.zoom)}
}

func (g *LineageGraph) index(id string) int {
	for i, n := range g.nodes {
		if n.ID == id {
			return i
		}
	}
	return -1
}

func (g *LineageGraph) at(pos fyne.Position) string {
	for i, n := range g.nodes {
		p := g.place(i)
		if pos.X >= p.x && pos.X < p.x+p.w && pos.Y >= p.y && pos.Y < p.y+p.h {
			return n.ID
		}
	}
	return ""
}

func (g *LineageGraph) choose(id string) {
	if id == "" || id == g.selected {
		return
	}
	g.selected = id
	g.reveal(id)
	g.Refresh()
	if g.OnSelect != nil {
		g.OnSelect(id)
	}
}

// reveal moves the graph until the node is in view.
func (g *LineageGraph) reveal(id string) {
	p, size := g.place(g.index(id)), g.Size()
	shift := func(at, length, view float32) float32 {
		switch {
		case at < graphMargin:
			return graphMargin - at
		case at+length > view-graphMargin && length < view:
			return view - graphMargin - at - length
		}
		return 0
	}
	g.pan = g.pan.AddXY(shift(p.x, p.w, size.Width), shift(p.y, p.h, size.Height))
}

// Tapped implements fyne.Tappable.
func (g *LineageGraph) Tapped(e *fyne.PointEvent) {
	if c := fyne.CurrentApp().Driver().CanvasForObject(g); c != nil {
		c.Focus(g)
	}
	g.Quiet() // a click shows where it is by the selection; the ring is for the keyboard
	id := g.at(e.Position)
	twice := id != "" && id == g.click.id && time.Since(g.click.at) < doubleClick
	g.click.id, g.click.at = id, time.Now()
	g.choose(id)
	if twice && g.OnOpen != nil {
		g.click.id = ""
		g.OnOpen(id)
	}
}

// Dragged implements fyne.Draggable.
func (g *LineageGraph) Dragged(e *fyne.DragEvent) {
	g.pan = g.pan.AddXY(e.Dragged.DX, e.Dragged.DY)
	g.moved = true
	g.Refresh()
}

// DragEnd implements fyne.Draggable.
func (g *LineageGraph) DragEnd() {}

// Scrolled implements fyne.Scrollable.
func (g *LineageGraph) Scrolled(e *fyne.ScrollEvent) {
	g.zoomAt(float32(math.Pow(1.1, float64(max(-3, min(3, e.Scrolled.DY/10))))), e.Position)
}

// MouseIn implements desktop.Hoverable.
func (g *LineageGraph) MouseIn(e *desktop.MouseEvent) { g.MouseMoved(e) }

// MouseMoved implements desktop.Hoverable.
func (g *LineageGraph) MouseMoved(e *desktop.MouseEvent) { g.hover(g.at(e.Position)) }

// MouseOut implements desktop.Hoverable.
func (g *LineageGraph) MouseOut() { g.hover("") }

func (g *LineageGraph) hover(id string) {
	if g.hovered != id {
		g.hovered = id
		g.Refresh()
	}
}

// Quiet hides the focus ring until the next key.
func (g *LineageGraph) Quiet() { g.click.quiet = true; g.Refresh() }

// loud shows the focus ring again.
func (g *LineageGraph) loud() {
	if g.click.quiet {
		g.click.quiet = false
		g.Refresh()
	}
}

// FocusGained implements fyne.Focusable.
func (g *LineageGraph) FocusGained() { g.focused = true; g.Refresh() }

// FocusLost implements fyne.Focusable.
func (g *LineageGraph) FocusLost() { g.focused, g.click.quiet = false, false; g.Refresh() }

// TypedRune implements fyne.Focusable.
func (g *LineageGraph) TypedRune(r rune) {
	g.loud()
	switch r {
	case '+', '=':
		g.ZoomBy(1.1)
	case '-', '−':
		g.ZoomBy(1 / 1.1)
	case 'f', 'F':
		g.Fit()
	}
}

// TypedKey implements fyne.Focusable.
func (g *LineageGraph) TypedKey(e *fyne.KeyEvent) {
	g.loud()
	if len(g.nodes) == 0 {
		return
	}
	if g.index(g.selected) < 0 {
		g.choose(g.nodes[0].ID)
		return
	}
	switch e.Name {
	case fyne.KeyLeft:
		g.choose(g.along(func(e GraphEdge) (string, string) { return e.To, e.From }))
	case fyne.KeyRight:
		g.choose(g.along(func(e GraphEdge) (string, string) { return e.From, e.To }))
	case fyne.KeyUp:
		g.choose(g.beside(-1))
	case fyne.KeyDown:
		g.choose(g.beside(1))
	case fyne.KeyReturn, fyne.KeyEnter:
		if g.OnOpen != nil {
			g.OnOpen(g.selected)
		}
	}
}

// along is the first node at the other end of an edge of the selected one.
func (g *LineageGraph) along(ends func(GraphEdge) (here, there string)) string {
	for _, e := range g.edges {
		if here, there := ends(e); here == g.selected && g.index(there) >= 0 {
			return there
		}
	}
	return ""
}

// beside is the next node of the same column.
func (g *LineageGraph) beside(step int) string {
	from := g.index(g.selected)
	for i := from + step; i >= 0 && i < len(g.nodes); i += step {
		if g.nodes[i].Column == g.nodes[from].Column {
			return g.nodes[i].ID
		}
	}
	return ""
}
