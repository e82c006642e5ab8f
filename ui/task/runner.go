package task

import (
	"context"
	"fmt"
	"runtime/debug"
	"time"

	"fyne.io/fyne/v2"
)

// Runner says where work runs and how its end comes back to the window. There
// are two: Live and Inline.
type Runner interface {
	start(work func())
	post(f func())
	after(d time.Duration, f func()) (cancel func())
	follow(f *follower)
}

// Live runs work on goroutines and comes back through fyne.Do.
var Live Runner = live{}

// current is what widgets use for their own small timers (tooltips, "Copied"),
// which are made far from where a Runner is at hand.
var current = Live

// Current is the Runner of widgets' own timers: Live, unless a test set
// another. Touch it on the UI goroutine only.
func Current() Runner { return current }

// SetCurrent sets it and returns a function that puts the old one back.
func SetCurrent(r Runner) (restore func()) {
	old := current
	current = r
	return func() { current = old }
}

type live struct{}

func (live) start(work func()) { go work() }

func (live) post(f func()) { fyne.Do(f) }

func (live) after(d time.Duration, f func()) func() {
	// stopped is only touched on the UI goroutine: a timer that fired but whose
	// function has not run yet is still stopped by cancel.
	stopped := false
	t := time.AfterFunc(d, func() {
		fyne.Do(func() {
			if !stopped {
				f()
			}
		})
	})
	return func() { stopped = true; t.Stop() }
}

func (live) follow(f *follower) { go f.loop() }

// Panic is the error Run gives done when work panicked: the window stays open
// and shows it as a card instead of ending with a run or a draft in hand.
type Panic struct {
	Value any
	Stack []byte
}

func (p *Panic) Error() string { return fmt.Sprintf("internal error: %v", p.Value) }

// Advice is the next step in plain words.
func (p *Panic) Advice() string {
	return "Copy the diagnostics and report them. Nothing else was touched; the window can stay open."
}

// Code groups it with the errors that are nobody's mistake but ours.
func (p *Panic) Code() string { return "failed" }

// Run does work off the UI goroutine and calls done with its result on it,
// exactly once, also after cancel (work then usually returns the context's
// error). done may be nil. Call Run on the UI goroutine.
func Run[T any](r Runner, work func(ctx context.Context) (T, error), done func(T, error)) (cancel func()) {
	ctx, stop := context.WithCancel(context.Background())
	r.start(func() {
		value, err := guarded(ctx, work)
		r.post(func() {
			stop()
			if done != nil {
				done(value, err)
			}
		})
	})
	return stop
}

func guarded[T any](ctx context.Context, work func(context.Context) (T, error)) (value T, err error) {
	defer func() {
		if v := recover(); v != nil {
			err = &Panic{Value: v, Stack: debug.Stack()}
		}
	}()
	return work(ctx)
}

// Do is Run for work without a value.
func Do(r Runner, work func(ctx context.Context) error, done func(error)) (cancel func()) {
	return Run(r, func(ctx context.Context) (struct{}, error) { return struct{}{}, work(ctx) }, func(_ struct{}, err error) {
		if done != nil {
			done(err)
		}
	})
}

// After calls f on the UI goroutine once d has passed, unless cancelled before
// on the UI goroutine.
func After(r Runner, d time.Duration, f func()) (cancel func()) { return r.after(d, f) }

// Progress returns a function that work may call as often as it likes, from any
// goroutine, to report (done, total); show gets the newest report on the UI
// goroutine, at most ten times a second, so that a tight loop cannot flood the
// window.
func Progress(r Runner, show func(done, total int64)) func(done, total int64) {
	p := &progress{runner: r, show: show}
	return p.report
}
