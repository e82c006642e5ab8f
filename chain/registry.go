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
	m, at, err := read(ctx, c, "ModelRegistry", r.Models, modelsABI.PackModel(id), modelsABI.UnpackModel)
	if err != nil {
		return Model{}, c.viewError(err, "model %d", id)
	}
	return newModel(id, m, at), nil
}

// ModelByManifest reads the model that owner registered with this manifest.
func (c *Client) ModelByManifest(ctx context.Context, r Registry, owner common.Address, manifest common.Hash) (Model, error) {
	m, at, err := read(ctx, c, "ModelRegistry", r.Models, modelsABI.PackModelByManifest(owner, manifest), modelsABI.UnpackModelByManifest)
	if err != nil {
		return Model{}, c.viewError(err, "the model with manifest %x", manifest)
	}
	if m.Id == 0 {
		return Model{}, NotFound("the model of %s with manifest %x", owner, manifest)
	}
	return newModel(m.Id, m.Found, at), nil
}

// Models returns how many models are registered; they count from 1.
func (c *Client) Models(ctx context.Context, r Registry) (uint64, error) {
	n, _, err := read(ctx, c, "ModelRegistry", r.Models, modelsABI.PackModelCount(), modelsABI.UnpackModelCount)
	return n, err
}

// Nets returns how many nets are registered; they count from 1.
func (c *Client) Nets(ctx context.Context, r Registry) (uint64, error) {
	n, _, err := read(ctx, c, "DataNets", r.DataNets, netsABI.PackNetCount(), netsABI.UnpackNetCount)
	return n, err
}

// Net reads a net with the terms in force. The error is of kind not_found when
// there is none.
func (c *Client) Net(ctx context.Context, r Registry, id uint64) (Net, error) {
	n, at, err := read(ctx, c, "DataNets", r.DataNets, netsABI.PackNet(id), netsABI.UnpackNet)
	if err != nil {
		return Net{}, c.viewError(err, "DataNet %d", id)
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
	b, err := readIn(ctx, c, at, "DataNets", r.DataNets, netsABI.PackTermsOf(digest), netsABI.UnpackTermsOf)
	if err != nil {
		return Terms{}, c.viewError(err, "terms %x", digest)
	}
	t := termsOf(b)
	if t.Digest() != digest {
		return Terms{}, refused("Choose another RPC address.", "The node of %s shows terms that do not have the digest %x", c.profile.Title, digest)
	}
	return t, nil
}

// NetVersion reads one version of a net.
func (c *Client) NetVersion(ctx context.Context, r Registry, net uint64, number uint32) (NetVersion, error) {
	v, _, err := read(ctx, c, "DataNets", r.DataNets, netsABI.PackVersion(net, number), netsABI.UnpackVersion)
	if err != nil {
		return NetVersion{}, c.viewError(err, "version %d of DataNet %d", number, net)
	}
	return NetVersion{
		Net: net, Number: number, Root: v.Root, Digest: v.Digest, Terms: v.Terms, Rows: v.Rows,
		Published: unix(v.Published), Publisher: v.Publisher,
	}, nil
}

// LicenceOf reads until when an account holds a licence for a net. An account
// that never had one gets a Licence whose Until is zero.
func (c *Client) LicenceOf(ctx context.Context, r Registry, account common.Address, net uint64) (Licence, error) {
	until, at, err := read(ctx, c, "Licences", r.Licences, licencesABI.PackValidUntil(account, net), licencesABI.UnpackValidUntil)
	if err != nil {
		return Licence{}, err
	}
	return Licence{Account: account, Net: net, Until: unix(until), At: readAt(at)}, nil
}

// Covers reports whether an account may train on a version now: it owns the
// net, the version's terms are open, or it holds a licence that has not ended.
func (c *Client) Covers(ctx context.Context, r Registry, account common.Address, net uint64, number uint32) (bool, ReadAt, error) {
	covers, at, err := read(ctx, c, "Licences", r.Licences, licencesABI.PackCovers(account, net, number), licencesABI.UnpackCovers)
	if err != nil {
		return false, ReadAt{}, c.viewError(err, "version %d of DataNet %d", number, net)
	}
	return covers, readAt(at), nil
}

// Claimable returns what licences have brought an owner of nets, in wei.
func (c *Client) Claimable(ctx context.Context, r Registry, owner common.Address) (*big.Int, error) {
	n, _, err := read(ctx, c, "Licences", r.Licences, licencesABI.PackClaimable(owner), licencesABI.UnpackClaimable)
	return n, err
}

// read asks a contract at the block that reads are made at, and returns that
// block too. name is what the contract must be.
func read[T any](ctx context.Context, c *Client, name string, to common.Address, data []byte, unpack func([]byte) (T, error)) (T, *header, error) {
	at, err := c.readBlock(ctx)
	if err != nil {
		var none T
		return none, nil, err
	}
	v, err := readIn(ctx, c, at, name, to, data, unpack)
	return v, at, err
}

// readIn is read at a block that is known already.
func readIn[T any](ctx context.Context, c *Client, at *header, name string, to common.Address, data []byte, unpack func([]byte) (T, error)) (T, error) {
	var none T
	out, err := c.view(ctx, at, to, data)
	if err != nil {
		return none, err
	}
	v, err := unpack(out)
	if err != nil {
		return none, refused("Check the registry's addresses in Settings, Networks.", "%s has no %s contract at %s (%v)", c.profile.Title, name, to, err)
	}
	return v, nil
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
