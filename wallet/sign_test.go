package wallet

import (
	"context"
	"crypto/ecdsa"
	"errors"
	"math/big"
	"sync"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/holiman/uint256"
)

var (
	chainID = big.NewInt(1612)
	to      = common.HexToAddress("0x3535353535353535353535353535353535353535")
)

func dynamic(id *big.Int) *types.Transaction {
	return types.NewTx(&types.DynamicFeeTx{
		ChainID: id, Nonce: 3, GasTipCap: big.NewInt(1), GasFeeCap: big.NewInt(2), Gas: 21000, To: &to, Value: big.NewInt(5),
	})
}

func TestSignsForOneChain(t *testing.T) {
	v, _, _ := imported(t, 2)
	legacy := types.NewTx(&types.LegacyTx{Nonce: 9, GasPrice: big.NewInt(20), Gas: 21000, To: &to, Value: big.NewInt(1)})
	list := types.NewTx(&types.AccessListTx{ChainID: chainID, Nonce: 1, GasPrice: big.NewInt(2), Gas: 30000, To: &to})
	for _, tx := range []*types.Transaction{dynamic(chainID), legacy, list} {
		for _, a := range v.Accounts() {
			signed, err := v.Sign(context.Background(), a.Address, tx, chainID)
			mustNot(t, err)
			sender, err := types.Sender(types.LatestSignerForChainID(chainID), signed)
			mustNot(t, err)
			must(t, sender == a.Address && signed.Protected(), "type %d: sender %s", tx.Type(), sender)
			must(t, signed.ChainId().Cmp(chainID) == 0, "type %d: chain %s", tx.Type(), signed.ChainId())
			// Exactly what was given is signed.
			signer := types.LatestSignerForChainID(chainID)
			must(t, signer.Hash(signed) == signer.Hash(tx), "type %d: other bytes", tx.Type())
			_, _, s := signed.RawSignatureValues()
			half := new(big.Int).Rsh(crypto.S256().Params().N, 1)
			must(t, s.Cmp(half) <= 0, "high s")
		}
	}
}

// The example of EIP-155: its key, transaction, and signed bytes. The key is
// put in place of a derived one, the path through the rules is the same.
func TestEIP155Example(t *testing.T) {
	key, err := crypto.ToECDSA(common.FromHex("0x4646464646464646464646464646464646464646464646464646464646464646"))
	mustNot(t, err)
	tx := types.NewTx(&types.LegacyTx{Nonce: 9, GasPrice: big.NewInt(20e9), Gas: 21000, To: &to, Value: big.NewInt(1e18)})
	mustNot(t, signable(crypto.PubkeyToAddress(key.PublicKey), tx, big.NewInt(1)))
	signed, err := types.SignTx(tx, types.LatestSignerForChainID(big.NewInt(1)), key)
	mustNot(t, err)
	raw, err := signed.MarshalBinary()
	mustNot(t, err)
	const want = "0xf86c098504a817c800825208943535353535353535353535353535353535353535880de0b6b3a76400008025a028ef61340bd939bc2195fe537567866003e1a15d3c71ff63e1590620aa636276a067cbe9d8997f761aecb703304b3800ccf555c9f3dc64214b297fb1966a3b6d83"
	must(t, common.Bytes2Hex(raw) == want[2:], "%x", raw)
	//lint:ignore SA1019 looked at, not changed
	number := key.D
	bits := number.Bits()
	wipeKey(key)
	must(t, number.Sign() == 0 && bits[0] == 0 && bits[len(bits)-1] == 0, "the key is still there")
}

func TestSignRefuses(t *testing.T) {
	v, _, _ := imported(t, 1)
	me := v.Accounts()[0].Address
	ctx := context.Background()
	signed, err := v.Sign(ctx, me, dynamic(chainID), chainID)
	mustNot(t, err)
	unprotected, err := types.SignTx(types.NewTx(&types.LegacyTx{To: &to, Gas: 21000, GasPrice: big.NewInt(1)}), types.HomesteadSigner{}, testKey(t))
	mustNot(t, err)
	u := uint256.NewInt
	for _, tc := range []struct {
		name, part, kind string
		from             common.Address
		tx               *types.Transaction
		id               *big.Int
	}{
		{"no account", "needs an account", KindRefused, common.Address{}, dynamic(chainID), chainID},
		{"foreign account", "no account", KindNotFound, common.HexToAddress(second), dynamic(chainID), chainID},
		{"nothing", "no transaction", KindUsage, me, nil, chainID},
		{"no chain id", "every network", KindRefused, me, dynamic(chainID), nil},
		{"chain id 0", "every network", KindRefused, me, dynamic(chainID), new(big.Int)},
		{"negative chain id", "every network", KindRefused, me, dynamic(chainID), big.NewInt(-1)},
		{"legacy without chain id", "every network", KindRefused, me, types.NewTx(&types.LegacyTx{To: &to}), new(big.Int)},
		{"other chain", "for chain 1, not for chain 1612", KindRefused, me, dynamic(big.NewInt(1)), chainID},
		{"no chain in it", "for chain 0", KindRefused, me, dynamic(nil), chainID},
		{"signed before", "already carries", KindRefused, me, signed, chainID},
		{"unprotected", "already carries", KindRefused, me, unprotected, chainID},
		{"blob", "Blob", KindRefused, me, types.NewTx(&types.BlobTx{ChainID: u(1612), GasTipCap: u(1), GasFeeCap: u(1), BlobFeeCap: u(1), Value: u(0), BlobHashes: []common.Hash{{1}}}), chainID},
		{"set code", "EIP-7702", KindRefused, me, types.NewTx(&types.SetCodeTx{ChainID: u(1612), GasTipCap: u(1), GasFeeCap: u(1), Value: u(0), To: to}), chainID},
	} {
		got, err := v.Sign(ctx, tc.from, tc.tx, tc.id)
		must(t, got == nil, "%s: signed", tc.name)
		wantKind(t, err, tc.kind, tc.part)
	}
	over, cancel := context.WithCancel(ctx)
	cancel()
	_, err = v.Sign(over, me, dynamic(chainID), chainID)
	must(t, errors.Is(err, context.Canceled), "%v", err)
	v.Lock()
	_, err = v.Sign(ctx, me, dynamic(chainID), chainID)
	wantKind(t, err, KindRefused, "locked")
	_, err = open(t, vaultDir(t), newClock()).Sign(ctx, me, dynamic(chainID), chainID)
	wantKind(t, err, KindNotFound, "no vault")
}

func TestAnIdleVaultDoesNotSign(t *testing.T) {
	v, c, _ := imported(t, 1)
	me := v.Accounts()[0].Address
	c.pass(4 * time.Minute)
	_, err := v.Sign(context.Background(), me, dynamic(chainID), chainID)
	mustNot(t, err)
	c.pass(4 * time.Minute) // signing counted as use
	_, err = v.Sign(context.Background(), me, dynamic(chainID), chainID)
	mustNot(t, err)
	c.pass(5 * time.Minute)
	_, err = v.Sign(context.Background(), me, dynamic(chainID), chainID)
	wantKind(t, err, KindRefused, "locked")
}

// While a password is being tried (here: while the slow lock is held) the
// window still gets its answers.
func TestReadersDoNotWaitForAPassword(t *testing.T) {
	v, _, _ := imported(t, 1)
	v.slow.Lock()
	defer v.slow.Unlock()
	done := make(chan struct{})
	go func() {
		defer close(done)
		v.Exists()
		v.Locked()
		v.LocksAt()
		v.Accounts()
		v.BackupChecked()
		v.Touch()
		_, _ = v.Sign(context.Background(), v.Accounts()[0].Address, dynamic(chainID), chainID)
		v.Lock()
	}()
	select {
	case <-done:
	case <-time.After(10 * time.Second):
		t.Fatal("a reader waits for a password")
	}
}

func TestManyAtOnce(t *testing.T) {
	v, _, dir := imported(t, 1)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 5 {
				_, _ = v.AddAccount("")
				_, _ = v.Sign(context.Background(), v.Accounts()[0].Address, dynamic(chainID), chainID)
				v.Lock()
				_ = v.Unlock(password())
				_ = v.BackupChecked()
			}
		})
	}
	wg.Wait()
	list := v.Accounts()
	for i, a := range list {
		must(t, a.Index == uint32(i), "account %d has index %d", i, a.Index)
	}
	must(t, len(open(t, dir, newClock()).Accounts()) == len(list), "disk and memory differ")
}

func testKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := crypto.GenerateKey()
	mustNot(t, err)
	return key
}
