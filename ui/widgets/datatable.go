package widgets

import (
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"

	"github.com/modelfactory/modelfactory/assets/icons"
	"github.com/modelfactory/modelfactory/ui/task"
	"github.com/modelfactory/modelfactory/ui/theme"
)

// Cell is what a text column shows in a row.
type Cell struct {
	Text  string
	Sub   string // second line, for tables with theme.SizeRowTwo
	Style Style  // of Text
	Icon  icons.Name
	Ink   fyne.ThemeColorName // of Icon
}

// Column is one column of a DataTable. It shows text (Cell), or objects of its
// own (New and Update, which are reused from row to row).
type Column struct {
	ID     string
	Title  string
	Width  float32 // 0: shares what the others leave
	Min    float32 // least width of a column that shares
	Align  fyne.TextAlign
	Sort   bool // a click on the title sorts
	Cell   func(row int) Cell
	New    func() fyne.CanvasObject
	Update func(row int, o fyne.CanvasObject)
}

// DataTable is a table of any length: cells are made for what is seen and
// reused. It takes Tab; then arrows, Page Up and Down, Home and End move the
// selection, Enter opens, and typing finds the row whose FindText begins so.
//
// It holds no rows: it asks the columns for row 0 to count-1. A change of the
// rows is told by SetCount or Refresh.
type DataTable struct {
	widget.BaseWidget
	focus

	// OnSelect is called when the selected row changes by the person's hand.
	OnSelect func(row int)
	// OnOpen is called by Enter and double click.
	OnOpen func(row int)
	// OnMenu is called by a right click, after the row is selected.
	OnMenu func(row int, at fyne.Position)
	// OnSort is called by a click on the title of a Sort column.
	OnSort func(id string)
	// FindText is what type-to-find compares; nil switches it off.
	FindText func(row int) string

	columns  []Column
	look     tableLook
	count    int
	selected int // -1: none
	typed    typeAhead
	click    lastClick
	body     *tableBody
	scroll   *bareScroll // nil: as high as its rows
}

type tableLook struct {
	rowHeight  fyne.ThemeSizeName
	plain      bool    // no frame: stands in a card that has one
	minRows    int     // of a scrolling table
	pad        float32 // at the left and right edge
	sortID     string
	descending bool
}

type typeAhead struct {
	text   string
	forget func()
}

type lastClick struct {
	row   int
	at    time.Time
	quiet bool // the focus came by it
}

// doubleClick is the longest time between two clicks that open a row. Fyne's
// own DoubleTapped would hold every single click back for as long.
const doubleClick = 400 * time.Millisecond

const columnGap = 16

// NewDataTable makes a table in a frame of its own that is as high as its rows,
// with rows of theme.SizeRow.
func NewDataTable(columns ...Column) *DataTable {
	t := &DataTable{columns: columns, selected: -1, look: tableLook{rowHeight: theme.SizeRow, pad: theme.CardPadding}}
	t.click.row = -1
	t.body = &tableBody{table: t}
	t.body.ExtendBaseWidget(t.body)
	t.ExtendBaseWidget(t)
	return t
}

// Rows sets the height of a row: theme.SizeRow, SizeRowDense or SizeRowTwo. It
// returns t, as do Plain and Scrolls.
func (t *DataTable) Rows(height fyne.ThemeSizeName) *DataTable { t.look.rowHeight = height; return t }

// Plain takes the frame away, for a table inside a card.
func (t *DataTable) Plain() *DataTable { t.look.plain = true; return t }

// Scrolls lets the table fill its place and scroll its rows; it asks for the
// height of minRows.
func (t *DataTable) Scrolls(minRows int) *DataTable {
	t.look.minRows = minRows
	t.scroll = newBareScroll(t.body)
	t.scroll.OnScrolled = func(fyne.Position) { t.body.Refresh() }
	return t
}

// SetCount says how many rows there are now and draws them again. The selection
// is taken back when its row is gone.
func (t *DataTable) SetCount(n int) {
	t.count = n
	if t.selected >= n {
		t.selected = -1
	}
	t.Refresh()
}

// Count is the number of rows.
func (t *DataTable) Count() int { return t.count }

// Selected is the selected row, or -1.
func (t *DataTable) Selected() int { return t.selected }

// Select shows a row as selected without calling OnSelect; -1 takes the
// selection away.
func (t *DataTable) Select(row int) {
	if row >= t.count {
		row = -1
	}
	if t.selected != row {
		t.selected = row
		t.body.Refresh()
	}
}

// SetSort shows the arrow of the sorted column.
func (t *DataTable) SetSort(id string, descending bool) {
	if t.look.sortID != id || t.look.descending != descending {
		t.look.sortID, t.look.descending = id, descending
		t.Refresh()
	}
}

// SetTitle changes the title of a column.
func (t *DataTable) SetTitle(id, title string) {
	for i := range t.columns {
		if t.columns[i].ID == id && t.columns[i].Title != title {
			t.columns[i].Title = title
			t.Refresh()
		}
	}
}

// choose selects by the person's hand and brings the row into view.
func (t *DataTable) choose(row int) {
	if row < 0 || row >= t.count {
		return
	}
	t.reveal(row)
	if row == t.selected {
		return
	}
	t.selected = row
	t.body.Refresh()
	if t.OnSelect != nil {
		t.OnSelect(row)
	}
}

func (t *DataTable) reveal(row int) {
	if t.scroll == nil {
		return
	}
	h := t.rowHeight()
	top, bottom := float32(row)*h, float32(row+1)*h
	y := t.scroll.Offset.Y
	switch view := t.scroll.Size().Height; {
	case top < y:
		y = top
	case bottom > y+view:
		y = bottom - view
	default:
		return
	}
	t.scroll.Offset.Y = y
	t.scroll.Refresh()
	t.body.Refresh()
}

// whole says that all rows are in view, so that the last one meets the frame.
func (t *DataTable) whole() bool {
	return t.scroll == nil || t.scroll.Size().Height >= float32(t.count)*t.rowHeight()-0.5
}

func (t *DataTable) rowHeight() float32 { return sizeOf(t.look.rowHeight, t) }

// clicked handles a click on a row.
func (t *DataTable) clicked(row int) {
	// A click shows where it is by the selection; the ring is for the keyboard.
	t.click.quiet = true
	if c := fyne.CurrentApp().Driver().CanvasForObject(t); c != nil {
		c.Focus(t)
	}
	twice := t.click.row == row && time.Since(t.click.at) < doubleClick
	t.click.row, t.click.at = row, time.Now()
	t.choose(row)
	if twice {
		t.click.row = -1
		t.open(row)
	}
}

func (t *DataTable) open(row int) {
	if t.OnOpen != nil && row >= 0 && row < t.count {
		t.OnOpen(row)
	}
}

// Quiet hides the focus ring until the next key.
func (t *DataTable) Quiet() { t.click.quiet = true; t.Refresh() }

// FocusGained implements fyne.Focusable.
func (t *DataTable) FocusGained() { t.focused = true; t.Refresh() }

// FocusLost implements fyne.Focusable.
func (t *DataTable) FocusLost() { t.focused, t.click.quiet = false, false; t.Refresh() }

// TypedKey implements fyne.Focusable.
func (t *DataTable) TypedKey(e *fyne.KeyEvent) {
	if t.click.quiet {
		t.click.quiet = false
		t.Refresh()
	}
	page := 10
	if t.scroll != nil {
		page = max(1, int(t.scroll.Size().Height/t.rowHeight())-1)
	}
	last := t.count - 1
	switch e.Name {
	case fyne.KeyDown:
		t.choose(min(t.selected+1, last))
	case fyne.KeyUp:
		t.choose(max(t.selected-1, 0))
	case fyne.KeyPageDown:
		t.choose(min(max(t.selected, 0)+page, last))
	case fyne.KeyPageUp:
		t.choose(max(t.selected-page, 0))
	case fyne.KeyHome:
		t.choose(0)
	case fyne.KeyEnd:
		t.choose(last)
	case fyne.KeyReturn, fyne.KeyEnter:
		t.open(t.selected)
	}
}

// TypedRune implements fyne.Focusable: typing finds. A pause of a second
// starts a new word; one letter again and again walks through its rows.
func (t *DataTable) TypedRune(r rune) {
	if t.FindText == nil || t.count == 0 {
		return
	}
	if t.typed.forget != nil {
		t.typed.forget()
	}
	t.typed.forget = task.After(task.Current(), time.Second, func() { t.typed = typeAhead{} })
	letter := strings.ToLower(string(r))
	from := max(t.selected, 0)
	if t.typed.text == letter {
		from++ // the same letter: the next one
	} else {
		t.typed.text += letter
		if len(t.typed.text) == len(letter) {
			from = t.selected + 1
		}
	}
	for i := range t.count {
		row := (from + i) % t.count
		if strings.HasPrefix(strings.ToLower(t.FindText(row)), t.typed.text) {
			t.choose(row)
			return
		}
	}
}

// widths shares a width among the columns.
func (t *DataTable) widths(total float32) []float32 {
	out := make([]float32, len(t.columns))
	left := total - 2*t.look.pad - columnGap*float32(len(t.columns)-1)
	n, fixed, least := 0, float32(0), float32(0)
	for _, c := range t.columns {
		fixed += c.Width
		if c.Width == 0 {
			n++
			least += c.Min
		}
	}
	// Columns grow with the text, and the least width of the others with them, as
	// far as there is room.
	k := growth()
	if fixed > 0 {
		k = max(1, min(k, left/(fixed+least)))
	}
	for i, c := range t.columns {
		out[i] = floor(c.Width * k)
		left -= out[i]
	}
	for i, c := range t.columns {
		if c.Width == 0 {
			out[i] = max(floor(left/float32(n)), c.Min)
		}
	}
	return out
}

func (t *DataTable) minWidth() float32 {
	w := 2*t.look.pad + columnGap*float32(len(t.columns)-1)
	for _, c := range t.columns {
		w += max(c.Width, c.Min)
	}
	return w
}
