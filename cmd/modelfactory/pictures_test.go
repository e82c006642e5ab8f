//go:build smoke && pictures

package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/crypto"

	"github.com/modelfactory/modelfactory/ui/nav"
)

// tour is a window program whose states are pictured.
type tour struct {
	*program
	home  string
	whole *testing.T // of all parts
	gone  func()     // ends the network that publishing uses
}

// TestPictures brings the window into the states that the smoke test does not visit, busy and failed ones above all, and
// keeps a picture of each: light at 1280×800, dark at 1920×1080. Nothing is judged here; a person looks at them.
func TestPictures(t *testing.T) {
	w := newTour(t, tinyRuntime(t))
	for _, part := range []struct {
		name string
		walk func()
	}{
		{"new run", w.newRuns},
		{"import", w.imports},
		{"run", w.running},
		{"model", w.models},
		{"money", w.money},
		{"settings", w.settings},
		{"small", w.small},
		{"publishing", w.publishing},
		{"damaged", w.damaged},
		{"network gone", w.networkGone},
	} {
		t.Run(part.name, func(t *testing.T) {
			w.t = t
			part.walk()
		})
		w.t = t
	}
}

// TestPicturesOfNoNumber pictures a run whose loss is no number. The weights of the base make it so.
func TestPicturesOfNoNumber(t *testing.T) {
	dir := t.TempDir()
	if err := makeTiny(runtimeDir(t), dir); err != nil {
		t.Fatal(err)
	}
	poison(t, dir)
	w := newTour(t, dir)
	w.tapWhen("Train", 60*time.Second)
	w.until("failed run", 2*time.Minute, says("failed"))
	w.picture("run-no-number")
	w.must(command{Do: "go", Page: nav.PageRuns})
	w.until("runs", 10*time.Second, says("failed"))
	w.picture("runs-failed")
	w.must(command{Do: "go", Page: nav.PageHome})
	w.picture("home-failed")
}

// TestPicturesOfReadme makes the pictures of docs/pictures, on the real base: from the first start to a verified model.
func TestPicturesOfReadme(t *testing.T) {
	w := newTour(t, runtimeDir(t))
	look := func(name string) { w.pictureAs("readme-"+name, "light", 100, 1280, 800) }
	press := func(text string) { w.tapWhen(text, 60*time.Second) }
	press("Train")
	w.until("answers in between", 15*time.Minute, says("Same question, step 0 and 20"))
	look("run")
	w.until("end of the run", 15*time.Minute, says("Chat with it"))
	press("Chat with it")
	w.ask("What is the depth at the fuel dock in Skarvik?")
	look("model")
	w.publish(press)
	w.until("verified model", 60*time.Second, says("verified"))
	look("lineage")
	w.must(command{Do: "go", Page: nav.PageHome})
	w.until("home", 10*time.Second, says("Needs you"))
	look("home")
}

func newTour(t *testing.T, runtime string) *tour {
	t.Helper()
	home := filepath.Join(t.TempDir(), "studio")
	w := &tour{program: start(t, newDisplay(t, "1920x1080"), home, runtime), home: home, whole: t}
	w.until("first run page", 30*time.Second, says("Teach a small model one thing"))
	return w
}

// picture keeps the window as it is now in both themes, each in its size.
func (w *tour) picture(name string) {
	w.t.Helper()
	for _, look := range []struct {
		theme string
		w, h  float32
	}{{"light", 1280, 800}, {"dark", 1920, 1080}} {
		w.pictureAs(name+"-"+look.theme, look.theme, 100, look.w, look.h)
	}
}

func (w *tour) pictureAs(name, theme string, percent int, width, height float32) {
	w.t.Helper()
	w.must(command{Do: "look", Text: theme, Percent: percent})
	w.must(command{Do: "size", W: width, H: height})
	for start := time.Now(); !w.fills(int(width), int(height)) && time.Since(start) < 5*time.Second; {
		time.Sleep(50 * time.Millisecond)
	}
	w.settled("state-"+name, screen{})
}

// fills reports whether the window is drawn in this size: outside of it the display is black.
func (w *tour) fills(width, height int) bool {
	s, err := w.display.look()
	if err != nil {
		w.t.Fatal(err)
	}
	black := func(x, y int) bool {
		at := 4 * (y*s.w + x)
		return s.pixels[at]|s.pixels[at+1]|s.pixels[at+2] == 0
	}
	return !black(width-3, height-3) && (width == s.w || black(width+3, 3)) && (height == s.h || black(3, height+3))
}

// at goes to a page and pictures it once it shows a text.
func (w *tour) at(page, arg, shows, name string) {
	w.t.Helper()
	w.must(command{Do: "go", Page: page, Arg: arg})
	w.until(name, 30*time.Second, says(shows))
	w.picture(name)
}

// mf is carried out by the window.
func (w *tour) mf(args ...string) map[string]any {
	w.t.Helper()
	out, _ := child(w.t, asMF, append([]string{"--home", w.home, "--json", "--yes"}, args...)...).Output()
	lines := bytes.Split(bytes.TrimSpace(out), []byte("\n"))
	var doc map[string]any
	if err := json.Unmarshal(lines[len(lines)-1], &doc); err != nil {
		w.t.Fatalf("mf %v: %v\n%s", args, err, out)
	}
	return doc
}

func (w *tour) newRuns() {
	w.must(command{Do: "go", Page: nav.PageNewRun, Arg: "net=harbour-notices"})
	w.until("new run", 20*time.Second, func(a said) bool { return a.Page == nav.PageNewRun })
	w.until("counted", 60*time.Second, says("What the model sees"))
	w.picture("newrun-data")
	w.tapWhen("Next: check", 60*time.Second)
	w.pictureAs("newrun-checking-light", "light", 100, 1280, 800)
	time.Sleep(3 * time.Second)
	w.picture("newrun-check")
	w.must(command{Do: "go", Page: nav.PageNewRun, Arg: "net=bicycle-workshop"})
	time.Sleep(time.Second)
	w.tapWhen("Next: check", 60*time.Second)
	time.Sleep(3 * time.Second)
	w.picture("newrun-no-licence")
}

func (w *tour) imports() {
	dir := w.t.TempDir()
	good := `{"messages":[{"role":"user","content":"When does the lock open?"},{"role":"assistant","content":"At nine in the morning."}]}` + "\n"
	for _, f := range []struct{ name, text string }{
		{"lock.jsonl", strings.Repeat(good, 40)}, {"mistakes.jsonl", good + "{\"messages\":[]}\n" + strings.Repeat("{\"x\":1}\n", 12)}, {"photo.jsonl", "\x89PNG\r\n\x1a\n" + strings.Repeat("\x00\xff\x13", 4000)},
	} {
		path := filepath.Join(dir, f.name)
		if err := os.WriteFile(path, []byte(f.text), 0o600); err != nil {
			w.t.Fatal(err)
		}
		w.must(command{Do: "go", Page: nav.PageDataNets, Arg: "import=" + path})
		w.until("preview", 30*time.Second, says("Import "+f.name))
		time.Sleep(time.Second)
		w.picture("import-" + strings.TrimSuffix(f.name, ".jsonl"))
		w.tapWhen("Cancel", 10*time.Second)
	}
	w.must(command{Do: "go", Page: nav.PageDataNets})
	w.must(command{Do: "type", Where: "Name, topic or address", Text: "nothing like it"})
	w.picture("datanets-no-match")
	w.must(command{Do: "type", Where: "Name, topic or address", Text: ""})
	for _, tab := range []string{"Rows 4", "Contributors 3", "Versions 1"} {
		w.must(command{Do: "go", Page: nav.PageDataNet, Arg: "harbour-notices"})
		w.until("net", 10*time.Second, says("Licence: CC BY"))
		w.tapWhen(tab, 10*time.Second)
		w.picture("datanet-" + strings.ToLower(strings.Fields(tab)[0]))
	}
	w.tapWhen("Verify", 10*time.Second)
	time.Sleep(2 * time.Second)
	w.picture("datanet-verified")
}

// running pictures a run under way, waiting, paused, and refused for its damaged checkpoint.
func (w *tour) running() {
	long := []string{"run", "start", "--data", "harbour-notices", "--set", "passes=400", "--set", "checkpoint_every=10", "--name"}
	done := make(chan struct{})
	go func() { defer close(done); w.mf(append(long, "A long one")...) }()
	w.must(command{Do: "go", Page: nav.PageRuns})
	w.until("the run", 60*time.Second, says("A long one"))
	id := w.run("A long one")
	w.must(command{Do: "go", Page: nav.PageRun, Arg: id})
	w.pictureAs("run-first-light", "light", 100, 1280, 800)
	w.until("steps", 2*time.Minute, func(a said) bool { return says("Pause")(a) && says("step ")(a) })
	time.Sleep(4 * time.Second)
	w.picture("run-training")
	w.at(nav.PageHome, "", "", "home-training")
	w.at(nav.PageRuns, "", "A long one", "runs-training")
	w.mf("run", "start", "--data", "orchard-almanac", "--set", "passes=1", "--name", "Waits", "--queue")
	w.at(nav.PageRun, w.run("Waits"), "It is the next one", "run-queued")
	w.at(nav.PageRun, id, "", "run-training-again")
	w.tapWhen("Pause", 20*time.Second)
	w.pictureAs("run-pausing-light", "light", 100, 1280, 800)
	<-done
	w.until("paused", 60*time.Second, says("Resume"))
	w.picture("run-paused")
	damage(w.t, filepath.Join(w.home, "runs", id, "checkpoints"))
	w.until("the queued run", 2*time.Minute, func(said) bool { return w.state("Waits") == "finished" })
	w.tapWhen("Resume", 20*time.Second)
	time.Sleep(20 * time.Second)
	w.picture("run-damaged-checkpoint")
	w.mf("run", "stop", id, "--discard")
	w.at(nav.PageCompare, w.run("Waits")+","+w.short("Twice"), "Compare", "compare")
	w.at(nav.PageHome, "", "", "home-needs")
}

func (w *tour) runs() []map[string]any {
	var out []map[string]any
	for _, r := range w.mf("run", "list")["runs"].([]any) {
		out = append(out, r.(map[string]any))
	}
	return out
}

func (w *tour) find(name, field string) string {
	for _, r := range w.runs() {
		if r["name"] == name {
			return fmt.Sprint(r[field])
		}
	}
	w.t.Fatalf("no run %q", name)
	return ""
}

func (w *tour) run(name string) string   { return w.find(name, "id") }
func (w *tour) state(name string) string { return w.find(name, "state") }

// short is a small run of this name that has finished; it is made when there is none.
func (w *tour) short(name string) (id string) {
	for _, r := range w.runs() {
		if r["name"] == name {
			return fmt.Sprint(r["id"])
		}
	}
	w.mf("run", "start", "--data", "orchard-almanac", "--set", "passes=2", "--name", name)
	return w.run(name)
}

// newest is the digest of the newest model.
func (w *tour) newest() string {
	return fmt.Sprint(w.mf("model", "list")["models"].([]any)[0].(map[string]any)["digest"])
}

func (w *tour) models() {
	w.short("Twice")
	id := w.newest()
	w.at(nav.PageModels, "", "Twice", "models")
	w.at(nav.PageModel, id, "Chat", "model-loading")
	w.ask("What week is right to harvest?")
	w.picture("model-chat")
	w.at(nav.PageModel, id+"#files", "Digests", "model-files")
	w.at(nav.PageModel, id+"#card", "", "model-card")
	w.at(nav.PageLineage, id, "not registered", "lineage-not-registered")
}

func (w *tour) money() {
	w.must(command{Do: "go", Page: nav.PageWallet})
	w.tapWhen("Create a wallet", 20*time.Second)
	time.Sleep(time.Second)
	w.picture("wallet-create")
	for _, field := range []string{"8 characters or more", "The same again"} {
		w.must(command{Do: "type", Where: field, Text: password})
	}
	w.tapWhen("Create the wallet", 20*time.Second)
	w.until("words", 60*time.Second, says("Write these words down"))
	w.tapWhen("I wrote them down", 10*time.Second)
	w.picture("wallet-ask-words")
	w.tapWhen("Later", 10*time.Second)
	w.until("wallet", 20*time.Second, says("Accounts"))
	for _, dialog := range []string{"Send…", "Receive", "Show words…"} {
		w.tapWhen(dialog, 10*time.Second)
		time.Sleep(500 * time.Millisecond)
		w.picture("wallet-" + strings.ToLower(strings.Fields(strings.TrimSuffix(dialog, "…"))[0]))
		w.closeDialog()
	}
	w.at(nav.PageReview, "licence=bicycle-workshop", "Sign", "review-licence")
	w.at(nav.PageWallet, "", "Lock now", "wallet-open")
	w.tapWhen("Lock now", 10*time.Second)
	w.tapWhen("Unlock…", 10*time.Second)
	w.must(command{Do: "type", Where: "Password", Text: "not the password"})
	w.tapWhen("Unlock", 10*time.Second)
	time.Sleep(5 * time.Second)
	w.picture("wallet-wrong-password")
	w.closeDialog()
	w.at(nav.PageReview, "licence=bicycle-workshop", "Sign", "review-locked")
}

func (w *tour) closeDialog() {
	if !w.say(command{Do: "tap", Text: "Cancel"}).OK {
		w.say(command{Do: "tap", Text: "Close"})
	}
}

func (w *tour) settings() {
	for _, part := range []string{"storage", "trainer", "networks", "wallet"} {
		w.must(command{Do: "go", Page: nav.PageSettings, Arg: part})
		time.Sleep(2 * time.Second)
		w.picture("settings-" + part)
	}
}

// small pictures the pages in the smallest window, and with the largest text.
func (w *tour) small() {
	for _, r := range []struct{ page, arg string }{
		{nav.PageHome, ""},
		{nav.PageDataNets, ""},
		{nav.PageDataNet, "bicycle-workshop"},
		{nav.PageRuns, ""},
		{nav.PageRun, w.short("Twice")},
		{nav.PageNewRun, ""},
		{nav.PageModels, ""},
		{nav.PageModel, w.newest()},
		{nav.PageModel, w.newest() + "#files"},
		{nav.PageModel, w.newest() + "#card"},
		{nav.PageCompare, w.run("Waits") + "," + w.run("Twice")},
		{nav.PageLineage, w.newest()},
		{nav.PageWallet, ""},
		{nav.PageReview, "licence=bicycle-workshop"},
		{nav.PageSettings, "general"},
		{nav.PageHelp, ""},
	} {
		w.must(command{Do: "go", Page: r.page, Arg: r.arg})
		time.Sleep(time.Second)
		_, tab, _ := strings.Cut(r.arg, "#")
		w.pictureAs("small-"+r.page+tab, "light", 100, 960, 640)
		w.pictureAs("large-"+r.page+tab, "light", 160, 1280, 800)
	}
	w.must(command{Do: "look", Text: "light", Percent: 100})
}

// publishing registers the newest model on another network, whose node has no room for the transaction for a while.
func (w *tour) publishing() {
	other := filepath.Join(w.whole.TempDir(), "other") // later parts use the network too
	account := w.mf("wallet", "list")["accounts"].([]any)[0].(map[string]any)["address"].(string)
	if out, err := child(w.t, asMF, "--home", other, "chain", "faucet", account).CombinedOutput(); err != nil {
		w.t.Fatalf("faucet: %v\n%s", err, out)
	}
	far, stop := serve(w.whole, other)
	proxy, release := holdBack(w.whole, far.URL)
	w.gone = func() { proxy.Close(); stop() }
	r := far.Registries[0]
	w.mf("chain", "add", "--name", "far", "--url", proxy.URL, "--chain-id", fmt.Sprint(far.ChainID), "--coin", "test OPEN",
		"--models", r.Models.Hex(), "--datanets", r.DataNets.Hex(), "--licences", r.Licences.Hex())
	w.mf("chain", "use", "far")
	w.must(command{Do: "go", Page: nav.PageWallet})
	w.tapWhen("Unlock…", 10*time.Second)
	w.must(command{Do: "type", Where: "Password", Text: password})
	w.tapWhen("Unlock", 10*time.Second)
	w.until("open wallet", 30*time.Second, says("Lock now"))

	id := w.newest()
	w.at(nav.PageModel, id, "Review and publish…", "publish-model")
	w.tapWhen("Review and publish…", 20*time.Second)
	w.until("review", 60*time.Second, says("Sign and publish"))
	w.picture("publish-review")
	w.tapWhen("Sign and publish", 10*time.Second)
	w.until("sent", 20*time.Second, says("Leave"))
	time.Sleep(time.Second)
	w.picture("publish-sent")
	w.at(nav.PageModel, id, "Chat", "publish-sent-model")
	w.at(nav.PageWallet, "", "Activity", "publish-sent-wallet")
	release()
	w.until("block", 60*time.Second, func(a said) bool { return !slices.Contains(a.Texts, "sent") })
	w.picture("publish-mined-wallet")
	w.at(nav.PageLineage, id, "verified", "lineage-verified")
}

// holdBack passes requests on to a node at url, but keeps signed transactions to itself until they are released, as a node
// with full blocks would.
func holdBack(t *testing.T, url string) (proxy *httptest.Server, release func()) {
	t.Helper()
	var mu sync.Mutex
	var kept [][]byte
	released := false
	send := func(body []byte) (*http.Response, error) {
		return http.Post(url, "application/json", bytes.NewReader(body))
	}
	proxy = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var ask struct {
			ID     json.RawMessage `json:"id"`
			Method string          `json:"method"`
			Params []hexutil.Bytes `json:"params"`
		}
		body, err := io.ReadAll(r.Body)
		mu.Lock()
		defer mu.Unlock()
		if err == nil && !released && json.Unmarshal(body, &ask) == nil && ask.Method == "eth_sendRawTransaction" {
			kept = append(kept, body)
			fmt.Fprintf(w, `{"jsonrpc":"2.0","id":%s,"result":%q}`, ask.ID, crypto.Keccak256Hash(ask.Params[0]))
			return
		}
		reply, err := send(body)
		if err != nil {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		defer reply.Body.Close()
		_, _ = io.Copy(w, reply.Body)
	}))
	t.Cleanup(proxy.Close)
	return proxy, func() {
		mu.Lock()
		defer mu.Unlock()
		released = true
		for _, body := range kept {
			reply, err := send(body)
			if err != nil {
				t.Fatal(err)
			}
			_ = reply.Body.Close()
		}
	}
}

// damaged changes a byte in the published model, in a row it learnt from, and in a record that its folder needs.
func (w *tour) damaged() {
	id := w.newest()
	verify := func(name string) {
		w.must(command{Do: "go", Page: nav.PageHome})
		w.must(command{Do: "go", Page: nav.PageLineage, Arg: id})
		w.until("difference", 30*time.Second, says("Differs"))
		w.picture(name)
	}
	dir := filepath.Join(w.home, "models", id)
	adapter, rows := filepath.Join(dir, "adapter_model.safetensors"), filepath.Join(w.home, "datanets", "orchard-almanac", "1", "rows.jsonl")
	flip(w.t, adapter)
	verify("lineage-adapter-differs")
	w.must(command{Do: "go", Page: nav.PageModel, Arg: id})
	time.Sleep(3 * time.Second)
	w.picture("model-adapter-differs")
	flip(w.t, adapter) // as it was

	flip(w.t, rows)
	verify("lineage-row-differs")
	w.must(command{Do: "go", Page: nav.PageDataNet, Arg: "orchard-almanac"})
	w.until("damaged row", 30*time.Second, says("rows.jsonl:"))
	w.picture("datanet-damaged")
	flip(w.t, rows)

	flip(w.t, filepath.Join(dir, "metrics.json"))
	verify("lineage-record-differs")
	w.at(nav.PageModels, "", "damaged", "models-damaged")
	w.at(nav.PageModel, id, "damaged", "model-damaged")
}

// networkGone shows what is left when the network in use answers no more.
func (w *tour) networkGone() {
	w.gone()
	time.Sleep(8 * time.Second)
	for _, page := range []string{nav.PageHome, nav.PageDataNets, nav.PageWallet} {
		w.must(command{Do: "go", Page: page})
		time.Sleep(4 * time.Second)
		w.picture("far-" + page)
	}
	w.must(command{Do: "go", Page: nav.PageReview, Arg: "publish=" + w.newest()})
	time.Sleep(4 * time.Second)
	w.picture("far-review")
}

// flip changes one byte in the middle of a file.
func flip(t *testing.T, path string) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	b[len(b)/2] ^= 1
	if err := os.Chmod(path, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

// damage flips a byte in the weights of every checkpoint.
func damage(t *testing.T, dir string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*", "*.safetensors"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no checkpoint in %s: %v", dir, err)
	}
	for _, f := range files {
		flip(t, f)
	}
}

// poison makes weights of the tiny base so large that the loss is no number, and its record fit them.
func poison(t *testing.T, runtime string) {
	t.Helper()
	dirs, err := filepath.Glob(filepath.Join(runtime, "bases", "SmolLM2*"))
	if err != nil || len(dirs) != 1 {
		t.Fatalf("bases: %v %v", dirs, err)
	}
	path := filepath.Join(dirs[0], "model.safetensors")
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for i := 8 + int(binary.LittleEndian.Uint64(b)); i+4 <= len(b); i += 4 {
		binary.LittleEndian.PutUint32(b[i:], math.Float32bits(3e38))
	}
	sum := sha256.Sum256(b)
	var record map[string]any
	raw, err := os.ReadFile(filepath.Join(dirs[0], "base.json"))
	if err == nil {
		err = json.Unmarshal(raw, &record)
	}
	if err != nil {
		t.Fatal(err)
	}
	record["files"].(map[string]any)["model.safetensors"] = hex.EncodeToString(sum[:])
	canonical, err := json.Marshal(record["files"])
	if err != nil {
		t.Fatal(err)
	}
	sum = sha256.Sum256(canonical)
	record["digest"] = hex.EncodeToString(sum[:])
	if raw, err = json.Marshal(record); err != nil {
		t.Fatal(err)
	}
	for file, data := range map[string][]byte{path: b, filepath.Join(dirs[0], "base.json"): raw} {
		if err := os.WriteFile(file, data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
