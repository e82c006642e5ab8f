package local

import (
	"errors"
	"os"
	"os/exec"
	"strconv"
	"syscall"

	"golang.org/x/sys/windows"
)

// ownGroup gives the child a process group of its own. No job object ties it to
// this program: it sees its input close when this program ends, saves and leaves.
func ownGroup(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{CreationFlags: windows.CREATE_NEW_PROCESS_GROUP | windows.CREATE_NO_WINDOW}
}

// giveWay lets everything else on the machine run first: a person works on while
// a model is trained.
func giveWay(p *os.Process) error {
	h, err := windows.OpenProcess(windows.PROCESS_SET_INFORMATION, false, uint32(p.Pid))
	if err != nil {
		return err
	}
	defer windows.CloseHandle(h)
	return windows.SetPriorityClass(h, windows.BELOW_NORMAL_PRIORITY_CLASS)
}

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
