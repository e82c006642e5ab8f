package chain

import (
	"math/big"
	"strings"

	"github.com/ethereum/go-ethereum/params"
)

var weiPerCoin = big.NewInt(params.Ether)

// FormatAmount writes wei as coin, exactly: every digit that is not zero, a
// point, and no exponent. nil is "0".
func FormatAmount(wei *big.Int) string {
	if wei == nil {
		return "0"
	}
	whole, rest := new(big.Int).QuoRem(new(big.Int).Abs(wei), weiPerCoin, new(big.Int))
	s := whole.String()
	if rest.Sign() != 0 {
		digits := rest.String()
		s += "." + strings.TrimRight(strings.Repeat("0", 18-len(digits))+digits, "0")
	}
	if wei.Sign() < 0 {
		s = "-" + s
	}
	return s
}

// ParseAmount reads an amount of coin such as "12.5" into wei. At most 18
// digits may follow the point; a sign, an exponent or a comma is refused.
func ParseAmount(s string) (*big.Int, error) {
	bad := &Error{Kind: KindUsage, Message: "\"" + s + "\" is not an amount", Next: "Write digits with a point, such as 12.5; at most 18 digits after the point."}
	whole, rest, _ := strings.Cut(strings.TrimSpace(s), ".")
	if len(whole)+len(rest) == 0 || len(whole) > 60 || len(rest) > 18 {
		return nil, bad
	}
	for _, r := range whole + rest {
		if r < '0' || r > '9' {
			return nil, bad
		}
	}
	wei, ok := new(big.Int).SetString(whole+rest+strings.Repeat("0", 18-len(rest)), 10)
	if !ok {
		return nil, bad
	}
	return wei, nil
}
