//go:build unix

package local

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/modelfactory/modelfactory/training"
	"github.com/modelfactory/modelfactory/training/protocol"
	"github.com/modelfactory/modelfactory/training/trainer"
)

// The test binary plays a faulty trainer when it is started under the name
// python, as the engine starts the real one. Only faults of the protocol are
// played; everything that learns is tested with the real trainer.
func TestMain(m *testing.M) {
	if filepath.Base(os.Args[0]) == "python" {
		os.Exit(playFault())
	}
	os.Exit(m.Run())
}

// playFault reads its part from the run folder: the environment of a child is
// cleaned and can carry nothing.
func playFault() int {
	in := bufio.NewReader(os.Stdin)
	line, err := in.ReadBytes('\n')
	if err != nil {
		return 9
	}
	var req protocol.Request
	if err := json.Unmarshal(line, &req); err != nil || req.Train == nil {
		return 9
	}
	part, err := os.ReadFile(filepath.Join(req.Train.RunDir, "fault"))
	if err != nil {
		return 9
	}
	seq := int64(0)
	say := func(e protocol.Event) {
		seq++
		e.Seq = seq
		raw, _ := protocol.Encode(e)
		os.Stdout.Write(raw)
	}
	result := func() {
		say(protocol.Event{Event: protocol.EventResult, Result: &protocol.Result{Job: protocol.JobTrain, Train: &protocol.TrainResult{State: protocol.TrainPaused}}})
	}
	forever := func() { time.Sleep(time.Hour) }
	say(protocol.Event{Event: protocol.EventHello, Hello: &protocol.Hello{PID: os.Getpid()}})
	switch string(part) {
	case "hang":
		forever()
	case "crash":
		fmt.Fprintln(os.Stderr, "Traceback (most recent call last):\nModuleNotFoundError: No module named 'peft'")
		return 70
	case "no reason":
		return 70
	case "killed":
		syscall.Kill(os.Getpid(), syscall.SIGKILL)
	case "flood stdout":
		for range 200_000 {
			say(protocol.Event{Event: protocol.EventHeartbeat})
		}
		result()
	case "flood stderr":
		for range 3 << 20 {
			io.WriteString(os.Stderr, "0123456789\n")
		}
		result()
	case "some garbage":
		fmt.Println("Loading weights: 100%")
		os.Stdout.Write([]byte{0xff, 0, '\n'})
		result()
	case "garbage":
		for i := range 1000 {
			fmt.Println("stray line", i)
		}
		forever()
	case "other version":
		for range 100 {
			fmt.Println(`{"v":2,"event":"heartbeat"}`)
		}
		forever()
	case "huge line":
		os.Stdout.Write([]byte(strings.Repeat("x", 40<<20)))
		fmt.Println()
		result()
	case "nan":
		say(protocol.Event{Event: protocol.EventStep, Step: &protocol.Step{Step: 1, Loss: protocol.Float(nan())}})
		say(protocol.Event{Event: protocol.EventError, Error: &protocol.Failure{Kind: "nan", Message: "the loss is not finite at step 1"}})
		return protocol.ExitFailed
	case "ignores stop":
		io.Copy(io.Discard, in)
		forever()
	case "stays after its result":
		result()
		forever()
	case "grandchild":
		c := exec.Command("sleep", "3600")
		c.Stdout, c.Stderr = os.Stdout, os.Stderr
		if c.Start() != nil {
			return 9
		}
		say(protocol.Event{Event: protocol.EventWarning, Warning: &protocol.Warning{Message: strconv.Itoa(c.Process.Pid)}})
		result()
	case "environment":
		pgid, _ := syscall.Getpgid(0)
		say(protocol.Event{Event: protocol.EventWarning, Warning: &protocol.Warning{Message: strings.Join(os.Environ(), "\n"), Advice: strconv.FormatBool(pgid == os.Getpid())}})
		result()
	case "input":
		word, _ := in.ReadString('\n')
		rest, _ := io.ReadAll(in)
		say(protocol.Event{Event: protocol.EventWarning, Warning: &protocol.Warning{Message: word, Advice: strconv.Itoa(len(rest))}})
		result()
	}
	return 0
}

func nan() float64 { var z float64; return z / z }

// faulty makes an engine whose python plays a part.
func faulty(t *testing.T, part string) (*Engine, training.Job) {
	t.Helper()
	dir := t.TempDir()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	bin := filepath.Join(dir, "runtime", "python", "bin")
	job := training.Job{ID: training.NewRunID(), Device: "cpu", Threads: 1}
	job.Dir = filepath.Join(dir, "runs", string(job.ID))
	for _, d := range []string{bin, job.Dir} {
		if err := os.MkdirAll(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(self, filepath.Join(bin, "python")); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(job.Dir, "fault"), []byte(part), 0o644); err != nil {
		t.Fatal(err)
	}
	e := NewEngine(NewRuntime(filepath.Join(dir, "runtime"), trainer.FS), filepath.Join(dir, "runs"), "")
	e.limits = patience{leave: 300 * time.Millisecond, exit: 300 * time.Millisecond, hang: 20 * time.Second}
	return e, job
}

// play runs the part and collects its events.
func play(t *testing.T, e *Engine, ctx context.Context, job training.Job, on func(protocol.Event)) ([]protocol.Event, error) {
	t.Helper()
	var events []protocol.Event
	done := make(chan error, 1)
	go func() {
		done <- e.Train(ctx, job, func(ev protocol.Event) {
			events = append(events, ev)
			if on != nil {
				on(ev)
			}
		})
	}()
	select {
	case err := <-done:
		return events, err
	case <-time.After(60 * time.Second):
		t.Fatal("the engine never came back")
		return nil, nil
	}
}

func TestFaultsOfATrainer(t *testing.T) {
	for _, c := range []struct {
		part string
		code string // "" = a result is expected
		says string
		hang time.Duration
	}{
		{"hang", training.FailNotResponding, "no sign of life", 300 * time.Millisecond},
		{"crash", training.FailTrainer, "peft", 0},
		{"no reason", training.FailUnknown, "code 70 and gave no reason", 0},
		{"killed", training.FailKilled, "killed", 0},
		{"flood stdout", "", "", 0},
		{"flood stderr", "", "", 0},
		{"some garbage", "", "", 0},
		{"garbage", training.FailTrainer, "no event", 0},
		{"other version", training.FailTrainer, "version 2", 0},
		{"huge line", "", "", 0},
		{"nan", training.FailNaN, "not finite at step 1", 0},
		{"stays after its result", "", "", 0},
	} {
		t.Run(c.part, func(t *testing.T) {
			e, job := faulty(t, c.part)
			if c.hang > 0 {
				e.limits.hang = c.hang
			}
			events, err := play(t, e, context.Background(), job, nil)
			if len(events) == 0 || events[0].Hello == nil {
				t.Fatalf("it never spoke: %v", err)
			}
			if c.code == "" {
				if err != nil || events[len(events)-1].Result == nil {
					t.Errorf("a trainer that does its job in spite of a fault: %v", err)
				}
			} else {
				f, ok := errors.AsType[*training.Failure](err)
				if !ok || f.Code != c.code || !strings.Contains(f.Message, c.says) || f.Advice == "" {
					t.Errorf("got %v (%+v), want %s saying %q", err, f, c.code, c.says)
				}
			}
			if pid := events[0].Hello.PID; syscall.Kill(pid, 0) == nil {
				t.Errorf("process %d is still there", pid)
			}
			if st, err := os.Stat(filepath.Join(job.Dir, "trainer.log")); err != nil || st.Size() > maxLog+1<<20 {
				t.Errorf("log: %v, %v", st, err)
			}
			if err := e.Control(job.ID, protocol.ControlPause); !training.IsKind(err, training.KindNotFound) {
				t.Errorf("a control for a trainer that is gone: %v", err)
			}
		})
	}
}

func TestATrainerThatIgnoresStopIsEnded(t *testing.T) {
	e, job := faulty(t, "ignores stop")
	_, err := play(t, e, context.Background(), job, func(ev protocol.Event) {
		if ev.Hello != nil {
			if err := e.Control(job.ID, protocol.ControlStop); err != nil {
				t.Error(err)
			}
		}
	})
	if f, ok := errors.AsType[*training.Failure](err); !ok || f.Code != training.FailNotResponding {
		t.Errorf("%v", err)
	}
}

func TestEndingTheContextEndsTheTrainerAtOnce(t *testing.T) {
	e, job := faulty(t, "hang")
	e.limits = usualPatience
	ctx, cancel := context.WithCancel(context.Background())
	var pid int
	begun := time.Now()
	_, err := play(t, e, ctx, job, func(ev protocol.Event) { pid = ev.Hello.PID; begun = time.Now(); cancel() })
	if !errors.Is(err, context.Canceled) || time.Since(begun) > 3*time.Second {
		t.Errorf("after %s: %v", time.Since(begun), err)
	}
	if syscall.Kill(pid, 0) == nil {
		t.Errorf("process %d is still there", pid)
	}
}

func TestGrandchildrenAreEndedToo(t *testing.T) {
	e, job := faulty(t, "grandchild")
	events, err := play(t, e, context.Background(), job, nil)
	if err != nil {
		t.Fatal(err)
	}
	pid := 0
	for _, ev := range events {
		if ev.Warning != nil {
			pid, _ = strconv.Atoi(ev.Warning.Message)
		}
	}
	limit := time.Now().Add(10 * time.Second)
	for pid == 0 || alive(pid) {
		if time.Now().After(limit) {
			t.Fatalf("grandchild %d is still there", pid)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// alive says whether a process runs; one that waits to be reaped does not.
func alive(pid int) bool {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return syscall.Kill(pid, 0) == nil && !errors.Is(err, os.ErrNotExist)
	}
	_, rest, _ := strings.Cut(string(raw), ") ")
	return !strings.HasPrefix(rest, "Z")
}

func TestTheEnvironmentOfATrainerIsClean(t *testing.T) {
	for _, k := range []string{"PYTHONPATH", "PYTHONHOME", "LD_LIBRARY_PATH", "LD_PRELOAD", "VIRTUAL_ENV", "CONDA_PREFIX", "MODELFACTORY_PASSWORD", "MODELFACTORY_HOME", "HF_TOKEN", "SECRET_KEY"} {
		t.Setenv(k, "leaked")
	}
	t.Setenv("CUDA_VISIBLE_DEVICES", "1")
	e, job := faulty(t, "environment")
	events, err := play(t, e, context.Background(), job, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, ev := range events {
		if ev.Warning == nil {
			continue
		}
		if strings.Contains(ev.Warning.Message, "leaked") {
			t.Errorf("something leaked:\n%s", ev.Warning.Message)
		}
		for _, want := range []string{"CUDA_VISIBLE_DEVICES=1", "HF_HUB_OFFLINE=1", "PATH="} {
			if !strings.Contains("\n"+ev.Warning.Message, "\n"+want) {
				t.Errorf("%s is missing:\n%s", want, ev.Warning.Message)
			}
		}
		if ev.Warning.Advice != "true" {
			t.Error("the trainer does not lead a process group of its own")
		}
		return
	}
	t.Fatal("no environment came")
}

func TestATrainerGivesWayToOtherPrograms(t *testing.T) {
	e, job := faulty(t, "hang")
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	got := 0
	_, _ = play(t, e, ctx, job, func(ev protocol.Event) {
		if ev.Hello != nil {
			got, _ = syscall.Getpriority(syscall.PRIO_PROCESS, ev.Hello.PID)
			cancel()
		}
	})
	if got != niceness && got != 20-niceness { // Linux counts from 20 down
		t.Errorf("the trainer's priority is %d", got)
	}
}

func TestControlsReachTheTrainerAndNothingElse(t *testing.T) {
	e, job := faulty(t, "input")
	e.limits.leave = 20 * time.Second
	var c *child
	events, err := play(t, e, context.Background(), job, func(ev protocol.Event) {
		if ev.Hello != nil {
			e.mu.Lock()
			c = e.jobs[job.ID]
			e.mu.Unlock()
			if err := e.Control(job.ID, protocol.ControlPause); err != nil {
				t.Error(err)
			}
			c.hangUp()
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, ev := range events {
		if w := ev.Warning; w != nil && (strings.TrimSpace(w.Message) != `{"control":"pause"}` || w.Advice != "0") {
			t.Errorf("it read %q and %s bytes more", w.Message, w.Advice)
		}
	}
	if err := c.control(protocol.Control{Control: "pause"}); !errors.Is(err, os.ErrClosed) {
		t.Errorf("a control after hanging up: %v", err)
	}
}

func TestATrainerThatIsNotInstalled(t *testing.T) {
	e := NewEngine(NewRuntime(t.TempDir(), trainer.FS), t.TempDir(), "")
	err := e.Train(context.Background(), training.Job{ID: training.NewRunID(), Dir: t.TempDir()}, nil)
	if f, ok := errors.AsType[*training.Failure](err); !ok || f.Code != training.FailTrainer || !strings.Contains(f.Advice, "nstall") {
		t.Errorf("%v", err)
	}
}

func TestAnImportRemovesWhatKilledOnesLeft(t *testing.T) {
	r := NewRuntime(t.TempDir(), trainer.FS)
	place := func(name string, locked, old bool) {
		t.Helper()
		dir := filepath.Join(r.BasesDir(), name)
		if err := os.MkdirAll(filepath.Join(dir, "base"), 0o755); err != nil {
			t.Fatal(err)
		}
		at := time.Now()
		if old {
			at = at.Add(-25 * time.Hour)
		}
		if locked {
			if err := os.WriteFile(dir+importLock, nil, 0o644); err != nil {
				t.Fatal(err)
			}
			if err := os.Chtimes(dir+importLock, at, at); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.Chtimes(dir, at, at); err != nil {
			t.Fatal(err)
		}
	}
	place(importing+"killed", true, false)
	place(importing+"killed-long-ago", true, true)
	place(importing+"of-before-young", false, false)
	place(importing+"of-before-old", false, true)
	place(importing+"working", true, true)
	place("SmolLM2@1", false, true)
	lock, err := tryLock(filepath.Join(r.BasesDir(), importing+"working"+importLock))
	if err != nil || lock == nil {
		t.Fatal(lock, err)
	}
	defer lock.Close()
	if _, err := r.ImportBase(context.Background(), protocol.ImportBaseJob{From: "nowhere"}, nil); err == nil {
		t.Error("a trainer that is not installed imported a base")
	}
	entries, err := os.ReadDir(r.BasesDir())
	if err != nil {
		t.Fatal(err)
	}
	var left []string
	for _, e := range entries {
		left = append(left, e.Name())
	}
	// The lock of the young killed one goes when it is a day old.
	if want := ".import-killed.lock .import-of-before-young .import-working .import-working.lock SmolLM2@1"; strings.Join(left, " ") != want {
		t.Errorf("left are %v, want %s", left, want)
	}
}

func TestAnImportThatBeginsIsNotSweptAway(t *testing.T) {
	r := NewRuntime(t.TempDir(), trainer.FS)
	if err := os.MkdirAll(r.BasesDir(), 0o755); err != nil {
		t.Fatal(err)
	}
	var sweepers sync.WaitGroup
	quit := make(chan struct{})
	for range 2 {
		sweepers.Go(func() {
			for {
				select {
				case <-quit:
					return
				default:
					r.sweepImports()
				}
			}
		})
	}
	for range 500 {
		dir, end, err := r.beginImport()
		if err != nil {
			t.Error(err)
			break
		}
		if _, err := os.Stat(dir); err != nil {
			t.Error(err)
		}
		if held, err := lockHeld(dir + importLock); err != nil || !held {
			t.Errorf("held %v, %v", held, err)
		}
		end()
	}
	close(quit)
	sweepers.Wait()
	if entries, err := os.ReadDir(r.BasesDir()); err != nil || len(entries) > 0 {
		t.Errorf("left are %v, %v", entries, err)
	}
}

func TestAnUnpackedTrainerReplacesThoseThatNobodyUsesAnyMore(t *testing.T) {
	dir := t.TempDir()
	root := filepath.Join(dir, "trainer")
	place := func(name string, age time.Duration) {
		t.Helper()
		if err := os.MkdirAll(filepath.Join(root, name), 0o755); err != nil {
			t.Fatal(err)
		}
		at := time.Now().Add(-age)
		if err := os.Chtimes(filepath.Join(root, name), at, at); err != nil {
			t.Fatal(err)
		}
	}
	place("0123456789abcdef", 31*24*time.Hour)
	place(".unpack-killed", 31*24*time.Hour)
	place("fedcba9876543210", 24*time.Hour)
	place(".unpack-working", 0)
	r := NewRuntime(dir, trainer.FS)
	own, err := r.sources()
	if err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(root)
	if err != nil {
		t.Fatal(err)
	}
	left := map[string]bool{}
	for _, e := range entries {
		left[e.Name()] = true
	}
	if len(left) != 3 || !left[filepath.Base(own)] || !left["fedcba9876543210"] || !left[".unpack-working"] {
		t.Errorf("left are %v", left)
	}

	// Use keeps it young.
	place(filepath.Base(own), 31*24*time.Hour)
	if _, err := r.sources(); err != nil {
		t.Fatal(err)
	}
	if st, err := os.Stat(own); err != nil || time.Since(st.ModTime()) > time.Hour {
		t.Errorf("last used %v, %v", st.ModTime(), err)
	}
}

func TestHolderAndEndHolder(t *testing.T) {
	dir := t.TempDir()
	e := NewEngine(NewRuntime(t.TempDir(), trainer.FS), dir, "")
	id := training.NewRunID()
	if _, alive := e.Holder(id); alive {
		t.Error("a run that does not exist is held")
	}
	path := filepath.Join(dir, string(id), "lock")
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	// A number in a lock file that nobody holds is no process to end.
	if err := os.WriteFile(path, []byte(strconv.Itoa(os.Getpid())), 0o644); err != nil {
		t.Fatal(err)
	}
	if pid, alive := e.Holder(id); alive || pid != 0 {
		t.Errorf("an old lock file reads as held by %d", pid)
	}
	if err := e.EndHolder(context.Background(), id); err != nil {
		t.Errorf("nothing to end: %v", err)
	}
	holder := exec.Command("flock", path, "sh", "-c", "echo held; sleep 3600")
	holder.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	out, err := holder.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := holder.Start(); err != nil {
		t.Skip("no flock program here: ", err)
	}
	if _, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(strconv.Itoa(holder.Process.Pid)+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	go holder.Wait() //nolint:errcheck // it is killed
	if pid, alive := e.Holder(id); !alive || pid != holder.Process.Pid {
		t.Errorf("holder %d, alive %v", pid, alive)
	}
	if err := e.EndHolder(context.Background(), id); err != nil {
		t.Error(err)
	}
	if _, alive := e.Holder(id); alive {
		t.Error("still held")
	}
}
