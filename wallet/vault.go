package wallet

import (
	"errors"
	"fmt"
	"io/fs"
	"runtime"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"github.com/btcsuite/btcd/btcutil/hdkeychain"
	"github.com/ethereum/go-ethereum/accounts/keystore"
)

// DefaultAutoLock is how long an unlocked vault may lie idle.
const DefaultAutoLock = 5 * time.Minute

// Options of [Open]; the zero value is right outside tests.
type Options struct {
	ScryptN, ScryptP int              // 0: the standard of keystore v3, 2^18 and 1 (256 MiB, about a second)
	AutoLock         time.Duration    // idle time until the vault locks itself; 0: [DefaultAutoLock]; negative: never
	Now              func() time.Time // nil: time.Now
}

// Vault is one sealed seed with its accounts. All methods may be called from
// any goroutine; those that take a password need about a second, no other
// method waits for them.
type Vault struct {
	dir string
	opt Options

	slow sync.Mutex // one password operation at a time; taken before mu

	mu      sync.Mutex
	seed    *sealed                 // nil: no vault here
	index   *index                  // nil: list lost, made again at unlock
	branch  *hdkeychain.ExtendedKey // m/44'/60'/0'/0; nil: locked
	entropy []byte                  // only while unlocked and the backup is not yet checked
	used    time.Time               // last use, for auto-lock
	timer   *time.Timer
	tries   tries
	onLock  []func()
}

// Open reads the vault of a folder. A folder without a vault, or no folder at
// all, gives a Vault whose Exists is false. Errors: refused when the folder or
// a file is a link or open to others; failed when the sealed seed is damaged.
func Open(dir string, opt Options) (*Vault, error) {
	if opt.ScryptN == 0 {
		opt.ScryptN, opt.ScryptP = keystore.StandardScryptN, keystore.StandardScryptP
	}
	if opt.AutoLock == 0 {
		opt.AutoLock = DefaultAutoLock
	}
	if opt.Now == nil {
		opt.Now = time.Now
	}
	if err := checkFolder(dir); err != nil {
		return nil, err
	}
	v := &Vault{dir: dir, opt: opt}
	var err error
	if v.seed, err = loadSeed(dir); err != nil {
		return nil, err
	}
	if v.seed == nil {
		return v, nil
	}
	if v.index, err = loadIndex(dir, v.seed.ID); err != nil {
		return nil, asError(err, "The account list cannot be read")
	}
	v.tries = loadTries(dir)
	return v, nil
}

// loadSeed reads seed.json or, where it is damaged, its copy, which then is put
// back. nil without an error: there is no vault.
func loadSeed(dir string) (*sealed, error) {
	var cause error
	for _, name := range []string{seedFile, seedFile + bakSuffix} {
		data, err := readFile(dir, name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, asError(err, "The sealed seed cannot be read")
		}
		s, err := parseSealed(data)
		if err != nil {
			cause = err
			continue
		}
		if name != seedFile {
			if err := restoreSeed(dir, data); err != nil {
				return nil, err
			}
		}
		return s, nil
	}
	if cause != nil {
		return nil, failed(fmt.Sprintf("The sealed seed in %s and its copy are damaged", dir),
			"Put the folder back from your backup, or move it away and import your words.", cause)
	}
	return nil, nil
}

func asError(err error, message string) error {
	var e *Error
	if errors.As(err, &e) {
		return err
	}
	return failed(message, "", err)
}

// Exists says whether the folder holds a vault.
func (v *Vault) Exists() bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.seed != nil
}

// Locked says whether keys are out of reach. It also locks a vault whose idle
// time is over.
func (v *Vault) Locked() bool {
	v.mu.Lock()
	fire := v.expire()
	locked := v.branch == nil
	v.mu.Unlock()
	call(fire)
	return locked
}

// LocksAt is when the vault locks itself unless it is used; zero when it is
// locked or never locks itself.
func (v *Vault) LocksAt() time.Time {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.branch == nil || v.opt.AutoLock < 0 {
		return time.Time{}
	}
	return v.used.Add(v.opt.AutoLock)
}

// Touch restarts the idle time: the person is here.
func (v *Vault) Touch() {
	v.mu.Lock()
	fire := v.expire()
	if v.branch != nil {
		v.used = v.now()
	}
	v.mu.Unlock()
	call(fire)
}

// OnLock adds a function that is called after each lock, by hand or by time, on
// the goroutine that noticed.
func (v *Vault) OnLock(f func()) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.onLock = append(v.onLock, f)
}

// Lock wipes the keys and lets the memory go. What Go itself copied while it
// computed (stack frames, buffers of hash functions) is freed and handed back
// to the system but cannot be wiped for certain; someone who rules the machine
// while the vault is unlocked can read the keys.
func (v *Vault) Lock() {
	v.mu.Lock()
	fire := v.lock()
	v.mu.Unlock()
	call(fire)
}

// lock wipes; the caller holds mu and calls what it returns after releasing it.
func (v *Vault) lock() []func() {
	if v.branch == nil {
		return nil
	}
	v.branch.Zero()
	v.branch = nil
	clear(v.entropy)
	v.entropy = nil
	if v.timer != nil {
		v.timer.Stop()
		v.timer = nil
	}
	go releaseMemory()
	return slices.Clone(v.onLock)
}

// releaseMemory hands freed pages back to the system: the 256 MiB of scrypt and
// what key derivation left behind.
func releaseMemory() {
	runtime.GC() // a second cycle empties the pools of the library
	debug.FreeOSMemory()
}

func call(fs []func()) {
	for _, f := range fs {
		f()
	}
}

// now is wall time without the monotonic reading, which stands still while the
// computer sleeps.
func (v *Vault) now() time.Time { return v.opt.Now().Round(0) }

// expire locks when the idle time is over, or when the clock was set back by
// more than a minute; the caller holds mu.
func (v *Vault) expire() []func() {
	if v.branch == nil || v.opt.AutoLock < 0 {
		return nil
	}
	idle := v.now().Sub(v.used)
	if idle < v.opt.AutoLock && idle > -time.Minute {
		return nil
	}
	return v.lock()
}

// look is how often the idle time is looked at while unlocked, so that waking
// from sleep is noticed.
const look = 15 * time.Second

// unlocked takes over keys; the caller holds mu.
func (v *Vault) unlocked(branch *hdkeychain.ExtendedKey, entropy []byte) {
	if v.branch != nil {
		v.branch.Zero()
		clear(v.entropy)
	}
	v.branch, v.entropy, v.used = branch, nil, v.now()
	if v.index.Checked == nil {
		v.entropy = slices.Clone(entropy)
	}
	if v.timer == nil && v.opt.AutoLock > 0 {
		v.timer = time.AfterFunc(min(look, v.opt.AutoLock), v.tick)
	}
}

func (v *Vault) tick() {
	if v.Locked() {
		return
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.timer != nil && v.branch != nil {
		left := v.opt.AutoLock - v.now().Sub(v.used)
		v.timer.Reset(max(min(look, left), time.Millisecond))
	}
}

// SetAutoLock changes how long an unlocked vault may lie idle, from now on;
// zero is [DefaultAutoLock], negative never locks by itself.
func (v *Vault) SetAutoLock(d time.Duration) {
	if d == 0 {
		d = DefaultAutoLock
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.opt.AutoLock = d
	if v.timer != nil {
		v.timer.Stop()
		v.timer = nil
	}
	if v.branch != nil && d > 0 {
		v.used = v.now()
		v.timer = time.AfterFunc(min(look, d), v.tick)
	}
}
