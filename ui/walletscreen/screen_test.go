package walletscreen

import (
	"errors"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"

	"github.com/modelfactory/modelfactory/ui/nav"
	"github.com/modelfactory/modelfactory/ui/theme"
	"github.com/modelfactory/modelfactory/ui/uitest"
	"github.com/modelfactory/modelfactory/ui/widgets"
)

func open(t *testing.T, f *uitest.Frame, svc *studio, arg string) *page {
	t.Helper()
	p := newPage(f, svc, f.Clock, clock)
	f.Show(p, arg)
	return p
}

// entries are the visible fields in their order.
func entries(f *uitest.Frame) []*widgets.Entry {
	var out []*widgets.Entry
	uitest.Each(f, func(e *widgets.Entry) { out = append(out, e) })
	return out
}

func TestWallet(t *testing.T) {
	for _, c := range []struct {
		name  string
		svc   *studio
		says  []string
		hides []string
	}{
		{"wallet", newStudio(), []string{"Main", "148.302 OPEN", "All accounts", "185.202 OPEN", "in use", "open, locks in 4 min", "checked 2 Nov 2026", "Licence for Bicycle Workshop", "−12.000", "in block 8,412,000", "replaced", "Lock now"}, []string{"999", "Take 100", "Unlock…"}},
		{"wallet-dev", newStudio().dev(), []string{"148.302 test OPEN", "Take 100 test OPEN", "worth nothing", "counted at block 8,412,050"}, nil},
		{"wallet-locked", func() *studio { s := newStudio(); s.locked = true; return s }(), []string{"locked", "Unlock…", "148.302 OPEN"}, []string{"Lock now"}},
		{"wallet-backup", func() *studio { s := newStudio(); s.checked = false; return s }(), []string{"The recovery words were not checked yet.", "Check the words…", "not checked yet"}, nil},
		{"wallet-offline", func() *studio {
			s := newStudio()
			s.unreachable = errors.New("OpenLedger does not answer")
			return s
		}(), []string{"OpenLedger does not answer.", "the network was not reached", "Licence for Bicycle Workshop"}, nil},
		{"wallet-nothing-signed", func() *studio { s := newStudio(); s.txs = nil; return s }(), []string{"Nothing was signed here for OpenLedger yet."}, nil},
		{"wallet-none", func() *studio { s := newStudio().dev(); s.exists = false; return s }(), []string{"There is no wallet yet", "Create a wallet", "Import words", "1,000 test OPEN"}, []string{"Accounts"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			uitest.Both(t, fyne.Size{}, func(t *testing.T, f *uitest.Frame) {
				open(t, f, c.svc, "")
				f.Picture(c.name)
				f.Says(c.says...)
				f.Hides(c.hides...)
				f.Leave()
				if f.Clock.Following() != 0 {
					t.Error("it follows after it was left")
				}
			})
		})
	}
}

func TestCreate(t *testing.T) {
	uitest.Both(t, fyne.Size{}, func(t *testing.T, f *uitest.Frame) {
		svc := newStudio()
		svc.exists = false
		p := open(t, f, svc, "")
		p.setup.pick = func(int, int) []int { return []int{2, 7, 12} }
		f.Tap("Create a wallet")
		if off, why := f.Disabled("Create the wallet"); !off || why == "" {
			t.Error("a wallet can be made without a password")
		}
		f.Picture("wallet-create")
		fields := entries(f)
		fields[0].SetText("long enough")
		fields[1].SetText("long enough")
		f.Clock.Hold = true
		f.Tap("Create the wallet")
		f.Says("Sealing the key")
		f.Clock.Release()
		f.Says("Write these words down", "abandon", "about", "Later")
		f.Picture("wallet-words")
		f.Tap("I wrote them down")
		f.Says("Word 2", "Word 7", "Word 12")
		f.Hides("about")
		fields = entries(f)
		for i, w := range []string{"abandon", "abandon", "abandon"} {
			fields[i].SetText(w)
		}
		f.Tap("Check")
		f.Says("A word is not the one of this wallet.")
		f.Picture("wallet-ask-back")
		entries(f)[2].SetText("about")
		f.Tap("Check")
		f.Says("Accounts", "Safety", "checked 2 Nov 2026")
		if !svc.checked {
			t.Error("the check was not noted")
		}
	})
}

func TestLater(t *testing.T) {
	f := uitest.Open(t, theme.Light, fyne.Size{})
	svc := newStudio()
	svc.exists = false
	open(t, f, svc, "")
	f.Tap("Create a wallet")
	fields := entries(f)
	fields[0].SetText("long enough")
	fields[1].SetText("long enough")
	f.Tap("Create the wallet")
	f.Tap("Later")
	f.Says("The recovery words were not checked yet.")
	f.Hides("abandon")
}

func TestLeavingHidesTheWords(t *testing.T) {
	f := uitest.Open(t, theme.Light, fyne.Size{})
	svc := newStudio()
	svc.exists = false
	p := open(t, f, svc, "")
	f.Tap("Create a wallet")
	fields := entries(f)
	fields[0].SetText("long enough")
	fields[1].SetText("long enough")
	f.Tap("Create the wallet")
	f.Leave()
	f.Show(p, "")
	f.Hides("abandon")
	f.Says("Accounts")
}

func TestImportWords(t *testing.T) {
	f := uitest.Open(t, theme.Dark, fyne.Size{})
	svc := newStudio()
	svc.exists = false
	open(t, f, svc, "")
	f.Tap("Import words")
	fields := entries(f)
	fields[0].SetText("abandon abandon")
	f.Picture("wallet-import")
	fields[0].SetText(strings.Join(words, " "))
	fields[1].SetText("long enough")
	fields[2].SetText("long enough")
	f.Tap("Import the wallet")
	f.Says("Accounts", "148.302 OPEN")
}

func TestCreateFails(t *testing.T) {
	f := uitest.Open(t, theme.Light, fyne.Size{})
	svc := newStudio()
	svc.exists, svc.createErr = false, errors.New("the disk is full")
	open(t, f, svc, "")
	f.Tap("Create a wallet")
	fields := entries(f)
	fields[0].SetText("long enough")
	fields[1].SetText("long enough")
	f.Tap("Create the wallet")
	f.Says("The disk is full.")
	if entries(f)[0].Text != "" {
		t.Error("the password stays in the field although it is gone from the form")
	}
}

func TestLockAndShowWords(t *testing.T) {
	f := uitest.Open(t, theme.Light, fyne.Size{})
	svc := newStudio()
	open(t, f, svc, "")
	f.Tap("Lock now")
	f.Says("Unlock…")
	f.Tap("Unlock…")
	entries(f)[0].SetText("wrong")
	f.Tap("Unlock")
	f.Says("The password is wrong.")
	f.Picture("wallet-unlock")
	entries(f)[0].SetText("correct horse")
	f.Tap("Unlock")
	f.Says("Lock now")
	f.Tap("Show words…")
	f.Says("eyes and cameras")
	f.Hides("abandon")
	entries(f)[0].SetText("correct horse")
	f.Tap("Show words")
	f.Says("abandon", "about")
	f.Picture("wallet-show-words")
	f.Clock.Advance(3 * time.Minute)
	f.Hides("abandon")
}

func TestSend(t *testing.T) {
	f := uitest.Open(t, theme.Light, fyne.Size{})
	open(t, f, newStudio(), "")
	f.Tap("Send…")
	fields := entries(f)
	fields[0].SetText("0x12")
	fields[1].SetText("1000")
	f.Says("An address is 0x and 40", "the fee comes on top")
	f.Picture("wallet-send")
	fields[0].SetText(other.Hex())
	fields[1].SetText("12.5")
	f.Tap("Review…")
	if f.Last() != (nav.Route{Page: nav.PageReview, Arg: "send=" + other.Hex() + ":12500000000000000000"}) {
		t.Errorf("leads to %v", f.Last())
	}
}

func TestReceiveAndFaucet(t *testing.T) {
	f := uitest.Open(t, theme.Dark, fyne.Size{})
	svc := newStudio().dev()
	open(t, f, svc, "receive")
	f.Says(mine.Hex(), "real OPEN sent here would not arrive")
	f.Picture("wallet-receive")
	f.Tap("Copy address")
	if f.Copied != mine.Hex() {
		t.Errorf("copied %q", f.Copied)
	}
	f.Tap("Close")
	f.Tap("Take 100 test OPEN")
	if svc.taken == nil || svc.taken.Cmp(coins("100")) != 0 {
		t.Errorf("took %v", svc.taken)
	}
}

func TestAccounts(t *testing.T) {
	f := uitest.Open(t, theme.Light, fyne.Size{})
	svc := newStudio()
	p := open(t, f, svc, "")
	p.use(svc.accounts[1])
	if svc.used != builder {
		t.Errorf("uses %s", svc.used)
	}
	svc.locked = true
	f.Tap("Add")
	f.Says("Unlock to add an account")
	entries(f)[0].SetText("correct horse")
	f.Tap("Unlock")
	entries(f)[0].SetText("Savings")
	f.Picture("wallet-add")
	var last *widgets.Button
	uitest.Each(f, func(b *widgets.Button) {
		if b.Text() == "Add" {
			last = b
		}
	})
	last.Tapped(nil)
	f.Says("Savings")
	p.rename(svc.accounts[0])
	entries(f)[0].SetText("Purse")
	f.Tap("Rename")
	f.Says("Purse")
}

func TestDetails(t *testing.T) {
	f := uitest.Open(t, theme.Light, fyne.NewSize(1920, 1080))
	p := open(t, f, newStudio(), "")
	f.Picture("wallet-1920")
	p.details(p.model.Activity()[4])
	f.Says("failed", "already registered", "Nonce")
	f.Picture("wallet-details-1920")
	f = uitest.Open(t, theme.Dark, fyne.NewSize(960, 640))
	open(t, f, newStudio(), "")
	f.Picture("wallet-960")
}
