package main

import "sync"

// signal tells any number of watchers "changed", each on a channel of capacity one.
type signal struct {
	mu  sync.Mutex
	all map[chan struct{}]bool
}

func (s *signal) watch() (<-chan struct{}, func()) {
	ch := make(chan struct{}, 1)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.all == nil {
		s.all = map[chan struct{}]bool{}
	}
	s.all[ch] = true
	return ch, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.all, ch)
	}
}

func (s *signal) tell() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for ch := range s.all {
		select {
		case ch <- struct{}{}:
		default: // it has not read the last word yet; one is enough
		}
	}
}

// merge joins two channels that say "changed" into one of capacity one.
func merge(a, b <-chan struct{}, stop func()) (<-chan struct{}, func()) {
	out, done := make(chan struct{}, 1), make(chan struct{})
	go func() {
		for {
			select {
			case <-a:
			case <-b:
			case <-done:
				return
			}
			select {
			case out <- struct{}{}:
			default:
			}
		}
	}()
	var once sync.Once
	return out, func() { once.Do(func() { close(done); stop() }) }
}
