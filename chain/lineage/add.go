package lineage

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"

	"github.com/modelfactory/modelfactory/datasets"
	"github.com/modelfactory/modelfactory/internal/wholefile"
	"github.com/modelfactory/modelfactory/training"
	"github.com/modelfactory/modelfactory/training/protocol"
)

// AddSpec is a run that ended with an adapter.
type AddSpec struct {
	Run      training.Run
	RunDir   string // recipe.json, data.json, receipt.json, adapter/
	Base     training.Base
	Library  *datasets.Library        // for titles, languages and contributors of the data
	Licences map[datasets.Slug]string // how each source was allowed; missing: "open", or "own" for a private one
	Name     string                   // empty: the run's title
	Created  time.Time                // zero: when the run ended
}

// Add takes the adapter of a run onto the shelf. Adding the same adapter again
// changes nothing and returns the model that is there. Errors: refused when the
// files are not those that the trainer recorded.
func (s *Shelf) Add(ctx context.Context, spec AddSpec) (Model, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	root, err := os.OpenRoot(spec.RunDir)
	if err != nil {
		return Model{}, failed(err, "the folder of %s cannot be read", spec.Run.Title())
	}
	defer root.Close()
	receipt, err := readReceipt(root)
	if err != nil {
		return Model{}, wrongRun(spec.Run, receiptFile, err)
	}
	id := receipt.AdapterDigest
	if spec.Run.AdapterDigest != "" && spec.Run.AdapterDigest != id {
		return Model{}, wrongRun(spec.Run, receiptFile, errors.New("the run names another adapter"))
	}
	if m, err := s.read(id); err == nil {
		return m, nil
	} else if e, ok := errors.AsType[*Error](err); !ok || e.Kind != KindNotFound {
		return Model{}, err
	}
	name, err := s.freeName(spec)
	if err != nil {
		return Model{}, err
	}
	err = inPlace(s.folder(id), func(tmp string) error {
		return fill(ctx, root, tmp, spec, receipt, name)
	})
	if err != nil {
		return Model{}, failed(err, "the model of %s cannot be put on the shelf", spec.Run.Title())
	}
	return s.read(id)
}

func wrongRun(run training.Run, file string, err error) error {
	return &Error{
		Kind: KindRefused, Message: fmt.Sprintf("%s of %s is not what the trainer wrote", file, run.Title()),
		Next: "Train again; a changed record is not taken over.", Err: err,
	}
}

// fill writes all files of a new model into a folder that nobody sees yet.
func fill(ctx context.Context, root *os.Root, tmp string, spec AddSpec, receipt receipt, name string) error {
	files := map[string]datasets.Digest{}
	for _, f := range []string{ConfigFile, AdapterFile} {
		d, err := copyFile(ctx, root, path.Join("adapter", f), filepath.Join(tmp, f))
		if err != nil {
			return err
		}
		files[f] = d
	}
	adapter := AdapterFiles{Config: files[ConfigFile], Weights: files[AdapterFile]}
	if AdapterDigest(adapter) != receipt.AdapterDigest {
		return wrongRun(spec.Run, "the adapter", errors.New("its digest is another"))
	}
	if err := fillRecipe(root, tmp, spec, receipt.RecipeDigest, files); err != nil {
		return err
	}
	uses, err := dataUses(root, spec, receipt.DataDigest)
	if err != nil {
		return err
	}
	metrics, err := receipt.metrics(spec.Base, adapter)
	if err != nil {
		return wrongRun(spec.Run, receiptFile, err)
	}
	for f, v := range map[string]any{DataFile: uses, MetricsFile: metrics} {
		raw, err := datasets.CanonicalJSON(v)
		if err != nil {
			return err
		}
		if err := wholefile.Write(filepath.Join(tmp, f), raw, 0o644); err != nil {
			return err
		}
		files[f] = datasets.DigestOf(raw)
	}
	created := spec.Created
	if created.IsZero() {
		created = spec.Run.Ended
	}
	rec := modelRecord{
		Schema: modelSchema, Name: name, Adapter: receipt.AdapterDigest, Run: spec.Run.ID, Number: spec.Run.Number,
		Created: created.UTC().Format(time.RFC3339), Files: files,
	}
	rec.Check = rec.sum()
	raw, err := datasets.CanonicalJSON(rec)
	if err != nil {
		return err
	}
	return wholefile.Write(filepath.Join(tmp, ModelFile), raw, 0o644)
}

// fillRecipe copies recipe.json, which must be the run's frozen recipe byte for
// byte.
func fillRecipe(root *os.Root, tmp string, spec AddSpec, trained datasets.Digest, files map[string]datasets.Digest) error {
	want, err := spec.Run.Recipe.Canonical()
	if err != nil {
		return err
	}
	got, err := readRecord(root, RecipeFile)
	if err != nil {
		return err
	}
	if datasets.DigestOf(got) != datasets.DigestOf(want) || datasets.DigestOf(got) != trained {
		return wrongRun(spec.Run, RecipeFile, errors.New("it is not the recipe that was frozen"))
	}
	files[RecipeFile] = datasets.DigestOf(got)
	return wholefile.Write(filepath.Join(tmp, RecipeFile), got, 0o644)
}

// dataUses turns the run's data.json, which names paths, into the record of
// whose rows were used on which terms.
func dataUses(root *os.Root, spec AddSpec, trained datasets.Digest) ([]DataUse, error) {
	raw, err := readRecord(root, DataFile)
	if err != nil {
		return nil, err
	}
	var sources []protocol.Source
	if err := parse(raw, &sources); err != nil {
		return nil, wrongRun(spec.Run, DataFile, err)
	}
	if datasets.DigestOf(raw) != trained {
		return nil, wrongRun(spec.Run, DataFile, errors.New("it is not the one that was trained on"))
	}
	if len(sources) == 0 || len(sources) != len(spec.Run.Recipe.Data) {
		return nil, wrongRun(spec.Run, DataFile, errors.New("its sources are not those of the recipe"))
	}
	weights := make([]uint32, len(sources))
	for i, s := range sources {
		weights[i] = s.WeightPPM
	}
	shares := ppm(weights)
	uses := make([]DataUse, len(sources))
	for i, src := range sources {
		net, err := spec.Library.Get(datasets.Slug(src.Net))
		if err != nil {
			return nil, err
		}
		u := DataUse{
			Net: net.Slug, Title: net.Title, Version: src.Version, Rows: src.Rows, WeightPPM: shares[i],
			Language: net.Language, SPDX: src.SPDX, Licence: spec.Licences[net.Slug], Private: net.Private,
			Root: datasets.Digest(src.Root), Digest: datasets.Digest(src.Digest), RowsSHA256: datasets.Digest(src.RowsSHA256),
		}
		if u.Licence == "" {
			u.Licence = "open"
			if net.Private {
				u.Licence = "own"
			}
		}
		if u.Contributors, err = contributors(spec.Library, net, src.Version); err != nil {
			return nil, err
		}
		uses[i] = u
	}
	return uses, nil
}

// contributors counts the rows of each contributor of one version.
func contributors(lib *datasets.Library, net datasets.DataNet, version int) ([]datasets.Contributor, error) {
	if net.Newest().Number == version {
		return append([]datasets.Contributor{}, net.Contributors...), nil
	}
	rows := map[datasets.Address]int{}
	for e, err := range lib.Rows(datasets.Ref{Net: net.Slug, Version: version}) {
		if err != nil {
			return nil, err
		}
		rows[e.Contributor]++
	}
	out := make([]datasets.Contributor, 0, len(rows))
	for a, n := range rows {
		out = append(out, datasets.Contributor{Address: a, Rows: n})
	}
	sortContributors(out)
	return out, nil
}

// freeName gives the model a name that no other has, so that a name is enough to
// find it.
func (s *Shelf) freeName(spec AddSpec) (string, error) {
	name := strings.TrimSpace(spec.Name)
	if name == "" {
		name = spec.Run.Title()
	}
	if err := checkName(name); err != nil {
		return "", &Error{Kind: KindUsage, Message: "the model cannot have this name", Next: "Use 1 to 100 visible characters.", Err: err}
	}
	list, err := s.List()
	if err != nil {
		return "", err
	}
	taken := map[string]bool{}
	for _, m := range list {
		taken[strings.ToLower(m.Name)] = true
	}
	if !taken[strings.ToLower(name)] {
		return name, nil
	}
	for n := 2; ; n++ {
		if next := fmt.Sprintf("%s %d", name, n); !taken[strings.ToLower(next)] {
			return next, nil
		}
	}
}

// missing is true for a file that is not there.
func missing(err error) bool { return errors.Is(err, fs.ErrNotExist) }
