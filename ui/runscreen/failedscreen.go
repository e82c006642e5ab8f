package runscreen

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"fyne.io/fyne/v2"

	"github.com/modelfactory/modelfactory/assets/icons"
	"github.com/modelfactory/modelfactory/training"
	"github.com/modelfactory/modelfactory/ui/nav"
	"github.com/modelfactory/modelfactory/ui/task"
	"github.com/modelfactory/modelfactory/ui/theme"
	"github.com/modelfactory/modelfactory/ui/widgets"
)

// failedCards say why a run failed and offer the ways on.
type failedCards struct {
	page  *runPage
	box   *fyne.Container
	drawn string
	ways  []Way
	busy  bool
}

func newFailedCards(p *runPage) *failedCards {
	return &failedCards{page: p, box: widgets.VBox(theme.CardGap)}
}

func (c *failedCards) refresh() {
	m := c.page.model
	failed := m.Run().State == training.StateFailed
	setVisible(c.box, failed)
	key := fmt.Sprint(m.Run().ID, m.Run().Failure, m.snap.LastCheckpoint, m.snap.LogTail, c.busy)
	if !failed || key == c.drawn {
		return
	}
	c.drawn = key
	c.ways = m.Ways()
	rows := []fyne.CanvasObject{widgets.CardHead("What to do")}
	for i, w := range c.ways {
		rows = append(rows, widgets.NewRule(), c.way(i, w))
	}
	c.box.Objects = []fyne.CanvasObject{widgets.NewErrorCard(m.Failure()), widgets.NewBareCard(rows...), c.lastLines()}
	c.box.Refresh()
}

// way is a row; the first one is the page's Enter.
func (c *failedCards) way(i int, w Way) fyne.CanvasObject {
	b := widgets.NewButton(w.Button, func() { c.take(i) })
	if i == 0 {
		b.Primary().Key(nav.Hint(nav.KeyEnter))
	}
	if w.Resume || w.Change != nil {
		b.Icon(icons.Play)
	}
	if c.busy {
		b.SetEnabled(false, "starting")
	}
	row := widgets.Pad(12, 16, 12, 16, widgets.Row(16, widgets.Grow(widgets.VBox(0, widgets.NewWrapped(w.Title, widgets.Strong), widgets.NewWrapped(w.Detail, widgets.Caption))), b))
	if i == 0 {
		return widgets.Layers(widgets.NewFill(theme.Selection, 0), row)
	}
	return row
}

func (c *failedCards) lastLines() fyne.CanvasObject {
	p := c.page
	var lines []string
	for _, l := range p.model.Log(10) {
		lines = append(lines, l.Text)
	}
	text := strings.Join(lines, "\n")
	if text == "" {
		text = "The trainer wrote nothing."
	}
	folder := widgets.NewButton("Open folder", func() {
		if err := p.frame.OpenPath(p.svc.Dir(p.id)); err != nil {
			p.setProblem(err, "The folder is "+p.svc.Dir(p.id)+".")
			p.refresh()
		}
	}).Small().Icon(icons.Folder)
	copyButton := widgets.NewButton("Copy diagnostics", p.showDiagnostics).Small().Icon(icons.Copy).Key(nav.Hint(nav.KeyCopyAll))
	return widgets.NewCard(10,
		widgets.Row(8, widgets.NewText("Last lines", widgets.Strong), widgets.Spacer(), folder, copyButton),
		widgets.NewCode(text),
		widgets.TopRow(8, widgets.Pad(2, 0, 0, 0, widgets.NewIcon(icons.Info, widgets.IconRow, theme.Text2)),
			widgets.Grow(widgets.NewWrapped("Diagnostics hold the settings, versions, device and 40 log lines. Rows, keys, addresses and folder names are left out. You see the text before it goes anywhere.", widgets.Quiet))))
}

// press is the page's Enter: the best way on.
func (c *failedCards) press() bool {
	if !c.box.Visible() || len(c.ways) == 0 {
		return false
	}
	c.take(0)
	return true
}

func (c *failedCards) take(i int) {
	w := c.ways[i]
	p := c.page
	if c.busy {
		return
	}
	if w.Change == nil && !w.Resume {
		p.frame.Go(w.Route)
		return
	}
	run := p.model.Run()
	c.busy = true
	p.refresh()
	task.Run(p.runner, func(ctx context.Context) (training.RunID, error) { return Take(ctx, p.svc, run, w) }, func(id training.RunID, err error) {
		c.busy = false
		switch {
		case err != nil:
			p.setProblem(err, "The failed run is as it was.")
			if id != "" && id != run.ID { // made, but it could not start: its own page says why
				p.frame.Go(nav.Route{Page: nav.PageRun, Arg: string(id)})
			}
		case id != run.ID:
			p.frame.Go(nav.Route{Page: nav.PageRun, Arg: string(id)})
		}
		p.refresh()
	})
}

// showDiagnostics shows the redacted text; only Copy takes it out.
func (p *runPage) showDiagnostics() {
	if !p.model.Ready() {
		return
	}
	m := p.model
	task.Run(p.runner, func(ctx context.Context) ([]string, error) { return p.svc.Versions(ctx), nil }, func(versions []string, _ error) {
		text := m.Diagnostics(versions)
		var shut func()
		cancel := widgets.NewButton("Close", func() { shut() })
		copyIt := widgets.NewButton("Copy", func() { p.frame.Copy(text); p.frame.Toast("Diagnostics copied"); shut() }).Primary().Icon(icons.Copy)
		shut = p.frame.Open(nav.Dialog{Width: 720, First: cancel, Content: widgets.Pad(20, 20, 20, 20, widgets.VBox(12,
			widgets.NewText("Diagnostics", widgets.Title),
			widgets.NewWrapped("This is all that is copied. Read it before you pass it on.", widgets.Label),
			widgets.Fixed(0, 380, widgets.NewScroll(widgets.NewCode(text))),
			widgets.Row(8, widgets.Spacer(), cancel, copyIt)))})
	})
}

// showRecipe shows the frozen recipe as the file has it.
func (p *runPage) showRecipe() {
	raw, err := json.MarshalIndent(p.model.Run().Recipe, "", "  ")
	if err != nil {
		p.setProblem(err, "")
		return
	}
	openText(p.frame, "Recipe of run "+fmt.Sprint(p.model.Run().Number), "", string(raw))
}

// openText opens a dialog with words and, where given, a text to copy.
func openText(f nav.Frame, title, words, code string) {
	var shut func()
	cancel := widgets.NewButton("Close", func() { shut() })
	parts := []fyne.CanvasObject{widgets.NewText(title, widgets.Title)}
	if words != "" {
		parts = append(parts, widgets.NewWrapped(words, widgets.Body))
	}
	row := []fyne.CanvasObject{widgets.Spacer(), cancel}
	if code != "" {
		parts = append(parts, widgets.Fixed(0, 400, widgets.NewScroll(widgets.NewCode(code))))
		row = append(row, widgets.NewButton("Copy", func() { f.Copy(code); f.Toast("Copied"); shut() }).Icon(icons.Copy))
	}
	parts = append(parts, widgets.Row(8, row...))
	shut = f.Open(nav.Dialog{Width: 560, First: cancel, Content: widgets.Pad(20, 20, 20, 20, widgets.VBox(12, parts...))})
}

// askDiscard asks before what cannot be taken back.
func (p *runPage) askDiscard() {
	m := p.model
	lost := "Everything it has learnt is lost; there is no checkpoint yet."
	if saved := m.snap.LastCheckpoint; saved > 0 {
		lost = fmt.Sprintf("No model is made of it. Checkpoints up to step %s stay on disk until the run is deleted.", widgets.Count(int64(saved)))
	}
	var shut func()
	cancel := widgets.NewButton("Cancel", func() { shut() })
	stop := widgets.NewButton("Stop without saving", func() { shut(); p.act(ActDiscard) }).Danger()
	shut = p.frame.Open(nav.Dialog{Width: 460, First: cancel, Content: widgets.Pad(20, 20, 20, 20, widgets.VBox(12,
		widgets.NewWrapped(fmt.Sprintf("Stop run %d without saving?", m.Run().Number), widgets.Title),
		widgets.NewWrapped(lost, widgets.Body),
		widgets.Row(8, widgets.Spacer(), cancel, stop)))})
}
