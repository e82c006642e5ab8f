package sqlite

import (
	"path/filepath"
	"testing"

	"github.com/modelfactory/modelfactory/chain"
	"github.com/modelfactory/modelfactory/chain/chaintest"
	"github.com/modelfactory/modelfactory/training"
	"github.com/modelfactory/modelfactory/training/trainingtest"
)

func TestRunStore(t *testing.T) {
	trainingtest.StoreSuite(t, func() training.Store {
		return open1(t, filepath.Join(t.TempDir(), "studio.db")).Runs()
	})
}

func TestTransactionStore(t *testing.T) {
	chaintest.OutboxStoreSuite(t, func() chain.OutboxStore {
		return open1(t, filepath.Join(t.TempDir(), "studio.db")).Transactions()
	})
}
