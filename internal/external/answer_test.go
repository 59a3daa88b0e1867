package external_test

import (
	"errors"
	"testing"
	"time"

	"github.com/tux-io/tux-monitoring-operator/internal/external"
	"github.com/tux-io/tux-monitoring-operator/internal/fault"
)

func TestAnswersAreSorted(t *testing.T) {
	tests := map[int]struct {
		terminal, waiting string
		after             time.Duration
	}{
		302: {terminal: external.ReasonRedirected},
		400: {terminal: external.ReasonRejected},
		401: {terminal: external.ReasonUnauthorized},
		403: {terminal: external.ReasonDenied},
		404: {waiting: external.ReasonParentMissing, after: time.Minute},
		405: {terminal: external.ReasonUnsupported},
		408: {}, 409: {}, 412: {}, 425: {}, 500: {}, 502: {}, 503: {}, 504: {}, 599: {},
		410: {terminal: external.ReasonUnsupported},
		413: {terminal: external.ReasonRejected},
		422: {terminal: external.ReasonRejected},
		429: {waiting: external.ReasonRateLimited, after: 40 * time.Second},
		501: {terminal: external.ReasonUnsupported},
	}
	for status, tc := range tests {
		answer := &external.Answer{Call: "update project", Status: status, Detail: "why", RetryAfter: 40 * time.Second}
		err := answer.Fault()
		var found *external.Answer
		if !errors.As(err, &found) || found != answer {
			t.Errorf("%d: the answer is not in %v", status, err)
		}
		terminal, isTerminal := fault.AsTerminal(err)
		if isTerminal != (tc.terminal != "") || isTerminal && terminal.Reason != tc.terminal {
			t.Errorf("%d: %#v, want terminal %q", status, err, tc.terminal)
		}
		waiting, isWaiting := fault.AsWaiting(err)
		if isWaiting != (tc.waiting != "") || isWaiting && (waiting.Reason != tc.waiting || waiting.After != tc.after) {
			t.Errorf("%d: %#v, want waiting %q", status, err, tc.waiting)
		}
	}
	limited := (&external.Answer{Call: "get project", Status: 429}).Fault()
	if waiting, ok := fault.AsWaiting(limited); !ok || waiting.After <= 0 {
		t.Errorf("429 without a time gives %#v", limited)
	}
	if got, want := limited.Error(), "cannot get project: answer 429 Too Many Requests"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
