package devchain

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"os"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core"
	"github.com/ethereum/go-ethereum/core/history"
	"github.com/ethereum/go-ethereum/core/rawdb"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/eth"
	"github.com/ethereum/go-ethereum/eth/ethconfig"
	"github.com/ethereum/go-ethereum/miner"
	"github.com/ethereum/go-ethereum/node"
	"github.com/ethereum/go-ethereum/p2p"
)

// engine is go-ethereum without its network and without a beacon: it builds a
// block of exactly one transaction at a given time, and makes it the head.
//
// The library's simulated beacon is not used because it puts the clock and
// random bytes into each block; here a block must be a function of its parent,
// its time and its transaction, so that a replay makes the same hash.
type engine struct {
	stack *node.Node
	eth   *eth.Ethereum
}

// openEngine opens the database in dir, or makes it from the genesis.
func openEngine(dir string, genesis *core.Genesis) (*engine, error) {
	stack, err := node.New(&node.Config{
		Name:    "chain",
		DataDir: dir,
		P2P:     p2p.Config{MaxPeers: 0, NoDiscovery: true, NoDial: true},
	})
	if err != nil {
		return nil, err
	}
	cfg := ethconfig.Defaults
	cfg.Genesis = genesis
	cfg.SyncMode = ethconfig.FullSync
	cfg.HistoryMode = history.HistoryPolicy{Mode: history.KeepAll}
	// Hash scheme without pruning writes every block's state at once; the
	// default keeps a session's state in memory and loses it at a crash.
	cfg.StateScheme = rawdb.HashScheme
	cfg.NoPruning = true
	cfg.TransactionHistory = 0 // index all
	cfg.LogNoHistory = true
	cfg.DatabaseCache, cfg.DatabaseHandles = 16, 64
	cfg.TrieCleanCache, cfg.TrieDirtyCache, cfg.SnapshotCache = 16, 16, 0
	cfg.FilterLogCacheSize = 8
	cfg.TxPool.NoLocals = true
	cfg.TxPool.Journal = ""
	cfg.BlobPool.Datadir = ""
	cfg.Miner = miner.DefaultConfig
	cfg.Miner.GasPrice = big.NewInt(1) // a tip of one wei is enough to be quoted and mined
	cfg.Miner.GasCeil = gasLimit       // constant: part of every block's header
	cfg.GPO.IgnorePrice = big.NewInt(0)
	backend, err := eth.New(stack, &cfg)
	if err != nil {
		stack.Close()
		return nil, err
	}
	if err := stack.Start(); err != nil {
		stack.Close()
		return nil, err
	}
	e := &engine{stack: stack, eth: backend}
	e.finalise(e.head())
	return e, nil
}

func (e *engine) head() *types.Header { return e.eth.BlockChain().CurrentBlock() }

// build makes the block that holds tx and nothing else, at the given time, on
// the head. The error says why the transaction cannot be mined now.
func (e *engine) build(tx *types.Transaction, at uint64) (*types.Block, error) {
	block, _, err := e.eth.Miner().BuildTestingPayload(&miner.BuildPayloadArgs{
		Parent:       e.head().Hash(),
		Timestamp:    at,
		FeeRecipient: common.Address{},
		BeaconRoot:   &common.Hash{},
		Withdrawals:  types.Withdrawals{},
	}, []*types.Transaction{tx}, false, nil)
	if err != nil {
		return nil, err
	}
	if len(block.Transactions()) != 1 {
		return nil, errors.New("the transaction does not fit in a block")
	}
	return block, nil
}

// seal makes a built block the head.
func (e *engine) seal(ctx context.Context, block *types.Block) error {
	chain := e.eth.BlockChain()
	if _, err := chain.InsertBlockWithoutSetHead(ctx, block, false); err != nil {
		return err
	}
	if _, err := chain.SetCanonical(block); err != nil {
		return err
	}
	e.finalise(block.Header())
	// The pool follows the head on a goroutine of its own; the pending nonce is
	// asked right after sending, so wait for it.
	return e.eth.TxPool().Sync()
}

// finalise sets the "safe" and "finalized" tags to the head. The stored mark is
// taken back at once: with it the library would start to move blocks into its
// freezer, which gains nothing here and exits the whole program on a full disk.
func (e *engine) finalise(head *types.Header) {
	if head.Number.Sign() == 0 {
		return
	}
	e.eth.BlockChain().SetSafe(head)
	e.eth.BlockChain().SetFinalized(head)
	rawdb.WriteFinalizedBlockHash(e.eth.ChainDb(), common.Hash{})
}

func (e *engine) close() error { return e.stack.Close() }

// replay brings the chain database to equal the journal and returns the
// engine. A database that holds anything else than a prefix of the journal is
// removed and built again.
func replay(ctx context.Context, dir string, genesis *core.Genesis, records []record, step func(done, total int)) (*engine, error) {
	e, err := openEngine(dir, genesis)
	if err == nil && !e.isPrefix(genesis, records) {
		err = errors.New("the chain database differs from the journal")
	}
	if errors.Is(err, node.ErrDatadirUsed) {
		return nil, err
	}
	if err != nil {
		if e != nil {
			if err := e.close(); err != nil {
				return nil, err
			}
		}
		if err := os.RemoveAll(dir); err != nil {
			return nil, err
		}
		if e, err = openEngine(dir, genesis); err != nil {
			return nil, err
		}
	}
	for i := int(e.head().Number.Int64()); i < len(records); i++ {
		if err := ctx.Err(); err != nil {
			e.close()
			return nil, err
		}
		if err := e.repeat(ctx, records[i]); err != nil {
			e.close()
			return nil, fmt.Errorf("journal record %d: %w", i+1, err)
		}
		if step != nil {
			step(i+1, len(records))
		}
	}
	return e, nil
}

// isPrefix reports whether the stored chain equals the start of the journal.
// Equal head hashes mean equal chains, since each block names its parent.
func (e *engine) isPrefix(genesis *core.Genesis, records []record) bool {
	head := e.head()
	n := int(head.Number.Int64())
	switch {
	case e.eth.BlockChain().Genesis().Hash() != genesis.ToBlock().Hash() || n > len(records):
		return false
	case n == 0:
		return true
	}
	return head.Hash() == records[n-1].block && e.eth.BlockChain().HasState(head.Root)
}

// repeat mines one journalled transaction again.
func (e *engine) repeat(ctx context.Context, r record) error {
	tx := new(types.Transaction)
	if err := tx.UnmarshalBinary(r.raw); err != nil {
		return err
	}
	block, err := e.build(tx, r.time)
	if err != nil {
		return err
	}
	if block.Hash() != r.block {
		return fmt.Errorf("replaying made block %s, the journal has %s", block.Hash(), r.block)
	}
	return e.seal(ctx, block)
}

// blockTime is the time of the next block: now, and later than the head's.
func (e *engine) blockTime(now time.Time) uint64 {
	return max(uint64(now.Unix()), e.head().Time+1)
}
