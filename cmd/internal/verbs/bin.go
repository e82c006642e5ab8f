package verbs

import (
	"context"
	"flag"
	"fmt"
	"io"
	"time"
)

func binVerbs() []*verb {
	return []*verb{
		{path: "bin list", short: "deleted runs", json: `{"runs":[…]} as in run show`, setup: binList},
		{path: "bin restore", args: "RUN", short: "bring a deleted run back as it was; a queued one comes back out of the queue", json: runJSON, setup: binRestore},
		{
			path: "bin empty", args: "[--days N]", short: "erase deleted runs for good", json: `{"erased":["<id>",…]}`,
			more: "Models that were made of them stay. Asks first; --yes answers.", setup: binEmpty,
		},
	}
}

func binList(*flag.FlagSet) func(context.Context, *Call) error {
	return func(ctx context.Context, c *Call) error {
		runs, err := c.Studio.Runs.Deleted(ctx)
		if err != nil {
			return err
		}
		return c.printRuns(runs, "The bin is empty.")
	}
}

func binRestore(*flag.FlagSet) func(context.Context, *Call) error {
	return func(ctx context.Context, c *Call) error {
		name, err := c.one("RUN")
		if err != nil {
			return err
		}
		run, err := c.Studio.Runs.FindDeleted(ctx, name)
		if err != nil {
			return err
		}
		if err := c.Studio.Runs.Restore(ctx, run.ID); err != nil {
			return err
		}
		if run, err = c.Studio.Runs.Get(ctx, run.ID); err != nil {
			return err
		}
		return c.printRun(ctx, run)
	}
}

func binEmpty(fs *flag.FlagSet) func(context.Context, *Call) error {
	days := countFlag(fs, "days", 0, "only what was deleted more than so many days ago")
	return func(ctx context.Context, c *Call) error {
		if *days < 0 {
			return usagef("--days %d is not a number of days", *days)
		}
		before, err := c.Studio.Runs.Deleted(ctx)
		if err != nil {
			return err
		}
		erased := []any{}
		if len(before) > 0 {
			what := fmt.Sprintf("Erase %d deleted runs for good?", len(before))
			if *days > 0 {
				what = fmt.Sprintf("Erase for good what was deleted more than %d days ago, of %d deleted runs?", *days, len(before))
			}
			if err := c.Confirm(what); err != nil {
				return err
			}
			var since time.Time
			if *days > 0 {
				since = time.Now().AddDate(0, 0, -*days)
			}
			if err := c.Studio.Runs.EmptyTrash(ctx, since); err != nil {
				return err
			}
			after, err := c.Studio.Runs.Deleted(ctx)
			if err != nil {
				return err
			}
			kept := map[any]bool{}
			for _, r := range after {
				kept[r.ID] = true
			}
			for _, r := range before {
				if !kept[r.ID] {
					erased = append(erased, r.ID)
				}
			}
		}
		return c.Print(map[string]any{"erased": erased}, func(w io.Writer) {
			fmt.Fprintf(w, "%d deleted runs were erased, %d are in the bin\n", len(erased), len(before)-len(erased))
		})
	}
}
