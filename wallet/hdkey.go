package wallet

import (
	"crypto/ecdsa"
	"fmt"
	"strconv"
	"strings"

	"github.com/btcsuite/btcd/btcutil/hdkeychain"
	"github.com/btcsuite/btcd/chaincfg"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"
)

// branchPath is BIP-44 for Ethereum up to the change level; account i adds /i.
const branchPath = "m/44'/60'/0'/0"

func accountPath(i uint32) string { return branchPath + "/" + strconv.FormatUint(uint64(i), 10) }

// parsePath reads a BIP-32 path such as m/44'/60'/0'/0/1.
func parsePath(path string) ([]uint32, error) {
	parts := strings.Split(path, "/")
	if parts[0] != "m" || len(parts) > 256 {
		return nil, fmt.Errorf("a derivation path starts with m")
	}
	out := make([]uint32, 0, len(parts)-1)
	for _, p := range parts[1:] {
		hard := uint32(0)
		if n := len(p); n > 0 && (p[n-1] == '\'' || p[n-1] == 'h' || p[n-1] == 'H') {
			hard, p = hdkeychain.HardenedKeyStart, p[:n-1]
		}
		n, err := strconv.ParseUint(p, 10, 31)
		if err != nil || strings.HasPrefix(p, "+") {
			return nil, fmt.Errorf("a derivation path has numbers below 2^31")
		}
		out = append(out, uint32(n)+hard)
	}
	return out, nil
}

// derive walks a path from a BIP-39 seed and wipes what it leaves behind. The
// caller wipes the result with Zero.
func derive(seed []byte, path string) (*hdkeychain.ExtendedKey, error) {
	steps, err := parsePath(path)
	if err != nil {
		return nil, err
	}
	// MainNetParams only sets the version bytes of a printed key ("xprv").
	key, err := hdkeychain.NewMaster(seed, &chaincfg.MainNetParams)
	if err != nil {
		return nil, err
	}
	for _, n := range steps {
		child, err := key.Derive(n)
		key.Zero()
		if err != nil {
			return nil, err
		}
		key = child
	}
	return key, nil
}

// accountKey derives account i below the branch. The caller wipes it.
func accountKey(branch *hdkeychain.ExtendedKey, i uint32) (*ecdsa.PrivateKey, error) {
	child, err := branch.Derive(i)
	if err != nil {
		return nil, err
	}
	defer child.Zero()
	priv, err := child.ECPrivKey()
	if err != nil {
		return nil, err
	}
	defer priv.Zero()
	raw := priv.Serialize()
	defer clear(raw)
	return crypto.ToECDSA(raw)
}

// wipeKey overwrites the number behind a key.
func wipeKey(key *ecdsa.PrivateKey) {
	if key == nil {
		return
	}
	//lint:ignore SA1019 a key that is handed out as bytes instead is one more copy; this is the one to wipe
	n := key.D
	bits := n.Bits()
	clear(bits[:cap(bits)])
	n.SetUint64(0)
}

func addressAt(branch *hdkeychain.ExtendedKey, i uint32) (common.Address, error) {
	key, err := accountKey(branch, i)
	if err != nil {
		return common.Address{}, err
	}
	defer wipeKey(key)
	return crypto.PubkeyToAddress(key.PublicKey), nil
}
