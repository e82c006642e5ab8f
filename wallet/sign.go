package wallet

import (
	"context"
	"crypto/ecdsa"
	"fmt"
	"math/big"
	"slices"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
)

// Sign signs a finished transaction with one account of the vault, for one
// chain. It refuses, always: a locked vault, an account that is not its own,
// the zero address, a chain id that is missing or differs from the one in the
// transaction, a transaction that is already signed, blob (EIP-4844) and
// set-code (EIP-7702) transactions, and any signature without a chain id
// (before EIP-155). The key exists only during the call.
func (v *Vault) Sign(ctx context.Context, from common.Address, tx *types.Transaction, chainID *big.Int) (*types.Transaction, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if err := signable(from, tx, chainID); err != nil {
		return nil, err
	}
	key, err := v.key(from)
	if err != nil {
		return nil, err
	}
	defer wipeKey(key)
	signer := types.LatestSignerForChainID(chainID)
	signed, err := types.SignTx(tx, signer, key)
	if err != nil {
		return nil, failed("The transaction cannot be signed", "", err)
	}
	// A fault while signing can reveal the key: nothing leaves unverified.
	sender, err := types.Sender(signer, signed)
	if err != nil || sender != from || !signed.Protected() {
		return nil, failed("The signature does not belong to the account", "Try again; nothing was sent.", err)
	}
	return signed, nil
}

// signable holds the rules that need no key.
func signable(from common.Address, tx *types.Transaction, chainID *big.Int) error {
	if from == (common.Address{}) {
		return refused("A transaction needs an account that signs it", "Choose one of your accounts.")
	}
	if tx == nil {
		return &Error{Kind: KindUsage, Message: "There is no transaction to sign"}
	}
	if chainID == nil || chainID.Sign() <= 0 {
		return refused("A signature without a chain id would be valid on every network", "Choose a network first.")
	}
	switch tx.Type() {
	case types.LegacyTxType, types.AccessListTxType, types.DynamicFeeTxType:
	case types.BlobTxType:
		return refused("Blob transactions are not signed here", "Send the data as an ordinary transaction.")
	case types.SetCodeTxType:
		return refused("This transaction hands the account over to a contract (EIP-7702); it is not signed here", "Do not trust who asked for it.")
	default:
		return refused(fmt.Sprintf("Transactions of type %d are not signed here", tx.Type()), "Use an ordinary transaction.")
	}
	if vv, r, s := tx.RawSignatureValues(); nonZero(vv) || nonZero(r) || nonZero(s) {
		return refused("The transaction already carries a signature", "Build it again.")
	}
	if tx.Type() != types.LegacyTxType && tx.ChainId().Cmp(chainID) != 0 {
		return refused(fmt.Sprintf("The transaction is for chain %s, not for chain %s", tx.ChainId(), chainID), "Build it again for the network you use.")
	}
	return nil
}

func nonZero(n *big.Int) bool { return n != nil && n.Sign() != 0 }

// key derives the key of an account; the caller wipes it.
func (v *Vault) key(from common.Address) (*ecdsa.PrivateKey, error) {
	if v.Locked() {
		return nil, v.lockedError()
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.branch == nil {
		return nil, errLocked()
	}
	i := slices.IndexFunc(v.index.Accounts, func(a indexAccount) bool { return a.Address == from.Hex() })
	if i < 0 {
		return nil, errNoAccount(from)
	}
	key, err := accountKey(v.branch, v.index.Accounts[i].Index)
	if err != nil {
		return nil, failed("The key cannot be derived", "", err)
	}
	v.used = v.now()
	return key, nil
}
