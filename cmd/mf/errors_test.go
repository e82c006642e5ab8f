package main

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"

	"github.com/modelfactory/modelfactory/chain"
	"github.com/modelfactory/modelfactory/chain/devchain"
	"github.com/modelfactory/modelfactory/cmd/internal/sqlite"
	"github.com/modelfactory/modelfactory/datasets"
	"github.com/modelfactory/modelfactory/training"
)

// Every way a line can be wrong has its exit code, and a document that says what happened and what to do.
func TestWrongLines(t *testing.T) {
	t.Parallel()
	home := newHome(t)
	file := filepath.Join(t.TempDir(), "rows.jsonl")
	must(t, writeFacts(file, 3))
	nobody := "0x000000000000000000000000000000000000dEaD"
	for _, c := range []struct {
		name string
		code int
		kind string
		says string
		line []string
	}{
		{"unknown verb", 2, "usage", "fly", []string{"fly", "home"}},
		{"half a verb", 2, "usage", "run", []string{"run"}},
		{"unknown flag", 2, "usage", "sideways", []string{"run", "list", "--sideways"}},
		{"flag without value", 2, "usage", "--network", []string{"chain", "status", "--network"}},
		{"a number that is none", 2, "usage", "words", []string{"wallet", "create", "--words", "many"}},
		{"no data", 2, "usage", "data", []string{"run", "start", "--base", tinyBase}},
		{"a weight that is none", 2, "usage", "weight", []string{"run", "start", "--base", tinyBase, "--data", "facts:-1"}},
		{"unknown setting", 2, "usage", "wings", startLine("--set", "wings=2")},
		{"setting out of range", 2, "usage", "learning", startLine("--set", "learning_rate=1000000")},
		{"unknown preset", 2, "usage", "balanced", startLine("--preset", "heroic")},
		{"an id that is none", 2, "usage", "id", startLine("--id", "../../evil")},
		{"a word too many", 2, "usage", "--data NET", []string{"run", "start", "facts"}},
		{"unknown deleted run", 4, "not_found", "77", []string{"bin", "restore", "77"}},
		{"unknown run", 4, "not_found", "77", []string{"run", "show", "77"}},
		{"watch an unknown run", 4, "not_found", "77", []string{"run", "watch", "77"}},
		{"unknown net", 4, "not_found", "nowhere", []string{"net", "show", "nowhere"}},
		{"a run on an unknown net", 4, "not_found", "nowhere", []string{"run", "start", "--base", tinyBase, "--data", "nowhere"}},
		{"a version that is not there", 4, "not_found", "9", []string{"run", "start", "--base", tinyBase, "--data", "facts@9"}},
		{"unknown base", 4, "not_found", "atlantis", []string{"run", "start", "--base", "atlantis", "--data", "facts"}},
		{"unknown model", 4, "not_found", "abcdef12", []string{"model", "show", "abcdef12"}},
		{"unknown network", 4, "not_found", "moon", []string{"chain", "status", "--network", "moon"}},
		{"no such file", 4, "not_found", "gone.jsonl", []string{"data", "import", "gone.jsonl", "--name", "x"}},
		{"a name without letters", 2, "usage", "name", []string{"data", "import", file, "--name", "../.."}},
		{"a second wallet", 3, "refused", "wallet", []string{"wallet", "create"}},
		{"no address", 2, "usage", "address", []string{"wallet", "send", "--to", "Bob", "--amount", "1"}},
		{"no amount", 2, "usage", "amount", []string{"wallet", "send", "--to", nobody, "--amount", "much"}},
		{"more than there is", 3, "refused", "OPEN", []string{"wallet", "send", "--to", nobody, "--amount", "1000000"}},
		{"a format that is not there", 2, "usage", "peft", []string{"model", "export", "x", "--format", "pickle", "--out", "y"}},
		{"an export without a folder", 2, "usage", "--out", []string{"model", "export", "x", "--format", "gguf"}},
		{"password file that is not there", 2, "usage", "password", []string{"wallet", "list", "--add", "two", "--password-file", "gone"}},
	} {
		t.Run(c.name, func(t *testing.T) { tiny(t, home, c.line...).refuses(t, c.code, c.kind, c.says) })
	}
	t.Run("wrong password", func(t *testing.T) {
		before := dig(t, tiny(t, home, "wallet", "list").want(t, 0), "accounts", 0, "balance")
		cmd := tinyCommand(t, home, "net", "license", "bicycle-workshop")
		cmd.Env = append(cmd.Env, "MODELFACTORY_PASSWORD=not the password")
		finish(t, cmd).refuses(t, 3, "refused", "password")
		if after := dig(t, tiny(t, home, "wallet", "list").want(t, 0), "accounts", 0, "balance"); after != before {
			t.Errorf("the balance went from %v to %v", before, after)
		}
	})
	t.Run("nobody to ask", func(t *testing.T) {
		cmd := tinyCommand(t, home, "net", "license", "bicycle-workshop")
		cmd.Env = append(cmd.Env, "MODELFACTORY_PASSWORD=")
		finish(t, cmd).refuses(t, 2, "usage", "--password-file")
	})
	if runs := dig(t, tiny(t, home, "run", "list").want(t, 0), "runs").([]any); len(runs) != 0 {
		t.Errorf("refused lines left %d runs", len(runs))
	}
	if nets := tree(t, filepath.Join(home, "datanets", "x")); len(nets) != 0 {
		t.Errorf("a refused import left %v", nets)
	}
	t.Run("a folder that cannot be written", func(t *testing.T) {
		blocked := filepath.Join(t.TempDir(), "file")
		must(t, os.WriteFile(blocked, nil, 0o600))
		tiny(t, filepath.Join(blocked, "home"), "run", "list").refuses(t, 1, "failed", "--home")
	})
	t.Run("a damaged sample keeps nothing else shut", func(t *testing.T) {
		for _, file := range []string{"net.json", "1/manifest.json"} {
			home := newHome(t)
			path := filepath.Join(home, "datanets", "orchard-almanac", filepath.FromSlash(file))
			b, err := os.ReadFile(path)
			must(t, err)
			must(t, os.WriteFile(path, append([]byte("X"), b[1:]...), 0o644))
			if got := dig(t, tiny(t, home, "wallet", "list").want(t, 0), "accounts").([]any); len(got) != 1 {
				t.Errorf("the wallet beside a damaged %s: %v", file, got)
			}
			report := tiny(t, home, "net", "verify", "orchard-almanac").want(t, 3)
			if diffs := fmt.Sprint(dig(t, report, "differences")); !strings.Contains(diffs, filepath.Base(file)) {
				t.Errorf("a damaged %s: %s", file, diffs)
			}
			tiny(t, home, startLine("--data", "orchard-almanac", "--queue")...).refuses(t, 3, "refused", "orchard-almanac")
		}
	})
	t.Run("a lost list of accounts comes back with the password", func(t *testing.T) {
		home := newHome(t)
		before := dig(t, tiny(t, home, "wallet", "list").want(t, 0), "accounts")
		for _, file := range []string{"vault.json", "vault.json.bak"} {
			must(t, os.WriteFile(filepath.Join(home, "vault", file), []byte("x"), 0o600))
		}
		tiny(t, home, "net", "license", "bicycle-workshop").refuses(t, 3, "refused", "mf wallet list")
		if after := dig(t, tiny(t, home, "wallet", "list").want(t, 0), "accounts"); fmt.Sprint(after) != fmt.Sprint(before) {
			t.Errorf("the accounts were %v and are %v", before, after)
		}
	})
	t.Run("a damaged embedded chain keeps nobody from other networks", func(t *testing.T) {
		home := newHome(t)
		path := filepath.Join(home, "chain", "dev", "journal")
		b, err := os.ReadFile(path)
		must(t, err)
		b[len(b)/2] ^= 1
		must(t, os.WriteFile(path, b, 0o600))
		tiny(t, home, "chain", "status").refuses(t, 1, "failed", "journal")
		if got := dig(t, tiny(t, home, "chain", "networks").want(t, 0), "networks").([]any); len(got) < 3 {
			t.Errorf("networks: %v", got)
		}
	})
	t.Run("a model that cannot be made yet keeps nothing else shut", func(t *testing.T) {
		home := newHome(t)
		db, err := sqlite.Open(t.Context(), filepath.Join(home, "studio.db"))
		must(t, err)
		must(t, db.Runs().SaveRun(t.Context(), training.Run{
			ID: training.NewRunID(), Number: 1, State: training.StateFinished, AdapterDigest: datasets.Digest(strings.Repeat("ab", 32)),
			Recipe: training.Recipe{Base: "a-base-on-a-disk-that-is-away@r1"}, Created: time.Now(),
		}))
		must(t, db.Close())
		tiny(t, home, "run", "list").want(t, 0)
		sent := tiny(t, home, "--yes", "wallet", "send", "--to", "0x000000000000000000000000000000000000dEaD", "--amount", "1").want(t, 0)
		if dig(t, sent, "tx", "state") == "" {
			t.Errorf("the payment: %v", sent)
		}
	})
	t.Run("a database that is none", func(t *testing.T) {
		home := t.TempDir()
		must(t, os.WriteFile(filepath.Join(home, "studio.db"), []byte(strings.Repeat("no database ", 1000)), 0o600))
		tiny(t, home, "run", "list").refuses(t, 1, "failed", "database")
	})
}

// Who may train on a priced net is decided by the chain: for this account, this net, this chain, now.
func TestLicenceGate(t *testing.T) {
	t.Parallel()
	const net = "bicycle-workshop"
	line := startLine("--data", net)
	home := newHome(t)
	tiny(t, home, line...).refuses(t, 3, "refused", net, "mf net license")
	tiny(t, home, append(line, "--queue")...).refuses(t, 3, "refused", net)
	if runs := dig(t, tiny(t, home, "run", "list").want(t, 0), "runs").([]any); len(runs) != 0 {
		t.Errorf("a refused start left %d runs", len(runs))
	}

	t.Run("not enough OPEN", func(t *testing.T) {
		poor := filepath.Join(t.TempDir(), "home")
		copyTree(t, home, poor)
		must(t, os.RemoveAll(filepath.Join(poor, "vault")))
		must(t, quickWallet(poor))
		tiny(t, poor, "net", "license", net).refuses(t, 3, "refused", "OPEN")
		tiny(t, poor, line...).refuses(t, 3, "refused", net)
	})

	bought := tiny(t, home, "net", "license", net).want(t, 0)
	if dig(t, bought, "licence", "state") != "held" || dig(t, bought, "licence", "tx") == "" {
		t.Fatalf("licence: %v", bought)
	}
	queued := dig(t, tiny(t, home, append(line, "--queue", "--name", "later")...).want(t, 0), "run")
	if dig(t, queued, "state") != "queued" {
		t.Fatalf("with a licence the run is %v", queued)
	}

	t.Run("expired", func(t *testing.T) {
		later := filepath.Join(t.TempDir(), "home")
		copyTree(t, home, later)
		at := func(args ...string) result {
			cmd := tinyCommand(t, later, args...)
			cmd.Env = append(cmd.Env, clockDays+"=91")
			return finish(t, cmd)
		}
		at(line...).refuses(t, 3, "refused", net, "ended")
		at("run", "resume", "later").refuses(t, 3, "refused", net, "ended")
		run := dig(t, at("run", "show", "later").want(t, 0), "run")
		if dig(t, run, "state") != "failed" || dig(t, run, "failure", "code") != "licence" || dig(t, run, "failure", "advice") == "" {
			t.Errorf("a queued run whose licence ended is %v", run)
		}
		if s := dig(t, at("net", "show", net).want(t, 0), "net", "standing", "state"); s != "expired" {
			t.Errorf("the standing is %v", s)
		}
		// A block came while the clock was ahead: set right again, the licence has ended for the chain all the same.
		at("--yes", "wallet", "send", "--to", "0x000000000000000000000000000000000000dEaD", "--amount", "1").want(t, 0)
		if s := dig(t, tiny(t, later, "net", "show", net).want(t, 0), "net", "standing", "state"); s != "expired" {
			t.Errorf("with the clock set back the standing is %v", s)
		}
	})
	t.Run("other account", func(t *testing.T) {
		other := filepath.Join(t.TempDir(), "home")
		copyTree(t, home, other)
		must(t, os.RemoveAll(filepath.Join(other, "vault")))
		must(t, quickWallet(other))
		tiny(t, other, line...).refuses(t, 3, "refused", net, "account")
	})
	t.Run("other net", func(t *testing.T) {
		other := filepath.Join(t.TempDir(), "home")
		copyTree(t, home, other)
		// The same rows under another net on the chain, just as priced: the licence for the first says nothing about it.
		id := secondNet(t, other)
		path := filepath.Join(other, "datanets", net, "chain.json")
		b, err := os.ReadFile(path)
		must(t, err)
		var where map[string]any
		must(t, json.Unmarshal(b, &where))
		where["id"] = id
		b, err = json.Marshal(where)
		must(t, err)
		must(t, os.WriteFile(path, b, 0o644))
		tiny(t, other, line...).refuses(t, 3, "refused", net)
	})
	t.Run("a word changed in the files", func(t *testing.T) {
		bare := newHome(t)
		start := append(line, "--queue")
		tiny(t, bare, start...).refuses(t, 3, "refused", net)
		for _, c := range []struct{ file, old, new string }{
			{"net.json", `"private":false`, `"private":true`},
			{"net.json", `"price":"12000000000000000000"`, `"price":"0"`},
			{"chain.json", `"id":1`, `"id":2`}, // a free net's number
			{"chain.json", `"chain_id":`, `"chain_id":1`},
		} {
			path := filepath.Join(bare, "datanets", net, c.file)
			b, err := os.ReadFile(path)
			must(t, err)
			changed := strings.Replace(string(b), c.old, c.new, 1)
			if changed == string(b) {
				t.Fatalf("%s holds no %s: %s", c.file, c.old, b)
			}
			must(t, os.WriteFile(path, []byte(changed), 0o644))
			tiny(t, bare, start...).refuses(t, 3, "refused", net)
			must(t, os.WriteFile(path, b, 0o644))
		}
		must(t, os.Remove(filepath.Join(bare, "datanets", net, "chain.json")))
		tiny(t, bare, start...).refuses(t, 3, "refused", net, "none on")
	})
	t.Run("a queued run given to the account of another", func(t *testing.T) {
		other := filepath.Join(t.TempDir(), "home")
		copyTree(t, home, other)
		must(t, os.RemoveAll(filepath.Join(other, "vault")))
		must(t, quickWallet(other))
		// The run still names the account that bought the licence; its words are not here.
		tiny(t, other, "run", "resume", "later").refuses(t, 3, "refused", net, "no account of this wallet")
	})
	t.Run("other chain", func(t *testing.T) {
		other := filepath.Join(t.TempDir(), "home")
		copyTree(t, home, other)
		must(t, os.RemoveAll(filepath.Join(other, "chain", "dev")))
		tiny(t, other, line...).refuses(t, 3, "refused", net)
	})
}

// secondNet puts one more priced net on a data folder's chain.
func secondNet(t *testing.T, home string) uint64 {
	t.Helper()
	ctx := t.Context()
	dev, err := devchain.Open(ctx, filepath.Join(home, "chain", "dev"), devchain.Options{})
	must(t, err)
	defer func() { must(t, dev.Close()) }()
	p := dev.Profile()
	reg, err := p.Registry()
	must(t, err)
	client, err := chain.NewClient(ctx, p, dev.RPC())
	must(t, err)
	terms := chain.Terms{Train: true, Price: big.NewInt(1), Days: 90}
	call := chain.CreateNet(reg, dev.Steward(), common.Hash{1}, terms, nil)
	_, err = dev.SignSend(ctx, &call.To, call.Value, call.Data)
	must(t, err)
	n, err := client.Nets(ctx, reg)
	must(t, err)
	call = chain.PublishVersion(reg, dev.Steward(), n, common.Hash{1}, common.Hash{2}, 40)
	_, err = dev.SignSend(ctx, &call.To, call.Value, call.Data)
	must(t, err)
	return n
}

// Files that cannot become data say why, and leave the library as it was.
func TestWrongFiles(t *testing.T) {
	t.Parallel()
	home := newHome(t)
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		must(t, os.WriteFile(path, []byte(text), 0o644))
		return path
	}
	good := `{"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b"}]}` + "\n"
	// One line of 1 GB: 20 MB of letters, past every limit of a row, then a hole.
	long := write("long.jsonl", good+`{"text":"`+strings.Repeat("x", 20<<20))
	must(t, os.Truncate(long, 1<<30))
	before := tree(t, filepath.Join(home, "datanets"))
	for _, c := range []struct {
		name, file string
		code       int
		kind, says string
		more       []string
	}{
		{"empty", write("empty.jsonl", ""), 3, "refused", "empty", nil},
		{"only blank lines", write("blank.jsonl", "\n\n\n"), 3, "refused", "", nil},
		{"one line of 1 GB", long, 3, "refused", "16 MiB", nil},
		{"binary", write("photo.jsonl", "\x89PNG\r\n\x1a\n"+strings.Repeat("\x00\xff\x13", 4000)), 3, "refused", "", nil},
		{"unknown format", write("prose.jsonl", "Once upon a time there was a file without a format.\n"), 3, "refused", "", nil},
		{"a format nobody knows", write("rows.jsonl", good), 2, "usage", "parquet", []string{"--format", "parquet"}},
		{"one bad row", write("bad.jsonl", good+"{\"messages\":[]}\n"), 3, "refused", "--skip-bad", nil},
		{"a folder", dir, 2, "usage", "file", nil},
		{"columns nobody knows", write("t.csv", "alpha,beta\n1,2\n"), 2, "usage", "--map", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			tiny(t, home, append([]string{"data", "import", c.file, "--name", "mine"}, c.more...)...).refuses(t, c.code, c.kind, c.says)
			if after := tree(t, filepath.Join(home, "datanets")); !maps.Equal(before, after) {
				t.Errorf("a refused import changed the library: %v", after)
			}
		})
	}
	report := dig(t, tiny(t, home, "data", "import", filepath.Join(dir, "bad.jsonl"), "--name", "mine", "--skip-bad").want(t, 0), "dataset")
	if dig(t, report, "rows") != 1.0 || dig(t, report, "skipped") != 1.0 || dig(t, report, "errors", 0, "line") != 2.0 {
		t.Errorf("with --skip-bad: %v", report)
	}
}

// A loss that is no number ends the run as failed, with advice. The base's weights make it so: no learning rate in the
// allowed range drives the tiny model there.
func TestLossThatIsNoNumber(t *testing.T) {
	t.Parallel()
	home := newHome(t)
	runtime := filepath.Join(t.TempDir(), "runtime")
	must(t, os.MkdirAll(filepath.Join(runtime, "bases"), 0o755))
	for _, name := range []string{"python", "cache", "environment.json"} {
		must(t, os.Symlink(filepath.Join(tinyRuntime(t), name), filepath.Join(runtime, name)))
	}
	sample, err := filepath.Glob(filepath.Join(tinyRuntime(t), "bases", "SmolLM2*"))
	must(t, err)
	copyLinks(t, sample[0], filepath.Join(runtime, "bases", "sample"))
	copyTree(t, filepath.Join(tinyRuntime(t), "bases", "tiny"), filepath.Join(runtime, "bases", "tiny"))
	poison(t, filepath.Join(runtime, "bases", "tiny"))
	cmd := tinyCommand(t, home, startLine("--name", "wild")...)
	cmd.Env = append(cmd.Env, "MODELFACTORY_RUNTIME="+runtime)
	run := dig(t, finish(t, cmd).want(t, 1), "run")
	if dig(t, run, "state") != "failed" || dig(t, run, "failure", "code") != "nan" || !strings.Contains(dig(t, run, "failure", "advice").(string), "learning rate") {
		t.Errorf("the run is %v", run)
	}
	if dig(t, run, "adapter") != "" || dig(t, run, "model") != "" {
		t.Errorf("a failed run has a model: %v", run)
	}
	t.Logf("%v | %v", dig(t, run, "failure", "message"), dig(t, run, "failure", "advice"))
	if models := dig(t, tiny(t, home, "model", "list").want(t, 0), "models").([]any); len(models) != 0 {
		t.Errorf("there are models: %v", models)
	}
}

func copyLinks(t *testing.T, from, to string) {
	t.Helper()
	must(t, os.MkdirAll(to, 0o755))
	entries, err := os.ReadDir(from)
	must(t, err)
	for _, e := range entries {
		must(t, os.Symlink(filepath.Join(from, e.Name()), filepath.Join(to, e.Name())))
	}
}

// poison makes a base's first tensor infinite and records the new bytes as the base's own.
func poison(t *testing.T, dir string) {
	t.Helper()
	path := filepath.Join(dir, "model.safetensors")
	b, err := os.ReadFile(path)
	must(t, err)
	at := 8 + int(binary.LittleEndian.Uint64(b))
	for i := at; i+4 <= len(b); i += 4 {
		binary.LittleEndian.PutUint32(b[i:], math.Float32bits(3e38))
	}
	must(t, os.WriteFile(path, b, 0o644))
	raw, err := os.ReadFile(filepath.Join(dir, "base.json"))
	must(t, err)
	var record map[string]any
	must(t, json.Unmarshal(raw, &record))
	files := record["files"].(map[string]any)
	sum := sha256.Sum256(b)
	files["model.safetensors"] = hex.EncodeToString(sum[:])
	canonical, err := json.Marshal(files)
	must(t, err)
	sum = sha256.Sum256(canonical)
	record["digest"] = hex.EncodeToString(sum[:])
	raw, err = json.Marshal(record)
	must(t, err)
	must(t, os.WriteFile(filepath.Join(dir, "base.json"), raw, 0o644))
}
