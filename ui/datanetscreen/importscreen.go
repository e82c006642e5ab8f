package datanetscreen

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"fyne.io/fyne/v2"

	"github.com/modelfactory/modelfactory/assets/icons"
	"github.com/modelfactory/modelfactory/datasets"
	"github.com/modelfactory/modelfactory/ui/nav"
	"github.com/modelfactory/modelfactory/ui/notice"
	"github.com/modelfactory/modelfactory/ui/task"
	"github.com/modelfactory/modelfactory/ui/theme"
	"github.com/modelfactory/modelfactory/ui/widgets"
)

// importDialog asks how a file becomes rows, and imports it.
type importDialog struct {
	frame  nav.Frame
	svc    Services
	runner task.Runner
	imp    *Import
	cancel func()
	shut   func()

	content *fyne.Container
	body    *fyne.Container
	name    *widgets.Entry
	help    *widgets.Wrapped
	skip    *widgets.Check
	start   *widgets.Button
	stop    *widgets.Button
	why     *widgets.Wrapped
	meter   *widgets.ProgressRow
	busy    bool // the file is being imported
	closed  bool
}

// bodyHeight is the height of what scrolls, and of the progress under it once
// that is shown, so that the buttons stay in sight.
const bodyHeight = 380

func openImport(f nav.Frame, svc Services, runner task.Runner, imp *Import) *importDialog {
	d := &importDialog{frame: f, svc: svc, runner: runner, imp: imp, body: widgets.VBox(12)}
	d.name = widgets.NewEntry("Name")
	d.name.SetText(imp.Name)
	d.name.OnChanged = func(s string) { imp.Name = s; d.state() }
	d.help = widgets.NewWrapped(imp.NameHelp(), widgets.Caption)
	d.skip = widgets.NewCheck("Leave out rows with errors", func(on bool) { imp.SkipBad = on; d.state() })
	d.start = widgets.NewButton("Import", d.run).Primary().Icon(icons.Download)
	d.stop = widgets.NewButton("Cancel", d.close)
	d.why = widgets.NewWrapped("", widgets.Caption)
	d.meter = widgets.NewProgressRow(nil)
	d.meter.Hide()
	d.content = widgets.Pad(20, 24, 20, 24, widgets.VBox(14, widgets.NewText("Import "+imp.File(), widgets.Title).Elide(),
		widgets.VBox(4, widgets.NewText("Name", widgets.Label), d.name, d.help), widgets.Fixed(0, bodyHeight, widgets.VBox(14, widgets.Grow(widgets.NewScroll(widgets.Pad(0, 14, 0, 0, d.body))), d.meter)),
		widgets.Row(8, widgets.Grow(d.why), d.stop, d.start)))
	d.shut = f.Open(nav.Dialog{Content: d.content, Width: 720, First: d.stop, Stay: true, Closed: func() {
		d.closed = true
		if d.busy {
			d.cancel()
		}
	}})
	d.look()
	return d
}

// look reads the first rows anew: at the start, and when the mapping changed.
func (d *importDialog) look() {
	imp := d.imp
	opt := imp.Options()
	imp.looked = false
	d.state()
	task.Run(d.runner, func(ctx context.Context) (datasets.Preview, error) {
		return d.svc.Preview(ctx, imp.Path, opt, previewRead)
	}, func(p datasets.Preview, err error) {
		imp.Look(p, err)
		d.draw()
	})
}

// draw shows what the file would become.
func (d *importDialog) draw() {
	imp := d.imp
	d.body.Objects = nil
	add := func(o ...fyne.CanvasObject) { d.body.Objects = append(d.body.Objects, o...) }
	columns := imp.Columns()
	if err := imp.Problem(); err != nil && len(columns) == 0 {
		add(widgets.NewErrorCard(notice.Explain(err, "Nothing was written.")))
		d.state()
		return
	}
	if shown, more := imp.Errors(); len(shown) > 0 {
		add(d.errors(shown, more))
	}
	add(widgets.NewText(imp.Detected(), widgets.Body))
	if len(columns) > 0 {
		add(d.mapping(columns))
	}
	if rows := imp.Rows(); len(rows) > 0 {
		add(d.preview(rows))
	}
	d.state()
}

func (d *importDialog) preview(rows []RowView) fyne.CanvasObject {
	parts := []fyne.CanvasObject{widgets.CardHead("What is learnt", widgets.NewText(d.imp.Found(), widgets.Caption))}
	for _, r := range rows {
		parts = append(parts, widgets.NewRule(), widgets.Pad(10, theme.CardPadding, 10, theme.CardPadding, rowTurns(short(r))))
	}
	return widgets.NewBareCard(parts...)
}

// short cuts long turns, so that a few rows fit the dialog.
func short(r RowView) RowView {
	r.Turns = slices.Clone(r.Turns)
	for i := range r.Turns {
		if t := []rune(r.Turns[i].Text); len(t) > 240 {
			r.Turns[i].Text = string(t[:240]) + "…"
		}
	}
	return r
}

func (d *importDialog) mapping(columns []Column) fyne.CanvasObject {
	uses := datasets.Uses()
	rows := widgets.Flow(16, 8)
	for _, c := range columns {
		choice := widgets.NewSelect(UseNames(), func(i int) {
			d.imp.Map(c.Name, uses[i])
			d.look()
		})
		choice.SetSelected(slices.Index(uses, c.Use))
		rows.Add(widgets.Row(8, widgets.Fixed(110, 0, widgets.NewText(c.Name, widgets.Code).Elide()), widgets.Fixed(190, 0, choice)))
	}
	return widgets.NewCard(10, widgets.NewText("What each column is", widgets.Strong), rows)
}

func (d *importDialog) errors(shown []datasets.RowError, more int) fyne.CanvasObject {
	box := widgets.VBox(4, widgets.NewText(d.imp.ErrorsTitle(), widgets.Strong))
	for _, e := range shown {
		box.Add(widgets.TopRow(8, widgets.Fixed(76, 0, widgets.NewText("line "+widgets.Count(int64(e.Line)), widgets.CodeQuiet)), widgets.Grow(widgets.NewWrapped(sentence(e.Message), widgets.Small))))
	}
	if more > 0 {
		box.Add(widgets.NewText(fmt.Sprintf("and %s more", widgets.Count(int64(more))), widgets.Caption))
	}
	box.Add(widgets.Pad(4, 0, 0, 0, d.skip))
	return widgets.NewCardIn(theme.Warn, 0, box)
}

// state shows whether it can be imported now, and why not.
func (d *importDialog) state() {
	why := d.imp.Blocked()
	d.help.SetText(d.imp.NameHelp())
	d.start.SetEnabled(why == "" && !d.busy, why)
	if d.busy {
		why = ""
	}
	d.why.SetText(why)
	d.content.Refresh()
}

func (d *importDialog) run() {
	imp := d.imp
	if imp.Blocked() != "" || d.busy {
		return
	}
	report := task.Progress(d.runner, func(done, total int64) {
		share := -1.0
		if total > 0 {
			share = min(float64(done)/float64(total), 0.99)
		}
		d.meter.Set("Reading the file", share, widgets.Bytes(done)+" of "+widgets.Bytes(total))
	})
	opt := imp.Options()
	opt.Progress = report
	d.meter.Set("Reading the file", -1, "")
	d.meter.Show()
	d.busy = true
	d.state()
	d.cancel = task.Run(d.runner, func(ctx context.Context) (datasets.ImportReport, error) {
		return d.svc.Import(ctx, imp.Path, opt)
	}, d.done)
}

func (d *importDialog) done(r datasets.ImportReport, err error) {
	d.busy = false
	d.meter.Hide()
	switch {
	case errors.Is(err, context.Canceled):
		if !d.closed {
			d.close()
		}
		d.frame.Toast("Import cancelled; nothing was written")
		return
	case d.closed && err == nil: // it had ended just before
		d.frame.Toast(Done(r))
		return
	case err != nil:
		d.imp.Refused(r, err)
		d.draw()
		return
	}
	d.close()
	d.frame.Toast(Done(r))
	d.frame.Go(nav.Route{Page: nav.PageDataNet, Arg: string(r.Net.Slug)})
}

// close takes the dialog away; an import under way ends with it.
func (d *importDialog) close() {
	d.shut()
}
