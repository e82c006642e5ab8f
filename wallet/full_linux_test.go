//go:build linux

package wallet

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// fullDiskChild makes a vault where no file may grow beyond 300 bytes: the list
// or the seed does not fit, as on a full disk. It exits 7 when that was said as
// it should be.
func fullDiskChild(dir string) int {
	signal.Ignore(syscall.SIGXFSZ) // the write itself then fails, with EFBIG
	limit := unix.Rlimit{Cur: 300, Max: 300}
	if err := unix.Setrlimit(unix.RLIMIT_FSIZE, &limit); err != nil {
		fmt.Println(err)
		return 2
	}
	v, err := Open(dir, light(newClock()))
	if err == nil {
		err = v.Import(password(), strings.Fields(testWords), "", 1)
	}
	e, ok := errors.AsType[*Error](err)
	if !ok || e.Kind != KindFailed || !strings.Contains(e.Next, "space") || !errors.Is(err, syscall.EFBIG) || v.Exists() || !v.Locked() {
		fmt.Println(err)
		return 2
	}
	return 7
}

func TestAFullDiskLeavesNoHalfVault(t *testing.T) {
	dir := vaultDir(t)
	cmd := exec.Command(os.Args[0], "-test.run=^$")
	cmd.Env = append(os.Environ(), killJob+"=full disk", killDir+"="+dir, killStep+"=0")
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	must(t, errors.As(err, &exit) && exit.ExitCode() == 7, "%v\n%s", err, out)
	entries, err := os.ReadDir(dir)
	mustNot(t, err)
	must(t, len(entries) == 0, "left behind: %v", entries)
	v := open(t, dir, newClock())
	must(t, !v.Exists(), "half a vault counts as one")
	mustNot(t, v.Import(password(), strings.Fields(testWords), "", 1))
}
