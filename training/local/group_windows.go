package local

import (
	"errors"
	"os"
	"os/exec"
	"strconv"
	"syscall"

	"golang.org/x/sys/windows"
)

func ownGroup(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{CreationFlags: windows.CREATE_NEW_PROCESS_GROUP | windows.CREATE_NO_WINDOW}
}

// joinGroup does nothing: the child sees its input close when this program
// ends, saves and leaves, so no job object may kill it before.
func joinGroup(*os.Process) error { return nil }

// killGroup ends a process and its children, at once.
func killGroup(pid int) error {
	if pid <= 4 {
		return errors.New("no process to end")
	}
	if err := exec.Command("taskkill", "/T", "/F", "/PID", strconv.Itoa(pid)).Run(); err != nil {
		p, ferr := os.FindProcess(pid)
		if ferr != nil {
			return nil
		}
		if kerr := p.Kill(); kerr != nil && !errors.Is(kerr, os.ErrProcessDone) {
			return kerr
		}
	}
	return nil
}

func endedBy(s *os.ProcessState) (code int, signal string) { return s.ExitCode(), "" }
