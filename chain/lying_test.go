package chain_test

import (
	"context"
	"encoding/json"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"

	"github.com/modelfactory/modelfactory/chain"
	"github.com/modelfactory/modelfactory/chain/chaintest"
	"github.com/modelfactory/modelfactory/chain/devchain"
)

// liar is a node between the client and a real chain that changes answers.
type liar struct {
	*httptest.Server
	lies map[string]func(w http.ResponseWriter, params []json.RawMessage) (any, bool)
}

func newLiar(t *testing.T, d *chaintest.Dev) *liar {
	l := &liar{lies: map[string]func(http.ResponseWriter, []json.RawMessage) (any, bool){}}
	type request struct {
		ID     json.RawMessage   `json:"id"`
		Method string            `json:"method"`
		Params []json.RawMessage `json:"params"`
	}
	answer := func(w http.ResponseWriter, r *http.Request, req request) (a map[string]any, sent bool) {
		a = map[string]any{"jsonrpc": "2.0", "id": req.ID}
		if lie, ok := l.lies[req.Method]; ok {
			a["result"], sent = lie(w, req.Params)
			return a, sent
		}
		args := make([]any, len(req.Params))
		for i := range args {
			args[i] = req.Params[i]
		}
		var result json.RawMessage
		if err := d.Chain.RPC().CallContext(r.Context(), &result, req.Method, args...); err != nil {
			a["error"] = map[string]any{"code": -32000, "message": err.Error()}
		} else {
			a["result"] = result
		}
		return a, false
	}
	l.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			http.Error(w, err.Error(), 400)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		var one request
		if json.Unmarshal(body, &one) == nil {
			if a, sent := answer(w, r, one); !sent {
				json.NewEncoder(w).Encode(a) //nolint:errcheck // the client sees it
			}
			return
		}
		var several []request
		if err := json.Unmarshal(body, &several); err != nil {
			http.Error(w, err.Error(), 400)
			return
		}
		var all []map[string]any
		for _, req := range several {
			a, sent := answer(w, r, req)
			if sent {
				return
			}
			all = append(all, a)
		}
		json.NewEncoder(w).Encode(all) //nolint:errcheck // the client sees it
	}))
	t.Cleanup(l.Close)
	return l
}

func always(v any) func(http.ResponseWriter, []json.RawMessage) (any, bool) {
	return func(http.ResponseWriter, []json.RawMessage) (any, bool) { return v, false }
}

func TestLyingNode(t *testing.T) {
	ctx := context.Background()
	d := chaintest.NewDev(t, devchain.Options{})
	l := newLiar(t, d)
	profile := d.Chain.Profile()
	profile.URL, profile.Dev = l.URL, false
	honest, err := chain.Dial(ctx, profile)
	if err != nil {
		t.Fatal("the honest answers:", err)
	}
	if s, err := honest.Status(ctx); err != nil || !s.Reachable || s.Safe != s.Block || s.Final != s.Block {
		t.Fatalf("status %+v, %v", s, err)
	}

	t.Run("wrong chain", func(t *testing.T) {
		l.lies["eth_chainId"] = always("0x64c")
		defer delete(l.lies, "eth_chainId")
		if _, err := chain.Dial(ctx, profile); !chain.IsRefused(err) || !strings.Contains(err.Error(), "1612") {
			t.Fatalf("chain 1612 instead of ours: %v", err)
		}
	})
	t.Run("wrong genesis", func(t *testing.T) {
		l.lies["eth_getBlockByNumber"] = always(map[string]any{"hash": common.Hash{9}, "number": "0x0", "timestamp": "0x1"})
		defer delete(l.lies, "eth_getBlockByNumber")
		if _, err := chain.Dial(ctx, profile); !chain.IsRefused(err) || !strings.Contains(err.Error(), "another chain") {
			t.Fatalf("another genesis: %v", err)
		}
	})
	t.Run("no genesis", func(t *testing.T) {
		l.lies["eth_getBlockByNumber"] = always(nil)
		defer delete(l.lies, "eth_getBlockByNumber")
		if _, err := chain.Dial(ctx, profile); !chain.IsRefused(err) {
			t.Fatalf("no genesis: %v", err)
		}
	})
	t.Run("genesis is learnt once", func(t *testing.T) {
		p := profile
		p.Genesis = common.Hash{}
		c, err := chain.Dial(ctx, p)
		if err != nil || c.Profile().Genesis != profile.Genesis {
			t.Fatalf("learnt %v, %v", c, err)
		}
	})
	t.Run("absurd fee", func(t *testing.T) {
		l.lies["eth_maxPriorityFeePerGas"] = always((*hexutil.Big)(open(1)))
		defer delete(l.lies, "eth_maxPriorityFeePerGas")
		draft, err := honest.Prepare(ctx, chain.Send(d.Key.Address, common.Address{5}, big.NewInt(1)))
		if err != nil {
			t.Fatal(err)
		}
		r, err := honest.Review(ctx, draft)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(strings.Join(r.Blocks, "\n"), "above the cap") {
			t.Fatalf("a tip of 1 OPEN a gas unit: %q", r.Blocks)
		}
	})
	t.Run("huge reply", func(t *testing.T) {
		l.lies["eth_getBalance"] = func(w http.ResponseWriter, _ []json.RawMessage) (any, bool) {
			chunk := []byte(strings.Repeat("0", 1<<20))
			w.Write([]byte(`{"jsonrpc":"2.0","id":1,"result":"0x`)) //nolint:errcheck
			for range 1 << 10 {                                     // a gigabyte, unless it is cut off
				if _, err := w.Write(chunk); err != nil {
					return nil, true
				}
			}
			return nil, true
		}
		defer delete(l.lies, "eth_getBalance")
		start := time.Now()
		if _, err := honest.Balance(ctx, d.Key.Address); err == nil || !strings.Contains(err.Error(), "longer than 16 MB") {
			t.Fatalf("a gigabyte: %v", err)
		}
		if took := time.Since(start); took > 15*time.Second {
			t.Fatalf("it took %v to give up", took)
		}
	})
	t.Run("other terms", func(t *testing.T) {
		reg, _ := profile.Registry()
		receipt, err := d.Chain.SignSend(ctx, &reg.DataNets, nil, chain.CreateNet(reg, d.Chain.Steward(), digest("n"), priced, nil).Data)
		if err != nil || receipt.Status != 1 {
			t.Fatal(err)
		}
		cheap := priced
		cheap.Price = big.NewInt(1)
		words := chain.SetTerms(reg, d.Key.Address, 1, cheap).Data[4+32:] // the ten words of the terms
		l.lies["eth_call"] = func(w http.ResponseWriter, p []json.RawMessage) (any, bool) {
			return hexutil.Bytes(words), false
		}
		defer delete(l.lies, "eth_call")
		if _, err := honest.Terms(ctx, reg, priced.Digest()); !chain.IsRefused(err) {
			t.Fatalf("terms with another price: %v", err)
		}
	})
	t.Run("a redirect is not followed", func(t *testing.T) {
		r := httptest.NewServer(http.RedirectHandler(l.URL, http.StatusTemporaryRedirect))
		defer r.Close()
		p := profile
		p.URL = r.URL
		if _, err := chain.Dial(ctx, p); err == nil {
			t.Fatal("it followed a redirect")
		}
	})
}

func TestAddressesOfNodes(t *testing.T) {
	for url, ok := range map[string]bool{
		"https://rpc.example.org": true, "http://127.0.0.1:8545": true, "http://localhost:1": true, "http://[::1]:8545": true,
		"http://rpc.example.org": false, "http://192.168.0.2:8545": false, "ws://127.0.0.1:8546": false, "/tmp/geth.ipc": false, "": false,
		"https://": false, "file:///etc/passwd": false,
	} {
		err := chain.Profile{Name: "x", ChainID: 5, Coin: "OPEN", URL: url}.Check()
		if (err == nil) != ok {
			t.Errorf("%q: %v", url, err)
		}
	}
}

func TestProfiles(t *testing.T) {
	dev := chain.Profile{Name: "dev", ChainID: devchain.ChainID}
	mine := chain.Profile{Name: "openledger", ChainID: 1612, URL: "https://node.example.org"}
	all := chain.Profiles(&dev, []chain.Profile{mine, {Name: "other"}})
	var names []string
	for _, p := range all {
		names = append(names, p.Name)
	}
	if got := strings.Join(names, " "); got != "dev openledger openledger-testnet other" || all[1].URL != mine.URL || all[2].ChainID != 161201 {
		t.Fatalf("%s: %+v", got, all)
	}
}
