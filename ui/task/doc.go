// Package task is the one bridge between the window's goroutine and work: the
// only place under ui where goroutines start and fyne.Do is called (archtest
// holds that).
//
//   - Run does work elsewhere and hands its result back on the UI goroutine.
//   - Follow shows a state that changes: it re-reads a snapshot when told that
//     something changed, at most ten times a second, and never queues.
//   - After is a timer whose function runs on the UI goroutine.
//
// Each takes a Runner: Live in the program, an Inline in tests, where everything
// happens at once on the calling goroutine and time moves when the test says so.
// The package knows no domain and no widget. Start with runner.go.
package task
