package reviewscreen

import (
	"context"
	"math/big"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"

	"github.com/modelfactory/modelfactory/chain"
	"github.com/modelfactory/modelfactory/wallet"
)

var (
	mine    = common.HexToAddress("0x7A3f5e0c8B6d4417aF12c0De9bA4467D220191Ce")
	builder = common.HexToAddress("0x2E9000000000000000000000000000000000b7D4")
	other   = common.HexToAddress("0x88Ad00000000000000000000000000000000bbbb")
	models  = common.HexToAddress("0x91b400000000000000000000000000000000cccc")
)

func clock() time.Time { return time.Date(2026, 11, 21, 10, 30, 0, 0, time.UTC) }

func coins(s string) *big.Int {
	v, err := chain.ParseAmount(s)
	if err != nil {
		panic(err)
	}
	return v
}

func profile(dev bool) chain.Profile {
	if dev {
		return chain.Profile{Name: "dev", Title: "Development chain, this computer", ChainID: 1337, Coin: "test OPEN", Dev: true}
	}
	return chain.Profile{Name: "openledger", Title: "OpenLedger", ChainID: 1612, Coin: "OPEN"}
}

// action is a review as package chain makes it.
func action(kind string, to common.Address, amount *big.Int, change func(*chain.Review)) Action {
	p := profile(false)
	tx := types.NewTx(&types.DynamicFeeTx{ChainID: big.NewInt(1612), Nonce: 63, To: &to, Value: amount, Gas: 160_000, GasFeeCap: big.NewInt(12_375_000_000), GasTipCap: big.NewInt(1)})
	r := chain.Review{
		Kind: kind, Network: p.Title, Coin: p.Coin, From: mine, To: to, Amount: amount,
		Fee: chain.Fee{
			Gas: 160_000, GasExpected: 133_000, L2: coins("0.00118"), L1Data: coins("0.00012"), Operator: coins("0.00001"),
			Expected: coins("0.00131"), AtMost: coins("0.00214"),
		},
		BalanceNow: coins("148.302"), Trial: "passes at block 8,412,041", Raw: "0x02f901",
		Decoded: []chain.Line{{Name: "chain id", Value: "1612"}, {Name: "nonce", Value: "63"}, {Name: "to", Value: to.Hex()}, {Name: "value", Value: chain.FormatAmount(amount) + " OPEN"}},
	}
	r.Need = new(big.Int).Add(amount, r.Fee.AtMost)
	r.BalanceAfter = new(big.Int).Sub(r.BalanceNow, new(big.Int).Add(amount, r.Fee.Expected))
	switch kind {
	case chain.KindPublishModel:
		r.Title, r.Sentence = "Register a model", "Registers a model on OpenLedger in the name of this account, by the digest of its manifest."
		r.Does = []string{"Anyone who has the files can check them against it.", "The record cannot be deleted; the model can be marked as withdrawn."}
		r.DoesNot = []string{"It uploads no weights and no rows, only one digest.", "It moves no coin besides the fee."}
		r.ToName, r.ToKnown = "ModelRegistry", true
	case chain.KindBuyLicence:
		r.Title, r.Sentence = "Get a licence", "Pays 12 OPEN for a licence of DataNet 7 for 365 days."
		r.Does = []string{"This account may train on every version published before the licence ends.", "Training is allowed.", "Not for commercial use.", "A licence of 365 days costs 12 OPEN."}
		r.DoesNot = []string{"It does not renew by itself.", "The licence cannot be passed on to another account."}
		r.ToName, r.ToKnown = "Licences", true
	default:
		r.Title, r.Sentence = "Send "+chain.FormatAmount(amount)+" OPEN", "Sends "+chain.FormatAmount(amount)+" OPEN to "+to.Hex()+"."
		r.Does, r.DoesNot = []string{"The recipient gets " + chain.FormatAmount(amount) + " OPEN. It cannot be taken back."}, []string{"It gives nobody permission to take more later."}
	}
	if change != nil {
		change(&r)
	}
	return Action{Draft: chain.Draft{Profile: p, Tx: tx, From: mine}, Review: r, Intent: "the intent"}
}

// studio answers from memory.
type studio struct {
	action   Action
	err      error // of Prepare
	signErr  error
	record   chain.TxRecord
	locked   bool
	password string
	used     common.Address
	asked    []Request
	signed   []Action
	unlocks  int
}

func newStudio(a Action) *studio {
	return &studio{action: a, used: mine, password: "correct horse", record: chain.TxRecord{ID: "t1", Intent: a.Intent, State: chain.TxFinal, Block: 8412077}}
}

func (s *studio) Prepare(_ context.Context, r Request) (Action, error) {
	s.asked = append(s.asked, r)
	return s.action, s.err
}

func (s *studio) Subject(_ context.Context, r Request) (string, error) {
	return map[Kind]string{Publish: "Bike helper 3", Licence: "Bicycle Workshop"}[r.Kind], nil
}

func (s *studio) Sign(_ context.Context, a Action) (chain.TxRecord, error) {
	if s.locked {
		return chain.TxRecord{}, &Error{Kind: "refused", Message: "the wallet is locked"}
	}
	s.signed = append(s.signed, a)
	return s.record, s.signErr
}

func (s *studio) Transactions(context.Context) ([]chain.TxRecord, error) {
	return []chain.TxRecord{{ID: "t0", Intent: "another", State: chain.TxFailed}, {ID: "t1", Intent: s.action.Intent, State: chain.TxSent}}, nil
}
func (s *studio) WatchTransactions() (<-chan struct{}, func()) { return nil, func() {} }
func (s *studio) Locked() bool                                 { return s.locked }
func (s *studio) Unlock(password []byte) error {
	s.unlocks++
	if string(password) != s.password {
		return &Error{Kind: "refused", Message: "the password is wrong", Next: "Try again."}
	}
	s.locked = false
	return nil
}

func (s *studio) Accounts() []wallet.Account {
	return []wallet.Account{{Address: mine, Name: "Main"}, {Address: builder, Name: "Builder", Index: 1}}
}
func (s *studio) Account() common.Address { return s.used }
func (s *studio) UseAccount(a string) error {
	s.used = common.HexToAddress(a)
	return nil
}
