package datasets

import (
	"cmp"
	"context"
	"crypto/sha256"
	"fmt"
	"slices"
)

// Licensed says that rows of a file stand, byte for byte, in a DataNet whose
// terms ask for a licence. An own file with them can be trained on all the same
// (docs/decisions/0004-licence-gate.md); whoever imports it is told.
type Licensed struct {
	Net   Slug   `json:"net"`
	Title string `json:"title"`
	Rows  int    `json:"rows"`
}

// Warning is what to tell the person, in one sentence.
func (l Licensed) Warning() string {
	rows := fmt.Sprintf("%d of these rows are", l.Rows)
	if l.Rows == 1 {
		rows = "1 of these rows is"
	}
	return fmt.Sprintf("%s from %s, whose terms ask for a licence: this file does not give you one.", rows, quote(l.Title))
}

// licensedRows names the DataNet for each row, by the hash of its canonical
// bytes, that needs a licence here. A net that cannot be read is left out: it
// must not keep an own file from being imported.
func (l *Library) licensedRows(ctx context.Context) (map[[32]byte]*Licensed, error) {
	nets, err := l.List()
	if err != nil {
		return nil, err
	}
	out := map[[32]byte]*Licensed{}
	var buf []byte
	for _, n := range nets {
		if n.Private || n.Damaged != "" || !n.Terms.NeedsLicence() {
			continue
		}
		found := &Licensed{Net: n.Slug, Title: n.Title}
		for _, v := range n.Versions {
			for e, err := range l.Rows(Ref{n.Slug, v.Number}) {
				if err != nil {
					break
				}
				if err := ctx.Err(); err != nil {
					return nil, err
				}
				buf = e.Row.appendCanonical(buf[:0])
				id := sha256.Sum256(buf)
				if out[id] == nil {
					out[id] = found
				}
			}
		}
	}
	return out, nil
}

// found lists the DataNets whose rows were written, by name.
func (w *versionWriter) found() []Licensed {
	out := []Licensed{}
	for _, of := range w.licensed {
		if of.Rows > 0 && !slices.Contains(out, *of) {
			out = append(out, *of)
		}
	}
	slices.SortFunc(out, func(a, b Licensed) int { return cmp.Compare(a.Net, b.Net) })
	return out
}
