package datasets

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// bigFile writes about size bytes of chat rows, no two the same.
func bigFile(t testing.TB, size int) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "big.jsonl")
	f, err := os.Create(path)
	must(t, err)
	w := bufio.NewWriterSize(f, 1<<20)
	answer := strings.Repeat("An ordinary answer has some words. ", 12)
	for n, i := 0, 0; n < size; i++ {
		k, err := fmt.Fprintf(w, `{"messages":[{"role":"user","content":"Question %d, what now?"},{"role":"assistant","content":"%sNumber %d."}]}`+"\n", i, answer, i)
		must(t, err)
		n += k
	}
	must(t, w.Flush())
	must(t, f.Close())
	return path
}

// TestImportMemory imports 200 MB and holds the heap to what the leaves of its
// rows need and some buffers: the file streams.
func TestImportMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("200 MB")
	}
	const size = 200 << 20
	path := bigFile(t, size)
	lib := openLibrary(t)
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	before, most := m.HeapInuse, uint64(0)
	calls := 0
	start := time.Now()
	report, err := lib.Import(t.Context(), path, ImportOptions{Name: "big", Progress: func(done, total int64) {
		if calls++; calls%8 == 0 {
			runtime.ReadMemStats(&m)
			most = max(most, m.HeapInuse)
		}
	}})
	must(t, err)
	took := time.Since(start)
	start = time.Now()
	diffs, err := lib.Verify(t.Context(), Ref{Net: "big"}, nil)
	if err != nil || len(diffs) > 0 {
		t.Fatalf("verify: %v, %v", diffs, err)
	}
	grown := (most - min(before, most)) >> 20
	t.Logf("%d rows, %d MB: import %.0f MB/s, verify %.0f MB/s, heap +%d MB", report.Rows, size>>20,
		float64(size)/1e6/took.Seconds(), float64(report.Net.Newest().Bytes)/1e6/time.Since(start).Seconds(), grown)
	if grown > 64 {
		t.Errorf("the heap grew by %d MB while 200 MB were imported", grown)
	}
}

// TestLongLineMemory imports a file of one endless line.
func TestLongLineMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("1 GB")
	}
	path := filepath.Join(t.TempDir(), "long.jsonl")
	must(t, os.WriteFile(path, []byte(`{"text":"a"}`+"\n"+`{"text":"`), 0o644))
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0)
	must(t, err)
	block := []byte(strings.Repeat("x", 1<<20))
	for range 1024 {
		if _, err := f.Write(block); err != nil {
			f.Close()
			t.Skipf("no room for a file of 1 GB: %v", err)
		}
	}
	must(t, f.Close())
	lib := openLibrary(t)
	var m runtime.MemStats
	var most uint64
	calls := 0
	_, err = lib.Import(t.Context(), path, ImportOptions{Name: "own", Progress: func(done, total int64) {
		if calls++; calls%64 == 0 {
			runtime.ReadMemStats(&m)
			most = max(most, m.HeapInuse)
		}
	}})
	wantKind(t, err, KindRefused)
	if !strings.Contains(err.Error(), "line 2: the row is longer than 16 MiB") {
		t.Errorf("got %v", err)
	}
	wantNothing(t, lib)
	if most > 96<<20 {
		t.Errorf("the heap reached %d MB", most>>20)
	}
}

// TestFullDisk runs the import again in a process that may write only 1 MB a
// file, which fails as a full disk does: in the middle of the rows.
func TestFullDisk(t *testing.T) {
	if dir := os.Getenv("DATASETS_FULL_DISK"); dir != "" {
		limitFileSize(t, 1<<20)
		lib, err := OpenLibrary(filepath.Join(dir, "datanets"))
		must(t, err)
		_, err = lib.Import(t.Context(), filepath.Join(dir, "in.jsonl"), ImportOptions{Name: "own"})
		wantKind(t, err, KindFailed)
		wantNothing(t, lib)
		fmt.Println("refused:", err, "|", err.(*Error).Next)
		return
	}
	dir := t.TempDir()
	must(t, os.WriteFile(filepath.Join(dir, "in.jsonl"), []byte(strings.Repeat(`{"text":"`+strings.Repeat("x", 1000)+"\"}\n", 3000)), 0o644))
	cmd := exec.Command(os.Args[0], "-test.run=^TestFullDisk$", "-test.v")
	cmd.Env = append(os.Environ(), "DATASETS_FULL_DISK="+dir)
	out, err := cmd.CombinedOutput()
	if runtime.GOOS == "windows" && strings.Contains(string(out), "SKIP") {
		t.Skip("no limit for file sizes here")
	}
	if err != nil || !strings.Contains(string(out), "refused: cannot write the rows of in.jsonl") || !strings.Contains(string(out), "limit for the size of a file") {
		t.Errorf("%v\n%s", err, out)
	}
}

func BenchmarkImport(b *testing.B) {
	path := bigFile(b, 20<<20)
	info, err := os.Stat(path)
	must(b, err)
	b.SetBytes(info.Size())
	for b.Loop() {
		lib := openLibrary(b)
		_, err := lib.Import(b.Context(), path, ImportOptions{Name: "big"})
		must(b, err)
	}
}
