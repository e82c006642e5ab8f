package datanetscreen

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"golang.org/x/text/language"
	"golang.org/x/text/language/display"

	"github.com/modelfactory/modelfactory/datasets"
	"github.com/modelfactory/modelfactory/ui/widgets"
)

// endsSoon is when a licence is told by its days left instead of its date.
const endsSoon = 14 * 24 * time.Hour

// Title is a net's name; of one that cannot be read, its folder's.
func Title(n Net) string { return cmp.Or(n.Title, string(n.Slug)) }

// Summary is the line under the name.
func Summary(n Net) string {
	switch {
	case n.Damaged != "":
		return sentence(n.Damaged)
	case n.Private && n.Summary == "":
		return "Private, on this computer only"
	}
	return n.Summary
}

// LicenceText is the licence in a few words: CC BY 4.0, Train and serve, Own
// data, By request.
func LicenceText(n Net) string {
	switch {
	case n.Damaged != "":
		return ""
	case n.Private:
		return "Own data"
	case !n.Terms.Train && !priced(n.Terms):
		return "By request"
	case priced(n.Terms) && n.Terms.Serve:
		return "Train and serve"
	case priced(n.Terms):
		return "Train only"
	}
	return SPDXName(n.SPDX)
}

// SPDXName is how an SPDX id is said: CC BY-NC 4.0, CC0.
func SPDXName(spdx string) string {
	switch spdx {
	case "", datasets.SPDXNone:
		return "Nothing stated"
	case "CC0-1.0":
		return "CC0"
	}
	if rest, ok := strings.CutPrefix(spdx, "LicenseRef-"); ok {
		return strings.ReplaceAll(rest, "-", " ")
	}
	if rest, ok := strings.CutPrefix(spdx, "CC-"); ok {
		if i := strings.LastIndexByte(rest, '-'); i > 0 {
			return "CC " + rest[:i] + " " + rest[i+1:]
		}
	}
	return spdx
}

// PriceText is what a licence costs and for how long: 12 OPEN, a year; free;
// owner decides.
func PriceText(n Net, coin string) (price, time string) {
	switch {
	case n.Damaged != "" || n.Private:
		return "–", ""
	case priced(n.Terms):
		return Money(n, coin), term(n.Terms.Days)
	case !n.Terms.Train:
		return "owner decides", ""
	}
	return "free", ""
}

// Money is the price alone.
func Money(n Net, coin string) string {
	return widgets.Coins(amount(n.Terms.Price)) + "\u00a0" + cmp.Or(coin, "OPEN")
}

func term(days uint32) string {
	switch days {
	case 0:
		return "for good"
	case 1:
		return "a day"
	case 365, 366:
		return "a year"
	case 30:
		return "a month"
	case 7:
		return "a week"
	}
	return fmt.Sprintf("for %d days", days)
}

// Yours says in a word what the person may do with a net.
func Yours(n Net, now time.Time) (string, widgets.Tone) {
	if n.Damaged != "" {
		return "cannot be read", widgets.Failed
	}
	until := n.Standing.Until.In(now.Location())
	switch n.Standing.State {
	case datasets.StandingOwn:
		return "yours", widgets.Info
	case datasets.StandingOpen:
		return "open", widgets.Good
	case datasets.StandingHeld:
		switch left := until.Sub(now); {
		case left < 24*time.Hour:
			return "ends within a day", widgets.Caution
		case left < endsSoon:
			return plural(int(left.Hours()/24), "day") + " left", widgets.Caution
		}
		return "held to " + until.Format("2 Jan 2006"), widgets.Good
	case datasets.StandingExpired:
		return "ended " + until.Format("2 Jan 2006"), widgets.Failed
	case datasets.StandingNeedsLicence:
		return "none", widgets.Neutral
	}
	return "not known", widgets.Neutral
}

// LanguageName is a language's English name; the tag itself when it has none.
func LanguageName(tag string) string {
	if tag == "" {
		return ""
	}
	t, err := language.Parse(tag)
	if err != nil {
		return tag
	}
	return cmp.Or(display.English.Languages().Name(t), tag)
}

func plural(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return widgets.Count(int64(n)) + " " + word + "s"
}

func sentence(s string) string {
	s = strings.TrimSpace(s)
	if s == "" {
		return s
	}
	// A name with a dot in it, as of a file, stays as it is.
	if word, _, _ := strings.Cut(s, " "); !strings.ContainsAny(strings.TrimRight(word, ".:,"), "._") {
		s = strings.ToUpper(s[:1]) + s[1:]
	}
	return strings.TrimSuffix(s, ".") + "."
}
