package recipescreen

import (
	"math"
	"slices"

	"github.com/modelfactory/modelfactory/datasets"
)

// Whole is all of a mix, in millionths.
const Whole = 1_000_000

// percent is the least a source can have by hand, and the grain of a hand.
const percent = Whole / 100

// MixSource is one source of the mix: its weight is its share of the rows drawn
// in a pass.
type MixSource struct {
	Ref    datasets.Ref `json:"ref"`
	Weight int          `json:"weight_ppm"`
	Locked bool         `json:"locked,omitempty"`
}

// Mix are the sources. Their weights are Whole together whenever there is one.
type Mix []MixSource

// NewMix takes weights of any sum, keeping their proportion.
func NewMix(sources ...MixSource) Mix {
	m := slices.Clone(Mix(sources))
	m.spread(all(len(m)), Whole)
	return m
}

// Set gives source i a share, rounded to a percent; the others that are not
// locked share the rest in proportion, each at least one percent. What cannot
// be is brought to the nearest that can.
func (m Mix) Set(i int, ppm int) {
	var others []int
	locked := 0
	for j, s := range m {
		switch {
		case j == i:
		case s.Locked:
			locked += s.Weight
		default:
			others = append(others, j)
		}
	}
	room := Whole - locked
	if len(others) == 0 {
		m[i].Weight = room
		return
	}
	ppm = (ppm + percent/2) / percent * percent
	ppm = max(percent, min(ppm, room-percent*len(others)))
	m[i].Weight = ppm
	m.spread(others, room-ppm)
}

// CanMove says whether the weight of source i can be changed at all.
func (m Mix) CanMove(i int) bool {
	for j, s := range m {
		if j != i && !s.Locked {
			return true
		}
	}
	return false
}

// Add takes a source in with an even share; the others keep their proportion.
// A net that is there already stays as it is.
func (m Mix) Add(ref datasets.Ref) Mix {
	if m.Index(ref.Net) >= 0 {
		return m
	}
	for i := range m {
		m[i].Locked = false
	}
	n := len(m) + 1
	m = append(m, MixSource{Ref: ref, Weight: Whole / n})
	if n == 1 {
		m[0].Weight = Whole
		return m
	}
	share := Whole / n / percent * percent
	m[n-1].Weight = share
	m.spread(all(n-1), Whole-share)
	return m
}

// Remove takes source i out; the others keep their proportion.
func (m Mix) Remove(i int) Mix {
	m = slices.Delete(m, i, i+1)
	for j := range m {
		m[j].Locked = false
	}
	m.spread(all(len(m)), Whole)
	return m
}

// Index is the place of a net, or -1.
func (m Mix) Index(net datasets.Slug) int {
	return slices.IndexFunc(m, func(s MixSource) bool { return s.Ref.Net == net })
}

func all(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i
	}
	return out
}

// spread gives the sources at these places a sum together, in proportion to
// what they have, each at least one percent where the sum allows it. Where the
// sum is whole percents so are the shares; the largest remainders get what
// rounding leaves.
func (m Mix) spread(at []int, sum int) {
	if len(at) == 0 {
		return
	}
	least := min(percent, sum/len(at))
	var has float64
	for _, i := range at {
		has += float64(max(m[i].Weight, 0))
	}
	grain := percent
	if sum%percent != 0 || m.fine(at, sum, has) {
		grain = 1
	}
	type part struct {
		i    int
		rest float64
	}
	parts := make([]part, 0, len(at))
	left := sum
	for _, i := range at {
		want := float64(sum) / float64(len(at))
		if has > 0 {
			want = float64(sum) * float64(max(m[i].Weight, 0)) / has
		}
		got := max(int(want+1e-6)/grain*grain, least)
		m[i].Weight = got
		left -= got
		parts = append(parts, part{i, want - float64(got)})
	}
	slices.SortStableFunc(parts, func(a, b part) int {
		switch {
		case a.rest > b.rest:
			return -1
		case a.rest < b.rest:
			return 1
		}
		return 0
	})
	for k := 0; left > 0; k = (k + 1) % len(parts) {
		step := min(grain, left)
		m[parts[k].i].Weight += step
		left -= step
	}
	// The least share may have taken too much: the largest gives it back.
	for left < 0 {
		big := at[0]
		for _, i := range at {
			if m[i].Weight > m[big].Weight {
				big = i
			}
		}
		take := min(-left, grain)
		m[big].Weight -= take
		left += take
	}
}

// fine says that the weights already make up the sum and are finer than a
// percent, as a recipe file may have them: they are left as they are.
func (m Mix) fine(at []int, sum int, has float64) bool {
	if math.Abs(has-float64(sum)) > 0.5 {
		return false
	}
	for _, i := range at {
		if m[i].Weight%percent != 0 {
			return true
		}
	}
	return false
}
