package studio

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/modelfactory/modelfactory/chain"
	"github.com/modelfactory/modelfactory/chain/lineage"
	"github.com/modelfactory/modelfactory/datasets"
	"github.com/modelfactory/modelfactory/training"
	"github.com/modelfactory/modelfactory/training/local"
	"github.com/modelfactory/modelfactory/training/protocol"
	"github.com/modelfactory/modelfactory/training/trainer"
)

// shelveFinished makes a model of each run that ended with an adapter and is not on the shelf yet. It is repeated at
// every start, so a crash between the end of a run and its model loses nothing.
func (s *Studio) shelveFinished(ctx context.Context) error {
	runs, err := s.Runs.Runs(ctx)
	if err != nil {
		return err
	}
	var errs []error
	for _, r := range runs {
		if r.AdapterDigest == "" || r.State != training.StateFinished && r.State != training.StateStopped {
			continue
		}
		if _, err := s.Models.Get(string(r.AdapterDigest)); err == nil {
			continue
		}
		if _, err := s.addModel(ctx, r); err != nil {
			errs = append(errs, fmt.Errorf("model of run %d: %w", r.Number, err))
		}
	}
	return errors.Join(errs...)
}

func (s *Studio) addModel(ctx context.Context, r training.Run) (lineage.Model, error) {
	base, err := s.Bases.Find(r.Recipe.Base)
	if err != nil {
		return lineage.Model{}, err
	}
	licences := map[datasets.Slug]string{}
	for _, src := range r.Recipe.Data {
		n, err := s.Library.Get(src.Ref.Net)
		if err != nil {
			return lineage.Model{}, err
		}
		if !n.Private && n.Terms.NeedsLicence() && n.Chain != nil {
			licences[n.Slug] = fmt.Sprintf("chain:%d:%s:net:%d:account:%s", n.Chain.ChainID, n.Chain.Contract, n.Chain.ID, r.Account)
		}
	}
	return s.Models.Add(ctx, lineage.AddSpec{Run: r, RunDir: s.Runs.Dir(r.ID), Base: base, Library: s.Library, Licences: licences})
}

// writePublications writes publication.json beside each model whose registration is in a block.
func (s *Studio) writePublications(ctx context.Context) error {
	models, err := s.Models.List()
	if err != nil {
		return err
	}
	txs, err := s.Transactions(ctx)
	if err != nil {
		return err
	}
	var errs []error
	for _, m := range models {
		if m.Publication != nil || m.Manifest == "" {
			continue
		}
		for _, tx := range txs {
			if tx.Intent != publishIntent(m.Manifest) || !tx.State.AtLeast(chain.TxMined) {
				continue
			}
			errs = append(errs, s.writePublication(ctx, m, tx))
		}
	}
	return errors.Join(errs...)
}

// Publishing reports whether a model's registration is signed and waits for a block.
func (s *Studio) Publishing(ctx context.Context, m lineage.Model) (bool, error) {
	txs, err := s.Transactions(ctx)
	for _, tx := range txs {
		if m.Manifest != "" && tx.Intent == publishIntent(m.Manifest) && (tx.State == chain.TxSigned || tx.State == chain.TxSent) {
			return true, err
		}
	}
	return false, err
}

func publishIntent(manifest datasets.Digest) string { return "publish:" + string(manifest) }

func (s *Studio) writePublication(ctx context.Context, m lineage.Model, tx chain.TxRecord) error {
	client, err := s.clientOf(tx.ChainID, tx.Genesis)
	if err != nil {
		return err
	}
	var reg chain.Registry
	for _, r := range client.Profile().Registries {
		if r.Models == tx.To {
			reg = r
		}
	}
	on, err := client.ModelByManifest(ctx, reg, tx.From, m.Manifest.Bytes())
	if err != nil {
		return err
	}
	_, err = s.Models.Published(m.Digest, lineage.Publication{
		ChainID: tx.ChainID, Genesis: tx.Genesis.Hex(), Contract: tx.To.Hex(), ID: on.ID, Manifest: string(m.Manifest), Tx: tx.Hash.Hex(),
	})
	return err
}

// VerifyModel verifies a model of the shelf.
func (s *Studio) VerifyModel(ctx context.Context, name string) (lineage.Report, error) {
	m, err := s.Models.Get(name)
	if err != nil {
		return lineage.Report{}, err
	}
	return s.verify(ctx, m.Dir)
}

// VerifyFolder verifies an exported model from anywhere.
func (s *Studio) VerifyFolder(ctx context.Context, dir string) (lineage.Report, error) {
	return s.verify(ctx, dir)
}

// verify asks the chain that the folder names, when it is among the networks here; otherwise the one in use, which will
// say that it is another chain.
func (s *Studio) verify(ctx context.Context, dir string) (lineage.Report, error) {
	p := s.NetworkOf(ctx)
	var pub lineage.Publication
	if b, err := os.ReadFile(filepath.Join(dir, lineage.PublicationFile)); err == nil && json.Unmarshal(b, &pub) == nil {
		if networks, err := s.Networks(ctx); err == nil {
			for _, n := range networks {
				if n.ChainID == pub.ChainID && n.Genesis.Hex() == pub.Genesis {
					p = n
				}
			}
		}
	}
	opt := lineage.VerifyOptions{
		Library: s.Library, Bases: s.Bases, Now: s.now,
		Trainer: lineage.ManifestTrainer{Version: trainer.Version(), Pins: datasets.Digest(s.Runtime.PinsDigest())},
	}
	client, err := s.client(ctx, p)
	if err != nil { // the files are compared all the same; the report says that the network was not asked
		return lineage.Verify(ctx, dir, nil, opt)
	}
	return lineage.Verify(ctx, dir, lineage.FromClient(client), opt)
}

// Lineage is the graph around one model, with what a verification just now found.
func (s *Studio) Lineage(ctx context.Context, digest datasets.Digest) (lineage.Graph, error) {
	report, err := s.VerifyModel(ctx, string(digest))
	if err != nil {
		return lineage.Graph{}, err
	}
	return s.Models.Graph(digest, &report)
}

// Chat loads a model's base and adapter into a process of its own. Base and model are asked through the same process.
func (s *Studio) Chat(ctx context.Context, m lineage.Model) (*local.Chat, error) {
	b, err := s.Bases.Find(m.Base)
	if err != nil {
		return nil, err
	}
	if !b.Installed {
		return nil, &Error{Kind: "not_found", Message: "the base " + m.Base + " of this model is not on this computer", Next: "Add it with mf base add."}
	}
	method, err := learntBy(m)
	if err != nil {
		return nil, err
	}
	return s.Runtime.Chat(ctx, protocol.GenerateJob{BaseDir: b.Dir, AdapterDir: m.Dir, Method: method, Device: "auto"})
}
