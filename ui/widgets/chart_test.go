package widgets

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"github.com/modelfactory/modelfactory/ui/theme"
)

// lossCurves are 182 of 264 steps: a raw and a smoothed curve and an eval
// every 24 steps, without chance.
func lossCurves() (raw, smooth, eval []ChartPoint) {
	for i := 0; i <= 182; i++ {
		x := float64(i)
		base := 1.36 + 1.6*math.Exp(-x/35)
		raw = append(raw, ChartPoint{x, base + 0.1*math.Sin(x*7.3)*math.Cos(x*3.1)})
		smooth = append(smooth, ChartPoint{x, base})
		if i%24 == 0 {
			eval = append(eval, ChartPoint{x, base + 0.15 - 0.4*math.Exp(-x/20)})
		}
	}
	return raw, smooth, eval
}

func lossChart() *Chart {
	raw, smooth, eval := lossCurves()
	c := NewChart(fyne.NewSize(300, 200))
	c.SetData(ChartData{
		Series: []ChartSeries{
			{Name: "train", Color: theme.Series1, Faint: true, Points: raw},
			{Name: "train, smoothed", Color: theme.Series1, Points: smooth},
			{Name: "eval", Color: theme.Series2, Dots: true, Points: eval},
		},
		Marks:  []ChartMark{{X: 88, Label: "pass 2"}, {X: 176, Label: "pass 3"}},
		XTitle: "step", XWhole: true, XMin: 0, XMax: 264,
		YText: func(v float64) string { return fmt.Sprintf("%.1f", v) },
		Read: func(x float64) (ChartRead, bool) {
			p, ok := nearest(smooth, x)
			e, _ := nearest(eval, x)
			return ChartRead{X: p.X, Title: fmt.Sprintf("step %.0f", p.X), Dot: &e, Lines: [][2]string{
				{"train, smoothed", fmt.Sprintf("%.2f", p.Y)}, {"eval", fmt.Sprintf("%.2f", e.Y)}, {"learning rate", "5.9e-5"},
			}}, ok
		},
	})
	return c
}

func TestChartPicture(t *testing.T) {
	assertBothThemes(t, "chart", fyne.NewSize(666, 304), func() fyne.CanvasObject { return Layers(NewFill(theme.Surface, 0), lossChart()) },
		func(c fyne.Canvas, _ fyne.CanvasObject) { test.MoveMouse(c, fyne.NewPos(448, 150)) })
}

func TestChartPictureWithGaps(t *testing.T) {
	assertBothThemes(t, "chart-gaps", fyne.NewSize(420, 220), func() fyne.CanvasObject {
		c := NewChart(fyne.NewSize(100, 100))
		var points []ChartPoint
		for i := range 40 {
			y := 2 + math.Sin(float64(i)/5)
			if i > 12 && i < 16 || i == 30 {
				y = math.NaN()
			}
			points = append(points, ChartPoint{float64(i), y})
		}
		c.SetData(ChartData{
			Series: []ChartSeries{{Name: "loss", Color: theme.Series1, Fill: true, Points: points}},
			Marks:  []ChartMark{{X: 30, Label: "loss is not a number", Bad: true}}, XTitle: "step", XWhole: true,
			Limits: []ChartLimit{{Y: 3.5, Color: theme.Bad}},
		})
		return Layers(NewFill(theme.Surface, 0), c)
	}, nil)
}

func TestChartEmptyAndBare(t *testing.T) {
	assertBothThemes(t, "chart-bare", fyne.NewSize(300, 120), func() fyne.CanvasObject {
		bare := NewChart(fyne.NewSize(200, 44))
		bare.SetData(ChartData{Bare: true, YMin: 0, YMax: 8, Series: []ChartSeries{{Color: theme.Series3, Points: []ChartPoint{{0, 2}, {10, 2}, {12, 6}, {100, 6}}}}})
		empty := NewChart(fyne.NewSize(200, 60))
		empty.SetData(ChartData{XTitle: "step", Empty: "The first loss comes with the first step."})
		return Layers(NewFill(theme.Surface, 0), VBox(12, bare, empty))
	}, nil)
}

func TestChartReadsWhatIsUnderThePointer(t *testing.T) {
	test.NewTempApp(t).Settings().SetTheme(theme.New(theme.Light, 100))
	c := NewChart(fyne.NewSize(400, 300))
	c.SetData(ChartData{XTitle: "step", XWhole: true, XMin: 0, XMax: 100, Series: []ChartSeries{
		{Name: "train", Points: []ChartPoint{{0, 3}, {50, 2}, {100, 1}}},
		{Name: "eval", Points: []ChartPoint{{50, 2.5}}},
	}})
	w := test.NewTempWindow(t, c)
	w.SetPadded(false)
	w.Resize(fyne.NewSize(400, 300))
	middle := c.plot.placeX(52)
	test.MoveMouse(w.Canvas(), fyne.NewPos(middle, 100))
	read, ok := c.read(c.at)
	if !ok || read.X != 50 || read.Title != "step 50" {
		t.Fatalf("read %+v, want step 50", read)
	}
	if want := [][2]string{{"train", "2"}, {"eval", "2.5"}}; !slices.Equal(read.Lines, want) {
		t.Errorf("lines %v, want %v", read.Lines, want)
	}
	if !c.renderer.cursor.Visible() || c.renderer.cursor.Position().X != floor(c.plot.placeX(50)) {
		t.Errorf("the cursor does not stand on step 50")
	}
	test.MoveMouse(w.Canvas(), fyne.NewPos(-1, -1))
	c.MouseOut()
	if c.renderer.cursor.Visible() {
		t.Error("the cursor stays after the pointer left")
	}
	w.Canvas().Focus(c)
	for _, step := range []struct {
		key  fyne.KeyName
		want float64
	}{{fyne.KeyHome, 0}, {fyne.KeyLeft, 0}, {fyne.KeyRight, 50}, {fyne.KeyRight, 100}, {fyne.KeyRight, 100}, {fyne.KeyLeft, 50}, {fyne.KeyEnd, 100}} {
		c.TypedKey(&fyne.KeyEvent{Name: step.key})
		if c.at != step.want {
			t.Errorf("after %s the read-out is at %v, want %v", step.key, c.at, step.want)
		}
	}
}

func TestThinningKeepsEverySpikeAndGap(t *testing.T) {
	var points []ChartPoint
	for i := range 100_000 {
		points = append(points, ChartPoint{float64(i), 1})
	}
	points[31_415].Y = 9
	points[71_828].Y = -9
	points[50_000].Y = math.NaN()
	id := func(v float64) float32 { return float32(v / 200) } // 500 columns
	parts, gaps := runs(points, id, func(v float64) float32 { return float32(v) })
	if len(parts) != 2 || len(gaps) != 1 || gaps[0] != 250 {
		t.Fatalf("%d parts, gaps %v; want 2 parts and a gap in column 250", len(parts), gaps)
	}
	n, lo, hi := 0, float32(0), float32(0)
	for _, part := range parts {
		n += len(part)
		for i, q := range part {
			lo, hi = min(lo, q.y), max(hi, q.y)
			if i > 0 && q.x < part[i-1].x {
				t.Fatalf("x goes back at %v", q)
			}
		}
	}
	if n > 4*501 {
		t.Errorf("%d points for 500 columns", n)
	}
	if lo != -9 || hi != 9 {
		t.Errorf("spikes lost: %v to %v", lo, hi)
	}
}

func TestTicks(t *testing.T) {
	for _, c := range []struct {
		lo, hi float64
		want   []float64
	}{
		{1.34, 2.96, []float64{1, 1.5, 2, 2.5, 3}},
		{0, 1, []float64{0, 0.25, 0.5, 0.75, 1}},
		{-0.3, 0.4, []float64{-0.4, -0.2, 0, 0.2, 0.4}},
		{0, 7.1e9, []float64{0, 2e9, 4e9, 6e9, 8e9}},
	} {
		got, from, to := niceTicks(c.lo, c.hi, 4)
		if len(got) != len(c.want) || from > c.lo || to < c.hi {
			t.Errorf("niceTicks(%v, %v) = %v from %v to %v, want %v", c.lo, c.hi, got, from, to, c.want)
			continue
		}
		for i := range got {
			if math.Abs(got[i]-c.want[i]) > 1e-9*math.Max(1, math.Abs(c.want[i])) {
				t.Errorf("niceTicks(%v, %v) = %v, want %v", c.lo, c.hi, got, c.want)
				break
			}
		}
	}
	if got := wholeTicks(0, 264, 6); !slices.Equal(got, []float64{0, 44, 88, 132, 176, 220, 264}) {
		t.Errorf("264 steps: %v", got)
	}
	if got := wholeTicks(0, 257, 6); got[0] != 0 || got[1] != 50 {
		t.Errorf("257 steps (a prime): %v", got)
	}
	for _, v := range wholeTicks(0, 3, 6) {
		if v != math.Trunc(v) {
			t.Errorf("3 steps have a tick at %v", v)
		}
	}
	for v, want := range map[float64]string{0: "0", 1234567: "1,234,567", -2.5: "−2.5", 0.00002: "2e-05", 3.14159: "3.1416"} {
		if got := tickText(v); got != want {
			t.Errorf("tickText(%v) = %q, want %q", v, got, want)
		}
	}
}

func TestChartWithOnlyBadValuesDraws(t *testing.T) {
	test.NewTempApp(t).Settings().SetTheme(theme.New(theme.Light, 100))
	c := NewChart(fyne.NewSize(200, 100))
	c.SetData(ChartData{Series: []ChartSeries{{Points: []ChartPoint{{0, math.NaN()}, {1, math.Inf(1)}}}}, XTitle: "step"})
	w := test.NewTempWindow(t, c)
	w.Canvas().Capture()
	c.SetData(ChartData{Series: []ChartSeries{{Points: []ChartPoint{{5, 2}}}}, XTitle: "step", XWhole: true})
	w.Canvas().Capture()
}

func BenchmarkChartRaster(b *testing.B) {
	test.NewTempApp(b).Settings().SetTheme(theme.New(theme.Light, 100))
	var points []ChartPoint
	for i := range 100_000 {
		points = append(points, ChartPoint{float64(i), math.Sin(float64(i))})
	}
	c := NewChart(fyne.NewSize(700, 304))
	c.SetData(ChartData{Series: []ChartSeries{{Color: theme.Series1, Points: points}}})
	c.Resize(fyne.NewSize(700, 304))
	test.WidgetRenderer(c)
	for b.Loop() {
		c.renderer.draw(700, 304)
	}
}
