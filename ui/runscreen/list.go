package runscreen

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/modelfactory/modelfactory/training"
	"github.com/modelfactory/modelfactory/ui/widgets"
)

// List is what the runs screen shows.
type List struct {
	Now        func() time.Time
	all, shown []training.Run
	group      int
	sort       string
	descending bool
	loaded     bool
	ticked     []training.RunID
}

// NewList makes an empty list, newest runs first.
func NewList(now func() time.Time) *List { return &List{Now: now, sort: "run", descending: true} }

// groups are the tabs: a name and which runs stand under it.
var groups = []struct {
	name string
	has  func(training.State) bool
}{
	{"All", func(training.State) bool { return true }},
	{"Now", func(s training.State) bool {
		return s == training.StateRunning || s == training.StateQueued || s == training.StatePaused || s == training.StateDraft
	}},
	{"Finished", func(s training.State) bool { return s == training.StateFinished || s == training.StateStopped }},
	{"Failed", func(s training.State) bool { return s == training.StateFailed }},
}

// Apply takes the runs over.
func (l *List) Apply(runs []training.Run) {
	l.all, l.loaded = slices.Clone(runs), true
	l.arrange()
}

// Empty says that there is no run at all.
func (l *List) Empty() bool { return l.loaded && len(l.all) == 0 }

// Tabs are the labels of the groups with their counts.
func (l *List) Tabs() []string {
	out := make([]string, len(groups))
	for i, g := range groups {
		n := 0
		for _, r := range l.all {
			if g.has(r.State) {
				n++
			}
		}
		out[i] = fmt.Sprintf("%s %d", g.name, n)
	}
	return out
}

// SetGroup shows another group.
func (l *List) SetGroup(i int) {
	l.group = i
	l.arrange()
}

// SortBy sorts by a column; the same one again turns the order around.
func (l *List) SortBy(id string) {
	if l.sort == id {
		l.descending = !l.descending
	} else {
		l.sort, l.descending = id, id == "run" || id == "started"
	}
	l.arrange()
}

// Sorted is the column and the order.
func (l *List) Sorted() (id string, descending bool) { return l.sort, l.descending }

// order puts states that need the person, or move, first.
var order = map[training.State]int{
	training.StateRunning: 0, training.StateQueued: 1, training.StatePaused: 2, training.StateFailed: 3,
	training.StateDraft: 4, training.StateStopped: 5, training.StateFinished: 6,
}

func (l *List) arrange() {
	l.shown = l.shown[:0]
	for _, r := range l.all {
		if groups[l.group].has(r.State) {
			l.shown = append(l.shown, r)
		}
	}
	slices.SortStableFunc(l.shown, func(a, b training.Run) int {
		c := l.compare(a, b)
		if l.descending {
			c = -c
		}
		if c == 0 {
			c = cmp.Compare(b.Number, a.Number)
		}
		return c
	})
}

func (l *List) compare(a, b training.Run) int {
	switch l.sort {
	case "name":
		return strings.Compare(strings.ToLower(a.Title()), strings.ToLower(b.Title()))
	case "state":
		return cmp.Or(cmp.Compare(order[a.State], order[b.State]), cmp.Compare(a.Queue, b.Queue))
	case "steps":
		return cmp.Compare(a.Step, b.Step)
	case "time":
		return cmp.Compare(a.Seconds, b.Seconds)
	case "started":
		return a.Started.Compare(b.Started)
	}
	return cmp.Compare(a.Number, b.Number)
}

// Count is the number of rows.
func (l *List) Count() int { return len(l.shown) }

// Run is the run in a row.
func (l *List) Run(i int) training.Run {
	if i < 0 || i >= len(l.shown) {
		return training.Run{}
	}
	return l.shown[i]
}

// Row is the row of a run, or -1.
func (l *List) Row(id training.RunID) int {
	return slices.IndexFunc(l.shown, func(r training.Run) bool { return r.ID == id })
}

// Ticked says whether a run is ticked for a comparison.
func (l *List) Ticked(id training.RunID) bool { return slices.Contains(l.ticked, id) }

// Tick ticks a run or takes its tick away. One that has made no step has
// nothing to compare.
func (l *List) Tick(r training.Run) {
	if l.Ticked(r.ID) {
		l.ticked = slices.DeleteFunc(l.ticked, func(id training.RunID) bool { return id == r.ID })
	} else if CanCompare(r) {
		l.ticked = append(l.ticked, r.ID)
	}
}

// CanCompare says whether a run has measured anything.
func CanCompare(r training.Run) bool { return r.Step > 0 }

// Chosen are the runs that are ticked and still there.
func (l *List) Chosen() []training.RunID {
	var out []training.RunID
	for _, r := range l.all {
		if l.Ticked(r.ID) {
			out = append(out, r.ID)
		}
	}
	return out
}

// CompareText is what the button says, and why it is off; "" when it is on.
func (l *List) CompareText() (text, off string) {
	switch n := len(l.Chosen()); {
	case n < training.CompareLeast:
		return "Compare", "Tick two to six runs."
	case n > training.CompareMost:
		return fmt.Sprintf("Compare %d runs", n), "Six runs are the most that can be told apart."
	default:
		return fmt.Sprintf("Compare %d runs", n), ""
	}
}

// Subtitle is the second line of a run: number, base and data.
func Subtitle(r training.Run) string {
	base, _, _ := strings.Cut(r.Recipe.Base, "@")
	parts := []string{fmt.Sprintf("run %d", r.Number), base, DataText(r.Recipe.Data)}
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), " · ")
}

// StepsText is "182 of 264".
func StepsText(r training.Run) string {
	switch {
	case r.Steps > 0 && r.Step != r.Steps:
		return widgets.Count(int64(r.Step)) + " of " + widgets.Count(int64(r.Steps))
	case r.Step > 0:
		return widgets.Count(int64(r.Step))
	}
	return "–"
}

// StartedText is the day of a start, with the time for today.
func (l *List) StartedText(r training.Run) string {
	if r.Started.IsZero() {
		return "–"
	}
	now := l.Now()
	at := r.Started.In(now.Location())
	switch {
	case at.Format("2006-01-02") == now.Format("2006-01-02"):
		return "today " + at.Format("15:04")
	case at.Year() == now.Year():
		return at.Format("2 Jan 15:04")
	}
	return at.Format("2 Jan 2006")
}

// MenuActs is what a right click on a run offers.
func MenuActs(r training.Run) []Act {
	switch r.State {
	case training.StateRunning:
		return []Act{ActPause, ActStop}
	case training.StateQueued:
		return []Act{ActUnqueue}
	case training.StatePaused:
		return []Act{ActResume, ActStop, ActDelete}
	case training.StateDraft:
		return []Act{ActStart, ActQueue, ActDelete}
	case training.StateFailed:
		return []Act{ActAgain, ActDelete}
	}
	return []Act{ActAgain, ActDelete}
}

// ActWords are the words of acts in menus and on buttons.
var ActWords = map[Act]string{
	ActStart: "Start run", ActQueue: "Add to queue", ActPause: "Pause", ActResume: "Resume", ActStop: "Stop and save", ActDiscard: "Stop without saving…",
	ActCancel: "Cancel", ActUnqueue: "Take out of the queue", ActChat: "Chat with it", ActAgain: "Run again…", ActRecipe: "Show recipe", ActCompare: "Compare…", ActDelete: "Delete",
}
