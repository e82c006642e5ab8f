package homescreen

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"fyne.io/fyne/v2"

	"github.com/modelfactory/modelfactory/assets/icons"
	"github.com/modelfactory/modelfactory/training"
	"github.com/modelfactory/modelfactory/training/local"
	"github.com/modelfactory/modelfactory/ui/nav"
	"github.com/modelfactory/modelfactory/ui/notice"
	"github.com/modelfactory/modelfactory/ui/task"
	"github.com/modelfactory/modelfactory/ui/widgets"
)

// Screen is the home page for the frame. runner is task.Live in the program;
// now is the clock whose zone times are shown in.
func Screen(svc Services, runner task.Runner, now func() time.Time) nav.Screen {
	return nav.Screen{Page: nav.PageHome, New: func(f nav.Frame) nav.Page { return newPage(f, svc, runner, now) }}
}

// page is home. It copies the model into widgets and forwards what the person
// asks for.
type page struct {
	frame  nav.Frame
	svc    Services
	runner task.Runner
	model  *Model
	front  bool
	stops  []func()
	cancel func() // of the installation

	root    *fyne.Container
	problem *fyne.Container
	first   *firstRun
	daily   *daily
	wasHead string
}

var (
	_ nav.Page    = (*page)(nil)
	_ nav.Presser = (*page)(nil)
)

func newPage(f nav.Frame, svc Services, runner task.Runner, now func() time.Time) *page {
	p := &page{frame: f, svc: svc, runner: runner, model: NewModel(now)}
	p.model.PutOff = readPutOff(fyne.CurrentApp().Preferences())
	p.first = newFirstRun(p)
	p.daily = newDaily(p)
	p.problem = widgets.Pad(16, 24, 0, 24, widgets.VBox(0))
	p.problem.Hide()
	p.root = widgets.VBox(0, p.problem, widgets.Grow(widgets.Layers(p.first.root, p.daily.root)))
	p.root.Hide()
	return p
}

// Object implements nav.Page.
func (p *page) Object() fyne.CanvasObject { return p.root }

// Heading implements nav.Page.
func (p *page) Heading() nav.Heading {
	h := nav.Heading{Title: "Home"}
	if p.model.Ready() && !p.model.FirstRun() {
		h.Actions = []fyne.CanvasObject{
			widgets.NewButton("Import file…", p.importFile).Icon(icons.Download).Key(nav.Hint(nav.KeyImport)),
			widgets.NewButton("New run", p.newRun).Primary().Icon(icons.Plus).Key(nav.Hint(nav.KeyNewRun)),
		}
	}
	return h
}

// Shown implements nav.Page: it follows runs, and looks at the slow rest now
// and then.
func (p *page) Shown(string) {
	p.Hidden()
	p.front = true
	read := Reader(p.svc, p.model.Now)
	p.stops = append(p.stops,
		task.Follow(p.runner, task.Source{Watch: p.svc.WatchAll, Every: 2 * time.Second}, read, p.show),
		task.Follow(p.runner, task.Source{Every: 30 * time.Second}, func(ctx context.Context) (Shelf, error) { return ReadShelf(ctx, p.svc) }, func(s Shelf, err error) {
			if err == nil {
				p.model.ApplyShelf(s)
			}
			p.refresh()
		}))
	p.look()
}

// Hidden implements nav.Page.
func (p *page) Hidden() {
	p.front = false
	for _, stop := range p.stops {
		stop()
	}
	p.stops = nil
}

// look finds out what this computer has.
func (p *page) look() {
	task.Run(p.runner, func(ctx context.Context) (local.Report, error) { return p.svc.Doctor(ctx), nil }, func(r local.Report, err error) {
		if err == nil {
			p.model.ApplyReport(r)
		}
		p.refresh()
	})
}

// Press implements nav.Presser.
func (p *page) Press(id nav.KeyID) bool {
	switch id {
	case nav.KeyEnter:
		if p.model.FirstRun() {
			p.train()
			return true
		}
	case nav.KeyPause:
		if j, on := p.model.Job(); on && j.CanPause {
			p.pause(j.ID)
		}
		return true
	case nav.KeyAgain:
		p.look()
		return true
	case nav.KeyImport:
		p.importFile()
		return true
	}
	return false
}

func (p *page) show(s State, err error) {
	if err != nil {
		p.setProblem(err, "Nothing was changed.")
		p.root.Show()
		p.refresh()
		return
	}
	p.model.Apply(s)
	p.root.Show()
	p.refresh()
}

// setProblem shows an error card over the page, or takes it away.
func (p *page) setProblem(err error, kept string) {
	box := p.problem.Objects[0].(*fyne.Container)
	box.Objects = nil
	if err != nil {
		box.Objects = []fyne.CanvasObject{widgets.NewErrorCard(notice.Explain(err, kept),
			widgets.NewButton("Close", func() { p.setProblem(nil, "") }).Small())}
	}
	setVisible(p.problem, err != nil)
	box.Refresh()
	p.root.Refresh()
}

// refresh copies the model into the widgets.
func (p *page) refresh() {
	m := p.model
	first := m.FirstRun()
	setVisible(p.first.root, m.Ready() && first)
	setVisible(p.daily.root, m.Ready() && !first)
	if !m.Ready() {
		p.root.Refresh()
		return
	}
	if first {
		p.first.refresh()
	} else {
		p.daily.refresh()
	}
	head := "daily"
	if first {
		head = "first"
	}
	if head != p.wasHead {
		p.wasHead = head
		p.frame.Changed(p)
		p.root.Refresh()
	}
}

// train is the one button of the first run: it installs what is missing, starts
// the sample run and leads to it.
func (p *page) train() {
	m := p.model
	agreed := m.Ask() != ""
	if !m.Begin() {
		return
	}
	p.setProblem(nil, "")
	p.first.note("")
	if m.Work() == Starting && !agreed {
		p.refresh()
		p.startSample()
		return
	}
	report := task.Progress(p.runner, func(int64, int64) { p.first.refreshProgress() })
	p.cancel = task.Do(p.runner, func(ctx context.Context) error {
		if agreed { // the button said so
			if err := p.svc.UseProcessor(ctx); err != nil {
				return err
			}
		}
		return p.svc.Install(ctx, local.InstallOptions{}, func(ip local.InstallProgress) {
			m.Meter().Set(ip)
			report(ip.Done, ip.Total)
		})
	}, p.installed)
	p.refresh()
}

// stopInstall ends the installation; what was fetched stays.
func (p *page) stopInstall() {
	if p.cancel != nil {
		p.model.Step(Stopping)
		p.refresh()
		p.cancel()
	}
}

func (p *page) installed(err error) {
	p.cancel = nil
	if p.model.Work() == Stopping && err == nil {
		err = context.Canceled // it was asked to stop, and had just ended
	}
	if err != nil {
		p.model.Step(Idle)
		if errors.Is(err, context.Canceled) {
			p.first.note("Stopped. What was fetched stays: the next try goes on from there.")
		} else {
			p.setProblem(err, "What was fetched stays: the next try goes on from there.")
		}
		p.look()
		return
	}
	p.model.Step(Starting)
	p.refresh()
	p.startSample()
}

func (p *page) startSample() {
	slug := p.model.Chosen
	task.Run(p.runner, func(ctx context.Context) (training.Run, error) { return p.svc.StartSample(ctx, slug) }, func(r training.Run, err error) {
		p.model.Step(Idle)
		switch {
		case err != nil:
			p.setProblem(err, "The trainer is installed; nothing was started.")
		case p.front:
			p.frame.Go(nav.Route{Page: nav.PageRun, Arg: string(r.ID)})
		default: // the person went elsewhere meanwhile, and is left there
			p.frame.Toast(RunTitle(r) + " started")
		}
		p.look()
	})
}

func (p *page) newRun() { p.frame.Go(nav.Route{Page: nav.PageNewRun}) }

// importFile makes own data of a file.
func (p *page) importFile() {
	p.frame.PickFile("Import a file", importable, func(path string) {
		if path != "" {
			p.frame.Go(nav.Route{Page: nav.PageDataNets, Arg: "import=" + path})
		}
	})
}

// ownFile starts a new run with a file.
func (p *page) ownFile() {
	p.frame.PickFile("Train on a file of your own", importable, func(path string) {
		if path != "" {
			p.frame.Go(nav.Route{Page: nav.PageNewRun, Arg: "file=" + path})
		}
	})
}

var importable = []string{".jsonl", ".json", ".csv", ".tsv", ".txt"}

func (p *page) pause(id training.RunID) {
	p.act("The run is as it was.", func(ctx context.Context) error { return p.svc.Pause(ctx, id) })
}

func (p *page) resume(id training.RunID) {
	p.act("The run is as it was.", func(ctx context.Context) error { return p.svc.Resume(ctx, id) })
}

func (p *page) act(kept string, work func(context.Context) error) {
	p.setProblem(nil, "")
	task.Do(p.runner, work, func(err error) {
		if err != nil {
			p.setProblem(err, kept)
		}
	})
}

// open leads to what a line of the page is about.
func (p *page) open(of Subject, arg string) {
	switch of {
	case OfRun:
		p.frame.Go(nav.Route{Page: nav.PageRun, Arg: arg})
	case OfLicence:
		p.frame.Go(nav.Route{Page: nav.PageReview, Arg: "licence=" + arg})
	case OfWallet:
		p.frame.Go(nav.Route{Page: nav.PageWallet})
	case OfHistory:
		p.frame.Go(nav.Route{Page: nav.PageWallet, Arg: "history"})
	case OfModel:
		p.frame.Go(nav.Route{Page: nav.PageModel, Arg: arg})
	}
}

// putOff hides an item for a time, with a way back.
func (p *page) putOff(n Need, until time.Time) {
	p.model.PutOff[n.Key] = until
	p.keepPutOff()
	p.frame.ToastUndo("Put off: "+n.Title, func() {
		delete(p.model.PutOff, n.Key)
		p.keepPutOff()
	})
}

const keyPutOff = "home.putoff"

func (p *page) keepPutOff() {
	kept := map[string]time.Time{}
	for k, t := range p.model.PutOff {
		if t.After(p.model.Now()) { // what is over need not be kept
			kept[k] = t
		}
	}
	p.model.PutOff = kept
	if b, err := json.Marshal(kept); err == nil {
		fyne.CurrentApp().Preferences().SetString(keyPutOff, string(b))
	}
	p.refresh()
}

func readPutOff(store fyne.Preferences) map[string]time.Time {
	kept := map[string]time.Time{}
	if err := json.Unmarshal([]byte(store.String(keyPutOff)), &kept); err != nil {
		return map[string]time.Time{} // nothing kept yet, or not by us: everything is shown
	}
	return kept
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
