package main

import (
	"context"
	"io/fs"
	"path/filepath"
	"time"

	"github.com/modelfactory/modelfactory/chain"
	"github.com/modelfactory/modelfactory/cmd/internal/studio"
	"github.com/modelfactory/modelfactory/ui/settingscreen"
)

// settingServices is storage, trainer, networks and the wallet's lock time.
type settingServices struct {
	trainerServices
	st *studio.Studio
}

// Storage measures the folders; it walks them, so it takes as long as they are large.
func (s settingServices) Storage(ctx context.Context) (settingscreen.Storage, error) {
	home, runtime := s.st.Home, s.st.Runtime.Dir()
	out := settingscreen.Storage{Free: s.st.Runtime.Doctor(ctx).Disk}
	for _, f := range []settingscreen.Folder{
		{Title: "DataNets", Path: filepath.Join(home, "datanets")},
		{Title: "Runs", Path: filepath.Join(home, "runs")},
		{Title: "Models", Path: filepath.Join(home, "models")},
		{Title: "Chain", Path: filepath.Join(home, "chain")},
		{Title: "Trainer", Path: filepath.Join(runtime, "python")},
		{Title: "Bases", Path: filepath.Join(runtime, "bases")},
		{Title: "Logs", Path: filepath.Join(home, "logs")},
	} {
		bytes, err := folderSize(ctx, f.Path)
		if err != nil {
			return out, err
		}
		f.Bytes = bytes
		out.Folders = append(out.Folders, f)
	}
	return out, nil
}

func folderSize(ctx context.Context, dir string) (int64, error) {
	var total int64
	err := filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil {
			return nil // a folder that is not there, or a file that just went, has no size
		}
		if d.Type().IsRegular() {
			if info, err := d.Info(); err == nil {
				total += info.Size()
			}
		}
		return ctx.Err()
	})
	return total, err
}

func (s settingServices) Networks(ctx context.Context) ([]chain.Profile, error) {
	return s.st.Networks(ctx)
}
func (s settingServices) Network(context.Context) chain.Profile { return s.st.Network() }
func (s settingServices) ChainStatus(ctx context.Context) (chain.Status, error) {
	return s.st.ChainStatus(ctx)
}

func (s settingServices) UseNetwork(ctx context.Context, name string) error {
	return s.st.UseNetwork(ctx, name)
}

// Probe reaches a network once and says what answered.
func (s settingServices) Probe(ctx context.Context, p chain.Profile) (chain.Profile, chain.Status, error) {
	c, err := chain.Dial(ctx, p)
	if err != nil {
		return p, chain.Status{}, err
	}
	defer c.Close()
	status, err := c.Status(ctx)
	return c.Profile(), status, err
}

func (s settingServices) AddNetwork(ctx context.Context, p chain.Profile) error {
	n := studio.NetworkConfig{Name: p.Name, Title: p.Title, ChainID: p.ChainID, URL: p.URL, Coin: p.Coin}
	for _, r := range p.Registries {
		n.Registries = append(n.Registries, studio.RegistryConfig{
			Title: r.Title, Models: r.Models.Hex(), DataNets: r.DataNets.Hex(), Licences: r.Licences.Hex(),
		})
	}
	return s.st.AddNetwork(ctx, n)
}

func (s settingServices) AutoLock(context.Context) time.Duration { return s.st.AutoLock() }

func (s settingServices) SetAutoLock(_ context.Context, d time.Duration) error {
	return s.st.SetAutoLock(d)
}

func (s settingServices) Wallet(context.Context) bool { return s.st.Vault.Exists() }
