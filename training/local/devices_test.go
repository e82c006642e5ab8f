//go:build unix

package local

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// fakeTools makes the path hold nothing but the given shell scripts.
func fakeTools(t *testing.T, tools map[string]string) {
	t.Helper()
	dir := t.TempDir()
	for name, script := range tools {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\n"+script), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", dir)
	os.Unsetenv("CUDA_VISIBLE_DEVICES")
}

// fakeRoot makes files below a folder that stands for the system's root. A name
// that ends in " -> target" is a link.
func fakeRoot(t *testing.T, files map[string]string) string {
	t.Helper()
	root := t.TempDir()
	for name, text := range files {
		link, target, isLink := strings.Cut(name, " -> ")
		path := filepath.Join(root, link)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		var err error
		if isLink {
			if err = os.MkdirAll(filepath.Join(root, target), 0o755); err == nil {
				err = os.Symlink(filepath.Join(root, target), path)
			}
		} else {
			err = os.WriteFile(path, []byte(text), 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return root
}

// What nvidia-smi and the kernel said on real computers.
const (
	procVersion = "NVRM version: NVIDIA UNIX x86_64 Kernel Module  580.65.06  Sun Jul 27 07:18:52 UTC 2025\nGCC version:  gcc version 13.3.0\n"
	openVersion = "NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  575.57.08  Release Build  (dvs-builder@U22)\n"
	information = "Model: \t\t NVIDIA GeForce RTX 3060\nIRQ:   \t\t 141\nGPU UUID: \t GPU-1\n"
	failedSMI   = "echo \"NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver. Make sure that the latest NVIDIA driver is installed and running.\"; exit 9"
	mismatchSMI = "echo 'Failed to initialize NVML: Driver/library version mismatch'; exit 18"
	oldSMI      = `case "$1" in *compute_cap*) echo 'Field "compute_cap" is not a valid field to query.'; exit 2;; esac; echo 'GeForce GTX 970, 440.33.01, 4043, 3900'`
)

func drm(card, slot, vendor, device string) map[string]string {
	base := "sys/devices/pci0000:00/" + slot
	return map[string]string{
		"sys/class/drm/" + card + "/device -> " + base: "", base + "/vendor": vendor + "\n", base + "/device": device + "\n",
		"sys/class/drm/" + card + "-HDMI-A-1/status": "connected\n",
	}
}

func merge(maps ...map[string]string) map[string]string {
	out := map[string]string{}
	for _, m := range maps {
		for k, v := range m {
			out[k] = v
		}
	}
	return out
}

func TestGraphicsCards(t *testing.T) {
	amdCard := merge(drm("card1", "0000:03:00.0", "0x1002", "0x744c"), map[string]string{
		"sys/devices/pci0000:00/0000:03:00.0/mem_info_vram_total": "25753026560\n", "sys/devices/pci0000:00/0000:03:00.0/mem_info_vram_used": "753026560\n",
	})
	topology := map[string]string{
		"sys/class/kfd/kfd/topology/nodes/0/properties": "cpu_cores_count 16\nsimd_count 0\ngfx_target_version 0\n",
		"sys/class/kfd/kfd/topology/nodes/1/properties": "cpu_cores_count 0\nsimd_count 192\ngfx_target_version 110000\nvendor_id 4098\n",
	}
	for _, c := range []struct {
		name  string
		goos  string
		arch  string
		tools map[string]string
		root  map[string]string
		want  []string // each: kind|name|MiB|driver|capability|usable or a part of the reason
	}{
		{name: "nothing", want: nil},
		{
			name: "two NVIDIA cards", tools: map[string]string{"nvidia-smi": "echo 'NVIDIA H200, 580.95.05, 143771, 143149, 9.0'; echo 'NVIDIA GeForce RTX 2060, 580.95.05, 6144, 5800, 7.5'"},
			want: []string{"cuda|NVIDIA H200|143771|580.95.05|9.0|usable", "cuda|NVIDIA GeForce RTX 2060|6144|580.95.05|7.5|usable"},
		},
		{name: "driver too old", tools: map[string]string{"nvidia-smi": "echo 'NVIDIA GeForce RTX 4060 Laptop GPU, 570.86.10, 8188, 7012, 8.9'"}, want: []string{"cuda|NVIDIA GeForce RTX 4060 Laptop GPU|8188|570.86.10|8.9|570.86.10 is too old, 580 or newer"}},
		{name: "before Turing", tools: map[string]string{"nvidia-smi": "echo 'NVIDIA GeForce GTX 1080 Ti, 580.95.05, 11264, 11000, 6.1'"}, want: []string{"cuda|NVIDIA GeForce GTX 1080 Ti|11264|580.95.05|6.1|older than Turing"}},
		{name: "a driver that knows no compute_cap", tools: map[string]string{"nvidia-smi": oldSMI}, want: []string{"cuda|GeForce GTX 970|4043|440.33.01||440.33.01 is too old"}},
		{name: "numbers not told", tools: map[string]string{"nvidia-smi": "echo 'NVIDIA GB10, 580.95.05, [N/A], [N/A], 12.1'"}, want: []string{"cuda|NVIDIA GB10|0|580.95.05|12.1|usable"}},
		{name: "the tool without a card", tools: map[string]string{"nvidia-smi": "echo 'No devices were found'; exit 6"}, want: nil},
		{name: "the tool without a driver or card", tools: map[string]string{"nvidia-smi": failedSMI}, want: nil},
		{name: "the driver does not answer", tools: map[string]string{"nvidia-smi": failedSMI}, root: drm("card0", "0000:01:00.0", "0x10de", "0x2684"), want: []string{"cuda|NVIDIA card|0|||NVIDIA's driver is not installed"}},
		{
			name: "driver updated, not restarted", tools: map[string]string{"nvidia-smi": mismatchSMI}, root: map[string]string{"proc/driver/nvidia/version": procVersion, "proc/driver/nvidia/gpus/0000:01:00.0/information": information},
			want: []string{"cuda|NVIDIA GeForce RTX 3060|0|580.65.06||the old one still runs"},
		},
		{name: "no tool, a driver", root: map[string]string{"proc/driver/nvidia/version": procVersion, "proc/driver/nvidia/gpus/0000:01:00.0/information": information}, want: []string{"cuda|NVIDIA GeForce RTX 3060|0|580.65.06||usable"}},
		{name: "no tool, an old open driver", root: map[string]string{"proc/driver/nvidia/version": openVersion, "proc/driver/nvidia/gpus/0000:01:00.0/information": information}, want: []string{"cuda|NVIDIA GeForce RTX 3060|0|575.57.08||too old"}},
		{name: "a card without NVIDIA's driver", root: drm("card0", "0000:01:00.0", "0x10de", "0x2684"), want: []string{"cuda|NVIDIA card|0|||NVIDIA's driver is not installed"}},
		{
			name: "AMD", root: merge(amdCard, topology, map[string]string{"sys/devices/pci0000:00/0000:03:00.0/product_name": "Radeon RX 7900 XTX\n"}),
			want: []string{"rocm|Radeon RX 7900 XTX|24560||gfx1100|usable"},
		},
		{
			name: "AMD with rocminfo", root: merge(amdCard, topology), want: []string{"rocm|AMD Radeon RX 7900 XTX|24560||gfx1100|usable"},
			tools: map[string]string{"rocminfo": "cat <<END\nAgent 1\n  Name:                    AMD Ryzen 9 7950X\n  Marketing Name:          AMD Ryzen 9 7950X\n  Device Type:             CPU\nAgent 2\n  Name:                    gfx1100\n  Marketing Name:          AMD Radeon RX 7900 XTX\n  Device Type:             GPU\n  ISA Info:\n    Name:                    amdgcn-amd-amdhsa--gfx1100\nEND\n"},
		},
		{name: "AMD without its compute driver", root: amdCard, want: []string{"rocm|AMD graphics card (744c)|24560|||compute driver"}},
		{
			name: "graphics inside an AMD processor", want: nil,
			root: merge(drm("card0", "0000:0a:00.0", "0x1002", "0x164e"), map[string]string{"sys/devices/pci0000:00/0000:0a:00.0/mem_info_vram_total": "536870912\n"}),
		},
		{name: "graphics inside an Intel processor", root: drm("card0", "0000:00:02.0", "0x8086", "0x46a6"), want: nil},
		{name: "an Intel card without its driver", root: drm("card0", "0000:03:00.0", "0x8086", "0xe20b"), want: []string{"xpu|Intel graphics card (e20b)|0|||Level Zero"}},
		{name: "an Intel card", root: merge(drm("card0", "0000:03:00.0", "0x8086", "0xe20b"), map[string]string{"usr/lib/x86_64-linux-gnu/libze_intel_gpu.so.1": ""}), want: []string{"xpu|Intel graphics card (e20b)|0|||usable"}},
		{name: "a new Mac", goos: "darwin", arch: "arm64", tools: map[string]string{"sysctl": "echo 'Apple M3 Pro'; echo 19327352832"}, want: []string{"mps|Apple M3 Pro|18432|||usable"}},
		{name: "an old Mac", goos: "darwin", arch: "amd64", want: nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			tools := merge(c.tools)
			if s, ok := tools["rocminfo"]; ok { // cat is not on the made path
				tools["rocminfo"] = "PATH=/bin:/usr/bin\n" + s
			}
			fakeTools(t, tools)
			m := machine{goos: "linux", goarch: "amd64", root: fakeRoot(t, c.root), patience: 10 * time.Second}
			if c.goos != "" {
				m.goos, m.goarch = c.goos, c.arch
			}
			got := m.graphics(context.Background())
			if len(got) != len(c.want) {
				t.Fatalf("%+v, want %v", got, c.want)
			}
			for i, d := range got {
				want, verdict := c.want[i][:strings.LastIndex(c.want[i], "|")], c.want[i][strings.LastIndex(c.want[i], "|")+1:]
				if is := fmt.Sprintf("%s|%s|%d|%s|%s", d.Kind, d.Name, d.Memory>>20, d.Driver, d.Capability); is != want {
					t.Errorf("%s, want %s", is, want)
				}
				if d.Usable != (verdict == "usable") || d.Usable == (d.Reason != "") || !d.Usable && !strings.Contains(d.Reason, verdict) {
					t.Errorf("usable %v because %q, want %q", d.Usable, d.Reason, verdict)
				}
			}
		})
	}
}

func TestAHangingDriverIsNotWaitedFor(t *testing.T) {
	fakeTools(t, map[string]string{"nvidia-smi": "/bin/sleep 600 & wait"})
	for _, root := range []map[string]string{{"proc/driver/nvidia/version": procVersion}, nil} { // nil: a system that shows nothing else
		m := machine{goos: "linux", goarch: "amd64", root: fakeRoot(t, root), patience: 200 * time.Millisecond}
		begun := time.Now()
		got := m.graphics(context.Background())
		if took := time.Since(begun); took > 5*time.Second {
			t.Errorf("it took %s", took)
		}
		if len(got) != 1 || got[0].Usable || !strings.Contains(got[0].Reason, "was ended after") || got[0].Fix == "" {
			t.Errorf("%+v", got)
		}
	}
}

func TestHiddenCardsStayHidden(t *testing.T) {
	fakeTools(t, map[string]string{"nvidia-smi": "echo 'NVIDIA H200, 580.95.05, 143771, 143149, 9.0'"})
	m := machine{goos: "linux", goarch: "amd64", root: t.TempDir(), patience: 10 * time.Second}
	t.Setenv("CUDA_VISIBLE_DEVICES", "")
	if got := m.graphics(context.Background()); len(got) != 0 {
		t.Errorf("%+v", got)
	}
}

func FuzzParseNvidia(f *testing.F) {
	f.Add("NVIDIA GeForce RTX 4060, 591.44, 8188, 7012, 8.9\n")
	f.Add("a,b,c,d\n,,,\n")
	f.Fuzz(func(t *testing.T, s string) {
		for _, d := range parseNvidia(s) {
			if d.Usable == (d.Reason != "") || d.Memory < 0 || d.Free < 0 {
				t.Errorf("%+v", d)
			}
		}
	})
}

func TestChoiceOfTheSet(t *testing.T) {
	nvidia := Device{Kind: "cuda", Name: "RTX", Usable: true}
	intel := Device{Kind: "xpu", Name: "Arc", Usable: true}
	amd := Device{Kind: "rocm", Name: "Radeon", Usable: true}
	old := Device{Kind: "cuda", Name: "GTX", Reason: "old"}
	for _, c := range []struct {
		system, asked string
		found         []Device
		set, refusal  string
	}{
		{"linux/amd64", "", nil, "standard", ""},
		{"linux/amd64", "", []Device{nvidia}, "standard", ""},
		{"linux/amd64", "", []Device{old, intel}, "xpu", ""},
		{"linux/amd64", "", []Device{amd}, "standard", ""},
		{"linux/amd64", "cpu", []Device{nvidia}, "cpu", ""},
		{"linux/amd64", "cuda", nil, "", "standard, xpu, cpu"},
		{"darwin/arm64", "", nil, "standard", ""},
		{"darwin/amd64", "", nil, "", "Intel Macs"},
		{"windows/amd64", "", []Device{nvidia}, "cuda", ""},
		{"windows/amd64", "", nil, "standard", ""},
	} {
		goos, arch, _ := strings.Cut(c.system, "/")
		m := machine{goos: goos, goarch: arch, known: pinSets}
		s, why, err := m.choose(c.asked, c.found)
		if s.Name != c.set || (err == nil) == (c.refusal != "") || err == nil && why == "" {
			t.Errorf("%s %q %v: %q, %q, %v", c.system, c.asked, c.found, s.Name, why, err)
		}
		if e, ok := err.(interface{ Advice() string }); ok && !strings.Contains(e.Advice(), c.refusal) {
			t.Errorf("%s: advice %q", c.system, e.Advice())
		}
	}
	m := machine{goos: "linux", goarch: "amd64", known: pinSets}
	sets := m.sets()
	judged := sets[0].judge([]Device{nvidia, intel, amd, old}, m)
	if !judged[0].Usable || judged[1].Usable || !strings.Contains(judged[1].Fix, "--set xpu") || judged[2].Usable || !strings.Contains(judged[2].Reason, "no set of packages for AMD") || judged[3].Reason != "old" {
		t.Errorf("%+v", judged)
	}
}
