package ui

import (
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"

	"github.com/modelfactory/modelfactory/ui/nav"
	"github.com/modelfactory/modelfactory/ui/widgets"
)

// bindClosing sets what the window's own close button and the tray do. Closing
// hides to the tray where there is one, else asks; quitting always asks.
func (w *Window) bindClosing() {
	w.win.SetCloseIntercept(w.closeWindow)
	w.win.SetMaster()
	tray, ok := w.cfg.App.(desktop.App)
	if !ok || !w.cfg.HasTray {
		return
	}
	show := fyne.NewMenuItem("Open ModelFactory", w.Raise)
	quit := fyne.NewMenuItem("Quit…", func() {
		w.Raise()
		w.Quit()
	})
	quit.IsQuit = true
	tray.SetSystemTrayMenu(fyne.NewMenu("ModelFactory", show, fyne.NewMenuItemSeparator(), quit))
}

// Raise shows the window and brings it to the front.
func (w *Window) Raise() {
	w.win.Show()
	w.win.RequestFocus()
}

// closeWindow is what the close button and the close key do.
func (w *Window) closeWindow() {
	w.remember()
	if w.leaving {
		return
	}
	if !w.cfg.HasTray {
		w.Quit()
		return
	}
	w.win.Hide()
	if !w.prefs.store.Bool(keyTraySaid) {
		w.prefs.store.SetBool(keyTraySaid, true)
		w.cfg.App.SendNotification(fyne.NewNotification("ModelFactory goes on",
			"The window is closed. Runs and transactions go on; open it again from the tray, or quit there."))
	}
}

// remember keeps the size of the window for the next start.
func (w *Window) remember() {
	if s := w.win.Canvas().Size(); s.Width > 0 {
		w.prefs.setSize(s)
	}
}

// Quit asks, saves what runs, and ends the program.
func (w *Window) Quit() {
	if w.leaving {
		return
	}
	w.leaving = true
	running := w.cfg.Services.Running()
	q := &quitting{w: w, words: widgets.NewWrapped(quitWords(running), widgets.Label), bad: widgets.NewNote(widgets.Failed, "", "")}
	q.bad.Hide()
	label := "Quit"
	if len(running) > 0 {
		label = "Save and quit"
	}
	q.cancel = widgets.NewButton("Cancel", nil).Key("Esc")
	q.quit = widgets.NewButton(label, q.save).Primary()
	if len(running) == 0 {
		q.quit.SetTapped(q.leave)
	}
	q.body = widgets.Pad(20, 24, 20, 24, widgets.VBox(8,
		widgets.NewText("Quit ModelFactory?", widgets.Title), q.words, q.bad,
		widgets.Pad(8, 0, 0, 0, widgets.Row(8, widgets.Spacer(), q.cancel, q.quit))))
	shut := w.Open(nav.Dialog{Content: q.body, Width: 460, First: q.cancel, Closed: func() { w.leaving = q.gone }})
	q.cancel.SetTapped(shut)
}

func quitWords(running []string) string {
	if len(running) == 0 {
		return "Nothing is running. Everything is saved."
	}
	verb := "is"
	if len(running) > 1 {
		verb = "are"
	}
	return strings.Join(running, ", ") + " " + verb + " running. It is saved where it is now and paused; Resume goes on from there."
}

// quitting is the dialog while the person leaves.
type quitting struct {
	w            *Window
	words        *widgets.Wrapped
	bad          *widgets.Note
	cancel, quit *widgets.Button
	body         *fyne.Container
	gone         bool
}

// save stops every job and then leaves; when that fails the person decides.
func (q *quitting) save() {
	q.words.SetText("Saving. This takes as long as one step and one checkpoint.")
	q.quit.SetEnabled(false, "Saving")
	q.body.Refresh()
	q.w.saveAndStop(func(err error) {
		if err == nil {
			q.leave()
			return
		}
		q.bad.Set(widgets.Failed, "", err.Error()+"\nThe last checkpoint is kept. Quit anyway, or cancel and stop the run on its page.")
		q.bad.Show()
		q.words.SetText("Not everything could be saved.")
		q.quit.SetText("Quit anyway")
		q.quit.SetEnabled(true, "")
		q.quit.SetTapped(q.leave)
		q.body.Refresh()
	})
}

func (q *quitting) leave() {
	q.gone = true
	q.w.leaving = true
	q.w.remember()
	q.w.Close()
	q.w.cfg.App.Quit()
}
