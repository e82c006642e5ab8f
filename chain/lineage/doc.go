// Package lineage says what a model was made of and proves it: the shelf of
// models on this computer, the manifest whose digest stands on a chain, the
// model card beside it, and the verification of all of it from files.
//
// A model's id in the studio is its adapter digest. Its folder holds the
// adapter, what it was made with (recipe.json, data.json, metrics.json) and, once
// published, manifest.json, publication.json and README.md. Files of record are
// RFC 8785 canonical JSON, byte for byte, so that any flipped byte shows.
//
// The package knows chains only through [ChainReader]; it signs and sends
// nothing, and knows no window, no SQL and no wallet.
//
// Start at [Shelf] and [Manifest]; [Verify] is the reason for the rest.
package lineage
