package lineage

import (
	"context"
	"os"
	"path/filepath"

	"github.com/modelfactory/modelfactory/datasets"
	"github.com/modelfactory/modelfactory/internal/wholefile"
)

// ManifestOptions is what a manifest says beyond the model's files.
type ManifestOptions struct {
	Creator         datasets.Address
	Name            string // empty: the model's name here
	AttributionRoot datasets.Digest
	Parents         []Parent
}

// Prepare makes the manifest of a model that is about to be registered and
// keeps it as manifest.json, before anything is sent. It holds no time, so the
// same model by the same creator gives the same digest each time: a publication
// that was cut off can be found on the chain and finished. Errors: refused when
// a file of the model differs, or when it is registered already.
func (s *Shelf) Prepare(ctx context.Context, id datasets.Digest, opt ManifestOptions) (Manifest, datasets.Digest, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m, err := s.read(id)
	if err != nil {
		return Manifest{}, "", err
	}
	if m.Publication != nil {
		return Manifest{}, "", refused("Verify it instead.", "%s is registered already, as model %d", m.Name, m.Publication.ID)
	}
	files, err := s.sound(ctx, id)
	if err != nil {
		return Manifest{}, "", err
	}
	if opt.Name == "" {
		opt.Name = m.Name
	}
	if opt.Parents == nil {
		opt.Parents = []Parent{}
	}
	man := Manifest{
		Schema: ManifestSchema, Name: opt.Name, Creator: string(opt.Creator), Base: m.Metrics.Base,
		Data: manifestData(m.Data), DataFile: files[DataFile], Recipe: files[RecipeFile], Trainer: m.Metrics.Trainer,
		Adapter: id, Metrics: files[MetricsFile], AttributionRoot: string(opt.AttributionRoot), Parents: opt.Parents,
	}
	raw, err := man.Canonical()
	if err != nil {
		return Manifest{}, "", err
	}
	if err := wholefile.Write(filepath.Join(m.Dir, ManifestFile), raw, 0o644); err != nil {
		return Manifest{}, "", failed(err, "%s of %s cannot be written", ManifestFile, m.Name)
	}
	return man, datasets.DigestOf(raw), nil
}

// sound recomputes the digests that model.json keeps, and returns them.
func (s *Shelf) sound(ctx context.Context, id datasets.Digest) (map[string]datasets.Digest, error) {
	rec, err := s.record(id)
	if err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(s.folder(id))
	if err != nil {
		return nil, failed(err, "the folder of %s cannot be read", rec.Name)
	}
	defer root.Close()
	for _, name := range madeFiles {
		got, err := hashFile(ctx, root, name, nil)
		if err != nil && !missing(err) {
			return nil, failed(err, "%s of %s cannot be read", name, rec.Name)
		}
		if got != rec.Files[name] {
			return nil, refused("Do not publish it. Verify it to see all that differs; train again if the file is lost.",
				"%s of %s was changed after training", name, rec.Name)
		}
	}
	return rec.Files, nil
}

// madeFiles are the files that come from training.
var madeFiles = []string{AdapterFile, ConfigFile, RecipeFile, DataFile, MetricsFile}

// Published notes where a model was registered and writes its model card. The
// manifest that was registered must be the one that Prepare kept.
func (s *Shelf) Published(id datasets.Digest, p Publication) (Model, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m, err := s.read(id)
	if err != nil {
		return m, err
	}
	if m.Publication != nil && *m.Publication == p {
		return m, nil
	}
	if m.Publication != nil {
		return m, refused("Verify it to see where.", "%s is registered already, as model %d", m.Name, m.Publication.ID)
	}
	if err := p.check(); err != nil {
		return m, &Error{Kind: KindUsage, Message: "the publication is not complete", Err: err}
	}
	if m.Manifest == "" || string(m.Manifest) != p.Manifest {
		return m, refused("Publish it again.", "the manifest that was registered is not the one of %s", m.Name)
	}
	card, err := s.card(m, &p)
	if err != nil {
		return m, err
	}
	raw, err := datasets.CanonicalJSON(p)
	if err != nil {
		return m, failed(err, "%s cannot be written", PublicationFile)
	}
	// The publication comes last: while it is missing the model counts as not
	// registered, and this is done again.
	for _, f := range []struct {
		name string
		data []byte
	}{{CardFile, card}, {PublicationFile, raw}} {
		if err := wholefile.Write(filepath.Join(m.Dir, f.name), f.data, 0o644); err != nil {
			return m, failed(err, "%s of %s cannot be written", f.name, m.Name)
		}
	}
	return s.read(id)
}

// Manifest reads the manifest of a model; not_found while none was made.
func (s *Shelf) Manifest(id datasets.Digest) (Manifest, error) {
	root, err := os.OpenRoot(s.folder(id))
	if err != nil {
		return Manifest{}, notFound("List the models to see their names.", "there is no model %s here", id)
	}
	defer root.Close()
	raw, err := readRecord(root, ManifestFile)
	if missing(err) {
		return Manifest{}, notFound("Publish the model to make one.", "this model has no manifest yet")
	}
	if err != nil {
		return Manifest{}, failed(err, "%s cannot be read", ManifestFile)
	}
	man, err := ParseManifest(raw)
	if err != nil {
		return man, damaged(id, ManifestFile, err)
	}
	return man, nil
}

// Card gives the model card of a model on the shelf; before it is registered, a
// draft that says so.
func (s *Shelf) Card(id datasets.Digest) ([]byte, error) {
	m, err := s.read(id)
	if err != nil {
		return nil, err
	}
	return s.card(m, m.Publication)
}

func (s *Shelf) card(m Model, p *Publication) ([]byte, error) {
	root, err := os.OpenRoot(m.Dir)
	if err != nil {
		return nil, failed(err, "the folder of %s cannot be read", m.Name)
	}
	defer root.Close()
	recipe, err := readRecord(root, RecipeFile)
	if err != nil {
		return nil, failed(err, "%s of %s cannot be read", RecipeFile, m.Name)
	}
	in := CardInput{Name: m.Name, Base: m.Metrics.Base, Data: m.Data, Recipe: recipe, Metrics: m.Metrics, Adapter: m.Digest, Publication: p}
	if p != nil {
		raw, err := readRecord(root, ManifestFile)
		if err != nil {
			return nil, failed(err, "%s of %s cannot be read", ManifestFile, m.Name)
		}
		man, err := ParseManifest(raw)
		if err != nil {
			return nil, damaged(m.Digest, ManifestFile, err)
		}
		in.Manifest = &man
	}
	card, err := Card(in)
	if err != nil {
		return nil, failed(err, "the model card of %s cannot be made", m.Name)
	}
	return card, nil
}
