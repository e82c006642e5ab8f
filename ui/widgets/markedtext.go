package widgets

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	fynetheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"github.com/modelfactory/modelfactory/ui/theme"
)

// MarkedText is wrapped text whose spans may stand on a ground (Style.Mark):
// what is trained, which words were moved.
type MarkedText struct {
	widget.BaseWidget
	text *Wrapped
}

// NewMarkedText makes marked text.
func NewMarkedText(spans ...Span) *MarkedText {
	m := &MarkedText{text: NewRich(spans...)}
	m.ExtendBaseWidget(m)
	return m
}

// Text returns the text without marks.
func (m *MarkedText) Text() string { return m.text.Text() }

// HeightFor returns the height the text needs at a width.
func (m *MarkedText) HeightFor(width float32) float32 { return m.text.HeightFor(width) }

func (m *MarkedText) grows() bool { return true }

// CreateRenderer implements fyne.Widget.
func (m *MarkedText) CreateRenderer() fyne.WidgetRenderer {
	r := &markedRenderer{m: m}
	r.fill()
	return r
}

type markedRenderer struct {
	m       *MarkedText
	grounds []*canvas.Rectangle
	objects []fyne.CanvasObject
}

func (r *markedRenderer) fill() {
	t := r.m.text
	size := r.m.Size()
	put(t, 0, 0, size.Width, size.Height)
	line := t.lineHeight()
	r.objects = r.objects[:0]
	n := 0
	for i, runs := range t.layout(size.Width) {
		for _, run := range runs {
			if run.style.Mark == "" || run.text == "" {
				continue
			}
			if n == len(r.grounds) {
				g := canvas.NewRectangle(theme.None)
				g.CornerRadius = 2
				r.grounds = append(r.grounds, g)
			}
			g := r.grounds[n]
			n++
			g.FillColor = fynetheme.ColorForWidget(run.style.Mark, t)
			put(g, floor(run.x)-1, float32(i)*line+1, ceil(run.style.exact(run.text, t))+2, line-2)
			r.objects = append(r.objects, g)
		}
	}
	r.objects = append(r.objects, t)
}

func (r *markedRenderer) Layout(fyne.Size)             { r.fill() }
func (r *markedRenderer) MinSize() fyne.Size           { return r.m.text.MinSize() }
func (r *markedRenderer) Objects() []fyne.CanvasObject { return r.objects }
func (r *markedRenderer) Destroy()                     {}

func (r *markedRenderer) Refresh() {
	r.fill()
	canvas.Refresh(r.m)
}

// SeenPart is a piece of a row as the model reads it.
type SeenPart struct {
	Text    string
	Trained bool // the model learns to say this
	Special bool // a mark of the template, not words of the row
}

// NewSeenRow shows a row as the model sees it: one block for each turn, those
// with a trained part marked by colour, a bar and the word "trained". Within a
// block only the trained words stand on the strong ground.
func NewSeenRow(parts []SeenPart) *fyne.Container { return NewSeenTurns(Turns(parts)) }

// NewSeenTurns is NewSeenRow for turns that are known already.
func NewSeenTurns(turns [][]SeenPart) *fyne.Container {
	box := VBox(4)
	for _, turn := range turns {
		box.Add(seenTurn(turn))
	}
	return box
}

// Turns cuts a row where one turn of the conversation ends and the next
// begins: at a template mark that follows another one, or a trained part, with
// at most white space between. A template without marks gives one turn per
// change between read and trained.
func Turns(parts []SeenPart) [][]SeenPart {
	var turns [][]SeenPart
	var turn []SeenPart
	words := false // the turn has words of the row
	marks := false
	closed := false // a mark came after words
	for _, p := range parts {
		blank := isBlank(p.Text)
		begins := p.Special && closed || !marks && !p.Special && len(turn) > 0 && p.Trained != turn[len(turn)-1].Trained && !blank
		if begins {
			turns = append(turns, turn)
			turn, words, closed = nil, false, false
		}
		turn = append(turn, p)
		marks = marks || p.Special
		switch {
		case p.Special:
			closed = words
		case !blank:
			words, closed = true, false
		}
	}
	if len(turn) > 0 {
		turns = append(turns, turn)
	}
	return mergeHeads(turns)
}

// mergeHeads joins a turn that has a role but no words yet: templates such as
// Llama 3 put marks on both sides of the role.
func mergeHeads(turns [][]SeenPart) [][]SeenPart {
	var out [][]SeenPart
	for i := 0; i < len(turns); i++ {
		turn := turns[i]
		for i+1 < len(turns) && wordCount(turn) <= 1 && !hasTrained(turn) {
			i++
			turn = append(append([]SeenPart{}, turn...), turns[i]...)
		}
		out = append(out, turn)
	}
	return out
}

func wordCount(parts []SeenPart) int {
	n := 0
	for _, p := range parts {
		if p.Special {
			continue
		}
		for _, w := range words(p.Text) {
			if !isBlank(w) {
				n++
			}
		}
	}
	return n
}

func hasTrained(parts []SeenPart) bool {
	for _, p := range parts {
		if p.Trained {
			return true
		}
	}
	return false
}

func isBlank(s string) bool {
	for _, r := range s {
		if r != ' ' && r != '\n' && r != '\t' && r != '\r' {
			return false
		}
	}
	return true
}

func seenTurn(parts []SeenPart) fyne.CanvasObject {
	trained := hasTrained(parts)
	ground, bar, word, ink := theme.Sunken, theme.Line, "read only", theme.Text2
	if trained {
		ground, bar, word, ink = theme.Sunken, theme.Series1, "trained", theme.Primary
	}
	spans := make([]Span, 0, len(parts))
	for i, p := range parts {
		s := Style{Size: theme.SizeMono, Mono: true, Color: theme.Text}
		if p.Special {
			s.Color = theme.Text3
		}
		if p.Trained {
			s.Mark = theme.Trained
		}
		text := p.Text
		if i == len(parts)-1 { // a line break at the end would only add an empty line
			for text != "" && text[len(text)-1] == '\n' {
				text = text[:len(text)-1]
			}
		}
		spans = append(spans, Span{text, s})
	}
	body := Pad(6, 12, 6, 16, TopRow(12, NewMarkedText(spans...), NewText(word, Style{Size: theme.SizeCaption, Color: ink})))
	return Layers(NewFill(ground, theme.RadiusPill), leftBar(bar), body)
}

// leftBar is a 3 px bar at the left edge.
func leftBar(c fyne.ThemeColorName) fyne.CanvasObject {
	return StretchRow(0, Fixed(3, 0, NewFill(c, 1.5)))
}
