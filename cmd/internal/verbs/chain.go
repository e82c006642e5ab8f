package verbs

import (
	"context"
	"flag"
	"fmt"
	"io"

	"github.com/modelfactory/modelfactory/chain"
	"github.com/modelfactory/modelfactory/cmd/internal/studio"
)

func chainVerbs() []*verb {
	return []*verb{
		{path: "chain status", short: "the network in use: block, safe block, address", json: `{"chain_id","name","block","safe","url",…}`, setup: chainStatus},
		{path: "chain networks", short: "networks to choose from", json: `{"networks":[{"name","title","chain_id","url","coin","current"}]}`, setup: chainNetworks},
		{path: "chain use", args: "NAME", short: "choose the network of this data folder", json: "as chain status", setup: chainUse},
		{
			path: "chain add", args: "--name NAME --url URL --chain-id N [--models A --datanets A --licences A]", short: "add an EVM network by its address",
			json: "as chain networks", more: "The genesis hash is read once and pinned: an address that answers for another chain is refused later.", setup: chainAdd,
		},
		{path: "chain outbox", short: "transactions signed here and their states", json: `{"transactions":[{"id","kind","hash","state","block","note",…}]}`, setup: chainOutbox},
		{path: "chain faucet", args: "[ADDRESS] [--amount N]", short: "test OPEN on the embedded chain", json: `{"hash","to","amount"}`, setup: chainFaucet},
		{path: "chain serve", args: "[--listen 127.0.0.1:8545]", short: "let other programs on this computer read the embedded chain and send it signed transactions, until Ctrl-C", json: `{"url","chain_id","genesis"} at once`, setup: chainServe},
	}
}

func chainStatus(*flag.FlagSet) func(context.Context, *Call) error {
	return func(ctx context.Context, c *Call) error { return c.printStatus(ctx) }
}

func (c *Call) printStatus(ctx context.Context) error {
	s, err := c.Studio.ChainStatus(ctx)
	if err != nil {
		return err
	}
	p := c.Studio.NetworkOf(ctx)
	doc := map[string]any{
		"chain_id": s.ChainID, "name": s.Name, "block": s.Block, "safe": s.Safe, "final": s.Final, "url": s.URL,
		"genesis": p.Genesis.Hex(), "coin": p.Coin, "dev": p.Dev,
	}
	return c.Print(doc, func(w io.Writer) {
		fmt.Fprintf(w, "%s, chain %d, block %d, safe %d, coin %s\n", p.Title, s.ChainID, s.Block, s.Safe, p.Coin)
		if s.URL != "" {
			fmt.Fprintln(w, s.URL)
		}
	})
}

func chainNetworks(*flag.FlagSet) func(context.Context, *Call) error {
	return func(ctx context.Context, c *Call) error { return c.printNetworks(ctx) }
}

func (c *Call) printNetworks(ctx context.Context) error {
	networks, err := c.Studio.Networks(ctx)
	if err != nil {
		return err
	}
	current := c.Studio.NetworkOf(ctx).Name
	doc := func(p chain.Profile) map[string]any {
		return map[string]any{
			"name": p.Name, "title": p.Title, "chain_id": p.ChainID, "url": p.URL, "coin": p.Coin, "dev": p.Dev, "current": p.Name == current,
			"registries": list(p.Registries),
		}
	}
	return c.Print(map[string]any{"networks": docs(networks, doc)}, func(w io.Writer) {
		for _, p := range networks {
			mark := " "
			if p.Name == current {
				mark = "*"
			}
			fmt.Fprintf(w, "%s %-20s %-8d %-10s %s\n", mark, p.Name, p.ChainID, p.Coin, p.URL)
		}
	})
}

func chainUse(*flag.FlagSet) func(context.Context, *Call) error {
	return func(ctx context.Context, c *Call) error {
		name, err := c.one("NAME")
		if err != nil {
			return err
		}
		if err := c.Studio.UseNetwork(ctx, name); err != nil {
			return err
		}
		return c.printStatus(ctx)
	}
}

func chainAdd(fs *flag.FlagSet) func(context.Context, *Call) error {
	var n studio.NetworkConfig
	var reg studio.RegistryConfig
	fs.StringVar(&n.Name, "name", "", "a short name for --network")
	fs.StringVar(&n.URL, "url", "", "the node's address: https, or http on this computer")
	fs.Uint64Var(&n.ChainID, "chain-id", 0, "the chain id its operator names")
	fs.StringVar(&n.Coin, "coin", "OPEN", "the coin's name")
	fs.StringVar(&reg.Models, "models", "", "address of its ModelRegistry")
	fs.StringVar(&reg.DataNets, "datanets", "", "address of its DataNets")
	fs.StringVar(&reg.Licences, "licences", "", "address of its Licences")
	return func(ctx context.Context, c *Call) error {
		if reg != (studio.RegistryConfig{}) {
			for what, a := range map[string]string{"--models": reg.Models, "--datanets": reg.DataNets, "--licences": reg.Licences} {
				if _, err := chain.ParseAddress(a); err != nil {
					return fmt.Errorf("%s: %w", what, err)
				}
			}
			n.Registries = []studio.RegistryConfig{reg}
		}
		if err := c.Studio.AddNetwork(ctx, n); err != nil {
			return err
		}
		return c.printNetworks(ctx)
	}
}

func txDoc(r chain.TxRecord) map[string]any {
	return map[string]any{
		"id": r.ID, "kind": r.Kind, "note": r.Note, "hash": r.Hash.Hex(), "chain_id": r.ChainID, "from": r.From.Hex(), "to": r.To.Hex(),
		"value": wei(r.Value), "state": r.State, "block": r.Block, "fee": wei(r.FeePaid), "error": r.Error, "created": r.Created, "updated": r.Updated,
	}
}

func printTx(w io.Writer, r chain.TxRecord) {
	fmt.Fprintf(w, "%s  %-9s block %-6d %s\n", short(r.Hash.Hex()), r.State, r.Block, r.Note)
}

func chainOutbox(*flag.FlagSet) func(context.Context, *Call) error {
	return func(ctx context.Context, c *Call) error {
		txs, err := c.Studio.Transactions(ctx)
		if err != nil {
			return err
		}
		return c.Print(map[string]any{"transactions": docs(txs, txDoc)}, func(w io.Writer) {
			if len(txs) == 0 {
				fmt.Fprintln(w, "Nothing was signed in this data folder yet.")
			}
			for _, t := range txs {
				printTx(w, t)
			}
		})
	}
}

func chainFaucet(fs *flag.FlagSet) func(context.Context, *Call) error {
	amount := fs.String("amount", "100", "how much test OPEN")
	return func(ctx context.Context, c *Call) error {
		to := c.Studio.AccountText()
		if len(c.Args) > 0 {
			to = c.Args[0]
		}
		if to == "" {
			return c.Studio.NoAccount()
		}
		receiver, err := chain.ParseAddress(to)
		if err != nil {
			return err
		}
		value, err := chain.ParseAmount(*amount)
		if err != nil {
			return err
		}
		hash, err := c.Studio.Faucet(ctx, receiver, value)
		if err != nil {
			return err
		}
		return c.Print(map[string]any{"hash": hash.Hex(), "to": to, "amount": value.String()}, func(w io.Writer) {
			fmt.Fprintf(w, "%s test OPEN to %s\n", *amount, to)
		})
	}
}

func chainServe(fs *flag.FlagSet) func(context.Context, *Call) error {
	listen := fs.String("listen", "127.0.0.1:8545", "address on this computer; port 0 takes a free one")
	return func(ctx context.Context, c *Call) error {
		url, p, stop, err := c.Studio.ServeChain(ctx, *listen)
		if err != nil {
			return err
		}
		defer stop()
		if err := c.Event(map[string]any{"url": url, "chain_id": p.ChainID, "genesis": p.Genesis.Hex(), "registries": p.Registries},
			fmt.Sprintf("the embedded chain answers at %s (chain %d); Ctrl-C ends it", url, p.ChainID)); err != nil {
			return err
		}
		<-ctx.Done()
		return nil
	}
}
