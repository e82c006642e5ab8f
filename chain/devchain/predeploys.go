package devchain

import (
	"errors"
	"fmt"
	"math/big"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/state"
	"github.com/ethereum/go-ethereum/core/tracing"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/core/vm"
	"github.com/ethereum/go-ethereum/core/vm/runtime"

	"github.com/modelfactory/modelfactory/chain/contracts"
)

// GasPriceOracle is where an OP Stack network answers questions about fees.
var GasPriceOracle = common.HexToAddress("0x420000000000000000000000000000000000000F")

// oracleUpgrades switches on isEcotone, isFjord, isIsthmus and isJovian: the
// first four bytes of the oracle's slot 0. The scalars in L1Block stay zero,
// because this chain takes no data or operator fee; the oracle then answers 0.
var oracleUpgrades = common.HexToHash("0x01010101")

// addPredeploys puts the contracts into genesis that a real OP Stack network
// has at the same addresses.
func addPredeploys(alloc types.GenesisAlloc) error {
	predeploys, err := contracts.Predeploys()
	if err != nil {
		return err
	}
	for _, p := range predeploys {
		account, err := construct(p.Creation, p.Address)
		if err != nil {
			return fmt.Errorf("%s: %w", p.Name, err)
		}
		if p.Address == GasPriceOracle {
			account.Storage[common.Hash{}] = oracleUpgrades
		}
		alloc[p.Address] = account
	}
	return nil
}

// construct runs creation bytecode at its final address and returns the
// account it leaves: runtime code with its immutables, and storage. The
// creation runs as a call to that address, so that address(this), which the
// EIP-712 domain of EAS depends on, is the predeploy's own.
func construct(creation []byte, at common.Address) (types.Account, error) {
	db, err := state.New(types.EmptyRootHash, state.NewDatabaseForTesting())
	if err != nil {
		return types.Account{}, err
	}
	db.CreateAccount(at)
	db.SetCode(at, creation, tracing.CodeChangeUnspecified)
	written := map[common.Hash]bool{}
	hooks := &tracing.Hooks{OnOpcode: func(_ uint64, op byte, _, _ uint64, scope tracing.OpContext, _ []byte, _ int, _ error) {
		if stack := scope.StackData(); vm.OpCode(op) == vm.SSTORE && scope.Address() == at && len(stack) > 0 {
			written[stack[len(stack)-1].Bytes32()] = true
		}
	}}
	code, _, err := runtime.Call(at, nil, &runtime.Config{
		ChainConfig: config(), GasLimit: gasLimit, BlockNumber: new(big.Int), Difficulty: new(big.Int),
		Random: &common.Hash{}, State: db, EVMConfig: vm.Config{Tracer: hooks},
	})
	if err != nil {
		return types.Account{}, err
	}
	if len(code) == 0 {
		return types.Account{}, errors.New("the creation code left no runtime code")
	}
	account := types.Account{Balance: new(big.Int), Nonce: 1, Code: code, Storage: map[common.Hash]common.Hash{}}
	for slot := range written {
		if value := db.GetState(at, slot); value != (common.Hash{}) {
			account.Storage[slot] = value
		}
	}
	return account, nil
}
