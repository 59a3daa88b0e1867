package external

import (
	"fmt"
	"net/http"
	"time"

	"github.com/tux-io/tux-monitoring-operator/internal/fault"
)

// Reasons of failures that any system reached by HTTP can have. They are condition reasons.
const (
	// ReasonUnauthorized means the credential is not accepted; put a valid one into the Secret.
	ReasonUnauthorized = "Unauthorized"
	// ReasonDenied means the credential lacks a permission; the message names it if the system did.
	ReasonDenied = "Denied"
	// ReasonParentMissing means what the object belongs to does not exist yet, or is not visible.
	ReasonParentMissing = "ParentMissing"
	// ReasonRejected means the system refused the values; the message says which and why.
	ReasonRejected = "Rejected"
	// ReasonUnsupported means the system does not have this call, or no longer.
	ReasonUnsupported = "Unsupported"
	// ReasonRedirected means the system answered from elsewhere; correct the URL.
	ReasonRedirected = "Redirected"
	// ReasonRateLimited means the system asked for fewer requests; it goes on by itself.
	ReasonRateLimited = "RateLimited"
	// ReasonPanicked means a defect of ours; the process goes on, the message is for its maintainers.
	ReasonPanicked = "Panicked"
	// ReasonUnreachable means the host failed so often that it is left alone for a while.
	ReasonUnreachable = "Unreachable"
)

const (
	// parentDelay is how long to wait for something that another one has to create.
	parentDelay = time.Minute
	// limitedDelay is how long to wait after 429 if the answer does not say.
	limitedDelay = 10 * time.Second
)

// Answer is an HTTP answer that is no success. It is an error, and holds nothing secret: no URL, no
// header, and of the body only what the system's package took out of it.
type Answer struct {
	// Call names what was asked, such as "update project".
	Call   string
	Status int
	// Detail is the reason the system gave, already bounded and scrubbed; may be empty.
	Detail string
	// RetryAfter is how long the answer asks to wait; 0 if it does not say.
	RetryAfter time.Duration
}

// Error returns one line for people.
func (a *Answer) Error() string {
	text := fmt.Sprintf("cannot %s: answer %d %s", a.Call, a.Status, http.StatusText(a.Status))
	if a.Detail != "" {
		text += ": " + a.Detail
	}
	return text
}

// Fault sorts the answer by what has to happen next. Conflicts (409, 412), timeouts (408, 425) and
// failures of the server (5xx) are plain errors, which are tried again.
func (a *Answer) Fault() error {
	switch status := a.Status; {
	case status == http.StatusUnauthorized:
		return fault.Terminal(ReasonUnauthorized, a)
	case status == http.StatusForbidden:
		return fault.Terminal(ReasonDenied, a)
	case status == http.StatusNotFound:
		return fault.Waiting(parentDelay, ReasonParentMissing, a)
	case status == http.StatusTooManyRequests:
		return fault.Waiting(max(a.RetryAfter, limitedDelay), ReasonRateLimited, a)
	case status == http.StatusMethodNotAllowed, status == http.StatusGone, status == http.StatusNotImplemented:
		return fault.Terminal(ReasonUnsupported, a)
	case a.passing():
		return a
	case status >= 300 && status < 400:
		return fault.Terminal(ReasonRedirected, a)
	default:
		return fault.Terminal(ReasonRejected, a)
	}
}

// passing: the same request may succeed the next time.
func (a *Answer) passing() bool {
	switch a.Status {
	case http.StatusConflict, http.StatusPreconditionFailed, http.StatusRequestTimeout, http.StatusTooEarly:
		return true
	}
	return a.Status >= 500
}
