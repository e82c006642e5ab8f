package training

import (
	"cmp"
	"slices"

	"github.com/modelfactory/modelfactory/datasets"
)

// MeasuredMemory is the newest run that did in memory what a recipe asks for:
// the same base, data and settings that matter, on the same kind of device. ok
// is false when there is none.
func MeasuredMemory(runs []Run, r Recipe, device string) (run Run, ok bool) {
	want := inMemory(r)
	for _, o := range runs {
		if o.Memory > 0 && o.Step > 1 && torchKind(o.Device) == torchKind(device) && o.Number > run.Number && slices.Equal(inMemory(o.Recipe), want) {
			run, ok = o, true
		}
	}
	return run, ok
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
