package verbs

import (
	"context"
	"flag"
	"fmt"
	"io"

	"github.com/modelfactory/modelfactory/cmd/internal/studio"
	"github.com/modelfactory/modelfactory/training/local"
)

func doctorVerbs() []*verb {
	return []*verb{{
		path: "doctor", args: "[--install]", short: "this computer and the trainer: what works, what is missing, what to do",
		json:  `{"version","home","runtime","report":{…},"ready":bool}`,
		more:  "--install installs or repairs the trainer and the embedded base; it is quick when nothing is missing.",
		setup: doctor,
	}, {
		path: "window raise", short: "bring the window that holds the data folder to the front", json: `{"raised":true}`,
		setup: func(*flag.FlagSet) func(context.Context, *Call) error {
			return func(_ context.Context, c *Call) error {
				if err := c.Studio.Raise(); err != nil {
					return err
				}
				return c.Print(map[string]any{"raised": true}, func(io.Writer) {})
			}
		},
	}}
}

func doctor(fs *flag.FlagSet) func(context.Context, *Call) error {
	install := fs.Bool("install", false, "install or repair the trainer and the embedded base")
	return func(ctx context.Context, c *Call) error {
		if *install {
			if err := c.Studio.EnsureTrainer(ctx, c.Say); err != nil {
				return err
			}
		}
		r := c.Studio.Runtime.Doctor(ctx)
		state := c.Studio.Runtime.State()
		doc := map[string]any{"version": studio.Version, "home": c.Studio.Home, "runtime": c.Studio.Runtime.Dir(), "report": r, "ready": state.State == local.Ready}
		return c.Print(doc, func(w io.Writer) {
			fmt.Fprintf(w, "ModelFactory %s\n  data folder  %s\n  trainer      %s\n", studio.Version, c.Studio.Home, c.Studio.Runtime.Dir())
			printReport(w, r)
		})
	}
}

func printReport(w io.Writer, r local.Report) {
	for _, d := range r.Devices {
		state := "usable"
		if !d.Usable {
			state = d.Reason
		}
		fmt.Fprintf(w, "  %-12s %s, %s\n", d.Kind, d.Name, state)
	}
	fmt.Fprintf(w, "  memory       %s free of %s, disk %s free\n", bytesText(r.Available), bytesText(r.Memory), bytesText(r.Disk))
	for _, f := range r.Findings {
		fmt.Fprintf(w, "  %-12s %s\n", f.Level, f.Message)
		if f.Advice != "" {
			fmt.Fprintf(w, "  %-12s %s\n", "", f.Advice)
		}
	}
}
