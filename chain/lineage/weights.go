package lineage

import (
	"cmp"
	"slices"
	"strings"

	"github.com/modelfactory/modelfactory/datasets"
)

// ppm turns weights, of which only the ratio counts, into shares that add up to
// exactly 1,000,000: rounded down, then the largest remainders first.
func ppm(weights []uint32) []uint32 {
	const whole = 1_000_000
	var total uint64
	for _, w := range weights {
		total += uint64(w)
	}
	out := make([]uint32, len(weights))
	if total == 0 {
		return out
	}
	left, order := uint64(whole), make([]int, len(weights))
	for i, w := range weights {
		out[i] = uint32(uint64(w) * whole / total)
		left -= uint64(out[i])
		order[i] = i
	}
	rest := func(i int) uint64 { return uint64(weights[i]) * whole % total }
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(rest(b), rest(a)) })
	for _, i := range order[:left] {
		out[i]++
	}
	return out
}

// sortContributors puts most rows first, then by address.
func sortContributors(list []datasets.Contributor) {
	slices.SortFunc(list, func(a, b datasets.Contributor) int {
		return cmp.Or(cmp.Compare(b.Rows, a.Rows), strings.Compare(strings.ToLower(string(a.Address)), strings.ToLower(string(b.Address))))
	})
}
