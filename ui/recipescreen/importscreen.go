package recipescreen

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"

	"fyne.io/fyne/v2"

	"github.com/modelfactory/modelfactory/assets/icons"
	"github.com/modelfactory/modelfactory/datasets"
	"github.com/modelfactory/modelfactory/ui/nav"
	"github.com/modelfactory/modelfactory/ui/task"
	"github.com/modelfactory/modelfactory/ui/widgets"
)

// importDialog shows how a file is read, lets the person change it, and imports
// it as own data.
type importDialog struct {
	page    *page
	path    string
	opt     datasets.ImportOptions
	preview datasets.Preview
	shut    func()

	name    *widgets.Entry
	body    *fyne.Container
	skip    *widgets.Check
	confirm *widgets.Button
	box     *fyne.Container
}

// useWords are the uses of a column for people.
var useWords = map[string]string{
	datasets.UseMessages: "conversation", datasets.UseSystem: "instruction to the model", datasets.UseUser: "question", datasets.UseContext: "added to the question",
	datasets.UseHistory: "earlier turns", datasets.UseAssistant: "answer, learnt", datasets.UseChosen: "chosen answer", datasets.UseRejected: "rejected answer", datasets.UseText: "text, learnt whole", datasets.UseNone: "left out",
}

// importFile reads the first rows and opens the dialog.
func (p *page) importFile(path string) {
	base := filepath.Base(path)
	title := strings.TrimSuffix(base, filepath.Ext(base))
	d := &importDialog{page: p, path: path, opt: datasets.ImportOptions{Name: title, Title: title}}
	task.Run(p.runner, func(ctx context.Context) (datasets.Preview, error) { return p.svc.PreviewFile(ctx, path, d.opt, 3) },
		func(preview datasets.Preview, err error) {
			if err != nil {
				p.setProblem(err, base+" is not touched.")
				p.refresh()
				return
			}
			d.preview = preview
			d.open()
		})
}

func (d *importDialog) open() {
	d.name = widgets.NewEntry("Name of the data")
	d.name.SetText(d.opt.Name)
	d.skip = widgets.NewCheck("Leave these rows out", func(on bool) { d.opt.SkipBad = on; d.refresh() })
	d.body = widgets.VBox(10)
	d.confirm = widgets.NewButton("Import", d.start).Primary()
	cancel := widgets.NewButton("Cancel", func() { d.shut() })
	d.box = widgets.Pad(20, 20, 20, 20, widgets.VBox(12, widgets.NewWrapped("Import "+filepath.Base(d.path), widgets.Title),
		widgets.NewFormField("Name", d.name, "It stays on this computer. A second import under the same name makes a new version."),
		d.body, widgets.Row(8, widgets.Spacer(), cancel, d.confirm)))
	d.refresh()
	d.shut = d.page.frame.Open(nav.Dialog{Width: 640, First: d.confirm, Content: d.box})
}

func (d *importDialog) refresh() {
	pv := d.preview
	parts := []fyne.CanvasObject{widgets.NewWrapped(fmt.Sprintf("Read as %s: %s", pv.Format, or(pv.Reason, "by its columns")), widgets.Label)}
	if len(pv.Columns) > 0 && len(pv.Mapping) > 0 {
		parts = append(parts, d.mapping())
	}
	for _, row := range pv.Entries {
		parts = append(parts, rowView(row))
	}
	if len(pv.Errors) > 0 {
		var lines []string
		for _, e := range pv.Errors[:min(5, len(pv.Errors))] {
			lines = append(lines, fmt.Sprintf("line %d: %s", e.Line, e.Message))
		}
		parts = append(parts, widgets.NewNote(widgets.Caution, icons.Warning, "Rows that cannot be used, as far as the file was read:\n"+strings.Join(lines, "\n")), d.skip)
	}
	d.body.Objects = parts
	ok := len(pv.Entries) > 0 && (len(pv.Errors) == 0 || d.opt.SkipBad)
	why := "No row can be read."
	if len(pv.Entries) > 0 {
		why = "Mend the rows in the file, or leave them out."
	}
	d.confirm.SetEnabled(ok, why)
	d.box.Refresh()
}

// mapping is what each column is used for.
func (d *importDialog) mapping() fyne.CanvasObject {
	box := widgets.VBox(4, widgets.NewText("Columns", widgets.Strong))
	uses := datasets.Uses()
	words := make([]string, len(uses))
	for i, u := range uses {
		words[i] = or(useWords[u], u)
	}
	for _, column := range d.preview.Columns {
		now := len(uses) - 1
		for i, u := range uses {
			if d.preview.Mapping[column] == u {
				now = i
			}
		}
		choice := widgets.NewSelect(words, func(i int) { d.use(column, uses[i]) }).Small()
		choice.SetSelected(now)
		box.Add(widgets.Row(8, widgets.NewText(column, widgets.Code), widgets.Spacer(), choice))
	}
	return box
}

// use changes the use of a column and reads the rows again.
func (d *importDialog) use(column, use string) {
	mapping := map[string]string{}
	for k, v := range d.preview.Mapping {
		mapping[k] = v
	}
	mapping[column] = use
	d.opt.Mapping = mapping
	opt := d.opt
	task.Run(d.page.runner, func(ctx context.Context) (datasets.Preview, error) {
		return d.page.svc.PreviewFile(ctx, d.path, opt, 3)
	},
		func(pv datasets.Preview, err error) {
			if err != nil {
				d.preview.Mapping, d.preview.Entries = mapping, nil
				d.preview.Errors = []datasets.RowError{{Message: err.Error()}}
			} else {
				d.preview = pv
			}
			d.refresh()
		})
}

// rowView is a row with its learnt part marked, before any template.
func rowView(r datasets.Row) fyne.CanvasObject {
	cut := func(s string) string {
		if runes := []rune(s); len(runes) > 400 {
			return string(runes[:400]) + " …"
		}
		return s
	}
	var turns [][]widgets.SeenPart
	for _, t := range r.Turns() {
		words := widgets.SeenPart{Text: cut(t.Content), Trained: t.Learnt}
		if t.What == datasets.UseText {
			turns = append(turns, []widgets.SeenPart{words})
		} else {
			turns = append(turns, []widgets.SeenPart{{Text: t.What, Special: true}, {Text: "\n"}, words})
		}
	}
	return widgets.NewSeenTurns(turns)
}

// start imports the file as a task and puts it into the mix.
func (d *importDialog) start() {
	name := strings.TrimSpace(d.name.Text)
	if name == "" {
		d.name.SetBad(true)
		return
	}
	if d.page.task.box.Visible() {
		d.page.frame.Toast(oneTask)
		return
	}
	opt := d.opt
	opt.Name, opt.Title = name, name
	d.shut()
	p := d.page
	var report datasets.ImportReport
	p.long("Importing "+filepath.Base(d.path), "The file and the draft are as they were.", func(ctx context.Context, progress Progress) (err error) {
		opt.Progress = func(done, total int64) { progress("Importing "+filepath.Base(d.path), done, total) }
		report, err = p.svc.ImportFile(ctx, d.path, opt)
		return err
	}, func() {
		p.model.known.nets = false
		p.model.nets = append(p.model.nets, Net{DataNet: report.Net, Standing: datasets.Standing{State: datasets.StandingOwn}})
		if i := p.model.Draft.Mix.Index(report.Net.Slug); i >= 0 { // a new version takes the place of the old
			p.model.Draft.Mix[i].Ref.Version = report.Net.Newest().Number
		} else {
			p.model.AddNet(report.Net.Slug)
		}
		words := fmt.Sprintf("Imported %s", plural(report.Rows, "row"))
		if report.Skipped > 0 {
			words += fmt.Sprintf(", left out %s", plural(report.Skipped, "row"))
		}
		if report.Duplicates > 0 {
			words += fmt.Sprintf(", %d of them repeats", report.Duplicates)
		}
		for _, l := range report.Licensed {
			words += ". " + l.Warning()
		}
		p.frame.Toast(words)
	})
}
