package studio

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

func TestTwoExportsToOnePlace(t *testing.T) {
	s := &Studio{}
	dir := t.TempDir()
	first, remove, err := s.hiddenPlace(filepath.Join(dir, "out"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(first, 0o700); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(dir, link); err != nil {
		t.Fatal(err)
	}
	for _, parent := range []string{dir, link} {
		_, _, err = s.hiddenPlace(filepath.Join(parent, "out"))
		if e, ok := errors.AsType[*Error](err); !ok || e.Code() != "busy" || e.Advice() == "" {
			t.Errorf("a second export to %s: %v", parent, err)
		}
	}
	if _, err := os.Stat(first); err != nil {
		t.Errorf("the first export's folder: %v", err)
	}
	_, removeOther, err := s.hiddenPlace(filepath.Join(dir, "other"))
	if err != nil {
		t.Fatal(err)
	}
	removeOther()
	remove()
	if _, err := os.Stat(first); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the first export's folder stayed: %v", err)
	}
	left := first + "-left" // by an export that was killed
	if err := os.Mkdir(left, 0o700); err != nil {
		t.Fatal(err)
	}
	_, remove, err = s.hiddenPlace(filepath.Join(dir, "out"))
	if err != nil {
		t.Fatal(err)
	}
	remove()
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 0 {
		t.Errorf("left behind: %v, %v", entries, err)
	}
}
