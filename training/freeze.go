package training

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/modelfactory/modelfactory/datasets"
	"github.com/modelfactory/modelfactory/training/protocol"
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
			return nil, refused("Choose data that has rows.", "%s has no rows", ref)
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
	for i, s := range f.recipe.Data {
		// Relative to the run folder: the record names no place on this computer
		// and stays right when the data folder moves.
		path, err := filepath.Rel(dir, filepath.Join(f.library.Dir(s.Ref), "rows.jsonl"))
		if err != nil {
			return err
		}
		f.sources[i].Path = filepath.ToSlash(path)
	}
	data, err := canonical(f.sources)
	if err != nil {
		return err
	}
	recipe, err := f.recipe.Canonical()
	if err != nil {
		return err
	}
	if err := writeFile(filepath.Join(dir, "data.json"), data); err != nil {
		return err
	}
	return writeFile(filepath.Join(dir, "recipe.json"), recipe)
}

// checkFrozen compares the run folder with the stored recipe before a start:
// what is trained is what was frozen.
func (m *Manager) checkFrozen(run Run) error {
	want, err := run.Recipe.Canonical()
	if err != nil {
		return err
	}
	got, err := os.ReadFile(filepath.Join(m.Dir(run.ID), "recipe.json"))
	if err != nil || string(got) != string(want) {
		return &Error{
			Kind: KindRefused, Message: fmt.Sprintf("recipe.json of run %d differs from what was frozen", run.Number),
			Next: "Make a new run from its recipe.", Err: err,
		}
	}
	return nil
}

// writeFile replaces a file in one step: temporary file, sync, rename, sync of
// the folder.
func writeFile(path string, data []byte) (err error) {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, ".tmp-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			f.Close()
			os.Remove(f.Name())
		}
	}()
	if err := f.Chmod(0o644); err != nil {
		return err
	}
	if _, err := f.Write(data); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return err
	}
	return syncDir(dir)
}

// syncDir makes a rename durable. Systems that cannot sync a folder say so by
// an error, which is no failure of the write.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return nil
	}
	defer d.Close()
	_ = d.Sync()
	return nil
}
