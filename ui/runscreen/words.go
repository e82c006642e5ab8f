package runscreen

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

func capital(s string) string {
	// A name with a dot in it, as of an exception, stays as it is.
	if word, _, _ := strings.Cut(s, " "); s == "" || strings.ContainsAny(strings.TrimRight(word, ".:,"), "._") {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// roundTo keeps the first digits of a number that is an estimate.
func roundTo(v float64, digits int) int64 {
	if v <= 0 || math.IsNaN(v) || math.IsInf(v, 0) {
		return 0
	}
	unit := math.Pow(10, math.Max(0, math.Floor(math.Log10(v))-float64(digits-1)))
	return int64(math.Round(v/unit) * unit)
}

// RateText writes a learning rate: 2e-4, 5.9e-5, 0.01.
func RateText(v float64) string {
	if v == 0 || v >= 0.01 {
		return strconv.FormatFloat(v, 'g', 2, 64)
	}
	digits, power, _ := strings.Cut(strconv.FormatFloat(v, 'e', 1, 64), "e")
	digits = strings.TrimSuffix(digits, ".0")
	n, err := strconv.Atoi(power)
	if err != nil {
		return strconv.FormatFloat(v, 'g', 2, 64)
	}
	return fmt.Sprintf("%se%d", digits, n)
}
