package widgets

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"

	"github.com/modelfactory/modelfactory/assets/icons"
	"github.com/modelfactory/modelfactory/ui/theme"
)

// Select is a bordered field that opens a menu of options. Up and Down change
// it, Space and Enter open it.
type Select struct {
	widget.BaseWidget
	hover
	focus
	options  []string
	selected int
	height   fyne.ThemeSizeName
	off      bool
	why      string
	closed   map[int]string // options that cannot be chosen, with the reason
	changed  func(i int)
}

// NewSelect makes a select with the first option chosen. changed is called when
// the person chooses another one, not by SetSelected.
func NewSelect(options []string, changed func(i int)) *Select {
	s := &Select{options: options, changed: changed, height: theme.SizeControl}
	s.ExtendBaseWidget(s)
	s.owner = s
	return s
}

// Small makes it 26 high. It returns s, as Tip does.
func (s *Select) Small() *Select { s.height = theme.SizeControlSmall; return s }

// Tip sets the tooltip.
func (s *Select) Tip(text string) *Select { s.tip = text; return s }

// Selected returns the index of the chosen option, -1 when there is none.
func (s *Select) Selected() int {
	if s.selected >= len(s.options) {
		return -1
	}
	return s.selected
}

// SelectedText returns the chosen option, or "".
func (s *Select) SelectedText() string {
	if i := s.Selected(); i >= 0 {
		return s.options[i]
	}
	return ""
}

// SetSelected chooses an option without calling changed.
func (s *Select) SetSelected(i int) {
	if i >= 0 && i < len(s.options) && i != s.selected {
		s.selected = i
		s.Refresh()
	}
}

// SetOptions changes the options and keeps the chosen text where it is still
// among them.
func (s *Select) SetOptions(options []string) {
	was := s.SelectedText()
	s.options, s.selected = options, 0
	for i, o := range options {
		if o == was {
			s.selected = i
		}
	}
	s.Refresh()
}

// SetEnabled enables it, or disables it with the reason as its tooltip.
func (s *Select) SetEnabled(on bool, why string) {
	s.off, s.why = !on, why
	s.Refresh()
}

// SetClosed says why an option cannot be chosen; the menu shows the reason in
// its place. An empty reason opens it again.
func (s *Select) SetClosed(i int, why string) {
	if s.closed == nil {
		s.closed = map[int]string{}
	}
	s.closed[i] = why
}

// Disabled reports whether it does nothing now.
func (s *Select) Disabled() bool { return s.off }

func (s *Select) choose(i int) {
	if i < 0 || i >= len(s.options) || i == s.selected || s.closed[i] != "" {
		return
	}
	s.selected = i
	s.Refresh()
	if s.changed != nil {
		s.changed(i)
	}
}

// Open shows the menu.
func (s *Select) Open() {
	if s.off || len(s.options) == 0 {
		return
	}
	items := make([]*fyne.MenuItem, len(s.options))
	for i, o := range s.options {
		items[i] = fyne.NewMenuItem(o, func() { s.choose(i) })
		items[i].Checked = i == s.selected
		if why := s.closed[i]; why != "" {
			items[i].Label, items[i].Disabled = why, true
		}
	}
	openMenu(s, fyne.NewMenu("", items...), s.Size().Width)
}

// openMenu shows a menu under o, at least as wide as width.
func openMenu(o fyne.CanvasObject, menu *fyne.Menu, width float32) {
	driver := fyne.CurrentApp().Driver()
	c := driver.CanvasForObject(o)
	if c == nil {
		return
	}
	pop := widget.NewPopUpMenu(menu, c)
	pop.ShowAtPosition(driver.AbsolutePositionForObject(o).AddXY(0, o.Size().Height+2))
	if m := pop.MinSize(); m.Width < width {
		pop.Resize(fyne.NewSize(width, m.Height))
	}
}

// Tapped implements fyne.Tappable.
func (s *Select) Tapped(*fyne.PointEvent) { s.Open() }

// Cursor implements desktop.Cursorable.
func (s *Select) Cursor() desktop.Cursor {
	if s.off {
		return desktop.DefaultCursor
	}
	return desktop.PointerCursor
}

// MouseIn implements desktop.Hoverable.
func (s *Select) MouseIn(e *desktop.MouseEvent) {
	tip := s.tip
	if s.off && s.why != "" {
		tip = s.why
	}
	s.enter(e, tip)
	s.Refresh()
}

// MouseOut implements desktop.Hoverable.
func (s *Select) MouseOut() { s.leave(); s.Refresh() }

// FocusGained implements fyne.Focusable.
func (s *Select) FocusGained() { s.focused = true; s.Refresh() }

// FocusLost implements fyne.Focusable.
func (s *Select) FocusLost() { s.focused = false; s.Refresh() }

// TypedRune implements fyne.Focusable.
func (s *Select) TypedRune(rune) {}

// TypedKey implements fyne.Focusable.
func (s *Select) TypedKey(e *fyne.KeyEvent) {
	if s.off {
		return
	}
	switch e.Name {
	case fyne.KeySpace, fyne.KeyReturn, fyne.KeyEnter:
		s.Open()
	case fyne.KeyUp:
		s.choose(s.selected - 1)
	case fyne.KeyDown:
		s.choose(s.selected + 1)
	default:
		Forward(s, e)
	}
}

// CreateRenderer implements fyne.Widget.
func (s *Select) CreateRenderer() fyne.WidgetRenderer {
	r := &selectRenderer{
		s: s, ring: newRing(theme.RadiusControl), frame: NewFrame(theme.Surface, theme.Border, theme.RadiusControl),
		text: NewText("", Body).Elide(), arrow: NewIcon(icons.ChevronDown, IconButton, theme.Text),
	}
	r.objects = []fyne.CanvasObject{r.ring, r.frame, r.text, r.arrow}
	r.apply()
	return r
}

type selectRenderer struct {
	s       *Select
	ring    *canvas.Rectangle
	frame   *Frame
	text    *Text
	arrow   *Icon
	objects []fyne.CanvasObject
}

func (r *selectRenderer) style() Style {
	if r.s.height == theme.SizeControlSmall {
		return Small
	}
	return Body
}

func (r *selectRenderer) apply() {
	s := r.s
	ground, edge, ink := theme.Surface, theme.Border, theme.Text
	if s.over {
		ground = theme.Hover
	}
	if s.off {
		ground, edge, ink = theme.Sunken, theme.Line, theme.Text3
	}
	s.focus.ring(r.ring, s)
	r.frame.Set(ground, edge, 1)
	r.text.Set(s.SelectedText(), r.style().In(ink))
	r.arrow.Set(icons.ChevronDown, ink)
}

func (r *selectRenderer) Layout(size fyne.Size) {
	layRing(r.ring, size)
	put(r.frame, 0, 0, size.Width, size.Height)
	arrow := r.arrow.MinSize().Width
	put(r.text, 11, 0, size.Width-11-arrow-18, size.Height)
	put(r.arrow, size.Width-arrow-10, 0, arrow, size.Height)
}

func (r *selectRenderer) MinSize() fyne.Size {
	var w float32
	for _, o := range r.s.options {
		w = max(w, r.style().width(o, r.s))
	}
	return fyne.NewSize(w+11+r.arrow.MinSize().Width+20, sizeOf(r.s.height, r.s))
}

func (r *selectRenderer) Refresh() {
	r.apply()
	r.Layout(r.s.Size())
	canvas.Refresh(r.s)
}
func (r *selectRenderer) Objects() []fyne.CanvasObject { return r.objects }
func (r *selectRenderer) Destroy()                     {}

// MenuItem is one line of a MenuButton's menu.
type MenuItem struct {
	Text string
	Icon icons.Name
	Off  string // why it cannot be chosen now; "" = it can
	Do   func()
	Rule bool // a line instead of an item
}

// OpenMenu shows a menu under o.
func OpenMenu(o fyne.CanvasObject, items []MenuItem) { openMenu(o, menuOf(items), 0) }

// OpenMenuAt shows a menu of o at a place of the window, as where the pointer is.
func OpenMenuAt(o fyne.CanvasObject, at fyne.Position, items []MenuItem) {
	if c := fyne.CurrentApp().Driver().CanvasForObject(o); c != nil {
		widget.ShowPopUpMenuAtPosition(menuOf(items), c, at)
	}
}

func menuOf(items []MenuItem) *fyne.Menu {
	menu := fyne.NewMenu("")
	for _, it := range items {
		if it.Rule {
			menu.Items = append(menu.Items, fyne.NewMenuItemSeparator())
			continue
		}
		text := it.Text
		if it.Off != "" {
			text += " · " + it.Off
		}
		item := fyne.NewMenuItem(text, it.Do)
		item.Disabled = it.Off != ""
		menu.Items = append(menu.Items, item)
	}
	return menu
}

// NewMenuButton makes a button with a chevron that opens a menu, read anew each
// time.
func NewMenuButton(text string, items func() []MenuItem) *Button {
	b := NewButton(text, nil).Trailing(icons.ChevronDown)
	b.tapped = func() { OpenMenu(b, items()) }
	return b
}
