package datasets

import (
	"encoding/json"
	"fmt"
	"math/big"
	"strings"
)

// Terms are the closed list of licence terms, field for field those of the
// Licences contract.
type Terms struct {
	Train       bool     // anyone may train on the rows
	Serve       bool     // models made of them may answer others
	Commercial  bool     // for money too
	Derivatives bool     // changed rows may be passed on as a new net
	ShareAlike  bool     // what is made of them keeps these terms
	NameIt      bool     // name the net beside what is made of it
	PassOn      bool     // the rows themselves may be passed on
	Price       *big.Int // wei for Days; nil or zero is free
	Days        uint32   // how long a licence lasts; 0 is without end
	RevenuePPM  uint32   // share of a model's revenue that goes to the contributors
}

// NeedsLicence says whether training needs a licence held on-chain: the net
// has a price, or its owner lets nobody train without asking.
func (t Terms) NeedsLicence() bool {
	return !t.Train || t.Price != nil && t.Price.Sign() > 0
}

// Lines are the terms in plain words, for screens and the terminal.
func (t Terms) Lines() []string {
	may := func(ok bool, yes, no string) string {
		if ok {
			return yes
		}
		return no
	}
	priced := t.Price != nil && t.Price.Sign() > 0
	training := "Train on the rows: allowed for everyone."
	switch {
	case priced:
		training = "Train on the rows: with a licence."
	case !t.Train:
		training = "Train on the rows: only when the owner grants a licence."
	}
	lines := []string{
		training,
		may(t.Serve, "Let models made of them answer others: allowed.", "Let models made of them answer others: not allowed."),
		may(t.Commercial, "Use for money: allowed.", "Use for money: not allowed."),
		may(t.Derivatives, "Pass on changed rows as a new net: allowed.", "Pass on changed rows as a new net: not allowed."),
	}
	if t.ShareAlike {
		lines = append(lines, "What is made of them keeps these terms.")
	}
	lines = append(lines,
		may(t.NameIt, "Name the net beside what is made of it.", "Naming the net is not asked."),
		may(t.PassOn, "Pass on the rows: allowed.", "Pass on the rows: not allowed."))
	if priced {
		term := "without end"
		if t.Days > 0 {
			term = fmt.Sprintf("for %d days", t.Days)
		}
		lines = append(lines, fmt.Sprintf("Price: %s OPEN %s.", formatOpen(t.Price), term))
	} else {
		lines = append(lines, "Price: free.")
	}
	if t.RevenuePPM > 0 {
		lines = append(lines, fmt.Sprintf("%s %% of what a model earns goes to the contributors, by their share.", trimZeros(fmt.Sprintf("%.4f", float64(t.RevenuePPM)/1e4))))
	}
	return lines
}

// formatOpen writes wei as OPEN (18 decimals) without trailing zeros.
func formatOpen(wei *big.Int) string {
	whole, rest := new(big.Int).QuoRem(wei, big.NewInt(1e18), new(big.Int))
	return trimZeros(fmt.Sprintf("%s.%018s", whole, rest))
}

func trimZeros(s string) string { return strings.TrimRight(strings.TrimRight(s, "0"), ".") }

// TermsOf returns the terms that a public licence gives, and false for one
// that is not in the list. Own files (NOASSERTION) allow their owner
// everything but passing on unasked.
func TermsOf(spdx string) (Terms, bool) {
	open := Terms{Train: true, Serve: true, Commercial: true, Derivatives: true, PassOn: true}
	switch spdx {
	case "CC0-1.0":
	case "CC-BY-4.0", "ODC-By-1.0", "Apache-2.0", "MIT":
		open.NameIt = true
	case "CC-BY-SA-4.0":
		open.NameIt, open.ShareAlike = true, true
	case "CC-BY-NC-4.0":
		open.NameIt, open.Commercial = true, false
	case SPDXNone:
		open.PassOn = false
	default:
		return Terms{}, false
	}
	return open, true
}

// SPDXNone is the licence of an own file: nothing is stated.
const SPDXNone = "NOASSERTION"

type termsJSON struct {
	Train       bool   `json:"train"`
	Serve       bool   `json:"serve"`
	Commercial  bool   `json:"commercial"`
	Derivatives bool   `json:"derivatives"`
	ShareAlike  bool   `json:"share_alike"`
	NameIt      bool   `json:"name_it"`
	PassOn      bool   `json:"pass_on"`
	Price       string `json:"price"` // wei
	Days        uint32 `json:"days"`
	RevenuePPM  uint32 `json:"revenue_ppm"`
}

// MarshalJSON writes the price as a decimal string of wei: a JSON number
// would lose digits.
func (t Terms) MarshalJSON() ([]byte, error) {
	price := "0"
	if t.Price != nil {
		price = t.Price.String()
	}
	return json.Marshal(termsJSON{t.Train, t.Serve, t.Commercial, t.Derivatives, t.ShareAlike, t.NameIt, t.PassOn, price, t.Days, t.RevenuePPM})
}

// UnmarshalJSON reads what MarshalJSON writes and refuses a price that is not
// a plain non-negative decimal of at most 128 bits, or a revenue above 100 %.
func (t *Terms) UnmarshalJSON(b []byte) error {
	var j termsJSON
	if err := json.Unmarshal(b, &j); err != nil {
		return err
	}
	price := new(big.Int)
	if len(j.Price) > 39 || strings.Trim(j.Price, "0123456789") != "" || j.Price == "" {
		return fmt.Errorf("price %s is not a number of wei", quote(j.Price))
	}
	price.SetString(j.Price, 10)
	if price.BitLen() > 128 || price.String() != j.Price {
		return fmt.Errorf("price %s is not a number of wei", quote(j.Price))
	}
	if j.RevenuePPM > 1_000_000 {
		return fmt.Errorf("revenue share of %d ppm is above 100 %%", j.RevenuePPM)
	}
	*t = Terms{j.Train, j.Serve, j.Commercial, j.Derivatives, j.ShareAlike, j.NameIt, j.PassOn, price, j.Days, j.RevenuePPM}
	return nil
}
