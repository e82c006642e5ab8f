package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"time"
)

// Drafts keeps what a person has begun and not finished, by a key of the screen's own (a recipe being filled in, items
// put off on Home).
type Drafts struct{ db *DB }

// Drafts gives the store of drafts.
func (db *DB) Drafts() *Drafts { return &Drafts{db} }

// Save writes a draft; an empty body removes it.
func (d *Drafts) Save(ctx context.Context, key, body string) error {
	if body == "" {
		_, err := d.db.write(ctx, "DELETE FROM drafts WHERE key = ?", key)
		return err
	}
	_, err := d.db.write(ctx, `INSERT INTO drafts (key, body, at) VALUES (?, ?, ?)
		ON CONFLICT (key) DO UPDATE SET body = excluded.body, at = excluded.at`, key, body, time.Now().UnixMilli())
	return err
}

// Load reads a draft; there is none when it is empty.
func (d *Drafts) Load(ctx context.Context, key string) (string, error) {
	var body string
	err := d.db.ro.QueryRowContext(ctx, "SELECT body FROM drafts WHERE key = ?", key).Scan(&body)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return body, err
}
