package settingscreen

import (
	"errors"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"

	"github.com/modelfactory/modelfactory/chain"
	"github.com/modelfactory/modelfactory/training/local"
	"github.com/modelfactory/modelfactory/ui/nav"
	"github.com/modelfactory/modelfactory/ui/theme"
	"github.com/modelfactory/modelfactory/ui/uitest"
	"github.com/modelfactory/modelfactory/ui/widgets"
)

// looks is a frame whose looks can be changed.
type looks struct {
	*uitest.Frame
	mode    string
	percent int
}

func (l *looks) Look() (string, int)              { return l.mode, l.percent }
func (l *looks) SetLook(mode string, percent int) { l.mode, l.percent = mode, percent }

func open(f *uitest.Frame, svc Services, part string) (*page, *looks) {
	l := &looks{Frame: f, mode: "light", percent: 100}
	p := newPage(l, svc, f.Clock)
	f.Show(p, part)
	return p, l
}

func TestParts(t *testing.T) {
	for _, c := range []struct {
		part  string
		says  []string
		hides []string
	}{
		{"general", []string{"Theme", "As the system", "Light", "Dark", "Text size", "100 %"}, nil},
		{"storage", []string{"4.3 GB in all, 212.0 GB free", "Runs", "~/ModelFactory/runs", "812 MB"}, nil},
		{"trainer", []string{"ready", "Python 3.12.4 · tested on the processor · 3.1 GB on disk", "Repair", "RTX 4060 Laptop", "Cannot be used: driver 470.12", "What was found", "Update its driver, or train on the processor."}, []string{"Install,"}},
		{"networks", []string{"Development chain", "in use", "block 12", "OpenLedger", "chain 1612 · OPEN · rpc.openledger.xyz · no registry is known here yet", "Use", "Add a network…"}, nil},
		{"wallet", []string{"Locks itself", "after 5 minutes", "Open the wallet"}, []string{"There is no wallet yet"}},
	} {
		t.Run(c.part, func(t *testing.T) {
			uitest.Both(t, fyne.Size{}, func(t *testing.T, f *uitest.Frame) {
				open(f, ready(), c.part)
				f.Picture("settings-" + c.part)
				f.Says(c.says...)
				f.Hides(c.hides...)
			})
		})
	}
	for name, size := range map[string]fyne.Size{"1920": fyne.NewSize(1920, 1080), "960": fyne.NewSize(960, 640)} {
		f := uitest.Open(t, theme.Dark, size)
		open(f, ready(), "networks")
		f.Picture("settings-networks-" + name)
	}
}

func TestLooksAreTheWindows(t *testing.T) {
	f := uitest.Open(t, theme.Light, fyne.Size{})
	_, l := open(f, ready(), "")
	uitest.First[*widgets.Select](f).TypedKey(&fyne.KeyEvent{Name: fyne.KeyDown})
	if l.percent != 110 || l.mode != "light" {
		t.Errorf("text size %d, theme %s", l.percent, l.mode)
	}
	var keys []fyne.Focusable // tabs, then the three themes
	uitest.Each(f, func(o fyne.CanvasObject) {
		if k, ok := o.(fyne.Focusable); ok {
			keys = append(keys, k)
		}
	})
	keys[len(parts)].TypedKey(&fyne.KeyEvent{Name: fyne.KeyRight})
	keys[len(parts)+1].TypedKey(&fyne.KeyEvent{Name: fyne.KeyRight})
	if l.mode != "dark" || l.percent != 110 {
		t.Errorf("text size %d, theme %s", l.percent, l.mode)
	}
}

func TestTrainerIsInstalledAndRepaired(t *testing.T) {
	uitest.Both(t, fyne.Size{}, func(t *testing.T, f *uitest.Frame) {
		svc := ready()
		svc.report.Install = local.InstallState{State: local.Partial, Reason: "torch is not what was installed", Download: 900_000_000}
		p, _ := open(f, svc, "trainer")
		f.Picture("settings-trainer-partial")
		f.Says("not whole", "Torch is not what was installed.")
		f.Clock.Hold = true
		f.Tap("Repair")
		p.model.Meter().Set(local.InstallProgress{Phase: local.InstallPackages, Done: 300_000_000, Total: 1_200_000_000, PerSecond: 8_000_000, Left: 112 * time.Second})
		p.draw()
		f.Picture("settings-trainer-busy")
		f.Says("Downloading and unpacking the trainer", "25 %", "300 MB of about 1.2 GB on the disk · 8.0 MB/s · about 115 s left", "Cancel")
		f.Hides("Repair")
		f.Clock.Release()
		f.Says("ready", "Repair")
		if len(f.Toasts) != 1 || f.Toasts[0] != "The trainer is ready" {
			t.Errorf("said %v", f.Toasts)
		}
		if got := svc.calls[len(svc.calls)-1]; got != "install   check=false" {
			t.Errorf("a half installation was %q", got)
		}
		f.Tap("Repair") // what is ready is read file by file
		if got := svc.calls[len(svc.calls)-1]; got != "install   check=true" {
			t.Errorf("%q", got)
		}
		svc.installErr = errors.New("the disk is full")
		f.Tap("Repair")
		f.Says("The disk is full.", "What was fetched stays")
	})
	f := uitest.Open(t, theme.Light, fyne.Size{})
	svc := ready()
	svc.report.Install = local.InstallState{State: local.Missing, Download: 1_200_000_000, Disk: 3_100_000_000}
	open(f, svc, "trainer")
	f.Says("not installed", "One download of about 1.2 GB, 3.1 GB on disk", "Install, about 1.2 GB")
	f.Clock.Hold = true
	f.Tap("Install, about 1.2 GB")
	f.Tap("Cancel")
	f.Clock.Release()
	f.Says("Install, about 1.2 GB")
	if !strings.HasPrefix(f.Toasts[0], "Stopped") {
		t.Errorf("said %v", f.Toasts)
	}
}

func TestOtherPackagesAndAFolderOfWheels(t *testing.T) {
	f := uitest.Open(t, theme.Light, fyne.Size{})
	svc := ready()
	open(f, svc, "trainer")
	f.Says("Packages", "standard", "Other packages", "xpu", "Intel graphics cards · about 2.5 GB to fetch, 6.0 GB on disk · untested")
	f.Hides("Use the processor", "nobody of us has run it")
	f.Tap("Install")
	f.Pick = "/media/stick/wheels"
	f.Tap("From a folder of wheels…")
	if got := strings.Join(svc.calls, ", "); !strings.Contains(got, "install cpu  check=false") || !strings.HasSuffix(got, "install  /media/stick/wheels check=true") {
		t.Errorf("did %q", got)
	}
	svc.report.Devices[0].Usable = true // on a card this set is untested
	f = uitest.Open(t, theme.Light, fyne.Size{})
	open(f, svc, "trainer")
	f.Says("untested: nobody of us has run it on such a device yet")
}

func TestTheProcessorIsAgreedToInSettings(t *testing.T) {
	uitest.Both(t, fyne.Size{}, func(t *testing.T, f *uitest.Frame) {
		svc := ready()
		svc.report.Ask = "RTX 4060 Laptop cannot be used: driver 470.12 is too old, 580 or newer is needed"
		open(f, svc, "trainer")
		f.Picture("settings-trainer-ask")
		f.Says("driver 470.12 is too old, 580 or newer is needed. Until you agree, no run starts on the processor")
		f.Tap("Use the processor")
		f.Hides("Use the processor")
		if got := strings.Join(svc.calls, ", "); got != "use the processor" {
			t.Errorf("did %q", got)
		}
	})
}

func TestNetworksAreChosenAndAdded(t *testing.T) {
	f := uitest.Open(t, theme.Light, fyne.Size{})
	svc := ready()
	svc.statusErr = &chain.Error{Kind: chain.KindFailed, Message: "OpenLedger cannot be reached", Next: "Check the network's RPC address."}
	open(f, svc, "networks")
	f.Tap("Use")
	f.Picture("settings-networks-away")
	f.Says("does not answer", "OpenLedger cannot be reached.")
	if svc.use == "dev" {
		t.Error("nothing was chosen")
	}
	f.Tap("Add a network…")
	if off, why := f.Disabled("Add"); !off || why != "Probe it first." {
		t.Errorf("an untried network can be added (%v, %q)", off, why)
	}
	d := f.Dialogs[0]
	if d.First == nil {
		t.Error("no field has the keyboard")
	}
	var entries []*widgets.Entry
	uitest.Each(f, func(e *widgets.Entry) { entries = append(entries, e) })
	if len(entries) != 7 {
		t.Fatalf("%d fields", len(entries))
	}
	f.Tap("Probe")
	f.Says("Give it a short name, such as my-chain.")
	for i, text := range []string{"Second folder", "test OPEN", "http://10.0.0.7:8545", "x"} {
		entries[i].SetText(text)
	}
	f.Tap("Probe")
	f.Says("The chain id is a whole number")
	entries[3].SetText("20261")
	f.Tap("Probe")
	f.Says("is not encrypted")
	entries[2].SetText("http://127.0.0.1:8545")
	entries[4].SetText("0x6d90555555555555555555555555555555553E18")
	f.Tap("Probe")
	f.Says("A registry has three addresses: give all of them, or none.")
	entries[4].SetText("")
	svc.probeErr = errors.New("the node says it is chain 1, not 20261")
	f.Tap("Probe")
	f.Says("The node says it is chain 1, not 20261.")
	if off, _ := f.Disabled("Add"); !off {
		t.Error("a network that is another chain can be added")
	}
	svc.probeErr = nil
	f.Tap("Probe")
	f.Picture("settings-add-network")
	f.Says("It answers: block 8,411,902")
	entries[2].SetText("http://127.0.0.1:9999")
	if off, _ := f.Disabled("Add"); !off {
		t.Error("an address that was not tried can be added")
	}
	f.Tap("Probe")
	f.Tap("Add")
	f.Says("Second folder", "chain 20261")
	if got := svc.networks[len(svc.networks)-1]; got.URL != "http://127.0.0.1:9999" || got.Name != "second-folder" || got.Genesis == ([32]byte{}) {
		t.Errorf("kept %+v", got)
	}
}

func TestLockTime(t *testing.T) {
	f := uitest.Open(t, theme.Light, fyne.Size{})
	svc := ready()
	svc.wallet = false
	open(f, svc, "wallet")
	f.Says("There is no wallet yet.")
	lock := uitest.First[*widgets.Select](f)
	lock.TypedKey(&fyne.KeyEvent{Name: fyne.KeyDown})
	if svc.lock != 15*time.Minute {
		t.Errorf("locks after %v", svc.lock)
	}
	svc.err = errors.New("the settings cannot be written")
	lock.TypedKey(&fyne.KeyEvent{Name: fyne.KeyDown})
	f.Says("The settings cannot be written.", "The wallet locks as before.")
}

func TestUnreadableSettings(t *testing.T) {
	f := uitest.Open(t, theme.Dark, fyne.Size{})
	svc := ready()
	svc.err = errors.New("no space left on device")
	open(f, svc, "storage")
	f.Picture("settings-error")
	f.Says("No space left on device.")
	f.Press(nav.KeyAgain)
	f.Leave()
	if f.Clock.Following() != 0 {
		t.Error("still followed after the page is hidden")
	}
}

// A key can change the looks while the settings are in front.
func TestGeneralFollowsTheKeys(t *testing.T) {
	f := uitest.Open(t, theme.Light, fyne.Size{})
	p, frame := open(f, ready(), "general")
	frame.SetLook("dark", 120)
	p.Restyled()
	f.Says("120 %")
	f.Hides("100 %")
}
