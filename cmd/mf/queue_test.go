package main

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// Queued runs are worked off one after another; one that fails is left behind. Then they are compared.
func TestQueueAndCompare(t *testing.T) {
	t.Parallel()
	home := newHome(t)
	queue := func(more ...string) map[string]any {
		t.Helper()
		return dig(t, tiny(t, home, startLine(append(more, "--set", "passes=1", "--queue")...)...).want(t, 0), "run").(map[string]any)
	}
	first, bad, last := queue("--name", "first"), queue("--name", "bad"), queue("--name", "last", "--set", "rank=2")
	if first["state"] != "queued" || last["queue"] != 3.0 {
		t.Fatalf("queued: %v, %v", first, last)
	}
	// What is trained must be what was frozen; this one no longer is.
	recipe := filepath.Join(home, "runs", bad["id"].(string), "recipe.json")
	must(t, os.WriteFile(recipe, []byte("{}"), 0o644))

	ended := tiny(t, home, "run", "queue")
	if run := dig(t, ended.want(t, 3), "run"); dig(t, run, "name") != "last" || dig(t, run, "state") != "finished" {
		t.Errorf("the last of the queue: %v", run)
	}
	for id, want := range map[any]string{first["id"]: "finished", bad["id"]: "failed", last["id"]: "finished"} {
		if got := dig(t, tiny(t, home, "run", "show", id.(string)).want(t, 0), "run", "state"); got != want {
			t.Errorf("run %v is %v, want %s", id, got, want)
		}
	}
	if r := tiny(t, home, "run", "queue"); r.code != 0 || !strings.Contains(r.stderr, "nothing is queued") {
		t.Errorf("an empty queue: %+v", r)
	}

	doc := tiny(t, home, "run", "compare", "first", "#3").want(t, 0)
	for _, figure := range []string{"train_loss", "eval_loss", "perplexity", "tokens_per_second", "memory_bytes", "seconds"} {
		for i := range 2 {
			if v, ok := dig(t, doc, "runs", i, figure).(float64); !ok || v <= 0 {
				t.Errorf("%s of run %d: %v", figure, i, dig(t, doc, "runs", i, figure))
			}
		}
	}
	if d := dig(t, doc, "differs").([]any); len(d) != 1 || dig(t, d[0], "key") != "rank" || dig(t, d[0], "values", 1) != "2" {
		t.Errorf("differs: %v", d)
	}
	if dig(t, doc, "fair") != true || len(dig(t, doc, "same").([]any)) < 20 {
		t.Errorf("fair %v, the same: %v", dig(t, doc, "fair"), dig(t, doc, "same"))
	}
	words := finish(t, mfCommand(t, home, "run", "compare", "1", "3"))
	for _, want := range []string{"run 1", "run 3", "first", "perplexity", "Rank", "same: Base tiny-random-llama@", "Fair comparison: same base, same held-out rows", "Run 3 is "} {
		if words.code != 0 || !strings.Contains(words.stdout, want) {
			t.Errorf("no %q in\n%s%s", want, words.stdout, words.stderr)
		}
	}
	tiny(t, home, "run", "compare", "1").refuses(t, 2, "usage", "two to six")
	tiny(t, home, "run", "compare", "1", "1").refuses(t, 2, "usage", "itself")
	tiny(t, home, "run", "compare", "1", "99").refuses(t, 4, "not_found", "99")
}

// An interrupt pauses the run that trains; the others stay in the queue.
func TestQueueInterrupted(t *testing.T) {
	t.Parallel()
	home := newHome(t)
	id := ""
	for _, name := range []string{"short", "now", "later"} {
		passes := "passes=1000"
		if name == "short" { // the one that is paused is not the one that the line began with
			passes = "passes=1"
		}
		run := dig(t, tiny(t, home, startLine("--set", passes, "--name", name, "--queue")...).want(t, 0), "run")
		if name == "now" {
			id = dig(t, run, "id").(string)
		}
	}
	h := begin(t, tinyCommand(t, home, "run", "queue"))
	h.until(t, `"phase":"training","reason":"","run":"`+id)
	h.until(t, `"event":"step"`)
	must(t, h.cmd.Process.Signal(syscall.SIGINT))
	if run := dig(t, h.end(t).want(t, 0), "run"); dig(t, run, "name") != "now" || dig(t, run, "state") != "paused" || !strings.Contains(dig(t, run, "reason").(string), "Paused by you") {
		t.Errorf("interrupted: %v", run)
	}
	if run := dig(t, tiny(t, home, "run", "show", "later").want(t, 0), "run"); dig(t, run, "state") != "queued" || dig(t, run, "step") != 0.0 {
		t.Errorf("the next of the queue: %v", run)
	}
}
