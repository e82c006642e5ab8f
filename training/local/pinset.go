package local

import (
	"slices"
	"strings"

	"github.com/modelfactory/modelfactory/training"
)

// PinSet is a list of packages for one kind of computer. All sets hold the
// versions of requirements/runtime.txt; they differ in the build of torch.
type PinSet struct {
	Name   string   `json:"name"`
	For    string   `json:"for"`    // in words
	Drives []string `json:"drives"` // kinds of Device, best first; "cpu" always
	// Index is where torch comes from; "" = the ordinary package index, whose
	// hashes are in runtime.txt. Hashes of another index are read from it at
	// the installation, and every file is held against them.
	Index string `json:"index,omitempty"`
	Build string `json:"build,omitempty"` // of torch, such as +cpu
	// Ran are the kinds of Device that this set was really run on, by us, on
	// this system; nil = nobody ran it.
	Ran      []string `json:"ran"`
	Download int64    `json:"download"` // bytes, about
	Disk     int64    `json:"disk"`     // bytes, about

	systems []string // goos/goarch
}

// pinSets are the sets we know, best first for each system. Sizes of the first
// are measured, the others are told by those who use them. A set for AMD (ROCm)
// is missing: which index holds this torch for it could not be looked up.
var pinSets = []PinSet{
	{
		Name: "standard", For: "Linux: NVIDIA cards and every processor", Drives: []string{"cuda", "cpu"}, Ran: []string{"cpu"},
		Download: 2_740_000_000, Disk: 5_100_000_000, systems: []string{"linux/amd64"},
	},
	{
		Name: "standard", For: "Linux on ARM", Drives: []string{"cuda", "cpu"},
		Download: 2_700_000_000, Disk: 5_000_000_000, systems: []string{"linux/arm64"},
	},
	{
		Name: "standard", For: "Macs with Apple's processors", Drives: []string{"mps", "cpu"},
		Download: 400_000_000, Disk: 1_500_000_000, systems: []string{"darwin/arm64"},
	},
	{
		Name: "standard", For: "Windows, on the processor", Drives: []string{"cpu"},
		Download: 440_000_000, Disk: 1_600_000_000, systems: []string{"windows/amd64"},
	},
	{
		Name: "cuda", For: "Windows: NVIDIA cards", Drives: []string{"cuda", "cpu"}, Index: indexCUDA, Build: "+cu130",
		Download: 2_800_000_000, Disk: 6_000_000_000, systems: []string{"windows/amd64"},
	},
	{
		Name: "xpu", For: "Intel graphics cards", Drives: []string{"xpu", "cpu"}, Index: indexXPU, Build: "+xpu",
		Download: 2_500_000_000, Disk: 6_000_000_000, systems: []string{"linux/amd64", "windows/amd64"},
	},
	{
		Name: "cpu", For: "Processors only, smaller", Drives: []string{"cpu"}, Index: indexProcessor, Build: "+cpu",
		Download: 400_000_000, Disk: 1_500_000_000, systems: []string{"linux/amd64", "linux/arm64"},
	},
}

// drives says whether the set's torch can use this kind of device.
func (s PinSet) drives(kind string) bool { return slices.Contains(s.Drives, kind) }

// Tested says whether this set was run on this kind of device.
func (s PinSet) Tested(kind string) bool { return slices.Contains(s.Ran, kind) }

// sets lists the sets for this system.
func (m machine) sets() []PinSet {
	var out []PinSet
	for _, s := range m.known {
		if slices.Contains(s.systems, m.goos+"/"+m.goarch) {
			out = append(out, s)
		}
	}
	return out
}

// choose picks a set: the one that was asked for, else the first that drives a
// card that is there, else the first. why says so in words.
func (m machine) choose(asked string, found []Device) (s PinSet, why string, err error) {
	sets := m.sets()
	if len(sets) == 0 {
		return PinSet{}, "", &training.Error{
			Kind: training.KindRefused, Message: "there are no packages of the trainer for " + m.goos + " on " + m.goarch,
			Next: "Use Linux, Windows on x86-64, or a Mac with Apple's own processor: torch ended its builds for Intel Macs with version 2.2.",
		}
	}
	if asked != "" {
		i := slices.IndexFunc(sets, func(s PinSet) bool { return s.Name == asked })
		if i < 0 {
			var names []string
			for _, s := range sets {
				names = append(names, s.Name)
			}
			return PinSet{}, "", &training.Error{Kind: training.KindUsage, Message: "there is no set of packages called " + asked + " for this system", Next: "Choose one of: " + strings.Join(names, ", ") + "."}
		}
		return sets[i], "it was asked for", nil
	}
	for _, d := range found {
		if !d.Usable {
			continue
		}
		for _, s := range sets {
			if s.drives(d.Kind) {
				return s, d.Name + " was found", nil
			}
		}
	}
	return sets[0], "no graphics card was found that a set drives", nil
}

// judge says for each card whether a set drives it, on top of what the card and
// its driver say themselves.
func (s PinSet) judge(found []Device, m machine) []Device {
	out := slices.Clone(found)
	for i, d := range out {
		if !d.Usable || s.drives(d.Kind) {
			continue
		}
		out[i].Usable = false
		for _, other := range m.sets() {
			if other.drives(d.Kind) {
				out[i].Reason = "the trainer's packages (" + s.Name + ") do not drive it"
				out[i].Fix = "Install the set that does: mf doctor --install --set " + other.Name + "."
				break
			}
		}
		if out[i].Reason == "" {
			out[i].Reason = "there is no set of packages for " + vendorOf(d.Kind) + " cards on this system yet"
		}
	}
	return out
}

func vendorOf(kind string) string {
	switch kind {
	case "cuda":
		return "NVIDIA"
	case "rocm":
		return "AMD"
	case "xpu":
		return "Intel"
	}
	return kind
}

// torchDevice is torch's word for a kind of device: its build for AMD calls
// cards cuda.
func torchDevice(kind string) string {
	if kind == "rocm" {
		return "cuda"
	}
	return kind
}
