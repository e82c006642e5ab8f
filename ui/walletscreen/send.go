package walletscreen

import (
	"math/big"
	"strings"

	"github.com/ethereum/go-ethereum/common"

	"github.com/modelfactory/modelfactory/chain"
	"github.com/modelfactory/modelfactory/ui/nav"
	"github.com/modelfactory/modelfactory/ui/widgets"
)

// Payment is the form of a payment.
type Payment struct {
	To, Amount string
	Own        common.Address // account in use
	Has        *big.Int       // its balance; nil = not known
	Coin       string
}

// Problems say what is wrong with each field; empty fields are only incomplete.
func (p Payment) Problems() (to, amount string) {
	if s := strings.TrimSpace(p.To); s != "" {
		switch {
		case !strings.HasPrefix(s, "0x") || !common.IsHexAddress(s):
			to = "An address is 0x and 40 digits or letters a to f."
		case mixed(s) && common.HexToAddress(s).Hex() != s:
			to = "One character of the address is wrong: its check digits do not fit."
		case common.HexToAddress(s) == common.Address{}:
			to = "What is sent to the zero address is lost."
		case common.HexToAddress(s) == p.Own:
			to = "This is the account that pays."
		}
	}
	if s := strings.TrimSpace(p.Amount); s != "" {
		wei, err := chain.ParseAmount(s)
		switch {
		case err != nil:
			amount = "Write digits with a point, such as 12.5."
		case wei.Sign() == 0:
			amount = "Send more than nothing."
		case p.Has != nil && wei.Cmp(p.Has) >= 0:
			amount = "The account has " + widgets.Coins(p.Has) + " " + p.Coin + ", and the fee comes on top."
		}
	}
	return to, amount
}

// mixed says whether an address has check digits: capitals and small letters.
func mixed(s string) bool {
	digits := s[2:]
	return strings.ToLower(digits) != digits && strings.ToUpper(digits) != digits
}

// Route leads to the review, when the form is complete and right.
func (p Payment) Route() (nav.Route, bool) {
	to, amount := p.Problems()
	wei, err := chain.ParseAmount(p.Amount)
	if to != "" || amount != "" || strings.TrimSpace(p.To) == "" || err != nil {
		return nav.Route{}, false
	}
	return nav.Route{Page: nav.PageReview, Arg: "send=" + common.HexToAddress(strings.TrimSpace(p.To)).Hex() + ":" + wei.String()}, true
}
