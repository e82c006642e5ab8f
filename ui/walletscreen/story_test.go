package walletscreen

import (
	"context"
	"errors"
	"math/big"
	"strings"
	"time"

	"github.com/ethereum/go-ethereum/common"

	"github.com/modelfactory/modelfactory/chain"
	"github.com/modelfactory/modelfactory/wallet"
)

var (
	mine    = common.HexToAddress("0x7A3f5e0c8B6d4417aF12c0De9bA4467D220191Ce")
	builder = common.HexToAddress("0x2E9000000000000000000000000000000000b7D4")
	other   = common.HexToAddress("0x5bD1000000000000000000000000000000002A7b")
)

func clock() time.Time { return time.Date(2026, 11, 21, 10, 30, 0, 0, time.UTC) }

func coins(s string) *big.Int {
	v, err := chain.ParseAmount(s)
	if err != nil {
		panic(err)
	}
	return v
}

// words are the BIP-39 test vector of zero entropy.
var words = strings.Fields(strings.Repeat("abandon ", 11) + "about")

// refusal is an error as the vault gives it.
func refusal(message string) error {
	return &wallet.Error{Kind: wallet.KindRefused, Message: message, Next: "Try again."}
}

// studio is vault and chain in memory.
type studio struct {
	exists, locked, checked bool
	accounts                []wallet.Account
	used                    common.Address
	password                string
	network                 chain.Profile
	status                  chain.Status
	balances                map[common.Address]*big.Int
	unreachable             error
	txs                     []chain.TxRecord
	createErr               error
	taken                   *big.Int
}

func newStudio() *studio {
	s := &studio{
		exists: true, checked: true, password: "correct horse", used: mine,
		accounts: []wallet.Account{{Address: mine, Name: "Main"}, {Address: builder, Name: "Builder", Index: 1}},
		network:  chain.Profile{Title: "OpenLedger", ChainID: 1612, Coin: "OPEN"},
		status:   chain.Status{ChainID: 1612, Block: 8_412_050, Safe: 8_412_041, Reachable: true},
		balances: map[common.Address]*big.Int{mine: coins("148.302"), builder: coins("36.9")},
	}
	tx := func(kind, note string, to common.Address, value, fee string, state chain.TxState, ago time.Duration) {
		s.txs = append(s.txs, chain.TxRecord{
			ID: note + string(state), Kind: kind, Note: note, ChainID: 1612, From: mine, To: to, Value: coins(value), FeePaid: coins(fee), State: state, Block: 8_412_000,
			Created: clock().Add(-ago), Hash: common.HexToHash("0x88"), Nonce: 63,
		})
	}
	tx(chain.KindPublishModel, "Bike helper 3", other, "0", "0.00131", chain.TxMined, time.Minute)
	tx(chain.KindBuyLicence, "Bicycle Workshop", other, "12", "0.00101", chain.TxFinal, time.Hour)
	tx(chain.KindSend, "", builder, "10", "0.0000002", chain.TxFinal, 62*time.Minute)
	tx(chain.KindSend, "", other, "4", "0.002", chain.TxReplaced, 5*24*time.Hour)
	tx(chain.KindPublishModel, "Bike helper 2", other, "0", "0.001", chain.TxFailed, 7*24*time.Hour)
	s.txs[4].Error = "the contract refused: already registered"
	s.txs = append(s.txs, chain.TxRecord{ID: "x", Kind: chain.KindSend, ChainID: 31337, Value: coins("999"), State: chain.TxFinal, Created: clock()})
	return s
}

func (s *studio) dev() *studio {
	s.network = chain.Profile{Title: "Development chain, this computer", ChainID: 1612, Coin: "test OPEN", Dev: true}
	s.status.Safe = 0
	return s
}

func (s *studio) Exists() bool       { return s.exists }
func (s *studio) Locked() bool       { return s.locked }
func (s *studio) Lock()              { s.locked = true }
func (s *studio) Touch()             {}
func (s *studio) WordCount() int     { return 12 }
func (s *studio) LocksAt() time.Time { return clock().Add(4 * time.Minute) }
func (s *studio) open(p []byte) error {
	if string(p) != s.password {
		return refusal("the password is wrong")
	}
	return nil
}

func (s *studio) Unlock(p []byte) error {
	if err := s.open(p); err != nil {
		return err
	}
	s.locked = false
	return nil
}

func (s *studio) Words(p []byte) ([]string, error) {
	if err := s.open(p); err != nil {
		return nil, err
	}
	return append([]string(nil), words...), nil
}

func (s *studio) CheckBackup(positions []int, typed []string) error {
	for i, p := range positions {
		if words[p-1] != typed[i] {
			return refusal("a word is not the one of this wallet")
		}
	}
	s.checked = true
	return nil
}
func (s *studio) BackupChecked() bool { return s.checked }
func (s *studio) BackupCheckedAt() time.Time {
	return time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)
}

func (s *studio) Accounts() []wallet.Account {
	if !s.exists {
		return nil
	}
	return s.accounts
}

func (s *studio) AddAccount(name string) (wallet.Account, error) {
	a := wallet.Account{Address: other, Name: name, Index: 2}
	s.accounts = append(s.accounts, a)
	return a, nil
}

func (s *studio) Rename(a common.Address, name string) error {
	for i := range s.accounts {
		if s.accounts[i].Address == a {
			s.accounts[i].Name = name
			return nil
		}
	}
	return refusal("no such account")
}

func (s *studio) CreateWallet(_ context.Context, p []byte, count int) ([]string, error) {
	if s.createErr != nil {
		return nil, s.createErr
	}
	s.exists, s.checked, s.locked, s.password = true, false, false, string(p)
	if count != 12 {
		return nil, errors.New("the story has 12 words")
	}
	return append([]string(nil), words...), nil
}

func (s *studio) ImportWallet(_ context.Context, p []byte, typed []string, n int) error {
	if len(typed) != 12 || n != 1 {
		return refusal("other words came than were typed")
	}
	s.exists, s.checked, s.password = true, true, string(p)
	return nil
}
func (s *studio) Account() common.Address { return s.used }
func (s *studio) UseAccount(a string) error {
	s.used = common.HexToAddress(a)
	return nil
}

func (s *studio) Balances(context.Context) (map[common.Address]*big.Int, error) {
	return s.balances, s.unreachable
}
func (s *studio) Network() chain.Profile { return s.network }
func (s *studio) ChainStatus(context.Context) (chain.Status, error) {
	return s.status, s.unreachable
}
func (s *studio) Transactions(context.Context) ([]chain.TxRecord, error) { return s.txs, nil }
func (s *studio) Faucet(_ context.Context, _ common.Address, amount *big.Int) (common.Hash, error) {
	s.taken = amount
	return common.Hash{}, nil
}
func (s *studio) WatchWallet() (<-chan struct{}, func()) { return nil, func() {} }
