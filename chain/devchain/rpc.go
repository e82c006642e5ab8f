package devchain

import (
	"context"
	"errors"
	"net"
	"net/http"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/eth/filters"
	"github.com/ethereum/go-ethereum/rpc"
)

// newServer makes the only interface to this chain: the library's eth and net
// namespaces and web3. What sends in them is replaced by the journal's way;
// admin, debug, miner and txpool are not there at all.
func (c *Chain) newServer() (*rpc.Server, error) {
	server := rpc.NewServer()
	server.SetBatchLimits(100, 16<<20)
	server.SetHTTPBodyLimit(1 << 20)
	for _, api := range c.engine.eth.APIs() {
		if api.Namespace != "eth" && api.Namespace != "net" {
			continue
		}
		if err := server.RegisterName(api.Namespace, api.Service); err != nil {
			return nil, err
		}
	}
	logs := filters.NewFilterAPI(filters.NewFilterSystem(c.engine.eth.APIBackend, filters.Config{LogCacheSize: 8}))
	for _, s := range []struct {
		name    string
		service any
	}{{"eth", logs}, {"eth", &sending{c}}, {"web3", &web3{}}} {
		// A later service takes the place of methods of the same name.
		if err := server.RegisterName(s.name, s.service); err != nil {
			return nil, err
		}
	}
	return server, nil
}

// sending replaces every method of the eth namespace that takes a transaction.
type sending struct{ c *Chain }

// SendRawTransaction mines a signed transaction and returns its hash.
func (s *sending) SendRawTransaction(ctx context.Context, input hexutil.Bytes) (common.Hash, error) {
	return s.c.send(ctx, input)
}

// SendRawTransactionSync mines a signed transaction and returns its receipt
// (EIP-7966). The time-out is not needed: mining is part of sending here.
func (s *sending) SendRawTransactionSync(ctx context.Context, input hexutil.Bytes, _ *uint64) (map[string]any, error) {
	hash, err := s.c.send(ctx, input)
	if err != nil {
		return nil, err
	}
	var receipt map[string]any
	err = s.c.client.CallContext(ctx, &receipt, "eth_getTransactionReceipt", hash)
	return receipt, err
}

var errNoAccounts = errors.New("this node holds no keys: sign in the wallet and use eth_sendRawTransaction")

// SendTransaction is refused: keys are in the wallet, never in the node.
func (s *sending) SendTransaction(context.Context, map[string]any) (common.Hash, error) {
	return common.Hash{}, errNoAccounts
}

// Resend is refused like SendTransaction.
func (s *sending) Resend(context.Context, map[string]any, *hexutil.Big, *hexutil.Uint64) (common.Hash, error) {
	return common.Hash{}, errNoAccounts
}

type web3 struct{}

// ClientVersion names this node.
func (*web3) ClientVersion() string { return "ModelFactory/development-chain" }

// Sha3 is keccak-256.
func (*web3) Sha3(input hexutil.Bytes) hexutil.Bytes { return crypto.Keccak256(input) }

// Serve answers JSON-RPC over HTTP on a loopback address such as
// "127.0.0.1:0", until stop is called. Another address is refused, and so is a
// request whose Host is not this machine (a web page that points its own name
// at 127.0.0.1).
func (c *Chain) Serve(ctx context.Context, addr string) (url string, stop func(), err error) {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return "", nil, failed(err, "Use 127.0.0.1:8545, or 127.0.0.1:0 for any free port.", "The address %s cannot be listened on", addr)
	}
	if !isLoopback(host) {
		return "", nil, refused(nil, "Use 127.0.0.1.", "The development chain is served on this machine only, not on %s", addr)
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", addr)
	if err != nil {
		return "", nil, failed(err, "Choose another port, or 127.0.0.1:0 for any free one.", "The address %s cannot be listened on", addr)
	}
	server := &http.Server{
		ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 30 * time.Second, IdleTimeout: 2 * time.Minute,
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			host := r.Host
			if h, _, err := net.SplitHostPort(host); err == nil {
				host = h
			}
			if !isLoopback(host) {
				http.Error(w, "unknown host", http.StatusForbidden)
				return
			}
			c.server.ServeHTTP(w, r)
		}),
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		server.Serve(listener) //nolint:errcheck // always ErrServerClosed after stop
	}()
	return "http://" + listener.Addr().String(), func() {
		server.Close()
		<-done
	}, nil
}

func isLoopback(host string) bool {
	if host == "localhost" {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}
