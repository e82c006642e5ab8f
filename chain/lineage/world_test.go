package lineage

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"

	"github.com/modelfactory/modelfactory/chain"
	"github.com/modelfactory/modelfactory/chain/chaintest"
	"github.com/modelfactory/modelfactory/chain/devchain"
	"github.com/modelfactory/modelfactory/datasets"
	"github.com/modelfactory/modelfactory/training"
	"github.com/modelfactory/modelfactory/training/protocol"
)

func must(t testing.TB, ok bool, format string, args ...any) {
	t.Helper()
	if !ok {
		t.Fatalf(format, args...)
	}
}

func mustNot(t testing.TB, err error) { t.Helper(); must(t, err == nil, "%v", err) }

func wantKind(t testing.TB, err error, kind, part string) {
	t.Helper()
	e, ok := errors.AsType[*Error](err)
	must(t, ok && e.Kind == kind && strings.Contains(e.Error(), part), "want %s with %q, got %v", kind, part, err)
}

// world is a data folder without a studio: two DataNets, a base, a run that
// ended, and a shelf.
type world struct {
	dir   string
	lib   *datasets.Library
	bases *training.BaseShelf
	base  training.Base
	shelf *Shelf
}

func newWorld(t testing.TB) *world {
	t.Helper()
	dir := t.TempDir()
	w := &world{dir: dir, bases: training.NewBaseShelf(filepath.Join(dir, "bases"))}
	var err error
	w.lib, err = datasets.OpenLibrary(filepath.Join(dir, "datanets"))
	mustNot(t, err)
	for _, name := range []string{"bike-shop", "house-style"} {
		var rows strings.Builder
		for i := range 12 {
			fmt.Fprintf(&rows, `{"messages":[{"role":"user","content":"%s question %d?"},{"role":"assistant","content":"Answer %d."}]}`+"\n", name, i, i)
		}
		path := filepath.Join(dir, name+".jsonl")
		mustNot(t, os.WriteFile(path, []byte(rows.String()), 0o644))
		_, err := w.lib.Import(context.Background(), path, datasets.ImportOptions{Name: name, Title: strings.ReplaceAll(name, "-", " ")})
		mustNot(t, err)
	}
	w.shelf, err = OpenShelf(filepath.Join(dir, "models"))
	mustNot(t, err)
	w.makeBase(t)
	return w
}

const tinyConfig = `{"model_type":"llama","hidden_size":8,"intermediate_size":16,"num_hidden_layers":1,"num_attention_heads":2,"num_key_value_heads":2,"vocab_size":32,"max_position_embeddings":64}`

func (w *world) makeBase(t testing.TB) {
	t.Helper()
	dir := filepath.Join(w.bases.Dir(), "Tiny-Chat@r1")
	mustNot(t, os.MkdirAll(dir, 0o755))
	files := map[string]string{}
	for name, text := range map[string]string{"config.json": tinyConfig, "model.safetensors": "weights", "tokenizer.json": "{}"} {
		mustNot(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644))
		sum := sha256.Sum256([]byte(text))
		files[name] = hex.EncodeToString(sum[:])
	}
	raw, err := datasets.CanonicalJSON(files)
	mustNot(t, err)
	record, err := json.Marshal(map[string]any{
		"name": "Tiny-Chat", "revision": "r1", "licence": "Apache-2.0", "family": "llama", "params": 10, "digest": datasets.DigestOf(raw), "files": files,
	})
	mustNot(t, err)
	mustNot(t, os.WriteFile(filepath.Join(dir, "base.json"), record, 0o644))
	w.base, err = w.bases.Find("Tiny-Chat@r1")
	mustNot(t, err)
	must(t, w.base.Installed, "the base is not installed: %+v", w.base)
}

// run makes the folder of a run that ended, as training and trainer leave it.
func (w *world) run(t testing.TB, number int, weights string) AddSpec {
	t.Helper()
	settings := training.DefaultSettings()
	recipe := training.Recipe{Base: w.base.Ref(), Settings: settings}
	var sources []protocol.Source
	for i, name := range []string{"bike-shop", "house-style"} {
		ref, v, err := w.lib.Resolve(datasets.Ref{Net: datasets.Slug(name)})
		mustNot(t, err)
		weight := []uint32{7, 3}[i]
		recipe.Data = append(recipe.Data, training.Source{Ref: ref, WeightPPM: weight})
		sources = append(sources, protocol.Source{
			Net: name, Version: ref.Version, Path: "../../datanets/x/rows.jsonl", RowsSHA256: string(v.RowsSHA256),
			Root: string(v.Root), Digest: string(v.Digest), Rows: v.Rows, WeightPPM: weight, SPDX: "NOASSERTION",
		})
	}
	run := training.Run{
		ID: training.NewRunID(), Number: number, Name: "Bike helper", State: training.StateFinished, Recipe: recipe,
		Ended: time.Date(2026, 11, 21, 10, 52, number, 0, time.UTC),
	}
	dir := filepath.Join(w.dir, "runs", string(run.ID))
	mustNot(t, os.MkdirAll(filepath.Join(dir, "adapter"), 0o755))
	write := func(name string, v any) {
		raw, err := datasets.CanonicalJSON(v)
		mustNot(t, err)
		mustNot(t, os.WriteFile(filepath.Join(dir, name), raw, 0o644))
	}
	recipeRaw, err := recipe.Canonical()
	mustNot(t, err)
	mustNot(t, os.WriteFile(filepath.Join(dir, RecipeFile), recipeRaw, 0o644))
	write(DataFile, sources)
	config := `{"base_model_name_or_path":"Tiny-Chat@r1","r":16}`
	mustNot(t, os.WriteFile(filepath.Join(dir, "adapter", ConfigFile), []byte(config), 0o644))
	mustNot(t, os.WriteFile(filepath.Join(dir, "adapter", AdapterFile), []byte(weights), 0o644))
	mustNot(t, os.WriteFile(filepath.Join(dir, "adapter", "extra.bin"), []byte("never taken"), 0o644))
	adapter := AdapterDigest(AdapterFiles{Config: datasets.DigestOf([]byte(config)), Weights: datasets.DigestOf([]byte(weights))})
	run.AdapterDigest = adapter
	dataRaw, err := datasets.CanonicalJSON(sources)
	mustNot(t, err)
	write(receiptFile, map[string]any{
		"schema": receiptSchema, "trainer": "1.0.0", "pins_digest": strings.Repeat("ab", 32), "torch": "2.9.0", "transformers": "4.57.0",
		"peft": "0.18.0", "python": "3.12.1", "platform": "Linux x86_64", "device": "cpu", "device_name": "a processor", "threads": 1,
		"base": map[string]any{"name": "Tiny-Chat", "revision": "r1", "digest": w.base.Digest}, "state": "finished", "steps": 12,
		"tokens": 9000, "trained_tokens": 4321, "seconds": 61.5, "first_loss": 3.25, "last_loss": 0.125, "eval_loss": 0.5,
		"recipe_digest": datasets.DigestOf(recipeRaw), "data_digest": datasets.DigestOf(dataRaw), "adapter_digest": adapter,
		"proof": map[string]any{"weights_moved": true, "reread_equal": true, "answers_differ": true},
	})
	return AddSpec{Run: run, RunDir: dir, Base: w.base, Library: w.lib, Licences: map[datasets.Slug]string{"house-style": "licence 3 of 0xabc"}}
}

func (w *world) add(t testing.TB) Model {
	t.Helper()
	m, err := w.shelf.Add(context.Background(), w.run(t, 14, weightsText))
	mustNot(t, err)
	return m
}

// weightsText is long enough that first, last and middle are different things.
var weightsText = "\x10\x00\x00\x00\x00\x00\x00\x00{\"a\":[0,1]}" + strings.Repeat("0123456789abcdef", 200)

// registry is an embedded chain that models are published on.
type registry struct {
	*chaintest.Dev
	models chain.Registry
}

func newRegistry(t testing.TB) *registry {
	t.Helper()
	d := chaintest.NewDev(t, devchain.Options{})
	reg, err := d.Client.Profile().Registry()
	mustNot(t, err)
	return &registry{d, reg}
}

func (r *registry) reader() ChainReader { return FromClient(r.Client) }

// publish registers a model and notes it on the shelf.
func (r *registry) publish(t testing.TB, w *world, id datasets.Digest, parents []Parent) Model {
	t.Helper()
	_, digest, err := w.shelf.Prepare(context.Background(), id, ManifestOptions{Creator: datasets.Address(r.Key.Address.Hex()), Parents: parents})
	mustNot(t, err)
	rec, out := r.register(t, digest, parents)
	p := r.Client.Profile()
	m, err := w.shelf.Published(id, Publication{
		ChainID: p.ChainID, Genesis: p.Genesis.Hex(), Contract: r.models.Models.Hex(), ID: out.Model, Manifest: string(digest), Tx: rec.Hash.Hex(),
	})
	mustNot(t, err)
	return m
}

func (r *registry) register(t testing.TB, digest datasets.Digest, parents []Parent) (chain.TxRecord, chain.Outcome) {
	t.Helper()
	var ids []uint64
	for _, p := range parents {
		ids = append(ids, p.ID)
	}
	call := chain.RegisterModel(r.models, r.Key.Address, common.Hash(digest.Bytes()), ids, 0, common.Hash{})
	rec, out := r.Do(t, call, "publish "+string(digest))
	must(t, out.Model > 0 && !out.Failed, "not registered: %+v", out)
	return rec, out
}

func (w *world) options() VerifyOptions {
	return VerifyOptions{Library: w.lib, Bases: w.bases, Trainer: ManifestTrainer{Version: "1.0.0", Pins: datasets.Digest(strings.Repeat("ab", 32))}}
}

func verify(t testing.TB, dir string, r ChainReader, opt VerifyOptions) Report {
	t.Helper()
	rep, err := Verify(context.Background(), dir, r, opt)
	mustNot(t, err)
	return rep
}
