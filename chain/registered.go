package chain

import (
	"context"

	"github.com/ethereum/go-ethereum/common"
)

// ModelRegisteredBy says which model a transaction registered at a registry of
// models, in which block. Unlike Outcome it takes any registry, so that a model
// from elsewhere can be verified with a profile that does not know it. The error
// is not_found when there is no such transaction in a block, when it failed, or
// when it registered nothing there.
func (c *Client) ModelRegisteredBy(ctx context.Context, models common.Address, tx common.Hash) (id, block uint64, err error) {
	r, _, err := c.receipt(ctx, tx)
	if err != nil {
		return 0, 0, err
	}
	if r != nil && r.Status == 1 {
		for _, l := range r.Logs {
			if l.Address != models {
				continue
			}
			if e, err := modelsABI.UnpackModelRegisteredEvent(l); err == nil {
				return e.Id, uint64(r.Block), nil
			}
		}
	}
	return 0, 0, NotFound("a model registered at %s by transaction %s", models, tx)
}
