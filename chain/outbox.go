package chain

import (
	"context"
	"errors"
	"math/big"
	"strings"
	"sync"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/google/uuid"
)

// Outbox carries transactions from a reviewed draft to finality. Each step is
// stored before the next one begins, so that after a crash Reconcile knows what
// may have happened: signed bytes are sent again, which a network takes once.
type Outbox struct {
	store  OutboxStore
	client func(chainID uint64, genesis common.Hash) (*Client, error)

	mu       sync.Mutex // one step at a time: nonces and intents are decided here
	watchers sync.Map   // chan struct{} → nothing
}

// NewOutbox makes an outbox over a store. client returns the connection to a
// chain; an error means that it cannot be reached now, and its transactions
// wait.
func NewOutbox(store OutboxStore, client func(chainID uint64, genesis common.Hash) (*Client, error)) *Outbox {
	return &Outbox{store: store, client: client}
}

// Submit signs an approved draft and sends it. intent says what it is for, such
// as "licence net 3"; as long as a transaction for an intent is alive or done,
// Submit returns that one and signs nothing. After one that failed or was
// dropped the same intent may be tried again. An empty intent is never equal to
// another.
//
// When the network cannot be reached after signing, the record is returned with
// an error: it is kept, and Reconcile sends it.
func (o *Outbox) Submit(ctx context.Context, d Draft, signer Signer, intent string) (TxRecord, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if strings.Contains(intent, "#") {
		return TxRecord{}, &Error{Kind: KindUsage, Message: "An intent has no # in it", Next: "Choose another name."}
	}
	if d.Tx == nil || d.approved == (common.Hash{}) || signingHash(d.Tx) != d.approved {
		return TxRecord{}, refused("Review it first.", "The transaction was not reviewed")
	}
	r, done, err := o.begin(ctx, d, intent)
	if err != nil || done {
		return r, err
	}
	if r, err = o.sign(ctx, r, d, signer); err != nil {
		return r, err
	}
	// The bytes are stored: from here on a caller that goes away stops nothing.
	return o.send(context.WithoutCancel(ctx), r)
}

// begin stores the built record, or finds the one that is there already.
func (o *Outbox) begin(ctx context.Context, d Draft, intent string) (r TxRecord, done bool, err error) {
	now := time.Now().UTC()
	if intent != "" {
		r, err = o.store.TxByIntent(ctx, d.Profile.ChainID, d.Profile.Genesis, intent)
		switch {
		case err != nil && !IsNotFound(err):
			return r, false, err
		case err == nil && r.State == TxSigned:
			r, err = o.send(context.WithoutCancel(ctx), r)
			return r, true, err
		case err == nil && r.State != TxBuilt:
			if r, err = o.refresh(ctx, r); err != nil {
				return r, true, err
			}
			if r.State != TxFailed && r.State != TxDropped {
				return r, true, nil
			}
			if err := o.settled(ctx, r); err != nil {
				return r, true, err
			}
			// The old one keeps its history under a name of its own.
			old := r
			old.Intent += "#" + old.ID
			if err := o.save(ctx, &old); err != nil {
				return r, false, err
			}
			r = TxRecord{}
		}
	}
	id := r.ID // of a record that was built and never signed: its place is taken
	if id == "" {
		v7, err := uuid.NewV7()
		if err != nil {
			return r, false, failed(err, "", "No identifier could be made")
		}
		id, r.Created = v7.String(), now
	}
	r = TxRecord{
		ID: id, Kind: decode(d.Profile, d.Tx).kind, Note: d.Note, ChainID: d.Profile.ChainID, Genesis: d.Profile.Genesis,
		From: d.From, Value: d.Tx.Value(), Nonce: d.Tx.Nonce(), State: TxBuilt, Created: r.Created, Intent: intent,
	}
	if d.Tx.To() != nil {
		r.To = *d.Tx.To()
	}
	taken, err := o.live(ctx, d.Profile, d.From)
	if err != nil {
		return r, false, err
	}
	if _, clash := taken[r.Nonce]; clash {
		return TxRecord{}, false, &Error{Kind: KindBusy, Message: "Another transaction of this account took its place in the order", Next: "Review it again; nothing was signed."}
	}
	return r, false, o.save(ctx, &r)
}

// settled refuses to try an intent again while a reorganisation could still
// bring the failed transaction back to life.
func (o *Outbox) settled(ctx context.Context, r TxRecord) error {
	if r.State != TxFailed {
		return nil
	}
	c, err := o.client(r.ChainID, r.Genesis)
	if err != nil {
		return err
	}
	s, err := c.Status(ctx)
	if err != nil {
		return err
	}
	if s.Safe > 0 && r.Block > s.Safe {
		return &Error{Kind: KindBusy, Message: "The earlier try failed in a block that is not safe yet", Next: "Try again in some minutes."}
	}
	return nil
}

// sign gets the signature, checks that it is for the reviewed bytes, and stores
// it.
func (o *Outbox) sign(ctx context.Context, r TxRecord, d Draft, signer Signer) (TxRecord, error) {
	chainID := new(big.Int).SetUint64(d.Profile.ChainID)
	tx, err := signer.Sign(ctx, d.From, d.Tx, chainID)
	if err == nil {
		from, serr := types.Sender(types.LatestSignerForChainID(chainID), tx)
		if serr != nil || from != d.From || signingHash(tx) != d.approved {
			err = refused("Nothing was sent.", "What was signed is not the transaction that was reviewed")
		}
	}
	if err != nil {
		r.State, r.Error = TxDropped, err.Error()
		if serr := o.save(ctx, &r); serr != nil {
			return r, errors.Join(err, serr)
		}
		return r, err
	}
	if r.Raw, err = tx.MarshalBinary(); err != nil {
		return r, failed(err, "", "The signed transaction could not be encoded")
	}
	r.Hash, r.State = tx.Hash(), TxSigned
	return r, o.save(ctx, &r)
}

// send gives the stored bytes to the network. Sending twice is harmless: they
// have one hash and one nonce.
func (o *Outbox) send(ctx context.Context, r TxRecord) (TxRecord, error) {
	c, err := o.client(r.ChainID, r.Genesis)
	if err != nil {
		return r, kept(err)
	}
	if err := c.check(ctx); err != nil {
		return r, kept(err)
	}
	var hash common.Hash
	err = c.call(ctx, &hash, "eth_sendRawTransaction", hexutil.Bytes(r.Raw))
	switch {
	case err == nil || isKnown(err):
		r.State, r.Error = TxSent, ""
	case isReply(err) && strings.Contains(strings.ToLower(err.Error()), "nonce too low"):
		// It, or another one, is mined: which, the receipts say.
		r.State, r.Error = TxSent, ""
	case isReply(err) && isDefinite(err):
		// It may be in a block all the same: the answer to an earlier sending
		// can have been lost.
		if found, _, rerr := c.receipt(ctx, r.Hash); rerr != nil {
			return r, kept(rerr)
		} else if found != nil {
			r.State, r.Error = TxSent, ""
			break
		}
		r.State, r.Error = TxDropped, c.why(err)
		if serr := o.save(ctx, &r); serr != nil {
			return r, serr
		}
		return r, refused("Nothing was paid. Review it again.", "%s does not take the transaction: %s", c.profile.Title, r.Error)
	default:
		r.Error = c.why(err)
		if serr := o.save(ctx, &r); serr != nil {
			return r, serr
		}
		return r, kept(err)
	}
	if err := o.save(ctx, &r); err != nil {
		return r, err
	}
	return o.refresh(ctx, r)
}

// kept wraps an error after which the signed transaction waits in the outbox.
func kept(err error) error {
	return failed(err, "It is signed and kept, and is sent as soon as the network answers.", "The transaction could not be sent yet")
}

func isKnown(err error) bool {
	s := strings.ToLower(err.Error())
	return strings.Contains(s, "already known") || strings.Contains(s, "known transaction") || strings.Contains(s, "already imported")
}

// definite are answers after which these bytes are not in the node. Should
// another node hold them after all, the next transaction of the account has the
// same nonce, so at most one of the two is ever mined.
var definite = []string{
	"nonce too high", "insufficient funds", "intrinsic gas", "gas limit", "max fee per gas less than block base fee",
	"max priority fee per gas higher", "invalid chain id", "invalid sender", "oversized data", "replay-protected", "underpriced",
	"transaction type not supported", "max initcode size", "exceeds the configured cap",
}

func isDefinite(err error) bool {
	s := strings.ToLower(err.Error())
	for _, d := range definite {
		if strings.Contains(s, d) {
			return true
		}
	}
	return false
}

func (o *Outbox) save(ctx context.Context, r *TxRecord) error {
	r.Updated = time.Now().UTC()
	if err := o.store.SaveTx(ctx, *r); err != nil {
		return err
	}
	o.changed()
	return nil
}

// Find returns the transaction for an intent on a network; the error is of kind
// not_found when there is none. A job looks here before it prepares anything.
func (o *Outbox) Find(ctx context.Context, p Profile, intent string) (TxRecord, error) {
	return o.store.TxByIntent(ctx, p.ChainID, p.Genesis, intent)
}

// Tx returns one record.
func (o *Outbox) Tx(ctx context.Context, id string) (TxRecord, error) { return o.store.Tx(ctx, id) }

// Txs returns all records, oldest first.
func (o *Outbox) Txs(ctx context.Context) ([]TxRecord, error) { return o.store.Txs(ctx) }

// Watch returns a channel that gets a value when some record changed since the
// last one was taken. Read the records again; the value carries nothing.
func (o *Outbox) Watch() (<-chan struct{}, func()) {
	ch := make(chan struct{}, 1)
	o.watchers.Store(ch, nil)
	return ch, func() { o.watchers.Delete(ch) }
}

func (o *Outbox) changed() {
	o.watchers.Range(func(ch, _ any) bool {
		select {
		case ch.(chan struct{}) <- struct{}{}:
		default:
		}
		return true
	})
}

// live returns the nonces that signed and not yet ended transactions hold.
func (o *Outbox) live(ctx context.Context, p Profile, from common.Address) (map[uint64]bool, error) {
	all, err := o.store.Txs(ctx)
	if err != nil {
		return nil, err
	}
	taken := map[uint64]bool{}
	for _, r := range all {
		if r.ChainID == p.ChainID && r.Genesis == p.Genesis && r.From == from && r.Raw != nil && r.State != TxDropped {
			taken[r.Nonce] = true
		}
	}
	return taken, nil
}

// freeNonce is the first nonce from pending on that no live record holds; a gap
// that a dropped one left is filled first.
func (o *Outbox) freeNonce(ctx context.Context, p Profile, from common.Address, pending uint64) (uint64, error) {
	taken, err := o.live(ctx, p, from)
	if err != nil {
		return 0, err
	}
	for taken[pending] {
		pending++
	}
	return pending, nil
}

// sentBefore reports whether the account sent to this recipient and it arrived.
func (o *Outbox) sentBefore(ctx context.Context, p Profile, from, to common.Address) (bool, error) {
	all, err := o.store.Txs(ctx)
	if err != nil {
		return false, err
	}
	for _, r := range all {
		if r.ChainID == p.ChainID && r.Genesis == p.Genesis && r.From == from && r.To == to && r.Kind == KindSend && r.State.AtLeast(TxMined) {
			return true, nil
		}
	}
	return false, nil
}
