package recipescreen

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"

	"github.com/modelfactory/modelfactory/datasets"
	"github.com/modelfactory/modelfactory/training"
	"github.com/modelfactory/modelfactory/training/local"
	"github.com/modelfactory/modelfactory/training/protocol"
	"github.com/modelfactory/modelfactory/ui/nav"
	"github.com/modelfactory/modelfactory/ui/theme"
	"github.com/modelfactory/modelfactory/ui/uitest"
	"github.com/modelfactory/modelfactory/ui/widgets"
)

// open shows the screen with the story's draft at a step and lets the pauses
// after typing pass.
func open(f *uitest.Frame, svc *studio, arg string) *page {
	p := newPage(f, svc, Options{Runner: f.Clock, Now: clock})
	f.Show(p, arg)
	f.Clock.Advance(2e9)
	return p
}

var allSettings = fmt.Sprintf("All %d settings", len(training.Fields()))

var passes = training.DefaultSettings().Passes

func withDraft(svc *studio, step Step) *studio {
	svc.draft = bikeDraft(step)
	return svc
}

func TestNewRunScreens(t *testing.T) {
	noTrainer := func() *studio {
		s := newStudio()
		s.report.Install = local.InstallState{State: local.Missing, Download: 210_000_000, Disk: 900_000_000}
		s.report.Devices = s.report.Devices[1:]
		for i := range s.bases {
			s.bases[i].Installed = false
		}
		return s
	}
	for _, c := range []struct {
		name  string
		svc   func() *studio
		says  []string
		hides []string
	}{
		{"newrun-base", func() *studio { return withDraft(newStudio(), StepBase) }, []string{
			"New run", "Qwen3-0.6B", "Fits 7.1 GB free", "on disk", "tight", "Base weights, 16-bit", "Kept activations, 2,048 tokens", "Output layer and workspace", "Balanced", fmt.Sprintf("%d passes, rank 16", passes), allSettings, "2 changed", "Next: data", "reads 40,960 tokens",
		}, []string{"Start run", "Back"}},
		{"newrun-data", func() *studio { return withDraft(newStudio(), StepData) }, []string{
			"Mix", "Bicycle Workshop", "v4", "licensed", "6 days left", "yours", "this computer", "70 %", "20 %", "10 %", "each row once a pass", "2,356 rows, 124 more held out", "other ones each pass", "One pass", fmt.Sprintf("%d passes", passes), "Tokens trained",
			"What the model sees", "Row 1 · 86 tokens, 54 trained", "trained", "read only", "9 rows left out: 7 longer than 1,024 tokens, 2 without a trained token (line 40, 71, …).", "Left out, without a trained token", "Next: check",
		}, []string{"Counting rows"}},
		{"newrun-data-empty", func() *studio {
			s := newStudio()
			m := NewModel(clock)
			m.Draft.Step, m.Draft.Base = StepData, "Qwen3-0.6B"
			s.draft = m.Body()
			return s
		}, []string{"No data yet", "Import file…", "Add data to learn from."}, nil},
		{"newrun-data-no-trainer", func() *studio { return withDraft(noTrainer(), StepData) }, []string{"Install trainer, 210 MB", "once the trainer is installed"}, []string{"Row 1"}},
		{"newrun-data-error", func() *studio {
			s := withDraft(newStudio(), StepData)
			s.fails["CheckData"] = &training.Error{Kind: training.KindRefused, Message: "rows.jsonl of Polite Support differs from what was recorded", Next: "Fetch it again."}
			return s
		}, []string{"rows.jsonl of Polite Support differs from what was recorded. Fetch it again."}, nil},
		{"newrun-check", func() *studio { return withDraft(newStudio(), StepCheck) }, []string{
			"Ready to start", "1 to know", "Licences, read from the chain at block 8,411,902", "Train and serve, until 21 Nov 2027", "Train and serve, ends in 6 days, on 27 Nov 2026", "Renew, 4 OPEN", "Own data, stays on this computer",
			"7,599 to train on", "399 held out", "held out before mixing · 9 rows left out · 6 repeats, 2 but for case and marks", "56.2 % are trained · the longest row has 940 tokens", "trained", "Graphics memory", "From the speed of run 12", "Disk", "Trainer", "Self-test passed on 21 Nov 2026", "Recipe", "--base Qwen3-0.6B", "--data shop-emails-2025:0.1", "--name 'Bike helper 3'", "Start run", "Add to queue",
		}, []string{"Cannot start yet", "Measure attribution"}},
		{"newrun-data-preferences", func() *studio {
			s := newStudio()
			m := NewModel(clock)
			m.Restore(bikeDraft(StepData))
			m.Draft.Settings.Objective = "dpo"
			s.draft = m.Body()
			return s
		}, []string{"Chosen", "Rejected", "New cable settles in.", "Buy a new bicycle.", "marked as chosen rather than"}, []string{"learns only what is marked"}},
		{"newrun-check-repeats", func() *studio {
			s := newStudio()
			m := NewModel(clock)
			m.Restore(bikeDraft(StepCheck))
			m.Draft.Mix = Mix{{Ref: datasets.Ref{Net: "bread-and-dough", Version: 3}, Weight: Whole}}
			s.draft = m.Body()
			return s
		}, []string{"4 held-out rows repeated in training: their loss will look too good", "1 to know", "56.2 % are trained · a typical row has 180 tokens, the longest 940"}, nil},
		{"newrun-check-nothing", func() *studio {
			s := newStudio()
			s.nets[4].Standing = datasets.Standing{State: datasets.StandingOwn}
			m := NewModel(clock)
			m.Restore(bikeDraft(StepCheck))
			m.Draft.Mix = Mix{{Ref: datasets.Ref{Net: "tram-drivers", Version: 1}, Weight: Whole}}
			s.draft = m.Body()
			return s
		}, []string{"has no trained token", "All rows are left out: preferences, which only DPO learns from.", "choose the other way to learn"}, []string{"Ready to start"}},
		{"newrun-data-nothing", func() *studio {
			s := newStudio()
			s.nets[4].Standing = datasets.Standing{State: datasets.StandingOwn}
			m := NewModel(clock)
			m.Restore(bikeDraft(StepData))
			m.Draft.Mix = Mix{{Ref: datasets.Ref{Net: "tram-drivers", Version: 1}, Weight: Whole}}
			s.draft = m.Body()
			return s
		}, []string{"No row has a trained token.", "No row of it can be trained on."}, []string{"Reading rows"}},
		{"newrun-licence-missing", func() *studio { return withDraft(newStudio().without(), StepCheck) }, []string{
			"Cannot start yet", "1 licence is missing", "No licence for account Main", "Get licence, 12 OPEN", "Missing: licence for Bicycle Workshop",
		}, []string{"Ready to start"}},
		{"newrun-check-bare", func() *studio { return withDraft(noTrainer(), StepCheck) }, []string{"Not installed", "Install, 210 MB", "Cannot start yet", "Qwen3-0.6B is not on this computer", "Download, 1.5 GB"}, nil},
		{"newrun-error", func() *studio { s := newStudio(); s.fails["Nets"] = errDisk; return s }, []string{"No space left on device.", "Your draft is kept."}, []string{"No base matches", "Needs"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			uitest.Both(t, fyne.Size{}, func(t *testing.T, f *uitest.Frame) {
				p := open(f, c.svc(), "")
				f.Picture(c.name)
				f.Says(c.says...)
				f.Hides(c.hides...)
				f.Leave()
				if f.Clock.Following() != 0 {
					t.Error("the device is still read after the page is hidden")
				}
				_ = p
			})
		})
	}
}

func TestNewRunLargeAndSmall(t *testing.T) {
	for step, name := range map[Step]string{StepBase: "base", StepData: "data", StepCheck: "check"} {
		f := uitest.Open(t, theme.Light, fyne.NewSize(1920, 1080))
		open(f, withDraft(newStudio(), step), "")
		f.Picture("newrun-" + name + "-1920")
		f = uitest.Open(t, theme.Dark, fyne.NewSize(960, 640))
		open(f, withDraft(newStudio(), step), "")
		f.Picture("newrun-" + name + "-960")
	}
}

func TestSettingsForm(t *testing.T) {
	f := uitest.Open(t, theme.Light, fyne.NewSize(1280, 1600))
	svc := withDraft(newStudio(), StepBase)
	p := open(f, svc, "")
	f.Tap(allSettings)
	f.Picture("newrun-settings")
	f.Says("Rank", "Learning rate", "Held-out rows, ppm")
	rank := p.base.fields[slices.IndexFunc(p.base.fields, func(r *fieldRow) bool { return r.field.Key == "rank" })]
	rank.entry.SetText("64")
	if p.model.Draft.Settings.Rank != 64 {
		t.Errorf("rank is %d", p.model.Draft.Settings.Rank)
	}
	f.Says("3 changed")
	rank.entry.SetText("9999")
	f.Says("Rank cannot be \"9999\".", "Use a whole number from 1 to 512.")
	if p.model.Draft.Settings.Rank != 64 {
		t.Errorf("a refused value was taken: rank %d", p.model.Draft.Settings.Rank)
	}
	p.model.ResetField("rank")
	p.base.reset()
	p.changed()
	f.Says("2 changed")
	f.Hides("cannot be")
	if rank.entry.Text != "16" {
		t.Errorf("the field shows %q after reset", rank.entry.Text)
	}
}

func TestFilterOfBases(t *testing.T) {
	f := uitest.Open(t, theme.Light, fyne.Size{})
	p := open(f, newStudio(), "")
	p.base.search.SetText("mistral")
	f.Says("Mistral-7B-Instruct-v0.3")
	p.base.search.SetText("no such base")
	f.Picture("newrun-no-match")
	f.Says("No base matches")
	f.Tap("Clear the filters")
	f.Says("SmolLM2-135M-Instruct")
}

func TestSharesMoveTogetherOnTheScreen(t *testing.T) {
	f := uitest.Open(t, theme.Light, fyne.Size{})
	svc := withDraft(newStudio(), StepData)
	p := open(f, svc, "")
	n := len(svc.checks)
	p.data.rows[0].slider.TypedKey(&fyne.KeyEvent{Name: fyne.KeyPageDown}) // 70 -> 60
	f.Says("60 %", "27 %", "13 %")
	p.data.rows[2].entry.SetText("50 %")
	f.Says("34 %", "16 %", "50 %")
	p.data.rows[2].entry.SetText("nonsense")
	f.Clock.Advance(2e9)
	if got := svc.checks[len(svc.checks)-1]; len(svc.checks) != n+1 || got.Data[2].WeightPPM != 500_000 {
		t.Errorf("counted %d times, last with %+v: typing starts a count at each key", len(svc.checks)-n, got.Data)
	}
	if svc.draft == "" || !strings.Contains(svc.draft, "500000") {
		t.Error("the draft is not saved")
	}
	f.Says("Draft saved 10:13")
}

func TestWalkThroughRows(t *testing.T) {
	f := uitest.Open(t, theme.Light, fyne.Size{})
	p := open(f, withDraft(newStudio(), StepData), "")
	if off, _ := f.Disabled("Next: check"); off {
		t.Error("Next is disabled")
	}
	for range 25 { // past the rows of one reading
		f.Press(nav.KeyRight)
	}
	f.Says("Row 26", "cable 26.")
	f.Press(nav.KeyLeft)
	f.Says("Row 25", "cable 25.")
	p.data.seen.source.SetSelected(1)
	p.model.Show("polite-support")
	p.refresh()
	p.work()
	f.Says("Row 1 ·")
}

func TestASourceWithNothingToTrainBlocks(t *testing.T) {
	f := uitest.Open(t, theme.Light, fyne.Size{})
	svc := withDraft(newStudio(), StepData)
	p := open(f, svc, "")
	p.model.AddNet("tram-drivers")
	p.changed()
	f.Clock.Advance(2e9)
	f.Picture("newrun-nothing-to-train")
	f.Says("Tram Drivers has nothing to train on")
	if off, why := f.Disabled("Next: check"); !off || why == "" {
		t.Error("Next leads on")
	}
	f.Press(nav.KeyEnter)
	if p.model.Draft.Step != StepData {
		t.Error("Enter leads on")
	}
}

func TestStartMakesOneRun(t *testing.T) {
	f := uitest.Open(t, theme.Light, fyne.Size{})
	svc := withDraft(newStudio(), StepCheck)
	open(f, svc, "")
	svc.fails["Start"] = &training.Error{Kind: training.KindRefused, Message: "no licence for Bicycle Workshop", Next: "Get it."}
	f.Press(nav.KeyStart)
	f.Picture("newrun-refused")
	f.Says("No licence for Bicycle Workshop.", "The draft is kept; nothing runs.")
	if len(f.Routes) != 0 || svc.draft == "" {
		t.Fatal("left the page, or lost the draft")
	}
	delete(svc.fails, "Start")
	f.Press(nav.KeyStart)
	if len(svc.created) != 1 || len(svc.started) != 1 {
		t.Fatalf("%d runs made, %d started, want one", len(svc.created), len(svc.started))
	}
	spec := svc.created[svc.started[0]]
	if spec.Name != "Bike helper 3" || spec.Account != svc.account || len(spec.Recipe.Data) != 3 || !strings.HasPrefix(spec.Recipe.Base, "Qwen3-0.6B@") {
		t.Errorf("made %+v", spec)
	}
	if f.Last() != (nav.Route{Page: nav.PageRun, Arg: string(spec.ID)}) || svc.draft != "" {
		t.Errorf("went to %+v, draft %q", f.Last(), svc.draft)
	}
}

func TestQueueWhenARunIsOn(t *testing.T) {
	f := uitest.Open(t, theme.Light, fyne.Size{})
	svc := withDraft(newStudio(), StepCheck)
	svc.runs = append(svc.runs, training.Run{ID: "on", Number: 13, State: training.StateRunning, Recipe: training.Recipe{Base: "x"}})
	open(f, svc, "")
	f.Hides("Start run")
	f.Tap("Add to queue")
	if len(svc.started) != 0 || len(svc.created) != 1 {
		t.Fatalf("started %v, made %d", svc.started, len(svc.created))
	}
	for _, spec := range svc.created {
		if !spec.Queue {
			t.Error("not queued")
		}
	}
}

func TestGetLicenceComesBackHere(t *testing.T) {
	f := uitest.Open(t, theme.Light, fyne.Size{})
	svc := withDraft(newStudio().without(), StepCheck)
	bought := datasets.Slug("")
	p := newPage(f, svc, Options{Runner: f.Clock, Now: clock, GetLicence: func(_ nav.Frame, net datasets.Slug, done func()) {
		bought = net
		svc.nets[0].Standing = datasets.Standing{State: datasets.StandingHeld, Until: clock().AddDate(1, 0, 0)}
		done()
	}})
	f.Show(p, "")
	f.Clock.Advance(2e9)
	if off, why := f.Disabled("Start run"); !off || why != "Missing: licence for Bicycle Workshop" {
		t.Fatalf("disabled %v, why %q", off, why)
	}
	f.Press(nav.KeyStart)
	if len(svc.created) != 0 {
		t.Fatal("a run was made without a licence")
	}
	f.Tap("Get licence, 12 OPEN")
	f.Clock.Advance(2e9)
	f.Says("Ready to start")
	if bought != "bicycle-workshop" {
		t.Errorf("bought %q", bought)
	}
	// Without a review at hand the DataNet's page has the button.
	f2 := uitest.Open(t, theme.Light, fyne.Size{})
	open(f2, withDraft(newStudio().without(), StepCheck), "")
	f2.Tap("Get licence, 12 OPEN")
	if f2.Last() != (nav.Route{Page: nav.PageDataNet, Arg: "bicycle-workshop"}) {
		t.Errorf("went to %+v", f2.Last())
	}
}

func TestInstallTrainerShowsProgressAndCounts(t *testing.T) {
	f := uitest.Open(t, theme.Light, fyne.Size{})
	svc := withDraft(newStudio(), StepData)
	svc.report.Install = local.InstallState{State: local.Missing, Download: 210_000_000}
	p := open(f, svc, "")
	f.Clock.Hold = true
	f.Tap("Install trainer, 210 MB")
	f.Picture("newrun-installing")
	f.Says("Installing the trainer")
	f.Clock.Release()
	f.Clock.Advance(2e9)
	f.Hides("Install trainer, 210 MB")
	f.Says("Row 1 ·", "each row once a pass")
	svc.fails["AddBase"] = errDisk
	p.model.Choose("Qwen3-4B")
	p.goTo(StepBase)
	svc.adding = func() {
		f.Clock.Advance(1e9)
		f.Says("Downloading Qwen3-4B", "of 8.0 GB")
		for _, button := range []string{"Download, 8.0 GB", "Add from folder or hub…"} {
			if off, why := f.Disabled(button); !off || why == "" {
				t.Errorf("%s can be pressed during a download, or does not say why not", button)
			}
		}
		p.Dropped([]string{"/data/Orders.jsonl"})
		f.Tap("Import")
		f.Says("Import Orders.jsonl")
		if n := len(f.Toasts); n == 0 || f.Toasts[n-1] != oneTask || len(svc.imports) > 0 {
			t.Errorf("an import during a download: toasts %q, imported %+v", f.Toasts, svc.imports)
		}
		f.Tap("Cancel")
	}
	f.Tap("Download, 8.0 GB")
	f.Says("No space left on device.", "What was fetched is kept")
	if off, _ := f.Disabled("Download, 8.0 GB"); off {
		t.Error("what failed cannot be tried again")
	}
	if len(svc.added) != 1 || svc.added[0].Repo != "Qwen/Qwen3-4B" {
		t.Errorf("asked for %+v", svc.added)
	}
}

func TestDroppedFileIsPreviewedAndBecomesASource(t *testing.T) {
	uitest.Both(t, fyne.Size{}, func(t *testing.T, f *uitest.Frame) {
		svc := newStudio()
		p := open(f, svc, "")
		p.Dropped([]string{"/data/Orders.jsonl"})
		f.Picture("newrun-import")
		f.Says("Import Orders.jsonl", "Read as prompt: the columns are question and answer", "question", "answer, learnt", "At nine, and at ten on Sundays.")
		f.Tap("Import")
		f.Clock.Advance(2e9)
		if len(svc.imports) != 1 || svc.imports[0].Name != "Orders" {
			t.Fatalf("imported %+v", svc.imports)
		}
		if p.model.Draft.Mix.Index("orders") < 0 || len(f.Toasts) == 0 || f.Toasts[0] != "Imported 3 rows" {
			t.Errorf("mix %+v, toasts %v", p.model.Draft.Mix, f.Toasts)
		}
	})
}

func TestBadRowsMustBeLeftOutByHand(t *testing.T) {
	f := uitest.Open(t, theme.Light, fyne.Size{})
	svc := newStudio()
	svc.preview.Errors = []datasets.RowError{{Line: 40, Message: "it has no answer"}, {Line: 71, Message: "it has no answer"}}
	p := open(f, svc, "")
	p.Dropped([]string{"/data/Orders.jsonl"})
	f.Picture("newrun-import-errors")
	f.Says("line 40: it has no answer")
	if off, _ := f.Disabled("Import"); !off {
		t.Error("bad rows are imported without asking")
	}
	var leaveOut *widgets.Check // the last one stands in the dialog
	uitest.Each(f, func(c *widgets.Check) { leaveOut = c })
	leaveOut.Tapped(nil)
	f.Tap("Import")
	if len(svc.imports) != 1 || !svc.imports[0].SkipBad {
		t.Errorf("imported %+v", svc.imports)
	}
	svc.fails["PreviewFile"] = &datasets.Error{Kind: datasets.KindRefused, Message: "photo.png is no text file", Next: "Choose JSONL or CSV."}
	p.Dropped([]string{"/data/photo.png"})
	f.Says("photo.png is no text file.", "Choose JSONL or CSV.")
}

func TestRoutesInto(t *testing.T) {
	f := uitest.Open(t, theme.Light, fyne.Size{})
	svc := withDraft(newStudio(), StepCheck)
	p := open(f, svc, "net=bread-and-dough")
	if p.model.Draft.Step != StepData || len(p.model.Draft.Mix) != 1 {
		t.Errorf("net: step %v, mix %+v", p.model.Draft.Step, p.model.Draft.Mix)
	}
	f.Says("Bread and Dough")
	p.Shown("run=old")
	f.Clock.Advance(2e9)
	if p.model.Draft.Name != "Bike helper 3" || p.model.Draft.Base != "Qwen3-0.6B" {
		t.Errorf("run: %+v", p.model.Draft)
	}
	p.Shown("run=gone")
	f.Says(`There is no run "gone".`)
	p.Shown("")
	f.Clock.Advance(2e9)
	if p.model.Draft.Name != "Bike helper 3" {
		t.Errorf("the draft is lost: %+v", p.model.Draft)
	}
}

func TestNoDraftIsLostOnTheWay(t *testing.T) {
	f := uitest.Open(t, theme.Light, fyne.Size{})
	svc := withDraft(newStudio(), StepCheck)
	p := open(f, svc, "net=bread-and-dough")
	if f.Undo == nil || !strings.Contains(f.Toasts[len(f.Toasts)-1], "Bike helper 3") {
		t.Fatalf("the old draft is gone without a word: %v", f.Toasts)
	}
	p.model.AddNet("shop-emails-2025")
	p.changed()
	f.Go(nav.Route{Page: nav.PageReview})
	p.Hidden()
	f.Show(p, "net=bread-and-dough") // Back: the same route again
	f.Clock.Advance(2e9)
	if len(p.model.Draft.Mix) != 2 {
		t.Errorf("after coming back the mix is %+v", p.model.Draft.Mix)
	}
	f.Undo()
	f.Clock.Advance(2e9)
	if p.model.Draft.Name != "Bike helper 3" || len(p.model.Draft.Mix) != 3 || !strings.Contains(svc.draft, "Bike helper 3") {
		t.Errorf("undo brought back %+v", p.model.Draft)
	}
}

func TestCancelThrowsTheDraftAwayWithUndo(t *testing.T) {
	f := uitest.Open(t, theme.Light, fyne.Size{})
	svc := withDraft(newStudio(), StepData)
	open(f, svc, "")
	before := svc.draft
	f.Tap("Cancel")
	if svc.draft != "" || f.Last().Page != nav.PageRuns || f.Undo == nil {
		t.Fatalf("draft %q, at %+v", svc.draft, f.Last())
	}
	f.Undo()
	if svc.draft != before || f.Last().Page != nav.PageNewRun {
		t.Errorf("after undo: %q at %+v", svc.draft, f.Last())
	}
}

// One press measures what the run would take; the figures say that they are
// measured, and hold until something of the recipe changes that decides them.
func TestMeasureTellsTimeAndMemory(t *testing.T) {
	f := uitest.Open(t, theme.Light, fyne.Size{})
	svc := withDraft(newStudio(), StepCheck)
	svc.memory = 3_300_000_000
	p := open(f, svc, "")
	f.Says("From the speed of run 12", "Computed from the base and the settings")
	f.Tap("Measure")
	f.Picture("newrun-check-measured")
	f.Says("4.2 GB", "Measured here by a few steps, 21 Nov", "Measure again")
	f.Hides("From the speed of run 12", "Computed from the base and the settings")
	// 1,000 tokens a second, and what else a run does.
	c := p.model.check.result
	steps := float64(c.TokensPerPass) * float64(passes) / 1000
	if d := p.model.duration(); d.From != training.FromSteps || d.Expected < steps || d.Expected > 2*steps || d.Low >= d.Expected || d.High <= d.Expected {
		t.Errorf("%+v for steps of %.0f s", d, steps)
	}
	p.model.Draft.Settings.LearningRate *= 2
	p.changed()
	f.Clock.Advance(2e9)
	f.Says("Measured here by a few steps, 21 Nov")
	p.model.Draft.Settings.Rank *= 2
	p.changed()
	f.Clock.Advance(2e9)
	f.Says("From the speed of run 12", "Computed from the base and the settings")
	f.Hides("Measured here")
	if len(svc.steps) != 1 {
		t.Errorf("measured %d times", len(svc.steps))
	}

	// Too little memory is an answer; the run may be started all the same.
	svc.memory = 0
	f.Tap("Measure")
	f.Says("A few steps were tried and did not fit. The smallest change that fits: ")
	if off, why := f.Disabled("Start run"); off {
		t.Errorf("Start is closed: %s", why)
	}
	svc.fails["Measure"] = errDisk
	f.Tap("Measure again")
	f.Says("No space left on device.", "the run can be started all the same")
}

func TestMeasuringIsEndedByAStart(t *testing.T) {
	f := uitest.Open(t, theme.Light, fyne.Size{})
	svc := withDraft(newStudio(), StepCheck)
	open(f, svc, "")
	f.Clock.Hold = true
	f.Tap("Measure")
	f.Says("Measuring a few steps")
	if off, why := f.Disabled("Measure"); !off || why == "" {
		t.Error("Measure can be pressed twice, or does not say why not")
	}
	f.Tap("Start run")
	f.Clock.Release()
	if len(svc.started) != 1 || len(svc.steps) != 0 {
		t.Errorf("started %v, measured %d", svc.started, len(svc.steps))
	}
	// Nothing is measured beside a run, nor of data that may not be trained on.
	for _, closed := range []*studio{newStudio().without(), newStudio()} {
		if closed.nets[0].Standing.State == datasets.StandingHeld {
			closed.runs = append(closed.runs, training.Run{ID: "on", Number: 13, State: training.StateRunning})
		}
		f := uitest.Open(t, theme.Light, fyne.Size{})
		open(f, withDraft(closed, StepCheck), "")
		f.Hides("Measure")
	}
}

func TestTimeIsComputedWhereNothingWasTimed(t *testing.T) {
	f := uitest.Open(t, theme.Light, fyne.Size{})
	svc := withDraft(newStudio(), StepCheck)
	svc.runs, svc.report.Devices = nil, svc.report.Devices[1:]
	svc.report.Install.Probe = &protocol.ProbeResult{Device: "cpu", GFLOPS: 75}
	open(f, svc, "")
	f.Says("Computed from the speed of the processor, not measured", "Measure")
}

func TestWhatTheComputerCannotDoIsClosedWithTheReason(t *testing.T) {
	f := uitest.Open(t, theme.Light, fyne.NewSize(1280, 1600))
	svc := withDraft(newStudio(), StepBase)
	p := open(f, svc, "")
	f.Tap(allSettings)
	f.Picture("newrun-settings")
	f.Says("Tokens at once", "Run layers twice", "Memory to use, GB", "Learn by", "DPO beta", "Stop early after", "Rows per step")
	method := func() FieldLine { return p.model.Fields()[0] }
	if got := method().Closed; len(got) != 4 || strings.Join(got, "") != "" {
		t.Errorf("with a card the methods %v are closed", got)
	}
	svc.report.Devices = []local.Device{{Kind: "mps", Name: "Apple M4", Memory: 16e9, Free: 10e9, Usable: true}, svc.report.Devices[1]}
	p.model.ApplyReport(svc.report)
	if got := method().Closed; got[0] != "" || got[3] != "qlora was never tried on Apple's graphics" {
		t.Errorf("on Apple's graphics: %q", got)
	}
	p.model.Draft.Settings.Device, p.model.Draft.Settings.Method = "cpu", "qlora"
	for _, l := range p.model.Fields() {
		if l.Field.Key == "device" && (l.Closed[0] == "" || l.Closed[1] != "" || l.Closed[3] == "") {
			t.Errorf("devices for qlora: %q", l.Closed)
		}
	}
	// A draft of another computer is stopped before the start.
	p.model.Draft.Settings.Device = "auto"
	if c := p.model.memoryCheck(); c.State != widgets.Blocked || !strings.Contains(c.Detail, "cpu") {
		t.Errorf("memory check: %+v", c)
	}
}
