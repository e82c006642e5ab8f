package wholefile_test

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/modelfactory/modelfactory/internal/wholefile"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// holds checks the bytes of a file and that nothing else lies in its folder.
func holds(t *testing.T, path, want string) {
	t.Helper()
	got, err := os.ReadFile(path)
	must(t, err)
	if string(got) != want {
		t.Errorf("the file holds %q, want %q", got, want)
	}
	entries, err := os.ReadDir(filepath.Dir(path))
	must(t, err)
	for _, e := range entries {
		if e.Name() != filepath.Base(path) {
			t.Errorf("%s was left behind", e.Name())
		}
	}
}

func TestMode(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("there are no mode bits here")
	}
	path := filepath.Join(t.TempDir(), "file")
	for _, perm := range []fs.FileMode{0o600, 0o644, 0o600, 0o666} { // 0666 is what an umask would cut
		must(t, wholefile.Write(path, []byte("x"), perm))
		info, err := os.Stat(path)
		must(t, err)
		if info.Mode() != perm {
			t.Errorf("the mode is %v, want %v", info.Mode(), perm)
		}
	}
}

// Until the new file is whole the name shows the old bytes; who holds the old
// file open goes on reading them.
func TestReplacesInOneStep(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	must(t, wholefile.Write(path, []byte("old bytes"), 0o644))
	reader, err := os.Open(path)
	must(t, err)
	defer reader.Close()
	must(t, wholefile.WriteFunc(path, 0o644, func(w io.Writer) error {
		for _, part := range []string{"new ", "bytes"} {
			if _, err := io.WriteString(w, part); err != nil {
				return err
			}
			seen, err := os.ReadFile(path)
			must(t, err)
			if string(seen) != "old bytes" {
				t.Errorf("half-way the file holds %q", seen)
			}
		}
		return nil
	}))
	holds(t, path, "new bytes")
	if runtime.GOOS != "windows" {
		seen, err := io.ReadAll(reader)
		must(t, err)
		if string(seen) != "old bytes" {
			t.Errorf("the old file was written over: %q", seen)
		}
	}
}

func TestErrorLeavesTheOldFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	must(t, wholefile.Write(path, []byte("old"), 0o644))
	full := errors.New("disk full")
	err := wholefile.WriteFunc(path, 0o644, func(w io.Writer) error {
		_, err := io.WriteString(w, "half")
		return errors.Join(err, full)
	})
	if !errors.Is(err, full) {
		t.Errorf("the error is %v", err)
	}
	holds(t, path, "old")

	func() {
		defer func() { _ = recover() }()
		_ = wholefile.WriteFunc(path, 0o644, func(io.Writer) error { panic("a fault in fill") })
	}()
	holds(t, path, "old")
}

// The last step fails where the name is taken by a folder that holds something.
func TestNameIsTaken(t *testing.T) {
	dir := t.TempDir()
	inside := filepath.Join(dir, "name", "inside")
	must(t, os.Mkdir(filepath.Dir(inside), 0o755))
	must(t, os.WriteFile(inside, []byte("kept"), 0o644))
	if err := wholefile.Write(filepath.Join(dir, "name"), []byte("x"), 0o644); err == nil {
		t.Error("a folder was replaced by a file")
	}
	holds(t, inside, "kept")
	entries, err := os.ReadDir(dir)
	must(t, err)
	if len(entries) != 1 {
		t.Errorf("%d entries in the folder, want the one that was there", len(entries))
	}
}

func TestNoFolder(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "missing")
	if err := wholefile.Write(filepath.Join(missing, "file"), nil, 0o644); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("writing gives %v", err)
	}
	if err := wholefile.SyncFolder(missing); runtime.GOOS != "windows" && !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("syncing gives %v", err)
	}
}
