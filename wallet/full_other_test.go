//go:build !linux

package wallet

// fullDiskChild has no counterpart here.
func fullDiskChild(string) int { return 2 }
