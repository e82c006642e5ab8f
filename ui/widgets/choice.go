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

// Check is a tick box with a label that may take several lines.
type Check struct {
	widget.BaseWidget
	hover
	focus
	label   *Wrapped
	checked bool
	off     bool
	why     string
	changed func(bool)
}

// NewCheck makes an empty tick box; changed is called when the person ticks or
// clears it.
func NewCheck(label string, changed func(on bool)) *Check {
	c := &Check{label: NewWrapped(label, Body), changed: changed}
	c.ExtendBaseWidget(c)
	c.owner = c
	return c
}

// Strong sets the label in SemiBold. It returns c, as Tip does.
func (c *Check) Strong() *Check { c.label.SetSpans(Span{c.label.Text(), Strong}); return c }

// Tip sets the tooltip.
func (c *Check) Tip(text string) *Check { c.tip = text; return c }

// Checked reports whether it is ticked.
func (c *Check) Checked() bool { return c.checked }

// SetChecked ticks or clears it without calling changed.
func (c *Check) SetChecked(on bool) {
	if c.checked != on {
		c.checked = on
		c.Refresh()
	}
}

// SetEnabled enables it, or disables it with the reason as its tooltip.
func (c *Check) SetEnabled(on bool, why string) {
	c.off, c.why = !on, why
	c.Refresh()
}

// Disabled reports whether it cannot be changed now.
func (c *Check) Disabled() bool { return c.off }

// Tapped implements fyne.Tappable.
func (c *Check) Tapped(*fyne.PointEvent) {
	if c.off {
		return
	}
	c.checked = !c.checked
	c.Refresh()
	if c.changed != nil {
		c.changed(c.checked)
	}
}

// HeightFor returns the height of box and label at a width.
func (c *Check) HeightFor(width float32) float32 {
	return max(c.label.HeightFor(width-24), sizeOf(theme.SizeLine, c))
}

// Cursor implements desktop.Cursorable.
func (c *Check) Cursor() desktop.Cursor { return desktop.PointerCursor }

// MouseIn implements desktop.Hoverable.
func (c *Check) MouseIn(e *desktop.MouseEvent) {
	tip := c.tip
	if c.off && c.why != "" {
		tip = c.why
	}
	c.enter(e, tip)
}

// MouseOut implements desktop.Hoverable.
func (c *Check) MouseOut() { c.leave() }

// FocusGained implements fyne.Focusable.
func (c *Check) FocusGained() { c.focused = true; c.Refresh() }

// FocusLost implements fyne.Focusable.
func (c *Check) FocusLost() { c.focused = false; c.Refresh() }

// TypedRune implements fyne.Focusable.
func (c *Check) TypedRune(rune) {}

// TypedKey implements fyne.Focusable: Space changes it.
func (c *Check) TypedKey(e *fyne.KeyEvent) {
	if e.Name == fyne.KeySpace {
		c.Tapped(nil)
		return
	}
	Forward(c, e)
}

// CreateRenderer implements fyne.Widget.
func (c *Check) CreateRenderer() fyne.WidgetRenderer {
	r := &checkRenderer{c: c, ring: newRing(4), frame: NewFrame(theme.Surface, theme.Border, 4), tick: NewIcon(icons.Check, IconTiny, theme.OnPrimary)}
	r.objects = []fyne.CanvasObject{r.ring, r.frame, r.tick, c.label}
	r.apply()
	return r
}

type checkRenderer struct {
	c       *Check
	ring    *canvas.Rectangle
	frame   *Frame
	tick    *Icon
	objects []fyne.CanvasObject
}

func (r *checkRenderer) apply() {
	c := r.c
	ground, edge, ink := theme.Surface, theme.Border, theme.OnPrimary
	if c.checked {
		ground, edge = theme.Primary, theme.Primary
	}
	if c.off {
		ground, edge, ink = theme.Sunken, theme.Line, theme.Text3
	}
	c.focus.ring(r.ring, c)
	r.frame.Set(ground, edge, 1)
	r.tick.Set(icons.Check, ink)
	show(r.tick, c.checked)
	if len(c.label.spans) == 1 {
		style := c.label.spans[0].Style
		style.Color = theme.Text
		if c.off {
			style.Color = theme.Text3
		}
		c.label.SetSpans(Span{c.label.spans[0].Text, style})
	}
}

func (r *checkRenderer) Layout(size fyne.Size) {
	y := floor((sizeOf(theme.SizeLine, r.c) - 16) / 2) // beside the first line
	put(r.frame, 0, y, 16, 16)
	put(r.tick, 0, y, 16, 16)
	r.ring.Move(fyne.NewPos(-3, y-3))
	r.ring.Resize(fyne.NewSize(22, 22))
	put(r.c.label, 24, 0, size.Width-24, size.Height)
}

func (r *checkRenderer) MinSize() fyne.Size {
	var style Style
	if len(r.c.label.spans) > 0 {
		style = r.c.label.spans[0].Style
	}
	w := 24 + style.width(r.c.label.Text(), r.c)
	h := float32(20)
	if width := r.c.Size().Width; width > 0 && width < w {
		h = r.c.HeightFor(width)
	}
	return fyne.NewSize(w, max(h, style.lineHeight(r.c)))
}

func (r *checkRenderer) Refresh() {
	r.apply()
	r.Layout(r.c.Size())
	canvas.Refresh(r.c)
}
func (r *checkRenderer) Objects() []fyne.CanvasObject { return r.objects }
func (r *checkRenderer) Destroy()                     {}

// RadioItem is one choice of a RadioGroup: a label, and words at the right edge.
type RadioItem struct{ Label, Detail string }

// RadioGroup is one choice of several, one below the other. Up and Down move
// it.
type RadioGroup struct {
	widget.BaseWidget
	items    []RadioItem
	rows     []*radioRow
	selected int
	changed  func(i int)
	box      *fyne.Container
}

// NewRadioGroup makes a group with the choice selected (-1: none); changed is
// called when the person chooses.
func NewRadioGroup(items []RadioItem, selected int, changed func(i int)) *RadioGroup {
	g := &RadioGroup{items: items, selected: selected, changed: changed, box: VBox(8)}
	for i, it := range items {
		row := newRadioRow(func() { g.choose(i) }, func(d int) { g.step(i, d) })
		row.body = Row(8, row.mark, NewText(it.Label, Body), Spacer(), NewText(it.Detail, Caption))
		g.rows = append(g.rows, row)
		g.box.Objects = append(g.box.Objects, row)
	}
	g.mark()
	g.ExtendBaseWidget(g)
	return g
}

// SetSelected chooses without calling changed.
func (g *RadioGroup) SetSelected(i int) { g.selected = i; g.mark() }

func (g *RadioGroup) mark() {
	for i, r := range g.rows {
		r.set(i == g.selected)
		style := Body
		if i == g.selected {
			style = Strong
		}
		r.body.Objects[1].(*Text).SetStyle(style)
	}
}

func (g *RadioGroup) choose(i int) {
	if g.selected == i || i < 0 || i >= len(g.rows) {
		return
	}
	g.SetSelected(i)
	if g.changed != nil {
		g.changed(i)
	}
}

func (g *RadioGroup) step(i, d int) {
	if i += d; i < 0 || i >= len(g.rows) {
		return
	}
	g.choose(i)
	focusOn(g.rows[i])
}

// CreateRenderer implements fyne.Widget.
func (g *RadioGroup) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(g.box) }

func focusOn(o interface {
	fyne.CanvasObject
	fyne.Focusable
},
) {
	if c := fyne.CurrentApp().Driver().CanvasForObject(o); c != nil {
		c.Focus(o)
	}
}

// radioMark is the round mark of a choice.
type radioMark struct {
	widget.BaseWidget
	on bool
}

func newRadioMark() *radioMark {
	m := &radioMark{}
	m.ExtendBaseWidget(m)
	return m
}

func (m *radioMark) set(on bool) {
	if m.on != on {
		m.on = on
		m.Refresh()
	}
}

func (m *radioMark) CreateRenderer() fyne.WidgetRenderer {
	r := &radioMarkRenderer{m: m}
	for range 3 {
		r.objects = append(r.objects, canvas.NewCircle(theme.None))
	}
	r.apply()
	return r
}

// radioMarkRenderer draws edge, ground and dot as filled circles: the painters
// disagree on where a circle's stroke lies.
type radioMarkRenderer struct {
	m       *radioMark
	objects []fyne.CanvasObject
}

func (r *radioMarkRenderer) apply() {
	set := func(i int, name fyne.ThemeColorName) {
		r.objects[i].(*canvas.Circle).FillColor = fynetheme.ColorForWidget(name, r.m)
	}
	edge, ground := theme.Border, theme.Surface
	if r.m.on {
		edge, ground = theme.Primary, theme.Primary
	}
	set(0, edge)
	set(1, ground)
	set(2, theme.Surface)
	show(r.objects[2], r.m.on)
}

func (r *radioMarkRenderer) Layout(size fyne.Size) {
	y := floor((size.Height - 16) / 2)
	put(r.objects[0], 0, y, 16, 16)
	put(r.objects[1], 1, y+1, 14, 14)
	put(r.objects[2], 5, y+5, 6, 6)
}
func (r *radioMarkRenderer) MinSize() fyne.Size { return fyne.NewSize(16, 16) }
func (r *radioMarkRenderer) Refresh() {
	r.apply()
	canvas.Refresh(r.m)
}
func (r *radioMarkRenderer) Objects() []fyne.CanvasObject { return r.objects }
func (r *radioMarkRenderer) Destroy()                     {}

// radioRow is what is tapped and focused of a choice.
type radioRow struct {
	widget.BaseWidget
	hover
	focus
	mark   *radioMark
	body   *fyne.Container
	choose func()
	step   func(d int)
	radius float32
	shown  func()
}

func newRadioRow(choose func(), step func(d int)) *radioRow {
	r := &radioRow{mark: newRadioMark(), choose: choose, step: step, radius: 4}
	r.ExtendBaseWidget(r)
	r.owner = r
	return r
}

func (r *radioRow) set(on bool) { r.mark.set(on) }

func (r *radioRow) HeightFor(width float32) float32 { return HeightFor(r.body, width) }
func (r *radioRow) Tapped(*fyne.PointEvent)         { r.choose() }
func (r *radioRow) Cursor() desktop.Cursor          { return desktop.PointerCursor }
func (r *radioRow) MouseIn(e *desktop.MouseEvent)   { r.enter(e, ""); r.changed() }
func (r *radioRow) MouseOut()                       { r.leave(); r.changed() }
func (r *radioRow) FocusGained()                    { r.focused = true; r.Refresh() }
func (r *radioRow) FocusLost()                      { r.focused = false; r.Refresh() }
func (r *radioRow) TypedRune(rune)                  {}

func (r *radioRow) changed() {
	if r.shown != nil {
		r.shown()
	}
}

func (r *radioRow) TypedKey(e *fyne.KeyEvent) {
	switch e.Name {
	case fyne.KeySpace:
		r.choose()
	case fyne.KeyUp, fyne.KeyLeft:
		r.step(-1)
	case fyne.KeyDown, fyne.KeyRight:
		r.step(1)
	default:
		Forward(r, e)
	}
}

func (r *radioRow) CreateRenderer() fyne.WidgetRenderer {
	ring := newRing(r.radius)
	return &ringRenderer{w: r, focus: &r.focus, ring: ring, body: r.body, objects: []fyne.CanvasObject{ring, r.body}}
}

// ringRenderer draws one object with a focus ring around it.
type ringRenderer struct {
	w       fyne.Widget
	focus   *focus
	ring    *canvas.Rectangle
	body    fyne.CanvasObject
	objects []fyne.CanvasObject
}

func (r *ringRenderer) Layout(size fyne.Size) {
	layRing(r.ring, size)
	put(r.body, 0, 0, size.Width, size.Height)
}
func (r *ringRenderer) MinSize() fyne.Size { return r.body.MinSize() }
func (r *ringRenderer) Refresh() {
	r.focus.ring(r.ring, r.w)
	canvas.Refresh(r.w)
}
func (r *ringRenderer) Objects() []fyne.CanvasObject { return r.objects }
func (r *ringRenderer) Destroy()                     {}

// RadioCards are choices as cards, as on the first screen: each with a title,
// lines below it, and a thick edge when chosen.
type RadioCards struct {
	widget.BaseWidget
	rows     []*radioRow
	frames   []*Frame
	selected int
	changed  func(i int)
	box      *fyne.Container
}

// RadioCard is one of RadioCards.
type RadioCard struct {
	Title, Detail, Example string
	More                   fyne.CanvasObject // at the right edge of the title; may be nil
}

// NewRadioCards makes the cards with one chosen (-1: none).
func NewRadioCards(cards []RadioCard, selected int, changed func(i int)) *RadioCards {
	g := &RadioCards{selected: selected, changed: changed, box: VBox(8)}
	for i, c := range cards {
		row := newRadioRow(func() { g.choose(i) }, func(d int) { g.step(i, d) })
		row.radius = theme.RadiusCard
		row.shown = g.mark
		frame := NewFrame(theme.Surface, theme.Line, theme.RadiusCard)
		title := []fyne.CanvasObject{NewText(c.Title, Strong)}
		if c.More != nil {
			title = append(title, Spacer(), c.More)
		}
		lines := VBox(0, Row(8, title...))
		if c.Detail != "" {
			lines.Objects = append(lines.Objects, NewWrapped(c.Detail, Caption))
		}
		if c.Example != "" {
			lines.Objects = append(lines.Objects, Pad(3, 0, 0, 0, NewWrapped(c.Example, Label)))
		}
		row.body = Layers(frame, Pad(12, 17, 12, 17, TopRow(12, Tall(theme.SizeLine, row.mark), Grow(lines))))
		g.rows, g.frames = append(g.rows, row), append(g.frames, frame)
		g.box.Objects = append(g.box.Objects, row)
	}
	g.mark()
	g.ExtendBaseWidget(g)
	return g
}

// SetSelected chooses without calling changed.
func (g *RadioCards) SetSelected(i int) { g.selected = i; g.mark() }

func (g *RadioCards) mark() {
	for i, r := range g.rows {
		on := i == g.selected
		r.set(on)
		ground := theme.Surface
		switch {
		case on:
			g.frames[i].Set(ground, theme.Primary, 2)
			continue
		case r.over:
			ground = theme.Hover
		}
		g.frames[i].Set(ground, theme.Line, 1)
	}
}

func (g *RadioCards) choose(i int) {
	if g.selected == i {
		return
	}
	g.SetSelected(i)
	if g.changed != nil {
		g.changed(i)
	}
}

func (g *RadioCards) step(i, d int) {
	if i += d; i < 0 || i >= len(g.rows) {
		return
	}
	g.choose(i)
	focusOn(g.rows[i])
}

// HeightFor returns the height of the cards at a width.
func (g *RadioCards) HeightFor(width float32) float32 { return HeightFor(g.box, width) }

// CreateRenderer implements fyne.Widget.
func (g *RadioCards) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(g.box) }
