package modelscreen

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"

	"github.com/modelfactory/modelfactory/chain"
	"github.com/modelfactory/modelfactory/chain/lineage"
	"github.com/modelfactory/modelfactory/datasets"
	"github.com/modelfactory/modelfactory/training"
	"github.com/modelfactory/modelfactory/training/ollama"
	"github.com/modelfactory/modelfactory/training/protocol"
)

func clock() time.Time { return time.Date(2026, 11, 21, 10, 30, 0, 0, time.UTC) }

const digest = datasets.Digest("c7f5aa11bb22cc33dd44ee55ff6600112233445566778899aabbccddeeff0d26")

var mine = common.HexToAddress("0x7A3f5e0c8B6d4417aF12c0De9bA4467D220191Ce")

// helper3 is the model of the story, its folder on disk.
func helper3(t *testing.T) lineage.Model {
	t.Helper()
	dir := t.TempDir()
	for name, size := range map[string]int{lineage.AdapterFile: 40_400_000, lineage.ConfigFile: 812, lineage.RecipeFile: 640, lineage.DataFile: 4210, lineage.MetricsFile: 910, lineage.CardFile: 2300} {
		f, err := os.Create(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(f.Truncate(int64(size)), f.Close()); err != nil {
			t.Fatal(err)
		}
	}
	files := adapterFiles(t, dir)
	eval := 1.47
	return lineage.Model{
		Digest: digest, Name: "Bike helper 3", Dir: dir, Base: "Qwen3-0.6B@c1899de", RunNumber: 14, Created: clock().Add(-6 * time.Minute), Bytes: 40_408_872,
		Data: []lineage.DataUse{
			{Net: "bicycle-workshop", Title: "Bicycle Workshop", Version: 4, WeightPPM: 700_000},
			{Net: "polite-support", Title: "Polite Support", Version: 2, WeightPPM: 200_000},
			{Net: "shop-emails", Title: "Shop emails 2025", Version: 1, WeightPPM: 100_000, Private: true},
		},
		Metrics: lineage.Metrics{State: "finished", Steps: 264, FirstLoss: 2.91, LastLoss: 1.32, EvalLoss: &eval, Files: files},
	}
}

var blank sync.Map // digests of the story's files by their name

// adapterFiles are the digests of the adapter in dir, which are the same in all stories.
func adapterFiles(t *testing.T, dir string) lineage.AdapterFiles {
	t.Helper()
	digest := func(name string) datasets.Digest {
		if d, ok := blank.Load(name); ok {
			return d.(datasets.Digest)
		}
		d, err := datasets.FileDigest(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		blank.Store(name, d)
		return d
	}
	return lineage.AdapterFiles{Config: digest(lineage.ConfigFile), Weights: digest(lineage.AdapterFile)}
}

func published(m lineage.Model) lineage.Model {
	m.Publication = &lineage.Publication{ChainID: 1612, Contract: "0x91b400000000000000000000000000000000cccc", ID: 412, Manifest: "4e9a" + string(digest[4:]), Tx: "0x88" + string(digest[2:])}
	return m
}

// studio answers from memory.
type studio struct {
	models    []lineage.Model
	err       error
	chatErr   error
	chat      *script
	server    *server
	account   common.Address
	exported  string // folder, and format
	format    string
	exporting func()
	exportErr error
	renamed   string
	opened    int
	card      string
	waiting   bool
}

func newStudio(models ...lineage.Model) *studio {
	return &studio{models: models, chat: &script{}, account: mine, card: "---\nlicense: other\n---\n\n# Bike helper 3\n\nA LoRA adapter for Qwen3-0.6B. ![x](http://far/x.png)\n\n## Data\n\n| DataNet | Rows |\n|---|---:|\n| Bicycle \\| Workshop | 2480 |\n\n- Merkle root: `8c1f`\n"}
}

func (s *studio) Models(context.Context) ([]lineage.Model, error) { return s.models, s.err }
func (s *studio) Model(_ context.Context, id string) (lineage.Model, error) {
	for _, m := range s.models {
		if string(m.Digest) == id {
			return m, s.err
		}
	}
	return lineage.Model{}, &lineage.Error{Kind: "not_found", Message: "there is no model " + id, Next: "Look under Models."}
}

func (s *studio) Card(context.Context, datasets.Digest) ([]byte, error) { return []byte(s.card), nil }

// compared is what the trainer found of an 8-bit GGUF.
var compared = protocol.ExportCheck{
	Reader: "transformers 5.23.0 (GGUF)", Positions: 187, Relative: 0.069, KL: 0.0041, SameNext: 0.973, AdapterShare: 0.99995, Bound: "kl", Limit: 0.02,
	Answers: []protocol.ExportAnswer{
		{Prompt: question, Run: story["model"], Export: story["model"]},
		{Prompt: "How often does the chain want oil?", Run: "Every 200 km, and after each wash.", Export: "Every 200 km and after each wash."},
	},
}

func (s *studio) ExportAs(_ context.Context, _ datasets.Digest, format, dir string, progress func(string, int64, int64)) (training.Exported, error) {
	s.exported, s.format = dir, format
	progress(protocol.PhaseSaving, 60_000_000, 144_000_000)
	if s.exporting != nil {
		s.exporting()
	}
	out := training.Exported{Format: format, Files: []protocol.BaseFile{{Path: "bike-helper-3-q8_0.gguf", Bytes: 144_000_000}}, Check: &compared}
	if format == "ollama" {
		out.Ollama = "studio/bike-helper-3:c7f5aa11"
	}
	if format == "peft" {
		out.Check, out.NotChecked = nil, "the base Qwen3-0.6B@c1899de of this model is not on this computer"
	}
	return out, s.exportErr
}

func (s *studio) Rename(_ context.Context, _ datasets.Digest, name string) error {
	if strings.TrimSpace(name) == "" {
		return &lineage.Error{Kind: "usage", Message: "a model needs a name", Next: "Type one."}
	}
	s.renamed, s.models[0].Name = name, name
	return nil
}

func (s *studio) OpenChat(context.Context, lineage.Model) (Chat, error) {
	s.opened++
	return s.chat, s.chatErr
}

func (s *studio) Ollama() (Ollama, error) {
	if s.server == nil {
		return nil, errors.New("nobody answers")
	}
	return s.server, nil
}

func (s *studio) Network() chain.Profile {
	return chain.Profile{Title: "OpenLedger", ChainID: 1612, Coin: "OPEN"}
}
func (s *studio) Account() common.Address { return s.account }
func (s *studio) Publishing(context.Context, lineage.Model) (bool, error) {
	return s.waiting, nil
}
func (s *studio) WatchModels() (<-chan struct{}, func()) { return nil, func() {} }

// script is a chat that answers with what the story says.
type script struct {
	asked  []protocol.Control
	closed int
	err    error
	during func() // called after the first token
}

var story = map[string]string{
	"base":  "There could be many reasons why your brakes squeal in the rain. You should check the brake pads, the rotor and the cable. If the problem persists, please consult a professional.",
	"model": "Wet rims let pads vibrate. Clean rim and pads with alcohol, then toe the pads in: the front edge should touch about 1 mm before the rear. If the pads are hard and shiny, sand or replace them.",
}

func (s *script) Ask(ctx context.Context, ask protocol.Control, onToken func(string)) (protocol.Answer, error) {
	s.asked = append(s.asked, ask)
	words := strings.SplitAfter(story[ask.Which], " ")
	for i, w := range words {
		onToken(w)
		if i == 8 && s.during != nil {
			s.during()
		}
		if ctx.Err() != nil {
			return protocol.Answer{Which: ask.Which, Text: strings.Join(words[:i+1], ""), Tokens: i + 1, Seconds: 0.2, Finish: "cancelled"}, s.err
		}
	}
	return protocol.Answer{Which: ask.Which, Text: story[ask.Which], Tokens: len(words), Seconds: 0.52, Finish: "stop"}, s.err
}
func (s *script) Close() { s.closed++ }

// server is an Ollama server.
type server struct {
	models []ollama.Model
	asked  string
}

func (s *server) Version(context.Context) (string, error)        { return "0.34.1", nil }
func (s *server) Models(context.Context) ([]ollama.Model, error) { return s.models, nil }
func (s *server) Chat(_ context.Context, model string, _ protocol.Control, onToken func(string)) (protocol.Answer, error) {
	s.asked = model
	onToken("Brakes squeal when wet.")
	return protocol.Answer{Text: "Brakes squeal when wet.", Tokens: 6, Seconds: 0.4, Finish: "stop"}, nil
}
