package local

import (
	"bufio"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"
)

// Report is what Doctor found on this computer.
type Report struct {
	Install   InstallState `json:"install"`
	Python    string       `json:"python"`      // the system's, for an installation; "" = none that fits
	Devices   []Device     `json:"devices"`     // graphics cards first, the processor last
	Disk      int64        `json:"disk_free"`   // bytes on the runtime's volume
	Memory    int64        `json:"memory"`      // bytes of main memory
	Available int64        `json:"memory_free"` // bytes that programs may still take
	Findings  []Finding    `json:"findings"`
}

// Device is something that can train.
type Device struct {
	Kind   string `json:"kind"` // cuda, cpu
	Name   string `json:"name"`
	Memory int64  `json:"memory"` // bytes
	Free   int64  `json:"free"`
	Driver string `json:"driver,omitempty"`
	Usable bool   `json:"usable"`
	Reason string `json:"reason,omitempty"` // why it is not usable
}

// Finding is one line of the report.
type Finding struct {
	Level   string `json:"level"` // ok, warning, problem
	Message string `json:"message"`
	Advice  string `json:"advice,omitempty"`
}

// oldestDriver is the NVIDIA driver that the pinned libraries (CUDA 13) need.
const oldestDriver = 580

// Doctor looks at devices, driver, Python, disk and memory. It starts no job
// and takes at most a few seconds.
func (r *Runtime) Doctor(ctx context.Context) Report {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	rep := Report{Install: r.State()}
	rep.Memory, rep.Available = memory()
	rep.Devices = append(nvidia(ctx), Device{Kind: "cpu", Name: processor(), Memory: rep.Memory, Free: rep.Available, Usable: true})
	if p, err := findPython(ctx); err == nil {
		rep.Python = p
	}
	dir := r.dir
	for {
		free, err := freeDisk(dir)
		if err == nil {
			rep.Disk = free
			break
		}
		up := filepath.Dir(dir)
		if up == dir {
			break
		}
		dir = up // the folder is not made yet
	}
	rep.findings()
	return rep
}

func (rep *Report) findings() {
	add := func(level, message, advice string) {
		rep.Findings = append(rep.Findings, Finding{level, message, advice})
	}
	switch rep.Install.State {
	case Ready:
		add("ok", "The trainer is installed and passed its test.", "")
	case Partial:
		add("problem", "The trainer is not whole: "+rep.Install.Reason+".", "Repair it: in the settings, or with mf doctor --install.")
	default:
		add("warning", "The trainer is not installed: one download of about "+gb(rep.Install.Download)+".", "Install it: on the home screen, or with mf doctor --install.")
	}
	if rep.Install.State != Ready {
		if rep.Python == "" {
			add("problem", "There is no Python 3.11 or newer.", "Debian, Ubuntu: sudo apt-get install python3 python3-venv")
		}
		if rep.Disk > 0 && rep.Disk < rep.Install.Disk {
			add("problem", "The trainer needs "+gb(rep.Install.Disk)+" and "+gb(rep.Disk)+" are free.", "Free some space, or set MODELFACTORY_RUNTIME to a folder on another disk.")
		}
	}
	for _, d := range rep.Devices {
		if !d.Usable {
			add("warning", d.Name+" cannot be used: "+d.Reason+".", "Update its driver, or train on the processor.")
		}
	}
	if rep.Available > 0 && rep.Available < 3<<30 {
		add("warning", "Only "+gb(rep.Available)+" of memory are free; the sample run needs about 3 GB.", "Close other programs.")
	}
}

func gb(n int64) string { return strconv.FormatFloat(float64(n)/1e9, 'f', 1, 64) + " GB" }

// nvidia asks the driver's own tool for cards.
func nvidia(ctx context.Context) []Device {
	path, err := exec.LookPath("nvidia-smi")
	if err != nil {
		return nil
	}
	cmd := exec.CommandContext(ctx, path, "--query-gpu=name,memory.total,memory.free,driver_version", "--format=csv,noheader,nounits")
	cmd.Env = cleanEnv(os.Environ(), false)
	out, err := cmd.Output()
	if err != nil {
		return []Device{{Kind: "cuda", Name: "NVIDIA card", Reason: "its driver does not answer"}}
	}
	return parseNvidia(string(out))
}

func parseNvidia(out string) []Device {
	var devices []Device
	for line := range strings.Lines(out) {
		f := strings.Split(line, ",")
		if len(f) != 4 {
			continue
		}
		for i := range f {
			f[i] = strings.TrimSpace(f[i])
		}
		mib := func(s string) int64 {
			n, err := strconv.ParseInt(s, 10, 64)
			if err != nil {
				return 0
			}
			return n << 20
		}
		d := Device{Kind: "cuda", Name: f[0], Memory: mib(f[1]), Free: mib(f[2]), Driver: f[3], Usable: true}
		major, _, _ := strings.Cut(f[3], ".")
		if n, err := strconv.Atoi(major); err == nil && n < oldestDriver {
			d.Usable, d.Reason = false, "driver "+f[3]+" is too old, "+strconv.Itoa(oldestDriver)+" or newer is needed"
		}
		devices = append(devices, d)
	}
	return devices
}

// memory reads the main memory where the system has /proc; 0 elsewhere.
func memory() (total, available int64) {
	f, err := os.Open("/proc/meminfo")
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
