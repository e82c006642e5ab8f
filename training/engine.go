package training

import (
	"context"

	"github.com/modelfactory/modelfactory/training/protocol"
)

// Job is what an Engine is asked to train: a frozen run folder and a base.
type Job struct {
	ID      RunID
	Dir     string // run folder with recipe.json and data.json
	Base    Base
	Resume  bool   // go on from the newest sound checkpoint, when there is one
	Device  string // as in Settings
	Threads int    // 0 = the engine chooses
}

// Engine trains. It is declared here because there are two: training/local and
// the scripted one in training/trainingtest.
type Engine interface {
	// Admit says why a run that asks for this device, as in Settings, cannot
	// start now; nil when it can. It is asked before every start.
	Admit(ctx context.Context, device string) error
	// Train blocks until the trainer has left. It returns nil when a result
	// event was delivered, a *Failure when the cause is known, ctx.Err() when
	// ctx ended first; ending ctx ends the trainer at once, without saving.
	// events is called from one goroutine and must not block.
	Train(ctx context.Context, job Job, events func(protocol.Event)) error
	// Control sends a control line to the trainer of a run: protocol.ControlPause,
	// ControlStop or ControlCheckpoint.
	Control(id RunID, control string) error
	// Holder tells which living process holds the run's lock; pid is 0 when it
	// is not known.
	Holder(id RunID) (pid int, alive bool)
	// EndHolder ends the process that holds the run's lock and returns when the
	// lock is free.
	EndHolder(ctx context.Context, id RunID) error
}

// Store keeps runs. Both implementations pass trainingtest.StoreSuite.
type Store interface {
	// SaveRun writes the run, durably, over an earlier one with the same id.
	SaveRun(ctx context.Context, run Run) error
	// Run returns RunNotFound(id) for an unknown id.
	Run(ctx context.Context, id RunID) (Run, error)
	// Runs returns all runs, lowest number first.
	Runs(ctx context.Context) ([]Run, error)
	// DeleteRun removes the run; RunNotFound(id) when there is none.
	DeleteRun(ctx context.Context, id RunID) error
}

// Gate says whether an account may train on these sources now. A refusal is an
// Error of kind "refused" that names the net and what is missing, with the
// cause FailLicence where that is a licence.
type Gate interface {
	Allow(ctx context.Context, account string, sources []Source) error
}
