package lineage

import (
	"context"

	"github.com/modelfactory/modelfactory/datasets"
)

// Registered is what a ModelRegistry says about one model.
type Registered struct {
	Manifest datasets.Digest
	Owner    string // address, EIP-55
	Parents  []uint64
	Block    uint64 // in which it was registered
}

// ChainReader is what verifying needs of a network; read-only, no account.
type ChainReader interface {
	// Chain gives the chain id and the hash of block 0 (0x…).
	Chain(ctx context.Context) (chainID uint64, genesis string, err error)
	// Head is the newest block.
	Head(ctx context.Context) (uint64, error)
	// RegisteredModel reads one model. found is false when the registry has no
	// such id, or there is no registry at that address.
	RegisteredModel(ctx context.Context, contract string, id uint64) (m Registered, found bool, err error)
	// RegisteredBy says which model id the transaction registered at the
	// contract. found is false when there is no such transaction, it failed, or
	// it registered nothing there.
	RegisteredBy(ctx context.Context, contract, tx string) (id uint64, found bool, err error)
}
