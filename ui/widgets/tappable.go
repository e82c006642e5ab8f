package widgets

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"

	"github.com/modelfactory/modelfactory/ui/theme"
)

// Tappable makes anything do something when it is clicked, or when Space or
// Enter is pressed on it: rows of cards, steps, parts of the status bar.
type Tappable struct {
	widget.BaseWidget
	hover
	focus
	body   fyne.CanvasObject
	ground *Fill
	rest   fyne.ThemeColorName
	under  fyne.ThemeColorName
	tapped func()
	right  func()
	radius float32
}

// NewTappable wraps body; its ground stays as it is under the pointer.
func NewTappable(body fyne.CanvasObject, tapped func()) *Tappable {
	t := &Tappable{body: body, tapped: tapped, rest: theme.Clear, under: theme.Clear, radius: 3}
	t.ground = NewFill(theme.Clear, 0)
	t.ExtendBaseWidget(t)
	t.owner = t
	return t
}

// Hovered gives it a ground while the pointer is over it. It returns t, as do
// Rounded, Tip and Other.
func (t *Tappable) Hovered(c fyne.ThemeColorName) *Tappable { t.under = c; return t }

// Rounded sets the corner radius of ground and focus ring.
func (t *Tappable) Rounded(radius float32) *Tappable {
	t.radius = radius
	t.ground.radius = radius
	return t
}

// Tip sets the tooltip.
func (t *Tappable) Tip(text string) *Tappable { t.tip = text; return t }

// Other sets what a click with the other button, or the Delete key, does.
func (t *Tappable) Other(f func()) *Tappable { t.right = f; return t }

// SetGround changes the ground at rest: theme.Selection for a chosen row.
func (t *Tappable) SetGround(c fyne.ThemeColorName) {
	t.rest = c
	t.paint()
}

func (t *Tappable) paint() {
	c := t.rest
	if t.over && t.under != theme.Clear && c == theme.Clear {
		c = t.under
	}
	t.ground.SetColor(c)
}

// HeightFor returns the height of what is inside.
func (t *Tappable) HeightFor(width float32) float32 { return HeightFor(t.body, width) }

func (t *Tappable) grows() bool { return growing(t.body) }

// Tapped implements fyne.Tappable.
func (t *Tappable) Tapped(*fyne.PointEvent) {
	if t.tapped != nil {
		t.tapped()
	}
}

// TappedSecondary implements fyne.SecondaryTappable.
func (t *Tappable) TappedSecondary(*fyne.PointEvent) {
	if t.right != nil {
		t.right()
	}
}

// Cursor implements desktop.Cursorable.
func (t *Tappable) Cursor() desktop.Cursor { return desktop.PointerCursor }

// MouseIn implements desktop.Hoverable.
func (t *Tappable) MouseIn(e *desktop.MouseEvent) { t.enter(e, t.tip); t.paint() }

// MouseOut implements desktop.Hoverable.
func (t *Tappable) MouseOut() { t.leave(); t.paint() }

// FocusGained implements fyne.Focusable.
func (t *Tappable) FocusGained() { t.focused = true; t.Refresh() }

// FocusLost implements fyne.Focusable.
func (t *Tappable) FocusLost() { t.focused = false; t.Refresh() }

// TypedRune implements fyne.Focusable.
func (t *Tappable) TypedRune(rune) {}

// TypedKey implements fyne.Focusable.
func (t *Tappable) TypedKey(e *fyne.KeyEvent) {
	switch {
	case e.Name == fyne.KeySpace || e.Name == fyne.KeyReturn || e.Name == fyne.KeyEnter:
		t.Tapped(nil)
	case e.Name == fyne.KeyDelete && t.right != nil:
		t.right()
	default:
		Forward(t, e)
	}
}

// CreateRenderer implements fyne.Widget.
func (t *Tappable) CreateRenderer() fyne.WidgetRenderer {
	ring := newRing(t.radius)
	body := Layers(t.ground, t.body)
	return &ringRenderer{w: t, focus: &t.focus, ring: ring, body: body, objects: []fyne.CanvasObject{ring, body}}
}
