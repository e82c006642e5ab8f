package verbs

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"testing"
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
