// Package installing says how far the installation of the trainer is, in the
// words that Home and Settings share: Meter carries the progress from the
// goroutine that installs to the window's, Words writes it.
//
// It starts nothing and knows no screen. Start with words.go.
package installing
