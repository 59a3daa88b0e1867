package errorreport

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/getsentry/sentry-go"
	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/types"
)

var object = types.NamespacedName{Namespace: "shop", Name: "tux"}

func TestTerminalErrorArrives(t *testing.T) {
	s := newFakeSentry(t)
	r := newReporter(t, " "+s.dsn()+"\n") // as read from a file
	r.Terminal(context.Background(), object, "InvalidRule", errors.New(`cannot use rule "x": parse error`))
	r.Flush(patience)
	got := s.received()
	if !r.Enabled() || len(got) != 1 {
		t.Fatalf("got %d events", len(got))
	}
	want := event{
		EventID: got[0].EventID, Level: "error", Release: "tux-monitoring-operator@1.2.3", Environment: "production",
		Tags:        map[string]string{"reason": "InvalidRule", "namespace": "shop", "name": "tux"},
		Fingerprint: []string{"InvalidRule", "shop", "tux"},
		Exception:   []struct{ Type, Value string }{{"InvalidRule", `cannot use rule "x": parse error`}},
	}
	keys := slices.Sorted(maps.Keys(got[0].all))
	got[0].all = nil
	if diff := cmp.Diff(want, got[0], cmp.AllowUnexported(event{})); diff != "" {
		t.Error(diff)
	}
	allowed := []string{"environment", "event_id", "exception", "fingerprint", "level", "logger", "platform", "release", "sdk", "tags", "timestamp", "user"}
	if diff := cmp.Diff(allowed, keys); diff != "" {
		t.Errorf("keys of the payload: %s", diff)
	}
}

func TestNothingOfTheMachineArrives(t *testing.T) {
	for _, name := range []string{"SENTRY_ENVIRONMENT", "SENTRY_RELEASE", "SENTRY_TAGS_TEAM", "POD_IP"} {
		t.Setenv(name, "planted-in-the-environment")
	}
	host, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	s := newFakeSentry(t)
	r, err := New(Config{DSN: s.dsn()})
	if err != nil {
		t.Fatal(err)
	}
	defer r.client.Close()
	r.Terminal(context.Background(), object, "InvalidRule", errors.New("boom"))
	r.Flush(patience)
	got := s.everything()
	if !strings.Contains(got, "boom") {
		t.Fatal("nothing arrived")
	}
	for _, text := range []string{"planted-in-the-environment", `"` + host + `"`, "server_name", "modules", "stacktrace", "goroutine", "num_cpu"} {
		if strings.Contains(got, text) {
			t.Errorf("%q arrived: %s", text, got)
		}
	}
}

func TestWithoutDSNNothingIsSent(t *testing.T) {
	s := newFakeSentry(t)
	t.Setenv("SENTRY_DSN", s.dsn()) // the SDK would take it
	unconfigured, err := New(Config{DSN: " \n"})
	if err != nil {
		t.Fatal(err)
	}
	for name, r := range map[string]*Reporter{"unconfigured": unconfigured, "nil": nil, "zero": {}} {
		t.Run(name, func(t *testing.T) {
			r.Terminal(context.Background(), object, "InvalidRule", errors.New("boom"))
			r.Flush(patience)
			if r.Enabled() || len(s.received()) > 0 {
				t.Error("not silent")
			}
		})
	}
}

func TestInvalidDSNIsAnErrorThatDoesNotPrintIt(t *testing.T) {
	cases := map[string]string{
		"no URL":              "hunter2",
		"no key":              "https://sentry.example/hunter2",
		"no project":          "https://hunter2@sentry.example",
		"another scheme":      "ftp://hunter2@sentry.example/1",
		"no host":             "https://hunter2@/1",
		"bad port":            "https://hunter2@sentry.example:port/1",
		"bad escape":          "https://hunter2@sentry.example/%zz",
		"a control character": "https://hunter2@sentry.example/1\x7f",
	}
	for name, dsn := range cases {
		t.Run(name, func(t *testing.T) {
			r, err := New(Config{DSN: dsn})
			if err == nil || r != nil {
				t.Fatalf("got %v, %v", r, err)
			}
			if strings.Contains(err.Error(), "hunter2") || strings.Contains(err.Error(), "sentry.example") {
				t.Errorf("printed: %v", err)
			}
		})
	}
}

func TestSameErrorIsSentOnce(t *testing.T) {
	other := types.NamespacedName{Namespace: "blog", Name: "tux"}
	cancelled, cancel := context.WithCancel(context.Background())
	cancel()
	cases := map[string]struct {
		again func(*Reporter)
		want  int
	}{
		"the same again":          {func(r *Reporter) { r.Terminal(context.Background(), object, "InvalidRule", errors.New("boom")) }, 1},
		"another message":         {func(r *Reporter) { r.Terminal(context.Background(), object, "InvalidRule", errors.New("bang")) }, 2},
		"another reason":          {func(r *Reporter) { r.Terminal(context.Background(), object, "UnknownAlert", errors.New("boom")) }, 2},
		"another object":          {func(r *Reporter) { r.Terminal(context.Background(), other, "InvalidRule", errors.New("boom")) }, 2},
		"no error":                {func(r *Reporter) { r.Terminal(context.Background(), object, "InvalidRule", nil) }, 1},
		"a pass that is stopping": {func(r *Reporter) { r.Terminal(cancelled, object, "InvalidRule", errors.New("bang")) }, 1},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			s := newFakeSentry(t)
			r := newReporter(t, s.dsn())
			r.Terminal(context.Background(), object, "InvalidRule", errors.New("boom"))
			tc.again(r)
			r.Flush(patience)
			if got := len(s.received()); got != tc.want {
				t.Errorf("got %d events, want %d", got, tc.want)
			}
		})
	}
}

func TestRenewedSecretIsNoNewError(t *testing.T) {
	s := newFakeSentry(t)
	r := newReporter(t, s.dsn())
	for i := range 5 {
		r.Terminal(context.Background(), object, "Refused", fmt.Errorf("refused with token=%d", i))
	}
	r.Flush(patience)
	if got := len(s.received()); got != 1 {
		t.Errorf("got %d events", got)
	}
}

func TestMemoryOfWhatWasSentIsBounded(t *testing.T) {
	s := newFakeSentry(t)
	r := newReporter(t, s.dsn())
	send := func(i int) { r.Terminal(context.Background(), object, "InvalidRule", fmt.Errorf("error number %d", i)) }
	for i := range 3 * remembered {
		send(i)
	}
	if got := r.sent.Len(); got != remembered {
		t.Errorf("remembers %d", got)
	}
	r.Flush(patience)
	before := len(s.received())
	send(3*remembered - 1) // known
	send(0)                // forgotten
	r.Flush(patience)
	if got := len(s.received()) - before; got != 1 {
		t.Errorf("got %d events, want that of the forgotten one", got)
	}
}

// TestOnlyTheAllowListLeaves sends an event in which every field the SDK knows is poisoned.
func TestOnlyTheAllowListLeaves(t *testing.T) {
	const secret = "hunter2"
	s := newFakeSentry(t)
	r := newReporter(t, s.dsn())
	poisoned := newEvent(object, "InvalidRule", "password="+secret)
	poisoned.Message = "token: " + secret
	poisoned.ServerName, poisoned.Transaction, poisoned.Dist = secret, secret, secret
	poisoned.User = sentry.User{ID: secret, Email: secret, IPAddress: secret, Data: map[string]string{"k": secret}}
	poisoned.Request = &sentry.Request{URL: secret, QueryString: secret, Cookies: secret, Data: secret, Headers: map[string]string{"Authorization": secret}}
	poisoned.Breadcrumbs = []*sentry.Breadcrumb{{Message: secret, Data: map[string]any{"k": secret}}}
	poisoned.Contexts["k"] = sentry.Context{"k": secret}
	poisoned.Modules = map[string]string{secret: secret}
	poisoned.Tags["k"] = secret
	poisoned.Threads = []sentry.Thread{{Name: secret}}
	poisoned.Attachments = []*sentry.Attachment{{Filename: secret, Payload: []byte(secret)}}
	poisoned.Exception[0].Module = secret
	poisoned.Exception[0].Stacktrace = &sentry.Stacktrace{Frames: []sentry.Frame{{
		Function: secret, AbsPath: secret, ContextLine: secret, Vars: map[string]any{"k": secret},
	}}}
	r.client.CaptureEvent(poisoned, nil, nil)
	r.Flush(patience)
	if got := s.received(); len(got) != 1 || got[0].Exception[0].Value != "password="+scrubbed {
		t.Fatalf("got %+v", got)
	}
	if got := s.everything(); strings.Contains(got, secret) {
		t.Errorf("a secret arrived: %s", got)
	}
}

func TestLongMessageIsCutAfterScrubbing(t *testing.T) {
	s := newFakeSentry(t)
	r := newReporter(t, s.dsn())
	long := strings.Repeat("ä", maxMessage) + " password=hunter2"
	r.Terminal(context.Background(), object, "InvalidRule", errors.New(long))
	r.Flush(patience)
	value := s.received()[0].Exception[0].Value
	if len(value) > maxMessage || !strings.HasSuffix(value, "ä…") {
		t.Errorf("got %d bytes ending with %q", len(value), value[len(value)-6:])
	}
}
