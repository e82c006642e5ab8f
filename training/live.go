package training

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/modelfactory/modelfactory/training/protocol"
)

// silence is how long a trainer may be quiet before it is shown as not
// responding; its heartbeat comes every 5 s.
const silence = 30 * time.Second

// live is the run that trains now. The Manager's lock guards it.
type live struct {
	run      Run
	cancel   context.CancelCauseFunc
	done     chan struct{} // closed when the run is saved in its last state
	ask      string        // what was asked of it
	told     bool          // the trainer was told
	heard    time.Time     // last sign of life
	saved    time.Time
	result   *protocol.TrainResult
	progress protocol.Phase
	since    time.Time // start of the phase
	spent    map[Phase]time.Duration
	warnings []string
	watchdog *time.Timer
	ctx      context.Context
}

var (
	errDiscard = errors.New("stopped without saving")
	errClose   = errors.New("the studio was closed")
)

func (m *Manager) newLive(run Run, ask string) *live {
	now := m.cfg.Now()
	l := &live{run: run, ask: ask, done: make(chan struct{}), heard: now, saved: now, since: now, spent: m.readTimes(run.ID)}
	l.ctx, l.cancel = context.WithCancelCause(context.Background())
	// Whoever watches must learn of a silence too, though nothing happens then.
	l.watchdog = time.AfterFunc(silence+time.Second, func() { m.watchers.tell(run.ID) })
	return l
}

// train runs the engine for a run that is saved as running, and saves how it
// ended.
func (m *Manager) train(l *live, job Job) {
	defer close(l.done)
	defer l.cancel(nil)
	_, err := m.freeLock(l.ctx, job.ID)
	if err == nil {
		err = m.cfg.Engine.Train(l.ctx, job, func(e protocol.Event) { m.event(l, e) })
	}
	l.watchdog.Stop()
	m.mu.Lock()
	defer m.mu.Unlock()
	m.finish(l, err)
	m.pumpLocked()
}

// ask hands a wish to the trainer. One that is just starting gets it with its
// first sign of life. The lock is held.
func (m *Manager) ask(what string) {
	l := m.active
	if l == nil || l.ask == askDiscard || (l.ask == askStop && what == askPause) {
		return
	}
	if l.ask != what {
		l.ask, l.told = what, false
	}
	if what == askDiscard {
		l.cancel(errDiscard)
		return
	}
	m.tell(l)
}

// tell sends what was asked, once.
func (m *Manager) tell(l *live) {
	if l.ask == "" || l.told || l.ask == askDiscard {
		return
	}
	word := protocol.ControlPause
	if l.ask == askStop {
		word = protocol.ControlStop
	}
	l.told = m.cfg.Engine.Control(l.run.ID, word) == nil
}

// event takes in one event of the trainer. Steps reach the store at most once
// a second; their truth is events.jsonl.
func (m *Manager) event(l *live, e protocol.Event) {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := m.cfg.Now()
	wasSilent := now.Sub(l.heard) > silence
	l.heard = now
	l.watchdog.Reset(silence + time.Second)
	m.tell(l)
	save := false
	switch {
	case e.Phase != nil:
		l.progress = *e.Phase
		phase := Phase(e.Phase.Phase)
		if phase != l.run.Phase && slices.Contains(Phases(), phase) {
			l.endPhase(now)
			l.run.Phase, save = phase, true
		}
	case e.Step != nil:
		l.run.Step, l.run.Steps = e.Step.Step, e.Step.Steps
		l.run.TrainedTokens, l.run.Seconds = e.Step.TrainedTokens, e.Step.Seconds
		save = now.Sub(l.saved) >= time.Second
	case e.Checkpoint != nil:
		save = true
	case e.Warning != nil:
		l.warnings = append(l.warnings, e.Warning.Message)
	case e.Result != nil && e.Result.Train != nil:
		l.result = e.Result.Train
	case e.Hello != nil:
		l.run.Device = e.Hello.Device
	case e.Eval != nil, e.Sample != nil, e.Error != nil:
	default:
		if !wasSilent {
			return // a heartbeat changes nothing that is shown
		}
	}
	if save {
		l.saved = now
		// A store that fails now fails again at the end, where it counts.
		_ = m.save(context.Background(), l.run)
		return
	}
	m.watchers.tell(l.run.ID)
}

// endPhase adds the time since the phase began.
func (l *live) endPhase(now time.Time) {
	if l.run.Phase != "" {
		l.spent[l.run.Phase] += now.Sub(l.since)
	}
	l.since = now
}

// finish decides how a run ended and saves it. The lock is held.
func (m *Manager) finish(l *live, err error) {
	now := m.cfg.Now()
	l.endPhase(now)
	m.writeTimes(l.run.ID, l.spent)
	run := l.run
	rec := m.record(run.ID)
	if rec.read() == nil {
		rec.fill(&run)
		run.Memory = rec.peak()
	}
	run.Ended = now
	saved := rec.lastCheckpoint(m.Dir(run.ID))
	cause := context.Cause(l.ctx)
	if l.result != nil {
		err = run.settle(l.result, m.Dir(run.ID))
	}
	switch {
	case l.result != nil && err == nil:
		run.Steps = max(run.Steps, l.result.Steps)
		run.TrainedTokens = max(run.TrainedTokens, l.result.TrainedTokens)
		run.Seconds = max(run.Seconds, l.result.Seconds)
		switch {
		case run.State == StatePaused && l.ask == askClose:
			run.Reason = fmt.Sprintf("Paused because the studio was closed. Saved: step %d.", saved)
		case run.State == StatePaused && l.ask == askPause:
			run.Reason = fmt.Sprintf("Paused by you. Saved: step %d.", saved)
		case run.State == StatePaused:
			run.Reason = fmt.Sprintf("The trainer was asked from outside to leave. Saved: step %d.", saved)
		case run.State == StateStopped && run.AdapterDigest == "":
			run.Reason = "Stopped by you before the first step; there is nothing to save."
		case run.State == StateStopped:
			run.Reason = fmt.Sprintf("Stopped by you at step %d; the adapter is saved.", l.result.Steps)
		}
	case errors.Is(cause, errDiscard):
		run.State, run.Reason = StateStopped, "Stopped by you without saving."
	case errors.Is(cause, errClose):
		run.State, run.Reason = StatePaused, interrupted(run.Step, saved)
	case (l.ask == askPause || l.ask == askClose) && hasCode(err, FailNotResponding) && saved > 0:
		// The wish was to have it out of the way, and that is so.
		run.State, run.Reason = StatePaused, fmt.Sprintf("The trainer did not answer the pause and was ended at step %d. Saved: step %d.", run.Step, saved)
	case hasCode(err, FailKilled):
		// Nothing was wrong with the run: like a power cut it goes on from its
		// checkpoint. The cause stays for its advice.
		run.State, run.Failure = StatePaused, asFailure(err)
		run.Reason = run.Failure.Message + " " + interrupted(run.Step, saved)
	default:
		if err == nil {
			err = &Failure{Code: FailUnknown, Message: "The trainer left without a result."}
		}
		run.State, run.Failure = StateFailed, asFailure(err)
		run.Reason = run.Failure.Message
	}
	run.Phase = ""
	m.active = nil
	if serr := m.save(context.Background(), run); serr != nil {
		// It stays "running" in the store, and Recover reads the end from the
		// run's own record at the next start. Until then the end counts that is
		// kept here: whoever waits must not wait for the store.
		if run.Failure == nil {
			run.Failure = asFailure(serr)
			run.Reason = strings.TrimSpace(run.Reason + " " + run.Failure.Message)
		}
		m.unsaved[run.ID] = run
		m.watchers.tell(run.ID)
	} else if run.State == StateStopped {
		m.dropTokens(run.ID)
	}
}

// dropTokens deletes the tokenised rows of a run that is over and whose trainer
// has left without doing so. It deletes no more than space: what fails now goes
// with the run.
func (m *Manager) dropTokens(id RunID) {
	for _, name := range []string{"tokens", ".tmp-tokens"} {
		_ = os.RemoveAll(filepath.Join(m.Dir(id), name))
	}
}

func hasCode(err error, code string) bool {
	f, ok := errors.AsType[*Failure](err)
	return ok && f.Code == code
}

// saveEnded tries again to store the ends that the store did not take. One that
// it refuses again is left to Recover.
func (m *Manager) saveEnded() {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, run := range m.unsaved {
		_ = m.save(context.Background(), run)
	}
}

// Close pauses the run that trains and waits for its checkpoint. When ctx ends
// first, the trainer is ended; its last checkpoint remains. Nothing starts
// afterwards.
func (m *Manager) Close(ctx context.Context) error {
	defer m.saveEnded()
	m.mu.Lock()
	m.closed, m.serving = true, false
	starting := m.starting
	m.mu.Unlock()
	if starting != nil {
		select {
		case <-starting.done:
		case <-ctx.Done():
		}
	}
	m.mu.Lock()
	l := m.active
	if l != nil && l.ask == "" {
		m.ask(askClose)
	}
	m.mu.Unlock()
	if l == nil {
		return nil
	}
	select {
	case <-l.done:
		return nil
	case <-ctx.Done():
		l.cancel(errClose)
		<-l.done
		return ctx.Err()
	}
}
