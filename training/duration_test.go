package training_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/modelfactory/modelfactory/datasets"
	"github.com/modelfactory/modelfactory/training"
	"github.com/modelfactory/modelfactory/training/protocol"
)

// A run of 4 passes over 100 rows of 50 tokens, 30 of them trained, in steps of
// 10 rows, with 20 rows held out.
func counted() (training.Recipe, protocol.CheckResult) {
	r := training.Recipe{Base: "b@1", Settings: training.DefaultSettings()}
	r.Passes, r.BatchSize, r.Accumulation, r.EvalEvery, r.Device = 4, 5, 2, 16, "cpu"
	return r, protocol.CheckResult{
		Steps: 40, RowsPerPass: 100, TokensPerPass: 5000, TrainedTokensPerPass: 3000,
		Sources: []protocol.CheckSource{{TrainRows: 100, EvalRows: 20, Tokens: 6000, TrainedTokens: 3600}},
	}
}

func TestDurationIsByTheBestThatIsKnown(t *testing.T) {
	r, c := counted()
	steps := training.Need{Key: "k", Memory: 1, Pace: protocol.Pace{LoadSeconds: 5, TokenSeconds: 0.01, LookTokenSeconds: 0.004, AnswerSeconds: 2}}
	// 200 s of steps; three looks of 4 s and four samples; a report that would take longer than a tenth of the steps.
	const whole = 5 + 200 + 3*4 + 4*2 + 20
	half := r
	half.MaxSteps = 20
	short := c
	short.Steps = 20
	earlier := []training.Run{
		{Number: 3, Step: 9, Seconds: 50, TrainedTokens: 3000, Recipe: r},
		{Number: 4, Step: 9, Seconds: 50, TrainedTokens: 1000, Recipe: training.Recipe{Base: "other@1", Settings: r.Settings}},
	}
	small := training.ModelConfig{HiddenSize: 64, IntermediateSize: 64, Layers: 1, Heads: 1, KVHeads: 1, HeadDim: 64, VocabSize: 1000, Tied: true}
	formula := 20_000 * 4 * float64(small.Weights()) / 2e9
	for name, test := range map[string]struct {
		recipe training.Recipe
		check  protocol.CheckResult
		speed  training.Speed
		want   float64
		from   string
		run    int
	}{
		"steps":              {r, c, training.Speed{Measured: steps, Runs: earlier, GFLOPS: 2, Base: small}, whole, training.FromSteps, 0},
		"half of the steps":  {half, short, training.Speed{Measured: steps}, 5 + 100 + 2*4 + 3*2 + 10, training.FromSteps, 0},
		"a run that did it":  {r, c, training.Speed{Measured: training.Need{Run: 7, Memory: 1, Rate: 120}, Runs: earlier}, 100, training.FromRun, 7},
		"with its steps too": {r, c, training.Speed{Measured: training.Need{Run: 7, Memory: 1, Rate: 120, Pace: steps.Pace}}, whole, training.FromSteps, 0},
		"a run of the base":  {r, c, training.Speed{Runs: earlier, GFLOPS: 2, Base: small}, 200, training.FromRun, 3},
		"the formula":        {r, c, training.Speed{Runs: earlier[1:], GFLOPS: 2, Base: small}, 1.5 * formula, training.FromFormula, 0},
		"nothing":            {r, c, training.Speed{Runs: earlier[1:]}, 0, "", 0},
		"no rows":            {r, protocol.CheckResult{}, training.Speed{Measured: steps}, 0, "", 0},
	} {
		got := training.EstimateDuration(test.recipe, test.check, test.speed)
		if got.From != test.from || got.Run != test.run || got.Expected < 0.999*test.want || got.Expected > 1.001*test.want {
			t.Errorf("%s: %+v, want %.1f s from %q", name, got, test.want, test.from)
		}
		if got.Expected > 0 && !(got.Low < got.Expected && got.Expected < got.High) {
			t.Errorf("%s: no range around it: %+v", name, got)
		}
	}
}

func TestMeasurementsAreKeptByWhatDecidesThem(t *testing.T) {
	path := filepath.Join(t.TempDir(), "measured.json")
	base := training.Base{Name: "b", Revision: "1", Digest: "aa"}
	r, _ := counted()
	r.Data = []training.Source{{Ref: datasets.Ref{Net: "facts", Version: 1}, WeightPPM: 1_000_000}}
	key := training.Needs{Trainer: "t1"}.Key(base, r, "cpu", "Xeon")
	at := time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)
	ok(t, training.KeepNeed(path, training.Need{Key: key, At: at, Memory: 5}))
	ok(t, training.KeepNeed(path, training.Need{Key: "another", At: at, Memory: 6}))
	ok(t, training.KeepNeed(path, training.Need{Key: key, At: at.Add(time.Minute), Memory: 7}))
	kept, err := training.ReadNeeds(path)
	ok(t, err)
	if len(kept) != 2 {
		t.Errorf("kept %+v", kept)
	}
	find := func(trainer string, base training.Base, device, name string, runs []training.Run, change func(*training.Recipe)) training.Need {
		r := r
		if change != nil {
			change(&r)
		}
		return training.Needs{Trainer: trainer, Kept: kept}.Of(base, r, device, name, runs)
	}
	same := func(r *training.Recipe) { r.LearningRate, r.Passes, r.Seed, r.EvalEvery, r.MaxSteps = 1e-5, 9, 8, 3, 4 }
	if n := find("t1", base, "cpu", "Xeon", nil, same); n.Memory != 7 || n.From() != training.FromSteps {
		t.Errorf("the same steps: %+v", n)
	}
	other := base
	other.Digest = "bb"
	for name, n := range map[string]training.Need{
		"trainer": find("t2", base, "cpu", "Xeon", nil, nil),
		"base":    find("t1", other, "cpu", "Xeon", nil, nil),
		"device":  find("t1", base, "cuda", "Xeon", nil, nil),
		"machine": find("t1", base, "cpu", "Ryzen", nil, nil),
		"rank":    find("t1", base, "cpu", "Xeon", nil, func(r *training.Recipe) { r.Rank++ }),
		"budget":  find("t1", base, "cpu", "Xeon", nil, func(r *training.Recipe) { r.TokenBudget = 512 }),
		"threads": find("t1", base, "cpu", "Xeon", nil, func(r *training.Recipe) { r.Threads = 1 }),
	} {
		if n != (training.Need{}) {
			t.Errorf("measured by another %s: %+v", name, n)
		}
	}
	// A later run that did the same knows better, an earlier one does not.
	run := training.Run{Number: 3, Step: 9, Seconds: 50, TrainedTokens: 3000, Memory: 8, Device: "cpu", Recipe: r, Ended: at.Add(time.Hour)}
	if n := find("t1", base, "cpu", "Xeon", []training.Run{run}, nil); n.Memory != 8 || n.Run != 3 || n.Rate != 60 {
		t.Errorf("after a run: %+v", n)
	}
	run.Ended = at
	if n := find("t1", base, "cpu", "Xeon", []training.Run{run}, nil); n.Memory != 7 {
		t.Errorf("measured after a run: %+v", n)
	}
	// A damaged file holds nothing and is no fault.
	ok(t, os.WriteFile(path, []byte("[{"), 0o600))
	if kept, err := training.ReadNeeds(path); len(kept) != 0 || err != nil {
		t.Errorf("a damaged file: %+v, %v", kept, err)
	}
	ok(t, training.KeepNeed(path, training.Need{Key: key, Memory: 9}))
}

func TestStepsThatDidNotFitAreABaseThatIsTooBig(t *testing.T) {
	cfg := catalogued(t, "SmolLM2-135M-Instruct").Config
	s := training.DefaultSettings()
	s.Device = "cpu"
	room := training.Room{Free: 60_000_000_000}
	if e := training.EstimateMemory(cfg, s, room); e.Fits != training.FitsWell || e.From != training.FromFormula {
		t.Errorf("before: %+v", e)
	}
	room.Measured = training.Need{Key: "k"}
	if e := training.EstimateMemory(cfg, s, room); e.Fits != training.FitsTooBig || e.Change == "" || e.From != training.FromFormula {
		t.Errorf("after they did not fit: %+v", e)
	}
	room.Measured.Memory = 1_600_000_000
	if e := training.EstimateMemory(cfg, s, room); e.Fits != training.FitsWell || e.From != training.FromSteps || e.Expected != 1_600_000_000 {
		t.Errorf("after they fitted: %+v", e)
	}
}
