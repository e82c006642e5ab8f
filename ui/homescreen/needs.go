package homescreen

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/modelfactory/modelfactory/chain"
	"github.com/modelfactory/modelfactory/chain/lineage"
	"github.com/modelfactory/modelfactory/training"
	"github.com/modelfactory/modelfactory/ui/widgets"
)

// Subject is what an item of the page is about, and so where it leads.
type Subject string

// The subjects.
const (
	OfRun     Subject = "run"     // Arg: run id
	OfLicence Subject = "licence" // Arg: slug
	OfWallet  Subject = "wallet"
	OfHistory Subject = "history" // transactions
	OfModel   Subject = "model"   // Arg: adapter digest
)

// Need is something that waits for the person.
type Need struct {
	Key           string // names it when it is put off
	Tone          widgets.Tone
	Subject       Subject
	Arg           string
	Title, Detail string
	Action        string // on its button
	Resume        bool   // the button resumes a run instead of opening something
	At            time.Time
}

// Times of the page.
const (
	licenceAhead = 14 * 24 * time.Hour // a licence that ends sooner is told
	lookBack     = 14 * 24 * time.Hour // failures older than this are history
)

// Forever is the moment until which something is put off for good.
var Forever = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)

// Needs are what waits for the person, failures first, then what ends, then
// the rest; what was put off is left out.
func (m *Model) Needs() []Need {
	var all []Need
	all = append(all, m.runNeeds()...)
	all = append(all, m.txNeeds()...)
	all = append(all, m.licenceNeeds()...)
	if p := m.shelf.Place; p.Wallet && !p.WordsChecked {
		all = append(all, Need{
			Key: "wallet:words", Tone: widgets.Caution, Subject: OfWallet, Title: "The words of your wallet are not checked yet",
			Detail: "If this computer is lost, only the words bring the wallet back.", Action: "Check the words…",
		})
	}
	return slices.DeleteFunc(all, func(n Need) bool { return m.Now().Before(m.PutOff[n.Key]) })
}

func (m *Model) runNeeds() []Need {
	var failed, paused []Need
	for _, r := range m.state.Runs {
		switch r.State {
		case training.StateFailed:
			if m.Now().Sub(r.Ended) > lookBack {
				continue
			}
			why := "it gave no reason"
			if r.Failure != nil {
				why = failureWords(*r.Failure)
			}
			detail := []string{BaseName(r.Recipe.Base)}
			if r.Step > 0 {
				detail[0] += fmt.Sprintf(" at step %s", widgets.Count(int64(r.Step)))
			}
			detail = append(detail, when(m.Now(), r.Ended))
			failed = append(failed, Need{
				Key: fmt.Sprintf("run:%s:failed:%d", r.ID, r.Ended.Unix()), Tone: widgets.Failed, Subject: OfRun, Arg: string(r.ID), At: r.Ended,
				Title: fmt.Sprintf("Run %d stopped: %s", r.Number, why), Detail: strings.Join(detail, " · "), Action: "See why",
			})
		case training.StatePaused:
			detail := RunTitle(r)
			if _, name, ok := strings.Cut(detail, " · "); ok {
				detail = name
			}
			if r.Steps > 0 {
				detail += fmt.Sprintf(" · step %s of %s", widgets.Count(int64(r.Step)), widgets.Count(int64(r.Steps)))
			}
			if !r.Ended.IsZero() {
				detail += " · " + when(m.Now(), r.Ended)
			}
			reason := cmp.Or(r.Reason, "by you")
			paused = append(paused, Need{
				Key: fmt.Sprintf("run:%s:paused:%d", r.ID, r.Step), Tone: widgets.Caution, Subject: OfRun, Arg: string(r.ID), At: r.Ended, Resume: true,
				Title: fmt.Sprintf("Run %d is paused: %s", r.Number, strings.TrimSuffix(reason, ".")), Detail: detail, Action: "Resume",
			})
		}
	}
	newest := func(a, b Need) int { return b.At.Compare(a.At) }
	slices.SortStableFunc(failed, newest)
	slices.SortStableFunc(paused, newest)
	return append(failed, paused...)
}

// failureWords is why a run failed, short enough for a title.
func failureWords(f training.Failure) string {
	switch f.Code {
	case training.FailMemory:
		return "the memory ran out"
	case training.FailDisk:
		return "the disk is full"
	case training.FailNaN:
		return "the loss was no longer a number"
	}
	s := strings.TrimSuffix(f.Message, ".")
	if s == "" {
		return "it gave no reason"
	}
	return s
}

func (m *Model) txNeeds() []Need {
	var all []Need
	for _, t := range m.shelf.Txs {
		if t.State != chain.TxFailed && t.State != chain.TxDropped || m.Now().Sub(t.Updated) > lookBack {
			continue
		}
		what := "was refused by the network"
		if t.State == chain.TxDropped {
			what = "never reached a block"
		}
		detail := when(m.Now(), t.Updated)
		if t.Error != "" {
			detail = strings.TrimSuffix(t.Error, ".") + " · " + detail
		}
		all = append(all, Need{
			Key: "tx:" + t.ID, Tone: widgets.Failed, Subject: OfHistory, Arg: t.ID, At: t.Updated,
			Title: txWords(t) + " " + what, Detail: detail, Action: "See it",
		})
	}
	return all
}

func txWords(t chain.TxRecord) string {
	if t.Note != "" {
		return "“" + strings.TrimSuffix(t.Note, ".") + "”"
	}
	return "A transaction"
}

func (m *Model) licenceNeeds() []Need {
	var all []Need
	for _, n := range m.state.Nets {
		st, ok := m.shelf.Standing[n.Slug]
		if !ok || st.Until.IsZero() {
			continue
		}
		left := st.Until.Sub(m.Now())
		if left > licenceAhead || left < -lookBack {
			continue
		}
		tone := widgets.Caution
		if left <= 0 {
			tone = widgets.Failed
		}
		detail := "Until " + st.Until.In(m.Now().Location()).Format("2 Jan 2006")
		if a := m.shelf.Place.Account; a != "" {
			detail = fmt.Sprintf("Held by %s until %s", widgets.Short(a), st.Until.In(m.Now().Location()).Format("2 Jan 2006"))
		}
		if used := m.usedBy(string(n.Slug)); used > 0 {
			detail += " · used by " + plural(used, "model")
		}
		action := "Renew"
		if p := n.Terms.Price; p != nil && p.Sign() > 0 {
			action += ", " + widgets.Coins(p) + " " + cmp.Or(m.shelf.Place.Network.Coin, "OPEN")
		}
		all = append(all, Need{
			Key: fmt.Sprintf("licence:%s:%d", n.Slug, st.Until.Unix()), Tone: tone, Subject: OfLicence, Arg: string(n.Slug), At: st.Until,
			Title: fmt.Sprintf("Licence for %s %s", n.Title, endsIn(left)), Detail: detail, Action: action + "…",
		})
	}
	slices.SortStableFunc(all, func(a, b Need) int { return a.At.Compare(b.At) })
	return all
}

func (m *Model) usedBy(slug string) int {
	n := 0
	for _, x := range m.state.Models {
		if slices.ContainsFunc(x.Data, func(d lineage.DataUse) bool { return string(d.Net) == slug }) {
			n++
		}
	}
	return n
}

// Event is a line of what happened today.
type Event struct {
	At      time.Time
	Clock   string // 10:20
	Text    string
	Subject Subject
	Arg     string
}

// mostEvents is how many lines of today are shown.
const mostEvents = 8

// Today is what happened since midnight, newest first.
func (m *Model) Today() []Event {
	now := m.Now()
	y, mo, d := now.Date()
	midnight := time.Date(y, mo, d, 0, 0, 0, 0, now.Location())
	var all []Event
	add := func(at time.Time, of Subject, arg, text string) {
		if at.IsZero() || at.Before(midnight) || at.After(now) {
			return
		}
		all = append(all, Event{At: at, Clock: at.In(now.Location()).Format("15:04"), Text: text, Subject: of, Arg: arg})
	}
	for _, r := range m.state.Runs {
		add(r.Started, OfRun, string(r.ID), fmt.Sprintf("Run %d started", r.Number))
		switch r.State {
		case training.StateFinished:
			add(r.Ended, OfRun, string(r.ID), fmt.Sprintf("Run %d finished: %s steps", r.Number, widgets.Count(int64(r.Step))))
		case training.StateFailed:
			add(r.Ended, OfRun, string(r.ID), fmt.Sprintf("Run %d failed", r.Number))
		case training.StatePaused:
			add(r.Ended, OfRun, string(r.ID), fmt.Sprintf("Run %d paused at step %s", r.Number, widgets.Count(int64(r.Step))))
		case training.StateStopped:
			add(r.Ended, OfRun, string(r.ID), fmt.Sprintf("Run %d stopped at step %s", r.Number, widgets.Count(int64(r.Step))))
		}
	}
	if s, on := m.Running(); on && len(s.Checkpoints) > 0 {
		c := s.Checkpoints[len(s.Checkpoints)-1]
		add(c.Time, OfRun, string(s.Run.ID), fmt.Sprintf("Run %d saved checkpoint %s", s.Run.Number, widgets.Count(int64(c.Step))))
	}
	for _, t := range m.shelf.Txs {
		add(t.Updated, OfHistory, t.ID, TxWords(t))
	}
	slices.SortStableFunc(all, func(a, b Event) int { return b.At.Compare(a.At) })
	return all[:min(len(all), mostEvents)]
}
