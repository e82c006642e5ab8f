package widgets

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	fynetheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"github.com/modelfactory/modelfactory/assets/icons"
	"github.com/modelfactory/modelfactory/ui/theme"
)

// tableBody holds the rows that are seen. It is as high as all rows together,
// and stands in the table's scroll, if there is one.
type tableBody struct {
	widget.BaseWidget
	table *DataTable
}

func (b *tableBody) CreateRenderer() fyne.WidgetRenderer {
	r := &bodyRenderer{b: b, rows: map[int]*tableRow{}}
	r.fill()
	return r
}

// seen is the range of rows in view, with one more at both ends.
func (b *tableBody) seen() (from, to int) {
	t := b.table
	if t.scroll == nil {
		return 0, t.count
	}
	h := t.rowHeight()
	from = max(0, int(t.scroll.Offset.Y/h)-1)
	to = min(t.count, int((t.scroll.Offset.Y+t.scroll.Size().Height)/h)+2)
	return from, max(from, to)
}

type bodyRenderer struct {
	b       *tableBody
	rows    map[int]*tableRow
	spare   []*tableRow
	ink     color.Color // of the theme the rows are drawn in
	size    float32     // of its text
	objects []fyne.CanvasObject
}

func (r *bodyRenderer) fill() {
	// A change of the theme reaches only what the window shows, so no spare row.
	ink, size := fynetheme.ColorForWidget(fynetheme.ColorNameForeground, r.b), fynetheme.SizeForWidget(fynetheme.SizeNameText, r.b)
	if ink != r.ink || size != r.size {
		r.ink, r.size, r.spare = ink, size, nil
	}
	from, to := r.b.seen()
	for i, row := range r.rows {
		if i < from || i >= to {
			r.spare = append(r.spare, row)
			delete(r.rows, i)
		}
	}
	h := r.b.table.rowHeight()
	width := r.b.Size().Width
	r.objects = r.objects[:0]
	for i := from; i < to; i++ {
		row := r.rows[i]
		if row == nil {
			if n := len(r.spare); n > 0 {
				row, r.spare = r.spare[n-1], r.spare[:n-1]
				row.over = false
			} else {
				row = newTableRow(r.b.table)
			}
			r.rows[i] = row
		}
		row.show(i)
		put(row, 0, float32(i)*h, width, h)
		r.objects = append(r.objects, row)
	}
}

func (r *bodyRenderer) Layout(fyne.Size) { r.fill() }

func (r *bodyRenderer) MinSize() fyne.Size {
	return fyne.NewSize(r.b.table.minWidth(), float32(r.b.table.count)*r.b.table.rowHeight())
}

func (r *bodyRenderer) Refresh() {
	r.fill()
	canvas.Refresh(r.b)
}

func (r *bodyRenderer) Objects() []fyne.CanvasObject { return r.objects }
func (r *bodyRenderer) Destroy()                     {}

// tableRow is a row on the screen; which row of the data it shows changes.
type tableRow struct {
	widget.BaseWidget
	table *DataTable
	index int
	over  bool
	cells []fyne.CanvasObject
}

func newTableRow(t *DataTable) *tableRow {
	r := &tableRow{table: t, index: -1}
	for _, c := range t.columns {
		if c.New != nil {
			r.cells = append(r.cells, c.New())
		} else {
			r.cells = append(r.cells, newCellView())
		}
	}
	r.ExtendBaseWidget(r)
	return r
}

func (r *tableRow) show(index int) {
	r.index = index
	for i, c := range r.table.columns {
		switch view := r.cells[i].(type) {
		case *cellView:
			if c.Cell != nil {
				view.set(c.Cell(index), c.Align)
			}
		default:
			if c.Update != nil {
				c.Update(index, view)
			}
		}
	}
	r.Refresh()
}

func (r *tableRow) Tapped(*fyne.PointEvent) { r.table.clicked(r.index) }

func (r *tableRow) TappedSecondary(e *fyne.PointEvent) {
	r.table.clicked(r.index)
	if r.table.OnMenu != nil {
		r.table.OnMenu(r.index, e.AbsolutePosition)
	}
}

func (r *tableRow) MouseIn(*desktop.MouseEvent)    { r.over = true; r.Refresh() }
func (r *tableRow) MouseMoved(*desktop.MouseEvent) {}
func (r *tableRow) MouseOut()                      { r.over = false; r.Refresh() }

func (r *tableRow) CreateRenderer() fyne.WidgetRenderer {
	rr := &rowRenderer{r: r, ground: canvas.NewRectangle(theme.None), rule: canvas.NewRectangle(theme.None)}
	rr.objects = append([]fyne.CanvasObject{rr.ground, rr.rule}, r.cells...)
	rr.apply()
	return rr
}

type rowRenderer struct {
	r            *tableRow
	ground, rule *canvas.Rectangle
	objects      []fyne.CanvasObject
}

func (r *rowRenderer) apply() {
	row := r.r
	ground := theme.Clear
	switch {
	case row.index == row.table.selected:
		ground = theme.Selection
	case row.over:
		ground = theme.Hover
	}
	for _, c := range row.cells {
		if p, ok := c.(*Pill); ok {
			p.onSelected(row.index == row.table.selected)
		}
	}
	last := row.index == row.table.count-1 && row.table.whole()
	r.ground.FillColor = fynetheme.ColorForWidget(ground, row)
	r.ground.BottomLeftCornerRadius, r.ground.BottomRightCornerRadius = 0, 0
	if last && !row.table.look.plain {
		r.ground.BottomLeftCornerRadius, r.ground.BottomRightCornerRadius = theme.RadiusCard-1, theme.RadiusCard-1
	}
	r.rule.FillColor = fynetheme.ColorForWidget(theme.Line, row)
	show(r.rule, !last)
}

func (r *rowRenderer) Layout(size fyne.Size) {
	h := size.Height - 1
	put(r.ground, 0, 0, size.Width, h)
	if !r.rule.Visible() {
		put(r.ground, 0, 0, size.Width, size.Height)
	}
	put(r.rule, 0, h, size.Width, 1)
	x := r.r.table.look.pad
	for i, w := range r.r.table.widths(size.Width) {
		o := r.r.cells[i]
		ch := h
		cw := w
		if _, text := o.(*cellView); !text {
			// Objects of a column keep their own size, by its alignment.
			m := o.MinSize()
			ch = min(m.Height, h)
			cw = min(m.Width, w)
			if growing(o) {
				cw = w
			}
		}
		dx := float32(0)
		switch r.r.table.columns[i].Align {
		case fyne.TextAlignTrailing:
			dx = w - cw
		case fyne.TextAlignCenter:
			dx = floor((w - cw) / 2)
		}
		put(o, x+dx, floor((h-ch)/2), cw, ch)
		x += w + columnGap
	}
}

func (r *rowRenderer) MinSize() fyne.Size {
	return fyne.NewSize(r.r.table.minWidth(), r.r.table.rowHeight())
}

func (r *rowRenderer) Refresh() {
	r.apply()
	r.Layout(r.r.Size())
	canvas.Refresh(r.r)
}

func (r *rowRenderer) Objects() []fyne.CanvasObject { return r.objects }
func (r *rowRenderer) Destroy()                     {}

// cellView shows a Cell: icon, text and a second line.
type cellView struct {
	widget.BaseWidget
	cell      Cell
	align     fyne.TextAlign
	icon      *Icon
	text, sub *Text
	box       *fyne.Container
}

func newCellView() *cellView {
	v := &cellView{icon: NewIcon(icons.Dot, IconRow, theme.Text2), text: NewText("", Body).Elide(), sub: NewText("", Caption).Elide()}
	v.icon.Hide()
	v.sub.Hide()
	v.box = &fyne.Container{Layout: cellLayout{v}, Objects: []fyne.CanvasObject{v.icon, v.text, v.sub}}
	v.ExtendBaseWidget(v)
	return v
}

func (v *cellView) set(c Cell, align fyne.TextAlign) {
	if v.cell == c && v.align == align {
		return
	}
	v.cell, v.align = c, align
	s := c.Style
	s.Align = align
	v.text.Set(c.Text, s)
	sub := Caption
	sub.Align = align
	v.sub.Set(c.Sub, sub)
	show(v.sub, c.Sub != "")
	show(v.icon, c.Icon != "")
	if c.Icon != "" {
		ink := c.Ink
		if ink == "" {
			ink = theme.Text2
		}
		v.icon.Set(c.Icon, ink)
	}
	v.box.Refresh()
}

func (v *cellView) CreateRenderer() fyne.WidgetRenderer {
	return widget.NewSimpleRenderer(v.box)
}

type cellLayout struct{ v *cellView }

func (l cellLayout) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.Size{} }

func (l cellLayout) Layout(_ []fyne.CanvasObject, size fyne.Size) {
	line := l.v.text.style.lineHeight(l.v.text)
	sub := l.v.sub.style.lineHeight(l.v.sub)
	y := floor((size.Height - line) / 2)
	if l.v.sub.Visible() {
		sub -= 1
		y = floor((size.Height - line - sub) / 2)
	}
	x := float32(0)
	if l.v.icon.Visible() {
		x = IconRow + 8
		if l.v.align == fyne.TextAlignTrailing {
			w := l.v.text.style.width(l.v.cell.Text, l.v.text)
			put(l.v.icon, max(size.Width-w-x, 0), y+floor((line-IconRow)/2), IconRow, IconRow)
		} else {
			put(l.v.icon, 0, y+floor((line-IconRow)/2), IconRow, IconRow)
		}
	}
	put(l.v.text, x, y, size.Width-x, line)
	put(l.v.sub, x, y+line-1, size.Width-x, sub)
}
