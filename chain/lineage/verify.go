package lineage

import (
	"context"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/ethereum/go-ethereum/common"

	"github.com/modelfactory/modelfactory/chain"
	"github.com/modelfactory/modelfactory/datasets"
	"github.com/modelfactory/modelfactory/training"
)

// VerifyOptions is what else may be at hand; all of it is optional.
type VerifyOptions struct {
	Library  *datasets.Library   // DataNets on this computer; nil: rows are not here
	Bases    *training.BaseShelf // bases on this computer; nil: base is not here
	Trainer  ManifestTrainer     // the trainer on this computer; zero: not here
	Now      func() time.Time    // nil: time.Now
	Progress func(done int64)    // bytes read so far; may be nil
}

// Verify recomputes what can be recomputed from a model's folder, on the shelf
// or exported, compares it with the chain when client is not nil, and names
// every difference by its file. It needs nothing beside the folder; what is not
// at hand is listed in NotHere and never counts as equal.
//
// A difference is no error. Errors: not_found when the folder holds no model;
// the end of ctx; a disk that cannot be read.
func Verify(ctx context.Context, dir string, client ChainReader, opt VerifyOptions) (Report, error) {
	if opt.Now == nil {
		opt.Now = time.Now
	}
	start := opt.Now()
	root, err := os.OpenRoot(dir)
	if err != nil {
		return Report{}, &Error{Kind: KindNotFound, Message: "there is no folder " + dir, Next: "Give the folder of a model, or a model's name.", Err: err}
	}
	defer root.Close()
	v := &verifier{ctx: ctx, root: root, chain: client, opt: opt, found: map[string]datasets.Digest{}, failed: map[string]bool{}}
	if err := v.run(); err != nil {
		return Report{}, err
	}
	r := &v.report
	r.At, r.Seconds = start, opt.Now().Sub(start).Seconds()
	r.Verified = r.Published && r.OnChain && len(r.Differences) == 0
	r.Advice = v.advice()
	// Lists, not null, in the JSON of the command line.
	r.Checked = append([]Check{}, r.Checked...)
	r.Differences = append([]datasets.Difference{}, r.Differences...)
	r.NotHere = append([]string{}, r.NotHere...)
	return *r, nil
}

// verifier holds what was read of one folder.
type verifier struct {
	ctx   context.Context
	root  *os.Root
	chain ChainReader
	opt   VerifyOptions

	report Report
	read   int64
	found  map[string]datasets.Digest // file → what its bytes say; absent: missing
	failed map[string]bool            // files that a difference names

	record      *modelRecord // model.json, where it is there and sound
	manifest    *Manifest    // manifest.json, once nothing speaks against it
	publication *Publication
	data        []DataUse
	metrics     *Metrics
	recipe      []byte
}

// registeredFiles make up a registered model.
var registeredFiles = append(slices.Clone(madeFiles), ManifestFile, PublicationFile, CardFile)

func (v *verifier) run() error {
	if err := v.hashAll(); err != nil {
		return err
	}
	v.readRecordOfShelf()
	if err := v.readManifest(); err != nil {
		return err
	}
	v.compareFiles()
	if err := v.compareInputs(); err != nil {
		return err
	}
	return v.compareCard()
}

// hashAll reads every file once.
func (v *verifier) hashAll() error {
	progress := func(n int64) {
		v.read += n
		if v.opt.Progress != nil {
			v.opt.Progress(v.read)
		}
	}
	for _, name := range append(slices.Clone(registeredFiles), ModelFile) {
		d, err := hashFile(v.ctx, v.root, name, progress)
		switch {
		case err == nil:
			v.found[name] = d
		case v.ctx.Err() != nil:
			return v.ctx.Err()
		case missing(err):
		case err == errNotPlain:
			v.differs(name, "a plain file", "a link or a folder")
		default:
			return failed(err, "%s cannot be read", name)
		}
	}
	if len(v.found) == 0 || (v.found[AdapterFile] == "" && v.found[ManifestFile] == "") {
		return notFound("Give the folder of a model, or a model's name.", "there is no model in %s", v.root.Name())
	}
	_, v.report.Published = v.found[PublicationFile]
	v.report.Published = v.report.Published || v.failed[PublicationFile]
	return nil
}

// differs names a file once for each pair of values.
func (v *verifier) differs(file, want, got string) {
	v.failed[file] = true
	d := datasets.Difference{File: file, Want: want, Got: got}
	if !slices.Contains(v.report.Differences, d) {
		v.report.Differences = append(v.report.Differences, d)
	}
}

func (v *verifier) notHere(format string, args ...any) {
	v.report.NotHere = append(v.report.NotHere, fmt.Sprintf(format, args...))
}

func (v *verifier) check(title, digest, state, note string) {
	v.report.Checked = append(v.report.Checked, Check{Title: title, Digest: digest, State: state, Note: note})
}

// expect compares a file with a digest that is known to be right.
func (v *verifier) expect(file string, want datasets.Digest) {
	got, there := v.found[file]
	switch {
	case v.failed[file]:
	case !there:
		v.differs(file, string(want), "missing")
	case got != want:
		v.differs(file, string(want), string(got))
	}
}

// load reads a JSON file that hashAll has seen; a difference when its bytes
// are not a record at all.
func (v *verifier) load(name string, into any) bool {
	if _, there := v.found[name]; !there {
		return false
	}
	raw, err := readRecord(v.root, name)
	if err == nil {
		err = parse(raw, into)
	}
	if err != nil {
		v.differs(name, "a record in canonical form", err.Error())
		return false
	}
	return true
}

func (v *verifier) readRecordOfShelf() {
	if _, there := v.found[ModelFile]; !there {
		return
	}
	raw, err := readRecord(v.root, ModelFile)
	if err == nil {
		var rec modelRecord
		if rec, err = parseModelRecord(raw); err == nil {
			v.record, v.report.Name = &rec, rec.Name
			return
		}
	}
	v.differs(ModelFile, "the record of this model", err.Error())
}

func (v *verifier) advice() string {
	r := v.report
	switch {
	case len(r.Differences) == 0:
		return ""
	case !slices.ContainsFunc(append(slices.Clone(registeredFiles), ModelFile), func(f string) bool { return v.failed[f] }):
		return "The model's own files are sound; what differs is data or a base on this computer. Import or fetch it again before you train on it."
	case v.failed[PublicationFile] && len(v.failed) == 1:
		return "The files are sound, but they are not registered where the folder says. Ask the network that the creator names."
	case v.manifest != nil && v.report.Published:
		return "A file was changed after the model was registered. Do not load it; get the folder again from its creator, " + chain.ShortAddress(common.HexToAddress(v.manifest.Creator)) + ", or train again."
	default:
		return "A file was changed. Do not load it; get it again from where it came, or train again."
	}
}
