package chain

import (
	"context"
	"errors"
	"fmt"
	"math/big"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/rpc"
)

// move is coin that changes hands in a trial.
type move struct {
	from, to common.Address
	wei      *big.Int
}

// trial is what a network says a transaction would do.
type trial struct {
	fails string // why it would fail; empty = it passes
	gas   uint64 // gas used
	moves []move
	known bool // moves were reported (eth_simulateV1)
}

// nativeMove is the address and topic under which eth_simulateV1 reports moves
// of coin as Transfer logs.
var (
	nativeMove    = common.HexToAddress("0xEeeeeEeeeEeEeeEeEeEeeEEEeeeeEeeeeeeeEEeE")
	transferTopic = crypto.Keccak256Hash([]byte("Transfer(address,address,uint256)"))
)

// try runs tx on the newest state: by eth_simulateV1, or by eth_call and an
// estimate where the node does not have it.
func (c *Client) try(ctx context.Context, from common.Address, tx *types.Transaction) (trial, error) {
	msg := message(from, tx.To(), tx.Value(), tx.Data())
	msg["gas"] = hexutil.Uint64(tx.Gas())
	var blocks []struct {
		Calls []struct {
			Status  hexutil.Uint64 `json:"status"`
			GasUsed hexutil.Uint64 `json:"gasUsed"`
			Logs    []struct {
				Address common.Address `json:"address"`
				Topics  []common.Hash  `json:"topics"`
				Data    hexutil.Bytes  `json:"data"`
			} `json:"logs"`
			Return hexutil.Bytes `json:"returnData"`
			Error  *struct {
				Message string        `json:"message"`
				Data    hexutil.Bytes `json:"data"`
			} `json:"error"`
		} `json:"calls"`
	}
	err := c.call(ctx, &blocks, "eth_simulateV1", map[string]any{
		"blockStateCalls": []any{map[string]any{"calls": []any{msg}}},
		"traceTransfers":  true,
	}, "latest")
	switch {
	case isMissing(err):
		return c.tryCall(ctx, msg)
	case err != nil && isReply(err):
		return trial{fails: c.why(err)}, nil
	case err != nil:
		return trial{}, err
	case len(blocks) != 1 || len(blocks[0].Calls) != 1:
		return trial{}, failed(nil, "Choose another RPC address.", "The node of %s gives no answer to a trial", c.profile.Title)
	}
	call := blocks[0].Calls[0]
	t := trial{gas: uint64(call.GasUsed), known: true}
	if call.Status != 1 {
		t.fails = "the network gives no reason"
		if call.Error != nil {
			data := call.Error.Data
			if len(data) == 0 {
				data = call.Return
			}
			if t.fails = revertText(data, c.profile.Coin); t.fails == "" {
				t.fails = printable(call.Error.Message)
			}
		}
		return t, nil
	}
	for _, l := range call.Logs {
		if l.Address == nativeMove && len(l.Topics) == 3 && l.Topics[0] == transferTopic && len(l.Data) == 32 {
			t.moves = append(t.moves, move{common.BytesToAddress(l.Topics[1][:]), common.BytesToAddress(l.Topics[2][:]), new(big.Int).SetBytes(l.Data)})
		}
	}
	return t, nil
}

func (c *Client) tryCall(ctx context.Context, msg map[string]any) (trial, error) {
	var out hexutil.Bytes
	err := c.call(ctx, &out, "eth_call", msg, "latest")
	var gas hexutil.Uint64
	if err == nil {
		err = c.call(ctx, &gas, "eth_estimateGas", msg)
	}
	switch {
	case err == nil:
		return trial{gas: uint64(gas)}, nil
	case isReply(err):
		return trial{fails: c.why(err)}, nil
	}
	return trial{}, err
}

// why says in words what the node answered to a call that fails.
func (c *Client) why(err error) string {
	if s := revertText(revertData(err), c.profile.Coin); s != "" {
		return s
	}
	var e rpc.Error
	if errors.As(err, &e) {
		return printable(e.Error())
	}
	return printable(err.Error())
}

// isMissing reports whether the node does not have the method.
func isMissing(err error) bool {
	var e rpc.Error
	return errors.As(err, &e) && (e.ErrorCode() == -32601 || e.ErrorCode() == -32004)
}

func message(from common.Address, to *common.Address, value *big.Int, data []byte) map[string]any {
	m := map[string]any{"from": from, "value": (*hexutil.Big)(value), "input": hexutil.Bytes(data)}
	if to != nil {
		m["to"] = *to
	}
	return m
}

func (t trial) line(block uint64) string {
	if t.fails != "" {
		return "would fail: " + t.fails
	}
	return fmt.Sprintf("passed at block %d", block)
}
