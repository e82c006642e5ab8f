package installing

import (
	"fmt"
	"strings"
	"sync"

	"github.com/modelfactory/modelfactory/training/local"
	"github.com/modelfactory/modelfactory/ui/widgets"
)

// Meter hands an installation's progress from its goroutine to the window's.
type Meter struct {
	mu   sync.Mutex
	last local.InstallProgress
}

// Set keeps the newest progress.
func (m *Meter) Set(p local.InstallProgress) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.last = p
}

// Get returns it.
func (m *Meter) Get() local.InstallProgress {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.last
}

// Words says how far an installation is; share is negative while the
// end is not known.
func Words(p local.InstallProgress) (phase string, share float64, detail string) {
	switch p.Phase {
	case local.InstallWait:
		phase = "Waiting: another program installs the trainer"
	case local.InstallCheck:
		phase = "Reading the installed files"
	case local.InstallUV:
		phase = "Getting the installer"
	case local.InstallPackages:
		phase = "Downloading and unpacking the trainer"
	case local.InstallProbe:
		phase = "Testing the trainer on this computer"
	case local.InstallBase:
		phase = "Preparing the base"
	default:
		phase = "Looking what is missing"
	}
	share = -1
	var parts []string
	if p.Total > 0 {
		share = min(float64(p.Done)/float64(p.Total), 0.99)
		of := fmt.Sprintf("%s of about %s", widgets.Bytes(p.Done), widgets.Bytes(p.Total))
		if p.Phase == local.InstallPackages {
			of += " on the disk" // less is fetched
		}
		parts = append(parts, of)
	} else if p.Done > 0 {
		parts = append(parts, widgets.Bytes(p.Done))
	}
	if p.PerSecond >= 1 {
		parts = append(parts, widgets.Number(p.PerSecond/1e6, 1)+"\u00a0MB/s")
	}
	if p.Left > 0 {
		parts = append(parts, widgets.About(p.Left)+" left")
	}
	return phase, share, strings.Join(parts, " · ")
}

// Packages says which set of packages is installed, or would be, and whether we
// have run it on the device that would train.
func Packages(r local.Report) (name, detail string, tested bool) {
	name, tested = r.Set.Name, r.Set.Tested("cpu")
	for _, d := range r.Devices {
		if d.Usable {
			tested = r.Set.Tested(d.Kind)
			break
		}
	}
	detail = r.Set.For
	if !tested {
		detail += " · untested: nobody of us has run it on such a device yet"
	}
	return name, detail, tested
}
