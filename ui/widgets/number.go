package widgets

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// The signs between numbers and units of the design: a non-breaking space
// before a unit, and the minus sign.
const (
	nbsp  = "\u00a0"
	minus = "−"
)

// Percent writes a share between 0 and 1 in whole percent, rounded down so that
// 100 % is never shown before it is reached.
func Percent(share float64) string {
	return fmt.Sprintf("%d%s%%", int(math.Floor(share*100+1e-9)), nbsp)
}

// Count writes a whole number with commas between thousands.
func Count(n int64) string {
	s := strconv.FormatInt(n, 10)
	sign := ""
	if strings.HasPrefix(s, "-") {
		sign, s = minus, s[1:]
	}
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return sign + s
}

// Number writes x with a fixed number of decimals, commas and the minus sign;
// what is not finite is written in words.
func Number(x float64, decimals int) string {
	switch {
	case math.IsNaN(x):
		return "not a number"
	case math.IsInf(x, 0):
		return "not finite"
	}
	s := strconv.FormatFloat(math.Abs(x), 'f', decimals, 64)
	whole, frac, _ := strings.Cut(s, ".")
	n, err := strconv.ParseInt(whole, 10, 64)
	if err == nil {
		whole = Count(n)
	}
	if frac != "" {
		whole += "." + frac
	}
	if x < 0 && strings.Trim(s, "0.") != "" {
		return minus + whole
	}
	return whole
}

// Bytes writes a size in decimal units, as disks and downloads are sold:
// "98 MB", "2.7 GB".
func Bytes(n int64) string { return scaled(n, 1000, []string{"B", "kB", "MB", "GB", "TB"}) }

// Memory writes a size in binary units under the names cards are sold with:
// 8 GiB of memory are "8.0 GB".
func Memory(n int64) string { return scaled(n, 1024, []string{"B", "kB", "MB", "GB", "TB"}) }

func scaled(n int64, base float64, units []string) string {
	x, i := float64(n), 0
	// what rounds up to 1,000 MB is written as 1.0 GB
	for i < len(units)-1 && math.Abs(x) >= base-0.5 {
		x /= base
		i++
	}
	decimals := 0
	if i >= 3 {
		decimals = 1
	}
	return Number(x, decimals) + nbsp + units[i]
}
