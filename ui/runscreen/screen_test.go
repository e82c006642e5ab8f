package runscreen

import (
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"

	"github.com/modelfactory/modelfactory/training"
	"github.com/modelfactory/modelfactory/ui/nav"
	"github.com/modelfactory/modelfactory/ui/theme"
	"github.com/modelfactory/modelfactory/ui/uitest"
	"github.com/modelfactory/modelfactory/ui/widgets"
)

func open(t *testing.T, f *uitest.Frame, svc Services, id string) *runPage {
	t.Helper()
	p := newRunPage(f, svc, f.Clock, clock, seenRuns{})
	f.Show(p, id)
	return p
}

func TestNameAndStateOfAKnownRunStandAtOnce(t *testing.T) {
	f := uitest.Open(t, theme.Light, fyne.Size{})
	run := run14(182).Run
	p := newRunPage(f, newStudio(), f.Clock, clock, seenRuns{run.ID: run})
	p.id = run.ID
	h := p.Heading()
	if h.Title != "Run 14 · Bike helper 3" || len(h.Actions) != 1 {
		t.Errorf("before the first reading: %q with %d parts", h.Title, len(h.Actions))
	}
}

func TestRunScreenStates(t *testing.T) {
	for _, c := range []struct {
		name  string
		snap  training.Snapshot
		says  []string
		hides []string
	}{
		{"run", run14(182), []string{
			"Run 14 · Bike helper 3", "training", "Pause", "Stop and save", "182 of 264", "pass 3 of 3", "about 3 min", "ready near 10:23", "3,890 tokens/s", "2.04 s a step", "808,080", "of about 1,170,000", "Loss", "Tokenising", "4 s", "68 %",
			"168 · best so far", "every 24 steps", "Same question, step 0 and 168", "My brakes squeal", "step 182 loss", "checkpoint 168 saved",
		}, []string{"Resume", "What to do"}},
		{"run-first-steps", run14(1), []string{"1 of 264", "known after a few steps"}, []string{"Same question, step 0 and 168 ·"}},
		{"run-preparing", with(func() training.Snapshot {
			s := run14(0)
			s.Points, s.Samples, s.Checkpoints = nil, nil, nil
			return s
		}(), func(r *training.Run) { r.Phase, r.Steps, r.Seconds = training.PhaseLoading, 0, 0 }), []string{"Loading", "The first loss comes with the first step.", "reading 3 sources"}, []string{"Checkpoints"}},
		{"run-downloading", func() training.Snapshot {
			s := with(run14(0), func(r *training.Run) { r.Phase, r.Steps = training.PhaseDownloading, 0 })
			s.Points, s.Samples, s.PhaseDone, s.PhaseTotal, s.PhaseUnit = nil, nil, 612_000_000, 2_500_000_000, "bytes"
			return s
		}(), []string{"Downloading", "612 MB of 2.5 GB", "Cancel"}, []string{"Stop and save"}},
		{"run-queued", func() training.Snapshot {
			s := with(run14(0), func(r *training.Run) { r.State, r.Queue, r.Phase, r.Started = training.StateQueued, 2, "", time.Time{} })
			s.Points, s.Samples = nil, nil
			return s
		}(), []string{"queued, place 2", "It waits in the queue at place 2", "1 run comes before it.", "Take out of the queue", "3 sources"}, []string{"Pause", "Loss"}},
		{"run-paused", with(run14(182), func(r *training.Run) {
			r.State, r.Reason, r.Phase = training.StatePaused, "The trainer ended at step 182 while the computer was off, 22:14–07:02. Saved: step 168.", ""
		}), []string{"paused", "The trainer ended at step 182 while the computer was off, 22:14–07:02. Saved: step 168. Resume does 14 steps again.", "Resume", "68 %"}, []string{"Pause Ctrl"}},
		{"run-silent", func() training.Snapshot { s := run14(182); s.Responding = false; return s }(), []string{"not responding", "no sign of life for 30 s", "Wait", "Stop"}, nil},
		{"run-finished", func() training.Snapshot {
			s := with(run14(264), func(r *training.Run) {
				r.State, r.AdapterDigest, r.Phase = training.StateFinished, "c7f5", training.PhaseSaving
			})
			s.Left = 0
			return s
		}(), []string{"finished", "Finished: 264 steps in 8 min 59 s.", "Took", "Chat with it", "Run again…"}, []string{"Pause", "Stop and save"}},
		{"run-stopped", with(run14(100), func(r *training.Run) {
			r.State, r.AdapterDigest = training.StateStopped, "c7f5"
		}), []string{"Stopped at step 100 of 264. What it had learnt was saved as a model.", "Chat with it"}, []string{"Resume"}},
		{"run-nan", func() training.Snapshot {
			s := with(run14(60), func(r *training.Run) {
				r.State = training.StateFailed
				r.Failure = &training.Failure{Code: training.FailNaN, Message: "the loss of step 60 is not finite", Advice: "Start again with a lower learning rate."}
			})
			s.Points[60].Loss = math.NaN()
			return s
		}(), []string{"The loss was no longer a number at step 60 of 264", "Learning rate 6.7e-5 instead of 2e-4.", "Start with this change", "the loss is not a number"}, []string{"Pause"}},
		{"run-failed", run13(), []string{
			"The memory ran out at step 3 of 264", "tried to allocate 296 MiB", "Recipe, data and licences are kept. No checkpoint was due before step 24.", "Keep less in memory, and start again", "Each layer runs twice instead of being kept; what is learnt stays the same.",
			"Use a smaller base", "Edit recipe…", "Last lines", "Copy diagnostics", "Open folder", "20 Nov 2026, 18:20", "Show recipe", "Delete",
		}, []string{"Pause", "Graphics"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			uitest.Both(t, fyne.Size{}, func(t *testing.T, f *uitest.Frame) {
				open(t, f, newStudio(c.snap), string(c.snap.Run.ID))
				if c.name == "run" {
					chart := uitest.First[*widgets.Chart](f)
					f.Hover(chart, fyne.NewPos(430, 100))
				}
				f.Picture(c.name)
				f.Says(c.says...)
				f.Hides(c.hides...)
			})
		})
	}
}

func TestRunScreenLarge(t *testing.T) {
	f := uitest.Open(t, theme.Light, fyne.NewSize(1920, 1080))
	open(t, f, newStudio(run14(182)), "r14")
	f.Picture("run-1920")
	f = uitest.Open(t, theme.Dark, fyne.NewSize(960, 640))
	open(t, f, newStudio(run14(182)), "r14")
	f.Picture("run-960")
	f = uitest.Open(t, theme.Light, fyne.NewSize(1920, 1080))
	open(t, f, newStudio(run13()), "r13")
	f.Picture("run-failed-1920")
}

func TestPauseSaysWhatItWaitsFor(t *testing.T) {
	f := uitest.Open(t, theme.Light, fyne.Size{})
	svc := newStudio(run14(182))
	open(t, f, svc, "r14")
	f.Press(nav.KeyPause)
	f.Says("pausing, saving a checkpoint")
	if off, why := f.Disabled("Pause"); !off || why == "" {
		t.Error("Pause can be pressed twice, or does not say why not")
	}
	f.Press(nav.KeyPause)
	if got := strings.Join(svc.calls, ","); got != "pause r14" {
		t.Fatalf("asked for %s", got)
	}
	svc.snaps["r14"] = with(run14(184), func(r *training.Run) { r.State, r.Reason = training.StatePaused, "Paused by you. Saved: step 168." })
	f.Clock.Tick()
	f.Says("Paused by you. Saved: step 168. Resume does 16 steps again.", "Resume")
	f.Press(nav.KeyPause)
	f.Clock.Tick()
	f.Says("training")
	f.Leave()
	if f.Clock.Following() != 0 {
		t.Error("the run is still followed after the page is hidden")
	}
}

func TestARefusedActIsACardAndNothingChanges(t *testing.T) {
	f := uitest.Open(t, theme.Light, fyne.Size{})
	svc := newStudio(with(run14(182), func(r *training.Run) { r.State = training.StatePaused }))
	open(t, f, svc, "r14")
	svc.err = &training.Error{Kind: training.KindRefused, Message: "no licence for Bicycle Workshop", Next: "Get it on its page."}
	f.Tap("Resume")
	f.Picture("run-refused")
	f.Says("No licence for Bicycle Workshop.", "Get it on its page.", "The run is as it was.", "paused")
	svc.err = nil
	f.Tap("Resume")
	f.Hides("No licence for Bicycle Workshop.")
}

func TestStopWithoutSavingAsks(t *testing.T) {
	f := uitest.Open(t, theme.Light, fyne.Size{})
	svc := newStudio(run14(182))
	p := open(t, f, svc, "r14")
	p.askDiscard()
	f.Picture("run-discard")
	f.Says("Stop run 14 without saving?", "Checkpoints up to step 168 stay on disk")
	if len(f.Dialogs) != 1 || f.Dialogs[0].First.(*widgets.Button).Text() != "Cancel" {
		t.Error("Cancel does not have the keyboard")
	}
	f.Tap("Cancel")
	if len(svc.calls) != 0 {
		t.Fatalf("cancelled, but asked for %v", svc.calls)
	}
	p.askDiscard()
	f.Tap("Stop without saving")
	if strings.Join(svc.calls, ",") != "stop false r14" {
		t.Errorf("asked for %v", svc.calls)
	}
}

func TestWaysOnStartANewRun(t *testing.T) {
	f := uitest.Open(t, theme.Light, fyne.Size{})
	svc := newStudio(run13())
	open(t, f, svc, "r13")
	if !f.Press(nav.KeyEnter) {
		t.Fatal("Enter does nothing")
	}
	if len(svc.created) != 1 {
		t.Fatalf("made %d runs", len(svc.created))
	}
	want := recipe()
	want.Recompute = "on"
	if got := svc.created[0].Recipe; !reflect.DeepEqual(got, want) {
		t.Errorf("made %+v, want layers run twice and nothing else changed", got)
	}
	if got := f.Last(); got.Page != nav.PageRun || got.Arg != "new-1" || svc.snaps["new-1"].Run.State != training.StateRunning {
		t.Errorf("went to %+v", got)
	}
	f.Tap("Edit recipe…")
	if got := f.Last(); got != (nav.Route{Page: nav.PageNewRun, Arg: "run=r13"}) {
		t.Errorf("went to %+v", got)
	}
}

func TestDiagnosticsAreShownBeforeTheyAreCopied(t *testing.T) {
	f := uitest.Open(t, theme.Light, fyne.Size{})
	open(t, f, newStudio(run13()), "r13")
	f.Press(nav.KeyCopyAll)
	f.Picture("run-diagnostics")
	f.Says("This is all that is copied.", "OutOfMemoryError", "trainer 1, torch 2.9.1")
	if f.Copied != "" {
		t.Fatal("copied before it was shown")
	}
	f.Tap("Copy")
	if !strings.Contains(f.Copied, "OutOfMemoryError") || strings.Contains(f.Copied, "someone") {
		t.Errorf("copied:\n%s", f.Copied)
	}
}

func TestCSVHasEveryPoint(t *testing.T) {
	f := uitest.Open(t, theme.Light, fyne.Size{})
	open(t, f, newStudio(run14(182)), "r14")
	f.Pick = filepath.Join(t.TempDir(), "loss.csv")
	f.Tap("CSV")
	raw, err := os.ReadFile(f.Pick)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(raw)), "\n")
	if len(lines) != 1+183 {
		t.Errorf("%d lines, want a head and 183 points", len(lines))
	}
	if !strings.HasPrefix(lines[1], "0,0,,2.6") || !strings.HasPrefix(lines[182+1], "182,") {
		t.Errorf("first %q, last %q", lines[1], lines[183])
	}
	f.Pick = filepath.Join(t.TempDir(), "no", "folder.csv")
	f.Tap("CSV")
	f.Says("The run is not touched by this.")
}

func TestChartAsTable(t *testing.T) {
	f := uitest.Open(t, theme.Light, fyne.Size{})
	open(t, f, newStudio(run14(182)), "r14")
	f.Press(nav.KeyTable)
	f.Picture("run-table")
	f.Says("Train loss", "Learning rate")
	f.Press(nav.KeyTable)
	f.Hides("Train loss")
}

func TestDeleteCanBeUndone(t *testing.T) {
	f := uitest.Open(t, theme.Light, fyne.Size{})
	svc := newStudio(run13())
	open(t, f, svc, "r13")
	f.Tap("Delete")
	if f.Last().Page != nav.PageRuns || f.Undo == nil {
		t.Fatalf("went to %+v, undo offered: %v", f.Last(), f.Undo != nil)
	}
	f.Undo()
	if svc.calls[len(svc.calls)-1] != "restore r13" {
		t.Errorf("asked for %v", svc.calls)
	}
}

func TestUnknownRunIsAnErrorCard(t *testing.T) {
	f := uitest.Open(t, theme.Light, fyne.Size{})
	open(t, f, newStudio(), "gone")
	f.Picture("run-unknown")
	f.Says(`There is no run "gone".`, "List the runs")
}

func listOf(snaps ...training.Snapshot) *studio { return newStudio(snaps...) }

func TestListScreen(t *testing.T) {
	named := func(s training.Snapshot, number int, name string, state training.State) training.Snapshot {
		s.Run.ID, s.Run.Number, s.Run.Name, s.Run.State = training.RunID(name), number, name, state
		s.Run.Started = clock().Add(-time.Duration(20-number) * 30 * time.Hour)
		return s
	}
	full := listOf(run14(182), run13(), named(run14(264), 12, "Bike helper 2", training.StateFinished), named(run14(100), 11, "Polite tone", training.StatePaused),
		func() training.Snapshot {
			s := named(run14(0), 15, "Bike helper 4", training.StateQueued)
			s.Run.Queue, s.Run.Started = 1, time.Time{}
			return s
		}())
	uitest.Both(t, fyne.Size{}, func(t *testing.T, f *uitest.Frame) {
		p := newListPage(f, full, f.Clock, clock, seenRuns{})
		f.Show(p, "")
		p.table.Select(1)
		f.Picture("runs")
		f.Says("Runs", "New run", "All 5", "Failed 1", "Bike helper 3", "run 14 · SmolLM2-135M-Instruct · 3 sources", "182 of 264", "queued, place 1", "today 10:13")
		p.tabs.SetSelected(3)
		p.list.SetGroup(3)
		p.refresh()
		f.Says("Bike helper 4B")
		f.Hides("Polite tone")
		p.table.OnOpen(0)
		if f.Last() != (nav.Route{Page: nav.PageRun, Arg: "r13"}) {
			t.Errorf("opened %+v", f.Last())
		}
	})
	uitest.Both(t, fyne.Size{}, func(t *testing.T, f *uitest.Frame) {
		f.Show(newListPage(f, newStudio(), f.Clock, clock, seenRuns{}), "")
		f.Picture("runs-empty")
		f.Says("No runs yet")
		f.Tap("New run")
		if f.Last().Page != nav.PageNewRun {
			t.Errorf("went to %+v", f.Last())
		}
	})
	uitest.Both(t, fyne.Size{}, func(t *testing.T, f *uitest.Frame) {
		svc := newStudio()
		svc.err = errDisk
		f.Show(newListPage(f, svc, f.Clock, clock, seenRuns{}), "")
		f.Picture("runs-error")
		f.Says("No space left on device.")
		f.Hides("No runs yet")
	})
}

func TestListActs(t *testing.T) {
	f := uitest.Open(t, theme.Light, fyne.Size{})
	svc := newStudio(run13(), run14(182))
	p := newListPage(f, svc, f.Clock, clock, seenRuns{})
	f.Show(p, "")
	p.act(run13().Run, ActDelete)
	f.Says("All 1")
	if f.Undo == nil {
		t.Error("no undo")
	}
	svc.err = errDisk
	p.act(run14(182).Run, ActPause)
	f.Says("No space left on device.", "All 1")
}
