//go:build real && ollama

package main

import (
	"context"
	"path/filepath"
	"strings"
	"testing"

	"github.com/modelfactory/modelfactory/training/ollama"
	"github.com/modelfactory/modelfactory/training/protocol"
)

// A real Ollama server (OLLAMA_HOST) gets the demo's model and answers as the exported file did. make test-ollama.
func TestOllama(t *testing.T) {
	server, err := ollama.FromEnvironment()
	if err != nil {
		t.Fatal(err)
	}
	version, err := server.Version(context.Background())
	if err != nil {
		t.Fatal("NOT RUN: this test needs an Ollama server: ", err)
	}
	home := t.TempDir()
	mf(t, home, "demo", "--json").want(t, 0)
	demo := filepath.Join(home, "demo")
	models := dig(t, mf(t, demo, "model", "list", "--json").want(t, 0), "models").([]any)
	doc := mf(t, demo, "model", "export", dig(t, models[0], "digest").(string), "--format", "ollama", "--name", "studio/modelfactory-test:1", "--json").want(t, 0)
	if doc["ollama"] != "studio/modelfactory-test:1" {
		t.Fatalf("exported %v", doc)
	}
	answers := dig(t, doc, "check", "answers").([]any)
	same := 0
	for _, a := range answers {
		prompt, exported := dig(t, a, "prompt").(string), dig(t, a, "export").(string)
		got, err := server.Chat(context.Background(), "studio/modelfactory-test:1", protocol.Control{Messages: []protocol.Message{{Role: "user", Content: prompt}}, MaxTokens: 40}, nil)
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("Ollama %s, %q\n  run      %q\n  exported %q\n  Ollama   %q", version, prompt, dig(t, a, "run"), exported, got.Text)
		if strings.TrimSpace(got.Text) == strings.TrimSpace(exported) {
			same++
		}
	}
	// The server rounds what it computes with, so an answer may part from the others at a near tie.
	if 2*same <= len(answers) {
		t.Errorf("%d of %d answers are those of the exported file", same, len(answers))
	}
}
