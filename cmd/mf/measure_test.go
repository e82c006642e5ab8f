package main

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
)

// A few steps are taken once for what they decide; what they say holds for the run.
func TestMeasureBeforeARun(t *testing.T) {
	t.Parallel()
	home := newHome(t)
	estimate := func(more ...string) (doc map[string]any, measured bool) {
		t.Helper()
		r := tiny(t, home, append(append([]string{"run", "estimate"}, startLine()[2:]...), more...)...)
		return r.want(t, 0), strings.Contains(r.stderr, "measuring")
	}
	tiny(t, home, "run", "estimate", "--base", tinyBase, "--measure").refuses(t, 2, "usage", "--data")
	if doc, _ := estimate(); dig(t, doc, "estimate", "from") != "formula" {
		t.Errorf("before anything was measured: %v", doc)
	}
	first, measured := estimate("--measure")
	if !measured || dig(t, first, "estimate", "from") != "measured" || dig(t, first, "duration", "from") != "measured" {
		t.Fatalf("measured: %v", first)
	}
	for _, more := range [][]string{{"--measure"}, {"--measure", "--set", "learning_rate=0.0001"}, {}} {
		if doc, measured := estimate(more...); measured || dig(t, doc, "estimate", "expected") != dig(t, first, "estimate", "expected") {
			t.Errorf("%v: measured again %v: %v", more, measured, doc)
		}
	}
	for _, more := range [][]string{{"--measure", "--set", "rank=8"}, {"--again"}} {
		doc, measured := estimate(more...)
		if !measured || dig(t, doc, "measured", "at") == dig(t, first, "measured", "at") {
			t.Errorf("%v: not measured: %v", more, doc)
		}
		first = doc
	}

	began := time.Now()
	run := tiny(t, home, startLine()...)
	took := time.Since(began).Seconds()
	id := dig(t, run.want(t, 0), "run", "id").(string)
	// How well it agrees on a quiet machine is tested in training/local; other tests run beside this one.
	if expected := dig(t, first, "duration", "expected").(float64); expected < took/10 || expected > took*10 {
		t.Errorf("%.1f s expected of %v, %.1f s taken", expected, dig(t, first, "measured"), took)
	}
	events := tiny(t, home, "run", "watch", id)
	var peak float64
	for _, line := range strings.Split(strings.TrimSpace(events.stdout), "\n") {
		var e struct {
			Memory float64 `json:"memory_bytes"`
		}
		must(t, json.Unmarshal([]byte(line), &e))
		peak = max(peak, e.Memory)
	}
	if off := dig(t, first, "measured", "memory").(float64)/peak - 1; off < -0.1 || off > 0.1 {
		t.Errorf("%v measured, %.0f taken (%+.0f %%)", dig(t, first, "measured"), peak, 100*off)
	}
	if doc, _ := estimate(); dig(t, doc, "estimate", "from") != "run" || dig(t, doc, "estimate", "expected") != peak {
		t.Errorf("after the run: %v", doc)
	}
}
