package settingscreen

import (
	"cmp"
	"context"
	"fmt"
	"net/url"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/ethereum/go-ethereum/common"

	"github.com/modelfactory/modelfactory/chain"
	"github.com/modelfactory/modelfactory/training/local"
	"github.com/modelfactory/modelfactory/ui/installing"
	"github.com/modelfactory/modelfactory/ui/widgets"
)

// Services are what the screen needs of the studio; all are called off the UI
// goroutine.
type Services interface {
	// Storage measures the folders; it may take seconds.
	Storage(ctx context.Context) (Storage, error)
	Doctor(ctx context.Context) local.Report
	// Install makes trainer and sample base ready, or repairs them.
	Install(ctx context.Context, opt local.InstallOptions, progress func(local.InstallProgress)) error
	// UseProcessor agrees to train on the processor although there is a card.
	UseProcessor(ctx context.Context) error
	Networks(ctx context.Context) ([]chain.Profile, error)
	Network(ctx context.Context) chain.Profile
	ChainStatus(ctx context.Context) (chain.Status, error)
	UseNetwork(ctx context.Context, name string) error
	// Probe reaches a network once: its genesis, and where it stands.
	Probe(ctx context.Context, p chain.Profile) (chain.Profile, chain.Status, error)
	AddNetwork(ctx context.Context, p chain.Profile) error
	// AutoLock is how long an unused wallet stays open; negative is for ever.
	AutoLock(ctx context.Context) time.Duration
	SetAutoLock(ctx context.Context, d time.Duration) error
	// Wallet says whether there is one.
	Wallet(ctx context.Context) bool
}

// Storage is what the studio takes on the disk.
type Storage struct {
	Folders []Folder
	Free    int64
}

// Folder is one kind of thing on the disk.
type Folder struct {
	Title, Path string
	Bytes       int64
}

// State is what is quick to read.
type State struct {
	Networks []chain.Profile
	Network  chain.Profile
	AutoLock time.Duration
	Wallet   bool
}

// Read reads the State.
func Read(ctx context.Context, svc Services) (s State, err error) {
	s.Network, s.AutoLock, s.Wallet = svc.Network(ctx), svc.AutoLock(ctx), svc.Wallet(ctx)
	s.Networks, err = svc.Networks(ctx)
	return s, err
}

// Model is what the settings show.
type Model struct {
	state   State
	ready   bool
	storage Storage
	sized   bool
	report  local.Report
	looked  bool
	status  chain.Status
	reach   error
	asked   bool // the network in use was asked
	work    bool // an installation is under way
	meter   installing.Meter
}

// Apply takes a State over and says whether it is another one.
func (m *Model) Apply(s State) (changed bool) {
	changed = !m.ready || !reflect.DeepEqual(s, m.state)
	m.state, m.ready = s, true
	return changed
}

// ApplyStorage takes sizes over.
func (m *Model) ApplyStorage(s Storage) { m.storage, m.sized = s, true }

// ApplyReport takes over what was found on this computer.
func (m *Model) ApplyReport(r local.Report) { m.report, m.looked = r, true }

// ApplyStatus takes over what the network in use answered.
func (m *Model) ApplyStatus(s chain.Status, err error) { m.status, m.reach, m.asked = s, err, true }

// Ready says whether a State was applied.
func (m *Model) Ready() bool { return m.ready }

// Line is a fact with what stands beside it.
type Line struct {
	Subject, Value, Detail string
	State                  widgets.CheckState
}

// Folders are the folders with their sizes.
func (m *Model) Folders() []Folder { return m.storage.Folders }

// StorageText sums the folders up.
func (m *Model) StorageText() string {
	if !m.sized {
		return "measuring…"
	}
	var sum int64
	for _, f := range m.storage.Folders {
		sum += f.Bytes
	}
	return fmt.Sprintf("%s in all, %s free", widgets.Bytes(sum), widgets.Bytes(m.storage.Free))
}

// Trainer is the state of the trainer in a line.
func (m *Model) Trainer() Line {
	l := Line{Subject: "Trainer", Value: "looking…", State: widgets.Checking}
	if !m.looked {
		return l
	}
	in := m.report.Install
	switch in.State {
	case local.Ready:
		l.Value, l.State = "ready", widgets.Passed
		parts := []string{}
		if in.Python != "" {
			parts = append(parts, "Python "+in.Python)
		}
		if in.Device != "" {
			parts = append(parts, "tested on "+cmp.Or(map[string]string{"cpu": "the processor"}[in.Device], in.Device))
		}
		if in.Bytes > 0 {
			parts = append(parts, widgets.Bytes(in.Bytes)+" on disk")
		}
		if !in.At.IsZero() {
			parts = append(parts, "installed "+in.At.Local().Format("2 Jan 2006"))
		}
		l.Detail = strings.Join(parts, " · ")
	case local.Partial:
		l.Value, l.State, l.Detail = "not whole", widgets.Blocked, sentence(in.Reason)
	default:
		l.Value, l.State = "not installed", widgets.ToKnow
		l.Detail = fmt.Sprintf("One download of about %s, %s on disk", widgets.Bytes(in.Download), widgets.Bytes(in.Disk))
	}
	return l
}

// Packages is the set of packages that is installed, or would be.
func (m *Model) Packages() Line {
	name, detail, tested := installing.Packages(m.report)
	l := Line{Subject: "Packages", Value: name, Detail: detail, State: widgets.Passed}
	if !tested {
		l.State = widgets.ToKnow
	}
	return l
}

// OtherSet is a set of packages that can be installed instead.
type OtherSet struct{ Name, Text string }

// OtherSets are the sets to choose from.
func (m *Model) OtherSets() []OtherSet {
	var out []OtherSet
	for _, s := range m.report.Others {
		text := fmt.Sprintf("%s · about %s to fetch, %s on disk", s.For, widgets.Bytes(s.Download), widgets.Bytes(s.Disk))
		if len(s.Ran) == 0 {
			text += " · untested"
		}
		out = append(out, OtherSet{s.Name, text})
	}
	return out
}

// Ask is why training on the processor has to be agreed to; empty: it need not.
func (m *Model) Ask() string {
	if m.report.Ask == "" {
		return ""
	}
	return m.report.Ask + ". Until you agree, no run starts on the processor unless it names it."
}

// InstallButton is what the button at the trainer says; empty: there is none.
func (m *Model) InstallButton() string {
	switch {
	case !m.looked || m.work:
		return ""
	case m.report.Install.State == local.Missing:
		return "Install, about " + widgets.Bytes(m.report.Install.Download)
	}
	return "Repair"
}

// RepairNeeded says whether the button is the main one.
func (m *Model) RepairNeeded() bool { return m.looked && m.report.Install.State != local.Ready }

// Findings are what the look at this computer found, with advice.
func (m *Model) Findings() []Line {
	var out []Line
	for _, f := range m.report.Findings {
		l := Line{Value: f.Message, Detail: f.Advice, State: widgets.Passed}
		switch f.Level {
		case "warning":
			l.State = widgets.ToKnow
		case "problem":
			l.State = widgets.Blocked
		}
		out = append(out, l)
	}
	return out
}

// Devices are what can train, with their memory.
func (m *Model) Devices() []Line {
	var out []Line
	for _, d := range m.report.Devices {
		l := Line{Subject: "Graphics card", Value: d.Name, State: widgets.Passed}
		if d.Kind == "cpu" {
			l.Subject = "Processor"
		}
		if d.Memory > 0 {
			l.Detail = fmt.Sprintf("%s, of which %s free", widgets.Bytes(d.Memory), widgets.Bytes(d.Free))
		}
		if d.Driver != "" {
			l.Detail += " · driver " + d.Driver
		}
		if !d.Usable {
			l.State, l.Detail = widgets.ToKnow, "Cannot be used: "+d.Reason
		}
		out = append(out, l)
	}
	return out
}

// Working says whether an installation is under way.
func (m *Model) Working() bool { return m.work }

// SetWorking notes that it began or ended.
func (m *Model) SetWorking(on bool) { m.work = on; m.meter.Set(local.InstallProgress{}) }

// Meter is where the installation reports to.
func (m *Model) Meter() *installing.Meter { return &m.meter }

// Progress says how far it is; share is negative while the end is not known.
func (m *Model) Progress() (phase string, share float64, detail string) {
	return installing.Words(m.meter.Get())
}

// NetworkLine is one network of the list.
type NetworkLine struct {
	Name, Title, Detail string
	Chosen              bool
	Registered          bool // it has registries: DataNets and models can be there
}

// Networks are the networks to choose from.
func (m *Model) Networks() []NetworkLine {
	var out []NetworkLine
	for _, p := range m.state.Networks {
		l := NetworkLine{Name: p.Name, Title: cmp.Or(p.Title, p.Name), Chosen: p.Name == m.state.Network.Name, Registered: len(p.Registries) > 0}
		l.Detail = fmt.Sprintf("chain %d · %s", p.ChainID, p.Coin)
		if p.Dev {
			l.Title, l.Detail = "Development chain", "on this computer, nothing to pay · its test OPEN is worth nothing"
		} else {
			l.Detail += " · " + host(p.URL)
			if !l.Registered {
				l.Detail += " · no registry is known here yet: models and licences cannot be registered"
			}
		}
		out = append(out, l)
	}
	return out
}

func host(raw string) string {
	if u, err := url.Parse(raw); err == nil && u.Host != "" {
		return u.Host
	}
	return raw
}

// Reach says how the network in use answers.
func (m *Model) Reach() (state widgets.CheckState, text, detail string) {
	switch {
	case !m.asked:
		return widgets.Checking, "asking…", ""
	case m.reach != nil:
		return widgets.Blocked, "does not answer", sentence(m.reach.Error())
	}
	text = "block " + widgets.Count(int64(m.status.Block))
	if !m.status.BlockTime.IsZero() {
		detail = "made " + m.status.BlockTime.Local().Format("2 Jan 2006, 15:04")
	}
	return widgets.Passed, text, detail
}

// NewNetwork is a network as a person types it.
type NewNetwork struct {
	Name, URL, ChainID, Coin   string
	Models, DataNets, Licences string // registry addresses; all or none
}

// Profile turns what was typed into a network. The error names the field it is
// about.
func (n NewNetwork) Profile() (chain.Profile, *FieldError) {
	name := strings.TrimSpace(n.Name)
	p := chain.Profile{Name: slug(name), Title: name, URL: strings.TrimSpace(n.URL), Coin: strings.TrimSpace(n.Coin)}
	if p.Name == "" {
		return p, &FieldError{"name", "Give it a short name, such as my-chain."}
	}
	id, err := strconv.ParseUint(strings.TrimSpace(n.ChainID), 10, 64)
	if err != nil || id == 0 {
		return p, &FieldError{"chain", "The chain id is a whole number that the network's operator names."}
	}
	p.ChainID = id
	if p.Coin == "" {
		return p, &FieldError{"coin", "Name its coin, such as OPEN."}
	}
	if err := p.Check(); err != nil {
		return p, &FieldError{"url", advised(err)}
	}
	given := 0
	for _, a := range []string{n.Models, n.DataNets, n.Licences} {
		if a = strings.TrimSpace(a); a == "" {
			continue
		}
		if given++; !common.IsHexAddress(a) {
			return p, &FieldError{"registry", a + " is not an address."}
		}
	}
	switch given {
	case 3:
		p.Registries = []chain.Registry{{
			Models: common.HexToAddress(strings.TrimSpace(n.Models)), DataNets: common.HexToAddress(strings.TrimSpace(n.DataNets)), Licences: common.HexToAddress(strings.TrimSpace(n.Licences)),
		}}
	case 1, 2:
		return p, &FieldError{"registry", "A registry has three addresses: give all of them, or none."}
	}
	return p, nil
}

// FieldError is a mistake in one field of a form.
type FieldError struct{ Field, Text string }

// slug is a title in the letters of a network's short name.
func slug(s string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(s) {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			b.WriteRune(r)
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
	}
	return strings.Trim(b.String(), "-")
}

func advised(err error) string {
	text := sentence(err.Error())
	if a, ok := err.(interface{ Advice() string }); ok && a.Advice() != "" {
		text += " " + a.Advice()
	}
	return text
}

// Found says what a probe learnt.
func Found(p chain.Profile, s chain.Status) string {
	text := fmt.Sprintf("It answers: block %s, first block %s.", widgets.Count(int64(s.Block)), widgets.Short(p.Genesis.Hex()))
	if s.Safe == 0 {
		text += " It names no safe block: its newest one is read instead."
	}
	return text
}

// LockTimes are the choices of when the wallet locks itself, and their words.
var (
	LockTimes = []time.Duration{time.Minute, 5 * time.Minute, 15 * time.Minute, time.Hour, -1}
	LockWords = []string{"after 1 minute", "after 5 minutes", "after 15 minutes", "after 1 hour", "only when I lock it or quit"}
)

// Lock is which of them is in force; times between two count as the next longer.
func (m *Model) Lock() int {
	if m.state.AutoLock < 0 {
		return len(LockTimes) - 1
	}
	for i, d := range LockTimes[:len(LockTimes)-1] {
		if m.state.AutoLock <= d {
			return i
		}
	}
	return len(LockTimes) - 2
}

// Wallet says whether there is one.
func (m *Model) Wallet() bool { return m.state.Wallet }

// TextSizes are the sizes of text in percent: the steps of the keys.
var TextSizes = []int{80, 90, 100, 110, 120, 130, 140, 150, 160}

// TextSize is the index of the size nearest to a percentage.
func TextSize(percent int) int {
	best := 0
	for i, p := range TextSizes {
		if abs(p-percent) < abs(TextSizes[best]-percent) {
			best = i
		}
	}
	return best
}

func abs(n int) int {
	if n < 0 {
		return -n
	}
	return n
}

func sentence(s string) string {
	s = strings.TrimSpace(s)
	if s == "" {
		return s
	}
	if word, _, _ := strings.Cut(s, " "); !strings.ContainsAny(strings.TrimRight(word, ".:,"), "._") {
		s = strings.ToUpper(s[:1]) + s[1:]
	}
	return strings.TrimSuffix(s, ".") + "."
}
