package chain

import (
	"errors"
	"fmt"
)

// Kinds of Error. They map to the exit codes of the command line.
const (
	KindUsage    = "usage"
	KindRefused  = "refused"
	KindNotFound = "not_found"
	KindBusy     = "busy"
	KindFailed   = "failed"
)

// Error says what happened on or with a chain, to what, and what to do next.
type Error struct {
	Kind    string // one of the Kind constants
	Message string // what happened, to what
	Next    string // the next step in plain words; may be empty
	Err     error  // cause; may be nil
}

// Error returns the message and, where there is one, the cause.
func (e *Error) Error() string {
	if e.Err == nil {
		return e.Message
	}
	return e.Message + ": " + e.Err.Error()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Advice returns the next step in plain words.
func (e *Error) Advice() string { return e.Next }

// Code returns the kind.
func (e *Error) Code() string { return e.Kind }

// NotFound makes the error that stores and reads return for a thing that does
// not exist, such as NotFound("transaction %s", id).
func NotFound(format string, args ...any) *Error {
	return &Error{Kind: KindNotFound, Message: fmt.Sprintf(format, args...) + " is not known"}
}

// IsNotFound reports whether err says that the thing asked for does not exist.
func IsNotFound(err error) bool { return isKind(err, KindNotFound) }

// IsRefused reports whether err says that a rule forbids what was asked.
func IsRefused(err error) bool { return isKind(err, KindRefused) }

func isKind(err error, kind string) bool {
	var e *Error
	return errors.As(err, &e) && e.Kind == kind
}

func refused(next, format string, args ...any) *Error {
	return &Error{Kind: KindRefused, Message: fmt.Sprintf(format, args...), Next: next}
}

func failed(err error, next, format string, args ...any) *Error {
	return &Error{Kind: KindFailed, Message: fmt.Sprintf(format, args...), Next: next, Err: err}
}
