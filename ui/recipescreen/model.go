package recipescreen

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/modelfactory/modelfactory/datasets"
	"github.com/modelfactory/modelfactory/training"
	"github.com/modelfactory/modelfactory/training/local"
	"github.com/modelfactory/modelfactory/training/protocol"
)

// Net is a DataNet with what the account in use may do with it.
type Net struct {
	datasets.DataNet
	Standing datasets.Standing
}

// NewBase is a base to add: a folder or GGUF file at Path, or a hub name.
type NewBase struct {
	Path, Repo, Name, Revision, Licence string
}

// Progress reports a phase in plain words with its amount; total 0 is not
// known. It may be called from any goroutine.
type Progress func(phase string, done, total int64)

// Services are what the new run needs of the studio.
type Services interface {
	// Bases are those on this computer and those of the catalogue.
	Bases(ctx context.Context) ([]training.Base, error)
	AddBase(ctx context.Context, b NewBase, progress Progress) (training.Base, error)
	// Doctor tells devices, free memory and disk, and the trainer's state.
	Doctor(ctx context.Context) local.Report
	// InstallTrainer makes trainer and embedded base ready.
	InstallTrainer(ctx context.Context, progress Progress) error

	Nets(ctx context.Context) ([]Net, error)
	// CheckData tokenises and counts; it loads no weights.
	CheckData(ctx context.Context, r training.Recipe) (protocol.CheckResult, error)
	// PreviewData gives n rows from offset as the model sees them; fewer at the
	// end.
	PreviewData(ctx context.Context, r training.Recipe, n, offset int) ([]protocol.PreviewRow, error)
	// Needs are the measurements that were kept.
	Needs(ctx context.Context) (training.Needs, error)
	// Measure takes a few steps with a throw-away adapter and keeps what they
	// needed.
	Measure(ctx context.Context, r training.Recipe, progress Progress) (training.Need, error)
	PreviewFile(ctx context.Context, path string, opt datasets.ImportOptions, n int) (datasets.Preview, error)
	ImportFile(ctx context.Context, path string, opt datasets.ImportOptions) (datasets.ImportReport, error)

	Runs(ctx context.Context) ([]training.Run, error)
	Get(ctx context.Context, id training.RunID) (training.Run, error)
	Create(ctx context.Context, spec training.RunSpec) (training.Run, error)
	Start(ctx context.Context, id training.RunID) error
	// AccountText is the account whose licences count, "" without a wallet.
	AccountText() string
	// AccountName is what the person calls it.
	AccountName() string
	// CoinName is "OPEN" or "test OPEN", by the network in use.
	CoinName() string

	SaveDraft(ctx context.Context, key, body string) error
	LoadDraft(ctx context.Context, key string) (string, error)
}

// Step is one of the three steps.
type Step int

// The steps.
const (
	StepBase Step = iota
	StepData
	StepCheck
)

// Steps are their names.
var Steps = []string{"Base", "Data", "Check and start"}

// Draft is what the person has chosen so far. It is saved at each change and
// becomes the recipe of a run.
type Draft struct {
	Step     Step              `json:"step"`
	Name     string            `json:"name"`
	Base     string            `json:"base"` // name, as in Base.Name
	Preset   string            `json:"preset"`
	Settings training.Settings `json:"settings"`
	Mix      Mix               `json:"mix"`
}

// draftKey is the one draft of a new run.
const draftKey = "newrun"

// Model is the new run. All its methods are for one goroutine; what takes time
// is done by the functions of Services, and handed to the Apply methods.
type Model struct {
	Now   func() time.Time
	Draft Draft
	Saved time.Time // of the draft

	bases   []training.Base
	runs    []training.Run
	needs   training.Needs
	nets    []Net
	report  local.Report
	known   struct{ bases, nets, report bool }
	filter  BaseFilter
	account struct{ text, name, coin string }

	check   checkState
	preview previewState
	start   startState
}

// checkState is the last count of the data.
type checkState struct {
	result   protocol.CheckResult
	of       string // fingerprint of what was counted
	asked    string // fingerprint of what is being counted; "" = nothing
	err      error
	at       time.Time
	took     time.Duration
	progress [2]int64
}

// previewState is the row that is shown as the model sees it.
type previewState struct {
	net    datasets.Slug
	of     string // fingerprint
	rows   []protocol.PreviewRow
	first  int // offset of rows[0]
	at     int // the row shown, from 0
	err    error
	asking bool
}

// startState keeps Start idempotent: pressed twice it makes one run.
type startState struct {
	id   training.RunID
	of   string
	busy bool
	err  error
}

// NewModel makes an empty draft with the balanced preset.
func NewModel(now func() time.Time) *Model {
	m := &Model{Now: now}
	m.Clear()
	return m
}

// Clear begins a new draft.
func (m *Model) Clear() {
	m.Draft = Draft{Preset: "balanced", Settings: training.DefaultSettings()}
	m.Saved = time.Time{}
	m.check, m.preview, m.start = checkState{}, previewState{}, startState{}
}

// Body is the draft as it is saved.
func (m *Model) Body() string {
	raw, err := json.Marshal(m.Draft)
	if err != nil {
		return ""
	}
	return string(raw)
}

// Restore takes a saved draft over; one that cannot be read is left out.
func (m *Model) Restore(body string) bool {
	d := Draft{Preset: "balanced", Settings: training.DefaultSettings()}
	if body == "" || json.Unmarshal([]byte(body), &d) != nil || d.Settings.Validate() != nil {
		return false
	}
	d.Mix = NewMix(d.Mix...)
	d.Step = max(StepBase, min(d.Step, StepCheck))
	m.Draft = d
	return true
}

// FromRun takes the recipe of a run over.
func (m *Model) FromRun(r training.Run) {
	m.Clear()
	base, _, _ := strings.Cut(r.Recipe.Base, "@")
	m.Draft.Base, m.Draft.Settings = base, r.Recipe.Settings
	m.Draft.Preset = presetOf(r.Recipe.Settings)
	var sources []MixSource
	for _, s := range r.Recipe.Data {
		sources = append(sources, MixSource{Ref: s.Ref, Weight: int(s.WeightPPM)})
	}
	m.Draft.Mix = NewMix(sources...)
	if r.Name != "" {
		m.Draft.Name = nextName(r.Name)
	}
}

// nextName counts a name on: Bike helper 3 becomes Bike helper 4.
func nextName(name string) string {
	i := strings.LastIndexByte(name, ' ')
	var n int
	if i > 0 {
		if _, err := fmt.Sscanf(name[i+1:], "%d", &n); err == nil && fmt.Sprint(n) == name[i+1:] {
			return fmt.Sprintf("%s %d", name[:i], n+1)
		}
	}
	return name + " 2"
}

// ApplyBases takes the bases and past runs over, and chooses the first base
// that is here when none is chosen.
func (m *Model) ApplyBases(bases []training.Base, runs []training.Run) {
	m.bases, m.runs, m.known.bases = bases, runs, true
	if _, ok := m.Base(); !ok {
		m.Draft.Base = ""
		for _, b := range m.bases {
			if b.Installed {
				m.Draft.Base = b.Name
				break
			}
		}
		if m.Draft.Base == "" && len(m.bases) > 0 {
			m.Draft.Base = m.bases[0].Name
		}
	}
}

// ApplyNeeds takes measurements over.
func (m *Model) ApplyNeeds(n training.Needs) { m.needs = n }

// ApplyNeed takes over what was measured just now.
func (m *Model) ApplyNeed(n training.Need) { m.needs.Kept = append(m.needs.Kept, n) }

// ApplyReport takes devices and free memory over.
func (m *Model) ApplyReport(r local.Report) { m.report, m.known.report = r, true }

// ApplyAccount takes the account and the coin of the network over.
func (m *Model) ApplyAccount(text, name, coin string) {
	m.account.text, m.account.name, m.account.coin = text, name, coin
}

// ApplyNets takes the DataNets with their standing over. Sources whose net is
// gone leave the mix; versions that are not said become the newest.
func (m *Model) ApplyNets(nets []Net) {
	m.nets, m.known.nets = nets, true
	for i := len(m.Draft.Mix) - 1; i >= 0; i-- {
		n, ok := m.Net(m.Draft.Mix[i].Ref.Net)
		if !ok {
			m.Draft.Mix = m.Draft.Mix.Remove(i)
			continue
		}
		if m.Draft.Mix[i].Ref.Version == 0 {
			m.Draft.Mix[i].Ref.Version = n.Newest().Number
		}
	}
}

// Net is a DataNet by its slug.
func (m *Model) Net(slug datasets.Slug) (Net, bool) {
	i := slices.IndexFunc(m.nets, func(n Net) bool { return n.Slug == slug })
	if i < 0 {
		return Net{}, false
	}
	return m.nets[i], true
}

// AddNet puts a net into the mix in its newest version, and shows its rows.
func (m *Model) AddNet(slug datasets.Slug) {
	n, ok := m.Net(slug)
	if !ok {
		return
	}
	m.Draft.Mix = m.Draft.Mix.Add(datasets.Ref{Net: slug, Version: n.Newest().Number})
	m.Show(slug)
	if m.Draft.Name == "" {
		m.Draft.Name = n.Title + " helper"
	}
}

// Recipe is what the run would freeze.
func (m *Model) Recipe() training.Recipe {
	r := training.Recipe{Base: m.Draft.Base, Settings: m.Draft.Settings}
	if b, ok := m.Base(); ok {
		r.Base = b.Ref()
	}
	for _, s := range m.Draft.Mix {
		r.Data = append(r.Data, training.Source{Ref: s.Ref, WeightPPM: uint32(s.Weight)})
	}
	return r
}

// fingerprint names exactly what a count or a start was of.
func fingerprint(v any) string {
	raw, err := json.Marshal(v)
	if err != nil {
		return ""
	}
	return string(raw)
}

// fingerprint names what a count depends on; a learning rate is not part of it.
func (m *Model) fingerprint() string {
	r, s := m.Recipe(), m.Draft.Settings
	return fingerprint([]any{r.Base, r.Data, s.Passes, s.BatchSize, s.Accumulation, s.MaxLength, s.TrainOn, s.Objective, s.EvalPPM, s.Seed})
}

// Next is what the main button of a step says, whether it can be pressed, and
// why not.
func (m *Model) Next() (text string, ok bool, why string) {
	switch m.Draft.Step {
	case StepBase:
		b, chosen := m.Base()
		switch {
		case !chosen:
			return "Next: data", false, "Choose a base."
		case m.SettingsError() != "":
			return "Next: data", false, "A setting cannot be what it is: " + m.SettingsError()
		case !b.Installed:
			return "Next: data", true, ""
		}
		return "Next: data", true, ""
	case StepData:
		if len(m.Draft.Mix) == 0 {
			return "Next: check", false, "Add data to learn from."
		}
		if name := m.untrained(); name != "" {
			return "Next: check", false, name + " has nothing to train on: take it out, or change its mapping."
		}
		return "Next: check", true, ""
	}
	text = "Start run"
	if m.Running() {
		text = "Add to queue"
	}
	if m.start.busy {
		return text, false, "starting"
	}
	if blocked := m.Blocked(); blocked != "" {
		return text, false, blocked
	}
	return text, true, ""
}

// Go moves to a step; the later ones only when the ones before are ready.
func (m *Model) Go(s Step) bool {
	for m.Draft.Step < s {
		if _, ok, _ := m.Next(); !ok {
			return false
		}
		m.Draft.Step++
	}
	m.Draft.Step = max(StepBase, s)
	return true
}

// Running says whether a run is on, so that a new one is queued.
func (m *Model) Running() bool {
	return slices.ContainsFunc(m.runs, func(r training.Run) bool {
		return r.State == training.StateRunning || r.State == training.StateQueued
	})
}

// untrained is the title of a source without a trained token, or "".
func (m *Model) untrained() string {
	if m.check.of != m.fingerprint() {
		return ""
	}
	for _, s := range m.check.result.Sources {
		if s.TrainedTokens == 0 && m.Draft.Mix.Index(datasets.Slug(s.Net)) >= 0 {
			return m.title(datasets.Slug(s.Net))
		}
	}
	return ""
}

func (m *Model) title(slug datasets.Slug) string {
	if n, ok := m.Net(slug); ok && n.Title != "" {
		return n.Title
	}
	return string(slug)
}

// Spec is the run to make. The same draft gives the same id until a run was
// made of it, so that Start pressed twice, or again after an error, makes one.
func (m *Model) Spec(queue bool) training.RunSpec {
	r := m.Recipe()
	if of := fingerprint(r) + m.Draft.Name; m.start.of != of || m.start.id == "" {
		m.start.id, m.start.of = training.NewRunID(), of
	}
	return training.RunSpec{ID: m.start.id, Name: strings.TrimSpace(m.Draft.Name), Recipe: r, Account: m.account.text, Queue: queue}
}

// Launch makes the run and starts or queues it.
func Launch(ctx context.Context, svc Services, spec training.RunSpec) (training.Run, error) {
	run, err := svc.Create(ctx, spec)
	if err != nil || spec.Queue {
		return run, err
	}
	return run, svc.Start(ctx, run.ID)
}

// Starting notes that Launch is under way, and Started how it ended.
func (m *Model) Starting() { m.start.busy, m.start.err = true, nil }

// Started notes the end of Launch.
func (m *Model) Started(err error) { m.start.busy, m.start.err = false, err }

// StartError is why the last start failed, or nil.
func (m *Model) StartError() error { return m.start.err }
