package lineage

import (
	"bytes"
	"context"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gowebpki/jcs"

	"github.com/modelfactory/modelfactory/datasets"
)

var update = flag.Bool("update", false, "write the golden files anew")

func TestAddTakesWhatTheTrainerMade(t *testing.T) {
	w := newWorld(t)
	spec := w.run(t, 14, weightsText)
	m, err := w.shelf.Add(context.Background(), spec)
	mustNot(t, err)
	must(t, m.Digest == spec.Run.AdapterDigest && m.Name == "Bike helper" && m.Base == "Tiny-Chat@r1" && m.RunNumber == 14 && m.RunID == spec.Run.ID, "%+v", m)
	must(t, m.Created.Equal(spec.Run.Ended) && m.Bytes > 0 && m.Publication == nil && m.Manifest == "", "%+v", m)
	must(t, m.Metrics.Steps == 12 && *m.Metrics.EvalLoss == 0.5 && m.Metrics.Base.Licence == "Apache-2.0", "%+v", m.Metrics)
	must(t, len(m.Data) == 2 && m.Data[0].WeightPPM == 700_000 && m.Data[1].WeightPPM == 300_000, "%+v", m.Data)
	must(t, m.Data[0].Licence == "own" && m.Data[1].Licence == "licence 3 of 0xabc" && m.Data[0].Contributors[0].Rows == 12, "%+v", m.Data)

	entries, err := os.ReadDir(m.Dir)
	mustNot(t, err)
	names := []string{}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	want := append(slices.Clone(madeFiles), ModelFile)
	slices.Sort(want)
	must(t, slices.Equal(names, want), "files %q", names)
	for _, name := range []string{RecipeFile, DataFile, MetricsFile, ModelFile} {
		raw, err := os.ReadFile(filepath.Join(m.Dir, name))
		mustNot(t, err)
		again, err := jcs.Transform(raw)
		mustNot(t, err)
		must(t, bytes.Equal(raw, again), "%s is not canonical", name)
		must(t, !bytes.Contains(raw, []byte(w.dir)) && !bytes.Contains(raw, []byte("../")), "%s names a place on this computer", name)
	}

	// Again: the same model, also after its run's folder is gone.
	again, err := w.shelf.Add(context.Background(), spec)
	mustNot(t, err)
	must(t, again.Digest == m.Digest && again.Name == m.Name, "%+v", again)
	list, err := w.shelf.List()
	mustNot(t, err)
	must(t, len(list) == 1, "%d models", len(list))
}

func TestAddRefusesWhatWasChanged(t *testing.T) {
	for _, name := range []string{RecipeFile, DataFile, "adapter/" + AdapterFile, "adapter/" + ConfigFile} {
		w := newWorld(t)
		spec := w.run(t, 14, weightsText)
		path := filepath.Join(spec.RunDir, filepath.FromSlash(name))
		good, err := os.ReadFile(path)
		mustNot(t, err)
		for _, at := range []int{0, len(good) / 2, len(good) - 1} {
			bad := bytes.Clone(good)
			bad[at] ^= 1
			mustNot(t, os.WriteFile(path, bad, 0o644))
			_, err := w.shelf.Add(context.Background(), spec)
			wantKind(t, err, KindRefused, "is not what the trainer wrote")
		}
		mustNot(t, os.Remove(path))
		_, err = w.shelf.Add(context.Background(), spec)
		must(t, err != nil, "%s missing: taken", name)
		entries, err := os.ReadDir(w.shelf.Dir())
		mustNot(t, err)
		must(t, len(entries) == 0, "%s: left %v on the shelf", name, entries)
	}
}

func TestAddRefusesAReceiptThatProvesNothing(t *testing.T) {
	for old, changed := range map[string]string{
		`"weights_moved":true`:              `"weights_moved":false`,
		`"answers_differ":true`:             `"answers_differ":false`,
		`"adapter_digest":"`:                `"adapter_digest":"0`,
		`"steps":12`:                        `"steps":0`,
		`"schema":"modelfactory/receipt/1"`: `"schema":"modelfactory/receipt/2"`,
		`"trainer":"1.0.0"`:                 `"trainer":""`,
		`"base":{"digest":"`:                `"base":{"digest":"0`,
		`"pins_digest":"abab`:               `"pins_digest":"xbab`,
		`"seconds":61.5`:                    `"seconds": 61.5`,
	} {
		w := newWorld(t)
		spec := w.run(t, 14, weightsText)
		path := filepath.Join(spec.RunDir, receiptFile)
		raw, err := os.ReadFile(path)
		mustNot(t, err)
		must(t, bytes.Contains(raw, []byte(old)), "the receipt has no %s", old)
		mustNot(t, os.WriteFile(path, bytes.Replace(raw, []byte(old), []byte(changed), 1), 0o644))
		_, err = w.shelf.Add(context.Background(), spec)
		wantKind(t, err, KindRefused, "is not what the trainer wrote")
	}
}

func TestShelfSweepsWhatAKillLeft(t *testing.T) {
	w := newWorld(t)
	m := w.add(t)
	mustNot(t, os.MkdirAll(filepath.Join(w.shelf.Dir(), ".new-123", "adapter"), 0o755))
	again, err := OpenShelf(w.shelf.Dir())
	mustNot(t, err)
	entries, err := os.ReadDir(w.shelf.Dir())
	mustNot(t, err)
	must(t, len(entries) == 1, "%v", entries)
	got, err := again.Get(string(m.Digest))
	mustNot(t, err)
	must(t, got.Name == m.Name, "%+v", got)
}

func TestModelsAreFound(t *testing.T) {
	w := newWorld(t)
	m := w.add(t)
	two, err := w.shelf.Add(context.Background(), w.run(t, 15, weightsText+"2"))
	mustNot(t, err)
	must(t, two.Name == "Bike helper 2", "%q", two.Name)
	for _, what := range []string{string(m.Digest), string(m.Digest[:6]), strings.ToUpper(string(m.Digest[:12])), "Bike helper", "bike HELPER", string(m.RunID)} {
		got, err := w.shelf.Get(what)
		mustNot(t, err)
		must(t, got.Digest == m.Digest, "%q gave %q", what, got.Name)
	}
	for _, what := range []string{"", "bike", string(m.Digest[:5]), "../" + string(m.Digest)} {
		_, err := w.shelf.Get(what)
		wantKind(t, err, KindNotFound, "no model")
	}
	list, err := w.shelf.List()
	mustNot(t, err)
	must(t, len(list) == 2 && list[0].Digest == two.Digest, "newest first")

	mustNot(t, w.shelf.Rename(two.Digest, " Bike helper "))
	_, err = w.shelf.Get("Bike helper")
	wantKind(t, err, KindUsage, "fits several")
	for _, bad := range []string{"", "a\nb", strings.Repeat("x", 101), "a\u202eb"} {
		wantKind(t, w.shelf.Rename(two.Digest, bad), KindUsage, "name")
	}

	// A damaged folder is listed, and does not hide the others.
	mustNot(t, os.WriteFile(filepath.Join(two.Dir, ModelFile), []byte("{}"), 0o644))
	list, err = w.shelf.List()
	mustNot(t, err)
	must(t, len(list) == 2 && list[1].Damaged != "" && list[0].Damaged == "", "%+v", list)
}

func TestManifestIsTheSameEachTime(t *testing.T) {
	w := newWorld(t)
	m := w.add(t)
	opt := ManifestOptions{Creator: "0x9858EfFD232B4033E47d90003D41EC34EcaEda94"}
	man, first, err := w.shelf.Prepare(context.Background(), m.Digest, opt)
	mustNot(t, err)
	_, second, err := w.shelf.Prepare(context.Background(), m.Digest, opt)
	mustNot(t, err)
	must(t, first == second, "a second try makes another digest")
	must(t, man.Adapter == m.Digest && man.Name == m.Name && man.Creator == string(opt.Creator) && len(man.Data) == 2, "%+v", man)
	raw, err := os.ReadFile(filepath.Join(m.Dir, ManifestFile))
	mustNot(t, err)
	must(t, datasets.DigestOf(raw) == first, "another digest than the file's")
	got, err := w.shelf.Manifest(m.Digest)
	mustNot(t, err)
	again, err := got.Canonical()
	mustNot(t, err)
	must(t, bytes.Equal(again, raw), "reads back differently")

	opt.Creator = "0x6Fac4D18c912343BF86fa7049364Dd4E424Ab9C0"
	_, other, err := w.shelf.Prepare(context.Background(), m.Digest, opt)
	mustNot(t, err)
	must(t, other != first, "the creator does not count")
	for _, bad := range []datasets.Address{"", datasets.ZeroAddress, "0x9858effd232b4033e47d90003d41ec34ecaeda94"} {
		_, _, err = w.shelf.Prepare(context.Background(), m.Digest, ManifestOptions{Creator: bad})
		wantKind(t, err, KindUsage, "not complete")
	}
}

func TestOnlySoundModelsArePublished(t *testing.T) {
	w := newWorld(t)
	m := w.add(t)
	opt := ManifestOptions{Creator: "0x9858EfFD232B4033E47d90003D41EC34EcaEda94"}
	_, digest, err := w.shelf.Prepare(context.Background(), m.Digest, opt)
	mustNot(t, err)
	pub := Publication{
		ChainID: 7, Genesis: "0x" + strings.Repeat("1", 64), Contract: "0x6Fac4D18c912343BF86fa7049364Dd4E424Ab9C0",
		ID: 1, Manifest: string(digest), Tx: "0x" + strings.Repeat("2", 64),
	}
	other := pub
	other.Manifest = strings.Repeat("3", 64)
	_, err = w.shelf.Published(m.Digest, other)
	wantKind(t, err, KindRefused, "not the one of")
	for _, spoil := range []func(*Publication){
		func(p *Publication) { p.ID = 0 },
		func(p *Publication) { p.ChainID = 1 << 53 },
		func(p *Publication) { p.Contract = strings.ToLower(p.Contract) },
		func(p *Publication) { p.Tx = "0x12" },
		func(p *Publication) { p.Genesis = strings.Repeat("1", 66) },
	} {
		bad := pub
		spoil(&bad)
		_, err = w.shelf.Published(m.Digest, bad)
		wantKind(t, err, KindUsage, "not complete")
	}
	got, err := w.shelf.Published(m.Digest, pub)
	mustNot(t, err)
	must(t, got.Publication != nil && *got.Publication == pub && got.Manifest == digest, "%+v", got)
	_, err = w.shelf.Published(m.Digest, pub) // finished twice after a crash
	mustNot(t, err)
	pub.ID = 2
	_, err = w.shelf.Published(m.Digest, pub)
	wantKind(t, err, KindRefused, "registered already")
	_, _, err = w.shelf.Prepare(context.Background(), m.Digest, opt)
	wantKind(t, err, KindRefused, "registered already")

	w = newWorld(t)
	m = w.add(t)
	path := filepath.Join(m.Dir, AdapterFile)
	before, err := os.Stat(path)
	mustNot(t, err)
	mustNot(t, os.WriteFile(path, make([]byte, before.Size()), 0o644))
	mustNot(t, os.Chtimes(path, before.ModTime(), before.ModTime())) // as old and as large as it was
	_, _, err = w.shelf.Prepare(context.Background(), m.Digest, opt)
	wantKind(t, err, KindRefused, "was changed after training")
}

func TestExportNeedsAFreePlace(t *testing.T) {
	w := newWorld(t)
	m := w.add(t)
	dir := t.TempDir()
	mustNot(t, os.WriteFile(filepath.Join(dir, "mine"), nil, 0o644))
	_, err := w.shelf.Export(context.Background(), m.Digest, dir)
	wantKind(t, err, KindRefused, "not empty")
	_, err = os.Stat(filepath.Join(dir, "mine"))
	mustNot(t, err)
	_, err = w.shelf.Export(context.Background(), m.Digest, filepath.Join(dir, "mine"))
	wantKind(t, err, KindRefused, "no folder")
	info, err := os.Stat(filepath.Join(dir, "mine"))
	mustNot(t, err)
	must(t, info.Mode().IsRegular(), "a file of somebody's was replaced by a folder")
	empty := t.TempDir()
	files, err := w.shelf.Export(context.Background(), m.Digest, empty)
	mustNot(t, err)
	for _, f := range files {
		raw, err := os.ReadFile(filepath.Join(empty, f.Path))
		mustNot(t, err)
		must(t, datasets.DigestOf(raw) == f.SHA256 && int64(len(raw)) == f.Bytes, "%+v", f)
	}
	_, err = os.Stat(filepath.Join(empty, ModelFile))
	must(t, os.IsNotExist(err), "the shelf's own record left the shelf")
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	late := filepath.Join(t.TempDir(), "late")
	_, err = w.shelf.Export(ctx, m.Digest, late)
	must(t, err != nil, "exported after the end")
	_, err = os.Stat(late)
	must(t, os.IsNotExist(err), "something half-written is left")
}

func TestWeightsAddUp(t *testing.T) {
	for _, tc := range []struct{ in, want []uint32 }{
		{[]uint32{1}, []uint32{1_000_000}},
		{[]uint32{7, 3}, []uint32{700_000, 300_000}},
		{[]uint32{1, 1, 1}, []uint32{333_334, 333_333, 333_333}},
		{[]uint32{2, 1}, []uint32{666_667, 333_333}},
		{[]uint32{4_294_967_295, 4_294_967_295, 1}, []uint32{500_000, 500_000, 0}},
		{[]uint32{0, 0}, []uint32{0, 0}},
		{nil, []uint32{}},
	} {
		must(t, slices.Equal(ppm(tc.in), tc.want), "%v gave %v", tc.in, ppm(tc.in))
	}
}

// cardInput is a fixed model with hostile names.
func cardInput() CardInput {
	d := func(c string) datasets.Digest { return datasets.Digest(strings.Repeat(c, 64)) }
	eval := 0.51239
	base := ManifestBase{Name: "SmolLM2-135M-Instruct", Revision: "r1", Digest: d("a"), Licence: "Apache-2.0", Repo: "HuggingFaceTB/SmolLM2-135M-Instruct"}
	data := []DataUse{
		{
			Net: "bike", Title: "Bicycle | Workshop <b>", Version: 4, Rows: 120, WeightPPM: 700_000, Language: "en", SPDX: "CC-BY-4.0", Licence: "open",
			Root: d("b"), Digest: d("c"), Contributors: []datasets.Contributor{
				{Address: "0x9858EfFD232B4033E47d90003D41EC34EcaEda94", Rows: 119}, {Address: datasets.ZeroAddress, Rows: 1},
			},
		},
		{Net: "style", Title: "House style", Version: 1, Rows: 24, WeightPPM: 299_999, Language: "de", SPDX: "CC0-1.0", Licence: "open", Root: d("d"), Digest: d("e")},
	}
	metrics := Metrics{
		State: "finished", Steps: 120, Tokens: 90000, TrainedTokens: 43210, Seconds: 61.55, FirstLoss: 3.2519, LastLoss: 0.125, EvalLoss: &eval, Base: base,
		Trainer: ManifestTrainer{Version: "1.0.0", Pins: d("f")}, Torch: "2.9.0", Transformers: "4.57.0", PEFT: "0.18.0", Device: "cpu",
	}
	man := Manifest{
		Schema: ManifestSchema, Name: "Bike *helper* \"3\" # [x](http://y)", Creator: "0x9858EfFD232B4033E47d90003D41EC34EcaEda94", Base: base,
		Data: manifestData(data), DataFile: d("1"), Recipe: d("2"), Trainer: metrics.Trainer, Adapter: d("3"), Metrics: d("4"),
		Parents: []Parent{{ChainID: 7, Genesis: "0x" + string(d("5")), Contract: "0x6Fac4D18c912343BF86fa7049364Dd4E424Ab9C0", ID: 3}},
	}
	return CardInput{
		Base: base, Data: data, Recipe: []byte(`{"alpha":32,"base":"x","data":[],"method":"lora","threads":0}`), Metrics: metrics, Adapter: d("3"), Manifest: &man,
		Publication: &Publication{ChainID: 7, Genesis: "0x" + string(d("5")), Contract: "0x6Fac4D18c912343BF86fa7049364Dd4E424Ab9C0", ID: 12, Manifest: string(d("6")), Tx: "0x" + string(d("7"))},
	}
}

// The golden file holds the words of published cards: when it changes, cards of
// models that are registered no longer verify.
func TestModelCard(t *testing.T) {
	got, err := Card(cardInput())
	mustNot(t, err)
	path := filepath.Join("testdata", "card.md")
	if *update {
		mustNot(t, os.WriteFile(path, got, 0o644))
	}
	want, err := os.ReadFile(path)
	mustNot(t, err)
	must(t, bytes.Equal(got, want), "the model card changed:\n%s", got)
	for range 20 {
		again, err := Card(cardInput())
		mustNot(t, err)
		must(t, bytes.Equal(again, got), "not the same twice")
	}
	draft := cardInput()
	draft.Manifest, draft.Publication, draft.Name = nil, nil, "Draft"
	got, err = Card(draft)
	mustNot(t, err)
	must(t, draftName(got) == "Draft" && bytes.Contains(got, []byte("Not registered on a chain")), "%s", got)
}

func TestCardLicence(t *testing.T) {
	in := cardInput()
	for _, tc := range []struct {
		data []string
		want string
	}{
		{[]string{"CC0-1.0", "CC0-1.0"}, "license: \"apache-2.0\"\n"},
		{[]string{"Apache-2.0", "CC0-1.0"}, "license: \"apache-2.0\"\n"},
		{[]string{"CC-BY-NC-4.0", "CC0-1.0"}, "license: other\n"},
		{[]string{"NOASSERTION", "CC0-1.0"}, "license: other\n"},
	} {
		for i, s := range tc.data {
			in.Data[i].SPDX = s
		}
		card, err := Card(in)
		mustNot(t, err)
		must(t, bytes.Contains(card, []byte(tc.want)), "%v: %s", tc.data, card)
	}
}

func FuzzManifest(f *testing.F) {
	raw, err := cardInput().Manifest.Canonical()
	mustNot(f, err)
	f.Add(raw)
	f.Add([]byte(`{"schema":"modelfactory.manifest/1","data":[null]}`))
	f.Add([]byte(`[` + strings.Repeat("[", 100)))
	f.Fuzz(func(t *testing.T, raw []byte) {
		m, err := ParseManifest(raw)
		if err != nil {
			return
		}
		again, err := m.Canonical()
		mustNot(t, err)
		must(t, bytes.Equal(again, raw), "read and written differ:\n%s\n%s", raw, again)
	})
}

func FuzzPublication(f *testing.F) {
	raw, err := datasets.CanonicalJSON(cardInput().Publication)
	mustNot(f, err)
	f.Add(raw)
	f.Fuzz(func(t *testing.T, raw []byte) {
		p, err := parsePublication(raw)
		if err != nil {
			return
		}
		again, err := datasets.CanonicalJSON(p)
		mustNot(t, err)
		must(t, bytes.Equal(again, raw), "read and written differ:\n%s\n%s", raw, again)
	})
}

func FuzzModelRecord(f *testing.F) {
	rec := modelRecord{Schema: modelSchema, Name: "x", Created: "2026-11-21T10:00:00Z", Files: map[string]datasets.Digest{"a": "b"}}
	rec.Check = rec.sum()
	raw, err := datasets.CanonicalJSON(rec)
	mustNot(f, err)
	f.Add(raw)
	f.Fuzz(func(t *testing.T, raw []byte) {
		rec, err := parseModelRecord(raw)
		must(t, err != nil || rec.Check == rec.sum(), "a wrong checksum passed")
	})
}

func FuzzCard(f *testing.F) {
	f.Add("name", "title", "CC0-1.0")
	f.Fuzz(func(t *testing.T, name, title, spdx string) {
		in := cardInput()
		in.Manifest.Name, in.Data[0].Title, in.Data[0].SPDX = name, title, spdx
		card, err := Card(in)
		mustNot(t, err)
		must(t, bytes.Count(card, []byte("\n---\n")) == 1, "the front matter can be left:\n%s", card)
	})
}
