package modelscreen

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/modelfactory/modelfactory/chain/lineage"
	"github.com/modelfactory/modelfactory/datasets"
	"github.com/modelfactory/modelfactory/ui/widgets"
)

// List is the table of models.
type List struct {
	Now func() time.Time

	all     []lineage.Model
	read    bool
	sort    string // "" = newest first
	falling bool
}

// Apply takes the models over; after an error the old ones stay.
func (l *List) Apply(all []lineage.Model, err error) {
	if err != nil {
		return
	}
	l.all, l.read = slices.Clone(all), true
	l.order()
}

// Read says whether the models were read once.
func (l *List) Read() bool { return l.read }

// Count is the number of models.
func (l *List) Count() int { return len(l.all) }

// At is the i-th model, or an empty one.
func (l *List) At(i int) lineage.Model {
	if i < 0 || i >= len(l.all) {
		return lineage.Model{}
	}
	return l.all[i]
}

// Row is where a model stands, or -1.
func (l *List) Row(d datasets.Digest) int {
	return slices.IndexFunc(l.all, func(m lineage.Model) bool { return d != "" && m.Digest == d })
}

// SortBy sorts by a column; the same one again turns the order round.
func (l *List) SortBy(id string) {
	if l.sort == id {
		l.falling = !l.falling
	} else {
		l.sort, l.falling = id, id == "made" || id == "size"
	}
	l.order()
}

// Sorted is the column sorted by and its direction.
func (l *List) Sorted() (id string, falling bool) {
	if l.sort == "" {
		return "made", true
	}
	return l.sort, l.falling
}

func (l *List) order() {
	id, falling := l.Sorted()
	slices.SortStableFunc(l.all, func(a, b lineage.Model) int {
		var c int
		switch id {
		case "name":
			c = strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name))
		case "size":
			c = cmp.Compare(a.Bytes, b.Bytes)
		case "loss":
			c = cmp.Compare(evalOr(a), evalOr(b))
		case "state":
			x, _ := State(a)
			y, _ := State(b)
			c = strings.Compare(x, y)
		default:
			c = a.Created.Compare(b.Created)
		}
		if falling {
			c = -c
		}
		return c
	})
}

func evalOr(m lineage.Model) float64 {
	if m.Metrics.EvalLoss == nil {
		return 1e9
	}
	return *m.Metrics.EvalLoss
}

// EvalText is the eval loss, or a dash.
func EvalText(m lineage.Model) string {
	if m.Metrics.EvalLoss == nil {
		return "–"
	}
	return widgets.Number(*m.Metrics.EvalLoss, 2)
}

// Origin is base and run, or what is wrong with the folder.
func Origin(m lineage.Model) string {
	switch {
	case m.Damaged != "":
		return m.Damaged
	case m.RunNumber > 0:
		return fmt.Sprintf("on %s · run %d", BaseName(m), m.RunNumber)
	}
	return "on " + BaseName(m)
}
