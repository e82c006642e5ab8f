// Package nav is what a screen and the window frame agree on: routes, the Page
// a screen implements, the Frame it is given, and the one table of shortcuts.
//
// A screen package imports nav and never ui, so that screens know neither the
// frame nor one another: they only name a Route. It knows no domain package.
// Start with Page and Frame in page.go, then keys.go.
package nav
