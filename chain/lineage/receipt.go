package lineage

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"github.com/gowebpki/jcs"

	"github.com/modelfactory/modelfactory/datasets"
	"github.com/modelfactory/modelfactory/training"
	"github.com/modelfactory/modelfactory/training/protocol"
)

// receiptFile is what the trainer leaves beside the adapter when a run ended
// well.
const receiptFile = "receipt.json"

// receiptSchema names the form of receipt.json.
const receiptSchema = "modelfactory/receipt/1"

// receipt is the part of receipt.json that is used here.
type receipt struct {
	Schema        string          `json:"schema"`
	Trainer       string          `json:"trainer"`
	PinsDigest    datasets.Digest `json:"pins_digest"`
	Torch         string          `json:"torch"`
	Transformers  string          `json:"transformers"`
	PEFT          string          `json:"peft"`
	Device        string          `json:"device"`
	DeviceName    string          `json:"device_name"`
	State         string          `json:"state"`
	Steps         int             `json:"steps"`
	Tokens        int64           `json:"tokens"`
	TrainedTokens int64           `json:"trained_tokens"`
	Seconds       float64         `json:"seconds"`
	FirstLoss     float64         `json:"first_loss"`
	LastLoss      float64         `json:"last_loss"`
	EvalLoss      *float64        `json:"eval_loss"` // null without held-out rows
	RecipeDigest  datasets.Digest `json:"recipe_digest"`
	DataDigest    datasets.Digest `json:"data_digest"`
	AdapterDigest datasets.Digest `json:"adapter_digest"`
	Base          struct {
		Digest datasets.Digest `json:"digest"`
	} `json:"base"`
	Proof protocol.Proof `json:"proof"`
}

// readReceipt reads and checks what the trainer wrote. NaN cannot occur: JSON
// has no such number.
func readReceipt(root *os.Root) (receipt, error) {
	var r receipt
	raw, err := readRecord(root, receiptFile)
	if err != nil {
		return r, err
	}
	if err := json.Unmarshal(raw, &r); err != nil {
		return r, err
	}
	if again, err := jcs.Transform(raw); err != nil || !bytes.Equal(again, raw) {
		return r, errors.New("it is not in canonical form (RFC 8785)")
	}
	if r.Schema != receiptSchema {
		return r, fmt.Errorf("its schema is %.40q, not %q", r.Schema, receiptSchema)
	}
	for name, d := range map[string]datasets.Digest{
		"adapter_digest": r.AdapterDigest, "pins_digest": r.PinsDigest, "recipe_digest": r.RecipeDigest, "data_digest": r.DataDigest,
	} {
		if _, err := datasets.ParseDigest(string(d)); err != nil {
			return r, fmt.Errorf("its %s is not a digest", name)
		}
	}
	if r.Trainer == "" || r.Steps < 1 {
		return r, errors.New("it does not say which trainer made it, or in how many steps")
	}
	if r.Proof != (protocol.Proof{WeightsMoved: true, RereadEqual: true, AnswersDiffer: true}) {
		return r, errors.New("it does not prove that anything was learnt")
	}
	return r, nil
}

func (r receipt) metrics(base training.Base, files AdapterFiles) (Metrics, error) {
	if r.Base.Digest != base.Digest {
		return Metrics{}, fmt.Errorf("it was trained on the base %s, not on %s", r.Base.Digest, base.Digest)
	}
	return Metrics{
		State: r.State, Steps: r.Steps, Tokens: r.Tokens, TrainedTokens: r.TrainedTokens, Seconds: r.Seconds,
		FirstLoss: r.FirstLoss, LastLoss: r.LastLoss, EvalLoss: r.EvalLoss,
		Base: ManifestBase{
			Name: base.Name, Revision: base.Revision, Digest: base.Digest, Licence: base.Licence, Repo: base.Repo,
		},
		Trainer: ManifestTrainer{Version: r.Trainer, Pins: r.PinsDigest},
		Torch:   r.Torch, Transformers: r.Transformers, PEFT: r.PEFT, Device: r.Device, DeviceName: r.DeviceName, Files: files,
	}, nil
}
