package wallet

// Kinds of [Error]; they map to the exit codes of the command line.
const (
	KindUsage    = "usage"     // the request itself is wrong
	KindRefused  = "refused"   // a rule says no: wrong password, locked, unsafe transaction
	KindNotFound = "not_found" // no vault, no such account
	KindFailed   = "failed"    // the disk or a damaged file
)

// Error is what every function of this package returns. It never contains a
// word, a key or a password.
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

func refused(message, next string) *Error {
	return &Error{Kind: KindRefused, Message: message, Next: next}
}

func failed(message, next string, err error) *Error {
	return &Error{Kind: KindFailed, Message: message, Next: next, Err: err}
}

func errLocked() *Error {
	return refused("The vault is locked", "Unlock it with its password.")
}

func errNoVault() *Error {
	return &Error{
		Kind: KindNotFound, Message: "There is no vault in this data folder",
		Next: "Create a wallet, or import words.",
	}
}
