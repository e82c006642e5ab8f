package datanetscreen

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math/big"
	"time"

	"github.com/modelfactory/modelfactory/chain"
	"github.com/modelfactory/modelfactory/chain/lineage"
	"github.com/modelfactory/modelfactory/datasets"
)

// clock stands at the moment of the story.
var clock = func() time.Time { return time.Date(2026, 11, 21, 9, 20, 0, 0, time.UTC) }

// People of the story.
var (
	main   = string(address("0x7a3f1b0c5d2e4f6a8b9c0d1e2f3a4b5c6d7e91ce"))
	people = []datasets.Address{
		address("0x5bd11111111111111111111111111111111ce07a"), address("0x9f2022222222222222222222222222222222c3bb"), datasets.Address(main),
		address("0xe6a8333333333333333333333333333333312f9c"), address("0x31cc44444444444444444444444444444444a5d0"),
	}
)

func address(hex string) datasets.Address {
	a, err := datasets.ParseAddress(hex)
	if err != nil {
		panic(err)
	}
	return a
}

// studio is Services in memory.
type studio struct {
	nets     []Net
	rows     map[datasets.Slug][]datasets.Entry
	models   []lineage.Model
	accounts []string
	network  chain.Profile
	err      error

	preview   datasets.Preview
	lookErr   error
	asked     []datasets.ImportOptions
	imported  datasets.ImportReport
	importErr error
	report    Report
	verifyErr error
	rowErr    error // after the rows
}

func (s *studio) Nets(context.Context) ([]Net, error) { return s.nets, s.err }

func (s *studio) Net(_ context.Context, slug datasets.Slug) (Net, error) {
	for _, n := range s.nets {
		if n.Slug == slug {
			return n, s.err
		}
	}
	return Net{}, &datasets.Error{Kind: datasets.KindNotFound, Message: fmt.Sprintf("there is no DataNet %q", slug), Next: "List them."}
}

func (s *studio) Models(context.Context) ([]lineage.Model, error) { return s.models, nil }
func (s *studio) Accounts(context.Context) []string               { return s.accounts }
func (s *studio) Network(context.Context) chain.Profile           { return s.network }

func (s *studio) Rows(ref datasets.Ref) iter.Seq2[datasets.Entry, error] {
	return func(yield func(datasets.Entry, error) bool) {
		for _, e := range s.rows[ref.Net] {
			if !yield(e, nil) {
				return
			}
		}
		if s.rowErr != nil {
			yield(datasets.Entry{}, s.rowErr)
		}
	}
}

func (s *studio) Preview(_ context.Context, _ string, opt datasets.ImportOptions, _ int) (datasets.Preview, error) {
	s.asked = append(s.asked, opt)
	if opt.Mapping != nil {
		return s.preview, nil
	}
	return s.preview, s.lookErr
}

func (s *studio) Import(ctx context.Context, _ string, opt datasets.ImportOptions) (datasets.ImportReport, error) {
	s.asked = append(s.asked, opt)
	opt.Progress(400, 1000)
	if s.importErr != nil && !opt.SkipBad {
		return s.imported, s.importErr
	}
	return s.imported, ctx.Err()
}

func (s *studio) Verify(ctx context.Context, ref datasets.Ref, progress func(done, total int64)) (Report, error) {
	progress(1, 2)
	r := s.report
	r.Net, r.Version = ref.Net, ref.Version
	return r, errors.Join(s.verifyErr, ctx.Err())
}

func open18(n int64) *big.Int { return new(big.Int).Mul(big.NewInt(n), big.NewInt(1e18)) }

func entry(who datasets.Address, asks, answers string) datasets.Entry {
	return datasets.Entry{Contributor: who, Row: datasets.Row{Messages: []datasets.Message{{Role: "user", Content: asks}, {Role: "assistant", Content: answers}}}}
}

func net(slug datasets.Slug, title, summary string, rows, contributors, version int, spdx string, standing string) Net {
	n := Net{DataNet: datasets.DataNet{
		Slug: slug, Title: title, Summary: summary, SPDX: spdx, Language: "en", Owner: people[0], Sample: true,
		Terms: datasets.Terms{Train: true, Serve: true, Commercial: true, Derivatives: true, PassOn: true, NameIt: true},
		Chain: &datasets.OnChain{ChainID: 1612, ID: 3, Contract: "0x6d90555555555555555555555555555555553E18"},
	}, Standing: datasets.Standing{State: standing, Block: 8_411_902}}
	left := rows
	for i := range contributors {
		share := left / 3
		if i == contributors-1 {
			share = left
		}
		left -= share
		n.Contributors = append(n.Contributors, datasets.Contributor{Address: people[i%len(people)], Rows: share})
	}
	for i := 1; i <= version; i++ {
		n.Versions = append(n.Versions, datasets.Version{
			Number: i, Rows: rows * i / version, Bytes: int64(rows) * 260, Root: datasets.Digest(fmt.Sprintf("%064x", 0x8c1f0000d2a4+i)),
			Digest: datasets.Digest(fmt.Sprintf("%064x", 0x27be000090f3+i)), Published: clock().AddDate(0, 2*(i-version), -9),
		})
	}
	return n
}

func story() *studio {
	s := &studio{accounts: []string{main}, network: chain.Profile{Name: "openledger", Title: "OpenLedger", ChainID: 1612, Coin: "OPEN"}, rows: map[datasets.Slug][]datasets.Entry{}}
	bike := net("bicycle-workshop", "Bicycle Workshop", "Repair questions, answered by mechanics", 60, 5, 4, "LicenseRef-ModelFactory-Terms", datasets.StandingNeedsLicence)
	bike.Terms = datasets.Terms{Train: true, Serve: true, Commercial: true, NameIt: true, Price: open18(12), Days: 365, RevenuePPM: 500_000}
	bike.Topics = []string{"bicycles", "repair"}
	polite := net("polite-support", "Polite Support", "Short, kind replies to shop customers", 5210, 4, 2, "LicenseRef-ModelFactory-Terms", datasets.StandingHeld)
	polite.Terms = datasets.Terms{Train: true, Serve: true, Price: open18(4), Days: 365}
	polite.Standing.Until = clock().Add(6*24*time.Hour + time.Hour)
	emails := net("shop-emails-2025", "Shop emails 2025", "", 310, 1, 1, datasets.SPDXNone, datasets.StandingOwn)
	emails.Private, emails.Sample, emails.Chain, emails.Owner, emails.Standing.Block = true, false, nil, datasets.ZeroAddress, 0
	emails.Contributors = []datasets.Contributor{{Address: datasets.ZeroAddress, Rows: 310}}
	bread := net("bread-and-dough", "Bread and Dough", "What went wrong with this loaf, and why", 1730, 2, 3, "CC-BY-4.0", datasets.StandingOpen)
	tamil := net("tamil-proverbs", "Tamil Proverbs", "Proverb, meaning, when to say it", 1288, 3, 3, "CC-BY-4.0", datasets.StandingOpen)
	tamil.Language = "ta"
	sea := net("sailing-radio", "Sailing Radio", "VHF calls, transcribed and corrected", 2118, 5, 2, "LicenseRef-ModelFactory-Terms", datasets.StandingExpired)
	sea.Terms = datasets.Terms{Train: true, Price: open18(9), Days: 90}
	sea.Standing.Until = clock().AddDate(0, 0, -18)
	ward := net("ward-handover", "Ward Handover", "Nurse handovers, names removed", 4402, 4, 5, "LicenseRef-ModelFactory-Terms", datasets.StandingNeedsLicence)
	ward.Terms = datasets.Terms{Serve: true}
	s.nets = []Net{bread, bike, polite, sea, emails, tamil, ward, {DataNet: datasets.DataNet{Slug: "broken-net", Damaged: "net.json is not JSON"}}}
	for i := range 60 {
		s.rows["bicycle-workshop"] = append(s.rows["bicycle-workshop"], entry(people[i%5], fmt.Sprintf("Gears skip on the %d smallest cogs after I changed the cable.", i+2),
			"New cable settles in. Turn the barrel adjuster at the shifter half a turn out, shift through all gears, and repeat. If more than two turns do not help, check that the hanger is straight."))
	}
	for i := range 310 {
		s.rows["shop-emails-2025"] = append(s.rows["shop-emails-2025"], entry(datasets.ZeroAddress, fmt.Sprintf("Order %d has not arrived.", i+1), "It left us yesterday and is with you on Thursday."))
	}
	seal(s, 1, "bicycle-workshop")
	seal(s, 4, "shop-emails-2025")
	s.models = []lineage.Model{{Data: []lineage.DataUse{{Net: "bicycle-workshop"}, {Net: "shop-emails-2025"}}}, {Data: []lineage.DataUse{{Net: "bicycle-workshop"}}}}
	s.preview = datasets.Preview{
		Format: datasets.FormatCSV, Reason: "a head line with two columns", Columns: []string{"question", "answer", "date"},
		Mapping: map[string]string{"question": datasets.UseUser, "answer": datasets.UseAssistant, "date": datasets.UseNone}, Rows: 200,
	}
	for i := range 200 {
		s.preview.Entries = append(s.preview.Entries, datasets.Row{Messages: []datasets.Message{{Role: "user", Content: fmt.Sprintf("Where is order %d?", i+1)}, {Role: "assistant", Content: "It left us yesterday and is with you on Thursday."}}})
	}
	done := emails.DataNet
	s.imported = datasets.ImportReport{Net: done, Rows: 310}
	return s
}

// seal gives a net's newest version the root of its rows.
func seal(s *studio, i int, slug datasets.Slug) {
	var leaves [][32]byte
	for _, e := range s.rows[slug] {
		leaf, err := datasets.Leaf(e)
		if err != nil {
			panic(err)
		}
		leaves = append(leaves, leaf)
	}
	root, err := datasets.MerkleRoot(leaves)
	if err != nil {
		panic(err)
	}
	v := s.nets[i].Versions
	v[len(v)-1].Root = datasets.Digest(fmt.Sprintf("%x", root))
}
