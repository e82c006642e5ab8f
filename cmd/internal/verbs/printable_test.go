package verbs

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Rows of others are shown, never obeyed: a terminal gets no escape, and JSON says the same text as without.
func TestRowsOfOthersDoNotReachTheTerminal(t *testing.T) {
	file := filepath.Join(t.TempDir(), "rows.jsonl")
	const answer = "a\x1b]0;mine\x07\u202egnp\u009b2J\x7f"
	line, err := json.Marshal(map[string]string{"prompt": "café?", "completion": answer})
	if err == nil {
		err = os.WriteFile(file, line, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	home := t.TempDir()
	preview := func(flags ...string) string {
		var out bytes.Buffer
		env := Env{Args: append(flags, "--home", home, "data", "preview", file), Stdout: &out, Stderr: &out, Getenv: func(string) string { return "" }}
		if code := Main(context.Background(), env); code != ExitDone {
			t.Fatalf("exit code %d: %s", code, &out)
		}
		return out.String()
	}
	if s := preview(); strings.ContainsAny(s, "\x1b\x07\u202e\u009b\x7f") || !strings.Contains(s, `\u001b]0;mine`) || !strings.Contains(s, "café?") {
		t.Errorf("the terminal gets %q", s)
	}
	var doc struct {
		Rows []struct {
			Messages []struct{ Content string } `json:"messages"`
		} `json:"rows"`
	}
	if s := preview("--json"); strings.ContainsAny(s, "\u202e\u009b\x7f") || json.Unmarshal([]byte(s), &doc) != nil || doc.Rows[0].Messages[1].Content != answer {
		t.Errorf("as JSON: %q", s)
	}
}

// --yes=false is not a yes.
func TestSwitchesOfEveryVerb(t *testing.T) {
	for arg, want := range map[string]bool{"--yes": true, "--yes=true": true, "-yes": true, "--yes=false": false, "--yes=0": false} {
		if g, _, err := globals(Env{Args: []string{"--home", "x", arg}, Getenv: func(string) string { return "" }}); err != nil || g.Yes != want {
			t.Errorf("%s: %v, %v", arg, g.Yes, err)
		}
	}
	for _, arg := range []string{"--yes=no", "--json=", "--json=2"} {
		if _, _, err := globals(Env{Args: []string{"--home", "x", arg}, Getenv: func(string) string { return "" }}); err == nil {
			t.Errorf("%s is taken", arg)
		}
	}
}

// A number that makes no sense is refused before anything is started with it.
func TestNumbersOfFlags(t *testing.T) {
	for _, line := range []string{
		"data check x --rows -1", "data check x --from -1", "data preview x --rows -1", "net show x --rows -1", "bin empty --days -1", "model chat x --prompt hi --max-tokens -1",
		"model chat x --prompt hi --max-tokens 0", "model chat x --prompt hi --temperature NaN", "model chat x --prompt hi --temperature -0.1", "model chat x --prompt hi --temperature Inf",
	} {
		var out bytes.Buffer
		env := Env{Args: append([]string{"--home", t.TempDir()}, strings.Fields(line)...), Stdout: &out, Stderr: &out, Getenv: func(string) string { return "" }}
		if code := Main(context.Background(), env); code != ExitUsage {
			t.Errorf("mf %s: exit code %d, %s", line, code, &out)
		}
	}
}
