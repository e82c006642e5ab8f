package studio

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/modelfactory/modelfactory/training"
	"github.com/modelfactory/modelfactory/training/local"
	"github.com/modelfactory/modelfactory/training/protocol"
)

// SampleBase is the embedded default base.
const SampleBase = "SmolLM2-135M-Instruct"

// CompleteRecipe fills in what a person need not say: the base when only one is installed or the embedded one is meant,
// newest versions, and revisions.
func (s *Studio) CompleteRecipe(r training.Recipe) (training.Recipe, error) {
	if r.Base == "" {
		r.Base = SampleBase
	}
	b, err := s.Bases.Find(r.Base)
	if err != nil {
		return r, err
	}
	r.Base = b.Ref()
	for i := range r.Data {
		ref, _, err := s.Library.Resolve(r.Data[i].Ref)
		if err != nil {
			return r, err
		}
		r.Data[i].Ref = ref
	}
	return r, nil
}

// EnsureTrainer installs the trainer and the embedded base when they are missing; say gets words for a person.
func (s *Studio) EnsureTrainer(ctx context.Context, say func(format string, args ...any)) error {
	return s.InstallTrainer(ctx, local.InstallOptions{}, say)
}

// InstallTrainer installs or repairs the trainer and the embedded base as opt says.
func (s *Studio) InstallTrainer(ctx context.Context, opt local.InstallOptions, say func(format string, args ...any)) error {
	last := time.Time{}
	phase := ""
	progress := func(p local.InstallProgress) {
		if p.Phase == phase && s.now().Sub(last) < 5*time.Second {
			return
		}
		phase, last = p.Phase, s.now()
		say("%s", installing(p))
	}
	if err := s.Runtime.Install(ctx, opt, progress); err != nil {
		return err
	}
	_, err := s.Runtime.EnsureSampleBase(ctx, opt, progress)
	return err
}

// installing says how far an installation is. Its bytes are those on the disk: packages are unpacked while they are
// fetched, and take up more than the download.
func installing(p local.InstallProgress) string {
	text := "trainer: " + p.Phase
	if p.Total > 0 {
		text += fmt.Sprintf(", %.1f of about %.1f GB", float64(p.Done)/1e9, float64(p.Total)/1e9)
		if p.Phase == local.InstallPackages {
			text += " on disk, unpacked"
		}
	}
	if p.PerSecond > 0 {
		text += fmt.Sprintf(", %.0f MB/s", p.PerSecond/1e6)
	}
	if p.Left > 0 {
		text += fmt.Sprintf(", about %s left", p.Left.Round(time.Second))
	}
	return text
}

// CheckData tokenises a recipe's data with its base's own template and counts; it loads no weights.
func (s *Studio) CheckData(ctx context.Context, r training.Recipe, preview, offset int) (protocol.CheckResult, error) {
	job, err := s.checkJob(r)
	if err != nil {
		return protocol.CheckResult{}, err
	}
	job.Preview, job.Offset = preview, offset
	return s.Runtime.Check(ctx, job)
}

// PreviewData shows n rows of a recipe's data as the model sees them, and reads no further than that.
func (s *Studio) PreviewData(ctx context.Context, r training.Recipe, n, offset int) ([]protocol.PreviewRow, error) {
	job, err := s.checkJob(r)
	if err != nil {
		return nil, err
	}
	job.Preview, job.Offset, job.OnlyPreview = n, offset, true
	result, err := s.Runtime.Check(ctx, job)
	return result.Preview, err
}

func (s *Studio) checkJob(r training.Recipe) (protocol.CheckJob, error) {
	b, err := s.Bases.Find(r.Base)
	if err != nil {
		return protocol.CheckJob{}, err
	}
	if !b.Installed {
		return protocol.CheckJob{}, &Error{Kind: "not_found", Message: "the base " + b.Name + " is not on this computer", Next: "Add it with mf base add, or choose an installed one."}
	}
	var sources []protocol.Source
	for _, src := range r.Data {
		ref, v, err := s.Library.Resolve(src.Ref)
		if err != nil {
			return protocol.CheckJob{}, err
		}
		sources = append(sources, protocol.Source{
			Net: string(ref.Net), Version: ref.Version, Path: filepath.Join(s.Library.Dir(ref), "rows.jsonl"), RowsSHA256: string(v.RowsSHA256),
			Root: string(v.Root), Digest: string(v.Digest), Rows: v.Rows, WeightPPM: src.WeightPPM,
		})
	}
	recipe, err := r.Canonical()
	return protocol.CheckJob{BaseDir: b.Dir, Sources: sources, Recipe: recipe, TokensDir: s.tokensDir()}, err
}

// tokensDir holds the tokens that checks, measurements and runs share; the trainer keeps it small.
func (s *Studio) tokensDir() string { return filepath.Join(s.Home, "tokens") }

// OnDevice says whether the device that a recipe means can do what it asks.
func (s *Studio) OnDevice(ctx context.Context, r training.Recipe) error {
	return r.OnDevice(s.Runtime.Doctor(ctx).Device(r.Device).Kind)
}

// AddBase takes a base from a folder or GGUF file at path, or, when nothing is there, from the hub under name from.
func (s *Studio) AddBase(ctx context.Context, path, from, name, revision, licence string, progress func(phase string, done, total int64)) (training.Base, error) {
	events := func(e protocol.Event) {
		if p := e.Phase; p != nil {
			progress(p.Phase, p.Done, p.Total)
		}
	}
	_, err := os.Stat(path)
	switch {
	case err == nil:
		if name == "" {
			name = strings.TrimSuffix(filepath.Base(path), filepath.Ext(path))
		}
		return s.Runtime.ImportBase(ctx, protocol.ImportBaseJob{From: path, Name: name, Revision: revision, Licence: licence}, events)
	case errors.Is(err, fs.ErrNotExist) && !filepath.IsAbs(from) && strings.Count(from, "/") == 1 && !strings.HasPrefix(from, "."):
		return s.Runtime.Download(ctx, protocol.DownloadJob{Repo: from, Revision: revision, Licence: licence}, events)
	}
	return training.Base{}, &Error{Kind: "not_found", Message: fmt.Sprintf("there is no file or folder %s", path), Next: "Name a safetensors folder, a GGUF file, or a hub name such as owner/model.", Err: err}
}
