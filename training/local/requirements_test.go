package local

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/modelfactory/modelfactory/training/trainer"
)

func TestRequirementsOfEachSystem(t *testing.T) {
	raw, err := trainer.FS.ReadFile(pins)
	if err != nil {
		t.Fatal(err)
	}
	all := parseRequirements(raw)
	if len(all) < 40 {
		t.Fatalf("%d entries", len(all))
	}
	for _, q := range all {
		if q.name == "" || q.version == "" || !strings.Contains(q.text, "--hash=sha256:") || strings.HasSuffix(q.text, "\\") {
			t.Errorf("%+v", q)
		}
	}
	for _, c := range []struct {
		system, python string
		with, without  []string
	}{
		{"linux/amd64", "3.11", []string{"torch", "nvidia-cublas", "triton", "hf-xet", "networkx==3.6.1"}, []string{"colorama", "networkx==3.7", "httpx2-jsfetch"}},
		{"linux/amd64", "3.13", []string{"networkx==3.7", "triton"}, []string{"networkx==3.6.1", "colorama", "httpx2-jsfetch"}},
		{"darwin/arm64", "3.12", []string{"torch", "hf-xet"}, []string{"nvidia-cublas", "triton", "colorama"}},
		{"windows/amd64", "3.12", []string{"torch", "colorama"}, []string{"nvidia-cublas", "triton"}},
	} {
		goos, arch, _ := strings.Cut(c.system, "/")
		needed := map[string]bool{}
		for _, q := range all {
			if q.needed(machine{goos: goos, goarch: arch}, c.python) {
				needed[q.name], needed[q.name+"=="+q.version] = true, true
			}
		}
		for _, name := range c.with {
			if !needed[name] {
				t.Errorf("%s, Python %s: %s is left out", c.system, c.python, name)
			}
		}
		for _, name := range c.without {
			if needed[name] {
				t.Errorf("%s, Python %s: %s is not needed", c.system, c.python, name)
			}
		}
	}
}

func TestMarkersThatAreNotUnderstoodCountAsNeeded(t *testing.T) {
	m := machine{goos: "linux", goarch: "amd64"}
	for marker, want := range map[string]bool{
		"sys_platform == 'linux'": true, "sys_platform != 'linux'": false, "sys_platform == 'linux' and python_full_version < '3.9'": false,
		"(sys_platform == 'win32' or sys_platform == 'linux') and python_version >= '3.11'": true,
		"sys_platform == 'win32' or": true, "implementation_name == 'cpython'": true, "sys_platform ~= 'win32'": true, "(sys_platform == 'win32'": true, "'": true,
	} {
		if got := (requirement{marker: marker}).needed(m, "3.11"); got != want {
			t.Errorf("%s: %v", marker, got)
		}
	}
}

func TestTheListOfAnotherBuild(t *testing.T) {
	known := parseRequirements([]byte("bitsandbytes==0.50.2 ; sys_platform != 'darwin' \\\n    --hash=sha256:ff\nnumpy==2.4.6 \\\n    --hash=sha256:aa \\\n    --hash=sha256:bb\nnvidia-cublas==13.1 ; sys_platform == 'linux' \\\n    --hash=sha256:cc\ntorch==2.13.0 \\\n    --hash=sha256:dd\ntriton==3.7.1 \\\n    --hash=sha256:ee\n"))
	if got, want := otherBuild(known, "+cpu"), "numpy==2.4.6\ntorch==2.13.0+cpu\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if got, want := otherBuild(known, "+cu130"), "bitsandbytes==0.50.2 ; sys_platform != 'darwin'\nnumpy==2.4.6\ntorch==2.13.0+cu130\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	looked := parseRequirements([]byte("numpy==2.4.6 \\\n    --hash=sha256:foreign\ntorch==2.13.0+cpu \\\n    --hash=sha256:ff\n"))
	got := withOwnHashes(looked, known)
	if strings.Contains(got, "foreign") || !strings.Contains(got, "--hash=sha256:bb\ntorch==2.13.0+cpu \\\n    --hash=sha256:ff") {
		t.Errorf("%s", got)
	}
}

func TestMissingWheels(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"hf_xet-1.8.0-cp37-abi3-manylinux_2_17_x86_64.whl", "PyYAML-6.0.3-cp311-cp311-linux_x86_64.whl", "notes.txt", "torch-2.12.0-cp311-cp311-linux_x86_64.whl"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := missingWheels(dir, []requirement{{name: "hf-xet", version: "1.8.0"}, {name: "pyyaml", version: "6.0.3"}, {name: "torch", version: "2.13.0"}, {name: "numpy", version: "1"}})
	if err != nil || !slices.Equal(got, []string{"torch==2.13.0", "numpy==1"}) {
		t.Errorf("%v, %v", got, err)
	}
	if _, err := missingWheels(filepath.Join(dir, "none")); err == nil {
		t.Error("a folder that is not there passes")
	}
}

func FuzzRequirements(f *testing.F) {
	f.Add("a==1 ; sys_platform == 'linux' and (python_version < '3')\\\n  --hash=sha256:1\n", "3.11")
	f.Add("==\n;\\\n(((", "x")
	f.Fuzz(func(t *testing.T, text, python string) {
		for _, q := range parseRequirements([]byte(text)) {
			q.needed(machine{goos: "linux", goarch: "amd64"}, python)
		}
	})
}
