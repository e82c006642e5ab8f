package devchain

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/node"
	"github.com/ethereum/go-ethereum/rpc"
	"github.com/gofrs/flock"

	"github.com/modelfactory/modelfactory/chain"
)

// Options of Open. The zero value is right for the product.
type Options struct {
	Now      func() time.Time      // clock of new blocks; nil = time.Now
	Progress func(done, total int) // transactions replayed at start
	Genesis  func(*core.Genesis)   // changes the genesis of a new folder, for tests of fees
	Step     func(step string)     // called between the steps of a transaction: built, journalled, sealed; tests stop the process there

	Free func(dir string) (uint64, error) // bytes that may still be written in a folder; nil = asked of the system
}

// Chain is an open development chain. All methods may be called from any
// goroutine.
type Chain struct {
	dir     string
	opt     Options
	lock    *flock.Flock
	genesis common.Hash
	chainID uint64
	key     *ecdsa.PrivateKey // steward
	server  *rpc.Server
	client  *rpc.Client

	mu      sync.Mutex // one transaction at a time
	journal *journal
	engine  *engine
	funded  bool  // the first account has its coin
	broken  error // set when journal and chain could not be kept equal
	closed  bool
}

// Open boots the chain in dir, replays its journal and, on the first start,
// deploys our contracts. Only one process can have a folder open; the error is
// then of kind busy.
func Open(ctx context.Context, dir string, opt Options) (*Chain, error) {
	if opt.Now == nil {
		opt.Now = time.Now
	}
	if opt.Free == nil {
		opt.Free = freeSpace
	}
	if opt.Step == nil {
		opt.Step = func(string) {}
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, failed(err, "Check that the data folder can be written.", "The development chain's folder could not be made")
	}
	lock := flock.New(filepath.Join(dir, "lock"))
	if held, err := lock.TryLock(); err != nil {
		return nil, failed(err, "Check that the data folder can be written.", "The development chain's folder could not be locked")
	} else if !held {
		return nil, busy()
	}
	c := &Chain{dir: dir, opt: opt, lock: lock}
	if err := c.open(ctx); err != nil {
		c.Close()
		if errors.Is(err, node.ErrDatadirUsed) {
			return nil, busy()
		}
		return nil, err
	}
	return c, nil
}

func busy() error {
	return &chain.Error{Kind: chain.KindBusy, Message: "Another program has this development chain open", Next: "Close it, or let it do the work."}
}

// whole refuses a folder that has lost its genesis or its journal: with new ones in their place it would be another chain,
// with nothing on it. They are made in this order, and each is on the disk before the next is begun.
func (c *Chain) whole() error {
	lost := ""
	for _, name := range []string{"genesis.json", "journal", "node"} {
		switch _, err := os.Stat(filepath.Join(c.dir, name)); {
		case err == nil && lost != "":
			return failed(nil, "Restore it from a copy. To begin a new chain instead, move the folder "+c.dir+" away.", "The development chain has lost its file %s", lost)
		case errors.Is(err, fs.ErrNotExist) && lost == "":
			lost = name
		}
	}
	return nil
}

func (c *Chain) open(ctx context.Context) error {
	if err := c.whole(); err != nil {
		return err
	}
	id, err := loadIdentity(filepath.Join(c.dir, "genesis.json"), c.opt.Now(), c.opt.Genesis)
	if err != nil {
		return failed(err, "Restore chain/dev/genesis.json from a copy. Without it this chain cannot be opened.", "The development chain's genesis could not be read")
	}
	salt, _ := hex.DecodeString(id.Salt)
	c.key = stewardKey([32]byte(salt))
	c.genesis = id.Genesis.ToBlock().Hash()
	c.chainID = id.Genesis.Config.ChainID.Uint64()
	var records []record
	c.journal, records, err = openJournal(filepath.Join(c.dir, "journal"), c.genesis)
	if err != nil {
		return failed(err, "Restore chain/dev/journal from a copy; nothing was changed.", "The development chain's journal could not be opened")
	}
	c.engine, err = replay(ctx, filepath.Join(c.dir, "node"), id.Genesis, records, c.opt.Progress)
	if err != nil {
		return failed(err, "Start again. If it stays, keep the chain/dev folder: its journal has every transaction.", "The development chain could not be brought to equal its journal")
	}
	for _, r := range records {
		if tx := new(types.Transaction); tx.UnmarshalBinary(r.raw) == nil && isFirstFunding(tx) {
			c.funded = true
		}
	}
	if c.server, err = c.newServer(); err != nil {
		return failed(err, "", "The development chain's interface could not be started")
	}
	c.client = rpc.DialInProc(c.server)
	return c.deploy(ctx)
}

// Profile describes this chain to package chain. URL is empty: the client is
// the one that RPC returns.
func (c *Chain) Profile() chain.Profile {
	return chain.Profile{
		Name: "dev", Title: "Development chain", ChainID: c.chainID, Genesis: c.genesis,
		Coin: "test OPEN", Dev: true, Registries: []chain.Registry{c.registry()},
	}
}

// RPC returns the client of this chain, in process. What it sends goes through
// the journal. It ends with Close; closing it earlier would end it for all.
func (c *Chain) RPC() *rpc.Client { return c.client }

// Close seals nothing more and releases the folder.
func (c *Chain) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return nil
	}
	c.closed = true
	var errs []error
	if c.client != nil {
		c.client.Close()
	}
	if c.server != nil {
		c.server.Stop()
	}
	if c.engine != nil {
		errs = append(errs, c.engine.close())
	}
	if c.journal != nil {
		errs = append(errs, c.journal.close())
	}
	errs = append(errs, c.lock.Unlock())
	return errors.Join(errs...)
}

// Check reads the journal from the disk and compares it with the chain, block
// by block: hash, time and the one transaction. It returns how many there are.
func (c *Chain) Check(ctx context.Context) (blocks int, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return 0, failed(nil, "Open it again.", "The development chain is closed")
	}
	b, err := os.ReadFile(c.journal.file.Name())
	if err != nil {
		return 0, failed(err, "", "The journal could not be read")
	}
	differs := func(format string, args ...any) error {
		return failed(fmt.Errorf(format, args...), "Start the program again: the chain is then built from the journal.", "The development chain differs from its journal")
	}
	if len(b) < journalHeader {
		return 0, differs("the journal has no header")
	}
	records, _, good, err := readJournal(b[journalHeader:], c.genesis)
	switch head := c.engine.head().Number.Uint64(); {
	case err != nil:
		return 0, differs("%w", err)
	case good != len(b)-journalHeader:
		return 0, differs("the journal's last record is not whole")
	case head != uint64(len(records)):
		return 0, differs("%d blocks, %d records", head, len(records))
	}
	for i, r := range records {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		block := c.engine.eth.BlockChain().GetBlockByNumber(uint64(i + 1))
		if block == nil || block.Hash() != r.block || block.Time() != r.time || len(block.Transactions()) != 1 {
			return 0, differs("block %d", i+1)
		}
		if raw, err := block.Transactions()[0].MarshalBinary(); err != nil || !bytes.Equal(raw, r.raw) {
			return 0, differs("the transaction of block %d", i+1)
		}
	}
	return len(records), nil
}
