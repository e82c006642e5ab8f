package main

import (
	"bufio"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// The whole job by verbs, each in a process of its own, on the tiny base: wallet, licence, own data, a mix, chat, export,
// publish, verify; then everything that can be changed behind its back is changed and must be named.
func TestJourney(t *testing.T) {
	t.Parallel()
	tinyRuntime(t)
	home, dir := filepath.Join(t.TempDir(), "home"), t.TempDir()
	ask := func(args ...string) map[string]any {
		t.Helper()
		return tiny(t, home, args...).want(t, 0)
	}
	made := ask("wallet", "create", "--words", "12")
	if n := len(strings.Fields(dig(t, made, "words").(string))); n != 12 {
		t.Errorf("%d words", n)
	}
	account := ask("wallet", "list")
	if dig(t, account, "accounts", 0, "balance") != "1000000000000000000000" || dig(t, account, "coin") != "test OPEN" {
		t.Errorf("the first account: %v", account)
	}
	licence := ask("net", "license", "bicycle-workshop")
	if dig(t, licence, "licence", "state") != "held" {
		t.Errorf("licence: %v", licence)
	}
	rows := filepath.Join(dir, "facts.jsonl")
	must(t, writeFacts(rows, 48))
	if d := ask("data", "import", rows, "--name", "facts"); dig(t, d, "dataset", "rows") != 48.0 {
		t.Errorf("import: %v", d)
	}

	line := startLine("--data", "bicycle-workshop:0.5", "--set", "passes=1", "--name", "mix")
	line[slices.Index(line, "facts")] = "facts:1.5"
	started := tiny(t, home, line...)
	run := dig(t, started.want(t, 0), "run")
	events := map[string]int{}
	for text := range strings.Lines(started.stdout) {
		var e struct {
			Event           string
			Step            int
			Loss, LR        *float64
			Tokens          *int64
			TokensPerSecond *float64 `json:"tokens_per_second"`
			MemoryBytes     *int64   `json:"memory_bytes"`
		}
		must(t, json.Unmarshal([]byte(text), &e))
		events[e.Event]++
		if e.Event == "step" && (e.Step == 0 || e.Loss == nil || e.LR == nil || e.Tokens == nil || e.TokensPerSecond == nil || e.MemoryBytes == nil) {
			t.Errorf("a step without its figures: %s", text)
		}
	}
	if events["step"] != int(dig(t, run, "steps").(float64)) || events["eval"] == 0 || events["checkpoint"] == 0 || events["state"] < 4 {
		t.Errorf("events: %v", events)
	}
	if w := dig(t, run, "recipe", "data", 0, "weight_ppm"); w != 750000.0 {
		t.Errorf("the first source weighs %v ppm", w)
	}
	model := dig(t, run, "model").(string)

	shown := dig(t, ask("model", "show", model), "model")
	if dig(t, ask("model", "list"), "models", 0, "digest") != model || dig(t, shown, "run") != dig(t, run, "id") || dig(t, shown, "publication") != nil {
		t.Errorf("model: %v", shown)
	}
	answer := ask("model", "chat", model, "--prompt", "On which port is gate 3 of the harbour open?", "--max-tokens", "8")
	if dig(t, answer, "tokens").(float64) < 1 {
		t.Errorf("answer: %v", answer)
	}
	tiny(t, home, "model", "verify", model).want(t, 3) // not published: nothing vouches for it

	published := dig(t, ask("model", "publish", model), "model")
	if dig(t, published, "id") != 1.0 || len(dig(t, published, "manifest").(string)) != 64 {
		t.Errorf("published: %v", published)
	}
	if again := dig(t, ask("model", "publish", model), "model"); dig(t, again, "tx") != dig(t, published, "tx") {
		t.Errorf("published twice: %v, %v", published, again)
	}
	if again := dig(t, ask("net", "license", "bicycle-workshop"), "licence"); dig(t, again, "tx") != dig(t, licence, "licence", "tx") {
		t.Errorf("bought twice: %v, %v", licence, again)
	}
	report := ask("model", "verify", model)
	if report["verified"] != true || len(dig(t, report, "differences").([]any)) != 0 {
		t.Errorf("verify: %v", report)
	}
	graph := ask("lineage", "show", model)
	titles := ""
	for _, n := range dig(t, graph, "nodes").([]any) {
		titles += dig(t, n, "title").(string) + "\n"
	}
	for _, s := range []string{"Bicycle Workshop", "facts", tinyBase} {
		if !strings.Contains(strings.ToLower(titles), strings.ToLower(s)) {
			t.Errorf("%q is not in the lineage:\n%s", s, titles)
		}
	}
	out := filepath.Join(dir, "exported")
	files := dig(t, ask("model", "export", model, "--out", out), "files").([]any)
	if len(files) != 8 || len(tree(t, out)) != 8 {
		t.Errorf("exported: %v", files)
	}
	tiny(t, home, "model", "export", model, "--out", out).refuses(t, 3, "refused", "not empty")
	merged := filepath.Join(dir, "merged")
	export := ask("model", "export", model, "--format", "merged", "--out", merged)
	check := dig(t, export, "check").(map[string]any)
	if len(tree(t, merged)) != len(dig(t, export, "files").([]any)) || check["relative"].(float64) > 1e-4 || len(check["answers"].([]any)) != 4 {
		t.Errorf("merged: %v", export)
	}
	gguf := filepath.Join(dir, "gguf")
	tiny(t, home, "model", "export", model, "--format", "gguf", "--out", gguf).refuses(t, 3, "refused", "no merges", "merged model")
	if _, err := os.Stat(gguf); !os.IsNotExist(err) {
		t.Errorf("a refused export left %s: %v", gguf, err)
	}
	lonely := tinyCommand(t, home, "model", "export", model, "--format", "ollama")
	lonely.Env = append(lonely.Env, "OLLAMA_HOST=127.0.0.1:1") // nothing listens there
	finish(t, lonely).refuses(t, 4, "not_found", "ollama serve")

	t.Run("one flipped byte in each file of the model", func(t *testing.T) {
		folder := dig(t, ask("model", "show", model), "model", "dir").(string)
		names := flipEach(t, folder, func(name string) result { return tiny(t, home, "model", "verify", model) })
		t.Logf("%d files: %v", len(names), names)
		if len(names) < 9 { // the eight of an export and the shelf's own model.json
			t.Errorf("only %d files were tried: %v", len(names), names)
		}
	})
	t.Run("one flipped byte in a data row", func(t *testing.T) {
		rows := filepath.Join(home, "datanets", "bicycle-workshop", "1", "rows.jsonl")
		restore := flip(t, rows)
		names(t, tiny(t, home, "net", "verify", "bicycle-workshop"), "rows.jsonl")
		names(t, tiny(t, home, "model", "verify", model), "rows.jsonl")
		restore()
		ask("net", "verify", "bicycle-workshop")
	})
	ask("model", "verify", model) // everything was put back

	t.Run("an export in another data folder", func(t *testing.T) {
		node := serveChain(t, home, "127.0.0.1:0")
		second := filepath.Join(t.TempDir(), "second")
		reg := node.Registries[0]
		tiny(t, second, "chain", "add", "--name", "origin", "--url", node.URL, "--chain-id", strconv.FormatUint(node.ChainID, 10), "--coin", "test OPEN",
			"--models", reg.Models, "--datanets", reg.DataNets, "--licences", reg.Licences).want(t, 0)
		must(t, os.Remove(filepath.Join(second, "studio.db")))
		there := func() result { return tiny(t, second, "--network", "origin", "model", "verify", out) }
		report := there().want(t, 0)
		if report["verified"] != true {
			t.Errorf("verify: %v", report)
		}
		if got := flipEach(t, out, func(string) result { return there() }); len(got) != 8 {
			t.Errorf("%d files were tried: %v", len(got), got)
		}
		there().want(t, 0)
	})
}

// flipEach flips one byte in the middle of each file of a folder, asks, and puts it back. Each answer must be exit 3 and
// name the file.
func flipEach(t *testing.T, folder string, verify func(name string) result) []string {
	t.Helper()
	var tried []string
	for name := range tree(t, folder) {
		tried = append(tried, name)
	}
	slices.Sort(tried)
	for _, name := range tried {
		restore := flip(t, filepath.Join(folder, name))
		names(t, verify(name), name)
		restore()
	}
	return tried
}

// flip changes the lowest bit of a file's middle byte.
func flip(t *testing.T, path string) (restore func()) {
	t.Helper()
	info, err := os.Stat(path)
	must(t, err)
	b, err := os.ReadFile(path)
	must(t, err)
	changed := slices.Clone(b)
	changed[len(b)/2] ^= 1
	write := func(b []byte) { must(t, os.WriteFile(path, b, info.Mode().Perm())) }
	write(changed)
	return func() { write(b) }
}

// names fails unless a verification was refused and one of its differences is in the file.
func names(t *testing.T, r result, file string) {
	t.Helper()
	if r.code != 3 {
		t.Errorf("%s: exit code %d, want 3\nstdout: %s\nstderr: %s", file, r.code, r.stdout, r.stderr)
		return
	}
	doc := r.want(t, 3)
	if doc["verified"] != false {
		t.Errorf("%s: verified is %v", file, doc["verified"])
	}
	var found []string
	differences, _ := doc["differences"].([]any)
	for _, d := range differences {
		found = append(found, dig(t, d, "file").(string))
	}
	if !slices.ContainsFunc(found, func(f string) bool { return strings.Contains(f, file) }) {
		t.Errorf("%s is not named: %v\n%s", file, found, r.stdout)
	}
}

// node is a chain that a program serves.
type node struct {
	URL        string
	ChainID    uint64 `json:"chain_id"`
	Genesis    string
	Registries []struct{ Models, DataNets, Licences string }
	stop       func()
}

// serveChain runs mf chain serve until the test ends or stop is called.
func serveChain(t *testing.T, home, listen string) node {
	t.Helper()
	cmd := tinyCommand(t, home, "chain", "serve", "--listen", listen)
	out, err := cmd.StdoutPipe()
	must(t, err)
	cmd.Stderr = os.Stderr
	must(t, cmd.Start())
	var n node
	n.stop = stopper(t, cmd)
	if err := json.NewDecoder(bufio.NewReader(out)).Decode(&n); err != nil || n.URL == "" {
		t.Fatalf("chain serve said nothing: %v %+v", err, n)
	}
	return n
}

// stopper interrupts a program, once, and waits for its end; it does so when the test ends at the latest.
func stopper(t *testing.T, cmd *exec.Cmd) func() {
	t.Helper()
	stopped := false
	stop := func() {
		if stopped {
			return
		}
		stopped = true
		_ = cmd.Process.Signal(syscall.SIGINT)
		late := time.AfterFunc(2*time.Minute, func() { _ = cmd.Process.Kill() })
		_ = cmd.Wait()
		late.Stop()
	}
	t.Cleanup(stop)
	return stop
}

// A full disk, or a kill, between a wallet and its first coin: the coin comes with the next line that needs the chain.
func TestTheFirstCoinComesLater(t *testing.T) {
	t.Parallel()
	home := filepath.Join(t.TempDir(), "home")
	must(t, os.MkdirAll(home, 0o700))
	must(t, quickWallet(home)) // and no more than this was done
	for range 2 {
		if b := dig(t, tiny(t, home, "wallet", "list").want(t, 0), "accounts", 0, "balance"); b != "1000000000000000000000" {
			t.Errorf("the first account has %v", b)
		}
	}
}

// A network is what it was when it was added: chain id and genesis are asked, and asked again.
func TestNetworks(t *testing.T) {
	t.Parallel()
	home, second := newHome(t), filepath.Join(t.TempDir(), "second")
	first := serveChain(t, home, "127.0.0.1:0")
	add := func(name string, id uint64) result {
		return tiny(t, second, "chain", "add", "--name", name, "--url", first.URL, "--chain-id", strconv.FormatUint(id, 10), "--coin", "test OPEN")
	}
	add("wrong", first.ChainID+1).refuses(t, 3, "refused", strconv.FormatUint(first.ChainID, 10))
	add("dev", first.ChainID).refuses(t, 2, "usage", "dev")
	tiny(t, second, "chain", "add", "--name", "far", "--url", "http://198.51.100.7:8545", "--chain-id", "1").refuses(t, 3, "refused", "encrypted")
	tiny(t, second, "chain", "status", "--network", "wrong").refuses(t, 4, "not_found", "wrong")
	add("origin", first.ChainID).want(t, 0)
	status := tiny(t, second, "chain", "status", "--network", "origin").want(t, 0)
	if dig(t, status, "chain_id") != float64(first.ChainID) || dig(t, status, "block").(float64) < 1 {
		t.Errorf("status: %v", status)
	}
	if here := tiny(t, second, "chain", "status").want(t, 0); dig(t, here, "genesis") == first.Genesis {
		t.Error("two embedded chains have one genesis")
	}
	first.stop()
	tiny(t, second, "chain", "status", "--network", "origin").refuses(t, 1, "failed", "origin")
	must(t, quickWallet(second))
	here := tiny(t, second, "wallet", "list").want(t, 0)
	away := tiny(t, second, "wallet", "list", "--network", "origin").want(t, 0)
	if address := dig(t, here, "accounts", 0, "address"); dig(t, away, "accounts", 0, "address") != address || dig(t, away, "accounts", 0, "balance") != nil || away["problem"] == nil || here["problem"] != nil {
		t.Errorf("the wallet here: %v, and where the network is away: %v", here, away)
	}

	// Another embedded chain takes its place: the same address and chain id, another genesis.
	other := filepath.Join(t.TempDir(), "other")
	impostor := serveChain(t, other, strings.TrimPrefix(first.URL, "http://"))
	if impostor.URL != first.URL || impostor.ChainID != first.ChainID || impostor.Genesis == first.Genesis {
		t.Fatalf("the impostor is %+v, the first was %+v", impostor, first)
	}
	tiny(t, second, "chain", "status", "--network", "origin").refuses(t, 3, "refused", "another chain")
	add("origin", first.ChainID).refuses(t, 3, "refused", "genesis")
}
