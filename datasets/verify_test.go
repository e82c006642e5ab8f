package datasets

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// sampleLibrary holds one sample, which has every file a version can have.
func sampleLibrary(t testing.TB) (*Library, DataNet, string) {
	t.Helper()
	lib := openLibrary(t)
	net, err := lib.InstallSample(os.DirFS(samplesDir), "harbour-notices")
	must(t, err)
	must(t, lib.SetChain(net.Slug, OnChain{ChainID: 1, Genesis: "0xab", Contract: "0xcd", ID: 2}))
	return lib, net, lib.Dir(Ref{Net: net.Slug})
}

func filesOf(diffs []Difference) (files []string) {
	for _, d := range diffs {
		files = append(files, d.File)
	}
	return files
}

// TestVerifyFlippedBytes flips every 11th byte of every file and wants the
// damaged file named, rows by their line.
func TestVerifyFlippedBytes(t *testing.T) {
	lib, net, dir := sampleLibrary(t)
	if diffs, err := lib.Verify(t.Context(), Ref{Net: net.Slug}, nil); err != nil || len(diffs) > 0 {
		t.Fatalf("before: %v, %v", diffs, err)
	}
	netDir := filepath.Dir(dir)
	for _, path := range []string{
		filepath.Join(dir, RowsFile), filepath.Join(dir, LeavesFile), filepath.Join(dir, QuestionsFile),
		filepath.Join(dir, ManifestFile), filepath.Join(dir, DigestFile), filepath.Join(netDir, NetFile),
	} {
		name := filepath.Base(path)
		good, err := os.ReadFile(path)
		must(t, err)
		for at := 0; at < len(good); at += 11 {
			bad := slices.Clone(good)
			bad[at] ^= 1
			must(t, os.WriteFile(path, bad, 0o644))
			diffs, err := lib.Verify(t.Context(), Ref{Net: net.Slug}, nil)
			must(t, err)
			files := filesOf(diffs)
			want := name
			if name == RowsFile {
				want = fmt.Sprintf("%s:%d", RowsFile, 1+strings.Count(string(good[:at]), "\n"))
				if len(files) > 2 {
					t.Fatalf("one byte at %d names %v", at, files)
				}
			}
			// A digest file that names another digest accuses the manifest.
			accused := name == DigestFile && at < 64 && slices.Contains(files, ManifestFile)
			if !slices.Contains(files, want) && !accused {
				t.Fatalf("%s, byte %d of %d (%q): named %v", name, at, len(good), good[at], files)
			}
		}
		must(t, os.WriteFile(path, good, 0o644))
	}
}

func TestVerifyNamesRows(t *testing.T) {
	lib, net, dir := sampleLibrary(t)
	path := filepath.Join(dir, RowsFile)
	good, err := os.ReadFile(path)
	must(t, err)
	lines := strings.SplitAfter(strings.TrimSuffix(string(good), "\n"), "\n")
	lines[len(lines)-1] += "\n"
	join := func(l []string) string { return strings.Join(l, "") }
	swap := slices.Clone(lines)
	swap[3], swap[4] = swap[4], swap[3]
	tests := []struct {
		name, text string
		want       []string
	}{
		{"another contributor", strings.Replace(string(good), "0xFe31", "0x0000", 1), []string{"rows.jsonl:1"}},
		{"row changed in canonical form", strings.Replace(string(good), "19:42", "19:43", 1), []string{"rows.jsonl:7"}},
		{"row taken out", join(slices.Delete(slices.Clone(lines), 9, 10)), []string{"rows.jsonl:10"}},
		{"row put in", join(slices.Insert(slices.Clone(lines), 9, lines[20])), []string{"rows.jsonl:10"}},
		{"two lines joined", strings.Replace(string(good), "}\n", "} ", 1), []string{"rows.jsonl:1"}},
		{"line broken", string(good[:300]) + "\n" + string(good[301:]), []string{"rows.jsonl:2", "rows.jsonl:3"}},
		{"two rows swapped", join(swap), []string{"rows.jsonl:4"}},
		{"last row gone", join(lines[:31]), []string{"rows.jsonl"}},
		{"cut inside a row", string(good[:len(good)-20]), []string{"rows.jsonl:48"}},
		{"a row more", string(good) + lines[0], []string{"rows.jsonl:49"}},
		{"empty", "", []string{"rows.jsonl"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			must(t, os.WriteFile(path, []byte(test.text), 0o644))
			diffs, err := lib.Verify(t.Context(), Ref{Net: net.Slug}, nil)
			must(t, err)
			files := filesOf(diffs)
			for _, want := range test.want {
				if !slices.Contains(files, want) {
					t.Errorf("%s is not in %v", want, diffs)
				}
			}
			if len(files) > 3 {
				t.Errorf("too many named: %v", files)
			}
		})
	}
	must(t, os.WriteFile(path, good, 0o644))
	for _, name := range []string{RowsFile, LeavesFile, QuestionsFile, ManifestFile, DigestFile} {
		t.Run("no "+name, func(t *testing.T) {
			hidden := filepath.Join(dir, "hidden")
			must(t, os.Rename(filepath.Join(dir, name), hidden))
			defer os.Rename(hidden, filepath.Join(dir, name))
			diffs, err := lib.Verify(t.Context(), Ref{Net: net.Slug}, nil)
			must(t, err)
			if files := filesOf(diffs); !slices.Equal(files, []string{name}) || diffs[0].Got != "missing" {
				t.Errorf("named %v", diffs)
			}
		})
	}
}

func TestVerifyProgressAndStop(t *testing.T) {
	lib := openLibrary(t)
	_, err := lib.Import(t.Context(), writeTemp(t, "f.jsonl", strings.Repeat(`{"text":"`+strings.Repeat("x", 2000)+"\"}\n", 3000)), ImportOptions{Name: "own"})
	must(t, err)
	var done, total int64
	diffs, err := lib.Verify(t.Context(), Ref{Net: "own"}, func(d, all int64) { done, total = d, all })
	if err != nil || len(diffs) > 0 || done != total || total < 6_000_000 {
		t.Errorf("%v, %v, %d of %d", diffs, err, done, total)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := lib.Verify(ctx, Ref{Net: "own"}, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("stopped with %v", err)
	}
}

func TestLibraryOfDamagedNets(t *testing.T) {
	lib, net, dir := sampleLibrary(t)
	_, err := lib.Import(t.Context(), writeTemp(t, "f.jsonl", `{"text":"x"}`), ImportOptions{Name: "own"})
	must(t, err)
	must(t, os.WriteFile(filepath.Join(dir, ManifestFile), []byte("{}"), 0o644))
	nets, err := lib.List()
	must(t, err)
	if len(nets) != 2 || nets[0].Damaged == "" || nets[1].Damaged != "" || nets[1].Slug != "own" {
		t.Errorf("listed %+v", nets)
	}
	_, _, err = lib.Resolve(Ref{Net: net.Slug})
	wantKind(t, err, KindRefused)
	_, err = lib.Get("none")
	wantKind(t, err, KindNotFound)
	for _, bad := range []Slug{"..", "a/b", "", "../own"} {
		if _, err := lib.Get(bad); err == nil {
			t.Errorf("got %q", bad)
		}
		if d := lib.Dir(Ref{Net: bad}); d != "" {
			t.Errorf("folder of %q is %s", bad, d)
		}
	}
}

// A run must not record a manifest that is not the one the version was made with; the version is still verified, and the
// file named.
func TestAChangedManifestIsNotUsed(t *testing.T) {
	lib, net, dir := sampleLibrary(t)
	path := filepath.Join(dir, ManifestFile)
	raw, err := os.ReadFile(path)
	must(t, err)
	changed := bytes.Replace(raw, []byte("https://schema.org/"), []byte("https://schema.orh/"), 1)
	if bytes.Equal(raw, changed) {
		t.Fatal("nothing was changed")
	}
	must(t, os.WriteFile(path, changed, 0o644))
	_, _, err = lib.Resolve(Ref{Net: net.Slug})
	wantKind(t, err, KindRefused)
	diffs, err := lib.Verify(t.Context(), Ref{Net: net.Slug}, nil)
	must(t, err)
	if !slices.Contains(filesOf(diffs), ManifestFile) {
		t.Errorf("named %v", diffs)
	}
	must(t, os.WriteFile(path, raw, 0o644))
	must(t, os.Remove(filepath.Join(dir, DigestFile)))
	_, _, err = lib.Resolve(Ref{Net: net.Slug})
	wantKind(t, err, KindRefused)
}

func TestRowsStopAtDamage(t *testing.T) {
	lib, net, dir := sampleLibrary(t)
	path := filepath.Join(dir, RowsFile)
	b, err := os.ReadFile(path)
	must(t, err)
	must(t, os.WriteFile(path, []byte(strings.Replace(string(b), `"role":"user"`, `"role":"uter"`, 1)[:3000]), 0o644))
	n := 0
	var last error
	for _, err := range lib.Rows(Ref{Net: net.Slug}) {
		if last = err; err == nil {
			n++
		}
	}
	wantKind(t, last, KindRefused)
	if n != 0 || !strings.Contains(last.Error(), fmt.Sprintf("%s:%d", RowsFile, n+1)) {
		t.Errorf("after %d rows: %v", n, last)
	}
}

func TestSetChain(t *testing.T) {
	lib, net, _ := sampleLibrary(t)
	got, err := lib.Get(net.Slug)
	must(t, err)
	if got.Chain == nil || *got.Chain != (OnChain{ChainID: 1, Genesis: "0xab", Contract: "0xcd", ID: 2}) {
		t.Errorf("chain %+v", got.Chain)
	}
	must(t, lib.SetChain(net.Slug, OnChain{ChainID: 3}))
	if got, _ = lib.Get(net.Slug); got.Chain.ChainID != 3 {
		t.Errorf("chain %+v", got.Chain)
	}
	wantKind(t, lib.SetChain("none", OnChain{}), KindNotFound)
	flip(t, filepath.Join(lib.dir, string(net.Slug), ChainFile), 0)
	diffs, err := lib.Verify(t.Context(), Ref{Net: net.Slug}, nil)
	if err != nil || !slices.Equal(filesOf(diffs), []string{ChainFile}) {
		t.Errorf("named %v, %v", diffs, err)
	}
}

// TestManifestGolden keeps the description of a private version, byte for
// byte: its digest must not change with the program.
func TestManifestGolden(t *testing.T) {
	lib := openLibrary(t)
	report, err := lib.Import(t.Context(), writeTemp(t, "f.jsonl", `{"question":"q","answer":"a"}`+"\n"+`{"question":"q2","answer":"é"}`), ImportOptions{Name: "own", Title: "My own"})
	must(t, err)
	got, err := os.ReadFile(filepath.Join(lib.Dir(Ref{Net: "own"}), ManifestFile))
	must(t, err)
	if *update {
		must(t, os.WriteFile("testdata/manifest.golden.json", got, 0o644))
	}
	want, err := os.ReadFile("testdata/manifest.golden.json")
	must(t, err)
	if string(got) != string(want) {
		t.Errorf("got %s\nwant %s", got, want)
	}
	if DigestOf(got) != report.Digest {
		t.Errorf("digest %s is not that of the manifest", report.Digest)
	}
	var m map[string]any
	must(t, json.Unmarshal(got, &m))
	if m["conformsTo"] != "http://mlcommons.org/croissant/1.1" || m["datePublished"] != nil {
		t.Errorf("manifest %v", m)
	}
}
