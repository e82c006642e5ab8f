package local

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/modelfactory/modelfactory/internal/wholefile"
	"github.com/modelfactory/modelfactory/training"
	"github.com/modelfactory/modelfactory/training/protocol"
)

// pins is the file of the trainer that lists every package with its hashes.
const pins = "requirements/runtime.txt"

// Runtime is the folder that holds the trainer: uv/ (the installer), python/
// (the environment), trainer/<digest>/ (the unpacked sources), bases/, cache/,
// logs/ and environment.json, the record of what was installed. While an
// installation goes on there are build-*/ and install.json, and for a moment
// python.new and python.old. Several data folders may share one.
type Runtime struct {
	dir     string
	source  fs.FS // the trainer's sources, embedded in the program
	digest  string
	pins    string // digest of the pins
	err     error  // the sources could not be read
	machine machine
	env     string       // the environment's folder
	alive   atomic.Int32 // processes of the trainer that this program runs

	unpack sync.Mutex
}

// NewRuntime opens a runtime folder; nothing is written yet. source holds the
// trainer's sources.
func NewRuntime(dir string, source fs.FS) *Runtime {
	if abs, err := filepath.Abs(dir); err == nil {
		dir = abs // children work in another folder
	}
	r := &Runtime{dir: dir, source: source, machine: thisMachine(), env: filepath.Join(dir, envName)}
	r.digest, r.err = sourceDigest(source)
	if r.err == nil {
		var raw []byte
		if raw, r.err = fs.ReadFile(source, pins); r.err == nil {
			r.pins = hexSum(raw)
		}
	}
	return r
}

// Dir is the runtime folder.
func (r *Runtime) Dir() string { return r.dir }

// BasesDir is the folder of the shelf of bases.
func (r *Runtime) BasesDir() string { return filepath.Join(r.dir, "bases") }

// PinsDigest is the SHA-256 of the list of pinned packages.
func (r *Runtime) PinsDigest() string { return r.pins }

// TrainerDigest is the SHA-256 of the trainer's sources and of what was compiled of them.
func (r *Runtime) TrainerDigest() string { return r.digest }

// python is the interpreter of the trainer's environment.
func (r *Runtime) python() string { return pythonIn(r.env) }

// in is the same runtime with an environment that is not in its place yet.
func (r *Runtime) in(env string) *Runtime {
	return &Runtime{dir: r.dir, source: r.source, digest: r.digest, pins: r.pins, machine: r.machine, env: env}
}

func pythonIn(env string) string {
	if runtime.GOOS == "windows" {
		return filepath.Join(env, "Scripts", "python.exe")
	}
	return filepath.Join(env, "bin", "python")
}

// mustRead reads an embedded file; r.err says when that is not possible.
func (r *Runtime) mustRead(name string) []byte {
	raw, err := fs.ReadFile(r.source, name)
	if err != nil {
		return nil
	}
	return raw
}

// The states of an installation.
const (
	Missing = "missing"
	Partial = "partial" // cut off, damaged, or made for other pins; Install repairs it
	Ready   = "ready"
)

// InstallState says what is installed and what Install would do.
type InstallState struct {
	State    string    `json:"state"`
	Reason   string    `json:"reason,omitempty"` // why it is not ready
	Set      string    `json:"set,omitempty"`    // name of the PinSet that is installed
	Bytes    int64     `json:"bytes,omitempty"`  // on disk, as measured at the end of the installation
	Download int64     `json:"download"`         // bytes that Install would fetch, about; 0 when ready
	Disk     int64     `json:"disk"`             // bytes that Install would write, about; 0 when ready
	At       time.Time `json:"at,omitzero"`      // when it was installed
	Python   string    `json:"python,omitempty"`
	Device   string    `json:"device,omitempty"` // that the probe ran on
	Failed   string    `json:"failed,omitempty"` // a card that was there and failed the probe, with the reason
	Probe    *protocol.ProbeResult
}

// environment is environment.json: written last, so that a cut installation
// never reads as whole.
type environment struct {
	Pins    string                `json:"pins"`           // digest of requirements/runtime.txt
	Set     string                `json:"set,omitempty"`  // "" = standard
	List    string                `json:"list,omitempty"` // digest of the list that was installed
	Python  string                `json:"python"`
	Bytes   int64                 `json:"bytes"`
	Entries []string              `json:"entries"` // top level of site-packages
	At      time.Time             `json:"at"`
	Probe   *protocol.ProbeResult `json:"probe"`
	Failed  *failedCard           `json:"failed,omitempty"`
}

// failedCard is a graphics card that a set should drive and that failed the
// probe.
type failedCard struct {
	Name   string `json:"name"`
	Driver string `json:"driver"`
	Reason string `json:"reason"`
}

func (e environment) set() string { return cmp.Or(e.Set, "standard") }

func (r *Runtime) record() (environment, error) {
	var e environment
	raw, err := os.ReadFile(r.recordPath())
	if err == nil {
		err = json.Unmarshal(raw, &e)
	}
	return e, err
}

// State reads the record and looks whether what it lists is there. It takes
// milliseconds: no package is opened and no device is looked for, so that sizes
// are those of the first set for this system.
func (r *Runtime) State() InstallState {
	s := InstallState{State: Missing}
	if sets := r.machine.sets(); len(sets) > 0 {
		s.Download, s.Disk = sets[0].Download, sets[0].Disk
	}
	if r.err != nil {
		s.State, s.Reason = Partial, "the trainer's sources cannot be read: "+r.err.Error()
		return s
	}
	if _, err := os.Stat(r.env); err != nil {
		s.Reason = "the trainer is not installed"
		if _, err := os.Stat(r.path(begunName)); err == nil {
			s.State, s.Reason = Partial, "an installation was begun and not finished"
		}
		return s
	}
	s.State = Partial
	e, err := r.record()
	if errors.Is(err, fs.ErrNotExist) {
		s.Reason = "an installation was begun and not finished"
		return s
	}
	if err != nil {
		s.Reason = "the record of the installation is damaged"
		return s
	}
	s.Set = e.set()
	if e.Pins != r.pins {
		s.Reason = "the installation was made for another version"
		return s
	}
	if _, err := os.Stat(r.python()); err != nil {
		s.Reason = "its Python is gone"
		return s
	}
	have, err := entriesIn(r.env)
	if err != nil {
		s.Reason = "its packages cannot be read"
		return s
	}
	for _, name := range e.Entries {
		if _, ok := slices.BinarySearch(have, name); !ok {
			s.Reason = name + " is missing"
			return s
		}
	}
	s = InstallState{State: Ready, Set: s.Set, Bytes: e.Bytes, At: e.At, Python: e.Python, Probe: e.Probe}
	if e.Probe != nil {
		s.Device = e.Probe.Device
	}
	if e.Failed != nil {
		s.Failed = e.Failed.Name + ": " + e.Failed.Reason
	}
	return s
}

func (r *Runtime) recordPath() string { return r.path(recordName) }

// sitePackagesIn is where an environment keeps its packages.
func sitePackagesIn(env string) (string, error) {
	if runtime.GOOS == "windows" {
		return filepath.Join(env, "Lib", "site-packages"), nil
	}
	found, err := filepath.Glob(filepath.Join(env, "lib", "python3*", "site-packages"))
	if err != nil || len(found) == 0 {
		return "", fs.ErrNotExist
	}
	return found[0], nil
}

// entriesIn lists the top level of an environment's site-packages in order.
func entriesIn(env string) ([]string, error) {
	site, err := sitePackagesIn(env)
	if err != nil {
		return nil, err
	}
	list, err := os.ReadDir(site)
	if err != nil {
		return nil, err
	}
	out := make([]string, 0, len(list))
	for _, e := range list {
		if e.Name() != "__pycache__" {
			out = append(out, e.Name())
		}
	}
	slices.Sort(out)
	return out, nil
}

// pythonVersion is the version of an environment's Python.
func pythonVersion(env string) string {
	raw, err := os.ReadFile(filepath.Join(env, "pyvenv.cfg"))
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

// spawn describes a process of the trainer in a clean environment.
func (r *Runtime) spawn(network bool, log string) (spawn, error) {
	python := r.python()
	if _, err := os.Stat(python); err != nil {
		return spawn{}, &training.Failure{Code: training.FailTrainer, Message: "The trainer is not installed.", Advice: "Install it: in the settings, or with mf doctor --install."}
	}
	dir, err := r.sources()
	if err != nil {
		return spawn{}, &training.Failure{Code: training.FailTrainer, Message: "The trainer cannot be unpacked: " + err.Error()}
	}
	return spawn{
		path: python, args: []string{"-P", "-m", "modelfactory_trainer"}, dir: dir, env: append(r.pythonEnv(network), "PYTHONPATH="+dir),
		log: log, limits: usualPatience, alive: &r.alive,
	}, nil
}

// sources unpacks the trainer into trainer/<digest>/ and returns the folder. A
// folder whose files differ is put aside and made anew.
func (r *Runtime) sources() (string, error) {
	if r.err != nil {
		return "", r.err
	}
	r.unpack.Lock()
	defer r.unpack.Unlock()
	root := filepath.Join(r.dir, "trainer")
	dir := filepath.Join(root, r.digest[:16])
	if same(r.source, dir) {
		now := time.Now()
		_ = os.Chtimes(dir, now, now) // says when it was last used
		return dir, nil
	}
	r.sweepSources(root)
	if err := os.MkdirAll(root, 0o755); err != nil {
		return "", err
	}
	tmp, err := os.MkdirTemp(root, ".unpack-*")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(tmp)
	if err := os.CopyFS(filepath.Join(tmp, "new"), r.source); err != nil {
		return "", err
	}
	if _, err := os.Stat(dir); err == nil {
		if err := os.Rename(dir, filepath.Join(tmp, "old")); err != nil {
			return "", err
		}
	}
	err = os.Rename(filepath.Join(tmp, "new"), dir)
	if err != nil && same(r.source, dir) {
		err = nil // another program was faster
	}
	return dir, err
}

// sweepSources removes what nobody used for a month: trainers of other versions,
// which a program of that version unpacks again, and unpackings that were cut. A
// younger one may have a process that still reads its files.
func (r *Runtime) sweepSources(root string) {
	entries, _ := os.ReadDir(root)
	for _, e := range entries {
		if i, err := e.Info(); err == nil && e.Name() != r.digest[:16] && time.Since(i.ModTime()) > 30*24*time.Hour {
			_ = os.RemoveAll(filepath.Join(root, e.Name()))
		}
	}
}

// same says whether dir holds every file of source with the same bytes.
func same(source fs.FS, dir string) bool {
	return fs.WalkDir(source, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		want, err := fs.ReadFile(source, path)
		if err != nil {
			return err
		}
		got, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(path)))
		if err == nil && !bytes.Equal(got, want) {
			err = errors.New("differs")
		}
		return err
	}) == nil
}

// sourceDigest is the SHA-256 over names and contents of all files.
func sourceDigest(source fs.FS) (string, error) {
	h := sha256.New()
	err := fs.WalkDir(source, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		raw, err := fs.ReadFile(source, path)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(h, "%s %s\n", hexSum(raw), path)
		return err
	})
	return hex.EncodeToString(h.Sum(nil)), err
}

func hexSum(b []byte) string {
	s := sha256.Sum256(b)
	return hex.EncodeToString(s[:])
}

// folderSize adds up the files below a folder. A file with several names counts
// each time.
func folderSize(dir string) int64 {
	var total int64
	_ = filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil {
			return nil // it is only a measure
		}
		if i, err := d.Info(); err == nil && d.Type().IsRegular() {
			total += i.Size()
		}
		return nil
	})
	return total
}

// writeRecord replaces a file in one step, durably.
func writeRecord(path string, v any) error {
	raw, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	return wholefile.Write(path, append(raw, '\n'), 0o644)
}
