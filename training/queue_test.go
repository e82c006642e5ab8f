package training_test

import (
	"context"
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
