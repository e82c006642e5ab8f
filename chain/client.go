package chain

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"sync"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/rpc"
)

// Bounds on what a node may answer. A node is not trusted: it may lie, stall
// or send without end.
const (
	maxReply    = 16 << 20 // bytes
	callTimeout = 20 * time.Second
)

// Client reads one network and sends to it. Its chain id and genesis were
// compared with the profile when it was made. Methods may be called from any
// goroutine.
type Client struct {
	profile Profile
	rpc     *rpc.Client
	outbox  *Outbox // may be nil

	mu     sync.Mutex
	oracle *bool // whether a GasPriceOracle is there; nil = not asked yet
	safe   *bool // whether the node knows the tag "safe"; nil = not asked yet
}

// Dial connects to the profile's URL and checks that it is that network.
func Dial(ctx context.Context, p Profile) (*Client, error) {
	if err := p.Check(); err != nil {
		return nil, err
	}
	conn, err := rpc.DialOptions(ctx, p.URL, rpc.WithHTTPClient(&http.Client{
		Transport: bounded{http.DefaultTransport}, Timeout: callTimeout,
		CheckRedirect: func(*http.Request, []*http.Request) error {
			return errors.New("the node redirects to another address")
		},
	}))
	if err != nil {
		return nil, failed(err, "Check the network's RPC address.", "%s cannot be reached", p.Title)
	}
	c, err := NewClient(ctx, p, conn)
	if err != nil {
		conn.Close()
		return nil, err
	}
	return c, nil
}

// NewClient uses an open connection, such as the one of an embedded chain, and
// checks that it is the profile's network. A genesis that the profile does not
// name yet is learnt: read it from Profile and keep it.
func NewClient(ctx context.Context, p Profile, conn *rpc.Client) (*Client, error) {
	c := &Client{profile: p, rpc: conn}
	if err := c.check(ctx); err != nil {
		return nil, err
	}
	return c, nil
}

// Attach tells the client which outbox its accounts' transactions go through,
// so that Prepare does not use a nonce that is waiting there and Review knows
// to whom was sent before.
func (c *Client) Attach(o *Outbox) { c.outbox = o }

// Profile returns the network, with the genesis learnt or confirmed.
func (c *Client) Profile() Profile { return c.profile }

// Close ends the connection.
func (c *Client) Close() { c.rpc.Close() }

// check compares chain id and genesis with the profile.
func (c *Client) check(ctx context.Context) error {
	var id hexutil.Big
	if err := c.call(ctx, &id, "eth_chainId"); err != nil {
		return err
	}
	if (*big.Int)(&id).Cmp(new(big.Int).SetUint64(c.profile.ChainID)) != 0 {
		return refused("Check the RPC address. Nothing was sent.",
			"The node of %s says it is chain %s, not %d", c.profile.Title, (*big.Int)(&id), c.profile.ChainID)
	}
	genesis, err := c.block(ctx, "0x0")
	if err != nil {
		return err
	}
	switch {
	case genesis == nil || genesis.Hash == (common.Hash{}):
		return refused("Check the RPC address. Nothing was sent.", "The node of %s does not name its first block", c.profile.Title)
	case c.profile.Genesis == (common.Hash{}):
		c.profile.Genesis = genesis.Hash
	case c.profile.Genesis != genesis.Hash:
		return refused("Check the RPC address. Nothing was sent.",
			"The node of %s is another chain: its first block is %s, not %s", c.profile.Title, genesis.Hash, c.profile.Genesis)
	}
	return nil
}

// Status is what a network answers now.
type Status struct {
	ChainID     uint64
	Name        string
	Block       uint64
	Safe, Final uint64 // newest safe and final block; 0 when the node does not say
	URL         string
	BlockTime   time.Time // time of Block
	Reachable   bool
}

// Status asks how far the network is. Without an answer Reachable is false and
// the error says why.
func (c *Client) Status(ctx context.Context) (Status, error) {
	s := Status{ChainID: c.profile.ChainID, Name: c.profile.Name, URL: c.profile.URL}
	head, err := c.block(ctx, "latest")
	if err != nil {
		return s, err
	}
	if head == nil {
		return s, failed(nil, "Try another RPC address.", "The node of %s has no newest block", c.profile.Title)
	}
	s.Reachable = true
	s.Block, s.BlockTime = uint64(head.Number), time.Unix(int64(head.Time), 0).UTC()
	if c.profile.Dev {
		s.Safe, s.Final = s.Block, s.Block
		return s, nil
	}
	// A node without these tags is no reason to fail.
	if b, err := c.block(ctx, "safe"); err == nil && b != nil {
		s.Safe = uint64(b.Number)
	}
	if b, err := c.block(ctx, "finalized"); err == nil && b != nil {
		s.Final = uint64(b.Number)
	}
	return s, nil
}

// Balance returns an account's coin in wei, at the newest block.
func (c *Client) Balance(ctx context.Context, addr common.Address) (*big.Int, error) {
	var b hexutil.Big
	if err := c.call(ctx, &b, "eth_getBalance", addr, "latest"); err != nil {
		return nil, err
	}
	return (*big.Int)(&b), nil
}

// header is the part of a block that is used. Blocks of an OP chain hold
// transactions that go-ethereum cannot decode, so nothing more is asked for.
type header struct {
	Number   hexutil.Uint64 `json:"number"`
	Hash     common.Hash    `json:"hash"`
	Time     hexutil.Uint64 `json:"timestamp"`
	BaseFee  *hexutil.Big   `json:"baseFeePerGas"`
	GasLimit hexutil.Uint64 `json:"gasLimit"`
}

// block returns the header at a tag or number; nil when there is none.
func (c *Client) block(ctx context.Context, tag string) (*header, error) {
	var h *header
	err := c.call(ctx, &h, "eth_getBlockByNumber", tag, false)
	return h, err
}

// readBlock returns the block that facts are read at: the newest safe one,
// or the newest where the network has no such mark.
func (c *Client) readBlock(ctx context.Context) (*header, error) {
	c.mu.Lock()
	safe := c.safe
	c.mu.Unlock()
	if !c.profile.Dev && (safe == nil || *safe) {
		h, err := c.block(ctx, "safe")
		if err == nil && h != nil {
			return h, nil
		}
		if err != nil && !isReply(err) {
			return nil, err
		}
		no := false
		c.mu.Lock()
		c.safe = &no
		c.mu.Unlock()
	}
	h, err := c.block(ctx, "latest")
	if err == nil && h == nil {
		err = failed(nil, "Try another RPC address.", "The node of %s has no newest block", c.profile.Title)
	}
	return h, err
}

// view runs a contract's read at a block.
func (c *Client) view(ctx context.Context, at *header, to common.Address, data []byte) ([]byte, error) {
	var out hexutil.Bytes
	err := c.call(ctx, &out, "eth_call", map[string]any{"to": to, "input": hexutil.Bytes(data)}, hexutil.EncodeUint64(uint64(at.Number)))
	return out, err
}

// hasCode reports whether a contract is at the address now.
func (c *Client) hasCode(ctx context.Context, at common.Address) (bool, error) {
	var code hexutil.Bytes
	err := c.call(ctx, &code, "eth_getCode", at, "latest")
	return len(code) > 0, err
}

// call makes one request with a time limit. What the node itself answered as
// an error stays an rpc.Error in the chain of errors.
func (c *Client) call(ctx context.Context, result any, method string, args ...any) error {
	limited, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	return c.explained(ctx, method, c.rpc.CallContext(limited, result, method, args...))
}

// calls asks several things in one request, which a node answers alone also
// behind an address that many share.
func (c *Client) calls(ctx context.Context, asked ...rpc.BatchElem) error {
	limited, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	err := c.rpc.BatchCallContext(limited, asked)
	for _, a := range asked {
		err = cmp.Or(err, a.Error)
	}
	return c.explained(ctx, asked[0].Method, err)
}

func (c *Client) explained(ctx context.Context, method string, err error) error {
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	case isReply(err):
		return failed(err, "", "%s refuses %s", c.profile.Title, method)
	case errors.Is(err, context.DeadlineExceeded):
		return failed(err, "Try again, or choose another RPC address.", "%s did not answer in %s", c.profile.Title, callTimeout)
	}
	return failed(err, "Check the connection and the RPC address, then try again.", "%s does not answer", c.profile.Title)
}

// isReply reports whether err is an answer of the node, not a broken line.
func isReply(err error) bool {
	var e rpc.Error
	return errors.As(err, &e)
}

// bounded ends a reply that is too long with an error.
type bounded struct{ next http.RoundTripper }

func (b bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := b.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	if resp.ContentLength > maxReply {
		resp.Body.Close()
		return nil, tooLong()
	}
	resp.Body = &boundedBody{resp.Body, maxReply}
	return resp, nil
}

type boundedBody struct {
	io.ReadCloser
	left int64
}

func (b *boundedBody) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, tooLong()
	}
	if int64(len(p)) > b.left {
		p = p[:b.left]
	}
	n, err := b.ReadCloser.Read(p)
	b.left -= int64(n)
	return n, err
}

func tooLong() error { return fmt.Errorf("the reply is longer than %d MB", maxReply>>20) }

// revertData returns the bytes a contract gave as its reason to fail.
func revertData(err error) []byte {
	var e rpc.DataError
	if !errors.As(err, &e) {
		return nil
	}
	b, _ := json.Marshal(e.ErrorData())
	var data hexutil.Bytes
	if json.Unmarshal(b, &data) != nil {
		return nil
	}
	return data
}
