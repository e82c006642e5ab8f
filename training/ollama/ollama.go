package ollama

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/ollama/ollama/api"

	"github.com/modelfactory/modelfactory/training"
	"github.com/modelfactory/modelfactory/training/protocol"
)

// detectWait is how long a server may take to say that it is there.
const detectWait = 2 * time.Second

// howToStart is the advice when no server answers.
const howToStart = "Start it with: ollama serve (or open the Ollama app), then try again. OLLAMA_HOST names another address."

// Server is the way to one Ollama server.
type Server struct{ client *api.Client }

// FromEnvironment addresses the server that OLLAMA_HOST names, by default the
// one of this computer. It does not connect yet.
func FromEnvironment() (*Server, error) {
	c, err := api.ClientFromEnvironment()
	if err != nil {
		return nil, &training.Error{Kind: training.KindUsage, Message: "OLLAMA_HOST cannot be read", Next: "Write it as host:port, for example 127.0.0.1:11434.", Err: err}
	}
	return &Server{c}, nil
}

// Version asks the server for its version; it answers within two seconds or
// counts as not running.
func (s *Server) Version(ctx context.Context) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, detectWait)
	defer cancel()
	v, err := s.client.Version(ctx)
	if err != nil {
		return "", asError(err, "")
	}
	if v == "" {
		return "", &training.Error{Kind: training.KindNotFound, Message: "what answers there is no Ollama server", Next: howToStart}
	}
	return v, nil
}

// Model is a model that the server has.
type Model struct {
	Name         string `json:"name"`
	Family       string `json:"family"`
	Parameters   string `json:"parameters"` // as the server writes it, e.g. "134.52M"
	Quantisation string `json:"quantisation"`
	Bytes        int64  `json:"bytes"`
	Digest       string `json:"digest"`
}

// Models lists the server's models by name. Models that live on another
// computer are left out: nothing typed here leaves this one unasked.
func (s *Server) Models(ctx context.Context) ([]Model, error) {
	if _, err := s.Version(ctx); err != nil {
		return nil, err
	}
	list, err := s.client.List(ctx)
	if err != nil {
		return nil, asError(err, "")
	}
	out := make([]Model, 0, len(list.Models))
	for _, m := range list.Models {
		if m.RemoteHost != "" || m.RemoteModel != "" {
			continue
		}
		out = append(out, Model{
			Name: m.Name, Family: m.Details.Family, Parameters: m.Details.ParameterSize, Quantisation: m.Details.QuantizationLevel,
			Bytes: m.Size, Digest: m.Digest,
		})
	}
	slices.SortFunc(out, func(a, b Model) int { return cmp.Compare(a.Name, b.Name) })
	return out, nil
}

// Chat asks a model; onToken, which may be nil, gets the answer as it is made.
// Temperature 0 is greedy. When ctx ends, the answer so far comes back with
// finish "cancelled".
func (s *Server) Chat(ctx context.Context, model string, ask protocol.Control, onToken func(string)) (protocol.Answer, error) {
	options := map[string]any{"temperature": ask.Temperature, "seed": ask.Seed}
	if ask.MaxTokens > 0 {
		options["num_predict"] = ask.MaxTokens
	}
	req := &api.ChatRequest{Model: model, Options: options}
	for _, m := range ask.Messages {
		req.Messages = append(req.Messages, api.Message{Role: m.Role, Content: m.Content})
	}
	answer := protocol.Answer{ID: ask.ID, Which: model}
	var text strings.Builder
	begun := time.Now()
	done := false
	err := s.client.Chat(ctx, req, func(r api.ChatResponse) error {
		if r.Message.Content != "" {
			text.WriteString(r.Message.Content)
			if onToken != nil {
				onToken(r.Message.Content)
			}
		}
		if r.Done {
			done = true
			answer.Tokens, answer.Finish = r.EvalCount, protocol.FinishStop
			if r.DoneReason == "length" {
				answer.Finish = protocol.FinishLength
			}
		}
		return nil
	})
	answer.Text, answer.Seconds = text.String(), time.Since(begun).Seconds()
	switch {
	case ctx.Err() != nil && !done:
		answer.Finish = protocol.FinishCancelled
		return answer, nil
	case err != nil:
		return protocol.Answer{}, asError(err, model)
	case !done:
		return protocol.Answer{}, &training.Error{Kind: training.KindFailed, Message: "the Ollama server ended the answer in its middle", Next: "Ask again; its own log tells more."}
	}
	return answer, nil
}

// asError gives the client's errors a kind and a next step.
func asError(err error, model string) error {
	if status, ok := errors.AsType[api.StatusError](err); ok {
		if status.StatusCode == http.StatusNotFound && model != "" {
			return &training.Error{Kind: training.KindNotFound, Message: fmt.Sprintf("the Ollama server has no model %q", model), Next: "Choose one of its models, or fetch it with: ollama pull " + model, Err: err}
		}
		return &training.Error{Kind: training.KindFailed, Message: "the Ollama server refuses", Next: "Look at its log.", Err: err}
	}
	if errors.Is(err, context.Canceled) {
		return err
	}
	return &training.Error{Kind: training.KindNotFound, Message: "no Ollama server runs here", Next: howToStart, Err: err}
}
