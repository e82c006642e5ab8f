package main

import (
	"cmp"
	"context"

	"github.com/modelfactory/modelfactory/cmd/internal/studio"
	"github.com/modelfactory/modelfactory/datasets"
	"github.com/modelfactory/modelfactory/training"
	"github.com/modelfactory/modelfactory/training/local"
	"github.com/modelfactory/modelfactory/training/protocol"
	"github.com/modelfactory/modelfactory/ui/recipescreen"
)

// recipeServices is what a new run is put together from.
type recipeServices struct {
	*training.Manager
	trainerServices
	st *studio.Studio
}

func (r recipeServices) Bases(context.Context) ([]training.Base, error) { return r.st.Bases.List() }

func (r recipeServices) AddBase(ctx context.Context, b recipescreen.NewBase, progress recipescreen.Progress) (training.Base, error) {
	return r.st.AddBase(ctx, b.Path, b.Repo, b.Name, b.Revision, b.Licence, progress)
}

func (r recipeServices) InstallTrainer(ctx context.Context, progress recipescreen.Progress) error {
	return r.Install(ctx, local.InstallOptions{}, func(p local.InstallProgress) { progress(p.Phase, p.Done, p.Total) })
}

func (r recipeServices) Nets(ctx context.Context) ([]recipescreen.Net, error) {
	views, err := r.st.Nets(ctx)
	nets := make([]recipescreen.Net, len(views))
	for i, v := range views {
		nets[i] = recipescreen.Net(v)
	}
	return nets, err
}

func (r recipeServices) CheckData(ctx context.Context, recipe training.Recipe) (protocol.CheckResult, error) {
	recipe, err := r.st.CompleteRecipe(recipe)
	if err != nil {
		return protocol.CheckResult{}, err
	}
	return r.st.CheckData(ctx, recipe, 0, 0)
}

func (r recipeServices) PreviewData(ctx context.Context, recipe training.Recipe, n, offset int) ([]protocol.PreviewRow, error) {
	recipe, err := r.st.CompleteRecipe(recipe)
	if err != nil {
		return nil, err
	}
	return r.st.PreviewData(ctx, recipe, n, offset)
}

func (r recipeServices) Needs(context.Context) (training.Needs, error) { return r.st.Needs() }

// Measure measures anew: who presses the button wants new figures.
func (r recipeServices) Measure(ctx context.Context, recipe training.Recipe, progress recipescreen.Progress) (training.Need, error) {
	recipe, err := r.st.CompleteRecipe(recipe)
	if err != nil {
		return training.Need{}, err
	}
	words := map[string]string{protocol.PhaseTokenising: "Measuring: reading the rows", protocol.PhaseLoading: "Measuring: loading the base", protocol.PhaseMeasuring: "Measuring: taking a few steps"}
	return r.st.Measure(ctx, recipe, true, func(phase string, _, _ int64) { progress(cmp.Or(words[phase], "Measuring"), 0, 0) })
}

func (r recipeServices) PreviewFile(ctx context.Context, path string, opt datasets.ImportOptions, n int) (datasets.Preview, error) {
	return datasets.PreviewFile(ctx, path, opt, n)
}

func (r recipeServices) ImportFile(ctx context.Context, path string, opt datasets.ImportOptions) (datasets.ImportReport, error) {
	return r.st.Library.Import(ctx, path, opt)
}

func (r recipeServices) AccountText() string { return r.st.AccountText() }

func (r recipeServices) AccountName() string {
	for _, a := range r.st.Vault.Accounts() {
		if a.Address == r.st.Account() {
			return a.Name
		}
	}
	return ""
}

func (r recipeServices) CoinName() string { return r.st.Network().Coin }

func (r recipeServices) SaveDraft(ctx context.Context, key, body string) error {
	return r.st.Drafts.Save(ctx, key, body)
}

func (r recipeServices) LoadDraft(ctx context.Context, key string) (string, error) {
	return r.st.Drafts.Load(ctx, key)
}
