package studio

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
)

// One program holds a data folder. The lock is the operating system's, on studio.lock, so that it dies with the process;
// the file's text (the holder's process id) is for people only.

// Lock is the right to open one data folder.
type Lock struct {
	home string
	file *os.File
}

// HeldError says that another program holds the folder.
type HeldError struct {
	Home string
	PID  int
}

func (e *HeldError) Error() string {
	if e.PID > 0 {
		return fmt.Sprintf("the data folder %s is open in another program (process %d)", e.Home, e.PID)
	}
	return fmt.Sprintf("the data folder %s is open in another program", e.Home)
}

// Code is "busy".
func (e *HeldError) Code() string { return "busy" }

// Advice is the next step in plain words.
func (e *HeldError) Advice() string {
	return "Use that window, close it, or choose another folder with --home."
}

// Busy is the error of a holder that does not answer.
func (e *HeldError) Busy(cause error) error {
	return &Error{
		Kind:    "busy",
		Message: e.Error() + ", which does not answer",
		Next:    "Wait a moment and try again. If it hangs, end that program; nothing finished is lost.",
		Err:     cause,
	}
}

// Acquire takes the folder, making it when it is not there. A folder held by another program gives a *HeldError.
func Acquire(home string) (*Lock, error) {
	if err := os.MkdirAll(home, 0o700); err != nil {
		return nil, &Error{
			Kind: "failed", Message: "cannot make the data folder " + home,
			Next: "Choose another folder with --home or MODELFACTORY_HOME.", Err: err,
		}
	}
	f, err := os.OpenFile(filepath.Join(home, "studio.lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, &Error{
			Kind: "failed", Message: "cannot write in the data folder " + home,
			Next: "Choose a folder of your own with --home, or give yourself write access.", Err: err,
		}
	}
	if err := lockFile(f); err != nil {
		held := &HeldError{Home: home}
		if b, readErr := os.ReadFile(f.Name()); readErr == nil {
			var who struct {
				PID int `json:"pid"`
			}
			if json.Unmarshal(b, &who) == nil {
				held.PID = who.PID
			}
		}
		return nil, errors.Join(held, f.Close())
	}
	if err := f.Truncate(0); err == nil {
		_, err = f.WriteAt([]byte(`{"pid":`+strconv.Itoa(os.Getpid())+"}\n"), 0)
		if err != nil {
			return nil, errors.Join(err, f.Close())
		}
	}
	return &Lock{home: home, file: f}, nil
}

// Release gives the folder back.
func (l *Lock) Release() error {
	if l == nil {
		return nil
	}
	return l.file.Close()
}

// Listen opens studio.sock for other programs. The caller closes the listener before the studio.
func (s *Studio) Listen() (net.Listener, error) {
	path, done, err := socketPath(s.Home)
	if err != nil {
		return nil, err
	}
	defer done()
	_ = os.Remove(filepath.Join(s.Home, "studio.sock")) // we hold the lock: what is there is a dead holder's
	ln, err := net.Listen("unix", path)
	if err != nil {
		return nil, err
	}
	ln.(*net.UnixListener).SetUnlinkOnClose(false)
	if err := os.Chmod(filepath.Join(s.Home, "studio.sock"), 0o600); err != nil {
		return nil, errors.Join(err, ln.Close())
	}
	return ln, nil
}

// Dial connects to the program that holds the folder.
func (e *HeldError) Dial() (net.Conn, error) {
	path, done, err := socketPath(e.Home)
	if err != nil {
		return nil, err
	}
	defer done()
	return net.Dial("unix", path)
}

// socketPath gives a name of studio.sock short enough for the operating system (about 100 bytes): a deep folder is
// reached through an open descriptor of it, where the system offers that.
func socketPath(home string) (path string, done func(), err error) {
	path = filepath.Join(home, "studio.sock")
	if len(path) < 100 || runtime.GOOS != "linux" {
		return path, func() {}, nil
	}
	dir, err := os.Open(home)
	if err != nil {
		return "", nil, err
	}
	return fmt.Sprintf("/proc/self/fd/%d/studio.sock", dir.Fd()), func() { _ = dir.Close() }, nil
}
