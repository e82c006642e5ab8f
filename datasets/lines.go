package datasets

import (
	"bufio"
	"errors"
	"fmt"
	"io"
)

// maxRow bounds the bytes of one row in a file that is read, 16 MiB.
const maxRow = 16 << 20

// errLong is a row that is longer than maxRow; reading goes on after it.
var errLong = fmt.Errorf("the row is longer than %d MiB", maxRow>>20)

// lines reads lines of any length in bounded memory.
type lines struct {
	r    *bufio.Reader
	buf  []byte
	line int // number of the last line returned, from 1
}

func newLines(r io.Reader) *lines { return &lines{r: bufio.NewReaderSize(r, 256<<10)} }

// next returns the next line without its end (LF or CRLF), valid until the
// next call. A line longer than maxRow is passed over and gives errLong.
func (l *lines) next() ([]byte, error) {
	l.buf = l.buf[:0]
	started, long := false, false
	for {
		part, err := l.r.ReadSlice('\n')
		if len(part) > 0 && !started {
			started = true
			l.line++
			if err == nil {
				return trimEnd(part), nil // the common case copies nothing
			}
		}
		if len(l.buf)+len(part) > maxRow {
			l.buf, long = nil, true
		}
		if !long {
			l.buf = append(l.buf, part...)
		}
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
		case err != nil && !(isEOF(err) && started):
			return nil, err
		case long:
			return nil, errLong
		default:
			return trimEnd(l.buf), nil
		}
	}
}

func trimEnd(b []byte) []byte {
	if n := len(b); n > 0 && b[n-1] == '\n' {
		b = b[:n-1]
	}
	if n := len(b); n > 0 && b[n-1] == '\r' {
		b = b[:n-1]
	}
	return b
}

func isEOF(err error) bool { return errors.Is(err, io.EOF) }
