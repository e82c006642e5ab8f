package lineage

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"

	"github.com/modelfactory/modelfactory/datasets"
)

// maxRecord bounds a file of record. data.json names every contributor; a
// million of them stay below it.
const maxRecord = 128 << 20

// parse reads exactly one canonical JSON value without unknown fields. Anything
// else, be it one more space, is an error: there is one way to write a record.
func parse(raw []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return errors.New("it is not the JSON that belongs here: " + err.Error())
	}
	if _, err := d.Token(); err != io.EOF {
		return errors.New("something follows its JSON value")
	}
	// Written again from what was read: a key in other letters, which Go would
	// take, shows as well.
	again, err := datasets.CanonicalJSON(into)
	if err != nil {
		return err
	}
	if !bytes.Equal(again, raw) {
		return errors.New("it is not in canonical form (RFC 8785)")
	}
	return nil
}

// AdapterDigest is the id of a model: SHA-256 over the canonical JSON of the
// digests of its two files.
func AdapterDigest(f AdapterFiles) datasets.Digest {
	raw, err := datasets.CanonicalJSON(f)
	if err != nil {
		panic(err) // two strings always encode
	}
	return datasets.DigestOf(raw)
}
