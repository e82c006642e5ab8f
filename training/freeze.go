package training

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/modelfactory/modelfactory/datasets"
	"github.com/modelfactory/modelfactory/internal/wholefile"
	"github.com/modelfactory/modelfactory/training/protocol"
)

// Files of a run's folder that say what is trained.
const (
	recipeFile = "recipe.json"
	dataFile   = "data.json"
)

// frozen is a recipe with everything resolved, ready to be written.
type frozen struct {
	recipe  Recipe
	sources []protocol.Source
	library *datasets.Library
}

// freeze resolves the base's revision and every version, and checks the whole.
func (m *Manager) freeze(r Recipe) (*frozen, error) {
	if err := r.Validate(); err != nil {
		return nil, err
	}
	base, err := m.cfg.Bases.Find(r.Base)
	if err != nil {
		return nil, err
	}
	if !base.Installed {
		return nil, refused("Add the base first.", "the base %s is not on this computer", base.Name)
	}
	r.Base = base.Ref()
	return m.resolveData(r)
}

// resolveData resolves the versions of a recipe and records what they are.
func (m *Manager) resolveData(r Recipe) (*frozen, error) {
	f := &frozen{library: m.cfg.Library}
	data := make([]Source, 0, len(r.Data))
	for _, s := range r.Data {
		net, err := m.cfg.Library.Get(s.Ref.Net)
		if err != nil {
			return nil, err
		}
		ref, v, err := m.cfg.Library.Resolve(s.Ref)
		if err != nil {
			return nil, err
		}
		if v.Rows == 0 {
			return nil, &Error{Kind: KindRefused, Message: fmt.Sprintf("%s has no rows", ref), Next: "Choose data that has rows.", Cause: FailData}
		}
		data = append(data, Source{Ref: ref, WeightPPM: s.WeightPPM})
		f.sources = append(f.sources, protocol.Source{
			Net: string(ref.Net), Version: ref.Version, RowsSHA256: string(v.RowsSHA256), Root: string(v.Root),
			Digest: string(v.Digest), Rows: v.Rows, WeightPPM: s.WeightPPM, SPDX: net.SPDX,
		})
	}
	r.Data = data
	f.recipe = r
	return f, nil
}

// write makes the run folder with recipe.json and data.json.
func (f *frozen) write(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	data, err := f.data(dir)
	if err != nil {
		return err
	}
	recipe, err := f.recipe.Canonical()
	if err != nil {
		return err
	}
	if err := writeFile(filepath.Join(dir, dataFile), data); err != nil {
		return err
	}
	return writeFile(filepath.Join(dir, recipeFile), recipe)
}

// data is what data.json of the run in a folder holds.
func (f *frozen) data(dir string) ([]byte, error) {
	for i, s := range f.recipe.Data {
		// Relative to the run folder: the record names no place on this computer
		// and stays right when the data folder moves.
		path, err := filepath.Rel(dir, filepath.Join(f.library.Dir(s.Ref), "rows.jsonl"))
		if err != nil {
			return nil, err
		}
		f.sources[i].Path = filepath.ToSlash(path)
	}
	return datasets.CanonicalJSON(f.sources)
}

// checkFrozen compares the run folder with the stored recipe and the library
// before a start: what is trained is what was frozen, and what the licence gate
// was asked about.
func (m *Manager) checkFrozen(run Run) error {
	recipe, err := run.Recipe.Canonical()
	if err != nil {
		return err
	}
	f, err := m.resolveData(run.Recipe)
	if err != nil {
		return err
	}
	data, err := f.data(m.Dir(run.ID))
	if err != nil {
		return err
	}
	for _, file := range []struct {
		name  string
		want  []byte
		cause string
	}{{recipeFile, recipe, ""}, {dataFile, data, FailData}} {
		got, err := os.ReadFile(filepath.Join(m.Dir(run.ID), file.name))
		if err != nil || !bytes.Equal(got, file.want) {
			what := "differs from what was frozen"
			if errors.Is(err, fs.ErrNotExist) {
				what, err = "is missing", nil
			} else if err != nil {
				what = "cannot be read"
			}
			return &Error{
				Kind: KindRefused, Message: fmt.Sprintf("%s of run %d %s", file.name, run.Number, what),
				Next: "Make a new run from its recipe.", Err: err, Cause: file.cause,
			}
		}
	}
	return nil
}

// writeFile replaces a file in one step and makes its folder where that is
// missing.
func writeFile(path string, data []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return wholefile.Write(path, data, 0o644)
}
