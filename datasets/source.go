package datasets

import (
	"bufio"
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"
)

// rec is one record of a file before it becomes a row.
type rec struct {
	line int
	cols []column
	bad  error // why it cannot be read; cols is then nil
}

// source yields records. io.EOF ends it; any other error is the file's, not a
// row's.
type source interface {
	next() (rec, error)
}

// opened is a file that is being read as rows.
type opened struct {
	f       *os.File
	src     source
	kind    Format // csv, tsv, or "" for JSON
	columns []string
	why     string // how the kind was found
}

func (o *opened) close() { o.f.Close() }

// counted reports progress and stops when ctx ends.
type counted struct {
	ctx         context.Context
	r           io.Reader
	done, total int64
	told        int64
	progress    func(done, total int64)
}

func (c *counted) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := c.r.Read(p)
	c.done += int64(n)
	if c.progress != nil && (c.done-c.told >= 1<<20 || err != nil) {
		c.told = c.done
		c.progress(c.done, c.total)
	}
	return n, err
}

const sniffed = 64 << 10

const formatsAdvice = "Use JSON Lines (one JSON object per line), a JSON array of objects, CSV or TSV, as UTF-8 text."

// openFile opens path and finds out how its records are written. Only the
// first 64 KiB are looked at.
func openFile(ctx context.Context, path string, want Format, progress func(done, total int64)) (*opened, error) {
	name := filepath.Base(path)
	info, err := os.Stat(path)
	if err != nil {
		return nil, failed(err, "cannot read %s", name)
	}
	if !info.Mode().IsRegular() {
		return nil, usage("Give one file; import several one after another.", "%s is not a file", name)
	}
	if info.Size() == 0 {
		return nil, refused("Check that it was saved or downloaded whole.", "%s is empty", name)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, failed(err, "cannot read %s", name)
	}
	r := bufio.NewReaderSize(&counted{ctx: ctx, r: f, total: info.Size(), progress: progress}, sniffed)
	head, err := r.Peek(sniffed)
	if err != nil && !isEOF(err) {
		f.Close()
		return nil, failed(err, "cannot read %s", name)
	}
	if bytes.HasPrefix(head, []byte("\xEF\xBB\xBF")) {
		r.Discard(3)
		head = head[3:]
	}
	o := &opened{f: f}
	if err := o.choose(r, head, name, want); err != nil {
		f.Close()
		return nil, err
	}
	return o, nil
}

// foreign names files that look like data and are not text.
var foreign = []struct{ magic, what, next string }{
	{"PAR1", "a Parquet file", "Convert it first, for example with pandas: read_parquet, then to_json with orient=\"records\", lines=True."},
	{"\x1f\x8b", "a gzip archive", "Unpack it first."},
	{"PK\x03\x04", "a ZIP archive or an Excel workbook", "Unpack it, or save the sheet as CSV."},
	{"\x28\xb5\x2f\xfd", "a Zstandard archive", "Unpack it first."},
	{"%PDF", "a PDF document", formatsAdvice},
	{"SQLite format 3\x00", "an SQLite database", "Export a table as CSV."},
	{"\xff\xfe", "UTF-16 text", "Save it again as UTF-8."},
	{"\xfe\xff", "UTF-16 text", "Save it again as UTF-8."},
}

func (o *opened) choose(r *bufio.Reader, head []byte, name string, want Format) error {
	for _, x := range foreign {
		if bytes.HasPrefix(head, []byte(x.magic)) {
			return refused(x.next, "%s is %s", name, x.what)
		}
	}
	if i := bytes.IndexByte(head, 0); i >= 0 {
		return refused(formatsAdvice, "%s is a binary file: byte %d is NUL", name, i+1)
	}
	trimmed := bytes.TrimSpace(head)
	if len(trimmed) == 0 && len(head) < sniffed-3 {
		return refused("Check that it was saved or downloaded whole.", "%s holds only blank lines", name)
	}
	if !mostlyText(head) {
		return refused("Save it as UTF-8; editors and spreadsheets offer this when saving.", "%s is not UTF-8 text", name)
	}
	ext := strings.ToLower(filepath.Ext(name))
	delimited := want == FormatCSV || want == FormatTSV
	switch {
	case !delimited && len(trimmed) > 0 && trimmed[0] == '[':
		o.src, o.why = newArraySource(r), "a JSON array"
		return nil
	case !delimited && len(trimmed) > 0 && trimmed[0] == '{':
		first, _, _ := bytes.Cut(trimmed, []byte("\n"))
		if first = bytes.TrimSpace(first); len(first) < len(trimmed) && (len(first) == 1 || !bytes.HasSuffix(first, []byte("}"))) {
			return refused("Write one JSON object per line, or a JSON array of objects.", "%s begins with a JSON object that goes over several lines", name)
		}
		o.src, o.why = &lineSource{lines: newLines(r)}, "one JSON object per line"
		return nil
	case !delimited && want != "":
		return refused(formatsAdvice, "%s does not look like %s: it does not begin with { or [", name, want)
	}
	comma, ok := sniffDelimiter(head, ext)
	if want == FormatTSV {
		comma, ok = '\t', true
	}
	if !ok && want != FormatCSV && ext != ".csv" {
		return refused(formatsAdvice, "the format of %s is unknown: neither JSON nor a table with a head line", name)
	}
	src, err := newTableSource(r, comma)
	if err != nil {
		return refused("Look at the first line: it has to name the columns.", "%s: %v", name, err)
	}
	o.src, o.columns = src, src.columns
	if o.kind, o.why = FormatCSV, fmt.Sprintf("a table with columns divided by %q", comma); comma == '\t' {
		o.kind, o.why = FormatTSV, "a table with columns divided by tabs"
	}
	return nil
}

// mostlyText lets single bad bytes pass, which become errors of their rows,
// and stops another encoding or binary data.
func mostlyText(b []byte) bool {
	bad, control := 0, 0
	for i := 0; i < len(b); {
		r, n := utf8.DecodeRune(b[i:])
		if r == utf8.RuneError && n == 1 && len(b)-i >= utf8.UTFMax {
			bad++
		}
		if r < 0x20 && r != '\n' && r != '\r' && r != '\t' && r != '\f' && r != '\v' {
			control++
		}
		i += n
	}
	return bad*50 <= len(b) && control*50 <= len(b)
}

// lineSource reads one JSON object a line.
type lineSource struct{ lines *lines }

func (s *lineSource) next() (rec, error) {
	for {
		line, err := s.lines.next()
		if errors.Is(err, errLong) {
			return rec{line: s.lines.line, bad: errLong}, nil
		}
		if err != nil {
			return rec{}, err
		}
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		if bytes.IndexByte(line, 0) >= 0 {
			return rec{line: s.lines.line, bad: errors.New("the line has NUL bytes")}, nil
		}
		cols, err := parseObject(line)
		return rec{line: s.lines.line, cols: cols, bad: err}, nil
	}
}

// arraySource cuts a JSON array into its elements without holding more than
// one.
type arraySource struct {
	r     *bufio.Reader
	line  int
	begun bool
	buf   []byte
}

func newArraySource(r *bufio.Reader) *arraySource { return &arraySource{r: r, line: 1} }

func (s *arraySource) broken(format string, args ...any) error {
	return refused("Mend the file there: a JSON array is [ {…}, {…} ].", "line %d: %s", s.line, fmt.Sprintf(format, args...))
}

// token returns the next byte that is not white space.
func (s *arraySource) token() (byte, error) {
	for {
		c, err := s.r.ReadByte()
		if err != nil {
			if isEOF(err) {
				return 0, s.broken("the JSON array has no end")
			}
			return 0, err
		}
		switch c {
		case '\n':
			s.line++
		case ' ', '\t', '\r':
		default:
			return c, nil
		}
	}
}

func (s *arraySource) next() (rec, error) {
	c, err := s.token()
	if err != nil {
		return rec{}, err
	}
	if !s.begun { // the opening bracket was seen when the file was looked at
		s.begun = true
		if c, err = s.token(); err != nil {
			return rec{}, err
		}
		if c == ']' {
			return rec{}, s.end()
		}
	} else {
		if c == ']' {
			return rec{}, s.end()
		}
		if c != ',' {
			return rec{}, s.broken("a comma is missing between two rows")
		}
		if c, err = s.token(); err != nil {
			return rec{}, err
		}
	}
	if c != '{' {
		return rec{}, s.broken("a row is not a JSON object in braces")
	}
	start := s.line
	if err := s.element(c); err != nil {
		return rec{}, err
	}
	cols, err := parseObject(s.buf)
	return rec{line: start, cols: cols, bad: err}, nil
}

// element reads on to the brace that closes the one in c.
func (s *arraySource) element(c byte) error {
	s.buf = append(s.buf[:0], c)
	depth, quoted, escaped := 1, false, false
	for depth > 0 {
		c, err := s.r.ReadByte()
		if err != nil {
			if isEOF(err) {
				return s.broken("the file ends inside a row")
			}
			return err
		}
		if c == '\n' {
			s.line++
		}
		switch {
		case escaped:
			escaped = false
		case quoted && c == '\\':
			escaped = true
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			depth++
		case c == '}' || c == ']':
			depth--
		}
		if len(s.buf) == maxRow {
			return s.broken("%v", errLong)
		}
		s.buf = append(s.buf, c)
	}
	return nil
}

// end checks that nothing follows the array.
func (s *arraySource) end() error {
	c, err := s.r.ReadByte()
	for err == nil && bytes.IndexByte([]byte(" \t\r\n"), c) >= 0 {
		c, err = s.r.ReadByte()
	}
	if err == nil {
		return s.broken("there is more after the end of the JSON array")
	}
	return err
}

// tableSource reads CSV (RFC 4180) with a head line.
type tableSource struct {
	budget  *budget
	csv     *csv.Reader
	columns []string
	line    int // where the last record began
}

// budget bounds what one CSV record may read: an unclosed quote would else
// take in the whole file.
type budget struct {
	r    io.Reader
	left int
}

func (b *budget) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, errLong
	}
	n, err := b.r.Read(p[:min(len(p), b.left)])
	b.left -= n
	return n, err
}

func newTableSource(r io.Reader, comma rune) (*tableSource, error) {
	s := &tableSource{budget: &budget{r: r, left: maxRow}}
	s.csv = csv.NewReader(s.budget)
	s.csv.Comma, s.csv.FieldsPerRecord, s.csv.ReuseRecord = comma, -1, true
	head, err := s.csv.Read()
	if err != nil {
		return nil, fmt.Errorf("the head line cannot be read: %w", err)
	}
	if len(head) > maxColumns {
		return nil, fmt.Errorf("more than %d columns", maxColumns)
	}
	for i, name := range head {
		if name = strings.TrimSpace(name); name == "" {
			name = fmt.Sprintf("column %d", i+1)
		}
		if !utf8.ValidString(name) {
			return nil, errors.New("the head line is not UTF-8")
		}
		if slices.Contains(s.columns, name) {
			return nil, fmt.Errorf("two columns are named %s", quote(name))
		}
		s.columns = append(s.columns, name)
	}
	return s, nil
}

func (s *tableSource) next() (rec, error) {
	s.budget.left = maxRow
	cells, err := s.csv.Read()
	if parse, ok := errors.AsType[*csv.ParseError](err); ok && !errors.Is(err, errLong) {
		s.line = parse.StartLine
		return rec{line: s.line, bad: fmt.Errorf("not a valid table row: %w", parse.Err)}, nil
	}
	if errors.Is(err, errLong) {
		return rec{}, refused("Look for a quotation mark that is never closed.", "after line %d: %v", s.line, errLong)
	}
	if err != nil {
		return rec{}, err
	}
	line, _ := s.csv.FieldPos(0)
	s.line = line
	if len(cells) != len(s.columns) {
		return rec{line: line, bad: fmt.Errorf("the row has %d columns, the head line %d", len(cells), len(s.columns))}, nil
	}
	cols := make([]column, len(cells))
	for i, cell := range cells {
		if !utf8.ValidString(cell) {
			return rec{line: line, bad: errors.New("not UTF-8 text")}, nil
		}
		cols[i] = column{name: s.columns[i], text: cell}
	}
	return rec{line: line, cols: cols}, nil
}

// sniffDelimiter chooses among comma, tab, semicolon and bar the one that
// gives the most columns, the same number in each of the first lines.
func sniffDelimiter(head []byte, ext string) (rune, bool) {
	if i := bytes.LastIndexByte(head, '\n'); len(head) >= sniffed-3 && i >= 0 {
		head = head[:i+1] // the sniffed part ends inside a line
	}
	best, most := ',', 1
	for _, comma := range []rune{',', '\t', ';', '|'} {
		if n := countColumns(head, comma); n > most {
			best, most = comma, n
		}
	}
	if ext == ".tsv" || ext == ".tab" {
		return '\t', true
	}
	return best, most > 1
}

// countColumns returns the number of columns that at least 9 in 10 of the
// first 50 records have, 0 when there is none: single bad rows are reported
// later by line.
func countColumns(head []byte, comma rune) int {
	r := csv.NewReader(bytes.NewReader(head))
	r.Comma, r.FieldsPerRecord, r.LazyQuotes = comma, -1, true
	first, err := r.Read()
	if err != nil {
		return 0
	}
	columns := len(first)
	rows, same := 0, 0
	for rows < 50 {
		cells, err := r.Read()
		if err != nil {
			break
		}
		rows++
		if len(cells) == columns {
			same++
		}
	}
	if rows == 0 || same*10 < rows*9 {
		return 0
	}
	return columns
}
