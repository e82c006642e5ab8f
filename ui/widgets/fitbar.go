package widgets

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	fynetheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"github.com/modelfactory/modelfactory/ui/theme"
)

// FitBar shows a need against what is free: a thin bar with a mark. A word
// beside it says the same.
type FitBar struct {
	widget.BaseWidget
	need, mark float64 // shares of the whole
	color      fyne.ThemeColorName
	width      float32
}

// NewFitBar makes a bar of a fixed width; 0 lets it fill its place.
func NewFitBar(width float32) *FitBar {
	b := &FitBar{width: width, color: theme.Series3}
	b.ExtendBaseWidget(b)
	return b
}

// Set shows need and the mark of what is free, both as shares of the whole
// (more than 1 fills the bar), in a colour.
func (b *FitBar) Set(need, mark float64, c fyne.ThemeColorName) {
	need, mark = clampShare(need), clampShare(mark)
	if b.need != need || b.mark != mark || b.color != c {
		b.need, b.mark, b.color = need, mark, c
		b.Refresh()
	}
}

func clampShare(v float64) float64 {
	if !(v > 0) { // NaN too
		return 0
	}
	return min(v, 1)
}

// CreateRenderer implements fyne.Widget.
func (b *FitBar) CreateRenderer() fyne.WidgetRenderer {
	r := &fitBarRenderer{b: b}
	for range 3 {
		r.objects = append(r.objects, canvas.NewRectangle(theme.None))
	}
	r.apply()
	return r
}

type fitBarRenderer struct {
	b       *FitBar
	objects []fyne.CanvasObject // track, fill, mark
}

func (r *fitBarRenderer) apply() {
	for i, c := range []fyne.ThemeColorName{theme.Track, r.b.color, theme.Text} {
		o := r.objects[i].(*canvas.Rectangle)
		o.FillColor = fynetheme.ColorForWidget(c, r.b)
		if i < 2 {
			o.CornerRadius = theme.RadiusBar
		}
	}
}

func (r *fitBarRenderer) Layout(size fyne.Size) {
	y := floor((size.Height - 8) / 2)
	put(r.objects[0], 0, y, size.Width, 8)
	w := ceil(float32(r.b.need) * size.Width)
	show(r.objects[1], w > 0) // a rounded rectangle without width still leaves a mark
	put(r.objects[1], 0, y, max(w, 4), 8)
	show(r.objects[2], r.b.mark > 0) // nothing known of what is free
	put(r.objects[2], floor(float32(r.b.mark)*(size.Width-2)), y-3, 2, 14)
}

func (r *fitBarRenderer) MinSize() fyne.Size { return fyne.NewSize(max(r.b.width, 24), 14) }

func (r *fitBarRenderer) Refresh() {
	r.apply()
	r.Layout(r.b.Size())
	canvas.Refresh(r.b)
}

func (r *fitBarRenderer) Objects() []fyne.CanvasObject { return r.objects }
func (r *fitBarRenderer) Destroy()                     {}
