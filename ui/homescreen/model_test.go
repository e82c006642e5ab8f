package homescreen

import (
	"context"
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/modelfactory/modelfactory/chain"
	"github.com/modelfactory/modelfactory/chain/lineage"
	"github.com/modelfactory/modelfactory/training"
	"github.com/modelfactory/modelfactory/training/local"
)

func filled(t *testing.T, svc *studio) *Model {
	t.Helper()
	m := NewModel(clock)
	s, err := Reader(svc, clock)(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	m.Apply(s)
	shelf, err := ReadShelf(context.Background(), svc)
	if err != nil {
		t.Fatal(err)
	}
	m.ApplyShelf(shelf)
	m.ApplyReport(svc.report)
	return m
}

func TestFirstRunEndsWithTheFirstModel(t *testing.T) {
	svc := fresh()
	if m := filled(t, svc); !m.FirstRun() {
		t.Error("an empty data folder does not show the first run")
	}
	svc.models = []lineage.Model{model("First", "SmolLM2-135M-Instruct", 2, -1, false)}
	if m := filled(t, svc); m.FirstRun() {
		t.Error("the first run is shown although there is a model")
	}
}

func TestOnlyFreeSamplesAreOffered(t *testing.T) {
	svc := fresh()
	svc.nets[1].Damaged = "a row is missing"
	m := filled(t, svc)
	var got []string
	for _, s := range m.Samples() {
		got = append(got, string(s.Slug))
	}
	if want := []string{"orchard-almanac", "polite-support"}; !slices.Equal(got, want) {
		t.Errorf("offers %v, want %v: free, readable, usable for anything first", got, want)
	}
	if m.Chosen != "orchard-almanac" {
		t.Errorf("chose %q", m.Chosen)
	}
}

func TestMainButton(t *testing.T) {
	for _, c := range []struct {
		name    string
		change  func(*studio)
		text    string
		blocked string // part of the reason
	}{
		{"missing", func(*studio) {}, "Install trainer and train", ""},
		{"partial", func(s *studio) {
			s.report.Install.State, s.report.Install.Reason = local.Partial, "it was cut off"
			s.report.Findings = []local.Finding{{Level: "problem", Message: "The trainer is not whole."}}
		}, "Finish the trainer and train", ""},
		{"ready", func(s *studio) { s.report.Install.State = local.Ready; s.place.Base.Installed = true }, "Train", ""},
		{"base missing", func(s *studio) { s.report.Install.State = local.Ready }, "Install trainer and train", ""},
		{"disk", func(s *studio) { s.report.Disk = 1e9 }, "Install trainer and train", "3.1"},
		{"no samples", func(s *studio) { s.nets = nil }, "Install trainer and train", "cannot be read"},
		{"run on", func(s *studio) {
			r := training.Run{ID: "r1", Number: 7, State: training.StateRunning}
			s.runs, s.snap = []training.Run{r}, training.Snapshot{Run: r}
		}, "Install trainer and train", "Run 7 is on"},
	} {
		svc := fresh()
		c.change(svc)
		m := filled(t, svc)
		if m.MainText() != c.text {
			t.Errorf("%s: says %q, want %q", c.name, m.MainText(), c.text)
		}
		if why := m.Blocked(); (why == "") != (c.blocked == "") || !strings.Contains(why, c.blocked) {
			t.Errorf("%s: blocked %q, want %q", c.name, why, c.blocked)
		}
		if m.Begin() == (c.blocked != "") {
			t.Errorf("%s: Begin does not agree with Blocked", c.name)
		}
		if c.blocked == "" && m.Begin() {
			t.Errorf("%s: begins twice", c.name)
		}
	}
	if m := NewModel(clock); m.Begin() {
		t.Error("begins before this computer was looked at")
	}
}

func TestOldFailuresAndFarLicencesAreNoNeeds(t *testing.T) {
	svc := busy()
	svc.runs[1].Ended = clock().Add(-lookBack - time.Hour)
	svc.txs = append(svc.txs, chain.TxRecord{ID: "t9", Note: "Register Bike helper 2", State: chain.TxFailed, Error: "not enough OPEN", Updated: clock().Add(-time.Hour)})
	st := svc.standing["polite-support"]
	st.Until = clock().Add(licenceAhead + time.Hour)
	svc.standing["polite-support"] = st
	m := filled(t, svc)
	var got []string
	for _, n := range m.Needs() {
		got = append(got, n.Title)
	}
	want := []string{"Run 12 is paused: computer was off 22:14–07:02", "“Register Bike helper 2” was refused by the network", "The words of your wallet are not checked yet"}
	if !slices.Equal(got, want) {
		t.Errorf("needs\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestPutOffComesBack(t *testing.T) {
	m := filled(t, busy())
	key := m.Needs()[0].Key
	n := len(m.Needs())
	m.PutOff[key] = clock().Add(24 * time.Hour)
	if len(m.Needs()) != n-1 {
		t.Error("still shown after it was put off")
	}
	m.Now = func() time.Time { return clock().Add(25 * time.Hour) }
	if !slices.ContainsFunc(m.Needs(), func(x Need) bool { return x.Key == key }) {
		t.Error("does not come back after a day")
	}
}

func TestWhatATransactionDid(t *testing.T) {
	for want, tx := range map[string]chain.TxRecord{
		"Published Harbour Notices":        {Kind: chain.KindPublishModel, Note: "Harbour Notices", State: chain.TxFinal},
		"Publishing Harbour Notices: sent": {Kind: chain.KindPublishModel, Note: "Harbour Notices", State: chain.TxSent},
		"Licence for Bicycle Workshop":     {Kind: chain.KindBuyLicence, Note: "Bicycle Workshop", State: chain.TxSafe},
		"Licence: failed":                  {Kind: chain.KindBuyLicence, State: chain.TxFailed},
		"Sent 1.5":                         {Kind: chain.KindSend, Value: big.NewInt(15e17), State: chain.TxMined},
		"Transaction: dropped":             {Kind: chain.KindSetTerms, State: chain.TxDropped},
	} {
		if got := TxWords(tx); got != want {
			t.Errorf("reads %q, want %q", got, want)
		}
	}
}

func TestTodayIsTodayInTheZoneOfTheClock(t *testing.T) {
	svc := busy()
	m := filled(t, svc)
	tokyo := time.FixedZone("JST", 9*3600) // 19:20 there; 07:20 UTC is 16:20, 15 h ago is yesterday
	m.Now = func() time.Time { return clock().In(tokyo) }
	for _, e := range m.Today() {
		if e.Text == "Run 12 paused at step 182" && e.Clock != "16:20" {
			t.Errorf("at %s, want 16:20", e.Clock)
		}
	}
	m.Now = func() time.Time { return clock().AddDate(0, 0, 1) }
	if got := m.Today(); len(got) != 0 {
		t.Errorf("tomorrow still shows %+v", got)
	}
}

func TestReaderReadsModelsAgainWhenARunEnds(t *testing.T) {
	svc := busy()
	read := Reader(svc, clock)
	if _, err := read(context.Background()); err != nil {
		t.Fatal(err)
	}
	svc.models = append(svc.models, model("New", "SmolLM2-135M-Instruct", 1, 0, false))
	if s, _ := read(context.Background()); len(s.Models) != 6 {
		t.Errorf("%d models: files are read at each step", len(s.Models))
	}
	svc.runs[0].State = training.StateFinished
	if s, _ := read(context.Background()); len(s.Models) != 7 || s.Running != nil {
		t.Errorf("%d models after the run ended, running %v", len(s.Models), s.Running)
	}
}

func TestWords(t *testing.T) {
	for in, want := range map[string]string{"CC-BY-4.0": "CC BY 4.0", "CC-BY-NC-4.0": "CC BY-NC 4.0", "CC0-1.0": "CC0", "": "own data", "MIT": "MIT", "LicenseRef-ModelFactory-Terms": "ModelFactory Terms"} {
		if got := LicenceName(in); got != want {
			t.Errorf("licence %q reads %q, want %q", in, got, want)
		}
	}
}
