package verbs

import (
	"fmt"
	"io"
	"strings"
	"unicode"
)

// printable writes what a terminal would act on, instead of showing it, as \uXXXX: rows, names and answers come from
// others, and must not move the cursor, rename the window or turn the direction of reading. A JSON document written
// through it stays the same document.
type printable struct{ w io.Writer }

func (p printable) Write(b []byte) (int, error) {
	s := string(b)
	if strings.IndexFunc(s, acts) < 0 { // as nearly always; half a character at the end passes too
		return p.w.Write(b)
	}
	var out strings.Builder
	for _, r := range s {
		if acts(r) {
			fmt.Fprintf(&out, `\u%04x`, r)
		} else {
			out.WriteRune(r)
		}
	}
	if _, err := io.WriteString(p.w, out.String()); err != nil {
		return 0, err
	}
	return len(b), nil
}

// acts says whether a terminal does something at a character: controls, and the marks that turn the direction of text.
func acts(r rune) bool {
	return r != '\n' && r != '\t' && (unicode.IsControl(r) || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069)
}
