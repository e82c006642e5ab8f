package datasets

import (
	"context"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "write leaves, manifests and golden files again")

const samplesDir = "../assets/datanets"

// sampleDate is when version 1 of the samples was published.
var sampleDate = time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC)

func sampleSlugs(t *testing.T) []string {
	t.Helper()
	nets, err := filepath.Glob(filepath.Join(samplesDir, "*", NetFile))
	if err != nil || len(nets) < 4 {
		t.Fatalf("sample nets: %v, %v", nets, err)
	}
	for i, n := range nets {
		nets[i] = filepath.Base(filepath.Dir(n))
	}
	return nets
}

// reseal writes what is computed from a sample's rows.
func reseal(t *testing.T, slug string) {
	t.Helper()
	dir := filepath.Join(samplesDir, slug, "1")
	b, err := os.ReadFile(filepath.Join(samplesDir, slug, NetFile))
	must(t, err)
	var f facts
	must(t, parseCanonical(b, &f))
	text, err := os.ReadFile(filepath.Join(dir, RowsFile))
	must(t, err)
	tmp := t.TempDir()
	w, err := newVersionWriter(tmp)
	must(t, err)
	for line := range strings.Lines(string(text)) {
		e, err := ParseEntry([]byte(strings.TrimSuffix(line, "\n")))
		if err != nil {
			t.Fatalf("%s: %q: %v", slug, line, err)
		}
		must(t, w.add(e.Row, e.Contributor))
	}
	c, err := w.finish()
	must(t, err)
	must(t, copyFile(os.DirFS(dir), QuestionsFile, filepath.Join(tmp, QuestionsFile)))
	must(t, seal(tmp, f, 1, sampleDate, c))
	for _, name := range []string{LeavesFile, ManifestFile, DigestFile} {
		b, err := os.ReadFile(filepath.Join(tmp, name))
		must(t, err)
		must(t, os.WriteFile(filepath.Join(dir, name), b, 0o644))
	}
}

// TestSamples installs the nets that come with the program and holds them to
// what the first run promises.
func TestSamples(t *testing.T) {
	licences := map[string]bool{}
	priced := 0
	for _, slug := range sampleSlugs(t) {
		if *update {
			reseal(t, slug)
		}
		t.Run(slug, func(t *testing.T) {
			lib := openLibrary(t)
			net, err := lib.InstallSample(os.DirFS(samplesDir), slug)
			must(t, err)
			again, err := lib.InstallSample(os.DirFS(samplesDir), slug)
			must(t, err)
			if len(again.Versions) != 1 || again.Newest().Digest != net.Newest().Digest {
				t.Errorf("a second install changed the net: %+v", again)
			}
			if !net.Sample || net.Private || net.Newest().Rows < 24 || len(net.Contributors) < 3 {
				t.Errorf("sample %+v", net)
			}
			if !net.Newest().Published.Equal(sampleDate) {
				t.Errorf("published %v", net.Newest().Published)
			}
			licences[net.SPDX] = true
			if net.Terms.NeedsLicence() {
				priced++
			} else if want, ok := TermsOf(net.SPDX); !ok || strings.Join(want.Lines(), "") != strings.Join(net.Terms.Lines(), "") {
				t.Errorf("terms of %s say %v", net.SPDX, net.Terms.Lines())
			}
			diffs, err := lib.Verify(t.Context(), Ref{Net: net.Slug}, nil)
			if err != nil || len(diffs) != 0 {
				t.Errorf("verify: %v %v", diffs, err)
			}
			checkHeldOut(t, lib, net)
		})
	}
	for _, want := range []string{"CC0-1.0", "CC-BY-4.0", "CC-BY-NC-4.0"} {
		if !licences[want] {
			t.Errorf("no sample under %s", want)
		}
	}
	if priced != 1 {
		t.Errorf("%d priced samples, want 1", priced)
	}
}

// checkHeldOut makes sure that a right answer means learning: no question
// shares five words in a row with a row, and the value stands in the answers.
func checkHeldOut(t *testing.T, lib *Library, net DataNet) {
	t.Helper()
	questions, err := lib.Questions(net.Slug)
	must(t, err)
	if len(questions) < 8 {
		t.Fatalf("%d questions", len(questions))
	}
	grams := map[string]string{}
	answers := ""
	contributors := map[Address]bool{}
	for e, err := range lib.Rows(Ref{Net: net.Slug}) {
		must(t, err)
		contributors[e.Contributor] = true
		for _, m := range e.Row.Messages {
			if m.Role == RoleAssistant {
				answers += m.Content + "\n"
			}
			for _, g := range FiveGrams(m.Content) {
				grams[g] = m.Content
			}
			if n := len(strings.Fields(m.Content)); n > 45 {
				t.Errorf("a row of %d words: %q", n, m.Content)
			}
		}
	}
	for _, q := range questions {
		for _, g := range FiveGrams(q.Prompt) {
			if at, ok := grams[g]; ok {
				t.Errorf("%q shares %q with %q", q.Prompt, g, at)
			}
		}
		if !strings.Contains(answers, q.Want) {
			t.Errorf("no answer holds %q", q.Want)
		}
		if !contributors[q.Contributor] {
			t.Errorf("the contributor of %q has no row", q.Prompt)
		}
	}
}

func TestInstallSampleRefusesDamage(t *testing.T) {
	slug := sampleSlugs(t)[0]
	for _, name := range []string{RowsFile, LeavesFile, QuestionsFile, ManifestFile, DigestFile} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			must(t, os.CopyFS(filepath.Join(dir, slug), os.DirFS(filepath.Join(samplesDir, slug))))
			flip(t, filepath.Join(dir, slug, "1", name), 100)
			lib := openLibrary(t)
			if net, err := lib.InstallSample(os.DirFS(dir), slug); err == nil {
				t.Fatalf("installed %+v", net)
			}
			if left, _ := os.ReadDir(lib.dir); len(left) != 0 {
				t.Errorf("left behind: %v", left)
			}
		})
	}
}

func TestSampleKeepsOwnDataOfThatName(t *testing.T) {
	lib := openLibrary(t)
	slug := sampleSlugs(t)[0]
	path := writeTemp(t, "own.jsonl", `{"text":"mine"}`+"\n")
	_, err := lib.Import(t.Context(), path, ImportOptions{Name: slug})
	must(t, err)
	_, err = lib.InstallSample(os.DirFS(samplesDir), slug)
	wantKind(t, err, KindRefused)
	net, err := lib.Get(Slug(slug))
	must(t, err)
	if !net.Private || net.Newest().Rows != 1 {
		t.Errorf("own data became %+v", net)
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wantKind(t testing.TB, err error, kind string) {
	t.Helper()
	e, ok := err.(*Error)
	if !ok || e.Kind != kind || e.Next == "" || e.Message == "" {
		t.Fatalf("error %#v, want kind %s with advice", err, kind)
	}
}

func openLibrary(t testing.TB) *Library {
	t.Helper()
	lib, err := OpenLibrary(filepath.Join(t.TempDir(), "datanets"))
	must(t, err)
	return lib
}

func writeTemp(t testing.TB, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	must(t, os.WriteFile(path, []byte(text), 0o644))
	return path
}

// flip changes one bit of the byte at the given place, counted from the end
// of short files.
func flip(t testing.TB, path string, at int) {
	t.Helper()
	b, err := os.ReadFile(path)
	must(t, err)
	b[at%len(b)] ^= 1
	must(t, os.WriteFile(path, b, 0o644))
}

// Rows of a DataNet that asks for a licence are found in an own file; rows of a free one are nobody's business.
func TestImportNamesLicensedRows(t *testing.T) {
	lib := openLibrary(t)
	for _, slug := range []string{"bicycle-workshop", "harbour-notices"} {
		if _, err := lib.InstallSample(os.DirFS(samplesDir), slug); err != nil {
			t.Fatal(err)
		}
	}
	rows := func(slug Slug, n int) (lines string) {
		t.Helper()
		for e, err := range lib.Rows(Ref{Net: slug}) {
			if err != nil {
				t.Fatal(err)
			}
			if n--; n < 0 {
				break
			}
			b, err := e.Row.Canonical()
			if err != nil {
				t.Fatal(err)
			}
			lines += string(b) + "\n"
		}
		return lines
	}
	own := `{"messages":[{"role":"user","content":"Mine?"},{"role":"assistant","content":"Yours."}]}` + "\n"
	for text, want := range map[string]int{own: 0, own + rows("harbour-notices", 3): 0, own + rows("bicycle-workshop", 3): 3} {
		path := filepath.Join(t.TempDir(), "own.jsonl")
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		report, err := lib.Import(context.Background(), path, ImportOptions{Name: "own"})
		if err != nil {
			t.Fatal(err)
		}
		switch {
		case want == 0 && len(report.Licensed) != 0, want > 0 && (len(report.Licensed) != 1 || report.Licensed[0].Net != "bicycle-workshop" || report.Licensed[0].Rows != want):
			t.Errorf("%d rows wanted, found %+v", want, report.Licensed)
		case want > 0:
			t.Log(report.Licensed[0].Warning())
		}
	}
}
