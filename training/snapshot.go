package training

import (
	"time"

	"github.com/modelfactory/modelfactory/training/protocol"
)

// Point is one optimiser step as measured. Loss and GradNorm may be NaN.
type Point struct {
	Step            int      `json:"step"`
	Pass            float64  `json:"pass"`
	Loss            float64  `json:"loss"`
	LR              float64  `json:"lr"`
	GradNorm        float64  `json:"grad_norm"`
	TokensPerSecond float64  `json:"tokens_per_second"`
	Seconds         float64  `json:"seconds"` // since the run began, pauses left out
	Tokens          int64    `json:"tokens"`
	TrainedTokens   int64    `json:"trained_tokens"`
	Memory          int64    `json:"memory_bytes"`
	Eval            *float64 `json:"eval,omitempty"` // loss on held-out rows, where measured

	// Sources is the same for the held-out rows of each net.
	Sources map[string]protocol.Float `json:"eval_per_source,omitempty"`
}

// Checkpoint is a saved state that a run can go on from.
type Checkpoint struct {
	Step   int       `json:"step"`
	Dir    string    `json:"dir"`
	Digest string    `json:"digest,omitempty"`
	Time   time.Time `json:"time"`
	Kept   bool      `json:"kept"` // still on disk
}

// Sample is an answer the model gave during training.
type Sample struct {
	Step   int    `json:"step"`
	Prompt string `json:"prompt"`
	Answer string `json:"answer"`
}

// Snapshot is what is true about a run now. Points are those after the step
// that was asked for; a repeated step after a resume replaces the earlier one.
type Snapshot struct {
	Run            Run
	Points         []Point
	LastCheckpoint int // step; 0 = none
	Checkpoints    []Checkpoint
	Samples        []Sample
	Warnings       []string
	Memory         int64         // the most bytes that the trainer took up to the last step
	MemoryForecast int64         // bytes: Run.Foreseen, else the trainer's plan, else EstimateMemory
	Speed          float64       // tokens per second, over the last steps
	Left           time.Duration // expected; 0 = not known
	Responding     bool          // false: running, but no sign of life for 30 s
	PhaseDone      int64         // progress within the phase
	PhaseTotal     int64         // 0 = not known
	PhaseUnit      string
	PhaseTimes     map[Phase]time.Duration
	LogTail        []string
}
