package chaintest

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"

	"github.com/ethereum/go-ethereum/common"

	"github.com/modelfactory/modelfactory/chain"
	"github.com/modelfactory/modelfactory/internal/wholefile"
)

// FileStore is an OutboxStore that survives its process: one JSON file for each
// record, written, fsynced and renamed. It is for tests that kill a process.
type FileStore struct {
	dir    string
	memory *Store
}

// OpenFileStore reads the records in dir.
func OpenFileStore(dir string) (*FileStore, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	s := &FileStore{dir, NewStore()}
	files, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil {
		return nil, err
	}
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			return nil, err
		}
		var r chain.TxRecord
		if err := json.Unmarshal(b, &r); err != nil {
			return nil, err
		}
		if err := s.memory.SaveTx(context.Background(), r); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// SaveTx implements chain.OutboxStore.
func (s *FileStore) SaveTx(ctx context.Context, r chain.TxRecord) error {
	if err := s.memory.SaveTx(ctx, r); err != nil {
		return err
	}
	b, err := json.Marshal(r)
	if err != nil {
		return err
	}
	path := filepath.Join(s.dir, strings.ReplaceAll(r.ID, string(filepath.Separator), "_")+".json")
	return wholefile.Write(path, b, 0o600)
}

// Tx implements chain.OutboxStore.
func (s *FileStore) Tx(ctx context.Context, id string) (chain.TxRecord, error) {
	return s.memory.Tx(ctx, id)
}

// TxByIntent implements chain.OutboxStore.
func (s *FileStore) TxByIntent(ctx context.Context, chainID uint64, genesis common.Hash, intent string) (chain.TxRecord, error) {
	return s.memory.TxByIntent(ctx, chainID, genesis, intent)
}

// Txs implements chain.OutboxStore.
func (s *FileStore) Txs(ctx context.Context) ([]chain.TxRecord, error) { return s.memory.Txs(ctx) }
