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

// Entry is Fyne's entry in the edge, height and focus ring of the design. Keys
// it has no use for (Esc, function keys, shortcuts of the window) go on to the
// window.
type Entry struct {
	widget.Entry
	bad    bool
	search bool
	width  float32
}

// NewEntry makes a one-line entry.
func NewEntry(placeholder string) *Entry {
	e := &Entry{}
	e.PlaceHolder = placeholder
	e.Scroll = fyne.ScrollHorizontalOnly
	e.ExtendBaseWidget(e)
	return e
}

// NewPassword makes an entry that hides what is typed.
func NewPassword(placeholder string) *Entry {
	e := NewEntry(placeholder)
	e.Password = true
	return e
}

// NewTextArea makes an entry of several lines that wraps words.
func NewTextArea(placeholder string, lines int) *Entry {
	e := NewEntry(placeholder)
	e.MultiLine = true
	e.Wrapping = fyne.TextWrapWord
	e.Scroll = fyne.ScrollVerticalOnly
	e.SetMinRowsVisible(lines)
	return e
}

// NewSearch makes an entry with a magnifier; Esc empties it.
func NewSearch(placeholder string) *Entry {
	e := NewEntry(placeholder)
	e.Icon = themedIcon(icons.Search, theme.Text)
	e.search = true
	return e
}

// themedIcon is an icon that follows the theme by itself, for stock widgets.
func themedIcon(name icons.Name, c fyne.ThemeColorName) fyne.Resource {
	raw := IconResource(name, iconBlack, 24)
	return fynetheme.NewColoredResource(raw, c)
}

// Width asks for a width. It returns e.
func (e *Entry) Width(w float32) *Entry { e.width = w; return e }

// SetBad draws the edge in the colour of an error; see FormField for the words.
func (e *Entry) SetBad(bad bool) {
	if e.bad != bad {
		e.bad = bad
		e.Refresh()
	}
}

// FocusGained implements fyne.Focusable.
func (e *Entry) FocusGained() {
	e.Entry.FocusGained()
	e.Refresh()
}

// FocusLost implements fyne.Focusable.
func (e *Entry) FocusLost() {
	e.Entry.FocusLost()
	e.Refresh()
}

// TypedKey implements fyne.Focusable.
func (e *Entry) TypedKey(k *fyne.KeyEvent) {
	switch k.Name {
	case fyne.KeyEscape:
		if e.search && e.Text != "" {
			e.SetText("")
			return
		}
		Forward(e, k)
	case fyne.KeyF1:
		Forward(e, k)
	default:
		e.Entry.TypedKey(k)
	}
}

// TypedShortcut implements fyne.Shortcutable.
func (e *Entry) TypedShortcut(s fyne.Shortcut) {
	if c, ok := s.(*desktop.CustomShortcut); ok {
		switch c.KeyName {
		case fyne.KeyLeft, fyne.KeyRight, fyne.KeyUp, fyne.KeyDown, fyne.KeyHome, fyne.KeyEnd, fyne.KeyBackspace, fyne.KeyDelete, fyne.KeyA:
		default:
			if h := shortcuts[fyne.CurrentApp().Driver().CanvasForObject(e)]; h != nil {
				h.TypedShortcut(s)
			}
			return
		}
	}
	e.Entry.TypedShortcut(s)
}

// shortcuts holds who answers the shortcuts of each window; UI goroutine only.
var shortcuts = map[fyne.Canvas]fyne.Shortcutable{}

// ForwardShortcuts names who answers the shortcuts of a window that an entry
// with the keyboard has no use for. Fyne gives a shortcut to the entry alone.
func ForwardShortcuts(c fyne.Canvas, to fyne.Shortcutable) (stop func()) {
	shortcuts[c] = to
	return func() { delete(shortcuts, c) }
}

// Forward hands a key that a focused widget has no use for to the window.
// Without it, Esc and F1 would end in whatever has the keyboard.
func Forward(w fyne.CanvasObject, k *fyne.KeyEvent) {
	c := fyne.CurrentApp().Driver().CanvasForObject(w)
	if c == nil {
		return
	}
	if typed := c.OnTypedKey(); typed != nil {
		typed(k)
	}
}

// MinSize implements fyne.CanvasObject.
func (e *Entry) MinSize() fyne.Size {
	e.ExtendBaseWidget(e)
	m := e.Entry.MinSize()
	if !e.MultiLine {
		m.Height = max(sizeOf(theme.SizeControl, e), ceil(m.Height))
	}
	m.Width = max(m.Width, Grown(e.width))
	return m
}

// CreateRenderer implements fyne.Widget.
func (e *Entry) CreateRenderer() fyne.WidgetRenderer {
	r := &entryRenderer{
		WidgetRenderer: e.Entry.CreateRenderer(), e: e, ring: newRing(theme.RadiusControl),
		frame: NewFrame(theme.Surface, theme.Border, theme.RadiusControl),
	}
	return r
}

// entryRenderer replaces the box and the border of Fyne's entry, its first two
// objects, by ring and frame.
type entryRenderer struct {
	fyne.WidgetRenderer
	e     *Entry
	ring  *canvas.Rectangle
	frame *Frame
}

func (r *entryRenderer) Objects() []fyne.CanvasObject {
	inner := r.WidgetRenderer.Objects()
	return append([]fyne.CanvasObject{r.ring, r.frame}, inner[2:]...)
}

func (r *entryRenderer) Layout(size fyne.Size) {
	layRing(r.ring, size)
	put(r.frame, 0, 0, size.Width, size.Height)
	if r.e.MultiLine {
		r.WidgetRenderer.Layout(size)
		return
	}
	// Fyne puts the text at the top; with larger text a control is higher than
	// Fyne's entry, so its parts are moved to the middle
	h := min(r.WidgetRenderer.MinSize().Height, size.Height)
	r.WidgetRenderer.Layout(fyne.NewSize(size.Width, h))
	if dy := floor((size.Height - h) / 2); dy > 0 {
		for _, o := range r.WidgetRenderer.Objects()[2:] {
			o.Move(o.Position().AddXY(0, dy))
		}
	}
}

func (r *entryRenderer) Refresh() {
	e := r.e
	ground, edge := theme.Surface, theme.Border
	switch {
	case e.Disabled():
		ground, edge = theme.Sunken, theme.Line
	case e.bad:
		edge = theme.Bad
	}
	f := focus{focused: e.focusedNow()}
	f.ring(r.ring, e)
	r.frame.Set(ground, edge, 1)
	r.WidgetRenderer.Refresh()
}

func (e *Entry) focusedNow() bool {
	c := fyne.CurrentApp().Driver().CanvasForObject(e)
	return c != nil && c.Focused() == fyne.Focusable(e)
}

// FormField is a control with its label above and help, or what is wrong with
// it, below.
type FormField struct {
	widget.BaseWidget
	body  *fyne.Container
	help  *Wrapped
	words string
	entry *Entry
}

// NewFormField makes a field; help may be empty.
func NewFormField(label string, control fyne.CanvasObject, help string) *FormField {
	f := &FormField{help: NewWrapped(help, Caption), words: help}
	f.entry, _ = control.(*Entry)
	f.body = VBox(4, NewText(label, Caption), control, f.help)
	show(f.help, help != "")
	f.ExtendBaseWidget(f)
	return f
}

// SetError shows what is wrong in place of the help; "" brings the help back.
func (f *FormField) SetError(text string) {
	if text == "" {
		f.help.SetSpans(Span{f.words, Caption})
	} else {
		f.help.SetSpans(Span{text, Caption.In(theme.Bad)})
	}
	show(f.help, f.help.Text() != "")
	if f.entry != nil {
		f.entry.SetBad(text != "")
	}
	f.body.Refresh()
}

// SetHelp changes the help below the control; an error that shows goes on to
// show until SetError("").
func (f *FormField) SetHelp(text string) {
	showing := f.help.Text() == f.words
	f.words = text
	if showing {
		f.SetError("")
	}
}

// HeightFor returns the height of the field at a width.
func (f *FormField) HeightFor(width float32) float32 { return HeightFor(f.body, width) }

// CreateRenderer implements fyne.Widget.
func (f *FormField) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(f.body) }
