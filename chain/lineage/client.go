package lineage

import (
	"context"
	"encoding/hex"

	"github.com/ethereum/go-ethereum/common"

	"github.com/modelfactory/modelfactory/chain"
	"github.com/modelfactory/modelfactory/datasets"
)

// FromClient reads a network through a chain client. The client has checked the
// chain id and the genesis of its profile before it answers.
func FromClient(c *chain.Client) ChainReader { return clientReader{c} }

type clientReader struct{ client *chain.Client }

func (r clientReader) Chain(ctx context.Context) (uint64, string, uint64, error) {
	status, err := r.client.Status(ctx)
	if err != nil {
		return 0, "", 0, err
	}
	p := r.client.Profile()
	return p.ChainID, p.Genesis.Hex(), status.Block, nil
}

func (r clientReader) Listed(contract datasets.Address) (listed, any bool) {
	p := r.client.Profile()
	for _, known := range p.Registries {
		any = any || known.Models != (common.Address{})
		listed = listed || known.Models.Hex() == string(contract)
	}
	return listed, any
}

func (r clientReader) Model(ctx context.Context, contract datasets.Address, id uint64) (ModelRecord, bool, error) {
	m, err := r.client.Model(ctx, chain.Registry{Models: common.HexToAddress(string(contract))}, id)
	if chain.IsNotFound(err) || chain.IsRefused(err) { // no such model, or no registry there
		return ModelRecord{}, false, nil
	}
	if err != nil {
		return ModelRecord{}, false, err
	}
	return ModelRecord{
		Manifest: datasets.Digest(hex.EncodeToString(m.Manifest[:])), Owner: datasets.Address(m.Owner.Hex()),
		Created: m.Created, Withdrawn: m.Withdrawn, Supersedes: m.Supersedes, Parents: m.Parents,
	}, true, nil
}

func (r clientReader) RegisteredBy(ctx context.Context, contract datasets.Address, tx string) (Registration, bool, error) {
	id, block, err := r.client.ModelRegisteredBy(ctx, common.HexToAddress(string(contract)), common.HexToHash(tx))
	if chain.IsNotFound(err) {
		return Registration{}, false, nil
	}
	return Registration{ID: id, Block: block}, err == nil, err
}
