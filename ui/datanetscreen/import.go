package datanetscreen

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/modelfactory/modelfactory/datasets"
	"github.com/modelfactory/modelfactory/ui/widgets"
)

// Sizes of the preview.
const (
	previewRead  = 200 // rows read
	previewShown = 3   // rows shown
	errorsShown  = 6
)

// Importable are the endings of files that can become rows.
var Importable = []string{".jsonl", ".json", ".ndjson", ".csv", ".tsv", ".txt"}

// Import is a file on its way to become a private version.
type Import struct {
	Path, Name string
	Mapping    map[string]string // what the person changed; nil: as detected
	SkipBad    bool

	preview datasets.Preview
	looked  bool
	problem error // the file as a whole
	refused []datasets.RowError
	bad     int // rows with errors that the whole file has; 0 = not counted
	known   []Net
}

// NewImport makes one for a file; known are the nets there are.
func NewImport(path string, known []Net) *Import {
	base := filepath.Base(path)
	name := strings.TrimSuffix(base, filepath.Ext(base))
	return &Import{Path: path, Name: strings.ReplaceAll(name, "_", " "), known: known}
}

// File is the file's name.
func (i *Import) File() string { return filepath.Base(i.Path) }

// Options say how to import.
func (i *Import) Options() datasets.ImportOptions {
	return datasets.ImportOptions{Name: strings.TrimSpace(i.Name), Mapping: i.Mapping, SkipBad: i.SkipBad}
}

// Look takes a preview over.
func (i *Import) Look(p datasets.Preview, err error) {
	i.preview, i.problem, i.looked = p, err, true
	i.refused, i.bad = nil, 0
}

// Problem is why the file cannot be imported as it is.
func (i *Import) Problem() error { return i.problem }

// Detected says what the file was found to be.
func (i *Import) Detected() string {
	p := i.preview
	if p.Format == "" {
		return "The columns are not known. Say what each of them is."
	}
	s := FormatName(p.Format)
	if p.Reason != "" {
		s += ": " + strings.TrimSuffix(p.Reason, ".")
	}
	return s + "."
}

// FormatName is a format in words.
func FormatName(f datasets.Format) string {
	if name, ok := map[datasets.Format]string{
		datasets.FormatMessages: "Chats with roles", datasets.FormatShareGPT: "Chats in the ShareGPT form", datasets.FormatAlpaca: "Instructions in the Alpaca form",
		datasets.FormatPrompt: "Prompts and completions", datasets.FormatText: "Plain texts", datasets.FormatColumns: "Columns of your own",
		datasets.FormatPreference: "Preferences: a chosen and a rejected answer to each prompt",
		datasets.FormatCSV:        "A table with commas", datasets.FormatTSV: "A table with tabs",
	}[f]; ok {
		return name
	}
	return string(f)
}

// Column is a column with what it is used for.
type Column struct{ Name, Use string }

// Columns are the columns that can be mapped; none when the format fixes them.
func (i *Import) Columns() []Column {
	var out []Column
	for _, c := range i.preview.Columns {
		use := i.preview.Mapping[c]
		if u, ok := i.Mapping[c]; ok {
			use = u
		}
		if use == "" {
			use = datasets.UseNone
		}
		out = append(out, Column{c, use})
	}
	return out
}

// UseNames are the uses of a column in words, in the order of datasets.Uses.
func UseNames() []string {
	names := map[string]string{
		datasets.UseMessages: "Whole chat", datasets.UseSystem: "System message", datasets.UseUser: "Question", datasets.UseContext: "Context of the question",
		datasets.UseHistory: "Earlier turns", datasets.UseAssistant: "Answer, learnt", datasets.UseChosen: "Chosen answer", datasets.UseRejected: "Rejected answer", datasets.UseText: "Text, learnt", datasets.UseNone: "Leave out",
	}
	var out []string
	for _, u := range datasets.Uses() {
		if n, ok := names[u]; ok {
			out = append(out, n)
		} else {
			out = append(out, u)
		}
	}
	return out
}

// Map changes what a column is used for.
func (i *Import) Map(column, use string) {
	if i.Mapping == nil {
		i.Mapping = map[string]string{}
		for _, c := range i.Columns() {
			i.Mapping[c.Name] = c.Use
		}
	}
	i.Mapping[column] = use
}

// Rows are the first rows as they will be learnt.
func (i *Import) Rows() []RowView {
	var out []RowView
	for n, row := range i.preview.Entries {
		if n == previewShown {
			break
		}
		out = append(out, RowView{Number: n + 1}.with(row))
	}
	return out
}

// Found is "rows 1 to 3 of the first 200 read".
func (i *Import) Found() string {
	p := i.preview
	switch {
	case len(p.Entries) == 0:
		return "No row could be read."
	case p.Rows < previewRead:
		return plural(p.Rows, "row") + " can be read"
	}
	return fmt.Sprintf("the first %s rows can be read", widgets.Count(int64(p.Rows)))
}

// Errors are rows with errors: those of the whole file once it was refused,
// else those of the preview. more counts those that are not listed.
func (i *Import) Errors() (shown []datasets.RowError, more int) {
	all := i.preview.Errors
	total := len(all)
	if len(i.refused) > 0 {
		all, total = i.refused, max(i.bad, len(i.refused))
	}
	shown = all[:min(len(all), errorsShown)]
	return shown, total - len(shown)
}

// ErrorsTitle is "12 rows cannot be used".
func (i *Import) ErrorsTitle() string {
	shown, more := i.Errors()
	if n := len(shown) + more; n == 1 {
		return "1 row cannot be used"
	} else {
		return plural(n, "row") + " cannot be used"
	}
}

// Refused takes over the rows that made an import fail.
func (i *Import) Refused(r datasets.ImportReport, err error) {
	var e *datasets.Error
	if len(r.Errors) > 0 && errors.As(err, &e) && e.Kind == datasets.KindRefused {
		i.refused, i.bad = r.Errors, r.Skipped
		return
	}
	i.problem = err
}

// Blocked is why it cannot be imported now; empty when it can.
func (i *Import) Blocked() string {
	switch {
	case !i.looked:
		return "The file is being read."
	case i.problem != nil && len(i.preview.Columns) > 0:
		return "Say which column is the question and which the answer."
	case i.problem != nil:
		return "The file cannot be read."
	case len(i.preview.Entries) == 0:
		return "There is no row that can be used."
	case strings.TrimSpace(i.Name) == "":
		return "Give it a name."
	}
	if shown, _ := i.Errors(); len(shown) > 0 && !i.SkipBad {
		return "Mend the rows with errors in the file, or leave them out."
	}
	if _, err := datasets.SlugOf(i.Name); err != nil {
		return "The name needs a letter or a digit."
	}
	if n, taken := i.same(); taken && !n.Private {
		return fmt.Sprintf("%s is a DataNet of others. Choose another name.", Title(n))
	} else if taken && !n.Called(i.Name) {
		return fmt.Sprintf("Its short name would be %s, which is that of %s. Choose another name.", n.Slug, Title(n))
	}
	return ""
}

func (i *Import) same() (Net, bool) {
	slug, err := datasets.SlugOf(i.Name)
	if err != nil {
		return Net{}, false
	}
	at := slices.IndexFunc(i.known, func(n Net) bool { return n.Slug == slug })
	if at < 0 {
		return Net{}, false
	}
	return i.known[at], true
}

// NameHelp says what the name leads to.
func (i *Import) NameHelp() string {
	if n, taken := i.same(); taken && n.Private && n.Called(i.Name) {
		return fmt.Sprintf("There is own data of this name: this becomes its version %d.", n.Newest().Number+1)
	}
	return "It becomes a private DataNet on this computer."
}

// Done says what an import made.
func Done(r datasets.ImportReport) string {
	if r.Existed {
		return fmt.Sprintf("%s has these rows already, as version %d", r.Net.Title, r.Net.Newest().Number)
	}
	s := fmt.Sprintf("%s imported as %s v%d", plural(r.Rows, "row"), r.Net.Title, r.Net.Newest().Number)
	if r.Skipped > 0 {
		s += fmt.Sprintf(", %s left out", widgets.Count(int64(r.Skipped)))
	}
	for _, l := range r.Licensed {
		s += ". " + l.Warning()
	}
	return s
}
