package training_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/modelfactory/modelfactory/training"
	"github.com/modelfactory/modelfactory/training/trainingtest"
)

func TestTheQueueGoesOnAfterARunThatFails(t *testing.T) {
	w := trainingtest.NewWorld(t)
	a, bad, c := create(t, w, "a"), create(t, w, "bad"), create(t, w, "c")
	w.Engine.Gate = func(_ context.Context, job training.Job, step int) error {
		if job.ID == bad.ID && step == 3 {
			return &training.Failure{Code: training.FailMemory, Message: "no memory left"}
		}
		return nil
	}
	for _, r := range []training.Run{a, bad, c} {
		ok(t, w.Manager.Enqueue(bg, r.ID))
	}
	if w.Manager.ServeQueue() {
		t.Error("the queue was served before anybody served it")
	}
	if !w.Manager.ServeQueue() {
		t.Error("a served queue is not told")
	}
	for r, want := range map[training.RunID]training.State{a.ID: training.StateFinished, bad.ID: training.StateFailed, c.ID: training.StateFinished} {
		if got := wait(t, w, r); got.State != want {
			t.Errorf("%s: %s, want %s", got.Name, got.State, want)
		}
	}
}

func TestAQueuedRunThatIsRefusedKeepsTheRealCause(t *testing.T) {
	change := func(path string) error {
		raw, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(path, append(raw, ' '), 0o644)
	}
	for _, c := range []struct {
		code, words, next string
		spoil             func(*trainingtest.World, training.Run) error
	}{
		{training.FailLicence, "needs a licence", "Get the licence.", func(w *trainingtest.World, _ training.Run) error {
			w.Gate.Refuse("polite", true)
			return nil
		}},
		{training.FailBase, "model.safetensors", "Add the base again.", func(w *trainingtest.World, _ training.Run) error {
			return change(filepath.Join(w.Bases.Dir(), "tiny-test@r1", "model.safetensors"))
		}},
		{training.FailData, "data.json", "Make a new run from its recipe.", func(w *trainingtest.World, r training.Run) error {
			return change(filepath.Join(w.Manager.Dir(r.ID), "data.json"))
		}},
		{training.FailUnknown, "recipe.json", "Make a new run from its recipe.", func(w *trainingtest.World, r training.Run) error {
			return change(filepath.Join(w.Manager.Dir(r.ID), "recipe.json"))
		}},
	} {
		w := trainingtest.NewWorld(t)
		run := create(t, w, "")
		ok(t, w.Manager.Enqueue(bg, run.ID))
		ok(t, c.spoil(w, run))
		w.Manager.ServeQueue()
		until(t, w, run.ID, "failed", func(s training.Snapshot) bool { return s.Run.State == training.StateFailed })
		got, err := w.Manager.Get(bg, run.ID)
		ok(t, err)
		if f := got.Failure; f.Code != c.code || !strings.Contains(f.Message, c.words) || f.Advice != c.next {
			t.Errorf("%s: %+v", c.words, f)
		}
	}
}

func TestARunThatIsQueuedWhileItsStartIsCheckedComesToItsTurn(t *testing.T) {
	w := trainingtest.NewWorld(t)
	run := create(t, w, "")
	w.Manager.ServeQueue()
	var once sync.Once
	w.Engine.Refuses = func(string) (err error) {
		once.Do(func() { err = w.Manager.Enqueue(bg, run.ID) })
		return err
	}
	if err := w.Manager.Start(bg, run.ID); !training.IsKind(err, training.KindRefused) || !strings.Contains(err.Error(), "became queued") {
		t.Errorf("the start: %v", err)
	}
	if got := wait(t, w, run.ID); got.State != training.StateFinished || w.Engine.Count(run.ID) != 1 {
		t.Errorf("trained %d times: %+v", w.Engine.Count(run.ID), got)
	}
}

func TestALeftQueueStartsNothingMore(t *testing.T) {
	w := trainingtest.NewWorld(t)
	open := gated(w, 5)
	now, later := create(t, w, "now"), create(t, w, "later")
	for _, r := range []training.Run{now, later} {
		ok(t, w.Manager.Enqueue(bg, r.ID))
	}
	w.Manager.ServeQueue()
	until(t, w, now.ID, "step 4", func(s training.Snapshot) bool { return s.Run.Step == 4 })
	w.Manager.LeaveQueue()
	open()
	if got := wait(t, w, now.ID); got.State != training.StateFinished {
		t.Errorf("the run that trained: %+v", got)
	}
	if got, _ := w.Manager.Get(bg, later.ID); got.State != training.StateQueued || w.Engine.Count(later.ID) != 0 {
		t.Errorf("the next one: %+v", got)
	}
}
