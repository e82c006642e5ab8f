package widgets

import (
	"testing"

	"fyne.io/fyne/v2"

	"github.com/modelfactory/modelfactory/assets/icons"
	"github.com/modelfactory/modelfactory/ui/theme"
)

// The goldens of the basic widgets are parts of the design's own screens, so
// that a picture can be laid beside the drawing it must match.

func TestIconsGolden(t *testing.T) {
	assertBothThemes(t, "icons", fyne.NewSize(820, 400), func() fyne.CanvasObject {
		sheet := Flow(12, 12)
		for _, name := range icons.All() {
			sheet.Objects = append(sheet.Objects, Fixed(70, 34, VBox(0, NewIcon(name, 18, theme.Text), NewText(string(name), Tick.Centered()).Elide())))
		}
		return sheet
	}, nil)
}

func TestControlsGolden(t *testing.T) {
	assertBothThemes(t, "controls", fyne.NewSize(620, 420), func() fyne.CanvasObject {
		focused := NewButton("Focused", nil)
		focused.focused = true
		over := NewButton("Under the pointer", nil)
		over.over = true
		bad := NewEntry("")
		bad.SetText("12,5")
		field := NewFormField("Learning rate", bad, "")
		field.SetError("A number between 0 and 1, with a point.")
		ticked := NewCheck("Measure attribution", nil).Strong()
		ticked.SetChecked(true)
		off := NewCheck("Not now", nil)
		off.SetEnabled(false, "why")
		seg := NewSegmented([]string{"Light", "Dark", "System"}, nil)
		seg.SetSelected(1)
		tabs := NewTabs([]string{"Overview", "Rows 2,480", "Contributors 7"}, nil)
		return VBox(12,
			Row(8, NewButton("Import file…", nil).Icon(icons.Download), NewButton("New run", nil).Primary().Icon(icons.Plus).Key("Ctrl+N"),
				NewButton("Pause", nil).Icon(icons.Pause).Key("Ctrl+P"), NewButton("Start run", nil).Icon(icons.Play).Off("licence missing"), NewButton("Delete", nil).Danger()),
			Row(8, NewButton("See why", nil).Small(), NewButton("Add", nil).Small().Icon(icons.Plus), NewIconButton(icons.ChevronLeft, "Back", nil).Small(),
				NewIconButton(icons.Bell, "Notices", nil).Ghost(), focused, over),
			Row(12, NewButton("Install trainer and train", nil).Primary().Big().Icon(icons.Play).Key("Enter"), NewText("first answer in about 8 min", Label)),
			Row(8, NewSelect([]string{"All families", "Qwen"}, nil), NewSelect([]string{"by step"}, nil).Small(), NewSearch("Find a base").Width(168), NewPassword("Password").Width(140)),
			Row(16, ticked, NewCheck("Token edges", nil), off, seg),
			Row(16, NewLink("Use my own file…", nil).Icon(icons.File), NewLink("All 6", nil).Small(), NewHashChip("0x7A3f11c2a9D65e32B1E0f7C6a4D2c3B4e5F691Ce"), NewHashChip("4e9a0c12aa77c1").Quiet().Bare()),
			Row(8, NewPill("training", Info), NewPill("licensed", Good).Icon(icons.Check), NewPill("6 days left", Caution).Icon(icons.Clock), NewPill("1 licence is missing", Failed).Icon(icons.Error), NewPill("on this computer", Neutral)),
			tabs, field,
		)
	}, nil)
}

func TestRunCardGolden(t *testing.T) {
	assertBothThemes(t, "run-card", fyne.NewSize(688, 380), func() fyne.CanvasObject {
		bar := NewBar(theme.Primary).Thick(8)
		bar.SetValue(0.69)
		phases := NewPhaseBar()
		phases.Set([]Phase{
			{Name: "Preparing", Share: 1, Detail: "2 s"},
			{Name: "Loading", Share: 1, Detail: "9 s"},
			{Name: "Tokenising", Share: 1, Detail: "4 s"},
			{Name: "Training", Share: 0.69, Detail: "69 %", Weight: 4},
			{Name: "Saving"},
		})
		work := NewProgressRow(func() {})
		work.Set("Downloading", 0.44, "1.2 of 2.7 GB · 9.1 MB/s · about 3 min left")
		return VBox(theme.CardGap,
			NewCard(10,
				Row(8, NewText("Run 14 · Bike helper 3", SubTitle), NewPill("training", Info), Spacer(), NewButton("Pause", nil).Small().Icon(icons.Pause), NewButton("Open", nil).Small()),
				Row(12, Grow(bar), NewText("69 %", Strong)),
				Row(24, NewText("step 182 of 264 · pass 3 of 3", Caption), NewText("about 3 min left", Caption), NewText("eval loss 1.52 at step 168", Caption)),
			),
			NewCard(0, phases),
			NewCard(0, work),
			NewStepper([]string{"Base", "Data", "Check and start"}, nil),
		)
	}, nil)
}

func TestCheckRowsGolden(t *testing.T) {
	assertBothThemes(t, "check-rows", fyne.NewSize(670, 470), func() fyne.CanvasObject {
		missing, soon, own, tokens := NewCheckRow("Bicycle Workshop v4"), NewCheckRow("Polite Support v2"), NewCheckRow("Shop emails 2025"), NewCheckRow("Tokens")
		missing.Set(Blocked, "No licence for account Main", "Needed to start: train and serve")
		missing.SetAction(NewButton("Get licence, 12 OPEN", nil).Small().Primary())
		soon.Set(ToKnow, "Train and serve, ends in 6 days, on 27 Nov 2026", "This run may finish; a new one needs it renewed.")
		soon.SetAction(NewButton("Renew, 4 OPEN", nil).Small())
		own.Set(Passed, "Own data, stays on this computer", "Named in the manifest by its digest only")
		tokens.SetRich(Passed, []Span{{"2,095,638 read, ", Body}, {"1,172,142 trained", Strong}, {", in 3 passes", Body}}, "")
		return VBox(theme.CardGap,
			NewBareCard(CardHead("Cannot start yet", NewPill("1 licence is missing", Failed).Icon(icons.Error), Spacer(), NewText("checked 09:26, 6.4 s", Caption)),
				NewSection("Licences, read from the chain at block 8,410,493"), missing, NewRule(), soon, NewRule(), own,
				NewSection("Data"), tokens),
			NewNote(Neutral, icons.Info, "From 14 measured runs on this card: half within 3 %, the worst off by 8 % (18 Nov 2026). A 2-step trial confirms it first."),
			NewNote(Good, "", "Address is in the signed list for this network. Used by you 5 times, first on 2 Apr 2026."),
		)
	}, nil)
}

func TestErrorAndEmptyGolden(t *testing.T) {
	assertBothThemes(t, "error-empty", fyne.NewSize(716, 560), func() fyne.CanvasObject {
		return VBox(theme.CardGap,
			NewErrorCard(Failure{
				Title: "The graphics card ran out of memory at step 3 of 264",
				What:  "At the check 7.1 GB were free. At 18:41 only 4.9 GB were left for the run: blender had taken 2.2 GB in between. This run needs 5.6 GB.",
				Kept:  "Nothing was lost: recipe, data and licences are kept. No checkpoint was due before step 24.",
			}, NewButton("Start with this change", nil).Primary().Icon(icons.Play), NewButton("Copy diagnostics", nil).Icon(icons.Copy)),
			NewCode("mf run start --base Qwen3-0.6B\n  --data bicycle-workshop@4:0.7\n  --preset balanced --name \"Bike helper 3\""),
			NewCard(0, NewEmptyState(icons.Run, "No runs yet", "A run trains a base on the rows of one or more DataNets. It can be paused and goes on where it was.", NewButton("New run", nil).Primary().Icon(icons.Plus))),
		)
	}, nil)
}

func TestFirstRunGolden(t *testing.T) {
	assertBothThemes(t, "first-run", fyne.NewSize(1048, 330), func() fyne.CanvasObject {
		cards := NewRadioCards([]RadioCard{
			{Title: "Bicycle Workshop, sample", Detail: "240 rows · 6 contributors · CC BY 4.0", Example: "“My brakes squeal in the rain. What do I do?”"},
			{Title: "Plain Words", Detail: "180 rows · 3 contributors · CC BY 4.0", Example: "“Say this letter from the tax office simply.”"},
		}, 0, nil)
		presets := NewRadioGroup([]RadioItem{{"Quick", "1 pass, rank 8, about 3 min"}, {"Balanced", "3 passes, rank 16, about 10 min"}}, 1, nil)
		card, trainer := NewStateRow("Graphics card"), NewStateRow("Trainer")
		card.Set(icons.Check, theme.Ok, "RTX 4060 Laptop", "8.0 GB, of which 7.1 GB free · driver 565.77")
		trainer.Set(icons.Download, theme.Primary, "not installed", "PyTorch 2.9 for CUDA 12.8 · tested on this card before the first run")
		stat := NewStat("Speed")
		stat.Set("3,890 tokens/s", "2.04 s a step")
		return Columns(384,
			VBox(12, NewText("Teach a small model one thing", Figure), cards, presets),
			VBox(12, NewCard(0, Row(8, NewText("This computer", SubTitle), Spacer(), NewText("checked 10:02", Caption)), Pad(8, 0, 0, 0, NewRule()), card, NewRule(), trainer, NewRule(), NewFact("Base", "Qwen3-0.6B"), NewFact("Seed", "20261121"), stat)))
	}, nil)
}
