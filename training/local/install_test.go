package local

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/modelfactory/modelfactory/training"
	"github.com/modelfactory/modelfactory/training/trainer"
)

// madeUp is a runtime folder that looks installed.
func madeUp(t *testing.T) *Runtime {
	t.Helper()
	r := NewRuntime(t.TempDir(), trainer.FS)
	site := filepath.Join(r.dir, "python", "lib", "python3.11", "site-packages")
	if runtime.GOOS == "windows" {
		site = filepath.Join(r.dir, "python", "Lib", "site-packages")
	}
	for _, d := range []string{"torch", "peft", "numpy"} {
		if err := os.MkdirAll(filepath.Join(site, d), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.MkdirAll(filepath.Dir(r.python()), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(r.python(), nil, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := writeRecord(r.recordPath(), environment{Pins: r.pins, Entries: []string{"numpy", "peft", "torch"}, Bytes: 7}); err != nil {
		t.Fatal(err)
	}
	return r
}

func TestStateOfAnInstallation(t *testing.T) {
	site := func(r *Runtime) string { s, _ := sitePackagesIn(r.env); return s }
	for _, c := range []struct {
		name   string
		damage func(r *Runtime) error
		state  string
		reason string
	}{
		{"whole", func(*Runtime) error { return nil }, Ready, ""},
		{"nothing there", func(r *Runtime) error { return os.RemoveAll(filepath.Join(r.dir, "python")) }, Missing, "not installed"},
		{"cut before its end", func(r *Runtime) error { return os.Remove(r.recordPath()) }, Partial, "not finished"},
		{"torn record", func(r *Runtime) error { return os.WriteFile(r.recordPath(), []byte(`{"pins":`), 0o644) }, Partial, "damaged"},
		{"other pins", func(r *Runtime) error { return writeRecord(r.recordPath(), environment{Pins: "other"}) }, Partial, "another version"},
		{"a package is gone", func(r *Runtime) error { return os.RemoveAll(filepath.Join(site(r), "peft")) }, Partial, "peft"},
		{"its Python is gone", func(r *Runtime) error { return os.Remove(r.python()) }, Partial, "Python"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := madeUp(t)
			if err := c.damage(r); err != nil {
				t.Fatal(err)
			}
			s := r.State()
			if s.State != c.state || !strings.Contains(s.Reason, c.reason) || (c.state == Ready) != (s.Download == 0) {
				t.Errorf("%+v, want %s because %q", s, c.state, c.reason)
			}
		})
	}
}

func TestInstallDoesNothingWhenAllIsThere(t *testing.T) {
	r := madeUp(t)
	begun := time.Now()
	if err := r.Install(context.Background(), InstallOptions{}, func(InstallProgress) { t.Error("there was nothing to report") }); err != nil {
		t.Fatal(err)
	}
	if d := time.Since(begun); d > 50*time.Millisecond {
		t.Errorf("it took %s", d)
	}
}

func TestPythonWithoutItsVenvPart(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the stand-in is a shell script")
	}
	dir := t.TempDir()
	script := "#!/bin/sh\ncase \"$2\" in *version_info*) echo 3.12;; venv) echo 'The virtual environment was not created successfully because ensurepip is not available.'; exit 1;; esac\n"
	if err := os.WriteFile(filepath.Join(dir, "python3"), []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+":/bin:/usr/bin")
	r := NewRuntime(t.TempDir(), trainer.FS)
	_, err := r.ensureUV(context.Background(), "")
	e, ok := errors.AsType[*training.Error](err)
	if !ok || e.Kind != training.KindNotFound || !strings.Contains(e.Next, "sudo apt-get install python3-venv") {
		t.Errorf("%v, %+v", err, e)
	}
	if _, err := os.Stat(filepath.Join(r.dir, "uv")); err == nil {
		t.Error("half an environment was left behind")
	}
	if err := os.WriteFile(filepath.Join(dir, "python3"), []byte("#!/bin/sh\necho 3.10\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("MODELFACTORY_PYTHON", filepath.Join(dir, "python3"))
	if _, err = r.ensureUV(context.Background(), ""); !training.IsKind(err, training.KindNotFound) || !strings.Contains(err.Error(), "3.10") {
		t.Errorf("an old Python: %v", err)
	}
}

func TestSourcesAreUnpackedOnceAndMended(t *testing.T) {
	r := NewRuntime(t.TempDir(), trainer.FS)
	dir, err := r.sources()
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "modelfactory_trainer", "__init__.py")
	before, err := os.Stat(file)
	if err != nil {
		t.Fatal("files whose names begin with an underscore are missing: ", err)
	}
	if again, err := r.sources(); err != nil || again != dir {
		t.Errorf("%s, %v", again, err)
	}
	if after, _ := os.Stat(file); !after.ModTime().Equal(before.ModTime()) {
		t.Error("unpacked again although nothing changed")
	}
	if err := os.WriteFile(file, []byte("print('changed')"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := r.sources(); err != nil {
		t.Fatal(err)
	}
	if raw, _ := os.ReadFile(file); strings.Contains(string(raw), "changed") {
		t.Error("a changed trainer would run")
	}
	if left, _ := filepath.Glob(filepath.Join(r.dir, "trainer", ".unpack-*")); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestDoctorSaysWhatIsMissing(t *testing.T) {
	rep := NewRuntime(filepath.Join(t.TempDir(), "not", "there"), trainer.FS).Doctor(context.Background())
	if rep.Install.State != Missing || len(rep.Devices) == 0 || rep.Devices[len(rep.Devices)-1].Kind != "cpu" || rep.Disk == 0 || len(rep.Findings) == 0 {
		t.Errorf("%+v", rep)
	}
	if _, err := json.Marshal(rep); err != nil {
		t.Error(err)
	}
}
