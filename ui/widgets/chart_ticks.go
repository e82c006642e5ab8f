package widgets

import (
	"math"
	"strconv"
	"strings"
)

// niceTicks returns the ticks of an axis: about want steps of 1, 2, 2.5 or 5
// times a power of ten, and the range grown outwards to the outer ticks.
func niceTicks(lo, hi float64, want int) (ticks []float64, from, to float64) {
	step := niceStep((hi - lo) / float64(max(want, 1)))
	from = math.Floor(lo/step+1e-9) * step
	to = math.Ceil(hi/step-1e-9) * step
	if to <= from {
		to = from + step
	}
	n := int(math.Round((to - from) / step))
	for i := 0; i <= n; i++ {
		ticks = append(ticks, cleanZero(from+float64(i)*step))
	}
	return ticks, from, to
}

func niceStep(raw float64) float64 {
	if raw <= 0 || !finite(raw) {
		return 1
	}
	mag := math.Pow(10, math.Floor(math.Log10(raw)))
	for _, m := range []float64{1, 2, 2.5, 5, 10} {
		if raw <= m*mag*(1+1e-9) {
			return m * mag
		}
	}
	return 10 * mag
}

// wholeTicks returns ticks on whole numbers from lo to hi. When hi-lo divides
// evenly into 4 to 8 parts the last tick is the end itself (the number of
// steps); otherwise the steps are round and the end goes without a number.
func wholeTicks(lo, hi float64, want int) []float64 {
	span := hi - lo
	if span == math.Trunc(span) && lo == math.Trunc(lo) {
		for _, n := range []int{want, want - 1, want + 1, want - 2, want + 2} {
			if n >= 4 && int64(span)%int64(n) == 0 && span >= float64(n) {
				return evenTicks(lo, hi, n)
			}
		}
	}
	return innerTicks(lo, hi, math.Max(1, niceStep(span/float64(max(want, 1)))))
}

func evenTicks(lo, hi float64, n int) []float64 {
	ticks := make([]float64, 0, n+1)
	for i := 0; i <= n; i++ {
		ticks = append(ticks, cleanZero(lo+(hi-lo)*float64(i)/float64(n)))
	}
	return ticks
}

// innerTicks returns the multiples of step within lo to hi.
func innerTicks(lo, hi, step float64) []float64 {
	step = math.Max(step, 1e-300)
	var ticks []float64
	for v := math.Ceil(lo/step-1e-9) * step; v <= hi*(1+1e-12)+1e-300 && len(ticks) < 50; v += step {
		ticks = append(ticks, cleanZero(v))
	}
	return ticks
}

// timeTicks returns ticks for seconds at steps a clock has.
func timeTicks(lo, hi float64, want int) []float64 {
	raw := (hi - lo) / float64(max(want, 1))
	for _, s := range []float64{1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 21600, 43200, 86400} {
		if raw <= s {
			return innerTicks(lo, hi, s)
		}
	}
	return innerTicks(lo, hi, math.Ceil(raw/86400)*86400)
}

func cleanZero(v float64) float64 {
	if math.Abs(v) < 1e-12 {
		return 0
	}
	return v
}

// tickText writes a number of an axis: thousands comma, minus sign, no more
// digits than it needs.
func tickText(v float64) string {
	s := strconv.FormatFloat(math.Abs(v), 'f', -1, 64)
	if a := math.Abs(v); a != 0 && (a < 0.001 || a >= 1e9) {
		s = strconv.FormatFloat(a, 'g', 3, 64)
	} else if whole, part, ok := strings.Cut(s, "."); ok {
		if len(part) > 4 {
			s = strconv.FormatFloat(a, 'f', 4, 64)
			s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
			whole, part, ok = strings.Cut(s, ".")
		}
		s = commas(whole)
		if ok {
			s += "." + part
		}
	} else {
		s = commas(s)
	}
	if v < 0 {
		return "−" + s
	}
	return s
}

func commas(digits string) string {
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

// sameDigits writes all ticks of an axis with the digits its step needs, so
// that 3 and 2.5 read 3.0 and 2.5.
func sameDigits(ticks []float64) func(float64) string {
	digits := 0
	for _, v := range ticks {
		s := strconv.FormatFloat(math.Abs(v), 'f', -1, 64)
		if _, part, ok := strings.Cut(s, "."); ok {
			digits = max(digits, min(len(strings.TrimRight(strconv.FormatFloat(math.Abs(v), 'f', 6, 64)[len(s)-len(part):], "0")), 6))
		}
	}
	return func(v float64) string {
		s := strconv.FormatFloat(math.Abs(v), 'f', digits, 64)
		whole, part, ok := strings.Cut(s, ".")
		s = commas(whole)
		if ok {
			s += "." + part
		}
		if v < 0 {
			s = "−" + s
		}
		return s
	}
}
