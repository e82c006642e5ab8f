package trainingtest

import (
	"context"
	"encoding/json"
	"slices"
	"sync"

	"github.com/modelfactory/modelfactory/training"
)

// Store keeps runs in memory. The zero value is ready. Fail, when set, is asked
// before each write and may refuse it.
type Store struct {
	mu   sync.Mutex
	runs map[training.RunID][]byte // encoded, so that no caller shares our memory
	Fail func(training.Run) error
}

// NewStore makes an empty store.
func NewStore() *Store { return &Store{} }

// SaveRun writes the run over an earlier one with the same id.
func (s *Store) SaveRun(ctx context.Context, run training.Run) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if s.Fail != nil {
		if err := s.Fail(run); err != nil {
			return err
		}
	}
	raw, err := json.Marshal(run)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.runs == nil {
		s.runs = map[training.RunID][]byte{}
	}
	s.runs[run.ID] = raw
	return nil
}

// Run returns one run.
func (s *Store) Run(ctx context.Context, id training.RunID) (training.Run, error) {
	if err := ctx.Err(); err != nil {
		return training.Run{}, err
	}
	s.mu.Lock()
	raw, ok := s.runs[id]
	s.mu.Unlock()
	if !ok {
		return training.Run{}, training.RunNotFound(string(id))
	}
	var run training.Run
	err := json.Unmarshal(raw, &run)
	return run, err
}

// Runs returns all runs, lowest number first.
func (s *Store) Runs(ctx context.Context) ([]training.Run, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]training.Run, 0, len(s.runs))
	for _, raw := range s.runs {
		var run training.Run
		if err := json.Unmarshal(raw, &run); err != nil {
			return nil, err
		}
		out = append(out, run)
	}
	slices.SortFunc(out, func(a, b training.Run) int { return a.Number - b.Number })
	return out, nil
}

// DeleteRun removes a run.
func (s *Store) DeleteRun(ctx context.Context, id training.RunID) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.runs[id]; !ok {
		return training.RunNotFound(string(id))
	}
	delete(s.runs, id)
	return nil
}
