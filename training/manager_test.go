package training_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gowebpki/jcs"

	"github.com/modelfactory/modelfactory/training"
	"github.com/modelfactory/modelfactory/training/trainingtest"
)

func TestMemoryStoreKeepsTheContract(t *testing.T) {
	trainingtest.StoreSuite(t, func() training.Store { return trainingtest.NewStore() })
}

var bg = context.Background()

func create(t *testing.T, w *trainingtest.World, name string) training.Run {
	t.Helper()
	run, err := w.Manager.Create(bg, training.RunSpec{Name: name, Recipe: w.Recipe(), Account: "0xabc"})
	if err != nil {
		t.Fatal(err)
	}
	return run
}

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wait(t *testing.T, w *trainingtest.World, id training.RunID) training.Run {
	t.Helper()
	ctx, cancel := context.WithTimeout(bg, 20*time.Second)
	defer cancel()
	run, err := w.Manager.Wait(ctx, id)
	if err != nil {
		t.Fatalf("waiting for %s: %v (%s)", id, err, run.State)
	}
	return run
}

// until waits for a condition on the snapshot of a run.
func until(t *testing.T, w *trainingtest.World, id training.RunID, what string, cond func(training.Snapshot) bool) {
	t.Helper()
	ch, stop := w.Manager.Watch(id)
	defer stop()
	limit := time.After(20 * time.Second)
	for {
		s, err := w.Manager.Snapshot(bg, id, 0)
		ok(t, err)
		if cond(s) {
			return
		}
		select {
		case <-ch:
		case <-limit:
			t.Fatalf("never: %s; the run is %+v", what, s.Run)
		}
	}
}

// gated makes the engine stand still before a step until the returned function
// is called.
func gated(w *trainingtest.World, step int) (open func()) {
	ch := make(chan struct{})
	w.Engine.Gate = func(ctx context.Context, _ training.Job, s int) error {
		if s != step {
			return nil
		}
		select {
		case <-ch:
		case <-ctx.Done():
			return ctx.Err()
		}
		return nil
	}
	return sync.OnceFunc(func() { close(ch) })
}

func TestARunFromDraftToFinished(t *testing.T) {
	w := trainingtest.NewWorld(t)
	run := create(t, w, "first")
	if run.State != training.StateDraft || run.Number != 1 || run.Recipe.Base != "tiny-test@r1" || run.Recipe.Data[0].Ref.Version != 1 {
		t.Errorf("the draft is not frozen: %+v", run)
	}
	for _, name := range []string{"recipe.json", "data.json"} {
		raw, err := os.ReadFile(filepath.Join(w.Manager.Dir(run.ID), name))
		ok(t, err)
		if c, err := jcs.Transform(raw); err != nil || string(c) != string(raw) {
			t.Errorf("%s is not canonical: %s", name, raw)
		}
		if strings.Contains(string(raw), w.Dir) {
			t.Errorf("%s names a place on this computer: %s", name, raw)
		}
	}
	ok(t, w.Manager.Start(bg, run.ID))
	got := wait(t, w, run.ID)
	if got.State != training.StateFinished || got.Step != 12 || got.Steps != 12 || got.TrainedTokens != 480 || got.AdapterDigest == "" || got.Ended.IsZero() || got.Phase != "" {
		t.Errorf("finished run: %+v", got)
	}
	s, err := w.Manager.Snapshot(bg, run.ID, 10)
	ok(t, err)
	if len(s.Points) != 2 || s.Points[0].Step != 11 || s.LastCheckpoint != 12 || len(s.Checkpoints) != 3 || !s.Checkpoints[0].Kept || s.MemoryForecast == 0 || s.PhaseTimes[training.PhaseTraining] <= 0 {
		t.Errorf("snapshot: %+v", s)
	}
	if err := w.Manager.Start(bg, run.ID); err != nil || w.Engine.Count(run.ID) != 1 {
		t.Errorf("starting a finished run again: %v, trained %d times", err, w.Engine.Count(run.ID))
	}
	if err := w.Manager.Resume(bg, run.ID); !training.IsKind(err, training.KindRefused) {
		t.Errorf("resuming a finished run: %v", err)
	}
}

func TestTheMeasuredMemoryIsForeseen(t *testing.T) {
	w := trainingtest.NewWorld(t)
	measured := int64(0)
	w.Manager = training.NewManager(training.ManagerConfig{
		Dir: filepath.Join(w.Dir, "runs"), Store: w.Store, Engine: w.Engine, Gate: w.Gate, Library: w.Library, Bases: w.Bases,
		Measured: func(_ context.Context, r training.Recipe) int64 { return measured * int64(r.Rank) },
	})
	foreseen := func() int64 {
		run := create(t, w, "")
		ok(t, w.Manager.Start(bg, run.ID))
		wait(t, w, run.ID)
		s, err := w.Manager.Snapshot(bg, run.ID, 0)
		ok(t, err)
		return s.MemoryForecast
	}
	formula := foreseen()
	measured = 1_000_000
	if got, want := foreseen(), measured*int64(training.DefaultSettings().Rank); got != want || formula == 0 || formula == want {
		t.Errorf("%d bytes are foreseen, want the %d that were measured; by the formula %d", got, want, formula)
	}
}

func TestTwoCreatesAndTwoStartsOfOneIDMakeOneRun(t *testing.T) {
	w := trainingtest.NewWorld(t)
	spec := training.RunSpec{ID: training.NewRunID(), Recipe: w.Recipe()}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			if _, err := w.Manager.Create(bg, spec); err != nil {
				t.Error(err)
			}
			if err := w.Manager.Start(bg, spec.ID); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	wait(t, w, spec.ID)
	runs, err := w.Manager.Runs(bg)
	ok(t, err)
	if len(runs) != 1 || w.Engine.Count(spec.ID) != 1 || runs[0].Number != 1 {
		t.Errorf("%d runs, trained %d times", len(runs), w.Engine.Count(spec.ID))
	}
	spec.Recipe.Rank = 3
	if _, err := w.Manager.Create(bg, spec); !training.IsKind(err, training.KindRefused) {
		t.Errorf("the same id with another recipe: %v", err)
	}
	spec.ID = "../../etc"
	if _, err := w.Manager.Create(bg, spec); !training.IsKind(err, training.KindUsage) {
		t.Errorf("an id that is a path: %v", err)
	}
}

func TestTheGateIsAskedAtStartAndWhenARunLeavesTheQueue(t *testing.T) {
	w := trainingtest.NewWorld(t)
	open := gated(w, 3)
	defer open()
	w.Gate.Refuse("polite", true)
	first := create(t, w, "first")
	err := w.Manager.Start(bg, first.ID)
	if !training.IsKind(err, training.KindRefused) || !strings.Contains(err.Error(), "polite") {
		t.Fatalf("an unlicensed start: %v", err)
	}
	if got, _ := w.Manager.Get(bg, first.ID); got.State != training.StateDraft || w.Engine.Count(first.ID) != 0 {
		t.Fatalf("a refused start changed the run: %+v", got)
	}
	w.Gate.Refuse("polite", false)
	w.Manager.ServeQueue()
	ok(t, w.Manager.Start(bg, first.ID))
	second, third := create(t, w, "second"), create(t, w, "third")
	ok(t, w.Manager.Enqueue(bg, second.ID))
	ok(t, w.Manager.Enqueue(bg, third.ID))
	if got, _ := w.Manager.Get(bg, third.ID); got.State != training.StateQueued || got.Queue != 2 {
		t.Fatalf("place in the queue: %+v", got)
	}
	if err := w.Manager.Start(bg, third.ID); !training.IsKind(err, training.KindBusy) {
		t.Fatalf("a start while another run trains: %v", err)
	}
	// The licence ends while the second waits, and is there again for the third.
	w.Gate.Refuse("polite", true)
	ch, stop := w.Manager.Watch(second.ID)
	defer stop()
	open()
	for {
		got, err := w.Manager.Get(bg, second.ID)
		ok(t, err)
		if got.State == training.StateFailed {
			if got.Failure == nil || got.Failure.Code != training.FailLicence || !strings.Contains(got.Failure.Message, "polite") || got.Queue != 0 {
				t.Errorf("refused on leaving the queue: %+v", got)
			}
			break
		}
		select {
		case <-ch:
		case <-time.After(10 * time.Second):
			t.Fatalf("the second run is %s", got.State)
		}
	}
	wait(t, w, third.ID)
	if n := w.Engine.Count(second.ID); n != 0 {
		t.Errorf("the unlicensed run trained %d times", n)
	}
	w.Gate.Refuse("polite", false)
	if err := w.Manager.Resume(bg, second.ID); err != nil && !training.IsKind(err, training.KindBusy) {
		t.Errorf("after the licence was bought: %v", err)
	}
}

func TestQueueRunsOneAfterAnotherInTheOrderOfPlaces(t *testing.T) {
	w := trainingtest.NewWorld(t)
	var mu sync.Mutex
	var order []string
	running := 0
	w.Engine.Gate = func(_ context.Context, job training.Job, step int) error {
		mu.Lock()
		defer mu.Unlock()
		if step == 1 {
			order = append(order, string(job.ID))
			if running++; running > 1 {
				t.Error("two runs train at once")
			}
		}
		if step == 12 {
			running--
		}
		return nil
	}
	a, b, c := create(t, w, "a"), create(t, w, "b"), create(t, w, "c")
	for _, r := range []training.Run{a, b, c} {
		ok(t, w.Manager.Enqueue(bg, r.ID))
	}
	ok(t, w.Manager.Move(bg, c.ID, 1))
	if got, _ := w.Manager.Get(bg, a.ID); got.Queue != 2 || w.Engine.Count(a.ID) != 0 {
		t.Errorf("a queue that nobody serves must wait: %+v", got)
	}
	w.Manager.ServeQueue()
	for _, r := range []training.Run{a, b, c} {
		if got := wait(t, w, r.ID); got.State != training.StateFinished {
			t.Errorf("%s: %+v", r.Name, got)
		}
	}
	if want := []string{string(c.ID), string(a.ID), string(b.ID)}; strings.Join(order, " ") != strings.Join(want, " ") {
		t.Errorf("order %v, want %v", order, want)
	}
}

func TestPauseResumeStop(t *testing.T) {
	w := trainingtest.NewWorld(t)
	open := gated(w, 6)
	run := create(t, w, "")
	ok(t, w.Manager.Start(bg, run.ID))
	until(t, w, run.ID, "step 5", func(s training.Snapshot) bool { return s.Run.Step == 5 })
	ok(t, w.Manager.Pause(bg, run.ID))
	open()
	got := wait(t, w, run.ID)
	if got.State != training.StatePaused || got.Step != 5 || !strings.Contains(got.Reason, "by you") || !strings.Contains(got.Reason, "step 5") {
		t.Fatalf("paused run: %+v", got)
	}
	ok(t, w.Manager.Pause(bg, run.ID))
	if err := w.Manager.Start(bg, run.ID); !training.IsKind(err, training.KindRefused) {
		t.Errorf("starting a paused run: %v", err)
	}
	w.Engine.Gate = nil
	ok(t, w.Manager.Resume(bg, run.ID))
	if got := wait(t, w, run.ID); got.State != training.StateFinished || got.Reason != "" || !w.Engine.Jobs[1].Resume {
		t.Fatalf("resumed run: %+v", got)
	}

	open = gated(w, 6)
	run = create(t, w, "")
	ok(t, w.Manager.Start(bg, run.ID))
	until(t, w, run.ID, "step 5", func(s training.Snapshot) bool { return s.Run.Step == 5 })
	ok(t, w.Manager.Stop(bg, run.ID, true))
	open()
	if got := wait(t, w, run.ID); got.State != training.StateStopped || got.AdapterDigest == "" {
		t.Fatalf("stopped and saved: %+v", got)
	}

	defer gated(w, 6)()
	run = create(t, w, "")
	ok(t, w.Manager.Start(bg, run.ID))
	until(t, w, run.ID, "step 5", func(s training.Snapshot) bool { return s.Run.Step == 5 })
	ok(t, w.Manager.Stop(bg, run.ID, false)) // answers although the trainer stands still
	if got := wait(t, w, run.ID); got.State != training.StateStopped || got.AdapterDigest != "" || !strings.Contains(got.Reason, "without saving") {
		t.Fatalf("stopped without saving: %+v", got)
	}
}

func TestARunStoppedWithoutSavingKeepsNoTokens(t *testing.T) {
	for _, paused := range []bool{false, true} {
		w := trainingtest.NewWorld(t)
		open := gated(w, 6)
		defer open()
		run := create(t, w, "")
		ok(t, w.Manager.Start(bg, run.ID))
		until(t, w, run.ID, "step 5", func(s training.Snapshot) bool { return s.Run.Step == 5 })
		// A trainer that is ended while it tokenises leaves the second one.
		folders := []string{filepath.Join(w.Manager.Dir(run.ID), "tokens"), filepath.Join(w.Manager.Dir(run.ID), ".tmp-tokens")}
		for _, dir := range folders {
			ok(t, os.Mkdir(dir, 0o755))
			ok(t, os.WriteFile(filepath.Join(dir, "ids"), []byte("1234"), 0o644))
		}
		if paused {
			ok(t, w.Manager.Pause(bg, run.ID))
			open()
			if got := wait(t, w, run.ID); got.State != training.StatePaused {
				t.Fatalf("paused: %+v", got)
			}
			if _, err := os.Stat(folders[0]); err != nil {
				t.Fatalf("a paused run lost its tokens: %v", err)
			}
		}
		ok(t, w.Manager.Stop(bg, run.ID, false))
		if got := wait(t, w, run.ID); got.State != training.StateStopped {
			t.Fatalf("stopped: %+v", got)
		}
		for _, dir := range folders {
			if _, err := os.Stat(dir); err == nil {
				t.Errorf("paused before: %v: %s is still there", paused, filepath.Base(dir))
			}
		}
	}
}

func TestStopOfAPausedRunWritesItsAdapter(t *testing.T) {
	w := trainingtest.NewWorld(t)
	open := gated(w, 6)
	run := create(t, w, "")
	ok(t, w.Manager.Start(bg, run.ID))
	until(t, w, run.ID, "step 5", func(s training.Snapshot) bool { return s.Run.Step == 5 })
	ok(t, w.Manager.Pause(bg, run.ID))
	open()
	wait(t, w, run.ID)
	w.Engine.Gate = nil
	w.Engine.Pause = 50 * time.Millisecond
	ok(t, w.Manager.Stop(bg, run.ID, true))
	if got := wait(t, w, run.ID); got.State != training.StateStopped || got.AdapterDigest == "" || got.Step > 7 {
		t.Errorf("%+v", got)
	}
}

func TestTheStateIsWrittenBeforeTheAct(t *testing.T) {
	w := trainingtest.NewWorld(t)
	run := create(t, w, "")
	w.Store.Fail = func(r training.Run) error {
		if r.State == training.StateRunning {
			return errors.New("no space left on device")
		}
		return nil
	}
	if err := w.Manager.Start(bg, run.ID); err == nil {
		t.Error("a start that could not be saved")
	}
	if n := w.Engine.Count(run.ID); n != 0 {
		t.Errorf("the trainer started %d times though the state was not saved", n)
	}
	w.Store.Fail = nil
	ok(t, w.Manager.Start(bg, run.ID))
	if got := wait(t, w, run.ID); got.State != training.StateFinished {
		t.Errorf("afterwards: %+v", got)
	}
}

func TestTheEngineIsAskedForTheDeviceBeforeAStart(t *testing.T) {
	w := trainingtest.NewWorld(t)
	run := create(t, w, "one")
	w.Engine.Refuses = func(device string) error {
		return &training.Error{Kind: training.KindRefused, Message: "the card cannot be used: it is old (" + device + ")", Next: "Choose cpu."}
	}
	if err := w.Manager.Start(bg, run.ID); !training.IsKind(err, training.KindRefused) || !strings.Contains(err.Error(), "auto") {
		t.Errorf("%v", err)
	}
	if got, err := w.Manager.Get(bg, run.ID); err != nil || got.State != training.StateDraft || w.Engine.Count(run.ID) != 0 {
		t.Errorf("%s, %v", got.State, err)
	}
	ok(t, w.Manager.Enqueue(bg, run.ID))
	w.Manager.ServeQueue()
	until(t, w, run.ID, "the queued run fails", func(s training.Snapshot) bool { return s.Run.State == training.StateFailed })
	if got, err := w.Manager.Get(bg, run.ID); err != nil || got.Failure.Code != training.FailDriver || got.Failure.Advice != "Choose cpu." {
		t.Errorf("%+v, %v", got.Failure, err)
	}
	w.Engine.Refuses = nil
	next := create(t, w, "two")
	ok(t, w.Manager.Start(bg, next.ID))
	if got := wait(t, w, next.ID); got.State != training.StateFinished {
		t.Errorf("%s", got.State)
	}
}

func TestAChangedFrozenFileOrBaseIsRefused(t *testing.T) {
	w := trainingtest.NewWorld(t)
	run := create(t, w, "")
	for _, c := range []struct{ file, old, new string }{
		{"recipe.json", `"rank":16`, `"rank":17`},
		{"data.json", `"path":"../`, `"path":"../../elsewhere/`}, // other rows than those the licence gate is asked about
		{"data.json", `"weight_ppm":`, `"weight_ppm":1`},
	} {
		path := filepath.Join(w.Manager.Dir(run.ID), c.file)
		raw, err := os.ReadFile(path)
		ok(t, err)
		changed := strings.Replace(string(raw), c.old, c.new, 1)
		if changed == string(raw) {
			t.Fatalf("%s holds no %s: %s", c.file, c.old, raw)
		}
		ok(t, os.WriteFile(path, []byte(changed), 0o644))
		if err := w.Manager.Start(bg, run.ID); !training.IsKind(err, training.KindRefused) || !strings.Contains(err.Error(), c.file) {
			t.Errorf("%s with %s: %v", c.file, c.new, err)
		}
		ok(t, os.WriteFile(path, raw, 0o644))
	}
	ok(t, os.WriteFile(filepath.Join(w.Bases.Dir(), "tiny-test@r1", "model.safetensors"), []byte("other weights"), 0o644))
	if err := w.Manager.Start(bg, run.ID); !training.IsKind(err, training.KindRefused) || !strings.Contains(err.Error(), "model.safetensors") {
		t.Errorf("changed base: %v", err)
	}
}

func TestAMissingFrozenFileIsCalledMissing(t *testing.T) {
	w := trainingtest.NewWorld(t)
	run := create(t, w, "")
	ok(t, os.RemoveAll(w.Manager.Dir(run.ID)))
	if err := w.Manager.Start(bg, run.ID); !training.IsKind(err, training.KindRefused) || err.Error() != "recipe.json of run 1 is missing" {
		t.Errorf("%v", err)
	}
}

// The store refuses what comes after the start, as on a full disk, and takes it again when there is room.
func TestAnEndThatTheStoreDoesNotTakeIsNotWaitedFor(t *testing.T) {
	for name, later := range map[string]func(*trainingtest.World, training.RunID) error{
		"resumed": func(w *trainingtest.World, id training.RunID) error {
			w.Engine.Gate = nil
			if err := w.Manager.Resume(bg, id); err != nil {
				return err
			}
			_, err := w.Manager.Wait(bg, id)
			return err
		},
		"closed": func(w *trainingtest.World, _ training.RunID) error { return w.Manager.Close(bg) },
	} {
		w := trainingtest.NewWorld(t)
		run := create(t, w, "")
		var full atomic.Bool
		w.Store.Fail = func(training.Run) error {
			if full.Load() {
				return &training.Error{Kind: training.KindFailed, Message: "there is no room to write the studio's database", Next: "Free some disk space."}
			}
			return nil
		}
		w.Engine.Gate = func(_ context.Context, _ training.Job, step int) error {
			if step == 6 {
				full.Store(true)
				return w.Manager.Pause(bg, run.ID)
			}
			return nil
		}
		ok(t, w.Manager.Start(bg, run.ID))
		got := wait(t, w, run.ID)
		if got.State != training.StatePaused || got.Failure == nil || got.Failure.Code != training.FailDisk || got.Failure.Advice != "Free some disk space." ||
			!strings.Contains(got.Reason, "Saved: step 5.") || !strings.Contains(got.Reason, "no room to write") {
			t.Errorf("%+v, %+v", got, got.Failure)
		}
		if list, err := w.Manager.Runs(bg); err != nil || list[0].State != training.StatePaused {
			t.Errorf("%+v, %v", list, err)
		}
		full.Store(false)
		ok(t, later(w, run.ID))
		want := map[string]training.State{"resumed": training.StateFinished, "closed": training.StatePaused}[name]
		if stored, err := w.Store.Run(bg, run.ID); err != nil || stored.State != want {
			t.Errorf("%s: the store has %s, %v", name, stored.State, err)
		}
	}
}

func TestTheRunThatTrainsIsNotDeleted(t *testing.T) {
	w := trainingtest.NewWorld(t)
	run := create(t, w, "")
	open := gated(w, 3)
	ok(t, w.Manager.Start(bg, run.ID))
	if err := w.Manager.Delete(bg, run.ID); !training.IsKind(err, training.KindBusy) || err.Error() != "run 1 is training" {
		t.Errorf("%v", err)
	}
	open()
	wait(t, w, run.ID)
}

func TestDeleteRestoreAndNumbers(t *testing.T) {
	w := trainingtest.NewWorld(t)
	first, second := create(t, w, "one"), create(t, w, "two")
	ok(t, w.Manager.Delete(bg, second.ID))
	if _, err := w.Manager.Get(bg, second.ID); !training.IsKind(err, training.KindNotFound) {
		t.Errorf("deleted run: %v", err)
	}
	if third := create(t, w, "three"); third.Number != 3 {
		t.Errorf("the number of a deleted run was given again: %d", third.Number)
	}
	gone, err := w.Manager.Deleted(bg)
	if err != nil || len(gone) != 1 || gone[0].Name != "two" {
		t.Errorf("trash: %+v, %v", gone, err)
	}
	ok(t, w.Manager.Restore(bg, second.ID))
	if got, err := w.Manager.Get(bg, second.ID); err != nil || got.Number != 2 || got.Recipe.Rank != 16 {
		t.Errorf("restored: %+v, %v", got, err)
	}
	ok(t, w.Manager.Start(bg, second.ID))
	wait(t, w, second.ID)

	// A crash between moving the folder and removing the row.
	saved, err := w.Store.Run(bg, first.ID)
	ok(t, err)
	ok(t, w.Manager.Delete(bg, first.ID))
	ok(t, w.Store.SaveRun(bg, saved))
	w.Restart()
	ok(t, w.Manager.Recover(bg))
	if _, err := w.Manager.Get(bg, first.ID); !training.IsKind(err, training.KindNotFound) {
		t.Errorf("half-deleted run: %v", err)
	}
	ok(t, w.Manager.EmptyTrash(bg, time.Now().Add(-time.Hour)))
	if gone, _ := w.Manager.Deleted(bg); len(gone) != 1 {
		t.Errorf("a young deletion was erased: %+v", gone)
	}
	ok(t, w.Manager.EmptyTrash(bg, time.Now().Add(time.Hour)))
	if gone, _ := w.Manager.Deleted(bg); len(gone) != 0 {
		t.Errorf("an old deletion was kept: %+v", gone)
	}
}

func TestFind(t *testing.T) {
	w := trainingtest.NewWorld(t)
	a, b := create(t, w, "Bike helper"), create(t, w, "twin")
	create(t, w, "Twin")
	for _, name := range []string{"1", "#1", "bike HELPER", string(a.ID)} {
		if got, err := w.Manager.Find(bg, name); err != nil || got.ID != a.ID {
			t.Errorf("%q: %v, %v", name, got.ID, err)
		}
	}
	if _, err := w.Manager.Find(bg, "twin"); !training.IsKind(err, training.KindUsage) || !strings.Contains(err.Error(), "2, 3") {
		t.Errorf("two of one name: %v", err)
	}
	if _, err := w.Manager.Find(bg, "9"); !training.IsKind(err, training.KindNotFound) {
		t.Errorf("unknown: %v", err)
	}
	if got, err := w.Manager.Find(bg, string(b.ID)[:35]); err != nil || got.ID != b.ID {
		t.Errorf("beginning of an id: %v", err)
	}
}

func TestWatchHoldsOneWord(t *testing.T) {
	w := trainingtest.NewWorld(t)
	run := create(t, w, "")
	ch, stop := w.Manager.Watch(run.ID)
	all, stopAll := w.Manager.WatchAll()
	defer stopAll()
	ok(t, w.Manager.Start(bg, run.ID))
	wait(t, w, run.ID)
	if len(ch) != 1 || cap(ch) != 1 || len(all) != 1 {
		t.Errorf("after a whole run the channels hold %d and %d words", len(ch), len(all))
	}
	<-ch
	stop()
	create(t, w, "")
	if len(ch) != 0 {
		t.Error("a cancelled watch still hears")
	}
}

func TestClosePausesAndNothingStartsAfterwards(t *testing.T) {
	w := trainingtest.NewWorld(t)
	w.Engine.Pause = 20 * time.Millisecond
	w.Manager.ServeQueue()
	first, second := create(t, w, ""), create(t, w, "")
	ok(t, w.Manager.Start(bg, first.ID))
	ok(t, w.Manager.Enqueue(bg, second.ID))
	until(t, w, first.ID, "a step", func(s training.Snapshot) bool { return s.Run.Step > 0 })
	ctx, cancel := context.WithTimeout(bg, 10*time.Second)
	defer cancel()
	ok(t, w.Manager.Close(ctx))
	if got, _ := w.Manager.Get(bg, first.ID); got.State != training.StatePaused || !strings.Contains(got.Reason, "closed") {
		t.Errorf("the run that trained: %+v", got)
	}
	if got, _ := w.Manager.Get(bg, second.ID); got.State != training.StateQueued || w.Engine.Count(second.ID) != 0 {
		t.Errorf("the queued run: %+v", got)
	}
	if err := w.Manager.Start(bg, second.ID); !training.IsKind(err, training.KindBusy) {
		t.Errorf("a start after closing: %v", err)
	}
}

func TestEngineFailuresBecomeCauses(t *testing.T) {
	w := trainingtest.NewWorld(t)
	w.Engine.Gate = func(_ context.Context, _ training.Job, step int) error {
		if step == 6 {
			return &training.Failure{Code: training.FailMemory, Message: "out of memory at step 6", ExitCode: 1}
		}
		return nil
	}
	run := create(t, w, "")
	ok(t, w.Manager.Start(bg, run.ID))
	got := wait(t, w, run.ID)
	if got.State != training.StateFailed || got.Failure.Code != training.FailMemory || got.Failure.Advice == "" || got.Step != 5 {
		t.Fatalf("failed run: %+v, %+v", got, got.Failure)
	}
	w.Engine.Gate = nil
	ok(t, w.Manager.Resume(bg, run.ID))
	if got := wait(t, w, run.ID); got.State != training.StateFinished || got.Failure != nil {
		t.Errorf("resumed after a failure: %+v", got)
	}
}

func TestATrainerKilledFromOutsidePausesItsRun(t *testing.T) {
	w := trainingtest.NewWorld(t)
	w.Engine.Gate = func(_ context.Context, _ training.Job, step int) error {
		if step == 6 {
			return training.Classify("", "", "", "", -1, "killed")
		}
		return nil
	}
	run := create(t, w, "")
	ok(t, w.Manager.Start(bg, run.ID))
	got := wait(t, w, run.ID)
	if got.State != training.StatePaused || !strings.Contains(got.Reason, "from outside") || !strings.Contains(got.Reason, "Saved: step 4") || got.Failure == nil || got.Failure.Code != training.FailKilled {
		t.Errorf("%+v", got)
	}
}

func TestATrainerThatEndsAfterAPauseWasAskedKeepsItsCause(t *testing.T) {
	for _, c := range []struct {
		why    *training.Failure
		state  training.State
		reason string
		cause  string
	}{
		{&training.Failure{Code: training.FailNotResponding, Message: "no answer"}, training.StatePaused, "did not answer the pause and was ended at step 5. Saved: step 4.", ""},
		{training.Classify("", "", "", "", -1, "killed"), training.StatePaused, "when memory runs out. Interrupted at step 5. Saved: step 4.", training.FailKilled},
		{training.Classify("", "", "", "segmentation fault", 139, ""), training.StateFailed, "segmentation fault", training.FailUnknown},
	} {
		w := trainingtest.NewWorld(t)
		open := make(chan struct{})
		w.Engine.Gate = func(_ context.Context, _ training.Job, step int) error {
			if step < 6 {
				return nil
			}
			<-open
			return c.why
		}
		run := create(t, w, "")
		ok(t, w.Manager.Start(bg, run.ID))
		until(t, w, run.ID, "step 5", func(s training.Snapshot) bool { return s.Run.Step == 5 })
		ok(t, w.Manager.Pause(bg, run.ID))
		close(open)
		got := wait(t, w, run.ID)
		cause := ""
		if got.Failure != nil {
			cause = got.Failure.Code
		}
		if got.State != c.state || !strings.HasSuffix(got.Reason, c.reason) || cause != c.cause {
			t.Errorf("%s because %q, cause %q; want %s because %q, cause %q", got.State, got.Reason, cause, c.state, c.reason, c.cause)
		}
	}
}

func TestAnAdapterThatDiffersOnDiskIsNotFinished(t *testing.T) {
	w := trainingtest.NewWorld(t)
	w.Engine.Gate = func(_ context.Context, job training.Job, step int) error {
		if step == 12 { // a folder stands where the adapter's file has to go
			return os.MkdirAll(filepath.Join(job.Dir, "adapter", "adapter_model.safetensors"), 0o755)
		}
		return nil
	}
	run := create(t, w, "")
	ok(t, w.Manager.Start(bg, run.ID))
	if got := wait(t, w, run.ID); got.State != training.StateFailed || got.AdapterDigest != "" {
		t.Errorf("%+v", got)
	}
}
