package verbs

import (
	"context"
	"flag"
	"fmt"
	"io"
	"math"
	"strings"
	"text/tabwriter"

	"github.com/modelfactory/modelfactory/training"
)

const compareJSON = `{"runs":[{"id","number","name","state","train_loss","eval_loss","eval_error","perplexity","tokens_per_second","memory_bytes","seconds","steps","trained_tokens","answers",` +
	`"exact_before","exact_after","f1_before","f1_after","judged":{"better","same","worse"}},…],"differs":[{"key","label","values"}],"same":[…],"fair","spoils":[…],` +
	`"common":{"rows","loss":[{"value","error"}]}|null,"last_against_the_one_before":{"difference","error","clear"}|null}; losses in nats; null = not measured`

func runCompare(*flag.FlagSet) func(context.Context, *Call) error {
	return func(ctx context.Context, c *Call) error {
		var runs []training.Measured
		for _, name := range c.Args {
			run, err := c.Studio.Runs.Find(ctx, strings.TrimPrefix(name, "#"))
			if err != nil {
				return err
			}
			m, err := c.Studio.Runs.Measured(ctx, run.ID)
			if err != nil {
				return err
			}
			runs = append(runs, m)
		}
		cmp, err := training.Compare(runs)
		if err != nil {
			return err
		}
		return c.Print(compareDoc(cmp), func(w io.Writer) { printCompare(w, cmp) })
	}
}

// known is a number, or nil where nothing was measured.
func known(f float64) any {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return nil
	}
	return f
}

func compareDoc(c training.Comparison) map[string]any {
	runs := []map[string]any{}
	for i, f := range c.Figures {
		r := c.Runs[i].Run
		runs = append(runs, map[string]any{
			"id": r.ID, "number": r.Number, "name": r.Name, "state": r.State, "train_loss": known(f.TrainLoss), "eval_loss": known(f.EvalLoss),
			"eval_error": known(f.EvalError), "perplexity": known(f.Perplexity), "tokens_per_second": known(f.TokensPerSecond), "memory_bytes": f.Memory,
			"seconds": f.Seconds, "steps": f.Steps, "trained_tokens": f.TrainedTokens, "answers": f.Answers, "exact_before": f.ExactBefore,
			"exact_after": f.ExactAfter, "f1_before": known(f.F1Before), "f1_after": known(f.F1After),
			"judged": map[string]int{"better": f.Better, "same": f.Same, "worse": f.Worse},
		})
	}
	lines := func(list []training.Setting) []map[string]any {
		out := []map[string]any{}
		for _, s := range list {
			out = append(out, map[string]any{"key": s.Key, "label": s.Label, "values": s.Values})
		}
		return out
	}
	doc := map[string]any{
		"runs": runs, "differs": lines(c.Differs), "same": lines(c.Same), "fair": len(c.Spoils) == 0, "spoils": append([]string{}, c.Spoils...),
		"common": nil, "last_against_the_one_before": nil,
	}
	if c.Common != nil {
		loss := []map[string]any{}
		for _, m := range c.Common.Loss {
			loss = append(loss, map[string]any{"value": known(m.Value), "error": known(m.Error)})
		}
		doc["common"] = map[string]any{"rows": c.Common.Rows, "loss": loss}
	}
	if l := c.Last; l != nil {
		doc["last_against_the_one_before"] = map[string]any{"difference": known(l.Difference.Value), "error": known(l.Difference.Error), "clear": l.Clear}
	}
	return doc
}

func printCompare(out io.Writer, c training.Comparison) {
	w := tabwriter.NewWriter(out, 0, 4, 3, ' ', 0)
	line := func(label string, value func(i int) string) {
		fmt.Fprint(w, label)
		for i := range c.Runs {
			fmt.Fprint(w, "\t", value(i))
		}
		fmt.Fprintln(w)
	}
	run := func(i int) training.Run { return c.Runs[i].Run }
	line("", func(i int) string { return fmt.Sprintf("run %d", run(i).Number) })
	line("name", func(i int) string { return run(i).Title() })
	line("state", func(i int) string { return string(run(i).State) })
	printFigures(line, c)
	fmt.Fprintln(w)
	for _, s := range c.Differs {
		line(s.Label, func(i int) string { return s.Values[i] })
	}
	w.Flush()
	if len(c.Differs) == 0 {
		fmt.Fprintln(out, "The recipes are the same.")
	}
	var same []string
	for _, s := range c.Same {
		same = append(same, s.Label+" "+s.Values[0])
	}
	fmt.Fprintf(out, "\nsame: %s\n%s\n", strings.Join(same, ", "), c.FairText())
	if text := c.LastText(); text != "" {
		fmt.Fprintf(out, "Run %d is %s.\n", run(len(c.Runs)-1).Number, text)
	}
}

func printFigures(line func(label string, value func(i int) string), c training.Comparison) {
	figure := func(label string, value func(f training.Figures) string) {
		line(label, func(i int) string { return value(c.Figures[i]) })
	}
	figure("eval loss", func(f training.Figures) string { return lossText(training.Mean{Value: f.EvalLoss, Error: f.EvalError}) })
	if c.Common != nil {
		line(fmt.Sprintf("eval loss, %d common rows", c.Common.Rows), func(i int) string { return lossText(c.Common.Loss[i]) })
	}
	figure("perplexity", func(f training.Figures) string { return measuredText("%.2f", f.Perplexity) })
	figure("train loss, last 10 steps", func(f training.Figures) string { return measuredText("%.3f", f.TrainLoss) })
	figure("exact answers", func(f training.Figures) string {
		if f.Answers == 0 {
			return "not measured"
		}
		return fmt.Sprintf("%d of %d (base %d)", f.ExactAfter, f.Answers, f.ExactBefore)
	})
	figure("words in common, F1", func(f training.Figures) string {
		if f.Answers == 0 {
			return "not measured"
		}
		return fmt.Sprintf("%.2f (base %.2f)", f.F1After, f.F1Before)
	})
	figure("judged against the base", func(f training.Figures) string {
		if f.Better+f.Same+f.Worse == 0 {
			return "not judged"
		}
		return fmt.Sprintf("%d better, %d same, %d worse", f.Better, f.Same, f.Worse)
	})
	figure("speed", func(f training.Figures) string { return measuredText("%.0f tokens/s", f.TokensPerSecond) })
	figure("most memory", func(f training.Figures) string {
		if f.Memory == 0 {
			return "not measured"
		}
		return bytesText(f.Memory)
	})
	figure("time", func(f training.Figures) string { return fmt.Sprintf("%.0f s", f.Seconds) })
	figure("steps", func(f training.Figures) string { return thousands(int64(f.Steps)) })
	figure("trained tokens", func(f training.Figures) string { return thousands(f.TrainedTokens) })
}

// lossText is a loss with its standard error, where there is one.
func lossText(m training.Mean) string {
	if !math.IsNaN(m.Error) {
		return fmt.Sprintf("%.3f ± %.3f", m.Value, m.Error)
	}
	return measuredText("%.3f", m.Value)
}

func measuredText(format string, v float64) string {
	if math.IsNaN(v) {
		return "not measured"
	}
	return fmt.Sprintf(format, v)
}
