package training

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/modelfactory/modelfactory/datasets"
	"github.com/modelfactory/modelfactory/training/protocol"
)

// Recover puts right what a crash left behind; call it once before the first
// start. A run that is stored as running has no program behind it any more:
//
//   - a trainer that outlived its program saw its input close, saves and
//     leaves; Recover waits for it up to HolderWait and then ends it;
//   - when the run's own record says that it ended, it is stored so, but for a
//     failure of an earlier start;
//   - otherwise the run becomes paused, with the reason.
//
// A run whose folder is here and that the store does not know is stored again.
// Starts that are asked for meanwhile wait for its end.
func (m *Manager) Recover(ctx context.Context) error {
	m.mu.Lock()
	if m.recovered != nil {
		m.mu.Unlock()
		return nil
	}
	done := make(chan struct{})
	m.recovered = done
	runs, err := m.cfg.Store.Runs(ctx)
	var adopted []Run
	if err == nil {
		adopted, err = m.adopt(ctx, runs)
	}
	m.mu.Unlock()
	defer func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		m.recovered = nil
		close(done)
	}()
	if err != nil {
		return err
	}
	var errs []error
	for _, run := range append(runs, adopted...) {
		if m.inTrash(run.ID) {
			errs = append(errs, m.cfg.Store.DeleteRun(ctx, run.ID))
			continue
		}
		if run.State == StateRunning && !m.isActive(run.ID) {
			errs = append(errs, m.recoverRun(ctx, run))
		}
	}
	return errors.Join(errs...)
}

func (m *Manager) isActive(id RunID) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.active != nil && m.active.run.ID == id
}

// awaitRecovery waits until no Recover is under way. The lock is held, and is
// let go while waiting.
func (m *Manager) awaitRecovery(ctx context.Context) error {
	for m.recovered != nil {
		done := m.recovered
		m.mu.Unlock()
		select {
		case <-done:
		case <-ctx.Done():
		}
		m.mu.Lock()
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	return nil
}

// inTrash says that a delete was cut off between moving the folder and
// removing the row.
func (m *Manager) inTrash(id RunID) bool {
	if _, err := os.Stat(m.Dir(id)); !errors.Is(err, fs.ErrNotExist) {
		return false
	}
	_, err := os.Stat(filepath.Join(m.trash(), string(id), copyFile))
	return err == nil
}

func (m *Manager) recoverRun(ctx context.Context, run Run) error {
	ended, err := m.freeLock(ctx, run.ID)
	if err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	rec := m.record(run.ID)
	if err := rec.read(); err != nil {
		return failed(err, "the record of run %d cannot be read", run.Number)
	}
	rec.fill(&run)
	if r := rec.result; r != nil && run.settle(r, m.Dir(run.ID)) == nil && run.State != StatePaused {
		run.Ended = rec.last
		return m.save(ctx, run)
	}
	if f := rec.failure; f != nil && rec.offset > run.Recorded { // else it is of an earlier start
		run.State, run.Failure, run.Ended, run.Phase = StateFailed, Classify(f.Kind, f.Message, f.Advice, "", 1, ""), rec.last, ""
		run.Reason = run.Failure.Message
		return m.save(ctx, run)
	}
	run.State, run.Phase = StatePaused, ""
	run.Ended = rec.last
	run.Failure = nil
	run.Reason = interrupted(run.Step, rec.lastCheckpoint(m.Dir(run.ID)))
	if ended {
		run.Reason += " The trainer of then did not leave by itself and was ended."
	}
	return m.save(ctx, run)
}

// interrupted is the reason of a run that lost its program or its trainer.
func interrupted(step, saved int) string {
	switch {
	case step == 0 && saved == 0:
		return "Interrupted before the first step."
	case saved == 0:
		return fmt.Sprintf("Interrupted at step %d, before the first checkpoint: it begins again.", step)
	}
	return fmt.Sprintf("Interrupted at step %d. Saved: step %d.", max(step, saved), saved)
}

// freeLock waits for a trainer of an earlier life to leave, and ends it when
// it does not. It says whether it had to.
func (m *Manager) freeLock(ctx context.Context, id RunID) (ended bool, err error) {
	_, alive := m.cfg.Engine.Holder(id)
	if !alive {
		return false, nil
	}
	limit := time.NewTimer(m.cfg.HolderWait)
	defer limit.Stop()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			if _, alive := m.cfg.Engine.Holder(id); !alive {
				return false, nil
			}
		case <-limit.C:
			return true, m.cfg.Engine.EndHolder(ctx, id)
		case <-ctx.Done():
			return false, ctx.Err()
		}
	}
}

// settle moves a running run to the state that its result tells, after looking
// at what the result promises.
func (r *Run) settle(res *protocol.TrainResult, dir string) error {
	next := State(res.State)
	if next == StateFinished || (next == StateStopped && res.AdapterDigest != "") {
		got, err := adapterDigest(filepath.Join(dir, "adapter"))
		if err != nil {
			return &Failure{Code: FailProof, Message: "The trainer says it is done, but its adapter cannot be read: " + err.Error(), Advice: advice[FailDisk]}
		}
		if string(got) != res.AdapterDigest {
			return &Failure{Code: FailProof, Message: "The adapter on the disk differs from the one that was trained.", Advice: "Resume the run: the adapter is written again."}
		}
		r.AdapterDigest = got
	}
	if err := r.become(next); err != nil {
		return err
	}
	r.Phase = ""
	return nil
}

// adapterDigest is the identity of an adapter: SHA-256 of the canonical JSON of
// the SHA-256 of its two files.
func adapterDigest(dir string) (datasets.Digest, error) {
	files := map[string]string{}
	for _, name := range []string{"adapter_config.json", "adapter_model.safetensors"} {
		sum, err := hashFile(context.Background(), filepath.Join(dir, name))
		if err != nil {
			return "", err
		}
		files[name] = sum
	}
	return filesDigest(files)
}
