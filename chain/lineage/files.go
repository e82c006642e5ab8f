package lineage

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/modelfactory/modelfactory/datasets"
	"github.com/modelfactory/modelfactory/internal/wholefile"
)

// errNotPlain is for a link or a folder where a file should be.
var errNotPlain = errors.New("not a plain file")

// openPlain opens a plain file of a folder. Through the root no name and no
// link can lead out of it; a link inside it is not followed either.
func openPlain(root *os.Root, name string) (*os.File, int64, error) {
	info, err := root.Lstat(name)
	if err != nil {
		return nil, 0, err
	}
	if !info.Mode().IsRegular() {
		return nil, 0, errNotPlain
	}
	f, err := root.Open(name)
	return f, info.Size(), err
}

// readRecord reads a small file of a folder.
func readRecord(root *os.Root, name string) ([]byte, error) {
	f, size, err := openPlain(root, name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if size > maxRecord {
		return nil, fmt.Errorf("%d bytes are too many for a record", size)
	}
	return io.ReadAll(io.LimitReader(f, maxRecord))
}

// hashFile is the SHA-256 of a file of any size.
func hashFile(ctx context.Context, root *os.Root, name string, read func(int64)) (datasets.Digest, error) {
	f, _, err := openPlain(root, name)
	if err != nil {
		return "", err
	}
	defer f.Close()
	sum := sha256.New()
	if err := copyAll(ctx, sum, f, read); err != nil {
		return "", err
	}
	return datasets.Digest(hex.EncodeToString(sum.Sum(nil))), nil
}

// copyAll copies in pieces and stops when ctx ends.
func copyAll(ctx context.Context, w io.Writer, r io.Reader, read func(int64)) error {
	buf := make([]byte, 1<<20)
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		n, err := r.Read(buf)
		if n > 0 {
			if _, err := w.Write(buf[:n]); err != nil {
				return err
			}
			if read != nil {
				read(int64(n))
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// copyFile copies one plain file and flushes it.
func copyFile(ctx context.Context, root *os.Root, name, to string) (datasets.Digest, error) {
	in, _, err := openPlain(root, name)
	if err != nil {
		return "", err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if err != nil {
		return "", err
	}
	sum := sha256.New()
	err = copyAll(ctx, io.MultiWriter(out, sum), in, nil)
	if err == nil {
		err = out.Sync()
	}
	if cerr := out.Close(); err == nil {
		err = cerr
	}
	return datasets.Digest(hex.EncodeToString(sum.Sum(nil))), err
}

// inPlace fills a new folder beside dir and shows it under its name in one
// step. dir must not exist, or be empty.
func inPlace(dir string, fill func(tmp string) error) error {
	parent := filepath.Dir(dir)
	if err := os.MkdirAll(parent, 0o755); err != nil {
		return err
	}
	tmp, err := os.MkdirTemp(parent, ".new-"+filepath.Base(dir)+"-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	if err := os.Chmod(tmp, 0o755); err != nil {
		return err
	}
	if err := fill(tmp); err != nil {
		return err
	}
	_ = wholefile.SyncFolder(tmp)
	if err := os.Remove(dir); err != nil && !errors.Is(err, fs.ErrNotExist) { // only an empty one goes
		return err
	}
	if err := os.Rename(tmp, dir); err != nil {
		return err
	}
	_ = wholefile.SyncFolder(parent) // the folder is in place
	return nil
}
