package main

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// asMF makes the test binary be mf, so that tests run the real program in a real process of its own.
const asMF = "MODELFACTORY_TEST_AS_MF"

func TestMain(m *testing.M) {
	if os.Getenv(asMF) == "1" {
		os.Exit(run())
	}
	os.Exit(m.Run())
}

// result is the end of one mf process.
type result struct {
	code           int
	stdout, stderr string
}

// mf runs one line in a data folder.
func mf(t *testing.T, home string, args ...string) result {
	t.Helper()
	cmd := mfCommand(t, home, args...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	if err != nil && cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return result{cmd.ProcessState.ExitCode(), out.String(), errs.String()}
}

func mfCommand(t *testing.T, home string, args ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self, append([]string{"--home", home}, args...)...)
	cmd.Env = append(os.Environ(), asMF+"=1", "MODELFACTORY_RUNTIME="+runtimeDir(t))
	return cmd
}

// runtimeDir is the installed trainer that `make` uses.
func runtimeDir(t *testing.T) string {
	t.Helper()
	if dir := os.Getenv("MODELFACTORY_RUNTIME"); dir != "" {
		return dir
	}
	dir, err := filepath.Abs(filepath.Join("..", "..", ".runtime"))
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// want fails unless the line ended with this exit code, and decodes its JSON document.
func (r result) want(t *testing.T, code int) map[string]any {
	t.Helper()
	if r.code != code {
		t.Fatalf("exit code %d, want %d\nstdout: %s\nstderr: %s", r.code, code, r.stdout, r.stderr)
	}
	lines := strings.Split(strings.TrimSpace(r.stdout), "\n")
	var doc map[string]any
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &doc); err != nil {
		t.Fatalf("the last line is no JSON document: %v\n%s", err, r.stdout)
	}
	return doc
}

// dig walks a decoded document.
func dig(t *testing.T, v any, path ...any) any {
	t.Helper()
	for _, p := range path {
		switch p := p.(type) {
		case string:
			m, ok := v.(map[string]any)
			if !ok {
				t.Fatalf("no %q in %v", p, v)
			}
			v = m[p]
		case int:
			l, ok := v.([]any)
			if !ok || len(l) <= p {
				t.Fatalf("no element %d in %v", p, v)
			}
			v = l[p]
		}
	}
	return v
}
