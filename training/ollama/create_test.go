package ollama

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"text/template"

	"github.com/ollama/ollama/api"

	"github.com/modelfactory/modelfactory/training"
	"github.com/modelfactory/modelfactory/training/protocol"
)

// creating is a server that keeps blobs and makes models as Ollama does: it
// refuses a blob whose bytes are not its digest, and a model of unknown blobs.
type creating struct {
	blobs   map[string]int
	sent    int
	created api.CreateRequest
	refuse  string
	cut     bool
}

func (c *creating) handler(t *testing.T) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /api/version", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"version":"0.34.1"}`) })
	mux.HandleFunc("HEAD /api/blobs/{digest}", func(w http.ResponseWriter, r *http.Request) {
		if _, ok := c.blobs[r.PathValue("digest")]; !ok {
			w.WriteHeader(http.StatusNotFound)
		}
	})
	mux.HandleFunc("POST /api/blobs/{digest}", func(w http.ResponseWriter, r *http.Request) {
		b, err := io.ReadAll(r.Body)
		sum := sha256.Sum256(b)
		if err != nil || "sha256:"+hex.EncodeToString(sum[:]) != r.PathValue("digest") {
			w.WriteHeader(http.StatusBadRequest)
			fmt.Fprint(w, `{"error":"digest mismatch"}`)
			return
		}
		c.sent++
		c.blobs[r.PathValue("digest")] = len(b)
		w.WriteHeader(http.StatusCreated)
	})
	mux.HandleFunc("POST /api/create", func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil || json.Unmarshal(body, &c.created) != nil || strings.Contains(string(body), "adapters") {
			t.Errorf("asked %s, %v", body, err)
		}
		for _, digest := range c.created.Files {
			if _, ok := c.blobs[digest]; !ok {
				c.refuse = "no such blob"
			}
		}
		if c.refuse != "" {
			w.WriteHeader(http.StatusBadRequest)
			fmt.Fprintf(w, `{"error":%q}`, c.refuse)
			return
		}
		fmt.Fprintln(w, `{"status":"parsing GGUF"}`)
		w.(http.Flusher).Flush()
		if !c.cut {
			fmt.Fprintln(w, `{"status":"writing manifest"}`+"\n"+`{"status":"success"}`)
		}
	})
	return mux
}

// chatML is what the trainer says of the sample base's template.
var chatML = protocol.ChatTemplate{
	Before: map[string]string{
		"user":           "<|im_start|>system\nYou \"help\"<|im_end|>\n<|im_start|>user\n",
		"system":         "<|im_start|>system\n",
		"system user":    "<|im_end|>\n<|im_start|>user\n",
		"user assistant": "<|im_end|>\n<|im_start|>assistant\n",
		"assistant user": "<|im_end|>\n<|im_start|>user\n",
	},
	Prompt:  "<|im_end|>\n<|im_start|>assistant\n",
	Example: []protocol.Message{{Role: "system", Content: "S"}, {Role: "user", Content: "U"}, {Role: "assistant", Content: "A"}, {Role: "user", Content: "V"}},
	Text:    "<|im_start|>system\nS<|im_end|>\n<|im_start|>user\nU<|im_end|>\n<|im_start|>assistant\nA<|im_end|>\n<|im_start|>user\nV<|im_end|>\n<|im_start|>assistant\n",
}

func newModel(t *testing.T) NewModel {
	t.Helper()
	content := []byte("GGUF and a million weights")
	path := filepath.Join(t.TempDir(), "helper-q8_0.gguf")
	if err := os.WriteFile(path, content, 0o644); err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(content)
	return NewModel{Name: "studio/helper:1f2e3d4c", Path: path, SHA256: hex.EncodeToString(sum[:]), Template: &chatML, Stops: []string{"<|im_end|>"}}
}

func TestCreate(t *testing.T) {
	c := &creating{blobs: map[string]int{}}
	s := serve(t, c.handler(t))
	m := newModel(t)
	var heard []string
	var sent int64
	progress := func(what string, done, total int64) {
		if !slices.Contains(heard, what) {
			heard = append(heard, what)
		}
		if what == "sending" && done == total {
			sent = total
		}
	}
	if err := s.Create(context.Background(), m, progress); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(heard, "|"); got != "sending|parsing GGUF|writing manifest|success" || sent != 26 {
		t.Errorf("heard %s, %d bytes sent", got, sent)
	}
	r := c.created
	if r.Model != m.Name || r.Files["helper-q8_0.gguf"] != "sha256:"+m.SHA256 || r.From != "" {
		t.Errorf("asked to create %+v", r)
	}
	if fmt.Sprint(r.Parameters) != "map[stop:[<|im_end|>]]" {
		t.Errorf("parameters %v", r.Parameters)
	}
	parsed, err := template.New("").Parse(r.Template)
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	if err := parsed.Execute(&text, map[string]any{"Messages": []api.Message{{Role: "user", Content: "Why?"}}}); err != nil {
		t.Fatal(err)
	}
	if want := "<|im_start|>system\nYou \"help\"<|im_end|>\n<|im_start|>user\nWhy?<|im_end|>\n<|im_start|>assistant\n"; text.String() != want {
		t.Errorf("the template gives %q", text.String())
	}
	// The same file again: it is there.
	if err := s.Create(context.Background(), m, nil); err != nil || c.sent != 1 {
		t.Errorf("second time: %v, the file was sent %d times", err, c.sent)
	}
}

func TestCreateWithoutATemplateLeavesItToTheServer(t *testing.T) {
	c := &creating{blobs: map[string]int{}}
	s := serve(t, c.handler(t))
	m := newModel(t)
	m.Template, m.Stops = nil, nil
	if err := s.Create(context.Background(), m, nil); err != nil || c.created.Template != "" || c.created.Parameters != nil {
		t.Errorf("%v, asked to create %+v", err, c.created)
	}
}

func TestCreateFails(t *testing.T) {
	wrong := chatML
	wrong.Text = "something else"
	for _, tc := range []struct {
		name        string
		server      creating
		change      func(*NewModel)
		kind, words string
	}{
		{"the server dislikes it", creating{refuse: "unsupported architecture"}, nil, training.KindFailed, "unsupported architecture"},
		{"it ends in the middle", creating{cut: true}, nil, training.KindFailed, "without having made"},
		{"the file changed on its way", creating{}, func(m *NewModel) { m.SHA256 = strings.Repeat("0", 64) }, training.KindFailed, "digest mismatch"},
		{"the file is gone", creating{}, func(m *NewModel) { m.Path += "x" }, training.KindFailed, "cannot be read"},
		{"the template does not give the example", creating{}, func(m *NewModel) { m.Template = &wrong }, training.KindFailed, "template"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			tc.server.blobs = map[string]int{}
			s := serve(t, tc.server.handler(t))
			m := newModel(t)
			if tc.change != nil {
				tc.change(&m)
			}
			err := s.Create(context.Background(), m, nil)
			e, ok := errors.AsType[*training.Error](err)
			if !ok || e.Kind != tc.kind || !strings.Contains(e.Error(), tc.words) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestCreateNeedsAServer(t *testing.T) {
	t.Setenv("OLLAMA_HOST", "127.0.0.1:1") // nothing listens there
	s, err := FromEnvironment()
	if err != nil {
		t.Fatal(err)
	}
	err = s.Create(context.Background(), newModel(t), nil)
	if e, ok := errors.AsType[*training.Error](err); !ok || e.Kind != training.KindNotFound || !strings.Contains(e.Advice(), "ollama serve") {
		t.Errorf("got %v", err)
	}
}
