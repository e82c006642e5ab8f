package training_test

import (
	"context"
	"encoding/json"
	"flag"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/modelfactory/modelfactory/training"
	"github.com/modelfactory/modelfactory/training/protocol"
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

// catalogued is a base of the catalogue.
func catalogued(t *testing.T, name string) training.Base {
	t.Helper()
	base, err := training.NewBaseShelf(t.TempDir()).Find(name)
	if err != nil {
		t.Fatal(err)
	}
	return base
}

// Peaks of whole runs of two steps on SmolLM2-135M-Instruct, one row of so many tokens at a time: the resident memory
// at its most. Two threads of an x86-64 processor, torch 2.13; the grid of
// bench/results/train-cpu.json.
func TestEstimateAgainstMeasuredPeaks(t *testing.T) {
	base := catalogued(t, "SmolLM2-135M-Instruct")
	var worst float64
	for _, c := range []struct {
		rank, tokens int
		recompute    string
		measured     int64
	}{
		{8, 256, "off", 1_485_000_000},
		{8, 256, "on", 1_364_000_000},
		{64, 256, "off", 1_901_000_000},
		{64, 256, "on", 1_862_000_000},
		{8, 512, "off", 1_758_000_000},
		{8, 512, "on", 1_516_000_000},
		{64, 512, "off", 2_195_000_000},
		{64, 512, "on", 1_987_000_000},
		{8, 1024, "off", 2_226_000_000},
		{8, 1024, "on", 1_663_000_000},
		{64, 1024, "off", 2_591_000_000},
		{64, 1024, "on", 2_170_000_000},
	} {
		s := training.DefaultSettings()
		s.Device, s.Dropout, s.BatchSize, s.Rank, s.MaxLength, s.TokenBudget, s.Recompute = "cpu", 0, 1, c.rank, c.tokens, c.tokens, c.recompute
		e := training.EstimateMemory(base.Config, s, training.Room{StepTokens: int64(c.tokens)})
		off := float64(e.Expected)/float64(c.measured) - 1
		worst = max(worst, math.Abs(off))
		if math.Abs(off) > 0.07 || c.measured < e.Low || c.measured > e.High {
			t.Errorf("rank %d, %d tokens, recompute %s: %d measured, %d expected (%+.1f %%), from %d to %d", c.rank, c.tokens, c.recompute, c.measured, e.Expected, 100*off, e.Low, e.High)
		}
	}
	t.Logf("worst error %.1f %%", 100*worst)
}

// The arithmetic by hand for a base small enough for it: hidden 64, mlp 128,
// 2 layers, 4 heads of 16 (2 for keys and values), vocabulary 512, tied.
func TestEstimateByHand(t *testing.T) {
	cfg := training.ModelConfig{ModelType: "llama", HiddenSize: 64, IntermediateSize: 128, Layers: 2, Heads: 4, KVHeads: 2, HeadDim: 16, VocabSize: 512, Tied: true}
	s := training.DefaultSettings()
	s.Device, s.Rank, s.MaxLength, s.TokenBudget, s.BatchSize, s.Dropout, s.Recompute = "cpu", 8, 100, 100, 1, 0, "off"
	e := training.EstimateMemory(cfg, s, training.Room{})
	const (
		linear  = 64*(64+32+32+64) + 3*64*128        // q, k, v, o, gate, up, down
		weights = 512*64 + 2*(linear+2*64) + 64      // with the norms
		columns = 2 * 8 * (3*(64+64) + 2*256 + 2*64) // two layers
		adapter = 2 * 8 * ((64 + 64) + 2*(64+32) + (64 + 64) + 2*(64+128) + (128 + 64))
		kept    = 4*(2*64+(64+64)+64+2*128+7*8) + 4*4 // bytes a token and layer
	)
	if e.Base != 4*(weights+columns) || e.Adapter != 8*adapter || e.Optimizer != 12*adapter || e.Tokens != 100 || e.RunTwice != 0 {
		t.Errorf("weights: %+v", e)
	}
	if want := int64(100 * 2 * kept * 9 / 8); e.Activations != want {
		t.Errorf("kept %d, want %d", e.Activations, want)
	}
	if want := int64(100*4*(6*128+8+2*64) + 100*512*4 + 3*100*64*4); e.Workspace != want {
		t.Errorf("workspace %d, want %d", e.Workspace, want)
	}
	if sum := e.Base + e.Adapter + e.Optimizer + e.Activations + e.Workspace + e.Overhead; e.Expected != sum {
		t.Errorf("the parts sum to %d, not %d", sum, e.Expected)
	}

	change := func(set func(*training.Settings)) training.Estimate {
		c := s
		set(&c)
		return training.EstimateMemory(cfg, c, training.Room{})
	}
	if got := change(func(s *training.Settings) { s.Dropout = 0.1 }); got.Activations-e.Activations != 100*2*(2*64+64+128)*9/8 {
		t.Errorf("dropout keeps its masks: %+v", got)
	}
	if got := change(func(s *training.Settings) { s.BatchSize, s.TokenBudget = 4, 200 }); got.Tokens != 200 || got.Activations != 200*2*kept*9/8 {
		t.Errorf("two rows at once: %+v", got)
	}
	if got := change(func(s *training.Settings) { s.BatchSize = 64 }); got.Expected != e.Expected {
		t.Errorf("more rows a step take more memory: %d, %d", got.Expected, e.Expected)
	}
	if got := change(func(s *training.Settings) { s.Recompute = "on" }); got.RunTwice != 2 || got.Activations != 100*2*64*4*9/8+2*100*(kept+4*(6*128+8+2*64))+100*512*4 || got.Workspace != e.Workspace+100*kept {
		t.Errorf("layers run twice: %+v", got)
	}
	// On a card what layers keep goes to the host's memory: two layers of it stay. This base does 4 operations a byte,
	// far fewer than a card, so that first layers run twice and then send their input, which is 64 numbers.
	c := s
	c.Device = "cuda"
	card := training.EstimateMemory(cfg, c, training.Room{})
	c.Recompute, c.MemoryGB = "on", 0.001
	if got := training.EstimateMemory(cfg, c, training.Room{}); card.Offload != 0 || got.Offload != 0 || got.Activations != 100*2*64*2 {
		t.Errorf("of two layers none is worth sending: %+v, %+v", card, got)
	}
	deep := cfg
	deep.Layers = 12
	if got := training.EstimateMemory(deep, c, training.Room{}); got.RunTwice != 12 || got.Offload != 12 || got.Activations != 100*2*64*2 || got.Saving() != "12 layers keep in main memory, 12 layers run twice" || card.Saving() != "" {
		t.Errorf("the inputs of all but two in the host's memory: %+v", got)
	}
	c.Recompute = "off"
	if got := training.EstimateMemory(deep, c, training.Room{}); got.RunTwice != 0 || got.Offload != 12 || got.Activations != card.Activations {
		t.Errorf("all but two in the host's memory: %+v", got)
	}
	c.Device = "cpu"
	if got := training.EstimateMemory(deep, c, training.Room{}); got.Offload != 0 {
		t.Errorf("on a processor: %+v", got)
	}

	if got := change(func(s *training.Settings) { s.Precision = "bf16" }); got.Base != 2*(weights+columns) || got.Adapter != e.Adapter {
		t.Errorf("bf16: %+v", got)
	}
	if got := change(func(s *training.Settings) { s.Device, s.Method = "cuda", "qlora" }); got.Base != 2*(weights+columns)-2*2*linear+2*linear*9/16+2*256*64 {
		t.Errorf("four bits: %+v", got)
	}
	if got := change(func(s *training.Settings) { s.Method = "dora" }); got.Activations <= e.Activations || got.Overhead <= e.Overhead {
		t.Errorf("dora runs on the standard stack: %+v", got)
	}
}

func TestEstimateSaysWhatFits(t *testing.T) {
	base := catalogued(t, "SmolLM2-135M-Instruct")
	s := training.DefaultSettings()
	s.Device, s.Recompute = "cpu", "off"
	e := training.EstimateMemory(base.Config, s, training.Room{})
	if e.Fits != "" || !(e.Low < e.Expected && e.Expected < e.High) {
		t.Errorf("%+v", e)
	}
	s.TokenBudget = 512 // as few as the longest row: the planner can take no fewer
	e = training.EstimateMemory(base.Config, s, training.Room{})
	for _, c := range []struct {
		free int64
		fits string
	}{{e.High * 2, training.FitsWell}, {e.Expected + 1, training.FitsTight}, {e.Expected - 1, training.FitsTooBig}} {
		got := training.EstimateMemory(base.Config, s, training.Room{Free: c.free})
		if got.Fits != c.fits || (c.fits == training.FitsTooBig) != (got.Change != "") {
			t.Errorf("%d free: %+v, want %s", c.free, got, c.fits)
		}
	}

	// Changes go from the least to the most felt. Fewer tokens at once are the planner's own choice.
	thorough, err := training.PresetByName("thorough")
	if err != nil {
		t.Fatal(err)
	}
	s = thorough.Settings
	s.Device, s.Recompute = "cpu", "off"
	var order []string
	for free := int64(5e9); free > 1e8; free -= free / 500 {
		got := training.EstimateMemory(base.Config, s, training.Room{Free: free})
		words, _, _ := strings.Cut(got.Change, ":")
		if words != "" && (len(order) == 0 || order[len(order)-1] != words) {
			order = append(order, words)
		}
	}
	want := []string{
		"layers run twice", "layers run twice, rows of at most 512 tokens", "layers run twice, rows of at most 256 tokens",
		"layers run twice, rows of at most 128 tokens, rank 8",
		"4 bits, layers run twice, rows of at most 512 tokens", "4 bits, layers run twice, rows of at most 256 tokens",
		"4 bits, layers run twice, rows of at most 128 tokens, rank 8",
		"a smaller base",
	}
	if !slices.Equal(order, want) {
		t.Errorf("changes: %q", order)
	}

	// auto takes fewer tokens at once first, then as many layers twice as it must, and neither without need.
	s.Recompute, s.TokenBudget = "auto", 2048
	none := training.EstimateMemory(base.Config, s, training.Room{Free: 2 * 5e9})
	fewer := training.EstimateMemory(base.Config, s, training.Room{Free: none.Expected})
	some := training.EstimateMemory(base.Config, s, training.Room{Free: fewer.Expected})
	if none.RunTwice != 0 || none.Tokens != 2048 || fewer.Tokens != 1024 || fewer.RunTwice != 0 || some.Tokens != 1024 || some.RunTwice == 0 || some.RunTwice == base.Config.Layers {
		t.Errorf("auto: %+v, then %+v, then %+v", none, fewer, some)
	}
	s.MemoryGB = float64(some.Expected) / 1e9
	if got := training.EstimateMemory(base.Config, s, training.Room{Free: 2 * none.Expected}); got.RunTwice != some.RunTwice {
		t.Errorf("the memory it may take: %+v", got)
	}
	// What the check of the data counted is what will be computed at once.
	if got := training.EstimateMemory(base.Config, thorough.Settings, training.Room{StepTokens: 300}); got.Tokens != 300 || got.Low < got.Expected*9/10 {
		t.Errorf("a step of 300 tokens: %+v", got)
	}

	counted := protocol.CheckResult{RowsPerPass: 100, TokensPerPass: 5000, Sources: []protocol.CheckSource{{LongestTokens: 90}, {LongestTokens: 120}}}
	if got := training.StepTokens(thorough.Settings, counted); got != 4*50+70 {
		t.Errorf("the largest step has %d tokens", got)
	}
	if got := training.StepTokens(thorough.Settings, protocol.CheckResult{}); got != 0 {
		t.Errorf("nothing counted: %d", got)
	}

	big := catalogued(t, "Qwen3-4B")
	s = training.DefaultSettings()
	s.Device = "cuda"
	if got := training.EstimateMemory(big.Config, s, training.Room{Free: 7_100_000_000}); got.Fits != training.Fits4Bit || !strings.HasPrefix(got.Change, "4 bits:") {
		t.Errorf("Qwen3-4B in 7.1 GB: %+v", got)
	}
	s.Device = "cpu"
	if got := training.EstimateMemory(big.Config, s, training.Room{Free: 10_000_000_000}); got.Fits != training.Fits4Bit {
		t.Errorf("on a processor: %+v", got)
	}
	// Where 4 bits cannot be trained they are no change that fits.
	s.Device = "mps"
	if got := training.EstimateMemory(big.Config, s, training.Room{Free: 7_100_000_000}); got.Fits != training.FitsTooBig || strings.Contains(got.Change, "bits") {
		t.Errorf("on Apple's graphics: %+v", got)
	}
	s.Device, big.Config.ModelType = "cpu", "gpt_neox"
	if got := training.EstimateMemory(big.Config, s, training.Room{Free: 10_000_000_000}); got.Fits != training.FitsTooBig || strings.Contains(got.Change, "bits") {
		t.Errorf("another family on a processor: %+v", got)
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

var update = flag.Bool("update-estimates", false, "write the estimates that the trainer's planner is tested with")

// TestThePlannerIsGivenTheSameEstimates keeps the file from which the trainer's
// tests compare their own list of allocations with this formula.
func TestThePlannerIsGivenTheSameEstimates(t *testing.T) {
	const path = "trainer/tests/estimates.json"
	var out []string
	for _, name := range []string{"SmolLM2-135M-Instruct", "Qwen3-0.6B", "Llama-3.2-1B-Instruct", "gemma-3-1b-it", "gemma-2-2b-it", "Qwen2.5-7B-Instruct", "Llama-3.1-8B-Instruct"} {
		base := catalogued(t, name)
		for _, device := range []string{"cpu", "cuda"} {
			for _, c := range []struct {
				method       string
				rank, tokens int
				dropout      float64
				recompute    string
				short        float64 // of what the layers would keep, so much there is no memory for
			}{
				{"lora", 8, 512, 0, "off", 0},
				{"lora", 16, 2048, 0, "on", 0},
				{"lora", 64, 4096, 0.1, "off", 0},
				{"qlora", 16, 512, 0, "on", 0},
				{"lora", 16, 2048, 0, "auto", 0.15},
				{"lora", 16, 8192, 0, "auto", 0.6},
				{"lora", 16, 8192, 0, "auto", 0.99},
				{"lora", 16, 4096, 0, "off", 0.6},
				{"lora", 16, 8192, 0, "on", 0.6},
			} {
				if c.short > 0 && device == "cpu" {
					continue
				}
				s := training.DefaultSettings()
				s.Method, s.Device, s.Rank, s.Dropout, s.MaxLength, s.TokenBudget, s.BatchSize, s.Recompute = c.method, device, c.rank, c.dropout, c.tokens, c.tokens, 1, c.recompute
				e := training.EstimateMemory(base.Config, s, training.Room{})
				if c.short > 0 {
					s.MemoryGB = (float64(e.Expected) - c.short*float64(e.Activations)) / 1e9
					e = training.EstimateMemory(base.Config, s, training.Room{})
				}
				raw, err := json.Marshal(map[string]any{
					"base": name, "config": base.Config, "method": c.method, "device": device, "rank": c.rank, "dropout": c.dropout, "tokens": e.Tokens, "recompute": e.RunTwice, "offload": e.Offload,
					"setting": c.recompute, "memory_gb": s.MemoryGB, "expected": e.Expected,
				})
				if err != nil {
					t.Fatal(err)
				}
				out = append(out, string(raw))
			}
		}
	}
	want := "[\n" + strings.Join(out, ",\n") + "\n]\n"
	if *update {
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := os.ReadFile(path); err != nil || string(got) != want {
		t.Errorf("%s is not what EstimateMemory says (%v); write it anew with: go test ./training -run SameEstimates -update-estimates", path, err)
	}
}
