package widgets

import (
	"image"
	"image/color"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	fynetheme "fyne.io/fyne/v2/theme"

	"github.com/modelfactory/modelfactory/ui/theme"
)

// CreateRenderer implements fyne.Widget.
func (c *Chart) CreateRenderer() fyne.WidgetRenderer {
	r := &chartRenderer{chart: c}
	r.curves = canvas.NewRaster(r.draw)
	r.cursor = canvas.NewRectangle(color.Transparent)
	r.dot = canvas.NewCircle(color.Transparent)
	r.ring = canvas.NewRectangle(color.Transparent)
	r.box = newReadOut()
	c.renderer = r
	r.arrange()
	return r
}

// refreshCursor moves the read-out only: the curves are not drawn again.
func (c *Chart) refreshCursor() {
	if c.renderer != nil {
		c.renderer.placeCursor()
	}
}

type chartRenderer struct {
	chart  *Chart
	size   fyne.Size
	grid   []*canvas.Rectangle
	words  []*canvas.Text
	curves *canvas.Raster
	cursor *canvas.Rectangle
	dot    *canvas.Circle
	ring   *canvas.Rectangle
	box    *readOut

	nGrid, nWords int
	objects       []fyne.CanvasObject
}

func (r *chartRenderer) color(n fyne.ThemeColorName) color.Color {
	return fynetheme.ColorForWidget(n, r.chart)
}

func (r *chartRenderer) tickSize() float32 {
	return fynetheme.SizeForWidget(theme.SizeTick, r.chart)
}

func (r *chartRenderer) Destroy()                     {}
func (r *chartRenderer) MinSize() fyne.Size           { return r.chart.min }
func (r *chartRenderer) Objects() []fyne.CanvasObject { return r.objects }

func (r *chartRenderer) Layout(size fyne.Size) {
	if size == r.size {
		return
	}
	r.size = size
	r.arrange()
}

func (r *chartRenderer) Refresh() {
	r.arrange()
	canvas.Refresh(r.chart)
}

// line takes a rectangle from the pool and places it.
func (r *chartRenderer) line(c fyne.ThemeColorName, x, y, w, h float32) {
	if r.nGrid == len(r.grid) {
		r.grid = append(r.grid, canvas.NewRectangle(color.Transparent))
	}
	o := r.grid[r.nGrid]
	r.nGrid++
	o.FillColor = r.color(c)
	o.Move(fyne.NewPos(x, y))
	o.Resize(fyne.NewSize(w, h))
}

// word takes a text from the pool and places it; anchor 0 is its left end at
// x, 0.5 its middle, 1 its right end. y is its vertical middle.
func (r *chartRenderer) word(s string, c fyne.ThemeColorName, x, y float32, anchor float32) fyne.Size {
	if r.nWords == len(r.words) {
		r.words = append(r.words, canvas.NewText("", color.Transparent))
	}
	o := r.words[r.nWords]
	r.nWords++
	o.Text, o.TextSize, o.Color = s, r.tickSize(), r.color(c)
	m := o.MinSize()
	x = floor(x - m.Width*anchor)
	x = max(0, min(x, floor(r.size.Width-m.Width)))
	o.Move(fyne.NewPos(x, floor(y-m.Height/2)))
	o.Resize(fyne.NewSize(ceil(m.Width), m.Height))
	return m
}

// arrange computes axes and ticks and places everything but the cursor's box.
func (r *chartRenderer) arrange() {
	r.nGrid, r.nWords = 0, 0
	d := r.chart.data
	x0, x1, y0, y1, ok := d.bounds()
	if d.Bare {
		r.arrangeBare(x0, x1, y0, y1)
	} else {
		r.arrangeAxes(x0, x1, y0, y1, ok)
	}
	r.curves.Move(fyne.NewPos(0, 0))
	r.curves.Resize(r.size)
	r.objects = r.objects[:0]
	for _, o := range r.grid[:r.nGrid] {
		r.objects = append(r.objects, o)
	}
	for _, o := range r.words[:r.nWords] {
		r.objects = append(r.objects, o)
	}
	r.objects = append(r.objects, r.curves, r.cursor, r.dot, r.ring)
	r.objects = append(r.objects, r.box.objects()...)
	r.placeCursor()
	canvas.Refresh(r.curves)
}

func (r *chartRenderer) arrangeBare(x0, x1, y0, y1 float64) {
	w, h := r.size.Width, r.size.Height
	r.chart.plot = plotArea{0, 1, w, h - 1, x0, x1, y0, y1}
	r.line(theme.Line, 0, 0, w, 1)
	r.line(theme.Border, 0, h-1, w, 1)
	for _, l := range r.chart.data.Limits {
		r.line(l.Color, 0, floor(r.chart.plot.placeY(l.Y)), w, 1)
	}
}

func (r *chartRenderer) arrangeAxes(x0, x1, y0, y1 float64, ok bool) {
	d := r.chart.data
	size := r.tickSize()
	lineHeight := ceil(size * 1.35)
	top := ceil(lineHeight / 2)
	if d.YUnit != "" {
		top += lineHeight + 2
	}
	bottom := floor(r.size.Height - lineHeight*2 - 6)
	want := max(2, int((bottom-top)/52))
	ticks, lo, hi := niceTicks(y0, y1, want)
	if d.YMin != 0 || d.YMax != 0 {
		lo, hi = y0, y1
		ticks = innerTicks(y0, y1, niceStep((y1-y0)/float64(want)))
	}
	text := d.YText
	if text == nil {
		text = sameDigits(ticks)
	}
	left := float32(0)
	for _, v := range ticks {
		if ok {
			left = max(left, fyne.MeasureText(text(v), size, fyne.TextStyle{}).Width)
		}
	}
	left = ceil(max(left, 18)) + 8
	right := floor(r.size.Width - 10)
	p := plotArea{left, top, right, bottom, x0, x1, lo, hi}
	r.chart.plot = p
	for _, v := range ticks {
		y := floor(p.placeY(v))
		if v != lo && ok {
			r.line(theme.Line, left, y, right-left, 1)
		}
		if ok {
			r.word(text(v), theme.Text3, left-8, y, 1)
		}
	}
	if d.YUnit != "" {
		r.word(d.YUnit, theme.Text3, 0, lineHeight/2, 0)
	}
	r.xAxis(p, lineHeight, ok)
	for _, m := range d.Marks {
		r.mark(p, m, lineHeight)
	}
	for _, l := range d.Limits {
		r.line(l.Color, left, floor(p.placeY(l.Y)), right-left, 1)
	}
	r.line(theme.Border, left, bottom, right-left, 1)
}

func (r *chartRenderer) xAxis(p plotArea, lineHeight float32, ok bool) {
	d := r.chart.data
	if !ok {
		r.word(d.Empty, theme.Text3, (p.left+p.right)/2, (p.top+p.bottom)/2, 0.5)
		return
	}
	want := max(2, min(6, int((p.right-p.left)/90)))
	var ticks []float64
	switch {
	case d.XTime:
		ticks = timeTicks(p.x0, p.x1, want)
	case d.XWhole:
		ticks = wholeTicks(p.x0, p.x1, want)
	default:
		ticks = innerTicks(p.x0, p.x1, niceStep((p.x1-p.x0)/float64(want)))
	}
	text := d.XText
	if text == nil {
		text = tickText
	}
	for _, v := range ticks {
		x := floor(p.placeX(v))
		r.line(theme.Border, x, p.bottom+1, 1, 4)
		r.word(text(v), theme.Text3, x, p.bottom+6+lineHeight/2, 0.5)
	}
	r.word(d.XTitle, theme.Text3, p.right, p.bottom+4+lineHeight*1.5, 1)
}

func (r *chartRenderer) mark(p plotArea, m ChartMark, lineHeight float32) {
	if m.X < p.x0 || m.X > p.x1 {
		return
	}
	x := floor(p.placeX(m.X))
	line, word := theme.Line, theme.Text3
	if m.Bad {
		line, word = theme.Bad, theme.Bad
	}
	r.line(line, x, p.top, 1, p.bottom-p.top)
	if m.Label == "" {
		return
	}
	w := fyne.MeasureText(m.Label, r.tickSize(), fyne.TextStyle{}).Width
	y := p.top + lineHeight/2
	if m.Bad { // below the names of passes
		y += lineHeight
	}
	if x+6+w > p.right {
		r.word(m.Label, word, x-5, y, 1)
	} else {
		r.word(m.Label, word, x+5, y, 0)
	}
}

// draw is the raster's generator; w and h are device pixels.
func (r *chartRenderer) draw(w, h int) image.Image {
	p := newPen(max(w, 1), max(h, 1))
	area := r.chart.plot
	if area.empty() || r.size.Width <= 0 {
		return p.dst
	}
	k := float32(w) / r.size.Width
	x := func(v float64) float32 { return area.placeX(v) * k }
	y := func(v float64) float32 { return area.placeY(v) * k }
	ground := r.color(theme.Surface)
	for _, s := range r.chart.data.Series {
		c := r.color(s.Color)
		width := s.Width
		if width == 0 {
			width = 2
		}
		if s.Faint {
			width, c = 1, mix(c, ground, 0.45)
		}
		parts, gaps := runs(s.Points, x, y)
		if s.Fill {
			for _, part := range parts {
				p.area(part, area.bottom*k)
			}
			p.paint(mix(c, ground, 0.3))
		}
		for _, part := range parts {
			p.line(part, width*k)
		}
		p.paint(c)
		if s.Dots {
			r.drawDots(p, s, k, x, y, c, ground)
		}
		// A cross on the axis says that a value is missing here.
		for _, g := range gaps {
			b := area.bottom*k - 1*k
			p.segment(pixel{g - 4*k, b - 8*k}, pixel{g + 4*k, b}, 0.9*k)
			p.segment(pixel{g - 4*k, b}, pixel{g + 4*k, b - 8*k}, 0.9*k)
		}
		if len(gaps) > 0 {
			p.paint(r.color(theme.Bad))
		}
	}
	return p.dst
}

// drawDots draws the newest point and those before it that stand clear of the
// next one: rings over one another would hide the lines.
func (r *chartRenderer) drawDots(p *pen, s ChartSeries, k float32, x, y func(float64) float32, c, ground color.Color) {
	var dots []pixel
	for _, q := range slices.Backward(s.Points) {
		at := pixel{x(q.X), y(q.Y)}
		if finite(q.Y) && (len(dots) == 0 || dots[len(dots)-1].x-at.x > 14*k) {
			dots = append(dots, at)
		}
	}
	for _, at := range dots {
		p.disc(at, 4.5*k)
	}
	p.paint(c)
	for _, at := range dots {
		p.disc(at, 2.7*k)
	}
	p.paint(ground)
}

// placeCursor shows the read-out while the pointer or the keyboard is on the
// chart.
func (r *chartRenderer) placeCursor() {
	c := r.chart
	var read ChartRead
	on := c.hover || c.focused
	if on {
		read, on = c.read(c.at)
	}
	p := c.plot
	if !on || p.empty() || c.data.Bare {
		r.cursor.Hide()
		r.dot.Hide()
		r.ring.Hide()
		r.box.hide()
		return
	}
	x := floor(p.placeX(read.X))
	r.cursor.FillColor = r.color(theme.Text3)
	r.cursor.Move(fyne.NewPos(x, p.top))
	r.cursor.Resize(fyne.NewSize(1, p.bottom-p.top))
	r.cursor.Show()
	if read.Dot != nil && finite(read.Dot.Y) {
		r.dot.FillColor = r.color(read.dotColor())
		r.dot.Move(fyne.NewPos(p.placeX(read.Dot.X)-4.5, p.placeY(read.Dot.Y)-4.5))
		r.dot.Resize(fyne.NewSize(9, 9))
		r.dot.Show()
	} else {
		r.dot.Hide()
	}
	r.focusRing()
	r.box.fill(read, r.color, r.tickSize())
	side := x - 12 - r.box.size.Width
	if side < p.left+4 {
		side = x + 12
	}
	r.box.place(fyne.NewPos(side, floor(min(p.top+26, max(p.top, p.bottom-r.box.size.Height-4)))))
	r.box.show()
}

func (r *chartRenderer) focusRing() {
	if !r.chart.focused {
		r.ring.Hide()
		return
	}
	r.ring.StrokeColor, r.ring.StrokeWidth, r.ring.CornerRadius = r.color(theme.Primary), 2, theme.RadiusControl
	r.ring.Move(fyne.NewPos(-4, -4))
	r.ring.Resize(r.size.AddWidthHeight(8, 8))
	r.ring.Show()
}

// readOut is the box beside the cursor.
type readOut struct {
	edge, ground *canvas.Rectangle
	title        *canvas.Text
	names        []*canvas.Text
	values       []*canvas.Text
	used         int
	size         fyne.Size
	line         float32
}

// readOutLines is the most a read-out has: series of a chart and a few facts.
const readOutLines = 8

func newReadOut() *readOut {
	b := &readOut{
		edge: canvas.NewRectangle(color.Transparent), ground: canvas.NewRectangle(color.Transparent),
		title: canvas.NewText("", color.Transparent),
	}
	b.title.TextStyle.Bold = true
	for range readOutLines {
		b.names = append(b.names, canvas.NewText("", color.Transparent))
		b.values = append(b.values, canvas.NewText("", color.Transparent))
	}
	b.hide()
	return b
}

func (b *readOut) objects() []fyne.CanvasObject {
	all := []fyne.CanvasObject{b.edge, b.ground, b.title}
	for i := range b.names {
		all = append(all, b.names[i], b.values[i])
	}
	return all
}

func (b *readOut) fill(read ChartRead, color func(fyne.ThemeColorName) color.Color, size float32) {
	b.used = min(len(read.Lines), readOutLines)
	b.line = ceil(size * 1.45)
	b.edge.FillColor, b.edge.CornerRadius = color(theme.Border), theme.RadiusControl
	b.ground.FillColor, b.ground.CornerRadius = color(theme.Surface), theme.RadiusControl-1
	b.title.Text, b.title.TextSize, b.title.Color = read.Title, size+1, color(theme.Text)
	width := b.title.MinSize().Width
	for i := range b.used {
		n, v := b.names[i], b.values[i]
		n.Text, n.TextSize, n.Color = read.Lines[i][0], size, color(theme.Text2)
		v.Text, v.TextSize, v.Color = read.Lines[i][1], size, color(theme.Text)
		width = max(width, n.MinSize().Width+24+v.MinSize().Width)
	}
	b.size = fyne.NewSize(max(ceil(width)+24, 160), ceil(size*1.6)+b.line*float32(b.used)+16)
}

func (b *readOut) place(at fyne.Position) {
	b.edge.Move(at)
	b.edge.Resize(b.size)
	b.ground.Move(at.AddXY(1, 1))
	b.ground.Resize(b.size.SubtractWidthHeight(2, 2))
	b.title.Move(at.AddXY(12, 7))
	b.title.Resize(b.title.MinSize())
	y := at.Y + 7 + ceil(b.title.TextSize*1.6)
	for i := range b.used {
		n, v := b.names[i], b.values[i]
		n.Move(fyne.NewPos(at.X+12, y))
		n.Resize(n.MinSize())
		w := v.MinSize().Width
		v.Move(fyne.NewPos(floor(at.X+b.size.Width-12-w), y))
		v.Resize(v.MinSize())
		y += b.line
	}
}

func (b *readOut) show() {
	b.edge.Show()
	b.ground.Show()
	b.title.Show()
	for i := range b.names {
		if i < b.used {
			b.names[i].Show()
			b.values[i].Show()
			b.names[i].Refresh()
			b.values[i].Refresh()
		} else {
			b.names[i].Hide()
			b.values[i].Hide()
		}
	}
	b.title.Refresh()
}

func (b *readOut) hide() {
	for _, o := range b.objects() {
		o.Hide()
	}
}
