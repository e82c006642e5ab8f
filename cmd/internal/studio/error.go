package studio

// Error is what goes wrong between domains.
type Error struct {
	Kind    string // usage, refused, not_found, busy, failed
	Message string // what happened, to what
	Next    string // the next step in plain words
	Err     error
}

func (e *Error) Error() string {
	if e.Err == nil {
		return e.Message
	}
	return e.Message + ": " + e.Err.Error()
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// Advice is the next step in plain words.
func (e *Error) Advice() string { return e.Next }

// Code is the kind of the error.
func (e *Error) Code() string { return e.Kind }
