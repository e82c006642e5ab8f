//go:build unix

package devchain

import (
	"context"
	"encoding/hex"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/ethclient"

	"github.com/modelfactory/modelfactory/chain"
)

// filled makes a chain with n coin transfers, a second apart at least, and
// closes it. It returns the folder and the head.
func filled(t *testing.T, n int) (dir string, head *types.Header) {
	t.Helper()
	dir = t.TempDir()
	now := time.Unix(1_800_000_000, 0)
	c := open(t, dir, Options{Now: func() time.Time { now = now.Add(3 * time.Second); return now }})
	for range n {
		if _, err := c.Faucet(context.Background(), alice, big.NewInt(1)); err != nil {
			t.Fatal(err)
		}
	}
	head = c.engine.head()
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	return dir, head
}

func same(t *testing.T, dir string, head *types.Header) {
	t.Helper()
	c := open(t, dir, Options{})
	defer c.Close()
	if got := c.engine.head(); got.Hash() != head.Hash() {
		t.Fatalf("head is block %s %s, want %s %s", got.Number, got.Hash(), head.Number, head.Hash())
	}
	if n, err := c.Check(context.Background()); err != nil || uint64(n) != head.Number.Uint64() {
		t.Fatalf("check: %d blocks, %v", n, err)
	}
	want := new(big.Int).SetUint64(head.Number.Uint64() - contractCount)
	if b, err := ethclient.NewClient(c.RPC()).BalanceAt(context.Background(), alice, nil); err != nil || b.Cmp(want) != 0 {
		t.Fatalf("balance %s, %v; want %s", b, err, want)
	}
}

const contractCount = 3

func TestReplay(t *testing.T) {
	for name, harm := range map[string]func(t *testing.T, dir string){
		"nothing happened": func(*testing.T, string) {},
		"the database is gone": func(t *testing.T, dir string) {
			if err := os.RemoveAll(filepath.Join(dir, "node")); err != nil {
				t.Fatal(err)
			}
		},
		"the database is damaged": func(t *testing.T, dir string) {
			files, _ := filepath.Glob(filepath.Join(dir, "node", "chain", "chaindata", "*"))
			if len(files) == 0 {
				t.Fatal("no database files")
			}
			for _, f := range files {
				if i, err := os.Stat(f); err == nil && i.Mode().IsRegular() {
					if err := os.WriteFile(f, []byte("damage"), 0o600); err != nil {
						t.Fatal(err)
					}
				}
			}
		},
		"a file of the database is cut": func(t *testing.T, dir string) {
			files, _ := filepath.Glob(filepath.Join(dir, "node", "chain", "chaindata", "*.log"))
			for _, f := range files {
				if i, err := os.Stat(f); err == nil {
					if err := os.Truncate(f, i.Size()/2); err != nil {
						t.Fatal(err)
					}
				}
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir, head := filled(t, 20)
			harm(t, dir)
			same(t, dir, head)
		})
	}
}

// A database that is ahead of the journal follows the journal, not the reverse.
func TestDatabaseAheadOfJournal(t *testing.T) {
	dir := t.TempDir()
	c := open(t, dir, Options{})
	for range 5 {
		if _, err := c.Faucet(context.Background(), alice, big.NewInt(1)); err != nil {
			t.Fatal(err)
		}
	}
	head, size := c.engine.head(), c.journal.size
	if _, err := c.Faucet(context.Background(), alice, big.NewInt(1)); err != nil {
		t.Fatal(err)
	}
	c.Close()
	if err := os.Truncate(filepath.Join(dir, "journal"), size+9); err != nil { // a torn sixth record
		t.Fatal(err)
	}
	same(t, dir, head)
}

func TestDamagedJournalIsNeverRepaired(t *testing.T) {
	dir, _ := filled(t, 3)
	path := filepath.Join(dir, "journal")
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	b[journalHeader+50] ^= 1
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err = Open(context.Background(), dir, Options{})
	if err == nil || !strings.Contains(err.Error(), "damaged") {
		t.Fatalf("a damaged journal opened: %v", err)
	}
	if e, ok := err.(*chain.Error); !ok || e.Advice() == "" {
		t.Fatalf("no advice: %v", err)
	}
	if after, _ := os.ReadFile(path); string(after) != string(b) {
		t.Fatal("the damaged journal was changed")
	}
}

// A chain without its journal, or without its genesis, is not opened as an empty one; with the file back it is as before.
func TestALostFileIsNotMadeAnew(t *testing.T) {
	dir, head := filled(t, 3)
	for _, name := range []string{"journal", "genesis.json"} {
		path := filepath.Join(dir, name)
		if err := os.Rename(path, path+".away"); err != nil {
			t.Fatal(err)
		}
		_, err := Open(context.Background(), dir, Options{})
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("without %s: %v", name, err)
		}
		if _, err := os.Stat(path); err == nil {
			t.Errorf("%s was made anew", name)
		}
		if err := os.Rename(path+".away", path); err != nil {
			t.Fatal(err)
		}
	}
	same(t, dir, head)
}

func TestEveryFolderIsAnotherChain(t *testing.T) {
	a, b := open(t, t.TempDir(), Options{}), open(t, t.TempDir(), Options{})
	if a.Profile().Genesis == b.Profile().Genesis || a.Steward() == b.Steward() {
		t.Fatal("two folders have the same genesis or steward")
	}
	if a.Profile().ChainID != ChainID || a.Profile().ChainID == 1612 || a.Profile().ChainID == 1337 {
		t.Fatalf("chain id %d", a.Profile().ChainID)
	}
	// The salt is in the genesis itself, not only in the file.
	if extra := a.engine.eth.BlockChain().Genesis().Extra(); len(extra) != 32 {
		t.Fatalf("genesis extra data %x", extra)
	}
}

func TestSecondProcessIsRefused(t *testing.T) {
	dir := t.TempDir()
	open(t, dir, Options{})
	_, err := Open(context.Background(), dir, Options{})
	if e, ok := err.(*chain.Error); !ok || e.Code() != chain.KindBusy {
		t.Fatalf("second open: %v, want busy", err)
	}
}

// A start that was cut off after some contracts goes on with the others.
func TestDeployGoesOn(t *testing.T) {
	for kept := range contractCount {
		dir := t.TempDir()
		sizes := []int64{}
		var c *Chain
		c = open(t, dir, Options{Step: func(step string) {
			if step == "journalled" {
				i, err := os.Stat(filepath.Join(dir, "journal"))
				if err != nil {
					t.Error(err)
				}
				sizes = append(sizes, i.Size())
			}
		}})
		want := c.Profile()
		c.Close()
		size := int64(journalHeader)
		if kept > 0 {
			size = sizes[kept-1]
		}
		if err := os.Truncate(filepath.Join(dir, "journal"), size); err != nil {
			t.Fatal(err)
		}
		c = open(t, dir, Options{})
		if c.Profile().Registries[0] != want.Registries[0] || c.engine.head().Number.Int64() != contractCount {
			t.Fatalf("with %d contracts kept: head %s", kept, c.engine.head().Number)
		}
		c.Close()
	}
}

// A full disk: nothing is half-written, the chain goes on when there is space.
func TestJournalOnAFullDisk(t *testing.T) {
	path, want, whole := written(t)
	j, _, err := openJournal(path, testGenesis)
	if err != nil {
		t.Fatal(err)
	}
	defer j.close()
	var old syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &old); err != nil {
		t.Fatal(err)
	}
	small := syscall.Rlimit{Cur: uint64(len(whole) + 20), Max: old.Max}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &small); err != nil {
		t.Fatal(err)
	}
	err = j.append(record{time: 9, raw: []byte("does not fit")})
	if serr := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &old); serr != nil {
		t.Fatal(serr)
	}
	if err == nil {
		t.Fatal("a record was written past the limit")
	}
	if b, _ := os.ReadFile(path); string(b) != string(whole) {
		t.Fatal("the journal was changed by a record that did not fit")
	}
	more := record{time: 10, raw: []byte("fits")}
	if err := j.append(more); err != nil {
		t.Fatal(err)
	}
	if _, got, err := openJournal(path, testGenesis); err != nil || !sameRecords(got, append(want, more)) {
		t.Fatalf("%d records, %v", len(got), err)
	}
}

// Predeploys answer as on an OP Stack network after Jovian.
func TestPredeploys(t *testing.T) {
	ctx := context.Background()
	c := open(t, t.TempDir(), Options{})
	call := func(to common.Address, data string) []byte {
		t.Helper()
		b, _ := hex.DecodeString(data)
		var out string
		if err := c.RPC().CallContext(ctx, &out, "eth_call", map[string]any{"to": to, "input": "0x" + hex.EncodeToString(b)}, "latest"); err != nil {
			t.Fatal(err)
		}
		return common.FromHex(out)
	}
	eas := common.HexToAddress("0x4200000000000000000000000000000000000021")
	registry := common.HexToAddress("0x4200000000000000000000000000000000000020")
	l1block := common.HexToAddress("0x4200000000000000000000000000000000000015")
	for name, sig := range map[string]string{"isEcotone": "4ef6e224", "isFjord": "960e3a23", "isIsthmus": "", "isJovian": ""} {
		if sig == "" {
			sig = hex.EncodeToString(selector(name + "()"))
		}
		if out := call(GasPriceOracle, sig); len(out) != 32 || out[31] != 1 {
			t.Errorf("%s is %x, want true", name, out)
		}
	}
	if out := call(GasPriceOracle, hex.EncodeToString(selector("getL1FeeUpperBound(uint256)"))+strings.Repeat("0", 61)+"100"); new(big.Int).SetBytes(out).Sign() != 0 {
		t.Errorf("the oracle quotes %x, but this chain takes no data fee", out)
	}
	if out := call(l1block, hex.EncodeToString(selector("version()"))); len(out) < 64 {
		t.Errorf("L1Block has no version: %x", out)
	}
	if out := call(eas, hex.EncodeToString(selector("getSchemaRegistry()"))); common.BytesToAddress(out) != registry {
		t.Errorf("EAS names the registry %x", out)
	}
	if out := call(eas, hex.EncodeToString(selector("getName()"))); !strings.Contains(string(out), "EAS") {
		t.Errorf("EAS says its name is %q", out)
	}
	// A schema can be registered: 185k gas, the figure of the real one.
	data := append(selector("register(string,address,bool)"), common.FromHex("0x"+
		"0000000000000000000000000000000000000000000000000000000000000060"+
		"0000000000000000000000000000000000000000000000000000000000000000"+
		"0000000000000000000000000000000000000000000000000000000000000001"+
		"0000000000000000000000000000000000000000000000000000000000000006"+
		"626f6f6c20610000000000000000000000000000000000000000000000000000")...)
	receipt, err := c.SignSend(ctx, &registry, nil, data)
	if err != nil || len(receipt.Logs) != 1 {
		t.Fatalf("schema: %v", err)
	}
}

func TestReplayOfAThousand(t *testing.T) {
	if testing.Short() {
		t.Skip("mines a thousand blocks")
	}
	dir, head := filled(t, 1000)
	if err := os.RemoveAll(filepath.Join(dir, "node")); err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	done := 0
	c := open(t, dir, Options{Progress: func(n, total int) { done = n }})
	t.Logf("replay of %d transactions: %v", done, time.Since(start))
	if done != 1000+contractCount || c.engine.head().Hash() != head.Hash() {
		t.Fatalf("%d replayed, head %s, want %s", done, c.engine.head().Hash(), head.Hash())
	}
}
