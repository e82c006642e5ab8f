package local

import (
	"bufio"
	"context"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/modelfactory/modelfactory/training"
)

// Report is what Doctor found on this computer.
type Report struct {
	Install   InstallState `json:"install"`
	Set       PinSet       `json:"set"`              // that is installed, else that Install would take
	Why       string       `json:"why"`              // it is that one
	Others    []PinSet     `json:"others,omitempty"` // that may be asked for on this system
	Python    string       `json:"python"`           // the system's, for an installation; "" = none that fits
	Devices   []Device     `json:"devices"`          // graphics cards first, the processor last
	Base      string       `json:"base"`             // the embedded base, when it is on the shelf
	Disk      int64        `json:"disk_free"`        // bytes on the runtime's volume
	Memory    int64        `json:"memory"`           // bytes of main memory
	Available int64        `json:"memory_free"`      // bytes that programs may still take
	// Ask is why training on the processor has to be agreed to: a graphics card
	// is there and cannot be used. Empty: nothing is to be asked.
	Ask      string    `json:"ask,omitempty"`
	Findings []Finding `json:"findings"`
}

// Device is the device that a setting means, as far as this computer has it: the
// first usable card for auto, else the processor.
func (r Report) Device(asked string) Device {
	for _, d := range r.Devices {
		if d.Usable && (torchDevice(d.Kind) == asked || asked == "auto" && d.Kind != "cpu") {
			return d
		}
	}
	for _, d := range r.Devices {
		if d.Kind == "cpu" {
			return d
		}
	}
	return Device{Kind: "cpu", Memory: r.Memory, Free: r.Available}
}

// GFLOPS is how fast a processor multiplied in the trainer's self-test, in 32
// bits, thousand millions of operations a second; 0 = not known, or a card.
func (r Report) GFLOPS(d Device) float64 {
	if p := r.Install.Probe; p != nil && p.Device == "cpu" && d.Kind == "cpu" {
		return p.GFLOPS
	}
	return 0
}

// Finding is one line of the report.
type Finding struct {
	Level   string `json:"level"` // ok, warning, problem
	Message string `json:"message"`
	Advice  string `json:"advice,omitempty"`
}

// Doctor looks at devices, driver, Python, disk and memory. It starts no job
// and takes at most a few seconds.
func (r *Runtime) Doctor(ctx context.Context) Report {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	rep := Report{Install: r.State()}
	rep.Memory, rep.Available = r.machine.memory(ctx)
	cards, set, why, err := r.cards(ctx)
	rep.Devices = append(cards, Device{Kind: "cpu", Name: processor(), Memory: rep.Memory, Free: rep.Available, Usable: true})
	rep.Set, rep.Why = set, why
	for _, s := range r.machine.sets() {
		if err == nil && s.Name != set.Name {
			rep.Others = append(rep.Others, s)
		}
	}
	if rep.Install.State != Ready && err == nil {
		rep.Install.Download, rep.Install.Disk = set.Download, set.Disk
	}
	if p, _, err := findPython(ctx); err == nil {
		rep.Python = p
	}
	if b, ok := r.sampleBase(); ok {
		rep.Base = b.Ref()
	}
	rep.Disk = freeNear(r.dir)
	rep.Ask = r.ask(cards)
	rep.findings(err)
	return rep
}

// cards are the graphics cards with whether the set drives them that is
// installed, or would be, and why it is that one.
func (r *Runtime) cards(ctx context.Context) (cards []Device, set PinSet, why string, err error) {
	found := r.machine.graphics(ctx)
	installed := ""
	e, rerr := r.record()
	if rerr == nil {
		installed = e.set()
	}
	set, why, err = r.machine.choose(installed, found)
	if err != nil {
		return found, set, why, err
	}
	if installed != "" {
		why = "it is installed"
	}
	cards = set.judge(found, r.machine)
	for i, d := range cards {
		// The same card with the same driver will fail again.
		if f := e.Failed; rerr == nil && f != nil && d.Usable && f.Name == d.Name && f.Driver == d.Driver {
			cards[i].Usable, cards[i].Reason = false, "its test failed: "+f.Reason
			cards[i].Fix = "Update its driver, then test it again: in the settings, or with mf doctor --repair."
		}
	}
	return cards, set, why, nil
}

// freeNear is the free space where dir is, or would be.
func freeNear(dir string) int64 {
	for {
		if free, err := freeDisk(dir); err == nil {
			return free
		}
		up := filepath.Dir(dir)
		if up == dir {
			return 0
		}
		dir = up // the folder is not made yet
	}
}

func (rep *Report) findings(noSet error) {
	add := func(level, message, advice string) {
		rep.Findings = append(rep.Findings, Finding{level, message, advice})
	}
	switch rep.Install.State {
	case Ready:
		on := "the processor"
		if p := rep.Install.Probe; p != nil && p.Device != "cpu" {
			on = p.DeviceName
		}
		add("ok", "The trainer is installed and passed its test on "+on+".", "")
	case Partial:
		add("problem", "The trainer is not whole: "+rep.Install.Reason+".", "Repair it: in the settings, or with mf doctor --install.")
	default:
		add("warning", "The trainer is not installed: one download of about "+gb(rep.Install.Download)+".", "Install it: on the home screen, or with mf doctor --install.")
	}
	if e, ok := noSet.(*training.Error); ok {
		add("problem", sentence(e.Message), e.Next)
		return
	}
	if rep.Install.State != Ready {
		if rep.Python == "" {
			add("problem", "There is no Python 3.11 or newer.", "Debian, Ubuntu: sudo apt-get install python3 python3-venv")
		}
		if rep.Disk > 0 && rep.Disk < rep.Install.Disk {
			add("problem", "The trainer needs "+gb(rep.Install.Disk)+" and "+gb(rep.Disk)+" are free.", "Free some space, or set MODELFACTORY_RUNTIME to a folder on another disk.")
		}
	}
	usable := ""
	for _, d := range rep.Devices {
		switch {
		case !d.Usable:
			add("warning", d.Name+" cannot be used: "+d.Reason+".", strings.TrimSpace(d.Fix+" Or train on the processor."))
		case usable == "":
			usable = d.Kind
		}
	}
	if rep.Ask != "" {
		add("warning", "No run starts on the processor instead without being asked for.", "Choose it for one run (device cpu), or for all: in the settings, or with mf doctor --use-processor.")
	}
	if !rep.Set.Tested(usable) {
		on := "the processor"
		if usable != "cpu" {
			on = "this kind of card"
		}
		advice := "The test at the end of the installation shows whether it works here."
		if rep.Install.State == Ready {
			advice = "Here it passed its test; a short run shows more."
		}
		add("warning", "Nobody of us has run the packages of the set "+rep.Set.Name+" on "+on+" yet ("+rep.Set.For+").", advice)
	}
	if rep.Available > 0 && rep.Available < 3<<30 {
		add("warning", "Only "+gb(rep.Available)+" of memory are free; the sample run needs about 3 GB.", "Close other programs.")
	}
}

func sentence(s string) string { return strings.ToUpper(s[:1]) + s[1:] + "." }

func gb(n int64) string { return strconv.FormatFloat(float64(n)/1e9, 'f', 1, 64) + " GB" }

// memory is the main memory, in all and free; 0 where the system does not tell.
func (m machine) memory(ctx context.Context) (total, available int64) {
	if m.goos == "darwin" {
		if out, _, err := m.tool(ctx, "sysctl", "-n", "hw.memsize"); err == nil {
			total, _ = strconv.ParseInt(strings.TrimSpace(string(out)), 10, 64)
		}
		return total, 0
	}
	f, err := os.Open(filepath.Join(m.root, "proc", "meminfo"))
	if err != nil {
		return 0, 0
	}
	defer f.Close()
	for s := bufio.NewScanner(f); s.Scan(); {
		w := strings.Fields(s.Text())
		if len(w) < 2 {
			continue
		}
		n, _ := strconv.ParseInt(w[1], 10, 64)
		switch w[0] {
		case "MemTotal:":
			total = n << 10
		case "MemAvailable:":
			available = n << 10
		}
	}
	return total, available
}

func processor() string {
	name := runtime.GOARCH
	if raw, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		for line := range strings.Lines(string(raw)) {
			if k, v, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(k) == "model name" {
				name = strings.TrimSpace(v)
				break
			}
		}
	}
	return name + ", " + strconv.Itoa(runtime.NumCPU()) + " cores"
}
