package studio

import (
	"context"
	"fmt"

	"github.com/ethereum/go-ethereum/common"

	"github.com/modelfactory/modelfactory/chain"
	"github.com/modelfactory/modelfactory/datasets"
	"github.com/modelfactory/modelfactory/training"
)

// gate is the licence gate of training: it asks the chain, at the start of a run and again when it leaves the queue.
type gate struct{ s *Studio }

// Allow refuses a run with data that the account may not train on.
func (g gate) Allow(ctx context.Context, account string, sources []training.Source) error {
	for _, src := range sources {
		net, err := g.s.Library.Get(src.Ref.Net)
		if err != nil {
			return err
		}
		if net, err = g.s.registered(ctx, net); err != nil {
			return err
		}
		st, err := g.s.standing(ctx, net, account, src.Ref.Version)
		if err != nil {
			return err
		}
		if !st.Usable() {
			next := fmt.Sprintf("Get it with mf net license %s, or with Get licence on its page.", net.Slug)
			if account == "" {
				next = "Make a wallet first, then get the licence: mf wallet create, mf net license " + string(net.Slug) + "."
			}
			return &training.Error{Kind: training.KindRefused, Message: fmt.Sprintf("no licence for %s (%s): %s", net.Title, net.Slug, st.Reason), Next: next, Cause: training.FailLicence}
		}
		if (st.State == datasets.StandingHeld || st.State == datasets.StandingOwn && !net.Private) && !g.s.holds(account) {
			return &training.Error{
				Kind: training.KindRefused, Message: fmt.Sprintf("the licence for %s (%s) belongs to %s, which is no account of this wallet", net.Title, net.Slug, account),
				Next: "Make a new run with an account of yours.", Cause: training.FailLicence,
			}
		}
		if err := g.s.sameOnChain(ctx, net, src.Ref); err != nil {
			return err
		}
	}
	return nil
}

// holds says whether an account is one of this wallet's.
func (s *Studio) holds(account string) bool {
	for _, a := range s.Vault.Accounts() {
		if a.Address == common.HexToAddress(account) {
			return true
		}
	}
	return false
}

// registered finds the registration of a sample that is not known yet: opening the embedded chain for the first time
// makes it, and a lost chain.json is found again there.
func (s *Studio) registered(ctx context.Context, net datasets.DataNet) (datasets.DataNet, error) {
	if net.Chain != nil || !net.Sample {
		return net, nil
	}
	if _, err := s.Client(ctx); err != nil {
		return net, err
	}
	return s.Library.Get(net.Slug)
}

// sameOnChain refuses a version that is not the one registered under the number that chain.json names: neither other
// rows under a net's name nor another net's number open the gate.
func (s *Studio) sameOnChain(ctx context.Context, net datasets.DataNet, ref datasets.Ref) error {
	if net.Private {
		return nil
	}
	client, err := s.Client(ctx)
	if err != nil {
		return err
	}
	reg, here := registryOf(net, client.Profile())
	if !here {
		return nil // nothing to compare with; a net that needs a licence was refused before
	}
	ref, v, err := s.Library.Resolve(ref)
	if err != nil {
		return err
	}
	on, err := client.NetVersion(ctx, reg, net.Chain.ID, uint32(ref.Version))
	if err != nil && !chain.IsNotFound(err) {
		return err
	}
	if err != nil || hashDigest(on.Root) != v.Root || hashDigest(on.Digest) != v.Digest {
		return &training.Error{
			Kind: training.KindRefused, Message: fmt.Sprintf("%s is not what is registered as DataNet %d on %s", ref, net.Chain.ID, client.Profile().Title),
			Next: fmt.Sprintf("See what differs with mf net verify %s.", net.Slug), Err: err, Cause: training.FailData,
		}
	}
	return nil
}

// MayTrain asks the licence gate ahead of a run, so that a run which may not begin is not even made.
func (s *Studio) MayTrain(ctx context.Context, account string, sources []training.Source) error {
	return gate{s}.Allow(ctx, account, sources)
}

// Standing says whether the account in use may train on a net.
func (s *Studio) Standing(ctx context.Context, slug datasets.Slug) (datasets.Standing, error) {
	net, err := s.Library.Get(slug)
	if err != nil {
		return datasets.Standing{}, err
	}
	return s.standing(ctx, net, s.AccountText(), net.Newest().Number)
}

// standing asks the chain for one account and one version. An error means that the chain could not be asked.
func (s *Studio) standing(ctx context.Context, net datasets.DataNet, account string, version int) (datasets.Standing, error) {
	st := datasets.Standing{At: s.now()}
	if net.Private {
		st.State = datasets.StandingOwn
		return st, nil
	}
	var err error
	if net.Terms.NeedsLicence() {
		if net, err = s.registered(ctx, net); err != nil {
			return st, err
		}
	}
	if net.Chain == nil {
		if net.Terms.NeedsLicence() {
			st.State, st.Reason = datasets.StandingNeedsLicence, "it is not registered on a chain, so nobody can sell a licence"
			return st, nil
		}
		st.State = datasets.StandingOpen
		return st, nil
	}
	client, err := s.Client(ctx)
	if err != nil {
		return st, err
	}
	if net, err = s.Library.Get(net.Slug); err != nil { // opening the chain may have registered it
		return st, err
	}
	p := client.Profile()
	reg, here := registryOf(net, p)
	if !here {
		if !net.Terms.NeedsLicence() {
			st.State = datasets.StandingOpen
			return st, nil
		}
		st.State = datasets.StandingNeedsLicence
		st.Reason = fmt.Sprintf("it is registered on chain %d, and the network in use is %s (chain %d)", net.Chain.ChainID, p.Title, p.ChainID)
		if net.Chain.ChainID == p.ChainID {
			st.Reason = fmt.Sprintf("it is registered on another chain with the id of %s (genesis %s…)", p.Title, net.Chain.Genesis[:min(10, len(net.Chain.Genesis))])
		}
		return st, nil
	}
	// The chain's terms count, not those of a file on this disk.
	on, err := client.Net(ctx, reg, net.Chain.ID)
	if err != nil {
		return st, err
	}
	if !datasets.Terms(on.Terms).NeedsLicence() {
		st.State = datasets.StandingOpen
		return st, nil
	}
	if account == "" {
		st.State, st.Reason = datasets.StandingNeedsLicence, "there is no account that could hold one"
		return st, nil
	}
	addr := common.HexToAddress(account)
	if on.Owner == addr {
		st.State = datasets.StandingOwn
		return st, nil
	}
	lic, err := client.LicenceOf(ctx, reg, addr, net.Chain.ID)
	if err != nil {
		return st, err
	}
	st.Block, st.Until = lic.At.Block, lic.Until
	switch {
	case lic.Until.IsZero():
		st.State = datasets.StandingNeedsLicence
		st.Reason = fmt.Sprintf("account %s has none on %s", chain.ShortAddress(addr), p.Title)
	case !lic.Until.After(s.now()), !lic.Until.After(lic.At.Time): // the chain goes by its blocks' time
		st.State = datasets.StandingExpired
		st.Reason = "it ended on " + lic.Until.Format("2 Jan 2006")
	default:
		covered, _, err := client.Covers(ctx, reg, addr, net.Chain.ID, uint32(version))
		if err != nil {
			return st, err
		}
		st.State = datasets.StandingHeld
		if !covered {
			st.State, st.Reason = datasets.StandingNeedsLicence, fmt.Sprintf("the one held does not cover version %d", version)
		}
	}
	return st, nil
}

// registryOf finds the set of contracts of a network that a net is registered with.
func registryOf(net datasets.DataNet, p chain.Profile) (chain.Registry, bool) {
	if net.Chain == nil || net.Chain.ChainID != p.ChainID || common.HexToHash(net.Chain.Genesis) != p.Genesis {
		return chain.Registry{}, false
	}
	for _, r := range p.Registries {
		if r.DataNets == common.HexToAddress(net.Chain.Contract) {
			return r, true
		}
	}
	return chain.Registry{}, false
}
