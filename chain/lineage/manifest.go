package lineage

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/modelfactory/modelfactory/datasets"
)

// Canonical gives the manifest as RFC 8785 JSON, the bytes of manifest.json.
func (m Manifest) Canonical() ([]byte, error) {
	if err := m.check(); err != nil {
		return nil, &Error{Kind: KindUsage, Message: "the manifest is not complete", Err: err}
	}
	return datasets.CanonicalJSON(m)
}

// Digest is the SHA-256 of the canonical bytes: the word on the chain.
func (m Manifest) Digest() (datasets.Digest, error) {
	raw, err := m.Canonical()
	if err != nil {
		return "", err
	}
	return datasets.DigestOf(raw), nil
}

// ParseManifest reads manifest.json. Only the canonical bytes of a complete
// manifest pass.
func ParseManifest(raw []byte) (Manifest, error) {
	var m Manifest
	if err := parse(raw, &m); err != nil {
		return Manifest{}, err
	}
	return m, m.check()
}

func (m Manifest) check() error {
	if m.Schema != ManifestSchema {
		return fmt.Errorf("its schema is %.40q, not %q", m.Schema, ManifestSchema)
	}
	if err := checkName(m.Name); err != nil {
		return err
	}
	if a, err := datasets.ParseAddress(m.Creator); err != nil || string(a) != m.Creator || a == datasets.ZeroAddress {
		return errors.New("its creator is not an address")
	}
	if m.Base.Name == "" {
		return errors.New("it names no base")
	}
	for _, d := range []struct {
		name   string
		digest datasets.Digest
	}{
		{"base", m.Base.Digest},
		{"recipe", m.Recipe},
		{"data_file", m.DataFile},
		{"adapter", m.Adapter},
		{"metrics", m.Metrics},
		{"trainer pins", m.Trainer.Pins},
	} {
		if _, err := datasets.ParseDigest(string(d.digest)); err != nil {
			return fmt.Errorf("%s is not a digest", d.name)
		}
	}
	if m.AttributionRoot != "" {
		if _, err := datasets.ParseDigest(m.AttributionRoot); err != nil {
			return errors.New("attribution_root is not a digest")
		}
	}
	if len(m.Data) == 0 {
		return errors.New("it names no data")
	}
	for i, d := range m.Data {
		if err := d.check(); err != nil {
			return fmt.Errorf("data %d: %w", i+1, err)
		}
	}
	for i, p := range m.Parents {
		if a, err := datasets.ParseAddress(p.Contract); err != nil || string(a) != p.Contract || p.ID == 0 || p.ID >= 1<<53 || p.ChainID >= 1<<53 {
			return fmt.Errorf("parent %d is not a registered model", i+1)
		}
	}
	if m.Data == nil || m.Parents == nil {
		return errors.New("a list is missing")
	}
	return nil
}

func (d ManifestData) check() error {
	if _, err := datasets.ParseSlug(string(d.Net)); err != nil {
		return errors.New("it names no DataNet")
	}
	if d.Version < 1 || d.WeightPPM > 1_000_000 {
		return errors.New("its version or weight is impossible")
	}
	for _, x := range []datasets.Digest{d.Root, d.Digest} {
		if _, err := datasets.ParseDigest(string(x)); err != nil {
			return errors.New("its root or digest is not a digest")
		}
	}
	return nil
}

// maxName is the longest name of a model, in characters.
const maxName = 100

func checkName(name string) error {
	bad := name == "" || strings.TrimSpace(name) != name || !utf8.ValidString(name) || utf8.RuneCountInString(name) > maxName
	for _, r := range name {
		bad = bad || unicode.IsControl(r) || unicode.Is(unicode.Cf, r)
	}
	if bad {
		return fmt.Errorf("its name is empty, longer than %d characters, or has invisible ones", maxName)
	}
	return nil
}

// manifestData is the short form of data.json that stands in the manifest.
func manifestData(uses []DataUse) []ManifestData {
	out := make([]ManifestData, len(uses))
	for i, u := range uses {
		out[i] = ManifestData{
			Net: u.Net, Version: u.Version, Root: u.Root, Digest: u.Digest,
			WeightPPM: u.WeightPPM, SPDX: u.SPDX, Licence: u.Licence,
		}
	}
	return out
}

// parsePublication reads publication.json.
func parsePublication(raw []byte) (Publication, error) {
	var p Publication
	if err := parse(raw, &p); err != nil {
		return p, err
	}
	return p, p.check()
}

func (p Publication) check() error {
	if a, err := datasets.ParseAddress(p.Contract); err != nil || string(a) != p.Contract {
		return errors.New("its contract is not an address")
	}
	if _, err := datasets.ParseDigest(p.Manifest); err != nil {
		return errors.New("its manifest is not a digest")
	}
	if !isHash(p.Genesis) || !isHash(p.Tx) {
		return errors.New("its genesis or transaction is not a hash")
	}
	// RFC 8785 numbers are exact up to 2^53.
	if p.ID == 0 || p.ChainID == 0 || p.ID >= 1<<53 || p.ChainID >= 1<<53 {
		return errors.New("it names no model or no chain")
	}
	return nil
}

// isHash is true for 0x and 64 lower-case hex digits.
func isHash(s string) bool {
	_, err := datasets.ParseDigest(strings.TrimPrefix(s, "0x"))
	return err == nil && strings.HasPrefix(s, "0x")
}
