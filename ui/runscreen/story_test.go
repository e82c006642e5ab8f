package runscreen

import (
	"context"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"time"

	"github.com/modelfactory/modelfactory/datasets"
	"github.com/modelfactory/modelfactory/training"
)

// studio is Services in memory: states change as the real manager changes them.
type studio struct {
	snaps   map[training.RunID]training.Snapshot
	err     error    // the next act's error
	calls   []string // what was asked for
	asked   []int    // since, of each snapshot
	created []training.RunSpec
	reports map[training.RunID]*training.Report
	judged  []training.Judgement
	rows    map[datasets.Digest]datasets.Row
}

func newStudio(snaps ...training.Snapshot) *studio {
	s := &studio{snaps: map[training.RunID]training.Snapshot{}}
	for _, snap := range snaps {
		s.snaps[snap.Run.ID] = snap
	}
	return s
}

func (s *studio) call(name string, id training.RunID, change func(*training.Run)) error {
	s.calls = append(s.calls, name+" "+string(id))
	if s.err != nil {
		return s.err
	}
	snap, ok := s.snaps[id]
	if !ok {
		return training.RunNotFound(string(id))
	}
	if change != nil {
		change(&snap.Run)
	}
	s.snaps[id] = snap
	return nil
}

func (s *studio) Runs(context.Context) ([]training.Run, error) {
	if s.err != nil {
		return nil, s.err
	}
	var out []training.Run
	for _, snap := range s.snaps {
		out = append(out, snap.Run)
	}
	slices.SortFunc(out, func(a, b training.Run) int { return b.Number - a.Number })
	return out, nil
}

func (s *studio) Get(_ context.Context, id training.RunID) (training.Run, error) {
	return s.snaps[id].Run, nil
}

func (s *studio) Snapshot(_ context.Context, id training.RunID, since int) (training.Snapshot, error) {
	s.asked = append(s.asked, since)
	snap, ok := s.snaps[id]
	if !ok {
		return training.Snapshot{}, training.RunNotFound(string(id))
	}
	snap.Points = slices.DeleteFunc(slices.Clone(snap.Points), func(p training.Point) bool { return p.Step <= since })
	return snap, nil
}

func (s *studio) Create(_ context.Context, spec training.RunSpec) (training.Run, error) {
	s.created = append(s.created, spec)
	run := training.Run{ID: training.RunID(fmt.Sprintf("new-%d", len(s.created))), Number: 90 + len(s.created), Name: spec.Name, Recipe: spec.Recipe, State: training.StateDraft}
	s.snaps[run.ID] = training.Snapshot{Run: run, Responding: true}
	return run, s.err
}

func (s *studio) Start(_ context.Context, id training.RunID) error {
	return s.call("start", id, func(r *training.Run) { r.State = training.StateRunning })
}

func (s *studio) Pause(_ context.Context, id training.RunID) error {
	return s.call("pause", id, nil) // the trainer saves first; the state changes later
}

func (s *studio) Resume(_ context.Context, id training.RunID) error {
	return s.call("resume", id, func(r *training.Run) { r.State = training.StateRunning })
}

func (s *studio) Stop(_ context.Context, id training.RunID, save bool) error {
	return s.call(fmt.Sprint("stop ", save), id, nil)
}

func (s *studio) Enqueue(_ context.Context, id training.RunID) error { return s.call("queue", id, nil) }

func (s *studio) Move(_ context.Context, id training.RunID, to int) error {
	return s.call(fmt.Sprint("move ", to), id, nil)
}

func (s *studio) Delete(_ context.Context, id training.RunID) error {
	err := s.call("delete", id, nil)
	if err == nil {
		delete(s.snaps, id)
	}
	return err
}

func (s *studio) Restore(_ context.Context, id training.RunID) error {
	s.calls = append(s.calls, "restore "+string(id))
	return s.err
}

func (s *studio) Measured(_ context.Context, id training.RunID) (training.Measured, error) {
	snap, ok := s.snaps[id]
	if !ok {
		return training.Measured{}, training.RunNotFound(string(id))
	}
	return training.Measured{Run: snap.Run, Points: snap.Points, Report: s.reports[id], Judgements: s.judged}, nil
}

func (s *studio) Judge(_ context.Context, id training.RunID, a training.ReportAnswer, v training.Verdict) error {
	s.calls = append(s.calls, fmt.Sprintf("judge %s %.4s %s", id, a.RowID, v))
	if s.err == nil {
		s.judged = append(s.judged, training.Judgement{Net: a.Net, RowID: a.RowID, Answers: a.Digest(), Verdict: v})
	}
	return s.err
}

func (s *studio) Rows(_ context.Context, _ training.Run, ids []datasets.Digest) (map[datasets.Digest]datasets.Row, error) {
	out := map[datasets.Digest]datasets.Row{}
	for _, id := range ids {
		if row, ok := s.rows[id]; ok {
			out[id] = row
		}
	}
	return out, nil
}

func (s *studio) Dir(id training.RunID) string { return filepath.Join("runs", string(id)) }
func (s *studio) Watch(training.RunID) (<-chan struct{}, func()) {
	return make(chan struct{}), func() {}
}
func (s *studio) WatchAll() (<-chan struct{}, func()) { return make(chan struct{}), func() {} }
func (s *studio) Versions(context.Context) []string {
	return []string{"ModelFactory 0.1.0", "trainer 1, torch 2.9.1", "device: processor, 2 cores"}
}

var errDisk = errors.New("no space left on device")

// clock stands at the moment of the story.
var clock = func() time.Time { return time.Date(2026, 11, 21, 10, 20, 43, 0, time.UTC) }

func recipe() training.Recipe {
	s := training.DefaultSettings()
	s.CheckpointEvery, s.EvalEvery, s.MaxLength, s.LearningRate, s.Passes, s.BatchSize, s.Accumulation = 24, 24, 1024, 2e-4, 3, 4, 1
	return training.Recipe{Base: "SmolLM2-135M-Instruct@1", Settings: s, Data: []training.Source{
		{Ref: datasets.Ref{Net: "bicycle-workshop", Version: 4}, WeightPPM: 700_000},
		{Ref: datasets.Ref{Net: "polite-support", Version: 2}, WeightPPM: 200_000},
		{Ref: datasets.Ref{Net: "shop-emails-2025", Version: 1}, WeightPPM: 100_000},
	}}
}

// run14 is the story's run at a step of 264.
func run14(step int) training.Snapshot {
	s := training.Snapshot{
		Run: training.Run{
			ID: "r14", Number: 14, Name: "Bike helper 3", State: training.StateRunning, Phase: training.PhaseTraining, Recipe: recipe(),
			Created: clock().Add(-7 * time.Minute), Started: clock().Add(-7 * time.Minute), Step: step, Steps: 264, TrainedTokens: int64(step) * 4440, Seconds: float64(step) * 2.04,
		},
		MemoryForecast: 3_800_000_000, Memory: 3_820_000_000, Speed: 3890, Left: 167 * time.Second, Responding: true,
		PhaseTimes: map[training.Phase]time.Duration{training.PhasePreparing: 2 * time.Second, training.PhaseLoading: 9 * time.Second, training.PhaseTokenising: 4 * time.Second, training.PhaseTraining: 371 * time.Second},
		LogTail:    []string{"loading SmolLM2-135M-Instruct", "reading 3 sources"},
		Samples: []training.Sample{
			{Step: 0, Prompt: "My brakes squeal in the rain. What do I do?", Answer: "There could be many reasons. You should take it to a shop and ask."},
			{Step: 168, Prompt: "My brakes squeal in the rain. What do I do?", Answer: "Clean the rim and pads with alcohol, then toe the pads in by about 1 mm."},
		},
	}
	eval := func(i int) *float64 { v := 1.5 + 1.14*math.Exp(-float64(i)/30); return &v }
	s.Points = append(s.Points, training.Point{Step: 0, Loss: math.NaN(), GradNorm: math.NaN(), Eval: eval(0)})
	for i := 1; i <= step; i++ {
		x := float64(i)
		p := training.Point{
			Step: i, Pass: x / 88, Loss: 1.36 + 1.55*math.Exp(-x/32) + 0.09*math.Sin(x*7.3)*math.Cos(x*3.1), LR: 2e-4 * math.Cos(x/264*1.5), GradNorm: 0.6 + 0.05*math.Sin(x),
			TokensPerSecond: 3890, Seconds: x * 2.04, Tokens: int64(i) * 7946, TrainedTokens: int64(i) * 4440, Memory: 3_820_000_000,
		}
		if i < 5 {
			p.Memory = 2_100_000_000
		}
		if i%24 == 0 {
			p.Eval = eval(i)
		}
		s.Points = append(s.Points, p)
	}
	for _, i := range []int{24, 48, 72, 96, 120, 144, 168} {
		if i <= step {
			s.Checkpoints = append(s.Checkpoints, training.Checkpoint{Step: i, Time: clock().Add(-time.Duration(step-i) * 2 * time.Second), Kept: i >= 144})
			if i >= 144 {
				s.LastCheckpoint = i
			}
		}
	}
	return s
}

// with changes a snapshot's run.
func with(s training.Snapshot, change func(*training.Run)) training.Snapshot {
	change(&s.Run)
	return s
}

// run13 failed for want of memory at step 3.
func run13() training.Snapshot {
	s := run14(3)
	s.Run.ID, s.Run.Number, s.Run.Name = "r13", 13, "Bike helper 4B"
	s.Run.State = training.StateFailed
	s.Run.Started, s.Run.Ended = clock().Add(-16*time.Hour), clock().Add(-16*time.Hour+53*time.Second)
	s.Run.Failure = &training.Failure{
		Code: training.FailMemory, ExitCode: 1, Message: "torch.OutOfMemoryError: tried to allocate 296 MiB; 212 MiB are free of 8.00 GiB, 2.93 GiB are used by other programs",
		Advice: "Start again with fewer tokens at once, layers run twice, shorter rows or a smaller base.",
	}
	s.Samples = nil
	s.LogTail = []string{
		"step 2  loss 2.611", "memory 4.71 GB reserved, 0.21 GB free on the card", "Traceback (most recent call last):",
		`  File "/home/someone/ModelFactory/trainer/train.py", line 214, in step`,
		"torch.OutOfMemoryError: tried to allocate 296 MiB", "process ended with exit code 1",
	}
	return s
}
