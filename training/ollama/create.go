package ollama

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"text/template"

	"github.com/ollama/ollama/api"

	"github.com/modelfactory/modelfactory/training"
	"github.com/modelfactory/modelfactory/training/protocol"
)

// NewModel is a model to make on the server from a GGUF file.
type NewModel struct {
	Name     string // e.g. "studio/bike-helper:1f2e3d4c"
	Path     string // of the GGUF file
	SHA256   string // of its bytes
	Template *protocol.ChatTemplate
	Stops    []string
}

// Create sends the file and makes the model. progress, which may be nil, hears
// what is done and how far it is; total is 0 where that is not known.
func (s *Server) Create(ctx context.Context, m NewModel, progress func(what string, done, total int64)) error {
	if progress == nil {
		progress = func(string, int64, int64) {}
	}
	if _, err := s.Version(ctx); err != nil {
		return err
	}
	digest := "sha256:" + m.SHA256
	if err := s.sendBlob(ctx, digest, m.Path, progress); err != nil {
		return err
	}
	req := &api.CreateRequest{Model: m.Name, Files: map[string]string{filepath.Base(m.Path): digest}}
	// Without a template of ours the server takes the file's own, as far as it understands it.
	if t := m.Template; t != nil {
		text, err := goTemplate(*t)
		if err != nil {
			return &training.Error{Kind: training.KindFailed, Message: "the chat template cannot be written for Ollama", Err: err}
		}
		req.Template = text
	}
	if len(m.Stops) > 0 {
		req.Parameters = map[string]any{"stop": m.Stops}
	}
	done := false
	err := s.client.Create(ctx, req, func(p api.ProgressResponse) error {
		done = done || p.Status == "success"
		progress(p.Status, p.Completed, p.Total)
		return nil
	})
	if err != nil {
		return createError(err, m.Name)
	}
	if !done {
		return &training.Error{Kind: training.KindFailed, Message: "the Ollama server ended without having made " + m.Name, Next: "Look at its log, then export again."}
	}
	return nil
}

// sendBlob uploads the file unless the server has it.
func (s *Server) sendBlob(ctx context.Context, digest, path string, progress func(string, int64, int64)) error {
	there, err := s.client.HeadBlob(ctx, digest)
	if err != nil {
		return createError(err, "")
	}
	if there {
		return nil
	}
	f, err := os.Open(path)
	if err != nil {
		return &training.Error{Kind: training.KindFailed, Message: "the exported file cannot be read", Err: err}
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return &training.Error{Kind: training.KindFailed, Message: "the exported file cannot be read", Err: err}
	}
	if err := s.client.CreateBlob(ctx, digest, &meter{Reader: f, total: info.Size(), progress: progress}); err != nil {
		return createError(err, "")
	}
	return nil
}

// meter tells how much was read.
type meter struct {
	io.Reader
	done, total int64
	progress    func(string, int64, int64)
}

func (m *meter) Read(p []byte) (int, error) {
	n, err := m.Reader.Read(p)
	m.done += int64(n)
	m.progress("sending", m.done, m.total)
	return n, err
}

// createError keeps the server's own words: they say what it dislikes.
func createError(err error, model string) error {
	if status, ok := errors.AsType[api.StatusError](err); ok && status.StatusCode != http.StatusNotFound {
		return &training.Error{Kind: training.KindFailed, Message: "the Ollama server refuses the model: " + status.Error(), Next: "Update Ollama, or export a GGUF file and use it elsewhere."}
	}
	if _, ok := errors.AsType[api.StatusError](err); !ok && model != "" && !errors.Is(err, context.Canceled) {
		return &training.Error{Kind: training.KindFailed, Message: "the Ollama server did not make the model", Next: "Look at its log, then export again.", Err: err}
	}
	return asError(err, model)
}

// goTemplate writes a chat template in the language of Ollama's, and tries it on
// the example.
func goTemplate(t protocol.ChatTemplate) (string, error) {
	var b strings.Builder
	b.WriteString(`{{ $last := "" }}{{ range .Messages }}`)
	word := "if"
	for _, key := range slices.Sorted(maps.Keys(t.Before)) {
		last, role, two := strings.Cut(key, " ")
		if !two {
			last, role = "", key
		}
		fmt.Fprintf(&b, `{{ %s and (eq $last %q) (eq .Role %q) }}{{ %s }}`, word, last, role, strconv.Quote(t.Before[key]))
		word = "else if"
	}
	b.WriteString(`{{ end }}{{ .Content }}{{ $last = .Role }}{{ end }}`)
	fmt.Fprintf(&b, `{{ if ne $last "assistant" }}{{ %s }}{{ end }}`, strconv.Quote(t.Prompt))
	parsed, err := template.New("").Parse(b.String())
	if err != nil {
		return "", err
	}
	var made strings.Builder
	if err := parsed.Execute(&made, map[string]any{"Messages": t.Example}); err != nil {
		return "", err
	}
	if made.String() != t.Text {
		return "", fmt.Errorf("it gives %q for the example, not %q", made.String(), t.Text)
	}
	return b.String(), nil
}
