package main

import (
	"context"
	"fmt"

	"github.com/modelfactory/modelfactory/chain/lineage"
	"github.com/modelfactory/modelfactory/cmd/internal/studio"
	"github.com/modelfactory/modelfactory/datasets"
	"github.com/modelfactory/modelfactory/training"
	"github.com/modelfactory/modelfactory/training/ollama"
	"github.com/modelfactory/modelfactory/training/protocol"
	"github.com/modelfactory/modelfactory/ui/modelscreen"
)

// modelServices is the shelf of models, chat and verification.
type modelServices struct{ *studio.Studio }

// Models lists the shelf; a run that just ended is on it.
func (m modelServices) Models(ctx context.Context) ([]lineage.Model, error) {
	if err := m.Settle(ctx); err != nil {
		return nil, err
	}
	return m.Studio.Models.List()
}

func (m modelServices) Model(ctx context.Context, id string) (lineage.Model, error) {
	if err := m.Settle(ctx); err != nil {
		return lineage.Model{}, err
	}
	return m.Studio.Models.Get(id)
}

func (m modelServices) Card(_ context.Context, id datasets.Digest) ([]byte, error) {
	return m.Studio.Models.Card(id)
}

func (m modelServices) Export(ctx context.Context, id datasets.Digest, dir string) ([]lineage.File, error) {
	return m.Studio.Models.Export(ctx, id, dir)
}

func (m modelServices) ExportAs(ctx context.Context, id datasets.Digest, format, dir string, progress func(string, int64, int64)) (training.Exported, error) {
	if format != protocol.FormatPEFT { // without a trainer that one is not compared, and says so
		if err := m.EnsureTrainer(ctx, func(text string, args ...any) { progress(fmt.Sprintf(text, args...), 0, 0) }); err != nil {
			return training.Exported{}, err
		}
	}
	return m.Studio.Export(ctx, studio.ExportSpec{Model: id, Format: format, Dir: dir}, progress)
}

func (m modelServices) Rename(_ context.Context, id datasets.Digest, name string) error {
	return m.Studio.Models.Rename(id, name)
}

func (m modelServices) Graph(_ context.Context, id datasets.Digest, report *lineage.Report) (lineage.Graph, error) {
	return m.Studio.Models.Graph(id, report)
}

func (m modelServices) OpenChat(ctx context.Context, model lineage.Model) (modelscreen.Chat, error) {
	return m.Studio.Chat(ctx, model)
}

func (m modelServices) Ollama() (modelscreen.Ollama, error) { return ollama.FromEnvironment() }

// WatchModels says when a run or a registration may have changed a model.
func (m modelServices) WatchModels() (<-chan struct{}, func()) {
	runs, stopRuns := m.Runs.WatchAll()
	txs, stopTxs := m.Outbox.Watch()
	return merge(runs, txs, func() { stopRuns(); stopTxs() })
}
