package widgets

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	fynetheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// Text is one line of text with a fixed line height and no padding.
type Text struct {
	widget.BaseWidget
	text  string
	style Style
	elide bool
}

// NewText makes one line of text.
func NewText(text string, style Style) *Text {
	t := &Text{text: text, style: style}
	t.ExtendBaseWidget(t)
	return t
}

// Elide lets the text be cut with "…" when its place is too narrow, instead of
// asking for its whole width. It returns t.
func (t *Text) Elide() *Text { t.elide = true; return t }

// Text returns the text.
func (t *Text) Text() string { return t.text }

// SetText changes the text; nothing is drawn when it is the same.
func (t *Text) SetText(text string) {
	if t.text != text {
		t.text = text
		t.Refresh()
	}
}

// SetStyle changes the style.
func (t *Text) SetStyle(s Style) {
	if t.style != s {
		t.style = s
		t.Refresh()
	}
}

// Set changes both at once.
func (t *Text) Set(text string, s Style) {
	if t.text != text || t.style != s {
		t.text, t.style = text, s
		t.Refresh()
	}
}

// CreateRenderer implements fyne.Widget.
func (t *Text) CreateRenderer() fyne.WidgetRenderer {
	r := &textRenderer{t: t, line: canvas.NewText("", nil)}
	r.objects = []fyne.CanvasObject{r.line}
	r.apply()
	return r
}

type textRenderer struct {
	t       *Text
	line    *canvas.Text
	objects []fyne.CanvasObject
}

func (r *textRenderer) apply() {
	s := r.t.style
	r.line.Text = r.t.text
	r.line.Color = fynetheme.ColorForWidget(s.color(), r.t)
	r.line.TextSize = s.size(r.t)
	r.line.TextStyle = s.text()
	r.line.Alignment = s.Align
}

func (r *textRenderer) Layout(size fyne.Size) {
	s := r.t.style
	text := r.t.text
	if r.t.elide {
		text = s.cut(text, size.Width, r.t)
	}
	if r.line.Text != text {
		r.line.Text = text
		canvas.Refresh(r.line)
	}
	h := r.line.MinSize().Height
	// floor, not round: rounding puts the text one pixel low
	r.line.Move(fyne.NewPos(0, floor((size.Height-h)/2)-s.lift()))
	r.line.Resize(fyne.NewSize(size.Width, h))
}

func (r *textRenderer) MinSize() fyne.Size {
	s := r.t.style
	w := s.width(r.t.text, r.t)
	if r.t.elide {
		w = min(w, 24)
	}
	return fyne.NewSize(w, s.lineHeight(r.t))
}

func (r *textRenderer) Refresh() {
	r.apply()
	r.Layout(r.t.Size())
	canvas.Refresh(r.line)
}

func (r *textRenderer) Objects() []fyne.CanvasObject { return r.objects }
func (r *textRenderer) Destroy()                     {}

// cut shortens text with "…" so that it fits into width.
func (s Style) cut(text string, width float32, w fyne.Widget) string {
	if s.width(text, w) <= width || text == "" {
		return text
	}
	runes := []rune(text)
	lo, hi := 0, len(runes)-1
	for lo < hi {
		mid := (lo + hi + 1) / 2
		if s.width(string(runes[:mid])+"…", w) <= width {
			lo = mid
		} else {
			hi = mid - 1
		}
	}
	return string(runes[:lo]) + "…"
}
