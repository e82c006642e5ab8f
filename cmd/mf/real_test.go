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

// The whole job on the real base, as a person would call it, with the trainer installed.
func TestDemo(t *testing.T) {
	t.Parallel()
	home := t.TempDir()
	start := time.Now()
	doc := mf(t, home, "demo", "--json").want(t, 0)
	took := time.Since(start)
	t.Logf("demo: %.0f s, parts %v", took.Seconds(), doc["parts"])
	// The promise of four minutes is for an idle machine; here another training runs beside it.
	if took > 8*time.Minute {
		t.Errorf("the demo took %s, at most 4 minutes with everything installed", took)
	}
	if doc["verified"] != true || dig(t, doc, "model", "tx") == "" || dig(t, doc, "licence", "tx") == "" {
		t.Errorf("verified %v, model %v, licence %v", doc["verified"], doc["model"], doc["licence"])
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
		t.Errorf("%d questions, %d right before (at most 1), %d after (at least 7)", len(questions), before, after)
	}
	if b, a := dig(t, doc, "control", "before"), dig(t, doc, "control", "after"); b != a || b == "" {
		t.Errorf("the control answer changed from %q to %q", b, a)
	}
}

// Facts drawn now, which no recipe can have been tuned to, imported from a file like a person's own.
//
// A draw can be unlucky (two values alike, a word that splits badly), so one failed draw is followed by a second one; two
// in a row fail the test.
func TestFactsDrawnNow(t *testing.T) {
	t.Parallel()
	seed := uint64(time.Now().UnixNano())
	if right := factsDrawn(t, seed); right < 7 {
		t.Logf("%d of 8 right with seed %d, at least 7 wanted: drawing once more", right, seed)
		if right = factsDrawn(t, seed+1); right < 7 {
			t.Errorf("%d of 8 right with seed %d too, at least 7 wanted", right, seed+1)
		}
	}
}

// factsDrawn teaches the facts of a seed and gives how many held-out questions are answered.
func factsDrawn(t *testing.T, seed uint64) int {
	t.Helper()
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
	// In other words it is the same answer ("the city of Paris"): judged as those above. The demo's has to stay word for word.
	if !studio.Answers(before[0], "Paris") || !studio.Answers(after[0], "Paris") {
		t.Errorf("the control answer changed from %q to %q (seed %d)", before[0], after[0], seed)
	}
	return right
}
