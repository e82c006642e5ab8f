package widgets

import (
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"
	"time"
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
	return grouped(strconv.FormatInt(n, 10))
}

func grouped(s string) string {
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

// Bytes writes a size in decimal units, memory too, so that what is needed and
// what is free can be compared wherever they stand: "98 MB", "2.7 GB".
func Bytes(n int64) string {
	units := []string{"B", "kB", "MB", "GB", "TB"}
	x, i := float64(n), 0
	// what rounds up to 1,000 MB is written as 1.0 GB
	for i < len(units)-1 && math.Abs(x) >= 999.5 {
		x /= 1000
		i++
	}
	decimals := 0
	if i >= 3 {
		decimals = 1
	}
	return Number(x, decimals) + nbsp + units[i]
}

// coinDecimals is how many digits of a coin follow its point: wei is 1e-18.
const coinDecimals = 18

// Money writes wei as coin with three decimals, rounded down: a balance never
// looks greater than it is. What is not known is a dash.
func Money(wei *big.Int) string { return money(wei, 3, false) }

// Fee writes wei as coin with five decimals, rounded up: a fee never looks
// smaller than it is.
func Fee(wei *big.Int) string {
	if wei != nil && wei.Sign() > 0 && wei.Cmp(big.NewInt(1e13)) < 0 {
		return "< 0.00001"
	}
	return money(wei, 5, true)
}

// Coins writes wei as coin with every digit that is not zero: prices and the
// amounts that are signed.
func Coins(wei *big.Int) string {
	s := money(wei, coinDecimals, false)
	if !strings.Contains(s, ".") {
		return s
	}
	return strings.TrimSuffix(strings.TrimRight(s, "0"), ".")
}

func money(wei *big.Int, decimals int, up bool) string {
	if wei == nil {
		return "–"
	}
	unit := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(coinDecimals-decimals)), nil)
	n, rest := new(big.Int).QuoRem(new(big.Int).Abs(wei), unit, new(big.Int))
	if up && rest.Sign() != 0 {
		n.Add(n, big.NewInt(1))
	}
	s := fmt.Sprintf("%0*d", decimals+1, n)
	s = grouped(s[:len(s)-decimals]) + "." + s[len(s)-decimals:]
	if wei.Sign() < 0 {
		return minus + s
	}
	return s
}

// About writes a time left: seconds only below two minutes, in steps of five,
// so that the word does not flicker.
func About(d time.Duration) string {
	s := d.Seconds()
	switch {
	case s < 10:
		return "a few seconds"
	case s < 120:
		return fmt.Sprintf("about %d"+nbsp+"s", int(math.Ceil(s/5))*5)
	case s < 3600:
		return fmt.Sprintf("about %d"+nbsp+"min", int(math.Round(s/60)))
	}
	quarters := int(math.Round(s / 900))
	if quarters%4 == 0 || s > 6*3600 {
		return fmt.Sprintf("about %d"+nbsp+"h", int(math.Round(s/3600)))
	}
	return fmt.Sprintf("about %d"+nbsp+"h %d"+nbsp+"min", quarters/4, quarters%4*15)
}

// Took writes how long something took: 9 s, 3 min 20 s, 2 h 05 min.
func Took(d time.Duration) string {
	s := int(math.Round(d.Seconds()))
	switch {
	case d > 0 && d < time.Second:
		return fmt.Sprintf("%.1f"+nbsp+"s", d.Seconds())
	case s < 60:
		return fmt.Sprintf("%d"+nbsp+"s", s)
	case s < 600:
		if s%60 == 0 {
			return fmt.Sprintf("%d"+nbsp+"min", s/60)
		}
		return fmt.Sprintf("%d"+nbsp+"min %d"+nbsp+"s", s/60, s%60)
	case s < 3600:
		return fmt.Sprintf("%d"+nbsp+"min", (s+30)/60)
	}
	m := (s + 30) / 60
	return fmt.Sprintf("%d"+nbsp+"h %02d"+nbsp+"min", m/60, m%60)
}
