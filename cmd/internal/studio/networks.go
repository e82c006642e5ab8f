package studio

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"sync"

	"github.com/ethereum/go-ethereum/common"

	"github.com/modelfactory/modelfactory/chain"
	"github.com/modelfactory/modelfactory/chain/devchain"
)

// embedded is the name of the embedded chain's profile.
const embedded = "dev"

// links holds the open chains.
type links struct {
	mu      sync.Mutex
	dev     *devchain.Chain
	clients map[string]*chain.Client // by profile name
	settled bool                     // the outbox was reconciled
}

func (l *links) devChain(open func() (*devchain.Chain, error)) (*devchain.Chain, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.dev != nil {
		return l.dev, nil
	}
	c, err := open()
	if err != nil {
		return nil, err
	}
	l.dev = c
	return c, nil
}

func (l *links) opened() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.clients) > 0
}

func (l *links) close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, c := range l.clients {
		c.Close()
	}
	l.clients = nil
	if l.dev == nil {
		return nil
	}
	err := l.dev.Close()
	l.dev = nil
	return err
}

// Networks lists the networks to choose from. An embedded chain that cannot be opened is listed as it is known without;
// its trouble must not keep a person from other networks, where the coin is worth something.
func (s *Studio) Networks(ctx context.Context) ([]chain.Profile, error) {
	p := unopened
	if dev, err := s.devChain(ctx); err == nil {
		p = dev.Profile()
	} else if ctx.Err() != nil {
		return nil, err
	} else {
		fmt.Fprintln(s.Log, "the embedded chain:", err)
	}
	return chain.Profiles(&p, s.customNetworks()), nil
}

// unopened is what is known of the embedded chain before it is opened.
var unopened = chain.Profile{Name: embedded, Title: "Development chain, this computer", ChainID: devchain.ChainID, Coin: "test OPEN", Dev: true}

func (s *Studio) customNetworks() []chain.Profile {
	var out []chain.Profile
	for _, n := range s.Config().Networks {
		p := chain.Profile{Name: n.Name, Title: n.Title, ChainID: n.ChainID, Genesis: common.HexToHash(n.Genesis), URL: n.URL, Coin: n.Coin}
		if p.Title == "" {
			p.Title = n.Name
		}
		for _, r := range n.Registries {
			p.Registries = append(p.Registries, chain.Registry{
				Title: r.Title, Models: common.HexToAddress(r.Models), DataNets: common.HexToAddress(r.DataNets), Licences: common.HexToAddress(r.Licences),
			})
		}
		out = append(out, p)
	}
	return out
}

// Network is the profile in use, as far as it is known without reaching it.
func (s *Studio) Network() chain.Profile { return s.profile(s.Config().Network) }

// onNetwork is the key of a context that OnNetwork made for a studio.
type onNetwork struct{ *Studio }

// OnNetwork makes a context whose work uses another network than the one of the data folder. The window, and the lines
// of other programs, keep theirs.
func (s *Studio) OnNetwork(ctx context.Context, name string) (context.Context, error) {
	if err := s.known(ctx, name); err != nil {
		return nil, err
	}
	return context.WithValue(ctx, onNetwork{s}, name), nil
}

// NetworkOf is the profile that work of this context uses: that of OnNetwork, or else Network.
func (s *Studio) NetworkOf(ctx context.Context) chain.Profile {
	if name, ok := ctx.Value(onNetwork{s}).(string); ok {
		return s.profile(name)
	}
	return s.Network()
}

// profile is what is known of a network without reaching it; the empty name is the embedded chain.
func (s *Studio) profile(name string) chain.Profile {
	if name == "" || name == embedded {
		s.links.mu.Lock()
		defer s.links.mu.Unlock()
		if s.links.dev != nil {
			return s.links.dev.Profile()
		}
		return unopened
	}
	for _, p := range chain.Profiles(nil, s.customNetworks()) {
		if p.Name == name {
			return p
		}
	}
	return chain.Profile{Name: name, Title: name, Coin: "OPEN"}
}

// UseNetwork chooses the network of the data folder by name and writes it into the settings.
func (s *Studio) UseNetwork(ctx context.Context, name string) error {
	if err := s.known(ctx, name); err != nil {
		return err
	}
	c := s.Config()
	c.Network = name
	return s.SaveConfig(c)
}

// known refuses a name that is not among the networks.
func (s *Studio) known(ctx context.Context, name string) error {
	networks, err := s.Networks(ctx)
	if err != nil {
		return err
	}
	for _, p := range networks {
		if p.Name == name {
			return nil
		}
	}
	return &Error{Kind: "not_found", Message: fmt.Sprintf("there is no network %q", name), Next: "mf chain networks lists them; mf chain add adds one."}
}

// AddNetwork reaches a network once, pins its genesis and keeps it in the settings.
func (s *Studio) AddNetwork(ctx context.Context, n NetworkConfig) error {
	p := chain.Profile{Name: n.Name, Title: cmp.Or(n.Title, n.Name), ChainID: n.ChainID, URL: n.URL, Coin: n.Coin}
	if err := p.Check(); err != nil {
		return err
	}
	if n.Name == embedded {
		return &Error{Kind: "usage", Message: "the name " + embedded + " belongs to the embedded chain", Next: "Choose another name."}
	}
	client, err := chain.Dial(ctx, p)
	if err != nil {
		return err
	}
	defer client.Close()
	n.Genesis = client.Profile().Genesis.Hex()
	c := s.Config()
	for i := range c.Networks {
		if c.Networks[i].Name == n.Name {
			if c.Networks[i].Genesis != n.Genesis {
				return &Error{
					Kind: "refused", Message: fmt.Sprintf("the network %s was another chain until now (genesis %s, this one has %s)", n.Name, c.Networks[i].Genesis, n.Genesis),
					Next: "Give this chain a name of its own.",
				}
			}
			c.Networks[i] = n
			return s.SaveConfig(c)
		}
	}
	c.Networks = append(c.Networks, n)
	return s.SaveConfig(c)
}

// Client reaches the network in use. The embedded chain is opened at its first use.
func (s *Studio) Client(ctx context.Context) (*chain.Client, error) {
	return s.client(ctx, s.NetworkOf(ctx))
}

func (s *Studio) client(ctx context.Context, p chain.Profile) (*chain.Client, error) {
	s.links.mu.Lock()
	c := s.links.clients[p.Name]
	s.links.mu.Unlock()
	if c != nil {
		return c, nil
	}
	var err error
	if p.Dev || p.Name == embedded {
		dev, openErr := s.devChain(ctx)
		if openErr != nil {
			return nil, openErr
		}
		c, err = chain.NewClient(ctx, dev.Profile(), dev.RPC())
	} else {
		c, err = chain.Dial(ctx, p)
	}
	if err != nil {
		return nil, err
	}
	s.links.mu.Lock()
	if s.links.clients == nil {
		s.links.clients = map[string]*chain.Client{}
	}
	if first := s.links.clients[p.Name]; first != nil { // somebody else was quicker
		s.links.mu.Unlock()
		return first, nil
	}
	c.Attach(s.Outbox)
	s.links.clients[p.Name] = c
	first := !s.links.settled
	s.links.settled = true
	s.links.mu.Unlock()
	if first { // what a crash left: signed transactions are sent again, mined ones are written down
		if err := errors.Join(s.Outbox.Reconcile(ctx), s.writePublications(ctx)); err != nil {
			fmt.Fprintln(s.Log, "outbox:", err)
		}
	}
	return c, nil
}

// clientOf finds the client of a chain that a transaction belongs to.
func (s *Studio) clientOf(chainID uint64, genesis common.Hash) (*chain.Client, error) {
	ctx := context.Background()
	networks, err := s.Networks(ctx)
	if err != nil {
		return nil, err
	}
	for _, p := range networks {
		if p.ChainID == chainID && (p.Genesis == genesis || p.Genesis == (common.Hash{})) {
			return s.client(ctx, p)
		}
	}
	return nil, &Error{
		Kind: "not_found", Message: fmt.Sprintf("chain %d (genesis %s) is not among the networks of this data folder", chainID, genesis),
		Next: "Add it with mf chain add, or in Settings.",
	}
}

// ChainStatus asks the network in use where it stands.
func (s *Studio) ChainStatus(ctx context.Context) (chain.Status, error) {
	c, err := s.Client(ctx)
	if err != nil {
		return chain.Status{}, err
	}
	return c.Status(ctx)
}

// Transactions lists what was signed here, newest first.
func (s *Studio) Transactions(ctx context.Context) ([]chain.TxRecord, error) {
	txs, err := s.db.Transactions().Txs(ctx)
	slices.Reverse(txs)
	return txs, err
}

// Faucet gives test OPEN on the embedded chain.
func (s *Studio) Faucet(ctx context.Context, to common.Address, amount *big.Int) (common.Hash, error) {
	if !s.NetworkOf(ctx).Dev {
		return common.Hash{}, &Error{Kind: "refused", Message: "only the embedded chain has a faucet", Next: "Choose it with mf chain use dev, or receive OPEN at your address."}
	}
	dev, err := s.devChain(ctx)
	if err != nil {
		return common.Hash{}, err
	}
	return dev.Faucet(ctx, to, amount)
}

// ServeChain lets other programs on this computer read the embedded chain, and send it signed transactions, until stop is
// called.
func (s *Studio) ServeChain(ctx context.Context, listen string) (url string, p chain.Profile, stop func(), err error) {
	dev, err := s.devChain(ctx)
	if err != nil {
		return "", p, nil, err
	}
	url, stop, err = dev.Serve(ctx, listen)
	return url, dev.Profile(), stop, err
}
