package chain_test

import (
	"math/big"
	"testing"

	"github.com/modelfactory/modelfactory/chain"
)

func TestAmounts(t *testing.T) {
	for text, wei := range map[string]string{
		"0": "0", "1": "1000000000000000000", "12.5": "12500000000000000000", "0.000000000000000001": "1",
		"1000": "1000000000000000000000", "0.1": "100000000000000000",
	} {
		n, err := chain.ParseAmount(text)
		if err != nil || n.String() != wei {
			t.Errorf("ParseAmount(%q) = %v, %v; want %s", text, n, err, wei)
		}
		if got := chain.FormatAmount(n); got != text {
			t.Errorf("FormatAmount(%s) = %q, want %q", wei, got, text)
		}
	}
	for _, bad := range []string{"", ".", "-1", "+1", "1e3", "1,5", "0x10", "1.0000000000000000001", "१", "1 000", "NaN"} {
		if n, err := chain.ParseAmount(bad); err == nil {
			t.Errorf("ParseAmount(%q) = %s, want an error", bad, n)
		}
	}
	if got := chain.FormatAmount(big.NewInt(-1)); got != "-0.000000000000000001" {
		t.Error(got)
	}
}

func FuzzParseAmount(f *testing.F) {
	for _, s := range []string{"1", "0.5", ".5", "5.", "99999999999999999999.999999999999999999"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		n, err := chain.ParseAmount(s)
		if err != nil {
			return
		}
		if back, err := chain.ParseAmount(chain.FormatAmount(n)); err != nil || back.Cmp(n) != 0 || n.Sign() < 0 {
			t.Fatalf("%q → %s → %v, %v", s, n, back, err)
		}
	})
}
