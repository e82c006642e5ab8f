//go:build unix

package local_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/modelfactory/modelfactory/training"
)

// TestProgram is no test: it is the program that TestKills kills. It opens the
// data folder, starts one run and stays until the run ends.
func TestProgram(t *testing.T) {
	dir := os.Getenv("MODELFACTORY_KILL_DIR")
	if dir == "" {
		t.Skip("only as a child of TestKills")
	}
	s := openStudio(t, dir, os.Getenv("MODELFACTORY_RUNTIME"), os.Getenv("MODELFACTORY_KILL_BASES"))
	ctx := context.Background()
	must(t, s.manager.Recover(ctx))
	must(t, s.manager.Start(ctx, training.RunID(os.Getenv("MODELFACTORY_KILL_RUN"))))
	s.wait(t, training.RunID(os.Getenv("MODELFACTORY_KILL_RUN")))
}

// TestKills ends the trainer, the program, or both by kill -9 at random points
// between the first and the last step. After a restart the run is paused with a
// reason; resumed, it repeats at most one checkpoint interval and ends with the
// adapter of a run that nobody disturbed.
func TestKills(t *testing.T) {
	t.Parallel()
	points := 4
	if os.Getenv("MODELFACTORY_SOAK") != "" {
		points = 20
	}
	seed := uint64(time.Now().UnixNano())
	if v, err := strconv.ParseUint(os.Getenv("MODELFACTORY_SEED"), 10, 64); err == nil {
		seed = v
	}
	rng := rand.New(rand.NewPCG(seed, 1))
	t.Logf("MODELFACTORY_SEED=%d", seed)

	ctx := context.Background()
	whole := newStudio(t).whole(t)
	modes := []string{"trainer", "program", "both"}
	for i := range points {
		mode := modes[i%len(modes)]
		// Spread over the run, away from its very end: the kill itself takes a
		// moment in which steps go on.
		at := 1 + (i*whole.Steps*7/10)/points + rng.IntN(max(1, whole.Steps*7/10/points))
		t.Run(fmt.Sprintf("%s at step %d of %d", mode, at, whole.Steps), func(t *testing.T) {
			t.Parallel()
			s := newStudio(t) // of its own: a recovery looks after every run of its folder
			run := s.create(t, nil)
			dir := s.manager.Dir(run.ID)
			self, err := os.Executable()
			must(t, err)
			program := exec.Command(self, "-test.run=^TestProgram$", "-test.timeout=5m")
			program.Env = append(os.Environ(), "MODELFACTORY_KILL_DIR="+s.dir, "MODELFACTORY_KILL_RUN="+string(run.ID),
				"MODELFACTORY_KILL_BASES="+s.bases.Dir(), "MODELFACTORY_RUNTIME="+s.runtime.Dir())
			var out strings.Builder
			program.Stdout, program.Stderr = &out, &out
			must(t, program.Start())
			gone := make(chan error, 1)
			go func() { gone <- program.Wait() }()

			untilStep(t, dir, at)
			pid, alive := s.engine.Holder(run.ID)
			if !alive {
				t.Fatalf("nobody trains\n%s", out.String())
			}
			if mode != "program" {
				must(t, syscall.Kill(pid, syscall.SIGKILL))
			}
			if mode != "trainer" {
				must(t, program.Process.Kill())
			}
			select {
			case <-gone:
			case <-time.After(time.Minute):
				t.Fatalf("the program did not end\n%s", out.String())
			}

			// The restart: a new manager over the same folders.
			again := openStudio(t, s.dir, s.runtime.Dir(), s.bases.Dir())
			must(t, again.manager.Recover(ctx))
			if _, alive := again.engine.Holder(run.ID); alive {
				t.Error("after the recovery the run is still held")
			}
			got, err := again.manager.Get(ctx, run.ID)
			must(t, err)
			if got.State != training.StatePaused || got.Reason == "" {
				t.Fatalf("after the restart: %s because %q (%+v)\n%s", got.State, got.Reason, got.Failure, out.String())
			}
			t.Logf("paused: %s", got.Reason)
			before := steps(t, dir)
			must(t, again.manager.Resume(ctx, run.ID))
			got = again.wait(t, run.ID)
			if got.State != training.StateFinished || got.AdapterDigest != whole.AdapterDigest {
				t.Errorf("resumed: %s, adapter %s, undisturbed %s (%+v)", got.State, got.AdapterDigest, whole.AdapterDigest, got.Failure)
			}
			after := steps(t, dir)[len(before):]
			if len(after) == 0 {
				t.Fatal("nothing was left to do: the kill came too late to test anything")
			}
			if repeated := before[len(before)-1] - after[0] + 1; repeated > checkpointEvery {
				t.Errorf("%d steps were done again, checkpoints are %d apart", repeated, checkpointEvery)
			}
			if left, _ := filepath.Glob(filepath.Join(dir, "checkpoints", "*tmp*")); len(left) > 0 {
				t.Errorf("half checkpoints were left behind: %v", left)
			}
		})
	}
}
