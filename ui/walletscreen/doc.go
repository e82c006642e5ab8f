// Package walletscreen shows the wallet: accounts with their balances, what was
// signed and what became of it, locking, and the way to a first wallet (screen
// 14 of the design).
//
// model.go holds what the page shows, setup.go the steps of making or importing
// a wallet and of checking the backup, send.go the form of a payment; they are
// plain Go. The other files are widgets and dialogs. Recovery words are kept
// only while they are on the screen. Signing happens on the review, which is
// reached by a route.
//
// Start with Services and Model in model.go.
package walletscreen
