package verbs

import (
	"context"
	"flag"
	"fmt"
	"io"
	"time"

	"github.com/modelfactory/modelfactory/training"
)

func runEstimate(fs *flag.FlagSet) func(context.Context, *Call) error {
	var f recipeFlags
	f.register(fs)
	measure := fs.Bool("measure", false, "take a few steps with a throw-away adapter, unless their figures are known, and tell time and memory by them")
	again := fs.Bool("again", false, "measure although figures are known")
	return func(ctx context.Context, c *Call) error {
		recipe, err := c.recipe(f)
		if err != nil {
			return err
		}
		if *measure || *again {
			return c.measure(ctx, f, *again)
		}
		est, err := c.Studio.Estimate(ctx, recipe)
		if err != nil {
			return err
		}
		return c.Print(map[string]any{"base": recipe.Base, "estimate": est}, func(w io.Writer) { printEstimate(w, recipe.Base, est) })
	}
}

// measure prints what a recipe takes after a few of its steps.
func (c *Call) measure(ctx context.Context, f recipeFlags, again bool) error {
	if err := c.Studio.EnsureTrainer(ctx, c.Say); err != nil {
		return err
	}
	recipe, err := c.recipe(f) // a base that was just fetched has a revision now
	if err != nil {
		return err
	}
	if len(recipe.Data) == 0 {
		return usagef("name the data to measure with: --data NET")
	}
	phase := ""
	need, err := c.Studio.Measure(ctx, recipe, again, func(p string, _, _ int64) {
		if p != phase {
			c.Say(p)
		}
		phase = p
	})
	if err != nil {
		return err
	}
	est, err := c.Studio.Estimate(ctx, recipe, need)
	if err != nil {
		return err
	}
	var took training.Duration
	if need.Memory > 0 {
		if took, err = c.Studio.EstimateDuration(ctx, recipe); err != nil {
			return err
		}
	}
	return c.Print(map[string]any{"base": recipe.Base, "estimate": est, "duration": took, "measured": need}, func(w io.Writer) {
		printEstimate(w, recipe.Base, est)
		switch {
		case need.Memory == 0:
			fmt.Fprintln(w, "  it was tried and did not fit")
		case need.Tokens > 0:
			fmt.Fprintf(w, "  memory ran out and was enough for %d tokens at once\n", need.Tokens)
		}
		if took.Expected > 0 {
			fmt.Fprintf(w, "  time: about %s (%s to %s), %s\n", seconds(took.Expected), seconds(took.Low), seconds(took.High), fromText(took.From, took.Run))
		}
	})
}

func printEstimate(w io.Writer, base string, est training.Estimate) {
	fmt.Fprintf(w, "%s: about %s (%s to %s)", base, bytesText(est.Expected), bytesText(est.Low), bytesText(est.High))
	if est.Fits != "" {
		fmt.Fprintf(w, ": %s", map[string]string{training.FitsWell: "fits", training.FitsTight: "tight", training.Fits4Bit: "too big, fits in 4 bits", training.FitsTooBig: "too big"}[est.Fits])
	}
	fmt.Fprintf(w, ", %s\n  base %s, activations %s for %s tokens at once, workspace %s, adapter and optimiser %s, libraries and driver %s\n", fromText(est.From, est.Run),
		bytesText(est.Base), bytesText(est.Activations), thousands(est.Tokens), bytesText(est.Workspace), bytesText(est.Adapter+est.Optimizer), bytesText(est.Overhead))
	if saving := est.Saving(); saving != "" {
		fmt.Fprintf(w, "  %s to save memory\n", saving)
	}
	if est.Change != "" {
		fmt.Fprintf(w, "  the smallest change that fits: %s\n", est.Change)
	}
}

// fromText says where a figure is from.
func fromText(from string, run int) string {
	switch from {
	case training.FromSteps:
		return "measured here by a few steps"
	case training.FromRun:
		return fmt.Sprintf("measured by run %d", run)
	}
	return "computed"
}

func seconds(seconds float64) time.Duration {
	return time.Duration(seconds * float64(time.Second)).Round(time.Second)
}
