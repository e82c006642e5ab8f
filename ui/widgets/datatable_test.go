package widgets

import (
	"bytes"
	"fmt"
	"image"
	"slices"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"github.com/modelfactory/modelfactory/assets/icons"
	"github.com/modelfactory/modelfactory/ui/task"
	"github.com/modelfactory/modelfactory/ui/theme"
)

type netLine struct {
	name, about, licence, price, yours string
	rows                               int
	tone                               Tone
}

var netLines = []netLine{
	{"Bicycle Workshop", "Repair questions, answered by mechanics", "Train and serve", "12 OPEN / year", "held to 21 Nov 2027", 2480, Good},
	{"Polite Support", "Short, kind replies to shop customers", "Train and serve", "4 OPEN / year", "6 days left", 5210, Caution},
	{"Shop emails 2025", "Private, on this computer only", "Own data", "–", "yours", 310, Info},
	{"Bread and Dough", "What went wrong with this loaf, and why, told by the people who baked it", "CC BY 4.0", "free", "open", 1730, Good},
}

func netTable() *DataTable {
	t := NewDataTable(
		Column{ID: "name", Title: "Name", Min: 160, Sort: true, Cell: func(i int) Cell {
			return Cell{Text: netLines[i].name, Style: Strong, Sub: netLines[i].about}
		}},
		Column{ID: "rows", Title: "Rows", Width: 64, Align: fyne.TextAlignTrailing, Sort: true, Cell: func(i int) Cell { return Cell{Text: Count(int64(netLines[i].rows))} }},
		Column{ID: "licence", Title: "Licence", Width: 110, Cell: func(i int) Cell { return Cell{Text: netLines[i].licence, Icon: icons.Lock} }},
		Column{ID: "price", Title: "Price", Width: 100, Align: fyne.TextAlignTrailing, Cell: func(i int) Cell { return Cell{Text: netLines[i].price} }},
		Column{
			ID: "yours", Title: "Yours", Width: 150, Sort: true, New: func() fyne.CanvasObject { return NewPill("", Neutral) },
			Update: func(i int, o fyne.CanvasObject) { o.(*Pill).Set(netLines[i].yours, netLines[i].tone) },
		},
	).Rows(theme.SizeRowTwo)
	t.FindText = func(i int) string { return netLines[i].name }
	t.SetSort("yours", true)
	t.SetCount(len(netLines))
	return t
}

func TestDataTablePicture(t *testing.T) {
	assertBothThemes(t, "datatable", fyne.NewSize(800, 240), func() fyne.CanvasObject { return VBox(0, netTable()) },
		func(c fyne.Canvas, o fyne.CanvasObject) {
			table := o.(*fyne.Container).Objects[0].(*DataTable)
			table.Select(0)
			c.Focus(table)
			test.MoveMouse(c, fyne.NewPos(200, 8+34+50+25))
		})
}

func longTable(t *testing.T, n int) (*DataTable, fyne.Window, *int) {
	t.Helper()
	test.NewTempApp(t).Settings().SetTheme(theme.New(theme.Light, 100))
	made := 0
	table := NewDataTable(
		Column{ID: "n", Title: "Number", Sort: true, Cell: func(i int) Cell { return Cell{Text: fmt.Sprint(i)} }},
		Column{ID: "o", Title: "Object", Width: 80, New: func() fyne.CanvasObject { made++; return NewText("", Body) }, Update: func(i int, o fyne.CanvasObject) { o.(*Text).SetText(fmt.Sprint("row ", i)) }},
	).Rows(theme.SizeRowDense).Scrolls(5)
	table.SetCount(n)
	w := test.NewTempWindow(t, table)
	w.SetPadded(false)
	w.Resize(fyne.NewSize(400, 335)) // title 33, edges 2: ten rows
	return table, w, &made
}

func TestDataTableReusesItsRows(t *testing.T) {
	table, w, made := longTable(t, 100_000)
	w.Canvas().Capture()
	for i := 0; i < 100_000; i += 997 {
		table.choose(i)
	}
	if *made > 40 {
		t.Errorf("%d rows were made to show ten at a time", *made)
	}
	if y := table.scroll.Offset.Y + table.scroll.Size().Height; y < float32(table.selected+1)*30 || table.scroll.Offset.Y > float32(table.selected)*30 {
		t.Errorf("row %d is not in view", table.selected)
	}
}

func TestDataTableRowsThatComeBackHaveTheThemeOfNow(t *testing.T) {
	test.NewTempApp(t).Settings().SetTheme(theme.New(theme.Light, 100))
	shown := func(table *DataTable) fyne.Window {
		w := test.NewTempWindow(t, table)
		w.SetPadded(false)
		w.Resize(fyne.NewSize(800, 240))
		return w
	}
	table := netTable()
	w := shown(table)
	table.SetCount(len(netLines) - 1)
	fyne.CurrentApp().Settings().SetTheme(theme.New(theme.Dark, 100))
	table.SetCount(len(netLines))
	if a, b := w.Canvas().Capture().(*image.NRGBA), shown(netTable()).Canvas().Capture().(*image.NRGBA); !bytes.Equal(a.Pix, b.Pix) {
		t.Error("rows that come back after a change of the theme are drawn differently from new ones")
	}
}

func TestDataTableByKeyboard(t *testing.T) {
	table, w, _ := longTable(t, 50)
	var selected, opened []int
	table.OnSelect = func(i int) { selected = append(selected, i) }
	table.OnOpen = func(i int) { opened = append(opened, i) }
	w.Canvas().Focus(table)
	for _, k := range []fyne.KeyName{fyne.KeyDown, fyne.KeyDown, fyne.KeyPageDown, fyne.KeyUp, fyne.KeyEnd, fyne.KeyDown, fyne.KeyReturn, fyne.KeyHome, fyne.KeyUp} {
		table.TypedKey(&fyne.KeyEvent{Name: k})
	}
	if want := []int{0, 1, 10, 9, 49, 0}; !slices.Equal(selected, want) {
		t.Errorf("selected %v, want %v", selected, want)
	}
	if !slices.Equal(opened, []int{49}) {
		t.Errorf("opened %v, want row 49", opened)
	}
	table.SetCount(0)
	table.TypedKey(&fyne.KeyEvent{Name: fyne.KeyDown})
	table.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	if table.Selected() != -1 {
		t.Errorf("an empty table has row %d selected", table.Selected())
	}
}

func TestDataTableFindsByTyping(t *testing.T) {
	test.NewTempApp(t).Settings().SetTheme(theme.New(theme.Light, 100))
	clock := task.NewInline()
	defer task.SetCurrent(clock)()
	table := netTable()
	test.NewTempWindow(t, table)
	steps := []struct {
		typed string
		pause bool
		want  int
	}{{"p", false, 1}, {"", true, 1}, {"b", false, 3}, {"b", false, 0}, {"", true, 0}, {"br", false, 3}, {"", true, 3}, {"sh", false, 2}, {"zz", true, 2}}
	for i, s := range steps {
		for _, r := range s.typed {
			table.TypedRune(r)
		}
		if s.pause {
			clock.Advance(2e9)
		}
		if table.Selected() != s.want {
			t.Errorf("step %d, %q: row %d, want %d", i, s.typed, table.Selected(), s.want)
		}
	}
}

func TestDataTableByMouse(t *testing.T) {
	table, w, _ := longTable(t, 50)
	var opened []int
	sorted := ""
	table.OnOpen = func(i int) { opened = append(opened, i) }
	table.OnSort = func(id string) { sorted = id }
	row := func(i int) fyne.Position { return fyne.NewPos(50, 34+float32(i)*30+15) }
	test.TapCanvas(w.Canvas(), row(2))
	if table.Selected() != 2 || len(opened) != 0 || w.Canvas().Focused() != table {
		t.Fatalf("one click: row %d, opened %v", table.Selected(), opened)
	}
	test.TapCanvas(w.Canvas(), row(3))
	if len(opened) != 0 {
		t.Fatal("clicks on two rows opened one")
	}
	test.TapCanvas(w.Canvas(), row(3))
	if !slices.Equal(opened, []int{3}) {
		t.Errorf("double click opened %v, want row 3", opened)
	}
	test.TapCanvas(w.Canvas(), fyne.NewPos(50, 15))
	if sorted != "n" {
		t.Errorf("a click on the title sorts by %q, want n", sorted)
	}
}
