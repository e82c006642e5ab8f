package homescreen

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/modelfactory/modelfactory/chain"
	"github.com/modelfactory/modelfactory/chain/lineage"
	"github.com/modelfactory/modelfactory/datasets"
	"github.com/modelfactory/modelfactory/training"
	"github.com/modelfactory/modelfactory/training/local"
	"github.com/modelfactory/modelfactory/ui/installing"
	"github.com/modelfactory/modelfactory/ui/widgets"
)

// Services are what the screen needs of the studio. All but WatchAll are called
// off the UI goroutine.
type Services interface {
	Runs(ctx context.Context) ([]training.Run, error)
	Snapshot(ctx context.Context, id training.RunID, since int) (training.Snapshot, error)
	Pause(ctx context.Context, id training.RunID) error
	Resume(ctx context.Context, id training.RunID) error
	WatchAll() (changed <-chan struct{}, cancel func())
	Models(ctx context.Context) ([]lineage.Model, error)
	// Library lists the DataNets on this computer without asking a chain.
	Library(ctx context.Context) ([]datasets.DataNet, error)
	Questions(ctx context.Context, s datasets.Slug) ([]datasets.Question, error)
	// Standing asks the chain what the account in use may do with a net.
	Standing(ctx context.Context, s datasets.Slug) (datasets.Standing, error)
	Transactions(ctx context.Context) ([]chain.TxRecord, error)
	Place(ctx context.Context) Place
	Doctor(ctx context.Context) local.Report
	// Install makes trainer and sample base ready and returns at once when they
	// are. Ended early, it goes on from there the next time.
	Install(ctx context.Context, opt local.InstallOptions, progress func(local.InstallProgress)) error
	// UseProcessor agrees to train on the processor although there is a card.
	UseProcessor(ctx context.Context) error
	// StartSample makes and starts a run of the embedded base on one net, with
	// the balanced preset.
	StartSample(ctx context.Context, s datasets.Slug) (training.Run, error)
}

// Place is where the studio works.
type Place struct {
	Folder  string        // the data folder, as a person writes it
	Network chain.Profile // in use
	Base    training.Base // that the sample run tunes; zero when not known
	Wallet  bool          // there is one
	// WordsChecked says that the person has proved to have the wallet's words.
	WordsChecked bool
	Account      string // in use, empty without a wallet
}

// State is what changes while runs go on.
type State struct {
	Runs    []training.Run
	Running *training.Snapshot // nil: no run is on
	Models  []lineage.Model
	Nets    []datasets.DataNet
	// Example is a question of each sample, to show what it is about.
	Example map[datasets.Slug]string
}

// Shelf is what changes slowly and may wait for a chain.
type Shelf struct {
	Place    Place
	Standing map[datasets.Slug]datasets.Standing
	Txs      []chain.TxRecord
}

// Reader reads the State. Models and nets are files: they are read again when
// a run changes its state, and at least every few seconds.
func Reader(svc Services, now func() time.Time) func(context.Context) (State, error) {
	var kept State
	var at time.Time
	states := ""
	return func(ctx context.Context) (State, error) {
		runs, err := svc.Runs(ctx)
		if err != nil {
			return State{}, err
		}
		is := ""
		for _, r := range runs {
			is += string(r.ID) + string(r.State)
		}
		if is != states || now().Sub(at) > 4*time.Second {
			if kept.Models, err = svc.Models(ctx); err != nil {
				return State{}, err
			}
			if kept.Nets, err = svc.Library(ctx); err != nil {
				return State{}, err
			}
			if kept.Example == nil {
				kept.Example = examples(ctx, svc, kept.Nets)
			}
			states, at = is, now()
		}
		s := kept
		s.Runs = runs
		for _, r := range runs {
			if r.State != training.StateRunning {
				continue
			}
			// Points from the start of the last two evals on are enough.
			snap, err := svc.Snapshot(ctx, r.ID, max(r.Step-2*max(r.Recipe.EvalEvery, 1), -1))
			if err != nil {
				return State{}, err
			}
			s.Running = &snap
		}
		return s, nil
	}
}

// examples are questions of the samples. One that cannot be read leaves its
// card without an example, and the page standing.
func examples(ctx context.Context, svc Services, nets []datasets.DataNet) map[datasets.Slug]string {
	out := map[datasets.Slug]string{}
	for _, n := range nets {
		if !n.Sample || n.Damaged != "" {
			continue
		}
		if q, err := svc.Questions(ctx, n.Slug); err == nil && len(q) > 0 {
			out[n.Slug] = q[0].Prompt
		}
	}
	return out
}

// ReadShelf reads the Shelf. A chain that does not answer leaves standings out;
// it is no error of this page.
func ReadShelf(ctx context.Context, svc Services) (Shelf, error) {
	s := Shelf{Place: svc.Place(ctx), Standing: map[datasets.Slug]datasets.Standing{}}
	nets, err := svc.Library(ctx)
	if err != nil {
		return s, err
	}
	for _, n := range nets {
		if n.Private || n.Damaged != "" || !n.Terms.NeedsLicence() {
			continue
		}
		if st, err := svc.Standing(ctx, n.Slug); err == nil {
			s.Standing[n.Slug] = st
		}
	}
	s.Txs, err = svc.Transactions(ctx)
	return s, err
}

// Model is what the page shows. Every method answers from what was applied
// last.
type Model struct {
	Now func() time.Time
	// PutOff says until when an item of Needs stays away, by its key; the far
	// future is for good. The screen keeps it.
	PutOff map[string]time.Time
	// Chosen is the sample to train on.
	Chosen datasets.Slug

	state    State
	shelf    Shelf
	report   local.Report
	checked  time.Time
	ready    bool
	work     Work
	progress installing.Meter
}

// Work is what the main button of the first run started.
type Work string

// The steps of it.
const (
	Idle       Work = ""
	Installing Work = "installing"
	Stopping   Work = "stopping"
	Starting   Work = "starting the run"
)

// NewModel makes a model that has read nothing.
func NewModel(now func() time.Time) *Model {
	return &Model{Now: now, PutOff: map[string]time.Time{}}
}

// Apply takes a State over.
func (m *Model) Apply(s State) {
	m.state, m.ready = s, true
	if samples := m.Samples(); !slices.ContainsFunc(samples, func(x Sample) bool { return x.Slug == m.Chosen }) {
		m.Chosen = ""
		if len(samples) > 0 {
			m.Chosen = samples[0].Slug
		}
	}
}

// ApplyShelf takes a Shelf over.
func (m *Model) ApplyShelf(s Shelf) { m.shelf = s }

// ApplyReport takes over what was found on this computer.
func (m *Model) ApplyReport(r local.Report) { m.report, m.checked = r, m.Now() }

// Ready says whether a State was applied.
func (m *Model) Ready() bool { return m.ready }

// Checked says whether this computer was looked at.
func (m *Model) Checked() bool { return !m.checked.IsZero() }

// FirstRun says whether there is no model yet.
func (m *Model) FirstRun() bool { return m.ready && len(m.state.Models) == 0 }

// Sample is a DataNet to learn from first: free, and on this computer.
type Sample struct {
	Slug                   datasets.Slug
	Title, Detail, Example string
}

// Samples are the sample DataNets that need no licence, those that may be used
// for anything first.
func (m *Model) Samples() []Sample {
	var out []Sample
	nets := slices.Clone(m.state.Nets)
	rank := func(n datasets.DataNet) int {
		if n.Terms.Commercial {
			return 0
		}
		return 1
	}
	slices.SortStableFunc(nets, func(a, b datasets.DataNet) int { return cmp.Compare(rank(a), rank(b)) })
	for _, n := range nets {
		if !n.Sample || n.Damaged != "" || n.Terms.NeedsLicence() {
			continue
		}
		s := Sample{Slug: n.Slug, Title: n.Title + ", sample"}
		s.Detail = fmt.Sprintf("%s · %s · %s", plural(n.Newest().Rows, "row"), plural(len(n.Contributors), "contributor"), LicenceName(n.SPDX))
		if q := m.state.Example[n.Slug]; q != "" {
			s.Example = "“" + q + "”"
		}
		out = append(out, s)
	}
	return out
}

// Intro is the line under the title of the first run.
func (m *Model) Intro() string {
	n := len(m.Samples())
	if n == 0 {
		return "No account, no money needed."
	}
	return capital(spelled(n, "free sample DataNet")) + " came with the app. No account, no money needed."
}

// TrainerReady says whether the trainer and the sample base need no download.
func (m *Model) TrainerReady() bool {
	return m.report.Install.State == local.Ready && m.shelf.Place.Base.Installed
}

// MainText is what the main button says.
func (m *Model) MainText() string {
	switch {
	case m.Ask() != "" && m.TrainerReady():
		return "Train on the processor"
	case m.Ask() != "":
		return "Install, train on the processor"
	case m.TrainerReady():
		return "Train"
	case m.report.Install.State == local.Partial:
		return "Finish the trainer and train"
	}
	return "Install trainer and train"
}

// Ask is what the person has to know before a run takes the processor instead
// of the card that is there; empty when there is nothing to ask.
func (m *Model) Ask() string {
	if m.report.Ask == "" || m.work != Idle { // asked and answered
		return ""
	}
	text := m.report.Ask + ". The processor is much slower; for the sample it will do."
	for _, d := range m.report.Devices {
		if !d.Usable && d.Fix != "" {
			return text + " To use the card: " + d.Fix
		}
	}
	return text
}

// Blocked is why the main button cannot be pressed now; empty when it can.
func (m *Model) Blocked() string {
	switch {
	case !m.Checked():
		return "Looking at this computer…"
	case m.Chosen == "":
		return "The sample DataNets cannot be read. Use a file of your own, or look at DataNets."
	case m.work != Idle:
		return "It is under way."
	}
	if r, on := m.Running(); on {
		return fmt.Sprintf("Run %d is on. It can start when that one has ended.", r.Run.Number)
	}
	if !m.TrainerReady() {
		for _, f := range m.report.Findings {
			if f.Level == "problem" && m.report.Install.State != local.Partial {
				return f.Message + " " + f.Advice
			}
		}
		if in := m.report.Install; m.report.Disk > 0 && m.report.Disk < in.Disk {
			return fmt.Sprintf("It needs %s on disk and %s are free.", widgets.Bytes(in.Disk), widgets.Bytes(m.report.Disk))
		}
	}
	return ""
}

// Cost is what installing takes, in a strong and a quiet line; both are empty
// when nothing is to be installed.
func (m *Model) Cost() (what, detail string) {
	in := m.report.Install
	if !m.Checked() || m.TrainerReady() {
		return "", ""
	}
	if in.State == local.Ready { // only the base is missing
		size := "a small download"
		if d := m.shelf.Place.Base.Download; d > 0 {
			size = "one download of about " + widgets.Bytes(d)
		}
		return "The base: " + size, "Files are checked · goes on where it stopped if interrupted"
	}
	what = "The trainer: one download of about " + widgets.Bytes(in.Download)
	if in.State == local.Partial {
		what = "The trainer is not whole: " + in.Reason
	}
	if name, _, tested := installing.Packages(m.report); !tested && name != "" {
		what += ", untested packages"
	}
	return what, fmt.Sprintf("About %s on disk · files are checked · tested on this computer before the first run · goes on where it stopped if interrupted", widgets.Bytes(in.Disk))
}

// Begin notes that the main button was pressed; false when it may not be.
func (m *Model) Begin() bool {
	if m.Blocked() != "" {
		return false
	}
	m.progress.Set(local.InstallProgress{})
	m.work = Installing
	if m.TrainerReady() {
		m.work = Starting
	}
	return true
}

// Work is what is under way.
func (m *Model) Work() Work { return m.work }

// Step moves the work on; Idle ends it.
func (m *Model) Step(w Work) { m.work = w }

// Meter is where the installation reports to.
func (m *Model) Meter() *installing.Meter { return &m.progress }

// Progress says how far the installation is.
func (m *Model) Progress() (phase string, share float64, detail string) {
	switch m.work {
	case Starting:
		return "Starting the run", -1, ""
	case Stopping:
		return "Stopping", -1, "what was fetched stays"
	}
	return installing.Words(m.progress.Get())
}

// Running is the run that is on.
func (m *Model) Running() (training.Snapshot, bool) {
	if m.state.Running == nil {
		return training.Snapshot{}, false
	}
	return *m.state.Running, true
}

// Job is the running run in words.
type Job struct {
	ID          training.RunID
	Title, Word string
	Tone        widgets.Tone
	Share       float64
	Facts       []string
	CanPause    bool
}

// Job describes the running run.
func (m *Model) Job() (Job, bool) {
	s, on := m.Running()
	if !on {
		return Job{}, false
	}
	r := s.Run
	j := Job{ID: r.ID, Title: RunTitle(r), Word: string(r.Phase), Tone: widgets.Info, CanPause: r.Step > 0}
	if r.Phase == "" {
		j.Word = "running"
	}
	if !s.Responding {
		j.Word, j.Tone = "not responding", widgets.Failed
	}
	switch {
	case r.Steps > 0 && r.Step > 0:
		j.Share = min(float64(r.Step)/float64(r.Steps), 0.99)
		step := fmt.Sprintf("step %s of %s", widgets.Count(int64(r.Step)), widgets.Count(int64(r.Steps)))
		if n := len(s.Points); n > 0 && r.Recipe.Passes > 0 && s.Points[n-1].Pass > 0 {
			step += fmt.Sprintf(" · pass %d of %d", min(int(s.Points[n-1].Pass-1e-9)+1, r.Recipe.Passes), r.Recipe.Passes)
		}
		j.Facts = append(j.Facts, step)
		if s.Left > 0 {
			j.Facts = append(j.Facts, widgets.About(s.Left)+" left")
		}
		for _, p := range slices.Backward(s.Points) {
			if p.Eval != nil {
				j.Facts = append(j.Facts, fmt.Sprintf("eval loss %s at step %s", widgets.Number(*p.Eval, 2), widgets.Count(int64(p.Step))))
				break
			}
		}
		if s.Speed > 0 {
			j.Facts = append(j.Facts, widgets.Number(s.Speed, 0)+" tokens/s")
		}
	case s.PhaseTotal > 0 && s.PhaseUnit == "bytes":
		j.Share = min(float64(s.PhaseDone)/float64(s.PhaseTotal), 0.99)
		j.Facts = []string{fmt.Sprintf("%s of %s", widgets.Bytes(s.PhaseDone), widgets.Bytes(s.PhaseTotal))}
	default:
		j.Share = 0.01
		j.Facts = []string{"the first step comes soon"}
	}
	return j, true
}

// ModelLine is a row of the table of models.
type ModelLine struct {
	Digest                     datasets.Digest
	Name, Base, Loss, Finished string
	State                      string
	Tone                       widgets.Tone
}

// shownModels is how many models stand on this page.
const shownModels = 5

// Models are the newest models and how many there are.
func (m *Model) Models() (lines []ModelLine, all int) {
	models := slices.Clone(m.state.Models)
	slices.SortStableFunc(models, func(a, b lineage.Model) int { return b.Created.Compare(a.Created) })
	for _, x := range models[:min(len(models), shownModels)] {
		l := ModelLine{Digest: x.Digest, Name: x.Name, Base: BaseName(x.Base), Loss: "–", Finished: x.Created.In(m.Now().Location()).Format("2 Jan 2006"), State: "on this computer", Tone: widgets.Neutral}
		if x.Metrics.EvalLoss != nil {
			l.Loss = widgets.Number(*x.Metrics.EvalLoss, 2)
		}
		switch {
		case x.Damaged != "":
			l.State, l.Tone, l.Finished = "cannot be read", widgets.Failed, "–"
		case x.Publication != nil:
			l.State, l.Tone = "published", widgets.Good
		}
		lines = append(lines, l)
	}
	return lines, len(models)
}
