package sqlite

import "syscall"

func isQuota(syscall.Errno) bool { return false }
