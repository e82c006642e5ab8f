package datasets

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/modelfactory/modelfactory/internal/wholefile"
)

// maxErrors is how many row errors a report keeps; all are counted.
const maxErrors = 1000

// Import makes a private, unregistered version of a file: a new net, or the
// next version under the same name. Rows stream through; nothing is visible
// before everything is on disk, and nothing stays when it fails. Rows with
// errors refuse the file, listed in the report, unless opt.SkipBad leaves them
// out. The same rows again are no new version.
func (l *Library) Import(ctx context.Context, path string, opt ImportOptions) (ImportReport, error) {
	f, err := l.importFacts(path, opt)
	if err != nil {
		return ImportReport{}, err
	}
	r, _, err := startReading(ctx, path, opt)
	if err != nil {
		return ImportReport{}, err
	}
	defer r.close()
	stage, err := staging(l.dir)
	defer os.RemoveAll(stage)
	if err != nil {
		return ImportReport{}, failed(err, "cannot write to the folder of DataNets")
	}
	report := ImportReport{Format: r.plan.format, Errors: []RowError{}}
	c, err := l.copyRows(ctx, r, stage, path, opt.SkipBad, &report)
	if err != nil {
		return report, err
	}
	report.Duplicates = c.duplicates
	err = l.reveal(stage, f, c, &report)
	return report, err
}

// copyRows writes the rows of r into a folder.
func (l *Library) copyRows(ctx context.Context, r *reading, dir, path string, skipBad bool, report *ImportReport) (contents, error) {
	w, err := newVersionWriter(dir)
	if err != nil {
		return contents{}, failed(err, "cannot write to the folder of DataNets")
	}
	defer w.abandon()
	if w.licensed, err = l.licensedRows(ctx); err != nil {
		return contents{}, err
	}
	name := filepath.Base(path)
	for {
		row, bad, err := r.next()
		if isEOF(err) {
			break
		}
		if err != nil {
			return contents{}, readError(ctx, err, name)
		}
		if bad != nil {
			report.Skipped++
			if len(report.Errors) < maxErrors {
				report.Errors = append(report.Errors, RowError{r.line, bad.Error()})
			}
			continue
		}
		report.Rows++
		if report.Skipped > 0 && !skipBad {
			continue // refused already; the rest is read to list every error
		}
		if err := w.add(row, ZeroAddress); err != nil {
			return contents{}, failed(err, "cannot write the rows of %s", name)
		}
	}
	if report.Skipped > 0 && !skipBad {
		return contents{}, badRows(name, report)
	}
	if report.Rows == 0 {
		return contents{}, refused(formatsAdvice, "%s has no row that can be used%s", name, firstError(report))
	}
	c, err := w.finish()
	if err != nil {
		return c, failed(err, "cannot write the rows of %s", name)
	}
	report.Licensed = w.found()
	return c, nil
}

func badRows(name string, report *ImportReport) error {
	var at []string
	for _, e := range report.Errors[:min(5, len(report.Errors))] {
		at = append(at, fmt.Sprintf("line %d: %s", e.Line, e.Message))
	}
	more := ""
	if report.Skipped > len(at) {
		more = fmt.Sprintf("; and %d more", report.Skipped-len(at))
	}
	return refused("Mend these rows, or leave them out (--skip-bad). Nothing was imported.",
		"%d of %d rows of %s cannot be used: %s%s", report.Skipped, report.Rows+report.Skipped, name, strings.Join(at, "; "), more)
}

func firstError(report *ImportReport) string {
	if len(report.Errors) == 0 {
		return ""
	}
	return fmt.Sprintf(": line %d: %s", report.Errors[0].Line, report.Errors[0].Message)
}

// importFacts settles the net that a file goes to.
func (l *Library) importFacts(path string, opt ImportOptions) (facts, error) {
	name := opt.Name
	if name == "" {
		base := filepath.Base(path)
		name = strings.TrimSuffix(base, filepath.Ext(base))
	}
	slug, err := ParseSlug(name)
	if err != nil {
		if slug, err = SlugOf(name); err != nil {
			return facts{}, err
		}
	}
	net, err := l.Get(slug)
	if err == nil {
		if !net.Private {
			return facts{}, refused("Choose another name.", "%s is the name of the DataNet %s already", slug, quote(net.Title))
		}
		if !net.Called(name) {
			return facts{}, refused(fmt.Sprintf("Choose another name, or %s to make a new version of %s.", slug, quote(net.Title)),
				"%s would have the short name %s, which is that of %s", quote(name), slug, quote(net.Title))
		}
		return factsOf(net), nil
	}
	if e, ok := errors.AsType[*Error](err); !ok || e.Kind != KindNotFound {
		return facts{}, err
	}
	if opt.Title == "" {
		opt.Title = name
	}
	terms, _ := TermsOf(SPDXNone)
	return facts{
		Schema: netSchema, Slug: slug, Title: strings.ToValidUTF8(opt.Title, "?"), Topics: []string{}, SPDX: SPDXNone, Terms: terms,
		Owner: ZeroAddress, Private: true,
	}, nil
}

func factsOf(net DataNet) facts {
	return facts{
		Schema: netSchema, Slug: net.Slug, Title: net.Title, Summary: net.Summary, Language: net.Language, Topics: net.Topics,
		SPDX: net.SPDX, Terms: net.Terms, Owner: net.Owner, Private: net.Private, Sample: net.Sample,
	}
}

// reveal gives the staged rows their manifest and, by one rename, their place.
func (l *Library) reveal(stage string, f facts, c contents, report *ImportReport) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	net, err := l.Get(f.Slug)
	if e, ok := errors.AsType[*Error](err); ok && e.Kind != KindNotFound {
		return err
	}
	next := 1
	if err == nil {
		newest := net.Newest()
		if newest.RowsSHA256 == c.files[0].SHA256 {
			report.Net, report.Digest, report.Existed = net, newest.Digest, true
			return nil
		}
		next = newest.Number + 1
		f = factsOf(net) // another import may have made the net meanwhile
	}
	saving := "cannot save DataNet " + string(f.Slug)
	if err := seal(stage, f, next, time.Time{}, c); err != nil {
		return failed(err, "%s", saving)
	}
	if err := l.place(stage, f, next); err != nil {
		return failed(err, "%s", saving)
	}
	if report.Net, err = l.Get(f.Slug); err != nil {
		return err
	}
	report.Digest = report.Net.Newest().Digest
	return nil
}

// place moves a sealed version folder to <net>/<number>. A new net is put
// together out of sight first, so that its folder never lacks net.json.
func (l *Library) place(version string, f facts, number int) error {
	target := filepath.Join(l.dir, string(f.Slug))
	if number > 1 {
		if err := os.Rename(version, filepath.Join(target, strconv.Itoa(number))); err != nil {
			return err
		}
		return wholefile.SyncFolder(target)
	}
	net, err := staging(l.dir)
	defer os.RemoveAll(net)
	if err != nil {
		return err
	}
	if err := writeNet(net, f); err != nil {
		return err
	}
	if err := os.Rename(version, filepath.Join(net, strconv.Itoa(number))); err != nil {
		return err
	}
	if err := wholefile.SyncFolder(net); err != nil {
		return err
	}
	if err := os.Rename(net, target); err != nil {
		return err
	}
	return wholefile.SyncFolder(l.dir)
}
