// Package lineagescreen shows what a model was made from and what was made of
// it, and whether every file here still is what was registered (screen 13 of
// the design). It verifies when it is opened, a model of this computer or a
// folder from anywhere.
//
// model.go is plain Go: what the graph, the digests and the differences say.
// screen.go and cards.go are widgets. Nothing is ever shown as equal that was
// not recomputed just now. The package knows no other screen.
//
// Start with Services and Model in model.go.
package lineagescreen
