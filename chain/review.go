package chain

import (
	"context"
	"fmt"
	"math/big"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"
)

// Review says what would be signed. Title, sentence, recipient, amount and
// decoded lines come from the bytes of Draft.Tx and nothing else; fees,
// balance and trial from the network, asked again with those bytes.
type Review struct {
	Title, Sentence string
	Does, DoesNot   []string
	Network, Coin   string
	From, To        common.Address
	ToName          string
	ToKnown         bool // To is a contract of the network's profile
	Amount          *big.Int
	Fee             Fee
	BalanceNow      *big.Int
	BalanceAfter    *big.Int // expected
	Need            *big.Int // amount and the most the fee can be
	Trial           string
	Warnings        []string // to be read; a first-time recipient is one
	Blocks          []string // while there is one, Approve refuses
	TypeAmount      bool     // the person types the amount to go on (screens 15)
	Raw             string   // unsigned bytes, hex
	Decoded         []Line
	Kind            string // decoded
	Digest          common.Hash
}

// Review decodes a draft and asks the network what it would do.
func (c *Client) Review(ctx context.Context, d Draft) (Review, error) {
	if d.Tx == nil {
		return Review{}, &Error{Kind: KindUsage, Message: "There is no transaction to review", Next: "Prepare one first."}
	}
	tx := d.Tx
	raw, err := tx.MarshalBinary()
	if err != nil {
		return Review{}, failed(err, "", "The transaction could not be encoded")
	}
	m := decode(c.profile, tx)
	r := Review{
		Kind: m.kind, Title: m.title, Sentence: m.sentence, Does: m.does, DoesNot: m.doesNot,
		Network: c.profile.Title, Coin: c.profile.Coin, From: d.From, ToName: m.toName, ToKnown: m.toName != "",
		Amount: tx.Value(), Raw: hexutil.Encode(raw), Digest: signingHash(tx),
	}
	if tx.To() != nil {
		r.To = *tx.To()
	}
	r.Decoded = append([]Line{
		{"chain id", tx.ChainId().String()},
		{"nonce", fmt.Sprint(tx.Nonce())},
		{"to", show(r.To)},
		{"value", FormatAmount(tx.Value()) + " " + c.profile.Coin},
		{"gas limit", fmt.Sprint(tx.Gas())},
		{"highest price of a gas unit", tx.GasFeeCap().String() + " wei"},
	}, m.lines...)
	c.blockShape(&r, d, m)
	if err := c.askNetwork(ctx, &r, tx, m); err != nil {
		return Review{}, err
	}
	return r, nil
}

// blockShape finds what the bytes alone forbid.
func (c *Client) blockShape(r *Review, d Draft, m meaning) {
	tx := d.Tx
	switch {
	case tx.ChainId().Cmp(new(big.Int).SetUint64(c.profile.ChainID)) != 0:
		r.block("Wrong chain: the transaction is for chain %s, %s is %d.", tx.ChainId(), c.profile.Title, c.profile.ChainID)
	case d.Profile.ChainID != c.profile.ChainID || (d.Profile.Genesis != common.Hash{} && d.Profile.Genesis != c.profile.Genesis):
		r.block("Wrong chain: the transaction was prepared for %s, not for %s.", d.Profile.Title, c.profile.Title)
	}
	switch tx.Type() {
	case types.DynamicFeeTxType, types.AccessListTxType:
	case types.LegacyTxType:
		// An unsigned legacy transaction does not name its chain.
		r.block("The transaction is of the old kind, which this program does not sign.")
	default:
		r.block("The transaction is of kind %d, which this program does not sign.", tx.Type())
	}
	if m.kind == KindUnknownContract {
		if tx.To() == nil {
			r.block("It puts an unknown contract on the network.")
		} else if r.ToKnown {
			r.block("The instructions to %s cannot be explained.", m.toName)
		} else {
			r.block("Unknown contract: %s is not in the list of this network.", r.To)
		}
	}
	if m.kind != KindSend && m.kind != KindBuyLicence && m.kind != KindUnknownContract && tx.Value().Sign() != 0 {
		r.block("It would pay %s %s for something that costs nothing.", FormatAmount(tx.Value()), c.profile.Coin)
	}
	if d.From == (common.Address{}) {
		r.block("The transaction has no sender.")
	}
}

// askNetwork fills in what only the network knows (screen 15).
func (c *Client) askNetwork(ctx context.Context, r *Review, tx *types.Transaction, m meaning) error {
	head, err := c.block(ctx, "latest")
	if err != nil {
		return err
	}
	if head == nil {
		return failed(nil, "Choose another RPC address.", "The node of %s has no newest block", c.profile.Title)
	}
	t, err := c.try(ctx, r.From, tx)
	if err != nil {
		return err
	}
	r.Trial = t.line(uint64(head.Number))
	used := t.gas
	if t.fails != "" || used == 0 {
		used = tx.Gas()
	}
	if r.Fee, err = c.fee(ctx, head, tx, used); err != nil {
		return err
	}
	if r.BalanceNow, err = c.Balance(ctx, r.From); err != nil {
		return err
	}
	r.Need = sum(tx.Value(), r.Fee.AtMost)
	r.BalanceAfter = new(big.Int).Sub(r.BalanceNow, sum(tx.Value(), r.Fee.Expected))
	if t.known && t.fails == "" {
		r.BalanceAfter = new(big.Int).Sub(r.BalanceNow, r.Fee.Expected)
		for _, move := range t.moves {
			if move.from == r.From {
				r.BalanceAfter.Sub(r.BalanceAfter, move.wei)
			}
			if move.to == r.From {
				r.BalanceAfter.Add(r.BalanceAfter, move.wei)
			}
			r.Decoded = append(r.Decoded, Line{"trial moves", fmt.Sprintf("%s %s from %s to %s", FormatAmount(move.wei), r.Coin, move.from, move.to)})
		}
	}
	if r.BalanceNow.Cmp(r.Need) < 0 {
		advice := "receive or bridge some"
		if c.profile.Dev {
			advice = "take some from the faucet"
		}
		r.block("Not enough %s: needs up to %s, has %s; %s.", r.Coin, FormatAmount(r.Need), FormatAmount(r.BalanceNow), advice)
	} else if t.fails != "" {
		r.block("The trial failed: it %s.", r.Trial)
	}
	if limit := c.profile.feeCap(); r.Fee.AtMost.Cmp(limit) > 0 {
		r.block("The fee may reach %s %s, above the cap of %s.", FormatAmount(r.Fee.AtMost), r.Coin, FormatAmount(limit))
	}
	if len(tx.Data()) > 0 && tx.To() != nil {
		has, err := c.hasCode(ctx, *tx.To())
		if err != nil {
			return err
		}
		if !has {
			r.block("There is no contract at %s on %s.", r.To, c.profile.Title)
		}
	}
	if err := c.explainLicence(ctx, r, tx, m); err != nil {
		return err
	}
	return c.warnRecipient(ctx, r, m)
}

// explainLicence shows the terms behind the digest that a purchase agrees to.
func (c *Client) explainLicence(ctx context.Context, r *Review, tx *types.Transaction, m meaning) error {
	if m.kind != KindBuyLicence {
		return nil
	}
	registry, _ := c.profile.RegistryAt(*tx.To())
	t, err := c.Terms(ctx, registry, m.licenceTerms)
	switch {
	case IsNotFound(err):
		r.block("The terms of this licence are not recorded on %s.", c.profile.Title)
		return nil
	case err != nil:
		return err
	}
	r.Sentence = fmt.Sprintf("Pays %s %s for a licence of DataNet %d for %d days.", FormatAmount(tx.Value()), r.Coin, m.licenceNet, t.Days)
	r.Does = append(r.Does, t.lines(r.Coin)...)
	return nil
}

// warnRecipient marks coin that goes somewhere for the first time.
func (c *Client) warnRecipient(ctx context.Context, r *Review, m meaning) error {
	if m.kind != KindSend {
		return nil
	}
	if has, err := c.hasCode(ctx, r.To); err != nil {
		return err
	} else if has {
		r.Warnings = append(r.Warnings, "The recipient is a contract.")
	}
	before := false
	if c.outbox != nil {
		var err error
		if before, err = c.outbox.sentBefore(ctx, c.profile, r.From, r.To); err != nil {
			return err
		}
	}
	if !before {
		r.TypeAmount = true
		r.Warnings = append(r.Warnings, "First time that this account sends to this recipient. Compare the whole address.")
	}
	return nil
}

func (r *Review) block(format string, args ...any) {
	r.Blocks = append(r.Blocks, fmt.Sprintf(format, args...))
}

// Approve says that a person, or a script with --yes, has accepted the review.
// It returns the draft that may be submitted. It refuses when something blocks
// or when the draft's bytes are not the ones that were reviewed.
func (r Review) Approve(d Draft) (Draft, error) {
	if d.Tx == nil || r.Digest == (common.Hash{}) || signingHash(d.Tx) != r.Digest || d.From != r.From {
		return Draft{}, refused("Review it again.", "The transaction is not the one that was reviewed")
	}
	if len(r.Blocks) > 0 {
		return Draft{}, refused("Nothing was signed.", "%s", r.Blocks[0])
	}
	d.approved = r.Digest
	return d, nil
}
