package widgets

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	fynetheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"github.com/modelfactory/modelfactory/ui/theme"
)

// StackPart is one part of a StackBar.
type StackPart struct {
	Value float64
	Color fyne.ThemeColorName
}

// StackBar shows parts of a whole side by side; a legend beside it names them.
type StackBar struct {
	widget.BaseWidget
	parts  []StackPart
	total  float64
	mark   float64 // < 0: none
	gap    float32
	height float32
}

// NewStackBar makes a bar of a height, with gap between its parts.
func NewStackBar(height, gap float32) *StackBar {
	b := &StackBar{height: height, gap: gap, mark: -1}
	b.ExtendBaseWidget(b)
	return b
}

// Set shows the parts of total; total 0 is their sum. mark is a place on the
// same scale that gets a tick (free memory), negative for none.
func (b *StackBar) Set(parts []StackPart, total, mark float64) {
	if total <= 0 {
		for _, p := range parts {
			total += p.Value
		}
	}
	b.parts, b.total, b.mark = parts, total, mark
	b.Refresh()
}

// CreateRenderer implements fyne.Widget.
func (b *StackBar) CreateRenderer() fyne.WidgetRenderer {
	r := &stackBarRenderer{b: b}
	r.track, r.mark = canvas.NewRectangle(theme.None), canvas.NewRectangle(theme.None)
	r.fill()
	return r
}

type stackBarRenderer struct {
	b           *StackBar
	track, mark *canvas.Rectangle
	pieces      []*canvas.Rectangle
	objects     []fyne.CanvasObject
}

// fill brings the rectangles in line with the parts and their places.
func (r *stackBarRenderer) fill() {
	b, size := r.b, r.b.Size()
	color := func(n fyne.ThemeColorName, o *canvas.Rectangle) { o.FillColor = fynetheme.ColorForWidget(n, b) }
	y := floor((size.Height - b.height) / 2)
	color(theme.Track, r.track)
	r.track.CornerRadius = theme.RadiusBar
	put(r.track, 0, y, size.Width, b.height)
	r.objects = append(r.objects[:0], r.track)
	var sum float64
	var x float32
	for i, p := range b.parts {
		if i == len(r.pieces) {
			r.pieces = append(r.pieces, canvas.NewRectangle(theme.None))
		}
		o := r.pieces[i]
		color(p.Color, o)
		sum += max(p.Value, 0)
		end := size.Width
		if b.total > 0 {
			end = min(floor(float32(sum/b.total)*size.Width+0.5), size.Width)
		}
		w := end - x
		if end < size.Width-0.5 {
			w -= b.gap
		}
		// Only the ends of the whole bar are round.
		o.TopLeftCornerRadius, o.BottomLeftCornerRadius = 0, 0
		o.TopRightCornerRadius, o.BottomRightCornerRadius = 0, 0
		if x == 0 {
			o.TopLeftCornerRadius, o.BottomLeftCornerRadius = theme.RadiusBar, theme.RadiusBar
		}
		if end >= size.Width-0.5 {
			o.TopRightCornerRadius, o.BottomRightCornerRadius = theme.RadiusBar, theme.RadiusBar
		}
		put(o, x, y, w, b.height)
		x = end
		if w >= 1 {
			r.objects = append(r.objects, o)
		}
	}
	if b.mark >= 0 && b.total > 0 {
		color(theme.Text, r.mark)
		put(r.mark, floor(float32(clampShare(b.mark/b.total))*(size.Width-2)), y-3, 2, b.height+6)
		r.objects = append(r.objects, r.mark)
	}
}

func (r *stackBarRenderer) Layout(fyne.Size)             { r.fill() }
func (r *stackBarRenderer) Objects() []fyne.CanvasObject { return r.objects }
func (r *stackBarRenderer) Destroy()                     {}

func (r *stackBarRenderer) MinSize() fyne.Size {
	h := r.b.height
	if r.b.mark >= 0 {
		h += 6
	}
	return fyne.NewSize(24, h)
}

func (r *stackBarRenderer) Refresh() {
	r.fill()
	canvas.Refresh(r.b)
}
