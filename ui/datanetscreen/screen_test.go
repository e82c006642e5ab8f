package datanetscreen

import (
	"errors"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"

	"github.com/modelfactory/modelfactory/datasets"
	"github.com/modelfactory/modelfactory/ui/nav"
	"github.com/modelfactory/modelfactory/ui/theme"
	"github.com/modelfactory/modelfactory/ui/uitest"
	"github.com/modelfactory/modelfactory/ui/widgets"
)

func openList(f *uitest.Frame, svc Services, arg string) *listPage {
	p := newListPage(f, svc, f.Clock, clock)
	f.Show(p, arg)
	return p
}

func openDetail(f *uitest.Frame, svc Services, arg string) *detailPage {
	p := newDetailPage(f, svc, f.Clock, clock)
	f.Show(p, arg)
	return p
}

func TestListScreen(t *testing.T) {
	uitest.Both(t, fyne.Size{}, func(t *testing.T, f *uitest.Frame) {
		p := openList(f, story(), "")
		p.table.Select(0)
		f.Picture("datanets")
		f.Says("All 8", "Usable now 4", "Mine 1", "Contributed to 5", "8 DataNets · read at block 8,411,902", "Import file…",
			"Bicycle Workshop", "Repair questions, answered by mechanics", "Train and serve", "12 OPEN", "a year", "none", "6 days left", "Own data", "yours", "CC BY 4.0", "free", "open", "By request", "owner decides", "9 OPEN", "for 90 days", "ended 3 Nov 2026",
			"cannot be read", "net.json is not JSON.")
		f.Hides("New DataNet") // not built yet
		p.filters.search.SetText("proverb")
		f.Picture("datanets-search")
		f.Says("Tamil Proverbs", "1 of 8")
		f.Hides("Bread and Dough")
		p.filters.search.SetText("zzz")
		f.Picture("datanets-empty")
		f.Says("No DataNet matches")
		f.Tap("Clear the filters")
		f.Says("8 DataNets", "Bread and Dough")
		p.table.OnOpen(0)
		if f.Last() != (nav.Route{Page: nav.PageDataNet, Arg: "polite-support"}) {
			t.Errorf("opened %+v", f.Last())
		}
	})
	for name, size := range map[string]fyne.Size{"1920": fyne.NewSize(1920, 1080), "960": fyne.NewSize(960, 640)} {
		f := uitest.Open(t, theme.Light, size)
		openList(f, story(), "")
		f.Picture("datanets-" + name)
		f = uitest.Open(t, theme.Dark, size)
		openDetail(f, story(), "bicycle-workshop")
		f.Picture("datanet-" + name)
	}
}

func TestListWithoutChainAndWithoutDisk(t *testing.T) {
	uitest.Both(t, fyne.Size{}, func(t *testing.T, f *uitest.Frame) {
		svc := story()
		for i := range svc.nets {
			if !svc.nets[i].Private {
				svc.nets[i].Standing = datasets.Standing{State: datasets.StandingUnknown, Reason: "OpenLedger cannot be reached"}
			}
		}
		openList(f, svc, "")
		f.Picture("datanets-away")
		f.Says("The network does not answer: OpenLedger cannot be reached.", "not known", "yours")
	})
	f := uitest.Open(t, theme.Light, fyne.Size{})
	svc := story()
	svc.err = errors.New("input/output error")
	openList(f, svc, "")
	f.Picture("datanets-error")
	f.Says("input/output error.")
	svc.err = nil
	f.Clock.Tick()
	f.Says("Bicycle Workshop")
	f.Hides("input/output error.")
	f.Leave()
	if f.Clock.Following() != 0 {
		t.Error("the list is still followed after the page is hidden")
	}
}

func TestDetailStates(t *testing.T) {
	held := story()
	held.nets[1].Standing = datasets.Standing{State: datasets.StandingHeld, Until: clock().AddDate(1, 0, 0), Block: 8_411_902}
	poor := story()
	poor.accounts = nil
	forged := story()
	forged.rows["bicycle-workshop"][3].Row.Messages[1].Content = "Throw it away."
	for _, c := range []struct {
		name, arg   string
		svc         *studio
		says, hides []string
	}{
		{"datanet", "bicycle-workshop", story(), []string{
			"Bicycle Workshop", "60", "English", "Models made of it", "Overview", "Rows 60", "Contributors 5", "Versions 4", "Row 1 · by", "Asks", "Gears skip on the 2 smallest cogs", "Answers", "in v4, proof checks",
			"Licence: train and serve", "12 OPEN", "for 365 days, all versions until then", "Train models while the licence lasts", "Pass the rows on", "50 % of what a model made of it earns", "Get licence, 12 OPEN…", "12 Nov 2026", "Share of rows", "33.3 %", "· you", "a version never changes",
			"DataNet 3 of chain 1612", "Verify", "Use in a run",
		}, []string{"Contribute rows", "Estimated influence", "Make a wallet"}},
		{"datanet-held", "bicycle-workshop", held, []string{"held to 21 Nov 2027", "Extend, 12 OPEN…"}, []string{"Get licence"}},
		{"datanet-no-wallet", "bicycle-workshop", poor, []string{"There is no wallet yet.", "Make a wallet"}, nil},
		{"datanet-own", "shop-emails-2025", story(), []string{"Own data", "Private: it lies on this computer only", "yours", "Not registered on a chain."}, []string{"Get licence", "0x0000"}},
		{"datanet-forged", "bicycle-workshop", forged, []string{"does not fit the root of v4"}, []string{"proof checks"}},
		{"datanet-damaged", "broken-net", story(), []string{"broken-net cannot be read", "net.json is not JSON."}, []string{"Verify"}},
		{"datanet-unknown", "no-such-net", story(), []string{`There is no DataNet "no-such-net".`}, []string{"Verify"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			uitest.Both(t, fyne.Size{}, func(t *testing.T, f *uitest.Frame) {
				openDetail(f, c.svc, c.arg)
				f.Picture(c.name)
				f.Says(c.says...)
				f.Hides(c.hides...)
			})
		})
	}
}

func TestRowsAreSamplesOnlyWithoutALicence(t *testing.T) {
	f := uitest.Open(t, theme.Light, fyne.Size{})
	p := openDetail(f, story(), "bicycle-workshop")
	p.tab = tabRows
	p.tabs.SetSelected(tabRows)
	p.draw()
	f.Picture("datanet-rows-locked")
	f.Says("These are samples. All 60 rows are shown with a licence.")
	f.Hides("Row 3")

	f = uitest.Open(t, theme.Dark, fyne.Size{})
	p = openDetail(f, story(), "shop-emails-2025")
	p.tab = tabRows
	p.tabs.SetSelected(tabRows)
	p.draw()
	f.Picture("datanet-rows")
	f.Says("rows 1 to 20 of 310", "Row 20", "Order 20 has not arrived.")
	if off, _ := f.Disabled("Earlier"); !off {
		t.Error("there is something before the first row")
	}
	f.Tap("Later")
	f.Says("rows 21 to 40 of 310")
	f.Press(nav.KeyRight)
	f.Says("rows 41 to 60 of 310")
	for range 20 {
		f.Press(nav.KeyRight)
	}
	f.Says("rows 301 to 310 of 310")
	f.Press(nav.KeyLeft)
	f.Says("rows 281 to 300 of 310")
	p.tab = tabVersions
	p.draw()
	f.Picture("datanet-versions")
	f.Says("Digest", "Size")
}

func TestLicenceAndUseLeadOn(t *testing.T) {
	f := uitest.Open(t, theme.Light, fyne.Size{})
	openDetail(f, story(), "bicycle-workshop")
	f.Tap("Get licence, 12 OPEN…")
	if f.Last() != (nav.Route{Page: nav.PageReview, Arg: "licence=bicycle-workshop"}) {
		t.Errorf("went to %+v", f.Last())
	}
	f.Tap("Use in a run")
	if f.Last() != (nav.Route{Page: nav.PageNewRun, Arg: "net=bicycle-workshop"}) {
		t.Errorf("went to %+v", f.Last())
	}
	svc := story()
	svc.accounts = nil
	openDetail(f, svc, "bicycle-workshop")
	if off, why := f.Disabled("Get licence, 12 OPEN…"); !off || why != "There is no wallet yet." {
		t.Errorf("without a wallet: off %v, %q", off, why)
	}
	f.Tap("Make a wallet")
	if f.Last().Page != nav.PageWallet {
		t.Errorf("went to %+v", f.Last())
	}
}

func TestVerifyNamesEveryMismatch(t *testing.T) {
	uitest.Both(t, fyne.Size{}, func(t *testing.T, f *uitest.Frame) {
		svc := story()
		svc.report = Report{Verified: true, OnChain: true}
		openDetail(f, svc, "bicycle-workshop")
		f.Clock.Hold = true
		f.Tap("Verify")
		f.Picture("datanet-verifying")
		f.Says("Recomputing the rows of version 4", "Cancel")
		if off, _ := f.Disabled("Verify"); !off {
			t.Error("it can be started twice")
		}
		f.Clock.Release()
		f.Says("Version 4 is whole: every row was recomputed, and root and digest are those on the chain.")
		svc.report = Report{Note: "Fetch this version again, or compare it with a copy.", Differences: []datasets.Difference{
			{File: "rows.jsonl:17", Want: strings.Repeat("a", 64), Got: strings.Repeat("b", 64)}, {File: "manifest.json", Want: strings.Repeat("c", 64), Got: strings.Repeat("d", 64)},
		}}
		f.Press(nav.KeyAgain)
		f.Picture("datanet-differs")
		f.Says("2 parts differ from what was published.", "rows.jsonl:17", "manifest.json", "aaaaaaaaaa…aaaaaaaaaa")
		svc.verifyErr = errors.New("input/output error")
		f.Press(nav.KeyAgain)
		f.Says("input/output error.")
	})
}

// A damaged row is said, and the way to see which one stands beside it.
func TestADamagedRowCanBeVerified(t *testing.T) {
	f := uitest.Open(t, theme.Light, fyne.Size{})
	svc := story()
	svc.rowErr = &datasets.Error{Kind: datasets.KindRefused, Message: "row 3 is damaged", Next: "Verify it."}
	svc.report = Report{Differences: []datasets.Difference{{File: "rows.jsonl:3", Want: strings.Repeat("a", 64), Got: strings.Repeat("b", 64)}}}
	openDetail(f, svc, "bicycle-workshop")
	f.Says("ow 3 is damaged", "Bicycle Workshop")
	f.Tap("Verify")
	f.Says("rows.jsonl:3")
}

func TestCancelledVerificationSaysNothingFalse(t *testing.T) {
	f := uitest.Open(t, theme.Light, fyne.Size{})
	svc := story()
	svc.report = Report{Verified: true, OnChain: true}
	openDetail(f, svc, "bicycle-workshop")
	f.Clock.Hold = true
	f.Tap("Verify")
	f.Tap("Cancel")
	f.Clock.Release()
	f.Hides("is whole", "Cancelled", "Recomputing")
}

func TestImport(t *testing.T) {
	uitest.Both(t, fyne.Size{}, func(t *testing.T, f *uitest.Frame) {
		svc := story()
		openList(f, svc, "import=/data/shop_emails.csv")
		f.Clock.Advance(time.Second)
		f.Picture("import")
		f.Says("Import shop_emails.csv", "A table with commas: a head line with two columns.", "question", "Answer, learnt", "Leave out", "Where is order 1?", "the first 200 rows can be read", "It becomes a private DataNet on this computer.")
		if f.Routes[0] != (nav.Route{Page: nav.PageDataNets}) {
			t.Errorf("the route that asked stays: %+v", f.Routes)
		}
		f.Tap("Import")
		if got := svc.asked[len(svc.asked)-1]; got.Name != "shop emails" || got.SkipBad {
			t.Errorf("imported with %+v", got)
		}
		if f.Last() != (nav.Route{Page: nav.PageDataNet, Arg: "shop-emails-2025"}) || len(f.Toasts) != 1 || f.Toasts[0] != "310 rows imported as Shop emails 2025 v1" {
			t.Errorf("went to %+v, said %v", f.Last(), f.Toasts)
		}
	})
}

func TestImportWithBadRows(t *testing.T) {
	f := uitest.Open(t, theme.Light, fyne.Size{})
	svc := story()
	svc.importErr = &datasets.Error{Kind: datasets.KindRefused, Message: "12 rows of the file cannot be used"}
	svc.imported.Skipped = 12
	for i := range 10 {
		svc.imported.Errors = append(svc.imported.Errors, datasets.RowError{Line: 1040 + i, Message: "the answer is empty"})
	}
	p := openList(f, svc, "")
	p.startImport("emails.csv")
	f.Tap("Import")
	f.Picture("import-bad-rows")
	f.Says("12 rows cannot be used", "line 1,040", "The answer is empty.", "and 6 more", "Mend the rows with errors in the file, or leave them out.")
	if off, _ := f.Disabled("Import"); !off {
		t.Error("it can be imported in spite of the errors")
	}
	uitest.First[*widgets.Check](f).Tapped(nil)
	f.Tap("Import")
	if got := svc.asked[len(svc.asked)-1]; !got.SkipBad {
		t.Errorf("imported with %+v", got)
	}
	if !strings.Contains(f.Toasts[0], "12 left out") {
		t.Errorf("said %v", f.Toasts)
	}
}

func TestImportAsksForTheMapping(t *testing.T) {
	f := uitest.Open(t, theme.Dark, fyne.Size{})
	svc := story()
	svc.lookErr = &datasets.Error{Kind: datasets.KindRefused, Message: "the columns are not known"}
	entries := svc.preview.Entries
	svc.preview = datasets.Preview{Columns: []string{"frage", "antwort"}}
	p := openList(f, svc, "")
	d := openImport(f, svc, f.Clock, NewImport("faq.csv", nil))
	f.Picture("import-mapping")
	f.Says("The columns are not known. Say what each of them is.", "frage", "antwort", "Say which column is the question and which the answer.")
	svc.preview.Entries, svc.preview.Rows, svc.preview.Format = entries, 200, datasets.FormatCSV
	d.imp.Map("frage", datasets.UseUser)
	d.imp.Map("antwort", datasets.UseAssistant)
	d.look()
	f.Says("Where is order 1?")
	if off, why := f.Disabled("Import"); off {
		t.Errorf("cannot be imported: %s", why)
	}
	got := svc.asked[len(svc.asked)-1].Mapping
	if got["frage"] != datasets.UseUser || got["antwort"] != datasets.UseAssistant {
		t.Errorf("asked with %v", got)
	}
	_ = p
}

func TestImportOfAFileThatIsNone(t *testing.T) {
	f := uitest.Open(t, theme.Light, fyne.Size{})
	svc := story()
	svc.preview, svc.lookErr = datasets.Preview{}, &datasets.Error{Kind: datasets.KindRefused, Message: "the file is not text", Next: "Choose a JSONL or CSV file."}
	p := openList(f, svc, "")
	if !p.Dropped([]string{"photo.jpg"}) {
		t.Fatal("a dropped file is not taken")
	}
	f.Picture("import-not-text")
	f.Says("The file is not text.", "Choose a JSONL or CSV file.", "Nothing was written.")
	if off, _ := f.Disabled("Import"); !off {
		t.Error("it can be imported")
	}
	f.Tap("Cancel")
	f.Hides("The file is not text.")
}

func TestImportCanBeCancelled(t *testing.T) {
	f := uitest.Open(t, theme.Light, fyne.Size{})
	svc := story()
	p := openList(f, svc, "")
	p.startImport("emails.csv")
	f.Clock.Hold = true
	f.Tap("Import")
	f.Says("Reading the file")
	f.Tap("Cancel")
	f.Clock.Release()
	f.Hides("Reading the file")
	if len(f.Toasts) != 1 || !strings.Contains(f.Toasts[0], "nothing was written") || f.Last().Page == nav.PageDataNet {
		t.Errorf("said %v, went to %+v", f.Toasts, f.Last())
	}
}
