//go:build linux

package wallet

import (
	"sync"

	"golang.org/x/sys/unix"
)

// harden keeps a crash from writing keys to disk and other processes of the
// same user from reading this one's memory. Best effort: a failure is no reason
// to refuse work, and someone who rules the machine wins anyway.
var harden = sync.OnceFunc(func() {
	none := unix.Rlimit{}
	_ = unix.Setrlimit(unix.RLIMIT_CORE, &none)
	_ = unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0)
})
