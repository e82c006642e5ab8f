package widgets

import (
	"image"
	"math"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	fynetheme "fyne.io/fyne/v2/theme"

	"github.com/modelfactory/modelfactory/assets/icons"
	"github.com/modelfactory/modelfactory/ui/theme"
)

// CreateRenderer implements fyne.Widget.
func (g *LineageGraph) CreateRenderer() fyne.WidgetRenderer {
	r := &graphRenderer{g: g, content: &fyne.Container{}, ring: newRing(theme.RadiusCard - 3)}
	r.edges = canvas.NewRaster(r.draw)
	r.clip = container.NewClip(r.content)
	r.objects = []fyne.CanvasObject{r.clip, r.ring}
	r.fill()
	return r
}

type graphRenderer struct {
	g       *LineageGraph
	size    fyne.Size
	content *fyne.Container
	clip    *container.Clip
	edges   *canvas.Raster
	boxes   []*graphBox
	words   []*canvas.Text // titles of columns, labels of edges
	ring    *canvas.Rectangle
	objects []fyne.CanvasObject
}

// graphBox is what a node is drawn with.
type graphBox struct {
	frame       *Frame
	icon, state *canvas.Image
	lines       []*canvas.Text
}

func (r *graphRenderer) Layout(size fyne.Size) {
	if size != r.size {
		r.size = size
		if !r.g.moved {
			r.g.fit()
		}
	}
	r.fill()
}

func (r *graphRenderer) fill() {
	g := r.g
	put(r.clip, 0, 0, r.size.Width, r.size.Height)
	put(r.content, 0, 0, r.size.Width, r.size.Height)
	put(r.edges, 0, 0, r.size.Width, r.size.Height)
	r.ring.Move(fyne.NewPos(1, 1)) // inside: the card around it would cut it off
	r.ring.Resize(r.size.SubtractWidthHeight(2, 2))
	g.focus.ring(r.ring, g)
	show(r.ring, g.focused && !g.click.quiet)
	r.content.Objects = append(r.content.Objects[:0], r.edges)
	for i, n := range g.nodes {
		if i == len(r.boxes) {
			r.boxes = append(r.boxes, &graphBox{frame: NewFrame(theme.Surface, theme.Line, theme.RadiusCard), icon: canvas.NewImageFromResource(nil), state: canvas.NewImageFromResource(nil)})
		}
		r.box(r.boxes[i], n, g.place(i))
	}
	r.texts()
	canvas.Refresh(r.edges)
}

func (r *graphRenderer) box(b *graphBox, n GraphNode, p graphPlace) {
	z := r.g.zoom
	edge, ground, thick := theme.Line, theme.Surface, float32(1)
	if n.State == NodeDiffers {
		edge = theme.Bad
	}
	if r.g.hovered == n.ID {
		ground = theme.Hover
	}
	if r.g.selected == n.ID {
		thick = 2
		if n.State != NodeDiffers {
			edge = theme.Primary
		}
	}
	b.frame.Set(ground, edge, thick)
	put(b.frame, p.x, p.y, p.w, p.h)
	r.content.Objects = append(r.content.Objects, b.frame)
	px := floor(IconRow*z + 0.5)
	r.picture(b.icon, n.Icon, theme.Text2, px, p.x+nodePad*z, p.y+13*z)
	mark, ink := icons.Name(""), theme.Ok
	switch n.State {
	case NodeEqual:
		mark = icons.Check
	case NodeDiffers:
		mark, ink = icons.Warning, theme.Bad
	case NodeAbsent:
		mark, ink = icons.NetworkOff, theme.Text3
	}
	r.picture(b.state, mark, ink, px, p.x+p.w-nodePad*z-px, p.y+13*z)
	for len(b.lines) < len(n.Lines)+2 {
		b.lines = append(b.lines, canvas.NewText("", theme.None))
	}
	inner := p.w - 2*nodePad*z
	r.text(b.lines[0], n.Title, Style{Bold: true}, p.x+(nodePad+20)*z, p.y+10*z, 20*z, inner-(40*z))
	y := p.y + 30*z
	for i, line := range n.Lines {
		r.text(b.lines[i+1], line, Caption, p.x+nodePad*z, y, 18*z, inner)
		y += 18 * z
	}
	last := b.lines[len(n.Lines)+1]
	switch {
	case n.Note != "":
		r.text(last, n.Note, Caption.In(theme.Bad), p.x+nodePad*z, y, 18*z, inner)
	case n.Digest != "":
		r.text(last, n.Digest, Style{Size: theme.SizeMono, Mono: true, Color: theme.Text2}, p.x+nodePad*z, y, 18*z, inner)
	}
}

func (r *graphRenderer) picture(img *canvas.Image, name icons.Name, ink fyne.ThemeColorName, px, x, y float32) {
	if name == "" {
		return
	}
	if res := IconResource(name, fynetheme.ColorForWidget(ink, r.g), px); img.Resource != res {
		img.Resource = res
		img.Refresh()
	}
	put(img, floor(x), floor(y), px, px)
	r.content.Objects = append(r.content.Objects, img)
}

// text writes one line in a place, cut with "…" to a width; 0 is any.
func (r *graphRenderer) text(t *canvas.Text, s string, style Style, x, y, line, width float32) {
	t.TextSize = style.size(r.g) * r.g.zoom / growth() // the zoom has the growth in it
	t.TextStyle = style.text()
	t.Color = fynetheme.ColorForWidget(style.color(), r.g)
	if width > 0 && fyne.MeasureText(s, t.TextSize, t.TextStyle).Width > width {
		s = cutScaled(s, t, width)
	}
	t.Text = s
	m := t.MinSize()
	put(t, floor(x), floor(y+(line-m.Height)/2), m.Width, m.Height)
	r.content.Objects = append(r.content.Objects, t)
}

func cutScaled(s string, t *canvas.Text, width float32) string {
	runes := []rune(s)
	for n := len(runes) - 1; n > 0; n-- {
		if short := string(runes[:n]) + "…"; fyne.MeasureText(short, t.TextSize, t.TextStyle).Width <= width {
			return short
		}
	}
	return "…"
}

func (r *graphRenderer) texts() {
	g, n := r.g, 0
	next := func() *canvas.Text {
		if n == len(r.words) {
			r.words = append(r.words, canvas.NewText("", theme.None))
		}
		n++
		return r.words[n-1]
	}
	for i, title := range g.titles {
		if !slices.ContainsFunc(g.nodes, func(n GraphNode) bool { return n.Column == i }) {
			continue // the graph is fitted to its boxes: a title alone would be cut off
		}
		r.text(next(), title, Caption, g.pan.X+float32(i)*nodeColumn*g.zoom, g.pan.Y, 24*g.zoom, 0)
	}
	for _, e := range g.edges {
		if from := g.index(e.From); e.Label != "" && from >= 0 {
			p := g.place(from)
			r.text(next(), e.Label, Style{Size: theme.SizeTick, Color: theme.Text2}, p.x+p.w+6*g.zoom, p.y+p.h/2+8*g.zoom, 16*g.zoom, 0)
		}
	}
}

// draw is the raster's generator: the edges in device pixels.
func (r *graphRenderer) draw(w, h int) image.Image {
	p := newPen(max(w, 1), max(h, 1))
	if r.size.Width <= 0 {
		return p.dst
	}
	k := float32(w) / r.size.Width
	z := r.g.zoom
	for _, strong := range []bool{false, true} {
		for _, e := range r.g.edges {
			from, to := r.g.index(e.From), r.g.index(e.To)
			if e.Strong != strong || from < 0 || to < 0 {
				continue
			}
			points := edgePath(r.g.place(from), r.g.place(to), 9*z)
			for i := range points {
				points[i].x *= k
				points[i].y *= k
			}
			width := 1.3 * z
			if strong {
				width = 2 * z
			}
			p.line(points, width*k)
			arrow(p, points, 6*z*k, width*k)
		}
		ink := theme.Border
		if strong {
			ink = theme.Series1
		}
		p.paint(fynetheme.ColorForWidget(ink, r.g))
	}
	return p.dst
}

// edgePath is a Bézier curve from the side of one box to that of another, or a
// straight one between boxes of one column, as a polyline. short leaves room
// for the arrow's head.
func edgePath(a, b graphPlace, short float32) []pixel {
	if a.x == b.x {
		x := a.x + a.w/2
		if a.y > b.y {
			return []pixel{{x, a.y}, {x, b.y + b.h + 2}}
		}
		return []pixel{{x, a.y + a.h}, {x, b.y - 2}}
	}
	from, to := pixel{a.x + a.w, a.y + a.h/2}, pixel{b.x - 2, b.y + b.h/2}
	bend := max((to.x-from.x)/2, short*3)
	if a.x > b.x {
		from, to = pixel{a.x, a.y + a.h/2}, pixel{b.x + b.w + 2, b.y + b.h/2}
		bend = -max((from.x-to.x)/2, short*3)
	}
	c1, c2 := pixel{from.x + bend, from.y}, pixel{to.x - bend, to.y}
	const n = 40
	points := make([]pixel, 0, n+1)
	for i := 0; i <= n; i++ {
		t := float32(i) / n
		u := 1 - t
		w0, w1, w2, w3 := u*u*u, 3*u*u*t, 3*u*t*t, t*t*t
		points = append(points, pixel{w0*from.x + w1*c1.x + w2*c2.x + w3*to.x, w0*from.y + w1*c1.y + w2*c2.y + w3*to.y})
	}
	return points
}

// arrow adds an open head at the end of a line.
func arrow(p *pen, points []pixel, size, width float32) {
	n := len(points)
	end, before := points[n-1], points[max(0, n-6)]
	a := math.Atan2(float64(end.y-before.y), float64(end.x-before.x))
	for _, turn := range []float64{math.Pi - 0.55, math.Pi + 0.55} {
		s, c := math.Sincos(a + turn)
		p.line([]pixel{end, {end.x + size*float32(c), end.y + size*float32(s)}}, width)
	}
}

func (r *graphRenderer) MinSize() fyne.Size { return fyne.NewSize(320, 240) }

func (r *graphRenderer) Refresh() {
	r.fill()
	canvas.Refresh(r.g)
}

func (r *graphRenderer) Objects() []fyne.CanvasObject { return r.objects }
func (r *graphRenderer) Destroy()                     {}
