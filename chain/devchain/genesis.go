package devchain

import (
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"os"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/params"

	"github.com/modelfactory/modelfactory/internal/wholefile"
)

// ChainID is the chain id of every embedded chain ("MFDV"). It is none that a
// real network or another tool's test network uses, so no signature made here
// is valid elsewhere.
const ChainID = 0x4d464456

const gasLimit = 60_000_000

// identity is what makes this chain this chain, in genesis.json. The whole
// genesis is kept, not computed again: a later release with other predeploy
// code must still open the chain that an earlier one made.
type identity struct {
	Salt    string        `json:"salt"` // 32 random bytes, hex
	Genesis *core.Genesis `json:"genesis"`
}

// config pins the rules at Prague. The library's own development config turns
// on whatever its release knows, and a stored chain then refuses to open.
func config() *params.ChainConfig {
	zero := uint64(0)
	return &params.ChainConfig{
		ChainID:        big.NewInt(ChainID),
		HomesteadBlock: big.NewInt(0), EIP150Block: big.NewInt(0), EIP155Block: big.NewInt(0), EIP158Block: big.NewInt(0),
		ByzantiumBlock: big.NewInt(0), ConstantinopleBlock: big.NewInt(0), PetersburgBlock: big.NewInt(0),
		IstanbulBlock: big.NewInt(0), MuirGlacierBlock: big.NewInt(0), BerlinBlock: big.NewInt(0), LondonBlock: big.NewInt(0),
		ArrowGlacierBlock: big.NewInt(0), GrayGlacierBlock: big.NewInt(0), MergeNetsplitBlock: big.NewInt(0),
		ShanghaiTime: &zero, CancunTime: &zero, PragueTime: &zero,
		TerminalTotalDifficulty: big.NewInt(0),
		BlobScheduleConfig: &params.BlobScheduleConfig{
			Cancun: params.DefaultCancunBlobConfig, Prague: params.DefaultPragueBlobConfig,
		},
	}
}

// loadIdentity reads genesis.json, or makes it on the first start.
func loadIdentity(path string, now time.Time, change func(*core.Genesis)) (identity, error) {
	var id identity
	b, err := os.ReadFile(path)
	if err == nil {
		if err := json.Unmarshal(b, &id); err != nil {
			return id, fmt.Errorf("%s: %w", path, err)
		}
		if salt, err := hex.DecodeString(id.Salt); err != nil || len(salt) != 32 || id.Genesis == nil || id.Genesis.Config == nil {
			return id, fmt.Errorf("%s: it is not a genesis file", path)
		}
		return id, nil
	}
	if !errors.Is(err, os.ErrNotExist) {
		return id, err
	}
	var salt [32]byte
	if _, err := rand.Read(salt[:]); err != nil {
		return id, err
	}
	id.Salt = hex.EncodeToString(salt[:])
	id.Genesis, err = newGenesis(salt, now)
	if err != nil {
		return id, err
	}
	if change != nil {
		change(id.Genesis)
	}
	b, err = json.MarshalIndent(id, "", " ")
	if err != nil {
		return id, err
	}
	return id, wholefile.Write(path, b, 0o600)
}

func newGenesis(salt [32]byte, now time.Time) (*core.Genesis, error) {
	steward := crypto.PubkeyToAddress(stewardKey(salt).PublicKey)
	alloc := types.GenesisAlloc{
		// 10^27 wei: enough for every faucet call that anyone makes.
		steward: {Balance: new(big.Int).Exp(big.NewInt(10), big.NewInt(27), nil)},
	}
	// System contracts that a Prague block calls (EIP-4788, 2935, 7002, 7251).
	system := core.SystemContractAllocs()
	for _, a := range []common.Address{params.BeaconRootsAddress, params.HistoryStorageAddress, params.WithdrawalQueueAddress, params.ConsolidationQueueAddress} {
		alloc[a] = system[a]
	}
	if err := addPredeploys(alloc); err != nil {
		return nil, err
	}
	return &core.Genesis{
		Config:     config(),
		Timestamp:  uint64(now.Unix()),
		ExtraData:  salt[:],
		GasLimit:   gasLimit,
		Difficulty: big.NewInt(0),
		BaseFee:    big.NewInt(params.InitialBaseFee),
		Alloc:      alloc,
	}, nil
}

// stewardKey derives the steward's key from the salt. The key is no secret:
// whoever can read the folder can mint test OPEN, which is worth nothing.
func stewardKey(salt [32]byte) *ecdsa.PrivateKey {
	for i := uint32(0); ; i++ {
		h := sha256.New()
		h.Write([]byte("modelfactory development chain steward"))
		h.Write(salt[:])
		h.Write(binary.BigEndian.AppendUint32(nil, i))
		if key, err := crypto.ToECDSA(h.Sum(nil)); err == nil {
			return key
		}
	}
}
