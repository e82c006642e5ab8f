package protocol

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// The transcripts hold what the trainer writes; its own tests hold that it
// writes these fields. What Go reads and writes again must be the same value.
func TestTranscriptsRoundTrip(t *testing.T) {
	for _, name := range []string{"train", "broken", "check", "generate", "base", "export", "coalition", "score", "measure"} {
		for _, line := range lines(t, name) {
			var e Event
			if err := json.Unmarshal(line, &e); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if e.Event != EventHeartbeat && e.set() == nil {
				t.Errorf("%s: event %s has no payload", name, e.Event)
			}
			same(t, name, line, e)
		}
	}
	for _, line := range lines(t, "requests") {
		var q Request
		if err := json.Unmarshal(line, &q); err != nil {
			t.Fatal(err)
		}
		same(t, "requests", line, q)
	}
	for _, line := range lines(t, "controls") {
		var c Control
		if err := json.Unmarshal(line, &c); err != nil {
			t.Fatal(err)
		}
		same(t, "controls", line, c)
	}
}

func same(t *testing.T, name string, line []byte, v any) {
	t.Helper()
	out, err := Encode(v)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	var want, got any
	if err := json.Unmarshal(line, &want); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(out, &got); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(want, got) {
		t.Errorf("%s:\n in %s\nout %s", name, line, out)
	}
}

func lines(t *testing.T, name string) [][]byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name+".jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	return bytes.Split(bytes.TrimSpace(b), []byte("\n"))
}

func TestNotANumber(t *testing.T) {
	var e Event
	if err := json.Unmarshal(lines(t, "broken")[0], &e); err != nil {
		t.Fatal(err)
	}
	if !math.IsNaN(float64(e.Step.Loss)) || !math.IsInf(float64(e.Step.GradNorm), 1) {
		t.Errorf("loss %v, gradient %v", e.Step.Loss, e.Step.GradNorm)
	}
	if err := json.Unmarshal([]byte(`"many"`), &e.Step.Loss); err == nil {
		t.Error(`"many" was read as a number`)
	}
}

// One bad line costs one line: the run goes on and the record stays readable.
func TestReaderGoesOnAfterABadLine(t *testing.T) {
	beat := `{"v":1,"seq":1,"t":1,"event":"heartbeat"}` + "\n"
	newer := `{"v":1,"seq":2,"t":1,"event":"celebrate","how":["much"]}` + "\n"
	long := `{"v":1,"event":"` + strings.Repeat("x", MaxLine) + `"}` + "\n"
	bad := []string{"Downloading: 10%\n", `{"v":2,"event":"step"}` + "\n", `{"v":1}` + "\n", `{"v":1,"event":"step","step":"one"}` + "\n", "[]\n", "\xff\n", long}
	for _, b := range bad {
		r := NewReader(strings.NewReader(beat + "\n" + b + newer))
		if e, err := r.Next(); err != nil || e.Event != EventHeartbeat {
			t.Fatalf("%.20q: %v", b, err)
		}
		if _, err := r.Next(); !errors.Is(err, ErrLine) {
			t.Errorf("%.20q: error %v", b, err)
		}
		if e, err := r.Next(); err != nil || e.Event != "celebrate" || r.line != 4 {
			t.Errorf("%.20q: after it %v, %v, line %d", b, e, err, r.line)
		}
		if _, err := r.Next(); err != io.EOF {
			t.Errorf("%.20q: end %v", b, err)
		}
	}
	r := NewReader(strings.NewReader(beat + beat[:20]))
	if _, err := r.Next(); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Next(); !errors.Is(err, ErrLine) {
		t.Errorf("a torn last line: %v", err)
	}
	if _, err := r.Next(); err != io.EOF {
		t.Errorf("after a torn last line: %v", err)
	}
}

func TestEncodeSetsTheVersion(t *testing.T) {
	b, err := Encode(Request{Job: JobProbe, Probe: &ProbeJob{}})
	if err != nil || !strings.HasPrefix(string(b), `{"v":1,"job":"probe"`) || !bytes.HasSuffix(b, []byte("}\n")) {
		t.Errorf("%s, %v", b, err)
	}
}

func FuzzReader(f *testing.F) {
	paths, err := filepath.Glob("testdata/*.jsonl")
	if err != nil {
		f.Fatal(err)
	}
	for _, path := range paths {
		b, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		r := NewReader(bytes.NewReader(b))
		for range len(b) + 2 {
			e, err := r.Next()
			if err == io.EOF {
				return
			}
			if err != nil {
				if !errors.Is(err, ErrLine) {
					t.Fatalf("error %v", err)
				}
				continue
			}
			out, err := Encode(e)
			if err != nil {
				t.Fatalf("an event that was read cannot be written: %v", err)
			}
			var again Event
			if err := json.Unmarshal(out, &again); err != nil {
				t.Fatalf("%s cannot be read again: %v", out, err)
			}
		}
		t.Fatal("the reader does not come to an end")
	})
}
