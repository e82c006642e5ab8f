// Package runscreen shows the runs: the list, a run while it learns, and a run
// that failed with its ways on.
//
// model.go, list.go, curves.go, ways.go and diagnostics.go are plain Go: what
// the screens say and what the person may do, read from snapshots of package
// training. The files named …screen.go are widgets; they hold no rule of when
// what is possible. The package knows no other screen: it names routes.
//
// Start with Services in model.go and Screens in screen.go.
package runscreen
