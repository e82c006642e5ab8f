package runscreen

import (
	"context"
	"fmt"
	"strings"

	"github.com/modelfactory/modelfactory/training"
	"github.com/modelfactory/modelfactory/ui/nav"
	"github.com/modelfactory/modelfactory/ui/widgets"
)

// Way is a way on from a failed run.
type Way struct {
	Title, Detail string
	Button        string
	// One of these three is what it does.
	Change *training.Recipe // a new run with this recipe, started at once
	Resume bool             // go on from the last checkpoint
	Route  nav.Route        // a page where the person does it
}

// Failure is the sentence, what came of it and what was kept.
func (m *Model) Failure() widgets.Failure {
	r := m.snap.Run
	f := training.Failure{Message: "The run failed and gave no reason.", Code: training.FailUnknown}
	if r.Failure != nil {
		f = *r.Failure
	}
	out := widgets.Failure{Title: headline(f, r), What: sentence(f.Message), Next: f.Advice}
	if plain(out.Title) == plain(out.What) {
		out.What = ""
	}
	switch saved := m.snap.LastCheckpoint; {
	case saved > 0:
		out.Kept = fmt.Sprintf("Kept: the checkpoint of step %s, recipe, data and licences.", widgets.Count(int64(saved)))
	case r.Recipe.CheckpointEvery > 0:
		out.Kept = fmt.Sprintf("Recipe, data and licences are kept. No checkpoint was due before step %s.", widgets.Count(int64(r.Recipe.CheckpointEvery)))
	default:
		out.Kept = "Recipe, data and licences are kept."
	}
	return out
}

// headline is the cause in one sentence with the step.
func headline(f training.Failure, r training.Run) string {
	where := ""
	if r.Step > 0 && r.Steps > 0 {
		where = fmt.Sprintf(" at step %s of %s", widgets.Count(int64(r.Step)), widgets.Count(int64(r.Steps)))
	}
	switch f.Code {
	case training.FailMemory:
		return "The memory ran out" + where
	case training.FailDisk:
		return "The disk is full" + where
	case training.FailData:
		return "The data cannot be trained on"
	case training.FailLicence:
		return "A licence is missing"
	case training.FailNaN:
		return "The loss was no longer a number" + where
	case training.FailDriver:
		return "The graphics driver failed" + where
	case training.FailTrainer:
		return "The trainer is damaged"
	case training.FailKilled:
		return "The trainer was ended from outside" + where
	case training.FailNotResponding:
		return "The trainer did not respond" + where
	case training.FailBase:
		return "The base differs from what was recorded"
	case training.FailProof:
		return "The result is not proved"
	}
	return strings.TrimSuffix(sentence(f.Message), ".")
}

func sentence(s string) string {
	s = capital(strings.TrimSpace(s))
	if s != "" && !strings.HasSuffix(s, ".") {
		s += "."
	}
	return s
}

func plain(s string) string { return strings.ToLower(strings.Trim(s, " .")) }

// Ways are up to three ways on, best first and ready to start.
func (m *Model) Ways() []Way {
	r := m.snap.Run
	code := training.FailUnknown
	if r.Failure != nil {
		code = r.Failure.Code
	}
	edit := Way{Title: "Change the recipe yourself", Detail: "Opens a new run with the same base, data and settings.", Button: "Edit recipe…", Route: nav.Route{Page: nav.PageNewRun, Arg: "run=" + string(r.ID)}}
	again := m.again()
	var ways []Way
	switch code {
	case training.FailMemory:
		if w, ok := lessMemory(r.Recipe); ok {
			ways = append(ways, w)
		}
		again.Detail = "Close programs that use much memory first. " + again.Detail
		edit.Title, edit.Detail = "Use a smaller base", "Opens a new run with the same data and settings."
		ways = append(ways, again, edit)
	case training.FailNaN:
		calmer := r.Recipe
		calmer.LearningRate = twoDigits(calmer.LearningRate / 3)
		ways = append(ways, Way{
			Title:  "Learn in smaller steps, and start again",
			Detail: fmt.Sprintf("Learning rate %s instead of %s.", RateText(calmer.LearningRate), RateText(r.Recipe.LearningRate)),
			Button: "Start with this change", Change: &calmer,
		}, edit)
	case training.FailProof:
		more := r.Recipe
		more.Passes *= 2
		ways = append(ways, Way{Title: "Go through the data twice as often", Detail: fmt.Sprintf("%d passes instead of %d.", more.Passes, r.Recipe.Passes), Button: "Start with this change", Change: &more}, edit)
	case training.FailLicence:
		ways = append(ways, Way{Title: "Get the licence", Detail: "Then start the same recipe again.", Button: "Show DataNets", Route: nav.Route{Page: nav.PageDataNets}}, again, edit)
	case training.FailTrainer:
		ways = append(ways, Way{Title: "Repair the trainer", Detail: "Downloads what is damaged and tests it.", Button: "Repair…", Route: nav.Route{Page: nav.PageSettings}}, again)
	case training.FailDriver:
		if r.Recipe.Device != "cpu" {
			slow := r.Recipe
			slow.Device = "cpu"
			ways = append(ways, Way{Title: "Train on the processor", Detail: "Slower, and needs no driver.", Button: "Start with this change", Change: &slow})
		}
		ways = append(ways, again, edit)
	case training.FailData, training.FailBase:
		ways = append(ways, edit, again)
	default: // disk, killed, not responding, unknown
		ways = append(ways, again, edit)
	}
	return ways[:min(len(ways), 3)]
}

// again resumes from the last checkpoint, or starts the same recipe as a new
// run where there is none.
func (m *Model) again() Way {
	r := m.snap.Run
	if saved := m.snap.LastCheckpoint; saved > 0 {
		return Way{Title: fmt.Sprintf("Go on from step %s", widgets.Count(int64(saved))), Detail: fmt.Sprintf("The same run; it does %s again.", stepCount(max(0, r.Step-saved))), Button: "Go on", Resume: true}
	}
	same := r.Recipe
	return Way{Title: "Start the same recipe again", Detail: "A new run from its first step.", Button: "Start again", Change: &same}
}

// lessMemory is the smallest change that lowers the peak: layers that run twice,
// then fewer tokens at once, then shorter rows, then a smaller adapter.
func lessMemory(r training.Recipe) (Way, bool) {
	w := Way{Title: "Keep less in memory, and start again", Button: "Start with this change"}
	switch {
	case r.Recompute != "on":
		r.Recompute = "on"
		w.Detail = "Each layer runs twice instead of being kept; what is learnt stays the same."
	case r.TokenBudget == 0 || r.TokenBudget > r.MaxLength:
		r.TokenBudget = r.MaxLength
		w.Detail = fmt.Sprintf("At most %d tokens at once; what is learnt stays the same.", r.TokenBudget)
	case r.MaxLength >= 128:
		was := r.MaxLength
		r.MaxLength /= 2
		r.TokenBudget = r.MaxLength
		w.Detail = fmt.Sprintf("Rows of at most %d tokens instead of %d; longer ones are left out.", r.MaxLength, was)
	case r.Rank > 4:
		was := r.Rank
		r.Rank, r.Alpha = was/2, max(1, r.Alpha/2)
		w.Detail = fmt.Sprintf("Rank %d instead of %d.", r.Rank, was)
	default:
		return Way{}, false
	}
	w.Change = &r
	return w, true
}

func twoDigits(v float64) float64 {
	var out float64
	if _, err := fmt.Sscanf(fmt.Sprintf("%.1e", v), "%g", &out); err != nil {
		return v
	}
	return out
}

// Take carries a way out that is not a page, and returns the run to show.
func Take(ctx context.Context, svc Services, r training.Run, w Way) (training.RunID, error) {
	if w.Resume {
		return r.ID, svc.Resume(ctx, r.ID)
	}
	made, err := svc.Create(ctx, training.RunSpec{Name: r.Name, Recipe: *w.Change, Account: r.Account})
	if err != nil {
		return "", err
	}
	return made.ID, svc.Start(ctx, made.ID)
}

// Fact is a line of the side card.
type Fact struct{ Label, Value string }

// Facts describe the run and its recipe.
func (m *Model) Facts() []Fact {
	r := m.snap.Run
	zone := m.Now().Location()
	var out []Fact
	add := func(label, value string) {
		if value != "" {
			out = append(out, Fact{label, value})
		}
	}
	if !r.Started.IsZero() {
		add("Started", r.Started.In(zone).Format("2 Jan 2006, 15:04"))
	}
	if !r.Ended.IsZero() {
		end := r.Ended.In(zone).Format("15:04")
		if !r.Started.IsZero() {
			end += ", after " + widgets.Took(r.Ended.Sub(r.Started))
		}
		add("Ended", end)
	}
	if r.State == training.StateFailed {
		add("Phase", string(m.phase()))
	}
	base, _, _ := strings.Cut(r.Recipe.Base, "@")
	add("Base", base)
	add("Method", MethodText(r.Recipe.Settings))
	add("Learning rate", fmt.Sprintf("%s, %s", RateText(r.Recipe.LearningRate), r.Recipe.Scheduler))
	add("Batch", fmt.Sprintf("%d × %d rows, at most %s tokens", r.Recipe.BatchSize, r.Recipe.Accumulation, widgets.Count(int64(r.Recipe.MaxLength))))
	add("Data", DataText(r.Recipe.Data))
	if r.Failure != nil {
		add("Code", r.Failure.Code)
	}
	return out
}

// MethodText is "LoRA, rank 16".
func MethodText(s training.Settings) string {
	name := map[string]string{"lora": "LoRA", "rslora": "rsLoRA"}[s.Method]
	if name == "" {
		name = s.Method
	}
	return fmt.Sprintf("%s, rank %d", name, s.Rank)
}

// DataText is one source's name, or how many there are.
func DataText(data []training.Source) string {
	switch len(data) {
	case 0:
		return ""
	case 1:
		return fmt.Sprintf("%s v%d", data[0].Ref.Net, data[0].Ref.Version)
	}
	return fmt.Sprintf("%d sources", len(data))
}
