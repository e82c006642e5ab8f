package recipescreen

import (
	"context"
	"strings"
	"time"

	"fyne.io/fyne/v2"

	"github.com/modelfactory/modelfactory/assets/icons"
	"github.com/modelfactory/modelfactory/datasets"
	"github.com/modelfactory/modelfactory/training"
	"github.com/modelfactory/modelfactory/training/local"
	"github.com/modelfactory/modelfactory/training/protocol"
	"github.com/modelfactory/modelfactory/ui/nav"
	"github.com/modelfactory/modelfactory/ui/notice"
	"github.com/modelfactory/modelfactory/ui/task"
	"github.com/modelfactory/modelfactory/ui/theme"
	"github.com/modelfactory/modelfactory/ui/widgets"
)

// Options are what the composition gives the screen besides the services.
type Options struct {
	Runner task.Runner
	Now    func() time.Time
	// GetLicence opens the review of the purchase of a licence and calls done
	// when it is over, bought or not. nil leads to the page of the DataNet.
	GetLicence func(f nav.Frame, net datasets.Slug, done func())
}

// Screen is the new run, for the frame.
func Screen(svc Services, opt Options) nav.Screen {
	return nav.Screen{Page: nav.PageNewRun, Section: nav.PageRuns, New: func(f nav.Frame) nav.Page { return newPage(f, svc, opt) }}
}

// Pauses before work that follows typing.
const (
	saveAfter  = 400 * time.Millisecond
	countAfter = 600 * time.Millisecond
)

// page is the new run. It copies the model into widgets and forwards what the
// person does.
type page struct {
	frame  nav.Frame
	svc    Services
	opt    Options
	runner task.Runner
	model  *Model

	root    *fyne.Container
	stepper *widgets.Stepper
	problem *fyne.Container
	waiting *widgets.Text
	body    *fyne.Container
	foot    footer
	base    *baseStep
	data    *dataStep
	check   *checkStep
	task    taskCard

	stops   []func() // followers
	arg     string   // of the draft in the model; "-" when it holds none
	later   laterWork
	loading bool

	measuring bool // a few steps are taken; the task's Cancel and the start of a run end it
}

// footer is the row that stays at the foot of the page.
type footer struct {
	back   *widgets.Button
	saved  *widgets.Text
	why    *widgets.Text
	cancel *widgets.Link
	queue  *widgets.Button
	next   *widgets.Button
}

// laterWork are timers, so that typing does not start work at each key.
type laterWork struct{ save, count func() }

var (
	_ nav.Page    = (*page)(nil)
	_ nav.Presser = (*page)(nil)
	_ nav.Dropper = (*page)(nil)
)

func newPage(f nav.Frame, svc Services, opt Options) *page {
	p := &page{frame: f, svc: svc, opt: opt, runner: opt.Runner, model: NewModel(opt.Now), arg: "-"}
	p.stepper = widgets.NewStepper(Steps, func(i int) { p.goTo(Step(i)) })
	p.problem = widgets.VBox(0)
	p.problem.Hide()
	p.base, p.data, p.check = newBaseStep(p), newDataStep(p), newCheckStep(p)
	p.task = newTaskCard(p)
	p.waiting = widgets.NewText("Reading bases and DataNets.", widgets.Label)
	p.body = widgets.Layers(p.base.box, p.data.box, p.check.box)
	p.foot = footer{
		back: widgets.NewButton("Back", func() { p.goTo(p.model.Draft.Step - 1) }).Icon(icons.ChevronLeft), saved: widgets.NewText("", widgets.Caption),
		why: widgets.NewText("", widgets.Label), cancel: widgets.NewLink("Cancel", p.cancel),
		queue: widgets.NewButton("Add to queue", func() { p.start(true) }), next: widgets.NewButton("Next: data", p.next).Primary(),
	}
	content := widgets.VBox(theme.CardGap, p.problem, p.task.box, p.waiting, widgets.Grow(p.body))
	p.root = widgets.NewPageWithFooter(content, p.foot.back, p.foot.saved, widgets.Spacer(), p.foot.why, p.foot.cancel, p.foot.queue, p.foot.next)
	return p
}

// Object implements nav.Page.
func (p *page) Object() fyne.CanvasObject { return p.root }

// Heading implements nav.Page: the stepper stands where the buttons do.
func (p *page) Heading() nav.Heading {
	return nav.Heading{
		Path: []nav.Crumb{{Text: "Runs", Route: nav.Route{Page: nav.PageRuns}}}, Title: "New run",
		Actions: []fyne.CanvasObject{p.stepper},
	}
}

// loaded is what Shown reads before anything is drawn.
type loaded struct {
	bases []training.Base
	runs  []training.Run
	nets  []Net
	needs training.Needs
	draft string
	from  *training.Run
}

// Shown implements nav.Page. arg: "" (the saved draft), "net=…", "run=…",
// "file=…", "draft=…".
func (p *page) Shown(arg string) {
	p.Hidden()
	p.setProblem(nil, "")
	key, value, _ := strings.Cut(arg, "=")
	// Back from a review, or from another page: the draft in hand goes on, for
	// reading the route again would throw its changes away.
	if arg == p.arg {
		key = "hand"
	}
	p.arg = arg
	p.loading = true
	p.refresh()
	task.Run(p.runner, func(ctx context.Context) (l loaded, err error) {
		if l.bases, err = p.svc.Bases(ctx); err != nil {
			return l, err
		}
		if l.runs, err = p.svc.Runs(ctx); err != nil {
			return l, err
		}
		if l.nets, err = p.svc.Nets(ctx); err != nil {
			return l, err
		}
		if l.needs, err = p.svc.Needs(ctx); err != nil {
			return l, err
		}
		if key == "run" {
			run, err := p.svc.Get(ctx, training.RunID(value))
			if err != nil {
				return l, err
			}
			l.from = &run
		}
		l.draft, err = p.svc.LoadDraft(ctx, draftKey)
		return l, err
	}, func(l loaded, err error) {
		p.loading = false
		if err != nil {
			p.setProblem(err, "Your draft is kept.")
			p.refresh()
			return
		}
		p.take(l, key, value)
	})
	p.stops = append(p.stops, task.Follow(p.runner, task.Source{Every: 5 * time.Second},
		func(ctx context.Context) (local.Report, error) { return p.svc.Doctor(ctx), nil }, func(r local.Report, err error) {
			if err == nil {
				p.model.ApplyReport(r)
				p.refresh()
				p.work()
			}
		}))
}

// take applies what was read: a saved draft goes on, unless the route names
// what the run is to begin with.
func (p *page) take(l loaded, key, value string) {
	m := p.model
	switch {
	case key == "hand":
	case l.from != nil:
		m.FromRun(*l.from)
	case key == "net" || key == "file":
		m.Clear()
	default:
		if !m.Restore(l.draft) {
			m.Clear()
		}
	}
	m.ApplyBases(l.bases, l.runs)
	m.ApplyNeeds(l.needs)
	m.ApplyNets(l.nets)
	m.ApplyAccount(p.svc.AccountText(), p.svc.AccountName(), p.svc.CoinName())
	switch key {
	case "net":
		m.AddNet(datasets.Slug(value))
		if m.BaseReady() {
			m.Go(StepData)
		}
	case "file":
		if m.BaseReady() {
			m.Go(StepData)
		}
		p.importFile(value)
	}
	if key == "net" || key == "run" || key == "file" {
		p.offerOld(l)
	}
	p.base.reset()
	p.check.reset()
	p.changed()
}

// offerOld says that a draft was put aside for a new one, and brings it back.
func (p *page) offerOld(l loaded) {
	old := NewModel(p.opt.Now)
	if !old.Restore(l.draft) || len(old.Draft.Mix) == 0 {
		return
	}
	p.frame.ToastUndo("A new draft was begun in place of "+or(old.Draft.Name, "the old one"), func() {
		p.model.Clear()
		l.from = nil
		p.take(l, "", "")
	})
}

// Hidden implements nav.Page.
func (p *page) Hidden() {
	for _, stop := range p.stops {
		stop()
	}
	p.stops = nil
	if p.later.save != nil { // what was changed a moment ago is kept
		p.later.save()
		p.later.save = nil
		p.save()
	}
	if p.later.count != nil {
		p.later.count()
		p.later.count = nil
	}
}

// Press implements nav.Presser.
func (p *page) Press(id nav.KeyID) bool {
	switch id {
	case nav.KeyEnter:
		if p.model.Draft.Step != StepCheck {
			p.next()
		}
	case nav.KeyStart:
		if p.model.Draft.Step == StepCheck {
			p.next()
		}
	case nav.KeyLeft, nav.KeyRight:
		if p.model.Draft.Step != StepData {
			return false
		}
		if id == nav.KeyLeft {
			p.data.walk(-1)
		} else {
			p.data.walk(1)
		}
	case nav.KeyFind:
		if p.model.Draft.Step != StepBase {
			return false
		}
		p.frame.Focus(p.base.search)
	case nav.KeyAgain:
		p.again()
	default:
		return false
	}
	return true
}

// Dropped implements nav.Dropper: a file becomes a source.
func (p *page) Dropped(paths []string) bool {
	if len(paths) == 0 {
		return false
	}
	p.importFile(paths[0])
	return true
}

// changed is called after each change of the draft: it saves, counts and draws.
func (p *page) changed() {
	if p.later.save != nil {
		p.later.save()
	}
	p.later.save = task.After(p.runner, saveAfter, func() { p.later.save = nil; p.save() })
	p.refresh()
	p.work()
}

func (p *page) save() {
	body := p.model.Body()
	task.Do(p.runner, func(ctx context.Context) error { return p.svc.SaveDraft(ctx, draftKey, body) }, func(err error) {
		if err != nil {
			p.setProblem(err, "The draft is still in this window.")
		} else {
			p.model.Saved = p.model.Now()
		}
		p.refresh()
	})
}

// work starts what the draft waits for: counting, after a pause, and the row
// that is shown.
func (p *page) work() {
	if p.model.Draft.Step == StepBase {
		return
	}
	if p.model.WantsCheck() {
		if p.later.count != nil {
			p.later.count()
		}
		p.later.count = task.After(p.runner, countAfter, func() { p.later.count = nil; p.count() })
	}
	if r, offset, of, ok := p.model.WantsPreview(); ok {
		task.Run(p.runner, func(ctx context.Context) ([]protocol.PreviewRow, error) {
			return p.svc.PreviewData(ctx, r, previewRows, offset)
		},
			func(rows []protocol.PreviewRow, err error) {
				p.model.ApplyPreview(of, offset, rows, err)
				p.refresh()
				p.work() // the person may have walked on meanwhile
			})
	}
}

func (p *page) count() {
	if !p.model.WantsCheck() {
		return
	}
	of, r := p.model.Checking()
	begin := p.model.Now()
	p.refresh()
	task.Run(p.runner, func(ctx context.Context) (protocol.CheckResult, error) { return p.svc.CheckData(ctx, r) },
		func(result protocol.CheckResult, err error) {
			p.model.ApplyCheck(of, result, p.model.Now().Sub(begin), err)
			p.refresh()
			p.work()
		})
}

// again reads standing, device and data anew.
func (p *page) again() {
	p.model.Recheck()
	p.setProblem(nil, "")
	p.refresh()
	task.Run(p.runner, p.svc.Nets, func(nets []Net, err error) {
		if err != nil {
			p.setProblem(err, "Your draft is kept.")
		} else {
			p.model.ApplyNets(nets)
			p.model.ApplyAccount(p.svc.AccountText(), p.svc.AccountName(), p.svc.CoinName())
		}
		p.changed()
	})
}

func (p *page) goTo(s Step) {
	if p.model.Go(s) {
		p.changed()
		if p.model.Draft.Step == StepCheck {
			p.again()
		}
	}
	p.refresh()
}

// next is the main button of the step.
func (p *page) next() {
	if _, ok, _ := p.model.Next(); !ok {
		return
	}
	if p.model.Draft.Step != StepCheck {
		p.goTo(p.model.Draft.Step + 1)
		return
	}
	p.start(p.model.Running())
}

func (p *page) setProblem(err error, kept string) {
	p.problem.Objects = nil
	if err != nil {
		p.problem.Objects = []fyne.CanvasObject{widgets.NewErrorCard(notice.Explain(err, kept),
			widgets.NewButton("Close", func() { p.setProblem(nil, ""); p.refresh() }).Small())}
	}
	setVisible(p.problem, err != nil)
}

// refresh copies the model into the widgets of the step in front.
func (p *page) refresh() {
	m := p.model
	step := m.Draft.Step
	// Before the first reading there is nothing true to show.
	setVisible(p.body, m.known.bases)
	setVisible(p.waiting, !m.known.bases && p.loading)
	setVisible(p.base.box, step == StepBase)
	setVisible(p.data.box, step == StepData)
	setVisible(p.check.box, step == StepCheck)
	switch step {
	case StepBase:
		p.base.refresh()
	case StepData:
		p.data.refresh()
	case StepCheck:
		p.check.refresh()
	}
	if p.stepper.Current() != int(step) {
		p.stepper.SetCurrent(int(step))
	}
	p.refreshFooter()
	p.root.Refresh()
}

func (p *page) refreshFooter() {
	m := p.model
	text, ok, why := m.Next()
	f := p.foot
	f.next.SetText(text)
	f.next.SetEnabled(ok && !p.loading, why)
	f.next.SetIcon("")
	if m.Draft.Step == StepCheck {
		f.next.SetIcon(icons.Play)
		f.next.Key(nav.Hint(nav.KeyStart))
	} else {
		f.next.Key(nav.Hint(nav.KeyEnter))
	}
	style := widgets.Label
	if m.Draft.Step == StepCheck && !ok {
		style = style.In(theme.Bad)
	}
	if p.loading {
		why = "reading"
	}
	f.why.Set(why, style)
	setVisible(f.why, why != "")
	setVisible(f.back, m.Draft.Step > StepBase)
	setVisible(f.cancel, m.Draft.Step < StepCheck)
	// While a run is on the main button queues; without one the queue is a choice.
	setVisible(f.queue, m.Draft.Step == StepCheck && !m.Running())
	f.queue.SetEnabled(ok, why)
	saved := ""
	if !m.Saved.IsZero() {
		saved = "Draft saved " + m.Saved.Format("15:04")
	}
	f.saved.SetText(saved)
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

// fix does what the button of a check offers.
func (p *page) fix(c Check) {
	switch c.Fix {
	case FixLicence:
		if p.opt.GetLicence != nil {
			p.opt.GetLicence(p.frame, c.Net, p.again)
		} else {
			p.frame.Go(nav.Route{Page: nav.PageDataNet, Arg: string(c.Net)})
		}
	case FixBase:
		p.fetchBase()
	case FixTrainer:
		p.installTrainer()
	case FixData:
		p.goTo(StepData)
	case FixAgain:
		p.again()
	case FixMeasure:
		p.measure()
	}
}
