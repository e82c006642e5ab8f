//go:build real

package main

import (
	"bytes"
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/modelfactory/modelfactory/cmd/internal/studio"
	"github.com/modelfactory/modelfactory/datasets/datasetstest"
)

// mf runs one line in a data folder, with the installed trainer.
func mf(t *testing.T, home string, args ...string) result {
	t.Helper()
	return finish(t, mfCommand(t, home, args...))
}

// The whole job on the real base, twice, as a person would call it.
func TestDemo(t *testing.T) {
	home := t.TempDir()
	for round := 1; round <= 2; round++ {
		start := time.Now()
		doc := mf(t, home, "demo", "--json").want(t, 0)
		took := time.Since(start)
		t.Logf("demo %d: %.0f s, parts %v", round, took.Seconds(), doc["parts"])
		if took > 4*time.Minute {
			t.Errorf("demo %d took %s, at most 4 minutes with everything installed", round, took)
		}
		if doc["verified"] != true || dig(t, doc, "model", "tx") == "" || dig(t, doc, "licence", "tx") == "" {
			t.Errorf("demo %d: verified %v, model %v, licence %v", round, doc["verified"], doc["model"], doc["licence"])
		}
		before, after := 0, 0
		questions := dig(t, doc, "questions").([]any)
		for _, q := range questions {
			t.Log(q)
			if dig(t, q, "before_ok") == true {
				before++
			}
			if dig(t, q, "after_ok") == true {
				after++
			}
		}
		if len(questions) != 8 || before > 1 || after < 7 {
			t.Errorf("demo %d: %d questions, %d right before (at most 1), %d after (at least 7)", round, len(questions), before, after)
		}
		if b, a := dig(t, doc, "control", "before"), dig(t, doc, "control", "after"); b != a || b == "" {
			t.Errorf("demo %d: the control answer changed from %q to %q", round, b, a)
		}
	}
}

// Facts drawn now, which no recipe can have been tuned to, imported from a file like a person's own.
func TestFactsDrawnNow(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("facts of seed %d", seed)
	facts := datasetstest.Draw(seed)
	home, dir := t.TempDir(), t.TempDir()
	file := filepath.Join(dir, "facts.jsonl")
	if err := facts.WriteJSONL(file); err != nil {
		t.Fatal(err)
	}
	mf(t, home, "data", "import", file, "--name", "facts", "--json").want(t, 0)
	start := time.Now()
	run := mf(t, home, "run", "start", "--data", "facts", "--preset", "balanced", "--name", "facts", "--json").want(t, 0)
	t.Logf("trained in %.0f s", time.Since(start).Seconds())
	model := dig(t, run, "run", "model").(string)
	const control = "What is the capital of France?"
	prompts := control
	for _, q := range facts.Questions {
		prompts += "\n" + q.Prompt
	}
	ask := func(more ...string) []string {
		cmd := mfCommand(t, home, append([]string{"model", "chat", model, "--each", "--max-tokens", "24", "--json"}, more...)...)
		cmd.Stdin = strings.NewReader(prompts)
		out, err := cmd.Output()
		if err != nil {
			t.Fatal(err)
		}
		var answers []string
		for dec := json.NewDecoder(bytes.NewReader(out)); dec.More(); {
			var a struct{ Answer string }
			if err := dec.Decode(&a); err != nil {
				t.Fatal(err)
			}
			answers = append(answers, a.Answer)
		}
		return answers
	}
	before, after := ask("--base-only"), ask()
	known, right := 0, 0
	for i, q := range facts.Questions {
		if studio.Answers(before[i+1], q.Want) {
			known++
		}
		ok := studio.Answers(after[i+1], q.Want)
		if ok {
			right++
		}
		t.Logf("%v  %s\n  wanted %s\n  got    %s", ok, q.Prompt, q.Want, after[i+1])
	}
	if known > 1 {
		t.Errorf("the base knew %d of %d facts drawn just now (seed %d)", known, len(facts.Questions), seed)
	}
	if right < 7 {
		t.Errorf("%d of %d right, at least 7 wanted (seed %d)", right, len(facts.Questions), seed)
	}
	if before[0] != after[0] {
		t.Errorf("the control answer changed from %q to %q", before[0], after[0])
	}
}
