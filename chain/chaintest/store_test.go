package chaintest

import (
	"context"
	"testing"

	"github.com/ethereum/go-ethereum/common"

	"github.com/modelfactory/modelfactory/chain"
)

func TestStore(t *testing.T) {
	OutboxStoreSuite(t, func() chain.OutboxStore { return NewStore() })
}

func TestFileStore(t *testing.T) {
	OutboxStoreSuite(t, func() chain.OutboxStore { return reopened{t, t.TempDir()} })
}

// reopened is a FileStore that is read from the disk again before each reading.
type reopened struct {
	t   testing.TB
	dir string
}

func (r reopened) open() *FileStore {
	s, err := OpenFileStore(r.dir)
	if err != nil {
		r.t.Fatal(err)
	}
	return s
}

func (r reopened) SaveTx(ctx context.Context, x chain.TxRecord) error { return r.open().SaveTx(ctx, x) }

func (r reopened) Tx(ctx context.Context, id string) (chain.TxRecord, error) {
	return r.open().Tx(ctx, id)
}

func (r reopened) TxByIntent(ctx context.Context, id uint64, g common.Hash, intent string) (chain.TxRecord, error) {
	return r.open().TxByIntent(ctx, id, g, intent)
}

func (r reopened) Txs(ctx context.Context) ([]chain.TxRecord, error) { return r.open().Txs(ctx) }
