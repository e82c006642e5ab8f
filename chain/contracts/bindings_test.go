package contracts

import (
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/accounts/abi/abigen"
)

// The committed bindings are what abigen makes of the committed artefacts, byte for byte. That the
// artefacts are what the sources compile to is check.sh's part, which needs the compiler.
func TestBindingsAreWhatTheArtifactsGive(t *testing.T) {
	for _, name := range []string{DataNets, Licences, ModelRegistry} {
		c, err := Artifact(name)
		if err != nil {
			t.Fatal(err)
		}
		pkg := strings.ToLower(name)
		want, err := abigen.BindV2([]string{name}, []string{c.ABI}, []string{hex.EncodeToString(c.Creation)}, pkg, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join("..", "bindings", pkg, pkg+".go")
		got, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if string(got) != want {
			t.Errorf("%s is not what the artefact gives: run chain/contracts/generate.sh", path)
		}
	}
}
