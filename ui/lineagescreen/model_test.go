package lineagescreen

import (
	"context"
	"strings"
	"testing"

	"github.com/modelfactory/modelfactory/chain/lineage"
	"github.com/modelfactory/modelfactory/ui/nav"
	"github.com/modelfactory/modelfactory/ui/widgets"
)

func TestStandingNeverClaimsMore(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*lineage.Report)
		word   string
		tone   widgets.Tone
		says   string
	}{
		"verified":       {nil, "verified", widgets.Good, "9 of 9 digests recomputed from files and equal, 3.1 s, 30 Nov 2026, 09:15."},
		"one flipped":    {flipped, "differs", widgets.Failed, "8 of 9 digests equal"},
		"not registered": {func(r *lineage.Report) { r.Verified, r.Published, r.OnChain = false, false, false }, "not registered", widgets.Neutral, "not registered"},
		"no chain":       {func(r *lineage.Report) { r.Verified, r.OnChain = false, false }, "chain not read", widgets.Caution, "so it is not verified"},
		"withdrawn":      {func(r *lineage.Report) { r.Withdrawn = clock() }, "withdrawn", widgets.Caution, "9 of 9"},
		"one not here":   {func(r *lineage.Report) { r.Checked[2].State = lineage.StateNotHere }, "verified", widgets.Good, "8 of 8"},
	} {
		r := report(c.change)
		m := &Model{Now: clock}
		m.Verified(&r)
		if word, tone := m.Standing(); word != c.word || tone != c.tone {
			t.Errorf("%s: %q %v", name, word, tone)
		}
		if _, words := m.Outcome(); !strings.Contains(words, c.says) {
			t.Errorf("%s: %q", name, words)
		}
		m.Busy = true
		if word, tone := m.Standing(); tone == widgets.Good {
			t.Errorf("%s: %q while it is being verified", name, word)
		}
	}
	if word, tone := (&Model{}).Standing(); word != "not verified yet" || tone != widgets.Neutral {
		t.Errorf("before a look: %q", word)
	}
}

func TestOpen(t *testing.T) {
	svc := newStudio(report(nil))
	m := &Model{Now: clock}
	m.Open("")
	m.Models(svc.models)
	if m.ID() != helper || m.Title() != "Bike helper 3" {
		t.Errorf("without a name it shows %q", m.ID())
	}
	r := report(nil)
	m.Verified(&r)
	m.Open("folder=/media/stick/touring")
	if m.ID() != "" || m.Folder() != "/media/stick/touring" || m.Title() != "touring" || m.Report() != nil {
		t.Errorf("a folder: %q %q, report %v", m.ID(), m.Title(), m.Report())
	}
	m.Models(svc.models)
	if m.ID() != "" {
		t.Error("the models took the folder's place")
	}
	empty := &Model{Now: clock}
	if empty.Empty() {
		t.Error("empty before the models were read")
	}
	empty.Models(nil)
	if !empty.Empty() {
		t.Error("not empty without models")
	}
}

func TestBoxes(t *testing.T) {
	svc := newStudio(report(nil))
	m := &Model{Now: clock}
	m.Open(string(helper))
	g, _ := svc.Graph(context.Background(), helper, nil)
	m.Drawn(g)
	nodes, edges := m.Boxes()
	for _, n := range nodes {
		if n.State == widgets.NodeEqual {
			t.Errorf("%s is equal before anybody looked", n.Title)
		}
	}
	strong := 0
	for _, e := range edges {
		if e.Strong {
			strong++
		}
	}
	if strong != 4 || m.Chosen().Kind != lineage.NodeModel {
		t.Errorf("%d strong edges, chosen %v", strong, m.Chosen())
	}
	for id, want := range map[string]nav.Route{
		"model:" + string(helper): {Page: nav.PageModel, Arg: string(helper)}, "data:1": {Page: nav.PageDataNet, Arg: "bicycle-workshop@4"}, "child:1": {Page: nav.PageLineage, Arg: "e5"},
	} {
		if r, ok := m.OpenRoute(id); !ok || r != want {
			t.Errorf("%s opens %v", id, r)
		}
	}
	if _, ok := m.OpenRoute("base:1"); ok {
		t.Error("a base has no page")
	}
}

func TestIsFolder(t *testing.T) {
	if !IsFolder(t.TempDir()) || IsFolder("model.go") || IsFolder("gone") {
		t.Error("folders and files are taken for one another")
	}
}
