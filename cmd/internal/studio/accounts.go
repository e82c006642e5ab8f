package studio

import (
	"context"
	"fmt"
	"math/big"
	"time"

	"github.com/ethereum/go-ethereum/common"

	"github.com/modelfactory/modelfactory/wallet"
)

// NoWallet says that a wallet is needed and how to make one.
func NoWallet() error {
	return &Error{Kind: "refused", Message: "there is no wallet in this data folder yet", Next: "Make one with mf wallet create, or under Wallet."}
}

// NoAccount says why there is no account to act with: no wallet, or one whose list of accounts was damaged and is made
// again when it is unlocked.
func (s *Studio) NoAccount() error {
	if !s.Vault.Exists() {
		return NoWallet()
	}
	return &Error{Kind: "refused", Message: "the wallet's list of accounts is damaged", Next: "Unlock the wallet once, with mf wallet list or in the window: the list is made again from the seed."}
}

// Account is the account in use: the one chosen, or the wallet's first. The zero address means that there is no wallet.
func (s *Studio) Account() common.Address {
	s.mu.Lock()
	defer s.mu.Unlock()
	accounts := s.Vault.Accounts()
	for _, a := range accounts {
		if a.Address == s.account {
			return a.Address
		}
	}
	if len(accounts) == 0 {
		return common.Address{}
	}
	return accounts[0].Address
}

// AccountText is Account as text, empty without a wallet.
func (s *Studio) AccountText() string {
	if a := s.Account(); a != (common.Address{}) {
		return a.Hex()
	}
	return ""
}

// UseAccount chooses an account of the wallet.
func (s *Studio) UseAccount(address string) error {
	a, err := s.OwnAccount(address)
	if err == nil {
		s.mu.Lock()
		s.account = a
		s.mu.Unlock()
	}
	return err
}

// OwnAccount finds an account of the wallet by its address.
func (s *Studio) OwnAccount(address string) (common.Address, error) {
	for _, a := range s.Vault.Accounts() {
		if common.IsHexAddress(address) && a.Address == common.HexToAddress(address) {
			return a.Address, nil
		}
	}
	return common.Address{}, &Error{Kind: "not_found", Message: fmt.Sprintf("%s is not an account of this wallet", address), Next: "mf wallet list shows its accounts."}
}

// CreateWallet makes the wallet and gives its words, once. On the embedded chain the first account gets 1,000 test OPEN.
func (s *Studio) CreateWallet(ctx context.Context, password []byte, words int) ([]string, error) {
	list, err := s.Vault.Create(password, words)
	if err != nil {
		return nil, err
	}
	return list, s.welcome(ctx)
}

// ImportWallet makes the wallet from its words.
func (s *Studio) ImportWallet(ctx context.Context, password []byte, words []string, accounts int) error {
	if err := s.Vault.Import(password, words, "", accounts); err != nil {
		return err
	}
	return s.welcome(ctx)
}

// welcome funds the first account on the embedded chain. It must not fail the wallet: without the coin the faucet is
// still there, without the words the wallet is lost.
func (s *Studio) welcome(ctx context.Context) error {
	dev, err := s.devChain(ctx)
	if err == nil {
		err = dev.FundFirst(ctx, s.Vault.Accounts()[0].Address)
	}
	if err != nil {
		fmt.Fprintln(s.Log, "the first account got no test OPEN yet:", err)
	}
	return nil
}

// Balances reads every account's balance on the network in use, in wei.
func (s *Studio) Balances(ctx context.Context) (map[common.Address]*big.Int, error) {
	accounts := s.Vault.Accounts()
	out := make(map[common.Address]*big.Int, len(accounts))
	if len(accounts) == 0 {
		return out, nil
	}
	c, err := s.Client(ctx)
	if err != nil {
		return nil, err
	}
	for _, a := range accounts {
		if out[a.Address], err = c.Balance(ctx, a.Address); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// AutoLock is how long an unlocked wallet may lie idle; negative: for ever.
func (s *Studio) AutoLock() time.Duration {
	minutes := s.Config().AutoLock
	if minutes == 0 {
		return wallet.DefaultAutoLock
	}
	return time.Duration(minutes) * time.Minute
}

// SetAutoLock changes it, from now on and for the next start. It is kept in whole minutes.
func (s *Studio) SetAutoLock(d time.Duration) error {
	c := s.Config()
	c.AutoLock = int(d / time.Minute)
	if d < 0 {
		c.AutoLock = -1
	}
	if err := s.SaveConfig(c); err != nil {
		return err
	}
	s.Vault.SetAutoLock(s.AutoLock())
	return nil
}
