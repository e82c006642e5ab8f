//go:build unix

package wallet

import (
	"fmt"
	"io/fs"
	"os"
	"syscall"
)

const noFollow = syscall.O_NOFOLLOW

// checkOwner refuses what belongs to someone else or is open to the group or to
// everyone. want is the mode to advise.
func checkOwner(path string, info fs.FileInfo, want fs.FileMode) error {
	if st, ok := info.Sys().(*syscall.Stat_t); ok && int(st.Uid) != os.Geteuid() {
		return refused(fmt.Sprintf("%s belongs to another user", path), "Use a data folder of your own.")
	}
	if mode := info.Mode().Perm(); mode&0o077 != 0 {
		return refused(fmt.Sprintf("%s is open to others (mode %04o)", path, mode),
			fmt.Sprintf("Close it with: chmod %04o %s", want, path))
	}
	return nil
}
