package ollama

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/ollama/ollama/api"

	"github.com/modelfactory/modelfactory/training"
	"github.com/modelfactory/modelfactory/training/protocol"
)

// serve stands in for an Ollama server on loopback and points OLLAMA_HOST at it.
func serve(t *testing.T, h http.Handler) *Server {
	t.Helper()
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	t.Setenv("OLLAMA_HOST", strings.TrimPrefix(srv.URL, "http://"))
	s, err := FromEnvironment()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func speaking(t *testing.T, chat http.HandlerFunc) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /api/version", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"version":"0.34.1"}`) })
	mux.HandleFunc("GET /api/tags", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, `{"models":[{"name":"zephyr:7b","size":4,"digest":"ab","details":{"family":"llama","parameter_size":"7B","quantization_level":"Q4_0"}},
			{"name":"elsewhere","remote_host":"https://example.invalid","remote_model":"big"},{"name":"gemma:2b","size":2}]}`)
	})
	if chat != nil {
		mux.HandleFunc("POST /api/chat", chat)
	}
	return mux
}

func TestModels(t *testing.T) {
	s := serve(t, speaking(t, nil))
	got, err := s.Models(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != 2 || got[0].Name != "gemma:2b" || got[1] != (Model{Name: "zephyr:7b", Family: "llama", Parameters: "7B", Quantisation: "Q4_0", Bytes: 4, Digest: "ab"}) {
		t.Errorf("models: %+v", got)
	}
}

func TestChatStreams(t *testing.T) {
	var asked api.ChatRequest
	s := serve(t, speaking(t, func(w http.ResponseWriter, r *http.Request) {
		if err := json.NewDecoder(r.Body).Decode(&asked); err != nil {
			t.Error(err)
		}
		for _, part := range []string{"The gate ", "is 7419."} {
			fmt.Fprintf(w, `{"model":"m","message":{"role":"assistant","content":%q},"done":false}`+"\n", part)
		}
		fmt.Fprintln(w, `{"model":"m","message":{"role":"assistant","content":""},"done":true,"done_reason":"length","eval_count":9}`)
	}))
	var heard []string
	a, err := s.Chat(context.Background(), "m", protocol.Control{Messages: []protocol.Message{{Role: "user", Content: "Which port?"}}, MaxTokens: 24, Seed: 7},
		func(part string) { heard = append(heard, part) })
	if err != nil {
		t.Fatal(err)
	}
	if a.Text != "The gate is 7419." || a.Tokens != 9 || a.Finish != protocol.FinishLength || strings.Join(heard, "|") != "The gate |is 7419." {
		t.Errorf("answer %+v, heard %q", a, heard)
	}
	if asked.Model != "m" || len(asked.Messages) != 1 || asked.Messages[0].Content != "Which port?" || asked.Options["num_predict"] != 24.0 || asked.Options["temperature"] != 0.0 || asked.Options["seed"] != 7.0 {
		t.Errorf("the server was asked %+v", asked)
	}
}

func TestChatCancelledKeepsThePart(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	s := serve(t, speaking(t, func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintln(w, `{"message":{"content":"Half"},"done":false}`)
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	}))
	a, err := s.Chat(ctx, "m", protocol.Control{}, func(string) { cancel() })
	if err != nil || a.Text != "Half" || a.Finish != protocol.FinishCancelled {
		t.Errorf("answer %+v, error %v", a, err)
	}
}

func TestErrorsSayWhatToDo(t *testing.T) {
	closed := httptest.NewServer(http.NotFoundHandler())
	closed.Close()
	for _, c := range []struct {
		name    string
		do      func(t *testing.T) error
		kind    string
		advises string
	}{
		{"no server", func(t *testing.T) error {
			t.Setenv("OLLAMA_HOST", closed.URL)
			s, err := FromEnvironment()
			if err != nil {
				return err
			}
			_, err = s.Models(context.Background())
			return err
		}, training.KindNotFound, "ollama serve"},
		{"another server", func(t *testing.T) error {
			s := serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{}`) }))
			_, err := s.Version(context.Background())
			return err
		}, training.KindNotFound, "ollama serve"},
		{"unknown model", func(t *testing.T) error {
			s := serve(t, speaking(t, func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(http.StatusNotFound)
				fmt.Fprint(w, `{"error":"model 'x' not found"}`)
			}))
			_, err := s.Chat(context.Background(), "x", protocol.Control{}, nil)
			return err
		}, training.KindNotFound, "ollama pull x"},
		{"cut answer", func(t *testing.T) error {
			s := serve(t, speaking(t, func(w http.ResponseWriter, _ *http.Request) {
				fmt.Fprintln(w, `{"message":{"content":"Ha"},"done":false}`)
			}))
			_, err := s.Chat(context.Background(), "x", protocol.Control{}, nil)
			return err
		}, training.KindFailed, "again"},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := c.do(t)
			e, ok := errors.AsType[*training.Error](err)
			if !ok || e.Kind != c.kind || !strings.Contains(e.Advice(), c.advises) {
				t.Errorf("got %v (%+v), want kind %s advising %q", err, e, c.kind, c.advises)
			}
		})
	}
}
