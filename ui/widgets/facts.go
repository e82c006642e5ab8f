package widgets

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"
)

// Fact is a label with its value at the right edge.
type Fact struct {
	widget.BaseWidget
	label *Text
	value *Text
	body  *fyne.Container
}

// NewFact makes a line of 26.
func NewFact(label, value string) *Fact {
	f := &Fact{label: NewText(label, Label), value: NewText(value, Body.Right())}
	f.body = Pad(3, 0, 3, 0, Row(12, f.label, Spacer(), f.value))
	f.ExtendBaseWidget(f)
	return f
}

// SetStyled changes the value and how it looks.
func (f *Fact) SetStyled(value string, s Style) {
	f.value.Set(value, s.Right())
	f.body.Refresh()
}

// CreateRenderer implements fyne.Widget.
func (f *Fact) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(f.body) }

// NewFactWith is a line like Fact with any object at its right edge.
func NewFactWith(label string, value fyne.CanvasObject) *fyne.Container {
	return Pad(3, 0, 3, 0, Row(12, NewText(label, Label), Spacer(), value))
}

// Stat is a figure with its label above and a caption below, as on top of a
// DataNet and beside a run.
type Stat struct {
	widget.BaseWidget
	value, caption *Text
	body           *fyne.Container
}

// NewStat makes an empty figure.
func NewStat(label string) *Stat {
	s := &Stat{value: NewText("–", SubTitle), caption: NewText("", Caption)}
	s.caption.Hide()
	s.body = VBox(0, NewText(label, Caption), s.value, s.caption)
	s.ExtendBaseWidget(s)
	return s
}

// Set changes figure and caption; an empty caption takes no line.
func (s *Stat) Set(value, caption string) {
	s.value.SetText(value)
	s.caption.SetText(caption)
	show(s.caption, caption != "")
	s.body.Refresh()
}

// CreateRenderer implements fyne.Widget.
func (s *Stat) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(s.body) }
