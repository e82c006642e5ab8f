package modelscreen

import (
	"context"
	"time"

	"fyne.io/fyne/v2"

	"github.com/modelfactory/modelfactory/assets/icons"
	"github.com/modelfactory/modelfactory/chain/lineage"
	"github.com/modelfactory/modelfactory/ui/nav"
	"github.com/modelfactory/modelfactory/ui/notice"
	"github.com/modelfactory/modelfactory/ui/task"
	"github.com/modelfactory/modelfactory/ui/theme"
	"github.com/modelfactory/modelfactory/ui/widgets"
)

// Screens are the list of models and the model, for the frame.
func Screens(svc Services, runner task.Runner, now func() time.Time) []nav.Screen {
	return []nav.Screen{
		{Page: nav.PageModels, New: func(f nav.Frame) nav.Page { return newListPage(f, svc, runner, now) }},
		{Page: nav.PageModel, Section: nav.PageModels, New: func(f nav.Frame) nav.Page { return newModelPage(f, svc, runner) }},
	}
}

// sideWidth is the column of proofs, export and publishing.
const sideWidth = 316

// modelPage is one model.
type modelPage struct {
	frame  nav.Frame
	svc    Services
	runner task.Runner
	model  *Page
	id     string
	stop   func()

	root    *fyne.Container
	tabs    *widgets.Tabs
	problem *fyne.Container
	chat    *chatPart
	files   *fyne.Container
	card    *fyne.Container
	body    *fyne.Container // of the tab in front
	side    *fyne.Container

	export    *Exporting           // the last of this model; nil: none
	exportRow *widgets.ProgressRow // how far it is
}

var (
	_ nav.Page    = (*modelPage)(nil)
	_ nav.Focuser = (*modelPage)(nil)
)

func newModelPage(f nav.Frame, svc Services, runner task.Runner) *modelPage {
	p := &modelPage{frame: f, svc: svc, runner: runner, model: &Page{}, problem: widgets.VBox(0), files: widgets.VBox(theme.CardGap), card: widgets.VBox(8), side: widgets.VBox(theme.CardGap)}
	p.chat = newChatPart(p)
	p.tabs = widgets.NewTabs(TabNames, func(i int) { p.choose(Tab(i)) })
	p.body = widgets.Layers()
	main := widgets.VBox(10, p.tabs, p.problem, widgets.Grow(p.body))
	p.root = widgets.Pad(8, 0, 16, theme.PageMarginX, widgets.StretchRow(16, widgets.Grow(main), widgets.NewSideScroll(sideWidth, p.side)))
	p.root.Hide()
	return p
}

// Object implements nav.Page.
func (p *modelPage) Object() fyne.CanvasObject { return p.root }

// Heading implements nav.Page.
func (p *modelPage) Heading() nav.Heading {
	h := nav.Heading{Path: []nav.Crumb{{Text: "Models", Route: nav.Route{Page: nav.PageModels}}}, Title: p.model.Title()}
	if p.model.Ready() {
		h.Actions = []fyne.CanvasObject{
			widgets.NewButton("Rename…", p.rename).Icon(icons.Edit),
			widgets.NewButton("Open folder", func() { openFolder(p.frame, p.model.Model().Dir) }).Icon(icons.Folder),
		}
	}
	return h
}

// FirstFocus implements nav.Focuser.
func (p *modelPage) FirstFocus() fyne.Focusable {
	if p.model.Tab == TabChat {
		return p.chat.entry
	}
	return nil
}

// Shown implements nav.Page.
func (p *modelPage) Shown(arg string) {
	p.stopFollowing()
	id, tab := ParseArg(arg)
	if id != p.id {
		p.id, p.model, p.export = id, &Page{}, nil
		p.chat.reset()
		p.root.Hide()
	}
	p.model.Tab = tab
	p.tabs.SetSelected(int(tab))
	entered := false
	var known []File // what is shown anew is read anew: size and time can be put back
	p.stop = task.Follow(p.runner, task.Source{Watch: p.svc.WatchModels}, func(ctx context.Context) (read, error) {
		r, err := p.read(ctx, id, known)
		known = r.files
		return r, err
	}, func(r read, err error) {
		p.root.Show()
		p.setProblem(err)
		if err == nil {
			p.model.Apply(r.model, p.svc.Network(), p.svc.Account())
			p.model.Waiting = r.waiting
			p.model.SetFiles(r.files)
			p.model.SetCard(r.card)
			if !entered && p.model.Tab == TabChat {
				entered = true
				p.chat.enter()
			}
		}
		p.refresh()
		p.frame.Changed(p)
	})
}

// read is everything on disk about the model.
type read struct {
	model   lineage.Model
	waiting bool
	files   []File
	card    []byte
}

func (p *modelPage) read(ctx context.Context, id string, known []File) (read, error) {
	m, err := p.svc.Model(ctx, id)
	if err != nil {
		return read{}, err
	}
	r := read{model: m}
	if m.Damaged != "" {
		r.files, _ = ReadFiles(m, known) // as far as they are there
		return r, nil
	}
	if r.files, err = ReadFiles(m, known); err != nil {
		return r, err
	}
	if r.waiting, err = p.svc.Publishing(ctx, m); err != nil {
		return r, err
	}
	r.card, err = p.svc.Card(ctx, m.Digest)
	return r, err
}

// Hidden implements nav.Page: the chat's process ends, its memory is free.
func (p *modelPage) Hidden() {
	p.stopFollowing()
	p.chat.leave()
}

func (p *modelPage) stopFollowing() {
	if p.stop != nil {
		p.stop()
		p.stop = nil
	}
}

// choose shows a tab.
func (p *modelPage) choose(t Tab) {
	if t == TabLineage {
		p.tabs.SetSelected(int(p.model.Tab))
		p.frame.Go(p.model.LineageRoute())
		return
	}
	p.model.Tab = t
	if t == TabChat && p.model.Ready() {
		p.chat.enter()
	}
	p.refresh()
}

func (p *modelPage) setProblem(err error) {
	p.problem.Objects = nil
	if err != nil {
		p.problem.Objects = []fyne.CanvasObject{widgets.NewErrorCard(notice.Explain(err, ""), widgets.NewButton("All models", func() { p.frame.Go(nav.Route{Page: nav.PageModels}) }))}
	}
	setVisible(p.problem, err != nil)
}

func (p *modelPage) refresh() {
	ready := p.model.Ready()
	setVisible(p.tabs, ready)
	setVisible(p.body, ready)
	setVisible(p.side, ready)
	if !ready {
		p.root.Refresh()
		return
	}
	var front fyne.CanvasObject
	switch p.model.Tab {
	case TabFiles:
		p.layFiles()
		front = widgets.NewScroll(widgets.Pad(0, 8, 0, 0, p.files))
	case TabCard:
		p.layCard()
		front = widgets.NewScroll(widgets.Pad(0, 8, 0, 0, p.card))
	default:
		p.chat.layHeads()
		p.chat.layState()
		p.chat.showButtons()
		front = p.chat.box
	}
	if p.model.Tab != TabChat || len(p.body.Objects) != 1 || p.body.Objects[0] != front {
		p.body.Objects = []fyne.CanvasObject{front}
	}
	p.laySide()
	p.root.Refresh()
}

// rename asks for another name.
func (p *modelPage) rename() {
	m := p.model.Model()
	entry := widgets.NewEntry("Name").Width(320)
	entry.SetText(m.Name)
	field := widgets.NewFormField("Name", entry, "The name goes into the manifest when the model is published, and cannot be changed there.")
	if p.model.Published() {
		field = widgets.NewFormField("Name", entry, "The published name stays as it is; this one is for this computer.")
	}
	var shut func()
	save := func() {
		name := entry.Text
		task.Do(p.runner, func(ctx context.Context) error { return p.svc.Rename(ctx, m.Digest, name) }, func(err error) {
			if err != nil {
				field.SetError(notice.Line(err))
				return
			}
			shut()
			p.reload()
		})
	}
	entry.OnSubmitted = func(string) { save() }
	shut = p.frame.Open(nav.Dialog{Width: 400, First: entry, Content: widgets.Pad(24, 24, 24, 24, widgets.VBox(16,
		widgets.NewText("Rename the model", widgets.Title), field,
		widgets.Row(8, widgets.Spacer(), widgets.NewButton("Cancel", func() { shut() }), widgets.NewButton("Rename", save).Primary())))})
}

// reload reads the model again.
func (p *modelPage) reload() {
	id, known := p.id, p.model.Files()
	task.Run(p.runner, func(ctx context.Context) (read, error) { return p.read(ctx, id, known) }, func(r read, err error) {
		if id != p.id {
			return
		}
		p.setProblem(err)
		if err == nil {
			p.model.Apply(r.model, p.svc.Network(), p.svc.Account())
			p.model.Waiting = r.waiting
			p.model.SetFiles(r.files)
			p.model.SetCard(r.card)
		}
		p.refresh()
		p.frame.Changed(p)
	})
}
