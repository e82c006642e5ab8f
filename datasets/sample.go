package datasets

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strconv"
)

// InstallSample copies a net that came with the program, a folder laid out
// like one of the library, and verifies the copy before it is shown. Versions
// that are here already stay; a second call changes nothing.
func (l *Library) InstallSample(fsys fs.FS, dir string) (DataNet, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	damaged := "Install the program again."
	b, err := fs.ReadFile(fsys, path.Join(dir, NetFile))
	if err != nil {
		return DataNet{}, failed(err, "cannot read the sample %s", dir)
	}
	var f facts
	if err = parseCanonical(b, &f); err == nil {
		err = f.check()
	}
	if err != nil {
		return DataNet{}, refused(damaged, "%s of the sample %s is damaged: %v", NetFile, dir, err)
	}
	have, err := l.Get(f.Slug)
	if e, ok := errors.AsType[*Error](err); ok && e.Kind != KindNotFound {
		return DataNet{}, err
	}
	if err == nil && !have.Sample {
		return DataNet{}, refused("Give your DataNet another name, then install the sample.", "%s is the name of a DataNet of your own", f.Slug)
	}
	for n := 1; ; n++ {
		from := path.Join(dir, strconv.Itoa(n))
		if _, err := fs.Stat(fsys, from); errors.Is(err, fs.ErrNotExist) {
			break
		}
		if n <= len(have.Versions) {
			continue
		}
		if err := l.copyVersion(fsys, from, f, n); err != nil {
			return DataNet{}, failed(err, "cannot install the sample %s", f.Slug)
		}
	}
	return l.Get(f.Slug)
}

func (l *Library) copyVersion(fsys fs.FS, from string, f facts, number int) error {
	stage, err := staging(l.dir)
	defer os.RemoveAll(stage)
	if err != nil {
		return err
	}
	for _, name := range []string{RowsFile, LeavesFile, QuestionsFile, ManifestFile, DigestFile} {
		err := copyFile(fsys, path.Join(from, name), filepath.Join(stage, name))
		if errors.Is(err, fs.ErrNotExist) && name == QuestionsFile {
			continue
		}
		if err != nil {
			return err
		}
	}
	diffs, _, err := verifyVersion(context.Background(), stage, nil)
	if err != nil {
		return err
	}
	if len(diffs) > 0 {
		return refused("Install the program again.", "the sample %s is damaged: %s differs", f.Slug, diffs[0].File)
	}
	return l.place(stage, f, number)
}

func copyFile(fsys fs.FS, from, to string) error {
	in, err := fsys.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := createHashed(to)
	if err != nil {
		return err
	}
	if _, err := io.Copy(out.w, in); err != nil {
		out.f.Close()
		return err
	}
	_, err = out.finish()
	return err
}
