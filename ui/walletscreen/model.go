package walletscreen

import (
	"context"
	"fmt"
	"math/big"
	"strings"
	"time"

	"github.com/ethereum/go-ethereum/common"

	"github.com/modelfactory/modelfactory/chain"
	"github.com/modelfactory/modelfactory/ui/widgets"
	"github.com/modelfactory/modelfactory/wallet"
)

// Services is what vault and studio do for this screen. Methods that take a
// password need about a second and wipe it.
type Services interface {
	Exists() bool
	Locked() bool
	Lock()
	LocksAt() time.Time
	Touch()
	Unlock(password []byte) error
	Words(password []byte) ([]string, error)
	CheckBackup(positions []int, words []string) error
	BackupChecked() bool
	BackupCheckedAt() time.Time
	WordCount() int
	Accounts() []wallet.Account
	AddAccount(name string) (wallet.Account, error)
	Rename(address common.Address, name string) error

	CreateWallet(ctx context.Context, password []byte, words int) ([]string, error)
	ImportWallet(ctx context.Context, password []byte, words []string, accounts int) error
	Account() common.Address // in use
	UseAccount(address string) error
	Balances(ctx context.Context) (map[common.Address]*big.Int, error)
	Network() chain.Profile
	ChainStatus(ctx context.Context) (chain.Status, error)
	// Transactions are those signed here, newest first.
	Transactions(ctx context.Context) ([]chain.TxRecord, error)
	// Faucet gives test OPEN on the development chain.
	Faucet(ctx context.Context, to common.Address, amount *big.Int) (common.Hash, error)
	WatchWallet() (changed <-chan struct{}, cancel func())
}

// Snapshot is what the chain and the outbox say.
type Snapshot struct {
	Network  chain.Profile
	Status   chain.Status
	Balances map[common.Address]*big.Int
	Problem  error // the network was not reached; the rest is what was known before
	Txs      []chain.TxRecord
	At       time.Time
}

// Read reads a snapshot. A network that is not reached is no error of it: what
// was signed is shown all the same.
func Read(ctx context.Context, svc Services, now func() time.Time) (Snapshot, error) {
	s := Snapshot{Network: svc.Network(), At: now()}
	var err error
	if s.Txs, err = svc.Transactions(ctx); err != nil {
		return s, err
	}
	if s.Status, s.Problem = svc.ChainStatus(ctx); s.Problem == nil {
		s.Balances, s.Problem = svc.Balances(ctx)
	}
	return s, nil
}

// Model is what the wallet shows.
type Model struct {
	Now func() time.Time

	snap     Snapshot
	read     bool
	accounts []wallet.Account
	account  common.Address
	exists   bool
	locked   bool
	locksAt  time.Time
	checked  time.Time // of the backup; zero: not yet
	words    int
}

// Apply takes a snapshot over. When the network was not reached, the last known
// balances stay.
func (m *Model) Apply(s Snapshot) {
	same := m.snap.Network.ChainID == s.Network.ChainID && m.snap.Network.Genesis == s.Network.Genesis
	if s.Problem != nil && same && m.snap.Balances != nil {
		s.Balances, s.Status, s.At = m.snap.Balances, m.snap.Status, m.snap.At
	}
	m.snap, m.read = s, true
}

// Look reads the vault; it is quick.
func (m *Model) Look(svc Services) {
	m.exists, m.locked, m.locksAt = svc.Exists(), svc.Locked(), svc.LocksAt()
	m.accounts, m.account, m.words = svc.Accounts(), svc.Account(), svc.WordCount()
	m.checked = time.Time{}
	if svc.BackupChecked() {
		m.checked = svc.BackupCheckedAt()
		if m.checked.IsZero() {
			m.checked = time.Unix(0, 0)
		}
	}
}

// Exists says whether there is a wallet; Locked whether its keys are away.
func (m *Model) Exists() bool { return m.exists }

// Locked says whether the keys are away.
func (m *Model) Locked() bool { return m.locked }

// Read says whether a snapshot was applied.
func (m *Model) Read() bool { return m.read }

// Accounts are the accounts; Used the one in use.
func (m *Model) Accounts() []wallet.Account { return m.accounts }

// Used is the account in use.
func (m *Model) Used() wallet.Account {
	for _, a := range m.accounts {
		if a.Address == m.account {
			return a
		}
	}
	return wallet.Account{Address: m.account}
}

// Coin is the network's coin; Dev says that it is worth nothing.
func (m *Model) Coin() string { return m.snap.Network.Coin }

// Dev says whether the network is the development chain.
func (m *Model) Dev() bool { return m.snap.Network.Dev }

// Network is its title.
func (m *Model) Network() string { return m.snap.Network.Title }

// Problem is why the network was not reached.
func (m *Model) Problem() error { return m.snap.Problem }

// Balance is what an account has, in three decimals and in full.
func (m *Model) Balance(a common.Address) (short, full string) {
	wei, ok := m.snap.Balances[a]
	if !ok || wei == nil {
		return "–", "not known yet"
	}
	return widgets.Money(wei) + " " + m.Coin(), widgets.Coins(wei) + " " + m.Coin()
}

// Wei is what an account has; nil while it is not known.
func (m *Model) Wei(a common.Address) *big.Int { return m.snap.Balances[a] }

// Total is what all accounts have together.
func (m *Model) Total() string {
	sum := new(big.Int)
	for _, a := range m.accounts {
		wei, ok := m.snap.Balances[a.Address]
		if !ok || wei == nil {
			return "–"
		}
		sum.Add(sum, wei)
	}
	return widgets.Money(sum) + " " + m.Coin()
}

// Counted says where and when the balance was read, and what is under way.
func (m *Model) Counted() string {
	if !m.read {
		return "reading the network…"
	}
	if m.snap.Balances == nil {
		return "the network was not reached"
	}
	words := "counted at "
	switch {
	case m.Dev():
		words += "block " + widgets.Count(int64(m.snap.Status.Block))
	case m.snap.Status.Safe > 0:
		words += "safe block " + widgets.Count(int64(m.snap.Status.Safe))
	default:
		words += "block " + widgets.Count(int64(m.snap.Status.Block))
	}
	words += " · " + m.ago(m.snap.At)
	if m.snap.Problem != nil {
		return words + ", not reached since"
	}
	pending := 0
	for _, t := range m.Activity() {
		if !t.Record.State.Ended() && t.Record.State != chain.TxSafe {
			pending++
		}
	}
	if pending == 0 {
		return words + " · nothing pending"
	}
	return fmt.Sprintf("%s · %d pending", words, pending)
}

func (m *Model) ago(t time.Time) string {
	d := m.Now().Sub(t)
	switch {
	case d < 2*time.Second:
		return "just now"
	case d < 2*time.Minute:
		return fmt.Sprintf("%d s ago", int(d.Seconds()))
	case d < 2*time.Hour:
		return fmt.Sprintf("%d min ago", int(d.Minutes()))
	}
	return t.Format("2 Jan, 15:04")
}

// VaultWords is the state of the lock; good says whether keys are away or in
// use, both fine.
func (m *Model) VaultWords() string {
	if m.locked {
		return "locked"
	}
	if m.locksAt.IsZero() {
		return "open"
	}
	left := m.locksAt.Sub(m.Now())
	if left < time.Minute {
		return "open, locks within a minute"
	}
	return fmt.Sprintf("open, locks in %d min", int(left.Round(time.Minute).Minutes()))
}

// BackupWords is whether the words were checked.
func (m *Model) BackupWords() (words string, ok bool) {
	switch {
	case m.checked.IsZero():
		return "not checked yet", false
	case m.checked.Unix() == 0:
		return "checked", true
	}
	return "checked " + m.checked.In(m.Now().Location()).Format("2 Jan 2006"), true
}

// WordCount is the number of words of the wallet.
func (m *Model) WordCount() int { return m.words }

// Entry is a line of the activity.
type Entry struct {
	Record chain.TxRecord
	When   string
	What   string
	With   string // address, or empty
	Amount string
	Fee    string
	State  string
	Tone   widgets.Tone
}

// Activity is what was signed here for the network in use, newest first.
func (m *Model) Activity() []Entry {
	var out []Entry
	for _, r := range m.snap.Txs {
		if r.ChainID != m.snap.Network.ChainID || (m.snap.Network.Genesis != common.Hash{} && r.Genesis != m.snap.Network.Genesis) {
			continue
		}
		e := Entry{Record: r, When: when(r.Created, m.Now()), What: m.what(r), With: r.To.Hex(), Amount: "–", Fee: "–"}
		if r.Value != nil && r.Value.Sign() > 0 {
			e.Amount = "−" + widgets.Money(r.Value)
		}
		if r.FeePaid != nil {
			e.Fee = widgets.Fee(r.FeePaid)
		}
		e.State, e.Tone = StateWords(r)
		out = append(out, e)
	}
	return out
}

// what says a transaction in a few words.
func (m *Model) what(r chain.TxRecord) string {
	name := map[string]string{
		chain.KindSend: "Sent", chain.KindBuyLicence: "Licence", chain.KindPublishModel: "Published a model", chain.KindWithdrawModel: "Withdrew a model",
		chain.KindCreateNet: "Registered a DataNet", chain.KindPublishVersion: "Published a version", chain.KindSetTerms: "Changed terms",
		chain.KindSetCurator: "Changed who may publish", chain.KindContribute: "Committed rows", chain.KindGrantLicence: "Gave a licence", chain.KindWithdrawIncome: "Withdrew income",
	}[r.Kind]
	if name == "" {
		name = "Called a contract"
	}
	if r.Kind == chain.KindSend {
		for _, a := range m.accounts {
			if a.Address == r.To {
				return "Sent to " + a.Name
			}
		}
		return "Sent"
	}
	if r.Kind == chain.KindPublishModel && r.Note != "" {
		return "Published " + r.Note
	}
	if r.Kind == chain.KindBuyLicence && r.Note != "" {
		return "Licence for " + r.Note
	}
	if r.Note != "" {
		return name + ", " + r.Note
	}
	return name
}

// StateWords is how far a transaction is.
func StateWords(r chain.TxRecord) (string, widgets.Tone) {
	switch r.State {
	case chain.TxBuilt, chain.TxSigned:
		return "waiting", widgets.Neutral
	case chain.TxSent:
		return "sent", widgets.Info
	case chain.TxMined:
		return "in block " + widgets.Count(int64(r.Block)), widgets.Info
	case chain.TxSafe:
		return "safe", widgets.Good
	case chain.TxFinal:
		return "final", widgets.Good
	case chain.TxFailed:
		return "failed", widgets.Failed
	case chain.TxReplaced:
		return "replaced", widgets.Neutral
	}
	return string(r.State), widgets.Caution
}

// shape is everything that is shown, in one comparable text.
func (m *Model) shape(err error) string {
	backup, _ := m.BackupWords()
	parts := []string{fmt.Sprint(err, m.snap.Problem, m.exists, m.locked, m.account), m.VaultWords(), backup, m.Counted(), m.Network()}
	for _, a := range m.accounts {
		_, full := m.Balance(a.Address)
		parts = append(parts, a.Name, a.Address.Hex(), full)
	}
	for _, e := range m.Activity() {
		parts = append(parts, e.When, e.What, e.Fee, e.State)
	}
	return strings.Join(parts, "\n")
}

func when(t, now time.Time) string {
	t = t.In(now.Location())
	switch {
	case t.Format(time.DateOnly) == now.Format(time.DateOnly):
		return t.Format("15:04")
	case t.Year() == now.Year():
		return t.Format("2 Jan")
	}
	return t.Format("2 Jan 2006")
}
