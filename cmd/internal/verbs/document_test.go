package verbs

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/modelfactory/modelfactory/cmd/internal/studio"
)

var update = flag.Bool("update", false, "write docs/cli.md")

// What a verb prints is a promise: the page that documents it cannot drift from the code.
func TestCommandLineDocument(t *testing.T) {
	path := filepath.Join("..", "..", "..", "docs", "cli.md")
	var b bytes.Buffer
	Document(&b)
	if *update {
		if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	have, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(have, b.Bytes()) {
		t.Error("docs/cli.md is not what the code says: run make generate, and add a line to CHANGELOG.md")
	}
}

// Other programs read help and version as they read every verb, and no data folder is made for them.
func TestHelpAndVersionAsJSON(t *testing.T) {
	home := filepath.Join(t.TempDir(), "home")
	ask := func(code int, doc any, line ...string) {
		t.Helper()
		var out, log bytes.Buffer
		env := Env{Args: append([]string{"--json", "--home", home}, line...), Stdout: &out, Stderr: &log, Getenv: func(string) string { return "" }}
		if got := Main(t.Context(), env); got != code {
			t.Fatalf("%q: exit code %d, %s", line, got, log.String())
		}
		if err := json.Unmarshal(out.Bytes(), doc); err != nil {
			t.Fatalf("%q: %v: %q", line, err, out.String())
		}
	}
	for _, word := range []string{"version", "--version"} {
		var version struct{ Version string }
		ask(ExitDone, &version, word)
		if version.Version != studio.Version {
			t.Errorf("%s: %q", word, version.Version)
		}
	}
	type answer struct {
		Verbs []struct {
			Verb  string
			Flags []struct{ Name, About, Default string }
		}
		Error struct{ Code string }
	}
	var all, one, some, none answer
	ask(ExitDone, &all, "help")
	ask(ExitDone, &one, "net", "license", "--help")
	ask(ExitDone, &some, "help", "net")
	ask(ExitUsage, &none, "help", "nowhere")
	if len(all.Verbs) != len(table()) || len(one.Verbs) != 1 || len(some.Verbs) <= 1 || len(some.Verbs) >= len(all.Verbs) || none.Error.Code != "usage" {
		t.Errorf("%d verbs in all, %+v, %d of net, %+v", len(all.Verbs), one, len(some.Verbs), none)
	}
	if one.Verbs[0].Verb != "net license" || len(one.Verbs[0].Flags) == 0 || one.Verbs[0].Flags[0].About == "" {
		t.Errorf("%+v", one)
	}
	if _, err := os.Stat(home); err == nil {
		t.Error("a data folder was made")
	}
}
