package recipescreen

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"time"

	"github.com/modelfactory/modelfactory/datasets"
	"github.com/modelfactory/modelfactory/training"
	"github.com/modelfactory/modelfactory/training/local"
	"github.com/modelfactory/modelfactory/training/protocol"
)

var clock = func() time.Time { return time.Date(2026, 11, 21, 10, 13, 0, 0, time.UTC) }

func wei(open int64) *big.Int { return new(big.Int).Mul(big.NewInt(open), big.NewInt(1e18)) }

// studio is Services in memory.
type studio struct {
	bases   []training.Base
	report  local.Report
	nets    []Net
	runs    []training.Run
	draft   string
	checks  []training.Recipe // what was counted
	created map[training.RunID]training.RunSpec
	started []training.RunID
	needs   training.Needs
	memory  int64             // that they take; 0 = it does not fit
	steps   []training.Recipe // of which some steps were measured
	added   []NewBase
	adding  func() // in the middle of a download
	preview datasets.Preview
	imports []datasets.ImportOptions
	fails   map[string]error // by method
	account string
}

func newStudio() *studio {
	s := &studio{created: map[training.RunID]training.RunSpec{}, fails: map[string]error{}, account: "0x7A3f0000000000000000000000000000000091Ce"}
	for i, b := range training.Catalogue() {
		if i < 1 || b.Name == "Qwen3-0.6B" {
			b.Installed, b.Revision, b.Bytes = true, "c189f2aa11bb22cc33dd44ee55ff660077889ade", b.Download
		}
		s.bases = append(s.bases, b)
	}
	s.report = local.Report{
		Install: local.InstallState{State: local.Ready, At: clock(), Probe: &protocol.ProbeResult{DeviceName: "NVIDIA GeForce RTX 4060 Laptop GPU"}},
		Devices: []local.Device{{Kind: "cuda", Name: "RTX 4060 Laptop", Memory: 8_000_000_000, Free: 7_100_000_000, Usable: true}, {Kind: "cpu", Memory: 32e9, Free: 20e9, Usable: true}},
		Disk:    212_000_000_000, Memory: 32e9, Available: 20e9,
	}
	version := func(n, rows int) []datasets.Version { return []datasets.Version{{Number: n, Rows: rows}} }
	s.nets = []Net{
		{
			datasets.DataNet{Slug: "bicycle-workshop", Title: "Bicycle Workshop", Summary: "Repair questions, answered by mechanics", Versions: version(4, 2480), Terms: datasets.Terms{Serve: true, Price: wei(12), Days: 365}},
			datasets.Standing{State: datasets.StandingHeld, Until: clock().AddDate(1, 0, 0), Block: 8_411_902},
		},
		{
			datasets.DataNet{Slug: "polite-support", Title: "Polite Support", Summary: "Short, kind replies to shop customers", Versions: version(2, 5210), Terms: datasets.Terms{Serve: true, Price: wei(4), Days: 365}},
			datasets.Standing{State: datasets.StandingHeld, Until: clock().AddDate(0, 0, 6), Block: 8_411_900},
		},
		{datasets.DataNet{Slug: "shop-emails-2025", Title: "Shop emails 2025", Private: true, Versions: version(1, 310)}, datasets.Standing{State: datasets.StandingOwn}},
		{datasets.DataNet{Slug: "bread-and-dough", Title: "Bread and Dough", SPDX: "CC-BY-4.0", Versions: version(3, 1730), Terms: datasets.Terms{Train: true, Serve: true}}, datasets.Standing{State: datasets.StandingOpen, Block: 8_411_902}},
		{datasets.DataNet{Slug: "tram-drivers", Title: "Tram Drivers", Versions: version(1, 900), Terms: datasets.Terms{Price: wei(30), Days: 365}}, datasets.Standing{State: datasets.StandingNeedsLicence, Reason: "account 0x7A3f…91Ce has none", Block: 8_411_902}},
	}
	s.runs = []training.Run{{ID: "old", Number: 12, Name: "Bike helper 2", State: training.StateFinished, Step: 264, Seconds: 540, TrainedTokens: 1_172_142, Recipe: training.Recipe{Base: "Qwen3-0.6B@c189", Settings: training.DefaultSettings()}}}
	s.preview = datasets.Preview{
		Format: "prompt", Reason: "the columns are question and answer", Columns: []string{"question", "answer", "id"}, Mapping: map[string]string{"question": "user", "answer": "assistant", "id": "-"}, Rows: 3,
		Entries: []datasets.Row{{Messages: []datasets.Message{{Role: "user", Content: "When do you open?"}, {Role: "assistant", Content: "At nine, and at ten on Sundays."}}}},
	}
	return s
}

// without takes the licence of Bicycle Workshop away.
func (s *studio) without() *studio {
	s.nets[0].Standing = datasets.Standing{State: datasets.StandingNeedsLicence, Reason: "needed to start: train and serve", Block: 8_410_493}
	return s
}

func (s *studio) Bases(context.Context) ([]training.Base, error) { return s.bases, s.fails["Bases"] }

func (s *studio) AddBase(_ context.Context, b NewBase, progress Progress) (training.Base, error) {
	s.added = append(s.added, b)
	progress(protocol.PhaseDownloading, 1_500_000, 8_000_000_000)
	if s.adding != nil {
		s.adding()
	}
	if err := s.fails["AddBase"]; err != nil {
		return training.Base{}, err
	}
	for i := range s.bases {
		if s.bases[i].Repo == b.Repo {
			s.bases[i].Installed = true
			return s.bases[i], nil
		}
	}
	return training.Base{}, nil
}
func (s *studio) Doctor(context.Context) local.Report { return s.report }

func (s *studio) InstallTrainer(_ context.Context, progress Progress) error {
	progress("Installing", 1, 2)
	if err := s.fails["InstallTrainer"]; err != nil {
		return err
	}
	s.report.Install = local.InstallState{State: local.Ready, At: clock()}
	return nil
}
func (s *studio) Nets(context.Context) ([]Net, error) { return s.nets, s.fails["Nets"] }

// CheckData counts as the trainer does, from the number of rows.
func (s *studio) CheckData(_ context.Context, r training.Recipe) (protocol.CheckResult, error) {
	if err := s.fails["CheckData"]; err != nil {
		return protocol.CheckResult{}, err
	}
	var out protocol.CheckResult
	s.checks = append(s.checks, r)
	var heaviest uint32
	for _, src := range r.Data {
		heaviest = max(heaviest, src.WeightPPM)
	}
	train := func(net datasets.Slug) int {
		for _, n := range s.nets {
			if n.Slug == net {
				return n.Newest().Rows * 95 / 100
			}
		}
		return 0
	}
	base := 0
	for _, src := range r.Data {
		if src.WeightPPM == heaviest {
			base = max(base, train(src.Ref.Net))
		}
	}
	for _, src := range r.Data {
		n := train(src.Ref.Net)
		c := protocol.CheckSource{Net: string(src.Ref.Net), Rows: n * 100 / 95, TrainRows: n, EvalRows: n*100/95 - n, Drawn: int(float64(base) * float64(src.WeightPPM) / float64(heaviest)), Tokens: int64(n) * 210, TrainedTokens: int64(n) * 118, MedianTokens: 180, LongestTokens: 940}
		if src.Ref.Net == "polite-support" {
			c.DroppedRows, c.Dropped = 9, []protocol.Dropped{{Row: 40, Reason: "1,100 tokens, more than the 1,024 of the longest row allowed"}, {Row: 71, Reason: "no trained token"}}
			c.DroppedKinds = []protocol.Kind{{Reason: "longer than 1,024 tokens", Rows: 7}, {Reason: "without a trained token", Rows: 2}}
			c.Duplicates, c.NearDuplicates, c.Elsewhere = 3, 2, 1
		}
		if src.Ref.Net == "tram-drivers" {
			c.TrainedTokens, c.TrainRows, c.EvalRows, c.DroppedRows = 0, 0, 0, c.Rows
			c.DroppedKinds = []protocol.Kind{{Reason: "preferences, which only DPO learns from", Rows: c.Rows}}
		}
		if src.Ref.Net == "bread-and-dough" {
			c.EvalNear = 4
		}
		out.Sources = append(out.Sources, c)
		out.RowsPerPass += c.Drawn
	}
	out.TokensPerPass, out.TrainedTokensPerPass = int64(out.RowsPerPass)*210, int64(out.RowsPerPass)*118
	out.Steps = (out.RowsPerPass*r.Passes + r.BatchSize*r.Accumulation - 1) / (r.BatchSize * r.Accumulation)
	return out, nil
}

func (s *studio) PreviewData(_ context.Context, r training.Recipe, n, offset int) ([]protocol.PreviewRow, error) {
	if err := s.fails["CheckData"]; err != nil {
		return nil, err
	}
	var out []protocol.PreviewRow
	if r.Data[0].Ref.Net == "tram-drivers" {
		return nil, nil
	}
	for i := offset; i < offset+n && i < 30; i++ {
		row := protocol.PreviewRow{Net: string(r.Data[0].Ref.Net), Tokens: 86, TrainedTokens: 54, Eval: i == 2}
		row.Segments = []protocol.Segment{
			{Text: "<|im_start|>", Special: true},
			{Text: "system\nYou are a helpful bicycle mechanic."},
			{Text: "<|im_end|>", Special: true},
			{Text: "\n"},
			{Text: "<|im_start|>", Special: true},
			{Text: fmt.Sprintf("user\nGears skip on the two smallest cogs after I changed cable %d.", i+1)},
			{Text: "<|im_end|>", Special: true},
			{Text: "\n"},
			{Text: "<|im_start|>", Special: true},
			{Text: "assistant\n"},
			{Text: "New cable settles in. Turn the barrel adjuster at the shifter half a turn out, shift through all gears, and repeat. If more than two turns do not help, check that the hanger is straight.", Trained: true},
			{Text: "<|im_end|>", Special: true, Trained: true},
			{Text: "\n"},
		}
		if r.Objective == "dpo" {
			row.Rejected = append(slices.Clone(row.Segments[:10]), protocol.Segment{Text: "Buy a new bicycle.", Trained: true}, row.Segments[11])
		}
		out = append(out, row)
	}
	return out, nil
}

func (s *studio) Needs(context.Context) (training.Needs, error) { return s.needs, s.fails["Needs"] }

func (s *studio) Measure(ctx context.Context, r training.Recipe, progress Progress) (training.Need, error) {
	progress("Measuring: taking a few steps", 0, 0)
	if err := cmp.Or(ctx.Err(), s.fails["Measure"]); err != nil {
		return training.Need{}, err
	}
	s.steps = append(s.steps, r)
	for _, b := range s.bases {
		if b.Ref() == r.Base {
			d := s.report.Device(r.Device)
			n := training.Need{Key: s.needs.Key(b, r, d.Kind, d.Name), At: clock(), Memory: s.memory}
			n.Pace = protocol.Pace{LoadSeconds: 4, TokenSeconds: 0.001, LookTokenSeconds: 0.0001, AnswerSeconds: 0.5}
			return n, nil
		}
	}
	return training.Need{}, training.RunNotFound(r.Base)
}

func (s *studio) PreviewFile(_ context.Context, path string, opt datasets.ImportOptions, _ int) (datasets.Preview, error) {
	if opt.Mapping != nil {
		s.preview.Mapping = opt.Mapping
	}
	return s.preview, s.fails["PreviewFile"]
}

func (s *studio) ImportFile(_ context.Context, _ string, opt datasets.ImportOptions) (datasets.ImportReport, error) {
	s.imports = append(s.imports, opt)
	opt.Progress(1, 2)
	if err := s.fails["ImportFile"]; err != nil {
		return datasets.ImportReport{}, err
	}
	net := datasets.DataNet{Slug: datasets.Slug(strings.ToLower(opt.Name)), Title: opt.Name, Private: true, Versions: []datasets.Version{{Number: 1, Rows: 3}}}
	s.nets = append(s.nets, Net{net, datasets.Standing{State: datasets.StandingOwn}})
	return datasets.ImportReport{Net: net, Rows: 3}, nil
}
func (s *studio) Runs(context.Context) ([]training.Run, error) { return s.runs, s.fails["Runs"] }
func (s *studio) Get(_ context.Context, id training.RunID) (training.Run, error) {
	for _, r := range s.runs {
		if r.ID == id {
			return r, nil
		}
	}
	return training.Run{}, training.RunNotFound(string(id))
}

func (s *studio) Create(_ context.Context, spec training.RunSpec) (training.Run, error) {
	s.created[spec.ID] = spec
	return training.Run{ID: spec.ID}, s.fails["Create"]
}

func (s *studio) Start(_ context.Context, id training.RunID) error {
	if err := s.fails["Start"]; err != nil {
		return err
	}
	s.started = append(s.started, id)
	return nil
}
func (s *studio) AccountText() string { return s.account }
func (s *studio) AccountName() string { return "Main" }
func (s *studio) CoinName() string    { return "OPEN" }
func (s *studio) SaveDraft(_ context.Context, _, body string) error {
	s.draft = body
	return s.fails["SaveDraft"]
}

func (s *studio) LoadDraft(context.Context, string) (string, error) {
	return s.draft, s.fails["LoadDraft"]
}

var errDisk = errors.New("no space left on device")

// bikeDraft is the story's draft at a step.
func bikeDraft(step Step) string {
	m := NewModel(clock)
	m.Draft.Step, m.Draft.Name, m.Draft.Base = step, "Bike helper 3", "Qwen3-0.6B"
	m.Draft.Settings.BatchSize, m.Draft.Settings.Accumulation = 1, 4 // fits the card
	m.Draft.Mix = Mix{
		{Ref: datasets.Ref{Net: "bicycle-workshop", Version: 4}, Weight: 700_000},
		{Ref: datasets.Ref{Net: "polite-support", Version: 2}, Weight: 200_000},
		{Ref: datasets.Ref{Net: "shop-emails-2025", Version: 1}, Weight: 100_000},
	}
	return m.Body()
}
