package datasets

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// maxDifferences is how many rows Verify names; the rest is counted.
const maxDifferences = 1000

// Verify recomputes everything that can be recomputed from a version's files
// and names each difference: files by name, rows as rows.jsonl:<line>. No
// difference means that the files are those of the digest beside them; whether
// that digest is the registered one, the chain answers.
func (l *Library) Verify(ctx context.Context, ref Ref, progress func(done, total int64)) ([]Difference, error) {
	_, numbers, err := l.versions(ref.Net)
	if err != nil {
		return nil, err
	}
	n, err := l.number(ref)
	if err != nil {
		return nil, err
	}
	dir := l.folder(Ref{ref.Net, n})
	diffs, m, err := verifyVersion(ctx, dir, progress)
	if err != nil || m == nil {
		return diffs, err
	}
	if m.Record.Version != n || m.Record.Net.Slug != ref.Net {
		diffs = append(diffs, Difference{ManifestFile, Ref{ref.Net, n}.String(), Ref{m.Record.Net.Slug, m.Record.Version}.String()})
	}
	if n == numbers[len(numbers)-1] {
		want, err := CanonicalJSON(m.Record.Net)
		if err != nil {
			return diffs, failed(err, "cannot verify %s", ref)
		}
		diffs, err = compareFile(filepath.Join(l.dir, string(ref.Net)), NetFile, DigestOf(want), diffs)
		if err != nil {
			return diffs, err
		}
	}
	if _, err := readChain(filepath.Join(l.dir, string(ref.Net))); err != nil {
		diffs = append(diffs, Difference{ChainFile, "a registration in canonical form", "damaged"})
	}
	return diffs, nil
}

// verifyVersion returns the manifest too, nil when it cannot be read.
func verifyVersion(ctx context.Context, dir string, progress func(done, total int64)) ([]Difference, *manifest, error) {
	raw, err := os.ReadFile(filepath.Join(dir, ManifestFile))
	if errors.Is(err, fs.ErrNotExist) {
		return []Difference{{ManifestFile, "the manifest", "missing"}}, nil, nil
	}
	if err != nil {
		return nil, nil, failed(err, "cannot read %s", ManifestFile)
	}
	diffs, err := checkDigest(dir, raw)
	if err != nil {
		return nil, nil, err
	}
	m, err := parseManifest(raw)
	if err != nil {
		if len(diffs) == 0 {
			diffs = append(diffs, Difference{ManifestFile, "a manifest in canonical form", err.Error()})
		}
		return diffs, nil, nil
	}
	for _, f := range m.Distribution {
		switch f.ID {
		case RowsFile, LeavesFile: // read together below
		case QuestionsFile:
			if diffs, err = compareFile(dir, f.ID, f.SHA256, diffs); err != nil {
				return diffs, nil, err
			}
		default:
			diffs = append(diffs, Difference{ManifestFile, "files of a version", "an unknown file " + quote(f.ID)})
		}
	}
	v := rowCheck{ctx: ctx, dir: dir, m: m, progress: progress}
	found, err := v.run()
	return append(diffs, found...), &m, err
}

// checkDigest compares the manifest with the digest file beside it.
func checkDigest(dir string, raw []byte) ([]Difference, error) {
	got := DigestOf(raw)
	note, err := os.ReadFile(filepath.Join(dir, DigestFile))
	if errors.Is(err, fs.ErrNotExist) {
		return []Difference{{DigestFile, string(got), "missing"}}, nil
	}
	if err != nil {
		return nil, failed(err, "cannot read %s", DigestFile)
	}
	if bytes.Equal(note, digestLine(got)) {
		return nil, nil
	}
	want, err := ParseDigest(string(note[:min(64, len(note))]))
	if err != nil || !bytes.Equal(note, digestLine(want)) {
		return []Difference{{DigestFile, string(got), "not a line of sha256sum"}}, nil
	}
	return []Difference{{ManifestFile, string(want), string(got)}}, nil
}

// compareFile adds a difference when a file's digest is another.
func compareFile(dir, name string, want Digest, diffs []Difference) ([]Difference, error) {
	got, err := FileDigest(filepath.Join(dir, name))
	if errors.Is(err, fs.ErrNotExist) {
		return append(diffs, Difference{name, string(want), "missing"}), nil
	}
	if err != nil {
		return diffs, failed(err, "cannot read %s", name)
	}
	if got != want {
		diffs = append(diffs, Difference{name, string(want), string(got)})
	}
	return diffs, nil
}

// FileDigest is the SHA-256 of a file's bytes.
func FileDigest(path string) (Digest, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, f); err != nil {
		return "", err
	}
	return Digest(hex.EncodeToString(sum.Sum(nil))), nil
}

// rowCheck compares rows.jsonl with leaves.txt line by line.
type rowCheck struct {
	ctx      context.Context
	dir      string
	m        manifest
	progress func(done, total int64)
	diffs    []Difference
	unnamed  int // rows that differ beyond maxDifferences
}

func (v *rowCheck) differs(d Difference) {
	if len(v.diffs) < maxDifferences {
		v.diffs = append(v.diffs, d)
	} else {
		v.unnamed++
	}
}

func (v *rowCheck) run() ([]Difference, error) {
	rowsWant, _ := v.m.file(RowsFile)
	leavesWant, described := v.m.file(LeavesFile)
	var leaves [][32]byte
	var other []Difference
	if !described {
		other = append(other, Difference{ManifestFile, "a description of " + LeavesFile, "missing"})
	} else if list, got, err := readLeaves(filepath.Join(v.dir, LeavesFile)); err == nil {
		if got != leavesWant.SHA256 {
			other = append(other, Difference{LeavesFile, string(leavesWant.SHA256), string(got)})
		}
		leaves = list
	} else if errors.Is(err, fs.ErrNotExist) {
		other = append(other, Difference{LeavesFile, string(leavesWant.SHA256), "missing"})
	} else {
		return nil, failed(err, "cannot read %s", LeavesFile)
	}
	f, err := os.Open(filepath.Join(v.dir, RowsFile))
	if errors.Is(err, fs.ErrNotExist) {
		return append(other, Difference{RowsFile, string(rowsWant.SHA256), "missing"}), nil
	}
	if err != nil {
		return nil, failed(err, "cannot read %s", RowsFile)
	}
	defer f.Close()
	size := rowsWant.bytes()
	if info, err := f.Stat(); err == nil {
		size = info.Size()
	}
	sum := sha256.New()
	in := &counted{ctx: v.ctx, r: io.TeeReader(f, sum), total: size, progress: v.progress}
	got, by, err := v.walk(in, leaves)
	if err != nil {
		return nil, err
	}
	if Digest(hex.EncodeToString(sum.Sum(nil))) != rowsWant.SHA256 {
		if len(v.diffs) == 0 || v.unnamed > 0 || len(other) > 0 {
			v.diffs = append(v.diffs, Difference{RowsFile, string(rowsWant.SHA256), hex.EncodeToString(sum.Sum(nil))})
		}
		return append(other, v.diffs...), nil
	}
	// The rows are those that the manifest names; what differs is beside them.
	if len(got) != v.m.Record.Rows {
		other = append(other, Difference{ManifestFile, fmt.Sprintf("%d rows", len(got)), fmt.Sprintf("%d rows", v.m.Record.Rows)})
	}
	if fmt.Sprint(contributorsOf(by)) != fmt.Sprint(v.m.Record.Contributors) {
		other = append(other, Difference{ManifestFile, fmt.Sprint(contributorsOf(by)), fmt.Sprint(v.m.Record.Contributors)})
	}
	if len(got) > 0 {
		sortLeaves(got)
		root := foldSorted(got)
		if hexed := hex.EncodeToString(root[:]); hexed != string(v.m.Record.Root) {
			other = append(other, Difference{ManifestFile, "root " + hexed, "root " + string(v.m.Record.Root)})
		}
	}
	return other, nil
}

// walk names every row whose leaf is not the one at its place. A line break
// that was lost or put in shifts all lines after it; they are found again one
// place further or back, so that one byte names one or two rows, not the rest
// of the file.
func (v *rowCheck) walk(r io.Reader, want [][32]byte) (got [][32]byte, by map[Address]int, err error) {
	by = map[Address]int{}
	k := newKeccak()
	in := newLines(r)
	at, lost := 0, false
	for {
		line, err := in.next()
		if isEOF(err) {
			break
		}
		if err != nil && !errors.Is(err, errLong) {
			return nil, nil, readError(v.ctx, err, RowsFile)
		}
		var leaf [32]byte
		var bad error
		if err != nil {
			bad = err
		} else {
			var e Entry
			if e, bad = ParseEntry(line); bad == nil {
				canonical := e.Row.appendCanonical(nil)
				leaf = k.leaf(sha256.Sum256(canonical), e.Contributor.Bytes(), len(canonical))
				got = append(got, leaf)
				by[e.Contributor]++
			}
		}
		if len(want) == 0 && bad == nil {
			continue // nothing to compare with; the file's digest decides
		}
		if bad == nil && lost {
			switch {
			case at < len(want) && leaf == want[at]:
			case at+1 < len(want) && leaf == want[at+1]:
				at++
			case at > 0 && at <= len(want) && leaf == want[at-1]:
				at--
			}
		}
		if bad == nil && at < len(want) && leaf == want[at] {
			at, lost = at+1, false
			continue
		}
		lost = true
		d := Difference{File: fmt.Sprintf("%s:%d", RowsFile, in.line), Want: "no row", Got: hex.EncodeToString(leaf[:])}
		if at < len(want) {
			d.Want = hex.EncodeToString(want[at][:])
			at++
		}
		if bad != nil {
			d.Got = bad.Error()
		}
		v.differs(d)
	}
	if at < len(want) && !lost {
		v.differs(Difference{RowsFile, fmt.Sprintf("%d rows", len(want)), fmt.Sprintf("%d rows", in.line)})
	}
	return got, by, nil
}

// readLeaves reads and digests leaves.txt; a damaged line becomes a leaf that
// matches nothing.
func readLeaves(path string) ([][32]byte, Digest, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, "", err
	}
	defer f.Close()
	sum := sha256.New()
	in := newLines(io.TeeReader(f, sum))
	var leaves [][32]byte
	for {
		line, err := in.next()
		if isEOF(err) {
			return leaves, Digest(hex.EncodeToString(sum.Sum(nil))), nil
		}
		if err != nil && !errors.Is(err, errLong) {
			return nil, "", err
		}
		var leaf [32]byte
		if len(line) == 64 {
			hex.Decode(leaf[:], line)
		}
		leaves = append(leaves, leaf)
	}
}
