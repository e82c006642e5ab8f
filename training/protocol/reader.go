package protocol

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// MaxLine bounds a line in bytes; the largest real one is a check's preview.
const MaxLine = 16 << 20

// ErrLine is wrapped by every error of a Reader about one line; reading can go
// on after it.
var ErrLine = errors.New("bad protocol line")

// Reader reads events from a trainer or from events.jsonl.
type Reader struct {
	r    *bufio.Reader
	line int
}

// NewReader reads from r.
func NewReader(r io.Reader) *Reader { return &Reader{r: bufio.NewReaderSize(r, 64<<10)} }

// Next returns the next event, io.EOF at the end. An error that wraps ErrLine
// concerns one line only: the next call reads the one after it. A last line
// without its newline was cut by a crash and counts as bad. Empty lines are
// passed over.
func (r *Reader) Next() (Event, error) {
	for {
		line, err := r.readLine()
		if err != nil {
			return Event{}, err
		}
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		var e Event
		if err := json.Unmarshal(line, &e); err != nil {
			return Event{}, fmt.Errorf("%w %d: %w", ErrLine, r.line, err)
		}
		return e, nil
	}
}

// readLine returns a whole line. It reads past the end of one that is too long.
func (r *Reader) readLine() ([]byte, error) {
	var line []byte
	tooLong := false
	for {
		part, err := r.r.ReadSlice('\n')
		if len(line)+len(part) > MaxLine {
			tooLong, line = true, line[:0]
		}
		if !tooLong {
			line = append(line, part...)
		}
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case err == io.EOF && (len(part) > 0 || len(line) > 0 || tooLong):
			r.line++
			return nil, fmt.Errorf("%w %d: it ends before its newline", ErrLine, r.line)
		case err != nil:
			return nil, err
		}
		r.line++
		if tooLong {
			return nil, fmt.Errorf("%w %d: longer than %d bytes", ErrLine, r.line, MaxLine)
		}
		return line, nil
	}
}

// Encode returns a request or a control as one line with its newline.
func Encode(v any) ([]byte, error) {
	if q, ok := v.(Request); ok && q.V == 0 {
		q.V = Version
		v = q
	}
	b, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	return append(b, '\n'), nil
}
