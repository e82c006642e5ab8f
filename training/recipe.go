package training

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"

	"github.com/modelfactory/modelfactory/datasets"
)

// Source is one DataNet version in the mix of a recipe. Its weight is its share
// of the rows drawn in a pass, in millionths; only the ratio between the sources
// of a recipe counts.
type Source struct {
	Ref       datasets.Ref
	WeightPPM uint32
}

// sourceJSON is the flat form of a Source in recipe files.
type sourceJSON struct {
	Net       datasets.Slug `json:"net"`
	Version   int           `json:"version"`
	WeightPPM uint32        `json:"weight_ppm"`
}

// MarshalJSON writes {"net","version","weight_ppm"}.
func (s Source) MarshalJSON() ([]byte, error) {
	return json.Marshal(sourceJSON{Net: s.Ref.Net, Version: s.Ref.Version, WeightPPM: s.WeightPPM})
}

// UnmarshalJSON reads what MarshalJSON writes.
func (s *Source) UnmarshalJSON(b []byte) error {
	var j sourceJSON
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(&j); err != nil {
		return err
	}
	*s = Source{Ref: datasets.Ref{Net: j.Net, Version: j.Version}, WeightPPM: j.WeightPPM}
	return nil
}

// Recipe is everything that decides what a run learns: base, data and settings.
// A run freezes it; recipe.json holds its canonical bytes.
type Recipe struct {
	Base string   `json:"base"` // name@revision
	Data []Source `json:"data"`
	Settings
}

// Canonical returns the recipe as RFC 8785 JSON, the bytes of recipe.json. It
// leaves out later fields at their default.
func (r Recipe) Canonical() ([]byte, error) {
	b, err := json.Marshal(r)
	if err != nil {
		return nil, err
	}
	var all map[string]json.RawMessage
	if err := json.Unmarshal(b, &all); err != nil {
		return nil, err
	}
	for _, f := range Fields() {
		if slices.Contains(laterFields, f.Key) && f.Get(&r.Settings) == f.Default {
			delete(all, f.Key)
		}
	}
	return datasets.CanonicalJSON(all)
}

// UnmarshalJSON reads a recipe; what it leaves out has its default.
func (r *Recipe) UnmarshalJSON(b []byte) error {
	type plain Recipe // without this method
	p := plain{Settings: DefaultSettings()}
	if err := json.Unmarshal(b, &p); err != nil {
		return err
	}
	*r = Recipe(p)
	return nil
}

// Digest is the SHA-256 of the canonical bytes.
func (r Recipe) Digest() (datasets.Digest, error) {
	b, err := r.Canonical()
	if err != nil {
		return "", err
	}
	return datasets.DigestOf(b), nil
}

// Validate checks the recipe as a whole; the error names the field.
func (r Recipe) Validate() error {
	if strings.TrimSpace(r.Base) == "" {
		return usage("Choose a base.", "the recipe names no base")
	}
	if len(r.Data) == 0 {
		return usage("Choose at least one dataset.", "the recipe has no data")
	}
	seen := map[datasets.Slug]bool{}
	for _, s := range r.Data {
		if seen[s.Ref.Net] {
			return usage("Name each DataNet once and change its weight.", "the recipe uses %s twice", s.Ref.Net)
		}
		seen[s.Ref.Net] = true
		if s.WeightPPM == 0 {
			return usage("Give it a weight above zero or take it out.", "%s has weight 0", s.Ref.Net)
		}
	}
	return r.Settings.Validate()
}
