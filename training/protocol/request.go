package protocol

import "encoding/json"

// Version is the version of the protocol that this package speaks.
const Version = 1

// The jobs of a trainer process.
const (
	JobProbe      = "probe"
	JobDownload   = "download"
	JobImportBase = "import_base"
	JobCheck      = "check"
	JobTrain      = "train"
	JobGenerate   = "generate"
	JobExport     = "export"
	JobCoalition  = "coalition"
	JobScore      = "score"
	JobMeasure    = "measure"
)

// Exit codes of a trainer process.
const (
	ExitDone     = 0
	ExitFailed   = 1  // an error event was sent
	ExitRefused  = 3  // an error event of kind "refused" was sent
	ExitInternal = 70 // a fault of the trainer itself; the log holds the trace
)

// Request is the one line that starts a job. Exactly the field that Job names
// is set.
type Request struct {
	V          int            `json:"v"`
	Job        string         `json:"job"`
	Probe      *ProbeJob      `json:"probe,omitempty"`
	Download   *DownloadJob   `json:"download,omitempty"`
	ImportBase *ImportBaseJob `json:"import_base,omitempty"`
	Check      *CheckJob      `json:"check,omitempty"`
	Train      *TrainJob      `json:"train,omitempty"`
	Generate   *GenerateJob   `json:"generate,omitempty"`
	Export     *ExportJob     `json:"export,omitempty"`
	Coalition  *CoalitionJob  `json:"coalition,omitempty"`
	Score      *ScoreJob      `json:"score,omitempty"`
	Measure    *MeasureJob    `json:"measure,omitempty"`
}

// ProbeJob multiplies matrices and takes one training step on the device, to
// show that both really work.
type ProbeJob struct {
	Device  string `json:"device"`  // "auto", "cpu", "cuda", "mps", "xpu"
	Threads int    `json:"threads"` // 0 = the trainer chooses
}

// DownloadJob fetches a base from a model hub: safetensors, tokenizer and
// configuration only. It is the one job that may use the network. A cut
// download goes on where it stopped.
type DownloadJob struct {
	Repo     string `json:"repo"`
	Revision string `json:"revision"` // branch, tag or commit; the result names the commit
	Out      string `json:"out"`      // the shelf's folder; <name>@<rev> is made in it
	Endpoint string `json:"endpoint"` // address of the hub
	Licence  string `json:"licence"`
	Family   string `json:"family"`
}

// ImportBaseJob turns a GGUF file or a safetensors folder into a base folder.
type ImportBaseJob struct {
	From     string `json:"from"`
	Out      string `json:"out"` // the base's own folder; must not exist yet
	Name     string `json:"name"`
	Revision string `json:"revision"` // "" = the first 12 digits of the digest
	Licence  string `json:"licence"`
	Family   string `json:"family"`
}

// CheckJob tokenises and counts without loading weights.
type CheckJob struct {
	BaseDir string          `json:"base_dir"`
	Sources []Source        `json:"sources"`
	Recipe  json.RawMessage `json:"recipe"`  // flat settings, as in recipe.json
	Preview int             `json:"preview"` // rows shown with their trained parts
	Offset  int             `json:"offset"`  // of the first row shown

	OnlyPreview bool `json:"only_preview"` // read no further than the rows shown, and count nothing

	// TokensDir is a folder of tokens that jobs share: what one of them
	// tokenised, the next one reads. "" = none: a check keeps no tokens then, a
	// run has its own until it ends.
	TokensDir string `json:"tokens_dir"`
}

// TrainJob trains what RunDir/recipe.json and RunDir/data.json say. Paths in
// data.json are relative to RunDir.
type TrainJob struct {
	RunDir     string `json:"run_dir"`
	BaseDir    string `json:"base_dir"`
	BaseDigest string `json:"base_digest"`
	Resume     bool   `json:"resume"`     // go on from the newest sound checkpoint, if any
	TokensDir  string `json:"tokens_dir"` // as in CheckJob
	Threads    int    `json:"threads"`
	Device     string `json:"device"`
}

// GenerateJob loads a base, and an adapter when one is given, and answers "ask"
// controls until its input closes.
type GenerateJob struct {
	BaseDir    string `json:"base_dir"`
	AdapterDir string `json:"adapter_dir"` // "" = base only
	Method     string `json:"method"`      // of the run that made the adapter: after qlora the base is held in 4 bits here too
	Device     string `json:"device"`
	Threads    int    `json:"threads"`
}

// The formats of an ExportJob.
const (
	FormatPEFT        = "peft"
	FormatMerged      = "merged"
	FormatGGUFAdapter = "gguf-adapter"
	FormatGGUFF16     = "gguf:f16"
	FormatGGUFQ8      = "gguf:q8_0"
	FormatGGUFQ5      = "gguf:q5_0"
	FormatGGUFQ4      = "gguf:q4_0"
)

// ExportJob writes a base with an adapter as files for other programs, has them
// read by a program that is not ours, and compares what that says with the run.
// A peft folder is written before: AdapterDir is what is compared, and nothing
// is made.
type ExportJob struct {
	Format     string   `json:"format"`
	BaseDir    string   `json:"base_dir"`
	AdapterDir string   `json:"adapter_dir"`
	Method     string   `json:"method"`  // of the run: after qlora the base's numbers are those it learnt over
	Out        string   `json:"out"`     // a folder that is empty or not there yet
	Name       string   `json:"name"`    // of the model, inside the files and of a GGUF file
	Prompts    []string `json:"prompts"` // questions for the comparison; none = the trainer's own
}

// CoalitionJob trains the adapters that a run would have made had only some of
// its contributors given rows: recipe, order and seed are the run's, all other
// rows are absent. They go to coalitions/<key>/ of the run folder; those that
// are there already, whole and made from the same, are kept.
type CoalitionJob struct {
	RunDir      string     `json:"run_dir"`
	BaseDir     string     `json:"base_dir"`
	BaseDigest  string     `json:"base_digest"`
	Coalitions  [][]string `json:"coalitions"`   // contributors as rows.jsonl names them
	TokenBudget int        `json:"token_budget"` // tokens computed at once; 0 = as the run was computed
	TokensDir   string     `json:"tokens_dir"`   // as in CheckJob
	Threads     int        `json:"threads"`
	Device      string     `json:"device"`
}

// ScoreJob measures how likely a base and adapters on it make given answers,
// token by token.
type ScoreJob struct {
	BaseDir     string      `json:"base_dir"`
	BaseDigest  string      `json:"base_digest"`
	Adapters    []string    `json:"adapters"`     // PEFT folders
	Answers     [][]Message `json:"answers"`      // chats whose last message is the answer
	TokenBudget int         `json:"token_budget"` // tokens computed at once; 0 = the trainer chooses
	Precision   string      `json:"precision"`    // of the base: "fp32", "bf16" or "auto"
	Threads     int         `json:"threads"`
	Device      string      `json:"device"`
}

// MeasureJob takes a few steps of a run that was not started, with a throw-away
// adapter, and tells their time and memory. It hears the controls of a training
// job and keeps nothing but tokens.
type MeasureJob struct {
	BaseDir    string          `json:"base_dir"`
	BaseDigest string          `json:"base_digest"`
	Sources    []Source        `json:"sources"`    // their paths are absolute
	Recipe     json.RawMessage `json:"recipe"`     // flat settings, as in recipe.json
	TokensDir  string          `json:"tokens_dir"` // as in CheckJob, but must be given
	Threads    int             `json:"threads"`
	Device     string          `json:"device"`
}

// Source is one DataNet version of a mix, as data.json records it.
type Source struct {
	Net        string `json:"net"`
	Version    int    `json:"version"`
	Path       string `json:"path"` // rows.jsonl; relative to the run folder in data.json
	RowsSHA256 string `json:"rows_sha256"`
	Root       string `json:"root"`
	Digest     string `json:"digest"`
	Rows       int    `json:"rows"`
	WeightPPM  uint32 `json:"weight_ppm"`
	SPDX       string `json:"spdx"`
}

// The words of a Control.
const (
	ControlPause      = "pause"      // checkpoint and leave; result state "paused"
	ControlStop       = "stop"       // checkpoint, write the adapter, leave; result state "stopped"
	ControlCheckpoint = "checkpoint" // checkpoint and go on
	ControlAsk        = "ask"        // answer Messages
	ControlCancel     = "cancel"     // end the answer with this ID
)

// Control is a line that steers a running job.
type Control struct {
	Control     string    `json:"control"`
	ID          string    `json:"id,omitempty"`
	Messages    []Message `json:"messages,omitempty"`
	Which       string    `json:"which,omitempty"` // "model" (adapter on) or "base"
	MaxTokens   int       `json:"max_tokens,omitempty"`
	Temperature float64   `json:"temperature,omitempty"` // 0 = greedy
	Seed        int64     `json:"seed,omitempty"`
}

// Message is one turn of a chat.
type Message struct {
	Role    string `json:"role"` // "system", "user" or "assistant"
	Content string `json:"content"`
}
