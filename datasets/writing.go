package datasets

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/modelfactory/modelfactory/internal/wholefile"
)

// hashedFile counts and digests what passes to a file.
type hashedFile struct {
	f    *os.File
	w    *bufio.Writer
	sum  hash.Hash
	size int64
}

func createHashed(path string) (*hashedFile, error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return nil, err
	}
	h := &hashedFile{f: f, sum: sha256.New()}
	h.w = bufio.NewWriterSize(h, 256<<10)
	return h, nil
}

// Write takes whole buffers from w.
func (h *hashedFile) Write(p []byte) (int, error) {
	n, err := h.f.Write(p)
	h.sum.Write(p[:n])
	h.size += int64(n)
	return n, err
}

// finish flushes and makes the bytes last.
func (h *hashedFile) finish() (Digest, error) {
	err := h.w.Flush()
	if err == nil {
		err = h.f.Sync()
	}
	if e := h.f.Close(); err == nil {
		err = e
	}
	return Digest(hex.EncodeToString(h.sum.Sum(nil))), err
}

// versionWriter writes a version folder row by row. It holds 32 bytes a row,
// the leaf, because a Merkle tree needs them sorted; the rows themselves pass
// through.
type versionWriter struct {
	dir    string
	rows   *hashedFile
	leaves *hashedFile
	held   [][32]byte
	by     map[Address]int
	chats  bool
	texts  bool
	pairs  bool
	k      keccak
	buf    []byte
	hexed  []byte

	licensed map[[32]byte]*Licensed // rows to count; nil counts none
}

func newVersionWriter(dir string) (*versionWriter, error) {
	w := &versionWriter{dir: dir, by: map[Address]int{}, k: newKeccak()}
	var err error
	if w.rows, err = createHashed(filepath.Join(dir, RowsFile)); err != nil {
		return nil, err
	}
	if w.leaves, err = createHashed(filepath.Join(dir, LeavesFile)); err != nil {
		w.rows.f.Close()
		return nil, err
	}
	return w, nil
}

// add writes a checked row of a parsed address.
func (w *versionWriter) add(row Row, who Address) error {
	w.buf = append(w.buf[:0], `{"contributor":"`...)
	w.buf = append(w.buf, who...)
	w.buf = append(w.buf, `","row":`...)
	start := len(w.buf)
	w.buf = row.appendCanonical(w.buf)
	canonical := w.buf[start:]
	id := sha256.Sum256(canonical)
	if of := w.licensed[id]; of != nil {
		of.Rows++
	}
	leaf := w.k.leaf(id, who.Bytes(), len(canonical))
	w.buf = append(w.buf, "}\n"...)
	if _, err := w.rows.w.Write(w.buf); err != nil {
		return err
	}
	w.hexed = append(hex.AppendEncode(w.hexed[:0], leaf[:]), '\n')
	if _, err := w.leaves.w.Write(w.hexed); err != nil {
		return err
	}
	w.held = append(w.held, leaf)
	w.by[who]++
	w.chats = w.chats || len(row.Messages) > 0
	w.texts = w.texts || row.Text != ""
	w.pairs = w.pairs || row.Preference()
	return nil
}

// abandon closes the files; the caller removes the folder.
func (w *versionWriter) abandon() {
	w.rows.f.Close()
	w.leaves.f.Close()
}

// finish closes both files and says what they hold.
func (w *versionWriter) finish() (contents, error) {
	rowsSum, err := w.rows.finish()
	leavesSum, err2 := w.leaves.finish()
	if err == nil {
		err = err2
	}
	if err != nil {
		return contents{}, err
	}
	c := contents{rows: len(w.held), chats: w.chats, texts: w.texts, pairs: w.pairs, contributors: contributorsOf(w.by)}
	sortLeaves(w.held)
	for i := 1; i < len(w.held); i++ {
		if w.held[i] == w.held[i-1] {
			c.duplicates++
		}
	}
	root := foldSorted(w.held)
	c.root = Digest(hex.EncodeToString(root[:]))
	c.files = []fileObject{
		newFileObject(RowsFile, "Rows with their contributors, one a line.", "application/jsonlines", w.rows.size, rowsSum),
		newFileObject(LeavesFile, "Merkle leaf of each row, in the order of the rows.", "text/plain", w.leaves.size, leavesSum),
	}
	return c, nil
}

// contributorsOf sorts by rows, most first, then by address.
func contributorsOf(by map[Address]int) []Contributor {
	list := make([]Contributor, 0, len(by))
	for a, n := range by {
		list = append(list, Contributor{a, n})
	}
	slices.SortFunc(list, func(a, b Contributor) int {
		if a.Rows != b.Rows {
			return b.Rows - a.Rows
		}
		return strings.Compare(string(a.Address), string(b.Address))
	})
	return list
}

// seal writes the manifest and its digest beside a version's other files, and
// makes the folder last.
func seal(dir string, f facts, number int, published time.Time, c contents) error {
	if q, err := os.Open(filepath.Join(dir, QuestionsFile)); err == nil {
		defer q.Close()
		sum := sha256.New()
		size, err := io.Copy(sum, q)
		if err != nil {
			return err
		}
		c.files = append(c.files, newFileObject(QuestionsFile, "Held-out questions and the value a good answer holds.",
			"application/jsonlines", size, Digest(hex.EncodeToString(sum.Sum(nil)))))
	} else if !os.IsNotExist(err) {
		return err
	}
	b, err := CanonicalJSON(newManifest(f, number, published, c))
	if err != nil {
		return err
	}
	if err := wholefile.Write(filepath.Join(dir, ManifestFile), b, 0o644); err != nil {
		return err
	}
	if err := wholefile.Write(filepath.Join(dir, DigestFile), digestLine(DigestOf(b)), 0o644); err != nil {
		return err
	}
	return wholefile.SyncFolder(dir)
}

// digestLine is what `sha256sum manifest.json` prints.
func digestLine(d Digest) []byte { return []byte(string(d) + "  " + ManifestFile + "\n") }

func writeNet(dir string, f facts) error {
	b, err := CanonicalJSON(f)
	if err != nil {
		return err
	}
	return wholefile.Write(filepath.Join(dir, NetFile), b, 0o644)
}
