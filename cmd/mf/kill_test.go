//go:build unix

package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/modelfactory/modelfactory/chain"
	"github.com/modelfactory/modelfactory/chain/devchain"
	"github.com/modelfactory/modelfactory/training"
)

const killInterval = 20 // steps between two checkpoints

// killLine is a run long enough to be killed in the middle, about 200 steps.
func killLine(id training.RunID) []string {
	return startLine("--set", "passes=18", "--set", "eval_every=50", "--set", fmt.Sprintf("checkpoint_every=%d", killInterval), "--id", string(id))
}

var whole struct {
	sync.Once
	home, adapter string
	steps         int
}

// undisturbed is a data folder in which a run of these settings ended by itself, made once.
func undisturbed(t *testing.T) string {
	t.Helper()
	tinyRuntime(t) // without a trainer each test skips, not only the one that would make it
	whole.Do(func() {
		home := newHome(t)
		run := dig(t, tiny(t, home, killLine(training.NewRunID())...).want(t, 0), "run")
		whole.adapter, whole.steps = dig(t, run, "adapter").(string), int(dig(t, run, "steps").(float64))
		whole.home = filepath.Join(world.dir, "undisturbed")
		copyTree(t, home, whole.home)
	})
	if whole.home == "" {
		t.Fatal("the undisturbed run did not end")
	}
	return whole.home
}

// points is how often a test kills, and a source of chance whose seed is in the log.
func points(t *testing.T, ci, soak int) (int, *rand.Rand) {
	t.Helper()
	seed := uint64(time.Now().UnixNano())
	if v, err := strconv.ParseUint(os.Getenv("MODELFACTORY_SEED"), 10, 64); err == nil {
		seed = v
	}
	t.Logf("MODELFACTORY_SEED=%d", seed)
	if os.Getenv("MODELFACTORY_SOAK") != "" {
		ci = soak
	}
	return ci, rand.New(rand.NewPCG(seed, 2))
}

// A trainer that does not answer the pause: a second signal, a while after the first, ends mf at once.
func TestASecondSignalDoesNotWait(t *testing.T) {
	t.Parallel()
	home, id := newHome(t), training.NewRunID()
	dir := filepath.Join(home, "runs", string(id))
	program := hold(t, tinyCommand(t, home, killLine(id)...), `"phase":"training"`)
	untilStep(t, dir, 3)
	raw, err := os.ReadFile(filepath.Join(dir, "lock"))
	must(t, err)
	trainer, err := strconv.Atoi(strings.TrimSpace(string(raw)))
	must(t, err)
	must(t, syscall.Kill(trainer, syscall.SIGSTOP))
	goOn := sync.OnceFunc(func() { _ = syscall.Kill(trainer, syscall.SIGCONT) })
	t.Cleanup(goOn)
	must(t, program.cmd.Process.Signal(syscall.SIGTERM))
	must(t, program.cmd.Process.Signal(syscall.SIGTERM)) // as timeout(1) does
	time.Sleep(twoSignals + time.Second)
	if err := program.cmd.Process.Signal(syscall.Signal(0)); err != nil {
		t.Fatalf("mf left at the first signal: %v", err)
	}
	must(t, program.cmd.Process.Signal(syscall.SIGTERM))
	since := time.Now()
	program.end(t)
	if took := time.Since(since); took > 5*time.Second {
		t.Errorf("mf left %s after the second signal", took)
	}
	goOn()
	if run := dig(t, tiny(t, home, "run", "show", string(id)).want(t, 0), "run"); dig(t, run, "state") != "paused" {
		t.Errorf("afterwards: %v", run)
	}
}

// kill -9 of the trainer, of mf, or of both while it trains: the run is paused with a reason, repeats at most one
// checkpoint interval when it is resumed, and ends with the adapter of a run that nobody disturbed.
func TestKillsWhileTraining(t *testing.T) {
	t.Parallel()
	undisturbed(t)
	n, rng := points(t, 4, 20)
	modes := []string{"trainer", "mf", "both"}
	for i := range n {
		mode := modes[i%len(modes)]
		at := 1 + whole.steps*7/10*i/n + rng.IntN(max(1, whole.steps*7/10/n))
		t.Run(fmt.Sprintf("%s at step %d of %d", mode, at, whole.steps), func(t *testing.T) {
			t.Parallel()
			home, id := newHome(t), training.NewRunID()
			dir := filepath.Join(home, "runs", string(id))
			program := hold(t, tinyCommand(t, home, killLine(id)...), `"phase":"training"`)
			untilStep(t, dir, at)
			if mode != "mf" {
				raw, err := os.ReadFile(filepath.Join(dir, "lock"))
				must(t, err)
				pid, err := strconv.Atoi(strings.TrimSpace(string(raw)))
				must(t, err)
				must(t, syscall.Kill(pid, syscall.SIGKILL))
			}
			if mode != "trainer" {
				must(t, program.cmd.Process.Kill())
			}
			ended := program.end(t)
			if mode == "trainer" {
				if run := dig(t, ended.want(t, 0), "run"); dig(t, run, "state") != "paused" {
					t.Errorf("the program that lost its trainer says %v", run)
				}
			}
			run := dig(t, tiny(t, home, "run", "show", string(id)).want(t, 0), "run")
			reason, _ := dig(t, run, "reason").(string)
			if dig(t, run, "state") != "paused" || reason == "" {
				t.Fatalf("after the restart: %v", run)
			}
			before := steps(t, dir)
			done := dig(t, tiny(t, home, "run", "resume", string(id)).want(t, 0), "run")
			after := steps(t, dir)[len(before):]
			if len(after) == 0 {
				t.Fatal("nothing was left to do: the kill came too late to test anything")
			}
			repeated := before[len(before)-1] - after[0] + 1
			t.Logf("%s Steps done again: %d.", reason, repeated)
			if repeated > killInterval {
				t.Errorf("%d steps were done again, checkpoints are %d apart", repeated, killInterval)
			}
			if dig(t, done, "state") != "finished" || dig(t, done, "adapter") != whole.adapter {
				t.Errorf("resumed: %v with adapter %v, undisturbed %s", dig(t, done, "state"), dig(t, done, "adapter"), whole.adapter)
			}
		})
	}
}

// steps reads the step numbers of a run's record in the order in which they were written.
func steps(t *testing.T, dir string) []int {
	t.Helper()
	f, err := os.Open(filepath.Join(dir, "events.jsonl"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	must(t, err)
	defer func() { _ = f.Close() }()
	var out []int
	for in := bufio.NewScanner(f); in.Scan(); {
		var e struct {
			Event string
			Step  int
		}
		if json.Unmarshal(in.Bytes(), &e) == nil && e.Event == "step" {
			out = append(out, e.Step)
		}
	}
	return out
}

// untilStep waits until a run has written a step.
func untilStep(t *testing.T, dir string, step int) {
	t.Helper()
	limit := time.Now().Add(2 * time.Minute)
	for {
		if s := steps(t, dir); len(s) > 0 && s[len(s)-1] >= step {
			return
		}
		if time.Now().After(limit) {
			t.Fatalf("step %d never came", step)
		}
		time.Sleep(2 * time.Millisecond)
	}
}

// kill -9 anywhere in a line that signs: the line is repeated until it is done, and then it is done once. The chain
// equals its journal.
func TestKillsWhileSigning(t *testing.T) {
	template := undisturbed(t)
	n, rng := points(t, 4, 50)
	for _, c := range []struct {
		name string
		line []string
	}{
		{"licence", []string{"net", "license", "bicycle-workshop"}},
		{"publish", []string{"model", "publish", whole.adapter}},
	} {
		home := filepath.Join(t.TempDir(), "home")
		copyTree(t, template, home)
		start := time.Now()
		tiny(t, home, c.line...).want(t, 0)
		length := time.Since(start)
		for i := range n {
			delay := length*time.Duration(2+8*i/n)/10 + time.Duration(rng.Int64N(int64(length)/10+1))
			t.Run(fmt.Sprintf("%s after %d ms of %d", c.name, delay.Milliseconds(), length.Milliseconds()), func(t *testing.T) {
				home := filepath.Join(t.TempDir(), "home")
				copyTree(t, template, home)
				balance := func() *big.Int {
					text := dig(t, tiny(t, home, "wallet", "list").want(t, 0), "accounts", 0, "balance").(string)
					n, _ := new(big.Int).SetString(text, 10)
					return n
				}
				before, started := balance(), time.Now()
				program := tinyCommand(t, home, c.line...)
				must(t, program.Start())
				time.Sleep(delay) // the point of the kill, not a wait for something
				_ = program.Process.Kill()
				_ = program.Wait()
				journal := journalLength(t, home)

				r := tiny(t, home, c.line...)
				price := new(big.Int)
				if c.name == "licence" {
					doc := dig(t, r.want(t, 0), "licence")
					until, err := time.Parse(time.RFC3339, dig(t, doc, "until").(string))
					must(t, err)
					// Blocks are a second apart at least, so a chain that was made just now is ahead of the clock.
					ahead := time.Duration(2+journalLength(t, home)) * time.Second
					if until.Before(started.AddDate(0, 0, 90).Add(-2*time.Second)) || until.After(time.Now().AddDate(0, 0, 90).Add(ahead)) {
						t.Errorf("a licence of 90 days that was bought now ends on %s", until)
					}
					if dig(t, doc, "state") != "held" || !strings.HasPrefix(dig(t, doc, "tx").(string), "0x") {
						t.Errorf("licence: %v", doc)
					}
					price.SetString("12000000000000000000", 10)
				} else if id := dig(t, r.want(t, 0), "model", "id"); id != 1.0 {
					t.Errorf("it is model %v", id)
				}
				spent := new(big.Int).Sub(before, balance())
				fee := new(big.Int).Sub(spent, price)
				if fee.Sign() <= 0 || fee.Cmp(big.NewInt(1e16)) > 0 {
					t.Errorf("it cost %s wei beside the price of %s", fee, price)
				}
				mined := 0
				for _, tx := range dig(t, tiny(t, home, "chain", "outbox").want(t, 0), "transactions").([]any) {
					switch state := dig(t, tx, "state"); state {
					case "mined", "safe", "final":
						mined++
					case "dropped", "failed":
					default:
						t.Errorf("a transaction is left %v", state)
					}
				}
				if mined != 1 {
					t.Errorf("%d transactions of this account are in blocks", mined)
				}
				models := checkChain(t, home)
				if c.name == "publish" {
					tiny(t, home, "model", "verify", whole.adapter).want(t, 0)
					if models != 1 {
						t.Errorf("the chain has %d models", models)
					}
				}
				t.Logf("%d blocks at the kill, %d at the end", journal, journalLength(t, home))
			})
		}
	}
}

// openChain opens a data folder's chain while no program holds it.
func openChain(t *testing.T, home string) *devchain.Chain {
	t.Helper()
	dev, err := devchain.Open(context.Background(), filepath.Join(home, "chain", "dev"), devchain.Options{})
	must(t, err)
	return dev
}

func journalLength(t *testing.T, home string) int {
	t.Helper()
	dev := openChain(t, home)
	defer func() { must(t, dev.Close()) }()
	n, err := dev.Check(context.Background())
	must(t, err)
	return n
}

// checkChain compares the chain with its journal and counts the models on it.
func checkChain(t *testing.T, home string) uint64 {
	t.Helper()
	dev := openChain(t, home)
	defer func() { must(t, dev.Close()) }()
	if _, err := dev.Check(context.Background()); err != nil {
		t.Error(err)
	}
	p := dev.Profile()
	reg, err := p.Registry()
	must(t, err)
	client, err := chain.NewClient(context.Background(), p, dev.RPC())
	must(t, err)
	n, err := client.Models(context.Background(), reg)
	must(t, err)
	return n
}

// A file that may not grow, as on a full disk: each line says so, leaves nothing half-written, and works again when
// there is room.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	limited := func(t *testing.T, home string, bytes int, line ...string) result {
		cmd := tinyCommand(t, home, line...)
		cmd.Env = append(cmd.Env, fmt.Sprintf("%s=%d", fileLimit, bytes))
		return finish(t, cmd)
	}
	t.Run("import", func(t *testing.T) {
		home := newHome(t)
		rows := filepath.Join(t.TempDir(), "many.jsonl")
		must(t, writeFacts(rows, 20_000))
		before := tree(t, filepath.Join(home, "datanets"))
		limited(t, home, 1<<20, "data", "import", rows, "--name", "many").refuses(t, 1, "failed", "limit for the size")
		if after := tree(t, filepath.Join(home, "datanets")); len(after) != len(before) {
			t.Errorf("it left %v", after)
		}
		tiny(t, home, "data", "import", rows, "--name", "many").want(t, 0)
	})
	t.Run("wallet", func(t *testing.T) {
		home := filepath.Join(t.TempDir(), "home")
		tiny(t, home, "run", "list").want(t, 0)
		limited(t, home, 300, "wallet", "create").refuses(t, 1, "failed", "limit for the size")
		if left := tree(t, filepath.Join(home, "vault")); len(left) != 0 {
			t.Errorf("it left %v", left)
		}
		if words := dig(t, tiny(t, home, "wallet", "create").want(t, 0), "words"); words == "" {
			t.Error("no words")
		}
	})
	t.Run("training", func(t *testing.T) {
		home, id := newHome(t), training.NewRunID()
		line := startLine("--set", "rank=256", "--set", "alpha=256", "--id", string(id))
		run := dig(t, limited(t, home, 1<<20, line...).want(t, 1), "run")
		if dig(t, run, "state") != "failed" || dig(t, run, "failure", "code") != "disk" || dig(t, run, "failure", "advice") == "" {
			t.Errorf("the run is %v", run)
		}
		t.Logf("%v | %v", dig(t, run, "failure", "message"), dig(t, run, "failure", "advice"))
		for name := range tree(t, filepath.Join(home, "runs", string(id))) {
			if strings.HasPrefix(name, "checkpoints/") || strings.HasPrefix(name, "adapter/") {
				t.Errorf("half a file was left: %s", name)
			}
		}
		if models := tree(t, filepath.Join(home, "models")); slices.ContainsFunc(keys(models), func(n string) bool { return strings.HasSuffix(n, ".safetensors") }) {
			t.Errorf("there is a model: %v", models)
		}
		done := dig(t, tiny(t, home, "run", "resume", string(id)).want(t, 0), "run")
		if dig(t, done, "state") != "finished" || dig(t, done, "model") == "" {
			t.Errorf("with room again the run is %v", done)
		}
	})
}

func keys(m map[string]int64) []string {
	var out []string
	for k := range m {
		out = append(out, k)
	}
	return out
}
