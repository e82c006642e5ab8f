package lineage

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/modelfactory/modelfactory/datasets"
)

// compareFiles holds the files of the model against the manifest, and on the
// shelf against what they were when they came there.
func (v *verifier) compareFiles() {
	v.loadRecords()
	if v.record != nil {
		for _, name := range []string{RecipeFile, DataFile, MetricsFile} {
			v.expect(name, v.record.Files[name])
		}
	}
	switch {
	case v.manifest != nil:
		v.expect(RecipeFile, v.manifest.Recipe)
		v.expect(DataFile, v.manifest.DataFile)
		v.expect(MetricsFile, v.manifest.Metrics)
		v.compareAdapter(v.manifest.Adapter)
		v.compareClaims()
	case v.record != nil:
		v.compareAdapter(v.record.Adapter)
	case v.metrics != nil && !v.report.Published:
		// An export that was never registered: the files can only be held
		// against one another.
		v.compareAdapter(AdapterDigest(v.metrics.Files))
	default:
		v.notHere("files: not judged, because the manifest is not the registered one")
	}
	v.checkFile("Recipe", RecipeFile)
	if v.metrics != nil {
		v.checkTrainer()
	}
	v.checkAdapter()
	v.checkFile("Metrics", MetricsFile)
	v.checkFile("Data record", DataFile)
	if v.manifest != nil && v.manifest.AttributionRoot != "" {
		v.check("Attribution ledger", v.manifest.AttributionRoot, StateNotHere, "the ledger is not in this folder")
	}
}

func (v *verifier) loadRecords() {
	var metrics Metrics
	if v.load(MetricsFile, &metrics) {
		v.metrics = &metrics
	}
	if !v.load(DataFile, &v.data) {
		v.data = nil
	}
	var any json.RawMessage
	if v.load(RecipeFile, &any) {
		v.recipe, _ = readRecord(v.root, RecipeFile)
	}
	if v.manifest == nil && v.record == nil && !v.report.Published {
		for _, name := range madeFiles {
			if _, there := v.found[name]; !there && !v.failed[name] {
				v.differs(name, "a file of a model", "missing")
			}
		}
	}
}

// compareAdapter names which of the two files of an adapter differs. The id
// proves the pair; single digests count once they are proved to make that id.
func (v *verifier) compareAdapter(id datasets.Digest) {
	got := AdapterFiles{Config: v.found[ConfigFile], Weights: v.found[AdapterFile]}
	if AdapterDigest(got) == id {
		return
	}
	for _, want := range v.adapterClaims() {
		if AdapterDigest(want) == id {
			v.expect(ConfigFile, want.Config)
			v.expect(AdapterFile, want.Weights)
			return
		}
	}
	both := "together " + string(AdapterDigest(got))
	v.differs(ConfigFile, "together "+string(id), both)
	v.differs(AdapterFile, "together "+string(id), both)
}

func (v *verifier) adapterClaims() []AdapterFiles {
	var out []AdapterFiles
	if v.metrics != nil {
		out = append(out, v.metrics.Files)
	}
	if v.record != nil {
		out = append(out, AdapterFiles{Config: v.record.Files[ConfigFile], Weights: v.record.Files[AdapterFile]})
	}
	return out
}

// compareClaims finds a manifest that contradicts the very files it names.
func (v *verifier) compareClaims() {
	if v.metrics != nil && !v.failed[MetricsFile] {
		if v.metrics.Base != v.manifest.Base {
			v.differs(ManifestFile, "base "+baseRef(v.metrics.Base)+" "+string(v.metrics.Base.Digest), "base "+baseRef(v.manifest.Base)+" "+string(v.manifest.Base.Digest))
		}
		if v.metrics.Trainer != v.manifest.Trainer {
			v.differs(ManifestFile, "trainer "+v.metrics.Trainer.Version, "trainer "+v.manifest.Trainer.Version)
		}
	}
	if v.data != nil && !v.failed[DataFile] && fmt.Sprint(manifestData(v.data)) != fmt.Sprint(v.manifest.Data) {
		v.differs(ManifestFile, "the data of "+DataFile, "other data")
	}
	if v.record != nil && v.record.Adapter != v.manifest.Adapter {
		v.differs(ModelFile, "adapter "+string(v.manifest.Adapter), "adapter "+string(v.record.Adapter))
	}
}

func (v *verifier) state(files ...string) string {
	for _, f := range files {
		if v.failed[f] {
			return StateDiffers
		}
	}
	if v.manifest == nil && v.record == nil {
		return StateNotHere
	}
	return StateEqual
}

func (v *verifier) checkFile(title, name string) {
	v.check(title, string(v.found[name]), v.state(name), "")
}

func (v *verifier) checkAdapter() {
	id := AdapterDigest(AdapterFiles{Config: v.found[ConfigFile], Weights: v.found[AdapterFile]})
	v.check("Adapter, 2 files", string(id), v.state(ConfigFile, AdapterFile), "")
}

func (v *verifier) checkTrainer() {
	t := v.metrics.Trainer
	switch {
	case v.failed[MetricsFile]:
		v.check("Trainer and pins", string(t.Pins), StateDiffers, "")
	case v.opt.Trainer == t:
		v.check("Trainer and pins", string(t.Pins), StateEqual, "")
	default:
		v.check("Trainer and pins", string(t.Pins), StateNotHere, "another trainer is on this computer")
		v.notHere("trainer %s: another one is on this computer, cannot recompute", t.Version)
	}
}

// compareCard writes the model card again and compares.
func (v *verifier) compareCard() error {
	found, there := v.found[CardFile]
	if v.failed[CardFile] || (!there && !v.report.Published) {
		return nil // on the shelf a model has no card before it is registered
	}
	if !there {
		v.differs(CardFile, "the model card", "missing")
		v.check("Model card", "", StateDiffers, "")
		return nil
	}
	in, ok, err := v.cardInput()
	if err != nil {
		return err
	}
	if !ok {
		v.notHere("%s: not judged while the files it is made of differ", CardFile)
		v.check("Model card", string(found), StateNotHere, "the files it is made of differ")
		return nil
	}
	want, err := Card(in)
	if err != nil {
		return failed(err, "the model card cannot be made")
	}
	if datasets.DigestOf(want) != found {
		if err := v.blameCard(in, datasets.DigestOf(want)); err != nil {
			return err
		}
	}
	state := v.state(CardFile)
	if !v.report.Published {
		state = StateUnknown
	}
	v.check("Model card", string(found), state, "")
	return nil
}

// blameCard names the card, and the publication too when no chain was read and
// the card names another one: then it cannot be told which of them changed.
func (v *verifier) blameCard(in CardInput, want datasets.Digest) error {
	v.differs(CardFile, string(want), string(v.found[CardFile]))
	if in.Publication == nil || v.report.OnChain {
		return nil
	}
	raw, err := readRecord(v.root, CardFile)
	if err != nil {
		return failed(err, "%s cannot be read", CardFile)
	}
	p := in.Publication
	for _, s := range []string{fmt.Sprintf("| Chain id | %d |", p.ChainID), p.Genesis, p.Contract, fmt.Sprintf("| Model | %d |", p.ID), p.Tx} {
		if !bytes.Contains(raw, []byte(s)) {
			v.differs(PublicationFile, "the publication that "+CardFile+" names", "another one; only the chain can tell which is right")
			return nil
		}
	}
	return nil
}

// cardInput gathers what the card was made of; false when some of it differs.
func (v *verifier) cardInput() (CardInput, bool, error) {
	for _, f := range []string{RecipeFile, DataFile, MetricsFile, ManifestFile, PublicationFile} {
		if v.failed[f] {
			return CardInput{}, false, nil
		}
	}
	if v.metrics == nil || v.data == nil || v.recipe == nil {
		return CardInput{}, false, nil
	}
	in := CardInput{Base: v.metrics.Base, Data: v.data, Recipe: v.recipe, Metrics: *v.metrics, Adapter: AdapterDigest(v.metrics.Files)}
	if v.report.Published {
		in.Manifest, in.Publication = v.manifest, v.publication
		return in, v.manifest != nil && v.publication != nil, nil
	}
	raw, err := readRecord(v.root, CardFile)
	if err != nil {
		return in, false, failed(err, "%s cannot be read", CardFile)
	}
	in.Name = draftName(raw)
	if v.report.Name == "" {
		v.report.Name = in.Name
	}
	return in, true, nil
}

// draftName reads the name of a card that was never registered: it is written
// nowhere else in an export.
func draftName(card []byte) string {
	for line := range strings.Lines(string(card)) {
		if rest, ok := strings.CutPrefix(line, "model_name: "); ok {
			var name string
			if json.Unmarshal([]byte(rest), &name) == nil {
				return name
			}
		}
	}
	return ""
}
