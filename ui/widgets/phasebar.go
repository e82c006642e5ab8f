package widgets

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"

	"github.com/modelfactory/modelfactory/assets/icons"
	"github.com/modelfactory/modelfactory/ui/theme"
)

// Phase is one part of a PhaseBar.
type Phase struct {
	Name   string
	Share  float64 // 0 to 1
	Detail string  // "9 s", "69 %"
	Failed bool
	Paused bool
	Weight float32 // share of the width; 0 = 1
}

// PhaseBar shows the phases of a job beside one another, each with its own bar.
type PhaseBar struct {
	widget.BaseWidget
	parts []*phasePart
	box   *phaseLayout
	body  *fyne.Container
}

type phasePart struct {
	mark         *Icon
	name, detail *Text
	bar          *Bar
	body         *fyne.Container
}

// NewPhaseBar makes an empty bar; Set fills it.
func NewPhaseBar() *PhaseBar {
	p := &PhaseBar{box: &phaseLayout{}}
	p.body = &fyne.Container{Layout: p.box}
	p.ExtendBaseWidget(p)
	return p
}

// Set shows the phases.
func (p *PhaseBar) Set(phases []Phase) {
	for len(p.parts) < len(phases) {
		part := &phasePart{mark: NewIcon(icons.Check, IconRow, theme.Ok), name: NewText("", Small).Elide(), detail: NewText("", Caption), bar: NewBar(theme.Series3)}
		part.body = VBox(2, Row(5, part.mark, Grow(part.name), part.detail), part.bar)
		p.parts = append(p.parts, part)
	}
	p.parts = p.parts[:len(phases)]
	p.body.Objects = p.body.Objects[:0]
	p.box.weights = p.box.weights[:0]
	for i, ph := range phases {
		part := p.parts[i]
		style, icon, ink, fill := Small, icons.Check, theme.Ok, theme.Series3
		marked := true
		switch {
		case ph.Failed:
			icon, ink, fill = icons.Error, theme.Bad, theme.Bad
		case ph.Share >= 1:
		case ph.Paused:
			style, icon, ink, fill = style.Semi(), icons.Pause, theme.Text2, theme.Border
		case ph.Share > 0:
			style, marked, fill = style.Semi(), false, theme.Primary
		default:
			style, marked = Caption, false
		}
		part.mark.Set(icon, ink)
		show(part.mark, marked)
		part.name.Set(ph.Name, style)
		part.detail.SetText(ph.Detail)
		part.bar.SetColor(fill)
		part.bar.SetValue(ph.Share)
		p.body.Objects = append(p.body.Objects, part.body)
		p.box.weights = append(p.box.weights, max(ph.Weight, 0.01))
		if ph.Weight == 0 {
			p.box.weights[i] = 1
		}
		part.body.Refresh()
	}
	p.body.Refresh()
}

// CreateRenderer implements fyne.Widget.
func (p *PhaseBar) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(p.body) }

// phaseLayout gives each part its share of the width, and at least what its
// name needs.
type phaseLayout struct{ weights []float32 }

const phaseGap = 12

func (l *phaseLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	left := size.Width - phaseGap*float32(len(objects)-1)
	var weights float32
	for _, w := range l.weights {
		weights += w
	}
	least := make([]float32, len(objects))
	var sum float32
	for i, o := range objects {
		least[i] = o.MinSize().Width + 24
		sum += least[i]
	}
	var x float32
	for i, o := range objects {
		w := least[i] * min(left/sum, 1)
		if extra := left - sum; extra > 0 {
			w += extra * l.weights[i] / weights
		}
		w = floor(w)
		if i == len(objects)-1 {
			w = size.Width - x
		}
		put(o, x, 0, w, size.Height)
		x += w + phaseGap
	}
}

func (l *phaseLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	var m fyne.Size
	for _, o := range objects {
		s := o.MinSize()
		m.Width += s.Width + phaseGap
		m.Height = max(m.Height, s.Height)
	}
	return m
}

func (l *phaseLayout) heightFor(objects []fyne.CanvasObject, _ float32) float32 {
	return l.MinSize(objects).Height
}

// Stepper shows where one is in a job of a few steps. Steps already done can be
// gone back to.
type Stepper struct {
	widget.BaseWidget
	steps   []string
	current int
	reach   int
	goTo    func(i int)
	row     *fyne.Container
}

// NewStepper makes a stepper at the first step; goTo is called when the person
// goes to a step that can be reached.
func NewStepper(steps []string, goTo func(i int)) *Stepper {
	s := &Stepper{steps: steps, goTo: goTo, row: Row(8)}
	s.ExtendBaseWidget(s)
	s.SetCurrent(0)
	return s
}

// Current returns the step shown.
func (s *Stepper) Current() int { return s.current }

// SetCurrent shows a step; those before it are done.
func (s *Stepper) SetCurrent(i int) {
	s.current, s.reach = i, max(s.reach, i)
	s.row.Objects = nil
	for j, name := range s.steps {
		if j > 0 {
			s.row.Objects = append(s.row.Objects, Fixed(40, 1, newLine(theme.Border)))
		}
		s.row.Objects = append(s.row.Objects, s.step(j, name))
	}
	s.Refresh()
}

// newLine is a 1 px line in a colour of its own.
func newLine(c fyne.ThemeColorName) *Fill {
	f := NewFill(c, 0)
	f.min = fyne.NewSquareSize(1)
	return f
}

func (s *Stepper) step(j int, name string) fyne.CanvasObject {
	mark := &stepMark{number: j + 1, state: j - s.current}
	mark.ExtendBaseWidget(mark)
	style := Label
	if j == s.current {
		style = Strong
	}
	body := Row(8, mark, NewText(name, style))
	if j == s.current || j > s.reach {
		return body
	}
	t := NewTappable(body, func() {
		if s.goTo != nil {
			s.goTo(j)
		}
	})
	return t
}

// CreateRenderer implements fyne.Widget.
func (s *Stepper) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(s.row) }

// stepMark is the round mark of a step.
type stepMark struct {
	widget.BaseWidget
	number int
	state  int // < 0 done, 0 here, > 0 to come
}

func (m *stepMark) CreateRenderer() fyne.WidgetRenderer {
	edge, ground, ink := theme.Border, theme.Bg, theme.Text2
	switch {
	case m.state < 0:
		edge, ground, ink = theme.Primary, theme.Selection, theme.Primary
	case m.state == 0:
		edge, ground, ink = theme.Primary, theme.Primary, theme.OnPrimary
	}
	var sign fyne.CanvasObject = NewText(Count(int64(m.number)), Style{Size: theme.SizeCaption, Bold: m.state == 0, Color: ink, Align: fyne.TextAlignCenter})
	if m.state < 0 {
		sign = NewIcon(icons.Check, IconRow, ink)
	}
	return widget.NewSimpleRenderer(Fixed(22, 22, Layers(NewFill(edge, 11), Pad(1, 1, 1, 1, NewFill(ground, 10)), sign)))
}
