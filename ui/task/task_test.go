package task

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"
)

// loopRunner is live without Fyne: posts are run by the test's goroutine, as
// the window's loop would.
type loopRunner struct {
	live
	posts chan func()
}

func (l loopRunner) post(f func())      { l.posts <- f }
func (l loopRunner) follow(f *follower) { go f.loop() }

func newLoop() loopRunner { return loopRunner{posts: make(chan func(), 100)} }

func (l loopRunner) until(t *testing.T, what string, cond func() bool) {
	t.Helper()
	deadline := time.After(10 * time.Second)
	for !cond() {
		select {
		case f := <-l.posts:
			f()
		case <-deadline:
			t.Fatalf("never happened: %s", what)
		}
	}
}

func TestRunGivesTheResultBack(t *testing.T) {
	l := newLoop()
	var got int
	calls := 0
	Run(l, func(context.Context) (int, error) { return 7, nil }, func(v int, err error) { got = v; calls++ })
	l.until(t, "done", func() bool { return calls == 1 })
	if got != 7 {
		t.Errorf("got %d, want 7", got)
	}
}

func TestRunTellsACancelledWork(t *testing.T) {
	l := newLoop()
	started := make(chan struct{})
	var end error
	ended := false
	cancel := Do(l, func(ctx context.Context) error { close(started); <-ctx.Done(); return ctx.Err() }, func(err error) { end = err; ended = true })
	<-started
	cancel()
	l.until(t, "done after cancel", func() bool { return ended })
	if !errors.Is(end, context.Canceled) {
		t.Errorf("done got %v, want context.Canceled", end)
	}
}

func TestAPanicBecomesAnError(t *testing.T) {
	l := newLoop()
	var end error
	Do(l, func(context.Context) error { panic("boom") }, func(err error) { end = err })
	l.until(t, "done after panic", func() bool { return end != nil })
	var p *Panic
	if !errors.As(end, &p) || p.Advice() == "" || len(p.Stack) == 0 {
		t.Errorf("got %#v, want a *Panic with advice and stack", end)
	}
}

func TestFollowReadsAgainWhenChanged(t *testing.T) {
	l := newLoop()
	var mu sync.Mutex
	state, watching := 1, 0
	changed := make(chan struct{}, 1)
	shown := []int{}
	stop := Follow(l, Source{Watch: func() (<-chan struct{}, func()) {
		mu.Lock()
		watching++
		mu.Unlock()
		return changed, func() { mu.Lock(); watching--; mu.Unlock() }
	}}, func(context.Context) (int, error) { mu.Lock(); defer mu.Unlock(); return state, nil },
		func(v int, _ error) { shown = append(shown, v) })
	l.until(t, "first showing", func() bool { return len(shown) == 1 })
	first := time.Now()
	for i := 2; i <= 50; i++ { // a flood of changes makes one showing, of the newest state
		mu.Lock()
		state = i
		mu.Unlock()
		select {
		case changed <- struct{}{}:
		default:
		}
	}
	l.until(t, "second showing", func() bool { return len(shown) == 2 })
	if shown[1] != 50 {
		t.Errorf("second showing is state %d, want the newest, 50", shown[1])
	}
	if gap := time.Since(first); gap < Gap {
		t.Errorf("second showing after %v, want at least %v", gap, Gap)
	}
	stop()
	changed <- struct{}{}
	deadline := time.Now().Add(10 * time.Second)
	for {
		mu.Lock()
		n := watching
		mu.Unlock()
		if n == 0 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("the watch is never given back after stop")
		}
		select {
		case f := <-l.posts:
			f()
		case <-time.After(time.Millisecond):
		}
	}
	if len(shown) != 2 {
		t.Errorf("shown again after stop: %v", shown)
	}
}

func TestFollowEvery(t *testing.T) {
	l := newLoop()
	n := 0
	stop := Follow(l, Source{Every: time.Millisecond}, func(context.Context) (int, error) { return 0, nil }, func(int, error) { n++ })
	defer stop()
	l.until(t, "three showings without a change", func() bool { return n == 3 })
}

func TestProgressIsThinned(t *testing.T) {
	l := newLoop()
	var last int64
	shows := 0
	report := Progress(l, func(done, total int64) { last = done; shows++ })
	start := time.Now()
	for i := int64(0); i <= 100_000; i++ {
		report(i, 100_000)
	}
	spent := time.Since(start)
	// The last report may find a showing under way; that one then tells it.
	l.until(t, "the last report is shown", func() bool { return last == 100_000 })
	if most := int(spent/Gap) + 3; shows > most {
		t.Errorf("%d showings in %v, want at most %d", shows, spent, most)
	}
}

func TestInlineTimersFireInOrder(t *testing.T) {
	in := NewInline()
	var got []string
	After(in, 2*time.Second, func() { got = append(got, "b") })
	After(in, time.Second, func() { got = append(got, "a") })
	cancel := After(in, time.Second, func() { got = append(got, "never") })
	cancel()
	in.Advance(1500 * time.Millisecond)
	if len(got) != 1 {
		t.Fatalf("after 1.5 s: %v", got)
	}
	in.Advance(time.Second)
	if len(got) != 2 || got[0] != "a" || got[1] != "b" {
		t.Errorf("got %v, want a b", got)
	}
}

func TestInlineHold(t *testing.T) {
	in := NewInline()
	in.Hold = true
	done := false
	Do(in, func(context.Context) error { return nil }, func(error) { done = true })
	if done || in.Held() != 1 {
		t.Fatal("held work ran")
	}
	in.Release()
	if !done {
		t.Error("released work did not end")
	}
}
