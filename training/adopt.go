package training

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/modelfactory/modelfactory/datasets"
)

// copyFile lies in a run's folder and holds what the store holds of the run, so
// that neither a deleted run nor a lost store loses what the folder is.
const copyFile = "run.json"

func (m *Manager) keepCopy(run Run) error {
	raw, err := datasets.CanonicalJSON(run)
	if err != nil {
		return err
	}
	return writeFile(filepath.Join(m.Dir(run.ID), copyFile), raw)
}

// readCopy reads the copy of a run below runs/ or below its trash.
func readCopy(dir string, id RunID) (Run, error) {
	var run Run
	if _, err := ParseRunID(string(id)); err != nil {
		return run, err
	}
	raw, err := os.ReadFile(filepath.Join(dir, string(id), copyFile))
	if err != nil {
		return run, err
	}
	if err := json.Unmarshal(raw, &run); err != nil {
		return run, err
	}
	if run.ID != id {
		return run, refused("", "the record of run %s is another run's", id)
	}
	return run, nil
}

// adopt stores the runs whose folders are here and that the store does not know:
// it was lost or moved aside. It gives them as they were stored.
func (m *Manager) adopt(ctx context.Context, known []Run) ([]Run, error) {
	entries, err := os.ReadDir(m.cfg.Dir) // by name, so that older ids come first
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, failed(err, "the folder of runs cannot be read")
	}
	ids, numbers := map[RunID]bool{}, map[int]bool{}
	for _, r := range known {
		ids[r.ID], numbers[r.Number] = true, true
	}
	var out []Run
	for _, e := range entries {
		id, err := ParseRunID(e.Name())
		if err != nil || ids[id] || !e.IsDir() {
			continue
		}
		run, err := readCopy(m.cfg.Dir, id)
		if err != nil {
			if run, err = m.reread(id); err != nil {
				continue // not a run, or one that never began
			}
		}
		if run.Number == 0 || numbers[run.Number] {
			if run.Number, err = m.nextNumber(ctx); err != nil {
				return out, err
			}
		}
		if err := m.save(ctx, run); err != nil {
			return out, err
		}
		numbers[run.Number] = true
		out = append(out, run)
	}
	return out, nil
}

// reread makes a run of its folder alone, which names its recipe and what it
// measured. It counts as running, so that Recover finds out how it ended.
func (m *Manager) reread(id RunID) (Run, error) {
	if _, err := os.Stat(m.record(id).path); err != nil {
		return Run{}, err
	}
	path := filepath.Join(m.Dir(id), recipeFile)
	raw, err := os.ReadFile(path)
	if err != nil {
		return Run{}, err
	}
	recipe, err := ParseRecipe(raw)
	if err != nil {
		return Run{}, err
	}
	st, err := os.Stat(path) // written once, when the run was made
	if err != nil {
		return Run{}, err
	}
	return Run{ID: id, State: StateRunning, Recipe: recipe, Created: st.ModTime(), Started: st.ModTime()}, nil
}
