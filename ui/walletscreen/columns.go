package walletscreen

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"

	"github.com/modelfactory/modelfactory/ui/widgets"
)

// leastMain is the least width of the wide part, the one of the activity.
const leastMain float32 = 560

// columns is a narrow part at the left of a wide one; where the wide one would
// become too narrow it stands above.
type columns struct {
	widget.BaseWidget
	side, main fyne.CanvasObject
}

func newColumns(side, main fyne.CanvasObject) *columns {
	c := &columns{side: side, main: main}
	c.ExtendBaseWidget(c)
	return c
}

func (c *columns) narrow(width float32) bool {
	return width-widgets.Grown(sideWidth)-16 < widgets.Grown(leastMain)
}

// HeightFor is the height at a width.
func (c *columns) HeightFor(width float32) float32 {
	if c.narrow(width) {
		return widgets.HeightFor(c.main, width) + 16 + widgets.HeightFor(c.side, width)
	}
	return max(widgets.HeightFor(c.side, widgets.Grown(sideWidth)), widgets.HeightFor(c.main, width-widgets.Grown(sideWidth)-16))
}

// CreateRenderer implements fyne.Widget.
func (c *columns) CreateRenderer() fyne.WidgetRenderer { return &columnsRenderer{c} }

type columnsRenderer struct{ c *columns }

func (r *columnsRenderer) Layout(size fyne.Size) {
	c := r.c
	if c.narrow(size.Width) {
		h := widgets.HeightFor(c.main, size.Width)
		c.main.Move(fyne.NewPos(0, 0))
		c.main.Resize(fyne.NewSize(size.Width, h))
		c.side.Move(fyne.NewPos(0, h+16))
		c.side.Resize(fyne.NewSize(size.Width, widgets.HeightFor(c.side, size.Width)))
		return
	}
	beside := widgets.Grown(sideWidth)
	w := size.Width - beside - 16
	c.side.Move(fyne.NewPos(0, 0))
	c.side.Resize(fyne.NewSize(beside, widgets.HeightFor(c.side, beside)))
	c.main.Move(fyne.NewPos(beside+16, 0))
	c.main.Resize(fyne.NewSize(w, widgets.HeightFor(c.main, w)))
}

func (r *columnsRenderer) MinSize() fyne.Size {
	return fyne.NewSize(sideWidth, r.c.main.MinSize().Height)
}
func (r *columnsRenderer) Refresh() { r.Layout(r.c.Size()) }
func (r *columnsRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.c.side, r.c.main}
}
func (r *columnsRenderer) Destroy() {}
