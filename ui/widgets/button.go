package widgets

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	fynetheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"github.com/modelfactory/modelfactory/assets/icons"
	"github.com/modelfactory/modelfactory/ui/theme"
)

type buttonKind int

const (
	kindPlain buttonKind = iota
	kindPrimary
	kindDanger
	kindGhost // no edge until hovered
)

// Button is a push button with an edge, an optional icon and the key that does
// the same. It takes Tab; Space and Enter press it.
type Button struct {
	widget.BaseWidget
	hover
	focus

	text, key string
	icon      icons.Name
	trailing  icons.Name
	kind      buttonKind
	height    fyne.ThemeSizeName
	square    bool
	off       bool
	careful   bool // Enter does not press it
	why       string
	tapped    func()
	down      bool
}

var (
	_ fyne.Tappable      = (*Button)(nil)
	_ fyne.Focusable     = (*Button)(nil)
	_ fyne.Disableable   = (*Button)(nil)
	_ desktop.Hoverable  = (*Button)(nil)
	_ desktop.Cursorable = (*Button)(nil)
)

// NewButton makes a button of normal height.
func NewButton(text string, tapped func()) *Button {
	b := &Button{text: text, tapped: tapped, height: theme.SizeControl}
	b.ExtendBaseWidget(b)
	b.hover.owner = b
	return b
}

// NewIconButton makes a square button that shows an icon only; tip says what
// it does.
func NewIconButton(icon icons.Name, tip string, tapped func()) *Button {
	b := NewButton("", tapped)
	b.icon, b.square, b.tip = icon, true, tip
	return b
}

// Primary makes it the one main action of its page. It returns b, as do the
// other methods without "Set" in their name.
func (b *Button) Primary() *Button { b.kind = kindPrimary; return b }

// Danger colours its text as one that destroys.
func (b *Button) Danger() *Button { b.kind = kindDanger; return b }

// Ghost takes its edge away until the pointer is over it.
func (b *Button) Ghost() *Button { b.kind = kindGhost; return b }

// Small makes it 26 high, for card heads and rows.
func (b *Button) Small() *Button { b.height = theme.SizeControlSmall; return b }

// Big makes it 40 high, for the one big action.
func (b *Button) Big() *Button { b.height = theme.SizeControlBig; return b }

// Icon puts an icon before the text.
func (b *Button) Icon(name icons.Name) *Button { b.icon = name; return b }

// Trailing puts an icon after the text.
func (b *Button) Trailing(name icons.Name) *Button { b.trailing = name; return b }

// Key shows the key that does the same; see nav.Hint.
func (b *Button) Key(text string) *Button { b.key = text; return b }

// Tip sets the tooltip.
func (b *Button) Tip(text string) *Button { b.tip = text; return b }

// Off starts it disabled; why is its tooltip.
func (b *Button) Off(why string) *Button { b.off, b.why = true, why; return b }

// Text returns the text on it.
func (b *Button) Text() string { return b.text }

// SetText changes the text.
func (b *Button) SetText(text string) {
	if b.text != text {
		b.text = text
		b.Refresh()
	}
}

// SetIcon changes the icon; "" takes it away.
func (b *Button) SetIcon(name icons.Name) {
	if b.icon != name {
		b.icon = name
		b.Refresh()
	}
}

// SetPrimary makes it the main action or an ordinary one.
func (b *Button) SetPrimary(on bool) {
	kind := kindPlain
	if on {
		kind = kindPrimary
	}
	if b.kind != kind {
		b.kind = kind
		b.Refresh()
	}
}

// SetTapped changes what it does.
func (b *Button) SetTapped(tapped func()) { b.tapped = tapped }

// SetEnabled enables it, or disables it with the reason as its tooltip. The
// reason belongs in words beside the button as well.
func (b *Button) SetEnabled(on bool, why string) {
	if b.off != !on || b.why != why {
		b.off, b.why = !on, why
		b.Refresh()
	}
}

// Enable implements fyne.Disableable.
func (b *Button) Enable() { b.SetEnabled(true, "") }

// Disable implements fyne.Disableable; prefer SetEnabled, which says why.
func (b *Button) Disable() { b.SetEnabled(false, b.why) }

// Disabled implements fyne.Disableable.
func (b *Button) Disabled() bool { return b.off }

// Why returns the reason it is disabled.
func (b *Button) Why() string {
	if b.off {
		return b.why
	}
	return ""
}

// Tapped implements fyne.Tappable.
func (b *Button) Tapped(*fyne.PointEvent) { b.press() }

func (b *Button) press() {
	if !b.off && b.tapped != nil {
		b.tapped()
	}
}

// MouseDown implements desktop.Mouseable.
func (b *Button) MouseDown(*desktop.MouseEvent) { b.down = true; b.Refresh() }

// MouseUp implements desktop.Mouseable.
func (b *Button) MouseUp(*desktop.MouseEvent) { b.down = false; b.Refresh() }

// MouseIn implements desktop.Hoverable.
func (b *Button) MouseIn(e *desktop.MouseEvent) {
	tip := b.tip
	if b.off && b.why != "" {
		tip = b.why
	}
	b.enter(e, tip)
	b.Refresh()
}

// MouseOut implements desktop.Hoverable.
func (b *Button) MouseOut() {
	b.down = false
	b.leave()
	b.Refresh()
}

// Cursor implements desktop.Cursorable.
func (b *Button) Cursor() desktop.Cursor {
	if b.off {
		return desktop.DefaultCursor
	}
	return desktop.PointerCursor
}

// FocusGained implements fyne.Focusable.
func (b *Button) FocusGained() { b.focused = true; b.Refresh() }

// FocusLost implements fyne.Focusable.
func (b *Button) FocusLost() { b.focused = false; b.Refresh() }

// TypedRune implements fyne.Focusable.
func (b *Button) TypedRune(rune) {}

// Careful makes a button that only the pointer and Space press: a person who
// strikes Enter twice must not sign. It returns b.
func (b *Button) Careful() *Button { b.careful = true; return b }

// TypedKey implements fyne.Focusable: Space and Enter press it.
func (b *Button) TypedKey(e *fyne.KeyEvent) {
	if b.careful && e.Name != fyne.KeySpace {
		if e.Name != fyne.KeyReturn && e.Name != fyne.KeyEnter {
			Forward(b, e)
		}
		return
	}
	switch e.Name {
	case fyne.KeySpace, fyne.KeyReturn, fyne.KeyEnter:
		b.press()
	default:
		Forward(b, e)
	}
}

// look returns ground, edge, text and icon colours of the present state.
func (b *Button) look() (ground, edge, ink, iconInk fyne.ThemeColorName) {
	ground, edge, ink, iconInk = theme.Surface, theme.Border, theme.Text, theme.Text
	switch b.kind {
	case kindPrimary:
		ground, edge, ink, iconInk = theme.Primary, theme.Primary, theme.OnPrimary, theme.OnPrimary
		if b.over {
			ground, edge = theme.PrimaryUp, theme.PrimaryUp
		}
	case kindDanger:
		ink, iconInk = theme.Bad, theme.Bad
	case kindGhost:
		ground, edge = theme.Clear, theme.Clear
	}
	if b.off {
		if b.kind == kindGhost {
			return theme.Clear, theme.Clear, theme.Border, theme.Border
		}
		return theme.Sunken, theme.Line, theme.Text3, theme.Text3
	}
	if b.kind != kindPrimary {
		switch {
		case b.down:
			ground = theme.Pressed
		case b.over:
			ground = theme.Hover
			if b.kind == kindGhost {
				ground = theme.Track
			}
		}
	}
	return ground, edge, ink, iconInk
}

// CreateRenderer implements fyne.Widget.
func (b *Button) CreateRenderer() fyne.WidgetRenderer {
	r := &buttonRenderer{
		b: b, ring: newRing(theme.RadiusControl), frame: NewFrame(theme.Surface, theme.Border, theme.RadiusControl),
		icon: NewIcon(icons.Dot, IconButton, theme.Text), text: NewText("", Body),
		key: NewText("", Tick), trailing: NewIcon(icons.ChevronDown, IconButton, theme.Text),
	}
	r.objects = []fyne.CanvasObject{r.ring, r.frame, r.icon, r.text, r.key, r.trailing}
	r.apply()
	return r
}

type buttonRenderer struct {
	b              *Button
	ring           *canvas.Rectangle
	frame          *Frame
	icon, trailing *Icon
	text, key      *Text
	objects        []fyne.CanvasObject
}

func (r *buttonRenderer) small() bool { return r.b.height == theme.SizeControlSmall }

func (r *buttonRenderer) apply() {
	b := r.b
	ground, edge, ink, iconInk := b.look()
	b.focus.ring(r.ring, b)
	r.frame.Set(ground, edge, 1)
	style := Style{Color: ink, Bold: b.kind == kindPrimary}
	switch b.height {
	case theme.SizeControlSmall:
		style.Size = theme.SizeCaption
	case theme.SizeControlBig:
		style.Size = theme.SizeBody
	}
	r.text.Set(b.text, style)
	r.key.Set(b.key, Style{Size: theme.SizeTick, Color: keyInk(b, ink)})
	r.icon.Set(pick(b.icon, icons.Dot), iconInk)
	r.trailing.Set(pick(b.trailing, icons.ChevronDown), iconInk)
	show(r.icon, b.icon != "")
	show(r.trailing, b.trailing != "")
	show(r.text, b.text != "")
	show(r.key, b.key != "")
}

func keyInk(b *Button, ink fyne.ThemeColorName) fyne.ThemeColorName {
	if b.kind == kindPrimary || b.off {
		return ink
	}
	return theme.Text2
}

func pick(name, otherwise icons.Name) icons.Name {
	if name == "" {
		return otherwise
	}
	return name
}

// show shows or hides and does nothing where nothing changes.
func show(o fyne.CanvasObject, on bool) {
	if o.Visible() == on {
		return
	}
	if on {
		o.Show()
	} else {
		o.Hide()
	}
}

func (r *buttonRenderer) pad() float32 {
	if r.small() {
		return 9
	}
	return 13
}

// width is the width of what is inside, without padding.
func (r *buttonRenderer) width() float32 {
	var w, gap float32
	for _, o := range r.objects[2:] {
		if !o.Visible() {
			continue
		}
		w += gap + o.MinSize().Width
		gap = 8
		if r.key == o {
			w += 2
		}
	}
	return w
}

func (r *buttonRenderer) Layout(size fyne.Size) {
	layRing(r.ring, size)
	put(r.frame, 0, 0, size.Width, size.Height)
	x := floor((size.Width - r.width()) / 2)
	for _, o := range r.objects[2:] {
		if !o.Visible() {
			continue
		}
		if r.key == o {
			x += 2
		}
		m := o.MinSize()
		put(o, x, floor((size.Height-m.Height)/2), m.Width, m.Height)
		x += m.Width + 8
	}
}

func (r *buttonRenderer) MinSize() fyne.Size {
	h := sizeOf(r.b.height, r.b)
	if r.b.square {
		return fyne.NewSquareSize(h)
	}
	pad := r.pad()
	w := r.width() + 2*pad
	if r.b.height == theme.SizeControlBig {
		w += 16
	}
	return fyne.NewSize(w, h)
}

func (r *buttonRenderer) Refresh() {
	r.apply()
	r.Layout(r.b.Size())
	canvas.Refresh(r.b)
}

func (r *buttonRenderer) Objects() []fyne.CanvasObject { return r.objects }
func (r *buttonRenderer) Destroy()                     {}

// focus is the part of a widget that shows the keyboard focus.
type focus struct{ focused bool }

// newRing makes the 2 px focus ring around a control with a corner radius. It
// stands 3 px outside the control's bounds, which parents do not clip; a scroll
// must leave 4 px of room.
func newRing(radius float32) *canvas.Rectangle {
	ring := canvas.NewRectangle(theme.None)
	ring.StrokeWidth = 2
	ring.CornerRadius = radius + 3
	ring.Hide()
	return ring
}

func (f *focus) ring(ring *canvas.Rectangle, w fyne.Widget) {
	ring.StrokeColor = fynetheme.ColorForWidget(theme.Primary, w)
	show(ring, f.focused)
}

func layRing(ring *canvas.Rectangle, size fyne.Size) {
	ring.Move(fyne.NewPos(-3, -3))
	ring.Resize(fyne.NewSize(size.Width+6, size.Height+6))
}
