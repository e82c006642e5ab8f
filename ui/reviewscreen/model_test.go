package reviewscreen

import (
	"errors"
	"math/big"
	"strings"
	"testing"

	"github.com/modelfactory/modelfactory/chain"
	"github.com/modelfactory/modelfactory/ui/nav"
)

func TestParse(t *testing.T) {
	for arg, ok := range map[string]bool{
		"publish=c7f5": true, "licence=bicycle-workshop": true, "send=" + other.Hex() + ":4000": true,
		"": false, "publish=": false, "burn=1": false, "send=" + other.Hex(): false, "send=0x12:5": false, "send=" + other.Hex() + ":-5": false, "send=" + other.Hex() + ":1.5": false,
		"send=88Ad00000000000000000000000000000000bbbb:5": false,
	} {
		r, err := Parse(arg)
		if (err == nil) != ok {
			t.Errorf("Parse(%q): %v, %v", arg, r, err)
		}
	}
	r, _ := Parse("send=" + other.Hex() + ":4000000000000000001")
	if r.To != other || r.Amount.String() != "4000000000000000001" {
		t.Errorf("the payment was read as %v", r)
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"publish=c7f5", "licence=a", "send=" + other.Hex() + ":4", "send=:", "=", "send=0x:9"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		r, err := Parse(s)
		if err == nil && r.Kind == Send && (r.Amount == nil || r.Amount.Sign() < 0) {
			t.Errorf("Parse(%q) gave the amount %v", s, r.Amount)
		}
	})
}

func ready(arg string, a Action, locked bool) *Model {
	m := NewModel(clock, arg)
	m.Prepared("Bike helper 3", a, nil)
	m.SetWallet(newStudio(a).Accounts(), mine, locked)
	return m
}

func sendArg(amount *big.Int) string { return "send=" + other.Hex() + ":" + amount.String() }

func TestOnlyWhatWasAskedForCanBeSigned(t *testing.T) {
	four := coins("4")
	for name, c := range map[string]struct {
		arg    string
		action Action
		why    string // empty: it can be signed
	}{
		"publish":               {"publish=c7f5", action(chain.KindPublishModel, models, new(big.Int), nil), ""},
		"licence":               {"licence=bicycle-workshop", action(chain.KindBuyLicence, models, coins("12"), nil), ""},
		"send":                  {sendArg(four), action(chain.KindSend, other, four, nil), ""},
		"another recipient":     {sendArg(four), action(chain.KindSend, builder, four, nil), "recipient is not the one"},
		"another amount":        {sendArg(four), action(chain.KindSend, other, coins("40"), nil), "amount is not the one"},
		"a payment instead":     {"publish=c7f5", action(chain.KindSend, other, four, nil), "not what was asked for"},
		"blocked by the review": {sendArg(four), action(chain.KindSend, other, four, func(r *chain.Review) { r.Blocks = []string{"Not enough OPEN: needs up to 4.002, has 3.2."} }), "Not enough OPEN"},
	} {
		m := ready(c.arg, c.action, false)
		ok, why := m.CanSign()
		if ok != (c.why == "") || !strings.Contains(why, c.why) {
			t.Errorf("%s: can sign %v, %q", name, ok, why)
		}
		if _, did := m.Sign(); did != ok {
			t.Errorf("%s: signed %v although it can %v", name, did, ok)
		}
	}
}

func TestFirstTimeRecipientAsksTheAmount(t *testing.T) {
	four := coins("4")
	m := ready(sendArg(four), action(chain.KindSend, other, four, func(r *chain.Review) { r.TypeAmount = true }), false)
	for typed, ok := range map[string]bool{"": false, "40": false, "4x": false, "4": true, "4.0": true} {
		m.Type(typed)
		if got, _ := m.CanSign(); got != ok {
			t.Errorf("typed %q: can sign %v", typed, got)
		}
	}
}

func TestLockedAsksThePassword(t *testing.T) {
	m := ready("publish=c7f5", action(chain.KindPublishModel, models, new(big.Int), nil), true)
	if ok, why := m.CanSign(); ok || !strings.Contains(why, "password") {
		t.Fatalf("can sign %v, %q", ok, why)
	}
	m.Password("secret")
	if _, ok := m.Sign(); !ok {
		t.Fatal("cannot sign with a password typed")
	}
	if string(m.TakePassword()) != "secret" || len(m.TakePassword()) != 0 {
		t.Error("the password is given more than once")
	}
	m.Refused("The password is wrong.")
	if ok, _ := m.CanSign(); ok || m.Wrong() == "" || m.Stage != Reading {
		t.Error("after a wrong password it must be typed again")
	}
}

func TestSignedOnceOnly(t *testing.T) {
	m := ready("publish=c7f5", action(chain.KindPublishModel, models, new(big.Int), nil), false)
	m.Sign()
	if _, again := m.Sign(); again {
		t.Error("it was signed twice")
	}
	m.Signed(chain.TxRecord{ID: "1", State: chain.TxFinal, Block: 12}, nil)
	if _, again := m.Sign(); again || m.DoneWords() != "Published, in block 12" {
		t.Errorf("after the end: signed again %v, %q", again, m.DoneWords())
	}
}

func TestWhatWasKept(t *testing.T) {
	for _, c := range []struct {
		record chain.TxRecord
		kept   string
	}{
		{chain.TxRecord{}, "Nothing was signed."},
		{chain.TxRecord{ID: "1", State: chain.TxFailed}, "Only the fee was spent."},
		{chain.TxRecord{ID: "1", State: chain.TxSent}, "never twice"},
		{chain.TxRecord{ID: "1", State: chain.TxDropped}, "costs nothing"},
	} {
		m := ready("publish=c7f5", action(chain.KindPublishModel, models, new(big.Int), nil), false)
		m.Sign()
		m.Signed(c.record, errors.New("the network did not answer"))
		if kept, err := m.Problem(); err == nil || !strings.Contains(kept, c.kept) {
			t.Errorf("%s: %v, %q", c.record.State, err, kept)
		}
	}
}

func TestFollowsOnlyItsOwn(t *testing.T) {
	m := ready("publish=c7f5", action(chain.KindPublishModel, models, new(big.Int), nil), false)
	m.Sign()
	m.Follow([]chain.TxRecord{{Intent: "another", State: chain.TxFailed}, {Intent: "the intent", State: chain.TxSent}})
	if got := m.Progress(); !strings.HasPrefix(got, "Sent, waiting") {
		t.Errorf("progress %q", got)
	}
}

func TestLeadsOn(t *testing.T) {
	for arg, want := range map[string]nav.Route{"publish=c7f5": {Page: nav.PageLineage, Arg: "c7f5"}, sendArg(coins("4")): {Page: nav.PageWallet}} {
		if r, back := NewModel(clock, arg).Next(); back || r != want {
			t.Errorf("%s leads to %v, back %v", arg, r, back)
		}
	}
	if _, back := NewModel(clock, "licence=a").Next(); !back {
		t.Error("a licence does not lead back")
	}
}

func TestFees(t *testing.T) {
	a := action(chain.KindPublishModel, models, new(big.Int), nil)
	m := ready("publish=c7f5", a, false)
	got := m.Fees()
	want := []FeeLine{
		{"Running it", "0.00118", "0.00198"}, {"Parent chain data", "0.00012", "0.00016"}, {"Operator", "0.00001", "see above"}, {"Together, OPEN", "0.00131", "0.00214"},
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("line %d: %v, want %v", i, got[i], want[i])
		}
	}
	a.Review.Fee.L1Data, a.Review.Fee.Operator = new(big.Int), nil
	if got := ready("publish=c7f5", a, false).Fees(); got[2].AtMost != "0.00000" {
		t.Errorf("no operator: %v", got[2])
	}
}
