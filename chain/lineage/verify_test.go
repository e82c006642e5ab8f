package lineage

import (
	"bytes"
	"context"
	"errors"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/common"

	"github.com/modelfactory/modelfactory/chain"
	"github.com/modelfactory/modelfactory/chain/chaintest"
	"github.com/modelfactory/modelfactory/datasets"
	"github.com/modelfactory/modelfactory/training"
)

func TestPublishedModelVerifies(t *testing.T) {
	w, r := newWorld(t), newRegistry(t)
	m := r.publish(t, w, w.add(t).Digest, nil)
	rep := verify(t, m.Dir, r.reader(), w.options())
	must(t, rep.Verified && rep.OnChain && rep.Published && len(rep.Differences) == 0 && len(rep.NotHere) == 0, "%+v", rep)
	must(t, rep.Name == "Bike helper" && rep.Manifest == m.Manifest && rep.Block > 0 && rep.Head >= rep.Block, "%+v", rep)
	for _, c := range rep.Checked {
		must(t, c.State == StateEqual, "%s is %s", c.Title, c.State)
	}
	titles := []string{}
	for _, c := range rep.Checked {
		titles = append(titles, c.Title)
	}
	want := []string{"Registration", "Recipe", "Trainer and pins", "Adapter, 2 files", "Metrics", "Data record", "Base revision", "bike shop v1", "house style v1", "Model card"}
	must(t, slices.Equal(titles, want), "checked %q", titles)

	// An exported folder, in another place, with nothing but the network.
	out := filepath.Join(t.TempDir(), "export")
	files, err := w.shelf.Export(context.Background(), m.Digest, out)
	mustNot(t, err)
	must(t, len(files) == len(registeredFiles), "files %v", files)
	rep = verify(t, out, r.reader(), VerifyOptions{})
	must(t, rep.Verified && rep.Name == "Bike helper", "%+v", rep)
	must(t, len(rep.NotHere) == 4 && strings.Contains(strings.Join(rep.NotHere, "\n"), "data bike-shop@1: not here, cannot recompute"), "not here: %q", rep.NotHere)
	for _, c := range rep.Checked {
		must(t, c.State != StateDiffers, "%+v", c)
		if c.Title == titleBase || strings.HasSuffix(c.Title, " v1") {
			must(t, c.State == StateNotHere, "%s is %s without its files", c.Title, c.State)
		}
	}

	// Without a network the files agree, and nothing is called verified.
	rep = verify(t, out, nil, VerifyOptions{})
	must(t, !rep.Verified && !rep.OnChain && rep.Published && len(rep.Differences) == 0, "%+v", rep)
}

// One flipped byte in each file of a registered model: the file is named, and
// no other.
func TestEveryFlippedByteNamesItsFile(t *testing.T) {
	w, r := newWorld(t), newRegistry(t)
	m := r.publish(t, w, w.add(t).Digest, nil)
	export := filepath.Join(t.TempDir(), "export")
	_, err := w.shelf.Export(context.Background(), m.Digest, export)
	mustNot(t, err)
	for _, place := range []struct {
		name, dir string
		files     []string
	}{
		{"shelf", m.Dir, append(slices.Clone(registeredFiles), ModelFile)},
		{"export", export, registeredFiles},
	} {
		entries, err := os.ReadDir(place.dir)
		mustNot(t, err)
		must(t, len(entries) == len(place.files), "%s holds %d files, not %d", place.name, len(entries), len(place.files))
		for _, name := range place.files {
			t.Run(place.name+"/"+name, func(t *testing.T) {
				flipEach(t, place.dir, name, func(t *testing.T, at int) {
					rep := verify(t, place.dir, r.reader(), VerifyOptions{})
					must(t, !rep.Verified && len(rep.Differences) > 0, "byte %d: not found", at)
					for _, d := range rep.Differences {
						must(t, d.File == name && d.Want != d.Got, "byte %d: %+v", at, d)
					}
					must(t, rep.Advice != "", "no advice")
					found, err := w.shelf.Get("Bike helper")
					must(t, err == nil && found.Digest == m.Digest, "byte %d: its name is lost: %v", at, err)
				})
			})
		}
		rep := verify(t, place.dir, r.reader(), VerifyOptions{})
		must(t, rep.Verified, "the test left something behind: %+v", rep.Differences)
	}
}

// flipEach flips one bit at many places of a file, the first and the last byte
// among them, and puts the byte back.
func flipEach(t *testing.T, dir, name string, look func(t *testing.T, at int)) {
	t.Helper()
	path := filepath.Join(dir, name)
	good, err := os.ReadFile(path)
	mustNot(t, err)
	places := []int{0, len(good) - 1, len(good) / 2}
	step := max(1, len(good)/25)
	if name == PublicationFile {
		step = 1 // every byte: it is what points at the chain
	}
	for at := 1; at < len(good); at += step {
		places = append(places, at)
	}
	for i, at := range places {
		bad := bytes.Clone(good)
		bad[at] ^= 1 << (i % 8)
		mustNot(t, os.WriteFile(path, bad, 0o644))
		look(t, at)
	}
	mustNot(t, os.WriteFile(path, good, 0o644))
}

// Without a network every file but the publication can still be told apart; a
// publication that nothing confirms is named beside the card at worst.
func TestFlippedBytesWithoutANetwork(t *testing.T) {
	w, r := newWorld(t), newRegistry(t)
	m := r.publish(t, w, w.add(t).Digest, nil)
	export := filepath.Join(t.TempDir(), "export")
	_, err := w.shelf.Export(context.Background(), m.Digest, export)
	mustNot(t, err)
	for _, name := range registeredFiles {
		t.Run(name, func(t *testing.T) {
			flipEach(t, export, name, func(t *testing.T, at int) {
				rep := verify(t, export, nil, VerifyOptions{})
				must(t, !rep.Verified && slices.ContainsFunc(rep.Differences, func(d datasets.Difference) bool { return d.File == name }),
					"byte %d: %+v", at, rep.Differences)
				for _, d := range rep.Differences {
					pair := d.File == CardFile || d.File == PublicationFile
					must(t, d.File == name || (pair && (name == CardFile || name == PublicationFile)), "byte %d: %+v", at, d)
				}
			})
		})
	}
}

func TestUnpublishedModelOnTheShelf(t *testing.T) {
	w := newWorld(t)
	m := w.add(t)
	rep := verify(t, m.Dir, nil, w.options())
	must(t, !rep.Published && !rep.Verified && len(rep.Differences) == 0 && rep.Name == "Bike helper", "%+v", rep)
	must(t, slices.Contains(rep.NotHere, "registration: the model is not registered"), "%q", rep.NotHere)
	for _, name := range append(slices.Clone(madeFiles), ModelFile) {
		flipEach(t, m.Dir, name, func(t *testing.T, at int) {
			rep := verify(t, m.Dir, nil, VerifyOptions{})
			must(t, len(rep.Differences) > 0, "%s, byte %d: not found", name, at)
			for _, d := range rep.Differences {
				must(t, d.File == name, "%s, byte %d: %+v", name, at, d)
			}
		})
	}
}

func TestUnpublishedExport(t *testing.T) {
	w := newWorld(t)
	m := w.add(t)
	out := filepath.Join(t.TempDir(), "export")
	files, err := w.shelf.Export(context.Background(), m.Digest, out)
	mustNot(t, err)
	must(t, len(files) == 6, "files %v", files)
	card, err := os.ReadFile(filepath.Join(out, CardFile))
	mustNot(t, err)
	must(t, bytes.Contains(card, []byte("Not registered on a chain")), "the card claims more")
	rep := verify(t, out, nil, VerifyOptions{})
	must(t, !rep.Published && len(rep.Differences) == 0 && rep.Name == "Bike helper", "%+v", rep)
	for _, name := range []string{AdapterFile, ConfigFile, CardFile} {
		flipEach(t, out, name, func(t *testing.T, at int) {
			rep := verify(t, out, nil, VerifyOptions{})
			must(t, slices.ContainsFunc(rep.Differences, func(d datasets.Difference) bool { return d.File == name }), "%s, byte %d: %+v", name, at, rep.Differences)
		})
	}
}

func TestMissingFilesAndLinks(t *testing.T) {
	w, r := newWorld(t), newRegistry(t)
	m := r.publish(t, w, w.add(t).Digest, nil)
	for _, name := range registeredFiles {
		if name == PublicationFile {
			continue // without it the folder is that of a model that was not registered
		}
		path := filepath.Join(m.Dir, name)
		mustNot(t, os.Rename(path, path+".away"))
		rep := verify(t, m.Dir, r.reader(), VerifyOptions{})
		must(t, !rep.Verified && len(rep.Differences) == 1 && rep.Differences[0].File == name, "%s missing: %+v", name, rep.Differences)
		if os.Symlink(path+".away", path) == nil {
			rep = verify(t, m.Dir, r.reader(), VerifyOptions{})
			must(t, !rep.Verified && rep.Differences[0].File == name, "%s a link: %+v", name, rep.Differences)
			mustNot(t, os.Remove(path))
		}
		mustNot(t, os.Rename(path+".away", path))
	}
	mustNot(t, os.Remove(filepath.Join(m.Dir, PublicationFile)))
	rep := verify(t, m.Dir, r.reader(), VerifyOptions{})
	must(t, !rep.Verified && !rep.Published, "%+v", rep)

	_, err := Verify(context.Background(), t.TempDir(), nil, VerifyOptions{})
	wantKind(t, err, KindNotFound, "no model")
	_, err = Verify(context.Background(), filepath.Join(t.TempDir(), "none"), nil, VerifyOptions{})
	wantKind(t, err, KindNotFound, "no folder")
}

func TestDataAndBaseOnThisComputer(t *testing.T) {
	w, r := newWorld(t), newRegistry(t)
	m := r.publish(t, w, w.add(t).Digest, nil)
	rows := filepath.Join(w.lib.Dir(datasets.Ref{Net: "house-style", Version: 1}), "rows.jsonl")
	good, err := os.ReadFile(rows)
	mustNot(t, err)
	for _, at := range []int{0, 40, len(good) / 2, len(good) - 1} {
		bad := bytes.Clone(good)
		bad[at] ^= 4
		mustNot(t, os.WriteFile(rows, bad, 0o644))
		rep := verify(t, m.Dir, r.reader(), w.options())
		must(t, !rep.Verified && len(rep.Differences) > 0, "byte %d: not found", at)
		for _, d := range rep.Differences {
			must(t, strings.HasPrefix(d.File, "house-style@1/rows.jsonl"), "byte %d: %+v", at, d)
		}
		must(t, strings.Contains(rep.Advice, "own files are sound"), "advice %q", rep.Advice)
	}
	mustNot(t, os.WriteFile(rows, good, 0o644))

	// A version of the same name that is sound in itself, but another one.
	w2 := newWorld(t)
	path := filepath.Join(w2.dir, "other.jsonl")
	mustNot(t, os.WriteFile(path, []byte(`{"messages":[{"role":"user","content":"q"},{"role":"assistant","content":"a"}]}`+"\n"), 0o644))
	mustNot(t, os.RemoveAll(filepath.Join(w2.dir, "datanets", "bike-shop")))
	_, err = w2.lib.Import(context.Background(), path, datasets.ImportOptions{Name: "bike-shop"})
	mustNot(t, err)
	rep := verify(t, m.Dir, r.reader(), VerifyOptions{Library: w2.lib})
	must(t, !rep.Verified && len(rep.Differences) == 1 && rep.Differences[0].File == "bike-shop@1/rows.jsonl", "%+v", rep.Differences)

	weights := filepath.Join(w.base.Dir, "model.safetensors")
	mustNot(t, os.WriteFile(weights, []byte("weightz"), 0o644))
	opt := w.options()
	opt.Bases = training.NewBaseShelf(w.bases.Dir()) // a fresh program: nothing cached
	rep = verify(t, m.Dir, r.reader(), opt)
	must(t, !rep.Verified && len(rep.Differences) == 1 && rep.Differences[0].File == "base Tiny-Chat@r1" && strings.Contains(rep.Differences[0].Got, "model.safetensors"), "%+v", rep.Differences)
}

func TestOtherNetworksAndOtherPeople(t *testing.T) {
	w, r := newWorld(t), newRegistry(t)
	m := r.publish(t, w, w.add(t).Digest, nil)
	elsewhere := newRegistry(t)
	rep := verify(t, m.Dir, elsewhere.reader(), VerifyOptions{})
	must(t, !rep.Verified && len(rep.Differences) == 1 && rep.Differences[0].File == PublicationFile && strings.Contains(rep.Differences[0].Want, "genesis"), "%+v", rep.Differences)

	// A network that does not answer is no difference, and no proof.
	rep = verify(t, m.Dir, silent{}, VerifyOptions{})
	must(t, !rep.Verified && !rep.OnChain && len(rep.Differences) == 0 && strings.Contains(strings.Join(rep.NotHere, " "), "did not answer"), "%+v", rep)

	// Somebody registers our manifest in their own name and points at that.
	thief := chaintest.NewKey(t)
	_, err := r.Chain.Faucet(context.Background(), thief.Address, big.NewInt(1e18))
	mustNot(t, err)
	theirs := &registry{Dev: &chaintest.Dev{Chain: r.Chain, Client: r.Client, Outbox: r.Outbox, Store: r.Store, Key: thief}, models: r.models}
	call, out := theirs.register2(t, m.Manifest)
	stolen := *m.Publication
	stolen.ID, stolen.Tx = out, call
	raw, err := datasets.CanonicalJSON(stolen)
	mustNot(t, err)
	export := filepath.Join(t.TempDir(), "stolen")
	_, err = w.shelf.Export(context.Background(), m.Digest, export)
	mustNot(t, err)
	mustNot(t, os.WriteFile(filepath.Join(export, PublicationFile), raw, 0o644))
	rep = verify(t, export, r.reader(), VerifyOptions{})
	must(t, !rep.Verified && !rep.OnChain, "a copied registration verifies")
	must(t, slices.ContainsFunc(rep.Differences, func(d datasets.Difference) bool {
		return d.File == ManifestFile && d.Want == "creator "+thief.Address.Hex()
	}), "%+v", rep.Differences)
}

func (r *registry) register2(t *testing.T, digest datasets.Digest) (tx string, id uint64) {
	t.Helper()
	// An intent of its own: the same manifest by another account is another act.
	call := chain.RegisterModel(r.models, r.Key.Address, common.Hash(digest.Bytes()), nil, 0, common.Hash{})
	rec, out := r.Do(t, call, "again "+r.Key.Address.Hex())
	return rec.Hash.Hex(), out.Model
}

func TestParentsAreThoseOfTheChain(t *testing.T) {
	w, r := newWorld(t), newRegistry(t)
	first := r.publish(t, w, w.add(t).Digest, nil)
	second, err := w.shelf.Add(context.Background(), w.run(t, 15, weightsText+"more"))
	mustNot(t, err)
	must(t, second.Name == "Bike helper 2", "name %q", second.Name)
	p := *first.Publication
	parent := Parent{ChainID: p.ChainID, Genesis: p.Genesis, Contract: p.Contract, ID: p.ID}
	second = r.publish(t, w, second.Digest, []Parent{parent})
	rep := verify(t, second.Dir, r.reader(), w.options())
	must(t, rep.Verified, "%+v", rep.Differences)

	g, err := w.shelf.Graph(second.Digest, &rep)
	mustNot(t, err)
	must(t, len(g.Nodes) == 5 && len(g.Edges) == 4, "%+v", g)
	for _, n := range g.Nodes {
		switch n.Kind {
		case NodeParent:
			must(t, n.Title == "Bike helper" && n.Model == string(first.Digest) && n.State == StateUnknown, "%+v", n)
		default:
			must(t, n.State == StateEqual, "%+v", n)
		}
	}
	must(t, g.Edges[1].Label == "70 %" && g.Nodes[2].Lines[0] == "70 % · own rows · private, digest only", "%+v", g.Nodes[2])
	g, err = w.shelf.Graph(first.Digest, nil)
	mustNot(t, err)
	last := g.Nodes[len(g.Nodes)-1]
	must(t, last.Kind == NodeChild && last.Title == "Bike helper 2" && last.Column == ColumnOf, "%+v", last)
	for _, n := range g.Nodes {
		must(t, n.State == StateUnknown, "unchecked, but shown as %s: %+v", n.State, n)
	}

	// A damaged file shows on its box.
	mustNot(t, os.WriteFile(filepath.Join(second.Dir, AdapterFile), []byte("x"), 0o644))
	rep = verify(t, second.Dir, r.reader(), w.options())
	g, err = w.shelf.Graph(second.Digest, &rep)
	mustNot(t, err)
	must(t, g.Nodes[0].State == StateDiffers && g.Nodes[0].Problem == "1 difference: "+AdapterFile, "%+v", g.Nodes[0])
}

func TestADamagedModelHasAGraph(t *testing.T) {
	w := newWorld(t)
	m := w.add(t)
	for _, name := range []string{ModelFile, MetricsFile, DataFile} {
		path := filepath.Join(m.Dir, name)
		good, err := os.ReadFile(path)
		mustNot(t, err)
		mustNot(t, os.WriteFile(path, []byte("{"), 0o644))
		g, err := w.shelf.Graph(m.Digest, nil)
		mustNot(t, err)
		must(t, g.Nodes[0].Kind == NodeModel && g.Nodes[0].State == StateDiffers, "%s: %+v", name, g.Nodes)
		mustNot(t, os.WriteFile(path, good, 0o644))
	}
}

// silent is a network that is down.
type silent struct{}

var errDown = errors.New("connection refused")

func (silent) Chain(context.Context) (uint64, string, uint64, error) { return 0, "", 0, errDown }
func (silent) Listed(datasets.Address) (bool, bool)                  { return false, false }
func (silent) Model(context.Context, datasets.Address, uint64) (ModelRecord, bool, error) {
	return ModelRecord{}, false, errDown
}

func (silent) RegisteredBy(context.Context, datasets.Address, string) (Registration, bool, error) {
	return Registration{}, false, errDown
}

func TestVerifyEndsWithItsContext(t *testing.T) {
	w := newWorld(t)
	m := w.add(t)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err := Verify(ctx, m.Dir, nil, w.options())
	must(t, errors.Is(err, context.Canceled), "%v", err)
}
