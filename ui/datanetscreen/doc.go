// Package datanetscreen shows DataNets: the list with what may be used, one net
// with its rows, people, versions and licence, and the import of a file of
// one's own.
//
// model.go (the list), detail.go (one net), import.go (a file) and words.go are
// plain Go; the files named …screen.go are widgets. Whether a net may be used
// is read, never decided here: the studio asks the chain. The package knows no
// other screen: it names routes.
//
// Start with Services in model.go and Screens in listscreen.go.
package datanetscreen
