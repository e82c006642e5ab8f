package local

import (
	"errors"
	"io/fs"
	"os"

	"golang.org/x/sys/windows"
)

// lockByte lies far behind the pid in the file, so that others can read the
// pid; the trainer locks the same byte.
const lockByte = 1 << 20

// lockHeld says whether a living process holds the lock file.
func lockHeld(path string) (bool, error) {
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	f, err := tryLock(path)
	if f != nil {
		f.Close()
	}
	return f == nil && err == nil, err
}

// tryLock takes an exclusive lock that ends with the process. It returns nil,
// nil when another process holds it.
func tryLock(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, err
	}
	err = windows.LockFileEx(windows.Handle(f.Fd()), windows.LOCKFILE_EXCLUSIVE_LOCK|windows.LOCKFILE_FAIL_IMMEDIATELY, 0, 1, 0, &windows.Overlapped{Offset: lockByte})
	if err != nil {
		f.Close()
		if errors.Is(err, windows.ERROR_LOCK_VIOLATION) || errors.Is(err, windows.ERROR_IO_PENDING) {
			return nil, nil
		}
		return nil, err
	}
	return f, nil
}
