package verbs

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/modelfactory/modelfactory/chain"
	"github.com/modelfactory/modelfactory/chain/lineage"
	"github.com/modelfactory/modelfactory/cmd/internal/studio"
	"github.com/modelfactory/modelfactory/datasets"
	"github.com/modelfactory/modelfactory/training"
	"github.com/modelfactory/modelfactory/training/local"
	"github.com/modelfactory/modelfactory/training/protocol"
)

func modelVerbs() []*verb {
	return []*verb{
		{path: "model list", short: "models of this data folder", json: `{"models":[…]} as in model show`, setup: modelList},
		{path: "model show", args: "MODEL", short: "one model: base, data, results, registration", json: `{"model":{"digest","name","base","dir","run","created","manifest","publication",…}}`, setup: modelShow},
		{
			path: "model chat", args: "MODEL --prompt TEXT [--base-only] [--max-tokens N] [--temperature T]", short: "ask a model one question",
			json: `{"answer","tokens","seconds"}`, more: "Without --prompt it reads questions from the standard input, one a line, as one conversation; with --each every line is a conversation of its own. Greedy unless --temperature is given.", setup: modelChat,
		},
		{
			path: "model export", args: "MODEL --format peft|merged|gguf-adapter|gguf[:q8_0|q5_0|q4_0|f16]|ollama[:…] --out DIR", short: "write a model for other programs, and compare it with the run",
			json: `{"format","files":[{"path","sha256","bytes"}],"check":{"reader","positions","relative","kl","same_next","adapter_share","bound","limit","answers":[{"prompt","run","export"}]},"not_checked","ollama"}`,
			more: "What was written is read by a program that is not ours and asked the same questions as the run; beyond its limit it is removed and the line fails. ollama needs no --out: the model goes to the Ollama server of this computer, as --name.", setup: modelExport,
		},
		{path: "model publish", args: "MODEL", short: "register a model and its lineage on the chain", json: `{"model":{"id","contract","chain_id","manifest","tx"}}`, more: "A model that is registered on this network already is shown and not registered twice.", setup: modelPublish},
		{path: "model verify", args: "MODEL|DIR", short: "recompute a model's digests and compare them with the chain; exit 3 when something differs", json: verifyJSON, setup: modelVerify},
	}
}

const verifyJSON = `{"verified":bool,"differences":[{"file","want","got"}],"not_here":[…],"checked":[…],…}`

func lineageVerbs() []*verb {
	return []*verb{
		{path: "lineage show", args: "MODEL", short: "what a model was made from", json: `{"nodes":[…],"edges":[…]}`, setup: lineageShow},
		{path: "lineage verify", args: "MODEL|DIR", short: "the same as model verify", json: verifyJSON, setup: modelVerify},
	}
}

func modelDoc(m lineage.Model) map[string]any {
	d := map[string]any{
		"digest": m.Digest, "name": m.Name, "base": m.Base, "dir": m.Dir, "run": m.RunID, "run_number": m.RunNumber, "created": m.Created,
		"bytes": m.Bytes, "data": list(m.Data), "metrics": m.Metrics, "manifest": m.Manifest, "publication": m.Publication,
	}
	if m.Damaged != "" {
		d["damaged"] = m.Damaged
	}
	return d
}

func modelList(*flag.FlagSet) func(context.Context, *Call) error {
	return func(ctx context.Context, c *Call) error {
		models, err := c.Studio.Models.List()
		if err != nil {
			return err
		}
		docs := []map[string]any{}
		for _, m := range models {
			docs = append(docs, modelDoc(m))
		}
		return c.Print(map[string]any{"models": docs}, func(w io.Writer) {
			if len(models) == 0 {
				fmt.Fprintln(w, "No models yet. A run that finishes makes one: mf run start --data NET")
			}
			for _, m := range models {
				state := "not published"
				if m.Publication != nil {
					state = fmt.Sprintf("model %d on chain %d", m.Publication.ID, m.Publication.ChainID)
				}
				fmt.Fprintf(w, "%s  %-28s %-36s %s\n", short8(string(m.Digest)), m.Name, m.Base, state)
			}
		})
	}
}

func (c *Call) model() (lineage.Model, error) {
	name, err := c.one("MODEL")
	if err != nil {
		return lineage.Model{}, err
	}
	return c.Studio.Models.Get(name)
}

func modelShow(*flag.FlagSet) func(context.Context, *Call) error {
	return func(ctx context.Context, c *Call) error {
		m, err := c.model()
		if err != nil {
			return err
		}
		return c.Print(map[string]any{"model": modelDoc(m)}, func(w io.Writer) {
			fmt.Fprintf(w, "%s\n  adapter   %s\n  base      %s\n  run       %d\n  folder    %s\n", m.Name, m.Digest, m.Base, m.RunNumber, m.Dir)
			for _, d := range m.Data {
				fmt.Fprintf(w, "  data      %s@%d, %d rows, %.1f %%, %s\n", d.Net, d.Version, d.Rows, float64(d.WeightPPM)/1e4, d.SPDX)
			}
			fmt.Fprintf(w, "  loss      %.4f → %.4f\n", m.Metrics.FirstLoss, m.Metrics.LastLoss)
			if p := m.Publication; p != nil {
				fmt.Fprintf(w, "  published model %d of %s on chain %d\n  manifest  %s\n", p.ID, p.Contract, p.ChainID, p.Manifest)
			}
		})
	}
}

func modelChat(fs *flag.FlagSet) func(context.Context, *Call) error {
	prompt := fs.String("prompt", "", "the question")
	baseOnly := fs.Bool("base-only", false, "ask the base without the adapter")
	maxTokens := countFlag(fs, "max-tokens", 128, "longest answer, in tokens")
	temperature := fs.Float64("temperature", 0, "0 = always the likeliest next token")
	seed := fs.Int64("seed", 0, "for --temperature above 0")
	each := fs.Bool("each", false, "every line of the standard input is a conversation of its own; all are answered together")
	return func(ctx context.Context, c *Call) error {
		if *maxTokens == 0 || !(*temperature >= 0) || *temperature > 100 {
			return usagef("an answer has at least 1 token, and a temperature from 0 to 100")
		}
		m, err := c.model()
		if err != nil {
			return err
		}
		next := c.questions(*prompt)
		chat, err := c.Studio.Chat(ctx, m)
		if err != nil {
			return err
		}
		defer chat.Close()
		which := "model"
		if *baseOnly {
			which = "base"
		}
		ask := protocol.Control{Which: which, MaxTokens: *maxTokens, Temperature: *temperature, Seed: *seed}
		if *each {
			return c.chatEach(ctx, chat, ask, next)
		}
		var onToken func(string)
		if !c.JSON {
			onToken = func(s string) { fmt.Fprint(c.Stdout, s) }
		}
		for {
			text, ok, err := next()
			if err != nil || !ok {
				return err
			}
			ask.Messages = append(ask.Messages, protocol.Message{Role: "user", Content: text})
			a, err := chat.Ask(ctx, ask, onToken)
			if err != nil {
				return err
			}
			if err := c.answered(a); err != nil {
				return err
			}
			ask.Messages = append(ask.Messages, protocol.Message{Role: "assistant", Content: a.Text})
		}
	}
}

// chatEach answers every question for itself, all of them together.
func (c *Call) chatEach(ctx context.Context, chat *local.Chat, ask protocol.Control, next func() (string, bool, error)) error {
	var asks []protocol.Control
	for {
		text, ok, err := next()
		if err != nil {
			return err
		}
		if !ok {
			break
		}
		ask.Messages = []protocol.Message{{Role: "user", Content: text}}
		asks = append(asks, ask)
	}
	answers, err := chat.AskAll(ctx, asks)
	if err != nil {
		return err
	}
	for _, a := range answers {
		if !c.JSON {
			fmt.Fprint(c.Stdout, a.Text)
		}
		if err := c.answered(a); err != nil {
			return err
		}
	}
	return nil
}

// answered ends an answer: its figures, or all of it as a document.
func (c *Call) answered(a protocol.Answer) error {
	if c.JSON {
		return c.out.Encode(map[string]any{"answer": a.Text, "tokens": a.Tokens, "seconds": a.Seconds, "finish": a.Finish})
	}
	fmt.Fprintf(c.Stdout, "\n")
	fmt.Fprintf(c.Stderr, "%d tokens, %.1f s\n", a.Tokens, a.Seconds)
	return nil
}

// questions gives one question after another: the prompt alone, what a person types, or the lines of the standard input.
func (c *Call) questions(prompt string) func() (text string, ok bool, err error) {
	asked := false
	in := bufio.NewScanner(c.Stdin)
	in.Buffer(nil, 1<<20)
	return func() (string, bool, error) {
		switch {
		case prompt != "":
			first := !asked
			asked = true
			return prompt, first, nil
		case c.Ask != nil:
			text, err := c.Ask("> ", false)
			if errors.Is(err, io.EOF) {
				err = nil
			}
			return text, strings.TrimSpace(text) != "", err
		}
		for in.Scan() {
			if text := strings.TrimSpace(in.Text()); text != "" {
				asked = true
				return text, true, nil
			}
		}
		if !asked && in.Err() == nil {
			return "", false, usagef("model chat needs --prompt TEXT, or questions on the standard input")
		}
		return "", false, in.Err()
	}
}

func modelExport(fs *flag.FlagSet) func(context.Context, *Call) error {
	format := fs.String("format", "peft", "peft, merged, gguf-adapter, gguf:q8_0, gguf:q5_0, gguf:q4_0, gguf:f16 or ollama")
	out := fs.String("out", "", "a folder that is empty or not there yet")
	name := fs.String("name", "", "the model's name on the Ollama server")
	return func(ctx context.Context, c *Call) error {
		kind, _, err := training.ParseExportFormat(*format)
		if err != nil {
			return err
		}
		if (*out == "") != (kind == training.FormatOllama) {
			return usagef("name a folder with --out DIR, unless the format is ollama")
		}
		m, err := c.model()
		if err != nil {
			return err
		}
		if kind != protocol.FormatPEFT {
			if err := c.Studio.EnsureTrainer(ctx, c.Say); err != nil {
				return err
			}
		}
		dir := *out
		if dir != "" {
			dir = c.Path(dir)
		}
		last := ""
		done, err := c.Studio.Export(ctx, studio.ExportSpec{Model: m.Digest, Format: *format, Dir: dir, Name: *name}, func(what string, done, total int64) {
			if what != last {
				last = what
				c.Say("%s", what)
			}
		})
		if err != nil {
			return err
		}
		done.Files = list(done.Files)
		return c.Print(done, func(w io.Writer) { printExport(w, done) })
	}
}

func printExport(w io.Writer, e training.Exported) {
	for _, f := range e.Files {
		fmt.Fprintf(w, "%s  %12s  %s\n", short(f.SHA256), thousands(f.Bytes), f.Path)
	}
	if e.Ollama != "" {
		fmt.Fprintf(w, "on the Ollama server as %s: ollama run %s\n", e.Ollama, e.Ollama)
	}
	if e.Check == nil {
		fmt.Fprintln(w, "not compared with the run: "+e.NotChecked)
		return
	}
	for _, a := range e.Check.Answers {
		fmt.Fprintf(w, "? %s\n  run      %s\n  exported %s\n", a.Prompt, a.Run, a.Export)
	}
	fmt.Fprintf(w, "read by %s and compared at %d tokens: the same next word at %.1f %%, largest difference %.2g, mean divergence %.2g nats (limit: %s %g)\n",
		e.Check.Reader, e.Check.Positions, 100*e.Check.SameNext, e.Check.Relative, e.Check.KL, e.Check.Bound, e.Check.Limit)
}

func modelPublish(*flag.FlagSet) func(context.Context, *Call) error {
	return func(ctx context.Context, c *Call) error {
		m, err := c.model()
		if err != nil {
			return err
		}
		action, err := c.Studio.PreparePublish(ctx, m.Digest)
		again := false
		if err != nil {
			// Published on this network already, before a crash perhaps: the line can be repeated.
			if m, _ = c.Studio.Models.Get(string(m.Digest)); !publishedOn(m, c.Studio.NetworkOf(ctx)) {
				return err
			}
			again = true
		}
		if !again {
			if _, err := c.sign(ctx, action); err != nil {
				return err
			}
			if m, err = c.Studio.Models.Get(string(m.Digest)); err != nil {
				return err
			}
		}
		p := m.Publication
		if p == nil {
			return &studio.Error{Kind: "failed", Message: "the registration is sent and not in a block yet", Next: "mf chain outbox shows it; it is finished by itself."}
		}
		return c.Print(map[string]any{"model": map[string]any{
			"id": p.ID, "contract": p.Contract, "chain_id": p.ChainID, "manifest": p.Manifest, "tx": p.Tx,
		}}, func(w io.Writer) {
			fmt.Fprintf(w, "%s is model %d of %s on chain %d\nmanifest %s\ntx       %s\n", m.Name, p.ID, p.Contract, p.ChainID, p.Manifest, p.Tx)
		})
	}
}

func publishedOn(m lineage.Model, p chain.Profile) bool {
	return m.Publication != nil && m.Publication.ChainID == p.ChainID && m.Publication.Genesis == p.Genesis.Hex()
}

func modelVerify(*flag.FlagSet) func(context.Context, *Call) error {
	return func(ctx context.Context, c *Call) error {
		name, err := c.one("MODEL or folder")
		if err != nil {
			return err
		}
		var report lineage.Report
		if info, statErr := os.Stat(c.Path(name)); statErr == nil && info.IsDir() {
			report, err = c.Studio.VerifyFolder(ctx, c.Path(name))
		} else {
			report, err = c.Studio.VerifyModel(ctx, name)
		}
		if err != nil {
			return err
		}
		if report.Differences == nil {
			report.Differences = []datasets.Difference{}
		}
		err = c.Print(report, func(w io.Writer) {
			for _, check := range report.Checked {
				fmt.Fprintf(w, "  %-9s %-28s %s\n", strings.ReplaceAll(check.State, "_", " "), check.Title, check.Note)
			}
			for _, d := range report.Differences {
				fmt.Fprintf(w, "DIFFERS  %s\n  recorded %s\n  found    %s\n", d.File, d.Want, d.Got)
			}
			if report.Verified {
				fmt.Fprintln(w, "verified")
			} else {
				fmt.Fprintln(w, "not verified. "+report.Advice)
			}
		})
		if err == nil && !report.Verified {
			err = &shown{code: "refused"}
		}
		return err
	}
}

func lineageShow(*flag.FlagSet) func(context.Context, *Call) error {
	return func(ctx context.Context, c *Call) error {
		m, err := c.model()
		if err != nil {
			return err
		}
		g, err := c.Studio.Lineage(ctx, m.Digest)
		if err != nil {
			return err
		}
		return c.Print(g, func(w io.Writer) {
			for column, title := range []string{"Made from", "Model", "Made of it"} {
				printed := false
				for _, n := range g.Nodes {
					if n.Column != column {
						continue
					}
					if !printed {
						fmt.Fprintln(w, title)
						printed = true
					}
					fmt.Fprintf(w, "  %-30s %s  %s\n", n.Title, short(n.Digest), strings.Join(n.Lines, " · "))
				}
			}
		})
	}
}
