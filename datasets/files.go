package datasets

import (
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

const stagingPrefix = ".new-"

// staging makes a folder beside the nets in which a version grows until one
// rename shows it. Its name holds our process id for [sweepStaging].
func staging(library string) (string, error) {
	dir := filepath.Join(library, fmt.Sprintf("%s%d-%08x", stagingPrefix, os.Getpid(), rand.Uint32()))
	return dir, os.Mkdir(dir, 0o755)
}

// sweepStaging removes what imports that were killed left behind: folders
// whose process is gone, or in which nothing was written for an hour.
func sweepStaging(library string) {
	entries, err := os.ReadDir(library)
	if err != nil {
		return
	}
	for _, e := range entries {
		rest, ok := strings.CutPrefix(e.Name(), stagingPrefix)
		if !ok || !e.IsDir() {
			continue
		}
		pid, _, _ := strings.Cut(rest, "-")
		n, err := strconv.Atoi(pid)
		dir := filepath.Join(library, e.Name())
		if err != nil || !processAlive(n) || time.Since(lastWrite(dir)) > time.Hour {
			os.RemoveAll(dir)
		}
	}
}

// processAlive errs on the side of alive: where a system cannot tell, the
// hour decides.
func processAlive(pid int) bool {
	if pid <= 0 {
		return false
	}
	p, err := os.FindProcess(pid)
	if err != nil {
		return false
	}
	err = p.Signal(syscall.Signal(0))
	return !errors.Is(err, os.ErrProcessDone) && !errors.Is(err, syscall.ESRCH)
}

func lastWrite(dir string) (last time.Time) {
	filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err == nil {
			if info, err := d.Info(); err == nil && info.ModTime().After(last) {
				last = info.ModTime()
			}
		}
		return nil
	})
	return last
}
