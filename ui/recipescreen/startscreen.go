package recipescreen

import (
	"context"

	"github.com/modelfactory/modelfactory/training"
	"github.com/modelfactory/modelfactory/ui/nav"
	"github.com/modelfactory/modelfactory/ui/task"
)

// start makes the run; its page takes this one's place.
func (p *page) start(queue bool) {
	if p.model.start.busy || p.model.Blocked() != "" {
		return
	}
	if p.measuring {
		(*p.task.cancel)()
	}
	spec := p.model.Spec(queue)
	p.model.Starting()
	p.setProblem(nil, "")
	p.refresh()
	task.Run(p.runner, func(ctx context.Context) (training.Run, error) {
		run, err := Launch(ctx, p.svc, spec)
		if err == nil {
			err = p.svc.SaveDraft(ctx, draftKey, "")
		}
		return run, err
	}, func(run training.Run, err error) {
		p.model.Started(err)
		if err != nil {
			p.setProblem(err, "The draft is kept; nothing runs.")
			p.refresh()
			return
		}
		p.model.Clear()
		p.arg = "-"
		p.frame.Replace(nav.Route{Page: nav.PageRun, Arg: string(run.ID)})
	})
}

// cancel leaves; the draft stays and can be thrown away from the toast.
func (p *page) cancel() {
	body := p.model.Body()
	empty := len(p.model.Draft.Mix) == 0 && p.model.Draft.Name == ""
	p.model.Clear()
	p.arg = "-"
	if p.later.save != nil {
		p.later.save()
		p.later.save = nil
	}
	task.Do(p.runner, func(ctx context.Context) error { return p.svc.SaveDraft(ctx, draftKey, "") }, nil)
	p.frame.Go(nav.Route{Page: nav.PageRuns})
	if !empty {
		p.frame.ToastUndo("Draft thrown away", func() {
			task.Do(p.runner, func(ctx context.Context) error { return p.svc.SaveDraft(ctx, draftKey, body) }, func(err error) {
				if err == nil {
					p.frame.Go(nav.Route{Page: nav.PageNewRun})
				}
			})
		})
	}
}
