package chain_test

import (
	"strings"
	"testing"

	"github.com/modelfactory/modelfactory/chain"
)

// One character that was typed wrong must not send coin to an address that nobody owns. The addresses are those of EIP-55.
func TestAddresses(t *testing.T) {
	t.Parallel()
	for _, s := range []string{
		"0x52908400098527886E0F7030069857D2E4169EE7", "0xde709f2102306220921060314715629080e2fb77",
		"0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
	} {
		a, err := chain.ParseAddress(s)
		if err != nil || !strings.EqualFold(a.Hex(), s) {
			t.Errorf("%s: %s, %v", s, a.Hex(), err)
		}
	}
	for _, s := range []string{
		"", "0x", "5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAe",
		"0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAec", "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1Beaed", "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAeg",
	} {
		if a, err := chain.ParseAddress(s); err == nil {
			t.Errorf("%q is taken for %s", s, a.Hex())
		}
	}
}
