package studio

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/ethereum/go-ethereum/common"

	"github.com/modelfactory/modelfactory/assets"
	"github.com/modelfactory/modelfactory/chain"
	"github.com/modelfactory/modelfactory/chain/devchain"
	"github.com/modelfactory/modelfactory/datasets"
)

// NetView is a DataNet as the account in use sees it.
type NetView struct {
	datasets.DataNet
	Standing datasets.Standing
}

// Nets lists DataNets and own datasets with what the account may do. Where the chain is not reached the standing is
// unknown and says why; the list is still there.
func (s *Studio) Nets(ctx context.Context) ([]NetView, error) {
	nets, err := s.Library.List()
	if err != nil {
		return nil, err
	}
	views := make([]NetView, 0, len(nets))
	for _, n := range nets {
		views = append(views, s.view(ctx, n))
	}
	return views, nil
}

// Net is one DataNet as the account in use sees it.
func (s *Studio) Net(ctx context.Context, slug datasets.Slug) (NetView, error) {
	n, err := s.Library.Get(slug)
	if err != nil {
		return NetView{}, err
	}
	v := s.view(ctx, n)
	if n, err = s.Library.Get(slug); err == nil { // opening the chain may have registered it
		v.DataNet = n
	}
	return v, err
}

func (s *Studio) view(ctx context.Context, n datasets.DataNet) NetView {
	if n.Damaged != "" {
		return NetView{n, datasets.Standing{State: datasets.StandingUnknown, Reason: n.Damaged, At: s.now()}}
	}
	st, err := s.standing(ctx, n, s.AccountText(), n.Newest().Number)
	if err != nil {
		st = datasets.Standing{State: datasets.StandingUnknown, Reason: err.Error(), At: s.now()}
	}
	return NetView{n, st}
}

func (s *Studio) installSamples() error {
	fsys := assets.DataNets()
	dirs, err := fs.ReadDir(fsys, ".")
	if err != nil {
		return err
	}
	for _, d := range dirs {
		// A damaged sample is listed so, and refused by whoever wants its rows; wallet and models must open all the same.
		if _, err := s.Library.InstallSample(fsys, d.Name()); err != nil {
			fmt.Fprintf(s.Log, "sample DataNet %s: %v\n", d.Name(), err)
		}
	}
	return nil
}

// registerSamples puts the sample DataNets on a fresh embedded chain, once: what a crash interrupted is found on the
// chain by its metadata and its versions, and only the rest is sent.
func (s *Studio) registerSamples(ctx context.Context, dev *devchain.Chain) error {
	nets, err := s.Library.List()
	if err != nil {
		return err
	}
	p := dev.Profile()
	reg, err := p.Registry()
	if err != nil {
		return err
	}
	var missing []datasets.DataNet
	for _, n := range nets {
		if _, here := registryOf(n, p); n.Sample && !here {
			missing = append(missing, n)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	client, err := chain.NewClient(ctx, p, dev.RPC())
	if err != nil {
		return err
	}
	there, err := s.stewardsNets(ctx, client, reg, dev.Steward())
	if err != nil {
		return err
	}
	send := func(call chain.Call) error {
		_, err := dev.SignSend(ctx, &call.To, call.Value, call.Data)
		return err
	}
	for _, n := range missing {
		on, ok := there[netMetadata(n)]
		if !ok {
			if err := send(chain.CreateNet(reg, dev.Steward(), netMetadata(n), chain.Terms(n.Terms), nil)); err != nil {
				return fmt.Errorf("register %s: %w", n.Slug, err)
			}
			if there, err = s.stewardsNets(ctx, client, reg, dev.Steward()); err != nil {
				return err
			}
			on = there[netMetadata(n)]
		}
		for _, v := range n.Versions {
			if v.Number <= int(on.Versions) {
				continue
			}
			if err := send(chain.PublishVersion(reg, dev.Steward(), on.ID, v.Root.Bytes(), v.Digest.Bytes(), uint64(v.Rows))); err != nil {
				return fmt.Errorf("register %s version %d: %w", n.Slug, v.Number, err)
			}
		}
		where := datasets.OnChain{ChainID: p.ChainID, Genesis: p.Genesis.Hex(), Contract: reg.DataNets.Hex(), ID: on.ID}
		if err := s.Library.SetChain(n.Slug, where); err != nil {
			return err
		}
	}
	return nil
}

// stewardsNets reads the nets of the embedded chain's own account, by their metadata.
func (s *Studio) stewardsNets(ctx context.Context, client *chain.Client, reg chain.Registry, steward common.Address) (map[common.Hash]chain.Net, error) {
	count, err := client.Nets(ctx, reg)
	if err != nil {
		return nil, err
	}
	nets := map[common.Hash]chain.Net{}
	for id := uint64(1); id <= count; id++ {
		n, err := client.Net(ctx, reg, id)
		if err != nil {
			return nil, err
		}
		if n.Owner == steward {
			nets[n.Metadata] = n
		}
	}
	return nets, nil
}

// netMetadata names a net on the chain: SHA-256 over the facts that never change.
func netMetadata(n datasets.DataNet) common.Hash {
	b, err := json.Marshal(struct {
		Slug  datasets.Slug `json:"slug"`
		Title string        `json:"title"`
		SPDX  string        `json:"spdx"`
	}{n.Slug, n.Title, n.SPDX})
	if err != nil {
		panic(err) // three strings
	}
	return sha256Hash(b)
}

// NetReport is what recomputing a version found.
type NetReport struct {
	Verified    bool                  `json:"verified"`
	Net         datasets.Slug         `json:"net"`
	Version     int                   `json:"version"`
	Root        datasets.Digest       `json:"root"`
	Differences []datasets.Difference `json:"differences"`
	OnChain     bool                  `json:"on_chain"` // the chain was asked and holds this root and digest
	Note        string                `json:"note"`
}

// VerifyNet recomputes a version's files and root and compares them with the chain.
func (s *Studio) VerifyNet(ctx context.Context, ref datasets.Ref, progress func(done, total int64)) (NetReport, error) {
	resolved, v, damage := s.Library.Resolve(ref)
	if e, ok := errors.AsType[*datasets.Error](damage); ok && e.Code() != "refused" {
		return NetReport{}, damage
	}
	if damage == nil {
		ref = resolved
	}
	r := NetReport{Net: ref.Net, Version: ref.Version, Root: v.Root}
	var err error
	if r.Differences, err = s.Library.Verify(ctx, ref, progress); err != nil {
		return r, err
	}
	if damage != nil { // the manifest cannot be read: which file it is stands among the differences
		r.Note = damage.Error()
		if len(r.Differences) == 0 {
			return r, damage
		}
		return r, nil
	}
	if err := s.compareWithChain(ctx, &r, v); err != nil {
		return r, err
	}
	r.Verified = len(r.Differences) == 0
	if !r.Verified && r.Note == "" {
		r.Note = "Fetch this version again, or compare it with a copy."
	}
	return r, nil
}

func (s *Studio) compareWithChain(ctx context.Context, r *NetReport, v datasets.Version) error {
	n, err := s.Library.Get(r.Net)
	if err != nil && len(r.Differences) > 0 {
		r.Note = "The chain was not asked: " + err.Error()
		return nil
	}
	if err != nil {
		return err
	}
	if n.Private {
		r.Note = "It is your own and not registered."
		return nil
	}
	client, err := s.Client(ctx)
	if err != nil {
		r.Note = "The chain was not asked: " + err.Error()
		return nil
	}
	if n, err = s.Library.Get(r.Net); err != nil {
		return err
	}
	reg, here := registryOf(n, client.Profile())
	if !here {
		r.Note = "It is not registered on " + client.Profile().Title + "."
		return nil
	}
	on, err := client.NetVersion(ctx, reg, n.Chain.ID, uint32(r.Version))
	if err != nil {
		return err
	}
	r.OnChain = true
	for _, c := range []struct {
		what      string
		want, got datasets.Digest
	}{{"root on chain", hashDigest(on.Root), v.Root}, {"digest on chain", hashDigest(on.Digest), v.Digest}} {
		if c.want != c.got {
			r.OnChain = false
			r.Differences = append(r.Differences, datasets.Difference{File: c.what, Want: string(c.want), Got: string(c.got)})
		}
	}
	return nil
}

// VerifyRow proves that the row in a file belongs to a version, by its Merkle path to the version's root.
func (s *Studio) VerifyRow(ctx context.Context, ref datasets.Ref, file string) (NetReport, error) {
	ref, v, err := s.Library.Resolve(ref)
	if err != nil {
		return NetReport{}, err
	}
	r := NetReport{Net: ref.Net, Version: ref.Version, Root: v.Root}
	b, err := os.ReadFile(file)
	if err != nil {
		return r, &Error{Kind: "not_found", Message: "the row file cannot be read", Next: "Name a JSON file with one row.", Err: err}
	}
	var row datasets.Row
	if entry, entryErr := datasets.ParseEntry(b); entryErr == nil {
		row = entry.Row
	} else if err := json.Unmarshal(b, &row); err != nil || row.Check() != nil {
		return r, &Error{Kind: "usage", Message: "the file holds no row", Next: `Write one row such as {"messages":[…]}, or a line of rows.jsonl.`}
	}
	want, err := row.ID()
	if err != nil {
		return r, err
	}
	var leaves [][32]byte
	found := -1
	for e, err := range s.Library.Rows(ref) {
		if err != nil {
			return r, err
		}
		leaf, err := datasets.Leaf(e)
		if err != nil {
			return r, err
		}
		if id, err := e.Row.ID(); err != nil {
			return r, err
		} else if id == want && found < 0 {
			found = len(leaves)
		}
		leaves = append(leaves, leaf)
	}
	if found < 0 {
		r.Differences = append(r.Differences, datasets.Difference{File: file, Want: "a row of " + ref.String(), Got: string(want)})
		r.Note = "No row of this version has these bytes."
		return r, nil
	}
	proof, err := datasets.MerkleProof(leaves, found)
	if err != nil {
		return r, err
	}
	if err := s.compareWithChain(ctx, &r, v); err != nil {
		return r, err
	}
	if !datasets.VerifyProof(v.Root.Bytes(), leaves[found], proof) {
		r.Differences = append(r.Differences, datasets.Difference{File: ref.String(), Want: string(v.Root), Got: "another root"})
	}
	r.Verified = len(r.Differences) == 0
	return r, nil
}
