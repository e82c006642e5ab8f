package datasets

import (
	"errors"
	"fmt"
	"io/fs"
	"syscall"
)

// Kinds of errors; the command line turns them into exit codes.
const (
	KindUsage    = "usage"     // the caller asked for something that cannot be meant
	KindRefused  = "refused"   // a rule says no: bad file, bytes that differ
	KindNotFound = "not_found" // no such net, version, file
	KindFailed   = "failed"    // disk, memory, anything else
)

// Error says what happened, to what, and what to do next.
type Error struct {
	Kind    string // one of the Kind constants
	Message string // what happened, to what
	Next    string // the next step in plain words
	Err     error  // the cause, may be nil
}

func (e *Error) Error() string {
	if e.Err != nil {
		return e.Message + ": " + e.Err.Error()
	}
	return e.Message
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Advice returns the next step in plain words.
func (e *Error) Advice() string { return e.Next }

// Code returns the kind: usage, refused, not_found or failed.
func (e *Error) Code() string { return e.Kind }

func refused(next, format string, args ...any) *Error {
	return &Error{Kind: KindRefused, Message: fmt.Sprintf(format, args...), Next: next}
}

func usage(next, format string, args ...any) *Error {
	return &Error{Kind: KindUsage, Message: fmt.Sprintf(format, args...), Next: next}
}

func notFound(next, format string, args ...any) *Error {
	return &Error{Kind: KindNotFound, Message: fmt.Sprintf(format, args...), Next: next}
}

// failed wraps an error of the operating system with what was being done.
// An error that already carries advice passes unchanged.
func failed(err error, format string, args ...any) error {
	if _, ok := errors.AsType[*Error](err); ok {
		return err
	}
	e := &Error{Kind: KindFailed, Message: fmt.Sprintf(format, args...), Err: err}
	switch {
	case errors.Is(err, syscall.ENOSPC):
		e.Next = "The disk is full. Nothing was kept of this. Free some space and try again."
	case errors.Is(err, syscall.EFBIG):
		e.Next = "The system's limit for the size of a file is reached. Nothing was kept of this. Raise the limit or use a smaller file."
	case errors.Is(err, fs.ErrPermission):
		e.Kind, e.Next = KindRefused, "Give yourself the right to read or write it, then try again."
	case errors.Is(err, fs.ErrNotExist):
		e.Kind, e.Next = KindNotFound, "Check the name and the folder."
	default:
		e.Next = "Try again; if it stays, look at the disk and the folder's rights."
	}
	return e
}
