package lineage

import (
	"errors"
	"fmt"

	"github.com/modelfactory/modelfactory/datasets"
	"github.com/modelfactory/modelfactory/training"
)

// titleBase is the check of the base.
const titleBase = "Base revision"

func dataTitle(u DataUse) string { return fmt.Sprintf("%s v%d", u.Title, u.Version) }

// compareInputs recomputes what the model was made from, where that is on this
// computer.
func (v *verifier) compareInputs() error {
	if v.metrics != nil && !v.failed[MetricsFile] {
		if err := v.compareBase(v.metrics.Base); err != nil {
			return err
		}
	}
	if v.failed[DataFile] {
		return nil
	}
	for _, u := range v.data {
		if err := v.compareData(u); err != nil {
			return err
		}
	}
	return nil
}

func (v *verifier) compareBase(base ManifestBase) error {
	const title = titleBase
	name := baseRef(base)
	if v.opt.Bases == nil {
		v.check(title, string(base.Digest), StateNotHere, "not here, cannot recompute")
		v.notHere("base %s: not here, cannot recompute", name)
		return nil
	}
	here, err := v.opt.Bases.Find(name)
	if err != nil || !here.Installed {
		v.check(title, string(base.Digest), StateNotHere, "not here, cannot recompute")
		v.notHere("base %s: not here, cannot recompute", name)
		return nil
	}
	if here.Digest != base.Digest {
		v.differs("base "+name, string(base.Digest), string(here.Digest))
		v.check(title, string(base.Digest), StateDiffers, "")
		return nil
	}
	if err := v.opt.Bases.Verify(v.ctx, here); err != nil {
		if v.ctx.Err() != nil {
			return v.ctx.Err()
		}
		if e, ok := errors.AsType[*training.Error](err); !ok || e.Kind != training.KindRefused {
			return err
		}
		v.differs("base "+name, string(base.Digest), err.Error())
		v.check(title, string(base.Digest), StateDiffers, "")
		return nil
	}
	v.check(title, string(base.Digest), StateEqual, "")
	return nil
}

// compareData checks one DataNet version on this computer: first that it is the
// recorded one, then every row of it.
func (v *verifier) compareData(u DataUse) error {
	title := dataTitle(u)
	ref := datasets.Ref{Net: u.Net, Version: u.Version}
	prefix := ref.String() + "/"
	if v.opt.Library == nil || v.opt.Library.Dir(ref) == "" {
		v.check(title, string(u.Root), StateNotHere, "not here, cannot recompute")
		v.notHere("data %s: not here, cannot recompute", ref)
		return nil
	}
	before := len(v.report.Differences)
	diffs, err := v.opt.Library.Verify(v.ctx, ref, nil)
	if v.ctx.Err() != nil {
		return v.ctx.Err()
	}
	if err != nil {
		v.differs(prefix+datasets.ManifestFile, "version "+string(u.Digest), err.Error())
	}
	for _, d := range diffs {
		if d.File == datasets.NetFile || d.File == datasets.ChainFile {
			continue // about the net as it is today, not about this version
		}
		v.differs(prefix+d.File, d.Want, d.Got)
	}
	if len(v.report.Differences) == before {
		v.compareVersion(u, ref, prefix)
	}
	state := StateEqual
	if len(v.report.Differences) > before {
		state = StateDiffers
	}
	v.check(title, string(u.Root), state, "")
	return nil
}

// compareVersion finds a version that is sound in itself but not the recorded
// one.
func (v *verifier) compareVersion(u DataUse, ref datasets.Ref, prefix string) {
	_, here, err := v.opt.Library.Resolve(ref)
	switch {
	case err != nil:
		v.differs(prefix+datasets.ManifestFile, "version "+string(u.Digest), err.Error())
	case here.RowsSHA256 != u.RowsSHA256 || here.Root != u.Root:
		v.differs(prefix+datasets.RowsFile, "root "+string(u.Root), "root "+string(here.Root))
	case here.Digest != u.Digest:
		v.differs(prefix+datasets.ManifestFile, string(u.Digest), string(here.Digest))
	}
}
