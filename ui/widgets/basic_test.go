package widgets

import (
	"math"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"github.com/modelfactory/modelfactory/assets/icons"
	"github.com/modelfactory/modelfactory/ui/task"
	"github.com/modelfactory/modelfactory/ui/theme"
)

// ourApp makes an app with our theme; call it before building a widget.
func ourApp(t *testing.T) {
	t.Helper()
	test.NewTempApp(t).Settings().SetTheme(theme.New(theme.Light, 100))
}

// stage shows o in a window.
func stage(t *testing.T, size fyne.Size, o fyne.CanvasObject) fyne.Window {
	t.Helper()
	w := test.NewTempWindow(t, o)
	w.SetPadded(false)
	w.Resize(size)
	return w
}

func press(w fyne.Focusable, keys ...fyne.KeyName) {
	for _, k := range keys {
		w.TypedKey(&fyne.KeyEvent{Name: k})
	}
}

func TestWrappedBreaksAtSpacesAndKeepsEveryWord(t *testing.T) {
	ourApp(t)
	text := "Clean the rim and pads with alcohol,\nthen toe the pads in by about 1" + nbsp + "mm."
	w := NewWrapped(text, Body)
	stage(t, fyne.NewSize(150, 300), w)
	for _, width := range []float32{40, 77, 150, 220, 1000} {
		var lines []string
		for _, runs := range w.layout(width) {
			line := ""
			for _, r := range runs {
				line += r.text
			}
			if got := Body.exact(line, w); got > width+0.6 && strings.Contains(line, " ") {
				t.Errorf("at %v the line %q is %v wide", width, line, got)
			}
			lines = append(lines, line)
		}
		if width >= 77 { // narrower than the longest word it must break inside words
			if got := strings.Fields(strings.Join(lines, " ")); strings.Join(got, " ") != strings.Join(strings.Fields(text), " ") {
				t.Errorf("at %v words were lost: %q", width, lines)
			}
		}
		if got := w.HeightFor(width); got != float32(len(lines))*20 {
			t.Errorf("at %v the height is %v for %d lines", width, got, len(lines))
		}
		if strings.Contains(strings.Join(lines, "|"), "1|mm") {
			t.Errorf("at %v a unit was torn from its number: %q", width, lines)
		}
	}
	if one := NewWrapped("Supercalifragilisticexpialidocious", Body); one.HeightFor(60) <= 20 {
		t.Error("a word longer than the line is not broken")
	}
	if cut := NewWrapped(strings.Repeat("word ", 50), Body).MaxLines(2); cut.HeightFor(100) != 40 || !strings.HasSuffix(cut.laid[1][0].text, "…") {
		t.Errorf("MaxLines(2) shows %v", cut.laid)
	}
}

func TestElidedTextFitsItsPlace(t *testing.T) {
	ourApp(t)
	text := NewText("a very long name of a model that somebody gave", Body).Elide()
	stage(t, fyne.NewSize(120, 20), text)
	shown := test.WidgetRenderer(text).Objects()[0]
	if got := shown.MinSize().Width; got > 120 {
		t.Errorf("the text is %v wide in a place of 120", got)
	}
	if text.Text() != "a very long name of a model that somebody gave" {
		t.Errorf("eliding changed the text: %q", text.Text())
	}
}

func TestLayoutsGiveWrappedTextItsHeightInOnePass(t *testing.T) {
	ourApp(t)
	long := strings.Repeat("several words on more than one line ", 8)
	text, below := NewWrapped(long, Body), NewText("below", Body)
	card := NewCard(8, Row(8, NewIcon(icons.Info, 14, theme.Text), text), below)
	stage(t, fyne.NewSize(300, 600), card)
	if text.Size().Height < 100 || text.Size().Height != text.HeightFor(text.Size().Width) {
		t.Errorf("the text got %v of the %v it needs", text.Size().Height, text.HeightFor(text.Size().Width))
	}
	textBottom := fyne.CurrentApp().Driver().AbsolutePositionForObject(text).Y + text.Size().Height
	if top := fyne.CurrentApp().Driver().AbsolutePositionForObject(below).Y; top < textBottom {
		t.Errorf("what stands below begins at %v, the text ends at %v", top, textBottom)
	}
}

func TestColumnsFallBelowOneAnother(t *testing.T) {
	ourApp(t)
	main, side := NewText("main", Body), NewText("side", Body)
	w := stage(t, fyne.NewSize(1048, 400), Columns(316, main, side))
	if side.Position().X != 1048-316 || main.Size().Width != 1048-316-16 {
		t.Errorf("wide: main is %v wide, side begins at %v", main.Size().Width, side.Position().X)
	}
	w.Resize(fyne.NewSize(700, 400))
	if side.Position().X != 0 || side.Position().Y < 20 || side.Size().Width != 700 {
		t.Errorf("narrow: side at %v, %v wide", side.Position(), side.Size().Width)
	}
}

func TestPageScrollsOnlyWhenItMust(t *testing.T) {
	ourApp(t)
	text := NewWrapped(strings.Repeat("words that wrap ", 400), Body)
	scroll := NewScroll(VBox(0, text))
	w := stage(t, fyne.NewSize(900, 300), scroll)
	if got := scroll.body.Size().Height; got != text.HeightFor(900) {
		t.Errorf("the content is %v high, needs %v", got, text.HeightFor(900))
	}
	w.Resize(fyne.NewSize(400, 300))
	scroll.Refresh()
	if got := scroll.body.Size().Height; got < text.HeightFor(400) {
		t.Errorf("after narrowing the content is %v high, needs %v", got, text.HeightFor(400))
	}
	scroll.ScrollToBottom()
	if !scroll.AtBottom() {
		t.Error("the end is not in sight after scrolling there")
	}
}

func TestButtonByKeyboardAndDisabled(t *testing.T) {
	ourApp(t)
	n := 0
	b := NewButton("Start run", func() { n++ })
	w := stage(t, fyne.NewSize(200, 60), Center(b))
	w.Canvas().Focus(b)
	press(b, fyne.KeySpace, fyne.KeyReturn, fyne.KeyEnter)
	test.Tap(b)
	if n != 4 {
		t.Errorf("pressed %d times, want 4", n)
	}
	b.SetEnabled(false, "Missing: licence for Bicycle Workshop v4")
	press(b, fyne.KeyReturn)
	test.Tap(b)
	if n != 4 || b.Why() == "" {
		t.Errorf("a disabled button did something, or does not say why (%d, %q)", n, b.Why())
	}
	esc := 0
	w.Canvas().SetOnTypedKey(func(e *fyne.KeyEvent) {
		if e.Name == fyne.KeyEscape {
			esc++
		}
	})
	press(b, fyne.KeyEscape)
	if esc != 1 {
		t.Error("Esc did not reach the window from a focused button")
	}
}

func TestSelectByKeyboard(t *testing.T) {
	ourApp(t)
	var got []int
	s := NewSelect([]string{"by step", "by pass", "by time"}, func(i int) { got = append(got, i) })
	w := stage(t, fyne.NewSize(300, 200), Center(s))
	press(s, fyne.KeyUp, fyne.KeyDown, fyne.KeyDown, fyne.KeyDown)
	if s.SelectedText() != "by time" || len(got) != 2 {
		t.Errorf("the choice is %q after %v", s.SelectedText(), got)
	}
	press(s, fyne.KeyReturn)
	if w.Canvas().Overlays().Top() == nil {
		t.Error("Enter does not open the menu")
	}
	s.SetSelected(0)
	if len(got) != 2 {
		t.Error("SetSelected reported a choice nobody made")
	}
	s.SetOptions([]string{"by time", "by step"})
	if s.SelectedText() != "by step" {
		t.Errorf("new options changed the choice to %q", s.SelectedText())
	}
	s.SetEnabled(false, "nothing to choose")
	press(s, fyne.KeyDown)
	if s.Selected() != 1 {
		t.Error("a disabled select moved")
	}
}

func TestChoicesByKeyboard(t *testing.T) {
	ourApp(t)
	var log []int
	group := NewRadioGroup([]RadioItem{{"Quick", ""}, {"Balanced", ""}, {"Careful", ""}}, 1, func(i int) { log = append(log, i) })
	tabs := NewTabs([]string{"Overview", "Rows"}, func(i int) { log = append(log, 10+i) })
	cards := NewRadioCards([]RadioCard{{Title: "a"}, {Title: "b"}}, 0, func(i int) { log = append(log, 20+i) })
	stage(t, fyne.NewSize(500, 400), VBox(8, group, tabs, cards))
	press(group.rows[1], fyne.KeyDown)
	press(group.rows[2], fyne.KeyDown, fyne.KeyUp)
	press(tabs.items[0], fyne.KeyRight)
	press(tabs.items[1], fyne.KeyRight)
	press(cards.rows[1], fyne.KeySpace, fyne.KeySpace)
	if want := []int{2, 1, 11, 21}; len(log) != len(want) || log[0] != 2 || log[1] != 1 || log[2] != 11 || log[3] != 21 {
		t.Errorf("choices %v, want %v", log, want)
	}
}

func TestCheck(t *testing.T) {
	ourApp(t)
	var log []bool
	c := NewCheck("Measure attribution", func(on bool) { log = append(log, on) })
	stage(t, fyne.NewSize(300, 40), c)
	press(c, fyne.KeySpace)
	c.SetChecked(false)
	c.SetEnabled(false, "the run has started")
	test.Tap(c)
	if len(log) != 1 || !log[0] || c.Checked() {
		t.Errorf("reported %v, ticked %v", log, c.Checked())
	}
}

func TestHashChipCopiesTheWhole(t *testing.T) {
	ourApp(t)
	run := task.NewInline()
	defer task.SetCurrent(run)()
	const full = "0x7A3f11c2a9D65e32B1E0f7C6a4D2c3B4e5F691Ce"
	h := NewHashChip(full)
	stage(t, fyne.NewSize(300, 40), h)
	width := h.MinSize().Width
	test.Tap(h)
	if got := fyne.CurrentApp().Clipboard().Content(); got != full {
		t.Errorf("copied %q", got)
	}
	if h.text.Text() != "Copied" || h.MinSize().Width != width {
		t.Errorf("after the click it shows %q and is %v wide instead of %v", h.text.Text(), h.MinSize().Width, width)
	}
	run.Advance(2*time.Second + time.Millisecond)
	if h.text.Text() != "0x7A3f…91Ce" {
		t.Errorf("after two seconds it shows %q", h.text.Text())
	}
}

func TestFormFieldShowsTheErrorInPlaceOfTheHelp(t *testing.T) {
	ourApp(t)
	e := NewEntry("")
	f := NewFormField("Learning rate", e, "From 0.000001 to 0.01")
	stage(t, fyne.NewSize(300, 90), f)
	f.SetError("A number with a point")
	if f.help.Text() != "A number with a point" || !e.bad {
		t.Errorf("shows %q, red edge %v", f.help.Text(), e.bad)
	}
	f.SetHelp("From 0.000001 to 0.1")
	if f.help.Text() != "A number with a point" {
		t.Errorf("new help took the place of the error: %q", f.help.Text())
	}
	f.SetHelp("From 0.000001 to 0.01")
	f.SetError("")
	if f.help.Text() != "From 0.000001 to 0.01" || e.bad {
		t.Errorf("shows %q, red edge %v", f.help.Text(), e.bad)
	}
}

func TestProgressNeverReachesTheEndBeforeItIsDone(t *testing.T) {
	ourApp(t)
	stopped := 0
	p := NewProgressRow(func() { stopped++ })
	stage(t, fyne.NewSize(400, 80), p)
	p.Set("downloading", 1, "2.7 of 2.7 GB")
	if p.bar.value >= 1 || p.share.Text() != "99"+nbsp+"%" {
		t.Errorf("shows %s (%v) before it is done", p.share.Text(), p.bar.value)
	}
	test.Tap(p.cancel)
	test.Tap(p.cancel)
	if stopped != 1 {
		t.Errorf("Cancel asked %d times", stopped)
	}
}

func TestSearchIsEmptiedByEsc(t *testing.T) {
	ourApp(t)
	e := NewSearch("Find a base")
	w := stage(t, fyne.NewSize(300, 40), e)
	left := 0
	w.Canvas().SetOnTypedKey(func(*fyne.KeyEvent) { left++ })
	e.SetText("qwen")
	press(e, fyne.KeyEscape)
	press(e, fyne.KeyEscape)
	if e.Text != "" || left != 1 {
		t.Errorf("text %q, Esc reached the window %d times, want 1", e.Text, left)
	}
}

func TestNumbers(t *testing.T) {
	ourApp(t)
	for _, tc := range []struct{ got, want string }{
		{Count(0), "0"},
		{Count(999), "999"},
		{Count(1000), "1,000"},
		{Count(-8411902), "−8,411,902"},
		{Count(math.MinInt64), "−9,223,372,036,854,775,808"},
		{Number(1234.5, 2), "1,234.50"},
		{Number(-0.001, 2), "0.00"},
		{Number(-4, 3), "−4.000"},
		{Number(math.NaN(), 2), "not a number"},
		{Number(math.Inf(1), 2), "not finite"},
		{Percent(0.699), "69" + nbsp + "%"},
		{Percent(0.9999), "99" + nbsp + "%"},
		{Percent(1), "100" + nbsp + "%"},
		{Percent(0.29), "29" + nbsp + "%"},
		{Bytes(98_000_000), "98" + nbsp + "MB"},
		{Bytes(2_700_000_000), "2.7" + nbsp + "GB"},
		{Bytes(999), "999" + nbsp + "B"},
		{Bytes(999_950_000), "1.0" + nbsp + "GB"},
		{Short("0x7A3f11c2a9D65e32B1E0f7C6a4D2c3B4e5F691Ce"), "0x7A3f…91Ce"},
		{Short("4e9a00aa00aa00aa77c1"), "4e9a…77c1"},
		{Short("short"), "short"},
		{Short(""), ""},
	} {
		if tc.got != tc.want {
			t.Errorf("got %q, want %q", tc.got, tc.want)
		}
	}
}

// TestEveryIconDraws holds that each embedded file is one the painter reads.
func TestEveryIconDraws(t *testing.T) {
	ourApp(t)
	for _, name := range icons.All() {
		i := NewIcon(name, 18, theme.Text)
		w := stage(t, fyne.NewSize(18, 18), i)
		img := w.Canvas().Capture()
		ground, drawn := img.At(0, 0), false
		for y := range 18 {
			for x := range 18 {
				drawn = drawn || img.At(x, y) != ground
			}
		}
		if !drawn {
			t.Errorf("icon %s draws nothing", name)
		}
	}
	if _, err := icons.SVG("no-such-icon", iconBlack); err == nil {
		t.Error("an unknown icon is no error")
	}
}

func TestThemeSwitchReachesEveryPart(t *testing.T) {
	ourApp(t)
	pill := NewPill("licensed", Good)
	button := NewButton("Start", nil).Primary().Icon(icons.Play)
	card := NewCard(8, pill, button, NewWrapped("some text", Label), NewEntry("name"), NewCheck("tick", nil))
	w := stage(t, fyne.NewSize(300, 240), card)
	fyne.CurrentApp().Settings().SetTheme(theme.New(theme.Dark, 100))
	switched := w.Canvas().Capture()
	fresh := test.NewTempWindow(t, NewCard(8, NewPill("licensed", Good), NewButton("Start", nil).Primary().Icon(icons.Play), NewWrapped("some text", Label), NewEntry("name"), NewCheck("tick", nil)))
	fresh.SetPadded(false)
	fresh.Resize(fyne.NewSize(300, 240))
	if a, b := switched, fresh.Canvas().Capture(); a.Bounds() != b.Bounds() {
		t.Fatal("sizes differ")
	} else {
		for y := range 240 {
			for x := range 300 {
				if a.At(x, y) != b.At(x, y) {
					t.Fatalf("pixel %d,%d is %v after the switch and %v in a dark start", x, y, a.At(x, y), b.At(x, y))
				}
			}
		}
	}
}
