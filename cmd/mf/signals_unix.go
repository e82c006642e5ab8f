//go:build unix

package main

import (
	"os/signal"
	"syscall"
)

// A file that may not grow (ulimit -f, a quota) is an error of that write, as a full disk is, and not the end of the
// program. The trainer inherits it.
func ignoreFileLimit() { signal.Ignore(syscall.SIGXFSZ) }
