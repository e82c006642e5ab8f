package trainingtest

import (
	"context"
	"errors"
	"reflect"
	"sync"
	"testing"
	"time"

	"github.com/modelfactory/modelfactory/datasets"
	"github.com/modelfactory/modelfactory/training"
)

// FullRun is a run with every field set, times to the millisecond, as stores
// keep them.
func FullRun(number int) training.Run {
	at := time.Date(2026, 11, 21, 9, 30, 15, 123_000_000, time.UTC)
	return training.Run{
		ID: training.NewRunID(), Number: number, Name: "Bike helper 3", State: training.StatePaused, Phase: training.PhaseTraining,
		Reason: "Paused by you. Saved: step 168.", Account: "0x7A3fD28B0b0cfE1b27d5A3d6A0dB5A0E5a6491Ce",
		Recipe: training.Recipe{
			Base:     "SmolLM2-135M-Instruct@0123456789ab",
			Data:     []training.Source{{Ref: datasets.Ref{Net: "bike", Version: 4}, WeightPPM: 700_000}, {Ref: datasets.Ref{Net: "polite", Version: 2}, WeightPPM: 300_000}},
			Settings: training.DefaultSettings(),
		},
		Created: at, Started: at.Add(time.Minute), Ended: at.Add(time.Hour), Step: 182, Steps: 400, TrainedTokens: 123_456_789_012,
		Seconds: 61.25, AdapterDigest: datasets.Digest("9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"), Queue: 2,
		Failure: &training.Failure{Code: training.FailMemory, Message: "Out of memory.", Advice: "Use shorter rows.", ExitCode: 1},
	}
}

// StoreSuite is the contract of training.Store. open gives a new, empty store
// for each call.
func StoreSuite(t *testing.T, open func() training.Store) {
	t.Helper()
	ctx := context.Background()
	t.Run("keeps every field", func(t *testing.T) {
		s, want := open(), FullRun(3)
		must(t, s.SaveRun(ctx, want))
		got, err := s.Run(ctx, want.ID)
		must(t, err)
		same(t, got, want)
	})
	t.Run("keeps an empty run", func(t *testing.T) {
		s, want := open(), training.Run{ID: training.NewRunID(), Number: 1, State: training.StateDraft, Created: time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC)}
		must(t, s.SaveRun(ctx, want))
		got, err := s.Run(ctx, want.ID)
		must(t, err)
		same(t, got, want)
		if !got.Started.IsZero() || !got.Ended.IsZero() || got.Failure != nil {
			t.Errorf("a run that never started came back with times or a failure: %+v", got)
		}
	})
	t.Run("the last save counts", func(t *testing.T) {
		s, run := open(), FullRun(1)
		must(t, s.SaveRun(ctx, run))
		run.State, run.Failure, run.Reason, run.Queue = training.StateFinished, nil, "", 0
		must(t, s.SaveRun(ctx, run))
		got, err := s.Run(ctx, run.ID)
		must(t, err)
		same(t, got, run)
		all, err := s.Runs(ctx)
		must(t, err)
		if len(all) != 1 {
			t.Errorf("%d runs after two saves of one", len(all))
		}
	})
	t.Run("lists by number", func(t *testing.T) {
		s := open()
		for _, n := range []int{12, 2, 7} {
			must(t, s.SaveRun(ctx, FullRun(n)))
		}
		all, err := s.Runs(ctx)
		must(t, err)
		var numbers []int
		for _, r := range all {
			numbers = append(numbers, r.Number)
		}
		if !reflect.DeepEqual(numbers, []int{2, 7, 12}) {
			t.Errorf("order %v", numbers)
		}
	})
	t.Run("unknown and deleted runs are not found", func(t *testing.T) {
		s, run := open(), FullRun(1)
		_, err := s.Run(ctx, run.ID)
		notFound(t, err)
		notFound(t, s.DeleteRun(ctx, run.ID))
		must(t, s.SaveRun(ctx, run))
		must(t, s.DeleteRun(ctx, run.ID))
		_, err = s.Run(ctx, run.ID)
		notFound(t, err)
		all, err := s.Runs(ctx)
		must(t, err)
		if len(all) != 0 {
			t.Errorf("%d runs after the only one was deleted", len(all))
		}
	})
	t.Run("an ended context changes nothing", func(t *testing.T) {
		s, run := open(), FullRun(1)
		ended, cancel := context.WithCancel(ctx)
		cancel()
		if err := s.SaveRun(ended, run); !errors.Is(err, context.Canceled) {
			t.Errorf("save with an ended context: %v", err)
		}
		_, err := s.Run(ctx, run.ID)
		notFound(t, err)
	})
	t.Run("many at once", func(t *testing.T) {
		s := open()
		var wg sync.WaitGroup
		for n := 1; n <= 16; n++ {
			wg.Go(func() {
				if err := s.SaveRun(ctx, FullRun(n)); err != nil {
					t.Error(err)
				}
				if _, err := s.Runs(ctx); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		all, err := s.Runs(ctx)
		must(t, err)
		if len(all) != 16 {
			t.Errorf("%d of 16 runs", len(all))
		}
	})
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func notFound(t *testing.T, err error) {
	t.Helper()
	if !training.IsKind(err, training.KindNotFound) {
		t.Errorf("want an error of kind not_found, got %v", err)
	}
}

// same compares runs; times by instant, for stores differ in location.
func same(t *testing.T, got, want training.Run) {
	t.Helper()
	for _, p := range []struct {
		name string
		a, b *time.Time
	}{{"created", &got.Created, &want.Created}, {"started", &got.Started, &want.Started}, {"ended", &got.Ended, &want.Ended}} {
		if !p.a.Equal(*p.b) {
			t.Errorf("%s: got %v, want %v", p.name, *p.a, *p.b)
		}
		*p.a = *p.b
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}
