package chaintest

import (
	"testing"

	"github.com/modelfactory/modelfactory/chain"
)

func TestStore(t *testing.T) {
	OutboxStoreSuite(t, func() chain.OutboxStore { return NewStore() })
}
