package homescreen

import (
	"errors"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"

	"github.com/modelfactory/modelfactory/training"
	"github.com/modelfactory/modelfactory/training/local"
	"github.com/modelfactory/modelfactory/ui/nav"
	"github.com/modelfactory/modelfactory/ui/theme"
	"github.com/modelfactory/modelfactory/ui/uitest"
	"github.com/modelfactory/modelfactory/ui/widgets"
)

func open(f *uitest.Frame, svc Services) *page {
	p := newPage(f, svc, f.Clock, clock)
	f.Show(p, "")
	return p
}

func TestHomeStates(t *testing.T) {
	ready := func() *studio {
		s := fresh()
		s.report.Install = local.InstallState{State: local.Ready, Python: "3.12.4", Bytes: 3_100_000_000}
		s.place.Base.Installed = true
		return s
	}
	for _, c := range []struct {
		name  string
		svc   *studio
		says  []string
		hides []string
	}{
		{"home-first", fresh(), []string{
			"Teach a small model one thing", "Three free sample DataNets came with the app", "Harbour Notices, sample", "96 rows · 3 contributors · CC BY 4.0", "“Which channel does the Skarvik pilot listen on?”",
			"The trainer: one download of about 1.2 GB", "About 3.1 GB on disk", "Install trainer and train", "Use my own file…", "Browse DataNets", "RTX 4060 Laptop", "driver 590.77", "not installed", "212.0 GB free", "~/ModelFactory", "Development chain", "checked 10:20",
		}, []string{"Bicycle Workshop", "Needs you", "New run"}},
		{"home-first-ready", ready(), []string{"Train", "ready", "Python 3.12.4"}, []string{"one download", "Install trainer"}},
		{"home-first-no-python", func() *studio {
			s := fresh()
			s.report.Python = ""
			s.report.Findings = append(s.report.Findings, local.Finding{Level: "problem", Message: "There is no Python 3.11 or newer.", Advice: "Debian, Ubuntu: sudo apt-get install python3 python3-venv"})
			s.report.Devices[0].Usable, s.report.Devices[0].Reason = false, "driver 470 is too old, 580 or newer is needed"
			return s
		}(), []string{"There is no Python 3.11 or newer. Debian, Ubuntu: sudo apt-get install python3 python3-venv", "Cannot be used: driver 470 is too old"}, nil},
		{"home-first-interrupted", func() *studio {
			s := ready()
			s.runs = []training.Run{{ID: "r1", Number: 1, Name: "Harbour", State: training.StatePaused, Reason: "computer was off 22:14–07:02", Step: 20, Steps: 80, Recipe: recipe(), Ended: clock().Add(-time.Hour)}}
			return s
		}(), []string{"Needs you", "Run 1 is paused: computer was off 22:14–07:02", "Resume", "Harbour · step 20 of 80 · 09:20"}, nil},
		{"home-busy", busy(), []string{
			"Run 14 · Bike helper 3", "training", "Pause", "68 %", "step 182 of 264 · pass 3 of 3", "about 3 min left", "eval loss 1.52 at step 168", "3,890 tokens/s",
			"Needs you", "Run 13 stopped: the memory ran out", "Qwen3-4B at step 3 · yesterday 18:40", "See why", "Run 12 is paused: computer was off 22:14–07:02", "Licence for Polite Support ends in 6 days", "Held by 0x7A3f…91Ce until 27 Nov 2026 · used by 6 models", "Renew, 4 test OPEN…",
			"The words of your wallet are not checked yet", "All 6", "Bike helper 2", "published", "on this computer", "14 Nov 2026", "Today", "Run 14 saved checkpoint 168", "Licence for Bicycle Workshop", "New run", "Import file…",
		}, []string{"Teach a small model", "Older", "No run is on", "Licence for Bicycle Workshop ends"}},
		{"home-quiet", func() *studio {
			s := busy()
			s.runs, s.txs, s.standing, s.place.WordsChecked = nil, nil, nil, true
			return s
		}(), []string{"No run is on", "Models"}, []string{"Needs you", "Today", "Pause"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			uitest.Both(t, fyne.Size{}, func(t *testing.T, f *uitest.Frame) {
				open(f, c.svc)
				f.Picture(c.name)
				f.Says(c.says...)
				f.Hides(c.hides...)
			})
		})
	}
}

func TestHomeSizes(t *testing.T) {
	for name, size := range map[string]fyne.Size{"1920": fyne.NewSize(1920, 1080), "960": fyne.NewSize(960, 640)} {
		f := uitest.Open(t, theme.Light, size)
		open(f, fresh())
		f.Picture("home-first-" + name)
		f = uitest.Open(t, theme.Dark, size)
		open(f, busy())
		f.Picture("home-busy-" + name)
	}
}

func TestOneClickInstallsStartsAndLeadsToTheRun(t *testing.T) {
	uitest.Both(t, fyne.Size{}, func(t *testing.T, f *uitest.Frame) {
		svc := fresh()
		svc.progress = []local.InstallProgress{{Phase: local.InstallPackages, Done: 480_000_000, Total: 1_200_000_000, PerSecond: 9_300_000, Left: 77 * time.Second}}
		p := open(f, svc)
		uitest.First[*widgets.RadioCards](f).SetSelected(1)
		p.first.choose(p.model.Samples()[1].Slug)
		f.Clock.Hold = true
		if !f.Press(nav.KeyEnter) {
			t.Fatal("Enter does nothing")
		}
		p.model.Meter().Set(svc.progress[0])
		p.first.refreshProgress()
		f.Picture("home-installing")
		f.Says("Downloading and unpacking the trainer", "40 %", "480 MB of about 1.2 GB on the disk", "9.3 MB/s", "about 80 s left", "Cancel")
		f.Hides("Install trainer and train")
		f.Press(nav.KeyEnter) // a second press starts nothing twice
		f.Clock.Release()
		if got := strings.Join(svc.calls, ", "); got != "install, start orchard-almanac" {
			t.Errorf("did %q", got)
		}
		if f.Last() != (nav.Route{Page: nav.PageRun, Arg: "r1"}) {
			t.Errorf("leads to %+v", f.Last())
		}
	})
}

func TestTheProcessorIsTakenInPlaceOfACardOnlyWhenTheButtonSaysSo(t *testing.T) {
	uitest.Both(t, fyne.Size{}, func(t *testing.T, f *uitest.Frame) {
		svc := fresh()
		d := &svc.report.Devices[0]
		d.Driver, d.Usable, d.Reason, d.Fix = "570.86", false, "driver 570.86 is too old, 580 or newer is needed", "Update its driver to 580 or newer."
		d.Name = "NVIDIA GeForce RTX 4060 Laptop GPU" // too long for the right of the line
		svc.report.Ask = d.Name + " cannot be used: " + d.Reason
		svc.report.Set.Ran = nil
		open(f, svc)
		f.Picture("home-ask")
		f.Says("cannot be used", "NVIDIA GeForce RTX 4060 Laptop GPU · Cannot be used: driver 570.86 is too old")
		f.Says("RTX 4060 Laptop GPU cannot be used: driver 570.86 is too old", "The processor is much slower", "To use the card: Update its driver to 580", "untested packages")
		f.Hides("Install trainer and train")
		f.Tap("Install, train on the processor")
		if got := strings.Join(svc.calls, ", "); got != "use the processor, install, start harbour-notices" {
			t.Errorf("did %q", got)
		}
	})
}

func TestNoOneIsPulledAwayWhenTheInstallationEnds(t *testing.T) {
	f := uitest.Open(t, theme.Light, fyne.Size{})
	svc := fresh()
	open(f, svc)
	f.Clock.Hold = true
	f.Press(nav.KeyEnter)
	f.Leave()
	f.Clock.Release()
	if len(f.Routes) != 0 || len(f.Toasts) != 1 || !strings.Contains(f.Toasts[0], "Run 1") {
		t.Errorf("routes %v, toasts %v", f.Routes, f.Toasts)
	}
	if f.Clock.Following() != 0 {
		t.Error("home still follows after it is hidden")
	}
}

func TestCancelledAndFailedInstallations(t *testing.T) {
	f := uitest.Open(t, theme.Light, fyne.Size{})
	svc := fresh()
	open(f, svc)
	f.Clock.Hold = true
	f.Press(nav.KeyEnter)
	f.Tap("Cancel")
	f.Says("Stopping")
	f.Clock.Release()
	f.Picture("home-cancelled")
	f.Says("Stopped. What was fetched stays", "Install trainer and train")
	if got := strings.Join(svc.calls, ", "); got != "install" {
		t.Errorf("did %q: a cancelled installation must not start a run", got)
	}

	uitest.Both(t, fyne.Size{}, func(t *testing.T, f *uitest.Frame) {
		svc := fresh()
		svc.installErr = errors.New("the server of the packages does not answer")
		open(f, svc)
		f.Press(nav.KeyEnter)
		f.Picture("home-install-failed")
		f.Says("The server of the packages does not answer.", "What was fetched stays", "Install trainer and train")
		svc.installErr = nil
		f.Tap("Install trainer and train")
		if f.Last().Page != nav.PageRun {
			t.Error("a second try does not go on")
		}
	})
}

func TestBlockedButtonSaysWhy(t *testing.T) {
	f := uitest.Open(t, theme.Light, fyne.Size{})
	svc := fresh()
	svc.report.Disk = 1_000_000_000
	open(f, svc)
	off, why := f.Disabled("Install trainer and train")
	if !off || !strings.Contains(why, "3.1") {
		t.Errorf("off %v, because %q", off, why)
	}
	f.Says("It needs 3.1 GB on disk and 1.0 GB are free.")
	f.Press(nav.KeyEnter)
	if len(svc.calls) != 0 {
		t.Errorf("did %v", svc.calls)
	}
}

func TestNeedsLeadWhereTheySay(t *testing.T) {
	f := uitest.Open(t, theme.Light, fyne.Size{})
	svc := busy()
	p := open(f, svc)
	for button, want := range map[string]nav.Route{
		"See why": {Page: nav.PageRun, Arg: "r13"}, "Renew, 4 test OPEN…": {Page: nav.PageReview, Arg: "licence=polite-support"},
		"Check the words…": {Page: nav.PageWallet}, "Open": {Page: nav.PageRun, Arg: "r14"}, "All 6": {Page: nav.PageModels}, "New run": {Page: nav.PageNewRun},
	} {
		f.Tap(button)
		if f.Last() != want {
			t.Errorf("%s leads to %+v, want %+v", button, f.Last(), want)
		}
	}
	f.Tap("Resume")
	f.Tap("Pause")
	f.Press(nav.KeyPause)
	if got := strings.Join(svc.calls, ", "); got != "resume r12, pause r14, pause r14" {
		t.Errorf("did %q", got)
	}
	svc.err = &training.Error{Kind: training.KindRefused, Message: "no licence for Polite Support", Next: "Renew it."}
	f.Tap("Resume")
	f.Picture("home-refused")
	f.Says("No licence for Polite Support.", "Renew it.", "The run is as it was.")
	f.Tap("Close")
	f.Hides("No licence for Polite Support.")
	p.daily.table.OnOpen(1)
	if f.Last().Page != nav.PageModel {
		t.Errorf("a model leads to %+v", f.Last())
	}
	f.Pick = "emails.csv"
	f.Tap("Import file…")
	if f.Last() != (nav.Route{Page: nav.PageDataNets, Arg: "import=emails.csv"}) {
		t.Errorf("an import leads to %+v", f.Last())
	}
}

func TestPutOffAndUndo(t *testing.T) {
	f := uitest.Open(t, theme.Light, fyne.Size{})
	p := open(f, busy())
	first := p.model.Needs()[0]
	p.putOff(first, clock().Add(24*time.Hour))
	f.Hides("Run 13 stopped")
	if again := readPutOff(fyne.CurrentApp().Preferences()); !again[first.Key].Equal(clock().Add(24 * time.Hour)) {
		t.Errorf("kept %v", again)
	}
	f.Undo()
	f.Says("Run 13 stopped")
}

func TestUnreadableHome(t *testing.T) {
	uitest.Both(t, fyne.Size{}, func(t *testing.T, f *uitest.Frame) {
		svc := busy()
		svc.readErr = errDisk
		open(f, svc)
		f.Picture("home-error")
		f.Says("No space left on device.")
		svc.readErr = nil
		f.Clock.Tick()
		f.Says("Run 14 · Bike helper 3")
	})
}
