package lineage

import (
	"time"

	"github.com/modelfactory/modelfactory/datasets"
	"github.com/modelfactory/modelfactory/training"
)

// Files of a model's folder.
const (
	AdapterFile     = "adapter_model.safetensors"
	ConfigFile      = "adapter_config.json"
	RecipeFile      = "recipe.json"
	DataFile        = "data.json"
	MetricsFile     = "metrics.json"
	ModelFile       = "model.json" // of the shelf only; never exported
	ManifestFile    = "manifest.json"
	PublicationFile = "publication.json"
	CardFile        = "README.md"
)

// Model is a model on the shelf.
type Model struct {
	Digest      datasets.Digest // of the adapter: the model's id in the studio
	Name        string
	Dir         string
	Base        string // name@revision
	RunID       training.RunID
	RunNumber   int
	Created     time.Time
	Bytes       int64 // of the whole folder
	Data        []DataUse
	Metrics     Metrics
	Manifest    datasets.Digest // of manifest.json; empty while unpublished
	Publication *Publication    // nil while unpublished
	Damaged     string          // why the folder cannot be read; the rest may then be empty
}

// Publication is publication.json: where a model is registered.
type Publication struct {
	ChainID  uint64 `json:"chain_id"`
	Genesis  string `json:"genesis"`  // block hash, 0x…
	Contract string `json:"contract"` // ModelRegistry, EIP-55
	ID       uint64 `json:"id"`
	Manifest string `json:"manifest"` // digest of manifest.json
	Tx       string `json:"tx"`       // registering transaction, 0x…
}

// Manifest is what a model was made of. The SHA-256 of its canonical JSON is the
// word on the chain.
type Manifest struct {
	Schema          string          `json:"schema"` // [ManifestSchema]
	Name            string          `json:"name"`
	Creator         string          `json:"creator"` // address, EIP-55
	Base            ManifestBase    `json:"base"`
	Data            []ManifestData  `json:"data"`
	DataFile        datasets.Digest `json:"data_file"` // of data.json: rows, contributors
	Recipe          datasets.Digest `json:"recipe"`    // of recipe.json
	Trainer         ManifestTrainer `json:"trainer"`
	Adapter         datasets.Digest `json:"adapter"`          // of weights and config together
	Metrics         datasets.Digest `json:"metrics"`          // of metrics.json
	AttributionRoot string          `json:"attribution_root"` // empty: no ledger
	Parents         []Parent        `json:"parents"`
}

// ManifestSchema names the form of [Manifest].
const ManifestSchema = "modelfactory.manifest/1"

// ManifestBase is the model that was tuned.
type ManifestBase struct {
	Name     string          `json:"name"`
	Revision string          `json:"revision"`
	Digest   datasets.Digest `json:"digest"`
	Licence  string          `json:"licence"` // SPDX id or the name its makers use
	Repo     string          `json:"repo"`    // hub name for the model card; may be empty
}

// ManifestData is one DataNet version of the mix. Weights are ppm of the mix.
type ManifestData struct {
	Net       datasets.Slug   `json:"net"`
	Version   int             `json:"version"`
	Root      datasets.Digest `json:"root"`   // Merkle root of the rows
	Digest    datasets.Digest `json:"digest"` // of the version's manifest
	WeightPPM uint32          `json:"weight_ppm"`
	SPDX      string          `json:"spdx"`
	Licence   string          `json:"licence"` // how it was allowed: "open", "own", or the licence's chain reference
}

// ManifestTrainer is the program that trained.
type ManifestTrainer struct {
	Version string          `json:"version"`
	Pins    datasets.Digest `json:"pins"` // of the frozen list of its dependencies
}

// Parent is an earlier model of the same registry.
type Parent struct {
	ChainID  uint64 `json:"chain_id"`
	Genesis  string `json:"genesis"`
	Contract string `json:"contract"`
	ID       uint64 `json:"id"`
}

// DataUse is one entry of data.json: which rows, whose, on which terms.
type DataUse struct {
	Net          datasets.Slug          `json:"net"`
	Title        string                 `json:"title"`
	Version      int                    `json:"version"`
	Rows         int                    `json:"rows"`
	WeightPPM    uint32                 `json:"weight_ppm"`
	Language     string                 `json:"language"` // BCP 47; may be empty
	SPDX         string                 `json:"spdx"`
	Licence      string                 `json:"licence"` // see [ManifestData]
	Private      bool                   `json:"private"`
	Root         datasets.Digest        `json:"root"`
	Digest       datasets.Digest        `json:"digest"`
	RowsSHA256   datasets.Digest        `json:"rows_sha256"`
	Contributors []datasets.Contributor `json:"contributors"`
}

// Metrics is metrics.json: what was measured, with what.
type Metrics struct {
	State         string          `json:"state"` // finished or stopped
	Steps         int             `json:"steps"`
	Tokens        int64           `json:"tokens"` // read, with the parts that are not trained
	TrainedTokens int64           `json:"trained_tokens"`
	Seconds       float64         `json:"seconds"`
	FirstLoss     float64         `json:"first_loss"`
	LastLoss      float64         `json:"last_loss"`
	EvalLoss      *float64        `json:"eval_loss"` // nil: no rows were held out
	Base          ManifestBase    `json:"base"`
	Trainer       ManifestTrainer `json:"trainer"`
	Torch         string          `json:"torch"`
	Transformers  string          `json:"transformers"`
	PEFT          string          `json:"peft"`
	Device        string          `json:"device"`      // cpu, cuda, …
	DeviceName    string          `json:"device_name"` // as its driver calls it
	Files         AdapterFiles    `json:"files"`       // so that a changed one can be told from the other
}

// AdapterFiles are the digests of the two files of an adapter.
type AdapterFiles struct {
	Config  datasets.Digest `json:"adapter_config.json"`
	Weights datasets.Digest `json:"adapter_model.safetensors"`
}

// States of a [Check] and of a [Node].
const (
	StateEqual   = "equal"     // recomputed and equal
	StateDiffers = "differs"   // recomputed and not equal
	StateNotHere = "not_here"  // cannot be recomputed here; never shown green
	StateUnknown = "unchecked" // nobody has looked yet
)

// Check is one thing that was looked at.
type Check struct {
	Title  string `json:"title"`  // as shown: "Recipe", "Bicycle Workshop v4"
	Digest string `json:"digest"` // what the record says
	State  string `json:"state"`
	Note   string `json:"note"` // why it is not here; empty otherwise
}

// Report is the outcome of [Verify].
type Report struct {
	// Verified: the chain was read, it names this manifest, and no file differs.
	// Things that are not here do not speak against it; they are in NotHere.
	Verified    bool                  `json:"verified"`
	Published   bool                  `json:"published"` // the folder says it is registered
	OnChain     bool                  `json:"on_chain"`  // the chain was asked and agrees
	Name        string                `json:"name"`
	Manifest    datasets.Digest       `json:"manifest"`
	Publication *Publication          `json:"publication"`
	Block       uint64                `json:"block"`     // in which it was registered; 0 when the chain was not read
	Head        uint64                `json:"head"`      // newest block when the chain was read
	Withdrawn   time.Time             `json:"withdrawn"` // when its owner withdrew it; zero while it stands
	At          time.Time             `json:"at"`
	Seconds     float64               `json:"seconds"`
	Checked     []Check               `json:"checked"`
	Differences []datasets.Difference `json:"differences"` // File names the file in the folder, or "net@version/rows.jsonl:17"
	NotHere     []string              `json:"not_here"`
	Advice      string                `json:"advice"` // what to do about the differences
}

// Kinds of a [Node].
const (
	NodeBase   = "base"
	NodeData   = "data"
	NodeModel  = "model"
	NodeParent = "parent" // a model this one was made from
	NodeChild  = "child"  // a model made from this one
)

// Columns of the graph.
const (
	ColumnFrom  = 0 // made from
	ColumnModel = 1
	ColumnOf    = 2 // made of it
)

// Node is one box of the lineage screen.
type Node struct {
	ID      string   `json:"id"`
	Kind    string   `json:"kind"`
	Column  int      `json:"column"`
	Title   string   `json:"title"`
	Lines   []string `json:"lines"` // under the title, plain text
	Digest  string   `json:"digest"`
	State   string   `json:"state"`
	Problem string   `json:"problem"` // "1 difference: adapter_model.safetensors"
	Private bool     `json:"private"`
	Model   string   `json:"model"` // adapter digest, for opening it; empty when not on this computer
	Net     string   `json:"net"`   // net@version, for opening it
}

// Edge leads from what was used to what was made of it.
type Edge struct {
	From  string `json:"from"` // node ids
	To    string `json:"to"`
	Label string `json:"label"` // such as "70 %"
}

// Graph is the lineage around one model.
type Graph struct {
	Nodes []Node `json:"nodes"`
	Edges []Edge `json:"edges"`
}
