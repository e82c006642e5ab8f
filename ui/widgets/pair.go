package widgets

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
)

// NewPair is Split for two parts of a page: where the page is narrower than
// least they stand below one another instead.
func NewPair(share, least float32, left, right fyne.CanvasObject) *fyne.Container {
	return container.New(&pairLayout{splitLayout{share: share, gap: 16}, least}, left, right)
}

type pairLayout struct {
	splitLayout
	least float32
}

func (l *pairLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	if size.Width >= l.least {
		l.splitLayout.Layout(objects, size)
		return
	}
	l.width = size.Width
	h := HeightFor(objects[0], size.Width)
	put(objects[0], 0, 0, size.Width, h)
	put(objects[1], 0, h+l.gap, size.Width, max(size.Height-h-l.gap, HeightFor(objects[1], size.Width)))
}

func (l *pairLayout) heightFor(objects []fyne.CanvasObject, width float32) float32 {
	if width >= l.least {
		return l.splitLayout.heightFor(objects, width)
	}
	return HeightFor(objects[0], width) + l.gap + HeightFor(objects[1], width)
}

func (l *pairLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	a, b := objects[0].MinSize(), objects[1].MinSize()
	m := fyne.NewSize(max(a.Width, b.Width), a.Height+l.gap+b.Height)
	if l.width > 0 {
		m.Height = l.heightFor(objects, l.width)
	}
	return m
}
