//go:build unix

package local_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/modelfactory/modelfactory/datasets"
	"github.com/modelfactory/modelfactory/training"
	"github.com/modelfactory/modelfactory/training/local"
	"github.com/modelfactory/modelfactory/training/protocol"
	"github.com/modelfactory/modelfactory/training/trainer"
)

// These tests run the real trainer on a tiny random model.

// runtimeDir finds the trainer's environment, or skips aloud.
func runtimeDir(t *testing.T) string {
	t.Helper()
	dir := os.Getenv("MODELFACTORY_RUNTIME")
	if dir == "" {
		dir = filepath.Join("..", "..", ".runtime")
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "python", "bin", "python")); err != nil {
		t.Skipf("NOT TESTED: the trainer is not installed in %s; run make setup", dir)
	}
	return dir
}

var tiny struct {
	sync.Once
	dir string
	err error
}

// tinyBase makes the tiny random base once for all tests and returns its shelf.
func tinyBase(t *testing.T) string {
	t.Helper()
	runtime := runtimeDir(t)
	tiny.Do(func() {
		if tiny.dir, tiny.err = os.MkdirTemp("", "tiny-base-*"); tiny.err != nil {
			return
		}
		src := filepath.Join(tiny.dir, ".src")
		if tiny.err = os.CopyFS(src, trainer.FS); tiny.err != nil {
			return
		}
		cmd := exec.Command(filepath.Join(runtime, "python", "bin", "python"), "-P", "-m", "modelfactory_trainer.tiny", filepath.Join(tiny.dir, "tiny"))
		cmd.Env = append(os.Environ(), "PYTHONPATH="+src, "PYTHONPYCACHEPREFIX="+filepath.Join(runtime, "cache", "pyc"))
		if out, err := cmd.CombinedOutput(); err != nil {
			tiny.err = fmt.Errorf("%w: %s", err, out)
		}
	})
	if tiny.err != nil {
		t.Fatal("the tiny base cannot be made: ", tiny.err)
	}
	return tiny.dir
}

// fileStore keeps runs in files, so that they outlive a killed program.
type fileStore struct{ dir string }

func (s fileStore) SaveRun(_ context.Context, run training.Run) error {
	raw, err := json.Marshal(run)
	if err != nil {
		return err
	}
	tmp := filepath.Join(s.dir, "."+string(run.ID))
	if err := os.WriteFile(tmp, raw, 0o644); err != nil {
		return err
	}
	return os.Rename(tmp, filepath.Join(s.dir, string(run.ID)))
}

func (s fileStore) Run(_ context.Context, id training.RunID) (training.Run, error) {
	var run training.Run
	raw, err := os.ReadFile(filepath.Join(s.dir, string(id)))
	if errors.Is(err, fs.ErrNotExist) {
		return run, training.RunNotFound(string(id))
	}
	if err != nil {
		return run, err
	}
	return run, json.Unmarshal(raw, &run)
}

func (s fileStore) Runs(ctx context.Context) ([]training.Run, error) {
	entries, err := os.ReadDir(s.dir)
	if err != nil {
		return nil, err
	}
	var out []training.Run
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), ".") {
			run, err := s.Run(ctx, training.RunID(e.Name()))
			if err != nil {
				return nil, err
			}
			out = append(out, run)
		}
	}
	slices.SortFunc(out, func(a, b training.Run) int { return a.Number - b.Number })
	return out, nil
}

func (s fileStore) DeleteRun(_ context.Context, id training.RunID) error {
	return os.Remove(filepath.Join(s.dir, string(id)))
}

// studio is a data folder with a manager over the real engine.
type studio struct {
	dir     string
	manager *training.Manager
	runtime *local.Runtime
	engine  *local.Engine
	library *datasets.Library
	bases   *training.BaseShelf
}

func openStudio(t *testing.T, dir, runtime, bases string) *studio {
	t.Helper()
	for _, d := range []string{"store", "runs"} {
		if err := os.MkdirAll(filepath.Join(dir, d), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	lib, err := datasets.OpenLibrary(filepath.Join(dir, "datanets"))
	if err != nil {
		t.Fatal(err)
	}
	s := &studio{dir: dir, library: lib, bases: training.NewBaseShelf(bases), runtime: local.NewRuntime(runtime, trainer.FS)}
	s.engine = local.NewEngine(s.runtime, filepath.Join(dir, "runs"), filepath.Join(dir, "tokens"))
	s.manager = training.NewManager(training.ManagerConfig{
		Dir: filepath.Join(dir, "runs"), Store: fileStore{filepath.Join(dir, "store")}, Engine: s.engine, Library: lib, Bases: s.bases,
	})
	return s
}

// newStudio has a dataset with facts and the tiny base.
func newStudio(t *testing.T) *studio {
	t.Helper()
	s := openStudio(t, t.TempDir(), runtimeDir(t), tinyBase(t))
	s.add(t, "facts", 48)
	return s
}

func (s *studio) add(t *testing.T, name string, rows int) {
	t.Helper()
	var b strings.Builder
	for i := range rows {
		fmt.Fprintf(&b, `{"messages":[{"role":"user","content":"On which port is gate %d of the harbour open?"},{"role":"assistant","content":"Gate %d is open on port %d."}]}`+"\n", i, i, 7000+37*i)
	}
	path := filepath.Join(s.dir, name+".jsonl")
	if err := os.WriteFile(path, []byte(b.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := s.library.Import(context.Background(), path, datasets.ImportOptions{Name: name}); err != nil {
		t.Fatal(err)
	}
}

// checkpointEvery is the checkpoint interval of these runs, in steps.
const checkpointEvery = 5

func (s *studio) create(t *testing.T, change func(*training.Recipe)) training.Run {
	t.Helper()
	r := training.Recipe{Base: "tiny-random-llama", Data: []training.Source{{Ref: datasets.Ref{Net: "facts"}, WeightPPM: 1_000_000}}, Settings: training.DefaultSettings()}
	r.Passes, r.BatchSize, r.Rank, r.Alpha, r.EvalEvery, r.EvalPPM, r.CheckpointEvery, r.Device, r.Threads = 5, 4, 4, 8, 25, 100_000, checkpointEvery, "cpu", 1
	if change != nil {
		change(&r)
	}
	run, err := s.manager.Create(context.Background(), training.RunSpec{Recipe: r})
	if err != nil {
		t.Fatal(err)
	}
	return run
}

func (s *studio) wait(t *testing.T, id training.RunID) training.Run {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	defer cancel()
	run, err := s.manager.Wait(ctx, id)
	if err != nil {
		log, _ := os.ReadFile(filepath.Join(s.manager.Dir(id), "trainer.log"))
		t.Fatalf("%v; the run is %+v\n%s", err, run, log)
	}
	return run
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

var undisturbed struct {
	sync.Once
	run training.Run
}

// whole is a run with these settings that nobody disturbed, trained once for
// all tests: the same recipe and rows give the same adapter in every folder.
func (s *studio) whole(t *testing.T) training.Run {
	t.Helper()
	undisturbed.Do(func() {
		run := s.create(t, nil)
		must(t, s.manager.Start(context.Background(), run.ID))
		undisturbed.run = s.wait(t, run.ID)
		snap, err := s.manager.Snapshot(context.Background(), run.ID, 0)
		must(t, err)
		run = undisturbed.run
		if len(snap.Points) < run.Steps || snap.Memory == 0 || snap.LastCheckpoint != run.Steps || snap.PhaseTimes[training.PhaseTraining] == 0 {
			t.Errorf("snapshot: %d points, memory %d, checkpoint %d, times %v", len(snap.Points), snap.Memory, snap.LastCheckpoint, snap.PhaseTimes)
		}
	})
	run := undisturbed.run
	if run.State != training.StateFinished || run.Step != run.Steps || run.TrainedTokens == 0 || run.AdapterDigest == "" {
		t.Fatalf("undisturbed run: %+v, %+v", run, run.Failure)
	}
	return run
}

// steps reads the step numbers of a run's record in the order they were written.
func steps(t *testing.T, dir string) []int {
	t.Helper()
	f, err := os.Open(filepath.Join(dir, "events.jsonl"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	must(t, err)
	defer f.Close()
	var out []int
	for r := protocol.NewReader(f); ; {
		e, err := r.Next()
		if errors.Is(err, protocol.ErrLine) {
			continue
		}
		if err != nil {
			return out
		}
		if e.Step != nil {
			out = append(out, e.Step.Step)
		}
	}
}

// untilStep waits until a run has written a step.
func untilStep(t *testing.T, dir string, step int) {
	t.Helper()
	limit := time.Now().Add(2 * time.Minute)
	for {
		if s := steps(t, dir); len(s) > 0 && s[len(s)-1] >= step {
			return
		}
		if time.Now().After(limit) {
			log, _ := os.ReadFile(filepath.Join(dir, "trainer.log"))
			t.Fatalf("step %d never came\n%s", step, log)
		}
		time.Sleep(2 * time.Millisecond)
	}
}

func TestARealRunPausesResumesAndEndsLikeAnUninterruptedOne(t *testing.T) {
	t.Parallel()
	s := newStudio(t)
	ctx := context.Background()
	whole := s.whole(t)
	part := s.create(t, nil)
	must(t, s.manager.Start(ctx, part.ID))
	untilStep(t, s.manager.Dir(part.ID), 7)
	must(t, s.manager.Pause(ctx, part.ID))
	part = s.wait(t, part.ID)
	if part.State != training.StatePaused || part.Step >= part.Steps || !strings.Contains(part.Reason, fmt.Sprintf("Saved: step %d.", part.Step)) {
		t.Fatalf("paused run: %+v, %+v", part, part.Failure)
	}
	if _, alive := s.engine.Holder(part.ID); alive {
		t.Error("a paused run is still held")
	}
	must(t, s.manager.Resume(ctx, part.ID))
	part = s.wait(t, part.ID)
	if part.State != training.StateFinished || part.AdapterDigest != whole.AdapterDigest {
		t.Errorf("after a pause: %s, adapter %s, want %s", part.State, part.AdapterDigest, whole.AdapterDigest)
	}
	if seq := steps(t, s.manager.Dir(part.ID)); !slices.IsSorted(seq) || len(seq) != part.Steps {
		t.Errorf("a pause repeats nothing: %v", seq)
	}

	stopped := s.create(t, nil)
	must(t, s.manager.Start(ctx, stopped.ID))
	untilStep(t, s.manager.Dir(stopped.ID), 7)
	must(t, s.manager.Stop(ctx, stopped.ID, true))
	stopped = s.wait(t, stopped.ID)
	if stopped.State != training.StateStopped || stopped.AdapterDigest == "" || stopped.AdapterDigest == whole.AdapterDigest {
		t.Errorf("stopped run: %+v, %+v", stopped, stopped.Failure)
	}
}

func TestARealTrainerRefuses(t *testing.T) {
	t.Parallel()
	s := newStudio(t)
	ctx := context.Background()
	for _, c := range []struct {
		name   string
		recipe func(*training.Recipe)
		damage func(run training.Run) error
		code   string
		says   string
	}{
		{"no trained token", func(r *training.Recipe) { r.MaxLength = 16 }, nil, training.FailData, "trained token"},
		{"a changed row", nil, func(training.Run) error {
			path := filepath.Join(s.library.Dir(datasets.Ref{Net: "facts", Version: 1}), "rows.jsonl")
			raw, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			return os.WriteFile(path, []byte(strings.Replace(string(raw), "port 7000", "port 7001", 1)), 0o644)
		}, training.FailData, "facts"},
	} {
		t.Run(c.name, func(t *testing.T) {
			run := s.create(t, c.recipe)
			if c.damage != nil {
				must(t, c.damage(run))
			}
			must(t, s.manager.Start(ctx, run.ID))
			got := s.wait(t, run.ID)
			if got.State != training.StateFailed || got.Failure.Code != c.code || !strings.Contains(got.Failure.Message, c.says) || got.Failure.Advice == "" || got.Step != 0 {
				t.Errorf("%s: %+v", got.State, got.Failure)
			}
		})
	}
}

func TestARealCheckAndChat(t *testing.T) {
	t.Parallel()
	s := newStudio(t)
	ctx := context.Background()
	base, err := s.bases.Find("tiny-random-llama")
	must(t, err)
	must(t, s.bases.Verify(ctx, base))
	run := s.create(t, func(r *training.Recipe) { r.Passes = 1 })
	recipe, err := run.Recipe.Canonical()
	must(t, err)
	_, v, err := s.library.Resolve(datasets.Ref{Net: "facts"})
	must(t, err)
	check, err := s.runtime.Check(ctx, protocol.CheckJob{
		BaseDir: base.Dir, Recipe: recipe, Preview: 2,
		Sources: []protocol.Source{{Net: "facts", Version: 1, Path: filepath.Join(s.library.Dir(datasets.Ref{Net: "facts", Version: 1}), "rows.jsonl"), RowsSHA256: string(v.RowsSHA256), Rows: v.Rows, WeightPPM: 1_000_000}},
	})
	must(t, err)
	if len(check.Sources) != 1 || check.Sources[0].Rows != 48 || check.Sources[0].TrainedTokens == 0 || len(check.Preview) != 2 || check.Steps == 0 {
		t.Errorf("check: %+v", check)
	}

	must(t, s.manager.Start(ctx, run.ID))
	if got := s.wait(t, run.ID); got.State != training.StateFinished {
		t.Fatalf("%+v, %+v", got, got.Failure)
	}
	chat, err := s.runtime.Chat(ctx, protocol.GenerateJob{BaseDir: base.Dir, AdapterDir: filepath.Join(s.manager.Dir(run.ID), "adapter"), Device: "cpu"})
	must(t, err)
	defer chat.Close()
	ask := protocol.Control{Messages: []protocol.Message{{Role: "user", Content: "On which port is gate 3 of the harbour open?"}}, MaxTokens: 12}
	var heard strings.Builder
	first, err := chat.Ask(ctx, ask, func(s string) { heard.WriteString(s) })
	must(t, err)
	second, err := chat.Ask(ctx, ask, nil)
	must(t, err)
	if first.Text != second.Text || first.Tokens == 0 || heard.String() != first.Text {
		t.Errorf("greedy answers differ or were not streamed: %q, %q, heard %q", first.Text, second.Text, heard.String())
	}
	ask.Which = "base"
	if _, err := chat.Ask(ctx, ask, nil); err != nil {
		t.Errorf("the base beside it: %v", err)
	}
	cut, cancel := context.WithCancel(ctx)
	ask.MaxTokens = 1500
	long, err := chat.Ask(cut, ask, func(string) { cancel() })
	if err != nil || long.Finish == protocol.FinishLength {
		t.Errorf("a cancelled answer: %+v, %v", long, err)
	}
	chat.Close()
	if _, err := chat.Ask(ctx, ask, nil); err == nil {
		t.Error("a closed chat answers")
	}
}

// What a few steps say about a run holds for the run: its memory, its time, and
// its tokens, which are made once.
func TestRealStepsTellWhatARealRunTakes(t *testing.T) {
	s := newStudio(t)
	ctx := context.Background()
	base, err := s.bases.Find("tiny-random-llama")
	must(t, err)
	run := s.create(t, func(r *training.Recipe) { r.Passes, r.Rank = 12, 16 })
	recipe, err := run.Recipe.Canonical()
	must(t, err)
	ref, v, err := s.library.Resolve(run.Recipe.Data[0].Ref)
	must(t, err)
	sources := []protocol.Source{{Net: "facts", Version: 1, Path: filepath.Join(s.library.Dir(ref), "rows.jsonl"), RowsSHA256: string(v.RowsSHA256), Rows: v.Rows, WeightPPM: 1_000_000}}
	job := protocol.MeasureJob{BaseDir: base.Dir, BaseDigest: string(base.Digest), Sources: sources, Recipe: recipe, TokensDir: filepath.Join(s.dir, "tokens"), Device: "cpu", Threads: 1}

	var phases []string
	cut, cancel := context.WithCancel(ctx)
	if _, err := s.runtime.Measure(cut, job, func(e protocol.Event) {
		if e.Phase != nil && e.Phase.Phase == protocol.PhaseMeasuring {
			cancel()
		}
	}); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled one: %v", err)
	}
	found, err := s.runtime.Measure(ctx, job, func(e protocol.Event) {
		if e.Phase != nil {
			phases = append(phases, e.Phase.Phase)
		}
	})
	must(t, err)
	if !slices.Contains(phases, protocol.PhaseMeasuring) || !found.Fits || found.ExpectedBytes == 0 || found.TokenBudget != found.PlannedBudget {
		t.Fatalf("%+v after %v", found, phases)
	}
	check, err := s.runtime.Check(ctx, protocol.CheckJob{BaseDir: base.Dir, Recipe: recipe, Sources: sources, TokensDir: job.TokensDir})
	must(t, err)

	// Other programs may come and go between the two; the figures have to agree when they do not.
	var times []string
	for range 3 {
		begin := time.Now()
		must(t, s.manager.Start(ctx, run.ID))
		run = s.wait(t, run.ID)
		took := time.Since(begin).Seconds()
		if run.State != training.StateFinished {
			t.Fatalf("%+v, %+v", run, run.Failure)
		}
		if off := float64(found.MemoryBytes)/float64(run.Memory) - 1; off < -0.1 || off > 0.1 {
			t.Errorf("%d bytes measured, %d taken (%+.0f %%)", found.MemoryBytes, run.Memory, 100*off)
		}
		d := training.EstimateDuration(run.Recipe, check, training.Speed{Measured: training.Need{Key: "k", Memory: found.MemoryBytes, Pace: found.Pace}})
		if d.Expected > took/2 && d.Expected < took*2 {
			times = nil
			break
		}
		times = append(times, fmt.Sprintf("%.1f s expected of %+v, %.1f s taken", d.Expected, found.Pace, took))
		found, err = s.runtime.Measure(ctx, job, nil)
		must(t, err)
		run = s.create(t, func(r *training.Recipe) { *r = run.Recipe })
	}
	if times != nil {
		t.Error("the time is told wrong:\n", strings.Join(times, "\n"))
	}
	entries, err := os.ReadDir(job.TokensDir)
	must(t, err)
	if len(entries) != 1 {
		t.Errorf("%d entries of tokens, want one that all share", len(entries))
	}
	if _, err := os.Stat(filepath.Join(s.manager.Dir(run.ID), "tokens")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the run made tokens of its own: %v", err)
	}
}
