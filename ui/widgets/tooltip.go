package widgets

import (
	"slices"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"

	"github.com/modelfactory/modelfactory/ui/task"
	"github.com/modelfactory/modelfactory/ui/theme"
)

// tipDelay is how long the pointer rests before a tooltip shows.
const tipDelay = 600 * time.Millisecond

// tipWidth is how wide a tooltip gets before it wraps.
const tipWidth = 320

// TipLayer is the topmost layer of a window, on which tooltips are drawn. Fyne
// has no tooltips, and its pop-ups take the pointer away from what they explain,
// so this layer lies in the window's content and lets every event through.
type TipLayer struct {
	widget.BaseWidget
	box  *fyne.Container
	text *Wrapped
}

// layers holds the tip layers of each canvas, the topmost last: a dialog has
// its own. UI goroutine only.
var layers = map[fyne.Canvas][]*TipLayer{}

func topLayer(c fyne.Canvas) *TipLayer {
	if n := len(layers[c]); n > 0 {
		return layers[c][n-1]
	}
	return nil
}

// NewTipLayer makes the layer; put it last in the window's content and give it
// the canvas with Attach.
func NewTipLayer() *TipLayer {
	l := &TipLayer{text: NewWrapped("", Small)}
	l.box = Layers(NewFrame(theme.Surface, theme.Border, theme.RadiusControl), Pad(5, 9, 5, 9, l.text))
	l.box.Hide()
	l.ExtendBaseWidget(l)
	return l
}

// Attach makes the layer show the tooltips of a canvas, until detach.
func (l *TipLayer) Attach(c fyne.Canvas) (detach func()) {
	layers[c] = append(layers[c], l)
	return func() {
		layers[c] = slices.DeleteFunc(layers[c], func(o *TipLayer) bool { return o == l })
		if len(layers[c]) == 0 {
			delete(layers, c)
		}
	}
}

// Showing returns the text of the tooltip that is shown, or "".
func (l *TipLayer) Showing() string {
	if l.box.Visible() {
		return l.text.Text()
	}
	return ""
}

// CreateRenderer implements fyne.Widget.
func (l *TipLayer) CreateRenderer() fyne.WidgetRenderer {
	return widget.NewSimpleRenderer(&fyne.Container{Objects: []fyne.CanvasObject{l.box}})
}

// MinSize implements fyne.CanvasObject: the layer asks for no room.
func (l *TipLayer) MinSize() fyne.Size { return fyne.Size{} }

func (l *TipLayer) show(text string, at fyne.Position, below float32) {
	l.text.SetText(text)
	w := min(NewText(text, Small).MinSize().Width, tipWidth) + 18
	h := l.text.HeightFor(w-18) + 10
	size := l.Size()
	x := max(min(at.X, size.Width-w-4), 4)
	y := at.Y + below + 6
	if y+h > size.Height-4 {
		y = max(at.Y-h-6, 4)
	}
	put(l.box, floor(x), floor(y), w, h)
	l.box.Show()
	l.Refresh() // what was hidden does not know its canvas and asks for no repaint
}

func (l *TipLayer) hide() {
	if l.box.Visible() {
		l.box.Hide()
		l.Refresh()
	}
}

// hover is the part of a widget that knows whether the pointer is over it and
// shows its tooltip.
type hover struct {
	owner  fyne.CanvasObject
	tip    string
	over   bool
	cancel func()
}

func (h *hover) enter(_ *desktop.MouseEvent, tip string) {
	h.over = true
	if tip == "" {
		return
	}
	h.cancel = task.After(task.Current(), tipDelay, func() {
		driver := fyne.CurrentApp().Driver()
		c := driver.CanvasForObject(h.owner)
		if l := topLayer(c); l != nil && h.over {
			l.show(tip, driver.AbsolutePositionForObject(h.owner), h.owner.Size().Height)
		}
	})
}

func (h *hover) leave() {
	h.over = false
	if h.cancel != nil {
		h.cancel()
		h.cancel = nil
	}
	if l := topLayer(fyne.CurrentApp().Driver().CanvasForObject(h.owner)); l != nil {
		l.hide()
	}
}

// Tipped shows a tooltip for an object that takes no pointer itself.
type Tipped struct {
	widget.BaseWidget
	hover
	o fyne.CanvasObject
}

// Tip gives o a tooltip.
func Tip(o fyne.CanvasObject, text string) *Tipped {
	t := &Tipped{o: o}
	t.tip = text
	t.ExtendBaseWidget(t)
	t.owner = t
	return t
}

// HeightFor returns the height of what is inside.
func (t *Tipped) HeightFor(width float32) float32 { return HeightFor(t.o, width) }

func (t *Tipped) grows() bool { return growing(t.o) }

// MouseIn implements desktop.Hoverable.
func (t *Tipped) MouseIn(e *desktop.MouseEvent) { t.enter(e, t.tip) }

// MouseMoved implements desktop.Hoverable.
func (h *hover) MouseMoved(*desktop.MouseEvent) {}

// MouseOut implements desktop.Hoverable.
func (t *Tipped) MouseOut() { t.leave() }

// CreateRenderer implements fyne.Widget.
func (t *Tipped) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(t.o) }
