package main

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// These make the test binary be mf, so that tests run the real program in a real process of its own.
const (
	asMF      = "MODELFACTORY_TEST_AS_MF"
	clockDays = "MODELFACTORY_TEST_CLOCK_DAYS" // its clock goes wrong by so many days
	fileLimit = "MODELFACTORY_TEST_FILE_LIMIT" // it and its trainer may write files of so many bytes
)

func TestMain(m *testing.M) {
	if os.Getenv(asMF) == "1" {
		var now func() time.Time
		if days, err := strconv.Atoi(os.Getenv(clockDays)); err == nil {
			now = func() time.Time { return time.Now().AddDate(0, 0, days) }
		}
		if n, err := strconv.ParseUint(os.Getenv(fileLimit), 10, 64); err == nil {
			if err := limitFiles(n); err != nil {
				panic(err)
			}
		}
		os.Exit(run(now))
	}
	code := m.Run()
	removeWorld()
	os.Exit(code)
}

// result is the end of one mf process.
type result struct {
	code           int
	stdout, stderr string
}

func finish(t *testing.T, cmd *exec.Cmd) result {
	t.Helper()
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

// want fails unless the line ended with this exit code, and decodes its last JSON document.
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

// refuses fails unless the line ended with this code and with an error document that has a message and advice, and
// nothing else on stdout; says are words that must be in them.
func (r result) refuses(t *testing.T, code int, kind string, says ...string) {
	t.Helper()
	if r.code != code {
		t.Errorf("exit code %d, want %d\nstdout: %s\nstderr: %s", r.code, code, r.stdout, r.stderr)
		return
	}
	var doc struct {
		Error struct{ Code, Message, Advice string }
	}
	lines := strings.Split(strings.TrimSpace(r.stdout), "\n")
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &doc); err != nil {
		t.Errorf("no error document: %v\nstdout: %s\nstderr: %s", err, r.stdout, r.stderr)
		return
	}
	e := doc.Error
	if e.Code != kind || e.Message == "" || e.Advice == "" {
		t.Errorf("error %+v, want the code %q, a message and advice", e, kind)
	}
	for _, s := range says {
		if !strings.Contains(e.Message+" "+e.Advice, s) {
			t.Errorf("%q is not in %+v", s, e)
		}
	}
	t.Logf("exit %d: %s | %s", r.code, e.Message, e.Advice)
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
