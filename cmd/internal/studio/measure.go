package studio

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/modelfactory/modelfactory/training"
	"github.com/modelfactory/modelfactory/training/local"
	"github.com/modelfactory/modelfactory/training/protocol"
)

// Needs are the measurements that were kept.
func (s *Studio) Needs() (training.Needs, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	kept, err := training.ReadNeeds(s.needsPath())
	return training.Needs{Trainer: s.Runtime.TrainerDigest(), Kept: kept}, err
}

func (s *Studio) needsPath() string { return filepath.Join(s.Home, "measured.json") }

// facts are what figures about the run of a recipe stand on.
type facts struct {
	base   training.Base
	runs   []training.Run
	needs  training.Needs
	report local.Report
	device local.Device // that the recipe means
}

// facts gathers them, and refuses what the recipe's device cannot do.
func (s *Studio) facts(ctx context.Context, r training.Recipe) (f facts, err error) {
	if f.base, err = s.Bases.Find(r.Base); err != nil {
		return f, err
	}
	if f.runs, err = s.Runs.Runs(ctx); err != nil {
		return f, err
	}
	if f.needs, err = s.Needs(); err != nil {
		return f, err
	}
	f.report = s.Runtime.Doctor(ctx)
	f.device = f.report.Device(r.Device)
	return f, r.OnDevice(f.device.Kind)
}

// measured is the newest measure of the recipe.
func (f facts) measured(r training.Recipe) training.Need {
	return f.needs.Of(f.base, r, f.device.Kind, f.device.Name, f.runs)
}

// Estimate is the memory a recipe needs on the device it means, by the best that is known of it: what was measured just
// now, earlier, by a run, or the formula.
func (s *Studio) Estimate(ctx context.Context, r training.Recipe, now ...training.Need) (training.Estimate, error) {
	f, err := s.facts(ctx, r)
	if err != nil {
		return training.Estimate{}, err
	}
	f.needs.Kept = append(f.needs.Kept, now...)
	room := training.Room{Free: f.device.Free, Measured: f.measured(r)}
	r.Settings.Device = f.device.Kind
	return training.EstimateMemory(f.base.Config, r.Settings, room), nil
}

// measuredMemory is the Expected of an Estimate that does not stand on the formula; else 0.
func (s *Studio) measuredMemory(ctx context.Context, r training.Recipe) int64 {
	if e, err := s.Estimate(ctx, r); err == nil && e.From != training.FromFormula {
		return e.Expected
	}
	return 0
}

// Measure takes a few steps of a recipe with a throw-away adapter and keeps what they needed; what is known from
// earlier steps or a run that did the same is not measured again, unless it is asked for. One that did not fit is told
// and not kept: other programs may leave more memory the next time.
func (s *Studio) Measure(ctx context.Context, r training.Recipe, again bool, progress func(phase string, done, total int64)) (training.Need, error) {
	check, err := s.checkJob(r)
	if err != nil {
		return training.Need{}, err
	}
	if err := s.MayTrain(ctx, s.AccountText(), r.Data); err != nil {
		return training.Need{}, err
	}
	f, err := s.facts(ctx, r)
	if err != nil {
		return training.Need{}, err
	}
	if known := f.measured(r); known.From() != "" && !again {
		return known, nil
	}
	for _, run := range f.runs {
		if run.State == training.StateRunning {
			return training.Need{}, &Error{Kind: "refused", Message: fmt.Sprintf("run %d is training; what is measured beside it would be wrong", run.Number), Next: "Measure when it is over."}
		}
	}
	device, err := s.Runtime.Device(ctx, r.Device)
	if err != nil {
		return training.Need{}, err
	}
	res, err := s.Runtime.Measure(ctx, protocol.MeasureJob{
		BaseDir: check.BaseDir, BaseDigest: string(f.base.Digest), Sources: check.Sources, Recipe: check.Recipe, TokensDir: check.TokensDir, Threads: r.Threads, Device: device,
	}, func(e protocol.Event) {
		if p := e.Phase; p != nil {
			progress(p.Phase, p.Done, p.Total)
		}
	})
	if err != nil {
		return training.Need{}, err
	}
	n := training.Need{Key: f.needs.Key(f.base, r, f.device.Kind, f.device.Name), At: s.now(), Memory: res.MemoryBytes, Pace: res.Pace}
	if !res.Fits {
		return n, nil
	}
	if res.TokenBudget < res.PlannedBudget {
		n.Tokens = res.TokenBudget
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return n, training.KeepNeed(s.needsPath(), n)
}

// EstimateDuration is how long the run of a recipe takes, by the best that is known of it. Its data is counted for that.
func (s *Studio) EstimateDuration(ctx context.Context, r training.Recipe) (training.Duration, error) {
	counted, err := s.CheckData(ctx, r, 0, 0)
	if err != nil {
		return training.Duration{}, err
	}
	f, err := s.facts(ctx, r)
	if err != nil {
		return training.Duration{}, err
	}
	speed := training.Speed{Measured: f.measured(r), Runs: f.runs, Base: f.base.Config, GFLOPS: f.report.GFLOPS(f.device)}
	return training.EstimateDuration(r, counted, speed), nil
}
