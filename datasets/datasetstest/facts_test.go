package datasetstest

import (
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/modelfactory/modelfactory/datasets"
)

func TestDraw(t *testing.T) {
	seen := map[string]bool{}
	for seed := range uint64(300) {
		f := Draw(seed)
		if len(f.Rows) != FactCount*Phrasings || len(f.Questions) != FactCount {
			t.Fatalf("seed %d: %d rows, %d questions", seed, len(f.Rows), len(f.Questions))
		}
		grams := map[string]bool{}
		answers := ""
		for _, row := range f.Rows {
			if err := row.Check(); err != nil {
				t.Fatal(err)
			}
			for _, m := range row.Messages {
				for _, g := range datasets.FiveGrams(m.Content) {
					grams[g] = true
				}
			}
			answers += row.Messages[1].Content + "\n"
		}
		for _, q := range f.Questions {
			for _, g := range datasets.FiveGrams(q.Prompt) {
				if grams[g] {
					t.Errorf("seed %d: %q shares %q with a row", seed, q.Prompt, g)
				}
			}
			if strings.Count(answers, " "+q.Want) < Phrasings {
				t.Errorf("seed %d: the rows do not teach %q", seed, q.Want)
			}
			if strings.Contains(q.Prompt, q.Want) {
				t.Errorf("seed %d: %q gives its answer away", seed, q.Prompt)
			}
		}
		seen[answers] = true
	}
	if len(seen) < 300 {
		t.Errorf("%d different draws of 300", len(seen))
	}
	if !reflect.DeepEqual(Draw(7), Draw(7)) {
		t.Error("the same seed draws two things")
	}
}

func TestDrawnFactsImport(t *testing.T) {
	dir := t.TempDir()
	lib, err := datasets.OpenLibrary(filepath.Join(dir, "datanets"))
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "facts.jsonl")
	f := Draw(1)
	if err := f.WriteJSONL(path); err != nil {
		t.Fatal(err)
	}
	report, err := lib.Import(t.Context(), path, datasets.ImportOptions{Name: "facts"})
	if err != nil || report.Rows != len(f.Rows) || report.Format != datasets.FormatMessages {
		t.Fatalf("report %+v, %v", report, err)
	}
	i := 0
	for e, err := range lib.Rows(datasets.Ref{Net: "facts"}) {
		if err != nil || !reflect.DeepEqual(e.Row, f.Rows[i]) {
			t.Fatalf("row %d is %+v, %v", i, e.Row, err)
		}
		i++
	}
}
