package homescreen

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/modelfactory/modelfactory/assets/icons"
	"github.com/modelfactory/modelfactory/training/local"
	"github.com/modelfactory/modelfactory/ui/installing"
	"github.com/modelfactory/modelfactory/ui/widgets"
)

// Found is a line of what this computer has.
type Found struct {
	Subject, Value, Detail string
	State                  widgets.CheckState
	Icon                   icons.Name // instead of the state's
	Mono                   bool       // Detail is a path
}

// Computer lists what was found on this computer; before it was looked at, the
// lines say so.
func (m *Model) Computer() []Found {
	r := m.report
	var out []Found
	if !m.Checked() {
		for _, s := range []string{"Processor", "Trainer", "Base", "Memory"} {
			out = append(out, Found{Subject: s, Value: "looking…", State: widgets.Checking})
		}
		return append(out, m.place()...)
	}
	for _, d := range r.Devices {
		out = append(out, device(d))
	}
	trainer := Found{Subject: "Trainer", Value: "not installed", Icon: icons.Download, State: widgets.NotAsked, Detail: "Tested on this computer before the first run"}
	switch r.Install.State {
	case local.Ready:
		trainer.Value, trainer.State, trainer.Icon = "ready", widgets.Passed, ""
		trainer.Detail = join("Python "+r.Install.Python, sizeOnDisk(r.Install.Bytes))
		if name, _, tested := installing.Packages(r); !tested && name != "" {
			trainer.Detail = join(trainer.Detail, "packages "+name+", untested by us")
		}
	case local.Partial:
		trainer.Value, trainer.State, trainer.Icon, trainer.Detail = "not whole", widgets.ToKnow, "", capital(r.Install.Reason)
	}
	out = append(out, trainer)
	if b := m.shelf.Place.Base; b.Name != "" {
		f := Found{Subject: "Base", Value: BaseName(b.Name), State: widgets.Passed, Detail: join(sizeOnDisk(b.Bytes), b.Licence)}
		if !b.Installed {
			f.Icon, f.State, f.Detail = icons.Download, widgets.NotAsked, join("comes with the trainer", b.Licence)
		}
		out = append(out, f)
	}
	if r.Memory > 0 {
		f := Found{Subject: "Memory", Value: widgets.Bytes(r.Memory), State: widgets.Passed, Detail: widgets.Bytes(r.Available) + " free"}
		if r.Available > 0 && r.Available < 3e9 {
			f.State, f.Detail = widgets.ToKnow, f.Detail+"; the sample run needs about 3 GB"
		}
		out = append(out, f)
	}
	return append(out, m.place()...)
}

// longName is the number of letters that fit beside "Graphics card"; longer
// names stand on the line below.
const longName = 26

func device(d local.Device) Found {
	f := Found{Subject: "Processor", Value: d.Name, State: widgets.Passed}
	if name, cores, ok := strings.Cut(d.Name, ", "); ok && d.Kind == "cpu" {
		f.Value, f.Detail = name, cores
	}
	if d.Kind != "cpu" {
		f.Subject = "Graphics card"
		if d.Memory > 0 {
			f.Detail = fmt.Sprintf("%s, of which %s free", widgets.Bytes(d.Memory), widgets.Bytes(d.Free))
		}
		if d.Driver != "" {
			f.Detail = join(f.Detail, "driver "+d.Driver)
		}
	}
	if !d.Usable {
		f.State, f.Detail = widgets.ToKnow, "Cannot be used: "+d.Reason
	}
	if len(f.Value) > longName {
		f.Value, f.Detail = "found", join(f.Value, f.Detail)
		if !d.Usable {
			f.Value = "cannot be used"
		}
	}
	return f
}

// place is where the studio keeps its things; it is known without looking.
func (m *Model) place() []Found {
	p := m.shelf.Place
	if p.Folder == "" {
		return nil
	}
	folder := Found{Subject: "Data folder", Value: "–", Detail: p.Folder, Mono: true, State: widgets.Passed}
	if m.report.Disk > 0 {
		folder.Value = widgets.Bytes(m.report.Disk) + " free"
		if in := m.report.Install; in.State != local.Ready && m.report.Disk < in.Disk {
			folder.State = widgets.Blocked
		}
	}
	network := Found{Subject: "Network", Value: cmp.Or(p.Network.Title, p.Network.Name), State: widgets.NotAsked, Detail: fmt.Sprintf("Chain %d", p.Network.ChainID)}
	if p.Network.Dev {
		network.Value, network.Detail = "Development chain", "Runs on this computer. Its test OPEN is worth nothing."
	}
	wallet := Found{Subject: "Wallet", Value: "not needed yet", State: widgets.NotAsked, Detail: "Asked for when you publish or buy a licence"}
	if p.Wallet {
		wallet.Value, wallet.State, wallet.Detail = "there", widgets.Passed, "Asked for its password when you publish or buy a licence"
	}
	return []Found{folder, network, wallet}
}

func sizeOnDisk(n int64) string {
	if n <= 0 {
		return ""
	}
	return widgets.Bytes(n) + " on disk"
}

// join puts what is not empty side by side.
func join(parts ...string) string {
	var out []string
	for _, p := range parts {
		if strings.TrimSpace(p) != "" {
			out = append(out, p)
		}
	}
	return strings.Join(out, " · ")
}
