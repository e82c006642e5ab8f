package training

import (
	"encoding/json"
	"fmt"
)

// Estimate says how much memory a run needs, in bytes, and whether it fits.
type Estimate struct {
	Base        int64  `json:"base"`        // frozen weights
	Adapter     int64  `json:"adapter"`     // adapter weights and their gradient
	Optimizer   int64  `json:"optimizer"`   // both moments of AdamW
	Activations int64  `json:"activations"` // what the backward pass needs, and the loss head
	Overhead    int64  `json:"overhead"`    // libraries and driver
	Low         int64  `json:"low"`
	Expected    int64  `json:"expected"`
	High        int64  `json:"high"`
	Fits        string `json:"fits"`             // one of the Fits constants; "" when the free memory is not known
	Change      string `json:"change,omitempty"` // the smallest change that fits, when it does not
}

// Words for how a run fits into the free memory. Fits4Bit is for engines that
// can hold a base in 4 bits; the present one cannot and never gets it.
const (
	FitsWell   = "fits"
	FitsTight  = "tight" // more than 85 % of what is free
	Fits4Bit   = "4bit"
	FitsTooBig = "too_big"
)

const (
	gib = 1 << 30
	mib = 1 << 20
)

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
	return int64(rank) * perLayer * c.Layers
}

// EstimateMemory is the instant formula: it reads nothing but the figures of
// the base and the settings. Settings.Device decides the arithmetic: cuda, mps
// and xpu hold the base in bfloat16, everything else (auto too: resolve it
// before) is a processor with float32. free is the free memory of that device
// in bytes; 0 when it is not known.
//
// The parts follow the standard stack without recomputation (transformers and
// PEFT): for each token and layer the tensors that the backward pass keeps, and
// for the loss head the logits of the whole batch in float32.
func EstimateMemory(cfg ModelConfig, s Settings, free int64) Estimate {
	e := estimate(cfg, s)
	if free <= 0 {
		return e
	}
	e.Fits = fit(e, free)
	if e.Fits == FitsTooBig {
		e.Change = smallestChange(cfg, s, free)
	}
	return e
}

func fit(e Estimate, free int64) string {
	switch {
	case e.Expected > free:
		return FitsTooBig
	case float64(e.High) > 0.85*float64(free):
		return FitsTight
	}
	return FitsWell
}

func estimate(cfg ModelConfig, s Settings) Estimate {
	width := int64(4)            // bytes per number
	overhead := int64(690 * mib) // interpreter and libraries, measured before any weight was loaded
	switch s.Device {
	case "cuda", "mps", "xpu":
		width, overhead = 2, int64(900*mib)
	}
	tokens := int64(s.BatchSize) * int64(s.MaxLength)
	lora := cfg.AdapterWeights(s.Rank)
	e := Estimate{
		Base:      cfg.Weights() * width,
		Adapter:   lora * 8, // float32 weight and gradient
		Optimizer: lora * 8,
		Overhead:  overhead,
	}
	h, q, kv, m := cfg.HiddenSize, cfg.Heads*cfg.HeadDim, cfg.KVHeads*cfg.HeadDim, cfg.IntermediateSize
	// Kept per token and layer: both residuals and both norms with their float32
	// copy (7h), query and key before and after rotation, value, attention output
	// (3q + 3kv), keys and values repeated for each query head (2q), gate, its
	// activation, up, their product (4m), the rank-r products of seven layers.
	kept := width*(7*h+5*q+3*kv+4*m) + 4*7*int64(s.Rank)
	// The head: logits, a float32 copy, log-probabilities, gradient.
	head := tokens * cfg.VocabSize * (2*width + 8)
	e.Activations = (tokens*cfg.Layers*kept + head) * 6 / 5 // what the allocator holds beside it
	e.Expected = e.Base + e.Adapter + e.Optimizer + e.Activations + e.Overhead
	// Rows shorter than the limit need less; allocators keep more than is asked.
	e.Low = e.Base + e.Adapter + e.Optimizer + e.Overhead + e.Activations/4
	e.High = e.Expected + e.Expected/8
	return e
}

// smallestChange tries changes from the least to the most felt and names the
// first that fits.
func smallestChange(cfg ModelConfig, s Settings, free int64) string {
	try := s
	if s.BatchSize > 1 {
		try.BatchSize, try.Accumulation = 1, s.BatchSize*s.Accumulation
		if e := estimate(cfg, try); e.Expected <= free {
			return fmt.Sprintf("1 row at a time: %s", gigabytes(e.Expected))
		}
	}
	for _, length := range []int{2048, 1024, 512, 256, 128} {
		if length >= s.MaxLength {
			continue
		}
		try.MaxLength = length
		if e := estimate(cfg, try); e.Expected <= free {
			return fmt.Sprintf("1 row at a time and %d tokens: %s", length, gigabytes(e.Expected))
		}
	}
	if s.Rank > 8 {
		try.Rank = 8
		if e := estimate(cfg, try); e.Expected <= free {
			return fmt.Sprintf("1 row at a time, %d tokens and rank 8: %s", try.MaxLength, gigabytes(e.Expected))
		}
	}
	return "a smaller base"
}

// gigabytes writes bytes as the screens do: 6.8 GB, decimal.
func gigabytes(n int64) string { return fmt.Sprintf("%.1f GB", float64(n)/1e9) }
