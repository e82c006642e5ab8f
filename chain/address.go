package chain

import (
	"strings"

	"github.com/ethereum/go-ethereum/common"
)

// ParseAddress reads an address as a person gives it: 0x and 40 digits. Where capitals and small letters are mixed, they
// are the check digits of EIP-55 and have to fit, so that a slip of one character does not send coin to nobody.
func ParseAddress(s string) (common.Address, error) {
	if len(s) != 42 || !common.IsHexAddress(s) {
		return common.Address{}, &Error{Kind: KindUsage, Message: "\"" + s + "\" is not an address", Next: "An address is 0x and 40 digits or letters a to f."}
	}
	a := common.HexToAddress(s)
	if digits := s[2:]; digits != strings.ToLower(digits) && digits != strings.ToUpper(digits) && a.Hex()[2:] != digits {
		return a, &Error{Kind: KindUsage, Message: "A character of the address " + s + " is wrong: its check digits do not fit", Next: "Copy the whole address again; nothing was sent."}
	}
	return a, nil
}
