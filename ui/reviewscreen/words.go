package reviewscreen

import (
	"fmt"
	"math/big"
	"strings"
	"unicode"

	"github.com/ethereum/go-ethereum/common"

	"github.com/modelfactory/modelfactory/chain"
	"github.com/modelfactory/modelfactory/ui/widgets"
)

// Heading is the title of the page: the verb and what it is about.
func (m *Model) Heading() string {
	verb := map[Kind]string{Publish: "Publish", Licence: "Get a licence for", Send: "Send"}[m.Request.Kind]
	switch {
	case verb == "":
		return "Review"
	case m.Request.Kind == Send:
		return "Send " + widgets.Coins(m.Request.Amount) + " " + m.coin()
	case m.subject == "":
		return strings.TrimSuffix(verb, " for")
	}
	return verb + " " + m.subject
}

func (m *Model) coin() string {
	if m.action.Review.Coin != "" {
		return m.action.Review.Coin
	}
	return m.action.Draft.Profile.Coin
}

// Review is what the bytes say.
func (m *Model) Review() chain.Review { return m.action.Review }

// Dev says whether it is the development chain.
func (m *Model) Dev() bool { return m.action.Draft.Profile.Dev }

// Tried says when and with what end the network tried it.
func (m *Model) Tried() string {
	return fmt.Sprintf("Tried on the network at %s", m.at.Format("15:04:05"))
}

// SignWords is what the button says: the verb, and the amount it pays.
func (m *Model) SignWords() string {
	r := m.action.Review
	if m.action.Done != nil {
		return "Go on"
	}
	paid := ""
	if r.Amount != nil && r.Amount.Sign() > 0 {
		paid = " " + widgets.Coins(r.Amount) + " " + r.Coin
	}
	switch r.Kind {
	case chain.KindPublishModel:
		return "Sign and publish"
	case chain.KindBuyLicence:
		return "Sign and pay" + paid
	case chain.KindSend:
		return "Sign and send" + paid
	}
	return "Sign"
}

// FeeLine is one row of the table of fees.
type FeeLine struct{ Name, Expected, AtMost string }

// Fees are the three parts of the fee and their sum. The highest price of
// running it follows from the bytes; what is left of the most is the bound of
// the other two, which the network gives together where both are taken.
func (m *Model) Fees() []FeeLine {
	f, tx := m.action.Review.Fee, m.action.Draft.Tx
	if f.Expected == nil || f.AtMost == nil {
		return nil
	}
	running, other := new(big.Int).Set(f.AtMost), new(big.Int)
	if tx != nil {
		running.Mul(tx.GasFeeCap(), new(big.Int).SetUint64(tx.Gas()))
		if running.Cmp(f.AtMost) > 0 {
			running.Set(f.AtMost)
		}
		other.Sub(f.AtMost, running)
	}
	data, operator := widgets.Fee(other), "see above"
	if sign(f.Operator) == 0 {
		operator = widgets.Fee(new(big.Int))
	} else if sign(f.L1Data) == 0 {
		data, operator = widgets.Fee(new(big.Int)), widgets.Fee(other)
	}
	return []FeeLine{
		{"Running it", widgets.Fee(f.L2), widgets.Fee(running)},
		{"Parent chain data", widgets.Fee(f.L1Data), data},
		{"Operator", widgets.Fee(f.Operator), operator},
		{"Together, " + m.coin(), widgets.Fee(f.Expected), widgets.Fee(f.AtMost)},
	}
}

func sign(v *big.Int) int {
	if v == nil {
		return 0
	}
	return v.Sign()
}

// Recipient says who is paid or called: the name, whether it is known, and why.
func (m *Model) Recipient() (label, name string, known bool, why string) {
	r := m.action.Review
	label = "Contract"
	if r.Kind == chain.KindSend {
		label = "Recipient"
	}
	for _, a := range m.accounts {
		if a.Address == r.To {
			return label, a.Name + ", your own account", true, "It is an account of this wallet."
		}
	}
	if r.ToKnown {
		return label, r.ToName, true, "The address is in the list of " + r.Network + "."
	}
	if r.Kind == chain.KindSend {
		if r.TypeAmount {
			return label, "not known", false, "This account has never sent to this address. Compare every character with what the recipient gave you."
		}
		return label, "paid before", true, "This account has sent to this address before."
	}
	return label, "not known", false, "The address is not in the list of " + r.Network + "."
}

// Gas is the gas, expected and at most.
func (m *Model) Gas() string {
	f := m.action.Review.Fee
	if f.GasExpected == 0 || f.GasExpected == f.Gas {
		return "at most " + widgets.Count(int64(f.Gas))
	}
	return fmt.Sprintf("%s, at most %s", widgets.Count(int64(f.GasExpected)), widgets.Count(int64(f.Gas)))
}

// RawLine describes the bytes.
func (m *Model) RawLine() string {
	r := m.action.Review
	nonce := ""
	for _, l := range r.Decoded {
		if l.Name == "nonce" {
			nonce = ", nonce " + l.Value
		}
	}
	return fmt.Sprintf("Raw transaction: %s bytes%s, decoded back from the bytes that are signed", widgets.Count(int64(max(len(r.Raw)-2, 0)/2)), nonce)
}

// AccountNames are the accounts to sign with and which is in use.
func (m *Model) AccountNames() (names []string, used int) {
	for i, a := range m.accounts {
		names = append(names, a.Name+" "+widgets.Short(a.Address.Hex()))
		if a.Address == m.account {
			used = i
		}
	}
	return names, used
}

// AccountAt is the address of the i-th account.
func (m *Model) AccountAt(i int) common.Address {
	if i < 0 || i >= len(m.accounts) {
		return common.Address{}
	}
	return m.accounts[i].Address
}

// AccountName names the account in use.
func (m *Model) AccountName() string {
	for _, a := range m.accounts {
		if a.Address == m.account {
			return a.Name
		}
	}
	return widgets.Short(m.account.Hex())
}

// Progress says where the transaction is.
func (m *Model) Progress() string {
	if m.record == nil {
		return "Signing…"
	}
	switch r := m.record; r.State {
	case chain.TxBuilt:
		return "Signing…"
	case chain.TxSigned:
		return "Signed, being sent…"
	case chain.TxSent:
		return "Sent, waiting for a block. The window may be closed; it goes on by itself."
	case chain.TxMined:
		return fmt.Sprintf("In block %s, being written down…", widgets.Count(int64(r.Block)))
	case chain.TxSafe, chain.TxFinal:
		return fmt.Sprintf("In block %s, %s.", widgets.Count(int64(r.Block)), r.State)
	}
	return "It was " + string(m.record.State) + "."
}

// DoneWords is the short line after all went well.
func (m *Model) DoneWords() string {
	block := ""
	if m.record != nil && m.record.Block > 0 {
		block = fmt.Sprintf(", in block %s", widgets.Count(int64(m.record.Block)))
	}
	switch m.Request.Kind {
	case Publish:
		return "Published" + block
	case Licence:
		return "The licence is yours" + block
	}
	return "Sent" + block
}

func lower(s string) string {
	r := []rune(s)
	if len(r) == 0 {
		return s
	}
	return string(unicode.ToLower(r[0])) + string(r[1:])
}
