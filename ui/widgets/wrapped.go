package widgets

import (
	"strings"
	"unicode"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	fynetheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// Span is a piece of text in one style.
type Span struct {
	Text  string
	Style Style
}

// Wrapped is text over several lines, broken at spaces and "\n". Its height
// follows its width, see HeightFor. Words that are too long are broken.
type Wrapped struct {
	widget.BaseWidget
	spans []Span
	lines int // at most this many, 0 = all

	width float32 // the width laid is for
	laid  [][]run
}

// run is a piece of one line: text of one style at an x.
type run struct {
	text  string
	style Style
	x     float32
}

// NewWrapped makes wrapped text in one style.
func NewWrapped(text string, style Style) *Wrapped { return NewRich(Span{text, style}) }

// NewRich makes wrapped text of several styles; spaces between spans are the
// caller's.
func NewRich(spans ...Span) *Wrapped {
	w := &Wrapped{spans: spans}
	w.ExtendBaseWidget(w)
	return w
}

// MaxLines cuts the text after n lines with "…". It returns w.
func (w *Wrapped) MaxLines(n int) *Wrapped { w.lines = n; return w }

// SetText changes the text and keeps the first span's style.
func (w *Wrapped) SetText(text string) {
	var s Style
	if len(w.spans) > 0 {
		s = w.spans[0].Style
	}
	w.SetSpans(Span{text, s})
}

// SetSpans changes the text and its styles.
func (w *Wrapped) SetSpans(spans ...Span) {
	if len(spans) == len(w.spans) {
		same := true
		for i := range spans {
			same = same && spans[i] == w.spans[i]
		}
		if same {
			return
		}
	}
	w.spans, w.laid = spans, nil
	w.Refresh()
}

// Text returns the text without styles.
func (w *Wrapped) Text() string {
	var b strings.Builder
	for _, s := range w.spans {
		b.WriteString(s.Text)
	}
	return b.String()
}

// HeightFor returns the height the text needs at a width.
func (w *Wrapped) HeightFor(width float32) float32 {
	return float32(len(w.layout(width))) * w.lineHeight()
}

func (w *Wrapped) grows() bool { return true }

func (w *Wrapped) lineHeight() float32 {
	var h float32
	for _, s := range w.spans {
		h = max(h, s.Style.lineHeight(w))
	}
	return h
}

// layout breaks the text for a width and remembers the result.
func (w *Wrapped) layout(width float32) [][]run {
	if w.laid != nil && w.width == width {
		return w.laid
	}
	b := breaker{owner: w, width: width}
	for _, s := range w.spans {
		b.span(s)
	}
	b.newLine()
	if w.lines > 0 && len(b.lines) > w.lines {
		b.lines = b.lines[:w.lines]
		if last := b.lines[w.lines-1]; len(last) > 0 {
			end := &last[len(last)-1]
			text := strings.TrimRight(end.text, " ")
			end.text = end.style.cut(text+" …", width-end.x, w)
			if !strings.HasSuffix(end.text, "…") {
				end.text += "…"
			}
		}
	}
	w.width, w.laid = width, b.lines
	return w.laid
}

// breaker fills lines word by word.
type breaker struct {
	owner *Wrapped
	width float32
	lines [][]run
	line  []run
	x     float32
}

func (b *breaker) newLine() {
	if n := len(b.line); n > 0 {
		b.line[n-1].text = strings.TrimRight(b.line[n-1].text, " ")
	}
	b.lines = append(b.lines, b.line)
	b.line, b.x = nil, 0
}

func (b *breaker) span(s Span) {
	for i, part := range strings.Split(s.Text, "\n") {
		if i > 0 {
			b.newLine()
		}
		for _, word := range words(part) {
			b.word(word, s.Style)
		}
	}
}

// words cuts a line after each run of spaces; non-breaking spaces stay inside.
func words(s string) []string {
	var out []string
	start, inSpace := 0, false
	for i, r := range s {
		space := unicode.IsSpace(r) && r != '\u00a0' && r != '\u202f'
		if inSpace && !space {
			out = append(out, s[start:i])
			start = i
		}
		inSpace = space
	}
	return append(out, s[start:])
}

func (b *breaker) word(word string, s Style) {
	if word == "" {
		return
	}
	bare := s.exact(strings.TrimRight(word, " "), b.owner)
	// widths asked for are rounded up, so less than a pixel is no overflow
	if b.x > 0 && b.x+bare > b.width+0.6 {
		b.newLine()
	}
	if b.x == 0 && strings.TrimSpace(word) == "" && len(b.lines) > 0 && !s.Mono {
		return // no spaces at the start of a wrapped line
	}
	for b.x == 0 && bare > b.width+0.6 && b.width > 0 {
		head := s.fitting(word, b.width, b.owner)
		if head == "" || head == word {
			break
		}
		b.add(head, s)
		b.newLine()
		word = word[len(head):]
		bare = s.exact(strings.TrimRight(word, " "), b.owner)
	}
	b.add(word, s)
}

// add appends text to the line. The x of what follows is measured over the
// joined text of a style, so that no rounding adds up over the words.
func (b *breaker) add(text string, s Style) {
	if n := len(b.line); n > 0 && b.line[n-1].style == s {
		b.line[n-1].text += text
	} else {
		b.line = append(b.line, run{text: text, style: s, x: b.x})
	}
	last := b.line[len(b.line)-1]
	b.x = last.x + s.exact(last.text, b.owner)
}

// exact is the width of a text without rounding, spaces at its end included.
func (s Style) exact(text string, w fyne.Widget) float32 {
	return fyne.MeasureText(text, s.size(w), s.text()).Width
}

// fitting returns the longest start of word that fits into width, at least one
// rune.
func (s Style) fitting(word string, width float32, w fyne.Widget) string {
	runes := []rune(word)
	lo, hi := 1, len(runes)
	for lo < hi {
		mid := (lo + hi + 1) / 2
		if s.width(string(runes[:mid]), w) <= width {
			lo = mid
		} else {
			hi = mid - 1
		}
	}
	return string(runes[:lo])
}

// CreateRenderer implements fyne.Widget.
func (w *Wrapped) CreateRenderer() fyne.WidgetRenderer {
	r := &wrappedRenderer{w: w}
	r.fill()
	return r
}

type wrappedRenderer struct {
	w       *Wrapped
	objects []fyne.CanvasObject
}

// fill brings the canvas texts in line with the runs, reusing what is there.
func (r *wrappedRenderer) fill() {
	w := r.w
	line := w.lineHeight()
	width := w.Size().Width
	n := 0
	for i, runs := range w.layout(width) {
		for _, run := range runs {
			if n == len(r.objects) {
				r.objects = append(r.objects, canvas.NewText("", nil))
			}
			t := r.objects[n].(*canvas.Text)
			n++
			t.Text = run.text
			t.Color = fynetheme.ColorForWidget(run.style.color(), w)
			t.TextSize = run.style.size(w)
			t.TextStyle = run.style.text()
			size := t.MinSize()
			x := run.x
			if len(runs) == 1 {
				switch run.style.Align {
				case fyne.TextAlignTrailing:
					x = width - ceil(size.Width)
				case fyne.TextAlignCenter:
					x = floor((width - size.Width) / 2)
				}
			}
			t.Move(fyne.NewPos(x, float32(i)*line+floor((line-size.Height)/2)-run.style.lift()))
			t.Resize(size)
		}
	}
	r.objects = r.objects[:n]
}

func (r *wrappedRenderer) Layout(fyne.Size) {
	r.fill()
	canvas.Refresh(r.w)
}

func (r *wrappedRenderer) MinSize() fyne.Size {
	width := r.w.Size().Width
	if width == 0 {
		return fyne.NewSize(40, r.w.lineHeight())
	}
	return fyne.NewSize(40, r.w.HeightFor(width))
}

func (r *wrappedRenderer) Refresh() {
	r.w.laid = nil
	r.fill()
	canvas.Refresh(r.w)
}

func (r *wrappedRenderer) Objects() []fyne.CanvasObject { return r.objects }
func (r *wrappedRenderer) Destroy()                     {}
