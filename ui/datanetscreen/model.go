package datanetscreen

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"math/big"
	"slices"
	"strings"
	"time"

	"github.com/modelfactory/modelfactory/chain"
	"github.com/modelfactory/modelfactory/chain/lineage"
	"github.com/modelfactory/modelfactory/datasets"
	"github.com/modelfactory/modelfactory/ui/widgets"
)

// Services are what the screens need of the studio; all are called off the UI
// goroutine.
type Services interface {
	// Nets lists DataNets and own files with what the account in use may do.
	Nets(ctx context.Context) ([]Net, error)
	Net(ctx context.Context, s datasets.Slug) (Net, error)
	Models(ctx context.Context) ([]lineage.Model, error)
	Rows(ref datasets.Ref) iter.Seq2[datasets.Entry, error]
	Preview(ctx context.Context, path string, opt datasets.ImportOptions, n int) (datasets.Preview, error)
	Import(ctx context.Context, path string, opt datasets.ImportOptions) (datasets.ImportReport, error)
	// Verify recomputes a version's files and compares them with the chain.
	Verify(ctx context.Context, ref datasets.Ref, progress func(done, total int64)) (Report, error)
	// Accounts are the wallet's addresses; none without a wallet.
	Accounts(ctx context.Context) []string
	Network(ctx context.Context) chain.Profile
}

// Net is a DataNet as the account in use sees it.
type Net struct {
	datasets.DataNet
	Standing datasets.Standing
}

// Report is what recomputing a version found.
type Report struct {
	Verified    bool
	Net         datasets.Slug
	Version     int
	Root        datasets.Digest
	Differences []datasets.Difference
	OnChain     bool // the chain was asked and holds this root and digest
	Note        string
}

// Catalogue is everything the list is made of.
type Catalogue struct {
	Nets     []Net
	Models   []lineage.Model
	Accounts []string
	Network  chain.Profile
}

// ReadCatalogue reads it.
func ReadCatalogue(ctx context.Context, svc Services) (c Catalogue, err error) {
	if c.Nets, err = svc.Nets(ctx); err != nil {
		return c, err
	}
	if c.Models, err = svc.Models(ctx); err != nil {
		return c, err
	}
	c.Accounts, c.Network = svc.Accounts(ctx), svc.Network(ctx)
	return c, nil
}

// Tab is a part of the list.
type Tab int

// The tabs.
const (
	TabAll Tab = iota
	TabUsable
	TabMine
	TabContributed
)

// Filter narrows the list; zero values narrow nothing.
type Filter struct {
	Text     string // in name, summary, topic, address
	Licence  string // as LicenceText says it
	Price    Price
	Language string // name of the language
}

// Price is a choice of the price filter.
type Price int

// The choices.
const (
	AnyPrice Price = iota
	Free
	Priced
)

// Prices are the words of the price filter.
var Prices = []string{"Any price", "Free", "Priced"}

// List is the list of DataNets.
type List struct {
	Now    func() time.Time
	Tab    Tab
	Filter Filter

	all     Catalogue
	ready   bool
	shown   []Net
	sortID  string
	sortRev bool
}

// NewList makes a list that has read nothing, sorted by what may be used.
func NewList(now func() time.Time) *List { return &List{Now: now, sortID: "yours"} }

// Apply takes a reading over.
func (l *List) Apply(c Catalogue) { l.all, l.ready = c, true; l.arrange() }

// Ready says whether something was read.
func (l *List) Ready() bool { return l.ready }

// SetTab chooses a tab.
func (l *List) SetTab(t Tab) { l.Tab = t; l.arrange() }

// SetFilter narrows the list.
func (l *List) SetFilter(f Filter) { l.Filter = f; l.arrange() }

// SortBy sorts by a column; a second time turns the order round.
func (l *List) SortBy(id string) {
	if l.sortID == id {
		l.sortRev = !l.sortRev
	} else {
		// Numbers are first wanted from the largest.
		l.sortID, l.sortRev = id, id == "rows" || id == "people" || id == "models"
	}
	l.arrange()
}

// Sorted is the column sorted by and whether the largest comes first.
func (l *List) Sorted() (id string, descending bool) { return l.sortID, l.sortRev }

// Nets are the rows shown.
func (l *List) Nets() []Net { return l.shown }

// Net is one of them; empty when there is no such row.
func (l *List) Net(i int) Net {
	if i < 0 || i >= len(l.shown) {
		return Net{}
	}
	return l.shown[i]
}

// Row is the row of a net, -1 when it is not shown.
func (l *List) Row(s datasets.Slug) int {
	return slices.IndexFunc(l.shown, func(n Net) bool { return n.Slug == s })
}

// Tabs are the words of the tabs, with their counts.
func (l *List) Tabs() []string {
	var n [4]int
	for _, net := range l.all.Nets {
		for t := TabAll; t <= TabContributed; t++ {
			if l.in(net, t) {
				n[t]++
			}
		}
	}
	return []string{fmt.Sprintf("All %d", n[0]), fmt.Sprintf("Usable now %d", n[1]), fmt.Sprintf("Mine %d", n[2]), fmt.Sprintf("Contributed to %d", n[3])}
}

func (l *List) in(n Net, t Tab) bool {
	switch t {
	case TabUsable:
		return n.Damaged == "" && n.Standing.Usable()
	case TabMine:
		return n.Private || slices.Contains(l.all.Accounts, string(n.Owner))
	case TabContributed:
		return slices.ContainsFunc(n.Contributors, func(c datasets.Contributor) bool {
			return slices.Contains(l.all.Accounts, string(c.Address))
		})
	}
	return true
}

func (l *List) matches(n Net) bool {
	f := l.Filter
	if f.Licence != "" && LicenceText(n) != f.Licence {
		return false
	}
	if f.Price == Free && priced(n.Terms) || f.Price == Priced && !priced(n.Terms) {
		return false
	}
	if f.Language != "" && LanguageName(n.Language) != f.Language {
		return false
	}
	for word := range strings.FieldsSeq(strings.ToLower(f.Text)) {
		if !strings.Contains(l.searched(n), word) {
			return false
		}
	}
	return true
}

func (l *List) searched(n Net) string {
	parts := append([]string{string(n.Slug), n.Title, n.Summary, string(n.Owner), n.SPDX}, n.Topics...)
	for _, c := range n.Contributors {
		parts = append(parts, string(c.Address))
	}
	return strings.ToLower(strings.Join(parts, " "))
}

func (l *List) arrange() {
	l.shown = nil
	for _, n := range l.all.Nets {
		if l.in(n, l.Tab) && l.matches(n) {
			l.shown = append(l.shown, n)
		}
	}
	name := func(a, b Net) int {
		return cmp.Compare(strings.ToLower(Title(a)), strings.ToLower(Title(b)))
	}
	by := map[string]func(a, b Net) int{
		"name":    name,
		"rows":    func(a, b Net) int { return cmp.Compare(a.Newest().Rows, b.Newest().Rows) },
		"people":  func(a, b Net) int { return cmp.Compare(len(a.Contributors), len(b.Contributors)) },
		"licence": func(a, b Net) int { return cmp.Compare(LicenceText(a), LicenceText(b)) },
		"price":   func(a, b Net) int { return amount(a.Terms.Price).Cmp(amount(b.Terms.Price)) },
		"models":  func(a, b Net) int { return cmp.Compare(l.Models(a.Slug), l.Models(b.Slug)) },
		"yours":   func(a, b Net) int { return cmp.Compare(l.rank(a), l.rank(b)) },
	}[l.sortID]
	slices.SortStableFunc(l.shown, func(a, b Net) int {
		c := by(a, b)
		if l.sortRev {
			c = -c
		}
		return cmp.Or(c, name(a, b))
	})
}

// rank puts what may be used on top.
func (l *List) rank(n Net) int {
	if n.Damaged != "" {
		return 6
	}
	switch n.Standing.State {
	case datasets.StandingHeld:
		return 0
	case datasets.StandingOwn:
		return 1
	case datasets.StandingOpen:
		return 2
	case datasets.StandingExpired:
		return 3
	case datasets.StandingNeedsLicence:
		return 4
	}
	return 5
}

// Models counts the models on this computer that were made of a net.
func (l *List) Models(s datasets.Slug) int { return usedBy(l.all.Models, s) }

func usedBy(models []lineage.Model, s datasets.Slug) int {
	n := 0
	for _, m := range models {
		if slices.ContainsFunc(m.Data, func(d lineage.DataUse) bool { return d.Net == s }) {
			n++
		}
	}
	return n
}

// Licences are the words of the licence filter: those there are.
func (l *List) Licences() []string { return l.words("Any licence", LicenceText) }

// Languages are the words of the language filter.
func (l *List) Languages() []string {
	return l.words("Any language", func(n Net) string { return LanguageName(n.Language) })
}

func (l *List) words(first string, of func(Net) string) []string {
	var out []string
	for _, n := range l.all.Nets {
		if w := of(n); w != "" && n.Damaged == "" && !slices.Contains(out, w) {
			out = append(out, w)
		}
	}
	slices.Sort(out)
	return append([]string{first}, out...)
}

// Price says what a licence costs, and for how long.
func (l *List) Price(n Net) (price, time string) { return PriceText(n, l.all.Network.Coin) }

// Count is "5 of 8 · read at block 12".
func (l *List) Count() string {
	s := fmt.Sprintf("%d of %d", len(l.shown), len(l.all.Nets))
	if len(l.shown) == len(l.all.Nets) {
		s = plural(len(l.all.Nets), "DataNet")
	}
	var block uint64
	for _, n := range l.all.Nets {
		block = max(block, n.Standing.Block)
	}
	if block > 0 {
		s += " · read at block " + widgets.Count(int64(block))
	}
	return s
}

// Unreached is why the chain was not asked; empty when it was.
func (l *List) Unreached() string {
	for _, n := range l.all.Nets {
		if n.Standing.State == datasets.StandingUnknown && n.Damaged == "" {
			reason := strings.TrimSuffix(n.Standing.Reason, ".")
			return fmt.Sprintf("The network does not answer: %s. Free and own data can be used; licences are shown when it is back.", reason)
		}
	}
	return ""
}

// Narrowed says whether a filter or the search hides something.
func (l *List) Narrowed() bool { return l.Filter != (Filter{}) }

func amount(wei *big.Int) *big.Int {
	if wei == nil {
		return new(big.Int)
	}
	return wei
}

func priced(t datasets.Terms) bool { return amount(t.Price).Sign() > 0 }
