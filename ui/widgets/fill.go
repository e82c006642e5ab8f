package widgets

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	fynetheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"github.com/modelfactory/modelfactory/ui/theme"
)

// Fill is a plain ground in a theme colour.
type Fill struct {
	widget.BaseWidget
	color  fyne.ThemeColorName
	radius float32
	min    fyne.Size
}

// NewFill makes a ground with a corner radius.
func NewFill(c fyne.ThemeColorName, radius float32) *Fill {
	f := &Fill{color: c, radius: radius}
	f.ExtendBaseWidget(f)
	return f
}

// NewRule makes a 1 px line as wide, or as high, as its place.
func NewRule() *Fill {
	f := NewFill(theme.Line, 0)
	f.min = fyne.NewSquareSize(1)
	return f
}

// NewDot makes a round mark of px.
func NewDot(c fyne.ThemeColorName, px float32) fyne.CanvasObject {
	return Fixed(px, px, NewFill(c, px/2))
}

// NewSwatch makes the square of a legend.
func NewSwatch(c fyne.ThemeColorName) fyne.CanvasObject { return Fixed(10, 10, NewFill(c, 2)) }

// SetColor changes the colour.
func (f *Fill) SetColor(c fyne.ThemeColorName) {
	if f.color != c {
		f.color = c
		f.Refresh()
	}
}

// CreateRenderer implements fyne.Widget.
func (f *Fill) CreateRenderer() fyne.WidgetRenderer {
	r := &fillRenderer{f: f, rect: canvas.NewRectangle(nil)}
	r.objects = []fyne.CanvasObject{r.rect}
	r.apply()
	return r
}

type fillRenderer struct {
	f       *Fill
	rect    *canvas.Rectangle
	objects []fyne.CanvasObject
}

func (r *fillRenderer) apply() {
	r.rect.FillColor = fynetheme.ColorForWidget(r.f.color, r.f)
	r.rect.CornerRadius = r.f.radius
}

func (r *fillRenderer) Layout(size fyne.Size) { r.rect.Resize(size) }
func (r *fillRenderer) MinSize() fyne.Size    { return r.f.min }
func (r *fillRenderer) Refresh() {
	r.apply()
	canvas.Refresh(r.rect)
}
func (r *fillRenderer) Objects() []fyne.CanvasObject { return r.objects }
func (r *fillRenderer) Destroy()                     {}
