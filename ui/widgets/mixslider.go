package widgets

import (
	"math"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	fynetheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"github.com/modelfactory/modelfactory/ui/theme"
)

// MixSlider sets a share from 0 to 1 in a source's own colour. Drag it, click
// on the track, or with the keyboard: arrows 1 %, Page Up and Down 10 %, Home
// and End.
type MixSlider struct {
	widget.BaseWidget
	focus
	value   float64
	color   fyne.ThemeColorName
	over    bool
	changed func(share float64)
}

var (
	_ fyne.Draggable    = (*MixSlider)(nil)
	_ fyne.Tappable     = (*MixSlider)(nil)
	_ fyne.Focusable    = (*MixSlider)(nil)
	_ desktop.Hoverable = (*MixSlider)(nil)
)

const thumb = 16

// NewMixSlider makes a slider; changed is called at each move by the person.
func NewMixSlider(c fyne.ThemeColorName, changed func(share float64)) *MixSlider {
	s := &MixSlider{color: c, changed: changed}
	s.ExtendBaseWidget(s)
	return s
}

// SetValue shows a share without calling changed.
func (s *MixSlider) SetValue(share float64) {
	if share = clampShare(share); share != s.value {
		s.value = share
		s.Refresh()
	}
}

// move sets a share in whole percent by the person's hand.
func (s *MixSlider) move(share float64) {
	share = math.Round(clampShare(share)*100) / 100
	if share == s.value {
		return
	}
	s.value = share
	s.Refresh()
	if s.changed != nil {
		s.changed(share)
	}
}

func (s *MixSlider) moveTo(x float32) {
	s.move(float64((x - thumb/2) / max(s.Size().Width-thumb, 1)))
}

// Tapped implements fyne.Tappable.
func (s *MixSlider) Tapped(e *fyne.PointEvent) {
	if c := fyne.CurrentApp().Driver().CanvasForObject(s); c != nil {
		c.Focus(s)
	}
	s.moveTo(e.Position.X)
}

// Dragged implements fyne.Draggable.
func (s *MixSlider) Dragged(e *fyne.DragEvent) { s.moveTo(e.Position.X) }

// DragEnd implements fyne.Draggable.
func (s *MixSlider) DragEnd() {}

// MouseIn implements desktop.Hoverable.
func (s *MixSlider) MouseIn(*desktop.MouseEvent) { s.over = true; s.Refresh() }

// MouseMoved implements desktop.Hoverable.
func (s *MixSlider) MouseMoved(*desktop.MouseEvent) {}

// MouseOut implements desktop.Hoverable.
func (s *MixSlider) MouseOut() { s.over = false; s.Refresh() }

// FocusGained implements fyne.Focusable.
func (s *MixSlider) FocusGained() { s.focused = true; s.Refresh() }

// FocusLost implements fyne.Focusable.
func (s *MixSlider) FocusLost() { s.focused = false; s.Refresh() }

// TypedRune implements fyne.Focusable.
func (s *MixSlider) TypedRune(rune) {}

// TypedKey implements fyne.Focusable.
func (s *MixSlider) TypedKey(e *fyne.KeyEvent) {
	switch e.Name {
	case fyne.KeyLeft, fyne.KeyDown:
		s.move(s.value - 0.01)
	case fyne.KeyRight, fyne.KeyUp:
		s.move(s.value + 0.01)
	case fyne.KeyPageDown:
		s.move(s.value - 0.1)
	case fyne.KeyPageUp:
		s.move(s.value + 0.1)
	case fyne.KeyHome:
		s.move(0)
	case fyne.KeyEnd:
		s.move(1)
	}
}

// CreateRenderer implements fyne.Widget.
func (s *MixSlider) CreateRenderer() fyne.WidgetRenderer {
	r := &mixSliderRenderer{s: s, ring: newRing(thumb / 2)}
	for range 4 {
		r.rects = append(r.rects, canvas.NewRectangle(theme.None))
	}
	r.objects = []fyne.CanvasObject{r.rects[0], r.rects[1], r.rects[2], r.rects[3], r.ring}
	r.apply()
	return r
}

type mixSliderRenderer struct {
	s       *MixSlider
	rects   []*canvas.Rectangle // track, active part, rim of the thumb, its middle
	ring    *canvas.Rectangle
	objects []fyne.CanvasObject
}

func (r *mixSliderRenderer) apply() {
	middle := theme.Surface
	if r.s.over {
		middle = theme.Selection
	}
	for i, c := range []fyne.ThemeColorName{theme.Track, r.s.color, r.s.color, middle} {
		r.rects[i].FillColor = fynetheme.ColorForWidget(c, r.s)
		r.rects[i].CornerRadius = []float32{2, 2, thumb / 2, thumb/2 - 2}[i]
	}
	r.s.focus.ring(r.ring, r.s)
}

func (r *mixSliderRenderer) Layout(size fyne.Size) {
	y := floor(size.Height / 2)
	x := floor(float32(r.s.value)*(size.Width-thumb) + 0.5)
	put(r.rects[0], 0, y-2, size.Width, 4)
	put(r.rects[1], 0, y-2, x+thumb/2, 4)
	put(r.rects[2], x, y-thumb/2, thumb, thumb)
	put(r.rects[3], x+2, y-thumb/2+2, thumb-4, thumb-4)
	r.ring.Move(fyne.NewPos(x-3, y-thumb/2-3))
	r.ring.Resize(fyne.NewSquareSize(thumb + 6))
}

func (r *mixSliderRenderer) MinSize() fyne.Size { return fyne.NewSize(80, 28) }

func (r *mixSliderRenderer) Refresh() {
	r.apply()
	r.Layout(r.s.Size())
	canvas.Refresh(r.s)
}

func (r *mixSliderRenderer) Objects() []fyne.CanvasObject { return r.objects }
func (r *mixSliderRenderer) Destroy()                     {}
