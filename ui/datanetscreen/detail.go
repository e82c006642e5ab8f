package datanetscreen

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/modelfactory/modelfactory/assets/icons"
	"github.com/modelfactory/modelfactory/datasets"
	"github.com/modelfactory/modelfactory/ui/widgets"
)

// Sizes of the page.
const (
	sampleRows  = 2    // rows of the overview, and all that is shown without a licence
	pageRows    = 20   // rows of a page of the tab Rows
	provenRows  = 5000 // versions of at most so many rows are proved while they are read
	longestText = 4000 // characters of one turn that are shown
)

// RowView is a row as it is shown.
type RowView struct {
	Number      int
	Contributor datasets.Address
	Leaf        string // of the version's Merkle tree
	Turns       []Turn
}

// Turn is one part of a row; learnt parts are what training teaches.
type Turn struct {
	Label, Text string
	Learnt      bool
}

// Reading is everything read about one net.
type Reading struct {
	Net     Net
	Version datasets.Version
	Models  int // on this computer, made of it
	Samples []RowView
	Rows    []RowView // of the page asked for
	From    int       // index of its first row
	Proven  Proof
	Wallet  bool
	Mine    []string // the wallet's addresses
	Coin    string
}

// Proof says whether the rows on this computer make the version's root.
type Proof int

// The results.
const (
	NotProven Proof = iota // too many rows to do it in passing
	Proven
	Differs
)

// NetReader reads one net again and again; its rows only the first time, and
// when what may be seen of them changed.
func NetReader(svc Services, ref datasets.Ref, from int) func(context.Context) (Reading, error) {
	var kept *Reading
	return func(ctx context.Context) (Reading, error) {
		if kept != nil {
			n, err := svc.Net(ctx, ref.Net)
			if err != nil {
				return Reading{}, err
			}
			if n.Newest() == kept.Net.Newest() && n.Damaged == kept.Net.Damaged && n.Standing.Usable() == kept.Net.Standing.Usable() {
				r := *kept
				r.Net, r.Mine, r.Coin = n, svc.Accounts(ctx), svc.Network(ctx).Coin
				r.Wallet = len(r.Mine) > 0
				return r, nil
			}
		}
		r, err := ReadNet(ctx, svc, ref, from)
		if err == nil {
			kept = &r
		}
		return r, err
	}
}

// ReadNet reads one net and one page of its rows. Without a licence no more
// than the samples are read. With an error at a row the rest is there all the
// same.
func ReadNet(ctx context.Context, svc Services, ref datasets.Ref, from int) (Reading, error) {
	n, err := svc.Net(ctx, ref.Net)
	if err != nil {
		return Reading{}, err
	}
	r := Reading{Net: n, Version: n.Newest(), From: from, Mine: svc.Accounts(ctx), Coin: svc.Network(ctx).Coin}
	r.Wallet = len(r.Mine) > 0
	if n.Damaged != "" {
		return r, nil
	}
	if ref.Version > 0 {
		i := slices.IndexFunc(n.Versions, func(v datasets.Version) bool { return v.Number == ref.Version })
		if i < 0 {
			return Reading{}, &datasets.Error{Kind: datasets.KindNotFound, Message: fmt.Sprintf("%s has no version %d", Title(n), ref.Version), Next: "Choose one of its versions."}
		}
		r.Version = n.Versions[i]
	}
	models, err := svc.Models(ctx)
	if err != nil {
		return r, err
	}
	r.Models = usedBy(models, n.Slug)
	err = r.read(ctx, svc, datasets.Ref{Net: n.Slug, Version: r.Version.Number})
	return r, err
}

// read goes through the version once: samples, the page, and the proof.
func (r *Reading) read(ctx context.Context, svc Services, ref datasets.Ref) error {
	prove := r.Version.Rows <= provenRows
	open := r.Open()
	var leaves [][32]byte
	seen := map[datasets.Address]bool{}
	i := 0
	for e, err := range svc.Rows(ref) {
		if err != nil {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		leaf, err := datasets.Leaf(e)
		if err != nil {
			return err
		}
		if prove {
			leaves = append(leaves, leaf)
		}
		if len(r.Samples) < sampleRows && !seen[e.Contributor] {
			seen[e.Contributor] = true
			r.Samples = append(r.Samples, rowView(i, e, leaf))
		}
		if open && i >= r.From && len(r.Rows) < pageRows {
			r.Rows = append(r.Rows, rowView(i, e, leaf))
		}
		i++
		if !prove && len(r.Samples) == sampleRows && (!open || len(r.Rows) == pageRows) {
			return nil
		}
		if !prove && i > r.From+provenRows && len(r.Rows) >= min(pageRows, r.Version.Rows-r.From) {
			return nil // one contributor only: no second sample to find
		}
	}
	if prove {
		root, err := datasets.MerkleRoot(leaves)
		r.Proven = Differs
		if err == nil && root == r.Version.Root.Bytes() {
			r.Proven = Proven
		}
	}
	return nil
}

func rowView(i int, e datasets.Entry, leaf [32]byte) RowView {
	v := RowView{Number: i + 1, Contributor: e.Contributor, Leaf: fmt.Sprintf("%x", leaf)}
	return v.with(e.Row)
}

var turnNames = map[string]string{
	datasets.UseText: "Text", datasets.RoleSystem: "System", datasets.RoleUser: "Asks", datasets.RoleAssistant: "Answers",
	datasets.UseChosen: "Chosen", datasets.UseRejected: "Rejected",
}

func (v RowView) with(row datasets.Row) RowView {
	for _, t := range row.Turns() {
		v.Turns = append(v.Turns, Turn{turnNames[t.What], shorten(t.Content), t.Learnt})
	}
	return v
}

func shorten(s string) string {
	if r := []rune(s); len(r) > longestText {
		return string(r[:longestText]) + fmt.Sprintf("… (%s more characters)", widgets.Count(int64(len(r)-longestText)))
	}
	return s
}

// Open says whether all rows may be looked at: own data, open ones, and those
// with a licence.
func (r Reading) Open() bool { return r.Net.Damaged == "" && r.Net.Standing.Usable() }

// Detail is one DataNet on the screen.
type Detail struct {
	Now     func() time.Time
	reading Reading
	ready   bool
	report  *Report
	working bool
}

// NewDetail makes a detail that has read nothing.
func NewDetail(now func() time.Time) *Detail { return &Detail{Now: now} }

// Apply takes a reading over and says whether it shows something new; a report
// of another version is dropped.
func (d *Detail) Apply(r Reading) (changed bool) {
	before := d.reading
	before.Net.Standing.At, before.Net.Standing.Block = r.Net.Standing.At, r.Net.Standing.Block
	changed = !d.ready || !reflect.DeepEqual(before, r)
	if d.ready && (d.reading.Net.Slug != r.Net.Slug || d.reading.Version.Number != r.Version.Number) {
		d.report = nil
	}
	d.reading, d.ready = r, true
	return changed
}

// Ready says whether something was read.
func (d *Detail) Ready() bool { return d.ready }

// Reading is what was read.
func (d *Detail) Reading() Reading { return d.reading }

// Ref names the version shown.
func (d *Detail) Ref() datasets.Ref {
	return datasets.Ref{Net: d.reading.Net.Slug, Version: d.reading.Version.Number}
}

// Tabs are the words of the tabs.
func (d *Detail) Tabs() []string {
	r := d.reading
	return []string{
		"Overview", "Rows " + widgets.Count(int64(r.Version.Rows)), fmt.Sprintf("Contributors %d", len(r.Net.Contributors)),
		fmt.Sprintf("Versions %d", len(r.Net.Versions)),
	}
}

// Fact is a figure on top of the page.
type Fact struct{ Label, Value string }

// Facts are the figures on top.
func (d *Detail) Facts() []Fact {
	r := d.reading
	out := []Fact{
		{"Rows", widgets.Count(int64(r.Version.Rows))},
		{"Contributors", widgets.Count(int64(len(r.Net.Contributors)))},
		{"Version", fmt.Sprintf("v%d", r.Version.Number)},
		{"Size", widgets.Bytes(r.Version.Bytes)},
	}
	if l := LanguageName(r.Net.Language); l != "" {
		out = append(out, Fact{"Language", l})
	}
	return append(out, Fact{"Models made of it", widgets.Count(int64(r.Models))})
}

// ProofPill is what stands on each row.
func (d *Detail) ProofPill() (text string, tone widgets.Tone, ok bool) {
	switch d.reading.Proven {
	case Proven:
		return fmt.Sprintf("in v%d, proof checks", d.reading.Version.Number), widgets.Good, true
	case Differs:
		return fmt.Sprintf("does not fit the root of v%d", d.reading.Version.Number), widgets.Failed, true
	}
	return "", widgets.Neutral, false
}

// RowsNote says why not all rows are shown; empty when they are.
func (d *Detail) RowsNote() string {
	r := d.reading
	if r.Net.Damaged != "" || r.Open() {
		return ""
	}
	return fmt.Sprintf("These are samples. All %s are shown with a licence.", plural(r.Version.Rows, "row"))
}

// Page says which rows are shown and whether there are others before and after.
func (d *Detail) Page() (text string, before, after bool) {
	r := d.reading
	if len(r.Rows) == 0 {
		return "", false, false
	}
	return fmt.Sprintf("rows %s to %s of %s", widgets.Count(int64(r.From+1)), widgets.Count(int64(r.From+len(r.Rows))), widgets.Count(int64(r.Version.Rows))),
		r.From > 0, r.From+len(r.Rows) < r.Version.Rows
}

// Person is a line of the contributors.
type Person struct {
	Address datasets.Address
	Name    string // "you", or empty
	Rows    int
	Share   float64
}

// People are the contributors of the newest version, most rows first.
func (d *Detail) People() []Person {
	r := d.reading
	total := 0
	for _, c := range r.Net.Contributors {
		total += c.Rows
	}
	var out []Person
	for _, c := range r.Net.Contributors {
		p := Person{Address: c.Address, Rows: c.Rows, Share: float64(c.Rows) / float64(max(total, 1))}
		if slices.Contains(r.Mine, string(c.Address)) || c.Address == datasets.ZeroAddress && r.Net.Private {
			p.Name = "you"
		}
		out = append(out, p)
	}
	return out
}

// Term is one line of the licence.
type Term struct {
	Icon icons.Name
	Tone widgets.Tone
	Text string
}

// LicenceTitle heads the licence.
func (d *Detail) LicenceTitle() string {
	n := d.reading.Net
	switch {
	case n.Private:
		return "Own data"
	case priced(n.Terms) || !n.Terms.Train:
		return "Licence: " + strings.ToLower(LicenceText(n))
	}
	return "Licence: " + LicenceText(n)
}

// Terms are the licence in plain lines.
func (d *Detail) Terms() []Term {
	n := d.reading.Net
	t := n.Terms
	if n.Private {
		return []Term{
			{icons.Lock, widgets.Neutral, "Private: it lies on this computer only"},
			{icons.Check, widgets.Good, "You may train on it and use what comes of it"},
			{icons.Info, widgets.Neutral, "It is not registered: others cannot check it"},
		}
	}
	may := func(ok bool, text string) Term {
		if ok {
			return Term{icons.Check, widgets.Good, text}
		}
		return Term{icons.Close, widgets.Failed, text}
	}
	out := []Term{}
	switch {
	case priced(t):
		out = append(out, may(true, "Train models while the licence lasts"))
	case t.Train:
		out = append(out, may(true, "Train models on it"))
	default:
		out = append(out, may(false, "Train models, unless the owner grants it"))
	}
	out = append(out, may(t.Serve, "Let models made of it answer others"), may(t.Commercial, "Use it for money"),
		may(t.Derivatives, "Pass on changed rows as a new DataNet"), may(t.PassOn, "Pass the rows on"))
	if t.NameIt {
		out = append(out, Term{icons.Info, widgets.Neutral, "Name the DataNet in the model card"})
	}
	if t.ShareAlike {
		out = append(out, Term{icons.Info, widgets.Neutral, "What is made of it keeps these terms"})
	}
	return out
}

// Price is the figure of the licence card and the words beside it.
func (d *Detail) Price() (figure, beside string) {
	n := d.reading.Net
	switch {
	case n.Private:
		return "", ""
	case priced(n.Terms):
		beside = "without end"
		if n.Terms.Days > 0 {
			beside = fmt.Sprintf("for %s, all versions until then", plural(int(n.Terms.Days), "day"))
		}
		return Money(n, d.reading.Coin), beside
	case !n.Terms.Train:
		return "", "The owner grants licences; none is sold."
	}
	return "Free", "no licence to get"
}

// Revenue says what of a model's income goes to the contributors.
func (d *Detail) Revenue() string {
	ppm := d.reading.Net.Terms.RevenuePPM
	if ppm == 0 || d.reading.Net.Private {
		return ""
	}
	return widgets.Number(float64(ppm)/1e4, 0) + "\u00a0% of what a model made of it earns goes to the contributors, by their share. A copy you hold cannot be called back; the licence is the evidence."
}

// Buy is what the licence button says, whether it can be pressed, and why not.
// An empty text: there is no such button.
func (d *Detail) Buy() (text string, main bool, why string) {
	r := d.reading
	if r.Net.Damaged != "" || r.Net.Private || !priced(r.Net.Terms) || r.Net.Standing.State == datasets.StandingOwn {
		return "", false, ""
	}
	money := Money(r.Net, r.Coin)
	switch {
	case r.Net.Standing.State == datasets.StandingHeld:
		text = "Extend, " + money + "…"
	default:
		text, main = "Get licence, "+money+"…", true
	}
	switch {
	case !r.Wallet:
		why = "There is no wallet yet."
	case r.Net.Standing.State == datasets.StandingUnknown:
		why = "The network does not answer: " + strings.TrimSuffix(r.Net.Standing.Reason, ".") + "."
	case r.Net.Chain == nil:
		why = "It is not registered on a chain, so nobody can sell a licence."
	}
	return text, main, why
}

// Begin notes that a verification starts.
func (d *Detail) Begin() { d.working, d.report = true, nil }

// Working says whether one is under way.
func (d *Detail) Working() bool { return d.working }

// End notes its result; nil when it failed or was cancelled.
func (d *Detail) End(r *Report) { d.working, d.report = false, r }

// Report is the last verification's result.
func (d *Detail) Report() *Report { return d.report }

// Verdict says the report in a sentence.
func (d *Detail) Verdict() (widgets.Tone, string) {
	r := d.report
	switch {
	case r == nil:
		return widgets.Neutral, ""
	case len(r.Differences) > 0:
		text := fmt.Sprintf("%s differ", plural(len(r.Differences), "part"))
		if len(r.Differences) == 1 {
			text = "1 part differs"
		}
		return widgets.Failed, text + " from what was published. " + sentence(r.Note)
	case r.OnChain:
		return widgets.Good, fmt.Sprintf("Version %d is whole: every row was recomputed, and root and digest are those on the chain.", r.Version)
	}
	return widgets.Good, fmt.Sprintf("Version %d is whole: every row was recomputed and fits its digest. %s", r.Version, sentence(r.Note))
}
