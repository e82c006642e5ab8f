package widgets

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	fynetheme "fyne.io/fyne/v2/theme"
)

// Layouts of the design. They differ from Fyne's in two ways: gaps are explicit
// and whole pixels, and heights may depend on widths, so that wrapped text gets
// its place in one pass.

// heighter is a widget whose height follows its width.
type heighter interface{ HeightFor(width float32) float32 }

// heightLayout is a layout that knows its height for a width.
type heightLayout interface {
	heightFor(objects []fyne.CanvasObject, width float32) float32
}

// grower is an object that takes the space left in a Row or VBox.
type grower interface{ grows() bool }

// HeightFor returns the height o needs at a width.
func HeightFor(o fyne.CanvasObject, width float32) float32 {
	if h, ok := o.(heighter); ok {
		return max(h.HeightFor(width), 0)
	}
	if c, ok := o.(*fyne.Container); ok {
		if l, ok := c.Layout.(heightLayout); ok {
			return l.heightFor(c.Objects, width)
		}
		// a stack gives each child its whole width
		var h float32
		if c.Layout == stack {
			for _, o := range c.Objects {
				if o.Visible() {
					h = max(h, HeightFor(o, width))
				}
			}
			return h
		}
	}
	return o.MinSize().Height
}

// stack is the one instance of Fyne's stack layout, to recognise it.
var stack = container.NewStack().Layout

func visible(objects []fyne.CanvasObject) []fyne.CanvasObject {
	out := make([]fyne.CanvasObject, 0, len(objects))
	for _, o := range objects {
		if o.Visible() {
			out = append(out, o)
		}
	}
	return out
}

func growing(o fyne.CanvasObject) bool {
	if g, ok := o.(grower); ok {
		return g.grows()
	}
	if c, ok := o.(*fyne.Container); ok {
		if g, ok := c.Layout.(grower); ok {
			return g.grows()
		}
	}
	return false
}

// put moves and resizes, and does nothing where nothing changes.
func put(o fyne.CanvasObject, x, y, w, h float32) {
	if p := fyne.NewPos(x, y); o.Position() != p {
		o.Move(p)
	}
	if s := fyne.NewSize(max(w, 0), max(h, 0)); o.Size() != s {
		o.Resize(s)
	}
}

// growLayout fills its place with its one child, if any, and takes what is left.
type growLayout struct{}

func (growLayout) grows() bool { return true }
func (growLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	for _, o := range objects {
		put(o, 0, 0, size.Width, size.Height)
	}
}

func (growLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	var m fyne.Size
	for _, o := range visible(objects) {
		m = m.Max(o.MinSize())
	}
	return m
}

func (growLayout) heightFor(objects []fyne.CanvasObject, width float32) float32 {
	var h float32
	for _, o := range visible(objects) {
		h = max(h, HeightFor(o, width))
	}
	return h
}

// Grow makes o take the space that is left in a Row or VBox.
func Grow(o fyne.CanvasObject) *fyne.Container { return container.New(growLayout{}, o) }

// Spacer is empty space that grows.
func Spacer() *fyne.Container { return container.New(growLayout{}) }

// Layers puts the parts over one another, all of the full size.
func Layers(parts ...fyne.CanvasObject) *fyne.Container {
	return container.New(layersLayout{}, parts...)
}

type layersLayout struct{ growLayout }

func (layersLayout) grows() bool { return false }

// Row puts parts side by side, centred vertically, with gap between them.
// Wrapped texts, Grow and Spacer share the width that is left.
func Row(gap float32, parts ...fyne.CanvasObject) *fyne.Container {
	return container.New(&rowLayout{gap: gap, center: true}, parts...)
}

// TopRow is Row with the parts at the top instead of centred.
func TopRow(gap float32, parts ...fyne.CanvasObject) *fyne.Container {
	return container.New(&rowLayout{gap: gap}, parts...)
}

// StretchRow is Row with all parts as high as the row.
func StretchRow(gap float32, parts ...fyne.CanvasObject) *fyne.Container {
	return container.New(&rowLayout{gap: gap, stretch: true}, parts...)
}

type rowLayout struct {
	gap             float32
	center, stretch bool
}

// widths shares a width among the objects.
func (l *rowLayout) widths(objects []fyne.CanvasObject, width float32) []float32 {
	out := make([]float32, len(objects))
	left, n := width-l.gap*float32(len(objects)-1), 0
	for i, o := range objects {
		if growing(o) {
			n++
			continue
		}
		out[i] = ceil(o.MinSize().Width)
		left -= out[i]
	}
	for i, o := range objects {
		if growing(o) {
			share := floor(max(left, 0) / float32(n))
			out[i] = share
			left -= share
			n--
		}
	}
	return out
}

func (l *rowLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	objects = visible(objects)
	var x float32
	for i, w := range l.widths(objects, size.Width) {
		h := size.Height
		if !l.stretch {
			h = min(HeightFor(objects[i], w), size.Height)
		}
		var y float32
		if l.center {
			y = floor((size.Height - h) / 2)
		}
		put(objects[i], x, y, w, h)
		x += w + l.gap
	}
}

func (l *rowLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	var m fyne.Size
	for i, o := range visible(objects) {
		s := o.MinSize()
		if i > 0 {
			m.Width += l.gap
		}
		m.Width += ceil(s.Width)
		m.Height = max(m.Height, s.Height)
	}
	return m
}

func (l *rowLayout) heightFor(objects []fyne.CanvasObject, width float32) float32 {
	objects = visible(objects)
	var h float32
	for i, w := range l.widths(objects, width) {
		h = max(h, HeightFor(objects[i], w))
	}
	return h
}

// VBox puts parts below one another over the full width, with gap between
// them. Grow and Spacer take the height that is left.
func VBox(gap float32, parts ...fyne.CanvasObject) *fyne.Container {
	return container.New(&boxLayout{gap: gap}, parts...)
}

// boxLayout remembers its last width, since MinSize is asked without one.
type boxLayout struct{ gap, width float32 }

func (l *boxLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	l.width = size.Width
	objects = visible(objects)
	left, n := size.Height-l.gap*float32(len(objects)-1), 0
	heights := make([]float32, len(objects))
	for i, o := range objects {
		heights[i] = ceil(HeightFor(o, size.Width))
		left -= heights[i]
		if _, text := o.(heighter); !text && growing(o) {
			n++
		}
	}
	var y float32
	for i, o := range objects {
		h := heights[i]
		if _, text := o.(heighter); !text && growing(o) && left > 0 {
			extra := floor(left / float32(n))
			h += extra
			left -= extra
			n--
		}
		put(o, 0, y, size.Width, h)
		y += h + l.gap
	}
}

func (l *boxLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	var m fyne.Size
	for i, o := range visible(objects) {
		s := o.MinSize()
		if l.width > 0 {
			s.Height = HeightFor(o, l.width)
		}
		if i > 0 {
			m.Height += l.gap
		}
		m.Height += ceil(s.Height)
		m.Width = max(m.Width, s.Width)
	}
	return m
}

func (l *boxLayout) heightFor(objects []fyne.CanvasObject, width float32) float32 {
	var h float32
	for i, o := range visible(objects) {
		if i > 0 {
			h += l.gap
		}
		h += ceil(HeightFor(o, width))
	}
	return h
}

// Pad puts space around o.
func Pad(top, right, bottom, left float32, o fyne.CanvasObject) *fyne.Container {
	return container.New(&padLayout{top, right, bottom, left}, o)
}

type padLayout struct{ top, right, bottom, left float32 }

func (l *padLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	for _, o := range objects {
		put(o, l.left, l.top, size.Width-l.left-l.right, size.Height-l.top-l.bottom)
	}
}

func (l *padLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	m := growLayout{}.MinSize(objects)
	return fyne.NewSize(m.Width+l.left+l.right, m.Height+l.top+l.bottom)
}

func (l *padLayout) heightFor(objects []fyne.CanvasObject, width float32) float32 {
	return growLayout{}.heightFor(objects, width-l.left-l.right) + l.top + l.bottom
}

// Fixed gives o a size of its own; 0 leaves that side to o.
func Fixed(width, height float32, o fyne.CanvasObject) *fyne.Container {
	return container.New(&fixedLayout{width, height}, o)
}

type fixedLayout struct{ w, h float32 }

func (l *fixedLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	growLayout{}.Layout(objects, size)
}

func (l *fixedLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	m := growLayout{}.MinSize(objects)
	if l.w > 0 {
		m.Width = l.w
		if l.h == 0 { // not a picture: it holds words
			m.Width = Grown(l.w)
		}
	}
	if l.h > 0 {
		m.Height = l.h
	}
	return m
}

func (l *fixedLayout) heightFor(objects []fyne.CanvasObject, width float32) float32 {
	if l.h > 0 {
		return l.h
	}
	return growLayout{}.heightFor(objects, width)
}

// AtMost gives o the width there is, up to most: longer lines are hard to read
// across.
func AtMost(most float32, o fyne.CanvasObject) *fyne.Container {
	return container.New(&mostLayout{most}, o)
}

type mostLayout struct{ w float32 }

func (l *mostLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	growLayout{}.Layout(objects, fyne.NewSize(min(size.Width, Grown(l.w)), size.Height))
}

func (l *mostLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	return growLayout{}.MinSize(objects)
}

func (l *mostLayout) heightFor(objects []fyne.CanvasObject, width float32) float32 {
	return growLayout{}.heightFor(objects, min(width, Grown(l.w)))
}

// Hug makes o as wide as a text of the body style on one line and the room
// around it, up to the width there is.
func Hug(room float32, text string, o fyne.CanvasObject) *fyne.Container {
	return container.New(&hugLayout{text, room}, o)
}

type hugLayout struct {
	text string
	room float32
}

func (l *hugLayout) width(most float32) float32 {
	return min(most, ceil(fyne.MeasureText(l.text, fynetheme.TextSize(), fyne.TextStyle{}).Width)+l.room)
}

func (l *hugLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	growLayout{}.Layout(objects, fyne.NewSize(l.width(size.Width), size.Height))
}

func (l *hugLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	return growLayout{}.MinSize(objects)
}

func (l *hugLayout) heightFor(objects []fyne.CanvasObject, width float32) float32 {
	return growLayout{}.heightFor(objects, l.width(width))
}

// Tall gives o a height that follows the text size setting, such as
// theme.SizeControl.
func Tall(height fyne.ThemeSizeName, o fyne.CanvasObject) *fyne.Container {
	return container.New(&tallLayout{height: height}, o)
}

type tallLayout struct {
	growLayout
	height fyne.ThemeSizeName
}

func (l *tallLayout) grows() bool { return false }

func (l *tallLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(growLayout{}.MinSize(objects).Width, fynetheme.Size(l.height))
}

func (l *tallLayout) heightFor([]fyne.CanvasObject, float32) float32 {
	return fynetheme.Size(l.height)
}

// Center puts o in the middle of its place, in its smallest size.
func Center(o fyne.CanvasObject) *fyne.Container { return container.New(centerLayout{}, o) }

type centerLayout struct{}

func (centerLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	for _, o := range objects {
		m := o.MinSize()
		w := min(m.Width, size.Width)
		h := HeightFor(o, w)
		put(o, floor((size.Width-w)/2), floor(max(size.Height-h, 0)/2), w, h)
	}
}

func (centerLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	return growLayout{}.MinSize(objects)
}

// Flow puts parts side by side and goes on in a new line where they do not fit.
func Flow(gapX, gapY float32, parts ...fyne.CanvasObject) *fyne.Container {
	return container.New(&flowLayout{x: gapX, y: gapY}, parts...)
}

type flowLayout struct{ x, y, width float32 }

func (l *flowLayout) place(objects []fyne.CanvasObject, width float32, move bool) float32 {
	var x, y, line float32
	for _, o := range visible(objects) {
		m := o.MinSize()
		w := min(ceil(m.Width), max(width, 1))
		if x > 0 && x+w > width {
			x, y = 0, y+line+l.y
			line = 0
		}
		if move {
			put(o, x, y, w, m.Height)
		}
		x += w + l.x
		line = max(line, m.Height)
	}
	return y + line
}

func (l *flowLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	l.width = size.Width
	l.place(objects, size.Width, true)
}

func (l *flowLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	var w float32
	for _, o := range visible(objects) {
		w = max(w, o.MinSize().Width)
	}
	if l.width > 0 {
		return fyne.NewSize(w, l.place(objects, l.width, false))
	}
	return fyne.NewSize(w, growLayout{}.MinSize(objects).Height)
}

func (l *flowLayout) heightFor(objects []fyne.CanvasObject, width float32) float32 {
	return l.place(objects, width, false)
}
