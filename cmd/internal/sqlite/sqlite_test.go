package sqlite

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"

	"github.com/modelfactory/modelfactory/chain"
	"github.com/modelfactory/modelfactory/training"
)

func open1(t *testing.T, path string) *DB {
	t.Helper()
	db, err := Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// A folder name with characters that mean something in a URL is still a folder name.
func TestOpenInAnOddFolder(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "100% mine? #1 ü")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	open1(t, filepath.Join(dir, "studio.db"))
	if _, err := os.Stat(filepath.Join(dir, "studio.db")); err != nil {
		t.Fatal(err)
	}
}

func TestDraftsSurviveReopening(t *testing.T) {
	path := filepath.Join(t.TempDir(), "studio.db")
	db := open1(t, path)
	ctx := context.Background()
	if err := db.Drafts().Save(ctx, "recipe", `{"base":"x"}`); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	db = open1(t, path)
	got, err := db.Drafts().Load(ctx, "recipe")
	if err != nil || got != `{"base":"x"}` {
		t.Fatalf("got %q, %v", got, err)
	}
	if err := db.Drafts().Save(ctx, "recipe", ""); err != nil {
		t.Fatal(err)
	}
	if got, _ := db.Drafts().Load(ctx, "recipe"); got != "" {
		t.Fatalf("a removed draft came back: %q", got)
	}
}

func TestMigrations(t *testing.T) {
	first := fstest.MapFS{"0001_a.sql": {Data: []byte("CREATE TABLE a (x TEXT) STRICT; INSERT INTO a VALUES ('kept');")}}
	second := fstest.MapFS{
		"0001_a.sql": first["0001_a.sql"],
		"0002_b.sql": {Data: []byte("ALTER TABLE a ADD COLUMN y TEXT NOT NULL DEFAULT 'new';")},
	}
	broken := fstest.MapFS{
		"0001_a.sql": first["0001_a.sql"],
		"0002_b.sql": {Data: []byte("INSERT INTO a VALUES ('half'); SELECT nonsense;")},
	}
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "studio.db")
	db, err := open(ctx, path, first)
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}

	if _, err := open(ctx, path, broken); err == nil {
		t.Fatal("a broken migration passed")
	}
	db, err = open(ctx, path, first)
	if err != nil {
		t.Fatal(err)
	}
	var n int
	if err := db.ro.QueryRow("SELECT count(*) FROM a").Scan(&n); err != nil || n != 1 {
		t.Fatalf("a broken migration left %d rows, %v", n, err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}

	db, err = open(ctx, path, second)
	if err != nil {
		t.Fatal(err)
	}
	var x, y string
	if err := db.ro.QueryRow("SELECT x, y FROM a").Scan(&x, &y); err != nil || x != "kept" || y != "new" {
		t.Fatalf("after the migration: %q %q %v", x, y, err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path + ".v1"); err != nil {
		t.Fatal("no copy was kept before the migration:", err)
	}

	_, err = open(ctx, path, first)
	var e *Error
	if !errors.As(err, &e) || e.Advice() == "" {
		t.Fatalf("an older program on a newer folder: %v", err)
	}
}

// A data folder that the first version of the schema made (testdata/schema-1.sql: its tables with rows in them, as that
// version wrote them) opens today with everything in it.
func TestFirstSchemaStillOpens(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("testdata", "schema-1.sql"))
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "studio.db")
	old, err := open(ctx, path, fstest.MapFS{"0001_as_it_was.sql": {Data: text}})
	if err != nil {
		t.Fatal(err)
	}
	if err := old.Close(); err != nil {
		t.Fatal(err)
	}
	db := open1(t, path)
	runs, err := db.Runs().Runs(ctx)
	if err != nil || len(runs) != 2 {
		t.Fatalf("%d runs, %v", len(runs), err)
	}
	if r := runs[0]; r.Number != 1 || r.State != training.StateFinished || r.AdapterDigest == "" || r.Recipe.Base == "" || r.Recipe.Rank != 8 || len(r.Recipe.Data) != 1 || r.Started.IsZero() {
		t.Errorf("the finished run came back as %+v", r)
	}
	if r := runs[1]; r.State != training.StateFailed || r.Failure == nil || r.Failure.Code != training.FailNaN || r.Failure.Advice == "" {
		t.Errorf("the failed run came back as %+v", r)
	}
	txs, err := db.Transactions().Txs(ctx)
	if err != nil || len(txs) != 1 {
		t.Fatalf("%d transactions, %v", len(txs), err)
	}
	tx := txs[0]
	if tx.State != chain.TxMined || tx.Kind != chain.KindBuyLicence || tx.Block == 0 || tx.Value == nil || tx.Value.Sign() <= 0 || tx.FeePaid == nil || len(tx.Raw) == 0 {
		t.Errorf("the transaction came back as %+v", tx)
	}
	if _, err := db.Transactions().TxByIntent(ctx, tx.ChainID, tx.Genesis, tx.Intent); err != nil {
		t.Errorf("its intent is not found: %v", err)
	}
	tx.ID = "another"
	if err := db.Transactions().SaveTx(ctx, tx); err == nil {
		t.Error("the same intent was taken twice")
	}
	if body, err := db.Drafts().Load(ctx, "recipe"); err != nil || body == "" {
		t.Errorf("the draft came back as %q, %v", body, err)
	}
}
