// Package sqlite is the only SQL of the project. It opens studio.db, brings its schema up to date and hands out
// one store per domain: runs (training.Store), transactions (chain.OutboxStore), notices and drafts.
//
// One file, one numbered series of embedded migrations, each in one transaction; before the first pending migration of
// an existing file a copy of it is kept beside it. One read-write connection (BEGIN IMMEDIATE) and a read-only pool,
// write-ahead log, foreign keys.
//
// It knows the domain types and how they are stored, and no rule about them: states, limits and idempotency belong to
// the domains. The contract of each store is tested by the domain's own suite (training/trainingtest, chain/chaintest).
//
// Start at Open in sqlite.go.
package sqlite
