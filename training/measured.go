package training

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"slices"
	"time"

	"github.com/modelfactory/modelfactory/datasets"
	"github.com/modelfactory/modelfactory/internal/wholefile"
	"github.com/modelfactory/modelfactory/training/protocol"
)

// Where a figure about a run that has not begun comes from.
const (
	FromFormula = "formula"
	FromSteps   = "measured" // a few of its steps were taken here
	FromRun     = "run"      // an earlier run
)

// Need is what a recipe was measured to need on this computer: by some of its
// steps, or by a run that did the same in memory.
type Need struct {
	Key    string        `json:"key,omitempty"` // of one by steps; see Needs.Key
	Run    int           `json:"run,omitempty"` // number of the run; 0 = by steps
	At     time.Time     `json:"at"`
	Memory int64         `json:"memory"`           // the most bytes; 0 = it did not fit
	Tokens int           `json:"tokens,omitempty"` // computed at once, where more did not fit
	Pace   protocol.Pace `json:"pace"`             // by steps
	Rate   float64       `json:"rate,omitempty"`   // trained tokens a second of a run
}

// From is one of the From constants; "" for the zero Need.
func (n Need) From() string {
	switch {
	case n.Run > 0:
		return FromRun
	case n.Key != "":
		return FromSteps
	}
	return ""
}

// Needs are the measurements that were kept, with the trainer in use: what
// another one measured says nothing of it.
type Needs struct {
	Trainer string // digest of its sources
	Kept    []Need
}

// Key names all that decides what some steps would measure: the base, what of
// the recipe decides a step, the device by kind and name, the trainer.
func (n Needs) Key(base Base, r Recipe, device, name string) string {
	raw, err := json.Marshal([]any{base.Ref(), base.Digest, inMemory(r), r.Threads, r.EvalPPM, torchKind(device), name, n.Trainer})
	if err != nil {
		return "" // nothing in it can fail
	}
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:])
}

// Of is the newest measure of what a recipe asks for, of its steps or of a run
// that did the same in memory on the same kind of device, with the pace of its
// steps where they were measured. It is zero when there is none.
func (n Needs) Of(base Base, r Recipe, device, name string, runs []Run) Need {
	var steps Need
	key := n.Key(base, r, device, name)
	for _, k := range n.Kept {
		if k.Key == key && !k.At.Before(steps.At) {
			steps = k
		}
	}
	var run Run
	want := inMemory(r)
	for _, o := range runs {
		if o.Memory > 0 && o.Step > 1 && torchKind(o.Device) == torchKind(device) && o.Number > run.Number && slices.Equal(inMemory(o.Recipe), want) {
			run = o
		}
	}
	if at := cmp.Or(run.Ended, run.Started, run.Created); run.Number > 0 && !at.Before(steps.At) {
		return Need{Run: run.Number, At: at, Memory: run.Memory, Rate: rate(run), Pace: steps.Pace}
	}
	return steps
}

// rate is the trained tokens a second of a run; 0 = not known.
func rate(r Run) float64 {
	if r.Step < 2 || r.Seconds <= 0 {
		return 0
	}
	return float64(r.TrainedTokens) / r.Seconds
}

// torchKind is a kind of device as the trainer names it: to torch an AMD card is
// a cuda device.
func torchKind(device string) string {
	if device == "rocm" {
		return "cuda"
	}
	return device
}

// inMemory is what of a recipe decides the memory that a run takes.
func inMemory(r Recipe) []any {
	data := make([]datasets.Ref, len(r.Data))
	for i, s := range r.Data {
		data[i] = s.Ref
	}
	slices.SortFunc(data, func(a, b datasets.Ref) int { return cmp.Compare(a.String(), b.String()) })
	out := []any{
		r.Base, r.Method, r.Objective, r.Rank, r.Dropout > 0, r.BatchSize * r.Accumulation, r.MaxLength, r.TrainOn,
		r.TokenBudget, r.Recompute, r.MemoryGB, r.Precision,
	}
	for _, ref := range data {
		out = append(out, ref)
	}
	return out
}

// peak is the most memory that the run's steps report.
func (r *record) peak() int64 {
	var most int64
	for _, p := range r.points {
		most = max(most, p.Memory)
	}
	return most
}

// mostNeeds are kept in a file.
const mostNeeds = 100

// ReadNeeds reads what KeepNeed wrote, the newest first. A file that is not
// there or damaged holds none: they can be measured again.
func ReadNeeds(path string) ([]Need, error) {
	raw, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var needs []Need
	if json.Unmarshal(raw, &needs) != nil {
		return nil, nil
	}
	return needs, nil
}

// KeepNeed puts a measurement into the file, in place of an earlier one of the
// same.
func KeepNeed(path string, n Need) error {
	needs, err := ReadNeeds(path)
	if err != nil {
		return err
	}
	needs = slices.DeleteFunc(needs, func(o Need) bool { return o.Key == n.Key })
	needs = slices.Insert(needs, 0, n)
	raw, err := json.Marshal(needs[:min(len(needs), mostNeeds)])
	if err != nil {
		return err
	}
	return wholefile.Write(path, raw, 0o600)
}
