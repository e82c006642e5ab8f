package theme

import (
	"image/color"

	"fyne.io/fyne/v2"
	fynetheme "fyne.io/fyne/v2/theme"
)

// pair is one token's value in both variants.
type pair struct{ light, dark uint32 }

// tokens is the colour table of the design, RGB.
var tokens = map[fyne.ThemeColorName]pair{
	Bg:        {0xF5F6F8, 0x15181E},
	Side:      {0xECEEF2, 0x101318},
	Surface:   {0xFFFFFF, 0x1D2129},
	Sunken:    {0xF2F4F7, 0x181B22},
	Line:      {0xDCE0E7, 0x2E343F},
	Border:    {0x8C95A5, 0x6C7587},
	Text:      {0x1B2130, 0xE8EBF1},
	Text2:     {0x4A5263, 0xB8C0CD},
	Text3:     {0x5F6879, 0x98A1B1},
	Primary:   {0x2A55B5, 0x8DB1FF},
	OnPrimary: {0xFFFFFF, 0x0D1A33},
	PrimaryUp: {0x234899, 0xA6C2FF},
	Hover:     {0xF5F7FA, 0x232833},
	SideHover: {0xE3E6EC, 0x1A1F28},
	Pressed:   {0xE9EDF3, 0x2A303C},
	Selection: {0xE4ECFA, 0x22314F},
	Trained:   {0xDCE8FF, 0x263A63},
	Track:     {0xE3E6EC, 0x303744},
	Ok:        {0x1A7346, 0x6FCF97},
	OkSoft:    {0xE2F3E9, 0x1B3327},
	Warn:      {0x7F4F00, 0xF0B95A},
	WarnSoft:  {0xFCF0D6, 0x382D18},
	Bad:       {0xB3261E, 0xFF938A},
	BadSoft:   {0xFBE7E5, 0x43211F},
	Series1:   {0x2A55B5, 0x8DB1FF},
	Series2:   {0xC2570C, 0xFF9F5A},
	Series3:   {0x0F7B6C, 0x4FC9B4},
	Series4:   {0x8A3FA0, 0xCE93E0},
	Series5:   {0x7A6A00, 0xD3C05A},
	Series6:   {0x737C8D, 0x8C96A8},
}

// aliases are Fyne's names that take the colour of a token, so that stock
// parts (entries, menus, dialogs) look like ours.
var aliases = map[fyne.ThemeColorName]fyne.ThemeColorName{
	fynetheme.ColorNameInputBackground:     Surface,
	fynetheme.ColorNameOverlayBackground:   Surface,
	fynetheme.ColorNameMenuBackground:      Surface,
	fynetheme.ColorNameButton:              Surface,
	fynetheme.ColorNameDisabledButton:      Sunken,
	fynetheme.ColorNameDisabled:            Text3,
	fynetheme.ColorNameHyperlink:           Primary,
	fynetheme.ColorNameSelection:           Trained,
	fynetheme.ColorNameForegroundOnError:   Surface,
	fynetheme.ColorNameForegroundOnSuccess: Surface,
	fynetheme.ColorNameForegroundOnWarning: Surface,
}

// translucent are the names Fyne lays over other colours: RGBA, not
// premultiplied.
var translucent = map[fyne.ThemeColorName]pair{
	fynetheme.ColorNameHover:               {0x1B213010, 0xE8EBF114},
	fynetheme.ColorNamePressed:             {0x1B213020, 0xE8EBF124},
	fynetheme.ColorNameFocus:               {0x2A55B540, 0x8DB1FF40},
	fynetheme.ColorNameShadow:              {0x0B0F1A30, 0x00000070},
	fynetheme.ColorNameScrollBar:           {0x1B213050, 0xE8EBF150},
	fynetheme.ColorNameScrollBarBackground: {0x00000000, 0x00000000},
	Scrim:                                  {0x0B0F1A70, 0x00000099},
	Clear:                                  {0x00000000, 0x00000000},
}

// palettes are the two precomputed maps, indexed by variant.
var palettes = map[fyne.ThemeVariant]map[fyne.ThemeColorName]color.Color{
	fynetheme.VariantLight: palette(func(p pair) uint32 { return p.light }),
	fynetheme.VariantDark:  palette(func(p pair) uint32 { return p.dark }),
}

func palette(pick func(pair) uint32) map[fyne.ThemeColorName]color.Color {
	m := make(map[fyne.ThemeColorName]color.Color, len(tokens)+len(aliases)+len(translucent))
	for name, p := range tokens {
		v := pick(p)
		m[name] = color.NRGBA{R: uint8(v >> 16), G: uint8(v >> 8), B: uint8(v), A: 0xFF}
	}
	for name, p := range translucent {
		v := pick(p)
		m[name] = color.NRGBA{R: uint8(v >> 24), G: uint8(v >> 16), B: uint8(v >> 8), A: uint8(v)}
	}
	for name, token := range aliases {
		m[name] = m[token]
	}
	return m
}

// None is a colour that draws nothing. A rectangle needs it as its fill: with a
// nil fill and square corners Fyne's software painter panics.
var None color.Color = color.Transparent
