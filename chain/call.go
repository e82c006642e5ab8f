package chain

import (
	"math/big"

	"github.com/ethereum/go-ethereum/common"
)

// Kinds of Call and TxRecord.
const (
	KindSend            = "send"
	KindCreateNet       = "create_net"
	KindPublishVersion  = "publish_version"
	KindSetTerms        = "set_terms"
	KindSetCurator      = "set_curator"
	KindContribute      = "contribute"
	KindBuyLicence      = "buy_licence"
	KindGrantLicence    = "grant_licence"
	KindWithdrawIncome  = "withdraw_income"
	KindPublishModel    = "publish_model"
	KindWithdrawModel   = "withdraw_model"
	KindUnknownContract = "unknown_contract"
)

// Call is what somebody wants done, before it is a transaction. Kind and Note
// label it for its maker; the review and the outbox decode the bytes instead.
type Call struct {
	Kind     string
	From, To common.Address
	Value    *big.Int // wei; nil = 0
	Data     []byte
	Note     string
}

// Send moves coin to an account.
func Send(from, to common.Address, wei *big.Int) Call {
	return Call{Kind: KindSend, From: from, To: to, Value: wei}
}

// CreateNet registers a DataNet. metadata is the SHA-256 of its canonical
// description.
func CreateNet(r Registry, from common.Address, metadata common.Hash, t Terms, curators []common.Address) Call {
	return Call{Kind: KindCreateNet, From: from, To: r.DataNets, Data: netsABI.PackCreateNet(metadata, t.binding(), curators)}
}

// PublishVersion registers the next version of a net.
func PublishVersion(r Registry, from common.Address, net uint64, root, digest common.Hash, rows uint64) Call {
	return Call{Kind: KindPublishVersion, From: from, To: r.DataNets, Data: netsABI.PackPublishVersion(net, root, digest, rows)}
}

// BuyLicence buys one licence period on exactly these terms at their price; it
// fails on the chain when others are in force by then.
func BuyLicence(r Registry, from common.Address, net uint64, t Terms) Call {
	return Call{Kind: KindBuyLicence, From: from, To: r.Licences, Value: t.price(), Data: licencesABI.PackBuy(net, t.Digest())}
}

// WithdrawIncome draws what licences of the caller's nets brought in.
func WithdrawIncome(r Registry, from, to common.Address) Call {
	return Call{Kind: KindWithdrawIncome, From: from, To: r.Licences, Data: licencesABI.PackWithdraw(to)}
}

// RegisterModel records a model. parents are models of the same registry in
// ascending order; supersedes is an earlier model of the caller or 0.
func RegisterModel(r Registry, from common.Address, manifest common.Hash, parents []uint64, supersedes uint64, terms common.Hash) Call {
	return Call{Kind: KindPublishModel, From: from, To: r.Models, Data: modelsABI.PackRegister(manifest, parents, supersedes, terms)}
}
