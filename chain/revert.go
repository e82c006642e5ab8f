package chain

import (
	"fmt"
	"math/big"
	"strings"
	"time"

	"github.com/ethereum/go-ethereum/accounts/abi"
	"github.com/ethereum/go-ethereum/common"
)

// revertName finds which of our contracts' errors the bytes are.
func revertName(data []byte) (string, []any) {
	if len(data) < 4 {
		return "", nil
	}
	for _, a := range []abi.ABI{netsABI.GetABI(), licencesABI.GetABI(), modelsABI.GetABI()} {
		if e, err := a.ErrorByID([4]byte(data[:4])); err == nil {
			if values, err := e.Inputs.Unpack(data[4:]); err == nil {
				return e.Name, values
			}
		}
	}
	return "", nil
}

// revertText says in plain words why a contract refused, or "" when the bytes
// say nothing that is known.
func revertText(data []byte, coin string) string {
	if reason, err := abi.UnpackRevert(data); err == nil {
		return printable(reason)
	}
	name, v := revertName(data)
	if name == "" {
		return ""
	}
	if f, ok := revertTexts[name]; ok {
		if s := f(v, coin); s != "" {
			return s
		}
	}
	return name
}

var revertTexts = map[string]func(v []any, coin string) string{
	"UnknownNet":   text("there is no DataNet %v"),
	"UnknownModel": text("there is no model %v"),
	"UnknownVersion": func(v []any, _ string) string {
		if len(v) != 2 {
			return ""
		}
		return fmt.Sprintf("DataNet %v has no version %v", v[0], v[1])
	},
	"UnknownTerms":         text("these terms were never recorded"),
	"NotOwner":             text("number %v is not owned by this account"),
	"NotCurator":           text("this account is neither owner nor curator of DataNet %v"),
	"EmptyDigest":          text("a digest is missing"),
	"EmptyManifest":        text("the manifest's digest is missing"),
	"NoRows":               text("it has no rows"),
	"SameVersion":          text("the newest version of DataNet %v is this one already"),
	"SameTerms":            text("the terms of DataNet %v are these already"),
	"TermsChanged":         text("the terms of DataNet %v changed since they were read"),
	"NotForSale":           text("no licence for DataNet %v is sold"),
	"NothingToWithdraw":    text("nothing was earned since the last withdrawal"),
	"PriceWithoutPeriod":   text("a price needs a number of days, and days need a price"),
	"PriceWithoutTraining": text("terms that sell a licence must allow training"),
	"RevenueAboveWhole":    text("the revenue share is more than the whole"),
	"TooManyParents":       text("it names %v parents; 16 is the most"),
	"ParentsNotAscending":  text("the parents are not in ascending order"),
	"AlreadyWithdrawn":     text("model %v was withdrawn before"),
	"ReasonTooLong":        text("the reason has %v bytes; 280 is the most"),
	"AlreadyRegistered": func(v []any, _ string) string {
		if len(v) != 3 {
			return ""
		}
		return fmt.Sprintf("this manifest is registered already, as model %v", v[2])
	},
	"NotLonger": func(v []any, _ string) string {
		until, ok := first[uint64](v)
		if !ok {
			return ""
		}
		if until == 0 {
			return "the end of the licence is in the past"
		}
		return "the licence is already held until " + unix(until).Format(time.DateOnly)
	},
	"WrongValue": func(v []any, coin string) string {
		if len(v) != 2 {
			return ""
		}
		sent, _ := v[0].(*big.Int)
		price, _ := v[1].(*big.Int)
		return fmt.Sprintf("it pays %s %s, the price is %s", FormatAmount(sent), coin, FormatAmount(price))
	},
}

// text makes a sentence from a format with at most one %v, the first value.
func text(format string) func([]any, string) string {
	return func(v []any, _ string) string {
		if !strings.Contains(format, "%v") {
			return format
		}
		if len(v) == 0 {
			return ""
		}
		return fmt.Sprintf(format, v[0])
	}
}

func first[T any](v []any) (t T, ok bool) {
	if len(v) == 0 {
		return t, false
	}
	t, ok = v[0].(T)
	return t, ok
}

// printable keeps a text of others to one short line of visible characters.
func printable(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || (r >= 0x200b && r <= 0x200f) || (r >= 0x202a && r <= 0x202e) || (r >= 0x2060 && r <= 0x206f) || r == 0xfeff {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "?"))
	if runes := []rune(s); len(runes) > 300 {
		s = string(runes[:300]) + "…"
	}
	return s
}

// ShortAddress writes an address with its middle left out, for sentences; the review
// shows the whole address beside.
func ShortAddress(a common.Address) string {
	s := a.Hex()
	return s[:6] + "…" + s[len(s)-4:]
}
