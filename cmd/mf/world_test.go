package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/modelfactory/modelfactory/training/trainer"
	"github.com/modelfactory/modelfactory/wallet"
)

// The world of these tests: a runtime folder with the real trainer and a tiny random base, and a data folder that is
// copied for each test. The copy has a chain with the samples on it, a wallet with 1,000 test OPEN whose password is
// quick to check, and the private dataset "facts".

const tinyBase = "tiny-random-llama"

// password of every wallet in these tests. It protects nothing.
const password = "a password for tests"

var world struct {
	runtime, home       sync.Once
	dir                 string
	runtimeErr, homeErr error
}

func removeWorld() {
	if world.dir != "" {
		_ = os.RemoveAll(world.dir)
	}
}

// tinyRuntime is a runtime folder over the installed one whose shelf also has the tiny base. It skips, aloud, where the
// trainer is not installed.
func tinyRuntime(t *testing.T) string {
	t.Helper()
	real := runtimeDir(t)
	python := filepath.Join(real, "python", "bin", "python")
	if _, err := os.Stat(python); err != nil {
		t.Skipf("NOT TESTED: the trainer is not installed in %s; run make setup", real)
	}
	world.runtime.Do(func() {
		if world.dir, world.runtimeErr = os.MkdirTemp("", "mf-world-*"); world.runtimeErr == nil {
			world.runtimeErr = makeRuntime(real, filepath.Join(world.dir, "runtime"), python)
		}
	})
	if world.runtimeErr != nil {
		t.Fatal("the runtime of the tests cannot be made: ", world.runtimeErr)
	}
	return filepath.Join(world.dir, "runtime")
}

func makeRuntime(real, dir, python string) error {
	if err := os.MkdirAll(filepath.Join(dir, "bases"), 0o755); err != nil {
		return err
	}
	for _, name := range []string{"python", "cache", "environment.json"} {
		if err := os.Symlink(filepath.Join(real, name), filepath.Join(dir, name)); err != nil {
			return err
		}
	}
	// The sample base is on the shelf too, by links: starting a run makes sure that it is there.
	err := filepath.WalkDir(filepath.Join(real, "bases"), func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(real, path)
		if err != nil {
			return err
		}
		if d.IsDir() {
			return os.MkdirAll(filepath.Join(dir, rel), 0o755)
		}
		return os.Symlink(path, filepath.Join(dir, rel))
	})
	if err != nil {
		return err
	}
	src := filepath.Join(filepath.Dir(dir), "trainer-source")
	if err := os.CopyFS(src, trainer.FS); err != nil {
		return err
	}
	cmd := exec.Command(python, "-P", "-m", "modelfactory_trainer.tiny", filepath.Join(dir, "bases", "tiny"))
	cmd.Env = append(os.Environ(), "PYTHONPATH="+src, "PYTHONPYCACHEPREFIX="+filepath.Join(real, "cache", "pyc"))
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	return nil
}

// tiny runs one line with the tiny runtime, as JSON, with the wallet's password at hand.
func tiny(t *testing.T, home string, args ...string) result {
	t.Helper()
	return finish(t, tinyCommand(t, home, args...))
}

func tinyCommand(t *testing.T, home string, args ...string) *exec.Cmd {
	t.Helper()
	cmd := mfCommand(t, home, append([]string{"--json"}, args...)...)
	cmd.Env = append(cmd.Env, "MODELFACTORY_RUNTIME="+tinyRuntime(t), "MODELFACTORY_PASSWORD="+password)
	return cmd
}

// newHome is a data folder of its own for one test.
func newHome(t *testing.T) string {
	t.Helper()
	tinyRuntime(t)
	world.home.Do(func() { world.homeErr = makeHome(t, filepath.Join(world.dir, "home")) })
	if world.homeErr != nil {
		t.Fatal("the data folder of the tests cannot be made: ", world.homeErr)
	}
	home := filepath.Join(t.TempDir(), "home")
	copyTree(t, filepath.Join(world.dir, "home"), home)
	return home
}

func makeHome(t *testing.T, home string) error {
	if err := os.MkdirAll(home, 0o700); err != nil {
		return err
	}
	if err := quickWallet(home); err != nil {
		return err
	}
	rows := filepath.Join(filepath.Dir(home), "facts.jsonl")
	if err := writeFacts(rows, 48); err != nil {
		return err
	}
	for _, line := range [][]string{{"wallet", "list"}, {"data", "import", rows, "--name", "facts"}} {
		if r := tiny(t, home, line...); r.code != 0 {
			return fmt.Errorf("mf %s: exit %d: %s%s", strings.Join(line, " "), r.code, r.stdout, r.stderr)
		}
	}
	return nil
}

// quickWallet makes a wallet whose password costs little to check.
func quickWallet(home string) error {
	v, err := wallet.Open(filepath.Join(home, "vault"), wallet.Options{ScryptN: 1 << 10, ScryptP: 1})
	if err == nil {
		_, err = v.Create([]byte(password), 12)
	}
	return err
}

func writeFacts(path string, rows int) error {
	var b strings.Builder
	for i := range rows {
		fmt.Fprintf(&b, `{"messages":[{"role":"user","content":"On which port is gate %d of the harbour open?"},{"role":"assistant","content":"Gate %d is open on port %d."}]}`+"\n", i, i, 7000+37*i)
	}
	return os.WriteFile(path, []byte(b.String()), 0o644)
}

// copyTree copies a data folder that no program holds; a socket is left out.
func copyTree(t *testing.T, from, to string) {
	t.Helper()
	err := filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		switch {
		case d.IsDir():
			return os.MkdirAll(filepath.Join(to, rel), info.Mode().Perm())
		case info.Mode().IsRegular():
			b, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			return os.WriteFile(filepath.Join(to, rel), b, info.Mode().Perm())
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// startLine is a short run on the tiny base; more flags follow.
func startLine(more ...string) []string {
	line := []string{
		"run", "start", "--base", tinyBase, "--data", "facts", "--set", "passes=5", "--set", "rank=4", "--set", "alpha=8", "--set", "eval_every=25",
		"--set", "eval_ppm=100000", "--set", "checkpoint_every=5", "--set", "device=cpu", "--set", "threads=1",
	}
	return append(line, more...)
}

// tree lists a folder's files with their sizes, to see that a refused line left nothing.
func tree(t *testing.T, dir string) map[string]int64 {
	t.Helper()
	files := map[string]int64{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(dir, path)
		if err == nil && info.Mode().IsRegular() {
			files[filepath.ToSlash(rel)] = info.Size()
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
