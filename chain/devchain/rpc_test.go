package devchain

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"math/big"
	"net/http"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/ethclient"
	"github.com/ethereum/go-ethereum/rpc"

	"github.com/modelfactory/modelfactory/chain"
)

func selector(signature string) []byte { return crypto.Keccak256([]byte(signature))[:4] }

// funded makes a key with coin.
func funded(t *testing.T, c *Chain) (func(nonce uint64, change func(*types.DynamicFeeTx)) *types.Transaction, common.Address) {
	t.Helper()
	key, err := crypto.GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	addr := crypto.PubkeyToAddress(key.PublicKey)
	if _, err := c.Faucet(context.Background(), addr, big.NewInt(1e18)); err != nil {
		t.Fatal(err)
	}
	return func(nonce uint64, change func(*types.DynamicFeeTx)) *types.Transaction {
		inner := &types.DynamicFeeTx{
			ChainID: big.NewInt(ChainID), Nonce: nonce, Gas: 21_000, GasFeeCap: big.NewInt(2e9), GasTipCap: big.NewInt(1),
			To: &alice, Value: big.NewInt(5),
		}
		if change != nil {
			change(inner)
		}
		tx, err := types.SignNewTx(key, types.LatestSignerForChainID(inner.ChainID), inner)
		if err != nil {
			t.Fatal(err)
		}
		return tx
	}, addr
}

// Another program sends over HTTP; the chain then has one block for it, also
// after it was built again from the journal.
func TestServedSendGoesThroughTheJournal(t *testing.T) {
	ctx := context.Background()
	c := open(t, t.TempDir(), Options{})
	make, from := funded(t, c)
	url, stop, err := c.Serve(ctx, "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	client, err := ethclient.Dial(url)
	if err != nil {
		t.Fatal(err)
	}
	before := c.engine.head().Number.Uint64()
	tx := make(0, nil)
	if err := client.SendTransaction(ctx, tx); err != nil {
		t.Fatal(err)
	}
	receipt, err := client.TransactionReceipt(ctx, tx.Hash())
	if err != nil || receipt.BlockNumber.Uint64() != before+1 {
		t.Fatalf("receipt %+v, %v", receipt, err)
	}
	if n, err := client.PendingNonceAt(ctx, from); err != nil || n != 1 {
		t.Fatalf("pending nonce %d, %v; want 1 at once", n, err)
	}
	for _, tag := range []rpc.BlockNumber{rpc.SafeBlockNumber, rpc.FinalizedBlockNumber} {
		if h, err := client.HeaderByNumber(ctx, big.NewInt(int64(tag))); err != nil || h.Number.Uint64() != before+1 {
			t.Fatalf("block at tag %d: %v, %v", tag, h, err)
		}
	}
	var sync map[string]any
	raw, _ := make(1, nil).MarshalBinary()
	if err := client.Client().CallContext(ctx, &sync, "eth_sendRawTransactionSync", "0x"+common.Bytes2Hex(raw)); err != nil || sync["status"] != "0x1" {
		t.Fatalf("eth_sendRawTransactionSync: %v, %v", sync, err)
	}
	if n, err := c.Check(ctx); err != nil || uint64(n) != before+2 {
		t.Fatalf("journal: %d, %v; want %d", n, err, before+2)
	}
}

func TestRefusedTransactionsAreNotJournalled(t *testing.T) {
	ctx := context.Background()
	c := open(t, t.TempDir(), Options{})
	make, _ := funded(t, c)
	first := make(0, nil)
	send := func(tx *types.Transaction) error {
		return ethclient.NewClient(c.RPC()).SendTransaction(ctx, tx)
	}
	if err := send(first); err != nil {
		t.Fatal(err)
	}
	before, size := c.engine.head().Number.Uint64(), c.journal.size
	for want, tx := range map[string]*types.Transaction{
		"already known":      first,
		"nonce too low":      make(0, func(x *types.DynamicFeeTx) { x.Value = big.NewInt(6) }),
		"nonce too high":     make(7, nil),
		"insufficient funds": make(1, func(x *types.DynamicFeeTx) { x.Value = big.NewInt(2e18) }),
		"chain id":           make(1, func(x *types.DynamicFeeTx) { x.ChainID = big.NewInt(1612) }),
		"intrinsic gas":      make(1, func(x *types.DynamicFeeTx) { x.Gas = 20_000 }),
		"base fee":           make(1, func(x *types.DynamicFeeTx) { x.GasFeeCap = big.NewInt(1) }),
		"gas limit":          make(1, func(x *types.DynamicFeeTx) { x.Gas = 100_000_000 }),
		"oversized":          make(1, func(x *types.DynamicFeeTx) { x.Data = bytes.Repeat([]byte{1}, 200<<10) }),
	} {
		if err := send(tx); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
	if c.engine.head().Number.Uint64() != before || c.journal.size != size {
		t.Fatal("a refused transaction left a block or a record")
	}
	if err := send(make(1, nil)); err != nil {
		t.Fatalf("after the refusals: %v", err)
	}
}

// A transaction that reverts is a transaction: mined, journalled, paid.
func TestRevertedTransactionIsMined(t *testing.T) {
	ctx := context.Background()
	c := open(t, t.TempDir(), Options{})
	make, _ := funded(t, c)
	models := c.registry().Models
	tx := make(0, func(x *types.DynamicFeeTx) { x.To, x.Data, x.Gas, x.Value = &models, []byte{1, 2, 3, 4}, 100_000, nil })
	client := ethclient.NewClient(c.RPC())
	if err := client.SendTransaction(ctx, tx); err != nil {
		t.Fatal(err)
	}
	if r, err := client.TransactionReceipt(ctx, tx.Hash()); err != nil || r.Status != 0 {
		t.Fatalf("receipt %+v, %v", r, err)
	}
	if _, err := c.Check(ctx); err != nil {
		t.Fatal(err)
	}
}

func TestServedInterfaceIsSmall(t *testing.T) {
	ctx := context.Background()
	c := open(t, t.TempDir(), Options{})
	url, stop, err := c.Serve(ctx, "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	post := func(method, host string) (int, string) {
		t.Helper()
		body, _ := json.Marshal(map[string]any{"jsonrpc": "2.0", "id": 1, "method": method, "params": []any{}})
		req, err := http.NewRequest(http.MethodPost, url, bytes.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/json")
		if host != "" {
			req.Host = host
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		b, _ := io.ReadAll(resp.Body)
		return resp.StatusCode, string(b)
	}
	for _, method := range []string{"eth_chainId", "net_version", "web3_clientVersion", "eth_blockNumber"} {
		if code, body := post(method, ""); code != 200 || strings.Contains(body, "error") {
			t.Errorf("%s: %d %s", method, code, body)
		}
	}
	for _, method := range []string{"admin_nodeInfo", "debug_setHead", "miner_setExtra", "txpool_content", "dev_addWithdrawal", "testing_buildBlockV1", "engine_forkchoiceUpdatedV3", "personal_sign"} {
		if _, body := post(method, ""); !strings.Contains(body, "does not exist") {
			t.Errorf("%s is there: %s", method, body)
		}
	}
	if code, body := post("eth_chainId", "evil.example:80"); code != http.StatusForbidden {
		t.Errorf("a foreign host name: %d %s", code, body)
	}
	for _, addr := range []string{"0.0.0.0:0", ":0", "192.0.2.1:0", "example.com:0"} {
		if _, stop, err := c.Serve(ctx, addr); !chain.IsRefused(err) {
			if err == nil {
				stop()
			}
			t.Errorf("served on %s: %v", addr, err)
		}
	}
	stop()
	if _, err := http.Get(url); err == nil {
		t.Error("it still answers after stop")
	}
}

func TestClosedChainRefuses(t *testing.T) {
	c := open(t, t.TempDir(), Options{})
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	if err := c.Close(); err != nil {
		t.Fatal("a second close:", err)
	}
	if _, err := c.Faucet(context.Background(), alice, big.NewInt(1)); err == nil {
		t.Fatal("the faucet of a closed chain gave coin")
	}
}
