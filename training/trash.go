package training

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/modelfactory/modelfactory/internal/wholefile"
)

// Deleted lists the runs in the trash, lowest number first. Ended is when the
// run ended, not when it was deleted.
func (m *Manager) Deleted(ctx context.Context) ([]Run, error) {
	entries, err := os.ReadDir(m.trash())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, failed(err, "the trash cannot be read")
	}
	var out []Run
	for _, e := range entries {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if run, err := readCopy(m.trash(), RunID(e.Name())); err == nil {
			out = append(out, run)
		}
	}
	slices.SortFunc(out, func(a, b Run) int { return a.Number - b.Number })
	return out, nil
}

// Restore brings a deleted run back as it was; a queued one comes back out of
// the queue.
func (m *Manager) Restore(ctx context.Context, id RunID) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	run, err := readCopy(m.trash(), id)
	if err != nil {
		return &Error{Kind: KindNotFound, Message: "there is no deleted run " + string(id), Err: err}
	}
	if run.State == StateQueued {
		run.State, run.Queue = StateDraft, 0
		if !run.Started.IsZero() {
			run.State = StatePaused
		}
	}
	if err := os.Rename(filepath.Join(m.trash(), string(id)), m.Dir(id)); err != nil {
		return failed(err, "run %d cannot be restored", run.Number)
	}
	_ = wholefile.SyncFolder(m.cfg.Dir)
	return m.save(ctx, run)
}

// EmptyTrash erases for good the runs that were deleted before a time; all of
// them when it is zero, whatever the clock was set to when they were.
func (m *Manager) EmptyTrash(ctx context.Context, before time.Time) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	entries, err := os.ReadDir(m.trash())
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return failed(err, "the trash cannot be read")
	}
	for _, e := range entries {
		if err := ctx.Err(); err != nil {
			return err
		}
		dir := filepath.Join(m.trash(), e.Name())
		// The copy is written when a run is deleted.
		if st, err := os.Stat(filepath.Join(dir, copyFile)); err == nil && !before.IsZero() && !st.ModTime().Before(before) {
			continue
		}
		if err := os.RemoveAll(dir); err != nil {
			return failed(err, "the trash cannot be emptied")
		}
	}
	return nil
}
