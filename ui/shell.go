package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	fynetheme "fyne.io/fyne/v2/theme"

	"github.com/modelfactory/modelfactory/ui/theme"
	"github.com/modelfactory/modelfactory/ui/widgets"
)

// The smallest window, and the width under which the sidebar shows icons only.
const (
	minWidth  float32 = 960
	minHeight float32 = 640
	foldWidth float32 = 1000
)

// shellLayout places sidebar, rule, header, rule, page and status bar. It alone
// decides the smallest size of the window: a page never makes it larger.
type shellLayout struct {
	side *sidebar
	foot *statusbar
}

func (l *shellLayout) Layout(o []fyne.CanvasObject, size fyne.Size) {
	// the frame grows with the text, so that no word is cut
	k := fynetheme.Size(theme.SizeControl) / 32
	side, head, foot := sideWide, whole(headHeight*max(k, 1)), whole(footHeight*max(k, 1))
	l.side.setNarrow(size.Width < foldWidth*max(k, 1))
	if l.side.narrow {
		side = sideNarrow
	} else {
		side = whole(side * max(k, 1))
	}
	body := size.Height - foot
	l.foot.fit(size.Width)
	put(o[0], 0, 0, side-1, body)
	put(o[1], side-1, 0, 1, body)
	put(o[2], side, 0, size.Width-side, head)
	put(o[3], side, head-1, size.Width-side, 1)
	put(o[4], side, head, size.Width-side, body-head)
	put(o[5], 0, body, size.Width, foot)
}

func (l *shellLayout) MinSize([]fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(minWidth, minHeight)
}

func put(o fyne.CanvasObject, x, y, w, h float32) {
	o.Move(fyne.NewPos(x, y))
	o.Resize(fyne.NewSize(w, h))
}

// pagesLayout gives the page in front the whole area. Pages behind stay in the
// tree, hidden, so that they follow a switch of the theme.
type pagesLayout struct{}

func (pagesLayout) Layout(o []fyne.CanvasObject, size fyne.Size) {
	for _, page := range o {
		if page.Visible() {
			put(page, 0, 0, size.Width, size.Height)
		}
	}
}

func (pagesLayout) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.Size{} }

// build puts the parts of the window over one another: ground, frame, toasts,
// tooltips. Dialogs are overlays of the canvas, above all of it.
func (w *Window) build() fyne.CanvasObject {
	w.pages = container.New(pagesLayout{})
	w.attic = container.New(pagesLayout{})
	w.wait = newWaiting()
	w.attic.Hide()
	frame := container.New(&shellLayout{side: w.side, foot: w.foot},
		w.side.object, widgets.NewRule(), w.head.object, widgets.NewRule(), widgets.Layers(w.pages, w.wait.words), w.foot.object)
	// the painter clears the window with a colour that is slightly off, so the
	// ground is drawn
	return widgets.Layers(widgets.NewFill(theme.Bg, 0), frame, w.attic, w.toasts, w.tips)
}
