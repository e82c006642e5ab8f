package training

import (
	"errors"
	"fmt"
)

// The kinds of Error. A program maps them to exit codes 1, 2, 3, 4 and 5.
const (
	KindFailed   = "failed"
	KindUsage    = "usage"
	KindRefused  = "refused"
	KindNotFound = "not_found"
	KindBusy     = "busy"
)

// Error tells what happened, to what, and what to do next.
type Error struct {
	Kind    string // one of the Kind constants
	Message string // what happened, to what
	Next    string // the next step, in plain words; may be empty
	Cause   string // what a run that cannot start for it keeps, one of the Fail constants; "" = told by the message
	Err     error  // the cause, when there is one
}

// Error returns the message, followed by the cause when there is one.
func (e *Error) Error() string {
	if e.Err != nil {
		return e.Message + ": " + e.Err.Error()
	}
	return e.Message
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Advice returns the next step in plain words: that of the cause where e has
// none of its own.
func (e *Error) Advice() string {
	if cause, ok := errors.AsType[interface {
		error
		Advice() string
	}](e.Err); ok && e.Next == "" {
		return cause.Advice()
	}
	return e.Next
}

// Code returns the kind.
func (e *Error) Code() string { return e.Kind }

// IsKind says whether err is, or wraps, an error of the given kind: one of this
// package, or of the program that carries out an interface of this package.
func IsKind(err error, kind string) bool {
	e, ok := errors.AsType[interface {
		error
		Code() string
	}](err)
	return ok && e.Code() == kind
}

// RunNotFound is the error that every Store returns for a run it does not hold.
func RunNotFound(name string) error {
	return &Error{
		Kind: KindNotFound, Message: fmt.Sprintf("there is no run %q", name),
		Next: "List the runs and use a number, a name or an id from there.",
	}
}

func failed(err error, format string, args ...any) error {
	return &Error{Kind: KindFailed, Message: fmt.Sprintf(format, args...), Err: err}
}

func usage(next, format string, args ...any) error {
	return &Error{Kind: KindUsage, Message: fmt.Sprintf(format, args...), Next: next}
}

func refused(next, format string, args ...any) error {
	return &Error{Kind: KindRefused, Message: fmt.Sprintf(format, args...), Next: next}
}
