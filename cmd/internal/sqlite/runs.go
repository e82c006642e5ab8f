package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/modelfactory/modelfactory/training"
)

// RunStore keeps training runs; it is a training.Store.
type RunStore struct{ db *DB }

// Runs gives the store of training runs.
func (db *DB) Runs() *RunStore { return &RunStore{db} }

// SaveRun writes the run over an earlier one with the same id.
func (s *RunStore) SaveRun(ctx context.Context, run training.Run) error {
	body, err := json.Marshal(run)
	if err != nil {
		return err
	}
	_, err = s.db.write(ctx, `
		INSERT INTO runs (id, number, name, state, created, body) VALUES (?, ?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET number = excluded.number, name = excluded.name, state = excluded.state,
			created = excluded.created, body = excluded.body`,
		run.ID, run.Number, run.Name, run.State, run.Created.UnixMilli(), string(body))
	if err != nil {
		return fmt.Errorf("save run %d: %w", run.Number, err)
	}
	return nil
}

// Run returns one run, or training.RunNotFound.
func (s *RunStore) Run(ctx context.Context, id training.RunID) (training.Run, error) {
	return one[training.Run](ctx, s.db.ro, training.RunNotFound(string(id)), "SELECT body FROM runs WHERE id = ?", id)
}

// Runs returns all runs, lowest number first.
func (s *RunStore) Runs(ctx context.Context) ([]training.Run, error) {
	return all[training.Run](ctx, s.db.ro, "SELECT body FROM runs ORDER BY number")
}

// DeleteRun removes the run, or gives training.RunNotFound.
func (s *RunStore) DeleteRun(ctx context.Context, id training.RunID) error {
	res, err := s.db.write(ctx, "DELETE FROM runs WHERE id = ?", id)
	if err != nil {
		return err
	}
	if n, err := res.RowsAffected(); err != nil || n > 0 {
		return err
	}
	return training.RunNotFound(string(id))
}

func decode[T any](body string) (T, error) {
	var v T
	err := json.Unmarshal([]byte(body), &v)
	return v, err
}

// one reads the JSON document of one row; missing is the error where there is none.
func one[T any](ctx context.Context, db *sql.DB, missing error, query string, args ...any) (T, error) {
	var none T
	var body string
	err := db.QueryRowContext(ctx, query, args...).Scan(&body)
	if errors.Is(err, sql.ErrNoRows) {
		return none, missing
	}
	if err != nil {
		return none, err
	}
	return decode[T](body)
}

// all reads one JSON document a row.
func all[T any](ctx context.Context, db *sql.DB, query string, args ...any) ([]T, error) {
	rows, err := db.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	var out []T
	for rows.Next() {
		var body string
		if err := rows.Scan(&body); err != nil {
			return nil, err
		}
		v, err := decode[T](body)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, rows.Err()
}
