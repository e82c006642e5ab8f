package chain

import (
	"math/big"
	"net"
	"net/url"

	"github.com/ethereum/go-ethereum/common"
)

// Profile describes one network. A chain is (chain id, genesis): two embedded
// chains share the chain id and differ in the genesis.
type Profile struct {
	Name       string      `json:"name"`  // short name for --network
	Title      string      `json:"title"` // shown to people
	ChainID    uint64      `json:"chain_id"`
	Genesis    common.Hash `json:"genesis"` // hash of block 0; zero = learnt at first use, then pinned
	URL        string      `json:"url"`
	Coin       string      `json:"coin"` // "OPEN", or "test OPEN" on development chains
	Dev        bool        `json:"dev"`  // embedded chain: its journal decides, mined counts as final
	Registries []Registry  `json:"registries,omitempty"`
	Explorer   string      `json:"explorer,omitempty"`
	FeeCap     *big.Int    `json:"fee_cap,omitempty"` // wei; a transaction that may cost more is blocked. nil = DefaultFeeCap
}

// Registry is one set of our contracts on a network. A network may have
// several: contracts are immutable and a new version gets a new address.
type Registry struct {
	Title    string         `json:"title"`
	Models   common.Address `json:"models"`
	DataNets common.Address `json:"datanets"`
	Licences common.Address `json:"licences"`
}

// Chain ids of the networks that are known by name.
const (
	OpenLedgerID        = 1612
	OpenLedgerTestnetID = 161201
)

// DefaultFeeCap is the most a transaction may cost in fees unless the profile
// says otherwise: half an OPEN, in wei.
var DefaultFeeCap = new(big.Int).SetUint64(500_000_000_000_000_000)

// Profiles lists the networks to choose from: the embedded chain when dev is
// given, OpenLedger's mainnet and testnet, then the custom ones. A custom
// profile with the name of an earlier one takes its place, which is how a
// registry address or another URL is set. Neither OpenLedger network has a
// registry of ours yet: addresses are added in the settings.
func Profiles(dev *Profile, custom []Profile) []Profile {
	var all []Profile
	if dev != nil {
		all = append(all, *dev)
	}
	all = append(all,
		Profile{
			Name: "openledger", Title: "OpenLedger", ChainID: OpenLedgerID,
			URL: "https://rpc.openledger.xyz", Coin: "OPEN", Explorer: "https://scan.openledger.xyz",
		},
		Profile{
			Name: "openledger-testnet", Title: "OpenLedger testnet", ChainID: OpenLedgerTestnetID,
			URL: "https://rpctn.openledger.xyz", Coin: "test OPEN", Explorer: "https://scantn.openledger.xyz",
		},
	)
next:
	for _, c := range custom {
		for i := range all {
			if all[i].Name == c.Name {
				all[i] = c
				continue next
			}
		}
		all = append(all, c)
	}
	return all
}

// Check reports what is wrong with a profile that a person typed.
func (p Profile) Check() error {
	if p.Name == "" {
		return &Error{Kind: KindUsage, Message: "The network has no name", Next: "Give it a short name, such as my-chain."}
	}
	if p.ChainID == 0 {
		return &Error{Kind: KindUsage, Message: "Network " + p.Name + " has no chain id", Next: "Give the chain id that the network's operator names; it is never taken from the RPC."}
	}
	if p.Coin == "" {
		return &Error{Kind: KindUsage, Message: "Network " + p.Name + " has no coin name", Next: "Name its coin, such as OPEN."}
	}
	return checkURL(p.URL)
}

// checkURL refuses addresses over which keys' owners could be lied to by
// anyone on the way: plain http is for this machine only.
func checkURL(raw string) error {
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" {
		return &Error{Kind: KindUsage, Message: "The RPC address " + raw + " is not a URL", Next: "Use https://…, or http://127.0.0.1:… for a node on this machine.", Err: err}
	}
	switch u.Scheme {
	case "https":
		return nil
	case "http":
		if ip := net.ParseIP(u.Hostname()); u.Hostname() == "localhost" || (ip != nil && ip.IsLoopback()) {
			return nil
		}
		return refused("Use https://, or a node on this machine.", "The RPC address %s is not encrypted", raw)
	}
	return &Error{Kind: KindUsage, Message: "The RPC address " + raw + " is neither https nor http", Next: "Use https://…"}
}

// feeCap returns the cap in wei.
func (p Profile) feeCap() *big.Int {
	if p.FeeCap != nil {
		return p.FeeCap
	}
	return DefaultFeeCap
}
