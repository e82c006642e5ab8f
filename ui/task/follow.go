package task

import (
	"context"
	"sync"
	"time"
)

// Gap is the shortest time between two showings of one state: ten a second. A
// repaint of the whole window costs about 60 ms of a core with software GL.
const Gap = 100 * time.Millisecond

// Watch is how a domain says "changed": a channel of capacity one and a
// function that ends the watching (training.Manager.WatchAll has this shape).
type Watch func() (changed <-chan struct{}, cancel func())

// Source is a state to follow.
type Source struct {
	Watch Watch         // nil: only Every
	Every time.Duration // read again at least this often; 0: only when changed
}

// Follow reads a state at once and again whenever it changed, and shows each
// reading on the UI goroutine. Readings never overlap, are at least Gap apart,
// and the next one waits until the last is shown: a slow window sees fewer
// states, never old ones. read runs off the UI goroutine. After stop, called on
// the UI goroutine, show is not called again.
func Follow[T any](r Runner, src Source, read func(ctx context.Context) (T, error), show func(T, error)) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	f := &follower{ctx: ctx, src: src, runner: r}
	f.once = func() func() {
		value, err := guarded(ctx, read)
		return func() {
			if ctx.Err() == nil {
				show(value, err)
			}
		}
	}
	r.follow(f)
	return cancel
}

type follower struct {
	ctx    context.Context
	src    Source
	runner Runner
	once   func() (show func())
}

func (f *follower) loop() {
	var changed <-chan struct{}
	if f.src.Watch != nil {
		// Watch before the first read, or a change between the two is lost.
		ch, cancel := f.src.Watch()
		defer cancel()
		changed = ch
	}
	for {
		show := f.once()
		shown := make(chan struct{})
		f.runner.post(func() { defer close(shown); show() })
		select {
		case <-shown:
		case <-f.ctx.Done():
			return
		}
		if !f.pause(Gap, nil) {
			return
		}
		if !f.pause(f.src.Every, changed) {
			return
		}
	}
}

// pause waits until d has passed (0: for ever) or changed fires; false means
// stopped.
func (f *follower) pause(d time.Duration, changed <-chan struct{}) bool {
	var late <-chan time.Time
	if d > 0 {
		t := time.NewTimer(d)
		defer t.Stop()
		late = t.C
	}
	select {
	case <-f.ctx.Done():
		return false
	case _, open := <-changed:
		if !open && d == 0 {
			return false
		}
		return true
	case <-late:
		return true
	}
}

type progress struct {
	runner Runner
	show   func(done, total int64)

	mu          sync.Mutex
	done, total int64
	waiting     bool // a showing is on its way
	last        time.Time
}

func (p *progress) report(done, total int64) {
	p.mu.Lock()
	p.done, p.total = done, total
	end := total > 0 && done >= total
	if p.waiting || !end && time.Since(p.last) < Gap {
		p.mu.Unlock()
		return
	}
	p.waiting, p.last = true, time.Now()
	p.mu.Unlock()
	p.runner.post(func() {
		p.mu.Lock()
		p.waiting = false
		done, total := p.done, p.total
		p.mu.Unlock()
		p.show(done, total)
	})
}
