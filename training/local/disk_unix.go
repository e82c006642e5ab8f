//go:build unix

package local

import "golang.org/x/sys/unix"

// freeDisk is the space that this user may still write on the volume of dir.
func freeDisk(dir string) (int64, error) {
	var s unix.Statfs_t
	if err := unix.Statfs(dir, &s); err != nil {
		return 0, err
	}
	return int64(s.Bavail) * int64(s.Bsize), nil
}
