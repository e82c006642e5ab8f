package verbs

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"os"
	"strconv"
	"strings"

	"github.com/modelfactory/modelfactory/datasets"
	"github.com/modelfactory/modelfactory/training"
	"github.com/modelfactory/modelfactory/training/protocol"
)

func dataVerbs() []*verb {
	return []*verb{
		{
			path: "data import", args: "FILE --name NAME [--format F] [--map column=role …] [--skip-bad]",
			short: "make a private dataset from a JSONL, JSON, CSV or TSV file",
			json:  `{"dataset":{"name","version","rows","skipped","duplicates","digest","format","errors":[{"line","message"}],"licensed":[{"net","title","rows"}]}}`,
			more:  "Formats: messages, sharegpt, alpaca, prompt, text, preference (chosen and rejected answers), csv, tsv. The file is detected when none is given. The rows stay on this computer.",
			setup: dataImport,
		},
		{
			path: "data show", args: "NAME[@VERSION]", short: "a dataset's versions, rows and digests",
			json: `{"dataset":{…}} as in net list`, setup: netShow,
		},
		{
			path: "data preview", args: "FILE [--rows N] [--format F] [--map column=role …]",
			short: "what a file's rows become, without importing it",
			json:  `{"format","columns","mapping","rows":[…],"errors":[{"line","message"}]}`, setup: dataPreview,
		},
		{
			path: "data check", args: "NAME[@VERSION] … [--base NAME] [--set key=value …] [--rows N]",
			short: "count tokens and show what the model sees, with the trained part marked",
			json: `the trainer's check result: {"sources":[{"net","rows","train_rows","eval_rows","dropped_rows","tokens","trained_tokens","median_tokens","longest_tokens",` +
				`"dropped":[{"row","reason"}],"dropped_kinds":[{"reason","rows"}],"drawn","duplicates","near_duplicates","elsewhere","eval_near"}],` +
				`"steps","rows_per_pass","tokens_per_pass","trained_tokens_per_pass","preview":[{"row_id","net","eval","segments":[{"text","trained","special"}],"rejected":[…],"tokens","trained_tokens"}]}`,
			setup: dataCheck,
		},
	}
}

// pairs is a repeatable key=value flag.
type pairs map[string]string

func (p pairs) String() string { return "" }

func (p pairs) Set(s string) error {
	k, v, ok := strings.Cut(s, "=")
	if !ok {
		return fmt.Errorf("%q is not key=value", s)
	}
	p[k] = v
	return nil
}

// count is the value of a flag that counts something.
type count int

func (n *count) String() string { return strconv.Itoa(int(*n)) }

func (n *count) Set(s string) error {
	v, err := strconv.Atoi(s)
	if err != nil || v < 0 {
		return errors.New("use a whole number, not below 0")
	}
	*n = count(v)
	return nil
}

// countFlag defines a flag that counts something.
func countFlag(fs *flag.FlagSet, name string, value int, usage string) *int {
	fs.Var((*count)(&value), name, usage)
	return &value
}

func importFlags(fs *flag.FlagSet) (format *string, mapping pairs) {
	mapping = pairs{}
	fs.Var(mapping, "map", "a column and its role, for example question=user; may be repeated")
	return fs.String("format", "", "the file's format, when detection is wrong"), mapping
}

func dataImport(fs *flag.FlagSet) func(context.Context, *Call) error {
	name := fs.String("name", "", "name of the dataset")
	skip := fs.Bool("skip-bad", false, "leave out rows that cannot be used, and list them")
	format, mapping := importFlags(fs)
	return func(ctx context.Context, c *Call) error {
		file, err := c.one("FILE")
		if err != nil {
			return err
		}
		report, err := c.Studio.Library.Import(ctx, c.Path(file), datasets.ImportOptions{
			Name: *name, Format: datasets.Format(*format), Mapping: mapping, SkipBad: *skip,
		})
		if err != nil {
			return err
		}
		newest := report.Net.Newest()
		doc := map[string]any{"dataset": map[string]any{
			"name": report.Net.Slug, "version": newest.Number, "rows": report.Rows, "skipped": report.Skipped,
			"duplicates": report.Duplicates, "digest": report.Digest, "format": report.Format, "errors": list(report.Errors),
			"licensed": report.Licensed,
		}}
		return c.Print(doc, func(w io.Writer) {
			fmt.Fprintf(w, "%s version %d: %d rows, %d left out, %d repeated\n", report.Net.Slug, newest.Number, report.Rows, report.Skipped, report.Duplicates)
			for _, e := range report.Errors {
				fmt.Fprintf(w, "  line %d: %s\n", e.Line, e.Message)
			}
			for _, l := range report.Licensed {
				fmt.Fprintf(w, "warning: %s\n", l.Warning())
			}
			fmt.Fprintf(w, "digest %s\nUse it with: mf run start --data %s\n", report.Digest, report.Net.Slug)
		})
	}
}

func dataPreview(fs *flag.FlagSet) func(context.Context, *Call) error {
	n := countFlag(fs, "rows", 3, "how many rows to show")
	format, mapping := importFlags(fs)
	return func(ctx context.Context, c *Call) error {
		file, err := c.one("FILE")
		if err != nil {
			return err
		}
		p, err := datasets.PreviewFile(ctx, c.Path(file), datasets.ImportOptions{Format: datasets.Format(*format), Mapping: mapping, SkipBad: true}, *n)
		if err != nil {
			return err
		}
		doc := map[string]any{"format": p.Format, "columns": list(p.Columns), "mapping": p.Mapping, "rows": list(p.Entries), "errors": list(p.Errors)}
		return c.Print(doc, func(w io.Writer) {
			fmt.Fprintf(w, "format: %s\n", p.Format)
			for _, r := range p.Entries {
				printRow(w, r)
			}
			for _, e := range p.Errors {
				fmt.Fprintf(w, "line %d: %s\n", e.Line, e.Message)
			}
		})
	}
}

func printRow(w io.Writer, r datasets.Row) {
	for _, t := range r.Turns() {
		fmt.Fprintf(w, "  %-10s %s\n", t.What, t.Content)
	}
	fmt.Fprintln(w)
}

func dataCheck(fs *flag.FlagSet) func(context.Context, *Call) error {
	base := fs.String("base", "", "the base whose template and tokenizer are used")
	rows := countFlag(fs, "rows", 3, "how many rows to show")
	offset := countFlag(fs, "from", 0, "the first row to show")
	set := pairs{}
	fs.Var(set, "set", "a setting, as in run start")
	return func(ctx context.Context, c *Call) error {
		if len(c.Args) == 0 {
			return usagef("name at least one dataset")
		}
		recipe, err := c.recipe(recipeFlags{base: *base, data: c.Args, set: set})
		if err != nil {
			return err
		}
		res, err := c.Studio.CheckData(ctx, recipe, *rows, *offset)
		if err != nil {
			return err
		}
		return c.Print(res, func(w io.Writer) {
			for _, s := range res.Sources {
				printChecked(w, s)
			}
			fmt.Fprintf(w, "%d steps, %s trained tokens a pass. Trained text stands in [brackets]:\n\n", res.Steps, thousands(res.TrainedTokensPerPass))
			for _, p := range res.Preview {
				if len(p.Rejected) > 0 {
					fmt.Fprintln(w, "chosen:")
				}
				printSeen(w, p.Segments)
				if len(p.Rejected) > 0 {
					fmt.Fprintln(w, "rejected:")
					printSeen(w, p.Rejected)
				}
			}
		})
	}
}

// printChecked says what a run would do with the rows of a dataset.
func printChecked(w io.Writer, s protocol.CheckSource) {
	fmt.Fprintf(w, "%s: %d rows, %d to train on, %d held out, %d left out\n", s.Net, s.Rows, s.TrainRows, s.EvalRows, s.DroppedRows)
	if s.Tokens > 0 {
		fmt.Fprintf(w, "  %s tokens, %s (%.1f %%) trained; a row has %d in the middle, %d at most\n",
			thousands(s.Tokens), thousands(s.TrainedTokens), 100*float64(s.TrainedTokens)/float64(s.Tokens), s.MedianTokens, s.LongestTokens)
	}
	if s.Duplicates+s.NearDuplicates+s.Elsewhere > 0 {
		fmt.Fprintf(w, "  repeats: %d of the same rows, %d that differ in case, spaces or punctuation, %d that another dataset has too\n", s.Duplicates, s.NearDuplicates, s.Elsewhere)
	}
	if s.EvalNear > 0 {
		fmt.Fprintf(w, "  %d of the held-out rows are repeated in training: their loss will look too good\n", s.EvalNear)
	}
	for _, k := range s.DroppedKinds {
		fmt.Fprintf(w, "  left out, %s: %d\n", k.Reason, k.Rows)
	}
	for _, d := range s.Dropped {
		fmt.Fprintf(w, "    row %d: %s\n", d.Row, d.Reason)
	}
}

// printSeen writes a row as the model reads it.
func printSeen(w io.Writer, segments []protocol.Segment) {
	for _, seg := range segments {
		if seg.Trained {
			fmt.Fprintf(w, "[%s]", seg.Text)
		} else {
			fmt.Fprint(w, seg.Text)
		}
	}
	fmt.Fprint(w, "\n\n")
}

// one gives the only positional argument.
func (c *Call) one(what string) (string, error) {
	if len(c.Args) != 1 {
		return "", usagef("this takes exactly one %s, got %d", what, len(c.Args))
	}
	return c.Args[0], nil
}

// list makes a nil slice an empty JSON array.
func list[T any](s []T) []T {
	if s == nil {
		return []T{}
	}
	return s
}

// docs makes the JSON documents of a list, never null.
func docs[T any](items []T, doc func(T) map[string]any) []map[string]any {
	out := make([]map[string]any, 0, len(items))
	for _, item := range items {
		out = append(out, doc(item))
	}
	return out
}

func short(s string) string {
	if len(s) <= 12 {
		return s
	}
	return s[:4] + "…" + s[len(s)-4:]
}

func thousands(n int64) string {
	s := fmt.Sprint(n)
	neg := strings.HasPrefix(s, "-")
	s = strings.TrimPrefix(s, "-")
	var b strings.Builder
	for i, r := range s {
		if i > 0 && (len(s)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(r)
	}
	if neg {
		return "−" + b.String()
	}
	return b.String()
}

// recipeFlags is what the lines of several verbs say about a recipe.
type recipeFlags struct {
	base, preset, file string
	data               []string
	set                map[string]string
}

// recipe puts a recipe together: preset, then file, then --base, --data and --set.
func (c *Call) recipe(f recipeFlags) (training.Recipe, error) {
	r := training.Recipe{Settings: training.DefaultSettings()}
	if f.preset != "" {
		p, err := training.PresetByName(f.preset)
		if err != nil {
			return r, err
		}
		r.Settings = p.Settings
	}
	if f.file != "" {
		b, err := os.ReadFile(c.Path(f.file))
		if err != nil {
			return r, &usageError{message: "cannot read the recipe: " + err.Error(), advice: "Name a recipe file; mf run recipe writes one."}
		}
		if r, err = training.ParseRecipe(b); err != nil {
			return r, err
		}
	}
	if f.base != "" {
		r.Base = f.base
	}
	if len(f.data) > 0 {
		data, err := parseSources(f.data)
		if err != nil {
			return r, err
		}
		r.Data = data
	}
	for key, value := range f.set {
		if err := r.Apply(key, value); err != nil {
			return r, err
		}
	}
	return c.Studio.CompleteRecipe(r)
}

// parseSources reads NET[@VERSION][:WEIGHT] arguments; weights are shares of any scale, 1 when not given, and come out
// in ppm of their sum.
func parseSources(args []string) ([]training.Source, error) {
	sources := make([]training.Source, len(args))
	weights := make([]float64, len(args))
	var sum float64
	for i, a := range args {
		name, weight, has := strings.Cut(a, ":")
		ref, err := datasets.ParseRef(name)
		if err != nil {
			return nil, err
		}
		weights[i] = 1
		if has {
			w, err := strconv.ParseFloat(weight, 64)
			if err != nil || !(w > 0) || w > 1e9 {
				return nil, usagef("%q is not a weight: use a number above zero, as in %s:0.7", weight, name)
			}
			weights[i] = w
		}
		sum += weights[i]
		sources[i].Ref = ref
	}
	for i := range sources {
		sources[i].WeightPPM = max(1, uint32(math.Round(weights[i]/sum*1e6)))
	}
	return sources, nil
}
