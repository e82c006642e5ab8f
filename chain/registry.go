package chain

import (
	"context"
	"math/big"
	"time"

	"github.com/ethereum/go-ethereum/common"

	"github.com/modelfactory/modelfactory/chain/bindings/datanets"
	"github.com/modelfactory/modelfactory/chain/bindings/licences"
	"github.com/modelfactory/modelfactory/chain/bindings/modelregistry"
)

var (
	netsABI     = datanets.NewDataNets()
	licencesABI = licences.NewLicences()
	modelsABI   = modelregistry.NewModelRegistry()
)

// ReadAt says which block a fact was read at.
type ReadAt struct {
	Block uint64
	Time  time.Time // of the block
}

// Model is a registered model as the chain has it.
type Model struct {
	ID         uint64
	Owner      common.Address
	Manifest   common.Hash // SHA-256 of the canonical manifest
	Terms      common.Hash // digest of its terms; zero = none stated
	Created    time.Time
	Withdrawn  time.Time // zero while it stands
	Supersedes uint64    // 0 = none
	Parents    []uint64  // models of the same registry
	At         ReadAt
}

// Net is a registered DataNet as the chain has it.
type Net struct {
	ID       uint64
	Owner    common.Address
	Metadata common.Hash // SHA-256 of the canonical description
	Created  time.Time
	Versions uint32 // number of versions; they count from 1
	Terms    Terms  // in force now
	At       ReadAt
}

// NetVersion is one published version of a net.
type NetVersion struct {
	Net       uint64
	Number    uint32
	Root      common.Hash // Merkle root over its rows
	Digest    common.Hash // SHA-256 of its manifest
	Terms     common.Hash // digest of the terms it was published under
	Rows      uint64
	Published time.Time
	Publisher common.Address
}

// Licence is what an account holds for a net.
type Licence struct {
	Account common.Address
	Net     uint64
	Until   time.Time // end of the licence; zero = it never had one
	At      ReadAt
}

// Valid reports whether the licence had not ended at the block it was read at.
func (l Licence) Valid() bool { return l.Until.After(l.At.Time) }

// Registry returns the network's first set of contracts.
func (p Profile) Registry() (Registry, error) {
	if len(p.Registries) == 0 {
		return Registry{}, refused("Add the addresses of the registry contracts in Settings, Networks.", "%s has no registry of models and DataNets", p.Title)
	}
	return p.Registries[0], nil
}

// RegistryAt returns the set that holds the contract at this address.
func (p Profile) RegistryAt(contract common.Address) (Registry, bool) {
	for _, r := range p.Registries {
		if contract == r.Models || contract == r.DataNets || contract == r.Licences {
			return r, true
		}
	}
	return Registry{}, false
}

// Model reads a model. The error is of kind not_found when there is none.
func (c *Client) Model(ctx context.Context, r Registry, id uint64) (Model, error) {
	at, err := c.readBlock(ctx)
	if err != nil {
		return Model{}, err
	}
	out, err := c.view(ctx, at, r.Models, modelsABI.PackModel(id))
	if err != nil {
		return Model{}, c.viewError(err, "model %d", id)
	}
	m, err := modelsABI.UnpackModel(out)
	if err != nil {
		return Model{}, c.noContract(err, "ModelRegistry", r.Models)
	}
	return newModel(id, m, at), nil
}

// ModelByManifest reads the model that owner registered with this manifest.
func (c *Client) ModelByManifest(ctx context.Context, r Registry, owner common.Address, manifest common.Hash) (Model, error) {
	at, err := c.readBlock(ctx)
	if err != nil {
		return Model{}, err
	}
	out, err := c.view(ctx, at, r.Models, modelsABI.PackModelByManifest(owner, manifest))
	if err != nil {
		return Model{}, c.viewError(err, "the model with manifest %x", manifest)
	}
	m, err := modelsABI.UnpackModelByManifest(out)
	if err != nil {
		return Model{}, c.noContract(err, "ModelRegistry", r.Models)
	}
	if m.Id == 0 {
		return Model{}, NotFound("the model of %s with manifest %x", owner, manifest)
	}
	return newModel(m.Id, m.Found, at), nil
}

// Models returns how many models are registered; they count from 1.
func (c *Client) Models(ctx context.Context, r Registry) (uint64, error) {
	return c.count(ctx, "ModelRegistry", r.Models, modelsABI.PackModelCount(), modelsABI.UnpackModelCount)
}

// Nets returns how many nets are registered; they count from 1.
func (c *Client) Nets(ctx context.Context, r Registry) (uint64, error) {
	return c.count(ctx, "DataNets", r.DataNets, netsABI.PackNetCount(), netsABI.UnpackNetCount)
}

func (c *Client) count(ctx context.Context, name string, contract common.Address, data []byte, unpack func([]byte) (uint64, error)) (uint64, error) {
	at, err := c.readBlock(ctx)
	if err != nil {
		return 0, err
	}
	out, err := c.view(ctx, at, contract, data)
	if err != nil {
		return 0, err
	}
	n, err := unpack(out)
	if err != nil {
		return 0, c.noContract(err, name, contract)
	}
	return n, nil
}

// Net reads a net with the terms in force. The error is of kind not_found when
// there is none.
func (c *Client) Net(ctx context.Context, r Registry, id uint64) (Net, error) {
	at, err := c.readBlock(ctx)
	if err != nil {
		return Net{}, err
	}
	out, err := c.view(ctx, at, r.DataNets, netsABI.PackNet(id))
	if err != nil {
		return Net{}, c.viewError(err, "DataNet %d", id)
	}
	n, err := netsABI.UnpackNet(out)
	if err != nil {
		return Net{}, c.noContract(err, "DataNets", r.DataNets)
	}
	terms, err := c.termsAt(ctx, at, r, n.Terms)
	if err != nil {
		return Net{}, err
	}
	return Net{
		ID: id, Owner: n.Owner, Metadata: n.Metadata, Created: unix(n.Created), Versions: n.Versions,
		Terms: terms, At: readAt(at),
	}, nil
}

// Terms reads terms by their digest. What the node answers is checked against
// the digest, so it cannot show other terms than were recorded.
func (c *Client) Terms(ctx context.Context, r Registry, digest common.Hash) (Terms, error) {
	at, err := c.readBlock(ctx)
	if err != nil {
		return Terms{}, err
	}
	return c.termsAt(ctx, at, r, digest)
}

func (c *Client) termsAt(ctx context.Context, at *header, r Registry, digest common.Hash) (Terms, error) {
	out, err := c.view(ctx, at, r.DataNets, netsABI.PackTermsOf(digest))
	if err != nil {
		return Terms{}, c.viewError(err, "terms %x", digest)
	}
	b, err := netsABI.UnpackTermsOf(out)
	if err != nil {
		return Terms{}, c.noContract(err, "DataNets", r.DataNets)
	}
	t := termsOf(b)
	if t.Digest() != digest {
		return Terms{}, refused("Choose another RPC address.", "The node of %s shows terms that do not have the digest %x", c.profile.Title, digest)
	}
	return t, nil
}

// NetVersion reads one version of a net.
func (c *Client) NetVersion(ctx context.Context, r Registry, net uint64, number uint32) (NetVersion, error) {
	at, err := c.readBlock(ctx)
	if err != nil {
		return NetVersion{}, err
	}
	out, err := c.view(ctx, at, r.DataNets, netsABI.PackVersion(net, number))
	if err != nil {
		return NetVersion{}, c.viewError(err, "version %d of DataNet %d", number, net)
	}
	v, err := netsABI.UnpackVersion(out)
	if err != nil {
		return NetVersion{}, c.noContract(err, "DataNets", r.DataNets)
	}
	return NetVersion{
		Net: net, Number: number, Root: v.Root, Digest: v.Digest, Terms: v.Terms, Rows: v.Rows,
		Published: unix(v.Published), Publisher: v.Publisher,
	}, nil
}

// LicenceOf reads until when an account holds a licence for a net. An account
// that never had one gets a Licence whose Until is zero.
func (c *Client) LicenceOf(ctx context.Context, r Registry, account common.Address, net uint64) (Licence, error) {
	at, err := c.readBlock(ctx)
	if err != nil {
		return Licence{}, err
	}
	out, err := c.view(ctx, at, r.Licences, licencesABI.PackValidUntil(account, net))
	if err != nil {
		return Licence{}, err
	}
	until, err := licencesABI.UnpackValidUntil(out)
	if err != nil {
		return Licence{}, c.noContract(err, "Licences", r.Licences)
	}
	return Licence{Account: account, Net: net, Until: unix(until), At: readAt(at)}, nil
}

// Covers reports whether an account may train on a version now: it owns the
// net, the version's terms are open, or it holds a licence that has not ended.
func (c *Client) Covers(ctx context.Context, r Registry, account common.Address, net uint64, number uint32) (bool, ReadAt, error) {
	at, err := c.readBlock(ctx)
	if err != nil {
		return false, ReadAt{}, err
	}
	out, err := c.view(ctx, at, r.Licences, licencesABI.PackCovers(account, net, number))
	if err != nil {
		return false, ReadAt{}, c.viewError(err, "version %d of DataNet %d", number, net)
	}
	covers, err := licencesABI.UnpackCovers(out)
	if err != nil {
		return false, ReadAt{}, c.noContract(err, "Licences", r.Licences)
	}
	return covers, readAt(at), nil
}

// Claimable returns what licences have brought an owner of nets, in wei.
func (c *Client) Claimable(ctx context.Context, r Registry, owner common.Address) (*big.Int, error) {
	at, err := c.readBlock(ctx)
	if err != nil {
		return nil, err
	}
	out, err := c.view(ctx, at, r.Licences, licencesABI.PackClaimable(owner))
	if err != nil {
		return nil, err
	}
	n, err := licencesABI.UnpackClaimable(out)
	if err != nil {
		return nil, c.noContract(err, "Licences", r.Licences)
	}
	return n, nil
}

func newModel(id uint64, m modelregistry.Model, at *header) Model {
	return Model{
		ID: id, Owner: m.Owner, Manifest: m.Manifest, Terms: m.Terms, Created: unix(m.Created),
		Withdrawn: unix(m.Withdrawn), Supersedes: m.Supersedes, Parents: m.Parents, At: readAt(at),
	}
}

func readAt(h *header) ReadAt {
	return ReadAt{Block: uint64(h.Number), Time: time.Unix(int64(h.Time), 0).UTC()}
}

// unix turns a contract's seconds into a time; 0 is the zero time.
func unix(s uint64) time.Time {
	if s == 0 {
		return time.Time{}
	}
	return time.Unix(int64(min(s, 1<<62)), 0).UTC()
}

// viewError turns a contract's "unknown" into not_found.
func (c *Client) viewError(err error, what string, args ...any) error {
	if name, _ := revertName(revertData(err)); name == "UnknownModel" || name == "UnknownNet" || name == "UnknownVersion" || name == "UnknownTerms" {
		return NotFound(what+" of "+c.profile.Title, args...)
	}
	return err
}

func (c *Client) noContract(err error, name string, at common.Address) error {
	return refused("Check the registry's addresses in Settings, Networks.", "%s has no %s contract at %s (%v)", c.profile.Title, name, at, err)
}
