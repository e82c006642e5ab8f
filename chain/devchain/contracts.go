package devchain

import (
	"context"
	"fmt"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"

	"github.com/modelfactory/modelfactory/chain"
	"github.com/modelfactory/modelfactory/chain/contracts"
)

// registry returns the addresses of our contracts: the steward's first three
// transactions make them, so the addresses follow from its account alone.
func (c *Chain) registry() chain.Registry {
	steward := c.Steward()
	return chain.Registry{
		Title:    "Development chain",
		DataNets: crypto.CreateAddress(steward, 0),
		Licences: crypto.CreateAddress(steward, 1),
		Models:   crypto.CreateAddress(steward, 2),
	}
}

// deploy makes the contracts that are not there yet. A kill in between leaves
// fewer, and the next start goes on with the missing ones.
func (c *Chain) deploy(ctx context.Context) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	at := c.registry()
	for _, d := range []struct {
		name    string
		address common.Address
		args    []byte
	}{
		{contracts.DataNets, at.DataNets, nil},
		{contracts.Licences, at.Licences, common.LeftPadBytes(at.DataNets[:], 32)},
		{contracts.ModelRegistry, at.Models, nil},
	} {
		state, err := c.engine.eth.BlockChain().State()
		if err != nil {
			return failed(err, "", "The development chain's state could not be read")
		}
		if state.GetCodeSize(d.address) > 0 {
			continue
		}
		compiled, err := contracts.Artifact(d.name)
		if err != nil {
			return failed(err, "", "The contract %s is missing from this program", d.name)
		}
		receipt, err := c.signSend(ctx, nil, nil, append(common.CopyBytes(compiled.Creation), d.args...))
		if err != nil {
			return fmt.Errorf("making the development chain, at its first use: %w", err)
		}
		if receipt.ContractAddress != d.address {
			return failed(nil, "", "The contract %s is at %s, not at %s", d.name, receipt.ContractAddress, d.address)
		}
	}
	return nil
}
