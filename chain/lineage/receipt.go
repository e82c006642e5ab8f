package lineage

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"

	"github.com/modelfactory/modelfactory/datasets"
	"github.com/modelfactory/modelfactory/training"
	"github.com/modelfactory/modelfactory/training/protocol"
)

// receiptFile is what the trainer leaves beside the adapter when a run ended
// well.
const receiptFile = "receipt.json"

// receipt is the part of receipt.json that goes into metrics.json. Fields that
// are not named here are left in the run's folder.
type receipt struct {
	Trainer       string          `json:"trainer"`
	PinsDigest    datasets.Digest `json:"pins_digest"`
	Torch         string          `json:"torch"`
	Transformers  string          `json:"transformers"`
	PEFT          string          `json:"peft"`
	Device        string          `json:"device"`
	BaseDigest    datasets.Digest `json:"base_digest"`
	State         string          `json:"state"`
	Steps         int             `json:"steps"`
	TrainedTokens int64           `json:"trained_tokens"`
	Seconds       float64         `json:"seconds"`
	FirstLoss     protocol.Float  `json:"first_loss"`
	LastLoss      protocol.Float  `json:"last_loss"`
	EvalLoss      *protocol.Float `json:"eval_loss"`
	AdapterDigest datasets.Digest `json:"adapter_digest"`
}

func readReceipt(root *os.Root) (receipt, error) {
	var r receipt
	raw, err := readRecord(root, receiptFile)
	if err != nil {
		return r, err
	}
	if err := json.Unmarshal(raw, &r); err != nil {
		return r, err
	}
	if _, err := datasets.ParseDigest(string(r.AdapterDigest)); err != nil {
		return r, errors.New("it names no adapter")
	}
	if _, err := datasets.ParseDigest(string(r.PinsDigest)); err != nil || r.Trainer == "" {
		return r, errors.New("it does not say which trainer made it")
	}
	for _, f := range []float64{float64(r.FirstLoss), float64(r.LastLoss), r.Seconds} {
		if math.IsNaN(f) || math.IsInf(f, 0) {
			return r, errors.New("a measurement in it is not a number")
		}
	}
	return r, nil
}

func (r receipt) metrics(base training.Base, files AdapterFiles) (Metrics, error) {
	if r.BaseDigest != "" && r.BaseDigest != base.Digest {
		return Metrics{}, fmt.Errorf("it was trained on the base %s, not on %s", r.BaseDigest, base.Digest)
	}
	m := Metrics{
		State: r.State, Steps: r.Steps, TrainedTokens: r.TrainedTokens, Seconds: r.Seconds,
		FirstLoss: float64(r.FirstLoss), LastLoss: float64(r.LastLoss),
		Base: ManifestBase{
			Name: base.Name, Revision: base.Revision, Digest: base.Digest, Licence: base.Licence, Repo: base.Repo,
		},
		Trainer: ManifestTrainer{Version: r.Trainer, Pins: r.PinsDigest},
		Torch:   r.Torch, Transformers: r.Transformers, PEFT: r.PEFT, Device: r.Device, Files: files,
	}
	if r.EvalLoss != nil && !math.IsNaN(float64(*r.EvalLoss)) {
		loss := float64(*r.EvalLoss)
		m.EvalLoss = &loss
	}
	return m, nil
}
