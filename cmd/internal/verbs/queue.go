package verbs

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"slices"

	"github.com/modelfactory/modelfactory/training"
)

func runQueue(*flag.FlagSet) func(context.Context, *Call) error {
	return func(ctx context.Context, c *Call) error {
		todo, err := c.moreQueued(ctx, nil)
		if err != nil {
			return err
		}
		if len(todo) == 0 {
			c.Say("nothing is queued")
			return nil
		}
		if err := c.Studio.EnsureTrainer(ctx, c.Say); err != nil {
			return err
		}
		first, err := c.Studio.Runs.Get(ctx, todo[0])
		if err != nil {
			return err
		}
		// Where the window serves the queue already this line only watches, and so it does a run that somebody else started.
		owner := !c.Studio.Runs.ServeQueue()
		foreign := first.State == training.StateRunning
		ctx, cancel := leavesQueue(ctx, c, owner)
		defer cancel(nil)
		var failed error
		for i := 0; i < len(todo); i++ {
			if err := c.begins(ctx, todo[i]); err != nil || ctx.Err() != nil {
				return err
			}
			err := c.follow(ctx, todo[i], owner && !(foreign && i == 0))
			if _, told := errors.AsType[*shown](err); told {
				failed = err
			} else if err != nil || ctx.Err() != nil {
				return err
			}
			if todo, err = c.moreQueued(ctx, todo); err != nil {
				return err
			}
		}
		return failed
	}
}

// leavesQueue hands an interrupt on only after the queue was left: the next run must not begin while this one is paused.
func leavesQueue(ctx context.Context, c *Call, owner bool) (context.Context, context.CancelCauseFunc) {
	out, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	context.AfterFunc(ctx, func() {
		if owner && !errors.Is(context.Cause(ctx), errCallerLeft) {
			c.Studio.Runs.LeaveQueue()
		}
		cancel(context.Cause(ctx))
	})
	return out, cancel
}

// begins waits until a run has left the queue.
func (c *Call) begins(ctx context.Context, id training.RunID) error {
	changed, cancel := c.Studio.Runs.Watch(id)
	defer cancel()
	for {
		run, err := c.Studio.Runs.Get(context.WithoutCancel(ctx), id)
		if err != nil || run.State != training.StateQueued {
			return err
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return nil
		}
	}
}

// moreQueued adds the runs that train or are queued now, in their order, to those known already.
func (c *Call) moreQueued(ctx context.Context, known []training.RunID) ([]training.RunID, error) {
	runs, err := c.Studio.Runs.Runs(ctx)
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(runs, func(a, b training.Run) int { return cmp.Compare(a.Queue, b.Queue) }) // a running one has place 0
	for _, r := range runs {
		if (r.State == training.StateQueued || r.State == training.StateRunning) && !slices.Contains(known, r.ID) {
			known = append(known, r.ID)
		}
	}
	return known, nil
}
