package homescreen

import (
	"fmt"
	"strings"
	"time"

	"github.com/modelfactory/modelfactory/chain"
	"github.com/modelfactory/modelfactory/training"
	"github.com/modelfactory/modelfactory/ui/widgets"
)

// RunTitle is "Run 14 · Bike helper 3".
func RunTitle(r training.Run) string {
	t := fmt.Sprintf("Run %d", r.Number)
	if r.Name != "" {
		t += " · " + r.Name
	}
	return t
}

// BaseName is a base without its revision.
func BaseName(ref string) string {
	name, _, _ := strings.Cut(ref, "@")
	return name
}

// TxWords is what a transaction did, or is doing.
func TxWords(t chain.TxRecord) string {
	done := t.State.AtLeast(chain.TxMined) && t.State != chain.TxFailed
	words := map[string][2]string{ // with and without the name of what it is about
		chain.KindPublishModel: {"Publishing %s", "Publishing a model"}, chain.KindBuyLicence: {"Licence for %s", "Licence"},
		chain.KindSend: {"Sending %s", "Sending " + widgets.Coins(t.Value)},
	}
	if done {
		words[chain.KindPublishModel] = [2]string{"Published %s", "Published a model"}
		words[chain.KindSend] = [2]string{"Sent %s", "Sent " + widgets.Coins(t.Value)}
	}
	w, known := words[t.Kind]
	text := w[1]
	switch {
	case !known:
		text = "Transaction"
	case t.Note != "":
		text = fmt.Sprintf(w[0], t.Note)
	}
	if done {
		return text
	}
	return text + ": " + string(t.State)
}

// LicenceName is how an SPDX id is said: CC BY 4.0, CC0.
func LicenceName(spdx string) string {
	switch spdx {
	case "", "NOASSERTION":
		return "own data"
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

func plural(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return widgets.Count(int64(n)) + " " + word + "s"
}

// spelled is plural with the small numbers in letters, for sentences.
func spelled(n int, word string) string {
	names := []string{"no", "one", "two", "three", "four", "five", "six"}
	if n == 1 {
		return "one " + word
	}
	if n < len(names) {
		return names[n] + " " + word + "s"
	}
	return plural(n, word)
}

// days is "ends in 6 days", "ends today".
func endsIn(d time.Duration) string {
	switch n := int(d.Hours() / 24); {
	case d <= 0:
		return "has ended"
	case n == 0:
		return "ends within a day"
	case n == 1:
		return "ends in 1 day"
	default:
		return fmt.Sprintf("ends in %d days", n)
	}
}

// when writes a moment beside now: 10:13, yesterday 18:41, 3 Nov.
func when(now, t time.Time) string {
	t = t.In(now.Location())
	y, m, d := now.Date()
	midnight := time.Date(y, m, d, 0, 0, 0, 0, now.Location())
	switch {
	case !t.Before(midnight):
		return t.Format("15:04")
	case !t.Before(midnight.AddDate(0, 0, -1)):
		return "yesterday " + t.Format("15:04")
	case t.Year() == now.Year():
		return t.Format("2 Jan")
	}
	return t.Format("2 Jan 2006")
}

func capital(s string) string {
	if word, _, _ := strings.Cut(s, " "); s == "" || strings.ContainsAny(strings.TrimRight(word, ".:,"), "._") {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}
