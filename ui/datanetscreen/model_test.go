package datanetscreen

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/modelfactory/modelfactory/datasets"
	"github.com/modelfactory/modelfactory/ui/widgets"
)

func listOf(t *testing.T, svc *studio) *List {
	t.Helper()
	c, err := ReadCatalogue(context.Background(), svc)
	if err != nil {
		t.Fatal(err)
	}
	l := NewList(clock)
	l.Apply(c)
	return l
}

func slugs(l *List) string {
	var out []string
	for _, n := range l.Nets() {
		out = append(out, string(n.Slug))
	}
	return strings.Join(out, " ")
}

func TestListSortsAndNarrows(t *testing.T) {
	l := listOf(t, story())
	if want := "polite-support shop-emails-2025 bread-and-dough tamil-proverbs sailing-radio bicycle-workshop ward-handover broken-net"; slugs(l) != want {
		t.Errorf("at first: %s", slugs(l))
	}
	for _, c := range []struct {
		filter Filter
		want   string
	}{
		{Filter{Text: "BIKE repair"}, ""},
		{Filter{Text: "repair Bicycle"}, "bicycle-workshop"},
		{Filter{Text: strings.ToLower(string(people[4]))}, "sailing-radio bicycle-workshop"},
		{Filter{Licence: "CC BY 4.0"}, "bread-and-dough tamil-proverbs"},
		{Filter{Price: Priced}, "polite-support sailing-radio bicycle-workshop"},
		{Filter{Price: Free, Language: "Tamil"}, "tamil-proverbs"},
	} {
		l.SetFilter(c.filter)
		if slugs(l) != c.want {
			t.Errorf("%+v shows %q, want %q", c.filter, slugs(l), c.want)
		}
	}
	l.SetFilter(Filter{})
	l.SetTab(TabContributed)
	if want := "bread-and-dough"; strings.Contains(slugs(l), want) {
		t.Errorf("contributed to %s", slugs(l))
	}
	l.SetTab(TabMine)
	if slugs(l) != "shop-emails-2025" {
		t.Errorf("mine: %s", slugs(l))
	}
	l.SetTab(TabAll)
	l.SortBy("rows")
	if id, down := l.Sorted(); id != "rows" || !down || l.Net(0).Slug != "polite-support" {
		t.Errorf("by rows: %s first, %v", l.Net(0).Slug, down)
	}
	l.SortBy("rows")
	if l.Net(7).Slug != "polite-support" {
		t.Errorf("by rows the other way: %s last", l.Net(7).Slug)
	}
	l.SortBy("models")
	if l.Net(0).Slug != "bicycle-workshop" || l.Models("bicycle-workshop") != 2 {
		t.Errorf("by models: %s first", l.Net(0).Slug)
	}
	if l.Net(99).Slug != "" || l.Net(-1).Slug != "" {
		t.Error("a row that is none")
	}
}

func TestYours(t *testing.T) {
	day := 24 * time.Hour
	for _, c := range []struct {
		state string
		left  time.Duration
		want  string
		tone  widgets.Tone
	}{
		{datasets.StandingOwn, 0, "yours", widgets.Info},
		{datasets.StandingOpen, 0, "open", widgets.Good},
		{datasets.StandingNeedsLicence, 0, "none", widgets.Neutral},
		{datasets.StandingHeld, 400 * day, "held to 26 Dec 2027", widgets.Good},
		{datasets.StandingHeld, 6*day + 1, "6 days left", widgets.Caution},
		{datasets.StandingHeld, day + 1, "1 day left", widgets.Caution},
		{datasets.StandingHeld, time.Hour, "ends within a day", widgets.Caution},
		{datasets.StandingExpired, -day, "ended 20 Nov 2026", widgets.Failed},
		{datasets.StandingUnknown, 0, "not known", widgets.Neutral},
	} {
		n := Net{Standing: datasets.Standing{State: c.state, Until: clock().Add(c.left)}}
		if text, tone := Yours(n, clock()); text != c.want || tone != c.tone {
			t.Errorf("%s, %v left: %q (%v), want %q (%v)", c.state, c.left, text, tone, c.want, c.tone)
		}
	}
}

func TestRowsOfAClosedNetAreNotRead(t *testing.T) {
	svc := story()
	r, err := ReadNet(context.Background(), svc, datasets.Ref{Net: "bicycle-workshop"}, 0)
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Rows) != 0 || len(r.Samples) != sampleRows || r.Proven != Proven {
		t.Errorf("%d rows, %d samples, proof %v", len(r.Rows), len(r.Samples), r.Proven)
	}
	if r.Samples[0].Contributor == r.Samples[1].Contributor {
		t.Error("both samples are of one contributor")
	}
	svc.rows["bicycle-workshop"] = svc.rows["bicycle-workshop"][:59]
	if r, _ = ReadNet(context.Background(), svc, datasets.Ref{Net: "bicycle-workshop"}, 0); r.Proven != Differs {
		t.Error("a missing row passes the proof")
	}
	if _, err := ReadNet(context.Background(), svc, datasets.Ref{Net: "bicycle-workshop", Version: 9}, 0); err == nil {
		t.Error("a version that is none is shown")
	}
}

func TestReaderReadsRowsAgainWhenALicenceComes(t *testing.T) {
	svc := story()
	read := NetReader(svc, datasets.Ref{Net: "bicycle-workshop"}, 0)
	if r, err := read(context.Background()); err != nil || len(r.Rows) != 0 {
		t.Fatalf("%d rows, %v", len(r.Rows), err)
	}
	svc.nets[1].Standing = datasets.Standing{State: datasets.StandingHeld, Until: clock().AddDate(1, 0, 0)}
	r, err := read(context.Background())
	if err != nil || len(r.Rows) != pageRows {
		t.Errorf("%d rows after the licence came, %v", len(r.Rows), err)
	}
	d := NewDetail(clock)
	if !d.Apply(r) {
		t.Error("the first reading is nothing new")
	}
	r.Net.Standing.At, r.Net.Standing.Block = clock(), 99
	if d.Apply(r) {
		t.Error("another block alone is something new")
	}
}

func TestBuyButton(t *testing.T) {
	base := story().nets[1]
	for _, c := range []struct {
		name   string
		change func(*Reading)
		text   string
		why    string
	}{
		{"needed", func(*Reading) {}, "Get licence, 12\u00a0OPEN…", ""},
		{"held", func(r *Reading) { r.Net.Standing.State = datasets.StandingHeld }, "Extend, 12\u00a0OPEN…", ""},
		{"own", func(r *Reading) { r.Net.Standing.State = datasets.StandingOwn }, "", ""},
		{"free", func(r *Reading) { r.Net.Terms.Price = nil }, "", ""},
		{"no wallet", func(r *Reading) { r.Wallet = false }, "Get licence, 12\u00a0OPEN…", "no wallet"},
		{"away", func(r *Reading) {
			r.Net.Standing = datasets.Standing{State: datasets.StandingUnknown, Reason: "cannot be reached"}
		}, "Get licence, 12\u00a0OPEN…", "cannot be reached"},
		{"unregistered", func(r *Reading) { r.Net.Chain = nil }, "Get licence, 12\u00a0OPEN…", "not registered"},
	} {
		r := Reading{Net: base, Wallet: true, Coin: "OPEN"}
		c.change(&r)
		d := NewDetail(clock)
		d.Apply(r)
		text, _, why := d.Buy()
		if text != c.text || (why == "") != (c.why == "") || !strings.Contains(why, c.why) {
			t.Errorf("%s: %q, %q; want %q, %q", c.name, text, why, c.text, c.why)
		}
	}
}

func TestImportNames(t *testing.T) {
	known := story().nets
	for _, c := range []struct{ name, blocked, help string }{
		{"faq", "", "private DataNet"},
		{"", "Give it a name", ""},
		{"!!!", "letter or a digit", ""},
		{"Shop emails 2025", "", "version 2"},
		{"Shop emails: 2025", "short name would be shop-emails-2025", "private DataNet"},
		{"Bicycle Workshop", "is a DataNet of others", ""},
	} {
		i := NewImport("faq.csv", known)
		i.Look(datasets.Preview{Format: datasets.FormatCSV, Entries: []datasets.Row{{Text: "a"}}}, nil)
		i.Name = c.name
		if why := i.Blocked(); (why == "") != (c.blocked == "") || !strings.Contains(why, c.blocked) {
			t.Errorf("%q: blocked %q, want %q", c.name, why, c.blocked)
		}
		if !strings.Contains(i.NameHelp(), c.help) {
			t.Errorf("%q: %q", c.name, i.NameHelp())
		}
	}
	i := NewImport("a.csv", nil)
	if i.Blocked() == "" {
		t.Error("can be imported before it was read")
	}
	i.Look(datasets.Preview{}, errors.New("not text"))
	if i.Blocked() == "" {
		t.Error("can be imported although it cannot be read")
	}
}

func TestMappingKeepsWhatWasDetected(t *testing.T) {
	i := NewImport("a.csv", nil)
	i.Look(story().preview, nil)
	i.Map("date", datasets.UseContext)
	if i.Mapping["question"] != datasets.UseUser || i.Mapping["answer"] != datasets.UseAssistant || i.Mapping["date"] != datasets.UseContext {
		t.Errorf("mapping %v", i.Mapping)
	}
	if len(UseNames()) != len(datasets.Uses()) || slices.Contains(UseNames(), "") {
		t.Errorf("uses %v", UseNames())
	}
	for k, u := range datasets.Uses() {
		if UseNames()[k] == u {
			t.Errorf("use %q has no words", u)
		}
	}
}

func TestLongTurnsAreCut(t *testing.T) {
	v := RowView{}.with(datasets.Row{Text: strings.Repeat("ä", longestText+5)})
	if got := []rune(v.Turns[0].Text); len(got) > longestText+40 || !strings.Contains(string(got), "5 more characters") {
		t.Errorf("%d characters", len(got))
	}
}
