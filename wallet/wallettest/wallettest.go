package wallettest

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/modelfactory/modelfactory/wallet"
)

// Words is a published test phrase (BIP-39 vector of 128 zero bits).
const Words = "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon about"

// Password opens the vault of [New].
const Password = "correct horse battery staple"

// Light are scrypt parameters for tests: quick, and far too weak for use.
func Light() wallet.Options { return wallet.Options{ScryptN: 2, ScryptP: 1} }

// New gives an unlocked vault with the given number of accounts in a folder of
// the test.
func New(t testing.TB, accounts int) *wallet.Vault {
	t.Helper()
	v, err := wallet.Open(filepath.Join(t.TempDir(), "vault"), Light())
	if err != nil {
		t.Fatal(err)
	}
	if err := v.Import([]byte(Password), strings.Fields(Words), "", accounts); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(v.Lock)
	return v
}
