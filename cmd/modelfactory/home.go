package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"

	"github.com/modelfactory/modelfactory/chain"
	"github.com/modelfactory/modelfactory/chain/lineage"
	"github.com/modelfactory/modelfactory/cmd/internal/studio"
	"github.com/modelfactory/modelfactory/datasets"
	"github.com/modelfactory/modelfactory/training"
	"github.com/modelfactory/modelfactory/training/local"
	"github.com/modelfactory/modelfactory/ui/homescreen"
)

// homeServices is what the first run and the daily start need.
type homeServices struct {
	*training.Manager
	trainerServices
	st *studio.Studio
}

// trainerServices looks at this computer and installs the trainer.
type trainerServices struct{ st *studio.Studio }

func (t trainerServices) Doctor(ctx context.Context) local.Report { return t.st.Runtime.Doctor(ctx) }

// Install makes trainer and embedded base ready; quick when they are.
func (t trainerServices) Install(ctx context.Context, opt local.InstallOptions, progress func(local.InstallProgress)) error {
	if err := t.st.Runtime.Install(ctx, opt, progress); err != nil {
		return err
	}
	_, err := t.st.Runtime.EnsureSampleBase(ctx, opt, progress)
	return err
}

// UseProcessor agrees to train on the processor although a card is there.
func (t trainerServices) UseProcessor(ctx context.Context) error {
	return t.st.Runtime.UseProcessor(ctx)
}

func (h homeServices) Models(ctx context.Context) ([]lineage.Model, error) {
	return modelServices{h.st}.Models(ctx)
}

func (h homeServices) Library(context.Context) ([]datasets.DataNet, error) {
	return h.st.Library.List()
}

func (h homeServices) Questions(_ context.Context, s datasets.Slug) ([]datasets.Question, error) {
	return h.st.Library.Questions(s)
}

func (h homeServices) Standing(ctx context.Context, s datasets.Slug) (datasets.Standing, error) {
	return h.st.Standing(ctx, s)
}

func (h homeServices) Transactions(ctx context.Context) ([]chain.TxRecord, error) {
	return h.st.Transactions(ctx)
}

// Place says where the studio works.
func (h homeServices) Place(context.Context) homescreen.Place {
	p := homescreen.Place{
		Folder: shortPath(h.st.Home), Network: h.st.Network(), Wallet: h.st.Vault.Exists(), WordsChecked: h.st.Vault.BackupChecked(), Account: h.st.AccountText(),
	}
	if b, err := h.st.Bases.Find(studio.SampleBase); err == nil {
		p.Base = b
	}
	return p
}

// StartSample starts the first run: the journey's own start, with the questions left to the person.
func (h homeServices) StartSample(ctx context.Context, s datasets.Slug) (training.Run, error) {
	n, err := h.st.Library.Get(s)
	if err != nil {
		return training.Run{}, err
	}
	j := h.st.NewJourney(studio.JourneyPlan{
		Name: n.Title, Preset: "balanced", Sources: []training.Source{{Ref: datasets.Ref{Net: s}, WeightPPM: 1_000_000}},
	}, nil)
	err = j.Start(ctx)
	return j.Run, err
}

// shortPath writes a path as a person does: ~ for the home folder.
func shortPath(path string) string {
	home, err := os.UserHomeDir()
	if err != nil {
		return path
	}
	if rest, ok := strings.CutPrefix(path, home+string(filepath.Separator)); ok {
		return filepath.Join("~", rest)
	}
	return path
}
