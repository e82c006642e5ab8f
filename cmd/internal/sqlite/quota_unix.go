//go:build unix

package sqlite

import "syscall"

func isQuota(e syscall.Errno) bool { return e == syscall.EFBIG || e == syscall.EDQUOT }
