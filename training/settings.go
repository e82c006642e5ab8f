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
}

// DefaultSettings are those of the balanced preset.
func DefaultSettings() Settings {
	return Settings{
		Method: "lora", Rank: 16, Alpha: 32, Dropout: 0.1, LearningRate: 1e-3, Scheduler: "cosine", WarmupShare: 0.03,
		Passes: 4, MaxSteps: 0, BatchSize: 4, Accumulation: 1, MaxLength: 512, ClipNorm: 1, WeightDecay: 0, Seed: 1,
		EvalPPM: 50_000, EvalEvery: 20, CheckpointEvery: 10, TrainOn: "answers", Device: "auto", Threads: 0,
	}
}

// Validate checks every field against its range.
func (s Settings) Validate() error {
	for _, f := range Fields() {
		c := s
		if err := f.Set(&c, f.Get(&s)); err != nil {
			return err
		}
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

	// One row at a time, the same rows per optimiser step as balanced.
	small.BatchSize, small.Accumulation = 1, balanced.BatchSize*balanced.Accumulation
	small.Rank, small.Alpha = 8, 16

	return []Preset{
		{Name: "quick", Title: "Quick try", Help: "One pass over short rows: shows in little time whether the data works.", Settings: quick},
		{Name: "balanced", Title: "Balanced", Help: "A good start for most data.", Settings: balanced},
		{Name: "thorough", Title: "Thorough", Help: "More passes, a larger adapter and longer rows; takes several times as long.", Settings: thorough},
		{Name: "small-gpu", Title: "Small graphics card", Help: "One row at a time and a small adapter: needs the least memory.", Settings: small},
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
