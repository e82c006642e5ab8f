package devchain

import (
	"context"
	"errors"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/ethclient"

	"github.com/modelfactory/modelfactory/chain"
)

func open(t *testing.T, dir string, opt Options) *Chain {
	t.Helper()
	c, err := Open(context.Background(), dir, opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

var alice = common.HexToAddress("0x00000000000000000000000000000000000A11cE")

func TestFirstAccountIsFundedOnce(t *testing.T) {
	dir := t.TempDir()
	ctx := context.Background()
	c := open(t, dir, Options{})
	before := c.engine.head().Number.Uint64()
	for range 3 {
		if err := c.FundFirst(ctx, alice); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	c = open(t, dir, Options{})
	if err := c.FundFirst(ctx, alice); err != nil {
		t.Fatal(err)
	}
	if err := c.FundFirst(ctx, common.Address{1}); err != nil {
		t.Fatal(err)
	}
	got, err := ethclient.NewClient(c.RPC()).BalanceAt(ctx, alice, nil)
	if err != nil {
		t.Fatal(err)
	}
	if got.Cmp(FirstFunding) != 0 {
		t.Fatalf("first account has %s wei, want %s", got, FirstFunding)
	}
	if n := c.engine.head().Number.Uint64() - before; n != 1 {
		t.Fatalf("%d funding blocks, want 1", n)
	}
}

// Little room keeps nobody from reading a chain that is there, and says of one that is not there what it is wanted for.
func TestAlmostFullDisk(t *testing.T) {
	dir := t.TempDir()
	little := func(string) (uint64, error) { return 2 << 20, nil }
	_, err := Open(context.Background(), dir, Options{Free: little})
	e, ok := errors.AsType[*chain.Error](err)
	if !ok || e.Kind != chain.KindRefused || e.Next != "Free some space, then try again; nothing was written." ||
		err.Error() != "making the development chain, at its first use: The disk is almost full: 2 MB left, the development chain needs 64" {
		t.Fatalf("%v", err)
	}
	if err := open(t, dir, Options{}).Close(); err != nil {
		t.Fatal(err)
	}
	c := open(t, dir, Options{Free: little})
	defer c.Close()
	if n, err := c.Check(context.Background()); err != nil || n != contractCount {
		t.Errorf("%d blocks, %v", n, err)
	}
	if _, err := c.Faucet(context.Background(), alice, big.NewInt(1)); err == nil || !strings.HasPrefix(err.Error(), "The disk is almost full") {
		t.Errorf("a transaction without room: %v", err)
	}
}

// Targets: boot under 1 s, send to receipt under 100 ms. The limits here are
// wider, so that a machine busy with other tests passes.
func TestSpeed(t *testing.T) {
	dir := t.TempDir()
	within := func(what string, limit time.Duration, n int, f func()) {
		t.Helper()
		start := time.Now()
		f()
		took := time.Since(start) / time.Duration(n)
		t.Logf("%s %v", what, took)
		if took > limit {
			t.Errorf("%s took %v, at most %v is meant", what, took, limit)
		}
	}
	var c *Chain
	within("first boot", 5*time.Second, 1, func() { c = open(t, dir, Options{}) })
	within("send to receipt", 500*time.Millisecond, 100, func() {
		for range 100 {
			if _, err := c.Faucet(context.Background(), alice, big.NewInt(1)); err != nil {
				t.Fatal(err)
			}
		}
	})
	c.Close()
	within("second boot", 5*time.Second, 1, func() { c = open(t, dir, Options{}) })
}
