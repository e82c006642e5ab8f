package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// What docs/cli.md says that a verb prints with --json is what it prints: every name in the page is in the document.
func TestDocumentedShapes(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "cli.md"))
	must(t, err)
	shapes := map[string][]string{}
	name := regexp.MustCompile(`"([a-z_0-9]+)"`)
	for _, section := range strings.Split(string(page), "\n## mf ")[1:] {
		verb, rest, _ := strings.Cut(section, "\n")
		if _, shape, ok := strings.Cut(rest, "--json: `"); ok {
			shapes[verb] = []string{}
			for _, m := range name.FindAllStringSubmatch(shape, -1) {
				shapes[verb] = append(shapes[verb], m[1])
			}
		}
	}
	if len(shapes) < 25 {
		t.Fatalf("only %d verbs in docs/cli.md print a document", len(shapes))
	}

	home := filepath.Join(t.TempDir(), "home")
	copyTree(t, undisturbed(t), home)
	dir := t.TempDir()
	rows := filepath.Join(dir, "rows.jsonl")
	must(t, writeFacts(rows, 3))
	b, err := os.ReadFile(rows)
	must(t, err)
	must(t, os.WriteFile(rows, append(b, "{\"messages\":[]}\n"...), 0o644))
	nobody := "0x000000000000000000000000000000000000dEaD"
	seen := map[string]bool{"run start": true, "run watch": true, "run resume": true, "model chat": true, "demo": true, "chain serve": true}
	for _, c := range []struct {
		verb string
		args []string
	}{
		{"doctor", nil},
		{"base list", nil},
		{"base show", []string{tinyBase, "--verify"}},
		{"data import", []string{rows, "--name", "more", "--skip-bad"}},
		{"data preview", []string{rows, "--rows", "4"}},
		{"data show", []string{"facts"}},
		{"data check", []string{"facts", "--base", tinyBase}},
		{"net license", []string{"bicycle-workshop"}},
		{"net list", nil},
		{"net show", []string{"bicycle-workshop"}},
		{"net verify", []string{"facts"}},
		{"run list", nil},
		{"run show", []string{"1"}},
		{"run estimate", []string{"--base", tinyBase, "--data", "facts", "--measure"}},
		{"run recipe", []string{"1"}},
		{"model list", nil},
		{"model show", []string{whole.adapter}},
		{"model publish", []string{whole.adapter}},
		{"model verify", []string{whole.adapter}},
		{"lineage show", []string{whole.adapter}},
		{"model export", []string{whole.adapter, "--out", filepath.Join(dir, "out")}},
		{"lineage verify", []string{filepath.Join(dir, "out")}},
		{"wallet list", nil},
		{"wallet show", nil},
		{"wallet export", []string{"--out", filepath.Join(dir, "words")}},
		{"wallet send", []string{"--to", nobody, "--amount", "1.5"}},
		{"wallet history", nil},
		{"chain status", nil},
		{"chain networks", nil},
		{"chain use", []string{"dev"}},
		{"chain outbox", nil},
		{"chain faucet", []string{"--amount", "2"}},
		{"run delete", []string{"1"}},
		{"bin list", nil},
		{"bin restore", []string{"1"}},
		{"bin empty", []string{"--yes"}},
	} {
		seen[c.verb] = true
		if _, ok := shapes[c.verb]; !ok {
			t.Errorf("docs/cli.md does not say what %s prints", c.verb)
		}
		r := tiny(t, home, append(strings.Fields(c.verb), c.args...)...)
		if r.code != 0 {
			t.Errorf("%s: exit code %d: %s%s", c.verb, r.code, r.stdout, r.stderr)
			continue
		}
		var doc any
		if err := json.Unmarshal([]byte(r.stdout), &doc); err != nil {
			t.Errorf("%s prints more or less than one document: %v\n%s", c.verb, err, r.stdout)
			continue
		}
		have := map[string]bool{}
		collect(doc, have)
		for _, n := range shapes[c.verb] {
			// The parts of a difference or a problem, and the change that would fit, are there when there is one.
			if !have[n] && !slices.Contains([]string{"file", "want", "got", "change", "problem", "row", "reason", "fix", "ask", "advice", "failed", "driver", "capability", "net", "title"}, n) {
				t.Errorf("%s: docs/cli.md names %q, which is not in\n%.600s", c.verb, n, r.stdout)
			}
		}
	}
	fresh := filepath.Join(dir, "fresh")
	for verb, args := range map[string][]string{"wallet create": nil, "wallet import": {"--words-file", filepath.Join(dir, "words"), "--accounts", "2"}} {
		seen[verb] = true
		have := map[string]bool{}
		collect(tiny(t, filepath.Join(fresh, strings.ReplaceAll(verb, " ", "-")), append(strings.Fields(verb), args...)...).want(t, 0), have)
		for _, n := range shapes[verb] {
			if !have[n] {
				t.Errorf("%s: docs/cli.md names %q", verb, n)
			}
		}
	}
	for verb := range shapes {
		if !seen[verb] {
			t.Logf("not tried here: mf %s", verb)
		}
	}
}

// collect gathers the names of all fields of a document.
func collect(v any, into map[string]bool) {
	switch v := v.(type) {
	case map[string]any:
		for k, e := range v {
			into[k] = true
			collect(e, into)
		}
	case []any:
		for _, e := range v {
			collect(e, into)
		}
	}
}
