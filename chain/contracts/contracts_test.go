package contracts

import (
	"bytes"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/accounts/abi"
	"github.com/ethereum/go-ethereum/common"
)

func TestArtifactsAreComplete(t *testing.T) {
	// One call of each contract that other packages build on.
	calls := map[string]string{
		DataNets:      "publishVersion(uint64,bytes32,bytes32,uint64)",
		Licences:      "buy(uint64,bytes32)",
		ModelRegistry: "register(bytes32,uint64[],uint64,bytes32)",
	}
	for name, signature := range calls {
		c, err := Artifact(name)
		if err != nil {
			t.Fatal(err)
		}
		parsed, err := abi.JSON(strings.NewReader(c.ABI))
		if err != nil {
			t.Fatalf("%s: ABI: %v", name, err)
		}
		method, known := parsed.Methods[signature[:strings.Index(signature, "(")]]
		if !known || method.Sig != signature {
			t.Errorf("%s: ABI has %q, want %q", name, method.Sig, signature)
		}
		// A function's selector stands in the dispatcher of the code that was compiled with the ABI.
		if !bytes.Contains(c.Runtime, method.ID) {
			t.Errorf("%s: the run-time code does not dispatch %s", name, signature)
		}
		if len(c.Creation) <= len(c.Runtime) {
			t.Errorf("%s: creation code has %d bytes, run-time code %d", name, len(c.Creation), len(c.Runtime))
		}
		if len(c.Runtime) > 24576 {
			t.Errorf("%s: %d bytes of run-time code, more than EIP-170 allows", name, len(c.Runtime))
		}
	}
}

func TestArtifactRefusesUnknownNames(t *testing.T) {
	for _, name := range []string{"", "Nothing", "../contracts", "EAS"} {
		if c, err := Artifact(name); err == nil {
			t.Errorf("Artifact(%q) = %s, want an error", name, c.Name)
		}
	}
}

func TestPredeploysStandAtTheirAddresses(t *testing.T) {
	// Optimism's specification of predeploys.
	want := map[string]string{
		"L1Block":        "0x4200000000000000000000000000000000000015",
		"GasPriceOracle": "0x420000000000000000000000000000000000000F",
		"SchemaRegistry": "0x4200000000000000000000000000000000000020",
		"EAS":            "0x4200000000000000000000000000000000000021",
	}
	list, err := Predeploys()
	if err != nil {
		t.Fatal(err)
	}
	if len(list) != len(want) {
		t.Fatalf("%d predeploys, want %d", len(list), len(want))
	}
	for _, p := range list {
		if got := common.Address(p.Address).Hex(); got != want[p.Name] {
			t.Errorf("%s is at %s, want %s", p.Name, got, want[p.Name])
		}
		if p.Source == "" || p.Licence == "" {
			t.Errorf("%s names no source or licence", p.Name)
		}
	}
	eas := list[3]
	if got := common.BytesToAddress(eas.Creation[len(eas.Creation)-32:]).Hex(); got != want["SchemaRegistry"] {
		t.Errorf("EAS is given the registry %s, want %s", got, want["SchemaRegistry"])
	}
}

func TestOptimismCodeIsThePublishedCode(t *testing.T) {
	folder := os.Getenv("MODELFACTORY_VECTORS")
	if folder == "" {
		folder = filepath.Join("..", "..", "..", "shared", "vectors")
	}
	if _, err := os.Stat(folder); err != nil {
		t.Skipf("no vectors: %v", err)
	}
	published := map[string]string{
		"L1Block":        "jovian-l1-block-deployment.txt",
		"GasPriceOracle": "jovian-gas-price-oracle-deployment.txt",
	}
	list, err := Predeploys()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range list {
		file, known := published[p.Name]
		if !known {
			continue
		}
		text, err := os.ReadFile(filepath.Join(folder, "op", file))
		if err != nil {
			t.Fatal(err)
		}
		if got := "0x" + hex.EncodeToString(p.Creation); got != strings.TrimSpace(string(text)) {
			t.Errorf("%s differs from %s", p.Name, file)
		}
	}
}
