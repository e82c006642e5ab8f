package sqlite

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/ethereum/go-ethereum/common"
	"github.com/mattn/go-sqlite3"

	"github.com/modelfactory/modelfactory/chain"
)

// TransactionStore keeps the outbox; it is a chain.OutboxStore.
type TransactionStore struct{ db *DB }

// Transactions gives the store of the outbox.
func (db *DB) Transactions() *TransactionStore { return &TransactionStore{db} }

// SaveTx inserts or replaces a record. A second record with the same intent on one chain is refused.
func (s *TransactionStore) SaveTx(ctx context.Context, r chain.TxRecord) error {
	body, err := json.Marshal(r)
	if err != nil {
		return err
	}
	_, err = s.db.write(ctx, `
		INSERT INTO transactions (id, chain_id, genesis, intent, state, created, body) VALUES (?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET chain_id = excluded.chain_id, genesis = excluded.genesis, intent = excluded.intent,
			state = excluded.state, created = excluded.created, body = excluded.body`,
		r.ID, int64(r.ChainID), r.Genesis.Hex(), r.Intent, r.State, r.Created.UnixMilli(), string(body))
	var e sqlite3.Error
	if errors.As(err, &e) && e.ExtendedCode == sqlite3.ErrConstraintUnique {
		return chain.IntentTaken(r.Intent)
	}
	if err != nil {
		return fmt.Errorf("save transaction %s: %w", r.ID, err)
	}
	return nil
}

// Tx returns one record, or a not-found error.
func (s *TransactionStore) Tx(ctx context.Context, id string) (chain.TxRecord, error) {
	return one[chain.TxRecord](ctx, s.db.ro, chain.NotFound("transaction %s", id), "SELECT body FROM transactions WHERE id = ?", id)
}

// TxByIntent returns the record of an intent on one chain, or a not-found error.
func (s *TransactionStore) TxByIntent(ctx context.Context, chainID uint64, genesis common.Hash, intent string) (chain.TxRecord, error) {
	return one[chain.TxRecord](ctx, s.db.ro, chain.NotFound("transaction %s", intent), "SELECT body FROM transactions WHERE chain_id = ? AND genesis = ? AND intent = ? AND intent <> ''", int64(chainID), genesis.Hex(), intent)
}

// Txs returns all records, oldest first.
func (s *TransactionStore) Txs(ctx context.Context) ([]chain.TxRecord, error) {
	return all[chain.TxRecord](ctx, s.db.ro, "SELECT body FROM transactions ORDER BY created, id")
}
