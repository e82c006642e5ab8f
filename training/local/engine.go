package local

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/modelfactory/modelfactory/training"
	"github.com/modelfactory/modelfactory/training/protocol"
)

// Engine trains on this computer, one process for each run. It implements
// training.Engine.
type Engine struct {
	runtime *Runtime
	dir     string // the folder runs/
	tokens  string // the folder that runs and checks share
	limits  patience

	mu   sync.Mutex
	jobs map[training.RunID]*child
}

var _ training.Engine = (*Engine)(nil)

// NewEngine makes an engine over the folder of runs. tokensDir is where runs find
// what a check tokenised; "" = each run tokenises for itself.
func NewEngine(r *Runtime, runsDir, tokensDir string) *Engine {
	return &Engine{runtime: r, dir: runsDir, tokens: tokensDir, limits: usualPatience, jobs: map[training.RunID]*child{}}
}

// Admit refuses a device that this computer or its trainer cannot use, and the
// processor in place of a card that nobody agreed to do without.
func (e *Engine) Admit(ctx context.Context, device string) error {
	_, err := e.runtime.Device(ctx, device)
	return err
}

// Train runs the trainer for a run until it has left.
func (e *Engine) Train(ctx context.Context, job training.Job, events func(protocol.Event)) error {
	device, err := e.runtime.Device(ctx, job.Device)
	if err != nil {
		return err
	}
	req := protocol.Request{Job: protocol.JobTrain, Train: &protocol.TrainJob{
		RunDir: job.Dir, BaseDir: job.Base.Dir, BaseDigest: string(job.Base.Digest), Resume: job.Resume, TokensDir: e.tokens, Threads: job.Threads, Device: device,
	}}
	s, err := e.runtime.spawn(false, filepath.Join(job.Dir, "trainer.log"))
	if err != nil {
		return err
	}
	s.limits = e.limits
	e.mu.Lock()
	if e.jobs[job.ID] != nil {
		e.mu.Unlock()
		return &training.Error{Kind: training.KindBusy, Message: "this run is being trained already"}
	}
	c, err := start(s, req)
	if err != nil {
		e.mu.Unlock()
		return &training.Failure{Code: training.FailTrainer, Message: "The trainer cannot be started: " + err.Error()}
	}
	e.jobs[job.ID] = c
	e.mu.Unlock()
	_, err = c.wait(ctx, events)
	e.mu.Lock()
	delete(e.jobs, job.ID)
	e.mu.Unlock()
	return err
}

// Control sends a control line to the trainer of a run.
func (e *Engine) Control(id training.RunID, control string) error {
	e.mu.Lock()
	c := e.jobs[id]
	e.mu.Unlock()
	if c == nil {
		return &training.Error{Kind: training.KindNotFound, Message: fmt.Sprintf("no trainer works on run %s", id)}
	}
	return c.control(protocol.Control{Control: control})
}

// Holder tells which living process holds the run's lock.
func (e *Engine) Holder(id training.RunID) (pid int, alive bool) {
	path := filepath.Join(e.dir, string(id), "lock")
	held, err := lockHeld(path)
	if err != nil || !held {
		return 0, false
	}
	return readPID(path), true
}

func readPID(path string) int {
	raw, err := os.ReadFile(path)
	if err != nil {
		return 0
	}
	n, err := strconv.Atoi(strings.TrimSpace(string(raw)))
	if err != nil || n <= 1 {
		return 0
	}
	return n
}

// EndHolder kills the process that holds the run's lock and waits until the
// lock is free.
func (e *Engine) EndHolder(ctx context.Context, id training.RunID) error {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	limit := time.NewTimer(10 * time.Second)
	defer limit.Stop()
	for {
		pid, alive := e.Holder(id)
		if !alive {
			return nil
		}
		// Who holds the lock is alive, so the number is its own.
		if pid != 0 {
			if err := killGroup(pid); err != nil {
				return &training.Error{Kind: training.KindFailed, Message: fmt.Sprintf("the trainer with process number %d cannot be ended", pid), Next: "End it by hand, then try again.", Err: err}
			}
		}
		select {
		case <-tick.C:
		case <-limit.C:
			return &training.Error{Kind: training.KindBusy, Message: "another process holds the run's lock", Next: "End it by hand, then try again."}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
