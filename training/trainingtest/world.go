package trainingtest

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/modelfactory/modelfactory/datasets"
	"github.com/modelfactory/modelfactory/training"
)

// BaseName is the base on the shelf of a World.
const BaseName = "tiny-test"

// World is a data folder with two small datasets, one base on the shelf, and a
// Manager over a scripted engine.
type World struct {
	Dir     string
	Store   *Store
	Engine  *Engine
	Gate    *Gate
	Library *datasets.Library
	Bases   *training.BaseShelf
	Manager *training.Manager
}

// NewWorld makes a World in a temporary folder and closes it at the end.
func NewWorld(t testing.TB) *World {
	t.Helper()
	w := &World{Dir: t.TempDir(), Store: NewStore(), Engine: &Engine{}, Gate: &Gate{}}
	lib, err := datasets.OpenLibrary(filepath.Join(w.Dir, "datanets"))
	if err != nil {
		t.Fatal(err)
	}
	w.Library = lib
	for _, name := range []string{"bike", "polite"} {
		var b strings.Builder
		for i := range 12 {
			fmt.Fprintf(&b, `{"messages":[{"role":"user","content":"%s question %d"},{"role":"assistant","content":"answer %d"}]}`+"\n", name, i, i)
		}
		path := filepath.Join(w.Dir, name+".jsonl")
		if err := os.WriteFile(path, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := lib.Import(context.Background(), path, datasets.ImportOptions{Name: name}); err != nil {
			t.Fatal(err)
		}
	}
	bases := filepath.Join(w.Dir, "bases")
	WriteBase(t, bases, BaseName, "r1")
	w.Bases = training.NewBaseShelf(bases)
	w.Restart()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		if err := w.Manager.Close(ctx); err != nil {
			t.Errorf("closing: %v", err)
		}
	})
	return w
}

// Restart gives the World a new Manager over the same folders and store, as
// after a start of the program. The earlier Manager is left as it is.
func (w *World) Restart() {
	w.Manager = training.NewManager(training.ManagerConfig{
		Dir: filepath.Join(w.Dir, "runs"), Store: w.Store, Engine: w.Engine, Gate: w.Gate, Library: w.Library, Bases: w.Bases, HolderWait: 200 * time.Millisecond,
	})
}

// Recipe is a valid recipe over both datasets.
func (w *World) Recipe() training.Recipe {
	return training.Recipe{
		Base:     BaseName,
		Data:     []training.Source{{Ref: datasets.Ref{Net: "bike"}, WeightPPM: 700_000}, {Ref: datasets.Ref{Net: "polite"}, WeightPPM: 300_000}},
		Settings: training.DefaultSettings(),
	}
}

// WriteBase puts a base on a shelf: sound files, but nothing that could train.
func WriteBase(t testing.TB, shelf, name, revision string) string {
	t.Helper()
	dir := filepath.Join(shelf, name+"@"+revision)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	files := map[string]string{
		"config.json":       `{"model_type":"llama","hidden_size":64,"intermediate_size":128,"num_hidden_layers":2,"num_attention_heads":4,"num_key_value_heads":2,"vocab_size":512,"tie_word_embeddings":true}`,
		"model.safetensors": "not really weights",
	}
	sums := map[string]datasets.Digest{}
	for n, body := range files {
		if err := os.WriteFile(filepath.Join(dir, n), []byte(body), 0o644); err != nil {
			t.Fatal(err)
		}
		sums[n] = datasets.DigestOf([]byte(body))
	}
	raw, err := datasets.CanonicalJSON(sums)
	if err != nil {
		t.Fatal(err)
	}
	record := map[string]any{"name": name, "revision": revision, "licence": "Apache-2.0", "family": "Test", "params": 123_456, "digest": datasets.DigestOf(raw), "files": sums}
	if raw, err = json.Marshal(record); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "base.json"), raw, 0o644); err != nil {
		t.Fatal(err)
	}
	return dir
}

// Gate is a licence gate that allows all but the nets that Refuse names.
type Gate struct {
	mu      sync.Mutex
	refused map[datasets.Slug]bool
	asked   int
}

// Refuse sets whether a net is refused from now on.
func (g *Gate) Refuse(net datasets.Slug, refuse bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.refused == nil {
		g.refused = map[datasets.Slug]bool{}
	}
	g.refused[net] = refuse
}

// Asked tells how often the gate was asked.
func (g *Gate) Asked() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.asked
}

// Allow refuses what Refuse named.
func (g *Gate) Allow(ctx context.Context, account string, sources []training.Source) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.asked++
	for _, s := range sources {
		if g.refused[s.Ref.Net] {
			return &training.Error{Kind: training.KindRefused, Message: fmt.Sprintf("%s needs a licence and account %q has none", s.Ref.Net, account), Next: "Get the licence.", Cause: training.FailLicence}
		}
	}
	return ctx.Err()
}
