package studio

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/ethereum/go-ethereum/common"

	"github.com/modelfactory/modelfactory/chain"
	"github.com/modelfactory/modelfactory/chain/devchain"
	"github.com/modelfactory/modelfactory/chain/lineage"
	"github.com/modelfactory/modelfactory/cmd/internal/sqlite"
	"github.com/modelfactory/modelfactory/datasets"
	"github.com/modelfactory/modelfactory/training"
	"github.com/modelfactory/modelfactory/training/local"
	"github.com/modelfactory/modelfactory/training/trainer"
	"github.com/modelfactory/modelfactory/wallet"
)

// Version is the program's version; the build sets it.
var Version = "0.1.0-dev"

// Options say where and how to open.
type Options struct {
	Home    string
	Lock    *Lock // from Acquire; Close releases it
	Log     io.Writer
	Getenv  func(string) string // nil = os.Getenv
	Now     func() time.Time    // nil = time.Now
	ScryptN int                 // cost of the wallet's password; 0 = the standard one. Tests and the demo's throw-away wallet lower it
}

// Studio is one open data folder.
type Studio struct {
	Home string
	Log  io.Writer

	Library *datasets.Library
	Bases   *training.BaseShelf
	Runs    *training.Manager
	Runtime *local.Runtime
	Vault   *wallet.Vault
	Models  *lineage.Shelf
	Outbox  *chain.Outbox
	Drafts  *sqlite.Drafts

	now   func() time.Time
	lock  *Lock
	db    *sqlite.DB
	links links

	mu      sync.Mutex
	config  Config
	exports map[string]bool // hidden places that are being filled
	account common.Address  // chosen by the person; zero = the wallet's first
	raise   func()          // brings the window to the front
}

// OnRaise sets what brings the window to the front; only the window program has one.
func (s *Studio) OnRaise(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.raise = f
}

// Raise brings the window of this program to the front.
func (s *Studio) Raise() error {
	s.mu.Lock()
	f := s.raise
	s.mu.Unlock()
	if f == nil {
		return &Error{Kind: "busy", Message: "a command line program holds this data folder", Next: "Wait until it is done, or choose another folder with --home."}
	}
	f()
	return nil
}

// DefaultHome is the data folder when none is named.
func DefaultHome() (string, error) {
	base, err := os.UserConfigDir()
	if err != nil {
		return "", &Error{Kind: "failed", Message: "there is no home folder", Next: "Name a data folder with --home or MODELFACTORY_HOME.", Err: err}
	}
	return filepath.Join(base, "ModelFactory"), nil
}

// Open opens a data folder: everything that is quick and local. Chains are reached when they are first needed.
func Open(ctx context.Context, opt Options) (_ *Studio, err error) {
	if opt.Getenv == nil {
		opt.Getenv = os.Getenv
	}
	if opt.Now == nil {
		opt.Now = time.Now
	}
	s := &Studio{Home: opt.Home, Log: opt.Log, now: opt.Now, lock: opt.Lock}
	defer func() {
		if err != nil {
			s.lock = nil // the caller still owns it
			err = errors.Join(err, s.Close(context.WithoutCancel(ctx)))
		}
	}()
	for _, dir := range []string{"datanets", "runs", "models", "tokens", "chain", "logs"} {
		dir = filepath.Join(s.Home, dir)
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return nil, &Error{Kind: "failed", Message: "the data folder " + s.Home + " cannot be written", Next: "Choose another with --home, or free some space.", Err: err}
		}
		keepPrivate(dir)
	}
	if s.config, err = readConfig(s.Home); err != nil {
		return nil, err
	}
	if s.db, err = sqlite.Open(ctx, filepath.Join(s.Home, "studio.db")); err != nil {
		return nil, err
	}
	s.Drafts = s.db.Drafts()
	if s.Library, err = datasets.OpenLibrary(filepath.Join(s.Home, "datanets")); err != nil {
		return nil, err
	}
	if err = s.installSamples(); err != nil {
		return nil, err
	}
	runtimeDir := opt.Getenv("MODELFACTORY_RUNTIME")
	if runtimeDir == "" {
		runtimeDir = s.Home
	}
	s.Runtime = local.NewRuntime(runtimeDir, trainer.FS)
	s.Bases = training.NewBaseShelf(filepath.Join(runtimeDir, "bases"))
	vault := wallet.Options{AutoLock: s.AutoLock()}
	if opt.ScryptN > 0 {
		vault.ScryptN, vault.ScryptP = opt.ScryptN, 1
	}
	if s.Vault, err = wallet.Open(filepath.Join(s.Home, "vault"), vault); err != nil {
		return nil, err
	}
	if s.Models, err = lineage.OpenShelf(filepath.Join(s.Home, "models")); err != nil {
		return nil, err
	}
	s.Outbox = chain.NewOutbox(s.db.Transactions(), s.clientOf)
	runsDir := filepath.Join(s.Home, "runs")
	s.Runs = training.NewManager(training.ManagerConfig{
		Dir: runsDir, Store: s.db.Runs(), Engine: local.NewEngine(s.Runtime, runsDir, s.tokensDir()), Gate: gate{s},
		Library: s.Library, Bases: s.Bases, Now: opt.Now, Measured: s.measuredMemory,
	})
	if err = s.Runs.Recover(ctx); err != nil {
		return nil, err
	}
	// A run whose model cannot be made now, because its base is away or the disk is full, is tried again at the next
	// start; everything else must open.
	if err := s.shelveFinished(ctx); err != nil {
		fmt.Fprintln(s.Log, err)
	}
	return s, nil
}

// keepPrivate takes a folder that an earlier version made from everybody but its owner. Whoever is not its owner cannot, and
// a link leads to a folder that the person chose: both stay as they are.
func keepPrivate(dir string) {
	if info, err := os.Lstat(dir); err == nil && info.IsDir() {
		_ = os.Chmod(dir, info.Mode()&^0o077)
	}
}

// Close saves what runs and closes everything, in reverse order.
func (s *Studio) Close(ctx context.Context) error {
	var errs []error
	if s.Runs != nil {
		errs = append(errs, s.Runs.Close(ctx))
	}
	if s.Vault != nil {
		s.Vault.Lock()
	}
	errs = append(errs, s.links.close())
	if s.db != nil {
		errs = append(errs, s.db.Close())
	}
	return errors.Join(append(errs, s.lock.Release())...)
}

// Settle does what is left to do after runs and transactions: finished runs become models, mined registrations are
// written beside their models.
func (s *Studio) Settle(ctx context.Context) error {
	if err := s.shelveFinished(ctx); err != nil {
		return err
	}
	if !s.links.opened() {
		return nil // no chain was used: nothing can have been mined
	}
	return s.writePublications(ctx)
}

// devChain opens the embedded chain at its first use: it costs about a third of a second, which most verbs need not pay.
func (s *Studio) devChain(ctx context.Context) (*devchain.Chain, error) {
	return s.links.devChain(func() (*devchain.Chain, error) {
		c, err := devchain.Open(ctx, filepath.Join(s.Home, "chain", "dev"), devchain.Options{Now: s.now})
		if err != nil {
			return nil, err
		}
		if err := s.registerSamples(ctx, c); err != nil {
			return nil, errors.Join(err, c.Close())
		}
		if accounts := s.Vault.Accounts(); len(accounts) > 0 { // a full disk or a kill came between the wallet and its coin
			if err := c.FundFirst(ctx, accounts[0].Address); err != nil {
				fmt.Fprintln(s.Log, "the first account got no test OPEN yet:", err)
			}
		}
		return c, nil
	})
}
