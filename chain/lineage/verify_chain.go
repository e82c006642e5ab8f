package lineage

import (
	"fmt"
	"strings"

	"github.com/modelfactory/modelfactory/datasets"
)

// readManifest reads manifest.json and publication.json and finds out, with the
// chain where there is one, which of them is the registered one.
func (v *verifier) readManifest() error {
	man, manThere := v.parseManifest()
	pub := v.parsePublicationFile()
	if v.report.Published && !manThere && !v.failed[ManifestFile] {
		v.differs(ManifestFile, "the manifest", "missing")
	}
	if !v.report.Published {
		if man != nil {
			v.manifest = man
			v.notHere("registration: the manifest was made, but the folder does not say where it is registered")
		} else {
			v.notHere("registration: the model is not registered")
		}
		return v.name(man)
	}
	v.publication = pub
	v.report.Publication = pub
	sha := v.found[ManifestFile]
	v.report.Manifest = sha
	word, err := v.askChain(pub, man, sha)
	if err != nil {
		return err
	}
	switch {
	case man == nil:
	case word != "":
		if word == sha {
			v.manifest = man
		}
	case pub != nil && datasets.Digest(pub.Manifest) != sha:
		v.offlineWord(pub, sha)
		if v.failed[PublicationFile] {
			v.manifest = man
		}
	default:
		v.manifest = man
	}
	return v.name(man)
}

func (v *verifier) name(man *Manifest) error {
	if man != nil && (v.report.Name == "" || v.report.Published) {
		v.report.Name = man.Name
	}
	return nil
}

func (v *verifier) parseManifest() (*Manifest, bool) {
	if _, there := v.found[ManifestFile]; !there {
		return nil, false
	}
	raw, err := readRecord(v.root, ManifestFile)
	if err == nil {
		var m Manifest
		if m, err = ParseManifest(raw); err == nil {
			return &m, true
		}
	}
	v.differs(ManifestFile, "a complete manifest in canonical form", err.Error())
	return nil, true
}

func (v *verifier) parsePublicationFile() *Publication {
	if _, there := v.found[PublicationFile]; !there {
		return nil
	}
	raw, err := readRecord(v.root, PublicationFile)
	if err == nil {
		var p Publication
		if p, err = parsePublication(raw); err == nil {
			return &p
		}
	}
	v.differs(PublicationFile, "a complete publication in canonical form", err.Error())
	return nil
}

// offlineWord decides without a chain which of two files is the odd one: the
// model card names the manifest's digest as well.
func (v *verifier) offlineWord(pub *Publication, sha datasets.Digest) {
	card, err := readRecord(v.root, CardFile)
	if err == nil && strings.Contains(string(card), string(sha)) {
		v.differs(PublicationFile, "manifest "+string(sha), "manifest "+pub.Manifest)
		return
	}
	v.differs(ManifestFile, pub.Manifest, string(sha))
}

// askChain compares the publication with the chain and gives the word that
// stands there; empty when it could not be read.
func (v *verifier) askChain(pub *Publication, man *Manifest, sha datasets.Digest) (datasets.Digest, error) {
	if v.chain == nil {
		v.notHere("registration: no network was asked")
		v.check("Registration", string(sha), StateNotHere, "no network was asked")
		return "", nil
	}
	if pub == nil {
		v.check("Registration", string(sha), StateDiffers, "")
		return "", nil
	}
	id, genesis, head, err := v.chain.Chain(v.ctx)
	if err != nil {
		return "", v.unreachable(sha, err)
	}
	v.report.Head = head
	if id != pub.ChainID || !strings.EqualFold(genesis, pub.Genesis) {
		v.differs(PublicationFile, fmt.Sprintf("chain %d with genesis %s, which was asked", id, genesis), fmt.Sprintf("chain %d with genesis %s", pub.ChainID, pub.Genesis))
		v.check("Registration", string(sha), StateDiffers, "another network was asked")
		return "", nil
	}
	contract := datasets.Address(pub.Contract)
	reg, sent, err := v.chain.RegisteredBy(v.ctx, contract, pub.Tx)
	if err != nil {
		return "", v.unreachable(sha, err)
	}
	if !sent {
		v.differs(PublicationFile, "a transaction that registered a model at "+pub.Contract, "transaction "+pub.Tx)
	} else if reg.ID != pub.ID {
		v.differs(PublicationFile, fmt.Sprintf("model %d, which the transaction registered", reg.ID), fmt.Sprintf("model %d", pub.ID))
	}
	rec, there, err := v.chain.Model(v.ctx, contract, pub.ID)
	if err != nil {
		return "", v.unreachable(sha, err)
	}
	if !there {
		v.differs(PublicationFile, "a model that is registered", fmt.Sprintf("model %d of %s", pub.ID, pub.Contract))
	}
	if !there || (sent && reg.ID != pub.ID) {
		v.check("Registration", string(sha), StateDiffers, "")
		return "", nil
	}
	v.report.Block, v.report.Withdrawn = reg.Block, rec.Withdrawn
	if listed, any := v.chain.Listed(contract); any && !listed {
		v.notHere("registry %s: not in this network's list; anyone can make one", contract)
	}
	v.compareWord(pub, sha, rec.Manifest, sent)
	if rec.Manifest == sha && man != nil {
		v.compareOwner(man, pub, rec)
	}
	v.report.OnChain = !v.failed[PublicationFile] && !v.failed[ManifestFile] && rec.Manifest == sha
	state := StateDiffers
	if v.report.OnChain {
		state = StateEqual
	}
	v.check("Registration", string(rec.Manifest), state, "")
	return rec.Manifest, nil
}

// compareWord blames the file that is alone against the other and the chain.
func (v *verifier) compareWord(pub *Publication, sha, word datasets.Digest, sent bool) {
	pubWord := datasets.Digest(pub.Manifest)
	if pubWord != word {
		v.differs(PublicationFile, "manifest "+string(word), "manifest "+pub.Manifest)
	}
	// Manifest and publication agree against the chain, and the transaction is
	// another one: the publication points at someone else's model.
	elsewhere := pubWord == sha && !sent
	if sha != word && !elsewhere && !v.failed[ManifestFile] {
		got := string(sha)
		if got == "" {
			got = "missing"
		}
		v.differs(ManifestFile, string(word), got)
	}
}

// compareOwner holds the manifest's own words against the record.
func (v *verifier) compareOwner(man *Manifest, pub *Publication, rec ModelRecord) {
	if string(rec.Owner) != man.Creator {
		v.differs(ManifestFile, "creator "+string(rec.Owner), "creator "+man.Creator)
	}
	ids := make([]uint64, 0, len(man.Parents))
	same := true
	for _, p := range man.Parents {
		same = same && p.ChainID == pub.ChainID && strings.EqualFold(p.Genesis, pub.Genesis) && p.Contract == pub.Contract
		ids = append(ids, p.ID)
	}
	if !same || fmt.Sprint(ids) != fmt.Sprint(append([]uint64{}, rec.Parents...)) {
		v.differs(ManifestFile, fmt.Sprintf("parents %v of this registry", rec.Parents), fmt.Sprintf("parents %v", man.Parents))
	}
}

// unreachable notes a network that does not answer; the files are still compared.
func (v *verifier) unreachable(sha datasets.Digest, err error) error {
	if v.ctx.Err() != nil {
		return v.ctx.Err()
	}
	v.notHere("registration: the network did not answer (%v)", err)
	v.check("Registration", string(sha), StateNotHere, "the network did not answer")
	return nil
}
