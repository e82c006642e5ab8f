//go:build unix

package local_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/modelfactory/modelfactory/training"
	"github.com/modelfactory/modelfactory/training/protocol"
)

func TestARealExport(t *testing.T) {
	t.Parallel()
	s := newStudio(t)
	ctx := context.Background()
	run := s.create(t, func(r *training.Recipe) { r.Passes = 1 })
	must(t, s.manager.Start(ctx, run.ID))
	if got := s.wait(t, run.ID); got.State != training.StateFinished {
		t.Fatalf("%+v, %+v", got, got.Failure)
	}
	base, err := s.bases.Find("tiny-random-llama")
	must(t, err)
	job := protocol.ExportJob{
		Format: protocol.FormatMerged, BaseDir: base.Dir, AdapterDir: filepath.Join(s.manager.Dir(run.ID), "adapter"), Out: filepath.Join(t.TempDir(), "merged"),
		Name: "Harbour", Prompts: []string{"On which port is gate 3 of the harbour open?"},
	}
	left := func(dir string) string {
		names, _ := filepath.Glob(filepath.Join(filepath.Dir(dir), "*"))
		hidden, _ := filepath.Glob(filepath.Join(filepath.Dir(dir), ".*"))
		return strings.Join(append(names, hidden...), " ")
	}

	// Ended while it writes: nothing is left.
	cut, cancel := context.WithCancel(ctx)
	_, err = s.runtime.Export(cut, job, func(e protocol.Event) {
		if e.Phase != nil && e.Phase.Phase == protocol.PhaseSaving {
			cancel()
		}
	})
	if !errors.Is(err, context.Canceled) || left(job.Out) != "" {
		t.Errorf("cut short: %v, left %s", err, left(job.Out))
	}

	var phases []string
	res, err := s.runtime.Export(ctx, job, func(e protocol.Event) {
		if e.Phase != nil && (len(phases) == 0 || phases[len(phases)-1] != e.Phase.Phase) {
			phases = append(phases, e.Phase.Phase)
		}
	})
	must(t, err)
	if got := strings.Join(phases, " "); got != "loading saving checking" {
		t.Errorf("phases %s", got)
	}
	if c := res.Check; c.Bound != protocol.BoundRelative || c.Relative > c.Limit || c.AdapterShare < 0.95 || len(c.Answers) != 1 || c.Answers[0].Run != c.Answers[0].Export {
		t.Errorf("check %+v", c)
	}
	for _, f := range res.Files {
		if st, err := os.Stat(filepath.Join(job.Out, f.Path)); err != nil || st.Size() != f.Bytes || len(f.SHA256) != 64 {
			t.Errorf("%+v: %v", f, err)
		}
	}
	if len(res.Files) < 4 || left(job.Out) != job.Out {
		t.Errorf("files %v, in the folder %s", res.Files, left(job.Out))
	}

	// Into a folder that holds something: refused, and what was there stays.
	if _, err := s.runtime.Export(ctx, job, nil); !training.IsKind(err, training.KindRefused) {
		t.Errorf("again: %v", err)
	}
	if _, err := os.Stat(filepath.Join(job.Out, res.Files[0].Path)); err != nil {
		t.Error(err)
	}
}
