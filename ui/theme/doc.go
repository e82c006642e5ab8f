// Package theme holds every colour, size and font of the window, for light and
// dark, so that no other package names a hex value, a font file or a pixel size
// of text.
//
// It knows Fyne and the embedded fonts and nothing else of ours. Start with
// names.go (the tokens), then palette.go (their values) and theme.go (how they
// answer Fyne). The contrast of every pair that is drawn on another is checked
// by palette_test.go.
//
// Colours are parsed once into maps: Fyne asks for a colour thousands of times
// per theme switch, and parsing there was measured to cost more than a second.
package theme
