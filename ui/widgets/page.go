package widgets

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"github.com/modelfactory/modelfactory/ui/theme"
)

// NewPage is the body of a page: margins, and a scroll when it is higher than
// the window.
func NewPage(content fyne.CanvasObject) *fyne.Container {
	return Layers(NewScroll(Pad(theme.PageMarginY, theme.PageMarginX, theme.PageMarginY, theme.PageMarginX, content)))
}

// NewPageWithFooter is a page whose footer stays in sight: 56 high, under a
// rule, its parts in a row.
func NewPageWithFooter(content fyne.CanvasObject, footer ...fyne.CanvasObject) *fyne.Container {
	foot := Fixed(0, 56, Pad(0, theme.PageMarginX, 0, theme.PageMarginX, Row(8, footer...)))
	return container.New(&footLayout{}, NewPage(content), VBox(0, NewRule(), foot))
}

// footLayout gives the second object its height at the foot and the first the
// rest.
type footLayout struct{}

func (footLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	h := HeightFor(objects[1], size.Width)
	put(objects[0], 0, 0, size.Width, size.Height-h)
	put(objects[1], 0, size.Height-h, size.Width, h)
}

func (footLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(0, objects[1].MinSize().Height+100)
}

// Scroll is a vertical scroll whose content is as wide as the scroll and as
// high as it needs to be at that width.
type Scroll struct {
	widget.BaseWidget
	inner  *bareScroll
	body   *fyne.Container
	layout *scrollLayout
}

// NewScroll makes a scroll without the shadows Fyne draws at its edges.
func NewScroll(content fyne.CanvasObject) *Scroll {
	s := &Scroll{layout: &scrollLayout{}}
	s.body = container.New(s.layout, content)
	s.inner = newBareScroll(s.body)
	s.ExtendBaseWidget(s)
	return s
}

// NewSideScroll is a column of this width at the right edge of a page. Its bar
// stands in the page's margin, not over the cards.
func NewSideScroll(width float32, content fyne.CanvasObject) *fyne.Container {
	return Fixed(width+theme.PageMarginX, 0, NewScroll(Pad(0, theme.PageMarginX, 0, 0, content)))
}

// ScrollToBottom shows the end of the content.
func (s *Scroll) ScrollToBottom() { s.inner.ScrollToBottom() }

// AtBottom reports whether the end is in sight, so that a log may follow it.
func (s *Scroll) AtBottom() bool {
	return s.inner.Offset.Y+s.inner.Size().Height >= s.body.Size().Height-24
}

// Resize implements fyne.CanvasObject.
func (s *Scroll) Resize(size fyne.Size) {
	s.layout.width = size.Width
	s.BaseWidget.Resize(size)
}

// MinSize implements fyne.CanvasObject.
func (s *Scroll) MinSize() fyne.Size { return fyne.NewSize(32, 32) }

func (s *Scroll) grows() bool { return true }

// CreateRenderer implements fyne.Widget.
func (s *Scroll) CreateRenderer() fyne.WidgetRenderer {
	return widget.NewSimpleRenderer(s.inner)
}

// scrollLayout lays its one object out at the scroll's width.
type scrollLayout struct{ width float32 }

func (l *scrollLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	growLayout{}.Layout(objects, size)
}

func (l *scrollLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	if l.width == 0 {
		return growLayout{}.MinSize(objects)
	}
	return fyne.NewSize(0, growLayout{}.heightFor(objects, l.width))
}

// bareScroll is Fyne's scroll without the shadows at its ends. They are left
// out where they are drawn: a theme for the scroll alone would read every font
// again at each refresh, since Fyne keeps fonts by theme.
type bareScroll struct{ container.Scroll }

func newBareScroll(content fyne.CanvasObject) *bareScroll {
	s := &bareScroll{container.Scroll{Direction: container.ScrollVerticalOnly, Content: content}}
	s.ExtendBaseWidget(s)
	return s
}

// CreateRenderer implements fyne.Widget.
func (s *bareScroll) CreateRenderer() fyne.WidgetRenderer {
	return bareScrollRenderer{s.Scroll.CreateRenderer()}
}

type bareScrollRenderer struct{ fyne.WidgetRenderer }

// Objects are the content and the two bars: the four shadows lie between them.
func (r bareScrollRenderer) Objects() []fyne.CanvasObject {
	all := r.WidgetRenderer.Objects()
	return []fyne.CanvasObject{all[0], all[len(all)-2], all[len(all)-1]}
}

// Columns is a wide part with a column of fixed width to its right, 16 apart.
// When too little is left for the wide part they stand below one another.
func Columns(sideWidth float32, main, side fyne.CanvasObject) *fyne.Container {
	return container.New(&columnsLayout{side: sideWidth, gap: 16, least: leastMain}, main, side)
}

// ColumnsFrom is Columns whose wide part, as a table, needs more than usual
// beside the other.
func ColumnsFrom(least, sideWidth float32, main, side fyne.CanvasObject) *fyne.Container {
	return container.New(&columnsLayout{side: sideWidth, gap: 16, least: least}, main, side)
}

// leastMain is the least width of the wide part of Columns.
const leastMain float32 = 480

type columnsLayout struct {
	side, gap, least, width float32
	even                    bool // the side is as wide as the main part
}

// beside is the width of the side at a width of both.
func (l *columnsLayout) beside(width float32) float32 {
	if l.even {
		return floor((width - l.gap) / 2)
	}
	return Grown(l.side)
}

func (l *columnsLayout) narrow(width float32) bool {
	return width-l.beside(width)-l.gap < Grown(l.least)
}

func (l *columnsLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	l.width = size.Width
	main, side := objects[0], objects[1]
	if !side.Visible() {
		put(main, 0, 0, size.Width, size.Height)
		return
	}
	if l.narrow(size.Width) {
		h := HeightFor(main, size.Width)
		put(main, 0, 0, size.Width, h)
		put(side, 0, h+l.gap, size.Width, max(size.Height-h-l.gap, HeightFor(side, size.Width)))
		return
	}
	beside := l.beside(size.Width)
	w := size.Width - beside - l.gap
	put(main, 0, 0, w, size.Height)
	put(side, w+l.gap, 0, beside, size.Height)
}

func (l *columnsLayout) heightFor(objects []fyne.CanvasObject, width float32) float32 {
	main, side := objects[0], objects[1]
	switch {
	case !side.Visible():
		return HeightFor(main, width)
	case l.narrow(width):
		return HeightFor(main, width) + l.gap + HeightFor(side, width)
	}
	return max(HeightFor(main, width-l.beside(width)-l.gap), HeightFor(side, l.beside(width)))
}

func (l *columnsLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	m := objects[0].MinSize()
	if l.width > 0 {
		m.Height = l.heightFor(objects, l.width)
	}
	return m
}

// Split is two parts beside one another, 16 apart; the left one gets a share of
// the width.
func Split(share float32, left, right fyne.CanvasObject) *fyne.Container {
	return container.New(&splitLayout{share: share, gap: 16}, left, right)
}

// Halves is Split in the middle; when a half would be narrower than least, the
// parts stand below one another.
func Halves(least float32, left, right fyne.CanvasObject) *fyne.Container {
	return container.New(&columnsLayout{gap: theme.CardGap, least: least, even: true}, left, right)
}

type splitLayout struct{ share, gap, width float32 }

func (l *splitLayout) left(width float32) float32 { return floor((width - l.gap) * l.share) }

func (l *splitLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	l.width = size.Width
	w := l.left(size.Width)
	put(objects[0], 0, 0, w, size.Height)
	put(objects[1], w+l.gap, 0, size.Width-w-l.gap, size.Height)
}

func (l *splitLayout) heightFor(objects []fyne.CanvasObject, width float32) float32 {
	w := l.left(width)
	return max(HeightFor(objects[0], w), HeightFor(objects[1], width-w-l.gap))
}

func (l *splitLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	a, b := objects[0].MinSize(), objects[1].MinSize()
	m := fyne.NewSize(a.Width+l.gap+b.Width, max(a.Height, b.Height))
	if l.width > 0 {
		m.Height = l.heightFor(objects, l.width)
	}
	return m
}
