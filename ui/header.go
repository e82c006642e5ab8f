package ui

import (
	"cmp"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

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
	natural       *widgets.Text   // the title in its whole width, never shown
	more          *widgets.Button // opens the actions that have no room
	row           *fyne.Container
	open          func(nav.Route)
}

func newHeader(open func(nav.Route), back, forward func()) *header {
	h := &header{
		open: open, title: widgets.NewText("", widgets.Title).Elide(), natural: widgets.NewText("", widgets.Title), path: widgets.Row(6), actions: widgets.Row(8),
		back:    widgets.NewIconButton(icons.ChevronLeft, "Back  "+nav.Hint(nav.KeyBack), back).Ghost(),
		forward: widgets.NewIconButton(icons.ChevronRight, "Forward  "+nav.Hint(nav.KeyForward), forward).Ghost(),
	}
	h.more = widgets.NewIconButton(icons.More, "More", func() { widgets.OpenMenu(h.more, h.folded()) })
	h.row = widgets.Row(0, h.back, gap(4), h.forward, gap(10), h.path, widgets.Grow(h.title), gap(12), h.actions)
	h.object = container.New(headLayout{h}, widgets.Pad(0, theme.PageMarginX, 0, 14, h.row))
	return h
}

// gap is empty room in a row.
func gap(width float32) fyne.CanvasObject { return widgets.Pad(0, 0, 0, width, widgets.Layers()) }

// headLayout fills its place, after the actions were fitted into it.
type headLayout struct{ h *header }

func (l headLayout) Layout(o []fyne.CanvasObject, size fyne.Size) {
	l.h.fit(size.Width - theme.PageMarginX - 14)
	put(o[0], 0, 0, size.Width, size.Height)
}

func (headLayout) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.NewSize(0, headHeight) }

// fit keeps the title whole: the first actions go into a menu until it has
// room. The last one, the main action, stays.
func (h *header) fit(width float32) {
	can := h.foldable()
	for _, b := range can {
		visible(b, true)
	}
	visible(h.more, false)
	whole := h.natural.MinSize().Width - h.title.MinSize().Width
	for _, b := range can {
		if h.row.MinSize().Width+whole <= width {
			return
		}
		visible(b, false)
		visible(h.more, true)
	}
}

// foldable are the actions that can go into the menu.
func (h *header) foldable() []*widgets.Button {
	var out []*widgets.Button
	for i, o := range h.actions.Objects {
		if b, ok := o.(*widgets.Button); ok && b.Text() != "" && i < len(h.actions.Objects)-1 {
			out = append(out, b)
		}
	}
	return out
}

// folded are the actions that have no room, as a menu.
func (h *header) folded() []widgets.MenuItem {
	var items []widgets.MenuItem
	for _, b := range h.foldable() {
		if b.Visible() {
			continue
		}
		it := widgets.MenuItem{Text: b.Text(), Do: func() { b.Tapped(nil) }}
		if b.Disabled() {
			it.Off = cmp.Or(b.Why(), "not now")
		}
		items = append(items, it)
	}
	return items
}

// set shows the heading of a page.
func (h *header) set(head nav.Heading) {
	h.title.SetText(head.Title)
	h.natural.SetText(head.Title)
	h.path.Objects = h.path.Objects[:0]
	for _, c := range head.Path {
		link := widgets.NewTappable(widgets.NewText(c.Text, widgets.Label), func() { h.open(c.Route) })
		h.path.Objects = append(h.path.Objects, link, widgets.NewIcon(icons.ChevronRight, widgets.IconTiny, theme.Text2))
	}
	if len(head.Path) > 0 {
		h.path.Objects = append(h.path.Objects, gap(0)) // room before the title
	}
	h.actions.Objects = h.actions.Objects[:0]
	if n := len(head.Actions); n > 0 {
		h.actions.Objects = append(append(append(h.actions.Objects, head.Actions[:n-1]...), h.more), head.Actions[n-1])
	}
	h.path.Refresh()
	h.actions.Refresh()
	h.object.Refresh()
}

// setSteps enables back and forward where there is somewhere to go.
func (h *header) setSteps(back, forward bool) {
	h.back.SetEnabled(back, "Nothing to go back to")
	h.forward.SetEnabled(forward, "Nothing to go forward to")
}
