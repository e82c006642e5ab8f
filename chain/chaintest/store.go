package chaintest

import (
	"bytes"
	"context"
	"math/big"
	"sort"
	"sync"

	"github.com/ethereum/go-ethereum/common"

	"github.com/modelfactory/modelfactory/chain"
)

// Store is an OutboxStore in memory.
type Store struct {
	mu   sync.Mutex
	byID map[string]chain.TxRecord
}

// NewStore returns an empty Store.
func NewStore() *Store { return &Store{byID: map[string]chain.TxRecord{}} }

// SaveTx implements chain.OutboxStore.
func (s *Store) SaveTx(ctx context.Context, r chain.TxRecord) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for id, other := range s.byID {
		if r.Intent != "" && id != r.ID && other.Intent == r.Intent && other.ChainID == r.ChainID && other.Genesis == r.Genesis {
			return chain.IntentTaken(r.Intent)
		}
	}
	s.byID[r.ID] = clone(r)
	return nil
}

// Tx implements chain.OutboxStore.
func (s *Store) Tx(_ context.Context, id string) (chain.TxRecord, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, ok := s.byID[id]
	if !ok {
		return r, chain.NotFound("transaction %s", id)
	}
	return clone(r), nil
}

// TxByIntent implements chain.OutboxStore.
func (s *Store) TxByIntent(_ context.Context, chainID uint64, genesis common.Hash, intent string) (chain.TxRecord, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.byID {
		if intent != "" && r.Intent == intent && r.ChainID == chainID && r.Genesis == genesis {
			return clone(r), nil
		}
	}
	return chain.TxRecord{}, chain.NotFound("a transaction for %q", intent)
}

// Txs implements chain.OutboxStore.
func (s *Store) Txs(context.Context) ([]chain.TxRecord, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := make([]chain.TxRecord, 0, len(s.byID))
	for _, r := range s.byID {
		all = append(all, clone(r))
	}
	sort.Slice(all, func(i, j int) bool {
		if !all[i].Created.Equal(all[j].Created) {
			return all[i].Created.Before(all[j].Created)
		}
		return all[i].ID < all[j].ID
	})
	return all, nil
}

// clone keeps what the caller changes later out of the store, and the reverse.
func clone(r chain.TxRecord) chain.TxRecord {
	r.Raw = bytes.Clone(r.Raw)
	if r.Value != nil {
		r.Value = new(big.Int).Set(r.Value)
	}
	if r.FeePaid != nil {
		r.FeePaid = new(big.Int).Set(r.FeePaid)
	}
	return r
}
