// Package wallettest gives tests a throw-away vault that seals in milliseconds.
// Its seed is the well-known test phrase; nothing of worth may ever lie there.
package wallettest
