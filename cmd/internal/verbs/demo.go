package verbs

import (
	"context"
	"flag"
	"fmt"
	"io"
	"path/filepath"
	"time"

	"github.com/modelfactory/modelfactory/cmd/internal/studio"
)

func demoVerbs() []*verb {
	return []*verb{{
		path: "demo", args: "", short: "the whole job on the samples: licence, training, questions, registration, verification",
		json: `{"base","run","trained_tokens","seconds","licence":{"tx"},"questions":[{"q","want","before","after","before_ok","after_ok"}],` +
			`"control":{"q","before","after"},"model":{"id","manifest","tx"},"verified":true}, with "parts" and the data folder in "home"`,
		more: "It works in a data folder of its own (demo/ of the data folder, left there to look at), with a throw-away wallet.",
		setup: func(*flag.FlagSet) func(context.Context, *Call) error {
			return func(ctx context.Context, c *Call) error { return c.demo(ctx) }
		},
	}}
}

func (c *Call) demo(ctx context.Context) error {
	start := time.Now()
	home := filepath.Join(c.Studio.Home, "demo")
	lock, err := studio.Acquire(home)
	if err != nil {
		return err
	}
	getenv := func(k string) string {
		if v := c.Getenv(k); v != "" || k != "MODELFACTORY_RUNTIME" {
			return v
		}
		return c.Studio.Home // the trainer is shared with the data folder it was started from
	}
	// The wallet is thrown away with the demo, so its password may be quick to check.
	st, err := studio.Open(ctx, studio.Options{Home: home, Lock: lock, Log: c.Stderr, Getenv: getenv, ScryptN: 1 << 12})
	if err != nil {
		_ = lock.Release()
		return err
	}
	defer func() { _ = st.Close(context.WithoutCancel(ctx)) }()

	j, err := st.NewDemo(func(s studio.JourneyStep) {
		switch {
		case s.Done:
			c.Say("%-18s %6.1f s", s.Part, s.Seconds)
		case s.Text != "":
			c.Say("  %s", s.Text)
		}
	})
	if err != nil {
		return err
	}
	// The wallet locks itself after a while, which an installation or a training outlasts on a slow computer.
	unlock := func(ctx context.Context) error { return demoWallet(ctx, st) }
	for _, step := range []func(context.Context) error{
		j.Prepare, unlock, j.Licences, j.AskBefore, j.Start, j.Wait, j.AskAfter, unlock, j.Publish, j.Verify,
	} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	doc := map[string]any{
		"base": j.Run.Recipe.Base, "run": j.Run.ID, "trained_tokens": j.Run.TrainedTokens, "seconds": round1(time.Since(start).Seconds()),
		"licence": map[string]any{"tx": j.LicenceTx(ctx)}, "questions": j.Questions, "control": j.Control,
		"model":    map[string]any{"id": j.Model.Publication.ID, "manifest": j.Model.Publication.Manifest, "tx": j.Model.Publication.Tx, "digest": j.Model.Digest},
		"verified": j.Report.Verified, "parts": j.Parts, "home": home, "training_seconds": j.Run.Seconds,
	}
	err = c.Print(doc, func(w io.Writer) { printDemo(w, j, home, time.Since(start)) })
	if err == nil && !j.Report.Verified {
		err = &shown{code: "refused"}
	}
	return err
}

func round1(f float64) float64 { return float64(int(f*10+0.5)) / 10 }

// demoWallet makes the throw-away wallet, or opens a new one beside the model of an earlier demo.
func demoWallet(ctx context.Context, st *studio.Studio) error {
	password := func() []byte { return []byte(st.Home) } // protects nothing: test OPEN, in a folder made to be thrown away
	if st.Vault.Exists() {
		return st.Vault.Unlock(password())
	}
	_, err := st.CreateWallet(ctx, password(), 12)
	if err != nil {
		return err
	}
	return st.Vault.Unlock(password())
}

func printDemo(w io.Writer, j *studio.Journey, home string, took time.Duration) {
	fmt.Fprintln(w)
	before, after := 0, 0
	mark := func(ok bool) string {
		if ok {
			return "right"
		}
		return "wrong"
	}
	for _, q := range j.Questions {
		if q.BeforeOK {
			before++
		}
		if q.AfterOK {
			after++
		}
		fmt.Fprintf(w, "%s\n  wanted  %s\n  before  %-5s %s\n  after   %-5s %s\n", q.Q, q.Want, mark(q.BeforeOK), q.Before, mark(q.AfterOK), q.After)
	}
	fmt.Fprintf(w, "\nNever trained on, must stay: %s\n  before  %s\n  after   %s\n", j.Control.Q, j.Control.Before, j.Control.After)
	fmt.Fprintf(w, "\n%d of %d held-out questions right before, %d after, from %s trained tokens\n", before, len(j.Questions), after, thousands(j.Run.TrainedTokens))
	p := j.Model.Publication
	fmt.Fprintf(w, "model %d of registry %s on chain %d, manifest %s\n", p.ID, p.Contract, p.ChainID, p.Manifest)
	if j.Report.Verified {
		fmt.Fprintln(w, "verified: every file recomputed and equal to the chain's record")
	} else {
		fmt.Fprintln(w, "NOT verified: see mf model verify")
	}
	fmt.Fprintf(w, "all in %.0f s, everything is in %s (look at it with mf --home %s …)\n", took.Seconds(), home, home)
}
