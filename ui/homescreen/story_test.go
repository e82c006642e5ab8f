package homescreen

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"time"

	"github.com/modelfactory/modelfactory/chain"
	"github.com/modelfactory/modelfactory/chain/lineage"
	"github.com/modelfactory/modelfactory/datasets"
	"github.com/modelfactory/modelfactory/training"
	"github.com/modelfactory/modelfactory/training/local"
)

// clock stands at the moment of the story.
var clock = func() time.Time { return time.Date(2026, 11, 21, 10, 20, 43, 0, time.UTC) }

var errDisk = errors.New("no space left on device")

// studio is Services in memory.
type studio struct {
	runs     []training.Run
	snap     training.Snapshot
	models   []lineage.Model
	nets     []datasets.DataNet
	standing map[datasets.Slug]datasets.Standing
	txs      []chain.TxRecord
	place    Place
	report   local.Report

	err        error // of acts
	readErr    error
	installErr error
	progress   []local.InstallProgress
	calls      []string
}

func (s *studio) Runs(context.Context) ([]training.Run, error) { return s.runs, s.readErr }
func (s *studio) Snapshot(context.Context, training.RunID, int) (training.Snapshot, error) {
	return s.snap, nil
}

func (s *studio) act(name string, id training.RunID) error {
	s.calls = append(s.calls, name+" "+string(id))
	return s.err
}

func (s *studio) Pause(_ context.Context, id training.RunID) error { return s.act("pause", id) }

func (s *studio) Resume(_ context.Context, id training.RunID) error { return s.act("resume", id) }

func (s *studio) WatchAll() (<-chan struct{}, func())                    { return make(chan struct{}), func() {} }
func (s *studio) Models(context.Context) ([]lineage.Model, error)        { return s.models, nil }
func (s *studio) Library(context.Context) ([]datasets.DataNet, error)    { return s.nets, nil }
func (s *studio) Transactions(context.Context) ([]chain.TxRecord, error) { return s.txs, nil }
func (s *studio) Place(context.Context) Place                            { return s.place }
func (s *studio) Doctor(context.Context) local.Report                    { return s.report }
func (s *studio) Questions(_ context.Context, n datasets.Slug) ([]datasets.Question, error) {
	return []datasets.Question{{Prompt: map[datasets.Slug]string{
		"orchard-almanac": "When are the Larkfield plums thinned?", "harbour-notices": "Which channel does the Skarvik pilot listen on?", "polite-support": "My parcel is late. Where is it?",
	}[n]}}, nil
}

func (s *studio) Standing(_ context.Context, n datasets.Slug) (datasets.Standing, error) {
	st, ok := s.standing[n]
	if !ok {
		return st, errors.New("the chain does not answer")
	}
	return st, nil
}

func (s *studio) Install(ctx context.Context, opt local.InstallOptions, progress func(local.InstallProgress)) error {
	s.calls = append(s.calls, "install")
	for _, p := range s.progress {
		progress(p)
	}
	if s.installErr == nil {
		s.report.Install = local.InstallState{State: local.Ready, Python: "3.12.4", Bytes: 3_100_000_000}
		s.place.Base.Installed = true
	}
	return errors.Join(s.installErr, ctx.Err())
}

func (s *studio) UseProcessor(context.Context) error {
	s.calls = append(s.calls, "use the processor")
	s.report.Ask = ""
	return nil
}

func (s *studio) StartSample(_ context.Context, n datasets.Slug) (training.Run, error) {
	s.calls = append(s.calls, "start "+string(n))
	if s.err != nil {
		return training.Run{}, s.err
	}
	r := training.Run{ID: "r1", Number: 1, Name: "Sample", State: training.StateRunning}
	s.runs = append(s.runs, r)
	return r, nil
}

func net(slug datasets.Slug, title, spdx string, rows int, commercial bool, price int64) datasets.DataNet {
	return datasets.DataNet{
		Slug: slug, Title: title, SPDX: spdx, Sample: true, Language: "en",
		Terms:        datasets.Terms{Train: true, Serve: true, Commercial: commercial, Price: new(big.Int).Mul(big.NewInt(price), big.NewInt(1e18)), Days: 365},
		Versions:     []datasets.Version{{Number: 1, Rows: rows}},
		Contributors: []datasets.Contributor{{Rows: 20}, {Rows: 20}, {Rows: rows - 40}},
	}
}

// fresh is a data folder nobody has trained in, on a computer with a card.
func fresh() *studio {
	return &studio{
		nets: []datasets.DataNet{
			net("bicycle-workshop", "Bicycle Workshop", "LicenseRef-ModelFactory-Terms", 96, true, 12),
			net("harbour-notices", "Harbour Notices", "CC-BY-4.0", 96, true, 0), net("orchard-almanac", "Orchard Almanac", "CC0-1.0", 96, true, 0),
			net("polite-support", "Polite Support", "CC-BY-NC-4.0", 96, false, 0),
		},
		place: Place{
			Folder: "~/ModelFactory", Network: chain.Profile{Name: "dev", Title: "Development chain, this computer", ChainID: 1337, Coin: "test OPEN", Dev: true},
			Base: training.Base{Name: "SmolLM2-135M-Instruct", Licence: "Apache-2.0", Bytes: 270_000_000},
		},
		report: local.Report{
			Install: local.InstallState{State: local.Missing, Download: 1_200_000_000, Disk: 3_100_000_000}, Python: "/usr/bin/python3",
			Set: local.PinSet{Name: "standard", For: "Linux: NVIDIA cards and every processor", Drives: []string{"cuda", "cpu"}, Ran: []string{"cpu", "cuda"}},
			Devices: []local.Device{
				{Kind: "cuda", Name: "RTX 4060 Laptop", Memory: 8 << 30, Free: 7_600_000_000, Driver: "590.77", Usable: true},
				{Kind: "cpu", Name: "Ryzen 7 7840HS, 8 cores", Usable: true},
			},
			Disk: 212_000_000_000, Memory: 16_400_000_000, Available: 10_500_000_000,
			Findings: []local.Finding{{Level: "warning", Message: "The trainer is not installed: one download of about 1.2 GB.", Advice: "Install it."}},
		},
	}
}

func model(name, base string, loss float64, day int, published bool) lineage.Model {
	m := lineage.Model{Digest: datasets.Digest(fmt.Sprintf("%064d", day)), Name: name, Base: base + "@1", Created: clock().AddDate(0, 0, day), Data: []lineage.DataUse{{Net: "polite-support"}}}
	m.Metrics.EvalLoss = &loss
	if published {
		m.Publication = &lineage.Publication{ID: 3}
	}
	return m
}

func recipe() training.Recipe {
	s := training.DefaultSettings()
	s.EvalEvery, s.Passes = 24, 3
	return training.Recipe{Base: "SmolLM2-135M-Instruct@1", Settings: s}
}

// busy is the story's morning: run 14 is on, three things need the person.
func busy() *studio {
	s := fresh()
	s.nets[3].Terms.Price = new(big.Int).Mul(big.NewInt(4), big.NewInt(1e18))
	r := training.Run{ID: "r14", Number: 14, Name: "Bike helper 3", State: training.StateRunning, Phase: training.PhaseTraining, Step: 182, Steps: 264, Recipe: recipe(), Started: clock().Add(-7 * time.Minute)}
	eval := 1.52
	s.snap = training.Snapshot{
		Run: r, Speed: 3890, Left: 167 * time.Second, Responding: true, LastCheckpoint: 168,
		Checkpoints: []training.Checkpoint{{Step: 168, Time: clock().Add(-30 * time.Second), Kept: true}},
		Points:      []training.Point{{Step: 168, Pass: 1.9, Eval: &eval}, {Step: 182, Pass: 2.07}},
	}
	s.runs = []training.Run{
		r,
		{ID: "r13", Number: 13, Name: "Bike helper 4B", State: training.StateFailed, Step: 3, Steps: 264, Recipe: training.Recipe{Base: "Qwen3-4B@1"}, Started: clock().Add(-16 * time.Hour), Ended: clock().Add(-15*time.Hour - 40*time.Minute), Failure: &training.Failure{Code: training.FailMemory}},
		{ID: "r12", Number: 12, Name: "Polite tone", State: training.StatePaused, Reason: "computer was off 22:14–07:02", Step: 182, Steps: 400, Recipe: recipe(), Ended: clock().Add(-3 * time.Hour)},
	}
	s.models = []lineage.Model{
		model("Bike helper 2", "Qwen3-0.6B", 1.55, -7, true), model("Bike helper, small", "SmolLM2-135M-Instruct", 2.04, -19, false), model("Letter helper", "Llama-3.2-1B", 1.21, -27, true),
		model("Kitchen units", "SmolLM2-135M-Instruct", 0.94, -33, false), model("First try", "SmolLM2-135M-Instruct", 2.6, -40, false), model("Older", "SmolLM2-135M-Instruct", 2.7, -41, false),
	}
	s.standing = map[datasets.Slug]datasets.Standing{
		"polite-support":   {State: datasets.StandingHeld, Until: clock().Add(6*24*time.Hour + time.Hour)},
		"bicycle-workshop": {State: datasets.StandingHeld, Until: clock().AddDate(1, 0, 0)},
	}
	s.txs = []chain.TxRecord{{ID: "t1", Kind: chain.KindBuyLicence, Note: "Bicycle Workshop", State: chain.TxFinal, Updated: clock().Add(-49 * time.Minute)}}
	s.place.Wallet, s.place.Account = true, "0x7A3f1B0c5D2E4f6a8b9C0d1E2f3A4b5C6d7E91Ce"
	s.place.Base.Installed = true
	s.report.Install = local.InstallState{State: local.Ready, Python: "3.12.4", Bytes: 3_100_000_000}
	return s
}
