package widgets

import (
	"math"

	"fyne.io/fyne/v2"
	fynetheme "fyne.io/fyne/v2/theme"

	"github.com/modelfactory/modelfactory/ui/theme"
)

// Style is how a text looks: theme names only, so that it follows a switch.
// The zero value is body text in the content colour.
type Style struct {
	Color fyne.ThemeColorName // "" = theme.Text
	Size  fyne.ThemeSizeName  // "" = theme.SizeBody
	Bold  bool                // SemiBold
	Mono  bool
	Align fyne.TextAlign
	Line  fyne.ThemeSizeName  // line height; "" = theme.SizeLine
	Mark  fyne.ThemeColorName // ground behind the words; drawn by MarkedText only
}

// Styles of the design.
var (
	Body      = Style{}
	Strong    = Style{Bold: true}
	Label     = Style{Color: theme.Text2}                                                       // 13, labels
	Caption   = Style{Color: theme.Text2, Size: theme.SizeCaption}                              // 12, second lines
	Small     = Style{Size: theme.SizeCaption}                                                  // 12 in the content colour
	Hint      = Style{Color: theme.Text3, Size: theme.SizeCaption}                              // 12, hints
	Quiet     = Style{Color: theme.Text2, Size: theme.SizeCaption, Line: theme.SizeLineCaption} // 12/18, notes
	SubTitle  = Style{Size: theme.SizeSub, Bold: true}                                          // 15, card titles
	Title     = Style{Size: theme.SizeHeading, Bold: true}                                      // 18, page titles
	Figure    = Style{Size: theme.SizeFigure, Bold: true}                                       // 24
	FigureBig = Style{Size: theme.SizeFigureBig, Bold: true}                                    // 28
	Code      = Style{Size: theme.SizeMono, Mono: true}                                         // 12 mono
	CodeQuiet = Style{Size: theme.SizeMono, Mono: true, Color: theme.Text2}                     // 12 mono, label colour
	Tick      = Style{Size: theme.SizeTick, Color: theme.Text2}                                 // 11, charts and key hints
)

// In returns the style in another colour.
func (s Style) In(c fyne.ThemeColorName) Style { s.Color = c; return s }

// Right returns the style aligned to the right edge of its place.
func (s Style) Right() Style { s.Align = fyne.TextAlignTrailing; return s }

// Centered returns the style centred in its place.
func (s Style) Centered() Style { s.Align = fyne.TextAlignCenter; return s }

// Semi returns the style in SemiBold.
func (s Style) Semi() Style { s.Bold = true; return s }

func (s Style) color() fyne.ThemeColorName {
	if s.Color == "" {
		return theme.Text
	}
	return s.Color
}

func (s Style) size(w fyne.Widget) float32 {
	if s.Size == "" {
		return sizeOf(theme.SizeBody, w)
	}
	return sizeOf(s.Size, w)
}

func (s Style) text() fyne.TextStyle {
	return fyne.TextStyle{Bold: s.Bold, Monospace: s.Mono}
}

// lineHeight is the height of one line: the style's, or the font's natural
// height where that is more (figures).
func (s Style) lineHeight(w fyne.Widget) float32 {
	name := s.Line
	if name == "" {
		name = theme.SizeLine
	}
	line := sizeOf(name, w)
	return max(line, ceil(s.size(w)*1.21))
}

// lift moves mono text up by a pixel: its taller ascent would set it below the
// base line of the text beside it.
func (s Style) lift() float32 {
	if s.Mono {
		return 1
	}
	return 0
}

// width is the width of a text in whole pixels, rounded up: a fractional width
// blurs the edges of whatever stands to the right.
func (s Style) width(text string, w fyne.Widget) float32 {
	if text == "" {
		return 0
	}
	return ceil(fyne.MeasureText(text, s.size(w), s.text()).Width)
}

func sizeOf(name fyne.ThemeSizeName, w fyne.Widget) float32 {
	return fynetheme.SizeForWidget(name, w)
}

// Grown is a width that was chosen for text of normal size, in the text size
// that is set: words keep their room when they grow, and pictures lose none
// when words shrink.
func Grown(width float32) float32 { return ceil(width * growth()) }

func growth() float32 { return max(fynetheme.Size(theme.SizeControl)/32, 1) }

func floor(v float32) float32 { return float32(math.Floor(float64(v))) }

func ceil(v float32) float32 { return float32(math.Ceil(float64(v) - 1e-3)) }
