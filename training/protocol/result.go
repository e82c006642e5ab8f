package protocol

// Result is the last event of a job that ended well. Job names the field that
// is set; download and import_base both set Base, generate sets none.
type Result struct {
	Job   string       `json:"job"`
	Train *TrainResult `json:"train,omitempty"`
	Check *CheckResult `json:"check,omitempty"`
	Base  *BaseResult  `json:"base,omitempty"`
	Probe *ProbeResult `json:"probe,omitempty"`

	Export *ExportResult `json:"export,omitempty"`

	Coalition *CoalitionResult `json:"coalition,omitempty"`
	Score     *ScoreResult     `json:"score,omitempty"`
	Measure   *MeasureResult   `json:"measure,omitempty"`
}

// The ways a training job ends well.
const (
	TrainFinished = "finished"
	TrainPaused   = "paused"
	TrainStopped  = "stopped"
)

// TrainResult is what a training job leaves. A paused one has no adapter and
// no proof.
type TrainResult struct {
	State         string  `json:"state"`
	Steps         int     `json:"steps"` // optimiser steps done
	TrainedTokens int64   `json:"trained_tokens"`
	Seconds       float64 `json:"seconds"`
	AdapterDir    string  `json:"adapter_dir"` // relative to the run folder
	AdapterDigest string  `json:"adapter_digest"`
	FirstLoss     Float   `json:"first_loss"`
	LastLoss      Float   `json:"last_loss"`
	EvalLoss      *Float  `json:"eval_loss"` // null without held-out rows
	Proof
}

// Proof is what makes a run finished: measured, not assumed.
type Proof struct {
	WeightsMoved  bool `json:"weights_moved"`
	RereadEqual   bool `json:"reread_equal"`
	AnswersDiffer bool `json:"answers_differ"`
}

// CheckResult is what a recipe would train on.
type CheckResult struct {
	Sources              []CheckSource `json:"sources"`
	Steps                int           `json:"steps"`
	RowsPerPass          int           `json:"rows_per_pass"`
	TokensPerPass        int64         `json:"tokens_per_pass"`
	TrainedTokensPerPass int64         `json:"trained_tokens_per_pass"`
	Preview              []PreviewRow  `json:"preview"`
}

// CheckSource counts one source. Rows = TrainRows + EvalRows + DroppedRows.
// Tokens are those of the rows that are left, read once.
type CheckSource struct {
	Net           string    `json:"net"`
	Rows          int       `json:"rows"`
	TrainRows     int       `json:"train_rows"`
	EvalRows      int       `json:"eval_rows"`
	DroppedRows   int       `json:"dropped_rows"`
	Tokens        int64     `json:"tokens"`
	TrainedTokens int64     `json:"trained_tokens"`
	MedianTokens  int       `json:"median_tokens"` // of a row; of a preference, both answers together
	LongestTokens int       `json:"longest_tokens"`
	Dropped       []Dropped `json:"dropped"` // the first 100
	DroppedKinds  []Kind    `json:"dropped_kinds"`
	Drawn         int       `json:"drawn"` // rows drawn from it in a pass

	// Rows that repeat others: byte for byte; in all but case, spaces and
	// punctuation; and those that a source named before has too.
	Duplicates     int `json:"duplicates"`
	NearDuplicates int `json:"near_duplicates"`
	Elsewhere      int `json:"elsewhere"`
	// Held-out rows that a row trained on repeats in all but case, spaces and
	// punctuation: what is measured on them is not what was learnt.
	EvalNear int `json:"eval_near"`
}

// Kind counts the rows that were dropped for one reason, the commonest first.
type Kind struct {
	Reason string `json:"reason"`
	Rows   int    `json:"rows"`
}

// Dropped is a row that cannot be trained on. Row counts from 1, as lines do.
type Dropped struct {
	Row    int    `json:"row"`
	Reason string `json:"reason"`
}

// PreviewRow is a row as the model sees it.
type PreviewRow struct {
	RowID         string    `json:"row_id"`
	Net           string    `json:"net"`
	Eval          bool      `json:"eval"` // held out
	Segments      []Segment `json:"segments"`
	Rejected      []Segment `json:"rejected"` // of a preference: the conversation with the rejected answer
	Tokens        int       `json:"tokens"`
	TrainedTokens int       `json:"trained_tokens"`
}

// Segment is a run of tokens that are treated alike.
type Segment struct {
	Text    string `json:"text"`
	Trained bool   `json:"trained"`
	Special bool   `json:"special"` // a mark of the template, not words of the row
}

// BaseResult is a base folder that was made.
type BaseResult struct {
	Name     string     `json:"name"`
	Revision string     `json:"revision"`
	Digest   string     `json:"digest"`
	Dir      string     `json:"dir"`
	Files    []BaseFile `json:"files"`
}

// BaseFile is one file of a base folder or of an export.
type BaseFile struct {
	Path   string `json:"path"`
	SHA256 string `json:"sha256"`
	Bytes  int64  `json:"bytes"`
}

// ProbeResult is what the device really did.
type ProbeResult struct {
	Device       string  `json:"device"`
	DeviceName   string  `json:"device_name"`
	GFLOPS       float64 `json:"gflops"` // fp32 matrix product, thousand millions a second
	StepSeconds  float64 `json:"step_seconds"`
	MemoryBytes  int64   `json:"memory_bytes"`  // of the device
	FreeBytes    int64   `json:"free_bytes"`    // now
	BF16         bool    `json:"bf16"`          // worth using on this device
	ThreadsAsked int     `json:"threads_asked"` // as requested
	Threads      int     `json:"threads"`       // as used
}

// ExportResult is a model that was exported. Template and Stops, of a GGUF
// model, are for programs that want them beside the file.
type ExportResult struct {
	Format   string        `json:"format"`
	Files    []BaseFile    `json:"files"` // none for peft
	Check    ExportCheck   `json:"check"`
	Template *ChatTemplate `json:"template"`
	Stops    []string      `json:"stops"`
}

// The figures that can bind an export.
const (
	BoundRelative = "relative"
	BoundKL       = "kl"
)

// ExportCheck is the exported model against the run, at each token of the run's
// own answers. An export beyond its limit is removed, so these hold.
type ExportCheck struct {
	Reader    string  `json:"reader"` // the program that read the files
	Positions int     `json:"positions"`
	Relative  float64 `json:"relative"`  // largest difference of the predictions, relative to them
	KL        float64 `json:"kl"`        // mean divergence from the run's predictions, in nats
	SameNext  float64 `json:"same_next"` // share of positions with the same likeliest token
	// AdapterShare is how much of the adapter's change is in the file's weights; 1
	// = all of it. 0.95 to 1.05 passes.
	AdapterShare float64        `json:"adapter_share"`
	Bound        string         `json:"bound"` // which of the figures is limited
	Limit        float64        `json:"limit"`
	Answers      []ExportAnswer `json:"answers"`
}

// ExportAnswer is a question that both were asked.
type ExportAnswer struct {
	Prompt string `json:"prompt"`
	Run    string `json:"run"`
	Export string `json:"export"`
}

// ChatTemplate is a chat template as the text that stands before each message,
// by the role of the message before it and its own.
type ChatTemplate struct {
	Before  map[string]string `json:"before"`  // "user" of a first message, "user assistant" of a later one
	Prompt  string            `json:"prompt"`  // behind the last message of the user, where the answer begins
	Example []Message         `json:"example"` // a chat, and what the base's own template makes of it
	Text    string            `json:"text"`
}

// CoalitionResult lists the adapters that are there, in the order asked for.
// State is one of the ways a training job ends; all are there when it finished.
type CoalitionResult struct {
	State      string      `json:"state"`
	Coalitions []Coalition `json:"coalitions"`
}

// Coalition is the adapter of some of a run's contributors, safe on disk.
type Coalition struct {
	Key           string   `json:"key"`          // SHA-256 of the canonical sorted list of contributors
	Contributors  []string `json:"contributors"` // sorted
	Rows          int      `json:"rows"`         // training rows of theirs
	Steps         int      `json:"steps"`        // optimiser steps taken: those of the run that hold one of the rows
	Tokens        int64    `json:"tokens"`
	TrainedTokens int64    `json:"trained_tokens"`
	Seconds       float64  `json:"seconds"`
	TokenBudget   int      `json:"token_budget"`
	FirstLoss     Float    `json:"first_loss"` // not a number without a step
	LastLoss      Float    `json:"last_loss"`
	AdapterDir    string   `json:"adapter_dir"` // relative to the run folder
	AdapterDigest string   `json:"adapter_digest"`
}

// ScoreResult holds the answers in the order asked for.
type ScoreResult struct {
	Adapters []string      `json:"adapters"` // digests, in the order asked for
	Answers  []ScoreAnswer `json:"answers"`
}

// ScoreAnswer is an answer's log-probability given what stands before it, in
// nats, each token's and in sum. The end mark of the answer counts as a token.
type ScoreAnswer struct {
	Tokens []string `json:"tokens"` // their text; a character of several tokens stands with the first
	Base   Score    `json:"base"`
	// Adapters has a score for each adapter asked for.
	Adapters []Score `json:"adapters"`
}

// Score is what one model makes of an answer.
type Score struct {
	LogProbs []float64 `json:"log_probs"`
	Sum      float64   `json:"sum"`
}

// MeasureResult is what a run would take. State is one of the ways a training
// job ends; the figures count when it finished. Too little memory is an answer:
// Fits is false and there are no figures, or TokenBudget, with which it went,
// is smaller than PlannedBudget.
type MeasureResult struct {
	State         string           `json:"state"`
	Fits          bool             `json:"fits"`
	MemoryBytes   int64            `json:"memory_bytes"`   // the most, as in Step
	TokenBudget   int              `json:"token_budget"`   // tokens computed at once
	PlannedBudget int              `json:"planned_budget"` // as in Plan, like the next four
	Recompute     int              `json:"recompute"`
	Offload       int              `json:"offload"`
	Bytes         map[string]int64 `json:"bytes"`
	ExpectedBytes int64            `json:"expected_bytes"`
	Device        string           `json:"device"`
	DeviceName    string           `json:"device_name"`
	Pace
}

// Pace is how fast a run goes.
type Pace struct {
	LoadSeconds      float64 `json:"load_seconds"`       // until the first step, with its rows tokenised before
	TokenSeconds     float64 `json:"token_seconds"`      // of a step, for each token that is read
	LookTokenSeconds float64 `json:"look_token_seconds"` // the same for held-out rows, where there are some
	AnswerSeconds    float64 `json:"answer_seconds"`     // of a Sample
}
