package contracts

import (
	"bytes"
	"embed"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
)

// The contracts of this project, as Artifact knows them.
const (
	DataNets      = "DataNets"
	Licences      = "Licences"
	ModelRegistry = "ModelRegistry"
)

//go:embed artifacts/*.json predeploys/*.json
var files embed.FS

// Compiled is one contract as the compiler left it.
type Compiled struct {
	// Name is the contract's name in its source.
	Name string
	// Compiler is the full version of solc that made the byte code.
	Compiler string
	// ABI is the contract's interface as JSON.
	ABI string
	// Creation is the code a deployment runs, without constructor arguments.
	Creation []byte
	// Runtime is the code left on the chain. Where the contract has immutables (Licences) their places
	// hold zeros.
	Runtime []byte
}

// Predeploy is a contract of others that an OP Stack chain has at a fixed address from genesis.
type Predeploy struct {
	Name string
	// Address is its fixed address; go-ethereum's common.Address converts from it.
	Address [20]byte
	// Creation is the deployment code with its constructor arguments appended. Run as the code at
	// Address it returns the code to put there; it must run there, because EAS keeps its own address
	// among its immutables (EIP-712).
	Creation []byte
	// ABI is the interface as JSON, empty where the source has none.
	ABI string
	// Source says where the byte code was published, Licence under which licence.
	Source, Licence string
}

// hexBytes reads 0x-prefixed hex from JSON.
type hexBytes []byte

func (h *hexBytes) UnmarshalText(text []byte) error {
	digits, found := strings.CutPrefix(string(text), "0x")
	if !found {
		return fmt.Errorf("%.12q does not start with 0x", text)
	}
	b, err := hex.DecodeString(digits)
	*h = b
	return err
}

// Artifact returns one of the project's own contracts by its name. It fails for any other name.
func Artifact(name string) (Compiled, error) {
	var file struct {
		Compiler          string
		ABI               json.RawMessage
		Creation, Runtime hexBytes
	}
	if err := read("artifacts/"+name+".json", &file); err != nil {
		return Compiled{}, err
	}
	abi, err := compact(file.ABI)
	return Compiled{Name: name, Compiler: file.Compiler, ABI: abi, Creation: file.Creation, Runtime: file.Runtime}, err
}

// Predeploys returns the contracts that the genesis of the embedded chain holds, in the order in which
// they can be built: EAS reads the address of SchemaRegistry.
func Predeploys() ([]Predeploy, error) {
	names := []string{"L1Block", "GasPriceOracle", "SchemaRegistry", "EAS"}
	list := make([]Predeploy, 0, len(names))
	for _, name := range names {
		var file struct {
			Address, Args, Creation hexBytes
			ABI                     json.RawMessage
			Source, Licence         string
		}
		if err := read("predeploys/"+name+".json", &file); err != nil {
			return nil, err
		}
		if len(file.Address) != 20 {
			return nil, fmt.Errorf("contracts: predeploys/%s.json: the address has %d bytes, not 20", name, len(file.Address))
		}
		abi, err := compact(file.ABI)
		if err != nil {
			return nil, err
		}
		list = append(list, Predeploy{
			Name:     name,
			Address:  [20]byte(file.Address),
			Creation: append(file.Creation, file.Args...),
			ABI:      abi,
			Source:   file.Source,
			Licence:  file.Licence,
		})
	}
	return list, nil
}

func read(path string, into any) error {
	text, err := files.ReadFile(path)
	if err != nil {
		return fmt.Errorf("contracts: no such contract: %w", err)
	}
	if err := json.Unmarshal(text, into); err != nil {
		return fmt.Errorf("contracts: %s: %w", path, err)
	}
	return nil
}

// compact removes the white space that makes the committed JSON readable.
func compact(raw json.RawMessage) (string, error) {
	if len(raw) == 0 {
		return "", nil
	}
	var b bytes.Buffer
	err := json.Compact(&b, raw)
	return b.String(), err
}
