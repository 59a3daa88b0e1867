package elastic_test

import (
	"context"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/elastic/go-elasticsearch/v9/typedapi/types"
	"github.com/google/go-cmp/cmp"

	"github.com/tux-io/tux-monitoring-operator/internal/external"
	"github.com/tux-io/tux-monitoring-operator/internal/external/elastic"
	"github.com/tux-io/tux-monitoring-operator/internal/external/elastic/elastictest"
	"github.com/tux-io/tux-monitoring-operator/internal/external/logstore"
	"github.com/tux-io/tux-monitoring-operator/internal/fault"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/retention"
	plan "github.com/tux-io/tux-monitoring-operator/internal/plan/retention/elastic"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/retention/store"
)

const (
	apiKey = "c2VjcmV0LWtleQ=="
	tenant = "prod"
	day    = 24 * time.Hour
)

type lab struct {
	*elastictest.Server

	t      *testing.T
	client *elastic.Client
}

func newLab(t *testing.T) *lab {
	t.Helper()
	l := &lab{Server: elastictest.New(), t: t}
	l.Edit(func(s *elastictest.State) { s.APIKey = apiKey })
	served := httptest.NewTLSServer(l.Server)
	t.Cleanup(served.Close)
	l.client = clientOf(t, served)
	t.Cleanup(func() {
		if problems := l.Problems(); len(problems) > 0 {
			t.Error(problems)
		}
	})
	return l
}

// clientOf trusts the certificate of the server, and goes by way of the limits of hosts.
func clientOf(t *testing.T, served *httptest.Server) *elastic.Client {
	t.Helper()
	credentials, err := logstore.NewCredentials(map[string][]byte{
		"apiKey": []byte(apiKey + "\n"),
		"ca.crt": pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: served.Certificate().Raw}),
	})
	if err != nil {
		t.Fatal(err)
	}
	limits := logstore.Limits()
	limits.PerSecond, limits.Burst, limits.Failures = 1000, 1000, 1000
	hosts, err := external.NewHosts(logstore.Hosts(external.HostsConfig{
		Clock: external.SystemClock(), Jitter: func() float64 { return 0 }, Limits: limits,
	}))
	if err != nil {
		t.Fatal(err)
	}
	client, err := elastic.New(logstore.Config{URL: served.URL, Credentials: credentials, UserAgent: "tuxmonitoring/test", Transport: hosts})
	if err != nil {
		t.Fatal(err)
	}
	return client
}

func want(owner string, errorDays int) store.Want {
	return store.Want{Owner: owner, Policy: retention.Policy{
		Backend: retention.Elasticsearch, Tenant: tenant, DefaultDays: 30,
		Classes: []retention.Class{{Name: "error", Levels: []retention.Level{retention.Error}, Days: errorDays}},
	}}
}

func (l *lab) keep(w store.Want) (logstore.Report, error) {
	l.t.Helper()
	return elastic.Keeper(l.client).Keep(l.t.Context(), w, l.Now())
}

func (l *lab) kept(w store.Want) logstore.Report {
	l.t.Helper()
	report, err := l.keep(w)
	if err != nil {
		l.t.Fatal(err)
	}
	return report
}

func TestAPolicyIsWrittenOnceAndReadBack(t *testing.T) {
	l := newLab(t)
	report := l.kept(want("a/a", 90))
	if len(report.Corrected) != 7 || !report.Judged || !report.Verdict.Effective() || report.Result.State != retention.Included {
		t.Errorf("%+v", report)
	}
	writes := l.Writes()
	if writes[0] != "PUT /_component_template/tux-prod" || len(writes) != 7 {
		t.Errorf("the ledger comes first: %v", writes)
	}
	asked := len(l.Requests())
	if again := l.kept(want("a/a", 90)); len(again.Corrected) > 0 || len(l.Writes()) != 7 {
		t.Errorf("an unchanged plan wrote %v", l.Writes()[7:])
	}
	if n := len(l.Requests()) - asked; n != 6 {
		t.Errorf("a check without any line costs %d requests", n)
	}
	// Drift is corrected, and only that.
	l.Edit(func(s *elastictest.State) { s.Policies[store.Name(tenant, "error")].Body["phases"] = map[string]any{} })
	if report := l.kept(want("a/a", 90)); !cmp.Equal(report.Corrected, []string{`lifecycle policy "tux.error-prod"`}) {
		t.Errorf("%v", report.Corrected)
	}
}

// TestLinesLiveAsLongAsPromised, and not longer than a rollover and a day: for two years in hours.
func TestLinesLiveAsLongAsPromised(t *testing.T) {
	l := newLab(t)
	l.kept(want("a/a", 90))
	stream, oldest := store.Stream(tenant, "error"), time.Duration(0)
	for range 200 {
		l.Index(stream, l.Now())
		l.Pass(day)
		oldest = max(oldest, l.Oldest(stream))
	}
	if oldest < 90*day || oldest > 94*day {
		t.Errorf("the oldest line is %s old", oldest)
	}
	report := l.kept(want("a/a", 90))
	if !report.Verdict.Effective() || len(report.Verdict.Overdue) > 0 || len(report.Corrected) > 0 {
		t.Errorf("%+v", report)
	}
	// Nobody deletes for two weeks.
	l.Edit(func(s *elastictest.State) { s.Stopped = true })
	for range 14 {
		l.Index(stream, l.Now())
		l.Pass(day)
	}
	if v := l.kept(want("a/a", 90)).Verdict; !v.Off || !cmp.Equal(v.Overdue, []string{"error"}) {
		t.Errorf("%+v", v)
	}
	l.Edit(func(s *elastictest.State) { s.Stopped = false })
	l.Pass(2 * day)
	if v := l.kept(want("a/a", 90)).Verdict; !v.Effective() || len(v.Overdue) > 0 {
		t.Errorf("%+v", v)
	}
}

func TestAStoredLineIsNotShortenedUnasked(t *testing.T) {
	l := newLab(t)
	l.kept(want("a/a", 90))
	stream := store.Stream(tenant, "error")
	for range 100 {
		l.Index(stream, l.Now())
		l.Pass(day)
	}
	less := want("a/a", 5)
	held := l.kept(less)
	if held.Result.State != retention.Held || len(held.Corrected) > 0 {
		t.Errorf("%+v", held)
	}
	// Of 100 days a line a day those that are older than five, as long as there are any.
	stored := int64(l.Oldest(stream)/day) - 5
	going, err := elastic.Keeper(l.client).Estimate(t.Context(), held.Result, l.Now())
	if err != nil || going["error"] < stored-1 || going["error"] > stored+1 {
		t.Errorf("%v would go of %d, %v", going, stored, err)
	}
	l.Pass(day)
	if oldest := l.Oldest(stream); oldest < 90*day {
		t.Errorf("lines of 90 days are gone, the oldest is %s old", oldest)
	}
	less.Acknowledged = held.Result.Acknowledgement
	if report := l.kept(less); report.Result.State != retention.Included {
		t.Errorf("%+v", report.Result)
	}
	l.Pass(day)
	if oldest := l.Oldest(stream); oldest > 10*day {
		t.Errorf("the oldest is %s old", oldest)
	}
	// A class that is gone falls to the default, and its data stream keeps a policy.
	gone := less
	gone.Policy.Classes, gone.Policy.DefaultDays = nil, 40
	if report := l.kept(gone); report.Result.Holds.DaysOf("error") != 40 || !cmp.Equal(report.Result.Holds.Retired, []string{"error"}) {
		t.Errorf("%+v", report.Result.Holds)
	}
}

// TestARunThatIsCutShortGoesOn: after each write, with and without its answer.
func TestARunThatIsCutShortGoesOn(t *testing.T) {
	for n := 1; n <= 7; n++ {
		l := newLab(t)
		ctx, cancel := context.WithCancel(t.Context())
		left := n
		l.Edit(func(s *elastictest.State) {
			s.AfterWrite = func(*elastictest.State) {
				if left--; left == 0 {
					cancel()
				}
			}
		})
		_, err := elastic.Keeper(l.client).Keep(ctx, want("a/a", 90), l.Now())
		if err == nil {
			t.Fatalf("%d: was not cut short", n)
		}
		l.Edit(func(s *elastictest.State) { s.AfterWrite = nil })
		report := l.kept(want("a/a", 90))
		if report.Result.State != retention.Included || !report.Verdict.Effective() {
			t.Errorf("%d: %+v", n, report)
		}
		if again := l.kept(want("a/a", 90)); len(again.Corrected) > 0 {
			t.Errorf("%d: %v", n, again.Corrected)
		}
	}
}

func TestFaultsEndInStepOrAreNamed(t *testing.T) {
	tests := map[string]struct {
		fault             elastictest.Faults
		text              string
		terminal, waiting string
	}{
		"too many requests":      {elastictest.Faults{Status: 429, Times: 1, Of: "PUT", RetryAfter: "1"}, "answer 429", "", external.ReasonRateLimited},
		"a failure":              {elastictest.Faults{Status: 503, Times: 1, Of: "_index_template"}, "answer 503 Service Unavailable: a fault for a test", "", ""},
		"a lost answer":          {elastictest.Faults{Lose: 1, Of: "PUT /_ilm"}, `cannot write lifecycle policy "tux.error-prod"`, "", ""},
		"a refused policy":       {elastictest.Faults{Status: 400, Times: 1, Of: "PUT /_ilm"}, "answer 400 Bad Request: a fault for a test", external.ReasonRejected, ""},
		"another key":            {elastictest.Faults{APIKey: "x"}, "answer 401 Unauthorized: unable to authenticate", external.ReasonUnauthorized, ""},
		"a missing right":        {elastictest.Faults{Denied: "_ilm"}, "answer 403 Forbidden: action is unauthorized", external.ReasonDenied, ""},
		"no Elasticsearch":       {elastictest.Faults{Foreign: true}, "what answers is not Elasticsearch", "", logstore.ReasonNotAPI},
		"shards without answer":  {elastictest.Faults{FailedShards: 1}, "1 shards did not answer", "", ""},
		"nodes that do not know": {elastictest.Faults{Unacknowledged: true}, "not all nodes have taken it over", "", ""},
		"a redirect":             {elastictest.Faults{Status: 302, Times: 1}, "answer 302", external.ReasonRedirected, ""},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			l := newLab(t)
			l.Index(store.Stream(tenant, "error"), l.Now())
			l.Edit(func(s *elastictest.State) {
				s.Streams[store.Stream(tenant, "error")].Indices[0].Policy = store.Name(tenant, "error")
				key := s.APIKey
				s.Faults = tc.fault
				if s.APIKey == "" {
					s.APIKey = key
				}
			})
			_, err := l.keep(want("a/a", 90))
			if err == nil || !strings.Contains(err.Error(), tc.text) {
				t.Fatalf("got %v, want %q", err, tc.text)
			}
			if strings.Contains(err.Error(), apiKey) || strings.Contains(err.Error(), "127.0.0.1") {
				t.Errorf("tells too much: %v", err)
			}
			var terminal, waiting string
			if found, ok := fault.AsTerminal(err); ok {
				terminal = found.Reason
			}
			if found, ok := fault.AsWaiting(err); ok {
				waiting = found.Reason
			}
			if terminal != tc.terminal || waiting != tc.waiting {
				t.Errorf("terminal %q and waiting %q, want %q and %q", terminal, waiting, tc.terminal, tc.waiting)
			}
			l.Edit(func(s *elastictest.State) { s.Faults = elastictest.Faults{APIKey: apiKey} })
			if tc.fault.RetryAfter != "" {
				time.Sleep(1100 * time.Millisecond)
			}
			if report := l.kept(want("a/a", 90)); report.Result.State != retention.Included || !report.Verdict.Effective() {
				t.Errorf("%+v", report)
			}
		})
	}
}

// TestWhoeverWritesAfterUsIsNotFoughtWith: it is named, and looked at again much later.
func TestWhoeverWritesAfterUsIsNotFoughtWith(t *testing.T) {
	l := newLab(t)
	name := store.Name(tenant, "error")
	l.Edit(func(s *elastictest.State) {
		s.AfterWrite = func(s *elastictest.State) {
			if policy := s.Policies[name]; policy != nil {
				policy.Body["phases"] = map[string]any{"delete": map[string]any{"min_age": "1d", "actions": map[string]any{}}}
			}
		}
	})
	_, err := l.keep(want("a/a", 90))
	found, ok := fault.AsWaiting(err)
	if !ok || found.Reason != logstore.ReasonOverwritten || found.After < 10*time.Minute || !strings.Contains(err.Error(), name) {
		t.Errorf("%v", err)
	}
	l.Edit(func(s *elastictest.State) { s.AfterWrite = nil })
	if report := l.kept(want("a/a", 90)); len(report.Corrected) != 1 {
		t.Errorf("%v", report.Corrected)
	}
}

// TestTwoThatWantATenantAtOnce: one has it, and the other stops after the ledger.
func TestTwoThatWantATenantAtOnce(t *testing.T) {
	l := newLab(t)
	theirs := map[string]any{"_meta": map[string]any{
		"managed_by": "tuxmonitoring", "tenant": tenant, "ledger": map[string]any{"owner": "b/b", "defaultDays": 30.0},
	}, "template": map[string]any{}}
	// Theirs is written between our ledger and our reading it back.
	l.Edit(func(s *elastictest.State) {
		s.AfterWrite = func(s *elastictest.State) { s.Components["tux-prod"] = theirs }
	})
	if _, err := l.keep(want("a/a", 90)); err == nil || !strings.Contains(err.Error(), "somebody else wrote the ledger") {
		t.Errorf("%v", err)
	}
	if writes := l.Writes(); len(writes) != 1 {
		t.Errorf("went on: %v", writes)
	}
	if report := l.kept(want("a/a", 90)); report.Result.State != retention.Conflict || report.Result.Winner != "b/b" || report.Judged {
		t.Errorf("%+v", report)
	}
}

func TestSomebodyElsesObjectIsNotWritten(t *testing.T) {
	l := newLab(t)
	l.Edit(func(s *elastictest.State) {
		s.Policies["tux.error-prod"] = &elastictest.Policy{Version: 7, Body: map[string]any{"phases": map[string]any{}}}
	})
	_, err := l.keep(want("a/a", 90))
	if found, ok := fault.AsTerminal(err); !ok || found.Reason != store.ReasonNotOwned {
		t.Errorf("%v", err)
	}
	if writes := l.Writes(); len(writes) > 0 {
		t.Errorf("wrote %v", writes)
	}
	// The pattern of our names matches those of another tenant, which are of no interest.
	l.Edit(func(s *elastictest.State) {
		delete(s.Policies, "tux.error-prod")
		s.Policies["tux.error-eu-prod"] = &elastictest.Policy{Version: 1, Body: map[string]any{}}
	})
	if report := l.kept(want("a/a", 90)); len(report.Result.Holds.Classes) != 1 {
		t.Errorf("%+v", report.Result.Holds)
	}
}

// TestWhatWeSendIsWhatTheOfficialTypesRead: the policy goes through the types of the official client and comes out the same.
func TestWhatWeSendIsWhatTheOfficialTypesRead(t *testing.T) {
	w := want("a/a", 200)
	w.Policy.Classes[0].Tiers = retention.Tiers{WarmDays: 2, ColdDays: 9, FrozenDays: 90, Repository: "r"}
	d, err := plan.Dialect().Decide(w, store.State{})
	if err != nil {
		t.Fatal(err)
	}
	for _, object := range d.Objects {
		if object.Kind != plan.LifecyclePolicy {
			continue
		}
		var typed struct {
			Policy types.IlmPolicy `json:"policy"`
		}
		if err := json.Unmarshal(object.Body, &typed); err != nil {
			t.Fatal(err)
		}
		body, err := json.Marshal(typed)
		if err != nil {
			t.Fatal(err)
		}
		drift, err := plan.Dialect().Drift([]store.Object{object}, store.State{Objects: map[store.Ref][]byte{object.Ref: body}})
		if err != nil || len(drift) > 0 {
			t.Errorf("%s\n%s\n%v", object.Body, body, err)
		}
	}
}

func TestASecretSaysHowToLogIn(t *testing.T) {
	for name, data := range map[string]map[string]string{
		"nothing": {}, "no password": {"username": "u"}, "both": {"apiKey": "a", "username": "u", "password": "p"},
		"a line break": {"apiKey": "a\nb"}, "no certificate": {"apiKey": "a", "ca.crt": "x"},
	} {
		bytes := map[string][]byte{}
		for key, value := range data {
			bytes[key] = []byte(value)
		}
		_, err := logstore.NewCredentials(bytes)
		if found, ok := fault.AsTerminal(err); !ok || found.Reason != logstore.ReasonCredentialInvalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	c, err := logstore.NewCredentials(map[string][]byte{"username": []byte("u"), "password": []byte("hunter2")})
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(c)
	if all := fmt.Sprintf("%v %+v %s %#v", c, c, text, c); strings.Contains(all, "hunter2") || err != nil {
		t.Error(all, err)
	}
	if _, err := elastic.New(logstore.Config{URL: "http://es:9200", Credentials: c, UserAgent: "x", Transport: http.DefaultTransport}); err == nil {
		t.Error("a password would be sent in the clear")
	}
	for _, url := range []string{"", "es:9200", "ftp://es", "http://me:secret@es"} {
		if _, err := elastic.New(logstore.Config{URL: url, UserAgent: "x", Transport: http.DefaultTransport}); err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: %v", url, err)
		}
	}
}

// TestAHostOfAnotherAuthorityIsNotBelieved.
func TestAHostOfAnotherAuthorityIsNotBelieved(t *testing.T) {
	l := newLab(t)
	served := httptest.NewTLSServer(l.Server)
	t.Cleanup(served.Close)
	credentials, err := logstore.NewCredentials(map[string][]byte{"apiKey": []byte(apiKey)})
	if err != nil {
		t.Fatal(err)
	}
	client, err := elastic.New(logstore.Config{URL: served.URL, Credentials: credentials, UserAgent: "x", Transport: external.NewTrust()})
	if err != nil {
		t.Fatal(err)
	}
	asked := len(l.Requests())
	if _, err := client.Mode(t.Context()); err == nil || errors.Is(err, context.Canceled) || len(l.Requests()) != asked {
		t.Errorf("%v", err)
	}
}
