package runscreen

import (
	"context"
	"time"

	"fyne.io/fyne/v2"

	"github.com/modelfactory/modelfactory/assets/icons"
	"github.com/modelfactory/modelfactory/training"
	"github.com/modelfactory/modelfactory/ui/nav"
	"github.com/modelfactory/modelfactory/ui/notice"
	"github.com/modelfactory/modelfactory/ui/task"
	"github.com/modelfactory/modelfactory/ui/theme"
	"github.com/modelfactory/modelfactory/ui/widgets"
)

// Screens are the list of runs, the run and the comparison, for the frame. runner is task.Live
// in the program; now is the clock whose zone times are shown in.
func Screens(svc Services, runner task.Runner, now func() time.Time) []nav.Screen {
	seen := seenRuns{}
	return []nav.Screen{
		{Page: nav.PageRuns, New: func(f nav.Frame) nav.Page { return newListPage(f, svc, runner, now, seen) }},
		{Page: nav.PageRun, Section: nav.PageRuns, New: func(f nav.Frame) nav.Page { return newRunPage(f, svc, runner, now, seen) }},
		{Page: nav.PageCompare, Section: nav.PageRuns, New: func(f nav.Frame) nav.Page { return newComparePage(f, svc, runner) }},
	}
}

// seenRuns are the runs as the list last read them: the page of one shows its
// name and state at once, before it has read anything.
type seenRuns map[training.RunID]training.Run

// runPage is one run. It copies the model into widgets in refresh and forwards
// what the person asks for.
type runPage struct {
	frame  nav.Frame
	svc    Services
	runner task.Runner
	model  *Model
	seen   seenRuns
	id     training.RunID
	stop   func() // of the follower

	root   *fyne.Container
	top    topParts
	loss   *lossCard
	log    *logCard
	side   *sideCards
	failed *failedCards
	report *reportCards
	drawn  drawnState
}

// leastMain is the least width of chart and phases beside the figures: their
// heads need it.
const leastMain = 560

// topParts stand over the cards.
type topParts struct {
	banner   *widgets.Note
	silent   *fyne.Container
	problem  *fyne.Container // the last act's error
	warnings *fyne.Container
	phases   *widgets.PhaseBar
	phaseBox *fyne.Container
}

// drawnState is what the parts that are costly to draw were last drawn from.
type drawnState struct {
	heading, shape, curve string
}

var (
	_ nav.Page    = (*runPage)(nil)
	_ nav.Presser = (*runPage)(nil)
)

func newRunPage(f nav.Frame, svc Services, runner task.Runner, now func() time.Time, seen seenRuns) *runPage {
	p := &runPage{seen: seen, frame: f, svc: svc, runner: runner, model: NewModel(now)}
	p.top = topParts{
		banner: widgets.NewNote(widgets.Neutral, icons.Info, ""), problem: widgets.VBox(8), warnings: widgets.VBox(8), phases: widgets.NewPhaseBar(),
	}
	p.top.silent = widgets.NewCardIn(theme.Warn, 8,
		widgets.NewText("The trainer has given no sign of life for 30 s", widgets.SubTitle),
		widgets.NewWrapped("A slow disk or a sleeping computer can cause this. Wait, or stop it; the checkpoints are kept.", widgets.Body),
		widgets.Row(8, widgets.NewButton("Wait", func() { p.model.Wait(); p.refresh() }), widgets.NewButton("Stop", func() { p.act(ActStop) })))
	p.top.phaseBox = widgets.NewCard(0, p.top.phases)
	p.loss = newLossCard(p)
	p.log = newLogCard(p)
	p.side = newSideCards(p)
	p.failed = newFailedCards(p)
	p.report = newReportCards(p)
	main := widgets.VBox(theme.CardGap, p.top.banner, p.top.silent, p.top.problem, p.failed.box, p.top.warnings, p.top.phaseBox, p.loss.box, p.report.box, p.log.box)
	p.root = widgets.NewPage(widgets.ColumnsFrom(leastMain, 332, main, p.side.box))
	p.root.Hide()
	return p
}

// Object implements nav.Page.
func (p *runPage) Object() fyne.CanvasObject { return p.root }

// Shown implements nav.Page: it follows the run.
func (p *runPage) Shown(arg string) {
	p.Hidden()
	if id := training.RunID(arg); id != p.id {
		p.id = id
		axis, view := p.model.Axis, p.model.View
		p.model = NewModel(p.model.Now)
		p.model.Axis, p.model.View = axis, view
		p.report.forget()
		p.drawn = drawnState{}
		p.setProblem(nil, "")
		p.root.Hide()
	}
	id := p.id
	p.stop = task.Follow(p.runner, task.Source{Watch: func() (<-chan struct{}, func()) { return p.svc.Watch(id) }, Every: time.Second},
		Reader(p.svc, id), p.show)
}

// Hidden implements nav.Page.
func (p *runPage) Hidden() {
	if p.stop != nil {
		p.stop()
		p.stop = nil
	}
}

func (p *runPage) show(s training.Snapshot, err error) {
	p.root.Show()
	if err != nil {
		p.setProblem(err, "")
		p.refresh()
		return
	}
	p.model.Apply(s)
	p.report.follow()
	p.refresh()
}

// Heading implements nav.Page.
func (p *runPage) Heading() nav.Heading {
	h := nav.Heading{Path: []nav.Crumb{{Text: "Runs", Route: nav.Route{Page: nav.PageRuns}}}, Title: "Run"}
	if !p.model.Ready() {
		if r, ok := p.seen[p.id]; ok {
			h.Title = RunTitle(r)
			h.Actions = []fyne.CanvasObject{widgets.NewPill("", widgets.Neutral).Set(StateWord(r))}
		}
		return h
	}
	h.Title = p.model.Title()
	if p.model.Run().State != training.StateFailed {
		h.Actions = append(h.Actions, widgets.NewPill("", widgets.Neutral).Set(p.model.StateWord()))
	}
	acts := p.model.Acts()
	for i, a := range acts {
		h.Actions = append(h.Actions, p.button(a, i == len(acts)-1)...)
	}
	return h
}

// button makes the button of an act; the last one is the main action where
// there is one.
func (p *runPage) button(a Act, last bool) []fyne.CanvasObject {
	b := widgets.NewButton(ActWords[a], func() { p.act(a) })
	switch a {
	case ActPause:
		b.Icon(icons.Pause).Key(nav.Hint(nav.KeyPause))
	case ActResume:
		b.Icon(icons.Play).Key(nav.Hint(nav.KeyPause)).Primary()
	case ActStart:
		b.Icon(icons.Play).Primary()
	case ActChat:
		b.Icon(icons.Chat).Primary()
	case ActCompare:
		b.Icon(icons.Compare)
	case ActAgain:
		if last {
			b.Primary()
		}
	case ActStop:
		b.Icon(icons.Stop)
		more := widgets.NewIconButton(icons.ChevronDown, "More ways to stop", nil)
		more.SetTapped(func() {
			widgets.OpenMenu(more, []widgets.MenuItem{{Text: ActWords[ActDiscard], Icon: icons.Trash, Do: p.askDiscard}})
		})
		b.SetEnabled(p.model.Can(a), p.model.Busy())
		more.SetEnabled(p.model.Can(a), p.model.Busy())
		return []fyne.CanvasObject{b, more}
	}
	b.SetEnabled(p.model.Can(a), p.model.Busy())
	return []fyne.CanvasObject{b}
}

// Press implements nav.Presser.
func (p *runPage) Press(id nav.KeyID) bool {
	switch id {
	case nav.KeyPause:
		if p.model.Can(ActPause) {
			p.act(ActPause)
		} else if p.model.Can(ActResume) {
			p.act(ActResume)
		}
		return true
	case nav.KeyTable:
		p.loss.toggleTable()
		return true
	case nav.KeyCopyAll:
		p.showDiagnostics()
		return true
	case nav.KeyEnter:
		return p.failed.press()
	case nav.KeyFirst:
		return p.report.choose(-1)
	case nav.KeySame:
		return p.report.choose(0)
	case nav.KeySecond:
		return p.report.choose(1)
	}
	return false
}

// act does what the person asked for.
func (p *runPage) act(a Act) {
	if !p.model.Can(a) && a != ActDiscard {
		return
	}
	run := p.model.Run()
	switch a {
	case ActChat:
		p.frame.Go(nav.Route{Page: nav.PageModel, Arg: string(run.AdapterDigest)})
		return
	case ActAgain:
		p.frame.Go(nav.Route{Page: nav.PageNewRun, Arg: "run=" + string(run.ID)})
		return
	case ActRecipe:
		p.showRecipe()
		return
	case ActCompare:
		p.frame.Go(nav.Route{Page: nav.PageCompare, Arg: string(run.ID)})
		return
	}
	p.setProblem(nil, "")
	p.model.Asked(asked(a))
	p.refresh()
	id := p.id
	task.Do(p.runner, func(ctx context.Context) error { return Do(ctx, p.svc, id, a) }, func(err error) {
		if err != nil {
			p.model.Asked("")
			p.setProblem(err, "The run is as it was.")
			p.refresh()
			return
		}
		if a == ActDelete {
			p.deleted(run)
		}
	})
}

// deleted leaves the page of a run that is gone and offers to bring it back.
func (p *runPage) deleted(run training.Run) {
	p.frame.Go(nav.Route{Page: nav.PageRuns})
	offerUndo(p.frame, p.svc, p.runner, run)
}

func offerUndo(f nav.Frame, svc Services, runner task.Runner, run training.Run) {
	f.ToastUndo(RunTitle(run)+" deleted", func() {
		task.Do(runner, func(ctx context.Context) error { return svc.Restore(ctx, run.ID) }, func(err error) {
			if err != nil {
				openText(f, "It could not be brought back", notice.Line(err), "")
			}
		})
	})
}

// setProblem shows an error card over the page, or takes it away.
func (p *runPage) setProblem(err error, kept string) {
	p.top.problem.Objects = nil
	if err != nil {
		p.top.problem.Objects = []fyne.CanvasObject{widgets.NewErrorCard(notice.Explain(err, kept),
			widgets.NewButton("Close", func() { p.setProblem(nil, ""); p.refresh() }).Small())}
	}
	p.top.problem.Refresh()
	p.drawn.shape = ""
}

// refresh copies the model into the widgets, and lays out anew only when
// something came, went or changed its height.
func (p *runPage) refresh() {
	m := p.model
	setVisible(p.top.problem, len(p.top.problem.Objects) > 0)
	if !m.Ready() {
		for _, o := range []fyne.CanvasObject{p.top.banner, p.top.silent, p.top.warnings, p.failed.box, p.top.phaseBox, p.loss.box, p.report.box, p.log.box, p.side.box} {
			o.Hide()
		}
		p.root.Refresh()
		return
	}
	failed := m.Run().State == training.StateFailed
	tone, text := m.Banner()
	p.top.banner.Set(tone, tone.Icon(), text)
	setVisible(p.top.banner, text != "")
	setVisible(p.top.silent, m.Silent())
	p.top.phases.Set(m.Phases())
	waiting := m.Run().State == training.StateDraft || m.Run().State == training.StateQueued
	setVisible(p.top.phaseBox, !failed && !waiting)
	setVisible(p.loss.box, len(m.Points()) > 0 || !failed && !waiting)
	setVisible(p.log.box, !failed && !waiting)
	p.side.box.Show()
	p.setWarnings()
	p.failed.refresh()
	p.report.refresh()
	p.log.refresh()
	p.side.refresh()
	p.loss.refresh()
	word, _ := m.StateWord()
	if heading := m.Title() + word + m.Busy(); heading != p.drawn.heading {
		p.drawn.heading = heading
		p.frame.Changed(p)
	}
	if shape := p.shape(text); shape != p.drawn.shape {
		p.drawn.shape = shape
		p.root.Refresh()
	}
}

func (p *runPage) setWarnings() {
	all := p.model.Warnings()
	setVisible(p.top.warnings, len(all) > 0)
	if len(all) == len(p.top.warnings.Objects) {
		return
	}
	p.top.warnings.Objects = nil
	for _, w := range all {
		p.top.warnings.Objects = append(p.top.warnings.Objects, widgets.NewNote(widgets.Caution, icons.Warning, capital(w)))
	}
}

func setVisible(o fyne.CanvasObject, on bool) {
	if o.Visible() == on {
		return
	}
	if on {
		o.Show()
	} else {
		o.Hide()
	}
}
