package fault

import (
	"errors"
	"time"
)

// TerminalError means a person must change something: retrying cannot help.
type TerminalError struct {
	// Reason is a condition reason.
	Reason string
	Err    error
}

// Error returns the text of the cause.
func (e *TerminalError) Error() string { return e.Err.Error() }

// Unwrap returns the cause.
func (e *TerminalError) Unwrap() error { return e.Err }

// WaitingError means nothing is wrong yet: something that may still come is missing.
type WaitingError struct {
	// After is how long to wait before looking again, if no watch says so earlier.
	After time.Duration
	// Reason is a condition reason.
	Reason string
	Err    error
}

// Error returns the text of the cause.
func (e *WaitingError) Error() string { return e.Err.Error() }

// Unwrap returns the cause.
func (e *WaitingError) Unwrap() error { return e.Err }

// Terminal wraps err; a nil err stays nil.
func Terminal(reason string, err error) error {
	if err == nil {
		return nil
	}
	return &TerminalError{Reason: reason, Err: err}
}

// Waiting wraps err; a nil err stays nil.
func Waiting(after time.Duration, reason string, err error) error {
	if err == nil {
		return nil
	}
	return &WaitingError{After: after, Reason: reason, Err: err}
}

// AsTerminal finds the first terminal error in the tree of err.
func AsTerminal(err error) (*TerminalError, bool) {
	var t *TerminalError
	ok := errors.As(err, &t)
	return t, ok
}

// AsWaiting finds the first waiting error in the tree of err.
func AsWaiting(err error) (*WaitingError, bool) {
	var w *WaitingError
	ok := errors.As(err, &w)
	return w, ok
}

// Leaves returns the errors joined anywhere in err, each as it was joined; nil gives none.
func Leaves(err error) []error {
	if err == nil {
		return nil
	}
	var joined interface{ Unwrap() []error }
	if !errors.As(err, &joined) {
		return []error{err}
	}
	var all []error
	for _, one := range joined.Unwrap() {
		all = append(all, Leaves(one)...)
	}
	return all
}
