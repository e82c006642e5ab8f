package training

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/modelfactory/modelfactory/training/protocol"
)

// Estimate says how much memory a run needs, in bytes, and whether it fits.
type Estimate struct {
	Base        int64  `json:"base"`        // frozen weights, with the adapter's columns beside them
	Adapter     int64  `json:"adapter"`     // adapter weights and their gradient
	Optimizer   int64  `json:"optimizer"`   // both moments of AdamW and its scratch
	Activations int64  `json:"activations"` // what the layers keep for the backward pass
	Workspace   int64  `json:"workspace"`   // what one layer or the loss head needs while it works
	Overhead    int64  `json:"overhead"`    // libraries and driver
	Tokens      int64  `json:"tokens"`      // computed at once
	RunTwice    int64  `json:"run_twice"`   // layers that are recomputed, of all
	Offload     int64  `json:"offload"`     // layers that keep in the host's memory, of all
	Low         int64  `json:"low"`
	Expected    int64  `json:"expected"`
	High        int64  `json:"high"`
	From        string `json:"from"`             // one of the From constants
	Run         int    `json:"run"`              // of FromRun
	Fits        string `json:"fits"`             // one of the Fits constants; "" when the free memory is not known
	Change      string `json:"change,omitempty"` // the smallest change that fits, when it does not
}

// Words for how a run fits into the memory it may take.
const (
	FitsWell   = "fits"
	FitsTight  = "tight" // more than 85 % of it
	Fits4Bit   = "4bit"  // only with the method qlora
	FitsTooBig = "too_big"
)

const mib = 1 << 20

// Saving says in words which layers save memory; empty when all keep what they
// need on the device.
func (e Estimate) Saving() string {
	var words []string
	if e.Offload > 0 {
		words = append(words, fmt.Sprintf("%d layers keep in main memory", e.Offload))
	}
	if e.RunTwice > 0 {
		words = append(words, fmt.Sprintf("%d layers run twice", e.RunTwice))
	}
	return strings.Join(words, ", ")
}

// ParseModelConfig reads the figures from a config.json and fills in what model
// families leave out (head size, key-value heads).
func ParseModelConfig(raw []byte) (ModelConfig, error) {
	var c struct {
		ModelConfig
		HeadDim *int64 `json:"head_dim"` // null in some files
		KVHeads *int64 `json:"num_key_value_heads"`
	}
	if err := json.Unmarshal(raw, &c); err != nil {
		return ModelConfig{}, fmt.Errorf("config.json: %w", err)
	}
	m := c.ModelConfig
	if m.HiddenSize <= 0 || m.Layers <= 0 || m.Heads <= 0 || m.IntermediateSize <= 0 || m.VocabSize <= 0 {
		return ModelConfig{}, fmt.Errorf("config.json: not a decoder-only language model")
	}
	const most = 1 << 24 // larger figures are no model and would overflow
	if max(m.HiddenSize, m.Layers, m.Heads, m.IntermediateSize, m.VocabSize) > most {
		return ModelConfig{}, fmt.Errorf("config.json: figures out of range")
	}
	m.HeadDim, m.KVHeads = m.HiddenSize/m.Heads, m.Heads
	if c.HeadDim != nil && *c.HeadDim > 0 && *c.HeadDim < most {
		m.HeadDim = *c.HeadDim
	}
	if c.KVHeads != nil && *c.KVHeads > 0 && *c.KVHeads < most {
		m.KVHeads = *c.KVHeads
	}
	return m, nil
}

// Weights counts the parameters of the base from its figures.
func (c ModelConfig) Weights() int64 {
	q, kv := c.Heads*c.HeadDim, c.KVHeads*c.HeadDim
	layer := c.HiddenSize*(2*q+2*kv) + 3*c.HiddenSize*c.IntermediateSize + 2*c.HiddenSize
	switch c.ModelType {
	case "qwen2":
		layer += q + 2*kv // biases
	case "qwen3":
		layer += 2 * c.HeadDim // norms of query and key
	case "gemma2":
		layer += 2 * c.HiddenSize
	case "gemma3_text":
		layer += 2*c.HiddenSize + 2*c.HeadDim
	}
	total := c.VocabSize*c.HiddenSize + c.Layers*layer + c.HiddenSize
	if !c.Tied {
		total += c.VocabSize * c.HiddenSize
	}
	return total
}

// AdapterWeights counts the parameters of an adapter of the given rank on all
// linear layers: rank × (in + out) for each.
func (c ModelConfig) AdapterWeights(rank int) int64 {
	q, kv, h, m := c.Heads*c.HeadDim, c.KVHeads*c.HeadDim, c.HiddenSize, c.IntermediateSize
	perLayer := (h + q) + 2*(h+kv) + (q + h) + 2*(h+m) + (m + h)
	if c.ModelType == "phi3" { // query, key and value are one matrix, gate and up another
		perLayer = (h + q + 2*kv) + (q + h) + (h + 2*m) + (m + h)
	}
	return int64(rank) * perLayer * c.Layers
}

// Room is what may be known about where and on what a run trains; 0 = not known.
type Room struct {
	Free       int64 // bytes, of the device that Settings.Device names
	StepTokens int64 // tokens of the largest optimiser step; see StepTokens
	Measured   Need  // of this recipe; see Needs.Of
}

// StepTokens is about how many tokens the largest optimiser step has, by the
// count of the data: an average step with the longest row in it.
func StepTokens(s Settings, c protocol.CheckResult) int64 {
	if c.RowsPerPass == 0 {
		return 0
	}
	mean := c.TokensPerPass / int64(c.RowsPerPass)
	longest := mean
	for _, source := range c.Sources {
		longest = max(longest, int64(source.LongestTokens))
	}
	return mean*int64(s.BatchSize)*int64(s.Accumulation) + longest - mean
}

// EstimateMemory is the instant formula: it reads nothing but the figures of
// the base and the settings. Settings.Device decides the arithmetic and is
// resolved before: auto counts as a processor.
//
// It follows the trainer's own decoder (modelfactory_trainer/engine), which
// computes packed tokens without padding, and its planner, which takes fewer
// tokens at once and then runs layers twice when memory is short. Other families
// and DoRA run on the standard stack.
func EstimateMemory(cfg ModelConfig, s Settings, room Room) Estimate {
	budget := room.Free
	if most := int64(s.MemoryGB * 1e9); most > 0 && (budget <= 0 || most < budget) {
		budget = most
	}
	e := planned(cfg, s, room)
	e.From = FromFormula
	m := room.Measured
	if m.Memory > 0 {
		e.From, e.Run, e.Expected = m.From(), m.Run, m.Memory
		if s.Device != "cpu" {
			e.Expected += e.Overhead // a card's allocator does not count its driver
		}
		e.Low, e.High = e.Expected-e.Expected/32, e.Expected+e.Expected/16
	}
	if budget <= 0 {
		return e
	}
	switch {
	case e.Expected > budget, m.From() == FromSteps && m.Memory == 0: // it was tried and did not fit
		e.Fits, e.Change = smallestChange(cfg, s, room, budget)
	case float64(e.High) > 0.85*float64(budget) && s.MemoryGB == 0:
		e.Fits = FitsTight
	default:
		e.Fits = FitsWell
	}
	return e
}

// planned does as the trainer's planner: with memory_gb, or else nine tenths of
// what is free, as the limit, first what layers keep to the host's memory where
// that costs no time, then fewer tokens at once, then layers that run twice,
// then to the host what is left, then all layers twice.
func planned(cfg ModelConfig, s Settings, room Room) Estimate {
	limit := room.Free / 10 * 9
	if s.MemoryGB > 0 {
		limit = int64(s.MemoryGB * 1e9)
	}
	tokens, twice, most := s.tokensAtOnce(room.StepTokens), int64(0), cfg.Layers
	switch s.Recompute {
	case "on":
		twice = cfg.Layers
	case "off":
		most = 0
	}
	short := func(e Estimate) bool { return limit > 0 && e.Expected > limit }
	offloaded := func(e Estimate, most int64) Estimate {
		best := e
		for short(best) && best.Offload < most {
			best = estimate(cfg, s, best.Tokens, best.RunTwice, best.Offload+1)
		}
		if best.Expected < e.Expected {
			return best
		}
		return e // one or two are on the device all the same
	}
	hidden, all := cfg.hidden(s)
	e := offloaded(estimate(cfg, s, tokens, twice, 0), hidden)
	least := max(256, min(int64(s.MaxLength), tokens))
	for short(e) && tokens > least {
		tokens = max(least, tokens/2)
		e = offloaded(estimate(cfg, s, tokens, twice, 0), hidden)
	}
	for short(e) && e.RunTwice < min(most, cfg.Layers-e.Offload) {
		e = estimate(cfg, s, tokens, e.RunTwice+1, e.Offload)
	}
	e = offloaded(e, all)
	if last := estimate(cfg, s, tokens, most, e.Offload); short(e) && last.Expected < e.Expected {
		e = last // of layers that go to the host none is on the device but its input
	}
	if room.StepTokens == 0 {
		e.Low -= e.Activations / 4 * 3 // rows shorter than the limit
	}
	return e
}

// linkBalance stands for what the trainer measures of a card: operations that it
// does in matrix products while its link takes one byte. 100 TFLOP/s beside
// 25 GB/s, an RTX 4090's or so; laptops have less, cards of servers more.
const linkBalance = 4000

// hidden is how many layers' results go to the host's memory in the time of the
// forward pass, two operations a weight and token, and how many may go at all.
// What the host has free is not known here.
func (c ModelConfig) hidden(s Settings) (free, all int64) {
	if !c.own(s.Method) || s.Device != "cuda" && s.Device != "rocm" {
		return 0, 0
	}
	width := int64(2)
	if s.Precision == "fp32" {
		width = 4
	}
	return min(c.Layers, 2*c.linear()/c.kept(s, width)/linkBalance), c.Layers
}

// Constants of the formula that were measured.
const (
	cpuLibraries    = 645_000_000 // Python with torch, safetensors and tokenizers and the first matrix product, Linux x86-64
	compatLibraries = 914_000_000 // with transformers and PEFT
	gpuLibraries    = 944_000_000 // a driver's context and the kernels
	headChunk       = 96 * mib    // logits of the loss head in 32 bits that exist at a time
)

// ownFamilies are those that the trainer's own decoder covers.
var ownFamilies = []string{"llama", "mistral", "qwen2", "qwen3", "gemma2", "gemma3_text", "phi3"}

// own says whether the trainer's own decoder carries the base with a method of
// training; four bits go by blocks of 64 numbers.
func (c ModelConfig) own(method string) bool {
	return slices.Contains(ownFamilies, c.ModelType) && method != "dora" && (method != "qlora" || c.HiddenSize%64 == 0)
}

// linear counts the weights of the layers' linear parts.
func (c ModelConfig) linear() int64 {
	return c.Layers * c.HiddenSize * (2*c.Heads*c.HeadDim + 2*c.KVHeads*c.HeadDim + 3*c.IntermediateSize)
}

// kept is how many bytes a layer of the trainer's own decoder keeps of a token
// for its backward pass, a number having width bytes.
func (c ModelConfig) kept(s Settings, width int64) int64 {
	h, q, kv, m := c.HiddenSize, c.Heads*c.HeadDim, c.KVHeads*c.HeadDim, c.IntermediateSize
	low := 7 * int64(s.Rank)
	if c.ModelType == "phi3" { // one adapter on query, key and value, one on gate and up
		low = 4 * int64(s.Rank)
	}
	// Two residuals, turned query, key and value, the attention's output, gate and up, the rank-r products;
	// log-sum-exps; which inputs dropout kept.
	kept := (2*h+q+2*kv+q+2*m+low)*width + 4*c.Heads
	switch c.ModelType {
	case "qwen3":
		kept += (q + kv) * width // query and key before their norms
	case "gemma2":
		kept += 2 * h * width // in front of the norms behind attention and MLP
	case "gemma3_text":
		kept += (2*h + q + kv) * width
	}
	if s.Dropout > 0 {
		kept += 2*h + q + m
	}
	return kept
}

// estimate is the formula for so many tokens at once, layers run twice, and
// layers that keep in the host's memory. Two of those are on the device at a
// time; when there are fewer other layers than run twice, the rest of these
// sends its input alone.
func estimate(cfg ModelConfig, s Settings, tokens, twice, offload int64) Estimate {
	width, cpu := int64(4), true // bytes of a number
	switch s.Device {
	case "cuda", "rocm", "xpu":
		width, cpu = 2, false
	case "mps":
		cpu = false
	}
	switch s.Precision {
	case "fp32":
		width = 4
	case "bf16":
		width = 2
	}
	own := cfg.own(s.Method)
	h, q, kv, m := cfg.HiddenSize, cfg.Heads*cfg.HeadDim, cfg.KVHeads*cfg.HeadDim, cfg.IntermediateSize
	r, layers := int64(s.Rank), cfg.Layers
	lora := cfg.AdapterWeights(s.Rank)

	e := Estimate{Tokens: tokens, RunTwice: twice, Offload: offload, Base: cfg.Weights() * width, Adapter: lora * 8, Optimizer: lora * 12, Overhead: cpuLibraries}
	if s.Method == "qlora" {
		// Four bits a number and a scale of 32 bits for each 64 of them; the largest matrix at a time in full.
		linear := cfg.linear()
		e.Base += linear*9/16 - linear*width + max(q+2*kv, 2*m)*h*width
	}
	var kept, head int64 // per token and layer; logits
	if own {
		columns := 3*r*(q+2*kv) + 2*r*2*m + 2*r*h
		if cfg.ModelType == "phi3" {
			columns = r*(q+2*kv) + r*2*m + 2*r*h
		}
		e.Base += layers * columns * width
		kept = cfg.kept(s, width)
		// The backward pass of an MLP; the head's logits, in 16 bits too where the base is; hidden states and gradients.
		head = min(4*tokens*cfg.VocabSize, headChunk)
		if width < 4 {
			head *= 2
		}
		e.Workspace += tokens*(6*m+r+2*h)*width + head + 3*tokens*h*width
	} else {
		// The standard stack: residuals and norms with their float32 copy, query and key before and after rotation,
		// value, attention output, keys and values repeated for each query head, gate, its activation, up, their
		// product, rank-r products of seven layers; at the head logits, a float32 copy, log-probabilities, gradient.
		kept = (7*h+5*q+3*kv+4*m)*width + 4*7*r
		e.Workspace += tokens * cfg.VocabSize * (2*width + 8)
		e.Overhead = compatLibraries
	}
	inputs := max(0, twice+offload-layers)
	whole, here := offload-inputs, layers-twice-offload+inputs
	twiceHere := twice - inputs
	if whole > 0 {
		here += min(whole, 2)
	} else {
		twiceHere += min(inputs, 2)
	}
	e.Activations = tokens * (here*kept + twiceHere*h*width)
	if cpu {
		e.Activations += e.Activations / 8 // holes that the C library's heap keeps between blocks
	} else {
		e.Overhead = gpuLibraries
	}
	if twice > 0 {
		e.Workspace += tokens * kept // the layer that is being run again
		if cpu && own {
			e.Activations += 2*tokens*(kept+(6*m+r+2*h)*width) + head // holes behind it, none long enough for logits
		}
	}
	e.Expected = e.Base + e.Adapter + e.Optimizer + e.Activations + e.Workspace + e.Overhead
	e.High = e.Expected + e.Expected/12 // what allocators hold beside it
	e.Low = e.Expected - e.Expected/16
	return e
}

// tokensAtOnce is how many tokens are computed together at most: whole rows up
// to the budget, and never more than a step has.
func (s Settings) tokensAtOnce(stepTokens int64) int64 {
	budget := int64(s.TokenBudget)
	if budget == 0 {
		budget = 4096
		if s.Device == "cpu" || s.Device == "auto" {
			budget = 1024
		}
	}
	rows, length := int64(s.BatchSize)*int64(s.Accumulation), int64(s.MaxLength)
	if s.Objective == "dpo" {
		rows *= 2 // each has two answers
	}
	tokens := min(max(budget, length), rows*length)
	if stepTokens > 0 {
		tokens = min(tokens, stepTokens)
	}
	return tokens
}

// smallestChange tries changes from the least to the most felt and names the
// first that fits.
func smallestChange(cfg ModelConfig, s Settings, room Room, budget int64) (fits, change string) {
	first := func(changes []changed) (string, bool) {
		for _, c := range changes {
			if e := planned(cfg, c.settings, room); e.Expected <= budget {
				return strings.Join(c.words, ", ") + ": " + gigabytes(e.Expected), true
			}
		}
		return "", false
	}
	if text, ok := first(changes(s, nil)); ok {
		return FitsTooBig, text
	}
	plain := s.Method == "lora" || s.Method == "rslora"
	s.Method = "qlora"
	if plain && s.OnDevice(s.Device) == nil && (cfg.own(s.Method) || slices.Contains([]string{"cuda", "rocm", "xpu"}, s.Device)) {
		if text, ok := first(changes(s, []string{"4 bits"})); ok {
			return Fits4Bit, text
		}
	}
	return FitsTooBig, "a smaller base"
}

// changed are settings with a change and its words.
type changed struct {
	settings Settings
	words    []string
}

// changes lists what needs less and less memory: layers run twice, then shorter
// rows, then a smaller adapter. Fewer tokens at once the planner takes by itself.
func changes(s Settings, words []string) []changed {
	var out []changed
	add := func(more ...string) { out = append(out, changed{s, append(slices.Clone(words), more...)}) }
	if s.Recompute == "off" {
		s.Recompute, words = "auto", append(words, "layers run twice")
	}
	if len(words) > 0 {
		add()
	}
	for length := 2048; length >= 128; length /= 2 {
		if length < s.MaxLength {
			s.MaxLength = length
			s.TokenBudget = min(s.TokenBudget, length)
			add(fmt.Sprintf("rows of at most %d tokens", length))
		}
	}
	if s.Rank > 8 {
		s.Rank = 8
		add(fmt.Sprintf("rows of at most %d tokens", s.MaxLength), "rank 8")
	}
	return out
}

// gigabytes writes bytes as the screens do: 6.8 GB, decimal.
func gigabytes(n int64) string { return fmt.Sprintf("%.1f GB", float64(n)/1e9) }
