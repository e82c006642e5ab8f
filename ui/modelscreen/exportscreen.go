package modelscreen

import (
	"context"
	"errors"
	"path/filepath"
	"strings"

	"fyne.io/fyne/v2"

	"github.com/modelfactory/modelfactory/assets/icons"
	"github.com/modelfactory/modelfactory/training"
	"github.com/modelfactory/modelfactory/ui/nav"
	"github.com/modelfactory/modelfactory/ui/notice"
	"github.com/modelfactory/modelfactory/ui/task"
	"github.com/modelfactory/modelfactory/ui/widgets"
)

// exportCard invites to an export, shows how far it is, and what came of it.
func (p *modelPage) exportCard() fyne.CanvasObject {
	e := p.export
	button := widgets.NewButton("Export…", p.chooseFormat).Icon(icons.Upload)
	button.SetEnabled(e == nil || !e.Busy, "One is being written.")
	parts := []fyne.CanvasObject{
		widgets.Row(8, widgets.NewText("Take it with you", widgets.SubTitle), widgets.Spacer(), button),
		widgets.NewWrapped("As an adapter, a merged model, GGUF, or straight into Ollama. Each is read back and compared with the run.", widgets.Caption),
	}
	switch {
	case e == nil:
	case e.Busy:
		parts = append(parts, widgets.NewText(e.Format.Title, widgets.Caption), p.exportRow)
	case e.Err != nil:
		parts = append(parts, widgets.NewErrorCard(notice.Explain(e.Err, "The model itself is as it was.")))
	default:
		parts = append(parts, widgets.NewNote(widgets.Good, icons.Check, e.Result()))
		tone, icon := widgets.Neutral, icons.Info
		if e.Done.Check != nil {
			tone, icon = widgets.Good, icons.Check
		}
		parts = append(parts, widgets.NewMarkLine(tone, icon, e.Compared()))
		links := widgets.Row(16)
		if e.Done.Check != nil {
			links.Add(widgets.NewLink("See the comparison", p.showComparison))
		}
		if e.Dir != "" {
			links.Add(widgets.NewLink("Open the folder", func() { openFolder(p.frame, e.Dir) }))
		}
		parts = append(parts, links)
	}
	return widgets.NewCard(8, parts...)
}

// chooseFormat asks for the form, then for a folder.
func (p *modelPage) chooseFormat() {
	formats := training.ExportFormats()
	var cards []widgets.RadioCard
	for _, f := range formats {
		cards = append(cards, widgets.RadioCard{Title: f.Title, Detail: f.Words})
	}
	chosen := 0
	var next *widgets.Button
	words := func() string {
		if formats[chosen].Name == training.FormatOllama {
			return "Send to Ollama"
		}
		return "Choose a folder…"
	}
	choice := widgets.NewRadioCards(cards, chosen, func(i int) { chosen = i; next.SetText(words()) })
	var shut func()
	next = widgets.NewButton(words(), func() {
		shut()
		p.startExport(formats[chosen])
	}).Primary()
	shut = p.frame.Open(nav.Dialog{Width: 560, Content: widgets.Pad(24, 24, 24, 24, widgets.VBox(14,
		widgets.NewText("Export "+p.model.Title(), widgets.Title), choice,
		widgets.Row(8, widgets.Spacer(), widgets.NewButton("Cancel", func() { shut() }), next)))})
}

// startExport asks for a folder where one is needed, and begins.
func (p *modelPage) startExport(format training.ExportFormat) {
	m := p.model.Model()
	if format.Name == training.FormatOllama {
		p.exportTo(format, "")
		return
	}
	p.frame.PickFolder("Folder to export "+m.Name+" into", func(path string) {
		if path != "" {
			p.exportTo(format, filepath.Join(path, ExportFolder(m, format)))
		}
	})
}

// exportTo writes the model; who leaves the page finds it going on, or done, on
// coming back.
func (p *modelPage) exportTo(format training.ExportFormat, dir string) {
	m := p.model.Model()
	e := &Exporting{Format: format, Dir: dir, Busy: true}
	var cancel func()
	row := widgets.NewProgressRow(func() { cancel() })
	show := task.Progress(p.runner, func(int64, int64) { row.Set(e.Progress()) })
	row.Set(e.Progress())
	p.export, p.exportRow = e, row
	cancel = task.Run(p.runner, func(ctx context.Context) (training.Exported, error) {
		return p.svc.ExportAs(ctx, m.Digest, format.Name, dir, func(what string, done, total int64) {
			e.Report(what, done, total)
			show(done, total)
		})
	}, func(done training.Exported, err error) {
		e.Busy, e.Done, e.Err = false, done, err
		if p.export == e {
			if errors.Is(err, context.Canceled) {
				p.export = nil
			}
			p.refresh()
		}
	})
	if p.export == e {
		p.refresh()
	}
}

// showComparison lays the run's answers beside the exported file's.
func (p *modelPage) showComparison() {
	e := p.export
	head := widgets.StretchRow(12, widgets.Grow(widgets.NewText("The run", widgets.Strong)), widgets.Grow(widgets.NewText(e.Format.Title, widgets.Strong)))
	parts := []fyne.CanvasObject{widgets.NewText("The export beside the run", widgets.Title), widgets.NewWrapped(e.Compared(), widgets.Caption), head}
	for _, a := range e.Done.Check.Answers {
		cell := func(text string) fyne.CanvasObject {
			if strings.TrimSpace(text) == "" {
				text = "It wrote nothing that can be read."
			}
			return widgets.Grow(widgets.NewCard(0, widgets.NewWrapped(text, widgets.Body)))
		}
		parts = append(parts, widgets.VBox(6, widgets.NewWrapped(a.Prompt, widgets.Strong), widgets.StretchRow(12, cell(a.Run), cell(a.Export))))
	}
	figures := widgets.VBox(4)
	for _, f := range e.Figures() {
		figures.Add(widgets.NewFact(f[0], f[1]))
	}
	var shut func()
	parts = append(parts, widgets.NewCard(0, figures), widgets.Row(8, widgets.Spacer(), widgets.NewButton("Close", func() { shut() })))
	shut = p.frame.Open(nav.Dialog{Width: 760, Content: widgets.Pad(24, 24, 24, 24, widgets.VBox(14, parts...))})
}
