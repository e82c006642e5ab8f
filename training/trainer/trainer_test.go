package trainer

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A module that is not embedded is missing only on other people's computers.
func TestEveryModuleIsEmbedded(t *testing.T) {
	found := 0
	for _, pattern := range []string{"modelfactory_trainer/*", "modelfactory_trainer/*/*", "requirements/*.txt", "pyproject.toml"} {
		paths, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range paths {
			if info, err := os.Stat(path); err != nil || info.IsDir() || strings.Contains(path, "__pycache__") {
				continue
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			got, err := FS.ReadFile(filepath.ToSlash(path))
			if err != nil || string(got) != string(want) {
				t.Errorf("%s is not embedded as it is on disk: %v", path, err)
			}
			found++
		}
	}
	if _, err := fs.Stat(FS, "modelfactory_trainer/__init__.py"); err != nil || found < 10 {
		t.Errorf("found %d files, __init__.py: %v", found, err)
	}
}

// Pins are exact, hashed and name no host.
func TestPins(t *testing.T) {
	paths, err := fs.Glob(FS, "requirements/*.txt")
	if err != nil || len(paths) < 3 {
		t.Fatalf("requirement files %v: %v", paths, err)
	}
	for _, path := range paths {
		b, err := FS.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		text := string(b)
		if strings.Contains(text, "://") {
			t.Errorf("%s names a host", path)
		}
		for _, line := range strings.Split(strings.ReplaceAll(text, "\\\n", " "), "\n") {
			if line = strings.TrimSpace(line); line == "" || strings.HasPrefix(line, "#") {
				continue
			}
			if !strings.Contains(line, "==") || !strings.Contains(line, "--hash=sha256:") {
				t.Errorf("%s: not pinned and hashed: %.60s", path, line)
			}
		}
	}
}
