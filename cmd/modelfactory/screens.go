package main

import (
	"context"
	"fmt"
	"runtime"
	"time"

	"github.com/modelfactory/modelfactory/cmd/internal/studio"
	"github.com/modelfactory/modelfactory/datasets"
	"github.com/modelfactory/modelfactory/training"
	"github.com/modelfactory/modelfactory/ui/datanetscreen"
	"github.com/modelfactory/modelfactory/ui/homescreen"
	"github.com/modelfactory/modelfactory/ui/lineagescreen"
	"github.com/modelfactory/modelfactory/ui/modelscreen"
	"github.com/modelfactory/modelfactory/ui/nav"
	"github.com/modelfactory/modelfactory/ui/recipescreen"
	"github.com/modelfactory/modelfactory/ui/reviewscreen"
	"github.com/modelfactory/modelfactory/ui/runscreen"
	"github.com/modelfactory/modelfactory/ui/settingscreen"
	"github.com/modelfactory/modelfactory/ui/task"
	"github.com/modelfactory/modelfactory/ui/walletscreen"
)

// screens are the pages of the window, each with what it needs of the studio.
func screens(st *studio.Studio, wallets *walletServices) []nav.Screen {
	trainer := trainerServices{st}
	runner, now := task.Live, time.Now
	all := []nav.Screen{
		homescreen.Screen(homeServices{st.Runs, trainer, st}, runner, now),
		recipescreen.Screen(recipeServices{st.Runs, trainer, st}, recipescreen.Options{Runner: runner, Now: now, GetLicence: getLicence}),
		reviewscreen.Screen(reviewServices{st, st.Vault}, runner, now),
		walletscreen.Screen(wallets, runner, now),
		lineagescreen.Screen(modelServices{st}, runner, now),
		settingscreen.Screen(settingServices{trainer, st}, runner),
	}
	all = append(all, datanetscreen.Screens(netServices{st}, runner, now)...)
	all = append(all, modelscreen.Screens(modelServices{st}, runner, now)...)
	all = append(all, runscreen.Screens(runServices{st.Runs, st}, runner, now)...)
	return all
}

// getLicence leads to the review of the purchase; the new run looks again when it comes back to the front.
func getLicence(f nav.Frame, net datasets.Slug, _ func()) {
	f.Go(nav.Route{Page: nav.PageReview, Arg: "licence=" + string(net)})
}

// runServices is the run manager, and what diagnostics say of this program.
type runServices struct {
	*training.Manager
	st *studio.Studio
}

// Rows finds rows of a run's data by id; a net that is gone has none.
func (r runServices) Rows(ctx context.Context, run training.Run, ids []datasets.Digest) (map[datasets.Digest]datasets.Row, error) {
	wanted, found := map[datasets.Digest]bool{}, map[datasets.Digest]datasets.Row{}
	for _, id := range ids {
		wanted[id] = true
	}
	for _, source := range run.Recipe.Data {
		for entry, err := range r.st.Library.Rows(source.Ref) {
			if err != nil || len(found) == len(wanted) {
				break // the data was removed or damaged since: its rows are shown by their digests
			}
			if ctx.Err() != nil {
				return nil, ctx.Err()
			}
			if id, err := entry.Row.ID(); err == nil && wanted[id] {
				found[id] = entry.Row
			}
		}
	}
	return found, nil
}

// Versions are lines for diagnostics, without names of folders or people.
func (r runServices) Versions(context.Context) []string {
	state := r.st.Runtime.State()
	return []string{
		fmt.Sprintf("ModelFactory %s, %s/%s", studio.Version, runtime.GOOS, runtime.GOARCH),
		fmt.Sprintf("trainer %s, pins %.12s, %s", state.State, r.st.Runtime.PinsDigest(), state.Device),
	}
}
