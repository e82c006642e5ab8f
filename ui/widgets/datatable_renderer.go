package widgets

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	fynetheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"github.com/modelfactory/modelfactory/assets/icons"
	"github.com/modelfactory/modelfactory/ui/theme"
)

// CreateRenderer implements fyne.Widget.
func (t *DataTable) CreateRenderer() fyne.WidgetRenderer {
	r := &tableRenderer{t: t, frame: NewFrame(theme.Surface, theme.Line, theme.RadiusCard), head: newTableHead(t), ring: newRing(theme.RadiusCard)}
	r.rows = t.body
	if t.scroll != nil {
		r.rows = t.scroll
	}
	if t.look.plain {
		r.frame.Hide()
	}
	r.objects = []fyne.CanvasObject{r.frame, r.rows, r.head, r.ring}
	r.focus()
	return r
}

type tableRenderer struct {
	t       *DataTable
	frame   *Frame
	head    *tableHead
	rows    fyne.CanvasObject
	ring    *canvas.Rectangle
	objects []fyne.CanvasObject
}

func (r *tableRenderer) focus() {
	r.t.focus.ring(r.ring, r.t)
	show(r.ring, r.t.focused && !r.t.click.quiet)
}

// edge is the room the frame takes.
func (r *tableRenderer) edge() float32 {
	if r.t.look.plain {
		return 0
	}
	return 1
}

func (r *tableRenderer) Layout(size fyne.Size) {
	e := r.edge()
	h := r.head.MinSize().Height
	// A table with few rows ends below the last one, however much room it has.
	size.Height = min(size.Height, h+float32(max(r.t.count, 1))*r.t.rowHeight()+2*e)
	put(r.frame, 0, 0, size.Width, size.Height)
	put(r.head, e, e, size.Width-2*e, h)
	put(r.rows, e, e+h, size.Width-2*e, size.Height-2*e-h)
	layRing(r.ring, size)
}

func (r *tableRenderer) MinSize() fyne.Size {
	e := r.edge()
	rows := r.t.count
	if r.t.scroll != nil {
		rows = min(max(r.t.count, 1), r.t.look.minRows)
	}
	return fyne.NewSize(r.t.minWidth()+2*e, r.head.MinSize().Height+float32(rows)*r.t.rowHeight()+2*e)
}

func (r *tableRenderer) Refresh() {
	r.focus()
	r.Layout(r.t.Size())
	r.head.Refresh()
	if r.t.scroll != nil {
		r.t.scroll.Refresh()
	}
	r.t.body.Refresh()
	canvas.Refresh(r.t)
}

func (r *tableRenderer) Objects() []fyne.CanvasObject { return r.objects }
func (r *tableRenderer) Destroy()                     {}

// tableHead is the row of titles.
type tableHead struct {
	widget.BaseWidget
	table *DataTable
}

func newTableHead(t *DataTable) *tableHead {
	h := &tableHead{table: t}
	h.ExtendBaseWidget(h)
	return h
}

func (h *tableHead) CreateRenderer() fyne.WidgetRenderer {
	r := &headRenderer{h: h, ground: canvas.NewRectangle(theme.None), rule: canvas.NewRectangle(theme.None)}
	r.objects = []fyne.CanvasObject{r.ground, r.rule}
	for _, c := range h.table.columns {
		title := newHeadCell(h.table, c)
		r.cells = append(r.cells, title)
		r.objects = append(r.objects, title)
	}
	r.apply()
	return r
}

type headRenderer struct {
	h            *tableHead
	ground, rule *canvas.Rectangle
	cells        []*headCell
	objects      []fyne.CanvasObject
}

func (r *headRenderer) apply() {
	r.ground.FillColor = fynetheme.ColorForWidget(theme.Sunken, r.h)
	if !r.h.table.look.plain {
		r.ground.TopLeftCornerRadius, r.ground.TopRightCornerRadius = theme.RadiusCard-1, theme.RadiusCard-1
	}
	r.rule.FillColor = fynetheme.ColorForWidget(theme.Line, r.h)
	for i, c := range r.cells {
		c.update(r.h.table.columns[i])
	}
}

func (r *headRenderer) Layout(size fyne.Size) {
	put(r.ground, 0, 0, size.Width, size.Height-1)
	put(r.rule, 0, size.Height-1, size.Width, 1)
	x := r.h.table.look.pad
	for i, w := range r.h.table.widths(size.Width) {
		put(r.cells[i], x, 0, w, size.Height-1)
		x += w + columnGap
	}
}

func (r *headRenderer) MinSize() fyne.Size {
	return fyne.NewSize(0, sizeOf(theme.SizeRowDense, r.h)+3)
}

func (r *headRenderer) Refresh() {
	r.apply()
	r.Layout(r.h.Size())
	canvas.Refresh(r.h)
}

func (r *headRenderer) Objects() []fyne.CanvasObject { return r.objects }
func (r *headRenderer) Destroy()                     {}

// headCell is one title; a click on it sorts.
type headCell struct {
	widget.BaseWidget
	table  *DataTable
	column Column
	over   bool
	text   *Text
	arrow  *Icon
	box    *fyne.Container
}

func newHeadCell(t *DataTable, c Column) *headCell {
	h := &headCell{table: t, text: NewText("", Caption).Elide(), arrow: NewIcon(icons.ChevronDown, IconTiny, theme.Text2)}
	h.box = &fyne.Container{Layout: headCellLayout{h}, Objects: []fyne.CanvasObject{h.text, h.arrow}}
	h.ExtendBaseWidget(h)
	h.update(c)
	return h
}

func (h *headCell) update(c Column) {
	h.column = c
	style := Caption
	if h.over && c.Sort {
		style = style.In(theme.Text)
	}
	h.text.Set(c.Title, style)
	name := icons.ChevronUp
	if h.table.look.descending {
		name = icons.ChevronDown
	}
	h.arrow.Set(name, theme.Text2)
	show(h.arrow, c.Sort && h.table.look.sortID == c.ID)
	h.box.Refresh()
}

// headCellLayout puts the title by the column's alignment with the arrow
// behind it.
type headCellLayout struct{ h *headCell }

func (l headCellLayout) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.Size{} }

func (l headCellLayout) Layout(_ []fyne.CanvasObject, size fyne.Size) {
	arrow := float32(0)
	if l.h.arrow.Visible() {
		arrow = IconTiny + 4
	}
	w := min(Caption.width(l.h.column.Title, l.h.text), size.Width-arrow)
	x := float32(0)
	switch l.h.column.Align {
	case fyne.TextAlignTrailing:
		x = size.Width - w - arrow
	case fyne.TextAlignCenter:
		x = floor((size.Width - w - arrow) / 2)
	}
	put(l.h.text, x, 0, w, size.Height)
	put(l.h.arrow, x+w+4, floor((size.Height-IconTiny)/2), IconTiny, IconTiny)
}

func (h *headCell) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(h.box) }

func (h *headCell) Tapped(*fyne.PointEvent) {
	if h.column.Sort && h.table.OnSort != nil {
		h.table.OnSort(h.column.ID)
	}
}

func (h *headCell) MouseIn(*desktop.MouseEvent)    { h.over = true; h.update(h.column) }
func (h *headCell) MouseMoved(*desktop.MouseEvent) {}
func (h *headCell) MouseOut()                      { h.over = false; h.update(h.column) }

func (h *headCell) Cursor() desktop.Cursor {
	if h.column.Sort {
		return desktop.PointerCursor
	}
	return desktop.DefaultCursor
}
