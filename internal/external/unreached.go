package external

import (
	"context"
	"errors"
	"net"
	"net/url"
	"syscall"
)

// unreachedError says in words that stay the same why there was no answer. The error it wraps has addresses
// and ports in it, which differ each time: in a condition they would make each try look like news.
type unreachedError struct {
	text  string
	cause error
}

// Error returns the words.
func (e *unreachedError) Error() string { return e.text }

// Unwrap returns the error with the addresses, for who asks what kind it is and does not print it.
func (e *unreachedError) Unwrap() error { return e.cause }

// WithoutURL keeps the cause alone; net/http puts the whole URL before it.
func WithoutURL(err error) error {
	if wrapped := (*url.Error)(nil); errors.As(err, &wrapped) {
		return wrapped.Err
	}
	return err
}

// Unreached takes the URL and the addresses out of the text of an error of net/http. What is no failure of
// the network keeps its text.
func Unreached(err error) error {
	err = WithoutURL(err)
	var lookup *net.DNSError
	var broken *net.OpError
	var timeout net.Error
	switch {
	case errors.Is(err, context.Canceled):
		return err
	case errors.As(err, &lookup):
		return &unreachedError{"the name of the host is not known", err}
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return &unreachedError{"no answer in time", err}
	case errors.As(err, &broken):
		text := "the connection failed"
		if number := syscall.Errno(0); errors.As(broken, &number) {
			text += ": " + number.Error()
		}
		return &unreachedError{text, err}
	}
	return err
}
