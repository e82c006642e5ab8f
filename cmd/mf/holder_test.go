//go:build unix

package main

import (
	"bufio"
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// held is an mf that works in the background.
type held struct {
	cmd  *exec.Cmd
	mu   sync.Mutex
	text strings.Builder
	errs bytes.Buffer
	more chan struct{} // another line came
	done chan struct{} // its output ended
	stop func()
}

// begin starts a line in the background.
func begin(t *testing.T, cmd *exec.Cmd) *held {
	t.Helper()
	h := &held{cmd: cmd, more: make(chan struct{}, 1), done: make(chan struct{})}
	out, err := cmd.StdoutPipe()
	if err == nil {
		cmd.Stderr = &h.errs
		err = cmd.Start()
	}
	if err != nil {
		t.Error(err)
		close(h.done)
		h.stop = func() {}
		return h
	}
	h.stop = stopper(t, cmd)
	go func() {
		defer close(h.done)
		for in := bufio.NewReader(out); ; {
			line, err := in.ReadString('\n')
			h.mu.Lock()
			h.text.WriteString(line)
			h.mu.Unlock()
			select {
			case h.more <- struct{}{}:
			default:
			}
			if err != nil {
				return
			}
		}
	}()
	return h
}

// until waits until it has printed what the test waits for.
func (h *held) until(t *testing.T, words string) {
	t.Helper()
	limit := time.After(3 * time.Minute)
	for !strings.Contains(h.said(), words) {
		select {
		case <-h.more:
		case <-h.done:
			if strings.Contains(h.said(), words) {
				return
			}
			_ = h.cmd.Wait()
			t.Fatalf("it ended before it said %q: %s%s", words, h.said(), h.errs.String())
		case <-limit:
			t.Fatalf("it never said %q: %s", words, h.said())
		}
	}
}

// hold starts a line and waits until it has printed what the test waits for.
func hold(t *testing.T, cmd *exec.Cmd, words string) *held {
	t.Helper()
	h := begin(t, cmd)
	h.until(t, words)
	return h
}

func (h *held) said() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.text.String()
}

// end waits for the program's own end.
func (h *held) end(t *testing.T) result {
	t.Helper()
	select {
	case <-h.done:
	case <-time.After(3 * time.Minute):
		t.Fatalf("it does not end: %s", h.said())
	}
	_ = h.cmd.Wait()
	return result{h.cmd.ProcessState.ExitCode(), h.said(), ""}
}

// While one mf trains, a second one asks it to list, show, watch, pause and start; the words are those it would have
// printed alone.
func TestSecondProgram(t *testing.T) {
	t.Parallel()
	home := newHome(t)
	long := startLine("--set", "passes=1000", "--set", "checkpoint_every=50", "--name", "long", "--id", "01890a5d-ac96-774b-bcce-b302099a8057")
	// Whoever comes first holds the folder; the other's start, at the same moment, is the same run.
	twin := make(chan *held, 1)
	go func() { twin <- begin(t, tinyCommand(t, home, long...)) }()
	first := begin(t, tinyCommand(t, home, long...))
	second := <-twin
	first.until(t, `"event":"step"`)
	second.until(t, `"event":"step"`)

	list := dig(t, tiny(t, home, "run", "list").want(t, 0), "runs").([]any)
	if len(list) != 1 || dig(t, list[0], "state") != "running" {
		t.Errorf("the list through the holder: %v", list)
	}
	nets := tiny(t, home, "net", "list").stdout
	shown := dig(t, tiny(t, home, "run", "show", "long").want(t, 0), "run")
	if dig(t, shown, "state") != "running" || dig(t, shown, "phase") != "training" {
		t.Errorf("shown through the holder: %v", shown)
	}
	tiny(t, home, "run", "show", "77").refuses(t, 4, "not_found", "77")
	tiny(t, home, "fly").refuses(t, 2, "usage", "fly")
	tiny(t, home, startLine()...).refuses(t, 3, "refused", "training", "--queue") // another run has to wait its turn

	// A watcher that leaves does not touch the run.
	watcher := hold(t, tinyCommand(t, home, "run", "watch", "long"), `"event":"step"`)
	watcher.stop()
	if s := dig(t, tiny(t, home, "run", "show", "long").want(t, 0), "run", "state"); s != "running" {
		t.Errorf("after a watcher left the run is %v", s)
	}
	// Neither does one that is killed.
	watcher = hold(t, tinyCommand(t, home, "run", "watch", "long"), `"event":"step"`)
	must(t, watcher.cmd.Process.Kill())
	_ = watcher.end(t)
	// The same start again, by id: one run, and its stream.
	again := hold(t, tinyCommand(t, home, long...), `"event":"step"`)
	watching := hold(t, tinyCommand(t, home, "run", "watch", "long"), `"event":"step"`)

	paused := dig(t, tiny(t, home, "run", "pause", "long").want(t, 0), "run")
	if dig(t, paused, "state") != "paused" || !strings.Contains(dig(t, paused, "reason").(string), "Paused by you") {
		t.Errorf("paused through the holder: %v", paused)
	}
	for name, h := range map[string]*held{"one start": first, "its twin": second, "the same start again": again, "the watcher": watching} {
		run := dig(t, h.end(t).want(t, 0), "run")
		if dig(t, run, "state") != "paused" || dig(t, run, "id") != dig(t, paused, "id") {
			t.Errorf("%s ended with %v", name, run)
		}
	}
	if list := dig(t, tiny(t, home, "run", "list").want(t, 0), "runs").([]any); len(list) != 1 {
		t.Errorf("two starts of one id made %d runs", len(list))
	}
	// Alone, every word is the same.
	if alone := tiny(t, home, "net", "list").stdout; alone != nets {
		t.Errorf("alone:\n%s\nthrough the holder:\n%s", alone, nets)
	}

	// Resumed, then stopped by another program: its adapter so far is a model.
	// The resuming line is carried out by a holder whose own line is short, and ends first: the run goes on.
	fifo := filepath.Join(t.TempDir(), "row")
	must(t, syscall.Mkfifo(fifo, 0o600))
	short := begin(t, tinyCommand(t, home, "net", "verify", "facts", "--row", fifo))
	w, err := os.OpenFile(fifo, os.O_WRONLY, 0) // it holds the folder now, and reads
	must(t, err)
	resumed := hold(t, tinyCommand(t, home, "run", "resume", "long"), `"phase":"training"`)
	must(t, w.Close())
	short.until(t, "holds no row")
	resumed.until(t, `"event":"checkpoint"`)
	stopped := dig(t, tiny(t, home, "run", "stop", "long").want(t, 0), "run")
	if dig(t, stopped, "state") != "stopped" || dig(t, stopped, "model") == "" {
		t.Errorf("stopped through the holder: %v", stopped)
	}
	if run := dig(t, resumed.end(t).want(t, 0), "run"); dig(t, run, "adapter") != dig(t, stopped, "adapter") {
		t.Errorf("the holder's last word differs: %v, %v", run, stopped)
	}
	short.end(t).refuses(t, 2, "usage", "row")
	if p := filepath.Join(home, "runs", ".tmp"); len(tree(t, p)) != 0 {
		t.Errorf("something was left in %s", p)
	}
}

// A holder that hangs makes the next program leave with 5 within six seconds or so; one that was killed leaves nothing in
// the way of the next.
func TestHolderThatHangsOrDies(t *testing.T) {
	t.Parallel()
	home := newHome(t)
	holder := hold(t, tinyCommand(t, home, "chain", "serve", "--listen", "127.0.0.1:0"), "url")
	tiny(t, home, "run", "list").want(t, 0)
	must(t, holder.cmd.Process.Signal(syscall.SIGSTOP))
	start := time.Now()
	r := tiny(t, home, "run", "list")
	took := time.Since(start)
	must(t, holder.cmd.Process.Signal(syscall.SIGCONT))
	r.refuses(t, 5, "busy", "does not answer")
	t.Logf("given up after %.1f s", took.Seconds())
	if took > 8*time.Second {
		t.Errorf("it took %s to give up", took)
	}
	tiny(t, home, "run", "list").want(t, 0)

	must(t, holder.cmd.Process.Kill())
	_ = holder.end(t)
	tiny(t, home, "run", "list").want(t, 0)
	next := hold(t, tinyCommand(t, home, "chain", "serve", "--listen", "127.0.0.1:0"), "url")
	tiny(t, home, "run", "list").want(t, 0)
	next.stop()
}

// Questions asked through the holder reach the person at the second program's terminal; without one they are refused.
func TestHolderHasNobodyToAsk(t *testing.T) {
	t.Parallel()
	home := newHome(t)
	hold(t, tinyCommand(t, home, "chain", "serve", "--listen", "127.0.0.1:0"), "url")
	cmd := tinyCommand(t, home, "net", "license", "bicycle-workshop")
	cmd.Env = append(cmd.Env, "MODELFACTORY_PASSWORD=")
	finish(t, cmd).refuses(t, 2, "usage", "--password-file")
	if got := dig(t, tiny(t, home, "net", "license", "bicycle-workshop").want(t, 0), "licence", "state"); got != "held" {
		t.Errorf("with a password the licence is %v", got)
	}
	// The holder's wallet is open now; that is no leave for the next line.
	send := func(password string) result {
		cmd := tinyCommand(t, home, "--yes", "wallet", "send", "--to", "0x000000000000000000000000000000000000dEaD", "--amount", "1")
		cmd.Env = append(cmd.Env, "MODELFACTORY_PASSWORD="+password)
		return finish(t, cmd)
	}
	send("").refuses(t, 2, "usage", "--password-file")
	send("not the password").refuses(t, 3, "refused", "assword")
	// A password file is the caller's: it can be a pipe that the holder could not open.
	piped := tinyCommand(t, home, "--yes", "wallet", "send", "--to", "0x000000000000000000000000000000000000dEaD", "--amount", "1", "--password-file", "/dev/stdin")
	piped.Env = append(piped.Env, "MODELFACTORY_PASSWORD=")
	piped.Stdin = strings.NewReader(password + "\n")
	finish(t, piped).want(t, 0)
}

// What a line chooses for itself, a network or an account, is not what the window or the next line acts on.
func TestALineChoosesForItself(t *testing.T) {
	t.Parallel()
	home := newHome(t)
	added := dig(t, tiny(t, home, "wallet", "list", "--add", "second").want(t, 0), "accounts").([]any)
	first, second := dig(t, added[0], "address").(string), dig(t, added[1], "address").(string)
	holder := hold(t, tinyCommand(t, home, "chain", "serve", "--listen", "127.0.0.1:0"), "url")
	defer holder.stop()
	current := func(args ...string) (name string) {
		for _, n := range dig(t, tiny(t, home, append([]string{"chain", "networks"}, args...)...).want(t, 0), "networks").([]any) {
			if dig(t, n, "current") == true {
				name += dig(t, n, "name").(string)
			}
		}
		return name
	}
	if n := current("--network", "openledger"); n != "openledger" {
		t.Errorf("the line asked for openledger and used %s", n)
	}
	if n := current(); n != "dev" {
		t.Errorf("after a line for openledger the next one uses %s", n)
	}
	tiny(t, home, "wallet", "send", "--from", second, "--to", first, "--amount", "1").refuses(t, 3, "refused", "Not enough")
	if to := dig(t, tiny(t, home, "chain", "faucet").want(t, 0), "to"); to != first {
		t.Errorf("after a line of %s the account in use is %v, not %s", second, to, first)
	}
}
