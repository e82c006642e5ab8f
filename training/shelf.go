package training

import (
	"cmp"
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/modelfactory/modelfactory/datasets"
)

//go:embed catalogue.json
var catalogueJSON []byte

// Catalogue lists the well-known bases that can be fetched, with the public
// figures of their architecture.
func Catalogue() []Base {
	var out []Base
	if err := json.Unmarshal(catalogueJSON, &out); err != nil {
		panic(err) // embedded; a test reads it
	}
	return out
}

// baseFile is base.json, the record that is written last into a base's folder:
// a folder without it is half-made and not listed.
type baseFile struct {
	Name     string            `json:"name"`
	Revision string            `json:"revision"`
	Licence  string            `json:"licence"`
	Family   string            `json:"family"`
	Params   int64             `json:"params"`
	Digest   datasets.Digest   `json:"digest"`
	Files    map[string]string `json:"files"`
}

// BaseShelf is the folder of installed bases, shared between data folders.
type BaseShelf struct {
	dir string

	mu     sync.Mutex
	hashed map[string]hashedFile // by path; what was read once is not read again
}

type hashedFile struct {
	size   int64
	mtime  int64
	digest string
}

// NewBaseShelf opens the folder; it need not exist yet.
func NewBaseShelf(dir string) *BaseShelf {
	return &BaseShelf{dir: dir, hashed: map[string]hashedFile{}}
}

// Dir is the folder of the shelf.
func (b *BaseShelf) Dir() string { return b.dir }

// List returns the installed bases, then the catalogue's others, each by size.
func (b *BaseShelf) List() ([]Base, error) {
	entries, err := os.ReadDir(b.dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, failed(err, "the folder of bases cannot be read")
	}
	known := map[string]Base{}
	for _, c := range Catalogue() {
		known[c.Name] = c
	}
	var installed []Base
	have := map[string]bool{}
	for _, e := range entries {
		if !e.IsDir() || strings.HasPrefix(e.Name(), ".") {
			continue
		}
		base, err := readBase(filepath.Join(b.dir, e.Name()))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			base = Base{Name: e.Name(), Dir: filepath.Join(b.dir, e.Name()), Note: "cannot be read: " + err.Error()}
		}
		if c, ok := known[base.Name]; ok {
			base.Repo, base.Note = c.Repo, cmp.Or(base.Note, c.Note)
			base.Family, base.Licence = cmp.Or(base.Family, c.Family), cmp.Or(base.Licence, c.Licence)
			base.Params = cmp.Or(base.Params, c.Params)
		}
		have[base.Name] = true
		installed = append(installed, base)
	}
	var rest []Base
	for _, c := range known {
		if !have[c.Name] {
			rest = append(rest, c)
		}
	}
	bySize := func(x, y Base) int { return cmp.Or(cmp.Compare(x.Params, y.Params), cmp.Compare(x.Name, y.Name)) }
	slices.SortFunc(installed, bySize)
	slices.SortFunc(rest, bySize)
	return append(installed, rest...), nil
}

// Find returns a base by name or name@revision, capitals aside. An installed
// one goes before the catalogue's.
func (b *BaseShelf) Find(name string) (Base, error) {
	all, err := b.List()
	if err != nil {
		return Base{}, err
	}
	for _, base := range all {
		if strings.EqualFold(name, base.Ref()) || strings.EqualFold(name, base.Name) || (base.Repo != "" && strings.EqualFold(name, base.Repo)) {
			return base, nil
		}
	}
	return Base{}, &Error{
		Kind: KindNotFound, Message: fmt.Sprintf("there is no base %q", name),
		Next: "List the bases, or add one from a folder, a GGUF file or a hub.",
	}
}

func readBase(dir string) (Base, error) {
	raw, err := os.ReadFile(filepath.Join(dir, "base.json"))
	if err != nil {
		return Base{}, err
	}
	var f baseFile
	if err := json.Unmarshal(raw, &f); err != nil {
		return Base{}, fmt.Errorf("base.json: %w", err)
	}
	base := Base{
		Name: f.Name, Revision: f.Revision, Digest: f.Digest, Family: f.Family, Licence: f.Licence,
		Params: f.Params, Dir: dir, Installed: true,
	}
	raw, err = os.ReadFile(filepath.Join(dir, "config.json"))
	if err != nil {
		return Base{}, fmt.Errorf("config.json: %w", errors.Unwrap(err))
	}
	if base.Config, err = ParseModelConfig(raw); err != nil {
		return Base{}, err
	}
	for name := range f.Files {
		if st, err := os.Stat(filepath.Join(dir, filepath.FromSlash(name))); err == nil {
			base.Bytes += st.Size()
		}
	}
	return base, nil
}

// Verify hashes every file of an installed base and compares it with base.json
// and the base's digest. A file is read again only when its size or time
// changed since it was last found right.
func (b *BaseShelf) Verify(ctx context.Context, base Base) error {
	const next = "Add the base again."
	raw, err := os.ReadFile(filepath.Join(base.Dir, "base.json"))
	if err != nil {
		return &Error{Kind: KindNotFound, Message: fmt.Sprintf("the base %s is not on this computer", base.Name), Next: next, Err: err}
	}
	var f baseFile
	if err := json.Unmarshal(raw, &f); err != nil {
		return &Error{Kind: KindRefused, Message: fmt.Sprintf("base.json of %s cannot be read", base.Name), Next: next, Err: err}
	}
	if want, err := filesDigest(f.Files); err != nil || want != f.Digest || (base.Digest != "" && base.Digest != want) {
		return refused(next, "base.json of %s does not match its digest", base.Name)
	}
	err = filepath.WalkDir(base.Dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		rel, err := filepath.Rel(base.Dir, path)
		if err != nil {
			return err
		}
		if rel = filepath.ToSlash(rel); rel != "base.json" && f.Files[rel] == "" {
			return refused(next, "the base %s holds a file that is not in its record: %s", base.Name, rel)
		}
		return nil
	})
	if err != nil {
		return err
	}
	for name, want := range f.Files {
		if !filepath.IsLocal(filepath.FromSlash(name)) {
			return refused(next, "base.json of %s names a file outside its folder", base.Name)
		}
		got, err := b.fileDigest(ctx, filepath.Join(base.Dir, filepath.FromSlash(name)))
		if err != nil {
			return &Error{Kind: KindRefused, Message: fmt.Sprintf("the base %s cannot be read", base.Name), Next: next, Err: err}
		}
		if got != want {
			return refused(next, "%s of the base %s differs from what was recorded", name, base.Name)
		}
	}
	return nil
}

func (b *BaseShelf) fileDigest(ctx context.Context, path string) (string, error) {
	st, err := os.Stat(path)
	if err != nil {
		return "", err
	}
	key := hashedFile{size: st.Size(), mtime: st.ModTime().UnixNano()}
	b.mu.Lock()
	old, ok := b.hashed[path]
	b.mu.Unlock()
	if ok && old.size == key.size && old.mtime == key.mtime {
		return old.digest, nil
	}
	if key.digest, err = hashFile(ctx, path); err != nil {
		return "", err
	}
	b.mu.Lock()
	b.hashed[path] = key
	b.mu.Unlock()
	return key.digest, nil
}

// filesDigest is the digest of a base or an adapter: SHA-256 of the canonical
// JSON object that maps each file to its SHA-256.
func filesDigest(files map[string]string) (datasets.Digest, error) {
	c, err := datasets.CanonicalJSON(files)
	if err != nil {
		return "", err
	}
	return datasets.DigestOf(c), nil
}

func hashFile(ctx context.Context, path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, readerFunc(func(p []byte) (int, error) {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		return f.Read(p)
	})); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

type readerFunc func([]byte) (int, error)

func (r readerFunc) Read(p []byte) (int, error) { return r(p) }
