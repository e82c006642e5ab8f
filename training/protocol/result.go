package protocol

// Result is the last event of a job that ended well. Job names the field that
// is set; download and import_base both set Base, generate sets none.
type Result struct {
	Job   string       `json:"job"`
	Train *TrainResult `json:"train,omitempty"`
	Check *CheckResult `json:"check,omitempty"`
	Base  *BaseResult  `json:"base,omitempty"`
	Probe *ProbeResult `json:"probe,omitempty"`
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
	Dropped       []Dropped `json:"dropped"` // the first 100
	Drawn         int       `json:"drawn"`   // rows drawn from it in a pass
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

// BaseFile is one file of a base folder.
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
