package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"

	"github.com/modelfactory/modelfactory/ui/nav"
	"github.com/modelfactory/modelfactory/ui/widgets"
)

// bindKeys registers every line of nav.Keys with the canvas. Those without a
// modifier come as typed keys, and only when nothing that has the keyboard used
// them.
func (w *Window) bindKeys() {
	c := w.win.Canvas()
	bind := func(s fyne.Shortcut, id nav.KeyID) {
		do := func(fyne.Shortcut) { w.press(id) }
		c.AddShortcut(s, do)
		w.keys.AddShortcut(s, do)
	}
	for _, k := range nav.Keys {
		if s := k.Shortcut(); s != nil {
			bind(s, k.ID)
		}
	}
	// some keyboards have + without Shift, and Enter in the number block
	bind(&desktop.CustomShortcut{KeyName: fyne.KeyPlus, Modifier: fyne.KeyModifierShortcutDefault}, nav.KeyBigger)
	bind(&desktop.CustomShortcut{KeyName: fyne.KeyEnter, Modifier: fyne.KeyModifierShortcutDefault}, nav.KeyStart)
	widgets.ForwardShortcuts(c, &w.keys)
	c.SetOnTypedKey(w.typed)
}

func (w *Window) typed(e *fyne.KeyEvent) {
	if e.Name == fyne.KeyEscape {
		w.escape()
		return
	}
	name := e.Name
	if name == fyne.KeyEnter { // of the number block
		name = fyne.KeyReturn
	}
	for _, k := range nav.Keys {
		if k.Mod == 0 && k.Name == name {
			w.press(k.ID)
			return
		}
	}
}

// escape closes the top layer: a dialog, else a layer of the page.
func (w *Window) escape() {
	if n := len(w.picking); n > 0 {
		w.picking[n-1].Dismiss()
		return
	}
	if n := len(w.dialogs); n > 0 {
		w.dialogs[n-1].escape()
		return
	}
	if e, ok := w.front.(nav.Escaper); ok {
		e.Escape()
	}
}

// whileDialog are the keys that work over a dialog.
var whileDialog = map[nav.KeyID]bool{nav.KeyQuit: true, nav.KeyBigger: true, nav.KeySmaller: true}

// covered reports whether a dialog or a menu lies over the page.
func (w *Window) covered() bool { return w.win.Canvas().Overlays().Top() != nil }

// press does what a shortcut is for.
func (w *Window) press(id nav.KeyID) {
	if w.covered() && !whileDialog[id] {
		return
	}
	for _, p := range places {
		if p.key == id {
			w.Go(nav.Route{Page: p.page})
			return
		}
	}
	switch id {
	case nav.KeyBack:
		if w.history.can(-1) {
			w.Back()
		}
	case nav.KeyForward:
		w.Forward()
	case nav.KeyNewRun:
		w.Go(nav.Route{Page: nav.PageNewRun})
	case nav.KeyImport:
		w.importFile()
	case nav.KeyLock:
		w.cfg.Services.LockWallet()
		w.Toast("The wallet is locked")
	case nav.KeyBigger:
		w.grow(1)
	case nav.KeySmaller:
		w.grow(-1)
	case nav.KeyClose:
		w.closeWindow()
	case nav.KeyQuit:
		w.Quit()
	default:
		if p, ok := w.front.(nav.Presser); ok {
			p.Press(id)
		}
	}
}

// importFile asks for a file of rows, unless the page has an import of its own.
func (w *Window) importFile() {
	if p, ok := w.front.(nav.Presser); ok && p.Press(nav.KeyImport) {
		return
	}
	w.PickFile("Import a file", []string{".jsonl", ".json", ".csv", ".txt"}, func(path string) {
		if path != "" {
			w.Go(nav.Route{Page: nav.PageNewRun, Arg: "file=" + path})
		}
	})
}
