package theme

import (
	"fyne.io/fyne/v2"
	fynetheme "fyne.io/fyne/v2/theme"
)

// Colour tokens. Where Fyne has a name for the same thing the token is Fyne's,
// so that stock widgets follow; the rest are our own names.
const (
	Bg        = fynetheme.ColorNameBackground          // page
	Surface   = fyne.ThemeColorName("mfCard")          // cards, entries, dialogs
	Side      = fyne.ThemeColorName("mfSidebar")       // sidebar, status bar
	Sunken    = fynetheme.ColorNameHeaderBackground    // table heads, code, quiet notes
	Line      = fynetheme.ColorNameSeparator           // 1 px rules, card edges
	Border    = fynetheme.ColorNameInputBorder         // edges of controls
	Text      = fynetheme.ColorNameForeground          // content
	Text2     = fyne.ThemeColorName("mfText2")         // labels
	Text3     = fynetheme.ColorNamePlaceHolder         // hints
	Primary   = fynetheme.ColorNamePrimary             // the main action, links, focus
	OnPrimary = fynetheme.ColorNameForegroundOnPrimary // text on it
	Hover     = fyne.ThemeColorName("mfHover")         // opaque ground under the pointer, on cards
	SideHover = fyne.ThemeColorName("mfSideHover")     // the same on the sidebar
	Pressed   = fyne.ThemeColorName("mfPressed")       // while the button is down
	PrimaryUp = fyne.ThemeColorName("mfPrimaryHover")  // main action under the pointer
	Selection = fyne.ThemeColorName("mfNavOn")         // selected row, current page
	Trained   = fyne.ThemeColorName("mfTrained")       // trained part of a row, influenced words
	Track     = fyne.ThemeColorName("mfTrack")         // empty part of bars, neutral pills
	Ok        = fynetheme.ColorNameSuccess             // passed, verified, licensed
	OkSoft    = fyne.ThemeColorName("mfOkSoft")        // ground under Ok
	Warn      = fynetheme.ColorNameWarning             // to know, ends soon
	WarnSoft  = fyne.ThemeColorName("mfWarnSoft")      // ground under Warn
	Bad       = fynetheme.ColorNameError               // failed, differs, missing
	BadSoft   = fyne.ThemeColorName("mfBadSoft")       // ground under Bad
	Series1   = fyne.ThemeColorName("mfSeries1")       // train
	Series2   = fyne.ThemeColorName("mfSeries2")       // eval; development chain
	Series3   = fyne.ThemeColorName("mfSeries3")       // fits, helps
	Series4   = fyne.ThemeColorName("mfSeries4")       // third source or run
	Series5   = fyne.ThemeColorName("mfSeries5")       // fifth
	Series6   = fyne.ThemeColorName("mfSeries6")       // base and others
	Scrim     = fyne.ThemeColorName("mfScrim")         // dims the page behind a dialog
	Clear     = fyne.ThemeColorName("mfClear")         // fully transparent
)

// SourceColor returns the colour of the i-th data source of a mix, counted from
// 0. Sources leave out the orange of eval, so that a mix never looks like a
// warning.
func SourceColor(i int) fyne.ThemeColorName {
	all := [...]fyne.ThemeColorName{Series1, Series3, Series4, Series5, Series2, Series6}
	if i < 0 {
		i = 0
	}
	return all[i%len(all)]
}

// Text size tokens. They grow with the text size setting.
const (
	SizeBody      = fynetheme.SizeNameText           // 13
	SizeCaption   = fynetheme.SizeNameCaptionText    // 12
	SizeSub       = fynetheme.SizeNameSubHeadingText // 15, card titles
	SizeHeading   = fynetheme.SizeNameHeadingText    // 18, page titles
	SizeFigure    = fyne.ThemeSizeName("mfFigure")   // 24
	SizeFigureBig = fyne.ThemeSizeName("mfFigureBig")
	SizeTick      = fyne.ThemeSizeName("mfTick") // 11, chart ticks and key hints
	SizeMono      = fyne.ThemeSizeName("mfMono") // 12
)

// Sizes of space and shape. Those named after controls and rows grow with the
// text size setting, radii and gaps do not.
const (
	SizeLine         = fyne.ThemeSizeName("mfLine")         // 20, line height of text
	SizeLineCaption  = fyne.ThemeSizeName("mfLineCaption")  // 18, in notes
	SizeControl      = fyne.ThemeSizeName("mfControl")      // 32
	SizeControlSmall = fyne.ThemeSizeName("mfControlSmall") // 26
	SizeControlBig   = fyne.ThemeSizeName("mfControlBig")   // 40
	SizeRow          = fyne.ThemeSizeName("mfRow")          // 36
	SizeRowDense     = fyne.ThemeSizeName("mfRowDense")     // 30
	SizeRowTwo       = fyne.ThemeSizeName("mfRowTwo")       // 50, two lines
	SizePill         = fyne.ThemeSizeName("mfPill")         // 20
)

// Radii and gaps of the design, in device independent pixels.
const (
	RadiusCard    float32 = 8
	RadiusControl float32 = 6
	RadiusDialog  float32 = 10
	RadiusPill    float32 = 4
	RadiusBar     float32 = 3
	CardPadding   float32 = 16
	CardGap       float32 = 12
	PageMarginX   float32 = 24
	PageMarginY   float32 = 16
)
