// Package devchain is the embedded development chain: go-ethereum in this
// process, one block for each transaction, kept in one folder and served to
// nobody unless asked. Its coin is test OPEN and worth nothing.
//
// The journal is the truth. A transaction's bytes and block time are fsynced
// before its block is sealed; at start the chain database is brought to equal
// the journal, so a kill at any moment loses and doubles nothing. Mined and
// journalled therefore counts as final here.
//
// The package must not know wallets, models or screens: it deploys our
// contracts and mines what it is sent. Start at Open; journal.go holds the file
// format, engine.go the sealing, steward.go the account that deploys and gives
// coin.
package devchain
