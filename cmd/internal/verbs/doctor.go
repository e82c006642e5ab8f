package verbs

import (
	"context"
	"flag"
	"fmt"
	"io"
	"strings"

	"github.com/modelfactory/modelfactory/cmd/internal/studio"
	"github.com/modelfactory/modelfactory/training/local"
)

func doctorVerbs() []*verb {
	return []*verb{{
		path: "doctor", args: "[--install|--repair|--use-processor] [--set NAME] [--wheels DIR]", short: "this computer and the trainer: what works, what is missing, what to do",
		json: `{"version","home","runtime","ready":bool,"report":{"install":{"state","reason","set","bytes","download","disk","at","python","device","failed"},"set":{"name","for","drives":[…],"ran":[…],"index","download","disk"},"why","others":[set…],"python","devices":[{"kind","name","memory","free","driver","capability","usable","reason","fix"}],"base","disk_free","memory","memory_free","ask","findings":[{"level","message","advice"}]}}`,
		more: "--install installs or repairs the trainer and the embedded base; it is quick when nothing is missing, and goes on where it was cut. " +
			"--repair reads every installed file, puts damaged ones right and tests the device again. " +
			"--set chooses another set of packages than the one that fits the graphics card (sets are listed; docs/installing.md tells what each is for). " +
			"--wheels installs from a folder of .whl files, without a network; hashes are checked, and wheels that are missing are named. " +
			"--use-processor agrees to train on the processor although there is a graphics card that cannot be used. " +
			"A set's \"ran\" lists the kinds of device it was really run on by us; the others are untested. " +
			"\"ask\" says why training on the processor has to be agreed to.",
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
	repair := fs.Bool("repair", false, "read every installed file, put damaged ones right, test the device again")
	processor := fs.Bool("use-processor", false, "agree to train on the processor although there is a graphics card")
	set := fs.String("set", "", "with --install or --repair: the set of packages")
	wheels := fs.String("wheels", "", "with --install or --repair: a folder of .whl files instead of the network")
	return func(ctx context.Context, c *Call) error {
		if (*set != "" || *wheels != "") && !*install && !*repair {
			return usagef("--set and --wheels go with --install or --repair")
		}
		if *install || *repair {
			opt := local.InstallOptions{Set: *set, Check: *repair}
			if *wheels != "" {
				opt.Wheels = c.Path(*wheels)
			}
			if err := c.Studio.InstallTrainer(ctx, opt, c.Say); err != nil {
				return err
			}
		}
		if *processor {
			if err := c.Studio.Runtime.UseProcessor(ctx); err != nil {
				return err
			}
		}
		r := c.Studio.Runtime.Doctor(ctx)
		doc := map[string]any{"version": studio.Version, "home": c.Studio.Home, "runtime": c.Studio.Runtime.Dir(), "report": r, "ready": r.Install.State == local.Ready}
		return c.Print(doc, func(w io.Writer) {
			fmt.Fprintf(w, "ModelFactory %s\n  data folder  %s\n  trainer      %s\n", studio.Version, c.Studio.Home, c.Studio.Runtime.Dir())
			printReport(w, r)
		})
	}
}

func printReport(w io.Writer, r local.Report) {
	line := func(subject, text string) { fmt.Fprintf(w, "  %-12s %s\n", subject, text) }
	for _, d := range r.Devices {
		text := d.Name
		if d.Driver != "" {
			text += ", driver " + d.Driver
		}
		if d.Memory > 0 && d.Kind != "cpu" {
			text += fmt.Sprintf(", %s free of %s", bytesText(d.Free), bytesText(d.Memory))
		}
		if d.Usable {
			line(d.Kind, text+", usable")
		} else {
			line(d.Kind, text+": cannot be used, "+d.Reason)
		}
	}
	if r.Set.Name != "" {
		line("packages", fmt.Sprintf("%s (%s), because %s; %s", r.Set.Name, r.Set.For, r.Why, testedText(r.Set)))
	}
	switch in := r.Install; in.State {
	case local.Ready:
		line("environment", fmt.Sprintf("ready, Python %s, tested on %s, %s", in.Python, in.Device, bytesText(in.Bytes)))
	default:
		line("environment", fmt.Sprintf("%s; about %s to fetch, %s on disk", in.State, bytesText(in.Download), bytesText(in.Disk)))
	}
	base := r.Base
	if base == "" {
		base = "not on the shelf yet"
	}
	line("base", base)
	line("memory", fmt.Sprintf("%s free of %s, disk %s free", bytesText(r.Available), bytesText(r.Memory), bytesText(r.Disk)))
	for _, f := range r.Findings {
		line(f.Level, f.Message)
		if f.Advice != "" {
			line("", f.Advice)
		}
	}
	for _, s := range r.Others {
		line("other set", fmt.Sprintf("%s (%s), about %s to fetch, %s", s.Name, s.For, bytesText(s.Download), testedText(s)))
	}
}

// testedText says what a set of packages was run on by us.
func testedText(s local.PinSet) string {
	if len(s.Ran) == 0 {
		return "untested"
	}
	return "run by us on: " + strings.Join(s.Ran, ", ")
}
