package wallet

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/btcsuite/btcd/btcutil/hdkeychain"
	"github.com/ethereum/go-ethereum/common"
)

// Bounds of what a vault holds.
const (
	maxAccounts = 10_000
	maxName     = 64 // characters
)

// Account is one address of the vault.
type Account struct {
	Address common.Address
	Path    string // BIP-44, m/44'/60'/0'/0/i
	Name    string
	Index   uint32 // i of the path
}

// index is vault.json: everything about a vault that is no secret.
type index struct {
	Version    int            `json:"version"`
	Seed       string         `json:"seed"` // id of seed.json
	Created    time.Time      `json:"created"`
	Words      int            `json:"words"`
	Passphrase bool           `json:"passphrase"`               // the words alone do not restore it
	Checked    *time.Time     `json:"backup_checked,omitempty"` // when words were asked back
	Accounts   []indexAccount `json:"accounts"`
	Check      string         `json:"check"` // SHA-256 of this file with check empty
}

type indexAccount struct {
	Address string `json:"address"` // EIP-55
	Path    string `json:"path"`
	Name    string `json:"name"`
	Index   uint32 `json:"index"`
}

func newIndex(branch *hdkeychain.ExtendedKey, seedID string, s *secret, accounts int, now time.Time) (*index, error) {
	ix := &index{
		Version: 1, Seed: seedID, Created: now.UTC(),
		Words: len(s.Entropy) * 3 / 4, Passphrase: len(s.Passphrase) > 0,
	}
	for range accounts {
		if err := ix.add(branch, ""); err != nil {
			return nil, err
		}
	}
	return ix, nil
}

// add derives the next account.
func (ix *index) add(branch *hdkeychain.ExtendedKey, name string) error {
	next := uint32(0)
	if n := len(ix.Accounts); n > 0 {
		next = ix.Accounts[n-1].Index + 1
	}
	if len(ix.Accounts) >= maxAccounts {
		return refused(fmt.Sprintf("A vault holds at most %d accounts", maxAccounts), "Use one of those you have.")
	}
	if name == "" {
		name = defaultName(next)
	}
	if err := validName(name); err != nil {
		return err
	}
	address, err := addressAt(branch, next)
	if errors.Is(err, hdkeychain.ErrInvalidChild) {
		// BIP-32: one index in 2^127 has no key; the rule is to go on.
		return failed(fmt.Sprintf("Account %d has no key", next), "Add another account.", err)
	}
	if err != nil {
		return failed("The account cannot be derived", "", err)
	}
	ix.Accounts = append(ix.Accounts, indexAccount{Address: address.Hex(), Path: accountPath(next), Name: name, Index: next})
	return nil
}

func defaultName(i uint32) string {
	if i == 0 {
		return "Main"
	}
	return fmt.Sprintf("Account %d", i+1)
}

func validName(name string) error {
	bad := strings.TrimSpace(name) != name || name == "" || !utf8.ValidString(name) || utf8.RuneCountInString(name) > maxName
	for _, r := range name {
		// Format characters too: they can make one name look like another.
		bad = bad || unicode.IsControl(r) || unicode.Is(unicode.Cf, r)
	}
	if bad {
		return &Error{
			Kind: KindUsage, Message: "This name cannot be used for an account",
			Next: fmt.Sprintf("Use 1 to %d visible characters, without spaces around them.", maxName),
		}
	}
	return nil
}

func (ix *index) sum() string {
	c := *ix
	c.Check = ""
	return checksum(c)
}

// checksum is the SHA-256 of the JSON of a vault file without its own checksum.
func checksum(file any) string {
	raw, err := json.Marshal(file)
	if err != nil {
		panic(err) // strings, integers and times of four-digit years always encode
	}
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:])
}

func (ix *index) encode() ([]byte, error) {
	ix.Check = ix.sum()
	raw, err := json.MarshalIndent(ix, "", "  ")
	if err != nil {
		return nil, failed("The account list cannot be written", "", err)
	}
	return append(raw, '\n'), nil
}

// parseIndex reads vault.json and refuses anything this package would not have
// written: a changed address would be shown as one's own.
func parseIndex(data []byte) (*index, error) {
	ix := new(index)
	if err := strictJSON(data, ix); err != nil {
		return nil, err
	}
	if ix.Version != 1 {
		return nil, fmt.Errorf("version %d is not known", ix.Version)
	}
	if y := ix.Created.Year(); y < 1 || y > 9999 || (ix.Checked != nil && (ix.Checked.Year() < 1 || ix.Checked.Year() > 9999)) {
		return nil, errors.New("it has an impossible date")
	}
	if ix.Check != ix.sum() {
		return nil, errors.New("its checksum is wrong")
	}
	if len(ix.Accounts) == 0 || len(ix.Accounts) > maxAccounts {
		return nil, errors.New("it has no accounts, or too many")
	}
	for i, a := range ix.Accounts {
		if !common.IsHexAddress(a.Address) || common.HexToAddress(a.Address).Hex() != a.Address {
			return nil, fmt.Errorf("account %d has a malformed address", i)
		}
		if a.Index >= hdkeychain.HardenedKeyStart || a.Path != accountPath(a.Index) || (i > 0 && a.Index <= ix.Accounts[i-1].Index) {
			return nil, fmt.Errorf("account %d has a wrong path", i)
		}
		if err := validName(a.Name); err != nil {
			return nil, fmt.Errorf("account %d has a malformed name", i)
		}
	}
	return ix, nil
}

// loadIndex reads vault.json, or the generation before it where the newest is
// missing or damaged. nil without an error: neither can be used, and the next
// unlock makes the list again from the seed.
func loadIndex(dir, seedID string) (*index, error) {
	for _, name := range []string{indexFile, indexFile + bakSuffix} {
		data, err := readFile(dir, name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if ix, err := parseIndex(data); err == nil && ix.Seed == seedID {
			return ix, nil
		}
	}
	return nil, nil
}

// matches checks every address against the seed.
func (ix *index) matches(branch *hdkeychain.ExtendedKey) error {
	for _, a := range ix.Accounts {
		got, err := addressAt(branch, a.Index)
		if err != nil {
			return failed("The account cannot be derived", "", err)
		}
		if got.Hex() != a.Address {
			return refused(fmt.Sprintf("The account list was changed: %s (%s) does not come from this seed", a.Name, a.Address),
				"Do not use that address. Move vault.json and vault.json.bak away and unlock again: the list is made again from the seed.")
		}
	}
	return nil
}

func (ix *index) list() []Account {
	out := make([]Account, len(ix.Accounts))
	for i, a := range ix.Accounts {
		out[i] = Account{Address: common.HexToAddress(a.Address), Path: a.Path, Name: a.Name, Index: a.Index}
	}
	return out
}

// clone lets a change be written before it is shown.
func (ix *index) clone() *index {
	c := *ix
	c.Accounts = append([]indexAccount(nil), ix.Accounts...)
	return &c
}
