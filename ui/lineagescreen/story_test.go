package lineagescreen

import (
	"context"
	"strings"
	"time"

	"github.com/modelfactory/modelfactory/chain"
	"github.com/modelfactory/modelfactory/chain/lineage"
	"github.com/modelfactory/modelfactory/datasets"
)

func clock() time.Time { return time.Date(2026, 11, 30, 9, 15, 0, 0, time.UTC) }

func dig(start string) string { return start + strings.Repeat("0", 60-len(start)) + "77c1" }

const helper = datasets.Digest("c7f50000000000000000000000000000000000000000000000000000000000d2")

var checks = []string{"Base revision", "Bicycle Workshop v4", "Polite Support v2", "Shop emails 2025 v1", "Recipe", "Trainer and pins", "Adapter", "Metrics", "Model card"}

// report is a verification of the story's model.
func report(change func(*lineage.Report)) lineage.Report {
	r := lineage.Report{
		Verified: true, Published: true, OnChain: true, Name: "Bike helper 3", Manifest: datasets.Digest(dig("4e9a")), Block: 8412077, Head: 8420001, At: clock(), Seconds: 3.1,
		Publication: &lineage.Publication{ChainID: 1612, Contract: "0x91b400000000000000000000000000000000cccc", ID: 412},
	}
	for _, c := range checks {
		r.Checked = append(r.Checked, lineage.Check{Title: c, Digest: dig("c189"), State: lineage.StateEqual})
	}
	if change != nil {
		change(&r)
	}
	return r
}

func flipped(r *lineage.Report) {
	r.Verified = false
	r.Checked[6].State = lineage.StateDiffers
	r.Differences = []datasets.Difference{{File: "adapter_model.safetensors", Want: dig("83ce"), Got: dig("d94a")}}
	r.Advice = "The file was changed after it was registered. Do not load it; ask 0x88Ad…30b1."
}

// studio answers from memory.
type studio struct {
	models   []lineage.Model
	report   lineage.Report
	err      error
	folders  []string
	verified int
	exported string
}

func newStudio(r lineage.Report) *studio {
	return &studio{report: r, models: []lineage.Model{
		{Digest: "e1", Name: "Bike helper 2", Created: clock().AddDate(0, 0, -16)},
		{Digest: helper, Name: "Bike helper 3", RunNumber: 14, Created: clock().AddDate(0, 0, -9)},
	}}
}

func (s *studio) Models(context.Context) ([]lineage.Model, error) { return s.models, nil }
func (s *studio) Graph(_ context.Context, id datasets.Digest, r *lineage.Report) (lineage.Graph, error) {
	state, problem, self := lineage.StateUnknown, "", "model:"+string(id)
	mine := state
	if r != nil {
		state, mine = lineage.StateEqual, lineage.StateEqual
		if len(r.Differences) > 0 {
			mine, problem = lineage.StateDiffers, "1 difference: adapter_model.safetensors"
		}
	}
	g := lineage.Graph{Nodes: []lineage.Node{
		{ID: self, Kind: lineage.NodeModel, Column: 1, Title: "Bike helper 3", Lines: []string{"no. 412 · run 14", "21 Nov 2026"}, Digest: dig("4e9a"), State: mine, Problem: problem, Model: string(id)},
		{ID: "base:1", Kind: lineage.NodeBase, Title: "Qwen3-0.6B", Lines: []string{"Apache-2.0"}, Digest: dig("c189"), State: state},
		{ID: "data:1", Kind: lineage.NodeData, Title: "Bicycle Workshop v4", Lines: []string{"70 % · 7 people · CC-BY-4.0"}, Digest: dig("8c1f"), State: state, Net: "bicycle-workshop@4"},
		{ID: "data:2", Kind: lineage.NodeData, Title: "Polite Support v2", Lines: []string{"20 % · 24 people · CC0-1.0"}, Digest: dig("f03e"), State: lineage.StateNotHere, Net: "polite-support@2"},
		{ID: "data:3", Kind: lineage.NodeData, Title: "Shop emails 2025 v1", Lines: []string{"10 % · own rows · private, digest only"}, Digest: dig("77d2"), State: state, Private: true, Net: "shop-emails@1"},
		{ID: "child:1", Kind: lineage.NodeChild, Column: 2, Title: "Touring helper", Lines: []string{"no. 431"}, Digest: dig("0b9d"), State: lineage.StateUnknown, Model: "e5"},
	}}
	for _, n := range g.Nodes[1:5] {
		g.Edges = append(g.Edges, lineage.Edge{From: n.ID, To: self})
	}
	g.Edges = append(g.Edges, lineage.Edge{From: self, To: "child:1"})
	return g, nil
}

func (s *studio) VerifyModel(context.Context, string) (lineage.Report, error) {
	s.verified++
	return s.report, s.err
}

func (s *studio) VerifyFolder(_ context.Context, dir string) (lineage.Report, error) {
	s.folders = append(s.folders, dir)
	return s.report, s.err
}

func (s *studio) Export(_ context.Context, _ datasets.Digest, dir string) ([]lineage.File, error) {
	s.exported = dir
	return make([]lineage.File, 8), nil
}

func (s *studio) Network() chain.Profile {
	return chain.Profile{Title: "OpenLedger", ChainID: 1612, Coin: "OPEN"}
}
func (s *studio) WatchModels() (<-chan struct{}, func()) { return nil, func() {} }
