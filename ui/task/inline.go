package task

import (
	"slices"
	"time"
)

// Inline is the Runner of tests: Run works and finishes before it returns,
// Follow shows one reading at once and another at each Tick, timers fire in
// Advance. Everything happens on the calling goroutine.
type Inline struct {
	// Hold, while true, keeps the ends of Run back until Release, so that a
	// test can look at the busy state.
	Hold bool

	held      []func()
	followers []*follower
	timers    []*timer
	now       time.Duration
}

type timer struct {
	at   time.Duration
	f    func()
	dead bool
}

// NewInline makes a Runner for one test.
func NewInline() *Inline { return &Inline{} }

func (i *Inline) start(work func()) {
	if i.Hold {
		i.held = append(i.held, work)
		return
	}
	work()
}

func (i *Inline) post(f func()) { f() }

func (i *Inline) after(d time.Duration, f func()) func() {
	t := &timer{at: i.now + d, f: f}
	i.timers = append(i.timers, t)
	return func() { t.dead = true }
}

func (i *Inline) follow(f *follower) {
	i.followers = append(i.followers, f)
	f.once()()
}

// Release does the work that Hold kept back, in order.
func (i *Inline) Release() {
	i.Hold = false
	work := i.held
	i.held = nil
	for _, f := range work {
		f()
	}
}

// Held reports how many pieces of work wait for Release.
func (i *Inline) Held() int { return len(i.held) }

// Tick lets every follower that was not stopped read and show once.
func (i *Inline) Tick() {
	i.followers = slices.DeleteFunc(i.followers, func(f *follower) bool { return f.ctx.Err() != nil })
	for _, f := range slices.Clone(i.followers) {
		if f.ctx.Err() == nil {
			f.once()()
		}
	}
}

// Following reports how many followers are not stopped: 0 after a page is
// hidden, or it leaks.
func (i *Inline) Following() int {
	n := 0
	for _, f := range i.followers {
		if f.ctx.Err() == nil {
			n++
		}
	}
	return n
}

// Advance moves the clock and fires the timers that are due, in order.
func (i *Inline) Advance(d time.Duration) {
	end := i.now + d
	for {
		var next *timer
		for _, t := range i.timers {
			if !t.dead && t.at <= end && (next == nil || t.at < next.at) {
				next = t
			}
		}
		if next == nil {
			break
		}
		next.dead = true
		i.now = next.at
		next.f()
	}
	i.timers = slices.DeleteFunc(i.timers, func(t *timer) bool { return t.dead })
	i.now = end
}
