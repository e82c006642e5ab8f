package verbs

import (
	"context"
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/modelfactory/modelfactory/chain"
	"github.com/modelfactory/modelfactory/cmd/internal/studio"
	"github.com/modelfactory/modelfactory/datasets"
)

func netVerbs() []*verb {
	const shape = `{"id","title","licence","terms","price","standing":{"state","until","reason"},"versions":[{"version","rows","root","digest"}],"contributors":[{"address","rows"}],…}`
	return []*verb{
		{path: "net list", args: "[--usable]", short: "DataNets and own datasets", json: `{"nets":[` + shape + `]}`, setup: netList},
		{path: "net show", args: "NET", short: "one DataNet: licence, versions, contributors, sample rows", json: `{"net":` + shape + `}`, setup: netShow},
		{
			path: "net license", args: "NET [--extend]", short: "buy the licence of a DataNet in OPEN", json: `{"licence":{"net","until","state","tx","hash","block"}}`,
			more: "A licence that is held already is shown and not bought twice, so that the line can be repeated; --extend buys on.", setup: netLicense,
		},
		{path: "net verify", args: "NET[@VERSION] [--row FILE]", short: "recompute a version's digests and root and compare them with the chain", json: `{"verified":bool,"differences":[{"file","want","got"}],"on_chain":bool}`, setup: netVerify},
	}
}

func netDoc(v studio.NetView) map[string]any {
	n := v.DataNet
	versions := []map[string]any{}
	for _, x := range n.Versions {
		versions = append(versions, map[string]any{
			"version": x.Number, "rows": x.Rows, "bytes": x.Bytes, "root": x.Root, "digest": x.Digest, "rows_sha256": x.RowsSHA256, "published": x.Published,
		})
	}
	d := map[string]any{
		"id": n.Slug, "title": n.Title, "summary": n.Summary, "licence": n.SPDX, "terms": n.Terms.Lines(), "price": wei(n.Terms.Price), "days": n.Terms.Days,
		"revenue_ppm": n.Terms.RevenuePPM, "owner": n.Owner, "private": n.Private, "sample": n.Sample, "versions": versions, "contributors": list(n.Contributors),
		"standing": map[string]any{"state": v.Standing.State, "reason": v.Standing.Reason, "block": v.Standing.Block},
	}
	if !v.Standing.Until.IsZero() {
		d["standing"].(map[string]any)["until"] = v.Standing.Until
	}
	if v.Chain != nil {
		d["chain"] = v.Chain
	}
	if v.Damaged != "" {
		d["damaged"] = v.Damaged
	}
	return d
}

func netList(fs *flag.FlagSet) func(context.Context, *Call) error {
	usable := fs.Bool("usable", false, "only what can be used now")
	return func(ctx context.Context, c *Call) error {
		nets, err := c.Studio.Nets(ctx)
		if err != nil {
			return err
		}
		if *usable {
			nets = slices.DeleteFunc(nets, func(n studio.NetView) bool { return !n.Standing.Usable() })
		}
		return c.Print(map[string]any{"nets": docs(nets, netDoc)}, func(w io.Writer) {
			for _, n := range nets {
				if n.Damaged != "" {
					fmt.Fprintf(w, "%-22s damaged: mf net verify %s says where\n", n.Slug, n.Slug)
					continue
				}
				price := "free"
				if n.Terms.Price != nil && n.Terms.Price.Sign() > 0 {
					price = chain.FormatAmount(n.Terms.Price) + " " + c.Studio.NetworkOf(ctx).Coin
				}
				fmt.Fprintf(w, "%-22s %5d rows  v%-3d %-16s %-14s %s\n", n.Slug, n.Newest().Rows, n.Newest().Number, n.SPDX, price, strings.ReplaceAll(n.Standing.State, "_", " "))
			}
		})
	}
}

func (c *Call) net(ctx context.Context) (studio.NetView, datasets.Ref, error) {
	name, err := c.one("NET")
	if err != nil {
		return studio.NetView{}, datasets.Ref{}, err
	}
	ref, err := datasets.ParseRef(name)
	if err != nil {
		return studio.NetView{}, ref, err
	}
	v, err := c.Studio.Net(ctx, ref.Net)
	return v, ref, err
}

func netShow(fs *flag.FlagSet) func(context.Context, *Call) error {
	rows := countFlag(fs, "rows", 2, "how many sample rows to show")
	return func(ctx context.Context, c *Call) error {
		v, ref, err := c.net(ctx)
		if err != nil {
			return err
		}
		var sample []datasets.Row
		for e, err := range c.Studio.Library.Rows(ref) {
			if err != nil {
				return err
			}
			if len(sample) >= *rows {
				break
			}
			sample = append(sample, e.Row)
		}
		doc := netDoc(v)
		doc["rows"] = list(sample)
		return c.Print(map[string]any{"net": doc, "dataset": doc}, func(w io.Writer) {
			fmt.Fprintf(w, "%s (%s)\n%s\n\n", v.Title, v.Slug, v.Summary)
			for _, l := range v.Terms.Lines() {
				fmt.Fprintf(w, "  licence   %s\n", l)
			}
			fmt.Fprintf(w, "  yours     %s %s\n", strings.ReplaceAll(v.Standing.State, "_", " "), v.Standing.Reason)
			for _, x := range v.Versions {
				fmt.Fprintf(w, "  version   %d, %d rows, root %s\n", x.Number, x.Rows, x.Root)
			}
			for _, x := range v.Contributors {
				fmt.Fprintf(w, "  from      %s, %d rows\n", x.Address, x.Rows)
			}
			fmt.Fprintln(w)
			for _, r := range sample {
				printRow(w, r)
			}
		})
	}
}

func netLicense(fs *flag.FlagSet) func(context.Context, *Call) error {
	extend := fs.Bool("extend", false, "buy on although a licence is held")
	return func(ctx context.Context, c *Call) error {
		v, ref, err := c.net(ctx)
		if err != nil {
			return err
		}
		var rec chain.TxRecord
		if v.Standing.State == datasets.StandingHeld && !*extend {
			if rec, err = c.Studio.LicenceTx(ctx, v.DataNet); err != nil {
				return err
			}
		} else {
			action, err := c.Studio.PrepareLicence(ctx, ref.Net)
			if err != nil {
				return err
			}
			if rec, err = c.sign(ctx, action); err != nil {
				return err
			}
			if v, err = c.Studio.Net(ctx, ref.Net); err != nil {
				return err
			}
		}
		return c.Print(map[string]any{"licence": map[string]any{
			"net": v.Slug, "until": v.Standing.Until, "state": v.Standing.State, "tx": rec.Hash.Hex(), "hash": rec.Hash.Hex(), "block": rec.Block,
		}}, func(w io.Writer) {
			fmt.Fprintf(w, "%s is yours until %s (%s)\n", v.Title, v.Standing.Until.Format("2 Jan 2006"), rec.Hash.Hex())
		})
	}
}

func netVerify(fs *flag.FlagSet) func(context.Context, *Call) error {
	row := fs.String("row", "", "a JSON file with one row (as in rows.jsonl): prove that it belongs to the version")
	return func(ctx context.Context, c *Call) error {
		name, err := c.one("NET")
		if err != nil {
			return err
		}
		ref, err := datasets.ParseRef(name)
		if err != nil {
			return err
		}
		var res studio.NetReport
		if *row != "" {
			res, err = c.Studio.VerifyRow(ctx, ref, c.Path(*row))
		} else {
			res, err = c.Studio.VerifyNet(ctx, ref, nil)
		}
		if err != nil {
			return err
		}
		res.Differences = list(res.Differences)
		err = c.Print(res, func(w io.Writer) {
			for _, d := range res.Differences {
				fmt.Fprintf(w, "DIFFERS  %s\n  recorded %s\n  found    %s\n", d.File, d.Want, d.Got)
			}
			switch {
			case res.Verified && res.OnChain:
				fmt.Fprintln(w, "verified, and the chain says the same")
			case res.Verified:
				fmt.Fprintln(w, "verified from its files. "+res.Note)
			default:
				fmt.Fprintln(w, "not verified. "+res.Note)
			}
		})
		if err == nil && !res.Verified {
			err = &shown{code: "refused"}
		}
		return err
	}
}
