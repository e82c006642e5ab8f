package widgets

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"

	"github.com/modelfactory/modelfactory/ui/theme"
)

// choiceItem is one word that can be chosen: a tab or a part of a segmented
// control. Left and Right move the choice.
type choiceItem struct {
	widget.BaseWidget
	hover
	focus
	label  *Text
	pad    fyne.Size
	chosen bool
	choose func()
	step   func(d int)
	back   fyne.CanvasObject // drawn under the label; may be nil
	style  func(chosen, over bool) Style
}

func (c *choiceItem) set(on bool) {
	c.chosen = on
	c.Refresh()
}

func (c *choiceItem) Tapped(*fyne.PointEvent)       { c.choose() }
func (c *choiceItem) Cursor() desktop.Cursor        { return desktop.PointerCursor }
func (c *choiceItem) MouseIn(e *desktop.MouseEvent) { c.enter(e, c.tip); c.Refresh() }
func (c *choiceItem) MouseOut()                     { c.leave(); c.Refresh() }
func (c *choiceItem) FocusGained()                  { c.focused = true; c.Refresh() }
func (c *choiceItem) FocusLost()                    { c.focused = false; c.Refresh() }
func (c *choiceItem) TypedRune(rune)                {}
func (c *choiceItem) TypedKey(e *fyne.KeyEvent) {
	switch e.Name {
	case fyne.KeySpace, fyne.KeyReturn, fyne.KeyEnter:
		c.choose()
	case fyne.KeyLeft:
		c.step(-1)
	case fyne.KeyRight:
		c.step(1)
	default:
		Forward(c, e)
	}
}

func (c *choiceItem) CreateRenderer() fyne.WidgetRenderer {
	r := &choiceRenderer{c: c, ring: newRing(4)}
	r.objects = []fyne.CanvasObject{r.ring}
	if c.back != nil {
		r.objects = append(r.objects, c.back)
	}
	r.objects = append(r.objects, c.label)
	r.apply()
	return r
}

type choiceRenderer struct {
	c       *choiceItem
	ring    *canvas.Rectangle
	objects []fyne.CanvasObject
}

func (r *choiceRenderer) apply() {
	r.c.focus.ring(r.ring, r.c)
	r.c.label.SetStyle(r.c.style(r.c.chosen, r.c.over))
	if r.c.back != nil {
		show(r.c.back, r.c.chosen)
	}
}

func (r *choiceRenderer) Layout(size fyne.Size) {
	layRing(r.ring, size)
	if r.c.back != nil {
		put(r.c.back, 0, 0, size.Width, size.Height)
	}
	put(r.c.label, r.c.pad.Width, 0, size.Width-2*r.c.pad.Width, size.Height)
}

func (r *choiceRenderer) MinSize() fyne.Size {
	// as wide as the bold text, so that choosing moves nothing
	w := Strong.width(r.c.label.text, r.c)
	return fyne.NewSize(w+2*r.c.pad.Width, r.c.label.MinSize().Height+2*r.c.pad.Height)
}

func (r *choiceRenderer) Refresh() {
	r.apply()
	canvas.Refresh(r.c)
}
func (r *choiceRenderer) Objects() []fyne.CanvasObject { return r.objects }
func (r *choiceRenderer) Destroy()                     {}

// Tabs are words over a rule; the chosen one is underlined. The caller shows
// what belongs to it.
type Tabs struct {
	widget.BaseWidget
	items    []*choiceItem
	selected int
	changed  func(i int)
	under    *Fill
	row      *fyne.Container
	rule     *Fill
}

// NewTabs makes tabs with the first one chosen.
func NewTabs(labels []string, changed func(i int)) *Tabs {
	t := &Tabs{changed: changed, under: NewFill(theme.Primary, 0), row: Row(24), rule: NewRule()}
	t.ExtendBaseWidget(t)
	t.SetLabels(labels)
	return t
}

// SetLabels changes the words, for example their counts. The choice stays where
// it can.
func (t *Tabs) SetLabels(labels []string) {
	t.items, t.row.Objects = nil, nil
	if t.selected >= len(labels) {
		t.selected = 0
	}
	for i, l := range labels {
		it := &choiceItem{
			label: NewText(l, Label), pad: fyne.NewSize(0, 8),
			choose: func() { t.choose(i) }, step: func(d int) { t.step(i, d) },
			style: func(chosen, over bool) Style {
				switch {
				case chosen:
					return Strong
				case over:
					return Body
				}
				return Label
			},
		}
		it.ExtendBaseWidget(it)
		it.owner = it
		it.chosen = i == t.selected
		t.items = append(t.items, it)
		t.row.Objects = append(t.row.Objects, it)
	}
	t.Refresh()
}

// SetSelected chooses without calling changed.
func (t *Tabs) SetSelected(i int) {
	if i < 0 || i >= len(t.items) {
		return
	}
	t.selected = i
	for j, it := range t.items {
		it.set(j == i)
	}
	t.Refresh()
}

func (t *Tabs) choose(i int) {
	if i == t.selected {
		return
	}
	t.SetSelected(i)
	if t.changed != nil {
		t.changed(i)
	}
}

func (t *Tabs) step(i, d int) {
	if i += d; i < 0 || i >= len(t.items) {
		return
	}
	t.choose(i)
	focusOn(t.items[i])
}

// CreateRenderer implements fyne.Widget.
func (t *Tabs) CreateRenderer() fyne.WidgetRenderer {
	return &tabsRenderer{t: t, objects: []fyne.CanvasObject{t.rule, t.row, t.under}}
}

type tabsRenderer struct {
	t       *Tabs
	objects []fyne.CanvasObject
}

func (r *tabsRenderer) Layout(size fyne.Size) {
	t := r.t
	put(t.row, 0, 0, size.Width, size.Height)
	put(t.rule, 0, size.Height-1, size.Width, 1)
	if t.selected < len(t.items) {
		it := t.items[t.selected]
		put(t.under, it.Position().X, size.Height-2, it.Size().Width, 2)
	}
}

func (r *tabsRenderer) MinSize() fyne.Size { return r.t.row.MinSize() }
func (r *tabsRenderer) Refresh() {
	r.t.row.Refresh()
	r.Layout(r.t.Size())
	canvas.Refresh(r.t)
}
func (r *tabsRenderer) Objects() []fyne.CanvasObject { return r.objects }
func (r *tabsRenderer) Destroy()                     {}

// Segmented is a choice of a few short words in one track.
type Segmented struct {
	widget.BaseWidget
	items    []*choiceItem
	selected int
	changed  func(i int)
	body     *fyne.Container
}

// NewSegmented makes it with the first word chosen.
func NewSegmented(labels []string, changed func(i int)) *Segmented {
	s := &Segmented{changed: changed}
	row := StretchRow(0)
	for i, l := range labels {
		it := &choiceItem{
			label: NewText(l, Label.Centered()), pad: fyne.NewSize(12, 3),
			choose: func() { s.choose(i) }, step: func(d int) { s.step(i, d) },
			back: NewFrame(theme.Surface, theme.Border, 4),
			style: func(chosen, over bool) Style {
				switch {
				case chosen:
					return Strong.Centered()
				case over:
					return Body.Centered()
				}
				return Label.Centered()
			},
		}
		it.ExtendBaseWidget(it)
		it.owner = it
		it.chosen = i == 0
		s.items = append(s.items, it)
		row.Objects = append(row.Objects, it)
	}
	s.body = Layers(NewFill(theme.Track, theme.RadiusControl), Pad(3, 3, 3, 3, row))
	s.ExtendBaseWidget(s)
	return s
}

// SetSelected chooses without calling changed.
func (s *Segmented) SetSelected(i int) {
	if i < 0 || i >= len(s.items) {
		return
	}
	s.selected = i
	for j, it := range s.items {
		it.set(j == i)
	}
}

func (s *Segmented) choose(i int) {
	if i == s.selected {
		return
	}
	s.SetSelected(i)
	if s.changed != nil {
		s.changed(i)
	}
}

func (s *Segmented) step(i, d int) {
	if i += d; i < 0 || i >= len(s.items) {
		return
	}
	s.choose(i)
	focusOn(s.items[i])
}

// CreateRenderer implements fyne.Widget.
func (s *Segmented) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(s.body) }
