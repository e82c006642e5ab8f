package widgets

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"

	"github.com/modelfactory/modelfactory/assets/icons"
	"github.com/modelfactory/modelfactory/ui/theme"
)

// Link is text in the main colour that does something. It takes Tab; Space and
// Enter follow it.
type Link struct {
	widget.BaseWidget
	hover
	focus
	icon   icons.Name
	style  Style
	text   string
	tapped func()
}

// NewLink makes a link in body size.
func NewLink(text string, tapped func()) *Link {
	l := &Link{text: text, tapped: tapped, style: Style{Color: theme.Primary}}
	l.ExtendBaseWidget(l)
	l.owner = l
	return l
}

// Small sets it in caption size. It returns l, as Icon and Tip do.
func (l *Link) Small() *Link { l.style.Size = theme.SizeCaption; return l }

// Icon puts an icon before the text.
func (l *Link) Icon(name icons.Name) *Link { l.icon = name; return l }

// Tip sets the tooltip.
func (l *Link) Tip(text string) *Link { l.tip = text; return l }

// SetText changes the text.
func (l *Link) SetText(text string) {
	if l.text != text {
		l.text = text
		l.Refresh()
	}
}

// Text returns the text.
func (l *Link) Text() string { return l.text }

// Tapped implements fyne.Tappable.
func (l *Link) Tapped(*fyne.PointEvent) {
	if l.tapped != nil {
		l.tapped()
	}
}

// Cursor implements desktop.Cursorable.
func (l *Link) Cursor() desktop.Cursor { return desktop.PointerCursor }

// MouseIn implements desktop.Hoverable.
func (l *Link) MouseIn(e *desktop.MouseEvent) { l.enter(e, l.tip); l.Refresh() }

// MouseOut implements desktop.Hoverable.
func (l *Link) MouseOut() { l.leave(); l.Refresh() }

// FocusGained implements fyne.Focusable.
func (l *Link) FocusGained() { l.focused = true; l.Refresh() }

// FocusLost implements fyne.Focusable.
func (l *Link) FocusLost() { l.focused = false; l.Refresh() }

// TypedRune implements fyne.Focusable.
func (l *Link) TypedRune(rune) {}

// TypedKey implements fyne.Focusable.
func (l *Link) TypedKey(e *fyne.KeyEvent) {
	switch e.Name {
	case fyne.KeySpace, fyne.KeyReturn, fyne.KeyEnter:
		l.Tapped(nil)
	default:
		Forward(l, e)
	}
}

// CreateRenderer implements fyne.Widget.
func (l *Link) CreateRenderer() fyne.WidgetRenderer {
	r := &linkRenderer{l: l, ring: newRing(2), icon: NewIcon(icons.Dot, IconButton, theme.Primary), text: NewText("", l.style), under: NewFill(theme.Primary, 0)}
	r.objects = []fyne.CanvasObject{r.ring, r.icon, r.text, r.under}
	r.apply()
	return r
}

type linkRenderer struct {
	l       *Link
	ring    *canvas.Rectangle
	icon    *Icon
	text    *Text
	under   *Fill
	objects []fyne.CanvasObject
}

func (r *linkRenderer) apply() {
	l := r.l
	l.focus.ring(r.ring, l)
	r.text.Set(l.text, l.style)
	r.icon.Set(pick(l.icon, icons.Dot), l.style.Color)
	show(r.icon, l.icon != "")
	show(r.under, l.over)
}

func (r *linkRenderer) Layout(size fyne.Size) {
	layRing(r.ring, size)
	var x float32
	if r.l.icon != "" {
		w := r.icon.MinSize().Width
		put(r.icon, 0, 0, w, size.Height)
		x = w + 8
	}
	m := r.text.MinSize()
	put(r.text, x, floor((size.Height-m.Height)/2), m.Width, m.Height)
	put(r.under, x, floor(size.Height/2+r.l.style.size(r.l)/2)+1, m.Width, 1)
}

func (r *linkRenderer) MinSize() fyne.Size {
	m := r.text.MinSize()
	if r.l.icon != "" {
		m.Width += r.icon.MinSize().Width + 8
	}
	return m
}

func (r *linkRenderer) Refresh() {
	r.apply()
	r.Layout(r.l.Size())
	canvas.Refresh(r.l)
}
func (r *linkRenderer) Objects() []fyne.CanvasObject { return r.objects }
func (r *linkRenderer) Destroy()                     {}
