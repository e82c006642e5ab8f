//go:build unix

package local

import (
	"errors"
	"os"
	"os/exec"
	"syscall"
)

// ownGroup gives the child a process group of its own, so that a Ctrl-C in our
// terminal does not reach it and killGroup reaches its children.
func ownGroup(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

// giveWay lets everything else on the machine run first: a person works on while
// a model is trained. Threads that the child starts later inherit it.
func giveWay(p *os.Process) error { return syscall.Setpriority(syscall.PRIO_PROCESS, p.Pid, niceness) }

const niceness = 10 // of 19; one tenth of the usual share when others want the processor

// killGroup ends a process and everything in its group, at once.
func killGroup(pid int) error {
	if pid <= 1 { // -1 would mean every process there is
		return errors.New("no process to end")
	}
	err := syscall.Kill(-pid, syscall.SIGKILL)
	if errors.Is(err, syscall.ESRCH) {
		err = syscall.Kill(pid, syscall.SIGKILL)
	}
	if errors.Is(err, syscall.ESRCH) {
		return nil
	}
	return err
}

// endedBy tells how a process ended: its exit code, or -1 and the signal's name.
func endedBy(s *os.ProcessState) (code int, signal string) {
	if w, ok := s.Sys().(syscall.WaitStatus); ok && w.Signaled() {
		return -1, w.Signal().String()
	}
	return s.ExitCode(), ""
}
