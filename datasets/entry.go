package datasets

import (
	"bytes"
	"encoding/json"
	"errors"
)

// Entry is one line of rows.jsonl: a row and whose it is.
type Entry struct {
	Row         Row
	Contributor Address
}

// Line returns the entry's canonical bytes, {"contributor":…,"row":…},
// without the line feed.
func (e Entry) Line() ([]byte, error) {
	if err := e.Row.Check(); err != nil {
		return nil, err
	}
	a, err := ParseAddress(string(e.Contributor))
	if err != nil {
		return nil, err
	}
	return e.appendLine(nil, a), nil
}

func (e Entry) appendLine(b []byte, a Address) []byte {
	b = append(b, `{"contributor":"`...)
	b = append(b, a...)
	b = append(b, `","row":`...)
	b = e.Row.appendCanonical(b)
	return append(b, '}')
}

type entryJSON struct {
	Contributor string `json:"contributor"`
	Row         Row    `json:"row"`
}

// ParseEntry reads one line of rows.jsonl. Only canonical bytes pass: there is
// one way to write an entry, so that any changed byte shows.
func ParseEntry(line []byte) (Entry, error) {
	var j entryJSON
	if err := json.Unmarshal(line, &j); err != nil {
		return Entry{}, errors.New("not a line of JSON: " + plainJSONError(err))
	}
	a, err := ParseAddress(j.Contributor)
	if err != nil {
		return Entry{}, err
	}
	e := Entry{Row: j.Row, Contributor: a}
	if err := e.Row.Check(); err != nil {
		return Entry{}, err
	}
	if !bytes.Equal(e.appendLine(make([]byte, 0, len(line)), a), line) {
		return Entry{}, errors.New("the line is not in canonical form")
	}
	return e, nil
}

func plainJSONError(err error) string {
	if _, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return "a value has the wrong type"
	}
	return err.Error()
}
