package verbs

import (
	"context"
	"flag"
	"fmt"
	"io"

	"github.com/modelfactory/modelfactory/training"
)

func baseVerbs() []*verb {
	const shape = `{"name","revision","family","licence","params","installed","digest","dir","bytes"}`
	return []*verb{
		{path: "base list", short: "bases that are here, and those that can be fetched", json: `{"bases":[` + shape + `]}`, setup: baseList},
		{
			path: "base add", args: "FROM [--name NAME] [--revision R] [--licence SPDX]", short: "add a base from a safetensors folder, a GGUF file, or a hub name",
			json: `{"base":` + shape + `}`, more: "A GGUF is de-quantised once. Pickled weights and remote code are refused.", setup: baseAdd,
		},
		{path: "base show", args: "NAME [--verify]", short: "one base", json: `{"base":` + shape + `}`, setup: baseShow},
	}
}

func baseDoc(b training.Base) map[string]any {
	return map[string]any{
		"name": b.Name, "revision": b.Revision, "family": b.Family, "licence": b.Licence, "params": b.Params, "installed": b.Installed,
		"digest": b.Digest, "dir": b.Dir, "bytes": b.Bytes, "download": b.Download, "note": b.Note, "config": b.Config,
	}
}

func baseList(*flag.FlagSet) func(context.Context, *Call) error {
	return func(ctx context.Context, c *Call) error {
		bases, err := c.Studio.Bases.List()
		if err != nil {
			return err
		}
		return c.Print(map[string]any{"bases": docs(bases, baseDoc)}, func(w io.Writer) {
			for _, b := range bases {
				where := "fetch " + bytesText(b.Download)
				if b.Installed {
					where = "here"
				}
				fmt.Fprintf(w, "%-36s %-10s %8.2f B  %-20s %s\n", b.Name, b.Family, float64(b.Params)/1e9, b.Licence, where)
			}
		})
	}
}

func printBase(c *Call, b training.Base) error {
	return c.Print(map[string]any{"base": baseDoc(b)}, func(w io.Writer) {
		fmt.Fprintf(w, "%s@%s\n  family    %s\n  licence   %s\n  weights   %.3f B parameters, %s\n", b.Name, b.Revision, b.Family, b.Licence, float64(b.Params)/1e9, bytesText(b.Bytes))
		if b.Installed {
			fmt.Fprintf(w, "  digest    %s\n  folder    %s\n", b.Digest, b.Dir)
		}
		if b.Note != "" {
			fmt.Fprintf(w, "  note      %s\n", b.Note)
		}
	})
}

func baseAdd(fs *flag.FlagSet) func(context.Context, *Call) error {
	name := fs.String("name", "", "its name here")
	revision := fs.String("revision", "", "the revision to record or fetch")
	licence := fs.String("licence", "", "its licence, as SPDX")
	return func(ctx context.Context, c *Call) error {
		from, err := c.one("FROM")
		if err != nil {
			return err
		}
		if err := c.Studio.EnsureTrainer(ctx, c.Say); err != nil {
			return err
		}
		b, err := c.Studio.AddBase(ctx, c.Path(from), from, *name, *revision, *licence, func(phase string, done, total int64) {
			if total > 0 && done == total {
				c.Say("%s: %s", phase, thousands(total))
			}
		})
		if err != nil {
			return err
		}
		return printBase(c, b)
	}
}

func baseShow(fs *flag.FlagSet) func(context.Context, *Call) error {
	verify := fs.Bool("verify", false, "recompute its digests")
	return func(ctx context.Context, c *Call) error {
		name, err := c.one("NAME")
		if err != nil {
			return err
		}
		b, err := c.Studio.Bases.Find(name)
		if err != nil {
			return err
		}
		if *verify {
			if err := c.Studio.Bases.Verify(ctx, b); err != nil {
				return err
			}
		}
		return printBase(c, b)
	}
}
