package sqlite

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"runtime"
	"sort"
	"strconv"
	"strings"
	"syscall"

	"github.com/mattn/go-sqlite3" // also registers the driver

	"github.com/modelfactory/modelfactory/internal/wholefile"
)

//go:embed migrations/*.sql
var embedded embed.FS

// DB is one open studio.db.
type DB struct {
	rw *sql.DB // one connection, so writers queue here and not in SQLite
	ro *sql.DB
}

// Error is what goes wrong with the file itself.
type Error struct {
	Message string
	Next    string
	Err     error
}

func (e *Error) Error() string {
	if e.Err == nil {
		return e.Message
	}
	return e.Message + ": " + e.Err.Error()
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// Advice is the next step in plain words.
func (e *Error) Advice() string { return e.Next }

// Code is the kind of the error.
func (e *Error) Code() string { return "failed" }

// Open opens or creates the database at path and brings its schema up to date.
func Open(ctx context.Context, path string) (*DB, error) {
	migrations, err := fs.Sub(embedded, "migrations")
	if err != nil {
		return nil, err
	}
	return open(ctx, path, migrations)
}

func open(ctx context.Context, path string, migrations fs.FS) (*DB, error) {
	keepPrivate(path)
	dsn := func(extra string) string {
		u := url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath()}
		return u.String() + "?_journal_mode=WAL&_foreign_keys=on&_busy_timeout=5000&_synchronous=FULL" + extra
	}
	rw, err := sql.Open("sqlite3", dsn("&_txlock=immediate"))
	if err != nil {
		return nil, err
	}
	rw.SetMaxOpenConns(1)
	if err := migrate(ctx, rw, path, migrations); err != nil {
		return nil, errors.Join(err, rw.Close())
	}
	ro, err := sql.Open("sqlite3", dsn("&mode=ro"))
	if err != nil {
		return nil, errors.Join(err, rw.Close())
	}
	ro.SetMaxOpenConns(max(2, runtime.NumCPU()))
	return &DB{rw: rw, ro: ro}, nil
}

// keepPrivate takes the file from everybody but its owner, whoever may look into the folder; a new one SQLite would make
// readable to all. Where rights cannot be set the folder's own have to do, and an error of making the file is told when it
// is opened.
func keepPrivate(path string) {
	if f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600); err == nil {
		_ = f.Close()
	}
	for _, name := range []string{path, path + "-wal", path + "-shm"} { // SQLite gives new ones of these the first one's rights
		if info, err := os.Stat(name); err == nil {
			_ = os.Chmod(name, info.Mode().Perm()&^0o077)
		}
	}
}

// Close closes both pools.
func (db *DB) Close() error { return errors.Join(db.ro.Close(), db.rw.Close()) }

// migrate applies what is pending, each file in one transaction. user_version holds the number of the last one applied.
func migrate(ctx context.Context, db *sql.DB, path string, migrations fs.FS) error {
	var have int
	if err := db.QueryRowContext(ctx, "PRAGMA user_version").Scan(&have); err != nil {
		if full := noRoom(err); full != nil {
			return full
		}
		return &Error{
			Message: "cannot read the studio's database " + path,
			Next:    "Close other programs that use this data folder. If the file is damaged, move it aside: runs and models stay in their folders.",
			Err:     err,
		}
	}
	names, err := fs.Glob(migrations, "*.sql")
	if err != nil {
		return err
	}
	sort.Strings(names)
	newest := 0
	var pending []string
	for _, name := range names {
		n, err := strconv.Atoi(strings.SplitN(name, "_", 2)[0])
		if err != nil {
			return fmt.Errorf("migration %s has no number: %w", name, err)
		}
		newest = max(newest, n)
		if n > have {
			pending = append(pending, name)
		}
	}
	if have > newest {
		return &Error{
			Message: fmt.Sprintf("the data folder was last used by a newer version (schema %d, this program knows %d)", have, newest),
			Next:    "Start the newer version, or choose another data folder with --home.",
		}
	}
	if len(pending) > 0 && have > 0 {
		if err := keepCopy(ctx, db, path, have); err != nil {
			return err
		}
	}
	for _, name := range pending {
		if err := apply(ctx, db, migrations, name); err != nil {
			if full := noRoom(err); full != nil {
				return full
			}
			return fmt.Errorf("migration %s: %w", name, err)
		}
	}
	return nil
}

// noRoom gives the error of a database that cannot grow: a full disk, a quota, or a limit for the size of a file. It is
// nil for every other error.
func noRoom(err error) error {
	var e sqlite3.Error
	if !errors.As(err, &e) {
		return nil
	}
	switch {
	case e.Code == sqlite3.ErrFull, e.Code == sqlite3.ErrIoErr && (e.SystemErrno == syscall.ENOSPC || isQuota(e.SystemErrno)):
		return &Error{
			Message: "there is no room to write the studio's database",
			Next:    "Free some disk space, or raise the limit for the size of a file, then try again. Nothing finished is lost.", Err: err,
		}
	}
	return nil
}

// write changes something in one statement.
func (db *DB) write(ctx context.Context, query string, args ...any) (sql.Result, error) {
	res, err := db.rw.ExecContext(ctx, query, args...)
	if full := noRoom(err); full != nil {
		err = full
	}
	return res, err
}

func apply(ctx context.Context, db *sql.DB, migrations fs.FS, name string) error {
	text, err := fs.ReadFile(migrations, name)
	if err != nil {
		return err
	}
	n, err := strconv.Atoi(strings.SplitN(name, "_", 2)[0])
	if err != nil {
		return err
	}
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	if _, err := tx.ExecContext(ctx, string(text)); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, fmt.Sprintf("PRAGMA user_version = %d", n)); err != nil {
		return err
	}
	return tx.Commit()
}

// keepCopy leaves studio.db.v<n> beside the file, complete, before the schema changes.
func keepCopy(ctx context.Context, db *sql.DB, path string, version int) error {
	if _, err := db.ExecContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)"); err != nil {
		return err
	}
	src, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { _ = src.Close() }()
	return wholefile.WriteFunc(fmt.Sprintf("%s.v%d", path, version), 0o600, func(w io.Writer) error {
		_, err := io.Copy(w, src)
		return err
	})
}
