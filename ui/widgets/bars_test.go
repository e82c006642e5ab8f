package widgets

import (
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"github.com/modelfactory/modelfactory/ui/theme"
)

func TestBarsPicture(t *testing.T) {
	assertBothThemes(t, "bars", fyne.NewSize(320, 190), func() fyne.CanvasObject {
		fits, tight, big, none := NewFitBar(96), NewFitBar(96), NewFitBar(96), NewFitBar(96)
		fits.Set(0.48, 0.89, theme.Series3)
		tight.Set(0.84, 0.89, theme.Series2)
		big.Set(1.4, 0.89, theme.Series6)
		none.Set(0, 0, theme.Series3)
		need := NewStackBar(14, 0)
		need.Set([]StackPart{{1.2, theme.Series1}, {1.6, theme.Series3}, {0.4, theme.Series2}, {0.2, theme.Series4}, {0.4, theme.Series6}}, 8, 7.1)
		mix := NewStackBar(12, 2)
		mix.Set([]StackPart{{70, theme.Series1}, {20, theme.Series3}, {10, theme.Series4}}, 0, -1)
		slider := NewMixSlider(theme.Series3, nil)
		slider.SetValue(0.2)
		full := NewMixSlider(theme.Series1, nil)
		full.SetValue(1)
		return VBox(8, Row(8, fits, tight), Row(8, big, none), need, mix, slider, full)
	}, func(c fyne.Canvas, o fyne.CanvasObject) {
		all := o.(*fyne.Container).Objects
		c.Focus(all[len(all)-1].(*MixSlider))
	})
}

func TestMixSliderMovesByHand(t *testing.T) {
	test.NewTempApp(t).Settings().SetTheme(theme.New(theme.Light, 100))
	var got []float64
	s := NewMixSlider(theme.Series1, func(v float64) { got = append(got, v) })
	w := test.NewTempWindow(t, s)
	w.SetPadded(false)
	w.Resize(fyne.NewSize(216, 28)) // 200 px of way for the thumb
	s.SetValue(0.5)
	if len(got) != 0 {
		t.Fatal("SetValue calls changed")
	}
	test.TapAt(s, fyne.NewPos(8+50, 14))
	for _, k := range []fyne.KeyName{fyne.KeyRight, fyne.KeyPageUp, fyne.KeyEnd, fyne.KeyEnd, fyne.KeyHome, fyne.KeyLeft} {
		s.TypedKey(&fyne.KeyEvent{Name: k})
	}
	s.Dragged(&fyne.DragEvent{PointEvent: fyne.PointEvent{Position: fyne.NewPos(500, 14)}})
	want := []float64{0.25, 0.26, 0.36, 1, 0, 1} // a move to where it stands says nothing
	if len(got) != len(want) {
		t.Fatalf("got %v, want %v", got, want)
	}
	for i := range got {
		if diff := got[i] - want[i]; diff > 1e-9 || diff < -1e-9 {
			t.Fatalf("got %v, want %v", got, want)
		}
	}
	if w.Canvas().Focused() != s {
		t.Error("a click does not take the keyboard focus")
	}
}

// chatml is a row as SmolLM2's and Qwen's templates write it.
var chatml = []SeenPart{
	{"<|im_start|>", false, true},
	{"system\nYou are a helpful bicycle mechanic.", false, false},
	{"<|im_end|>", false, true},
	{"\n", false, false},
	{"<|im_start|>", false, true},
	{"user\nGears skip on the two smallest cogs after I changed the cable.", false, false},
	{"<|im_end|>", false, true},
	{"\n", false, false},
	{"<|im_start|>", false, true},
	{"assistant\n", false, false},
	{"New cable settles in. Turn the barrel adjuster at the shifter half a turn out, shift through all gears, and repeat.", true, false},
	{"<|im_end|>", true, true},
	{"\n", false, false},
}

func TestSeenRowPicture(t *testing.T) {
	assertBothThemes(t, "seen-row", fyne.NewSize(520, 240), func() fyne.CanvasObject {
		return Layers(NewFill(theme.Surface, 0), Pad(8, 8, 8, 8, NewSeenRow(chatml)))
	}, nil)
}

func TestTurnsOfTemplates(t *testing.T) {
	text := func(turn []SeenPart) string {
		s := ""
		for _, p := range turn {
			s += p.Text
		}
		return s
	}
	llama3 := []SeenPart{
		{"<|begin_of_text|>", false, true},
		{"<|start_header_id|>", false, true},
		{"user", false, false},
		{"<|end_header_id|>", false, true},
		{"\n\nWhere is the key?", false, false},
		{"<|eot_id|>", false, true},
		{"<|start_header_id|>", false, true},
		{"assistant", false, false},
		{"<|end_header_id|>", false, true},
		{"\n\nUnder the mat.", true, false},
		{"<|eot_id|>", true, true},
	}
	mistral := []SeenPart{
		{"<s>", false, true},
		{"[INST] Where is the key? [/INST]", false, false},
		{" Under the mat.", true, false},
		{"</s>", true, true},
	}
	plain := []SeenPart{{"Q: Where is the key?\nA:", false, false}, {" Under the mat.", true, false}}
	for name, c := range map[string]struct {
		parts []SeenPart
		want  int
	}{"chatml": {chatml, 3}, "llama 3": {llama3, 2}, "mistral": {mistral, 1}, "plain": {plain, 2}, "empty": {nil, 0}, "one text": {[]SeenPart{{"all of it", true, false}}, 1}} {
		turns := Turns(c.parts)
		joined := ""
		for _, turn := range turns {
			joined += text(turn)
		}
		if joined != text(c.parts) {
			t.Errorf("%s: text lost: %q", name, joined)
		}
		if len(turns) != c.want {
			all := []string{}
			for _, turn := range turns {
				all = append(all, text(turn))
			}
			t.Errorf("%s: %d turns %q, want %d", name, len(turns), all, c.want)
		}
	}
}
