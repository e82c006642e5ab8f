package contracts

import (
	"math/big"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/accounts/abi"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/state"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/core/vm/runtime"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/params"
)

// Each predeploy is run at its own address, as the embedded chain does for its genesis, and then asked
// for what its publisher says of it.
func TestPredeploysRunAtTheirAddresses(t *testing.T) {
	world, err := state.New(types.EmptyRootHash, state.NewDatabaseForTesting())
	if err != nil {
		t.Fatal(err)
	}
	rules := *params.AllDevChainProtocolChanges
	rules.OsakaTime, rules.BogotaTime = nil, nil
	config := func() *runtime.Config {
		return &runtime.Config{ChainConfig: &rules, State: world, GasLimit: 30_000_000, BlockNumber: new(big.Int), Random: new(common.Hash)}
	}
	list, err := Predeploys()
	if err != nil {
		t.Fatal(err)
	}
	abis := make(map[string]string)
	for _, p := range list {
		at := common.Address(p.Address)
		world.CreateAccount(at)
		world.SetCode(at, p.Creation, 0)
		code, _, err := runtime.Call(at, nil, config())
		if err != nil {
			t.Fatalf("%s: the deployment code failed: %v", p.Name, err)
		}
		world.SetCode(at, code, 0)
		abis[p.Name] = p.ABI
	}
	call := func(to, signature string, args ...[]byte) []byte {
		t.Helper()
		data := crypto.Keccak256([]byte(signature))[:4]
		for _, a := range args {
			data = append(data, common.LeftPadBytes(a, 32)...)
		}
		answer, _, err := runtime.Call(common.HexToAddress(to), data, config())
		if err != nil {
			t.Fatalf("%s of %s: %v", signature, to, err)
		}
		return answer
	}
	text := func(answer []byte) string {
		t.Helper()
		kind, err := abi.NewType("string", "", nil)
		if err != nil {
			t.Fatal(err)
		}
		values, err := abi.Arguments{{Type: kind}}.Unpack(answer)
		if err != nil {
			t.Fatal(err)
		}
		return values[0].(string)
	}
	const (
		l1Block  = "0x4200000000000000000000000000000000000015"
		oracle   = "0x420000000000000000000000000000000000000F"
		registry = "0x4200000000000000000000000000000000000020"
		eas      = "0x4200000000000000000000000000000000000021"
	)
	if got := text(call(eas, "version()")); got != "1.4.0" {
		t.Errorf("EAS is version %s", got)
	}
	if got := common.BytesToAddress(call(eas, "getSchemaRegistry()")); got != common.HexToAddress(registry) {
		t.Errorf("EAS uses the registry at %s", got)
	}
	// EIP-712: EAS separates by its own address, which it therefore has to learn at that address.
	domain := crypto.Keccak256(
		crypto.Keccak256([]byte("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)")),
		crypto.Keccak256([]byte("EAS")), crypto.Keccak256([]byte("1.4.0")),
		common.LeftPadBytes(rules.ChainID.Bytes(), 32), common.LeftPadBytes(common.HexToAddress(eas).Bytes(), 32),
	)
	if got := call(eas, "getDomainSeparator()"); string(got) != string(domain) {
		t.Errorf("EAS separates by %x, want %x", got, domain)
	}
	for name, at := range map[string]string{"L1Block": l1Block, "GasPriceOracle": oracle, "SchemaRegistry": registry} {
		if got := text(call(at, "version()")); strings.Count(got, ".") != 2 {
			t.Errorf("%s is version %q", name, got)
		}
	}
	// The specification's oracle is told by L1Block's depositor which fork it is; before that, none.
	if got := new(big.Int).SetBytes(call(oracle, "isJovian()")); got.Sign() != 0 {
		t.Errorf("isJovian is %s before it was set", got)
	}
	if _, err := abi.JSON(strings.NewReader(abis["EAS"])); err != nil {
		t.Errorf("EAS: ABI: %v", err)
	}
}
