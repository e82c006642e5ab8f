//go:build real && ollama

package main

import (
	"context"
	"encoding/json"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ollama/ollama/api"

	"github.com/modelfactory/modelfactory/training/ollama"
	"github.com/modelfactory/modelfactory/training/protocol"
)

// A real Ollama server (OLLAMA_HOST) gets the demo's model, answers as the exported file did, and reads chats as the
// base's own template writes them. make test-ollama.
func TestOllama(t *testing.T) {
	server, err := ollama.FromEnvironment()
	if err != nil {
		t.Fatal(err)
	}
	version, err := server.Version(context.Background())
	if err != nil {
		t.Fatal("NOT RUN: this test needs an Ollama server: ", err)
	}
	client, err := api.ClientFromEnvironment()
	if err != nil {
		t.Fatal(err)
	}
	home := t.TempDir()
	mf(t, home, "demo", "--json").want(t, 0)
	demo := filepath.Join(home, "demo")
	models := dig(t, mf(t, demo, "model", "list", "--json").want(t, 0), "models").([]any)
	const name = "studio/modelfactory-test:1"
	doc := mf(t, demo, "model", "export", dig(t, models[0], "digest").(string), "--format", "ollama", "--name", name, "--json").want(t, 0)
	if doc["ollama"] != name {
		t.Fatalf("exported %v", doc)
	}
	t.Cleanup(func() {
		if err := client.Delete(context.Background(), &api.DeleteRequest{Model: name}); err != nil {
			t.Error(err)
		}
	})
	answers := dig(t, doc, "check", "answers").([]any)
	same := 0
	for _, a := range answers {
		prompt, exported := dig(t, a, "prompt").(string), dig(t, a, "export").(string)
		got, err := server.Chat(context.Background(), name, protocol.Control{Messages: []protocol.Message{{Role: "user", Content: prompt}}, MaxTokens: 40}, nil)
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
	sameTemplate(t, client, name)
}

// chats that a template may write in different ways.
var chats = [][]api.Message{
	{{Role: "user", Content: "Which code do the brake pads have?"}},
	{{Role: "system", Content: "You answer in one word."}, {Role: "user", Content: " Why?\n\n"}},
	{
		{Role: "user", Content: "Name a \"colour\" {{ .Role }}."},
		{Role: "assistant", Content: "Violet."},
		{Role: "user", Content: "Another, für Größe 3?"},
	},
}

// sameTemplate wants of a chat the same number of tokens and the same answer as of the text that transformers writes for
// it with the base's template, which the server takes as it is.
func sameTemplate(t *testing.T, client *api.Client, model string) {
	t.Helper()
	bases, err := filepath.Glob(filepath.Join(runtimeDir(t), "bases", "SmolLM2-135M-Instruct@*"))
	if err != nil || len(bases) != 1 {
		t.Fatalf("the sample base: %v, %v", bases, err)
	}
	asked, err := json.Marshal(chats)
	if err != nil {
		t.Fatal(err)
	}
	python := exec.Command(filepath.Join(runtimeDir(t), "python", "bin", "python"), "-c", `import json, sys
from transformers import AutoTokenizer
tokenizer = AutoTokenizer.from_pretrained(sys.argv[1], local_files_only=True)
print(json.dumps([tokenizer.apply_chat_template(c, tokenize=False, add_generation_prompt=True) for c in json.load(sys.stdin)]))`, bases[0])
	python.Stdin = strings.NewReader(string(asked))
	out, err := python.Output()
	var texts []string
	if err != nil || json.Unmarshal(out, &texts) != nil || len(texts) != len(chats) {
		t.Fatalf("transformers: %s, %v", out, err)
	}
	no, options := false, map[string]any{"temperature": 0, "num_predict": 24}
	for i, chat := range chats {
		var told, raw struct {
			text   string
			tokens int
		}
		err := client.Chat(context.Background(), &api.ChatRequest{Model: model, Messages: chat, Stream: &no, Options: options}, func(r api.ChatResponse) error {
			told.text, told.tokens = r.Message.Content, r.PromptEvalCount
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		err = client.Generate(context.Background(), &api.GenerateRequest{Model: model, Prompt: texts[i], Raw: true, Stream: &no, Options: options}, func(r api.GenerateResponse) error {
			raw.text, raw.tokens = r.Response, r.PromptEvalCount
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("chat %d: %d tokens, %q", i, told.tokens, told.text)
		if told != raw || raw.tokens == 0 {
			t.Errorf("chat %d: %+v, with the base's own text %+v", i, told, raw)
		}
	}
}
