//go:build unix

package studio

import (
	"io"
	"os"
	"path/filepath"
	"testing"
)

// A folder that others may look into keeps its rights; what the studio keeps in it is its owner's alone, also a database
// and folders from before.
func TestAFolderOthersMayReadShowsNothing(t *testing.T) {
	home := t.TempDir()
	if err := os.Chmod(home, 0o755); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		lock, err := Acquire(home)
		if err != nil {
			t.Fatal(err)
		}
		s, err := Open(t.Context(), Options{Home: home, Lock: lock, Log: io.Discard, Getenv: func(string) string { return "" }})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Drafts.Save(t.Context(), "recipe", "{}"); err != nil { // now -wal and -shm are there too
			t.Fatal(err)
		}
		entries, err := os.ReadDir(home)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			if info, err := e.Info(); err != nil || info.Mode().Perm()&0o077 != 0 {
				t.Errorf("%s: %v, %v", e.Name(), info.Mode(), err)
			}
		}
		if err := s.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
		for name, mode := range map[string]os.FileMode{"studio.db": 0o644, "tokens": 0o755, "runs": 0o755} {
			if err := os.Chmod(filepath.Join(home, name), mode); err != nil {
				t.Fatal(err)
			}
		}
	}
	if info, err := os.Stat(home); err != nil || info.Mode().Perm() != 0o755 {
		t.Errorf("the folder is %v now, %v", info.Mode(), err)
	}
}
