package datasets

import (
	"bytes"
	"errors"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"

	"github.com/modelfactory/modelfactory/internal/wholefile"
)

// Library is the DataNets on this computer: <dir>/<net>/<version>/, with
// net.json and chain.json in the net's folder. It may be used by several
// goroutines.
type Library struct {
	dir string
	mu  sync.Mutex // one name at a time becomes visible
}

// OpenLibrary opens the folder, makes it when missing, and removes what
// killed imports left.
func OpenLibrary(dir string) (*Library, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, failed(err, "cannot make the folder for DataNets")
	}
	sweepStaging(dir)
	return &Library{dir: dir}, nil
}

// List returns all nets, sorted by slug. A net that cannot be read is listed
// with Damaged set and is not an error of the list.
func (l *Library) List() ([]DataNet, error) {
	entries, err := os.ReadDir(l.dir)
	if err != nil {
		return nil, failed(err, "cannot read the folder of DataNets")
	}
	nets := []DataNet{}
	for _, e := range entries {
		slug, err := ParseSlug(e.Name())
		if err != nil || !e.IsDir() {
			continue
		}
		net, err := l.Get(slug)
		if err != nil {
			net = DataNet{Slug: slug, Title: string(slug), Damaged: err.Error()}
		}
		nets = append(nets, net)
	}
	return nets, nil
}

// Get returns one net with all its versions.
func (l *Library) Get(s Slug) (DataNet, error) {
	dir, numbers, err := l.versions(s)
	if err != nil {
		return DataNet{}, err
	}
	var f facts
	b, err := os.ReadFile(filepath.Join(dir, NetFile))
	if err != nil {
		return DataNet{}, failed(err, "cannot read %s of DataNet %s", NetFile, s)
	}
	if err = parseCanonical(b, &f); err == nil {
		err = f.check()
	}
	if err == nil && f.Slug != s {
		err = errors.New("it belongs to " + string(f.Slug))
	}
	if err != nil {
		return DataNet{}, refused("Verify the DataNet; import or fetch it again.", "%s of DataNet %s is damaged: %v", NetFile, s, err)
	}
	net := DataNet{
		Slug: s, Title: f.Title, Summary: f.Summary, Language: f.Language, Topics: f.Topics, SPDX: f.SPDX,
		Terms: f.Terms, Owner: f.Owner, Private: f.Private, Sample: f.Sample,
	}
	for _, n := range numbers {
		m, v, err := readManifest(filepath.Join(dir, strconv.Itoa(n)))
		if err != nil {
			return DataNet{}, err
		}
		if v.Number != n || m.Record.Net.Slug != s {
			return DataNet{}, refused("Verify the DataNet; import or fetch it again.", "version %d of DataNet %s describes %s@%d", n, s, m.Record.Net.Slug, v.Number)
		}
		net.Versions = append(net.Versions, v)
		net.Contributors = m.Record.Contributors
		if err := f.backedBy(m.Record, n == numbers[len(numbers)-1]); err != nil {
			return DataNet{}, refused("Verify the DataNet; import or fetch it again.", "%s of DataNet %s is damaged: %v", NetFile, s, err)
		}
	}
	net.Chain, err = readChain(dir)
	return net, err
}

// versions lists a net's version folders, oldest first.
func (l *Library) versions(s Slug) (dir string, numbers []int, err error) {
	if _, err := ParseSlug(string(s)); err != nil {
		return "", nil, err
	}
	dir = filepath.Join(l.dir, string(s))
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", nil, failed(err, "cannot read DataNet %s", s)
	}
	for _, e := range entries {
		if n, ok := parseVersion(e.Name()); ok && e.IsDir() {
			numbers = append(numbers, n)
		}
	}
	if len(numbers) == 0 {
		return "", nil, notFound("List the DataNets, or import a file under this name.", "there is no DataNet %s here", s)
	}
	slices.Sort(numbers)
	return dir, numbers, nil
}

// number resolves version 0 to the newest.
func (l *Library) number(ref Ref) (int, error) {
	_, numbers, err := l.versions(ref.Net)
	if err != nil {
		return 0, err
	}
	if ref.Version == 0 {
		return numbers[len(numbers)-1], nil
	}
	if !slices.Contains(numbers, ref.Version) {
		return 0, notFound("Show the DataNet to see its versions.", "DataNet %s has no version %d here", ref.Net, ref.Version)
	}
	return ref.Version, nil
}

// Resolve turns version 0 into the newest and returns the version's record.
func (l *Library) Resolve(ref Ref) (Ref, Version, error) {
	n, err := l.number(ref)
	if err != nil {
		return Ref{}, Version{}, err
	}
	ref.Version = n
	_, v, err := readManifest(l.folder(ref))
	if err == nil && v.Number != n {
		err = refused("Verify the DataNet; import or fetch it again.", "the folder of %s describes version %d", ref, v.Number)
	}
	if err == nil {
		err = l.recorded(ref, v)
	}
	return ref, v, err
}

// recorded refuses a version whose manifest is not the one of the digest file beside it: a run would name data that
// nobody has.
func (l *Library) recorded(ref Ref, v Version) error {
	note, err := os.ReadFile(filepath.Join(l.folder(ref), DigestFile))
	if err == nil && bytes.Equal(note, digestLine(v.Digest)) {
		return nil
	}
	return refused("Verify the DataNet; import or fetch it again.", "%s of %s does not match its digest", ManifestFile, ref)
}

// folder is the path of a resolved ref.
func (l *Library) folder(ref Ref) string {
	return filepath.Join(l.dir, string(ref.Net), strconv.Itoa(ref.Version))
}

// Dir returns the folder with rows.jsonl and manifest.json, or "" when there
// is none.
func (l *Library) Dir(ref Ref) string {
	n, err := l.number(ref)
	if err != nil {
		return ""
	}
	return l.folder(Ref{ref.Net, n})
}

// Rows yields a version's entries in order. It ends after the first error,
// which names the line.
func (l *Library) Rows(ref Ref) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		n, err := l.number(ref)
		if err != nil {
			yield(Entry{}, err)
			return
		}
		f, err := os.Open(filepath.Join(l.folder(Ref{ref.Net, n}), RowsFile))
		if err != nil {
			yield(Entry{}, failed(err, "cannot read the rows of %s", ref))
			return
		}
		defer f.Close()
		lines := newLines(f)
		for {
			line, err := lines.next()
			if err != nil {
				if !isEOF(err) {
					yield(Entry{}, failed(err, "cannot read the rows of %s, line %d", ref, lines.line))
				}
				return
			}
			e, err := ParseEntry(line)
			if err != nil {
				yield(Entry{}, refused("Verify the DataNet to see every row that differs; import or fetch it again.", "%s:%d of %s is damaged: %v", RowsFile, lines.line, ref, err))
				return
			}
			if !yield(e, nil) {
				return
			}
		}
	}
}

// Questions returns the held-out questions of the newest version; none is not
// an error.
func (l *Library) Questions(s Slug) ([]Question, error) {
	dir := l.Dir(Ref{Net: s})
	if dir == "" {
		_, err := l.number(Ref{Net: s})
		return nil, err
	}
	b, err := os.ReadFile(filepath.Join(dir, QuestionsFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, failed(err, "cannot read the questions of %s", s)
	}
	var list []Question
	for i, line := range bytes.Split(bytes.TrimSuffix(b, []byte("\n")), []byte("\n")) {
		var q Question
		if err := parseCanonical(line, &q); err != nil || q.Prompt == "" || q.Want == "" {
			return nil, refused("Verify the DataNet; import or fetch it again.", "%s:%d of %s is damaged", QuestionsFile, i+1, s)
		}
		list = append(list, q)
	}
	return list, nil
}

// SetChain records where a net is registered.
func (l *Library) SetChain(s Slug, c OnChain) error {
	dir, _, err := l.versions(s)
	if err != nil {
		return err
	}
	b, err := CanonicalJSON(c)
	if err == nil {
		err = wholefile.Write(filepath.Join(dir, ChainFile), b, 0o644)
	}
	if err != nil {
		return failed(err, "cannot write %s of DataNet %s", ChainFile, s)
	}
	return nil
}

func readChain(dir string) (*OnChain, error) {
	b, err := os.ReadFile(filepath.Join(dir, ChainFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, failed(err, "cannot read %s", ChainFile)
	}
	var c OnChain
	if err := parseCanonical(b, &c); err != nil {
		return nil, refused("Remove the file; the studio finds the registration again on the chain.", "%s is damaged: %v", filepath.Join(dir, ChainFile), err)
	}
	return &c, nil
}
