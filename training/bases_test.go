package training_test

import (
	"context"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/modelfactory/modelfactory/training"
	"github.com/modelfactory/modelfactory/training/trainingtest"
)

func TestCatalogueFiguresAddUp(t *testing.T) {
	families := map[string]bool{}
	for _, b := range training.Catalogue() {
		families[b.Family] = true
		if got := b.Config.Weights(); math.Abs(float64(got-b.Params)) > 0.001*float64(b.Params) {
			t.Errorf("%s: its figures give %d parameters, the catalogue says %d", b.Name, got, b.Params)
		}
		if b.Licence == "" || b.Repo == "" || b.Config.Context == 0 || b.Download < b.Params*19/10 {
			t.Errorf("%s: licence, repository, context or size is missing: %+v", b.Name, b)
		}
	}
	for _, f := range []string{"LLaMA", "Mistral", "DeepSeek", "Qwen", "SmolLM2", "Gemma"} {
		if !families[f] {
			t.Errorf("no base of the family %s", f)
		}
	}
}

func TestShelfListsAndFinds(t *testing.T) {
	dir := t.TempDir()
	trainingtest.WriteBase(t, dir, "SmolLM2-135M-Instruct", "abc")
	if err := os.MkdirAll(filepath.Join(dir, "half-made@1"), 0o755); err != nil {
		t.Fatal(err)
	}
	shelf := training.NewBaseShelf(dir)
	all, err := shelf.List()
	if err != nil {
		t.Fatal(err)
	}
	if !all[0].Installed || all[0].Ref() != "SmolLM2-135M-Instruct@abc" || all[1].Installed || len(all) != len(training.Catalogue()) {
		t.Errorf("installed ones come first, once, and half-made ones not at all: %+v", all[:2])
	}
	for _, name := range []string{"SmolLM2-135M-Instruct", "smollm2-135m-instruct@ABC", "HuggingFaceTB/SmolLM2-135M-Instruct"} {
		if b, err := shelf.Find(name); err != nil || !b.Installed {
			t.Errorf("%s: %+v, %v", name, b, err)
		}
	}
	if _, err := shelf.Find("nothing"); !training.IsKind(err, training.KindNotFound) {
		t.Errorf("unknown base: %v", err)
	}
	if all, err := training.NewBaseShelf(filepath.Join(dir, "none")).List(); err != nil || len(all) != len(training.Catalogue()) {
		t.Errorf("a shelf that is not there yet: %d, %v", len(all), err)
	}
}

func TestShelfVerifyNamesTheFile(t *testing.T) {
	ctx := context.Background()
	for name, c := range map[string]struct {
		damage func(dir string) error
		says   string
	}{
		"flipped byte": {func(dir string) error {
			return os.WriteFile(filepath.Join(dir, "model.safetensors"), []byte("not really weightS"), 0o644)
		}, "model.safetensors"},
		"missing file": {func(dir string) error { return os.Remove(filepath.Join(dir, "model.safetensors")) }, "model.safetensors"},
		"extra file":   {func(dir string) error { return os.WriteFile(filepath.Join(dir, "code.py"), nil, 0o644) }, "code.py"},
		"other record": {func(dir string) error {
			raw, err := os.ReadFile(filepath.Join(dir, "base.json"))
			if err != nil {
				return err
			}
			return os.WriteFile(filepath.Join(dir, "base.json"), []byte(strings.Replace(string(raw), `"files":{"config.json":"`, `"files":{"config.json":"0`, 1)), 0o644)
		}, "base.json"},
	} {
		t.Run(name, func(t *testing.T) {
			shelf := training.NewBaseShelf(t.TempDir())
			dir := trainingtest.WriteBase(t, shelf.Dir(), "b", "1")
			base, err := shelf.Find("b")
			if err != nil {
				t.Fatal(err)
			}
			if err := shelf.Verify(ctx, base); err != nil {
				t.Fatalf("sound base: %v", err)
			}
			if err := c.damage(dir); err != nil {
				t.Fatal(err)
			}
			if err := shelf.Verify(ctx, base); !training.IsKind(err, training.KindRefused) || !strings.Contains(err.Error(), c.says) {
				t.Errorf("want a refusal that names %s, got %v", c.says, err)
			}
		})
	}
}

func TestEstimate(t *testing.T) {
	base, err := training.NewBaseShelf(t.TempDir()).Find("SmolLM2-135M-Instruct")
	if err != nil {
		t.Fatal(err)
	}
	s := training.DefaultSettings()
	s.Device = "cpu"
	e := training.EstimateMemory(base.Config, s, 0)
	if e.Base != 4*base.Params || e.Fits != "" || !(e.Low < e.Expected && e.Expected < e.High) {
		t.Errorf("float32 on a processor: %+v", e)
	}
	gpu := s
	gpu.Device = "cuda"
	if g := training.EstimateMemory(base.Config, gpu, 0); g.Base != 2*base.Params {
		t.Errorf("bfloat16 on a card: %+v", g)
	}
	for name, more := range map[string]func(*training.Settings){
		"rank": func(s *training.Settings) { s.Rank *= 2 }, "length": func(s *training.Settings) { s.MaxLength *= 2 }, "batch": func(s *training.Settings) { s.BatchSize *= 2 },
	} {
		b := s
		more(&b)
		if training.EstimateMemory(base.Config, b, 0).Expected <= e.Expected {
			t.Errorf("more %s needs no more memory", name)
		}
	}
	for _, c := range []struct {
		free int64
		fits string
	}{{e.High * 2, training.FitsWell}, {e.Expected + 1, training.FitsTight}, {e.Expected - 1, training.FitsTooBig}} {
		got := training.EstimateMemory(base.Config, s, c.free)
		if got.Fits != c.fits || (c.fits == training.FitsTooBig) != (got.Change != "") {
			t.Errorf("%d free: %+v, want %s", c.free, got, c.fits)
		}
	}
	if got := training.EstimateMemory(base.Config, s, 1); got.Change != "a smaller base" {
		t.Errorf("nothing fits into one byte: %+v", got)
	}
}

func FuzzParseModelConfig(f *testing.F) {
	f.Add([]byte(`{"model_type":"llama","hidden_size":64,"intermediate_size":128,"num_hidden_layers":2,"num_attention_heads":4,"vocab_size":512,"head_dim":null}`))
	f.Add([]byte(`{"hidden_size":1e300}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		c, err := training.ParseModelConfig(raw)
		if err != nil {
			return
		}
		if c.HeadDim < 0 || c.KVHeads <= 0 {
			t.Errorf("%+v", c)
		}
	})
}
