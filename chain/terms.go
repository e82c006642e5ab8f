package chain

import (
	"math/big"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"

	"github.com/modelfactory/modelfactory/chain/bindings/datanets"
)

// Terms are a net's licence terms as the contracts hold them. The fields are
// those of datasets.Terms in the same order, so one converts to the other.
type Terms struct {
	Train, Serve, Commercial, Derivatives, ShareAlike, NameIt, PassOn bool
	Price                                                             *big.Int // wei of one licence period; 0 = none is sold
	Days                                                              uint32   // length of one licence period
	RevenuePPM                                                        uint32   // share of a model's revenue, in parts per million
}

// Digest names the terms on chain: keccak256 of the ABI encoding of the ten
// fields in order (termsDigest in Terms.sol).
func (t Terms) Digest() common.Hash {
	words := make([]byte, 0, 10*32)
	for _, b := range []bool{t.Train, t.Serve, t.Commercial, t.Derivatives, t.ShareAlike, t.NameIt, t.PassOn} {
		n := int64(0)
		if b {
			n = 1
		}
		words = append(words, common.BigToHash(big.NewInt(n)).Bytes()...)
	}
	words = append(words, common.BigToHash(t.price()).Bytes()...)
	words = append(words, common.BigToHash(new(big.Int).SetUint64(uint64(t.Days))).Bytes()...)
	words = append(words, common.BigToHash(new(big.Int).SetUint64(uint64(t.RevenuePPM))).Bytes()...)
	return crypto.Keccak256Hash(words)
}

func (t Terms) price() *big.Int {
	if t.Price == nil {
		return new(big.Int)
	}
	return t.Price
}

func (t Terms) binding() datanets.Terms {
	return datanets.Terms{
		Train: t.Train, Serve: t.Serve, Commercial: t.Commercial, Derivatives: t.Derivatives,
		ShareAlike: t.ShareAlike, NameIt: t.NameIt, PassOn: t.PassOn,
		Price: t.price(), DurationDays: t.Days, RevenuePpm: t.RevenuePPM,
	}
}

func termsOf(b datanets.Terms) Terms {
	return Terms{
		Train: b.Train, Serve: b.Serve, Commercial: b.Commercial, Derivatives: b.Derivatives,
		ShareAlike: b.ShareAlike, NameIt: b.NameIt, PassOn: b.PassOn,
		Price: b.Price, Days: b.DurationDays, RevenuePPM: b.RevenuePpm,
	}
}
