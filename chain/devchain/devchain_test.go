package devchain

import (
	"context"
	"math/big"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/ethclient"
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

func TestSpeed(t *testing.T) {
	dir := t.TempDir()
	ctx := context.Background()
	start := time.Now()
	c := open(t, dir, Options{})
	t.Logf("first boot %v", time.Since(start))
	start = time.Now()
	const n = 100
	for range n {
		if _, err := c.Faucet(ctx, alice, big.NewInt(1)); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("send to receipt %v", time.Since(start)/n)
	start = time.Now()
	c.Close()
	t.Logf("close %v", time.Since(start))
	start = time.Now()
	c = open(t, dir, Options{})
	t.Logf("second boot %v", time.Since(start))
}
