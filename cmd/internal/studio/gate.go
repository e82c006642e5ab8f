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
		st, err := g.s.standing(ctx, net, account, src.Ref.Version)
		if err != nil {
			return err
		}
		if !st.Usable() {
			next := fmt.Sprintf("Get it with mf net license %s, or with Get licence on its page.", net.Slug)
			if account == "" {
				next = "Make a wallet first, then get the licence: mf wallet create, mf net license " + string(net.Slug) + "."
			}
			return &Error{Kind: "refused", Message: fmt.Sprintf("no licence for %s (%s): %s", net.Title, net.Slug, st.Reason), Next: next}
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
		st.Reason = fmt.Sprintf("account %s has none on %s", shortAddress(addr), p.Title)
	case !lic.Until.After(s.now()):
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

func shortAddress(a common.Address) string {
	h := a.Hex()
	return h[:6] + "…" + h[len(h)-4:]
}
