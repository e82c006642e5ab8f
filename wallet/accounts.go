package wallet

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ethereum/go-ethereum/common"
)

// Accounts lists the accounts in the order of their paths. It needs no password
// and is empty before a vault exists, or while a damaged list waits for the
// next unlock.
func (v *Vault) Accounts() []Account {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.index == nil {
		return nil
	}
	return v.index.list()
}

// AddAccount derives the next account of the seed. An empty name gets the
// default ("Account 2"). The vault must be unlocked.
func (v *Vault) AddAccount(name string) (Account, error) {
	v.slow.Lock() // the list is written by one at a time
	defer v.slow.Unlock()
	ix, err := v.withNext(strings.TrimSpace(name))
	if err != nil {
		return Account{}, err
	}
	if err := v.saveIndex(ix); err != nil {
		return Account{}, err
	}
	list := ix.list()
	return list[len(list)-1], nil
}

func (v *Vault) withNext(name string) (*index, error) {
	if v.Locked() {
		return nil, v.lockedError()
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.branch == nil { // locked in between
		return nil, errLocked()
	}
	ix := v.index.clone()
	if err := ix.add(v.branch, name); err != nil {
		return nil, err
	}
	v.used = v.now()
	return ix, nil
}

// saveIndex writes a changed list, then shows it. The caller holds slow, not
// mu: no reader waits for the disk.
func (v *Vault) saveIndex(ix *index) error {
	if err := v.save(ix); err != nil {
		return err
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.index = ix
	return nil
}

// Rename gives an account another name. It needs no unlocked vault.
func (v *Vault) Rename(address common.Address, name string) error {
	v.slow.Lock()
	defer v.slow.Unlock()
	name = strings.TrimSpace(name)
	if err := validName(name); err != nil {
		return err
	}
	v.mu.Lock()
	old := v.index
	v.mu.Unlock()
	if old == nil {
		return errNoVault()
	}
	ix := old.clone()
	i := slices.IndexFunc(ix.Accounts, func(a indexAccount) bool { return a.Address == address.Hex() })
	if i < 0 {
		return errNoAccount(address)
	}
	ix.Accounts[i].Name = name
	return v.saveIndex(ix)
}

// WordCount is the number of recovery words; 0 without a vault.
func (v *Vault) WordCount() int {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.index == nil {
		return 0
	}
	return v.index.Words
}

func (v *Vault) lockedError() error {
	if !v.Exists() {
		return errNoVault()
	}
	return errLocked()
}

func errNoAccount(address common.Address) *Error {
	return &Error{
		Kind: KindNotFound, Message: fmt.Sprintf("The vault has no account %s", address.Hex()),
		Next: "Choose one of its accounts, or add the next one.",
	}
}
