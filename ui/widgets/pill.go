package widgets

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"

	"github.com/modelfactory/modelfactory/assets/icons"
	"github.com/modelfactory/modelfactory/ui/theme"
)

// Tone is what a pill, note or mark means. Colour never speaks alone: a word or
// an icon stands beside it.
type Tone int

// The tones.
const (
	Neutral Tone = iota // grey: none, on this computer, replaced
	Info                // blue: training, yours, asked
	Good                // green: licensed, verified, final
	Caution             // amber: ends soon
	Failed              // red: failed, missing, differs
)

// ink and ground are the colours of a tone.
func (t Tone) ink() fyne.ThemeColorName {
	return [...]fyne.ThemeColorName{theme.Text2, theme.Primary, theme.Ok, theme.Warn, theme.Bad}[t]
}

func (t Tone) ground() fyne.ThemeColorName {
	return [...]fyne.ThemeColorName{theme.Track, theme.Selection, theme.OkSoft, theme.WarnSoft, theme.BadSoft}[t]
}

// Icon returns the icon that says the tone without colour.
func (t Tone) Icon() icons.Name {
	return [...]icons.Name{icons.Info, icons.Info, icons.Check, icons.Warning, icons.Error}[t]
}

// Pill is a short word on a soft ground.
type Pill struct {
	widget.BaseWidget
	tone   Tone
	ground *Fill
	icon   *Icon
	text   *Text
	body   *fyne.Container
}

// NewPill makes a pill without an icon.
func NewPill(text string, tone Tone) *Pill {
	p := &Pill{
		tone: tone, ground: NewFill(tone.ground(), theme.RadiusPill), icon: NewIcon(icons.Check, IconTiny, tone.ink()),
		text: NewText(text, Style{Size: theme.SizeCaption, Color: tone.ink()}),
	}
	p.icon.Hide()
	p.body = Layers(p.ground, Pad(0, 8, 0, 8, Row(4, p.icon, p.text)))
	p.ExtendBaseWidget(p)
	return p
}

// Icon puts an icon before the word. It returns p.
func (p *Pill) Icon(name icons.Name) *Pill {
	p.icon.Set(name, p.icon.color)
	p.icon.Show()
	p.body.Refresh() // a pill of a reused cell keeps its size, and would not be laid out again
	return p
}

// Set changes word and tone, and takes the icon away.
func (p *Pill) Set(text string, tone Tone) *Pill {
	p.text.Set(text, Style{Size: theme.SizeCaption, Color: tone.ink()})
	p.tone = tone
	p.ground.SetColor(tone.ground())
	p.icon.Set(p.icon.name, tone.ink())
	p.icon.Hide()
	p.body.Refresh()
	return p
}

// onSelected says that the row of the pill is selected: its ground is that of a
// blue pill, which then takes the card's.
func (p *Pill) onSelected(on bool) {
	ground := p.tone.ground()
	if on && ground == theme.Selection {
		ground = theme.Surface
	}
	p.ground.SetColor(ground)
}

// Text returns the word.
func (p *Pill) Text() string { return p.text.Text() }

// CreateRenderer implements fyne.Widget.
func (p *Pill) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(p.body) }
