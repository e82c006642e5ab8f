package reviewscreen

import (
	"context"
	"math/big"
	"strings"

	"github.com/ethereum/go-ethereum/common"

	"github.com/modelfactory/modelfactory/chain"
	"github.com/modelfactory/modelfactory/datasets"
	"github.com/modelfactory/modelfactory/wallet"
)

// Kind is what is asked for.
type Kind string

// The kinds of a Request; each is the first word of a route.
const (
	Publish Kind = "publish"
	Licence Kind = "licence"
	Send    Kind = "send"
)

// Request is what a screen asks to have reviewed.
type Request struct {
	Kind   Kind
	Model  datasets.Digest // of Publish: adapter digest
	Net    datasets.Slug   // of Licence
	To     common.Address  // of Send
	Amount *big.Int        // of Send, wei
}

// Parse reads a route's argument: "publish=<adapter digest>", "licence=<slug>"
// or "send=<address>:<wei>".
func Parse(arg string) (Request, error) {
	bad := &Error{Kind: "usage", Message: "This is not something to review: " + arg, Next: "Go back and start from the model, the DataNet or the wallet."}
	kind, rest, ok := strings.Cut(arg, "=")
	if !ok || rest == "" {
		return Request{}, bad
	}
	switch r := (Request{Kind: Kind(kind)}); r.Kind {
	case Publish:
		r.Model = datasets.Digest(rest)
		return r, nil
	case Licence:
		r.Net = datasets.Slug(rest)
		return r, nil
	case Send:
		to, wei, _ := strings.Cut(rest, ":")
		amount, ok := new(big.Int).SetString(wei, 10)
		if !ok || amount.Sign() < 0 || !strings.HasPrefix(to, "0x") || !common.IsHexAddress(to) {
			return Request{}, bad
		}
		r.To, r.Amount = common.HexToAddress(to), amount
		return r, nil
	}
	return Request{}, bad
}

// Error is a failure of this package, with the next step.
type Error struct {
	Kind    string
	Message string
	Next    string
	Err     error
}

func (e *Error) Error() string { return e.Message }

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// Advice is the next step in plain words.
func (e *Error) Advice() string { return e.Next }

// Code is the kind.
func (e *Error) Code() string { return e.Kind }

// Action is a transaction that waits for its signature: the bytes, and what
// they do in words made from those bytes.
type Action struct {
	Draft  chain.Draft
	Review chain.Review
	Intent string          // the same intent is never sent twice
	Done   *chain.TxRecord // signed before, for example ahead of a crash
}

// Services is what the studio does for this screen.
type Services interface {
	// Prepare builds the transaction of a request for the account in use and
	// asks the network what it would do.
	Prepare(ctx context.Context, r Request) (Action, error)
	// Subject names what it is about, for the heading: the model, the DataNet;
	// empty for a payment.
	Subject(ctx context.Context, r Request) (string, error)
	// Sign signs, sends, waits for a block and writes down what follows. It
	// refuses when the wallet is locked.
	Sign(ctx context.Context, a Action) (chain.TxRecord, error)
	Transactions(ctx context.Context) ([]chain.TxRecord, error)
	WatchTransactions() (changed <-chan struct{}, cancel func())

	Locked() bool
	Unlock(password []byte) error // about a second; wipes password
	Accounts() []wallet.Account
	Account() common.Address // in use
	UseAccount(address string) error
}
