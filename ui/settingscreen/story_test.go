package settingscreen

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/ethereum/go-ethereum/common"

	"github.com/modelfactory/modelfactory/chain"
	"github.com/modelfactory/modelfactory/training/local"
)

// studio is Services in memory.
type studio struct {
	storage    Storage
	report     local.Report
	networks   []chain.Profile
	use        string
	lock       time.Duration
	wallet     bool
	status     chain.Status
	statusErr  error
	err        error
	installErr error
	calls      []string
	probed     []chain.Profile
	probeErr   error
}

func (s *studio) Storage(context.Context) (Storage, error)          { return s.storage, s.err }
func (s *studio) Doctor(context.Context) local.Report               { return s.report }
func (s *studio) AutoLock(context.Context) time.Duration            { return s.lock }
func (s *studio) Wallet(context.Context) bool                       { return s.wallet }
func (s *studio) Networks(context.Context) ([]chain.Profile, error) { return s.networks, s.err }
func (s *studio) ChainStatus(context.Context) (chain.Status, error) { return s.status, s.statusErr }

func (s *studio) Install(ctx context.Context, opt local.InstallOptions, progress func(local.InstallProgress)) error {
	s.calls = append(s.calls, strings.TrimSpace(fmt.Sprintf("install %s %s check=%v", opt.Set, opt.Wheels, opt.Check)))
	progress(local.InstallProgress{Phase: local.InstallPackages, Done: 300_000_000, Total: 1_200_000_000, PerSecond: 8_000_000, Left: 112 * time.Second})
	if s.installErr == nil && ctx.Err() == nil {
		s.report = ready().report
	}
	return errors.Join(s.installErr, ctx.Err())
}

func (s *studio) UseProcessor(context.Context) error {
	s.calls = append(s.calls, "use the processor")
	s.report.Ask = ""
	return nil
}

func (s *studio) Network(context.Context) chain.Profile {
	for _, p := range s.networks {
		if p.Name == s.use {
			return p
		}
	}
	return chain.Profile{}
}

func (s *studio) UseNetwork(_ context.Context, name string) error {
	if s.err == nil {
		s.use = name
	}
	return s.err
}

func (s *studio) Probe(_ context.Context, p chain.Profile) (chain.Profile, chain.Status, error) {
	s.probed = append(s.probed, p)
	p.Genesis = common.HexToHash("0x8c1f")
	return p, chain.Status{Block: 8_411_902, Reachable: true}, s.probeErr
}

func (s *studio) AddNetwork(_ context.Context, p chain.Profile) error {
	if s.err == nil {
		s.networks = append(s.networks, p)
	}
	return s.err
}

func (s *studio) SetAutoLock(_ context.Context, d time.Duration) error {
	if s.err == nil {
		s.lock = d
	}
	return s.err
}

// ready is a data folder with everything in it.
func ready() *studio {
	dev := chain.Profile{Name: "dev", Title: "Development chain, this computer", ChainID: 20261, Coin: "test OPEN", Dev: true, Registries: []chain.Registry{{}}}
	return &studio{
		storage: Storage{Free: 212_000_000_000, Folders: []Folder{
			{"DataNets", "~/ModelFactory/datanets", 4_200_000},
			{"Runs", "~/ModelFactory/runs", 812_000_000},
			{"Models", "~/ModelFactory/models", 96_000_000},
			{"Chain", "~/ModelFactory/chain", 1_100_000},
			{"Trainer", "~/ModelFactory/python", 3_100_000_000},
			{"Bases", "~/ModelFactory/bases", 270_000_000},
			{"Logs", "~/ModelFactory/logs", 300_000},
		}},
		report: local.Report{
			Install: local.InstallState{State: local.Ready, Python: "3.12.4", Device: "cpu", Bytes: 3_100_000_000, At: time.Date(2026, 11, 21, 10, 2, 0, 0, time.UTC)},
			Set:     local.PinSet{Name: "standard", For: "Linux: NVIDIA cards and every processor", Drives: []string{"cuda", "cpu"}, Ran: []string{"cpu"}},
			Others: []local.PinSet{
				{Name: "xpu", For: "Intel graphics cards", Drives: []string{"xpu", "cpu"}, Download: 2_500_000_000, Disk: 6_000_000_000},
				{Name: "cpu", For: "Processors only, smaller", Drives: []string{"cpu"}, Download: 400_000_000, Disk: 1_500_000_000},
			},
			Devices: []local.Device{{Kind: "cuda", Name: "RTX 4060 Laptop", Memory: 8 << 30, Free: 7 << 30, Driver: "470.12", Reason: "driver 470.12 is too old, 580 or newer is needed"}, {Kind: "cpu", Name: "Ryzen 7 7840HS, 8 cores", Memory: 16 << 30, Free: 10 << 30, Usable: true}},
			Findings: []local.Finding{
				{Level: "ok", Message: "The trainer is installed and passed its test."}, {Level: "warning", Message: "RTX 4060 Laptop cannot be used: driver 470.12 is too old, 580 or newer is needed.", Advice: "Update its driver, or train on the processor."},
			},
		},
		networks: append([]chain.Profile{dev}, chain.Profiles(nil, nil)...), use: "dev", lock: 5 * time.Minute, wallet: true,
		status: chain.Status{Block: 12, Reachable: true},
	}
}
