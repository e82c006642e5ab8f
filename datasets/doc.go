// Package datasets holds DataNets, the rows people own: what a row is, whose
// it is, on which terms, and how a version is proved byte by byte.
//
// Start at [Library], the nets on this computer, and [Row], one training
// example in one normal form. An own file is a private, unregistered DataNet
// version made by [Library.Import]: the same folders, the same code.
//
// A version folder holds rows.jsonl (one [Entry] a line), leaves.txt (one
// Merkle leaf a line, so that a difference can be named by its row),
// questions.jsonl where there are any, manifest.json (Croissant 1.1) and
// manifest.json.sha256, its digest. A version never changes.
//
// The package knows no chain, no trainer, no SQL and no window, and needs no
// cgo. It reads untrusted files: every parser here is bounded and fuzzed.
package datasets
