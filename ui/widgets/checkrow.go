package widgets

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"

	"github.com/modelfactory/modelfactory/assets/icons"
	"github.com/modelfactory/modelfactory/ui/theme"
)

// CheckState is the result of a check.
type CheckState int

// The states of a check.
const (
	Checking CheckState = iota
	Passed
	ToKnow  // a warning that does not block
	Blocked // the start waits for it
	NotAsked
)

// Mark returns icon and colour of the state.
func (s CheckState) Mark() (icons.Name, fyne.ThemeColorName) {
	switch s {
	case Passed:
		return icons.Check, theme.Ok
	case ToKnow:
		return icons.Warning, theme.Warn
	case Blocked:
		return icons.Error, theme.Bad
	case NotAsked:
		return icons.Info, theme.Text2
	}
	return icons.Clock, theme.Text2
}

// CheckRow is a check with its subject, result, detail and, where it can be
// mended, an action. It has the padding of a NewBareCard's row.
type CheckRow struct {
	widget.BaseWidget
	mark   *Icon
	text   *Wrapped
	detail *Wrapped
	action *fyne.Container
	body   *fyne.Container
}

// NewCheckRow makes a row; the subject's column is 160 wide.
func NewCheckRow(subject string) *CheckRow {
	name, c := Checking.Mark()
	r := &CheckRow{mark: NewIcon(name, IconRow, c), text: NewWrapped("", Body), detail: NewWrapped("", Caption), action: Row(8)}
	r.action.Hide()
	r.body = Pad(8, theme.CardPadding, 8, theme.CardPadding,
		TopRow(0, Pad(0, 14, 0, 0, Tall(theme.SizeLine, r.mark)), Fixed(160, 0, NewWrapped(subject, Body)), Grow(VBox(0, r.text, r.detail)), Pad(0, 0, 0, 8, r.action)))
	r.ExtendBaseWidget(r)
	return r
}

// Set shows a result; empty detail takes no line.
func (r *CheckRow) Set(state CheckState, text, detail string) {
	r.SetRich(state, []Span{{text, Body}}, detail)
}

// SetRich is Set with several styles.
func (r *CheckRow) SetRich(state CheckState, spans []Span, detail string) {
	r.mark.Set(state.Mark())
	r.text.SetSpans(spans...)
	r.detail.SetText(detail)
	show(r.detail, detail != "")
	r.body.Refresh()
}

// SetAction puts a button, or nothing (nil), at the right edge.
func (r *CheckRow) SetAction(o fyne.CanvasObject) {
	if o == nil {
		r.action.Objects = nil
		r.action.Hide()
	} else {
		r.action.Objects = []fyne.CanvasObject{o}
		r.action.Show()
	}
	r.body.Refresh()
}

// HeightFor returns the height of the row at a width.
func (r *CheckRow) HeightFor(width float32) float32 { return HeightFor(r.body, width) }

// CreateRenderer implements fyne.Widget.
func (r *CheckRow) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(r.body) }

// StateRow is a fact with a mark, its value at the right edge and a line below,
// as in "This computer" on the first screen.
type StateRow struct {
	widget.BaseWidget
	mark   *Icon
	value  *Text
	detail *Wrapped
	body   *fyne.Container
}

// NewStateRow makes a row for a subject.
func NewStateRow(subject string) *StateRow {
	name, c := Checking.Mark()
	r := &StateRow{mark: NewIcon(name, IconRow, c), value: NewText("", Strong.Right()), detail: NewWrapped("", Caption)}
	r.body = Pad(8, 0, 8, 0, TopRow(14, Tall(theme.SizeLine, r.mark),
		Grow(VBox(0, Row(8, NewText(subject, Body), Spacer(), r.value), r.detail))))
	r.ExtendBaseWidget(r)
	return r
}

// Set shows icon and colour of its own, value and detail.
func (r *StateRow) Set(icon icons.Name, c fyne.ThemeColorName, value, detail string) {
	r.mark.Set(icon, c)
	r.value.SetText(value)
	r.detail.SetText(detail)
	show(r.detail, detail != "")
	r.body.Refresh()
}

// SetMono sets the detail in the mono font, for paths.
func (r *StateRow) SetMono() { r.detail.SetSpans(Span{r.detail.Text(), CodeQuiet}) }

// HeightFor returns the height of the row at a width.
func (r *StateRow) HeightFor(width float32) float32 { return HeightFor(r.body, width) }

// CreateRenderer implements fyne.Widget.
func (r *StateRow) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(r.body) }
