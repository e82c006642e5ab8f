package ui

import (
	"time"

	"fyne.io/fyne/v2"

	"github.com/modelfactory/modelfactory/ui/task"
	"github.com/modelfactory/modelfactory/ui/widgets"
)

// waitLook is how often a page that has nothing to show yet is looked at. What
// comes within it is shown without a word before.
const waitLook = 200 * time.Millisecond

// waiting says "Reading…" in place of a page that hides itself until it has
// something to show: an empty page looks broken.
type waiting struct {
	words *fyne.Container
	stop  func()
}

func newWaiting() waiting {
	words := widgets.Center(widgets.NewText("Reading…", widgets.Label))
	words.Hide()
	return waiting{words: words}
}

// over watches the page that came to the front.
func (w *waiting) over(page fyne.CanvasObject) {
	if w.stop != nil {
		w.stop()
		w.stop = nil
	}
	visible(w.words, false)
	if !page.Visible() {
		w.look(page)
	}
}

func (w *waiting) look(page fyne.CanvasObject) {
	w.stop = task.After(task.Current(), waitLook, func() {
		visible(w.words, !page.Visible())
		if !page.Visible() {
			w.look(page)
		}
	})
}
