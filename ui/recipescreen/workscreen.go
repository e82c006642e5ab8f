package recipescreen

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync/atomic"
	"time"

	"fyne.io/fyne/v2"

	"github.com/modelfactory/modelfactory/training"
	"github.com/modelfactory/modelfactory/training/local"
	"github.com/modelfactory/modelfactory/training/protocol"
	"github.com/modelfactory/modelfactory/ui/task"
	"github.com/modelfactory/modelfactory/ui/widgets"
)

// taskCard shows a long work of the page: a download, an installation, an
// import.
type taskCard struct {
	box    *fyne.Container
	row    *widgets.ProgressRow
	cancel *func()
}

func newTaskCard(p *page) taskCard {
	var cancel func()
	t := taskCard{cancel: &cancel}
	t.row = widgets.NewProgressRow(func() {
		if cancel != nil {
			cancel()
		}
	})
	t.box = widgets.NewCard(0, t.row)
	t.box.Hide()
	return t
}

// oneTask says why a button that begins another one is off.
const oneTask = "It can begin when the task under way has ended."

// long does a work with progress and reads everything again at its end. kept
// says, under an error, what is not lost.
func (p *page) long(title, kept string, work func(ctx context.Context, progress Progress) error, then func()) {
	if p.task.box.Visible() {
		return
	}
	p.setProblem(nil, "")
	*p.task.cancel = nil
	card := newTaskCard(p)
	p.task.row, p.task.cancel = card.row, card.cancel
	p.task.box.Objects = card.box.Objects
	p.task.box.Show()
	p.task.row.Set(title, -1, "")
	p.refresh()
	begin := p.model.Now()
	var phase atomic.Pointer[string] // written where the work runs
	phase.Store(&title)
	show := task.Progress(p.runner, func(done, total int64) {
		share := -1.0
		detail := ""
		if total > 0 {
			share = float64(done) / float64(total)
			detail = fmt.Sprintf("%s of %s", widgets.Bytes(done), widgets.Bytes(total))
			if spent := p.model.Now().Sub(begin); spent > 3*time.Second && done > 0 && done < total {
				left := time.Duration(float64(spent) * float64(total-done) / float64(done))
				detail += " · " + widgets.About(left) + " left"
			}
		}
		p.task.row.Set(*phase.Load(), share, detail)
	})
	*p.task.cancel = task.Do(p.runner, func(ctx context.Context) error {
		return work(ctx, func(words string, done, total int64) { phase.Store(&words); show(done, total) })
	}, func(err error) {
		p.task.box.Hide()
		p.measuring = false
		if err != nil {
			if !errors.Is(err, context.Canceled) { // the person ended it
				p.setProblem(err, kept)
			}
			p.refresh()
			return
		}
		if then != nil {
			then()
		}
		p.reload()
	})
}

// reload reads bases, nets and device again.
func (p *page) reload() {
	task.Run(p.runner, func(ctx context.Context) (l loaded, err error) {
		if l.bases, err = p.svc.Bases(ctx); err != nil {
			return l, err
		}
		if l.runs, err = p.svc.Runs(ctx); err != nil {
			return l, err
		}
		l.nets, err = p.svc.Nets(ctx)
		return l, err
	}, func(l loaded, err error) {
		if err != nil {
			p.setProblem(err, "Your draft is kept.")
			p.refresh()
			return
		}
		p.model.ApplyBases(l.bases, l.runs)
		p.model.ApplyNets(l.nets)
		task.Run(p.runner, func(ctx context.Context) (local.Report, error) { return p.svc.Doctor(ctx), nil }, func(r local.Report, _ error) {
			p.model.ApplyReport(r)
			p.changed()
		})
	})
}

func (p *page) installTrainer() {
	p.long("Installing the trainer", keptFetched, p.svc.InstallTrainer, nil)
}

func (p *page) fetchBase() {
	b, ok := p.model.Base()
	if !ok || b.Installed {
		return
	}
	p.addBase(NewBase{Repo: b.Repo, Name: b.Name, Licence: b.Licence})
}

// keptFetched stands under the error of a download that was cut.
const keptFetched = "What was fetched is kept."

// measure takes a few steps and shows what they needed.
func (p *page) measure() {
	if p.task.box.Visible() {
		return
	}
	p.measuring = true
	r := p.model.Recipe()
	var need training.Need
	p.long("Measuring a few steps", "Nothing was changed; the run can be started all the same.", func(ctx context.Context, progress Progress) (err error) {
		need, err = p.svc.Measure(ctx, r, progress)
		return err
	}, func() { p.model.ApplyNeed(need) })
}

func (p *page) addBase(b NewBase) {
	name := or(b.Name, or(b.Repo, filepath.Base(b.Path)))
	var made training.Base
	p.long("Adding "+name, keptFetched, func(ctx context.Context, progress Progress) (err error) {
		made, err = p.svc.AddBase(ctx, b, func(phase string, done, total int64) {
			words := "Adding "
			if phase == protocol.PhaseDownloading {
				words = "Downloading "
			}
			progress(words+name, done, total)
		})
		return err
	}, func() { p.model.Choose(made.Name) })
}
