package sentrytest_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tux-io/tux-monitoring-operator/internal/external"
	"github.com/tux-io/tux-monitoring-operator/internal/external/sentry"
	"github.com/tux-io/tux-monitoring-operator/internal/external/sentry/sentrytest"
	"github.com/tux-io/tux-monitoring-operator/internal/external/sentry/sentrytest/contracttest"
	"github.com/tux-io/tux-monitoring-operator/internal/fault"
)

const token = "sntryi_0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

// planted is the number of an event with made-up secrets.
const planted = "0123456789abcdef0123456789abcdef"

func pointer[T any](v T) *T { return &v }

func connect(t *testing.T, url, secret string, transport http.RoundTripper) *sentry.Client {
	t.Helper()
	kept, err := sentry.NewToken(secret)
	if err != nil {
		t.Fatal(err)
	}
	client, err := sentry.New(sentry.Config{URL: url, Organization: "shop", Token: kept, UserAgent: "tuxmonitoring/test", Transport: transport})
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// start serves a fake with one project "web".
func start(t *testing.T) (*sentrytest.Server, string) {
	t.Helper()
	fake := contracttest.Start(t, token)
	fake.Edit(func(s *sentrytest.State) { s.AddProject("web", "backend") })
	server := httptest.NewServer(fake)
	t.Cleanup(server.Close)
	return fake, server.URL
}

func status(err error) int {
	var answer *external.Answer
	if errors.As(err, &answer) {
		return answer.Status
	}
	return 0
}

func TestKeysComeInPages(t *testing.T) {
	fake, url := start(t)
	client := connect(t, url, token, http.DefaultTransport)
	for range 120 {
		if _, err := client.CreateKey(t.Context(), "web", "one"); err != nil {
			t.Fatal(err)
		}
		fake.Edit(func(s *sentrytest.State) { s.SelfHosted = true })
	}
	fake.Requests()
	keys, err := client.Keys(t.Context(), "web")
	if err != nil || len(keys) != 121 || len(fake.Requests()) != 2 {
		t.Errorf("%d keys, %v", len(keys), err)
	}
	if keys[len(keys)-1].Name != "Default" {
		t.Error("the newest is not first")
	}
}

func TestScopes(t *testing.T) {
	fake, url := start(t)
	fake.Edit(func(s *sentrytest.State) { s.Tokens["reader"] = []string{"project:read"} })
	client := connect(t, url, "reader", http.DefaultTransport)
	if err := client.UpdateProject(t.Context(), "web", sentry.ProjectUpdate{ScrubIPAddresses: pointer(true)}); status(err) != 403 {
		t.Errorf("a value: %v", err)
	}
	if err := client.UpdateProject(t.Context(), "web", sentry.ProjectUpdate{DataScrubber: pointer(false), SafeFields: &[]string{}}); err != nil {
		t.Errorf("empty values are refused: %v", err)
	}
	if got, err := client.GetProject(t.Context(), "web"); err != nil || !got.DataScrubber {
		t.Errorf("an empty value was kept: %v %v", got, err)
	}
	if _, err := client.Organization(t.Context()); status(err) != 403 {
		t.Errorf("the organization: %v", err)
	}
	if err := client.DeleteProject(t.Context(), "web"); status(err) != 403 {
		t.Errorf("deleting: %v", err)
	}
}

func TestSettingsThatAreRefusedOrDropped(t *testing.T) {
	fake, url := start(t)
	client := connect(t, url, token, http.DefaultTransport)
	for name, update := range map[string]sentry.ProjectUpdate{
		"too many sensitive fields": {SensitiveFields: &[]string{strings.Repeat("x", 4001)}},
		"no selector":               {SafeFields: &[]string{"a b"}},
		"rules that are no JSON":    {RelayPIIConfig: pointer("{")},
		"a rule that is not there":  {RelayPIIConfig: pointer(`{"applications":{"$string":["mine"]}}`)},
		"an unknown platform":       {Platform: pointer("cobol")},
		"a long name":               {Name: pointer(strings.Repeat("x", 201))},
	} {
		if err := client.UpdateProject(t.Context(), "web", update); status(err) != 400 {
			t.Errorf("%s: %v", name, err)
		}
	}
	fake.Edit(func(s *sentrytest.State) { s.Deaf["scrubIPAddresses"] = true; s.Features = nil })
	if err := client.UpdateProject(t.Context(), "web", sentry.ProjectUpdate{ScrubIPAddresses: pointer(true), Name: pointer("")}); err != nil {
		t.Error(err)
	}
	got, err := client.GetProject(t.Context(), "web")
	if err != nil || got.ScrubIPAddresses || got.Name != "web" {
		t.Errorf("%+v %v", got, err)
	}
	keys, err := client.Keys(t.Context(), "web")
	if err != nil {
		t.Fatal(err)
	}
	limit := sentry.KeyUpdate{RateLimit: &sentry.RateLimit{Count: pointer(5), Window: pointer(60)}}
	if err := client.UpdateKey(t.Context(), "web", keys[0].ID, limit); err != nil {
		t.Error(err)
	}
	if keys, err = client.Keys(t.Context(), "web"); err != nil || keys[0].RateLimit != nil {
		t.Errorf("a plan without rate limits keeps %+v (%v)", keys[0].RateLimit, err)
	}
}

func TestSlugs(t *testing.T) {
	fake, url := start(t)
	client := connect(t, url, token, http.DefaultTransport)
	create := func(slug string) error {
		_, err := client.CreateProject(t.Context(), "backend", sentry.NewProject{Name: "x", Slug: slug})
		return err
	}
	for slug, want := range map[string]int{"web": 409, "12345": 400, "UPPER": 400, "settings": 400} {
		if err := create(slug); status(err) != want {
			t.Errorf("%q: %v", slug, err)
		}
	}
	fake.Edit(func(s *sentrytest.State) { s.Projects[0].Slug, s.Projects[0].OldSlugs = "shop-web", []string{"web"} })
	if _, err := client.GetProject(t.Context(), "web"); status(err) != 302 {
		t.Errorf("the old slug: %v", err)
	}
	if err := client.DeleteProject(t.Context(), "shop-web"); err != nil {
		t.Error(err)
	}
	if err := create("shop-web"); err != nil {
		t.Errorf("the slug of a deleted project is not free: %v", err)
	}
	fake.Edit(func(s *sentrytest.State) { s.Organization.MembersCreateProjects = false })
	if err := create("other"); status(err) != 403 {
		t.Errorf("members may not create projects: %v", err)
	}
}

func TestLimitsAreToldAndKept(t *testing.T) {
	fake, url := start(t)
	fake.Edit(func(s *sentrytest.State) { s.PerSecond = 3 })
	client := connect(t, url, token, http.DefaultTransport)
	limited := 0
	for range 12 {
		if _, err := client.GetProject(t.Context(), "web"); status(err) == 429 {
			limited++
		}
	}
	if limited == 0 || len(fake.Problems()) != limited {
		t.Errorf("%d of 12 requests were too many, %v", limited, fake.Problems())
	}
	// The same, asked by a client that listens.
	hosts, err := external.NewHosts(external.HostsConfig{
		Clock: external.SystemClock(), Jitter: func() float64 { return 0 }, Read: sentry.ReadLimits,
		Limits: external.Limits{PerSecond: 1000, Burst: 1, Concurrent: 1, Timeout: time.Minute, MaxPause: time.Minute, Failures: 3, OpenFor: time.Second},
	})
	if err != nil {
		t.Fatal(err)
	}
	fake, url = start(t)
	fake.Edit(func(s *sentrytest.State) { s.PerSecond = 3 })
	client = connect(t, url, token, hosts)
	for range 7 {
		if _, err := client.GetProject(t.Context(), "web"); err != nil {
			t.Error(err)
		}
	}
	if problems := fake.Problems(); len(problems) > 0 {
		t.Error(problems)
	}
}

func TestFaults(t *testing.T) {
	const none = 0
	tests := map[sentrytest.Kind]struct {
		status  int
		waiting string
		done    bool
	}{
		sentrytest.TooFrequent:       {429, external.ReasonRateLimited, false},
		sentrytest.TooConcurrent:     {429, external.ReasonRateLimited, false},
		sentrytest.Broken:            {500, "", false},
		sentrytest.Unavailable:       {503, "", false},
		sentrytest.Hanging:           {none, "", false},
		sentrytest.LoginPage:         {none, sentry.ReasonNotAPI, false},
		sentrytest.Redirected:        {302, "", false},
		sentrytest.Gone:              {410, "", false},
		sentrytest.IDContention:      {409, "", false},
		sentrytest.Truncated:         {none, "", true},
		sentrytest.BrokenAfterCommit: {500, "", true},
		sentrytest.LostAnswer:        {none, "", true},
	}
	for kind, tc := range tests {
		fake, url := start(t)
		client := connect(t, url, token, http.DefaultTransport)
		fake.Break(sentrytest.Fault{Kind: kind, Method: http.MethodPost, Path: "/keys/", Times: 1})
		ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
		_, err := client.CreateKey(ctx, "web", "production")
		cancel()
		if waiting, _ := fault.AsWaiting(err); err == nil || status(err) != tc.status || waiting != nil && waiting.Reason != tc.waiting {
			t.Errorf("fault %d: %v", kind, err)
		}
		if _, err := client.GetProject(t.Context(), "web"); err != nil {
			t.Errorf("fault %d happens to other requests: %v", kind, err)
		}
		keys, err := client.Keys(t.Context(), "web")
		if want := map[bool]int{false: 1, true: 2}[tc.done]; err != nil || len(keys) != want {
			t.Errorf("fault %d: %d keys, want %d (%v)", kind, len(keys), want, err)
		}
		if hits := fake.Repair(); hits != 1 {
			t.Errorf("fault %d happened %d times", kind, hits)
		}
	}
}

func TestSlowAnswersAreAnswers(t *testing.T) {
	fake, url := start(t)
	client := connect(t, url, token, http.DefaultTransport)
	fake.Break(sentrytest.Fault{Kind: sentrytest.Slow, Delay: 50 * time.Millisecond})
	begin := time.Now()
	if _, err := client.GetProject(t.Context(), "web"); err != nil || time.Since(begin) < 50*time.Millisecond {
		t.Errorf("after %s: %v", time.Since(begin), err)
	}
}

func TestAFaultWaitsItsTurn(t *testing.T) {
	fake, url := start(t)
	client := connect(t, url, token, http.DefaultTransport)
	fake.Break(sentrytest.Fault{Kind: sentrytest.Broken, Skip: 1, Times: 2})
	var got []int
	for range 5 {
		_, err := client.GetProject(t.Context(), "web")
		got = append(got, status(err))
	}
	if diff := cmp.Diff([]int{0, 500, 500, 0, 0}, got); diff != "" || fake.Repair() != 2 {
		t.Error(diff)
	}
}

func TestManyAtOnce(t *testing.T) {
	fake, url := start(t)
	fake.Edit(func(s *sentrytest.State) { s.Concurrent, s.PerSecond = 1, 1000 })
	fake.Break(sentrytest.Fault{Kind: sentrytest.Hanging, Path: "/filters/"})
	client := connect(t, url, token, http.DefaultTransport)
	var all sync.WaitGroup
	for range 30 {
		all.Go(func() { _, _ = client.GetProject(t.Context(), "web") })
	}
	all.Wait()
	for _, problem := range fake.Problems() {
		if !strings.Contains(problem, "concurrency") {
			t.Error(problem)
		}
	}
}
