package recipescreen

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/modelfactory/modelfactory/training"
	"github.com/modelfactory/modelfactory/training/local"
	"github.com/modelfactory/modelfactory/ui/theme"
	"github.com/modelfactory/modelfactory/ui/widgets"
)

// BaseFilter narrows the table of bases.
type BaseFilter struct {
	Text     string
	Family   string // "" = all
	OnlyFits bool
}

// Filter is the present one.
func (m *Model) Filter() BaseFilter { return m.filter }

// SetFilter changes it.
func (m *Model) SetFilter(f BaseFilter) { m.filter = f }

// Base is the chosen base.
func (m *Model) Base() (training.Base, bool) {
	i := slices.IndexFunc(m.bases, func(b training.Base) bool { return b.Name == m.Draft.Base })
	if i < 0 {
		return training.Base{}, false
	}
	return m.bases[i], true
}

// Choose chooses a base.
func (m *Model) Choose(name string) { m.Draft.Base = name }

// Families are those of the table, sorted.
func (m *Model) Families() []string {
	var out []string
	for _, b := range m.bases {
		if b.Family != "" && !slices.Contains(out, b.Family) {
			out = append(out, b.Family)
		}
	}
	slices.Sort(out)
	return out
}

// Device is the device the settings mean, its free memory and all of it; free 0
// is not known.
func (m *Model) Device() local.Device {
	return m.report.Device(m.Draft.Settings.Device)
}

// Estimate is the need of a base with the present settings on the device they
// mean.
func (m *Model) Estimate(b training.Base) training.Estimate {
	d := m.Device()
	s := m.Draft.Settings
	s.Device = d.Kind
	return training.EstimateMemory(b.Config, s, training.Room{Free: d.Free, StepTokens: m.stepTokens(), Measured: m.need(b)})
}

// need is what was measured of a base with the present settings and data.
func (m *Model) need(b training.Base) training.Need {
	d := m.Device()
	r := m.Recipe()
	r.Base = b.Ref()
	return m.needs.Of(b, r, d.Kind, d.Name, m.runs)
}

// BaseLine is a row of the table.
type BaseLine struct {
	Base             training.Base
	Need, Share      string
	Fits             string
	Bar, Mark        float64
	BarColor, Ink    string // names of theme colours
	Download, About  string
	Installed, Known bool
}

// fitOrder sorts what fits before what does not.
var fitOrder = map[string]int{training.FitsWell: 0, "": 0, training.FitsTight: 1, training.Fits4Bit: 2, training.FitsTooBig: 3}

// Lines are the rows of the table: what is here first, then what fits, then by
// size.
func (m *Model) Lines() []BaseLine {
	var out []BaseLine
	word := strings.ToLower(strings.TrimSpace(m.filter.Text))
	for _, b := range m.bases {
		if m.filter.Family != "" && b.Family != m.filter.Family {
			continue
		}
		if word != "" && !strings.Contains(strings.ToLower(b.Name+" "+b.Family+" "+b.Licence), word) {
			continue
		}
		e := m.Estimate(b)
		if m.filter.OnlyFits && e.Fits == training.FitsTooBig {
			continue
		}
		out = append(out, m.line(b, e))
	}
	slices.SortStableFunc(out, func(a, b BaseLine) int {
		return cmp.Or(boolFirst(a.Installed, b.Installed), cmp.Compare(fitOrder[a.Fits], fitOrder[b.Fits]), cmp.Compare(a.Base.Params, b.Base.Params))
	})
	return out
}

func boolFirst(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return -1
	}
	return 1
}

func (m *Model) line(b training.Base, e training.Estimate) BaseLine {
	d := m.Device()
	l := BaseLine{Base: b, Need: widgets.Bytes(e.Expected), Fits: e.Fits, Installed: b.Installed, Known: d.Free > 0}
	l.About = strings.Join(slices.DeleteFunc([]string{b.Family, Params(b.Params), LicenceName(b.Licence)}, func(s string) bool { return s == "" }), " · ")
	l.Download = "on disk"
	if !b.Installed {
		l.Download = widgets.Bytes(b.Download)
	}
	if d.Memory > 0 {
		l.Bar, l.Mark = float64(e.Expected)/float64(d.Memory), float64(d.Free)/float64(d.Memory)
	}
	l.Share, l.BarColor, l.Ink = FitWords(e, d.Free)
	return l
}

// FitWords are the word beside the bar and the colours of bar and word.
func FitWords(e training.Estimate, free int64) (word, bar, ink string) {
	switch e.Fits {
	case training.FitsWell:
		return "fits", string(theme.Series3), string(theme.Ok)
	case training.FitsTight:
		return "tight", string(theme.Series2), string(theme.Warn)
	case training.Fits4Bit:
		return "fits in 4-bit", string(theme.Series3), string(theme.Ok)
	case training.FitsTooBig:
		return "too big by " + widgets.Bytes(e.Expected-free), string(theme.Series6), string(theme.Text2)
	}
	return "free memory not known", string(theme.Series6), string(theme.Text3)
}

// Params writes a count of weights: 135 M, 1.2 B.
func Params(n int64) string {
	switch {
	case n <= 0:
		return ""
	case n < 999_500_000:
		return fmt.Sprintf("%d\u00a0M", (n+500_000)/1_000_000)
	}
	return fmt.Sprintf("%.1f\u00a0B", float64(n)/1e9)
}

// LicenceName writes the licence of a base as people know it.
func LicenceName(s string) string {
	switch strings.ToLower(s) {
	case "llama3.1":
		return "Llama 3.1"
	case "llama3.2":
		return "Llama 3.2"
	case "gemma":
		return "Gemma"
	}
	return s
}

// FreeText heads the fit bars: "Fits 7.1 GB free".
func (m *Model) FreeText() string {
	d := m.Device()
	if d.Free <= 0 {
		return "Fits"
	}
	return "Fits " + widgets.Bytes(d.Free) + " free"
}

// DeviceText names what would train.
func (m *Model) DeviceText() string {
	d := m.Device()
	if d.Kind == "cpu" {
		return "processor"
	}
	return "graphics card"
}

// NeedPart is a part of the need.
type NeedPart struct {
	Name  string
	Bytes int64
	Text  string
}

// Need is the breakdown of the chosen base's need, in the order of the bar.
func (m *Model) Need() (e training.Estimate, parts []NeedPart) {
	b, ok := m.Base()
	if !ok {
		return e, nil
	}
	e = m.Estimate(b)
	s := m.Draft.Settings
	width := "32-bit"
	switch d := m.Device().Kind; {
	case s.Method == "qlora":
		width = "4-bit"
	case s.Precision == "bf16", s.Precision == "auto" && d != "cpu" && d != "mps":
		width = "16-bit"
	}
	add := func(name string, n int64) { parts = append(parts, NeedPart{name, n, widgets.Bytes(n)}) }
	add("Base weights, "+width, e.Base)
	add(fmt.Sprintf("Kept activations, %s tokens", widgets.Count(e.Tokens)), e.Activations)
	add("Output layer and workspace", e.Workspace)
	add(fmt.Sprintf("Adapter and optimiser, rank %d", s.Rank), e.Adapter+e.Optimizer)
	add("Libraries and driver", e.Overhead)
	return e, parts
}

// NeedNote says where the figures come from and, when the base is too big, the
// smallest change that fits.
func (m *Model) NeedNote() (tone widgets.Tone, text string) {
	e, parts := m.Need()
	if parts == nil {
		return widgets.Neutral, ""
	}
	text = "Computed from the figures of the base and the settings, not measured. The run shows what it really takes."
	switch e.From {
	case training.FromRun:
		text = fmt.Sprintf("Measured by run %d, which kept the same in memory.", e.Run)
	case training.FromSteps:
		text = "Measured on this computer by a few steps."
	}
	if saving := e.Saving(); saving != "" {
		b, _ := m.Base()
		text = fmt.Sprintf("Of %d layers, to save memory: %s. ", b.Config.Layers, saving) + text
	}
	switch e.Fits {
	case training.FitsTooBig, training.Fits4Bit:
		return widgets.Caution, "It does not fit in the free memory. The smallest change that fits: " + e.Change + "."
	case training.FitsTight:
		return widgets.Caution, "It fits, but another program that takes memory can end the run. Close what you do not need. " + text
	}
	return widgets.Neutral, text
}

// Presets are the presets with what they mean for the run.
func (m *Model) Presets() (items []widgets.RadioItem, selected int) {
	selected = -1
	for i, p := range training.Presets() {
		pass := "passes"
		if p.Settings.Passes == 1 {
			pass = "pass"
		}
		items = append(items, widgets.RadioItem{Label: p.Title, Detail: fmt.Sprintf("%d %s, rank %d", p.Settings.Passes, pass, p.Settings.Rank)})
		if p.Name == m.Draft.Preset {
			selected = i
		}
	}
	return items, selected
}

// ChoosePreset takes a preset's settings; device, threads and seed stay.
func (m *Model) ChoosePreset(i int) {
	all := training.Presets()
	if i < 0 || i >= len(all) {
		return
	}
	s := all[i].Settings
	s.Device, s.Threads, s.Seed = m.Draft.Settings.Device, m.Draft.Settings.Threads, m.Draft.Settings.Seed
	m.Draft.Preset, m.Draft.Settings = all[i].Name, s
}

// presetOf is the preset closest to settings: the one with the fewest
// differences.
func presetOf(s training.Settings) string {
	best, least := "balanced", 1<<30
	for _, p := range training.Presets() {
		if n := len(changed(s, p.Settings)); n < least {
			best, least = p.Name, n
		}
	}
	return best
}

// changed are the keys of settings that differ.
func changed(a, b training.Settings) []string {
	var out []string
	for _, f := range training.Fields() {
		if f.Get(&a) != f.Get(&b) {
			out = append(out, f.Key)
		}
	}
	return out
}
