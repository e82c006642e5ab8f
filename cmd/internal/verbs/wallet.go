package verbs

import (
	"context"
	"flag"
	"fmt"
	"io"
	"math/big"
	"os"
	"strings"

	"github.com/modelfactory/modelfactory/chain"
	"github.com/modelfactory/modelfactory/cmd/internal/studio"
	"github.com/modelfactory/modelfactory/wallet"
)

func walletVerbs() []*verb {
	return []*verb{
		{path: "wallet create", args: "[--words 12|24]", short: "make a wallet; its words are shown once", json: `{"words","address"} (the words only here, once)`, setup: walletCreate},
		{path: "wallet import", args: "--words-file F [--accounts N]", short: "make a wallet from its words", json: `{"accounts":[{"address","path","name"}]}`, setup: walletImport},
		{path: "wallet list", args: "[--add NAME]", short: "accounts with their balance on the network in use", json: `{"accounts":[{"address","path","name","balance"}],"coin"}, balances in wei; null, with "problem", while the network does not answer`, setup: walletList},
		{path: "wallet show", args: "[ADDRESS]", short: "one account", json: `{"account":{…},"locked","backup_checked"}`, setup: walletShow},
		{path: "wallet export", args: "--out FILE", short: "write the wallet's words to a new file that only you can read", json: `{"file"}`, setup: walletExport},
		{path: "wallet send", args: "--to ADDRESS --amount OPEN [--from ADDRESS]", short: "send coin", json: `{"tx":{"hash","state","block","fee"}}`, setup: walletSend},
		{path: "wallet history", short: "what was signed here, and what became of it", json: `{"transactions":[…]}`, setup: chainOutbox},
	}
}

func walletCreate(fs *flag.FlagSet) func(context.Context, *Call) error {
	words := fs.Int("words", 12, "12 or 24")
	return func(ctx context.Context, c *Call) error {
		password, err := c.newPassword()
		if err != nil {
			return err
		}
		list, err := c.Studio.CreateWallet(ctx, password, *words)
		if err != nil {
			return err
		}
		address := c.Studio.Vault.Accounts()[0].Address.Hex()
		return c.Print(map[string]any{"words": strings.Join(list, " "), "address": address}, func(w io.Writer) {
			fmt.Fprintf(w, "Write these words down, in this order, on paper. They are the wallet; they are shown once.\n\n  %s\n\naddress %s\n", strings.Join(list, " "), address)
		})
	}
}

// newPassword asks twice where somebody types it.
func (c *Call) newPassword() ([]byte, error) {
	p, err := c.Password("New password for the wallet: ")
	if err != nil || c.Getenv("MODELFACTORY_PASSWORD") != "" {
		return p, err
	}
	again, err := c.Ask("Once more: ", true)
	if err != nil {
		return nil, err
	}
	if again != string(p) {
		return nil, usagef("the two passwords differ")
	}
	return p, nil
}

func walletImport(fs *flag.FlagSet) func(context.Context, *Call) error {
	file := fs.String("words-file", "", "a file with the words")
	accounts := fs.Int("accounts", 1, "how many accounts to show")
	return func(ctx context.Context, c *Call) error {
		if *file == "" {
			return usagef("name the file with --words-file; words are never taken from the line itself")
		}
		b, err := os.ReadFile(c.Path(*file))
		if err != nil {
			return &usageError{message: "cannot read the words: " + err.Error(), advice: "Name a readable file."}
		}
		words, err := wallet.ParseWords(string(b))
		if err != nil {
			return err
		}
		password, err := c.newPassword()
		if err != nil {
			return err
		}
		if err := c.Studio.ImportWallet(ctx, password, words, *accounts); err != nil {
			return err
		}
		docs := []map[string]any{}
		for _, a := range c.Studio.Vault.Accounts() {
			docs = append(docs, map[string]any{"address": a.Address.Hex(), "path": a.Path, "name": a.Name})
		}
		return c.Print(map[string]any{"accounts": docs}, func(w io.Writer) {
			for _, a := range c.Studio.Vault.Accounts() {
				fmt.Fprintf(w, "%s  %s  %s\n", a.Address.Hex(), a.Path, a.Name)
			}
		})
	}
}

func walletList(fs *flag.FlagSet) func(context.Context, *Call) error {
	add := fs.String("add", "", "add the next account of the wallet, under this name")
	return func(ctx context.Context, c *Call) error {
		if *add != "" || c.Studio.Vault.Exists() && len(c.Studio.Vault.Accounts()) == 0 { // a lost list is made again by unlocking
			if err := c.unlock(); err != nil {
				return err
			}
		}
		if *add != "" {
			if _, err := c.Studio.Vault.AddAccount(*add); err != nil {
				return err
			}
		}
		// The accounts are here whether or not the network answers.
		balances, unknown := c.Studio.Balances(ctx)
		if err := ctx.Err(); err != nil {
			return err
		}
		docs := []map[string]any{}
		for _, a := range c.Studio.Vault.Accounts() {
			docs = append(docs, map[string]any{"address": a.Address.Hex(), "path": a.Path, "name": a.Name, "balance": wei(balances[a.Address])})
		}
		coin := c.Studio.NetworkOf(ctx).Coin
		doc := map[string]any{"accounts": docs, "coin": coin}
		if unknown != nil {
			doc["problem"] = unknown.Error()
		}
		return c.Print(doc, func(w io.Writer) {
			if len(docs) == 0 {
				fmt.Fprintln(w, "No wallet yet. Make one with: mf wallet create")
			}
			for _, a := range c.Studio.Vault.Accounts() {
				balance := "unknown"
				if b := balances[a.Address]; b != nil {
					balance = chain.FormatAmount(b)
				}
				fmt.Fprintf(w, "%s  %-20s %14s %s\n", a.Address.Hex(), a.Path, balance, coin)
			}
			if unknown != nil {
				fmt.Fprintf(w, "The balances are not known: %v\n", unknown)
			}
		})
	}
}

func wei(n *big.Int) any {
	if n == nil {
		return nil
	}
	return n.String()
}

func walletShow(*flag.FlagSet) func(context.Context, *Call) error {
	return func(ctx context.Context, c *Call) error {
		accounts := c.Studio.Vault.Accounts()
		for _, a := range accounts {
			if len(c.Args) > 0 && !strings.EqualFold(c.Args[0], a.Address.Hex()) {
				continue
			}
			doc := map[string]any{
				"account": map[string]any{"address": a.Address.Hex(), "path": a.Path, "name": a.Name},
				"locked":  c.Studio.Vault.Locked(), "backup_checked": c.Studio.Vault.BackupChecked(),
			}
			return c.Print(doc, func(w io.Writer) {
				fmt.Fprintf(w, "%s  %s  %s\n", a.Address.Hex(), a.Path, a.Name)
				if !c.Studio.Vault.BackupChecked() {
					fmt.Fprintln(w, "The words were not checked yet: do it in the window, under Wallet.")
				}
			})
		}
		if len(accounts) == 0 {
			return c.Studio.NoAccount()
		}
		return &studio.Error{Kind: "not_found", Message: "no such account in this wallet", Next: "mf wallet list shows them."}
	}
}

func walletExport(fs *flag.FlagSet) func(context.Context, *Call) error {
	out := fs.String("out", "", "a new file; whoever reads it has the wallet")
	return func(ctx context.Context, c *Call) error {
		if *out == "" {
			return usagef("name a new file with --out FILE; the words are never printed")
		}
		password, err := c.Password("Password of the wallet: ")
		if err != nil {
			return err
		}
		words, err := c.Studio.Vault.Words(password)
		if err != nil {
			return err
		}
		f, err := os.OpenFile(c.Path(*out), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if err != nil {
			return &usageError{message: "cannot make the file: " + err.Error(), advice: "Name a file that is not there yet."}
		}
		_, err = fmt.Fprintln(f, strings.Join(words, " "))
		if err == nil {
			err = f.Sync()
		}
		if closeErr := f.Close(); err == nil {
			err = closeErr
		}
		if err != nil {
			_ = os.Remove(f.Name())
			return err
		}
		return c.Print(map[string]any{"file": f.Name()}, func(w io.Writer) { fmt.Fprintf(w, "the words are in %s\n", f.Name()) })
	}
}

// unlock opens the wallet for this call. The password is asked for even where the holder's wallet is open: what a person
// unlocked in the window is not spent by another program's line.
func (c *Call) unlock() error {
	if !c.Studio.Vault.Exists() {
		return studio.NoWallet()
	}
	password, err := c.Password("Password of the wallet: ")
	if err != nil {
		return err
	}
	return c.Studio.Vault.Unlock(password)
}

// sign shows a review, asks, signs and follows the transaction until the chain holds it.
func (c *Call) sign(ctx context.Context, a studio.Action) (chain.TxRecord, error) {
	r := a.Review
	if a.Done == nil { // not signed before
		w := c.Stderr
		fmt.Fprintf(w, "%s\n  %s\n  network   %s\n  from      %s\n  to        %s %s\n", r.Title, r.Sentence, r.Network, r.From.Hex(), r.To.Hex(), r.ToName)
		fmt.Fprintf(w, "  amount    %s %s\n  fee       about %s, at most %s %s\n", chain.FormatAmount(r.Amount), r.Coin, chain.FormatAmount(r.Fee.Expected), chain.FormatAmount(r.Fee.AtMost), r.Coin)
		for _, line := range r.Warnings {
			fmt.Fprintf(w, "  note      %s\n", line)
		}
		if len(r.Blocks) > 0 {
			return chain.TxRecord{}, &studio.Error{Kind: "refused", Message: strings.Join(r.Blocks, "; "), Next: "Nothing was signed."}
		}
		if err := c.unlock(); err != nil {
			return chain.TxRecord{}, err
		}
		if c.Getenv("MODELFACTORY_PASSWORD") == "" {
			if err := c.Confirm("Sign it?"); err != nil {
				return chain.TxRecord{}, err
			}
		}
	}
	return c.Studio.Sign(ctx, a)
}

func walletSend(fs *flag.FlagSet) func(context.Context, *Call) error {
	to := fs.String("to", "", "the receiver's address")
	amount := fs.String("amount", "", "how much, in OPEN, such as 1.5")
	from := fs.String("from", "", "the account to send from; the first when not given")
	return func(ctx context.Context, c *Call) error {
		receiver, err := chain.ParseAddress(*to)
		if err != nil {
			return err
		}
		value, err := chain.ParseAmount(*amount)
		if err != nil {
			return err
		}
		sender := c.Studio.Account()
		if *from != "" {
			if sender, err = c.Studio.OwnAccount(*from); err != nil {
				return err
			}
		}
		action, err := c.Studio.PrepareSendFrom(ctx, sender, receiver, value)
		if err != nil {
			return err
		}
		rec, err := c.sign(ctx, action)
		if err != nil {
			return err
		}
		return c.Print(map[string]any{"tx": txDoc(rec)}, func(w io.Writer) { printTx(w, rec) })
	}
}
