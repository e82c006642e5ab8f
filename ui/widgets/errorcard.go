package widgets

import (
	"fyne.io/fyne/v2"

	"github.com/modelfactory/modelfactory/assets/icons"
	"github.com/modelfactory/modelfactory/ui/theme"
)

// Failure is what an ErrorCard says.
type Failure struct {
	Title string // what happened, in one sentence with numbers
	What  string // to what, and how it came about
	Kept  string // what was not lost
	Next  string // what to do
}

// NewErrorCard makes the card of a task that failed. It stays until the person
// acts; actions stand below, best first, usually with "Copy diagnostics" last.
func NewErrorCard(f Failure, actions ...fyne.CanvasObject) *fyne.Container {
	lines := VBox(2, NewWrapped(f.Title, Title))
	for _, l := range []struct {
		text  string
		style Style
	}{{f.What, Body}, {f.Kept, Label}, {f.Next, Body}} {
		if l.text != "" {
			lines.Objects = append(lines.Objects, NewWrapped(l.text, l.style))
		}
	}
	if len(actions) > 0 {
		lines.Objects = append(lines.Objects, Pad(10, 0, 0, 0, Flow(8, 8, actions...)))
	}
	return NewCardIn(theme.Bad, 0, TopRow(14, Pad(3, 0, 0, 0, NewIcon(icons.Error, 22, theme.Bad)), Grow(lines)))
}

// NewEmptyState fills a page or card that has nothing yet: it says what would
// stand here and offers one action (nil: none).
func NewEmptyState(icon icons.Name, title, text string, action fyne.CanvasObject) *fyne.Container {
	words := NewWrapped(text, Label.Centered())
	parts := []fyne.CanvasObject{
		NewIcon(icon, 32, theme.Text3), Pad(10, 0, 2, 0, NewText(title, SubTitle.Centered())), words,
	}
	if action != nil {
		parts = append(parts, Pad(14, 0, 0, 0, Center(action)))
	}
	return Center(Fixed(420, 0, Pad(32, 0, 32, 0, VBox(0, parts...))))
}
