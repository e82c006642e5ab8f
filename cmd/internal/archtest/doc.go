// Package archtest holds the project's import table as a test: which package may import which of ours, where Fyne, SQL and
// goroutines of the window may appear, and that domain packages build without cgo. It has no code of its own.
package archtest
