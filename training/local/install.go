package local

import (
	"bytes"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/modelfactory/modelfactory/training"
	"github.com/modelfactory/modelfactory/training/protocol"
)

// uvPin is the requirements file of the installer, with its hashes.
//
//go:embed uv.txt
var uvPin []byte

// uvVersion is the version in uv.txt.
func uvVersion() string {
	_, v, _ := strings.Cut(string(uvPin), "==")
	v, _, _ = strings.Cut(v, " ")
	return v
}

// The phases of an installation, in order.
const (
	InstallUV       = "installer"
	InstallPackages = "packages"
	InstallProbe    = "probe"
	InstallBase     = "base"
)

// InstallProgress is how far an installation is. Bytes count what lies on the
// disk, for the installer unpacks while it fetches.
type InstallProgress struct {
	Phase     string
	Done      int64 // bytes
	Total     int64 // bytes, about; 0 = not known
	PerSecond float64
	Left      time.Duration // about; 0 = not known
	Line      string        // the installer's last words
}

// Install makes the trainer's environment ready: the installer uv in an
// environment of its own, the pinned packages with their hashes checked, and a
// probe that multiplies matrices and takes one training step. It does only what
// is missing, goes on after a cut, repairs a half installation, and returns
// within milliseconds when nothing is to do. Ending ctx ends it; what was
// fetched stays for the next time.
func (r *Runtime) Install(ctx context.Context, progress func(InstallProgress)) error {
	if progress == nil {
		progress = func(InstallProgress) {}
	}
	if s := r.State(); s.State == Ready {
		return nil
	}
	if r.err != nil {
		return &training.Error{Kind: training.KindFailed, Message: "the trainer's sources cannot be read", Err: r.err}
	}
	unlock, err := r.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	if r.State().State == Ready { // by someone else meanwhile
		return nil
	}
	if err := r.roomFor(); err != nil {
		return err
	}
	// From here on a crash reads as a half installation.
	if err := os.Remove(r.recordPath()); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return installError(err, "the record of the installation cannot be replaced")
	}
	progress(InstallProgress{Phase: InstallUV})
	uv, err := r.ensureUV(ctx)
	if err != nil {
		return err
	}
	if err := r.installPackages(ctx, uv, progress); err != nil {
		return err
	}
	progress(InstallProgress{Phase: InstallProbe})
	probe, err := r.Probe(ctx, protocol.ProbeJob{Device: "auto"}, nil)
	if err != nil {
		return err
	}
	entries, err := r.entries()
	if err != nil {
		return installError(err, "the installed packages cannot be listed")
	}
	e := environment{Pins: r.pins, Python: r.pythonVersion(), Bytes: folderSize(filepath.Join(r.dir, "python")), Entries: entries, At: time.Now().UTC(), Probe: &probe}
	if err := writeRecord(r.recordPath(), e); err != nil {
		return installError(err, "the record of the installation cannot be written")
	}
	return nil
}

// lock lets one program install into a runtime folder at a time.
func (r *Runtime) lock(ctx context.Context) (func(), error) {
	if err := os.MkdirAll(filepath.Join(r.dir, "logs"), 0o755); err != nil {
		return nil, installError(err, "the runtime folder cannot be made")
	}
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for {
		f, err := tryLock(filepath.Join(r.dir, "install.lock"))
		if err != nil {
			return nil, installError(err, "the runtime folder cannot be locked")
		}
		if f != nil {
			return func() { _ = f.Close() }, nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// roomFor refuses an installation that would fill the disk.
func (r *Runtime) roomFor() error {
	_, need := expectedSize()
	need -= folderSize(filepath.Join(r.dir, "python")) // what is there is not written again
	free, err := freeDisk(r.dir)
	if err != nil || free > need+need/10 {
		return nil // where the system does not tell, the attempt tells
	}
	return &training.Error{
		Kind: training.KindRefused, Message: fmt.Sprintf("the trainer needs %.1f GB and %.1f GB are free", float64(need)/1e9, float64(free)/1e9),
		Next: "Free some space, or choose another runtime folder with MODELFACTORY_RUNTIME.",
	}
}

// ensureUV returns an installer of the pinned version: the one in the runtime
// folder, one on the path, or a new one in an environment of its own.
func (r *Runtime) ensureUV(ctx context.Context) (string, error) {
	own := filepath.Join(r.dir, "uv", "bin", "uv")
	if runtime.GOOS == "windows" {
		own = filepath.Join(r.dir, "uv", "Scripts", "uv.exe")
	}
	if uvIs(ctx, own, uvVersion()) {
		return own, nil
	}
	if found, err := exec.LookPath("uv"); err == nil && uvIs(ctx, found, uvVersion()) {
		return found, nil
	}
	python, err := findPython(ctx)
	if err != nil {
		return "", err
	}
	// A half-made environment is made anew.
	if err := os.RemoveAll(filepath.Join(r.dir, "uv")); err != nil {
		return "", installError(err, "the old installer cannot be removed")
	}
	out, err := r.run(ctx, nil, python, "-m", "venv", filepath.Join(r.dir, "uv"))
	if err != nil {
		_ = os.RemoveAll(filepath.Join(r.dir, "uv"))
		return "", venvError(ctx, err, out)
	}
	list := filepath.Join(r.dir, "uv", "uv.txt")
	if err := os.WriteFile(list, uvPin, 0o644); err != nil {
		return "", installError(err, "the installer cannot be written")
	}
	pip := filepath.Join(filepath.Dir(own), "python")
	out, err = r.run(ctx, nil, pip, "-m", "pip", "install", "--quiet", "--no-input", "--require-hashes", "--only-binary=:all:", "-r", list)
	if err != nil {
		return "", networkError(ctx, err, out, "the installer uv cannot be fetched")
	}
	if !uvIs(ctx, own, uvVersion()) {
		return "", &training.Error{Kind: training.KindFailed, Message: "the installer uv does not start", Next: "Look at " + r.logPath("install") + "."}
	}
	return own, nil
}

func uvIs(ctx context.Context, path, version string) bool {
	cmd := exec.CommandContext(ctx, path, "--version")
	cmd.Env = cleanEnv(os.Environ(), false)
	out, err := cmd.Output()
	f := strings.Fields(string(out))
	return err == nil && len(f) >= 2 && f[1] == version
}

// findPython looks for a Python that the trainer runs on: 3.11 or newer.
func findPython(ctx context.Context) (string, error) {
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
			return path, nil
		}
		seen = fmt.Sprintf("; %s is %s", name, strings.TrimSpace(string(out)))
	}
	return "", &training.Error{
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

// installPackages makes the environment and brings it to exactly the pins.
func (r *Runtime) installPackages(ctx context.Context, uv string, progress func(InstallProgress)) error {
	env := r.uvEnv()
	if !r.pythonWorks(ctx) {
		python, err := findPython(ctx)
		if err != nil {
			return err
		}
		if out, err := r.run(ctx, env, uv, "venv", "--clear", "--no-project", "--python", python, filepath.Join(r.dir, "python")); err != nil {
			return networkError(ctx, err, out, "the trainer's environment cannot be made")
		}
	}
	dir, err := r.sources()
	if err != nil {
		return installError(err, "the trainer cannot be unpacked")
	}
	stop := r.measure(progress)
	defer stop()
	// sync removes what is not pinned and adds what is missing; packages whose
	// files were lost are told by the probe below and put in again.
	args := []string{"pip", "sync", "--python", r.python(), "--require-hashes", "--no-build", filepath.Join(dir, filepath.FromSlash(pins))}
	if out, err := r.run(ctx, env, uv, args...); err != nil {
		return networkError(ctx, err, out, "the trainer's packages cannot be installed")
	}
	if r.importsWork(ctx) {
		return nil
	}
	if out, err := r.run(ctx, env, uv, append(args, "--reinstall")...); err != nil {
		return networkError(ctx, err, out, "the trainer's packages cannot be repaired")
	}
	return nil
}

// pythonWorks says whether the environment has a Python that starts.
func (r *Runtime) pythonWorks(ctx context.Context) bool {
	_, err := r.run(ctx, r.pythonEnv(false, 1), r.python(), "-c", "import sys; sys.exit(sys.version_info < (3, 11))")
	return err == nil
}

// importsWork loads every package that the trainer needs.
func (r *Runtime) importsWork(ctx context.Context) bool {
	_, err := r.run(ctx, r.pythonEnv(false, 1), r.python(), "-c", "import torch, transformers, peft, safetensors.torch, tokenizers, numpy, gguf")
	return err == nil
}

func (r *Runtime) pythonVersion() string {
	raw, err := os.ReadFile(filepath.Join(r.dir, "python", "pyvenv.cfg"))
	if err != nil {
		return ""
	}
	for line := range strings.Lines(string(raw)) {
		if k, v, ok := strings.Cut(line, "="); ok && strings.HasPrefix(strings.TrimSpace(k), "version") {
			return strings.TrimSpace(v)
		}
	}
	return ""
}

// uvEnv is the installer's environment: everything it keeps lies in the runtime
// folder, unless the person chose a cache; mirrors of the person are respected,
// for the hashes decide what is taken.
func (r *Runtime) uvEnv() []string {
	env := cleanEnv(os.Environ(), true)
	cache := os.Getenv("UV_CACHE_DIR")
	if cache == "" {
		cache = filepath.Join(r.dir, "cache", "uv")
	}
	return append(env,
		"UV_CACHE_DIR="+cache, "UV_PYTHON_INSTALL_DIR="+filepath.Join(r.dir, "pythons"), "UV_NO_PROGRESS=1", "UV_PYTHON_PREFERENCE=system",
		"UV_HTTP_TIMEOUT=120", "UV_HTTP_RETRIES=8", "PYTHONNOUSERSITE=1")
}

// run starts a program of the installation and appends its words to the log.
// Ending ctx ends the program and its group.
func (r *Runtime) run(ctx context.Context, env []string, name string, args ...string) ([]byte, error) {
	if env == nil {
		env = append(cleanEnv(os.Environ(), true), "PYTHONNOUSERSITE=1", "PIP_DISABLE_PIP_VERSION_CHECK=1")
	}
	if err := os.MkdirAll(filepath.Join(r.dir, "logs"), 0o755); err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Env, cmd.Dir = env, r.dir
	ownGroup(cmd)
	cmd.Cancel = func() error { return killGroup(cmd.Process.Pid) }
	cmd.WaitDelay = 5 * time.Second
	out, err := cmd.CombinedOutput()
	if f, ferr := os.OpenFile(r.logPath("install"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644); ferr == nil {
		fmt.Fprintf(f, "%s %s %s\n%s", time.Now().UTC().Format(time.RFC3339), filepath.Base(name), strings.Join(args, " "), out)
		_ = f.Close()
	}
	return out, err
}

func (r *Runtime) logPath(name string) string { return filepath.Join(r.dir, "logs", name+".log") }

// measure reports what lies on the disk until the returned function is called.
func (r *Runtime) measure(progress func(InstallProgress)) (stop func()) {
	_, total := expectedSize()
	cache := filepath.Join(r.dir, "cache", "uv")
	if c := os.Getenv("UV_CACHE_DIR"); c != "" {
		cache = c
	}
	begun, before := time.Now(), folderSize(cache)
	var best int64
	report := func() {
		// What is fetched is unpacked into the cache and linked from there.
		best = max(best, folderSize(cache)-before, folderSize(filepath.Join(r.dir, "python")))
		p := InstallProgress{Phase: InstallPackages, Done: min(best, total-total/100), Total: total}
		if s := time.Since(begun).Seconds(); s > 1 {
			p.PerSecond = float64(best) / s
			if p.PerSecond > 0 {
				p.Left = time.Duration(float64(total-p.Done) / p.PerSecond * float64(time.Second))
			}
		}
		progress(p)
	}
	progress(InstallProgress{Phase: InstallPackages, Total: total})
	done, quit := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(2 * time.Second)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				report()
			case <-quit:
				return
			}
		}
	}()
	return func() { close(quit); <-done }
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
		e.Kind, e.Next = training.KindRefused, "A package differs from the one that was pinned. Look at the package mirror that this computer uses."
	case strings.Contains(text, "dns error") || strings.Contains(text, "connect") || strings.Contains(text, "resolve") || strings.Contains(text, "timed out"):
		e.Next = "Look at the network connection and try again: it goes on where it stopped."
	}
	return e
}
