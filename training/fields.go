package training

import (
	"math"
	"slices"
	"strconv"
	"strings"
)

// Kinds of a Field.
const (
	FieldInt    = "int"    // whole number
	FieldNumber = "number" // decimal number
	FieldChoice = "choice" // one of Options
)

// Field describes one setting for people and programs: the form, the recipe
// file and --set all read this table.
type Field struct {
	Key, Label, Help string
	Unit             string // shown behind the value; "" = none
	Kind             string
	Min, Max         float64 // both inclusive; unused for choices
	Options          []string
	Default          string
	get              func(*Settings) string
	set              func(*Settings, string) error
}

// Get returns the field's value as text that Set reads back to the same value.
func (f Field) Get(s *Settings) string { return f.get(s) }

// HelpText is the help with the range or the options, and the default.
func (f Field) HelpText() string {
	text := f.Help
	if f.Kind == FieldChoice {
		text += " One of: " + strings.Join(f.Options, ", ") + "."
	} else {
		text += " From " + plainNumber(f.Min) + " to " + plainNumber(f.Max) + "."
	}
	return text + " Default: " + f.Default + "."
}

// plainNumber writes whole numbers without an exponent.
func plainNumber(v float64) string {
	if v == math.Trunc(v) {
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	return strconv.FormatFloat(v, 'g', -1, 64)
}

// Set parses text, checks the range and sets the field. The error names the
// field, what was given and what is allowed.
func (f Field) Set(s *Settings, text string) error { return f.set(s, strings.TrimSpace(text)) }

// FieldByKey finds a field.
func FieldByKey(key string) (Field, error) {
	for _, f := range Fields() {
		if f.Key == key {
			return f, nil
		}
	}
	var keys []string
	for _, f := range Fields() {
		keys = append(keys, f.Key)
	}
	return Field{}, usage("The nearest one is "+nearest(key, keys)+". All of them: "+strings.Join(keys, ", ")+".", "there is no setting %q", key)
}

// Fields lists every setting in the order of the form.
func Fields() []Field {
	return []Field{
		choice("method", "Method", "lora trains a small adapter beside the frozen base. rslora scales it so that large ranks learn as fast as small ones. dora learns direction and size apart: slower, a little better at small ranks. qlora holds the base in 4 bits while it learns: less memory, a little slower. Its chats and exports have the base as it learnt over it.",
			func(s *Settings) *string { return &s.Method }, "lora", "rslora", "dora", "qlora"),
		choice("objective", "Learn by", "sft learns to write the rows. dpo learns to prefer the better of two answers; its rows need a chosen and a rejected one.",
			func(s *Settings) *string { return &s.Objective }, "sft", "dpo"),
		number("beta", "DPO beta", "How closely dpo stays to the base: small moves freely, large hardly moves. sft does not use it.", "", 0.001, 10, func(s *Settings) *float64 { return &s.Beta }),
		choice("train_on", "Learn from", "answers: only the assistant's words count. all: every token counts.", func(s *Settings) *string { return &s.TrainOn }, "answers", "all"),
		integer("rank", "Rank", "Size of the adapter. A larger rank can hold more facts and takes more memory.", "", 1, 512, func(s *Settings) *int { return &s.Rank }),
		integer("alpha", "Alpha", "Strength of the adapter; usually twice the rank.", "", 1, 2048, func(s *Settings) *int { return &s.Alpha }),
		number("dropout", "Dropout", "Share of adapter inputs left out at random in each step; 0 leaves out none and is faster.", "", 0, 0.9, func(s *Settings) *float64 { return &s.Dropout }),
		number("learning_rate", "Learning rate", "How far each step moves the adapter. Too high: the loss jumps; too low: nothing is learnt.", "", 1e-7, 1, func(s *Settings) *float64 { return &s.LearningRate }),
		choice("scheduler", "Schedule", "How the learning rate falls during the run.", func(s *Settings) *string { return &s.Scheduler }, "cosine", "linear", "constant"),
		number("warmup_share", "Warm-up", "Share of the steps in which the learning rate rises from zero.", "", 0, 0.5, func(s *Settings) *float64 { return &s.WarmupShare }),
		integer("passes", "Passes", "How often the run goes through the data.", "", 1, 1000, func(s *Settings) *int { return &s.Passes }),
		integer("max_steps", "Most steps", "The run ends after this many steps even when passes are left; 0 sets no limit.", "steps", 0, 10_000_000, func(s *Settings) *int { return &s.MaxSteps }),
		integer("batch_size", "Rows per step", "Rows learnt from before the adapter moves. Memory follows the tokens at once, not this.", "", 1, 1024, func(s *Settings) *int { return &s.BatchSize }),
		integer("accumulation", "Times", "Multiplies the rows per step: 4 rows and 2 times make one step of 8 rows.", "", 1, 1024, func(s *Settings) *int { return &s.Accumulation }),
		integer("max_length", "Longest row", "Rows with more tokens are left out and counted, never cut.", "tokens", 16, 131_072, func(s *Settings) *int { return &s.MaxLength }),
		number("clip_norm", "Clipping", "Largest gradient norm of a step; 0 clips nothing.", "", 0, 1000, func(s *Settings) *float64 { return &s.ClipNorm }),
		number("weight_decay", "Weight decay", "Pulls the adapter towards zero in each step.", "", 0, 1, func(s *Settings) *float64 { return &s.WeightDecay }),
		integer64("seed", "Seed", "Start of all chance in the run; the same seed gives the same run on a processor.", 0, 1<<53-1, func(s *Settings) *int64 { return &s.Seed }),
		ppm("eval_ppm", "Held-out rows", "Rows kept away from training to measure the loss on, in millionths of all rows.", 0, 500_000, func(s *Settings) *uint32 { return &s.EvalPPM }),
		integer("eval_every", "Measure every", "Steps between two measurements on the held-out rows; 0 measures only at the end.", "steps", 0, 1_000_000, func(s *Settings) *int { return &s.EvalEvery }),
		integer("early_stop", "Stop early after", "The run ends when this many measurements in a row were no better than the best; 0 never ends it early.", "", 0, 1000, func(s *Settings) *int { return &s.EarlyStop }),
		choice("keep", "Keep", "Which state becomes the model: the last one, or the one with the best measurement on the held-out rows.", func(s *Settings) *string { return &s.Keep }, "last", "best"),
		integer("checkpoint_every", "Checkpoint every", "Steps between two checkpoints: the most that a crash can cost.", "steps", 1, 1_000_000, func(s *Settings) *int { return &s.CheckpointEvery }),
		choice("tensorboard", "TensorBoard file", "on writes the curves into the run's folder in TensorBoard's format too.", func(s *Settings) *string { return &s.TensorBoard }, "off", "on"),
		integer("token_budget", "Tokens at once", "Tokens computed together, packed from whole rows; more need more memory, and what is learnt stays the same. 0 lets the trainer choose.", "", 0, 1_048_576, func(s *Settings) *int { return &s.TokenBudget }),
		choice("recompute", "Run layers twice", "Saves memory and takes up to a third more time. auto does it for as many layers as the memory asks for; on NVIDIA and AMD cards what layers keep goes to main memory first, as far as that takes no time.", func(s *Settings) *string { return &s.Recompute }, "auto", "off", "on"),
		number("memory_gb", "Memory to use", "Most memory that the run may take; 0 takes what is free at the start.", "GB", 0, 4096, func(s *Settings) *float64 { return &s.MemoryGB }),
		choice("precision", "Precision", "Numbers of the base: auto takes bf16 on graphics cards and fp32 on processors, many of which are slow with bf16.", func(s *Settings) *string { return &s.Precision }, "auto", "fp32", "bf16"),
		choice("device", "Device", "auto takes the graphics card when there is a usable one, else the processor.", func(s *Settings) *string { return &s.Device }, "auto", "cpu", "cuda", "mps", "xpu"),
		integer("threads", "Processor threads", "The most there may be; 0 chooses by itself. While other programs need the processor one is used.", "", 0, 256, func(s *Settings) *int { return &s.Threads }),
	}
}

func choice(key, label, help string, at func(*Settings) *string, options ...string) Field {
	f := Field{Key: key, Label: label, Help: help, Kind: FieldChoice, Options: options}
	f.get = func(s *Settings) string { return *at(s) }
	f.set = func(s *Settings, v string) error {
		if !slices.Contains(options, v) {
			return usage("Use one of: "+strings.Join(options, ", ")+".", "%s cannot be %q", key, v)
		}
		*at(s) = v
		return nil
	}
	return f.withDefault()
}

func integer(key, label, help, unit string, low, high int, at func(*Settings) *int) Field {
	return whole(key, label, help, unit, int64(low), int64(high),
		func(s *Settings) int64 { return int64(*at(s)) }, func(s *Settings, v int64) { *at(s) = int(v) })
}

func integer64(key, label, help string, low, high int64, at func(*Settings) *int64) Field {
	return whole(key, label, help, "", low, high,
		func(s *Settings) int64 { return *at(s) }, func(s *Settings, v int64) { *at(s) = v })
}

func ppm(key, label, help string, low, high int64, at func(*Settings) *uint32) Field {
	return whole(key, label, help, "ppm", low, high,
		func(s *Settings) int64 { return int64(*at(s)) }, func(s *Settings, v int64) { *at(s) = uint32(v) })
}

func whole(key, label, help, unit string, low, high int64, get func(*Settings) int64, set func(*Settings, int64)) Field {
	f := Field{Key: key, Label: label, Help: help, Unit: unit, Kind: FieldInt, Min: float64(low), Max: float64(high)}
	f.get = func(s *Settings) string { return strconv.FormatInt(get(s), 10) }
	f.set = func(s *Settings, text string) error {
		v, err := strconv.ParseInt(text, 10, 64)
		if err != nil || v < low || v > high {
			return usage("Use a whole number from "+strconv.FormatInt(low, 10)+" to "+strconv.FormatInt(high, 10)+".", "%s cannot be %q", key, text)
		}
		set(s, v)
		return nil
	}
	return f.withDefault()
}

func number(key, label, help, unit string, low, high float64, at func(*Settings) *float64) Field {
	f := Field{Key: key, Label: label, Help: help, Unit: unit, Kind: FieldNumber, Min: low, Max: high}
	text := func(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }
	f.get = func(s *Settings) string { return text(*at(s)) }
	f.set = func(s *Settings, t string) error {
		v, err := strconv.ParseFloat(t, 64)
		if err != nil || math.IsNaN(v) || v < low || v > high {
			return usage("Use a number from "+text(low)+" to "+text(high)+".", "%s cannot be %q", key, t)
		}
		if v == 0 {
			v = 0 // canonical JSON has one zero, not -0
		}
		*at(s) = v
		return nil
	}
	return f.withDefault()
}

func (f Field) withDefault() Field {
	s := DefaultSettings()
	f.Default = f.get(&s)
	return f
}
