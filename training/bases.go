package training

import (
	"github.com/modelfactory/modelfactory/datasets"
)

// ModelConfig is the part of a base's config.json that decides its memory need.
// Names follow Hugging Face config files.
type ModelConfig struct {
	ModelType        string `json:"model_type"`
	HiddenSize       int64  `json:"hidden_size"`
	IntermediateSize int64  `json:"intermediate_size"`
	Layers           int64  `json:"num_hidden_layers"`
	Heads            int64  `json:"num_attention_heads"`
	KVHeads          int64  `json:"num_key_value_heads"`
	HeadDim          int64  `json:"head_dim"`
	VocabSize        int64  `json:"vocab_size"`
	Tied             bool   `json:"tie_word_embeddings"`
	Context          int64  `json:"max_position_embeddings"`
}

// Base is a model that can be tuned: a folder of the shelf, or an entry of the
// catalogue that is not on this computer yet.
type Base struct {
	Name      string          `json:"name"`
	Revision  string          `json:"revision,omitempty"`
	Digest    datasets.Digest `json:"digest,omitempty"`
	Family    string          `json:"family"`
	Licence   string          `json:"licence"`
	Params    int64           `json:"params"`
	Bytes     int64           `json:"bytes,omitempty"`    // on disk
	Download  int64           `json:"download,omitempty"` // bytes to fetch, about; 0 when installed
	Repo      string          `json:"repo,omitempty"`     // hub name, for a download
	Dir       string          `json:"dir,omitempty"`
	Installed bool            `json:"installed"`
	Config    ModelConfig     `json:"config"`
	Note      string          `json:"note,omitempty"` // what to know before choosing it
}

// Ref is name@revision, as recipes and manifests write it.
func (b Base) Ref() string {
	if b.Revision == "" {
		return b.Name
	}
	return b.Name + "@" + b.Revision
}
