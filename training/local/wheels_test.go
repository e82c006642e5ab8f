//go:build unix

package local

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"
	"time"

	"github.com/modelfactory/modelfactory/training"
)

// These tests install a trainer whose packages are tiny wheels made here, with
// the real uv, offline or from a server of their own.

// wheel makes name-version-py3-none-any.whl whose module holds the given text,
// and returns its file name and SHA-256.
func wheel(t *testing.T, dir, name, version, module string) (file, sum string) {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	info := name + "-" + version + ".dist-info/"
	record := ""
	add := func(path, text string) {
		w, err := z.Create(path)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
		s := sha256.Sum256([]byte(text))
		record += fmt.Sprintf("%s,sha256=%s,%d\n", path, base64.RawURLEncoding.EncodeToString(s[:]), len(text))
	}
	add(name+"/__init__.py", module)
	add(name+"/weights.bin", strings.Repeat(name, 1000))
	add(info+"METADATA", "Metadata-Version: 2.1\nName: "+name+"\nVersion: "+version+"\n")
	add(info+"WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
	w, err := z.Create(info + "RECORD")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write([]byte(record + info + "RECORD,,\n")); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	file = fmt.Sprintf("%s-%s-py3-none-any.whl", name, version)
	if err := os.WriteFile(filepath.Join(dir, file), b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	return file, hexSum(b.Bytes())
}

// tinyTrainer is a trainer that answers the probe with torch's word.
const tinyTrainer = `import json, sys
import torch
req = json.loads(sys.stdin.readline())
print(json.dumps({"v": 1, "seq": 1, "event": "result", "job": "probe", "probe": {"device": req["probe"]["device"], "device_name": torch.WORD, "gflops": 1.0, "threads": 1}}), flush=True)
`

// world is a made-up trainer with its wheels and a runtime folder.
type installWorld struct {
	t       *testing.T
	r       *Runtime
	wheels  string
	uv      string   // folder with the uv on the path
	stall   string   // while this file is there, uv stands still before it syncs
	reached string   // and tells its process number here
	calls   string   // each call of uv
	names   []string // of the packages
}

func newInstallWorld(t *testing.T, packages map[string]string) *installWorld {
	t.Helper()
	real := filepath.Join("..", "..", ".runtime")
	if dir := os.Getenv("MODELFACTORY_RUNTIME"); dir != "" {
		real = dir
	}
	real, err := filepath.Abs(filepath.Join(real, "uv", "bin", "uv"))
	if err != nil {
		t.Fatal(err)
	}
	if !uvIs(context.Background(), real, uvVersion()) {
		t.Skipf("NOT TESTED: there is no uv %s at %s; run make setup", uvVersion(), real)
	}
	w := &installWorld{t: t, wheels: t.TempDir(), uv: t.TempDir()}
	w.stall, w.reached, w.calls = filepath.Join(w.uv, "stall"), filepath.Join(w.uv, "reached"), filepath.Join(w.uv, "calls")
	script := fmt.Sprintf("#!/bin/sh\necho \"$@\" >>%[3]s\ncase \"$*\" in *\"pip sync\"*) if [ -e %[1]s ]; then echo $$ >%[2]s.tmp; mv %[2]s.tmp %[2]s; exec sleep 600; fi;; esac\nexec %[4]s \"$@\"\n", w.stall, w.reached, w.calls, real)
	if err := os.WriteFile(filepath.Join(w.uv, "uv"), []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", w.uv+":"+os.Getenv("PATH"))
	w.r = NewRuntime(t.TempDir(), w.source(packages))
	w.plain()
	t.Cleanup(func() { w.killUV() })
	return w
}

// plain makes the computer one without cards, whatever it has.
func (w *installWorld) plain() {
	w.r.machine = machine{goos: runtime.GOOS, goarch: runtime.GOARCH, root: w.t.TempDir(), patience: 10 * time.Second, known: []PinSet{
		{Name: "standard", For: "tests", Drives: []string{"cpu"}, Ran: []string{"cpu"}, Download: 1e5, Disk: 1e6, systems: []string{runtime.GOOS + "/" + runtime.GOARCH}},
	}}
	w.t.Setenv("CUDA_VISIBLE_DEVICES", "")
}

// source is a trainer that needs these packages: name==version → module.
func (w *installWorld) source(packages map[string]string) fstest.MapFS {
	w.t.Helper()
	list := ""
	w.names = nil
	for _, id := range slices.Sorted(maps.Keys(packages)) {
		name, version, _ := strings.Cut(id, "==")
		_, sum := wheel(w.t, w.wheels, name, version, packages[id])
		list += fmt.Sprintf("%s \\\n    --hash=sha256:%s\n", id, sum)
		w.names = append(w.names, name)
	}
	_, sum := wheel(w.t, w.wheels, "tinybase", "1.0", "")
	return fstest.MapFS{
		"requirements/runtime.txt": {Data: []byte(list)}, "requirements/base.txt": {Data: []byte("tinybase==1.0 \\\n    --hash=sha256:" + sum + "\n")},
		"modelfactory_trainer/__init__.py": {Data: []byte("")}, "modelfactory_trainer/__main__.py": {Data: []byte(tinyTrainer)},
	}
}

// again is the runtime folder as another program, with other packages, sees it.
func (w *installWorld) again(packages map[string]string) {
	w.r = NewRuntime(w.r.dir, w.source(packages))
	w.plain()
}

func (w *installWorld) install(opt InstallOptions) error {
	opt.Wheels = w.wheels
	return w.r.Install(context.Background(), opt, nil)
}

// whole fails the test unless the environment is ready, works, and nothing of
// an installation is left.
func (w *installWorld) whole(word string) {
	w.t.Helper()
	s := w.r.State()
	if s.State != Ready || s.Probe == nil || s.Probe.DeviceName != word || s.Device != "cpu" {
		w.t.Fatalf("%+v, %+v, want %s", s, s.Probe, word)
	}
	damaged, err := verifyFiles(context.Background(), w.r.env, true, nil)
	if err != nil || len(damaged) != 0 {
		w.t.Errorf("damaged: %v, %v", damaged, err)
	}
	for _, pattern := range []string{"build-*", envNew, envOld, begunName} {
		if left, _ := filepath.Glob(w.r.path(pattern)); len(left) != 0 {
			w.t.Errorf("left behind: %v", left)
		}
	}
}

// stalled waits until uv stands still and returns its process number.
func (w *installWorld) stalled() int {
	w.t.Helper()
	for limit := time.Now().Add(60 * time.Second); time.Now().Before(limit); {
		if pid := readPID(w.reached); pid != 0 {
			return pid
		}
		runtime.Gosched()
	}
	w.t.Fatal("uv never came to its packages")
	return 0
}

func (w *installWorld) killUV() {
	if pid := readPID(w.reached); pid != 0 {
		_ = syscall.Kill(pid, syscall.SIGKILL)
	}
	_ = os.Remove(w.reached)
}

func (w *installWorld) setStall(on bool) {
	w.t.Helper()
	err := os.Remove(w.stall)
	if on {
		err = os.WriteFile(w.stall, nil, 0o644)
	}
	if err != nil {
		w.t.Fatal(err)
	}
}

var first = map[string]string{"torch==1.0": "WORD = 'first'\n", "peft==2.0": "", "numpy==3.0": ""}

func TestInstallFromAFolderOfWheels(t *testing.T) {
	w := newInstallWorld(t, first)
	if s := w.r.State(); s.State != Missing {
		t.Fatalf("%+v", s)
	}
	var phases []string
	if err := w.r.Install(context.Background(), InstallOptions{Wheels: w.wheels}, func(p InstallProgress) {
		if len(phases) == 0 || phases[len(phases)-1] != p.Phase {
			phases = append(phases, p.Phase)
		}
		if p.Phase == InstallPackages && (p.Total == 0 || p.Done > p.Total) {
			t.Errorf("%+v", p)
		}
	}); err != nil {
		t.Fatal(err)
	}
	w.whole("first")
	if got := strings.Join(phases, " "); got != "installer packages check probe" {
		t.Errorf("phases %s", got)
	}
	calls, err := os.ReadFile(w.calls)
	if err != nil || !strings.Contains(string(calls), "--offline --no-index --find-links "+w.wheels) || !strings.Contains(string(calls), "--require-hashes") {
		t.Errorf("uv was called as %s, %v", calls, err)
	}
	log, err := os.ReadFile(w.r.logPath("install"))
	if err != nil || !strings.Contains(string(log), "Installed 3 packages") {
		t.Errorf("the log says %s, %v", log, err)
	}
	if e, err := w.r.record(); err != nil || e.Set != "standard" || len(e.List) != 64 {
		t.Errorf("%+v, %v", e, err)
	}
}

func TestWheelsThatAreMissingAreNamed(t *testing.T) {
	w := newInstallWorld(t, first)
	if err := os.Remove(filepath.Join(w.wheels, "peft-2.0-py3-none-any.whl")); err != nil {
		t.Fatal(err)
	}
	err := w.install(InstallOptions{})
	e, ok := err.(*training.Error)
	if !ok || e.Kind != training.KindRefused || !strings.Contains(e.Message, "lacks 1 wheels: peft==2.0") || !strings.Contains(e.Next, "wheels.txt") {
		t.Fatalf("%v", err)
	}
	list, err := os.ReadFile(w.r.path("wheels.txt"))
	if err != nil || strings.Count(string(list), "--hash=sha256:") != 4 || len(parseRequirements(list)) != 4 {
		t.Errorf("%s, %v", list, err)
	}
	if _, err := os.Stat(w.r.env); err == nil {
		t.Error("something was installed")
	}
}

func TestAWheelWithOtherBytesIsRefused(t *testing.T) {
	w := newInstallWorld(t, first)
	wheel(t, w.wheels, "peft", "2.0", "print('not what was pinned')\n")
	err := w.install(InstallOptions{})
	if !training.IsKind(err, training.KindRefused) || !strings.Contains(err.Error(), "peft") {
		t.Fatalf("%v", err)
	}
	if s := w.r.State(); s.State != Partial {
		t.Errorf("%+v", s)
	}
}

func TestInstallGoesOnAfterUVWasKilled(t *testing.T) {
	w := newInstallWorld(t, first)
	w.setStall(true)
	done := make(chan error, 1)
	go func() { done <- w.install(InstallOptions{}) }()
	if err := syscall.Kill(w.stalled(), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err == nil || !strings.Contains(err.Error(), "signal: killed") {
		t.Fatalf("%v", err)
	}
	if s := w.r.State(); s.State != Partial || !strings.Contains(s.Reason, "not finished") {
		t.Errorf("%+v", s)
	}
	w.setStall(false)
	if err := w.install(InstallOptions{}); err != nil {
		t.Fatal(err)
	}
	w.whole("first")
}

// installHelper is the installer that a test kills.
const installHelper = "MODELFACTORY_TEST_INSTALL"

func TestInstallHelper(t *testing.T) {
	var in struct{ Dir, Wheels string }
	if raw := os.Getenv(installHelper); raw == "" || json.Unmarshal([]byte(raw), &in) != nil {
		t.Skip("only as a child of TestInstallGoesOnAfterTheStudioWasKilled")
	}
	w := &installWorld{t: t, wheels: in.Wheels}
	w.r = NewRuntime(in.Dir, w.source(first))
	w.plain()
	t.Fatal("it was not killed: ", w.install(InstallOptions{}))
}

func TestInstallGoesOnAfterTheStudioWasKilled(t *testing.T) {
	w := newInstallWorld(t, first)
	w.setStall(true)
	in, err := json.Marshal(map[string]string{"Dir": w.r.dir, "Wheels": w.wheels})
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(os.Args[0], "-test.run=^TestInstallHelper$", "-test.v")
	cmd.Env = append(os.Environ(), installHelper+"="+string(in))
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	w.stalled()
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	w.setStall(false)
	if s := w.r.State(); s.State != Partial {
		t.Errorf("%+v", s)
	}
	// Its uv lives on; the next installation neither waits for it nor is
	// disturbed by it.
	if err := w.install(InstallOptions{}); err != nil {
		t.Fatal(err)
	}
	w.whole("first")
}

func TestEachCutOfTheSwitchIsPutRight(t *testing.T) {
	second := map[string]string{"torch==1.1": "WORD = 'second'\n", "peft==2.0": "", "numpy==3.0": ""}
	w := newInstallWorld(t, first)
	if err := w.install(InstallOptions{}); err != nil {
		t.Fatal(err)
	}
	w.again(second)
	if s := w.r.State(); s.State != Partial || !strings.Contains(s.Reason, "another version") {
		t.Fatalf("%+v", s)
	}
	fresh := t.TempDir()
	old := filepath.Join(fresh, "old")
	if err := os.CopyFS(old, os.DirFS(w.r.env)); err != nil {
		t.Fatal(err)
	}
	oldRecord, err := os.ReadFile(w.r.recordPath())
	if err != nil {
		t.Fatal(err)
	}
	if err := w.install(InstallOptions{}); err != nil {
		t.Fatal(err)
	}
	w.whole("second")
	for _, cut := range []string{"before the old one moved", "before the new one moved", "before the record was written"} {
		t.Run(cut, func(t *testing.T) {
			must := func(err error) {
				t.Helper()
				if err != nil {
					t.Fatal(err)
				}
			}
			must(os.WriteFile(w.r.recordPath(), oldRecord, 0o644))
			switch cut {
			case "before the old one moved":
				must(os.Rename(w.r.env, w.r.path(envNew)))
				must(os.CopyFS(w.r.env, os.DirFS(old)))
			case "before the new one moved":
				must(os.Rename(w.r.env, w.r.path(envNew)))
				must(os.CopyFS(w.r.path(envOld), os.DirFS(old)))
			}
			if s := w.r.State(); s.State == Ready {
				t.Fatalf("%+v", s)
			}
			must(os.RemoveAll(w.calls))
			must(w.install(InstallOptions{}))
			w.whole("second")
			if calls, err := os.ReadFile(w.calls); err == nil {
				t.Errorf("what was proven was installed again: %s", calls)
			}
		})
	}
}

func TestTheOldEnvironmentStaysUntilTheNewOneIsProven(t *testing.T) {
	w := newInstallWorld(t, first)
	if err := w.install(InstallOptions{}); err != nil {
		t.Fatal(err)
	}
	// The new torch does not even load: the probe fails.
	w.again(map[string]string{"torch==1.1": "raise RuntimeError('this build is broken')\n", "peft==2.0": "", "numpy==3.0": ""})
	if err := w.install(InstallOptions{}); err == nil {
		t.Fatal("a broken torch passed")
	}
	out, err := exec.Command(w.r.python(), "-c", "import torch; print(torch.WORD)").CombinedOutput()
	if strings.TrimSpace(string(out)) != "first" {
		t.Errorf("the old one says %s, %v", out, err)
	}
	w.again(first)
	if s := w.r.State(); s.State != Ready {
		t.Errorf("%+v", s)
	}
}

func TestRepairs(t *testing.T) {
	for _, c := range []struct {
		name   string
		damage func(w *installWorld) error
		opt    InstallOptions
		state  string // before
	}{
		{"a package's folder is gone", func(w *installWorld) error { return os.RemoveAll(filepath.Join(site(w), "peft")) }, InstallOptions{}, Partial},
		{"its Python is gone", func(w *installWorld) error { return os.Remove(w.r.python()) }, InstallOptions{}, Partial},
		{"a file inside a package is gone", func(w *installWorld) error { return os.Remove(filepath.Join(site(w), "peft", "weights.bin")) }, InstallOptions{Check: true}, Ready},
		{"a file inside a package is cut", func(w *installWorld) error {
			return os.Truncate(filepath.Join(site(w), "peft", "weights.bin"), 7)
		}, InstallOptions{Check: true}, Ready},
		{"one bit has flipped and in the cache too", func(w *installWorld) error {
			path := filepath.Join(site(w), "numpy", "weights.bin")
			f, err := os.OpenFile(path, os.O_RDWR, 0)
			if err != nil {
				return err
			}
			defer f.Close()
			_, err = f.WriteAt([]byte{'o'}, 3)
			return err
		}, InstallOptions{Check: true}, Ready},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newInstallWorld(t, first)
			if err := w.install(InstallOptions{}); err != nil {
				t.Fatal(err)
			}
			if err := c.damage(w); err != nil {
				t.Fatal(err)
			}
			if s := w.r.State(); s.State != c.state {
				t.Fatalf("%+v, want %s", s, c.state)
			}
			if err := w.install(c.opt); err != nil {
				t.Fatal(err)
			}
			w.whole("first")
		})
	}
}

func site(w *installWorld) string {
	s, err := sitePackagesIn(w.r.env)
	if err != nil {
		w.t.Fatal(err)
	}
	return s
}

func TestACheckThatFindsNothingTestsTheDeviceAgain(t *testing.T) {
	w := newInstallWorld(t, first)
	if err := w.install(InstallOptions{}); err != nil {
		t.Fatal(err)
	}
	before, err := os.Stat(w.r.env)
	if err != nil {
		t.Fatal(err)
	}
	var phases []string
	if err := w.r.Install(context.Background(), InstallOptions{Check: true}, func(p InstallProgress) { phases = append(phases, p.Phase) }); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(phases, " "); !strings.HasPrefix(got, InstallCheck) || !strings.HasSuffix(got, InstallProbe) {
		t.Errorf("phases %s", got)
	}
	if after, err := os.Stat(w.r.env); err != nil || !os.SameFile(before, after) {
		t.Error("a whole environment was made anew")
	}
	w.whole("first")
}

func TestNoInstallationWhileTheTrainerWorksOrTheDiskIsFull(t *testing.T) {
	w := newInstallWorld(t, first)
	w.r.alive.Add(1)
	if err := w.install(InstallOptions{}); !training.IsKind(err, training.KindBusy) {
		t.Errorf("%v", err)
	}
	w.r.alive.Add(-1)
	w.r.machine.known[0].Disk = 1 << 60
	err := w.install(InstallOptions{})
	if e, ok := err.(*training.Error); !ok || e.Kind != training.KindRefused || !strings.Contains(e.Message, "1152921504.6 GB more") || !strings.Contains(e.Next, "MODELFACTORY_RUNTIME") {
		t.Errorf("%v", err)
	}
}

// index serves the wheels of a folder as a package index does, with hashes.
func index(t *testing.T, dir string, names ...string) *httptest.Server {
	t.Helper()
	mux := http.NewServeMux()
	mux.Handle("/files/", http.StripPrefix("/files/", http.FileServer(http.Dir(dir))))
	for _, name := range names {
		mux.HandleFunc("/"+name+"/", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			files, _ := filepath.Glob(filepath.Join(dir, name+"-*.whl"))
			for _, f := range files {
				raw, err := os.ReadFile(f + ".said") // what the page says may differ from the file
				if err != nil {
					if raw, err = os.ReadFile(f); err != nil {
						t.Error(err)
					}
				}
				base := filepath.Base(f)
				fmt.Fprintf(w, "<a href=\"/files/%s#sha256=%s\">%s</a>\n", strings.ReplaceAll(base, "+", "%2B"), hexSum(raw), base)
			}
		})
	}
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s
}

func TestASetFromAnIndexOfItsOwn(t *testing.T) {
	w := newInstallWorld(t, first)
	special := t.TempDir()
	file, _ := wheel(t, special, "torch", "1.0+cpu", "WORD = 'special build'\n")
	ordinary, extra := index(t, w.wheels, w.names...), index(t, special, "torch")
	t.Setenv("MODELFACTORY_INDEX", ordinary.URL)
	t.Setenv("UV_FIND_LINKS", "/nowhere") // a person's own settings do not reach uv
	t.Setenv("NO_PROXY", "*")
	w.r.machine.known = append(w.r.machine.known, PinSet{Name: "cpu", For: "tests", Drives: []string{"cpu"}, Index: extra.URL, Build: "+cpu", Disk: 1e6, systems: w.r.machine.known[0].systems})
	if err := w.r.Install(context.Background(), InstallOptions{Set: "cpu", Wheels: w.wheels}, nil); !training.IsKind(err, training.KindRefused) || !strings.Contains(err.Error(), "cannot be installed from a folder") {
		t.Errorf("%v", err)
	}
	if err := w.r.Install(context.Background(), InstallOptions{Set: "cpu"}, nil); err != nil {
		t.Fatal(err)
	}
	w.whole("special build")
	if s := w.r.State(); s.Set != "cpu" {
		t.Errorf("%+v", s)
	}
	// Later installations stay with the set; another one is made when asked for.
	if err := w.r.Install(context.Background(), InstallOptions{Set: "standard"}, nil); err != nil {
		t.Fatal(err)
	}
	w.whole("first")
	// A file that is not what the index said is refused.
	if err := os.Rename(filepath.Join(special, file), filepath.Join(special, file+".said")); err != nil {
		t.Fatal(err)
	}
	wheel(t, special, "torch", "1.0+cpu", "WORD = 'forged'\n")
	if err := os.RemoveAll(w.r.cacheDir()); err != nil {
		t.Fatal(err)
	}
	if err := w.r.Install(context.Background(), InstallOptions{Set: "cpu"}, nil); !training.IsKind(err, training.KindRefused) {
		t.Errorf("%v", err)
	}
	if s := w.r.State(); s.State != Ready || s.Set != "standard" {
		t.Errorf("what was there does not work on: %+v", s)
	}
}
