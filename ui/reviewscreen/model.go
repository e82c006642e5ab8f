package reviewscreen

import (
	"math/big"
	"time"

	"github.com/ethereum/go-ethereum/common"

	"github.com/modelfactory/modelfactory/chain"
	"github.com/modelfactory/modelfactory/ui/nav"
	"github.com/modelfactory/modelfactory/ui/widgets"
	"github.com/modelfactory/modelfactory/wallet"
)

// Stage is how far the person is.
type Stage int

// The stages of a review.
const (
	Preparing Stage = iota // the network is asked
	NotReady               // it could not be prepared
	Reading                // the person reads
	Signing                // signed and sent, or about to be
	Unsigned               // signing failed: nothing, or less than was meant, happened
	Done                   // a block holds it
)

// Model is one review: what it says and whether it may be signed.
type Model struct {
	Now     func() time.Time
	Request Request
	Stage   Stage

	subject  string
	action   Action
	at       time.Time // when the network was asked
	problem  error     // of preparing or signing
	accounts []wallet.Account
	account  common.Address
	locked   bool
	typed    string // amount typed for a first-time recipient
	password string
	wrong    string // what is wrong with the password
	record   *chain.TxRecord
}

// NewModel starts a review of what a route asks for.
func NewModel(now func() time.Time, arg string) *Model {
	m := &Model{Now: now}
	if m.Request, m.problem = Parse(arg); m.problem != nil {
		m.Stage = NotReady
	}
	return m
}

// SetWallet tells whose key signs and whether it is locked.
func (m *Model) SetWallet(accounts []wallet.Account, account common.Address, locked bool) {
	m.accounts, m.account, m.locked = accounts, account, locked
}

// Prepared takes over what Prepare answered.
func (m *Model) Prepared(subject string, a Action, err error) {
	m.subject, m.action, m.problem, m.at = subject, a, err, m.Now()
	m.Stage = Reading
	switch {
	case err != nil:
		m.Stage = NotReady
	case a.Done != nil:
		m.record = a.Done
	}
}

// Again goes back to asking the network; what was typed is asked anew.
func (m *Model) Again() { m.Stage, m.problem, m.typed, m.record = Preparing, nil, "", nil }

// Type notes the amount a person typed; Password the password.
func (m *Model) Type(text string) { m.typed = text }

// Password notes the password typed so far.
func (m *Model) Password(text string) { m.password, m.wrong = text, "" }

// TakePassword gives the password for unlocking, once.
func (m *Model) TakePassword() []byte {
	b := []byte(m.password)
	m.password = ""
	return b
}

// Wrong says what is wrong with the password, in words.
func (m *Model) Wrong() string { return m.wrong }

// NeedsPassword says whether the password field stands above the button.
func (m *Model) NeedsPassword() bool {
	return m.locked && m.action.Done == nil && m.Stage >= Reading && m.Stage != Done && !m.Blocked()
}

// NeedsAmount says whether the amount must be typed.
func (m *Model) NeedsAmount() bool {
	return m.Stage >= Reading && m.action.Done == nil && m.action.Review.TypeAmount && !m.Blocked()
}

// SignedBefore is the record of a signature that was given before.
func (m *Model) SignedBefore() *chain.TxRecord {
	if m.Stage < Reading {
		return nil
	}
	return m.action.Done
}

// Blocks are the reasons why it cannot be signed at all. What the bytes say is
// compared with what was asked for: a payment to somebody else is shown as it
// is, and not signed.
func (m *Model) Blocks() []string {
	if m.action.Done != nil {
		return nil
	}
	r := m.action.Review
	blocks := append([]string(nil), r.Blocks...)
	want := map[Kind]string{Publish: chain.KindPublishModel, Licence: chain.KindBuyLicence, Send: chain.KindSend}[m.Request.Kind]
	switch {
	case m.Stage < Reading || m.Stage == NotReady:
		return nil
	case r.Kind != want:
		blocks = append(blocks, "The transaction is not what was asked for: it would "+lower(r.Title)+".")
	case r.Kind == chain.KindSend && r.To != m.Request.To:
		blocks = append(blocks, "The recipient is not the one that was asked for, "+m.Request.To.Hex()+".")
	case r.Kind == chain.KindSend && r.Amount.Cmp(m.Request.Amount) != 0:
		blocks = append(blocks, "The amount is not the one that was asked for, "+widgets.Coins(m.Request.Amount)+" "+r.Coin+".")
	}
	return blocks
}

// Blocked says whether there is a reason.
func (m *Model) Blocked() bool { return len(m.Blocks()) > 0 }

// CanSign says whether the button works, and if not why.
func (m *Model) CanSign() (bool, string) {
	switch m.Stage {
	case Preparing:
		return false, "The network is asked what it would do."
	case NotReady:
		return false, "It could not be prepared."
	case Signing:
		return false, "It is on its way."
	case Done:
		return false, "It is done."
	}
	if m.action.Done != nil {
		return true, ""
	}
	if m.Blocked() {
		return false, m.Blocks()[0]
	}
	if m.NeedsAmount() {
		typed, err := chain.ParseAmount(m.typed)
		if err != nil || typed.Cmp(m.action.Review.Amount) != 0 {
			return false, "Type the amount first."
		}
	}
	if m.locked && m.password == "" {
		return false, "Type the wallet's password first."
	}
	return true, ""
}

// Sign moves on to signing and gives what is signed.
func (m *Model) Sign() (Action, bool) {
	if ok, _ := m.CanSign(); !ok {
		return Action{}, false
	}
	m.Stage, m.problem = Signing, nil
	return m.action, true
}

// Refused takes over that the password was wrong, or had to wait.
func (m *Model) Refused(words string) { m.Stage, m.wrong = Reading, words }

// Signed takes over what Sign answered.
func (m *Model) Signed(r chain.TxRecord, err error) {
	if r.ID != "" {
		m.record = &r
	}
	m.problem = err
	m.Stage = Done
	if err != nil {
		m.Stage = Unsigned
	}
}

// Follow takes over the newest state of the transaction while it is under way.
func (m *Model) Follow(all []chain.TxRecord) {
	for _, r := range all {
		if r.Intent == m.action.Intent && r.Intent != "" && m.Stage == Signing {
			m.record = &r
		}
	}
}

// Problem is what went wrong, and what was kept.
func (m *Model) Problem() (kept string, err error) {
	switch {
	case m.problem == nil:
		return "", nil
	case m.Stage == NotReady || m.record == nil:
		return "Nothing was signed.", m.problem
	case m.record.State == chain.TxFailed:
		return "Only the fee was spent.", m.problem
	case m.record.State == chain.TxDropped || m.record.State == chain.TxReplaced:
		return "This transaction did nothing and costs nothing.", m.problem
	case m.record.State.AtLeast(chain.TxSigned):
		return "It is signed and kept: it is sent again by itself and never twice.", m.problem
	}
	return "Nothing was sent.", m.problem
}

// Next is where the page leads after a block holds the transaction; back means
// to where the person came from.
func (m *Model) Next() (r nav.Route, back bool) {
	switch m.Request.Kind {
	case Publish:
		return nav.Route{Page: nav.PageLineage, Arg: string(m.Request.Model)}, false
	case Licence:
		return nav.Route{}, true
	}
	return nav.Route{Page: nav.PageWallet}, false
}

// Balances are what the account has now, at least afterwards, and needs.
func (m *Model) Balances() (now, after, need *big.Int) {
	r := m.action.Review
	if r.BalanceNow != nil && r.Need != nil {
		after = new(big.Int).Sub(r.BalanceNow, r.Need)
	}
	return r.BalanceNow, after, r.Need
}
