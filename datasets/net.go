package datasets

import (
	"strings"
	"time"
	"unicode"
)

// DataNet is a net as it lies in the library.
type DataNet struct {
	Slug         Slug          `json:"slug"`
	Title        string        `json:"title"`
	Summary      string        `json:"summary"`
	Language     string        `json:"language"` // BCP 47
	Topics       []string      `json:"topics"`
	SPDX         string        `json:"spdx"` // SPDX id or LicenseRef-…; NOASSERTION for own files
	Terms        Terms         `json:"terms"`
	Owner        Address       `json:"owner"`
	Private      bool          `json:"private"` // an own file, not registered
	Sample       bool          `json:"sample"`  // came with the studio
	Versions     []Version     `json:"versions"`
	Contributors []Contributor `json:"contributors"` // of the newest version, most rows first
	Chain        *OnChain      `json:"chain,omitempty"`
	// Damaged says why the net cannot be read; everything but Slug is then empty.
	Damaged string `json:"damaged,omitempty"`
}

// Called reports whether name means this net: its slug, or its title but for
// letter case and for what parts the words (spaces, - and _). Several titles
// can have one slug.
func (d DataNet) Called(name string) bool {
	words := func(s string) string {
		return strings.Join(strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return r == '-' || r == '_' || unicode.IsSpace(r) }), " ")
	}
	return name == string(d.Slug) || words(name) == words(d.Title)
}

// Newest returns the newest version; a listed net always has one.
func (d DataNet) Newest() Version {
	if len(d.Versions) == 0 {
		return Version{}
	}
	return d.Versions[len(d.Versions)-1]
}

// Version is an immutable set of rows, oldest first in a net.
type Version struct {
	Number     int    `json:"version"`
	Rows       int    `json:"rows"`
	Bytes      int64  `json:"bytes"` // of rows.jsonl
	Root       Digest `json:"root"`  // Merkle root of the rows (keccak256, hex without 0x)
	Digest     Digest `json:"digest"`
	RowsSHA256 Digest `json:"rows_sha256"`
	// Published is the manifest's datePublished; for a private version, when
	// it was written here.
	Published time.Time `json:"published"`
}

// Contributor is an account and how many rows of the newest version are its.
type Contributor struct {
	Address Address `json:"address"`
	Rows    int     `json:"rows"`
}

// OnChain is where a net is registered; the studio writes it after the
// transaction is final.
type OnChain struct {
	ChainID  uint64 `json:"chain_id"`
	Genesis  string `json:"genesis"`
	Contract string `json:"contract"`
	ID       uint64 `json:"id"`
}

// Question is a held-out question of a net and the short value its answer
// must hold.
type Question struct {
	Prompt      string  `json:"prompt"`
	Want        string  `json:"want"`
	Contributor Address `json:"contributor"`
}

// Difference names bytes that are not what they should be.
type Difference struct {
	File string `json:"file"` // for a row "rows.jsonl:17"
	Want string `json:"want"`
	Got  string `json:"got"`
}

// States of a [Standing].
const (
	StandingOwn          = "own"
	StandingOpen         = "open"
	StandingHeld         = "held"
	StandingNeedsLicence = "needs_licence"
	StandingExpired      = "expired"
	StandingUnknown      = "unknown"
)

// Standing says whether an account may use a net, read from the chain by the
// studio.
type Standing struct {
	State  string    `json:"state"`
	Until  time.Time `json:"until"`
	Reason string    `json:"reason"`
	Block  uint64    `json:"block"`
	At     time.Time `json:"at"`
}

// Usable reports whether a run may use the net.
func (s Standing) Usable() bool {
	return s.State == StandingOwn || s.State == StandingOpen || s.State == StandingHeld
}
