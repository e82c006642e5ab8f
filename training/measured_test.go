package training_test

import (
	"testing"

	"github.com/modelfactory/modelfactory/training"
	"github.com/modelfactory/modelfactory/training/trainingtest"
)

func TestAFinishedRunIsAMeasureForTheNext(t *testing.T) {
	w := trainingtest.NewWorld(t)
	run := create(t, w, "first")
	ok(t, w.Manager.Start(bg, run.ID))
	run = wait(t, w, run.ID)
	if run.Memory <= 0 || run.Device != "cpu" {
		t.Fatalf("the run keeps neither its peak nor its device: %+v", run)
	}
	runs, err := w.Manager.Runs(bg)
	ok(t, err)

	var needs training.Needs
	same := run.Recipe
	same.LearningRate, same.Passes, same.Seed, same.EvalEvery, same.Keep = 5e-5, 9, 77, 3, "best"
	if got := needs.Of(training.Base{}, same, "cpu", "", runs); got.Run != run.Number || got.Memory != run.Memory {
		t.Errorf("the same in memory: %+v", got)
	}
	for name, change := range map[string]func(*training.Recipe){
		"base": func(r *training.Recipe) { r.Base = "other@1" },
		"data": func(r *training.Recipe) {
			r.Data = []training.Source{{Ref: r.Data[0].Ref, WeightPPM: 1}}
			r.Data[0].Ref.Version++
		},
		"rank":      func(r *training.Recipe) { r.Rank++ },
		"rows":      func(r *training.Recipe) { r.Accumulation *= 2 },
		"recompute": func(r *training.Recipe) { r.Recompute = "on" },
	} {
		other := run.Recipe
		change(&other)
		if got := needs.Of(training.Base{}, other, "cpu", "", runs); got != (training.Need{}) {
			t.Errorf("another %s is measured by run %d", name, got.Run)
		}
	}
	if needs.Of(training.Base{}, same, "cuda", "", runs).Run != 0 {
		t.Error("a run on the processor measures nothing of a card")
	}

	// The newest one counts.
	newer := run
	newer.Number, newer.Memory = run.Number+1, 3_000_000_000
	measured := needs.Of(training.Base{}, same, "cpu", "", append(runs, newer))
	cfg := catalogued(t, "SmolLM2-135M-Instruct").Config
	s := run.Recipe.Settings
	s.Device = "cpu"
	e := training.EstimateMemory(cfg, s, training.Room{Measured: measured, Free: 3_000_000_000 - 1})
	if e.Expected != newer.Memory || e.Run != newer.Number || !(e.Low < e.Expected && e.Expected < e.High) || e.Fits != training.FitsTooBig {
		t.Errorf("estimate after a measured run: %+v", e)
	}
	if e := training.EstimateMemory(cfg, s, training.Room{}); e.Run != 0 {
		t.Errorf("nothing was measured: %+v", e)
	}
}
