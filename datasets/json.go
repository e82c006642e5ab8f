package datasets

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"unicode/utf8"
)

// Rows of a file are split here without building maps: the bytes are checked
// once by json.Valid, after which splitting cannot go wrong.

// column is a named value of a record, JSON bytes or plain text.
type column struct {
	name string
	raw  []byte // JSON value; nil for text
	text string
}

// parseObject splits one JSON object into its members, in order.
func parseObject(b []byte) ([]column, error) {
	if !utf8.Valid(b) {
		return nil, errors.New("not UTF-8 text")
	}
	b = bytes.TrimSpace(b)
	if !json.Valid(b) {
		return nil, jsonProblem(b)
	}
	if b[0] != '{' {
		return nil, errors.New("not a JSON object in braces")
	}
	return splitObject(b)
}

// jsonProblem says where JSON breaks.
func jsonProblem(b []byte) error {
	var v json.RawMessage
	err := json.Unmarshal(b, &v)
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
		return fmt.Errorf("not valid JSON at byte %d: %s", syntax.Offset, syntax.Error())
	}
	return errors.New("not valid JSON")
}

// splitObject splits a valid object.
func splitObject(b []byte) ([]column, error) {
	var cols []column
	i := skipSpace(b, 1)
	for b[i] != '}' {
		end := skipValue(b, i)
		name, err := decodeString(b[i:end])
		if err != nil {
			return nil, err
		}
		for _, c := range cols {
			if c.name == name {
				return nil, fmt.Errorf("the name %s stands twice", quote(name))
			}
		}
		i = skipSpace(b, skipSpace(b, end)+1) // over the colon
		end = skipValue(b, i)
		cols = append(cols, column{name: name, raw: b[i:end]})
		if len(cols) > maxColumns {
			return nil, fmt.Errorf("more than %d columns", maxColumns)
		}
		if i = skipSpace(b, end); b[i] == ',' {
			i = skipSpace(b, i+1)
		}
	}
	return cols, nil
}

// maxColumns bounds the columns of a row; more is no training file.
const maxColumns = 512

// splitArray calls each with the elements of a valid array.
func splitArray(b []byte, each func(raw []byte) error) error {
	i := skipSpace(b, 1)
	for b[i] != ']' {
		end := skipValue(b, i)
		if err := each(b[i:end]); err != nil {
			return err
		}
		if i = skipSpace(b, end); b[i] == ',' {
			i = skipSpace(b, i+1)
		}
	}
	return nil
}

func skipSpace(b []byte, i int) int {
	for i < len(b) && (b[i] == ' ' || b[i] == '\t' || b[i] == '\n' || b[i] == '\r') {
		i++
	}
	return i
}

// skipValue returns the index after the value at i of valid JSON.
func skipValue(b []byte, i int) int {
	switch b[i] {
	case '"':
		return skipString(b, i)
	case '{', '[':
		depth := 0
		for ; i < len(b); i++ {
			switch b[i] {
			case '"':
				i = skipString(b, i) - 1
			case '{', '[':
				depth++
			case '}', ']':
				if depth--; depth == 0 {
					return i + 1
				}
			}
		}
		return i
	}
	for i < len(b) && !bytes.ContainsRune([]byte(",]} \t\r\n"), rune(b[i])) {
		i++
	}
	return i
}

func skipString(b []byte, i int) int {
	for i++; i < len(b); i++ {
		switch b[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return i
}

// decodeString decodes a valid JSON string. An escaped half of a surrogate
// pair is an error: it stands for no character (RFC 8785 3.2.2.2).
func decodeString(raw []byte) (string, error) {
	body := raw[1 : len(raw)-1]
	if bytes.IndexByte(body, '\\') < 0 {
		return string(body), nil
	}
	for i := 0; i < len(body); i++ {
		if body[i] != '\\' {
			continue
		}
		i++
		if body[i] != 'u' {
			continue
		}
		switch u := hex4(body[i+1:]); {
		case u >= 0xDC00 && u < 0xE000:
			return "", errors.New("a text holds half a character (a lone surrogate)")
		case u >= 0xD800 && u < 0xDC00:
			rest := body[i+5:]
			if len(rest) < 6 || rest[0] != '\\' || rest[1] != 'u' || hex4(rest[2:])&0xFC00 != 0xDC00 {
				return "", errors.New("a text holds half a character (a lone surrogate)")
			}
			i += 10
		default:
			i += 4
		}
	}
	var s string
	err := json.Unmarshal(raw, &s)
	return s, err
}

func hex4(b []byte) (u int) {
	for _, c := range b[:4] {
		u <<= 4
		switch {
		case c <= '9':
			u |= int(c - '0')
		default:
			u |= int(c|0x20-'a') + 10
		}
	}
	return u
}
