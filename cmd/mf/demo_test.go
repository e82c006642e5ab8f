package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// A second demo in the same folder: training is exact, so it makes the same model, which is licensed and registered once.
func TestTwoDemosInOneFolder(t *testing.T) {
	t.Parallel()
	runtime, home := demoRuntime(t), t.TempDir()
	demo := func() map[string]any {
		t.Helper()
		cmd := tinyCommand(t, home, "demo")
		cmd.Env = append(cmd.Env, "MODELFACTORY_RUNTIME="+runtime)
		return finish(t, cmd).want(t, 0)
	}
	first, second := demo(), demo()
	if first["verified"] != true || second["verified"] != true {
		t.Errorf("verified: %v, %v", first["verified"], second["verified"])
	}
	if first["run"] == second["run"] {
		t.Error("the second demo has not trained")
	}
	for _, same := range []string{"model", "licence", "trained_tokens", "questions", "control"} {
		if a, b := fmt.Sprint(first[same]), fmt.Sprint(second[same]); a != b {
			t.Errorf("%s: %s, and the second time %s", same, a, b)
		}
	}
	if n := len(dig(t, second, "questions").([]any)); n != 8 {
		t.Errorf("%d questions", n)
	}
	in := filepath.Join(home, "demo")
	if runs := dig(t, tiny(t, in, "run", "list").want(t, 0), "runs").([]any); len(runs) != 2 {
		t.Errorf("%d runs", len(runs))
	}
	if models := dig(t, tiny(t, in, "model", "list").want(t, 0), "models").([]any); len(models) != 1 {
		t.Errorf("%d models", len(models))
	}
	if signed := dig(t, tiny(t, in, "chain", "outbox").want(t, 0), "transactions").([]any); len(signed) != 2 {
		t.Errorf("signed: %v", signed) // one licence, one registration
	}
}

// demoRuntime is the runtime of the tests with the tiny base alone, under the name of the embedded one.
func demoRuntime(t *testing.T) string {
	t.Helper()
	from, dir := tinyRuntime(t), t.TempDir()
	for _, name := range []string{"python", "cache", "environment.json"} {
		must(t, os.Symlink(filepath.Join(from, name), filepath.Join(dir, name)))
	}
	base := filepath.Join(dir, "bases", "renamed")
	copyTree(t, filepath.Join(from, "bases", "tiny"), base)
	path := filepath.Join(base, "base.json")
	b, err := os.ReadFile(path)
	must(t, err)
	var record map[string]any
	must(t, json.Unmarshal(b, &record))
	record["name"] = "SmolLM2-135M-Instruct"
	b, err = json.Marshal(record)
	must(t, err)
	must(t, os.WriteFile(path, b, 0o644))
	must(t, os.Rename(base, filepath.Join(dir, "bases", fmt.Sprintf("%s@%s", record["name"], record["revision"]))))
	return dir
}
