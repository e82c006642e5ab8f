package widgets

import (
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"

	"github.com/modelfactory/modelfactory/assets/icons"
	"github.com/modelfactory/modelfactory/ui/task"
	"github.com/modelfactory/modelfactory/ui/theme"
)

// copiedFor is how long "Copied" stands in place of a hash.
const copiedFor = 2 * time.Second

// Short shortens a digest or address to its first 4 and last 4 characters,
// after a "0x" where there is one. Short texts stay whole.
func Short(full string) string {
	prefix, rest := "", full
	if strings.HasPrefix(full, "0x") {
		prefix, rest = "0x", full[2:]
	}
	if len(rest) <= 12 {
		return full
	}
	return prefix + rest[:4] + "…" + rest[len(rest)-4:]
}

// HashChip is a shortened digest or address. A click copies the whole and says
// so for two seconds; the tooltip shows the whole.
type HashChip struct {
	widget.BaseWidget
	hover
	focus
	full   string
	copied bool
	text   *Text
	icon   *Icon
	body   *fyne.Container
}

// NewHashChip makes a chip for a digest, an address or any long identifier.
func NewHashChip(full string) *HashChip {
	h := &HashChip{full: full, text: NewText(Short(full), Code), icon: NewIcon(icons.Copy, IconTiny, theme.Text2)}
	h.body = Row(5, h.text, h.icon)
	h.ExtendBaseWidget(h)
	h.owner = h
	return h
}

// Quiet sets it in the label colour. It returns h.
func (h *HashChip) Quiet() *HashChip { h.text.SetStyle(CodeQuiet); return h }

// Bare takes the copy icon away; a click copies all the same. It returns h.
func (h *HashChip) Bare() *HashChip { h.icon.Hide(); return h }

// SetValue changes what it shows.
func (h *HashChip) SetValue(full string) {
	if h.full != full {
		h.full, h.copied = full, false
		h.text.SetText(Short(full))
	}
}

// Tapped implements fyne.Tappable: it copies the whole value.
func (h *HashChip) Tapped(*fyne.PointEvent) {
	fyne.CurrentApp().Clipboard().SetContent(h.full)
	if h.copied {
		return
	}
	h.copied = true
	h.text.SetText("Copied")
	h.icon.Set(icons.Check, theme.Ok)
	task.After(task.Current(), copiedFor, func() {
		h.copied = false
		h.text.SetText(Short(h.full))
		h.icon.Set(icons.Copy, theme.Text2)
	})
}

// MouseIn implements desktop.Hoverable.
func (h *HashChip) MouseIn(e *desktop.MouseEvent) { h.enter(e, h.full+"\nClick to copy") }

// MouseOut implements desktop.Hoverable.
func (h *HashChip) MouseOut() { h.leave() }

// Cursor implements desktop.Cursorable.
func (h *HashChip) Cursor() desktop.Cursor { return desktop.PointerCursor }

// FocusGained implements fyne.Focusable.
func (h *HashChip) FocusGained() { h.focused = true; h.Refresh() }

// FocusLost implements fyne.Focusable.
func (h *HashChip) FocusLost() { h.focused = false; h.Refresh() }

// TypedRune implements fyne.Focusable.
func (h *HashChip) TypedRune(rune) {}

// TypedKey implements fyne.Focusable.
func (h *HashChip) TypedKey(e *fyne.KeyEvent) {
	switch e.Name {
	case fyne.KeySpace, fyne.KeyReturn, fyne.KeyEnter:
		h.Tapped(nil)
	default:
		Forward(h, e)
	}
}

// MinSize implements fyne.CanvasObject: "Copied" must not change the width.
func (h *HashChip) MinSize() fyne.Size {
	h.ExtendBaseWidget(h)
	m := h.text.MinSize()
	m.Width = h.text.style.width(Short(h.full), h.text)
	if h.icon.Visible() {
		m.Width += 5 + h.icon.MinSize().Width
	}
	return m
}

// CreateRenderer implements fyne.Widget.
func (h *HashChip) CreateRenderer() fyne.WidgetRenderer {
	ring := newRing(3)
	return &ringRenderer{w: h, focus: &h.focus, ring: ring, body: h.body, objects: []fyne.CanvasObject{ring, h.body}}
}
