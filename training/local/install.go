package local

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/modelfactory/modelfactory/training"
	"github.com/modelfactory/modelfactory/training/protocol"
)

// The phases of an installation, in order.
const (
	InstallWait     = "waiting" // another program installs
	InstallCheck    = "check"   // installed files are read
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

// InstallOptions say what to install, and from where.
type InstallOptions struct {
	Set    string // name of a PinSet; "" = the one that is installed, else the one that fits
	Wheels string // folder of wheels: nothing is fetched; "" = the network
	Check  bool   // read every installed file, put damaged ones right, and test the device again
}

// Install makes the trainer's environment ready: the installer uv in an
// environment of its own, the pinned packages with their hashes checked, and a
// probe that multiplies matrices and takes one training step.
//
// The environment is built in a folder of its own and takes the place of the
// old one only after it passed the probe; until then the old one works on. What
// was fetched stays in the cache, so that an installation that was cut, by ctx
// or by kill -9, goes on from there. Install returns within milliseconds when
// nothing is to do.
func (r *Runtime) Install(ctx context.Context, opt InstallOptions, progress func(InstallProgress)) error {
	if progress == nil {
		progress = func(InstallProgress) {}
	}
	if s := r.State(); s.State == Ready && !opt.Check && (opt.Set == "" || opt.Set == s.Set) {
		return nil
	}
	if r.err != nil {
		return &training.Error{Kind: training.KindFailed, Message: "the trainer's sources cannot be read", Err: r.err}
	}
	if r.alive.Load() > 0 {
		return inUse()
	}
	unlock, err := r.lock(ctx, progress)
	if err != nil {
		return err
	}
	defer unlock()
	if err := r.finishSwitch(); err != nil {
		return installError(err, "the installed environment cannot be put in its place")
	}
	s := r.State()
	if opt.Set == "" {
		opt.Set = s.Set
	}
	found := r.machine.graphics(ctx)
	set, _, err := r.machine.choose(opt.Set, found)
	if err != nil {
		return err
	}
	if s.State == Ready && s.Set == set.Name {
		if !opt.Check { // by someone else meanwhile, or the end of a cut installation
			return r.cleanUp()
		}
		whole, err := r.recheck(ctx, set, found, progress)
		if err != nil || whole {
			return err
		}
		opt.Check = false // it is known what is damaged, and gone from the cache
	}
	return r.renew(ctx, set, found, opt, progress)
}

// renew builds an environment and lets it take the place of the old one.
func (r *Runtime) renew(ctx context.Context, set PinSet, found []Device, opt InstallOptions, progress func(InstallProgress)) error {
	if opt.Wheels != "" {
		if err := r.admitWheels(ctx, set, &opt); err != nil {
			return err
		}
	}
	job, err := r.begin(set)
	if err != nil {
		return installError(err, "the runtime folder cannot be written")
	}
	if err := r.roomFor(set, job); err != nil {
		return err
	}
	progress(InstallProgress{Phase: InstallUV})
	uv, err := r.ensureUV(ctx, opt.Wheels)
	if err != nil {
		return err
	}
	tmp, env, list, err := r.build(ctx, uv, set, job, opt, progress)
	if tmp != "" {
		defer os.RemoveAll(tmp)
	}
	if err != nil {
		return err
	}
	e, err := r.prove(ctx, env, set, found, progress)
	if err != nil {
		return err
	}
	e.List = list
	if err := writeRecord(filepath.Join(env, recordName), e); err != nil {
		return installError(err, "the record of the installation cannot be written")
	}
	if r.alive.Load() > 0 {
		return inUse()
	}
	// Only a proven environment ever has this name.
	if err := os.Rename(env, r.path(envNew)); err != nil {
		return installError(err, "the new environment cannot be put in its place")
	}
	if err := r.finishSwitch(); err != nil {
		return installError(err, "the new environment cannot be put in its place")
	}
	return r.cleanUp()
}

func inUse() error {
	return &training.Error{Kind: training.KindBusy, Message: "a run or a chat uses the trainer now", Next: "Pause the run and close the chat, then install again."}
}

// Folders and files of an installation below the runtime folder.
const (
	envName    = "python"
	envNew     = "python.new" // proven, on its way
	envOld     = "python.old" // replaced, on its way out
	recordName = "environment.json"
	begunName  = "install.json"
)

func (r *Runtime) path(name string) string { return filepath.Join(r.dir, name) }

// finishSwitch lets a proven environment take the place of the old one. It can
// be cut at any point and called again.
func (r *Runtime) finishSwitch() error {
	if _, err := os.Lstat(r.path(envNew)); err == nil {
		if _, err := os.Lstat(r.env); err == nil {
			if err := os.RemoveAll(r.path(envOld)); err != nil {
				return err
			}
			if err := os.Rename(r.env, r.path(envOld)); err != nil {
				return err
			}
		}
		if err := os.Rename(r.path(envNew), r.env); err != nil {
			return err
		}
	}
	raw, err := os.ReadFile(filepath.Join(r.env, recordName))
	if errors.Is(err, fs.ErrNotExist) {
		return nil // none, or one of before environments carried their record
	}
	if err != nil {
		return err
	}
	if old, err := os.ReadFile(r.recordPath()); err == nil && string(old) == string(raw) {
		return nil
	}
	return writeRecord(r.recordPath(), json.RawMessage(raw))
}

// cleanUp removes what an installation leaves.
func (r *Runtime) cleanUp() error {
	left, _ := filepath.Glob(r.path("build-*"))
	for _, dir := range append(left, r.path(envOld)) {
		if err := os.RemoveAll(dir); err != nil {
			return installError(err, "an old environment cannot be removed")
		}
	}
	if err := os.Remove(r.path(begunName)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return installError(err, "the note of the installation cannot be removed")
	}
	return nil
}

// begun is install.json: an installation that was begun and not finished.
type begun struct {
	Pins   string    `json:"pins"`
	Set    string    `json:"set"`
	Before int64     `json:"before"` // bytes in the cache that belong to other sets
	At     time.Time `json:"at"`
}

// begin notes that an installation goes on, or takes up the note of one that
// was cut.
func (r *Runtime) begin(set PinSet) (begun, error) {
	var b begun
	if raw, err := os.ReadFile(r.path(begunName)); err == nil && json.Unmarshal(raw, &b) == nil && b.Pins == r.pins && b.Set == set.Name {
		return b, nil
	}
	b = begun{Pins: r.pins, Set: set.Name, At: time.Now().UTC()}
	if e, err := r.record(); err == nil && (e.Pins != r.pins || e.set() != set.Name) {
		b.Before = folderSize(r.cacheDir())
	}
	return b, writeRecord(r.path(begunName), b)
}

// fetched is how much of an installation lies in the cache.
func (r *Runtime) fetched(b begun) int64 { return max(0, folderSize(r.cacheDir())-b.Before) }

// lock lets one program install into a runtime folder at a time.
func (r *Runtime) lock(ctx context.Context, progress func(InstallProgress)) (func(), error) {
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
		progress(InstallProgress{Phase: InstallWait})
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// roomFor refuses an installation that would fill the disk. Files of the
// environment are links to those of the cache and take no room of their own.
func (r *Runtime) roomFor(set PinSet, b begun) error {
	need := set.Disk - r.fetched(b)
	free, err := freeDisk(r.dir)
	if err != nil || need <= 0 || free > need+need/20 {
		return nil // where the system does not tell, the attempt tells
	}
	return &training.Error{
		Kind: training.KindRefused, Message: fmt.Sprintf("the trainer needs %s more in %s and %s are free there", gb(need), r.dir, gb(free)),
		Next: fmt.Sprintf("Free %s, or choose a folder on another disk with MODELFACTORY_RUNTIME.", gb(need+need/20-free)),
	}
}

// admitWheels checks that a folder of wheels holds all that is needed.
func (r *Runtime) admitWheels(ctx context.Context, set PinSet, opt *InstallOptions) error {
	if set.Index != "" {
		return &training.Error{
			Kind: training.KindRefused, Message: "the set " + set.Name + " cannot be installed from a folder: its hashes are known to its index only",
			Next: "Take the set standard: its hashes came with this program.",
		}
	}
	abs, err := filepath.Abs(opt.Wheels)
	if err != nil {
		return installError(err, "the folder of wheels cannot be found")
	}
	opt.Wheels = abs // uv works in another folder
	_, python, err := findPython(ctx)
	if err != nil {
		return err
	}
	lists := make([][]requirement, 0, 3)
	for _, raw := range [][]byte{uvPin, r.mustRead(pins), r.mustRead(samplePins)} {
		var needed []requirement
		for _, q := range parseRequirements(raw) {
			if q.needed(r.machine, python) {
				needed = append(needed, q)
			}
		}
		lists = append(lists, needed)
	}
	if r.uvReady(ctx) {
		lists = lists[1:]
	}
	return r.checkWheels(opt.Wheels, lists...)
}

// build makes an environment of a set in a folder tmp that the caller removes,
// and returns it with the digest of what was installed.
func (r *Runtime) build(ctx context.Context, uv string, set PinSet, job begun, opt InstallOptions, progress func(InstallProgress)) (tmp, env, digest string, err error) {
	if err := r.cleanBuilds(); err != nil {
		return "", "", "", err
	}
	python, _, err := findPython(ctx)
	if err != nil {
		return "", "", "", err
	}
	if tmp, err = os.MkdirTemp(r.dir, "build-*"); err != nil {
		return "", "", "", installError(err, "the runtime folder cannot be written")
	}
	env = filepath.Join(tmp, envName)
	for attempt := 0; ; attempt++ {
		// Relocatable, because it is renamed when it is whole.
		if out, err := r.run(ctx, r.uvEnv(), nil, uv, "venv", "--clear", "--relocatable", "--no-project", "--python", python, env); err != nil {
			return tmp, "", "", networkError(ctx, err, out, "the trainer's environment cannot be made")
		}
		m := r.measure(set, job, env, progress)
		digest, err = r.fill(ctx, uv, set, tmp, env, opt, m.say)
		m.stop()
		if err != nil {
			return tmp, "", "", err
		}
		damaged, err := verifyFiles(ctx, env, opt.Check, func(done, total int64) {
			progress(InstallProgress{Phase: InstallCheck, Done: done, Total: total})
		})
		if err != nil {
			return tmp, "", "", err
		}
		if len(damaged) == 0 {
			return tmp, env, digest, nil
		}
		if attempt == 1 {
			return tmp, "", "", &training.Error{
				Kind: training.KindFailed, Message: "these packages are damaged even after they were put in again: " + fmt.Sprint(damaged),
				Next: "Check the disk of " + r.dir + ", or choose another with MODELFACTORY_RUNTIME.",
			}
		}
		// Files of the environment are links to those of the cache, so one that
		// was changed is damaged there too.
		if err := r.forget(ctx, uv, damaged); err != nil {
			return tmp, "", "", err
		}
	}
}

// fill brings an environment to exactly the packages of a set and returns the
// digest of their list.
func (r *Runtime) fill(ctx context.Context, uv string, set PinSet, tmp, env string, opt InstallOptions, say func(string)) (digest string, err error) {
	list, err := r.list(ctx, uv, set, tmp, env, say)
	if err != nil {
		return "", err
	}
	raw, err := os.ReadFile(list)
	if err != nil {
		return "", installError(err, "the list of packages cannot be read")
	}
	args := append([]string{"pip", "sync", "--python", pythonIn(env), "--require-hashes", "--no-build"}, set.indexArgs(opt.Wheels)...)
	if out, err := r.run(ctx, r.uvEnv(), say, uv, append(args, list)...); err != nil {
		return "", networkError(ctx, err, out, "the trainer's packages cannot be installed")
	}
	return hexSum(raw), nil
}

// cleanBuilds removes environments that were cut while they were built.
func (r *Runtime) cleanBuilds() error {
	left, _ := filepath.Glob(r.path("build-*"))
	for _, dir := range left {
		if err := os.RemoveAll(dir); err != nil {
			return installError(err, "a half environment cannot be removed")
		}
	}
	return nil
}

// forget throws packages out of uv's cache.
func (r *Runtime) forget(ctx context.Context, uv string, packages []string) error {
	if out, err := r.run(ctx, r.uvEnv(), nil, uv, append([]string{"cache", "clean", "--force"}, packages...)...); err != nil {
		return networkError(ctx, err, out, "damaged packages cannot be thrown out of the cache")
	}
	return nil
}

// prove tests an environment on the best device that is there. A card that
// fails is noted with the reason, and the processor has to pass.
func (r *Runtime) prove(ctx context.Context, env string, set PinSet, found []Device, progress func(InstallProgress)) (environment, error) {
	progress(InstallProgress{Phase: InstallProbe})
	e := environment{Pins: r.pins, Set: set.Name, Python: pythonVersion(env), At: time.Now().UTC()}
	var result protocol.ProbeResult
	var err error
	device := "cpu"
	judged := set.judge(found, r.machine)
	if i := slices.IndexFunc(judged, func(d Device) bool { return d.Usable }); i >= 0 {
		device = torchDevice(judged[i].Kind)
		if result, err = r.in(env).Probe(ctx, protocol.ProbeJob{Device: device}, nil); err != nil && ctx.Err() == nil {
			e.Failed = &failedCard{Name: judged[i].Name, Driver: judged[i].Driver, Reason: err.Error()}
			device = "cpu"
		}
	}
	if device == "cpu" {
		result, err = r.in(env).Probe(ctx, protocol.ProbeJob{Device: device}, nil)
	}
	if err != nil {
		return e, err
	}
	e.Probe = &result
	if e.Entries, err = entriesIn(env); err != nil {
		return e, installError(err, "the installed packages cannot be listed")
	}
	e.Bytes = folderSize(env)
	return e, nil
}

// recheck reads every installed file and tests the device again; false means
// that something is damaged.
func (r *Runtime) recheck(ctx context.Context, set PinSet, found []Device, progress func(InstallProgress)) (whole bool, err error) {
	env := r.env
	damaged, err := verifyFiles(ctx, env, true, func(done, total int64) {
		progress(InstallProgress{Phase: InstallCheck, Done: done, Total: total})
	})
	if err != nil || len(damaged) > 0 {
		if len(damaged) > 0 {
			// The cache holds the same files; uv is there, for something is installed.
			if uv, uerr := r.ensureUV(ctx, ""); uerr == nil {
				return false, r.forget(ctx, uv, damaged)
			}
		}
		return false, err
	}
	old, err := r.record()
	if err != nil {
		return false, nil
	}
	e, err := r.prove(ctx, env, set, found, progress)
	if err != nil {
		if ctx.Err() != nil {
			return false, ctx.Err()
		}
		return false, nil // every file is right and it does not work: made anew
	}
	e.List, e.At = old.List, old.At
	if err := writeRecord(filepath.Join(env, recordName), e); err != nil {
		return false, installError(err, "the record of the installation cannot be written")
	}
	return true, r.finishSwitch()
}

// meter reports what lies on the disk while uv works.
type meter struct {
	stop func()
	say  func(line string)
}

func (r *Runtime) measure(set PinSet, job begun, env string, progress func(InstallProgress)) meter {
	var mu sync.Mutex
	line := ""
	start, begun := r.fetched(job), time.Now()
	best := start
	report := func() {
		best = max(best, r.fetched(job), folderSize(env))
		mu.Lock()
		p := InstallProgress{Phase: InstallPackages, Done: min(best, set.Disk-set.Disk/100), Total: set.Disk, Line: line}
		mu.Unlock()
		if s := time.Since(begun).Seconds(); s > 1 && best > start && best < set.Disk-set.Disk/20 { // the last of it is no fetching
			p.PerSecond = float64(best-start) / s
			p.Left = time.Duration(float64(p.Total-p.Done) / p.PerSecond * float64(time.Second))
		}
		progress(p)
	}
	report()
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
	return meter{stop: func() { close(quit); <-done }, say: func(s string) {
		mu.Lock()
		defer mu.Unlock()
		line = s
	}}
}
