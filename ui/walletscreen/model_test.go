package walletscreen

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/modelfactory/modelfactory/chain"
	"github.com/modelfactory/modelfactory/ui/nav"
)

func read(t *testing.T, svc *studio, now func() time.Time) *Model {
	t.Helper()
	m := &Model{Now: now}
	s, err := Read(context.Background(), svc, now)
	if err != nil {
		t.Fatal(err)
	}
	m.Apply(s)
	m.Look(svc)
	return m
}

func TestBalancesAndActivity(t *testing.T) {
	m := read(t, newStudio(), clock)
	if short, full := m.Balance(mine); short != "148.302 OPEN" || full != "148.302 OPEN" || m.Total() != "185.202 OPEN" {
		t.Errorf("%q %q %q", short, full, m.Total())
	}
	if got := m.Counted(); got != "counted at safe block 8,412,041 · just now · 1 pending" {
		t.Errorf("counted %q", got)
	}
	var lines []string
	for _, e := range m.Activity() {
		lines = append(lines, strings.Join([]string{e.When, e.What, e.Amount, e.Fee, e.State}, " | "))
	}
	want := []string{
		"10:29 | Published Bike helper 3 | – | 0.00131 | in block 8,412,000", "09:30 | Licence for Bicycle Workshop | −12.000 | 0.00101 | final",
		"09:28 | Sent to Builder | −10.000 | < 0.00001 | final", "16 Nov | Sent | −4.000 | 0.00200 | replaced", "14 Nov | Published Bike helper 2 | – | 0.00100 | failed",
	}
	if !slices.Equal(lines, want) {
		t.Errorf("activity:\n%s", strings.Join(lines, "\n"))
	}
}

func TestUnreachedKeepsTheLastBalance(t *testing.T) {
	svc := newStudio()
	now := clock()
	m := read(t, svc, func() time.Time { return now })
	svc.unreachable = errors.New("no answer")
	now = now.Add(3 * time.Minute)
	s, err := Read(context.Background(), svc, func() time.Time { return now })
	if err != nil {
		t.Fatal("a network that does not answer hides what was signed:", err)
	}
	m.Apply(s)
	if short, _ := m.Balance(mine); short != "148.302 OPEN" || !strings.Contains(m.Counted(), "3 min ago, not reached since") {
		t.Errorf("%q, %q", short, m.Counted())
	}
	svc.network.ChainID = 31337
	s, _ = Read(context.Background(), svc, func() time.Time { return now })
	m.Apply(s)
	if short, _ := m.Balance(mine); short != "–" {
		t.Errorf("another network shows the old one's balance %q", short)
	}
}

func TestSetup(t *testing.T) {
	s := NewSetup()
	s.Step = Create
	for _, c := range []struct {
		password, repeat string
		ok               bool
	}{{"", "", false}, {"short", "short", false}, {"long enough", "long enoug", false}, {"long enough", "long enough", true}} {
		s.Password(c.password, c.repeat)
		if ok, why := s.CanGo(); ok != c.ok || !ok && why == "" {
			t.Errorf("%v: %v %q", c, ok, why)
		}
	}
	password, _, ok := s.Go()
	if !ok || string(password) != "long enough" {
		t.Fatal("a right form does not go")
	}
	if _, _, again := s.Go(); again {
		t.Error("the form goes twice")
	}
	s.Created(slices.Clone(words), nil)
	if len(s.Words()) != 12 {
		t.Fatal("the words are not shown")
	}
	kept := s.Words()
	s.Ask()
	if s.Words() != nil || len(s.Asked()) != 3 {
		t.Errorf("while they are asked, %d words are shown and %d asked", len(s.Words()), len(s.Asked()))
	}
	if _, _, ok := s.Answered(); ok {
		t.Error("answered before anything was typed")
	}
	for _, p := range s.Asked() {
		s.Answer(p, " Abandon ")
	}
	positions, typed, ok := s.Answered()
	if !ok || len(positions) != 3 || typed[0] != "abandon" {
		t.Errorf("%v %v %v", positions, typed, ok)
	}
	s.Checked(errors.New("wrong"))
	if s.Step != AskBack || s.Err == nil {
		t.Error("a wrong word ends the check")
	}
	s.Checked(nil)
	if s.Step != Ready || kept[0] != "" {
		t.Error("the words are kept after the check")
	}
}

func TestPickedPositions(t *testing.T) {
	seen := map[int]bool{}
	for range 200 {
		got := pick(3, 12)
		if len(got) != 3 || !slices.IsSorted(got) || got[0] == got[1] || got[1] == got[2] || got[0] < 1 || got[2] > 12 {
			t.Fatalf("picked %v", got)
		}
		for _, p := range got {
			seen[p] = true
		}
	}
	if len(seen) != 12 {
		t.Errorf("in 200 checks only the words %v were asked", seen)
	}
}

func TestImportProblems(t *testing.T) {
	s := NewSetup()
	s.Step = Import
	s.Password("long enough", "long enough")
	for typed, ok := range map[string]bool{"": false, "abandon": false, strings.Repeat("abandon ", 12): false, strings.Join(words, "  "): true} {
		s.Typed(typed)
		if got, _ := s.CanGo(); got != ok {
			t.Errorf("%q: %v", typed, got)
		}
	}
}

func TestPayment(t *testing.T) {
	for _, c := range []struct{ to, amount, badTo, badAmount string }{
		{other.Hex(), "12.5", "", ""},
		{strings.ToLower(other.Hex()), "1", "", ""},
		{"0x5bD1" + other.Hex()[6:], "1", "check digits", ""},
		{"5bD1", "1", "0x and 40", ""},
		{mine.Hex(), "1", "account that pays", ""},
		{"0x0000000000000000000000000000000000000000", "1", "lost", ""},
		{other.Hex(), "1,5", "", "digits with a point"},
		{other.Hex(), "0", "", "more than nothing"},
		{other.Hex(), "148.302", "", "the fee comes on top"},
	} {
		p := Payment{To: c.to, Amount: c.amount, Own: mine, Has: coins("148.302"), Coin: "OPEN"}
		to, amount := p.Problems()
		if (to == "") != (c.badTo == "") || !strings.Contains(to, c.badTo) || (amount == "") != (c.badAmount == "") || !strings.Contains(amount, c.badAmount) {
			t.Errorf("%s %s: %q %q", c.to, c.amount, to, amount)
		}
		if _, ok := p.Route(); ok != (c.badTo == "" && c.badAmount == "") {
			t.Errorf("%s %s goes on: %v", c.to, c.amount, ok)
		}
	}
	r, _ := Payment{To: other.Hex(), Amount: "12.5"}.Route()
	if r != (nav.Route{Page: nav.PageReview, Arg: "send=" + other.Hex() + ":12500000000000000000"}) {
		t.Errorf("leads to %v", r)
	}
	if _, ok := (Payment{}).Route(); ok {
		t.Error("an empty form goes on")
	}
}

func TestStates(t *testing.T) {
	for _, s := range []chain.TxState{chain.TxBuilt, chain.TxSigned, chain.TxSent, chain.TxMined, chain.TxSafe, chain.TxFinal, chain.TxReplaced, chain.TxDropped, chain.TxFailed} {
		if words, _ := StateWords(chain.TxRecord{State: s, Block: 7}); words == "" {
			t.Errorf("%s has no word", s)
		}
	}
}
