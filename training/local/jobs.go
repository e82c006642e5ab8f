package local

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/modelfactory/modelfactory/training"
	"github.com/modelfactory/modelfactory/training/protocol"
)

// once runs a job that ends by itself and returns its result. Its events go to
// events, which may be nil. Ending ctx ends the job at once.
func (r *Runtime) once(ctx context.Context, req protocol.Request, network bool, events func(protocol.Event)) (*protocol.Result, error) {
	res, err := r.try(ctx, req, network, events)
	return res, asError(err)
}

// try is once with a *training.Failure as the trainer's error.
func (r *Runtime) try(ctx context.Context, req protocol.Request, network bool, events func(protocol.Event)) (*protocol.Result, error) {
	if err := os.MkdirAll(filepath.Join(r.dir, "logs"), 0o755); err != nil {
		return nil, installError(err, "the runtime folder cannot be written")
	}
	log := r.logPath(req.Job)
	// One job's words are of interest, not those of a year.
	if err := os.Remove(log); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, installError(err, "the log cannot be replaced")
	}
	s, err := r.spawn(network, log)
	if err != nil {
		return nil, err
	}
	c, err := start(s, req)
	if err != nil {
		return nil, installError(err, "the trainer cannot be started")
	}
	if events == nil {
		events = func(protocol.Event) {}
	}
	return c.wait(ctx, events)
}

// asError turns the failure of a job into an error with a kind.
func asError(err error) error {
	f, ok := errors.AsType[*training.Failure](err)
	if !ok {
		return err
	}
	e := &training.Error{Kind: training.KindFailed, Message: f.Message, Next: f.Advice, Err: nil}
	switch {
	case f.ExitCode == protocol.ExitRefused:
		e.Kind = training.KindRefused
	case f.Code == training.FailTrainer && f.ExitCode == 0:
		e.Kind = training.KindNotFound
	case f.Code == training.FailKilled: // there is no checkpoint to go on from
		e.Next = "Close programs that use much memory, then try again."
	}
	return e
}

func noResult(job string) error {
	return &training.Error{Kind: training.KindFailed, Message: fmt.Sprintf("the trainer ended its job %q without the result that belongs to it", job), Next: "Repair the trainer in the settings."}
}

// Probe multiplies matrices and takes one training step on a device.
func (r *Runtime) Probe(ctx context.Context, job protocol.ProbeJob, events func(protocol.Event)) (protocol.ProbeResult, error) {
	res, err := r.once(ctx, protocol.Request{Job: protocol.JobProbe, Probe: &job}, false, events)
	if err != nil {
		return protocol.ProbeResult{}, err
	}
	if res.Probe == nil {
		return protocol.ProbeResult{}, noResult(protocol.JobProbe)
	}
	return *res.Probe, nil
}

// Check tokenises the sources of a recipe and counts, without loading weights.
// Paths of sources are absolute.
func (r *Runtime) Check(ctx context.Context, job protocol.CheckJob) (protocol.CheckResult, error) {
	res, err := r.once(ctx, protocol.Request{Job: protocol.JobCheck, Check: &job}, false, nil)
	if err != nil {
		return protocol.CheckResult{}, err
	}
	if res.Check == nil {
		return protocol.CheckResult{}, noResult(protocol.JobCheck)
	}
	return *res.Check, nil
}

// Measure takes a few steps of a run that was not started and tells their time
// and memory. Paths of sources are absolute. A trainer that the system ended for
// its memory is the answer that it does not fit.
func (r *Runtime) Measure(ctx context.Context, job protocol.MeasureJob, events func(protocol.Event)) (protocol.MeasureResult, error) {
	res, err := r.try(ctx, protocol.Request{Job: protocol.JobMeasure, Measure: &job}, false, events)
	if f, ok := errors.AsType[*training.Failure](err); ok && (f.Code == training.FailMemory || f.Code == training.FailKilled) {
		return protocol.MeasureResult{State: protocol.TrainFinished, Device: job.Device}, nil
	}
	if err != nil {
		return protocol.MeasureResult{}, asError(err)
	}
	if res.Measure == nil {
		return protocol.MeasureResult{}, noResult(protocol.JobMeasure)
	}
	if res.Measure.State != protocol.TrainFinished {
		return protocol.MeasureResult{}, &training.Error{Kind: training.KindFailed, Message: "the measuring was ended from outside", Next: "Measure again."}
	}
	return *res.Measure, nil
}

// Export writes a model for other programs and compares it with the run. A
// program that is ended leaves nothing half-made behind.
func (r *Runtime) Export(ctx context.Context, job protocol.ExportJob, events func(protocol.Event)) (protocol.ExportResult, error) {
	res, err := r.once(ctx, protocol.Request{Job: protocol.JobExport, Export: &job}, false, events)
	if err != nil {
		if job.Out != "" { // the trainer fills a folder beside the one it makes
			_ = os.RemoveAll(filepath.Join(filepath.Dir(job.Out), ".tmp-"+filepath.Base(job.Out)))
		}
		return protocol.ExportResult{}, err
	}
	if res.Export == nil {
		return protocol.ExportResult{}, noResult(protocol.JobExport)
	}
	return *res.Export, nil
}

// ImportBase makes a base on the shelf from a GGUF file or a safetensors
// folder. job.Out is ignored: the folder is named after the base.
func (r *Runtime) ImportBase(ctx context.Context, job protocol.ImportBaseJob, events func(protocol.Event)) (training.Base, error) {
	if err := os.MkdirAll(r.BasesDir(), 0o755); err != nil {
		return training.Base{}, installError(err, "the folder of bases cannot be made")
	}
	r.sweepImports()
	tmp, end, err := r.beginImport()
	if err != nil {
		return training.Base{}, installError(err, "the folder of bases cannot be written")
	}
	defer end()
	job.Out = filepath.Join(tmp, "base")
	res, err := r.once(ctx, protocol.Request{Job: protocol.JobImportBase, ImportBase: &job}, false, events)
	if err != nil {
		return training.Base{}, err
	}
	if res.Base == nil {
		return training.Base{}, noResult(protocol.JobImportBase)
	}
	return r.shelve(ctx, job.Out, *res.Base)
}

// Folders that imports fill. Each has a lock file beside it, held from before
// the folder is made until after it is gone, so that a folder whose lock is free
// belongs to nobody.
const importing, importLock = ".import-", ".lock"

// beginImport makes a folder for an import; end removes it.
func (r *Runtime) beginImport() (dir string, end func(), err error) {
	f, err := os.CreateTemp(r.BasesDir(), importing+"*"+importLock)
	if err != nil {
		return "", nil, err
	}
	path := f.Name()
	f.Close()
	dir = strings.TrimSuffix(path, importLock)
	lock, err := tryLock(path)
	if lock == nil && err == nil {
		err = errors.New("another program holds " + path)
	}
	if err == nil {
		if err = os.Mkdir(dir, 0o700); err != nil {
			lock.Close()
		}
	}
	if err != nil {
		_ = os.Remove(path)
		return "", nil, err
	}
	return dir, func() {
		_ = os.RemoveAll(dir)
		lock.Close()
		_ = os.Remove(path)
	}, nil
}

// sweepImports removes what imports left that were killed.
func (r *Runtime) sweepImports() {
	entries, _ := os.ReadDir(r.BasesDir())
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), importing) {
			continue
		}
		left := filepath.Join(r.BasesDir(), e.Name())
		lock := strings.TrimSuffix(left, importLock) + importLock
		if _, err := os.Stat(lock); err != nil || lock == left {
			// A lock that may be taken this moment, or a folder without one, as
			// versions before made them.
			if i, err := e.Info(); err != nil || time.Since(i.ModTime()) < 24*time.Hour {
				continue
			}
		}
		if held, err := lockHeld(lock); err == nil && !held {
			_ = os.RemoveAll(left)
		}
	}
}

// Download fetches a base from a hub, the usual one when job.Endpoint is empty.
// It is the only job that may use the network. job.Out is ignored.
func (r *Runtime) Download(ctx context.Context, job protocol.DownloadJob, events func(protocol.Event)) (training.Base, error) {
	if err := os.MkdirAll(r.BasesDir(), 0o755); err != nil {
		return training.Base{}, installError(err, "the folder of bases cannot be made")
	}
	job.Endpoint = cmp.Or(job.Endpoint, hub())
	job.Out = r.BasesDir() // the trainer keeps parts there, so that a cut download goes on
	res, err := r.once(ctx, protocol.Request{Job: protocol.JobDownload, Download: &job}, true, events)
	if err != nil {
		return training.Base{}, err
	}
	if res.Base == nil {
		return training.Base{}, noResult(protocol.JobDownload)
	}
	return r.find(ctx, res.Base.Name, res.Base.Revision)
}

// shelve moves a finished base to its place, or takes the one that is there.
func (r *Runtime) shelve(ctx context.Context, from string, res protocol.BaseResult) (training.Base, error) {
	name := res.Name + "@" + res.Revision
	if filepath.Base(name) != name || !filepath.IsLocal(name) {
		return training.Base{}, &training.Error{Kind: training.KindUsage, Message: fmt.Sprintf("a base cannot be called %q", name), Next: "Use letters, digits, dots and dashes."}
	}
	to := filepath.Join(r.BasesDir(), name)
	if err := os.Rename(from, to); err != nil {
		// The same base may have been added before; a damaged one makes room.
		if old, ferr := r.find(ctx, res.Name, res.Revision); ferr == nil && string(old.Digest) == res.Digest {
			return old, nil
		}
		if rerr := os.Rename(to, filepath.Join(filepath.Dir(from), "old")); rerr != nil {
			return training.Base{}, installError(err, "the base "+name+" cannot be put in its place")
		}
		if err := os.Rename(from, to); err != nil {
			return training.Base{}, installError(err, "the base "+name+" cannot be put in its place")
		}
	}
	return r.find(ctx, res.Name, res.Revision)
}

// find returns an installed base after reading all of its files.
func (r *Runtime) find(ctx context.Context, name, revision string) (training.Base, error) {
	shelf := training.NewBaseShelf(r.BasesDir())
	base, err := shelf.Find(name + "@" + revision)
	if err != nil {
		return training.Base{}, err
	}
	return base, shelf.Verify(ctx, base)
}
