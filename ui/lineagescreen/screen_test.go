package lineagescreen

import (
	"errors"
	"testing"

	"fyne.io/fyne/v2"

	"github.com/modelfactory/modelfactory/chain/lineage"
	"github.com/modelfactory/modelfactory/ui/nav"
	"github.com/modelfactory/modelfactory/ui/theme"
	"github.com/modelfactory/modelfactory/ui/uitest"
	"github.com/modelfactory/modelfactory/ui/widgets"
)

func open(t *testing.T, f *uitest.Frame, svc Services, arg string) *page {
	t.Helper()
	p := newPage(f, svc, f.Clock, clock)
	f.Show(p, arg)
	return p
}

func TestStates(t *testing.T) {
	for _, c := range []struct {
		name  string
		svc   *studio
		arg   string
		says  []string
		hides []string
	}{
		{"lineage", newStudio(report(nil)), string(helper), []string{"Bike helper 3", "verified", "model no. 412 on chain 1612", "block 8,412,077", "Manifest", "Trainer and pins", "9 of 9 digests", "Verify again"}, []string{"Differs"}},
		{"lineage-differs", newStudio(report(flipped)), string(helper), []string{"differs", "adapter_model.safetensors", "recorded", "found", "83ce…77c1", "d94a…77c1", "Do not load it"}, []string{"verified"}},
		{"lineage-unregistered", newStudio(report(func(r *lineage.Report) {
			r.Verified, r.Published, r.OnChain, r.Publication, r.Manifest = false, false, false, nil, ""
			r.Checked[2].State, r.Checked[2].Note = lineage.StateNotHere, "the rows are not on this computer"
			r.NotHere = []string{"Polite Support v2 is not on this computer, so its root cannot be recomputed."}
		})), string(helper), []string{"not registered", "so no chain stands behind them yet", "the rows are not on this computer", "cannot be recomputed"}, []string{"model no."}},
		{"lineage-folder", newStudio(report(flipped)), "folder=/media/stick/touring", []string{"Recomputed from the files", "/media/stick/touring", "Bicycle Workshop v4", "Differs"}, []string{"Made from", "Export…"}},
		{"lineage-error", func() *studio {
			s := newStudio(report(nil))
			s.err = errors.New("the node answers for another chain")
			return s
		}(), string(helper), []string{"The node answers for another chain.", "not verified yet"}, []string{"equal, 3.1 s"}},
		{"lineage-empty", &studio{}, "", []string{"Nothing to verify yet", "Verify a folder…"}, []string{"Verify again"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			uitest.Both(t, fyne.Size{}, func(t *testing.T, f *uitest.Frame) {
				open(t, f, c.svc, c.arg)
				f.Picture(c.name)
				f.Says(c.says...)
				f.Hides(c.hides...)
			})
		})
	}
}

func TestBusyShowsTheGraphWithoutColours(t *testing.T) {
	f := uitest.Open(t, theme.Light, fyne.Size{})
	svc := newStudio(report(nil))
	f.Clock.Hold = true
	p := open(t, f, svc, string(helper))
	f.Says("Recomputing the digests of all files", "verifying")
	f.Picture("lineage-busy")
	if off, _ := f.Disabled("Verify again"); !off {
		t.Error("it can be verified twice at once")
	}
	f.Press(nav.KeyAgain)
	f.Clock.Release()
	if svc.verified != 1 {
		t.Errorf("verified %d times", svc.verified)
	}
	f.Says("9 of 9 digests")
	f.Press(nav.KeyAgain)
	if svc.verified != 2 {
		t.Errorf("verified %d times after Verify again", svc.verified)
	}
	f.Clock.Hold = true
	p.verify()
	f.Leave()
	svc.report = report(flipped)
	f.Clock.Release()
	if word, _ := p.model.Standing(); word != "verified" || f.Clock.Following() != 0 {
		t.Errorf("an outcome that came after leaving is shown: %q", word)
	}
}

func TestSelecting(t *testing.T) {
	f := uitest.Open(t, theme.Dark, fyne.Size{})
	p := open(t, f, newStudio(report(nil)), string(helper))
	p.graph.OnSelect("data:2")
	f.Says("Polite Support v2", "not here, cannot recompute", "f03e…77c1")
	f.Picture("lineage-selected")
	f.Tap("Open")
	if f.Last() != (nav.Route{Page: nav.PageDataNet, Arg: "polite-support@2"}) {
		t.Errorf("opens %v", f.Last())
	}
	p.graph.OnOpen("child:1")
	if f.Last() != (nav.Route{Page: nav.PageLineage, Arg: "e5"}) {
		t.Errorf("opens %v", f.Last())
	}
}

func TestFolders(t *testing.T) {
	f := uitest.Open(t, theme.Light, fyne.Size{})
	svc := newStudio(report(nil))
	p := open(t, f, svc, string(helper))
	f.Pick = "/media/stick/touring"
	f.Tap("Verify a folder…")
	if f.Last() != FolderRoute("/media/stick/touring") {
		t.Errorf("leads to %v", f.Last())
	}
	dir := t.TempDir()
	if !p.Dropped([]string{dir}) || f.Last() != FolderRoute(dir) {
		t.Errorf("a dropped folder leads to %v", f.Last())
	}
	if p.Dropped([]string{"model.go"}) {
		t.Error("a dropped file is taken, the new run does not get it")
	}
	f.Show(p, FolderRoute(dir).Arg)
	if len(svc.folders) != 1 || svc.folders[0] != dir {
		t.Errorf("verified %v", svc.folders)
	}
	f.Show(p, string(helper))
	f.Pick = "/exports"
	f.Tap("Export…")
	if svc.exported != "/exports/model-c7f50000" {
		t.Errorf("exported to %s", svc.exported)
	}
}

func TestPublishedMeanwhile(t *testing.T) {
	f := uitest.Open(t, theme.Light, fyne.Size{})
	svc := newStudio(report(nil))
	open(t, f, svc, string(helper))
	f.Clock.Tick()
	if svc.verified != 1 {
		t.Errorf("verified %d times although nothing changed", svc.verified)
	}
	svc.models[1].Publication = &lineage.Publication{ID: 412}
	f.Clock.Tick()
	if svc.verified != 2 {
		t.Error("a publication does not verify it again")
	}
}

func TestLarge(t *testing.T) {
	f := uitest.Open(t, theme.Light, fyne.NewSize(1920, 1080))
	open(t, f, newStudio(report(flipped)), string(helper))
	f.Picture("lineage-1920")
	if g := uitest.First[*widgets.LineageGraph](f); g.Size().Width < 1000 {
		t.Errorf("the graph is %v wide", g.Size())
	}
	f = uitest.Open(t, theme.Dark, fyne.NewSize(960, 640))
	open(t, f, newStudio(report(nil)), string(helper))
	f.Picture("lineage-960")
}
