package ui

import (
	"fyne.io/fyne/v2"

	"github.com/modelfactory/modelfactory/assets/icons"
	"github.com/modelfactory/modelfactory/ui/nav"
	"github.com/modelfactory/modelfactory/ui/theme"
	"github.com/modelfactory/modelfactory/ui/widgets"
)

const headHeight float32 = 56

// header is the line above a page: back and forward, path and title, actions.
type header struct {
	object        *fyne.Container
	back, forward *widgets.Button
	path, actions *fyne.Container
	title         *widgets.Text
	open          func(nav.Route)
}

func newHeader(open func(nav.Route), back, forward func()) *header {
	h := &header{
		open: open, title: widgets.NewText("", widgets.Title).Elide(), path: widgets.Row(6), actions: widgets.Row(8),
		back:    widgets.NewIconButton(icons.ChevronLeft, "Back  "+nav.Hint(nav.KeyBack), back).Ghost(),
		forward: widgets.NewIconButton(icons.ChevronRight, "Forward  "+nav.Hint(nav.KeyForward), forward).Ghost(),
	}
	h.object = widgets.Layers(widgets.Pad(0, theme.PageMarginX, 0, 14,
		widgets.Row(0, h.back, gap(4), h.forward, gap(10), h.path, widgets.Grow(h.title), gap(12), h.actions)))
	return h
}

// gap is empty room in a row.
func gap(width float32) fyne.CanvasObject { return widgets.Pad(0, 0, 0, width, widgets.Layers()) }

// set shows the heading of a page.
func (h *header) set(head nav.Heading) {
	h.title.SetText(head.Title)
	h.path.Objects = h.path.Objects[:0]
	for _, c := range head.Path {
		link := widgets.NewTappable(widgets.NewText(c.Text, widgets.Label), func() { h.open(c.Route) })
		h.path.Objects = append(h.path.Objects, link, widgets.NewIcon(icons.ChevronRight, widgets.IconTiny, theme.Text2))
	}
	if len(head.Path) > 0 {
		h.path.Objects = append(h.path.Objects, gap(0)) // room before the title
	}
	h.actions.Objects = append(h.actions.Objects[:0], head.Actions...)
	h.path.Refresh()
	h.actions.Refresh()
	h.object.Refresh()
}

// setSteps enables back and forward where there is somewhere to go.
func (h *header) setSteps(back, forward bool) {
	h.back.SetEnabled(back, "Nothing to go back to")
	h.forward.SetEnabled(forward, "Nothing to go forward to")
}
