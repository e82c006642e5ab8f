package main

import (
	"context"
	"iter"

	"github.com/modelfactory/modelfactory/chain"
	"github.com/modelfactory/modelfactory/chain/lineage"
	"github.com/modelfactory/modelfactory/cmd/internal/studio"
	"github.com/modelfactory/modelfactory/datasets"
	"github.com/modelfactory/modelfactory/ui/datanetscreen"
)

// netServices is the catalogue of DataNets and own data.
type netServices struct{ st *studio.Studio }

func (n netServices) Nets(ctx context.Context) ([]datanetscreen.Net, error) {
	views, err := n.st.Nets(ctx)
	nets := make([]datanetscreen.Net, len(views))
	for i, v := range views {
		nets[i] = datanetscreen.Net(v)
	}
	return nets, err
}

func (n netServices) Net(ctx context.Context, s datasets.Slug) (datanetscreen.Net, error) {
	v, err := n.st.Net(ctx, s)
	return datanetscreen.Net(v), err
}

func (n netServices) Models(ctx context.Context) ([]lineage.Model, error) {
	return modelServices{n.st}.Models(ctx)
}

func (n netServices) Rows(ref datasets.Ref) iter.Seq2[datasets.Entry, error] {
	return n.st.Library.Rows(ref)
}

func (n netServices) Preview(ctx context.Context, path string, opt datasets.ImportOptions, rows int) (datasets.Preview, error) {
	return datasets.PreviewFile(ctx, path, opt, rows)
}

func (n netServices) Import(ctx context.Context, path string, opt datasets.ImportOptions) (datasets.ImportReport, error) {
	return n.st.Library.Import(ctx, path, opt)
}

func (n netServices) Verify(ctx context.Context, ref datasets.Ref, progress func(done, total int64)) (datanetscreen.Report, error) {
	r, err := n.st.VerifyNet(ctx, ref, progress)
	return datanetscreen.Report(r), err
}

func (n netServices) Accounts(context.Context) []string {
	var out []string
	for _, a := range n.st.Vault.Accounts() {
		out = append(out, a.Address.Hex())
	}
	return out
}

func (n netServices) Network(context.Context) chain.Profile { return n.st.Network() }
