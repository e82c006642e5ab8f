//go:build unix

package datasets

import (
	"os/signal"
	"syscall"
	"testing"
)

// limitFileSize makes writes past n bytes fail with EFBIG.
func limitFileSize(t *testing.T, n uint64) {
	t.Helper()
	signal.Ignore(syscall.SIGXFSZ)
	must(t, syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: n, Max: n}))
}
