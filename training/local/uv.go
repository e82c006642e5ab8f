package local

import (
	"bytes"
	"cmp"
	"context"
	_ "embed"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/modelfactory/modelfactory/training"
)

// uvPin is the requirements file of the installer, with its hashes.
//
//go:embed uv.txt
var uvPin []byte

// uvVersion is the version in uv.txt.
func uvVersion() string { return parseRequirements(uvPin)[0].version }

// ensureUV returns an installer of the pinned version: the one in the runtime
// folder, one on the path, or a new one in an environment of its own. wheels
// is a folder to take it from instead of the network; "" = the network.
func (r *Runtime) ensureUV(ctx context.Context, wheels string) (string, error) {
	own := r.ownUV()
	if uvIs(ctx, own, uvVersion()) {
		return own, nil
	}
	if found, err := exec.LookPath("uv"); err == nil && uvIs(ctx, found, uvVersion()) {
		return found, nil
	}
	python, _, err := findPython(ctx)
	if err != nil {
		return "", err
	}
	// A half-made environment is made anew.
	if err := os.RemoveAll(filepath.Join(r.dir, "uv")); err != nil {
		return "", installError(err, "the old installer cannot be removed")
	}
	out, err := r.run(ctx, r.pipEnv(), nil, python, "-m", "venv", filepath.Join(r.dir, "uv"))
	if err != nil {
		_ = os.RemoveAll(filepath.Join(r.dir, "uv"))
		return "", venvError(ctx, err, out)
	}
	list := filepath.Join(r.dir, "uv", "uv.txt")
	if err := os.WriteFile(list, uvPin, 0o644); err != nil {
		return "", installError(err, "the installer cannot be written")
	}
	pip := filepath.Join(filepath.Dir(own), "python")
	args := []string{"-m", "pip", "install", "--quiet", "--no-input", "--require-hashes", "--only-binary=:all:", "-r", list}
	if wheels != "" {
		args = append(args, "--no-index", "--find-links", wheels)
	}
	out, err = r.run(ctx, r.pipEnv(), nil, pip, args...)
	if err != nil {
		return "", networkError(ctx, err, out, "the installer uv cannot be fetched")
	}
	if !uvIs(ctx, own, uvVersion()) {
		return "", &training.Error{Kind: training.KindFailed, Message: "the installer uv does not start", Next: "Look at " + r.logPath("install") + "."}
	}
	return own, nil
}

func (r *Runtime) ownUV() string {
	if runtime.GOOS == "windows" {
		return filepath.Join(r.dir, "uv", "Scripts", "uv.exe")
	}
	return filepath.Join(r.dir, "uv", "bin", "uv")
}

// uvReady says whether ensureUV has nothing to fetch.
func (r *Runtime) uvReady(ctx context.Context) bool {
	if uvIs(ctx, r.ownUV(), uvVersion()) {
		return true
	}
	found, err := exec.LookPath("uv")
	return err == nil && uvIs(ctx, found, uvVersion())
}

func uvIs(ctx context.Context, path, version string) bool {
	cmd := exec.CommandContext(ctx, path, "--version")
	cmd.Env = cleanEnv(os.Environ(), false)
	out, err := cmd.Output()
	f := strings.Fields(string(out))
	return err == nil && len(f) >= 2 && f[1] == version
}

// findPython looks for a Python that the trainer runs on, 3.11 or newer, and
// tells its version as 3.12.
func findPython(ctx context.Context) (path, version string, err error) {
	names := []string{"python3", "python3.13", "python3.12", "python3.11", "python"}
	if p := os.Getenv("MODELFACTORY_PYTHON"); p != "" {
		names = []string{p}
	}
	seen := ""
	for _, name := range names {
		path, err := exec.LookPath(name)
		if err != nil {
			continue
		}
		cmd := exec.CommandContext(ctx, path, "-c", "import sys; print('%d.%d' % sys.version_info[:2])")
		cmd.Env = cleanEnv(os.Environ(), false)
		out, err := cmd.Output()
		if err != nil {
			continue
		}
		var major, minor int
		if _, err := fmt.Sscanf(string(out), "%d.%d", &major, &minor); err == nil && major == 3 && minor >= 11 {
			return path, fmt.Sprintf("%d.%d", major, minor), nil
		}
		seen = fmt.Sprintf("; %s is %s", name, strings.TrimSpace(string(out)))
	}
	return "", "", &training.Error{
		Kind: training.KindNotFound, Message: "the trainer needs Python 3.11 or newer, and there is none" + seen,
		Next: "Install it (Debian, Ubuntu: sudo apt-get install python3 python3-venv), then try again.",
	}
}

// venvError explains why python3 -m venv failed. Debian keeps a part of it in a
// package of its own.
func venvError(ctx context.Context, err error, out []byte) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if bytes.Contains(out, []byte("ensurepip")) || bytes.Contains(out, []byte("No module named venv")) {
		return &training.Error{
			Kind: training.KindNotFound, Message: "this Python cannot make environments: its venv part is not installed",
			Next: "Run: sudo apt-get install python3-venv", Err: err,
		}
	}
	return installError(err, "an environment for the installer cannot be made: "+lastLines(out, 2))
}

// uvEnv is the environment of uv: everything it keeps lies in the runtime
// folder, and nothing of the person's own settings for uv or pip reaches it but
// the address of a mirror, for the hashes decide what is taken.
func (r *Runtime) uvEnv() []string {
	env := append(cleanEnv(os.Environ(), true),
		"UV_CACHE_DIR="+r.cacheDir(), "UV_PYTHON_INSTALL_DIR="+filepath.Join(r.dir, "pythons"), "UV_NO_CONFIG=1", "UV_NO_PROGRESS=1",
		"UV_PYTHON_PREFERENCE=system", "UV_PYTHON_DOWNLOADS=never", "UV_HTTP_TIMEOUT=120", "UV_HTTP_RETRIES=8", "PYTHONNOUSERSITE=1")
	if m := mirror(); m != "" {
		env = append(env, "UV_DEFAULT_INDEX="+m)
	}
	return env
}

// pipEnv is the environment of Python's own venv and pip, which fetch uv.
func (r *Runtime) pipEnv() []string {
	env := append(cleanEnv(os.Environ(), true), "PYTHONNOUSERSITE=1", "PIP_DISABLE_PIP_VERSION_CHECK=1", "PIP_CACHE_DIR="+filepath.Join(r.dir, "cache", "pip"), "PIP_RETRIES=8", "PIP_DEFAULT_TIMEOUT=120")
	if m := mirror(); m != "" {
		env = append(env, "PIP_INDEX_URL="+m)
	}
	return env
}

// mirror is the package index to use instead of the ordinary one: ours, else
// the one that the person's uv or pip uses.
func mirror() string {
	return cmp.Or(os.Getenv("MODELFACTORY_INDEX"), os.Getenv("UV_DEFAULT_INDEX"), os.Getenv("UV_INDEX_URL"), os.Getenv("PIP_INDEX_URL"))
}

func (r *Runtime) cacheDir() string { return filepath.Join(r.dir, "cache", "uv") }

// run starts a program of the installation, appends its words to the log and
// hands each line to say, which may be nil. It returns the end of what was
// said. Ending ctx ends the program and its group.
func (r *Runtime) run(ctx context.Context, env []string, say func(string), name string, args ...string) ([]byte, error) {
	if err := os.MkdirAll(filepath.Join(r.dir, "logs"), 0o755); err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Env, cmd.Dir = env, r.dir
	ownGroup(cmd)
	cmd.Cancel = func() error { return killGroup(cmd.Process.Pid) }
	cmd.WaitDelay = 5 * time.Second
	w := &lineWriter{say: say}
	if f, err := os.OpenFile(r.logPath("install"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644); err == nil {
		defer f.Close()
		fmt.Fprintf(f, "%s %s %s\n", time.Now().UTC().Format(time.RFC3339), filepath.Base(name), strings.Join(args, " "))
		w.log = f
	}
	cmd.Stdout, cmd.Stderr = w, w // one writer: one goroutine drains both
	err := cmd.Run()
	if err != nil && len(bytes.TrimSpace(w.tail)) == 0 {
		w.tail = []byte(filepath.Base(name) + " ended without a word: " + err.Error())
	}
	return w.tail, err
}

// lineWriter copies a program's words to the log, keeps their end and tells
// each line.
type lineWriter struct {
	log  io.Writer // may be nil
	say  func(string)
	line []byte // not ended yet
	tail []byte
}

const keptWords = 64 << 10 // bytes

// Write implements io.Writer. A log that cannot be written does not stop the
// program.
func (w *lineWriter) Write(p []byte) (int, error) {
	if w.log != nil {
		_, _ = w.log.Write(p)
	}
	w.tail = append(w.tail, p...)
	w.tail = w.tail[max(0, len(w.tail)-keptWords):]
	w.line = append(w.line, p...)
	for {
		line, rest, ok := bytes.Cut(w.line, []byte("\n"))
		if !ok {
			w.line = w.line[max(0, len(w.line)-keptWords):]
			return len(p), nil
		}
		if text := strings.TrimSpace(string(bytes.ToValidUTF8(line, nil))); text != "" && w.say != nil {
			w.say(text[:min(len(text), maxLastLine)])
		}
		w.line = rest
	}
}

func (r *Runtime) logPath(name string) string { return filepath.Join(r.dir, "logs", name+".log") }

// lineWith is the first line that holds one of these words, in lower case.
func lineWith(out []byte, words ...string) string {
	for line := range strings.Lines(string(out)) {
		for _, word := range words {
			if strings.Contains(strings.ToLower(line), word) {
				return strings.TrimSpace(line)
			}
		}
	}
	return lastLines(out, 3)
}

func installError(err error, what string) error {
	e := &training.Error{Kind: training.KindFailed, Message: what, Err: err}
	if f := training.Classify("", err.Error(), "", "", 0, ""); f.Code == training.FailDisk {
		e.Next = "Free some disk space, then install again: it goes on where it stopped."
	}
	return e
}

// networkError explains why fetching failed; out is what the installer said.
func networkError(ctx context.Context, err error, out []byte, what string) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	text := strings.ToLower(string(out))
	e := &training.Error{Kind: training.KindFailed, Message: what + ": " + lastLines(out, 3), Next: "Try again: it goes on where it stopped.", Err: err}
	switch {
	case strings.Contains(text, "no space left") || strings.Contains(text, "disk quota"):
		e.Next = "Free some disk space, then install again: it goes on where it stopped."
	case strings.Contains(text, "hash mismatch") || strings.Contains(text, "do not match the hashes"):
		e.Kind, e.Message = training.KindRefused, what+": "+lineWith(out, "mismatch", "do not match")
		e.Next = "A package differs from the one that was pinned. Look at the package mirror or the folder of wheels that it came from."
	case strings.Contains(text, "dns error") || strings.Contains(text, "connect") || strings.Contains(text, "resolve") || strings.Contains(text, "timed out"):
		e.Next = "Look at the network connection and try again: it goes on where it stopped."
	}
	return e
}
