package chain

import (
	"context"
	"math/big"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
)

// Signer signs with the key of an account. A refusal, such as a locked vault,
// is returned as it is.
type Signer interface {
	Sign(ctx context.Context, from common.Address, tx *types.Transaction, chainID *big.Int) (*types.Transaction, error)
}

// TxState is where a transaction is on its way.
type TxState string

// States of a transaction: built → signed → sent → mined → safe → final, or one
// of the other ends. Replaced: another transaction of ours took its nonce.
// Dropped: it can no longer be mined, or was never signed. Failed: it was mined
// and the contract refused; the fee is spent.
const (
	TxBuilt    TxState = "built"
	TxSigned   TxState = "signed"
	TxSent     TxState = "sent"
	TxMined    TxState = "mined"
	TxSafe     TxState = "safe"
	TxFinal    TxState = "final"
	TxReplaced TxState = "replaced"
	TxDropped  TxState = "dropped"
	TxFailed   TxState = "failed"
)

var rank = map[TxState]int{TxBuilt: 1, TxSigned: 2, TxSent: 3, TxMined: 4, TxSafe: 5, TxFinal: 6}

// AtLeast reports whether s is u or further on the way to final.
func (s TxState) AtLeast(u TxState) bool { return rank[s] > 0 && rank[s] >= rank[u] }

// Ended reports whether nothing more happens to the transaction.
func (s TxState) Ended() bool {
	return s == TxFinal || s == TxReplaced || s == TxDropped || s == TxFailed
}

// TxRecord is one transaction in the outbox.
type TxRecord struct {
	ID       string // UUID v7
	Kind     string // decoded from the bytes
	Note     string
	ChainID  uint64
	Genesis  common.Hash
	Hash     common.Hash // zero until signed
	From, To common.Address
	Value    *big.Int // wei
	Nonce    uint64
	Raw      []byte // signed bytes; nil until signed
	State    TxState
	Block    uint64 // 0 until mined
	Error    string // why it failed or was dropped, or why the last sending did
	Created  time.Time
	Updated  time.Time
	FeePaid  *big.Int // wei; nil until mined
	Intent   string   // what it is for; unique on its chain unless empty
}

// OutboxStore keeps the outbox. Each method is durable when it returns.
//
// SaveTx inserts or replaces the record with this ID; it returns an error of
// kind refused when another record of the same (ChainID, Genesis) has the same
// Intent and that is not empty. Tx and TxByIntent return an error of kind
// not_found. Txs returns all records, oldest first.
type OutboxStore interface {
	SaveTx(ctx context.Context, r TxRecord) error
	Tx(ctx context.Context, id string) (TxRecord, error)
	TxByIntent(ctx context.Context, chainID uint64, genesis common.Hash, intent string) (TxRecord, error)
	Txs(ctx context.Context) ([]TxRecord, error)
}

// IntentTaken is the error that SaveTx returns for a second record with an
// intent of its chain.
func IntentTaken(intent string) *Error {
	return refused("Look at the transaction that is there.", "There is a transaction for \"%s\" already", intent)
}
