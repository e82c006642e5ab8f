package main

import (
	"context"
	"fmt"
	"runtime"
	"time"

	"github.com/modelfactory/modelfactory/cmd/internal/studio"
	"github.com/modelfactory/modelfactory/training"
	"github.com/modelfactory/modelfactory/ui/nav"
	"github.com/modelfactory/modelfactory/ui/runscreen"
	"github.com/modelfactory/modelfactory/ui/task"
)

// screens are the pages of the window, each with what it needs of the studio.
func screens(st *studio.Studio) []nav.Screen {
	var all []nav.Screen
	all = append(all, runscreen.Screens(runServices{st.Runs, st}, task.Live, time.Now)...)
	return all
}

// runServices is the run manager, and what diagnostics say of this program.
type runServices struct {
	*training.Manager
	st *studio.Studio
}

// Versions are lines for diagnostics, without names of folders or people.
func (r runServices) Versions(context.Context) []string {
	state := r.st.Runtime.State()
	return []string{
		fmt.Sprintf("ModelFactory %s, %s/%s", studio.Version, runtime.GOOS, runtime.GOARCH),
		fmt.Sprintf("trainer %s, pins %.12s, %s", state.State, r.st.Runtime.PinsDigest(), state.Device),
	}
}
