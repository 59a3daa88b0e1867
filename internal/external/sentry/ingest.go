package sentry

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/getsentry/sentry-go"

	"github.com/tux-io/tux-monitoring-operator/internal/external"
	"github.com/tux-io/tux-monitoring-operator/internal/fault"
	plan "github.com/tux-io/tux-monitoring-operator/internal/plan/sentry"
)

// ReasonEventRefused means the DSN takes no events: its client key is disabled or deleted, or the project takes none.
const ReasonEventRefused = "EventRefused"

// IngestLimits are those under which the hosts of DSNs are sent events. They are counted apart from those of
// the API, which can be the same host: a client key at its limit says nothing about anybody else.
func IngestLimits() external.Limits {
	return external.Limits{
		PerSecond: 5, Burst: 2, Concurrent: 4, Timeout: 15 * time.Second, MaxPause: time.Second, Failures: 5, OpenFor: time.Minute,
	}
}

// ReadIngestLimits is the Read of an external.HostsConfig for the hosts of DSNs. What an answer tells is for one
// client key, and goes to who sent the event.
func ReadIngestLimits(*http.Response, time.Time) external.Told { return external.Told{} }

// Send sends the event of a proof to a DSN, as a backend would. The SDK tells nobody how that went, so its
// request is looked at. A client of its own is made each time: after a 429 the SDK drops events silently.
//
// An error that is no *external.Answer leaves open whether the event was taken.
func Send(ctx context.Context, dsn string, transport http.RoundTripper, event plan.ProofEvent) error {
	if _, err := sentry.NewDsn(dsn); err != nil || dsn == "" {
		// The cause quotes the DSN.
		return errors.New("cannot send an event: the DSN is none")
	}
	watched := &watched{ctx: ctx, next: transport}
	client, err := sentry.NewClient(sentry.ClientOptions{
		Dsn: dsn,
		// Left empty, the SDK asks the environment and git for one; a release is not made for a proof.
		Release:     "none",
		Environment: event.Environment,
		ServerName:  "tuxmonitoring",
		Transport:   sentry.NewHTTPSyncTransport(),
		HTTPClient: &http.Client{
			Transport:     watched,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		BeforeSend: func(event *sentry.Event, _ *sentry.EventHint) *sentry.Event {
			event.Release = ""
			return event
		},
		Integrations:         func([]sentry.Integration) []sentry.Integration { return nil },
		MaxBreadcrumbs:       -1,
		DisableClientReports: true,
	})
	if err != nil {
		return errors.New("cannot send an event: the DSN is none")
	}
	defer client.Close()
	client.CaptureEvent(sdkEvent(event), nil, nil)
	return watched.verdict(event.ID)
}

// sdkEvent is a plain event as the SDK has it.
func sdkEvent(plain plan.ProofEvent) *sentry.Event {
	event := sentry.NewEvent()
	event.EventID = sentry.EventID(plain.ID)
	event.Level = sentry.LevelInfo
	event.Logger = "tuxmonitoring"
	event.Message = plain.Message
	event.Fingerprint = plain.Fingerprint
	event.Tags = plain.Tags
	event.User = sentry.User{Email: plain.Email, IPAddress: plain.IPAddress}
	event.Request = &sentry.Request{
		URL: plain.URL, Method: plain.Method, Data: plain.Body, QueryString: plain.QueryString, Headers: plain.Headers,
		Env: map[string]string{"REMOTE_ADDR": plain.Remote},
	}
	for name, content := range plain.Contexts {
		event.Contexts[name] = content
	}
	return event
}

// watched is a transport that remembers the answer to the one request.
type watched struct {
	// ctx is kept here because the SDK has no place for it on the way.
	ctx  context.Context
	next http.RoundTripper

	answer *http.Response
	body   []byte
	err    error
}

// RoundTrip sends the request for as long as ctx lasts.
func (w *watched) RoundTrip(request *http.Request) (*http.Response, error) {
	answer, err := w.next.RoundTrip(request.WithContext(w.ctx))
	if err != nil {
		w.err = err
		return nil, err
	}
	body, err := io.ReadAll(io.LimitReader(answer.Body, maxErrorBody))
	_ = answer.Body.Close()
	w.answer, w.body, w.err = answer, body, err
	answer.Body = io.NopCloser(bytes.NewReader(body))
	return answer, nil
}

// verdict says whether the event was taken. A relay that takes one answers with its number.
func (w *watched) verdict(id string) error {
	switch {
	case w.answer == nil && w.err == nil:
		return errors.New("cannot send an event: the SDK did not")
	case w.answer == nil:
		return fmt.Errorf("cannot send an event: %w", external.Unreached(w.err))
	case w.answer.StatusCode == http.StatusForbidden:
		return fault.Terminal(ReasonEventRefused, w.refusal())
	case w.answer.StatusCode != http.StatusOK:
		return w.refusal().Fault()
	case w.err != nil:
		return fmt.Errorf("cannot send an event: the answer broke off: %w", external.Unreached(w.err))
	}
	var taken struct {
		ID string `json:"id"`
	}
	if json.Unmarshal(w.body, &taken) != nil || !strings.EqualFold(strings.ReplaceAll(taken.ID, "-", ""), id) {
		return notAPI("send an event", w.answer)
	}
	return nil
}

// refusal quotes of the answer what is safe to: its reason, without addresses and long numbers.
func (w *watched) refusal() *external.Answer {
	text := strings.Join(strings.Fields(secrets.ReplaceAllString(detail(w.body), "[scrubbed]")), " ")
	if len(text) > maxDetail {
		text = strings.ToValidUTF8(text[:maxDetail], "") + "..."
	}
	return &external.Answer{
		Call: "send an event", Status: w.answer.StatusCode, Detail: text, RetryAfter: pauseOf(w.answer, time.Time{}),
	}
}
