package lineage

import (
	"cmp"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/modelfactory/modelfactory/datasets"
	"github.com/modelfactory/modelfactory/internal/wholefile"
	"github.com/modelfactory/modelfactory/training"
)

// Shelf is the folder of models: one folder each, named by the adapter digest.
// It may be used by several goroutines of one program.
type Shelf struct {
	dir string
	mu  sync.Mutex // one change at a time
}

// OpenShelf opens the folder of models, makes it when missing, and removes what
// a killed program left half-made.
func OpenShelf(dir string) (*Shelf, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, failed(err, "the folder of models cannot be made")
	}
	left, _ := filepath.Glob(filepath.Join(dir, ".new-*"))
	for _, path := range left {
		_ = os.RemoveAll(path)
	}
	return &Shelf{dir: dir}, nil
}

// Dir is the folder of models.
func (s *Shelf) Dir() string { return s.dir }

// ModelSchema names the form of model.json.
const modelSchema = "modelfactory.model/1"

// card of the shelf: model.json. It is about this computer, not about the model:
// the name may change, and it never leaves the shelf.
type modelRecord struct {
	Schema  string                     `json:"schema"`
	Name    string                     `json:"name"`
	Adapter datasets.Digest            `json:"adapter"`
	Run     training.RunID             `json:"run"`
	Number  int                        `json:"number"`
	Created string                     `json:"created"` // RFC 3339, UTC
	Files   map[string]datasets.Digest `json:"files"`   // as they were when the model came here
	Check   datasets.Digest            `json:"check"`   // of this record with check empty
}

func (r modelRecord) sum() datasets.Digest {
	r.Check = ""
	raw, err := datasets.CanonicalJSON(r)
	if err != nil {
		panic(err) // strings and integers always encode
	}
	return datasets.DigestOf(raw)
}

func parseModelRecord(raw []byte) (modelRecord, error) {
	var r modelRecord
	if err := parse(raw, &r); err != nil {
		return r, err
	}
	if r.Schema != modelSchema {
		return r, errors.New("its schema is unknown")
	}
	if r.Check != r.sum() {
		return r, errors.New("its checksum is wrong")
	}
	if err := checkName(r.Name); err != nil {
		return r, err
	}
	_, err := time.Parse(time.RFC3339, r.Created)
	return r, err
}

// List returns all models, newest first. A folder of which a record is damaged is
// listed with Damaged set and with what could be read.
func (s *Shelf) List() ([]Model, error) {
	entries, err := os.ReadDir(s.dir)
	if err != nil {
		return nil, failed(err, "the folder of models cannot be read")
	}
	list := []Model{}
	for _, e := range entries {
		id, err := datasets.ParseDigest(e.Name())
		if err != nil || !e.IsDir() {
			continue
		}
		m, err := s.read(id)
		if err != nil {
			m.Damaged = err.Error()
			if m.Name == "" {
				m.Name = cmp.Or(s.names(id)...)
			}
		}
		list = append(list, m)
	}
	slices.SortFunc(list, func(a, b Model) int {
		return cmp.Or(b.Created.Compare(a.Created), strings.Compare(string(a.Digest), string(b.Digest)))
	})
	return list, nil
}

// Get finds a model by its id, the beginning of its id (at least six digits),
// its name, or the id of its run. A name that fits several is refused with
// their ids. A damaged model is found as well, with Damaged set: Verify says
// what is wrong with it.
func (s *Shelf) Get(what string) (Model, error) {
	list, err := s.List()
	if err != nil {
		return Model{}, err
	}
	var fit []Model
	for _, m := range list {
		if string(m.Digest) == what || string(m.RunID) == what && what != "" {
			return m, nil
		}
		prefix := len(what) >= 6 && strings.HasPrefix(string(m.Digest), strings.ToLower(what))
		named := strings.EqualFold(m.Name, what)
		if m.Damaged != "" {
			named = named || slices.ContainsFunc(s.names(m.Digest), func(n string) bool { return strings.EqualFold(n, what) })
		}
		if prefix || named {
			fit = append(fit, m)
		}
	}
	switch len(fit) {
	case 1:
		return fit[0], nil
	case 0:
		return Model{}, notFound("List the models to see their names.", "there is no model %.100q here", what)
	}
	ids := make([]string, len(fit))
	for i, m := range fit {
		ids[i] = string(m.Digest[:12])
	}
	return Model{}, &Error{Kind: KindUsage, Message: "the name " + strconv.Quote(what) + " fits several models", Next: "Use one of these ids: " + strings.Join(ids, ", ") + "."}
}

// names are what a damaged model may be called: the name in its manifest, the one
// in model.json as far as that can be read, and the beginning of its id.
func (s *Shelf) names(id datasets.Digest) []string {
	var out []string
	if root, err := os.OpenRoot(s.folder(id)); err == nil {
		defer root.Close()
		for _, file := range []string{ManifestFile, ModelFile} {
			var named struct {
				Name string `json:"name"`
			}
			raw, err := readRecord(root, file)
			if err == nil && json.Unmarshal(raw, &named) == nil && checkName(named.Name) == nil {
				out = append(out, named.Name)
			}
		}
	}
	return append(out, string(id[:12]))
}

func (s *Shelf) folder(id datasets.Digest) string { return filepath.Join(s.dir, string(id)) }

// read reads a model's records, not its weights; their digests are Verify's
// business.
func (s *Shelf) read(id datasets.Digest) (Model, error) {
	dir := s.folder(id)
	m := Model{Digest: id, Dir: dir}
	root, err := os.OpenRoot(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return m, notFound("List the models to see their names.", "there is no model %s here", id)
	}
	if err != nil {
		return m, failed(err, "the folder of model %s cannot be read", id)
	}
	defer root.Close()
	raw, err := readRecord(root, ModelFile)
	if err != nil {
		return m, failed(err, "%s of model %s cannot be read", ModelFile, id)
	}
	rec, err := parseModelRecord(raw)
	if err == nil && rec.Adapter != id {
		err = errors.New("it belongs to another model")
	}
	if err != nil {
		return m, damaged(id, ModelFile, err)
	}
	m.Name, m.RunID, m.RunNumber = rec.Name, rec.Run, rec.Number
	m.Created, _ = time.Parse(time.RFC3339, rec.Created) // checked by parseModelRecord
	if err := s.readMade(root, &m); err != nil {
		return m, err
	}
	return m, s.readPublished(root, &m)
}

// readMade reads what the model was made with.
func (s *Shelf) readMade(root *os.Root, m *Model) error {
	for name, into := range map[string]any{MetricsFile: &m.Metrics, DataFile: &m.Data} {
		raw, err := readRecord(root, name)
		if err == nil {
			err = parse(raw, into)
		}
		if err != nil {
			return damaged(m.Digest, name, err)
		}
	}
	m.Base = m.Metrics.Base.Name
	if m.Metrics.Base.Revision != "" {
		m.Base += "@" + m.Metrics.Base.Revision
	}
	entries, err := fs.ReadDir(root.FS(), ".")
	if err != nil {
		return failed(err, "the folder of model %s cannot be read", m.Digest)
	}
	for _, e := range entries {
		if info, err := e.Info(); err == nil && info.Mode().IsRegular() {
			m.Bytes += info.Size()
		}
	}
	return nil
}

func (s *Shelf) readPublished(root *os.Root, m *Model) error {
	raw, err := readRecord(root, ManifestFile)
	if errors.Is(err, fs.ErrNotExist) {
		raw, err = nil, nil
	}
	if err != nil {
		return damaged(m.Digest, ManifestFile, err)
	}
	if raw != nil {
		if _, err := ParseManifest(raw); err != nil {
			return damaged(m.Digest, ManifestFile, err)
		}
		m.Manifest = datasets.DigestOf(raw)
	}
	raw, err = readRecord(root, PublicationFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return damaged(m.Digest, PublicationFile, err)
	}
	p, err := parsePublication(raw)
	if err != nil {
		return damaged(m.Digest, PublicationFile, err)
	}
	m.Publication = &p
	return nil
}

func damaged(id datasets.Digest, file string, err error) error {
	return &Error{
		Kind: KindRefused, Message: file + " of model " + string(id[:12]) + " is damaged",
		Next: "Verify the model to see all that differs.", Err: err,
	}
}

// Rename gives a model another name on this computer. What is published keeps
// the name it was published under.
func (s *Shelf) Rename(id datasets.Digest, name string) error {
	name = strings.TrimSpace(name)
	if err := checkName(name); err != nil {
		return &Error{Kind: KindUsage, Message: "the model cannot have this name", Next: "Use 1 to 100 visible characters.", Err: err}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	rec, err := s.record(id)
	if err != nil {
		return err
	}
	rec.Name = name
	return s.saveRecord(rec)
}

func (s *Shelf) record(id datasets.Digest) (modelRecord, error) {
	root, err := os.OpenRoot(s.folder(id))
	if err != nil {
		return modelRecord{}, notFound("List the models to see their names.", "there is no model %s here", id)
	}
	defer root.Close()
	raw, err := readRecord(root, ModelFile)
	if err != nil {
		return modelRecord{}, failed(err, "%s of model %s cannot be read", ModelFile, id)
	}
	rec, err := parseModelRecord(raw)
	if err != nil {
		return rec, damaged(id, ModelFile, err)
	}
	return rec, nil
}

func (s *Shelf) saveRecord(rec modelRecord) error {
	rec.Check = rec.sum()
	raw, err := datasets.CanonicalJSON(rec)
	if err == nil {
		err = wholefile.Write(filepath.Join(s.folder(rec.Adapter), ModelFile), raw, 0o644)
	}
	if err != nil {
		return failed(err, "%s of model %s cannot be written", ModelFile, rec.Adapter)
	}
	return nil
}
