package lineage

import (
	"errors"
	"fmt"
	"io/fs"
	"syscall"
)

// Kinds of [Error]; they map to the exit codes of the command line.
const (
	KindUsage    = "usage"
	KindRefused  = "refused"
	KindNotFound = "not_found"
	KindFailed   = "failed"
)

// Error says what happened, to what, and what to do next.
type Error struct {
	Kind    string // one of the Kind constants
	Message string // what happened, to what
	Next    string // the next step in plain words; may be empty
	Err     error  // cause; may be nil
}

// Error gives the message and, where there is one, the cause.
func (e *Error) Error() string {
	if e.Err != nil {
		return e.Message + ": " + e.Err.Error()
	}
	return e.Message
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// Advice is the next step in plain words.
func (e *Error) Advice() string { return e.Next }

// Code is the kind, as scripts see it.
func (e *Error) Code() string { return e.Kind }

func refused(next, format string, args ...any) *Error {
	return &Error{Kind: KindRefused, Message: fmt.Sprintf(format, args...), Next: next}
}

func notFound(next, format string, args ...any) *Error {
	return &Error{Kind: KindNotFound, Message: fmt.Sprintf(format, args...), Next: next}
}

// failed wraps an error of the system; one that already carries advice passes.
func failed(err error, format string, args ...any) error {
	if _, ok := errors.AsType[*Error](err); ok {
		return err
	}
	e := &Error{Kind: KindFailed, Message: fmt.Sprintf(format, args...), Err: err}
	switch {
	case errors.Is(err, syscall.ENOSPC):
		e.Next = "The disk is full. Nothing was kept of this; free some space and try again."
	case errors.Is(err, fs.ErrPermission):
		e.Next = "Give yourself the right to read and write there, then try again."
	default:
		e.Next = "Look at the disk and the folder's rights, then try again."
	}
	return e
}
