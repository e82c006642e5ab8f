package sqlite

import (
	"path/filepath"
	"testing"

	"github.com/modelfactory/modelfactory/training"
	"github.com/modelfactory/modelfactory/training/trainingtest"
)

func TestRunStore(t *testing.T) {
	trainingtest.StoreSuite(t, func() training.Store {
		return open1(t, filepath.Join(t.TempDir(), "studio.db")).Runs()
	})
}
