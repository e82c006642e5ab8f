package datasets

import (
	"context"
	"errors"
	"fmt"
	"slices"
)

// reading turns a file into rows, one at a time.
type reading struct {
	*opened
	plan   plan
	peeked []rec // records looked at to choose the plan, still to be given out
	end    error // what ended the look ahead, nil when the file goes on
	line   int   // of the last row
}

// lookAhead records are read before format and mapping are settled.
const lookAhead = 50

// startReading opens a file and settles how its rows are read. When the
// columns are not known it returns the columns beside the error.
func startReading(ctx context.Context, path string, opt ImportOptions) (*reading, []string, error) {
	if opt.Format != "" && !slices.Contains(formats, opt.Format) {
		return nil, nil, usage(fmt.Sprintf("Use one of %v, or none to have it found.", formats), "%s is no format", quote(string(opt.Format)))
	}
	o, err := openFile(ctx, path, opt.Format, opt.Progress)
	if err != nil {
		return nil, nil, err
	}
	r := &reading{opened: o}
	columns := slices.Clone(o.columns)
	size := 0
	for len(r.peeked) < lookAhead && size < 1<<20 && r.end == nil {
		rec, err := o.src.next()
		if err != nil {
			r.end = err
			break
		}
		// The source may reuse its buffers; what is kept is copied.
		rec.cols = slices.Clone(rec.cols)
		for i, c := range rec.cols {
			rec.cols[i].raw = slices.Clone(c.raw)
			size += len(c.raw) + len(c.text)
			if len(columns) < maxColumns && !slices.Contains(columns, c.name) {
				columns = append(columns, c.name)
			}
		}
		r.peeked = append(r.peeked, rec)
	}
	if r.end != nil && !isEOF(r.end) && len(r.peeked) == 0 {
		o.close()
		return nil, columns, readError(ctx, r.end, path)
	}
	if len(columns) == 0 {
		o.close()
		if len(r.peeked) > 0 {
			return nil, nil, refused(formatsAdvice, "no row can be read: line %d: %v", r.peeked[0].line, r.peeked[0].bad)
		}
		return nil, nil, refused("Check that it was saved or downloaded whole.", "the file has no rows")
	}
	r.plan, err = choosePlan(o.kind, columns, opt)
	if err != nil {
		o.close()
		return nil, columns, err
	}
	return r, columns, nil
}

var formats = []Format{FormatMessages, FormatShareGPT, FormatAlpaca, FormatPrompt, FormatText, FormatPreference, FormatColumns, FormatCSV, FormatTSV}

// next returns a row, or why the row at r.line cannot be used. The third
// result is io.EOF at the end, or the file's error.
func (r *reading) next() (Row, error, error) {
	var c rec
	if len(r.peeked) > 0 {
		c, r.peeked = r.peeked[0], r.peeked[1:]
	} else if r.end != nil {
		return Row{}, nil, r.end
	} else {
		var err error
		if c, err = r.src.next(); err != nil {
			return Row{}, nil, err
		}
	}
	r.line = c.line
	if c.bad != nil {
		return Row{}, c.bad, nil
	}
	row, bad := r.plan.row(c.cols)
	return row, bad, nil
}

// readError gives an error of reading its words; the end of ctx stays what it
// is.
func readError(ctx context.Context, err error, path string) error {
	if ctx.Err() != nil || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("the import was stopped: %w", context.Cause(ctx))
	}
	return failed(err, "cannot read %s", path)
}

// PreviewFile reads the first n rows of a file as an import would, and writes
// nothing. When the columns are not known, the preview has them beside the
// error, so that a mapping can be asked for.
func PreviewFile(ctx context.Context, path string, opt ImportOptions, n int) (Preview, error) {
	r, columns, err := startReading(ctx, path, opt)
	p := Preview{Columns: columns}
	if err != nil {
		return p, err
	}
	defer r.close()
	p.Format, p.Mapping = r.plan.format, r.plan.mapping
	p.Reason = r.why + ", " + r.plan.why
	for len(p.Entries) < n {
		row, bad, err := r.next()
		if isEOF(err) {
			break
		}
		if err != nil {
			return p, readError(ctx, err, path)
		}
		if bad != nil {
			if len(p.Errors) == maxErrors {
				break
			}
			p.Errors = append(p.Errors, RowError{r.line, bad.Error()})
			continue
		}
		p.Rows++
		p.Entries = append(p.Entries, row)
	}
	return p, nil
}
