package verbs

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"strings"
	"time"

	"github.com/modelfactory/modelfactory/cmd/internal/studio"
	"github.com/modelfactory/modelfactory/training"
)

const runJSON = `{"run":{"id","number","name","state","reason","steps","trained_tokens","seconds","adapter","model",…}}`

func runVerbs() []*verb {
	return []*verb{
		{
			path: "run start", args: "--data NET[@VERSION][:WEIGHT] … [--base NAME] [--preset NAME] [--recipe FILE] [--set key=value …] [--name N] [--id ID] [--queue]",
			short: "train an adapter, in the foreground; Ctrl-C pauses it",
			json: `JSON lines {"event":"state"|"step"|"eval"|"checkpoint"|"warning",…}; a step has step, loss, lr, tokens, tokens_per_second, memory_bytes; the last line is ` +
				runJSON,
			more:  "--queue only queues; the window works the queue off while it is open, and so does mf run queue. The same --id twice is one run. A second Ctrl-C, two seconds later or more, leaves without waiting for the checkpoint; the trainer saves by itself.",
			setup: runStart,
		},
		{path: "run list", short: "all runs", json: `{"runs":[…]} as in run show`, setup: runList},
		{path: "run show", args: "RUN", short: "one run: state, settings, results", json: runJSON, setup: runShow},
		{path: "run watch", args: "RUN", short: "follow a run; Ctrl-C ends the watching only", json: "as run start", setup: runWatch},
		{path: "run pause", args: "RUN", short: "save a checkpoint and free the machine", json: runJSON, setup: runControl(pauseRun)},
		{path: "run resume", args: "RUN [--queue]", short: "go on from the last checkpoint, in the foreground", json: "as run start", setup: runResume},
		{path: "run stop", args: "RUN [--discard]", short: "end a run; its adapter so far is saved unless --discard", json: runJSON, setup: runStop},
		{
			path: "run queue", short: "train the queued runs one after another, in the foreground; Ctrl-C pauses the one that trains and leaves the others queued",
			json: "as run start, for each run in turn", more: "A run that fails is left behind and the next one starts. The exit code is that of the last one that failed.", setup: runQueue,
		},
		{
			path: "run compare", args: "RUN RUN …", short: "two to six runs beside one another: results, and only what differs in their recipes",
			json: compareJSON, more: "The last run is set against the one before it. Without an error bar a difference is only a difference.", setup: runCompare,
		},
		{path: "run delete", args: "RUN", short: "put a run into the bin", json: `{"deleted":"<id>"}`, setup: runDelete},
		{
			path: "run estimate", args: "[--base NAME] [--data NET …] [--preset NAME] [--recipe FILE] [--set key=value …] [--measure] [--again]", short: "memory a run needs, by the best that is known of it; with --measure its time too, by a few of its steps",
			json: `{"base","estimate":{"base","adapter","optimizer","activations","workspace","overhead","low","expected","high" in bytes,"tokens" at once,"run_twice" layers,"offload" layers that keep in main memory,"from","run" it is from,"fits","change"}}, ` +
				`with --measure also "duration":{"low","expected","high" in seconds,"from","run","rate"} and "measured":{"memory","tokens" at once where more did not fit,"pace":{…},"at"}`,
			more: "Fits is fits, tight, 4bit or too_big; with the last two, change is the smallest change that fits. From is formula, measured (steps taken here) or run (one that did the same). " +
				"What was measured is kept; --again measures anew. Nothing of the steps is kept but the tokens, which the run uses.", setup: runEstimate,
		},
		{
			path: "run recipe", args: "[RUN] [--base NAME] [--data NET …] [--preset NAME] [--recipe FILE] [--set key=value …]", short: "a recipe as a YAML file, each setting with its help: that of a run, or what the flags say",
			json: `{"recipe":{…}} with every setting`, more: "Change the file and train it with: mf run start --recipe FILE.", setup: runRecipe,
		},
	}
}

func (f *recipeFlags) register(fs *flag.FlagSet) {
	f.set = pairs{}
	fs.StringVar(&f.base, "base", "", "the base, by name or name@revision; the embedded one when not given")
	fs.StringVar(&f.preset, "preset", "", "quick, balanced, thorough or small-gpu")
	fs.StringVar(&f.file, "recipe", "", "a recipe file in YAML or JSON, as mf run recipe writes it")
	fs.Var(pairs(f.set), "set", "a setting, key=value; may be repeated")
	fs.Func("data", "a dataset or DataNet, NAME[@VERSION][:WEIGHT]; may be repeated", func(s string) error {
		f.data = append(f.data, s)
		return nil
	})
}

func runStart(fs *flag.FlagSet) func(context.Context, *Call) error {
	var f recipeFlags
	f.register(fs)
	name := fs.String("name", "", "a name for the run and its model")
	id := fs.String("id", "", "the run's id (UUID), to make a repeated start harmless")
	queue := fs.Bool("queue", false, "only queue it")
	return func(ctx context.Context, c *Call) error {
		recipe, err := c.recipe(f)
		if err != nil {
			return err
		}
		spec := training.RunSpec{Name: *name, Recipe: recipe, Account: c.Studio.AccountText(), Queue: *queue}
		if *id != "" {
			if spec.ID, err = training.ParseRunID(*id); err != nil {
				return err
			}
		}
		// A run that may not begin is not made; both are asked again when it starts.
		if err := c.free(ctx, spec); err != nil {
			return err
		}
		if err := c.Studio.MayTrain(ctx, spec.Account, recipe.Data); err != nil {
			return err
		}
		if err := c.Studio.OnDevice(ctx, recipe); err != nil {
			return err
		}
		if err := c.Studio.EnsureTrainer(ctx, c.Say); err != nil {
			return err
		}
		if spec.Recipe, err = c.recipe(f); err != nil { // a base that was just fetched has a revision now
			return err
		}
		run, err := c.Studio.Runs.Create(ctx, spec)
		if err != nil {
			return err
		}
		if *queue {
			return c.printRun(ctx, run)
		}
		if run.State != training.StateFinished && run.State != training.StateRunning {
			if err := c.Studio.Runs.Start(ctx, run.ID); err != nil {
				return err
			}
		}
		return c.follow(ctx, run.ID, true)
	}
}

// free refuses a start while another run trains.
func (c *Call) free(ctx context.Context, spec training.RunSpec) error {
	runs, err := c.Studio.Runs.Runs(ctx)
	if err != nil || spec.Queue {
		return err
	}
	for _, r := range runs {
		if r.State == training.StateRunning && r.ID != spec.ID {
			return &studio.Error{
				Kind: "refused", Message: fmt.Sprintf("run %d is training", r.Number),
				Next: fmt.Sprintf("Add --queue to let this run wait its turn, or pause the other first: mf run pause %d.", r.Number),
			}
		}
	}
	return nil
}

// follow streams a run until it settles. owner: an interrupt pauses the run; otherwise it ends the watching.
func (c *Call) follow(ctx context.Context, id training.RunID, owner bool) error {
	changed, cancel := c.Studio.Runs.Watch(id)
	defer cancel()
	var s streamed
watching:
	for {
		// A snapshot is read after an interrupt too: nothing measured is left out.
		// The last step is asked for again: it may have been measured on the held-out rows since.
		snap, err := c.Studio.Runs.Snapshot(context.WithoutCancel(ctx), id, max(0, s.step-1))
		if err != nil {
			return err
		}
		if err := s.emit(c, snap); err != nil {
			return err
		}
		if snap.Run.State.Settled() || snap.Run.State == training.StateQueued && !owner {
			break
		}
		select {
		case <-changed:
		case <-ctx.Done():
			if errors.Is(context.Cause(ctx), errCallerLeft) {
				return nil
			}
			if !owner {
				break watching
			}
			owner = false
			c.Say("pausing: saving a checkpoint (interrupt again to leave without waiting)")
			if err := c.Studio.Runs.Pause(context.WithoutCancel(ctx), id); err != nil {
				return err
			}
			wait, done := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Minute)
			_, err := c.Studio.Runs.Wait(wait, id)
			done()
			if errors.Is(err, context.DeadlineExceeded) {
				return &studio.Error{
					Kind: "failed", Message: fmt.Sprintf("run %d did not pause within two minutes", snap.Run.Number), Err: err,
					Next: fmt.Sprintf("Its last checkpoint is kept. Go on with: mf run resume %d.", snap.Run.Number),
				}
			}
			if err != nil {
				return err
			}
		}
	}
	run, err := c.Studio.Runs.Get(context.WithoutCancel(ctx), id)
	if err != nil {
		return err
	}
	if err := c.printRun(context.WithoutCancel(ctx), run); err != nil {
		return err
	}
	if run.State == training.StateFailed {
		code := "failed"
		if run.Started.IsZero() || run.Failure != nil && run.Failure.Code == training.FailLicence {
			code = "refused" // the studio's checks let no trainer begin
		}
		return &shown{code: code}
	}
	return nil
}

// streamed remembers what of a run was printed.
type streamed struct {
	step, eval, checkpoint, seenWarnings int
	state                                training.State
	phase                                training.Phase
}

// number is a JSON number, or the word for what JSON has no number for.
func number(f float64) any {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return fmt.Sprint(f)
	}
	return f
}

func (s *streamed) emit(c *Call, snap training.Snapshot) error {
	run := snap.Run
	if run.State != s.state || run.Phase != s.phase {
		s.state, s.phase = run.State, run.Phase
		words := fmt.Sprintf("run %d: %s", run.Number, run.State)
		if run.State == training.StateRunning && run.Phase != "" {
			words = fmt.Sprintf("run %d: %s", run.Number, run.Phase)
		}
		if err := c.Event(map[string]any{"event": "state", "run": run.ID, "state": run.State, "phase": run.Phase, "reason": run.Reason}, words); err != nil {
			return err
		}
	}
	for _, p := range snap.Points {
		if p.Step > s.step {
			s.step = p.Step
			doc := map[string]any{
				"event": "step", "step": p.Step, "steps": run.Steps, "pass": p.Pass, "loss": number(p.Loss), "lr": p.LR, "grad_norm": number(p.GradNorm),
				"tokens": p.Tokens, "trained_tokens": p.TrainedTokens, "tokens_per_second": p.TokensPerSecond, "memory_bytes": p.Memory, "seconds": p.Seconds,
			}
			words := fmt.Sprintf("  step %3d of %d   loss %.4f   %4.0f tokens/s   %s", p.Step, run.Steps, p.Loss, p.TokensPerSecond, bytesText(p.Memory))
			if err := c.Event(doc, words); err != nil {
				return err
			}
		}
		if p.Eval != nil && p.Step > s.eval {
			s.eval = p.Step
			if err := c.Event(map[string]any{"event": "eval", "step": p.Step, "loss": number(*p.Eval)}, fmt.Sprintf("  held-out loss %.4f", *p.Eval)); err != nil {
				return err
			}
		}
	}
	if snap.LastCheckpoint > s.checkpoint {
		s.checkpoint = snap.LastCheckpoint
		if err := c.Event(map[string]any{"event": "checkpoint", "step": snap.LastCheckpoint}, fmt.Sprintf("  checkpoint at step %d", snap.LastCheckpoint)); err != nil {
			return err
		}
	}
	for ; s.seenWarnings < len(snap.Warnings); s.seenWarnings++ {
		w := snap.Warnings[s.seenWarnings]
		if err := c.Event(map[string]any{"event": "warning", "message": w}, "  "+w); err != nil {
			return err
		}
	}
	return nil
}

// runDoc is the shape of a run in --json.
func (c *Call) runDoc(run training.Run) map[string]any {
	d := map[string]any{
		"id": run.ID, "number": run.Number, "name": run.Name, "state": run.State, "phase": run.Phase, "reason": run.Reason,
		"step": run.Step, "steps": run.Steps, "trained_tokens": run.TrainedTokens, "seconds": run.Seconds, "recipe": run.Recipe,
		"adapter": run.AdapterDigest, "model": "", "account": run.Account, "created": run.Created,
	}
	if run.State == training.StateQueued {
		d["queue"] = run.Queue
	}
	if run.AdapterDigest != "" {
		if m, err := c.Studio.Models.Get(string(run.AdapterDigest)); err == nil {
			d["model"] = m.Digest
		}
	}
	if run.Failure != nil {
		d["failure"] = map[string]any{"code": run.Failure.Code, "message": run.Failure.Message, "advice": run.Failure.Advice, "exit_code": run.Failure.ExitCode}
	}
	return d
}

func (c *Call) printRun(ctx context.Context, run training.Run) error {
	if err := c.Studio.Settle(ctx); err != nil { // a finished run becomes a model
		return err
	}
	return c.Print(map[string]any{"run": c.runDoc(run)}, func(w io.Writer) {
		fmt.Fprintf(w, "run %d %q: %s", run.Number, run.Title(), run.State)
		if run.Reason != "" {
			fmt.Fprintf(w, " (%s)", run.Reason)
		}
		fmt.Fprintf(w, "\n  id        %s\n  steps     %d of %d\n  tokens    %s trained\n  time      %.0f s\n", run.ID, run.Step, run.Steps, thousands(run.TrainedTokens), run.Seconds)
		if run.AdapterDigest != "" {
			fmt.Fprintf(w, "  adapter   %s\n", run.AdapterDigest)
		}
		if run.Failure != nil {
			fmt.Fprintf(w, "  failed    %s\n            %s\n", run.Failure.Message, run.Failure.Advice)
		}
		switch run.State {
		case training.StateFinished, training.StateStopped:
			if run.AdapterDigest != "" {
				fmt.Fprintf(w, "Ask it:      mf model chat %s --prompt \"…\"\n", short8(string(run.AdapterDigest)))
			}
		case training.StatePaused:
			fmt.Fprintf(w, "Go on with:  mf run resume %d\n", run.Number)
		}
	})
}

func short8(s string) string { return s[:min(8, len(s))] }

func runList(*flag.FlagSet) func(context.Context, *Call) error {
	return func(ctx context.Context, c *Call) error {
		runs, err := c.Studio.Runs.Runs(ctx)
		if err != nil {
			return err
		}
		return c.printRuns(runs, "No runs yet. Start one with: mf run start --data NET")
	}
}

func (c *Call) printRuns(runs []training.Run, none string) error {
	return c.Print(map[string]any{"runs": docs(runs, c.runDoc)}, func(w io.Writer) {
		if len(runs) == 0 {
			fmt.Fprintln(w, none)
		}
		for _, r := range runs {
			fmt.Fprintf(w, "%4d  %-10s %-28s step %d of %d\n", r.Number, r.State, r.Title(), r.Step, r.Steps)
		}
	})
}

func (c *Call) findRun(ctx context.Context) (training.Run, error) {
	name, err := c.one("RUN")
	if err != nil {
		return training.Run{}, err
	}
	return c.Studio.Runs.Find(ctx, strings.TrimPrefix(name, "#"))
}

func runShow(*flag.FlagSet) func(context.Context, *Call) error {
	return runControl(nil)(nil)
}

// runControl makes a verb that does one thing to a run and shows the result.
func runControl(act func(context.Context, *Call, training.Run) error) func(*flag.FlagSet) func(context.Context, *Call) error {
	return func(*flag.FlagSet) func(context.Context, *Call) error {
		return func(ctx context.Context, c *Call) error {
			run, err := c.findRun(ctx)
			if err != nil {
				return err
			}
			if act != nil {
				if err := act(ctx, c, run); err != nil {
					return err
				}
				if run, err = c.Studio.Runs.Get(ctx, run.ID); err != nil {
					return err
				}
			}
			return c.printRun(ctx, run)
		}
	}
}

func pauseRun(ctx context.Context, c *Call, run training.Run) error {
	if err := c.Studio.Runs.Pause(ctx, run.ID); err != nil {
		return err
	}
	_, err := c.Studio.Runs.Wait(ctx, run.ID)
	return err
}

func runStop(fs *flag.FlagSet) func(context.Context, *Call) error {
	discard := fs.Bool("discard", false, "do not keep the adapter")
	return runControl(func(ctx context.Context, c *Call, run training.Run) error {
		if *discard {
			if err := c.Confirm(fmt.Sprintf("Stop run %d without saving its adapter?", run.Number)); err != nil {
				return err
			}
		}
		if err := c.Studio.Runs.Stop(ctx, run.ID, !*discard); err != nil {
			return err
		}
		_, err := c.Studio.Runs.Wait(ctx, run.ID)
		return err
	})(fs)
}

func runWatch(*flag.FlagSet) func(context.Context, *Call) error {
	return func(ctx context.Context, c *Call) error {
		run, err := c.findRun(ctx)
		if err != nil {
			return err
		}
		return c.follow(ctx, run.ID, false)
	}
}

func runResume(fs *flag.FlagSet) func(context.Context, *Call) error {
	queue := fs.Bool("queue", false, "only queue it")
	return func(ctx context.Context, c *Call) error {
		run, err := c.findRun(ctx)
		if err != nil {
			return err
		}
		if *queue {
			if err := c.Studio.Runs.Enqueue(ctx, run.ID); err != nil {
				return err
			}
			if run, err = c.Studio.Runs.Get(ctx, run.ID); err != nil {
				return err
			}
			return c.printRun(ctx, run)
		}
		if err := c.Studio.EnsureTrainer(ctx, c.Say); err != nil {
			return err
		}
		if err := c.Studio.Runs.Resume(ctx, run.ID); err != nil {
			return err
		}
		return c.follow(ctx, run.ID, true)
	}
}

func runDelete(*flag.FlagSet) func(context.Context, *Call) error {
	return func(ctx context.Context, c *Call) error {
		run, err := c.findRun(ctx)
		if err != nil {
			return err
		}
		if err := c.Studio.Runs.Delete(ctx, run.ID); err != nil {
			return err
		}
		return c.Print(map[string]any{"deleted": run.ID}, func(w io.Writer) {
			fmt.Fprintf(w, "run %d is in the bin; mf bin restore %d brings it back\n", run.Number, run.Number)
		})
	}
}

func runRecipe(fs *flag.FlagSet) func(context.Context, *Call) error {
	var f recipeFlags
	f.register(fs)
	return func(ctx context.Context, c *Call) error {
		var recipe training.Recipe
		var err error
		if len(c.Args) > 0 {
			run, err := c.findRun(ctx)
			if err != nil {
				return err
			}
			recipe = run.Recipe
		} else if recipe, err = c.recipe(f); err != nil {
			return err
		}
		text, err := recipe.YAML()
		if err != nil {
			return err
		}
		return c.Print(map[string]any{"recipe": recipe}, func(w io.Writer) { _, _ = w.Write(text) })
	}
}

// bytesText writes a size with one decimal.
func bytesText(n int64) string {
	switch {
	case n >= 1e9:
		return fmt.Sprintf("%.1f GB", float64(n)/1e9)
	case n >= 1e6:
		return fmt.Sprintf("%.0f MB", float64(n)/1e6)
	}
	return fmt.Sprintf("%d kB", n/1000)
}
