package studio

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/modelfactory/modelfactory/training"
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

// Measure takes a few steps of a recipe with a throw-away adapter and keeps what they needed; what is known from
// earlier steps or a run that did the same is not measured again, unless it is asked for. One that did not fit is told
// and not kept: other programs may leave more memory the next time.
func (s *Studio) Measure(ctx context.Context, r training.Recipe, again bool, progress func(phase string, done, total int64)) (training.Need, error) {
	b, err := s.Bases.Find(r.Base)
	if err != nil {
		return training.Need{}, err
	}
	check, err := s.checkJob(r)
	if err != nil {
		return training.Need{}, err
	}
	if err := s.MayTrain(ctx, s.AccountText(), r.Data); err != nil {
		return training.Need{}, err
	}
	runs, err := s.Runs.Runs(ctx)
	if err != nil {
		return training.Need{}, err
	}
	d := s.Runtime.Doctor(ctx).Device(r.Device)
	if err := r.OnDevice(d.Kind); err != nil {
		return training.Need{}, err
	}
	needs, err := s.Needs()
	if err != nil {
		return training.Need{}, err
	}
	if known := needs.Of(b, r, d.Kind, d.Name, runs); known.From() != "" && !again {
		return known, nil
	}
	for _, run := range runs {
		if run.State == training.StateRunning {
			return training.Need{}, &Error{Kind: "refused", Message: fmt.Sprintf("run %d is training; what is measured beside it would be wrong", run.Number), Next: "Measure when it is over."}
		}
	}
	device, err := s.Runtime.Device(ctx, r.Device)
	if err != nil {
		return training.Need{}, err
	}
	res, err := s.Runtime.Measure(ctx, protocol.MeasureJob{
		BaseDir: b.Dir, BaseDigest: string(b.Digest), Sources: check.Sources, Recipe: check.Recipe, TokensDir: check.TokensDir, Threads: r.Threads, Device: device,
	}, func(e protocol.Event) {
		if p := e.Phase; p != nil {
			progress(p.Phase, p.Done, p.Total)
		}
	})
	if err != nil {
		return training.Need{}, err
	}
	n := training.Need{Key: needs.Key(b, r, d.Kind, d.Name), At: s.now(), Memory: res.MemoryBytes, Pace: res.Pace}
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
	b, err := s.Bases.Find(r.Base)
	if err != nil {
		return training.Duration{}, err
	}
	counted, err := s.CheckData(ctx, r, 0, 0)
	if err != nil {
		return training.Duration{}, err
	}
	runs, err := s.Runs.Runs(ctx)
	if err != nil {
		return training.Duration{}, err
	}
	needs, err := s.Needs()
	if err != nil {
		return training.Duration{}, err
	}
	report := s.Runtime.Doctor(ctx)
	d := report.Device(r.Device)
	speed := training.Speed{Measured: needs.Of(b, r, d.Kind, d.Name, runs), Runs: runs, Base: b.Config}
	if p := report.Install.Probe; p != nil && p.Device == "cpu" && d.Kind == "cpu" {
		speed.GFLOPS = p.GFLOPS
	}
	return training.EstimateDuration(r, counted, speed), nil
}
