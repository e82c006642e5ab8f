//go:build !linux

package wallet

// harden has no portable counterpart outside Linux.
func harden() {}
