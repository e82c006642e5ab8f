package local

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Device is something that can train.
type Device struct {
	Kind       string `json:"kind"` // cuda (NVIDIA), rocm (AMD), xpu (Intel), mps (Apple), cpu
	Name       string `json:"name"`
	Memory     int64  `json:"memory"` // bytes
	Free       int64  `json:"free"`
	Driver     string `json:"driver,omitempty"`
	Capability string `json:"capability,omitempty"` // NVIDIA's compute capability, AMD's gfx name
	Usable     bool   `json:"usable"`
	Reason     string `json:"reason,omitempty"` // why it is not usable
	Fix        string `json:"fix,omitempty"`    // what would make it usable; empty = nothing would
}

// What the pinned torch (CUDA 13) asks of an NVIDIA card. Turing is the RTX 20
// series.
const (
	oldestDriver     = 580 // first number of the driver's version
	oldestCapability = 7.5
)

// toolPatience is how long a vendor's tool may take. A driver that hangs keeps
// its tool hanging too.
const toolPatience = 4 * time.Second

// machine is where to look for devices. Tests use a folder instead of the
// system's root and tools of their own on the path.
type machine struct {
	goos, goarch string
	root         string
	patience     time.Duration // of one call of a tool
	known        []PinSet
}

func thisMachine() machine {
	return machine{goos: runtime.GOOS, goarch: runtime.GOARCH, root: "/", patience: toolPatience, known: pinSets}
}

// graphics finds the cards that could train, best known vendor first. Whether
// the installed packages drive them is decided by PinSet. Processors with small
// graphics of their own (Intel, AMD) are left out: they gain nothing.
func (m machine) graphics(ctx context.Context) []Device {
	if m.goos == "darwin" {
		return m.apple(ctx)
	}
	return slices.Concat(m.nvidia(ctx), m.amd(ctx), m.intel())
}

// tool runs a vendor's tool and returns what it said. hung says that it was
// ended because it did not answer.
func (m machine) tool(ctx context.Context, path string, args ...string) (out []byte, hung bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, m.patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Env = cleanEnv(os.Environ(), false)
	ownGroup(cmd)
	cmd.Cancel = func() error { return killGroup(cmd.Process.Pid) }
	cmd.WaitDelay = time.Second // one that hangs in the driver cannot even be killed: it is left behind
	var b bytes.Buffer
	cmd.Stdout, cmd.Stderr = &b, &b
	err = cmd.Run()
	return b.Bytes(), ctx.Err() != nil, err
}

// nvidia asks the driver's own tool for cards; where there is none, the kernel.
func (m machine) nvidia(ctx context.Context) []Device {
	if v, set := os.LookupEnv("CUDA_VISIBLE_DEVICES"); set && (v == "" || v == "-1") {
		return nil // the person hid them
	}
	path, err := exec.LookPath("nvidia-smi")
	if err != nil {
		path = filepath.Join(m.root, "usr", "lib", "wsl", "lib", "nvidia-smi") // Linux inside Windows
		if _, err := os.Stat(path); err != nil {
			return m.nvidiaFromKernel("", false)
		}
	}
	query := func(fields string) ([]byte, bool, error) {
		return m.tool(ctx, path, "--query-gpu="+fields, "--format=csv,noheader,nounits")
	}
	out, hung, err := query("name,driver_version,memory.total,memory.free,compute_cap")
	if err != nil && bytes.Contains(out, []byte("not a valid field")) { // a driver from before 2021
		out, hung, err = query("name,driver_version,memory.total,memory.free")
	}
	text := strings.ToLower(string(out))
	switch {
	case hung: // only a driver that is there can hang
		return m.nvidiaFromKernel(fmt.Sprintf("its driver does not answer: nvidia-smi was ended after %s", m.patience), hung)
	case err != nil && strings.Contains(text, "no devices were found"):
		return nil
	case err != nil && strings.Contains(text, "version mismatch"):
		return m.nvidiaFromKernel("the driver was updated and the old one still runs: nvidia-smi says "+lastLines(out, 1), false)
	case err != nil:
		return m.nvidiaFromKernel("its driver does not answer: nvidia-smi says "+lastLines(out, 1), false)
	}
	return parseNvidia(string(out))
}

// parseNvidia reads the lines of nvidia-smi: name, driver, MiB in all, MiB
// free and, with newer drivers, the compute capability.
func parseNvidia(out string) []Device {
	var devices []Device
	for line := range strings.Lines(out) {
		f := strings.Split(line, ",")
		if len(f) < 4 || len(f) > 5 {
			continue
		}
		for i := range f {
			f[i] = strings.TrimSpace(f[i])
		}
		mib := func(s string) int64 {
			n, err := strconv.ParseInt(s, 10, 64)
			if err != nil || n < 0 || n > math.MaxInt64>>20 {
				return 0 // "[N/A]": not told
			}
			return n << 20
		}
		d := Device{Kind: "cuda", Name: f[0], Driver: f[1], Memory: mib(f[2]), Free: mib(f[3])}
		if len(f) == 5 && number(f[4]) > 0 {
			d.Capability = f[4]
		}
		devices = append(devices, judgeNvidia(d))
	}
	return devices
}

// judgeNvidia says whether the pinned torch can use a card with this driver.
func judgeNvidia(d Device) Device {
	major := number(strings.SplitN(d.Driver, ".", 2)[0])
	switch c := number(d.Capability); {
	case c > 0 && c < oldestCapability:
		d.Reason = fmt.Sprintf("its generation (compute capability %s) is older than Turing (%.1f), the oldest that the pinned torch drives", d.Capability, oldestCapability)
	case major > 0 && major < oldestDriver:
		d.Reason = fmt.Sprintf("driver %s is too old, %d or newer is needed", d.Driver, oldestDriver)
		d.Fix = fmt.Sprintf("Update its driver to %d or newer.", oldestDriver)
	default:
		d.Usable = true
	}
	return d
}

// nvidiaFromKernel finds cards without nvidia-smi: from the driver in the
// kernel, else from the bus. why is why nvidia-smi told nothing; "" = there is
// none.
func (m machine) nvidiaFromKernel(why string, hung bool) []Device {
	version := ""
	if raw, err := os.ReadFile(filepath.Join(m.root, "proc", "driver", "nvidia", "version")); err == nil {
		version = driverVersion(string(raw))
	}
	var devices []Device
	infos, _ := filepath.Glob(filepath.Join(m.root, "proc", "driver", "nvidia", "gpus", "*", "information"))
	for _, path := range infos {
		d := Device{Kind: "cuda", Name: "NVIDIA card", Driver: version}
		raw, err := os.ReadFile(path)
		if err != nil {
			continue
		}
		for line := range strings.Lines(string(raw)) {
			if k, v, ok := strings.Cut(line, ":"); ok && k == "Model" {
				d.Name = strings.TrimSpace(v)
			}
		}
		devices = append(devices, judgeNvidia(d))
	}
	if len(devices) == 0 {
		for range m.cards(0x10de) {
			devices = append(devices, Device{Kind: "cuda", Name: "NVIDIA card", Driver: version, Reason: "NVIDIA's driver is not installed", Fix: fmt.Sprintf("Install NVIDIA's driver, %d or newer.", oldestDriver)})
		}
	}
	if why == "" {
		return devices
	}
	if len(devices) == 0 && version == "" && !hung {
		return nil // the tool without a card: a container or a leftover
	}
	if len(devices) == 0 {
		devices = []Device{{Kind: "cuda", Name: "NVIDIA card", Driver: version}}
	}
	for i := range devices {
		if devices[i].Usable || devices[i].Reason == "" || version != "" {
			devices[i].Usable, devices[i].Reason, devices[i].Fix = false, why, "Restart the computer, or install the driver again."
		}
	}
	return devices
}

// driverVersion finds the version in /proc/driver/nvidia/version, whose first
// line reads "NVRM version: NVIDIA UNIX x86_64 Kernel Module  580.65.06  Sun …".
func driverVersion(text string) string {
	first, _, _ := strings.Cut(text, "\n")
	for _, word := range strings.Fields(first) {
		if n := strings.Count(word, "."); n >= 1 && n <= 2 && number(strings.SplitN(word, ".", 2)[0]) >= 100 {
			return word
		}
	}
	return ""
}

// card is a graphics card on the bus.
type card struct {
	dir    string // its folder below /sys/class/drm/card*/device
	device uint64 // the vendor's number of the model
	slot   string // such as 0000:01:00.0
}

// cards lists the graphics cards of a vendor as Linux shows them.
func (m machine) cards(vendor uint64) []card {
	dirs, _ := filepath.Glob(filepath.Join(m.root, "sys", "class", "drm", "card*", "device"))
	var out []card
	for _, dir := range dirs {
		if strings.Contains(filepath.Base(filepath.Dir(dir)), "-") {
			continue // a plug of a card, such as card0-HDMI-A-1
		}
		if v, ok := readHex(filepath.Join(dir, "vendor")); !ok || v != vendor {
			continue
		}
		c := card{dir: dir}
		c.device, _ = readHex(filepath.Join(dir, "device"))
		if target, err := filepath.EvalSymlinks(dir); err == nil {
			c.slot = filepath.Base(target)
		}
		out = append(out, c)
	}
	return out
}

// amd finds AMD's cards with memory of their own.
func (m machine) amd(ctx context.Context) []Device {
	var devices []Device
	names, gfx := m.rocminfo(ctx)
	if len(gfx) == 0 {
		gfx = m.kfd()
	}
	for _, c := range m.cards(0x1002) {
		total := readInt(filepath.Join(c.dir, "mem_info_vram_total"))
		if total < 4<<30 {
			continue // a part of the processor
		}
		d := Device{
			Kind: "rocm", Name: fmt.Sprintf("AMD graphics card (%04x)", c.device), Memory: total, Free: total - readInt(filepath.Join(c.dir, "mem_info_vram_used")),
			Usable: true,
		}
		if raw, err := os.ReadFile(filepath.Join(c.dir, "product_name")); err == nil && strings.TrimSpace(string(raw)) != "" {
			d.Name = strings.TrimSpace(string(raw))
		}
		if i := len(devices); i < len(names) {
			d.Name = names[i]
		}
		if i := len(devices); i < len(gfx) {
			d.Capability = gfx[i]
		}
		if _, err := os.Stat(filepath.Join(m.root, "sys", "class", "kfd")); err != nil {
			d.Usable, d.Reason, d.Fix = false, "its compute driver (amdgpu with KFD) is not loaded", "Install AMD's driver with ROCm."
		}
		devices = append(devices, d)
	}
	return devices
}

// rocminfo asks ROCm's tool for the names and kinds of cards.
func (m machine) rocminfo(ctx context.Context) (names, gfx []string) {
	path, err := exec.LookPath("rocminfo")
	if err != nil {
		return nil, nil
	}
	out, _, err := m.tool(ctx, path)
	if err != nil {
		return nil, nil
	}
	return parseRocminfo(string(out))
}

// parseRocminfo reads marketing names and gfx names of the agents that are
// cards. "Device Type" closes an agent's head.
func parseRocminfo(out string) (names, gfx []string) {
	name, market := "", ""
	for line := range strings.Lines(out) {
		k, v, ok := strings.Cut(line, ":")
		if !ok {
			continue
		}
		switch v = strings.TrimSpace(v); strings.TrimSpace(k) {
		case "Name":
			name = v
		case "Marketing Name":
			market = v
		case "Device Type":
			if v == "GPU" && strings.HasPrefix(name, "gfx") {
				names, gfx = append(names, market), append(gfx, name)
			}
		}
	}
	return names, gfx
}

// kfd reads the gfx names of cards from the kernel's topology: 110000 is
// gfx1100, 90010 is gfx90a.
func (m machine) kfd() []string {
	paths, _ := filepath.Glob(filepath.Join(m.root, "sys", "class", "kfd", "kfd", "topology", "nodes", "*", "properties"))
	var out []string
	for _, path := range paths {
		raw, err := os.ReadFile(path)
		if err != nil {
			continue
		}
		for line := range strings.Lines(string(raw)) {
			if v, ok := strings.CutPrefix(line, "gfx_target_version "); ok {
				if n, err := strconv.Atoi(strings.TrimSpace(v)); err == nil && n > 0 { // 0: a processor
					out = append(out, fmt.Sprintf("gfx%d%x%x", n/10000, n/100%100, n%100))
				}
			}
		}
	}
	return out
}

// intel finds Intel's cards with memory of their own. The graphics inside a
// processor always sits in slot 02.0 of the first bus.
func (m machine) intel() []Device {
	var devices []Device
	for _, c := range m.cards(0x8086) {
		if strings.HasSuffix(c.slot, ":00:02.0") {
			continue
		}
		d := Device{Kind: "xpu", Name: fmt.Sprintf("Intel graphics card (%04x)", c.device), Usable: true}
		if !m.levelZero() {
			d.Usable, d.Reason, d.Fix = false, "its compute driver (Level Zero) is not installed", "Install Intel's compute runtime (Debian, Ubuntu: libze-intel-gpu1 and libze1)."
		}
		devices = append(devices, d)
	}
	return devices
}

func (m machine) levelZero() bool {
	for _, dir := range []string{"usr/lib/x86_64-linux-gnu", "usr/lib64", "usr/lib", "usr/local/lib"} {
		if found, _ := filepath.Glob(filepath.Join(m.root, filepath.FromSlash(dir), "libze_intel_gpu.so*")); len(found) > 0 {
			return true
		}
	}
	return false
}

// apple is the card inside Apple's own processors, which shares main memory.
// Older Macs have none that torch drives.
func (m machine) apple(ctx context.Context) []Device {
	if m.goarch != "arm64" {
		return nil
	}
	d := Device{Kind: "mps", Name: "Apple graphics", Usable: true}
	if out, _, err := m.tool(ctx, "sysctl", "-n", "machdep.cpu.brand_string", "hw.memsize"); err == nil {
		if lines := strings.Split(strings.TrimSpace(string(out)), "\n"); len(lines) == 2 {
			d.Name = strings.TrimSpace(lines[0])
			d.Memory, _ = strconv.ParseInt(strings.TrimSpace(lines[1]), 10, 64)
		}
	}
	return []Device{d}
}

func readHex(path string) (uint64, bool) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return 0, false
	}
	n, err := strconv.ParseUint(strings.TrimSpace(string(raw)), 0, 64)
	return n, err == nil
}

func readInt(path string) int64 {
	raw, err := os.ReadFile(path)
	if err != nil {
		return 0
	}
	n, _ := strconv.ParseInt(strings.TrimSpace(string(raw)), 10, 64)
	return n
}

// number reads a number; 0 when it is none.
func number(s string) float64 {
	f, err := strconv.ParseFloat(strings.TrimSpace(s), 64)
	if err != nil || f < 0 || f > 1e9 {
		return 0
	}
	return f
}
