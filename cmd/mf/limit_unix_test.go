//go:build unix

package main

import "golang.org/x/sys/unix"

func limitFiles(n uint64) error {
	return unix.Setrlimit(unix.RLIMIT_FSIZE, &unix.Rlimit{Cur: n, Max: n})
}
