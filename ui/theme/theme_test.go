package theme

import (
	"image/color"
	"math"
	"testing"

	"fyne.io/fyne/v2"
	fynetheme "fyne.io/fyne/v2/theme"
)

// luminance is the relative luminance of WCAG 2.1.
func luminance(c color.Color) float64 {
	n := color.NRGBAModel.Convert(c).(color.NRGBA)
	lin := func(v uint8) float64 {
		x := float64(v) / 255
		if x <= 0.04045 {
			return x / 12.92
		}
		return math.Pow((x+0.055)/1.055, 2.4)
	}
	return 0.2126*lin(n.R) + 0.7152*lin(n.G) + 0.0722*lin(n.B)
}

func contrast(a, b color.Color) float64 {
	x, y := luminance(a), luminance(b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

// TestContrast holds every pair that is drawn: text on each ground it is used
// on, and edges and series on cards.
func TestContrast(t *testing.T) {
	const text, edge = 4.7, 3.0
	pairs := []struct {
		ink     fyne.ThemeColorName
		grounds []fyne.ThemeColorName
		least   float64
	}{
		{Text, []fyne.ThemeColorName{Bg, Side, Surface, Sunken, Selection, Trained, Track, Hover, SideHover, Pressed}, text},
		{Text2, []fyne.ThemeColorName{Bg, Side, Surface, Sunken, Selection, Trained, Track, Hover, SideHover}, text},
		{Text3, []fyne.ThemeColorName{Bg, Surface, Sunken, Hover}, text},
		{Primary, []fyne.ThemeColorName{Bg, Surface, Sunken, Selection, Hover, Side}, text},
		{OnPrimary, []fyne.ThemeColorName{Primary, PrimaryUp}, text},
		{Ok, []fyne.ThemeColorName{Surface, OkSoft, Bg, Hover}, text},
		{Warn, []fyne.ThemeColorName{Surface, WarnSoft, Bg, Hover}, text},
		{Bad, []fyne.ThemeColorName{Surface, BadSoft, Bg, Hover}, text},
		{Border, []fyne.ThemeColorName{Surface}, edge},
	}
	for _, series := range []fyne.ThemeColorName{Series1, Series2, Series3, Series4, Series5, Series6} {
		pairs = append(pairs, struct {
			ink     fyne.ThemeColorName
			grounds []fyne.ThemeColorName
			least   float64
		}{series, []fyne.ThemeColorName{Surface}, edge})
	}
	for _, mode := range []Mode{Light, Dark} {
		th := New(mode, 100)
		for _, p := range pairs {
			for _, g := range p.grounds {
				got := contrast(th.Color(p.ink, 0), th.Color(g, 0))
				if got < p.least {
					t.Errorf("%s: %s on %s has contrast %.2f, want at least %.1f", mode, p.ink, g, got, p.least)
				}
			}
		}
	}
}

func TestForcedModeIgnoresSystem(t *testing.T) {
	for _, tc := range []struct {
		mode   Mode
		system fyne.ThemeVariant
		want   fyne.ThemeVariant
	}{
		{System, fynetheme.VariantDark, fynetheme.VariantDark},
		{System, fynetheme.VariantLight, fynetheme.VariantLight},
		{Light, fynetheme.VariantDark, fynetheme.VariantLight},
		{Dark, fynetheme.VariantLight, fynetheme.VariantDark},
		{"neon", fynetheme.VariantDark, fynetheme.VariantDark},
	} {
		th := New(tc.mode, 100)
		if got, want := th.Color(Bg, tc.system), palettes[tc.want][Bg]; got != want {
			t.Errorf("%s on system %d: page is %v, want %v", tc.mode, tc.system, got, want)
		}
	}
}

func TestTextSizeGrowsTextAndControlsOnly(t *testing.T) {
	small, normal, large := New(Light, 10), New(Light, 100), New(Light, 500)
	if small.Percent() != MinPercent || large.Percent() != MaxPercent {
		t.Fatalf("text size is not held between %d and %d: %d, %d", MinPercent, MaxPercent, small.Percent(), large.Percent())
	}
	for name := range growing {
		if !(small.Size(name) < normal.Size(name) && normal.Size(name) < large.Size(name)) {
			t.Errorf("%s does not grow: %v %v %v", name, small.Size(name), normal.Size(name), large.Size(name))
		}
	}
	for name := range fixed {
		if small.Size(name) != large.Size(name) {
			t.Errorf("%s changes with the text size", name)
		}
	}
	if got := large.Size(SizeControl); got != float32(math.Trunc(float64(got))) {
		t.Errorf("a control is %v high: fractions blur what stands below it", got)
	}
}

// TestDigitsAreTabular holds what prepare.py did to the fonts: columns of
// numbers line up, and code shows the characters that are in it.
func TestDigitsAreTabular(t *testing.T) {
	app := newTestApp(t)
	app.Settings().SetTheme(New(Light, 100))
	for _, style := range []fyne.TextStyle{{}, {Bold: true}, {Monospace: true}} {
		ones, eights := fyne.MeasureText("1111.11", 13, style), fyne.MeasureText("8888.88", 13, style)
		if ones.Width != eights.Width {
			t.Errorf("%+v: 1111.11 is %v wide, 8888.88 is %v", style, ones.Width, eights.Width)
		}
	}
}
