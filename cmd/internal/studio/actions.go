package studio

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math/big"
	"strings"

	"github.com/ethereum/go-ethereum/common"
	"github.com/google/uuid"

	"github.com/modelfactory/modelfactory/chain"
	"github.com/modelfactory/modelfactory/chain/lineage"
	"github.com/modelfactory/modelfactory/datasets"
)

// Action is a transaction that waits for its signature: the bytes, and what they do in words made from those bytes.
type Action struct {
	Draft  chain.Draft
	Review chain.Review
	Intent string          // what a person means to do, once: the same intent is never sent twice
	Done   *chain.TxRecord // it was signed before, for example ahead of a crash; there is nothing left to sign
}

// prepare turns a call into an action, or finds that the intent was signed before.
func (s *Studio) prepare(ctx context.Context, call chain.Call, intent string) (Action, error) {
	client, err := s.Client(ctx)
	if err != nil {
		return Action{}, err
	}
	if call.From == (common.Address{}) {
		return Action{}, s.NoAccount()
	}
	if rec, err := s.Outbox.Find(ctx, client.Profile(), intent); err == nil && rec.State.AtLeast(chain.TxSigned) {
		return Action{Intent: intent, Done: &rec}, nil
	} else if err != nil && !chain.IsNotFound(err) {
		return Action{}, err
	}
	draft, err := client.Prepare(ctx, call)
	if err != nil {
		return Action{}, err
	}
	review, err := client.Review(ctx, draft)
	if err != nil {
		return Action{}, err
	}
	return Action{Draft: draft, Review: review, Intent: intent}, nil
}

// Sign signs and sends an action with the unlocked wallet, waits until a block holds it, and writes down what follows
// from it. Repeating it after a crash goes on where it was.
func (s *Studio) Sign(ctx context.Context, a Action) (chain.TxRecord, error) {
	var rec chain.TxRecord
	if a.Done != nil {
		rec = *a.Done
	} else {
		draft, err := a.Review.Approve(a.Draft)
		if err != nil {
			return rec, err
		}
		if rec, err = s.Outbox.Submit(ctx, draft, s.Vault, a.Intent); err != nil {
			return rec, err
		}
	}
	rec, err := s.Outbox.Wait(ctx, rec.ID, chain.TxMined)
	if err != nil {
		return rec, err
	}
	// It is in a block: trouble with what follows must not look like a payment that failed, which would be made again.
	if err := s.Settle(ctx); err != nil {
		fmt.Fprintln(s.Log, "after the transaction:", err)
	}
	return rec, nil
}

// PrepareLicence prepares buying (or extending) the licence of a DataNet for the account in use.
func (s *Studio) PrepareLicence(ctx context.Context, slug datasets.Slug) (Action, error) {
	v, err := s.Net(ctx, slug)
	if err != nil {
		return Action{}, err
	}
	client, err := s.Client(ctx)
	if err != nil {
		return Action{}, err
	}
	p := client.Profile()
	reg, here := registryOf(v.DataNet, p)
	if !here {
		return Action{}, &Error{Kind: "refused", Message: fmt.Sprintf("%s is not registered on %s", v.Title, p.Title), Next: "Choose the network it is registered on, in Settings or with mf chain use."}
	}
	on, err := client.Net(ctx, reg, v.Chain.ID)
	if err != nil {
		return Action{}, err
	}
	if on.Terms.Price == nil || on.Terms.Price.Sign() == 0 {
		return Action{}, &Error{Kind: "refused", Message: v.Title + " sells no licence", Next: "Free DataNets need none; for a closed one ask its owner."}
	}
	from := s.Account()
	if from == (common.Address{}) {
		return Action{}, s.NoAccount()
	}
	lic, err := client.LicenceOf(ctx, reg, from, v.Chain.ID)
	if err != nil {
		return Action{}, err
	}
	// The end of the licence held now is part of the intent: buying on is a new one, repeating after a crash is not.
	call := chain.BuyLicence(reg, from, v.Chain.ID, on.Terms)
	call.Note = v.Title
	return s.prepare(ctx, call, fmt.Sprintf("%s%d", licenceIntent(v.DataNet, from), lic.Until.Unix()))
}

func licenceIntent(n datasets.DataNet, account common.Address) string {
	return fmt.Sprintf("licence:%d:%s:", n.Chain.ID, account.Hex())
}

// LicenceTx is the newest transaction of this data folder that bought the account in use a licence of a net. It is empty
// when the licence came otherwise: granted, or bought elsewhere.
func (s *Studio) LicenceTx(ctx context.Context, n datasets.DataNet) (chain.TxRecord, error) {
	txs, err := s.Transactions(ctx)
	if err != nil || n.Chain == nil {
		return chain.TxRecord{}, err
	}
	for _, tx := range txs {
		if tx.ChainID == n.Chain.ChainID && tx.Genesis == common.HexToHash(n.Chain.Genesis) && tx.State.AtLeast(chain.TxMined) &&
			strings.HasPrefix(tx.Intent, licenceIntent(n, s.Account())) {
			return tx, nil
		}
	}
	return chain.TxRecord{}, nil
}

// PreparePublish writes a model's manifest for the account in use and prepares its registration.
func (s *Studio) PreparePublish(ctx context.Context, digest datasets.Digest) (Action, error) {
	client, err := s.Client(ctx) // first: reaching the chain finishes what a crash left, this publication perhaps
	if err != nil {
		return Action{}, err
	}
	m, err := s.Models.Get(string(digest))
	if err != nil {
		return Action{}, err
	}
	from := s.Account()
	if from == (common.Address{}) {
		return Action{}, s.NoAccount()
	}
	if m.Publication != nil {
		return Action{}, &Error{
			Kind: "refused", Message: fmt.Sprintf("%s is published already, as model %d of chain %d", m.Name, m.Publication.ID, m.Publication.ChainID),
			Next: "Train it further to publish a new one.",
		}
	}
	p := client.Profile()
	reg, err := p.Registry()
	if err != nil {
		return Action{}, err
	}
	_, word, err := s.Models.Prepare(ctx, m.Digest, lineage.ManifestOptions{Creator: datasets.Address(from.Hex())})
	if err != nil {
		return Action{}, err
	}
	call := chain.RegisterModel(reg, from, word.Bytes(), nil, 0, common.Hash{})
	call.Note = m.Name
	return s.prepare(ctx, call, publishIntent(word))
}

// PrepareSend prepares a payment from the account in use. Each call is a payment of its own.
func (s *Studio) PrepareSend(ctx context.Context, to common.Address, amount *big.Int) (Action, error) {
	return s.PrepareSendFrom(ctx, s.Account(), to, amount)
}

// PrepareSendFrom prepares a payment from an account of the wallet, which need not be the one in use.
func (s *Studio) PrepareSendFrom(ctx context.Context, from, to common.Address, amount *big.Int) (Action, error) {
	return s.prepare(ctx, chain.Send(from, to, amount), "send:"+uuid.NewString())
}

func sha256Hash(b []byte) common.Hash { return common.Hash(sha256.Sum256(b)) }

func hashDigest(h common.Hash) datasets.Digest { return datasets.Digest(hex.EncodeToString(h[:])) }
