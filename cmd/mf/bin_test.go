package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// A deleted run can be taken back until the bin is emptied; a lost studio.db loses no run.
func TestBinAndLostDatabase(t *testing.T) {
	t.Parallel()
	home := newHome(t)
	ask := func(args ...string) map[string]any {
		t.Helper()
		return tiny(t, home, args...).want(t, 0)
	}
	trained := dig(t, tiny(t, home, startLine("--set", "passes=1", "--name", "trained")...).want(t, 0), "run").(map[string]any)
	ask(startLine("--queue", "--name", "waiting")...)
	ask("run", "delete", "1")
	if runs := dig(t, ask("bin", "list"), "runs").([]any); len(runs) != 1 || dig(t, runs[0], "id") != trained["id"] {
		t.Errorf("the bin: %v", runs)
	}
	if back := dig(t, ask("bin", "restore", "trained"), "run"); fmt.Sprint(back) != fmt.Sprint(trained) {
		t.Errorf("restored:\n%v\nbefore:\n%v", back, trained)
	}

	before := ask("run", "list")
	for _, name := range []string{"studio.db", "studio.db-wal", "studio.db-shm"} {
		_ = os.Remove(filepath.Join(home, name))
	}
	if after := ask("run", "list"); fmt.Sprint(after) != fmt.Sprint(before) {
		t.Errorf("without studio.db:\n%v\nbefore:\n%v", after, before)
	}

	ask("run", "delete", "waiting")
	tiny(t, home, "bin", "empty").refuses(t, 2, "usage", "--yes")
	if doc := ask("bin", "empty", "--days", "30", "--yes"); len(dig(t, doc, "erased").([]any)) != 0 {
		t.Errorf("what was deleted just now was erased: %v", doc)
	}
	// The clock was a day ahead when it was deleted.
	ahead := time.Now().AddDate(0, 0, 1)
	for path := range tree(t, home) {
		if strings.Contains(path, "trash") {
			must(t, os.Chtimes(filepath.Join(home, path), ahead, ahead))
		}
	}
	if doc := ask("bin", "empty", "--yes"); len(dig(t, doc, "erased").([]any)) != 1 || len(dig(t, ask("bin", "list"), "runs").([]any)) != 0 {
		t.Errorf("emptied: %v", doc)
	}
	tiny(t, home, "bin", "restore", "waiting").refuses(t, 4, "not_found", "waiting")
}
