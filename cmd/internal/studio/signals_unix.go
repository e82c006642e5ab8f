//go:build unix

package studio

import (
	"os/signal"
	"syscall"
)

// IgnoreFileLimit makes a file that may not grow (ulimit -f, a quota) an error of that write, as a full disk is, and not
// the end of the program. The trainer inherits it. Both programs call it first.
func IgnoreFileLimit() { signal.Ignore(syscall.SIGXFSZ) }
