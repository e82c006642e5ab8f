package training_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/modelfactory/modelfactory/training"
	"github.com/modelfactory/modelfactory/training/protocol"
	"github.com/modelfactory/modelfactory/training/trainingtest"
)

// crashed makes a run that is stored as running with nobody behind it: its
// record ends as given, its newest checkpoint is of step saved.
func crashed(t *testing.T, w *trainingtest.World, saved int, events ...protocol.Event) training.Run {
	t.Helper()
	run := create(t, w, "")
	run.State, run.Phase, run.Started = training.StateRunning, training.PhaseTraining, time.Now()
	ok(t, w.Store.SaveRun(bg, run))
	if saved > 0 {
		dir := filepath.Join("checkpoints", fmt.Sprintf("step-%06d", saved))
		ok(t, os.MkdirAll(filepath.Join(w.Manager.Dir(run.ID), dir), 0o755))
		ok(t, os.WriteFile(filepath.Join(w.Manager.Dir(run.ID), dir, "manifest.json"), []byte("{}"), 0o644))
		events = append([]protocol.Event{{Event: protocol.EventCheckpoint, Checkpoint: &protocol.Checkpoint{Step: saved, Path: filepath.ToSlash(dir)}}}, events...)
	}
	record(t, w, run.ID, events...)
	w.Restart()
	return run
}

func record(t *testing.T, w *trainingtest.World, id training.RunID, events ...protocol.Event) {
	t.Helper()
	f, err := os.OpenFile(filepath.Join(w.Manager.Dir(id), "events.jsonl"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	ok(t, err)
	defer f.Close()
	for _, e := range events {
		raw, err := json.Marshal(e)
		ok(t, err)
		_, err = f.Write(append(raw, '\n'))
		ok(t, err)
	}
}

func step(n int, loss float64) protocol.Event {
	return protocol.Event{Event: protocol.EventStep, T: time.Now().UnixMilli(), Step: &protocol.Step{
		Step: n, Steps: 40, Loss: protocol.Float(loss), Tokens: int64(n) * 10, TrainedTokens: int64(n) * 4, Seconds: float64(n) / 2,
	}}
}

func TestRecover(t *testing.T) {
	result := func(state, digest string) protocol.Event {
		return protocol.Event{Event: protocol.EventResult, Result: &protocol.Result{Job: protocol.JobTrain, Train: &protocol.TrainResult{State: state, Steps: 40, AdapterDigest: digest}}}
	}
	for _, c := range []struct {
		name   string
		make   func(t *testing.T, w *trainingtest.World) training.Run
		state  training.State
		reason string
		step   int
	}{
		{"between two checkpoints", func(t *testing.T, w *trainingtest.World) training.Run {
			return crashed(t, w, 8, step(8, 1), step(11, 1))
		}, training.StatePaused, "Interrupted at step 11. Saved: step 8.", 11},
		{"before the first checkpoint", func(t *testing.T, w *trainingtest.World) training.Run { return crashed(t, w, 0, step(2, 1)) }, training.StatePaused, "begins again", 2},
		{"before the first step", func(t *testing.T, w *trainingtest.World) training.Run { return crashed(t, w, 0) }, training.StatePaused, "before the first step", 0},
		{"the trainer finished without us", func(t *testing.T, w *trainingtest.World) training.Run {
			run := crashed(t, w, 40, step(40, 1))
			digest, err := trainingtest.WriteAdapter(filepath.Join(w.Manager.Dir(run.ID), "adapter"), "x")
			ok(t, err)
			record(t, w, run.ID, result(protocol.TrainFinished, digest))
			return run
		}, training.StateFinished, "", 40},
		{"it says finished, its adapter is another", func(t *testing.T, w *trainingtest.World) training.Run {
			run := crashed(t, w, 40, step(40, 1))
			_, err := trainingtest.WriteAdapter(filepath.Join(w.Manager.Dir(run.ID), "adapter"), "x")
			ok(t, err)
			record(t, w, run.ID, result(protocol.TrainFinished, strings.Repeat("0", 64)))
			return run
		}, training.StatePaused, "Interrupted at step 40", 40},
		{"the trainer failed without us", func(t *testing.T, w *trainingtest.World) training.Run {
			return crashed(t, w, 8, step(9, 1), protocol.Event{Event: protocol.EventError, Error: &protocol.Failure{Kind: "disk", Message: "disk full"}})
		}, training.StateFailed, "disk full", 9},
		{"a torn last line", func(t *testing.T, w *trainingtest.World) training.Run {
			run := crashed(t, w, 8, step(9, 1))
			f, err := os.OpenFile(filepath.Join(w.Manager.Dir(run.ID), "events.jsonl"), os.O_APPEND|os.O_WRONLY, 0)
			ok(t, err)
			_, err = f.WriteString(`{"v":1,"event":"step","step":99,"st`)
			ok(t, err)
			ok(t, f.Close())
			return run
		}, training.StatePaused, "Interrupted at step 9. Saved: step 8.", 9},
		{"the trainer lives and does not leave", func(t *testing.T, w *trainingtest.World) training.Run {
			run := crashed(t, w, 8, step(9, 1))
			w.Engine.Hold(run.ID, 4242)
			return run
		}, training.StatePaused, "was ended", 9},
		{"the trainer lives and leaves", func(t *testing.T, w *trainingtest.World) training.Run {
			run := crashed(t, w, 8, step(9, 1))
			w.Engine.Hold(run.ID, 4242)
			time.AfterFunc(60*time.Millisecond, func() { w.Engine.Hold(run.ID, 0) })
			return run
		}, training.StatePaused, "Saved: step 8.", 9},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := trainingtest.NewWorld(t)
			run := c.make(t, w)
			ok(t, w.Manager.Recover(bg))
			got, err := w.Manager.Get(bg, run.ID)
			ok(t, err)
			if got.State != c.state || !strings.Contains(got.Reason, c.reason) || got.Step != c.step {
				t.Errorf("%+v, want %s because %q at step %d", got, c.state, c.reason, c.step)
			}
			if _, alive := w.Engine.Holder(run.ID); alive {
				t.Error("the trainer of then still holds the run")
			}
			stored, err := w.Store.Run(bg, run.ID)
			if err != nil || stored.State != c.state {
				t.Errorf("stored as %s, %v", stored.State, err)
			}
			if c.state == training.StatePaused {
				ok(t, w.Manager.Resume(bg, run.ID))
				if got := wait(t, w, run.ID); got.State != training.StateFinished {
					t.Errorf("resumed: %+v", got)
				}
			}
		})
	}
}

// A failure that the record ends with is this start's only when it came after
// it: what a trainer says before its first step is not recorded.
func TestAFailureOfBeforeDoesNotComeBack(t *testing.T) {
	failure := func(words string) protocol.Event {
		return protocol.Event{Event: protocol.EventError, Error: &protocol.Failure{Kind: "disk", Message: words}}
	}
	for _, again := range []bool{false, true} {
		w := trainingtest.NewWorld(t)
		now := true
		w.Engine.Gate = func(_ context.Context, job training.Job, step int) error {
			if step == 6 && now {
				record(t, w, job.ID, failure("disk full"))
				return &training.Failure{Code: training.FailDisk, Message: "disk full"}
			}
			return nil
		}
		run := create(t, w, "")
		ok(t, w.Manager.Start(bg, run.ID))
		if got := wait(t, w, run.ID); got.State != training.StateFailed {
			t.Fatalf("%+v", got)
		}
		now = false
		defer gated(w, 5)()
		ok(t, w.Manager.Resume(bg, run.ID))
		cut, err := w.Store.Run(bg, run.ID) // as the machine's end finds it
		ok(t, err)
		ok(t, w.Manager.Stop(bg, run.ID, false))
		wait(t, w, run.ID)
		ok(t, w.Store.SaveRun(bg, cut))
		state, reason := training.StatePaused, "Interrupted at step 5. Saved: step 4."
		if again {
			record(t, w, run.ID, failure("disk full again"))
			state, reason = training.StateFailed, "disk full again"
		}
		w.Restart()
		ok(t, w.Manager.Recover(bg))
		if got, err := w.Manager.Get(bg, run.ID); err != nil || got.State != state || got.Reason != reason || (got.Failure != nil) != again {
			t.Errorf("failed again: %v: %+v, %v; want %s because %q", again, got, err, state, reason)
		}
	}
}

func TestRecoverLeavesTheRestAlone(t *testing.T) {
	w := trainingtest.NewWorld(t)
	draft, queued := create(t, w, ""), create(t, w, "")
	ok(t, w.Manager.Enqueue(bg, queued.ID))
	ok(t, w.Manager.Recover(bg))
	for id, want := range map[training.RunID]training.State{draft.ID: training.StateDraft, queued.ID: training.StateQueued} {
		if got, _ := w.Manager.Get(bg, id); got.State != want {
			t.Errorf("%s became %s", want, got.State)
		}
	}
}

func TestAStartWaitsForTheRecovery(t *testing.T) {
	w := trainingtest.NewWorld(t)
	old := crashed(t, w, 8, step(9, 1))
	w.Engine.Hold(old.ID, 4242)
	fresh := create(t, w, "")
	done := make(chan error, 1)
	go func() { done <- w.Manager.Recover(bg) }()
	ok(t, w.Manager.Start(bg, fresh.ID))
	wait(t, w, fresh.ID)
	ok(t, <-done)
	if got, _ := w.Manager.Get(bg, old.ID); got.State != training.StatePaused {
		t.Errorf("%+v", got)
	}
}

func TestSnapshotReadsTheRecordAsItGrows(t *testing.T) {
	w := trainingtest.NewWorld(t)
	run := create(t, w, "")
	dir := w.Manager.Dir(run.ID)
	record(t, w, run.ID, step(1, 3), step(2, 2.5), step(3, math.NaN()),
		protocol.Event{Event: protocol.EventEval, Eval: &protocol.Eval{Step: 2, Loss: 2.7}},
		protocol.Event{Event: protocol.EventSample, Sample: &protocol.Sample{Step: 0, Prompt: "q", Answer: "before"}},
		protocol.Event{Event: protocol.EventWarning, Warning: &protocol.Warning{Message: "two rows are too long"}})
	f, err := os.OpenFile(filepath.Join(dir, "events.jsonl"), os.O_APPEND|os.O_WRONLY, 0)
	ok(t, err)
	defer f.Close()
	fourth, err := json.Marshal(step(4, 2))
	ok(t, err)
	_, err = f.Write(fourth[:20])
	ok(t, err)
	s, err := w.Manager.Snapshot(bg, run.ID, 0)
	ok(t, err)
	if len(s.Points) != 3 || !math.IsNaN(s.Points[2].Loss) || s.Points[1].Eval == nil || *s.Points[1].Eval != 2.7 || len(s.Samples) != 1 || len(s.Warnings) != 1 || s.Run.Step != 3 {
		t.Fatalf("%+v", s)
	}
	if s.Speed != 20 { // 20 tokens between step 1 and 3 in one second
		t.Errorf("speed %v tokens a second", s.Speed)
	}
	_, err = f.Write(append(fourth[20:], '\n'))
	ok(t, err)
	_, err = f.WriteString("stray words\n")
	ok(t, err)
	// A resume repeats step 3 and 4 with other values: the last one counts.
	record(t, w, run.ID, step(3, 1.5), step(4, 1.25), step(5, 1))
	s, err = w.Manager.Snapshot(bg, run.ID, 2)
	ok(t, err)
	var got []float64
	for _, p := range s.Points {
		got = append(got, p.Loss)
	}
	if fmt.Sprint(got) != "[1.5 1.25 1]" || s.Run.Step != 5 || s.Run.TrainedTokens != 20 {
		t.Errorf("points %v, run %+v", got, s.Run)
	}
	// No checkpoint was whole: what was made before the new beginning is over.
	record(t, w, run.ID, step(1, 3))
	s, err = w.Manager.Snapshot(bg, run.ID, -1)
	ok(t, err)
	if len(s.Points) != 1 || s.Points[0].Loss != 3 || s.Run.Step != 1 || len(s.Samples) != 1 {
		t.Errorf("after a new beginning: %+v", s)
	}
	ok(t, os.WriteFile(filepath.Join(dir, "trainer.log"), []byte(strings.Repeat("x\n", 20_000)+"the end\n"), 0o644))
	if s, _ = w.Manager.Snapshot(bg, run.ID, 5); len(s.Points) != 0 || len(s.LogTail) != 40 || s.LogTail[39] != "the end" {
		t.Errorf("%d points, log %q", len(s.Points), s.LogTail)
	}
}

func TestASilentTrainerIsNotResponding(t *testing.T) {
	w := trainingtest.NewWorld(t)
	now := time.Now()
	clock := func() time.Time { return now }
	w.Manager = training.NewManager(training.ManagerConfig{
		Dir: filepath.Join(w.Dir, "runs"), Store: w.Store, Engine: w.Engine, Gate: w.Gate, Library: w.Library, Bases: w.Bases, Now: func() time.Time { return clock() },
	})
	defer gated(w, 3)()
	run := create(t, w, "")
	ok(t, w.Manager.Start(bg, run.ID))
	until(t, w, run.ID, "step 2", func(s training.Snapshot) bool { return s.Run.Step == 2 && s.Responding })
	ok(t, w.Manager.Pause(bg, run.ID)) // nobody listens
	later := now.Add(31 * time.Second)
	w.Manager.Runs(bg) //nolint:errcheck // takes the lock once, so that the clock below is seen
	clock = func() time.Time { return later }
	if s, _ := w.Manager.Snapshot(bg, run.ID, 0); s.Responding || s.Run.State != training.StateRunning {
		t.Errorf("31 s without a word: %+v", s)
	}
	ok(t, w.Manager.Stop(bg, run.ID, false))
	wait(t, w, run.ID)
}

func FuzzRecord(f *testing.F) {
	f.Add([]byte(`{"v":1,"event":"step","step":1,"steps":2,"loss":"NaN"}` + "\n"))
	f.Add([]byte(`{"v":1,"event":"result","job":"train","train":{"state":"finished"}}` + "\n{"))
	f.Add([]byte("\x00\n\n{}\n"))
	w := trainingtest.NewWorld(f)
	run, err := w.Manager.Create(bg, training.RunSpec{Recipe: w.Recipe()})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		ok(t, os.WriteFile(filepath.Join(w.Manager.Dir(run.ID), "events.jsonl"), raw, 0o644))
		m := training.NewManager(training.ManagerConfig{Dir: filepath.Join(w.Dir, "runs"), Store: w.Store, Engine: w.Engine, Library: w.Library, Bases: w.Bases})
		s, err := m.Snapshot(bg, run.ID, 0)
		if err != nil {
			t.Fatal(err)
		}
		for i, p := range s.Points {
			if i > 0 && p.Step <= s.Points[i-1].Step {
				t.Fatalf("points out of order: %+v", s.Points)
			}
		}
	})
}

// Without the store, the folders of the runs make the list again: as it was from their copies, and from recipe and record
// alone where there is no copy.
func TestALostStoreIsMadeAgain(t *testing.T) {
	w := trainingtest.NewWorld(t)
	draft, finished, paused, deleted := create(t, w, "draft"), create(t, w, "finished"), create(t, w, "paused"), create(t, w, "deleted")
	ok(t, w.Manager.Start(bg, finished.ID))
	finished = wait(t, w, finished.ID)
	open := gated(w, 6)
	ok(t, w.Manager.Start(bg, paused.ID))
	until(t, w, paused.ID, "step 5", func(s training.Snapshot) bool { return s.Run.Step == 5 })
	ok(t, w.Manager.Pause(bg, paused.ID))
	open()
	wait(t, w, paused.ID)
	w.Engine.Gate = nil
	ok(t, w.Manager.Delete(bg, deleted.ID))
	list := func() string {
		t.Helper()
		runs, err := w.Manager.Runs(bg)
		ok(t, err)
		raw, err := json.MarshalIndent(runs, "", " ")
		ok(t, err)
		return string(raw)
	}
	lose := func() {
		t.Helper()
		w.Store = trainingtest.NewStore()
		w.Restart()
		ok(t, w.Manager.Recover(bg))
	}
	before := list()
	lose()
	if after := list(); after != before {
		t.Errorf("the list was\n%s\nand is\n%s", before, after)
	}
	if next := create(t, w, "next"); next.Number != 5 {
		t.Errorf("the next run has number %d", next.Number)
	}

	for _, run := range []training.Run{draft, finished, paused} {
		ok(t, os.Remove(filepath.Join(w.Manager.Dir(run.ID), "run.json")))
	}
	lose()
	if _, err := w.Manager.Get(bg, draft.ID); !training.IsKind(err, training.KindNotFound) {
		t.Errorf("a run that never began came back: %v", err)
	}
	got, err := w.Manager.Get(bg, finished.ID)
	ok(t, err)
	if got.State != training.StateFinished || got.AdapterDigest != finished.AdapterDigest || got.Steps != finished.Steps || got.Number < 5 {
		t.Errorf("the finished run: %+v", got)
	}
	if got, err = w.Manager.Get(bg, paused.ID); err != nil || got.State != training.StatePaused || got.Step != 5 {
		t.Fatalf("the paused run: %+v, %v", got, err)
	}
	ok(t, w.Manager.Resume(bg, paused.ID))
	if got := wait(t, w, paused.ID); got.State != training.StateFinished {
		t.Errorf("resumed: %+v", got)
	}
}
