package runscreen

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fyne.io/fyne/v2"

	"github.com/modelfactory/modelfactory/datasets"
	"github.com/modelfactory/modelfactory/training"
	"github.com/modelfactory/modelfactory/training/protocol"
	"github.com/modelfactory/modelfactory/ui/nav"
	"github.com/modelfactory/modelfactory/ui/theme"
	"github.com/modelfactory/modelfactory/ui/uitest"
	"github.com/modelfactory/modelfactory/ui/widgets"
)

// ended is a run of the story that has finished, with its loss moved by some.
func ended(number int, name string, steps int, by float64, change func(*training.Run)) training.Snapshot {
	s := run14(steps)
	s.Run.ID, s.Run.Number, s.Run.Name = training.RunID(fmt.Sprint("r", number)), number, name
	s.Run.State, s.Run.Steps, s.Run.AdapterDigest = training.StateFinished, steps, datasets.Digest(fmt.Sprint("c7f", number))
	for i := range s.Points {
		s.Points[i].Loss += by
		if s.Points[i].Eval != nil {
			v := *s.Points[i].Eval + by*s.Points[i].Pass/3
			s.Points[i].Eval = &v
		}
	}
	change(&s.Run)
	return s
}

// lossesOf is a report of n held-out rows about a loss.
func lossesOf(n int, about, spread float64) *training.Report {
	r := &training.Report{}
	for i := range n {
		v := about + spread*math.Sin(float64(i)*2.3)
		r.Rows = append(r.Rows, training.ReportRow{
			Net: "bicycle-workshop", RowID: datasets.Digest(fmt.Sprintf("%064x", i*7919+1)), Side: training.SideEval, Tokens: 40 + i%9, Before: protocol.Float(v + 1), After: protocol.Float(v),
		})
	}
	return r
}

// story3 are the runs 11, 12 and 14.
func story3() *studio {
	data := func(version int) []training.Source {
		return []training.Source{{Ref: datasets.Ref{Net: "bicycle-workshop", Version: version}, WeightPPM: 1_000_000}}
	}
	svc := newStudio(
		ended(11, "Bike helper 1", 172, 0.14, func(r *training.Run) { r.Recipe.Data, r.Recipe.Rank, r.Recipe.Alpha = data(3), 8, 16 }),
		ended(12, "Bike helper 2", 172, 0.08, func(r *training.Run) { r.Recipe.Data = data(3) }),
		ended(14, "Bike helper 3", 264, 0, func(*training.Run) {}),
		run13(),
	)
	svc.reports = map[training.RunID]*training.Report{"r11": lossesOf(255, 1.61, 0.3), "r12": lossesOf(255, 1.55, 0.3), "r14": lossesOf(255, 1.5, 0.31)}
	return svc
}

func openCompare(f *uitest.Frame, svc Services, arg string) *comparePage {
	p := newComparePage(f, svc, f.Clock)
	f.Show(p, arg)
	return p
}

func TestCompareScreen(t *testing.T) {
	uitest.Both(t, fyne.Size{}, func(t *testing.T, f *uitest.Frame) {
		svc := story3()
		p := openCompare(f, svc, "r14,r11,r12")
		f.Hover(uitest.First[*widgets.Chart](f), fyne.NewPos(430, 100))
		f.Picture("compare")
		f.Says("Compare 3 runs", "Run 11", "Run 14", "Bike helper 1", "1.610", "Perplexity", "Train loss, last 10 steps", "Run 14 against run 12", "better by 0.050", "v3, 100 %", "v4, 70 %", "added",
			"polite-support", "Rank", "Same:", "seed", "Eval losses cannot be set side by side: the held-out rows of bicycle-workshop, polite-support, shop-emails-2025 are not the same.",
			"Only the 255 held-out rows that all measured can.", "Eval loss, 255 common rows", "not measured", "New run from run 14")
		p.train.Tapped(nil)
		f.Picture("compare-train")
		f.Tap("New run from run 14")
		if f.Last() != (nav.Route{Page: nav.PageNewRun, Arg: "run=r14"}) {
			t.Errorf("went to %+v", f.Last())
		}
	})
	f := uitest.Open(t, theme.Dark, fyne.NewSize(1920, 1080))
	openCompare(f, story3(), "r11,r12,r14")
	f.Picture("compare-1920")
	f = uitest.Open(t, theme.Light, fyne.NewSize(960, 640))
	openCompare(f, story3(), "r11,r12,r14")
	f.Picture("compare-960")
}

func TestCompareOfOneTakesTheNewestOther(t *testing.T) {
	f := uitest.Open(t, theme.Light, fyne.Size{})
	p := openCompare(f, story3(), "r14")
	f.Says("Compare 2 runs", "Run 13", "Run 14")
	if got := compareArg(p.model.IDs()); got != "r13,r14" {
		t.Errorf("compared %s", got)
	}
	// A run can be added, and taken out while there are more than two.
	if others := p.model.Others(); len(others) != 2 || others[0].Number != 12 {
		t.Errorf("to be added: %+v", others)
	}
	p.show(append(p.model.IDs(), "r12"))
	if f.Last() != (nav.Route{Page: nav.PageCompare, Arg: "r13,r14,r12"}) {
		t.Errorf("went to %+v", f.Last())
	}
	alone := newStudio(ended(1, "Only", 50, 0, func(*training.Run) {}))
	f = uitest.Open(t, theme.Light, fyne.Size{})
	openCompare(f, alone, "r1")
	f.Picture("compare-one")
	f.Says("Add a run to compare with.")
	f = uitest.Open(t, theme.Light, fyne.Size{})
	openCompare(f, newStudio(), "gone,r9")
	f.Picture("compare-none")
	f.Says("Nothing to compare")
}

func TestCompareSixRuns(t *testing.T) {
	f := uitest.Open(t, theme.Light, fyne.Size{})
	var snaps []training.Snapshot
	var ids []string
	for i := range 6 {
		s := ended(20+i, fmt.Sprint("Sweep ", i), 100+20*i, 0.02*float64(i), func(r *training.Run) { r.Recipe.LearningRate = 1e-4 * float64(i+1) })
		s.Points[40].Loss = math.NaN()
		snaps, ids = append(snaps, s), append(ids, string(s.Run.ID))
	}
	p := openCompare(f, newStudio(snaps...), strings.Join(ids, ","))
	f.Says("Fair comparison: same base, same held-out rows.", "error not measured", "Learning rate", "Run 20", "Run 25")
	if off, why := f.Disabled("Add run"); !off || why == "" {
		t.Error("a seventh run can be added")
	}
	p.model.TrainToo = true
	p.refresh()
	f.Picture("compare-six")
	bad := 0
	for _, m := range p.model.Chart().Marks {
		if m.Bad {
			bad++
		}
	}
	if bad != 6 {
		t.Errorf("%d of 6 losses that are no number are marked", bad)
	}
	colors := map[fyne.ThemeColorName]bool{}
	for i := range 6 {
		colors[p.model.Color(i)] = true
	}
	if len(colors) != 6 {
		t.Errorf("six runs have %d colours", len(colors))
	}
}

func TestCompareReadsWhereEachRunStands(t *testing.T) {
	f := uitest.Open(t, theme.Light, fyne.Size{})
	p := openCompare(f, story3(), "r11,r12,r14")
	for axis, want := range map[Axis]string{ByStep: "step 240", ByPass: "pass 2.73", ByTokens: "1,065,600 trained tokens", ByTime: "after 8:09"} {
		p.model.Axis = axis
		d := p.model.Chart()
		r, ok := d.Read(axis.of(training.Point{Step: 241, Pass: 2.74, TrainedTokens: 1_066_000, Seconds: 490}))
		if !ok || r.Title != want || len(r.Lines) != 3 {
			t.Errorf("%s: %+v", Axes[axis], r)
		}
		// Run 11 ended before: its last value is shown with its place.
		if !strings.Contains(r.Lines[0][1], " at ") || strings.Contains(r.Lines[2][1], " at ") {
			t.Errorf("%s: %v", Axes[axis], r.Lines)
		}
	}
}

func TestCompareCSVHasEveryPointOfEveryRun(t *testing.T) {
	f := uitest.Open(t, theme.Light, fyne.Size{})
	openCompare(f, story3(), "r11,r12")
	f.Pick = filepath.Join(t.TempDir(), "runs.csv")
	f.Tap("Export CSV")
	raw, err := os.ReadFile(f.Pick)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(raw)), "\n")
	if len(lines) != 1+2*173 || !strings.HasPrefix(lines[0], "run,step,") || !strings.HasPrefix(lines[1], "11,0,") || !strings.HasPrefix(lines[346], "12,172,") {
		t.Errorf("%d lines: %q, %q, %q", len(lines), lines[0], lines[1], lines[len(lines)-1])
	}
}

func TestRunsAreTickedAndCompared(t *testing.T) {
	f := uitest.Open(t, theme.Light, fyne.Size{})
	svc := story3()
	queued := run14(0)
	queued.Run.ID, queued.Run.Number, queued.Run.State = "r15", 15, training.StateQueued
	svc.snaps["r15"] = queued
	p := newListPage(f, svc, f.Clock, clock, seenRuns{})
	f.Show(p, "")
	if off, why := f.Disabled("Compare"); !off || why != "Tick two to six runs." {
		t.Errorf("off %v: %q", off, why)
	}
	var boxes []*widgets.Check
	uitest.Each(f, func(c *widgets.Check) {
		if c.Visible() {
			boxes = append(boxes, c)
		}
	})
	if len(boxes) != 4 {
		t.Fatalf("%d runs can be ticked, want the 4 that made a step", len(boxes))
	}
	boxes[0].Tapped(nil)
	p.table.Select(p.list.Row("r12"))
	f.Press(nav.KeyTick)
	p.table.Select(p.list.Row("r15"))
	f.Press(nav.KeyTick) // nothing to compare: no tick
	f.Picture("runs-ticked")
	f.Tap("Compare 2 runs")
	if got := f.Last(); got.Page != nav.PageCompare || got.Arg != "r14,r12" {
		t.Errorf("went to %+v", got)
	}
	delete(svc.snaps, "r12") // deleted meanwhile
	p.Shown("")
	if text, off := p.list.CompareText(); text != "Compare" || off == "" {
		t.Errorf("after a ticked run was deleted: %q, %q", text, off)
	}
}
