// Package studio is the composition root that the window and the command line share. It opens everything of one data
// folder in order (lock, settings, database, library, chain, wallet, runs), recovers what a crash left behind, and closes
// it in reverse.
//
// Jobs that cross domains are methods here: the licence gate, buying a licence, publishing and verifying a model, the
// first run and the demo (journey.go). A job inside one domain is called on that domain, through the fields of Studio.
//
// It knows no screen and prints nothing; progress leaves by function fields. Start at Open in studio.go.
package studio
