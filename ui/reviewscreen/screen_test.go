package reviewscreen

import (
	"errors"
	"math/big"
	"testing"

	"fyne.io/fyne/v2"

	"github.com/modelfactory/modelfactory/chain"
	"github.com/modelfactory/modelfactory/ui/nav"
	"github.com/modelfactory/modelfactory/ui/theme"
	"github.com/modelfactory/modelfactory/ui/uitest"
	"github.com/modelfactory/modelfactory/ui/widgets"
)

func open(t *testing.T, f *uitest.Frame, svc Services, arg string) *page {
	t.Helper()
	p := newPage(f, svc, f.Clock, clock)
	f.Show(p, arg)
	return p
}

func publish() Action { return action(chain.KindPublishModel, models, new(big.Int), nil) }

func TestStates(t *testing.T) {
	four := coins("4")
	for _, c := range []struct {
		name  string
		svc   *studio
		arg   string
		hold  bool
		says  []string
		hides []string
	}{
		{"review-publish", newStudio(publish()), "publish=c7f5", false, []string{
			"Publish Bike helper 3", "Register a model", "OpenLedger", "What it does", "What it does not", "It uploads no weights", "0.00131", "0.00214", "133,000, at most 160,000",
			"Main, before", "148.302 OPEN", "at least 148.299 OPEN", "ModelRegistry", "nonce 63, decoded back", "Sign and publish", "Main 0x7a3f…91Ce",
		}, []string{"The wallet is locked"}},
		{"review-licence-locked", func() *studio {
			s := newStudio(action(chain.KindBuyLicence, models, coins("12"), nil))
			s.locked = true
			return s
		}(), "licence=bicycle-workshop", false, []string{"Get a licence for Bicycle Workshop", "Sign and pay 12 OPEN", "The wallet is locked", "Type the wallet's password first."}, nil},
		{"review-send-first-time", newStudio(action(chain.KindSend, other, four, func(r *chain.Review) {
			r.TypeAmount = true
			r.Warnings = []string{"First time that this account sends to this recipient. Compare the whole address."}
		})), sendArg(four), false, []string{"Send 4 OPEN", "First time", "not known", other.Hex(), "Type the amount in OPEN"}, nil},
		{"review-other-recipient", newStudio(action(chain.KindSend, builder, four, nil)), sendArg(four), false, []string{"The recipient is not the one that was asked for", "Builder, your own account", builder.Hex()}, nil},
		{"review-blocked", newStudio(action(chain.KindPublishModel, models, new(big.Int), func(r *chain.Review) {
			r.Blocks = []string{"Not enough OPEN: needs up to 12.001, has 3.2; receive or bridge some."}
			r.BalanceNow = coins("3.2")
		})), "publish=c7f5", false, []string{"needs up to 12.001, has 3.2"}, []string{"The wallet is locked"}},
		{"review-busy", newStudio(publish()), "publish=c7f5", true, []string{"Asking the network what it would do"}, []string{"What it does"}},
		{"review-error", func() *studio {
			s := newStudio(publish())
			s.err = &Error{Kind: "failed", Message: "OpenLedger does not answer", Next: "Choose another address for it in Settings."}
			return s
		}(), "publish=c7f5", false, []string{"OpenLedger does not answer.", "Nothing was signed.", "Choose another address"}, []string{"What it does"}},
		{"review-signed-before", func() *studio {
			a := publish()
			a.Done = &chain.TxRecord{ID: "t1", State: chain.TxSent, Created: clock()}
			return newStudio(a)
		}(), "publish=c7f5", false, []string{"This was signed before", "Nothing is signed or paid again", "Go on"}, []string{"What it does", "Sign with"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			uitest.Both(t, fyne.Size{}, func(t *testing.T, f *uitest.Frame) {
				f.Clock.Hold = c.hold
				open(t, f, c.svc, c.arg)
				f.Picture(c.name)
				f.Says(c.says...)
				f.Hides(c.hides...)
			})
		})
	}
}

func TestSizes(t *testing.T) {
	f := uitest.Open(t, theme.Light, fyne.NewSize(1920, 1080))
	open(t, f, newStudio(publish()), "publish=c7f5")
	f.Tap("Show")
	f.Picture("review-1920")
	f = uitest.Open(t, theme.Dark, fyne.NewSize(960, 640))
	open(t, f, newStudio(publish()), "publish=c7f5")
	f.Picture("review-960")
}

func TestEnterNeverSigns(t *testing.T) {
	f := uitest.Open(t, theme.Light, fyne.Size{})
	svc := newStudio(publish())
	p := open(t, f, svc, "publish=c7f5")
	if f.Window().Canvas().Focused() != fyne.Focusable(p.foot.cancel) {
		t.Error("Cancel does not have the focus")
	}
	f.Press(nav.KeyEnter)
	for _, key := range []fyne.KeyName{fyne.KeyReturn, fyne.KeyEnter} {
		p.foot.sign.TypedKey(&fyne.KeyEvent{Name: key})
		p.foot.password.TypedKey(&fyne.KeyEvent{Name: key})
	}
	if len(svc.signed) != 0 {
		t.Fatal("Enter signed")
	}
	p.foot.sign.TypedKey(&fyne.KeyEvent{Name: fyne.KeySpace})
	if len(svc.signed) != 1 {
		t.Fatal("Space on the button does not sign")
	}
}

func TestSignedLeadsOn(t *testing.T) {
	f := uitest.Open(t, theme.Light, fyne.Size{})
	svc := newStudio(publish())
	open(t, f, svc, "publish=c7f5")
	f.Tap("Sign and publish")
	if len(svc.signed) != 1 || svc.signed[0].Intent != "the intent" {
		t.Fatalf("signed %v", svc.signed)
	}
	if f.Last() != (nav.Route{Page: nav.PageLineage, Arg: "c7f5"}) || len(f.Toasts) != 1 || f.Toasts[0] != "Published, in block 8,412,077" {
		t.Errorf("leads to %v, says %v", f.Last(), f.Toasts)
	}
	if n := f.Clock.Following(); n != 0 {
		t.Errorf("%d followers left", n)
	}
}

func TestPasswordAboveTheButton(t *testing.T) {
	f := uitest.Open(t, theme.Light, fyne.Size{})
	svc := newStudio(publish())
	svc.locked = true
	p := open(t, f, svc, "publish=c7f5")
	p.foot.password.SetText("wrong")
	f.Tap("Sign and publish")
	if len(svc.signed) != 0 || svc.unlocks != 1 {
		t.Fatalf("signed %d, unlocked %d times", len(svc.signed), svc.unlocks)
	}
	f.Says("The password is wrong.")
	f.Picture("review-wrong-password")
	if p.foot.password.Text != "" {
		t.Error("the wrong password stays in the field")
	}
	p.foot.password.SetText("correct horse")
	f.Tap("Sign and publish")
	if len(svc.signed) != 1 {
		t.Error("the right password does not sign")
	}
}

func TestOnItsWay(t *testing.T) {
	f := uitest.Open(t, theme.Light, fyne.Size{})
	svc := newStudio(publish())
	svc.signErr = errors.New("the network stopped answering")
	svc.record.State = chain.TxSent
	open(t, f, svc, "publish=c7f5")
	f.Clock.Hold = true
	f.Tap("Sign and publish")
	f.Says("Sent, waiting for a block.", "Leave")
	f.Picture("review-signing")
	if off, _ := f.Disabled("Sign and publish"); !off {
		t.Error("it can be signed a second time")
	}
	f.Clock.Release()
	f.Says("The network stopped answering.", "never twice")
	f.Picture("review-unsigned")
}

func TestAnotherAccountIsAnotherTransaction(t *testing.T) {
	f := uitest.Open(t, theme.Light, fyne.Size{})
	svc := newStudio(publish())
	p := open(t, f, svc, "publish=c7f5")
	p.use(1)
	if svc.used != builder || len(svc.asked) != 2 {
		t.Errorf("uses %s, prepared %d times", svc.used, len(svc.asked))
	}
}

func TestRawBytes(t *testing.T) {
	f := uitest.Open(t, theme.Light, fyne.Size{})
	open(t, f, newStudio(publish()), "publish=c7f5")
	f.Hides("chain id")
	f.Tap("Show")
	f.Says("chain id", "1612", "0x02f901")
	f.Tap("Copy")
	if f.Copied != "0x02f901" {
		t.Errorf("copied %q", f.Copied)
	}
	if c := uitest.First[*widgets.CodeBox](f); c.Text() != "0x02f901" {
		t.Errorf("shows %q", c.Text())
	}
}

func TestLeavingForgetsWhatWasTyped(t *testing.T) {
	f := uitest.Open(t, theme.Light, fyne.Size{})
	svc := newStudio(publish())
	svc.locked = true
	p := open(t, f, svc, "publish=c7f5")
	p.foot.password.SetText("correct horse")
	f.Leave()
	if p.foot.password.Text != "" {
		t.Error("the password stays behind")
	}
}
