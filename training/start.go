package training

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/modelfactory/modelfactory/internal/wholefile"
)

// What a person asked of a running run.
const (
	askPause   = "pause"
	askStop    = "stop"
	askDiscard = "discard"
	askClose   = "close"
)

// Start starts a draft, or a queued run before its turn. Starting a run that
// has started already does nothing: two starts of one id make one run. It
// returns when the run is saved as running; Wait tells how it ended.
func (m *Manager) Start(ctx context.Context, id RunID) error { return m.begin(ctx, id, false, "") }

// Resume goes on with a paused or failed run from its newest sound checkpoint,
// or from the beginning when there is none.
func (m *Manager) Resume(ctx context.Context, id RunID) error { return m.begin(ctx, id, true, "") }

// begin checks and starts a run. ask is delivered to the trainer at once.
func (m *Manager) begin(ctx context.Context, id RunID, resume bool, ask string) error {
	for {
		a, run, err := m.claim(ctx, id, resume)
		if err != nil || a == nil {
			return err
		}
		if a.done == nil { // another start of the same run is under way
			continue
		}
		a.err = m.launch(ctx, run, ask)
		m.mu.Lock()
		m.starting = nil
		// A queued run that was refused has left the queue; the next one follows,
		// and so does one that was queued while it was checked. Any other trouble
		// must not start the same run again and again.
		if now, err := m.get(context.WithoutCancel(ctx), id); a.err != nil && err == nil && (run.State != StateQueued || now.State != StateQueued) {
			m.pumpLocked()
		}
		m.mu.Unlock()
		m.watchers.tell(id)
		close(a.done)
		return a.err
	}
}

// claim takes the one place for training. It returns nil, nil when the run has
// started already, and an attempt without done after it waited for a start of
// the same run by someone else.
func (m *Manager) claim(ctx context.Context, id RunID, resume bool) (*attempt, Run, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.awaitRecovery(ctx); err != nil {
		return nil, Run{}, err
	}
	if m.closed {
		return nil, Run{}, &Error{Kind: KindBusy, Message: "the studio is closing", Next: "Start it again after it is open."}
	}
	run, err := m.get(ctx, id)
	if err != nil {
		return nil, Run{}, err
	}
	switch run.State {
	case StateRunning:
		return nil, run, nil
	case StateFinished, StateStopped:
		if resume {
			return nil, run, refused("Make a new run from its recipe.", "run %d is %s", run.Number, run.State)
		}
		return nil, run, nil
	case StateFailed:
		if !resume {
			return nil, run, nil
		}
	case StatePaused:
		if !resume {
			return nil, run, refused("Resume it.", "run %d is paused", run.Number)
		}
	case StateDraft:
		if resume {
			return nil, run, refused("Start it.", "run %d has not been started", run.Number)
		}
	}
	if s := m.starting; s != nil {
		if s.id != id {
			other, _ := m.get(ctx, s.id)
			return nil, run, busyWith(other)
		}
		m.mu.Unlock()
		select {
		case <-s.done:
		case <-ctx.Done():
		}
		m.mu.Lock()
		if ctx.Err() != nil {
			return nil, run, ctx.Err()
		}
		return &attempt{}, run, s.err
	}
	if m.active != nil {
		return nil, run, busyWith(m.active.run)
	}
	m.starting = &attempt{id: id, done: make(chan struct{})}
	return m.starting, run, nil
}

// launch checks what must hold before a start, saves the run as running, and
// starts the trainer.
func (m *Manager) launch(ctx context.Context, run Run, ask string) error {
	base, err := m.admit(ctx, run)
	if err == nil && run.Started.IsZero() && m.cfg.Measured != nil {
		run.Foreseen = m.cfg.Measured(ctx, run.Recipe)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return &Error{Kind: KindBusy, Message: "the studio is closing", Next: "Start it again after it is open."}
	}
	// Checks take time; what someone did to the run meanwhile counts.
	now, gerr := m.get(ctx, run.ID)
	if gerr != nil {
		return gerr
	}
	if now.State != run.State {
		return refused("", "run %d became %s while it was being checked", run.Number, now.State)
	}
	if err != nil {
		if run.State == StateQueued && ctx.Err() == nil {
			run.Failure, run.Queue, run.Ended = asFailure(err), 0, m.cfg.Now()
			if berr := run.become(StateFailed); berr == nil {
				return errors.Join(err, m.save(ctx, run))
			}
		}
		return err
	}
	job := Job{
		ID: run.ID, Dir: m.Dir(run.ID), Base: base, Resume: !run.Started.IsZero(),
		Device: run.Recipe.Device, Threads: run.Recipe.Threads,
	}
	if err := run.become(StateRunning); err != nil {
		return err
	}
	run.Phase, run.Reason, run.Failure, run.Queue, run.Ended = PhasePreparing, "", nil, 0, time.Time{}
	if run.Started.IsZero() {
		run.Started = m.cfg.Now()
	}
	rec := m.record(run.ID)
	if err := rec.read(); err != nil {
		return failed(err, "the record of run %d cannot be read", run.Number)
	}
	run.Recorded = rec.offset
	if err := m.save(ctx, run); err != nil {
		return err
	}
	m.active = m.newLive(run, ask)
	go m.train(m.active, job)
	return nil
}

// admit asks everything that may refuse a start: the licence gate, the frozen
// files, the engine's device, the base's files.
func (m *Manager) admit(ctx context.Context, run Run) (Base, error) {
	if m.cfg.Gate != nil {
		if err := m.cfg.Gate.Allow(ctx, run.Account, run.Recipe.Data); err != nil {
			return Base{}, err
		}
	}
	if err := m.checkFrozen(run); err != nil {
		return Base{}, err
	}
	if err := m.cfg.Engine.Admit(ctx, run.Recipe.Device); err != nil {
		return Base{}, err
	}
	base, err := m.cfg.Bases.Find(run.Recipe.Base)
	if err != nil {
		return Base{}, err
	}
	if base.Ref() != run.Recipe.Base || !base.Installed {
		return Base{}, &Error{Kind: KindNotFound, Message: "the base " + run.Recipe.Base + " is not on this computer", Next: "Add this base again, in the same revision."}
	}
	err = m.cfg.Bases.Verify(ctx, base)
	if e, ok := errors.AsType[*Error](err); ok && e.Kind == KindRefused {
		e.Cause = FailBase
	}
	return base, err
}

// Enqueue puts a draft, paused or failed run at the end of the queue.
func (m *Manager) Enqueue(ctx context.Context, id RunID) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	run, err := m.get(ctx, id)
	if err != nil || run.State == StateQueued || run.State == StateRunning {
		return err
	}
	if err := run.become(StateQueued); err != nil {
		return err
	}
	runs, err := m.cfg.Store.Runs(ctx)
	if err != nil {
		return err
	}
	run.Queue = 1
	for _, q := range queued(runs) {
		run.Queue = max(run.Queue, q.Queue+1)
	}
	if err := m.save(ctx, run); err != nil {
		return err
	}
	m.pumpLocked()
	return nil
}

// Move puts a queued run at a place in the queue, counted from 1.
func (m *Manager) Move(ctx context.Context, id RunID, to int) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	runs, err := m.cfg.Store.Runs(ctx)
	if err != nil {
		return err
	}
	var rest []Run
	var moved *Run
	for _, r := range queued(runs) {
		if r.ID == id {
			moved = &r
			continue
		}
		rest = append(rest, r)
	}
	if moved == nil {
		return refused("", "the run is not in the queue")
	}
	to = min(max(to, 1), len(rest)+1) - 1
	order := append(append(append([]Run{}, rest[:to]...), *moved), rest[to:]...)
	for i, r := range order {
		if r.Queue != i+1 {
			r.Queue = i + 1
			if err := m.save(ctx, r); err != nil {
				return err
			}
		}
	}
	return nil
}

// ServeQueue starts queued runs from now on, one after another. A program that
// only does one short thing with the folder leaves the queue alone. It says
// whether the queue was served already.
func (m *Manager) ServeQueue() (already bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	already, m.serving = m.serving, true
	m.pumpLocked()
	return already
}

// LeaveQueue starts no further queued run; the one that trains goes on.
func (m *Manager) LeaveQueue() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.serving = false
}

// pumpLocked starts the next queued run when nothing trains.
func (m *Manager) pumpLocked() {
	if !m.serving || m.closed || m.active != nil || m.starting != nil {
		return
	}
	runs, err := m.cfg.Store.Runs(context.Background())
	if err != nil {
		return // the next change of any run tries again
	}
	if q := queued(runs); len(q) > 0 {
		// A refusal is kept in the run as its failure and the next one follows.
		go func() { _ = m.begin(context.Background(), q[0].ID, false, "") }()
	}
}

// Pause saves a checkpoint and ends the trainer, so that its memory is free. A
// queued run leaves the queue. Pausing twice does nothing more.
func (m *Manager) Pause(ctx context.Context, id RunID) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	run, err := m.get(ctx, id)
	if err != nil {
		return err
	}
	switch run.State {
	case StatePaused:
		return nil
	case StateRunning:
		m.ask(askPause)
		return nil
	case StateQueued:
		return m.unqueue(ctx, run)
	}
	return refused("", "run %d is %s and cannot be paused", run.Number, run.State)
}

// unqueue takes a run out of the queue, back to where it was before.
func (m *Manager) unqueue(ctx context.Context, run Run) error {
	run.State, run.Queue = StateDraft, 0
	if !run.Started.IsZero() {
		run.State = StatePaused
	}
	return m.save(ctx, run)
}

// Stop ends a run for good. With save the adapter of the present state is
// written; without, what was learnt since the last checkpoint is lost and no
// adapter is made.
func (m *Manager) Stop(ctx context.Context, id RunID, save bool) error {
	m.mu.Lock()
	run, err := m.get(ctx, id)
	if err != nil {
		m.mu.Unlock()
		return err
	}
	defer m.watchers.tell(id)
	switch {
	case run.State == StateStopped:
		m.mu.Unlock()
		return nil
	case run.State == StateRunning && save:
		m.ask(askStop)
		m.mu.Unlock()
		return nil
	case run.State == StateRunning:
		m.ask(askDiscard)
		m.mu.Unlock()
		return nil
	case run.State == StateQueued:
		defer m.mu.Unlock()
		return m.unqueue(ctx, run)
	case run.State == StatePaused && !save:
		defer m.mu.Unlock()
		run.State, run.Reason, run.Ended = StateStopped, "stopped without saving", m.cfg.Now()
		err := m.save(ctx, run)
		if err == nil {
			m.dropTokens(id)
		}
		return err
	case run.State == StatePaused:
		// The adapter has to be written from the checkpoint: the trainer is
		// started and stopped at once.
		m.mu.Unlock()
		return m.begin(ctx, id, true, askStop)
	}
	m.mu.Unlock()
	return refused("", "run %d is %s and cannot be stopped", run.Number, run.State)
}

// Delete moves a run into runs/.trash, from where Restore brings it back.
func (m *Manager) Delete(ctx context.Context, id RunID) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	run, err := m.get(ctx, id)
	if err != nil {
		return err
	}
	if run.State == StateRunning || (m.starting != nil && m.starting.id == id) {
		return &Error{Kind: KindBusy, Message: fmt.Sprintf("run %d is training", run.Number), Next: "Stop it first."}
	}
	// The record goes with the folder first: a crash in between leaves a row
	// whose folder is in the trash, and Recover removes the row.
	if err := m.keepCopy(run); err != nil {
		return failed(err, "run %d cannot be deleted", run.Number)
	}
	if err := os.MkdirAll(m.trash(), 0o755); err != nil {
		return failed(err, "run %d cannot be deleted", run.Number)
	}
	if err := os.Rename(m.Dir(id), filepath.Join(m.trash(), string(id))); err != nil {
		return failed(err, "run %d cannot be deleted", run.Number)
	}
	_ = wholefile.SyncFolder(m.cfg.Dir)
	delete(m.records, id)
	if err := m.cfg.Store.DeleteRun(context.WithoutCancel(ctx), id); err != nil {
		return err
	}
	delete(m.unsaved, id)
	m.watchers.tell(id)
	return nil
}

func (m *Manager) trash() string { return filepath.Join(m.cfg.Dir, ".trash") }
