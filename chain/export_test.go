package chain

import (
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
)

// Calls that the review explains when somebody brings them, and that no part of
// the program makes.

// SetTerms changes the terms of a net's later versions and licences.
func SetTerms(r Registry, from common.Address, net uint64, t Terms) Call {
	return Call{Kind: KindSetTerms, From: from, To: r.DataNets, Data: netsABI.PackSetTerms(net, t.binding())}
}

// GrantLicence gives an account a licence until a time (Unix seconds).
func GrantLicence(r Registry, from common.Address, net uint64, account common.Address, until uint64) Call {
	return Call{Kind: KindGrantLicence, From: from, To: r.Licences, Data: licencesABI.PackGrant(net, account, until)}
}

// WithdrawModel marks a model of the caller as withdrawn; its record stays.
func WithdrawModel(r Registry, from common.Address, id uint64, reason string) Call {
	return Call{Kind: KindWithdrawModel, From: from, To: r.Models, Data: modelsABI.PackWithdraw(id, reason)}
}

// Explain decodes a transaction's bytes as the review does, without a network.
func Explain(p Profile, tx *types.Transaction) (kind, sentence string) {
	m := decode(p, tx)
	return m.kind, m.sentence
}
