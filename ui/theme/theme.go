package theme

import (
	"image/color"
	"math"

	"fyne.io/fyne/v2"
	fynetheme "fyne.io/fyne/v2/theme"

	"github.com/modelfactory/modelfactory/assets/fonts"
	"github.com/modelfactory/modelfactory/assets/icons"
)

// Mode says which variant the window shows.
type Mode string

// The modes a person can choose.
const (
	System Mode = "system" // follow the desktop
	Light  Mode = "light"
	Dark   Mode = "dark"
)

// Smallest and largest text size setting, in percent.
const (
	MinPercent = 80
	MaxPercent = 160
)

// Theme implements fyne.Theme with the design's tokens. It is immutable: a
// change of mode or text size makes a new one and hands it to
// fyne.Settings.SetTheme.
type Theme struct {
	mode    Mode
	percent int
	base    fyne.Theme
	sizes   map[fyne.ThemeSizeName]float32
}

var _ fyne.Theme = (*Theme)(nil)

// New makes the theme for a mode and a text size in percent of the design's
// sizes, held between MinPercent and MaxPercent. An unknown mode follows the
// system.
func New(mode Mode, percent int) *Theme {
	if mode != Light && mode != Dark {
		mode = System
	}
	percent = min(max(percent, MinPercent), MaxPercent)
	return &Theme{mode: mode, percent: percent, base: fynetheme.DefaultTheme(), sizes: scaled(percent)}
}

// Mode returns the mode the theme was made with.
func (t *Theme) Mode() Mode { return t.mode }

// Percent returns the text size the theme was made with.
func (t *Theme) Percent() int { return t.percent }

// Variant returns the variant that is shown when the desktop asks for system.
func (t *Theme) Variant(system fyne.ThemeVariant) fyne.ThemeVariant {
	switch t.mode {
	case Light:
		return fynetheme.VariantLight
	case Dark:
		return fynetheme.VariantDark
	}
	return system
}

// Color returns the value of a token or of one of Fyne's names.
func (t *Theme) Color(name fyne.ThemeColorName, system fyne.ThemeVariant) color.Color {
	v := t.Variant(system)
	p, ok := palettes[v]
	if !ok {
		p = palettes[fynetheme.VariantLight]
	}
	if c, ok := p[name]; ok {
		return c
	}
	return t.base.Color(name, v)
}

// Font returns Inter, its SemiBold for bold text, and JetBrains Mono for
// monospaced text. Italics are drawn upright: the design has two weights only.
func (t *Theme) Font(style fyne.TextStyle) fyne.Resource {
	switch {
	case style.Symbol:
		return t.base.Font(style)
	case style.Monospace:
		return mono
	case style.Bold:
		return semiBold
	}
	return regular
}

// Icon returns our drawing where stock parts (menus, file dialogs, password
// fields) use one that we have, else Fyne's own.
func (t *Theme) Icon(name fyne.ThemeIconName) fyne.Resource {
	if res, ok := stockIcons[name]; ok {
		return res
	}
	return t.base.Icon(name)
}

// stockIcons are Fyne's icon names that we draw ourselves.
var stockIcons = stock(map[fyne.ThemeIconName]icons.Name{
	fynetheme.IconNameCancel:         icons.Close,
	fynetheme.IconNameConfirm:        icons.Check,
	fynetheme.IconNameSearch:         icons.Search,
	fynetheme.IconNameVisibility:     icons.Eye,
	fynetheme.IconNameVisibilityOff:  icons.EyeOff,
	fynetheme.IconNameHome:           icons.Home,
	fynetheme.IconNameFolder:         icons.Folder,
	fynetheme.IconNameFolderOpen:     icons.Folder,
	fynetheme.IconNameFolderNew:      icons.Plus,
	fynetheme.IconNameFile:           icons.File,
	fynetheme.IconNameSettings:       icons.Settings,
	fynetheme.IconNameMoreHorizontal: icons.More,
	fynetheme.IconNameArrowDropDown:  icons.ChevronDown,
	fynetheme.IconNameArrowDropUp:    icons.ChevronUp,
	fynetheme.IconNameNavigateBack:   icons.ChevronLeft,
	fynetheme.IconNameNavigateNext:   icons.ChevronRight,
	fynetheme.IconNameMenuExpand:     icons.ChevronRight,
	fynetheme.IconNameInfo:           icons.Info,
	fynetheme.IconNameWarning:        icons.Warning,
	fynetheme.IconNameError:          icons.Error,
	fynetheme.IconNameContentCopy:    icons.Copy,
	fynetheme.IconNameDelete:         icons.Trash,
	fynetheme.IconNameComputer:       icons.Disk,
	fynetheme.IconNameStorage:        icons.Disk,
	fynetheme.IconNameDownload:       icons.Download,
	fynetheme.IconNameDocument:       icons.File,
})

func stock(names map[fyne.ThemeIconName]icons.Name) map[fyne.ThemeIconName]fyne.Resource {
	out := make(map[fyne.ThemeIconName]fyne.Resource, len(names))
	for stock, name := range names {
		raw, err := icons.SVG(name, color.NRGBA{A: 0xFF})
		if err != nil { // the names are constants of the embedded files
			panic(err)
		}
		out[stock] = fynetheme.NewThemedResource(fyne.NewStaticResource(string(name)+".svg", raw))
	}
	return out
}

// Size returns a size token, grown by the text size where it should.
func (t *Theme) Size(name fyne.ThemeSizeName) float32 {
	if s, ok := t.sizes[name]; ok {
		return s
	}
	return t.base.Size(name)
}

var (
	regular  = fyne.NewStaticResource("Inter-Regular.otf", fonts.InterRegular)
	semiBold = fyne.NewStaticResource("Inter-SemiBold.otf", fonts.InterSemiBold)
	mono     = fyne.NewStaticResource("JetBrainsMono-Regular.ttf", fonts.JetBrainsMono)
)

// growing are the sizes that follow the text size setting.
var growing = map[fyne.ThemeSizeName]float32{
	SizeBody: 13, SizeCaption: 12, SizeSub: 15, SizeHeading: 18,
	SizeFigure: 24, SizeFigureBig: 28, SizeTick: 11, SizeMono: 12,
	SizeLine: 20, SizeLineCaption: 18,
	SizeControl: 32, SizeControlSmall: 26, SizeControlBig: 40,
	SizeRow: 36, SizeRowDense: 30, SizeRowTwo: 50, SizePill: 20,
	fynetheme.SizeNameInlineIcon: 16,
}

// fixed are the sizes that do not.
var fixed = map[fyne.ThemeSizeName]float32{
	fynetheme.SizeNamePadding:            4,
	fynetheme.SizeNameInnerPadding:       8,
	fynetheme.SizeNameLineSpacing:        4,
	fynetheme.SizeNameInputBorder:        1,
	fynetheme.SizeNameSeparatorThickness: 1,
	fynetheme.SizeNameInputRadius:        RadiusControl,
	fynetheme.SizeNameButtonRadius:       RadiusControl,
	fynetheme.SizeNameSelectionRadius:    RadiusControl,
	fynetheme.SizeNameCardRadius:         RadiusCard,
	fynetheme.SizeNamePopupRadius:        RadiusCard,
	fynetheme.SizeNameMenuRadius:         RadiusCard,
	fynetheme.SizeNameDialogRadius:       RadiusDialog,
	fynetheme.SizeNameModalBlurRadius:    0,
	fynetheme.SizeNameScrollBar:          8,
	fynetheme.SizeNameScrollBarSmall:     4,
	fynetheme.SizeNameScrollBarRadius:    4,
}

// scaled computes the size table. Heights are rounded to whole pixels: at scale
// 1 a fractional coordinate blurs every edge to its right.
func scaled(percent int) map[fyne.ThemeSizeName]float32 {
	m := make(map[fyne.ThemeSizeName]float32, len(growing)+len(fixed))
	for name, size := range fixed {
		m[name] = size
	}
	k := float64(percent) / 100
	for name, size := range growing {
		v := float64(size) * k
		if name != SizeBody && name != SizeCaption && name != SizeTick && name != SizeMono {
			v = math.Round(v)
		}
		m[name] = float32(v)
	}
	return m
}
