package widgets

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"

	"github.com/modelfactory/modelfactory/assets/icons"
	"github.com/modelfactory/modelfactory/ui/theme"
)

// Note is a quiet box with an icon and a few lines.
type Note struct {
	widget.BaseWidget
	ground *Fill
	icon   *Icon
	text   *Wrapped
	body   *fyne.Container
}

// NewNote makes a note; icon "" takes the tone's.
func NewNote(tone Tone, icon icons.Name, text string) *Note {
	return NewNoteRich(tone, icon, Span{text, Quiet.In(tone.ink())})
}

// NewNoteRich is NewNote with several styles.
func NewNoteRich(tone Tone, icon icons.Name, spans ...Span) *Note {
	n := &Note{
		ground: NewFill(noteGround(tone), theme.RadiusPill), icon: NewIcon(pick(icon, tone.Icon()), IconRow, tone.ink()),
		text: NewRich(spans...),
	}
	n.body = Layers(n.ground, Pad(8, 12, 8, 12, TopRow(9, Tall(theme.SizeLineCaption, n.icon), n.text)))
	n.ExtendBaseWidget(n)
	return n
}

func noteGround(t Tone) fyne.ThemeColorName {
	if t == Neutral {
		return theme.Sunken
	}
	return t.ground()
}

// Set changes tone, icon ("" = the tone's) and text.
func (n *Note) Set(tone Tone, icon icons.Name, text string) {
	n.ground.SetColor(noteGround(tone))
	n.icon.Set(pick(icon, tone.Icon()), tone.ink())
	n.text.SetSpans(Span{text, Quiet.In(tone.ink())})
	n.body.Refresh()
}

// Text returns the words.
func (n *Note) Text() string { return n.text.Text() }

// HeightFor returns the height of the note at a width.
func (n *Note) HeightFor(width float32) float32 { return HeightFor(n.body, width) }

// CreateRenderer implements fyne.Widget.
func (n *Note) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(n.body) }

// NewMarkLine is an icon in the colour of a tone with a line of text, as in
// lists of what a licence allows or what was proved.
func NewMarkLine(tone Tone, icon icons.Name, text string) *fyne.Container {
	return TopRow(10, Tall(theme.SizeLine, NewIcon(pick(icon, tone.Icon()), IconRow, tone.ink())), NewWrapped(text, Body))
}

// NewCode is text in the mono font on a sunken ground, for commands and log
// tails.
func NewCode(text string) *CodeBox {
	c := &CodeBox{text: NewWrapped(text, Style{Size: theme.SizeMono, Mono: true, Line: theme.SizeLineCaption})}
	c.body = Layers(NewFill(theme.Sunken, theme.RadiusPill), Pad(8, 12, 8, 12, c.text))
	c.ExtendBaseWidget(c)
	return c
}

// CodeBox is what NewCode makes.
type CodeBox struct {
	widget.BaseWidget
	text *Wrapped
	body *fyne.Container
}

// SetText changes the text.
func (c *CodeBox) SetText(text string) { c.text.SetText(text); c.body.Refresh() }

// Text returns the text.
func (c *CodeBox) Text() string { return c.text.Text() }

// HeightFor returns the height of the box at a width.
func (c *CodeBox) HeightFor(width float32) float32 { return HeightFor(c.body, width) }

// CreateRenderer implements fyne.Widget.
func (c *CodeBox) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(c.body) }
