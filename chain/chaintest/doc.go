// Package chaintest helps tests of code that uses chain: a memory OutboxStore
// with the suite that every OutboxStore passes, a signer with one key, and an
// embedded chain with a funded account. Nothing of it is in the product.
package chaintest
