package training

// Settings are the numbers and choices of a recipe. Fields describes each of
// them once; form, recipe file, command line and trainer all follow that table.
type Settings struct {
	Method          string  `json:"method"`
	Rank            int     `json:"rank"`
	Alpha           int     `json:"alpha"`
	Dropout         float64 `json:"dropout"`
	LearningRate    float64 `json:"learning_rate"`
	Scheduler       string  `json:"scheduler"`
	WarmupShare     float64 `json:"warmup_share"`
	Passes          int     `json:"passes"`
	MaxSteps        int     `json:"max_steps"`
	BatchSize       int     `json:"batch_size"`
	Accumulation    int     `json:"accumulation"`
	MaxLength       int     `json:"max_length"`
	ClipNorm        float64 `json:"clip_norm"`
	WeightDecay     float64 `json:"weight_decay"`
	Seed            int64   `json:"seed"`
	EvalPPM         uint32  `json:"eval_ppm"`
	EvalEvery       int     `json:"eval_every"`
	CheckpointEvery int     `json:"checkpoint_every"`
	TrainOn         string  `json:"train_on"`
	Device          string  `json:"device"`
	Threads         int     `json:"threads"`

	// These came later: see laterFields.
	Objective   string  `json:"objective"`
	Beta        float64 `json:"beta"`
	TokenBudget int     `json:"token_budget"`
	Precision   string  `json:"precision"`
	Recompute   string  `json:"recompute"`
	MemoryGB    float64 `json:"memory_gb"`
	EarlyStop   int     `json:"early_stop"`
	Keep        string  `json:"keep"`
	TensorBoard string  `json:"tensorboard"`
}

// laterFields came after the first recipes were frozen. At its default such a
// field is left out of a recipe's canonical form, so that every recipe frozen
// before it keeps its bytes and its digest. Their defaults never change.
var laterFields = []string{"objective", "beta", "token_budget", "precision", "recompute", "memory_gb", "early_stop", "keep", "tensorboard"}

// DefaultSettings are those of the balanced preset.
func DefaultSettings() Settings {
	return Settings{
		Method: "lora", Rank: 16, Alpha: 32, Dropout: 0.1, LearningRate: 1e-3, Scheduler: "cosine", WarmupShare: 0.03,
		Passes: 4, MaxSteps: 0, BatchSize: 4, Accumulation: 1, MaxLength: 512, ClipNorm: 1, WeightDecay: 0, Seed: 1,
		EvalPPM: 50_000, EvalEvery: 20, CheckpointEvery: 10, TrainOn: "answers", Device: "auto", Threads: 0,
		Objective: "sft", Beta: 0.1, TokenBudget: 0, Precision: "auto", Recompute: "auto", MemoryGB: 0, EarlyStop: 0, Keep: "last", TensorBoard: "off",
	}
}

// Validate checks every field against its range, and that the device can do
// what is asked.
func (s Settings) Validate() error {
	for _, f := range Fields() {
		c := s
		if err := f.Set(&c, f.Get(&s)); err != nil {
			return err
		}
	}
	if s.Device == "auto" {
		return nil
	}
	return s.OnDevice(s.Device)
}

// OnDevice says whether these settings can be trained on a kind of device: cpu,
// cuda, rocm, mps or xpu. The kind is never auto. Here a person is told before a
// run begins; the trainer refuses again, for it alone knows what auto became.
func (s Settings) OnDevice(kind string) error {
	if s.Method == "qlora" && kind == "mps" {
		return refused("Choose the processor (cpu), or the method lora.", "qlora was never tried on Apple's graphics")
	}
	return nil
}

// Apply sets one field by its key, as --set key=value does.
func (s *Settings) Apply(key, value string) error {
	f, err := FieldByKey(key)
	if err != nil {
		return err
	}
	return f.Set(s, value)
}

// Preset is a ready-made set of settings with a name a person understands.
type Preset struct {
	Name, Title, Help string
	Settings          Settings
}

// Presets lists the presets; balanced comes with a new recipe.
func Presets() []Preset {
	balanced := DefaultSettings()
	quick, thorough, small := balanced, balanced, balanced

	quick.Passes, quick.Rank, quick.Alpha, quick.MaxLength = 1, 8, 16, 256
	quick.EvalEvery, quick.CheckpointEvery = 10, 10

	thorough.Passes, thorough.Rank, thorough.Alpha, thorough.MaxLength = 6, 32, 64, 1024
	thorough.LearningRate, thorough.EvalPPM = 5e-4, 100_000
	thorough.Keep, thorough.EarlyStop = "best", 5

	// As few tokens at once as the longest row has, each layer run twice.
	small.Rank, small.Alpha = 8, 16
	small.TokenBudget, small.Recompute = small.MaxLength, "on"

	return []Preset{
		{Name: "quick", Title: "Quick try", Help: "One pass over short rows: shows in little time whether the data works.", Settings: quick},
		{Name: "balanced", Title: "Balanced", Help: "A good start for most data.", Settings: balanced},
		{Name: "thorough", Title: "Thorough", Help: "More passes, a larger adapter and longer rows, the best state kept; takes several times as long.", Settings: thorough},
		{Name: "small-gpu", Title: "Small graphics card", Help: "Few tokens at once, each layer run twice, a small adapter: needs the least memory.", Settings: small},
	}
}

// PresetByName finds a preset.
func PresetByName(name string) (Preset, error) {
	for _, p := range Presets() {
		if p.Name == name {
			return p, nil
		}
	}
	return Preset{}, usage("Use quick, balanced, thorough or small-gpu.", "there is no preset %q", name)
}
