package widgets

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	fynetheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"github.com/modelfactory/modelfactory/ui/theme"
)

// Frame is a rounded ground with an edge that is exact to the pixel.
//
// A stroked rectangle is not: at scale 1 the GL painter softens its edge by a
// pixel on both sides, and the software painter strokes outside where GL
// strokes inside. So the edge is a rounded rectangle under a smaller one, and
// the straight parts are painted over once more with four plain rectangles.
type Frame struct {
	widget.BaseWidget
	ground fyne.ThemeColorName
	edge   fyne.ThemeColorName
	radius float32
	thick  float32
}

// NewFrame makes a frame with an edge of 1 px.
func NewFrame(ground, edge fyne.ThemeColorName, radius float32) *Frame {
	f := &Frame{ground: ground, edge: edge, radius: radius, thick: 1}
	f.ExtendBaseWidget(f)
	return f
}

// Set changes ground, edge and the thickness of the edge.
func (f *Frame) Set(ground, edge fyne.ThemeColorName, thick float32) {
	if f.ground != ground || f.edge != edge || f.thick != thick {
		f.ground, f.edge, f.thick = ground, edge, thick
		f.Refresh()
	}
}

// CreateRenderer implements fyne.Widget.
func (f *Frame) CreateRenderer() fyne.WidgetRenderer {
	r := &frameRenderer{f: f}
	for range 6 {
		r.objects = append(r.objects, canvas.NewRectangle(nil))
	}
	r.apply()
	return r
}

type frameRenderer struct {
	f       *Frame
	objects []fyne.CanvasObject // edge, ground, then top, bottom, left, right
}

func (r *frameRenderer) rect(i int) *canvas.Rectangle { return r.objects[i].(*canvas.Rectangle) }

func (r *frameRenderer) apply() {
	edge := fynetheme.ColorForWidget(r.f.edge, r.f)
	for i := range r.objects {
		r.rect(i).FillColor = edge
	}
	r.rect(1).FillColor = fynetheme.ColorForWidget(r.f.ground, r.f)
	r.rect(0).CornerRadius = r.f.radius
	r.rect(1).CornerRadius = max(r.f.radius-r.f.thick, 0)
}

func (r *frameRenderer) Layout(size fyne.Size) {
	w, h, t, rad := size.Width, size.Height, r.f.thick, r.f.radius
	place := func(i int, x, y, width, height float32) {
		o := r.objects[i]
		o.Move(fyne.NewPos(x, y))
		o.Resize(fyne.NewSize(max(width, 0), max(height, 0)))
	}
	place(0, 0, 0, w, h)
	place(1, t, t, w-2*t, h-2*t)
	place(2, rad, 0, w-2*rad, t)
	place(3, rad, h-t, w-2*rad, t)
	place(4, 0, rad, t, h-2*rad)
	place(5, w-t, rad, t, h-2*rad)
}

func (r *frameRenderer) MinSize() fyne.Size { return fyne.NewSquareSize(2 * r.f.radius) }

func (r *frameRenderer) Refresh() {
	r.apply()
	r.Layout(r.f.Size())
	canvas.Refresh(r.f)
}

func (r *frameRenderer) Objects() []fyne.CanvasObject { return r.objects }
func (r *frameRenderer) Destroy()                     {}

// NewCard makes a card: frame and padding of 16 around the parts, stacked with
// gap.
func NewCard(gap float32, parts ...fyne.CanvasObject) *fyne.Container {
	p := theme.CardPadding + 1
	return Layers(NewFrame(theme.Surface, theme.Line, theme.RadiusCard), Pad(p, p, p, p, VBox(gap, parts...)))
}

// NewCardIn is NewCard with an edge of another colour, for a card that failed
// (theme.Bad) or is the result (theme.Primary).
func NewCardIn(edge fyne.ThemeColorName, gap float32, parts ...fyne.CanvasObject) *fyne.Container {
	p := theme.CardPadding + 1
	return Layers(NewFrame(theme.Surface, edge, theme.RadiusCard), Pad(p, p, p, p, VBox(gap, parts...)))
}

// NewBareCard is a card without padding: rows, tables and rules reach its edge.
// The first part is usually a CardHead. Parts are inset by the 1 px edge.
func NewBareCard(parts ...fyne.CanvasObject) *fyne.Container {
	return Layers(NewFrame(theme.Surface, theme.Line, theme.RadiusCard), Pad(1, 1, 1, 1, VBox(0, parts...)))
}

// CardHead is the head of a card: title in subheading size, then parts to its
// right; put Spacer() before those that stand at the right edge. In a NewCard
// use Row directly; CardHead has the padding a NewBareCard lacks.
func CardHead(title string, parts ...fyne.CanvasObject) *fyne.Container {
	row := append([]fyne.CanvasObject{NewText(title, SubTitle)}, parts...)
	return Pad(12, theme.CardPadding, 12, theme.CardPadding, Row(8, row...))
}

// CardRow pads a row of a NewBareCard: 16 at the sides, 10 above and below.
func CardRow(parts ...fyne.CanvasObject) *fyne.Container {
	return Pad(10, theme.CardPadding, 10, theme.CardPadding, Row(8, parts...))
}

// NewSection is the grey line that heads a group of rows in a NewBareCard.
func NewSection(text string) *fyne.Container {
	return VBox(0, NewRule(),
		container.NewStack(NewFill(theme.Sunken, 0), Pad(7, theme.CardPadding, 7, theme.CardPadding, NewText(text, Caption))),
		NewRule())
}
