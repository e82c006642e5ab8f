//go:build unix

package local

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/modelfactory/modelfactory/training"
	"github.com/modelfactory/modelfactory/training/protocol"
	"github.com/modelfactory/modelfactory/training/trainer"
)

// onLinux is a runtime on a made-up Linux with these tools.
func onLinux(t *testing.T, r *Runtime, smi string) *Runtime {
	t.Helper()
	tools := map[string]string{}
	if smi != "" {
		tools["nvidia-smi"] = "echo '" + smi + "'"
	}
	fakeTools(t, tools)
	r.machine = machine{goos: "linux", goarch: "amd64", root: t.TempDir(), patience: 10 * time.Second, known: pinSets}
	return r
}

const (
	goodCard = "NVIDIA GeForce RTX 4060, 580.95.05, 8188, 7012, 8.9"
	oldCard  = "NVIDIA GeForce RTX 4060, 570.86.10, 8188, 7012, 8.9"
)

func TestTheDeviceOfARun(t *testing.T) {
	for _, c := range []struct {
		name, smi, set string
		failed         bool // the card failed the installation's test
		asked, want    string
		refusal        []string // parts of message and advice
	}{
		{"no card, auto", "", "", false, "auto", "cpu", nil},
		{"no card, cuda asked", "", "", false, "cuda", "", []string{"this run asks for cuda", "no such card", "Choose auto or cpu"}},
		{"card, auto", goodCard, "", false, "auto", "cuda", nil},
		{"card, nothing said", goodCard, "", false, "", "cuda", nil},
		{"card, cpu asked", goodCard, "", false, "cpu", "cpu", nil},
		{"old driver, auto", oldCard, "", false, "auto", "", []string{"RTX 4060", "570.86.10 is too old", "Update its driver to 580", "choose cpu", "--use-processor"}},
		{"old driver, cuda", oldCard, "", false, "cuda", "", []string{"asks for cuda", "too old", "choose cpu"}},
		{"old driver, cpu asked", oldCard, "", false, "cpu", "cpu", nil},
		{"the environment is for the processor", goodCard, "cpu", false, "cuda", "", []string{"packages (cpu) do not drive it", "--set standard", "choose cpu"}},
		{"the environment is for the processor, auto", goodCard, "cpu", false, "auto", "", []string{"packages (cpu) do not drive it", "--set standard"}},
		{"the card failed its test", goodCard, "", true, "auto", "", []string{"its test failed: no kernel image", "--repair", "choose cpu"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := onLinux(t, madeUp(t), c.smi)
			e, err := r.record()
			if err != nil {
				t.Fatal(err)
			}
			e.Set, e.Probe = c.set, &protocol.ProbeResult{Device: "cpu"}
			if c.failed {
				e.Failed = &failedCard{Name: "NVIDIA GeForce RTX 4060", Driver: "580.95.05", Reason: "no kernel image"}
			}
			if err := writeRecord(r.recordPath(), e); err != nil {
				t.Fatal(err)
			}
			got, err := r.Device(context.Background(), c.asked)
			if got != c.want || (err == nil) == (c.refusal != nil) {
				t.Fatalf("%q, %v", got, err)
			}
			if err == nil {
				return
			}
			e2, ok := errors.AsType[*training.Error](err)
			if !ok || e2.Kind != training.KindRefused {
				t.Fatalf("%v", err)
			}
			for _, part := range c.refusal {
				if !strings.Contains(e2.Message+" "+e2.Next, part) {
					t.Errorf("%q is not said: %s. %s", part, e2.Message, e2.Next)
				}
			}
		})
	}
}

func TestTheProcessorIsAgreedToOnce(t *testing.T) {
	r := onLinux(t, NewRuntime(t.TempDir(), trainer.FS), oldCard)
	ctx := context.Background()
	if rep := r.Doctor(ctx); !strings.Contains(rep.Ask, "too old") {
		t.Errorf("asks %q", rep.Ask)
	}
	if err := r.UseProcessor(ctx); err != nil {
		t.Fatal(err)
	}
	if got, err := r.Device(ctx, "auto"); got != "cpu" || err != nil {
		t.Errorf("%s, %v", got, err)
	}
	if rep := r.Doctor(ctx); rep.Ask != "" {
		t.Errorf("asks again: %q", rep.Ask)
	}
	if _, err := r.Device(ctx, "cuda"); !training.IsKind(err, training.KindRefused) {
		t.Errorf("who asks for the card gets the processor: %v", err)
	}
	// Another driver is another reason: it is asked again, or the card is used.
	onLinux(t, r, strings.Replace(oldCard, "570.86.10", "575.1", 1))
	if _, err := r.Device(ctx, "auto"); !training.IsKind(err, training.KindRefused) {
		t.Errorf("%v", err)
	}
	onLinux(t, r, goodCard)
	if got, err := r.Device(ctx, "auto"); got != "cuda" || err != nil {
		t.Errorf("%s, %v", got, err)
	}
}

func TestDoctorExplains(t *testing.T) {
	ctx := context.Background()
	said := func(rep Report) string {
		var b strings.Builder
		for _, f := range rep.Findings {
			b.WriteString(f.Level + ": " + f.Message + " " + f.Advice + "\n")
		}
		return b.String()
	}
	r := onLinux(t, madeUp(t), goodCard)
	rep := r.Doctor(ctx)
	if rep.Set.Name != "standard" || rep.Why != "it is installed" || len(rep.Others) != 2 || !rep.Devices[0].Usable {
		t.Errorf("%+v", rep)
	}
	// No card of this kind has ever run this set, and the report says so.
	if text := said(rep); !strings.Contains(text, "Nobody of us has run") || !strings.Contains(text, "this kind of card") {
		t.Errorf("%s", text)
	}
	if text := said(onLinux(t, madeUp(t), "").Doctor(ctx)); strings.Contains(text, "Nobody of us") {
		t.Errorf("the set is tested on the processor: %s", text)
	}
	if text := said(onLinux(t, madeUp(t), oldCard).Doctor(ctx)); !strings.Contains(text, "580 or newer is needed") || !strings.Contains(text, "without being asked for") {
		t.Errorf("%s", text)
	}
	r = onLinux(t, NewRuntime(t.TempDir(), trainer.FS), "")
	r.machine.goos = "plan9"
	if text := said(r.Doctor(ctx)); !strings.Contains(text, "There are no packages of the trainer for plan9") {
		t.Errorf("%s", text)
	}
}
