package widgets

import (
	"math/big"
	"testing"
	"time"
)

func TestMoneyIsNeverMoreNorFeesLessThanTheyAre(t *testing.T) {
	for wei, want := range map[string][3]string{
		"0":                         {"0", "0.000", "0.00000"},
		"12000000000000000000":      {"12", "12.000", "12.00000"},
		"1234567500000000000000000": {"1,234,567.5", "1,234,567.500", "1,234,567.50000"},
		"100000000000":              {"0.0000001", "0.000", "< 0.00001"},
		"11000000000000":            {"0.000011", "0.000", "0.00002"},
		"148301900000000000000":     {"148.3019", "148.301", "148.30190"},
		"-1500000000000000001":      {"−1.500000000000000001", "−1.500", "−1.50001"},
	} {
		v, _ := new(big.Int).SetString(wei, 10)
		if got := [3]string{Coins(v), Money(v), Fee(v)}; got != want {
			t.Errorf("%s: %v, want %v", wei, got, want)
		}
	}
	if got := Coins(nil) + Money(nil) + Fee(nil); got != "–––" {
		t.Errorf("what is not known reads %s", got)
	}
}

func TestTimeLeft(t *testing.T) {
	for d, want := range map[time.Duration]string{
		4 * time.Second: "a few seconds", 42 * time.Second: "about 45\u00a0s", 61 * time.Second: "about 65\u00a0s", 150 * time.Second: "about 3\u00a0min",
		100 * time.Minute: "about 1\u00a0h 45\u00a0min", 9 * time.Hour: "about 9\u00a0h", 2 * time.Hour: "about 2\u00a0h",
	} {
		if got := About(d); got != want {
			t.Errorf("%v reads %q, want %q", d, got, want)
		}
	}
}

func TestTimeTaken(t *testing.T) {
	for d, want := range map[time.Duration]string{0: "0\u00a0s", 300 * time.Millisecond: "0.3\u00a0s", 9 * time.Second: "9\u00a0s", 200 * time.Second: "3\u00a0min 20\u00a0s", 180 * time.Second: "3\u00a0min", 45 * time.Minute: "45\u00a0min", 125 * time.Minute: "2\u00a0h 05\u00a0min"} {
		if got := Took(d); got != want {
			t.Errorf("%v reads %q, want %q", d, got, want)
		}
	}
}
