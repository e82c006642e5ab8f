package lineagescreen

import (
	"context"
	"path/filepath"
	"strconv"
	"time"

	"fyne.io/fyne/v2"

	"github.com/modelfactory/modelfactory/assets/icons"
	"github.com/modelfactory/modelfactory/chain/lineage"
	"github.com/modelfactory/modelfactory/datasets"
	"github.com/modelfactory/modelfactory/ui/nav"
	"github.com/modelfactory/modelfactory/ui/notice"
	"github.com/modelfactory/modelfactory/ui/task"
	"github.com/modelfactory/modelfactory/ui/theme"
	"github.com/modelfactory/modelfactory/ui/widgets"
)

// Screen is the lineage, for the frame.
func Screen(svc Services, runner task.Runner, now func() time.Time) nav.Screen {
	return nav.Screen{Page: nav.PageLineage, New: func(f nav.Frame) nav.Page { return newPage(f, svc, runner, now) }}
}

// sideWidth is the column of digests.
const sideWidth = 296

type page struct {
	frame  nav.Frame
	svc    Services
	runner task.Runner
	model  *Model
	stop   func() // of the models
	cancel func() // of a verification
	turn   int    // counts verifications: an old one must not be shown

	root  *fyne.Container
	main  *fyne.Container
	side  *fyne.Container
	box   *fyne.Container // graph in its frame
	graph *widgets.LineageGraph
	zoom  *widgets.Button
	empty *fyne.Container
	body  *fyne.Container
}

var (
	_ nav.Page    = (*page)(nil)
	_ nav.Presser = (*page)(nil)
	_ nav.Dropper = (*page)(nil)
	_ nav.Focuser = (*page)(nil)
)

func newPage(f nav.Frame, svc Services, runner task.Runner, now func() time.Time) *page {
	p := &page{frame: f, svc: svc, runner: runner, model: &Model{Now: now}, main: widgets.VBox(theme.CardGap), side: widgets.VBox(theme.CardGap)}
	p.graph = widgets.NewLineageGraph()
	p.graph.OnSelect = func(id string) { p.model.Choose(id); p.laySide() }
	p.graph.OnOpen = func(id string) {
		if r, ok := p.model.OpenRoute(id); ok && p.frame.Has(r.Page) {
			p.frame.Go(r)
		}
	}
	p.zoom = widgets.NewButton("100 %", func() { p.graph.ZoomBy(100 / float32(max(p.graph.Percent(), 1))) }).Small().Tip("Back to 100 %")
	p.graph.OnZoom = func(percent int) { p.zoom.SetText(strconv.Itoa(percent) + "\u00a0%") }
	p.box = p.graphBox()
	p.body = widgets.Pad(theme.PageMarginY, 0, theme.PageMarginY, theme.PageMarginX, widgets.StretchRow(16, widgets.Grow(p.main), widgets.NewSideScroll(sideWidth, p.side)))
	p.empty = widgets.NewEmptyState(icons.Lineage, "Nothing to verify yet", "Each model keeps a record of what it was made from. Train one, or check a folder that somebody gave you against the chain.",
		widgets.NewButton("Verify a folder…", p.pickFolder).Primary().Icon(icons.Folder))
	p.root = widgets.Layers(p.body, p.empty)
	p.body.Hide()
	p.empty.Hide()
	return p
}

func (p *page) graphBox() *fyne.Container {
	legend := widgets.Row(12,
		widgets.Row(4, widgets.NewIcon(icons.Check, widgets.IconRow, theme.Ok), widgets.NewText("equal to the record", widgets.Caption)),
		widgets.Row(4, widgets.NewIcon(icons.Warning, widgets.IconRow, theme.Bad), widgets.NewText("differs", widgets.Caption)))
	tools := widgets.Row(6, widgets.NewIconButton(icons.Minus, "Smaller", func() { p.graph.ZoomBy(1 / 1.1) }).Small(), p.zoom,
		widgets.NewIconButton(icons.Plus, "Larger", func() { p.graph.ZoomBy(1.1) }).Small(),
		widgets.NewButton("Fit", p.graph.Fit).Small().Key(nav.Hint(nav.KeyFit)), widgets.Spacer(), legend)
	return widgets.Layers(widgets.NewFrame(theme.Sunken, theme.Line, theme.RadiusCard), widgets.Pad(12, 16, 12, 16, widgets.VBox(8, widgets.Grow(p.graph), tools)))
}

// Object implements nav.Page.
func (p *page) Object() fyne.CanvasObject { return p.root }

// Heading implements nav.Page.
func (p *page) Heading() nav.Heading {
	m := p.model
	h := nav.Heading{Title: m.Title()}
	if m.ID() != "" || m.Folder() != "" {
		h.Path = []nav.Crumb{{Text: "Lineage", Route: nav.Route{Page: nav.PageLineage}}}
	}
	if names, shown := m.Names(); len(names) > 1 || len(names) == 1 && shown < 0 {
		choose := widgets.NewSelect(names, func(i int) { p.frame.Go(nav.Route{Page: nav.PageLineage, Arg: string(m.At(i))}) }).Tip("Another model")
		choose.SetSelected(shown)
		h.Actions = append(h.Actions, choose)
	}
	if m.Empty() || !m.Read() {
		return h
	}
	h.Actions = append(h.Actions, widgets.NewButton("Verify a folder…", p.pickFolder).Icon(icons.Folder))
	if m.ID() != "" {
		h.Actions = append(h.Actions, widgets.NewButton("Export…", p.export).Icon(icons.Upload))
	}
	again := widgets.NewButton("Verify again", p.verify).Icon(icons.Award).Key(nav.Hint(nav.KeyAgain))
	again.SetEnabled(!m.Busy, "It is being verified.")
	h.Actions = append(h.Actions, again)
	return h
}

// FirstFocus implements nav.Focuser.
func (p *page) FirstFocus() fyne.Focusable {
	if p.model.ID() == "" {
		return nil
	}
	return p.graph
}

// Press implements nav.Presser.
func (p *page) Press(id nav.KeyID) bool {
	switch id {
	case nav.KeyAgain:
		if !p.model.Busy {
			p.verify()
		}
		return true
	case nav.KeyFit:
		p.graph.Fit()
		return true
	}
	return false
}

// Dropped implements nav.Dropper: a folder is verified, files go to a new run.
func (p *page) Dropped(paths []string) bool {
	if len(paths) != 1 || !IsFolder(paths[0]) {
		return false
	}
	p.frame.Go(FolderRoute(paths[0]))
	return true
}

func (p *page) pickFolder() {
	p.frame.PickFolder("Folder of a model to verify", func(path string) {
		if path != "" {
			p.frame.Go(FolderRoute(path))
		}
	})
}

// Shown implements nav.Page: it verifies at once.
func (p *page) Shown(arg string) {
	p.Hidden()
	p.model.Open(arg)
	first := true
	p.stop = task.Follow(p.runner, task.Source{Watch: p.svc.WatchModels}, p.svc.Models, func(all []lineage.Model, err error) {
		before := p.model.One()
		p.model.Err = err
		if err == nil {
			p.model.Models(all)
		}
		after := p.model.One()
		if err == nil && (first || before.Manifest != after.Manifest || (before.Publication == nil) != (after.Publication == nil)) {
			first = false
			p.verify()
			return
		}
		p.refresh()
	})
}

// Hidden implements nav.Page.
func (p *page) Hidden() {
	for _, stop := range []func(){p.stop, p.cancel} {
		if stop != nil {
			stop()
		}
	}
	p.stop, p.cancel = nil, nil
	p.turn++
	p.model.Busy = false
}

// found is a verification's outcome with the graph it colours.
type found struct {
	report lineage.Report
	graph  lineage.Graph
}

// verify recomputes everything; the graph stands before, without colours.
func (p *page) verify() {
	m := p.model
	if m.Empty() {
		p.refresh()
		return
	}
	p.turn++
	turn, id, folder := p.turn, m.ID(), m.Folder()
	m.Busy, m.Err = true, nil
	if folder == "" {
		task.Run(p.runner, func(ctx context.Context) (lineage.Graph, error) { return p.svc.Graph(ctx, id, nil) }, func(g lineage.Graph, err error) {
			if p.turn == turn && m.Busy && err == nil && m.Report() == nil {
				m.Drawn(g)
				p.refresh()
			}
		})
	}
	p.refresh()
	cancel := task.Run(p.runner, func(ctx context.Context) (found, error) { return p.check(ctx, id, folder) }, func(f found, err error) {
		if p.turn != turn {
			return
		}
		m.Busy, m.Err, p.cancel = false, err, nil
		if err == nil {
			m.Verified(&f.report)
			m.Drawn(f.graph)
		}
		p.refresh()
	})
	if m.Busy {
		p.cancel = cancel
	}
}

func (p *page) check(ctx context.Context, id datasets.Digest, folder string) (found, error) {
	if folder != "" {
		r, err := p.svc.VerifyFolder(ctx, folder)
		return found{report: r}, err
	}
	r, err := p.svc.VerifyModel(ctx, string(id))
	if err != nil {
		return found{}, err
	}
	g, err := p.svc.Graph(ctx, id, &r)
	return found{r, g}, err
}

// export writes the model into a folder of its own in the one chosen.
func (p *page) export() {
	m := p.model.One()
	p.frame.PickFolder("Folder to export "+m.Name+" into", func(path string) {
		if path == "" {
			return
		}
		dir := filepath.Join(path, "model-"+string(m.Digest[:min(8, len(m.Digest))]))
		task.Run(p.runner, func(ctx context.Context) ([]lineage.File, error) { return p.svc.Export(ctx, m.Digest, dir) }, func(files []lineage.File, err error) {
			p.model.Err = err
			if err == nil {
				p.frame.Toast(strconv.Itoa(len(files)) + " files written to " + dir)
			}
			p.refresh()
		})
	})
}

func (p *page) refresh() {
	m := p.model
	setVisible(p.empty, m.Empty() && m.Err == nil)
	setVisible(p.body, !p.empty.Visible())
	p.main.Objects = nil
	if m.Err != nil {
		p.main.Add(widgets.NewErrorCard(notice.Explain(m.Err, "Nothing was changed."), widgets.NewButton("Verify again", p.verify)))
	}
	if m.Busy {
		row := widgets.NewProgressRow(nil)
		row.Set("Recomputing the digests of all files", -1, "and reading the chain")
		p.main.Add(widgets.NewCard(0, row))
	}
	if m.Folder() == "" {
		nodes, edges := m.Boxes()
		p.graph.SetGraph(Titles, nodes, edges)
		p.graph.Select(m.Chosen().ID)
		p.main.Add(widgets.Grow(p.box))
	} else if m.Report() != nil {
		p.main.Add(p.folderCard())
	}
	p.laySide()
	p.root.Refresh()
	p.frame.Changed(p)
}

func setVisible(o fyne.CanvasObject, on bool) {
	if on {
		o.Show()
	} else {
		o.Hide()
	}
}
