//go:build unix

package devchain

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"math/big"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/ethereum/go-ethereum/common"
)

const (
	childDir  = "MODELFACTORY_TEST_DEVCHAIN_DIR"
	childKill = "MODELFACTORY_TEST_DEVCHAIN_KILL" // "step:n"
)

// The child opens a new chain, gives coin again and again and says each
// transaction that was answered, until it kills itself.
func TestMain(m *testing.M) {
	dir := os.Getenv(childDir)
	if dir == "" {
		os.Exit(m.Run())
	}
	name, n, _ := strings.Cut(os.Getenv(childKill), ":")
	left, _ := strconv.Atoi(n)
	c, err := Open(context.Background(), dir, Options{Step: func(step string) {
		if step == name {
			if left--; left == 0 {
				syscall.Kill(os.Getpid(), syscall.SIGKILL)
				select {}
			}
		}
	}})
	for err == nil {
		var hash common.Hash
		hash, err = c.Faucet(context.Background(), alice, big.NewInt(1))
		fmt.Println(hash.Hex())
	}
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

// Whatever was answered is there after kill -9; at most the one transaction
// that was under way is there besides, and the chain equals the journal. The
// first three steps fall into the first start, while contracts are deployed.
func TestKill(t *testing.T) {
	kills := []string{"built:2", "journalled:3", "sealed:20", "journalled:40"}
	if os.Getenv("MODELFACTORY_SOAK") == "1" {
		kills = nil
		for i := range 50 {
			kills = append(kills, fmt.Sprintf("%s:%d", []string{"built", "journalled", "sealed"}[i%3], 1+rand.IntN(60)))
		}
	}
	for _, kill := range kills {
		t.Run(kill, func(t *testing.T) {
			dir := t.TempDir()
			child := exec.Command(os.Args[0])
			child.Env = append(os.Environ(), childDir+"="+dir, childKill+"="+kill)
			out, err := child.Output()
			if status, ok := child.ProcessState.Sys().(syscall.WaitStatus); err == nil || !ok || status.Signal() != syscall.SIGKILL {
				t.Fatalf("the child was not killed: %v", err)
			}
			c := open(t, dir, Options{})
			answered := 0
			for s := bufio.NewScanner(bytes.NewReader(out)); s.Scan(); answered++ {
				if found, _, _, _, _ := c.engine.eth.APIBackend.GetCanonicalTransaction(common.HexToHash(s.Text())); !found {
					t.Errorf("%s was answered and is lost", s.Text())
				}
			}
			blocks, err := c.Check(context.Background())
			if err != nil {
				t.Fatal(err)
			}
			if blocks < answered+contractCount || blocks > answered+contractCount+1 {
				t.Errorf("%d blocks after %d answers", blocks, answered)
			}
			if _, err := c.Faucet(context.Background(), alice, big.NewInt(1)); err != nil {
				t.Errorf("it does not go on: %v", err)
			}
		})
	}
}
