package lineage

import (
	"context"
	"time"

	"github.com/modelfactory/modelfactory/datasets"
)

// ModelRecord is what a ModelRegistry says about one model.
type ModelRecord struct {
	Manifest   datasets.Digest
	Owner      datasets.Address
	Created    time.Time
	Withdrawn  time.Time // zero while it stands
	Supersedes uint64    // 0: none
	Parents    []uint64  // of the same registry, ascending
}

// Registration is what a transaction registered.
type Registration struct {
	ID    uint64
	Block uint64
}

// ChainReader is what verifying needs of a network: a few reads, no account.
// [FromClient] makes one of a chain client.
type ChainReader interface {
	// Chain gives the chain id, the hash of block 0 (0x…) and the newest block.
	Chain(ctx context.Context) (chainID uint64, genesis string, head uint64, err error)
	// Listed says whether the contract is in the network's list of registries,
	// and whether there is any list: anyone can deploy a registry of their own.
	Listed(contract datasets.Address) (listed, any bool)
	// Model reads one record. found is false when the registry has no such id,
	// or when there is no registry at that address.
	Model(ctx context.Context, contract datasets.Address, id uint64) (m ModelRecord, found bool, err error)
	// RegisteredBy says what a transaction registered at the contract. found is
	// false when there is no such transaction, it failed, or it registered
	// nothing there.
	RegisteredBy(ctx context.Context, contract datasets.Address, tx string) (r Registration, found bool, err error)
}
