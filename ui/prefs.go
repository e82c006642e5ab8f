package ui

import (
	"fyne.io/fyne/v2"

	"github.com/modelfactory/modelfactory/ui/nav"
	"github.com/modelfactory/modelfactory/ui/theme"
)

// prefs are the settings of the window alone: looks and sizes. They lie in
// Fyne's preferences, which are plain JSON, so nothing secret goes here; what
// the command line must see too belongs to the studio.
type prefs struct{ store fyne.Preferences }

const (
	keyMode     = "look.mode"
	keyPercent  = "look.text"
	keyWidth    = "window.width"
	keyHeight   = "window.height"
	keyTraySaid = "tray.said"
)

func (p prefs) theme() *theme.Theme {
	return theme.New(theme.Mode(p.store.StringWithFallback(keyMode, string(theme.System))), p.store.IntWithFallback(keyPercent, 100))
}

// size is the size of the last window, at least the smallest one. A position is
// not kept: Wayland ignores it, and a screen may be gone.
func (p prefs) size() fyne.Size {
	w := p.store.FloatWithFallback(keyWidth, 1280)
	h := p.store.FloatWithFallback(keyHeight, 800)
	return fyne.NewSize(min(max(float32(w), minWidth), 7680), min(max(float32(h), minHeight), 4320))
}

func (p prefs) setSize(s fyne.Size) {
	p.store.SetFloat(keyWidth, float64(s.Width))
	p.store.SetFloat(keyHeight, float64(s.Height))
}

// Look returns the mode ("light", "dark", "system") and the text size in percent.
func (w *Window) Look() (mode string, percent int) {
	t := w.prefs.theme()
	return string(t.Mode()), t.Percent()
}

// SetLook changes both at once and keeps them.
func (w *Window) SetLook(mode string, percent int) {
	t := theme.New(theme.Mode(mode), percent)
	w.prefs.store.SetString(keyMode, string(t.Mode()))
	w.prefs.store.SetInt(keyPercent, t.Percent())
	w.cfg.App.Settings().SetTheme(t)
	// heights changed: lay everything out anew
	w.win.Content().Refresh()
	if p, ok := w.front.(nav.Styled); ok {
		p.Restyled()
	}
}

// grow changes the text size by steps of 10 %.
func (w *Window) grow(steps int) {
	mode, percent := w.Look()
	w.SetLook(mode, percent+10*steps)
}
