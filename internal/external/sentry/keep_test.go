package sentry_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
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
	plan "github.com/tux-io/tux-monitoring-operator/internal/plan/sentry"
)

// resource stands for a resource of the cluster: what it wants, and what is written down in it.
type resource struct {
	t       *testing.T
	config  sentry.Config
	want    sentry.Wanted
	ignored []string

	effective plan.EffectivePrivacy

	recorded  sentry.Identity
	told      plan.Told
	recordErr error
}

func fake(t *testing.T) (*sentrytest.Server, *resource) {
	t.Helper()
	server := contracttest.Start(t, secret)
	served := httptest.NewServer(server)
	t.Cleanup(served.Close)
	// Not the default one: its idle connections are closed whenever any server of httptest is.
	return server, newResource(t, served.URL, "web", served.Client().Transport)
}

func newResource(t *testing.T, url, slug string, transport http.RoundTripper) *resource {
	t.Helper()
	config := sentry.Config{URL: url, Organization: "shop", Token: token(t), UserAgent: "tuxmonitoring/test", Transport: transport}
	return &resource{t: t, config: config, want: sentry.Wanted{
		Slug: slug, Name: "Web shop", Platform: "python-django", Team: "backend", KeyName: "production",
		Claim:    plan.Claim{UID: "uid of " + slug, Adoption: plan.AdoptNever},
		Settings: wantedSettings(),
		Deploy:   plan.Deploy{Release: "1.2.3", Environment: "production"},
	}}
}

func wantedSettings() plan.Settings {
	return plan.Settings{
		Platform: pointer("python-django"), Teams: []string{"ops", "backend"}, DefaultEnvironment: pointer("production"),
		Environments: map[string]bool{"dev": true},
		Privacy: plan.Privacy{
			Scrubber: pointer(true), Defaults: pointer(true), IPAddresses: pointer(true),
			SensitiveFields: []string{"Authorization", "cookie"}, SafeFields: []string{},
			Rules: pointer(plan.PIIRules([]plan.Preset{plan.PresetHeaders, plan.PresetCookies}, nil)),
		},
		Filters:   plan.Filters{WebCrawlers: pointer(true), LegacyBrowsers: pointer(true), HealthChecks: pointer(true)},
		Ownership: plan.Ownership{Rules: pointer("path:src/* #backend\n"), AutoAssignment: pointer("Turn off Auto-Assignment")},
		Key:       plan.Key{Active: pointer(true), RateLimit: &plan.RateLimit{Count: 1000, Window: 60}},
	}
}

// pass is one run, with what is written down and nothing else from the runs before.
func (r *resource) pass(ctx context.Context) (external.Outcome, error) {
	r.want.Claim.RecordedID, r.want.RecordedKeyID = r.recorded.ProjectID, r.recorded.KeyID
	r.want.Claim.RecordedMade, r.want.Told = r.recorded.Made, r.told
	report, err := sentry.Sync(ctx, r.config, r.want, external.Outcome{Ignored: r.ignored}, func(_ context.Context, identity sentry.Identity) error {
		if r.recordErr == nil {
			r.recorded = identity
		}
		if r.recordErr == nil && identity.Told.ID != "" {
			r.told = identity.Told
		}
		return r.recordErr
	})
	outcome := report.Outcome
	r.effective = report.Privacy
	if err != nil {
		for _, hidden := range []string{secret, "c0ffee", "http://", "https://"} {
			if strings.Contains(err.Error(), hidden) {
				r.t.Errorf("%q is in the error %v", hidden, err)
			}
		}
	}
	return outcome, err
}

// inStep checks that nothing is left to do: no write, few reads.
func (r *resource) inStep(server *sentrytest.Server) {
	r.t.Helper()
	server.Requests()
	outcome, err := r.pass(r.t.Context())
	requests := server.Requests()
	if err != nil || len(outcome.Corrected)+len(outcome.Ignored) > 0 {
		r.t.Errorf("not in step: %+v %v", outcome, err)
	}
	if len(requests) > 7 || slices.ContainsFunc(requests, sentrytest.Request.Write) {
		r.t.Errorf("a check of what is in step costs %v", requests)
	}
}

// one checks that there is one project with one key of ours, and that nothing careless was sent.
func one(t *testing.T, server *sentrytest.Server) {
	t.Helper()
	server.Edit(func(s *sentrytest.State) {
		if len(s.Projects) != 1 {
			t.Errorf("%d projects", len(s.Projects))
			return
		}
		var names []string
		for _, key := range s.Projects[0].Keys {
			names = append(names, key.Name)
		}
		if diff := cmp.Diff([]string{"Default", "production"}, names); diff != "" {
			t.Error(diff)
		}
		if name := s.Projects[0].Settings["name"]; name != "Web shop" {
			t.Errorf("the project is called %q", name)
		}
		if release := s.Releases["1.2.3"]; release == nil || len(release.Deploys) != 1 {
			t.Errorf("not one release with one deploy: %+v", release)
		}
	})
	for _, problem := range server.Problems() {
		t.Error(problem)
	}
}

func TestFromNothing(t *testing.T) {
	server, r := fake(t)
	outcome, err := r.pass(t.Context())
	// Not among them: what a new project has already.
	want := []string{
		plan.PathRateLimit, plan.PathDefaultEnvironment, plan.PathLegacyBrowsers, plan.PathWebCrawlers, plan.PathAutoAssignment,
		plan.PathOwnershipRules, plan.PathIPAddresses, plan.PathRules, plan.PathSensitiveFields, plan.PathName, plan.PathTeams,
		plan.PathDeploys,
	}
	if diff := cmp.Diff(external.Outcome{Corrected: want}, outcome); diff != "" || err != nil {
		t.Errorf("%v %s", err, diff)
	}
	if r.recorded.Verdict != plan.Made || !strings.HasPrefix(r.recorded.DSN, "http://"+r.recorded.KeyID+"@") {
		t.Errorf("%+v", r.recorded)
	}
	r.inStep(server)
	one(t, server)
	server.Edit(func(s *sentrytest.State) {
		p := s.Projects[0]
		p.Environments = append(p.Environments, &sentrytest.Environment{ID: "1", Name: "dev"}, &sentrytest.Environment{ID: "2", Name: "other"})
	})
	if outcome, err := r.pass(t.Context()); err != nil || !slices.Equal(outcome.Corrected, []string{"environments.hidden[dev]"}) {
		t.Errorf("an environment that appeared: %+v %v", outcome, err)
	}
	r.inStep(server)
}

// everything is a resource that wants something of each kind, of an environment that sends events.
func everything(t *testing.T) (*sentrytest.Server, *resource) {
	t.Helper()
	server, r := fake(t)
	server.Edit(func(s *sentrytest.State) { s.Sending = []string{"production"} })
	everyPart(&r.want.Settings)
	r.want.Memory = &sentry.Memory{}
	return server, r
}

// TestAnyInterruptionConverges lets each request in turn fail in each way, starts again with only what
// was written down, and looks for what was left behind.
func TestAnyInterruptionConverges(t *testing.T) {
	server, r := everything(t)
	if _, err := r.pass(t.Context()); err != nil {
		t.Fatal(err)
	}
	steps := len(server.Requests())
	kinds := []sentrytest.Kind{
		sentrytest.TooFrequent, sentrytest.TooConcurrent, sentrytest.Broken, sentrytest.Unavailable, sentrytest.Hanging,
		sentrytest.LoginPage, sentrytest.Truncated, sentrytest.BrokenAfterCommit, sentrytest.LostAnswer, sentrytest.IDContention,
	}
	for at := range steps {
		for _, kind := range kinds {
			t.Run(fmt.Sprintf("request %d of %d, fault %d", at+1, steps, kind), func(t *testing.T) {
				t.Parallel()
				server, r := everything(t)
				server.Break(sentrytest.Fault{Kind: kind, Skip: at, Times: 1})
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				if kind == sentrytest.Hanging {
					go giveUp(ctx, cancel, server)
				}
				_, err := r.pass(ctx)
				if hits := server.Repair(); hits != 1 {
					t.Errorf("the fault happened %d times", hits)
				}
				if _, terminal := fault.AsTerminal(err); terminal {
					t.Errorf("a passing fault needs a person: %v", err)
				}
				r.want.Memory = &sentry.Memory{}
				if _, err := r.pass(t.Context()); err != nil {
					t.Errorf("the next pass: %v", err)
				}
				r.inStep(server)
				one(t, server)
				server.Edit(func(s *sentrytest.State) {
					if len(s.Workflows) != 3 || len(s.Detectors) != 4 || len(s.Monitors) != 1 {
						t.Errorf("%d alerts, %d detectors, %d cron monitors", len(s.Workflows), len(s.Detectors), len(s.Monitors))
					}
				})
			})
		}
	}
	t.Logf("%d requests, each with %d faults", steps, len(kinds))
}

// giveUp cancels once a request hangs, as a timeout would.
func giveUp(ctx context.Context, cancel context.CancelFunc, server *sentrytest.Server) {
	for ctx.Err() == nil {
		if server.Hits() > 0 {
			cancel()
		}
		select {
		case <-ctx.Done():
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// TestWhatIsNotWrittenDownIsFoundAgain: the cluster does not take the numbers.
func TestWhatIsNotWrittenDownIsFoundAgain(t *testing.T) {
	server, r := fake(t)
	r.recordErr = errors.New("etcd is away")
	for range 3 {
		if _, err := r.pass(t.Context()); !errors.Is(err, r.recordErr) {
			t.Error(err)
		}
	}
	r.recordErr = nil
	if _, err := r.pass(t.Context()); err != nil || r.recorded.Verdict != plan.Made {
		t.Errorf("%+v %v", r.recorded, err)
	}
	r.inStep(server)
	one(t, server)
}

func TestWhoseProject(t *testing.T) {
	theirs := func(s *sentrytest.State) { s.AddProject("web", "ops") }
	tests := map[string]struct {
		prepare  func(*sentrytest.State)
		adoption plan.Adoption
		owned    bool
		terminal string
		waiting  string
		verdict  plan.Verdict
		faults   []sentrytest.Fault
	}{
		"the slug is free":                {verdict: plan.Made},
		"somebody has it":                 {prepare: theirs, terminal: sentry.ReasonProjectTaken},
		"somebody has it, and may give":   {prepare: theirs, adoption: plan.AdoptIfUnowned, verdict: plan.Adopted},
		"another resource owns it":        {prepare: theirs, adoption: plan.AdoptIfUnowned, owned: true, terminal: sentry.ReasonProjectTaken},
		"it was renamed":                  {prepare: func(s *sentrytest.State) { s.AddProject("shop", "ops").OldSlugs = []string{"web"} }, terminal: sentry.ReasonProjectMoved},
		"it was deleted":                  {prepare: func(s *sentrytest.State) { s.AddProject("web", "ops").Deleted = true }, verdict: plan.Made},
		"there is no such team":           {prepare: func(s *sentrytest.State) { s.Teams = []string{"ops"} }, waiting: external.ReasonParentMissing},
		"members may not create projects": {prepare: func(s *sentrytest.State) { s.Organization.MembersCreateProjects = false }, terminal: external.ReasonDenied},
		"the token is not valid":          {prepare: func(s *sentrytest.State) { s.Tokens = nil }, terminal: external.ReasonUnauthorized},
		"the call is gone":                {faults: []sentrytest.Fault{{Kind: sentrytest.Gone}}, terminal: external.ReasonUnsupported},
		"another server answers":          {faults: []sentrytest.Fault{{Kind: sentrytest.LoginPage}}, waiting: sentry.ReasonNotAPI},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			server, r := fake(t)
			if tc.prepare != nil {
				server.Edit(tc.prepare)
			}
			for _, f := range tc.faults {
				server.Break(f)
			}
			if tc.adoption != "" {
				r.want.Claim.Adoption = tc.adoption
			}
			r.want.Claim.Owned = tc.owned
			_, err := r.pass(t.Context())
			terminal, isTerminal := fault.AsTerminal(err)
			if isTerminal != (tc.terminal != "") || isTerminal && terminal.Reason != tc.terminal {
				t.Errorf("%#v, want terminal %q", err, tc.terminal)
			}
			waiting, isWaiting := fault.AsWaiting(err)
			if isWaiting != (tc.waiting != "") || isWaiting && waiting.Reason != tc.waiting {
				t.Errorf("%#v, want waiting %q", err, tc.waiting)
			}
			if r.recorded.Verdict != tc.verdict || r.recorded.Made != (tc.verdict == plan.Made) {
				t.Errorf("%+v, want verdict %d", r.recorded, tc.verdict)
			}
			wrote := slices.ContainsFunc(server.Requests(), func(q sentrytest.Request) bool { return q.Write() && q.Status < 300 })
			if wrote != (err == nil) {
				t.Errorf("something was written: %v, error %v", wrote, err)
			}
		})
	}
}

// TestFasterThanUs: between looking and creating somebody else takes the slug.
func TestFasterThanUs(t *testing.T) {
	server, r := fake(t)
	transport := roundTrip(func(q *http.Request) (*http.Response, error) {
		if q.Method == http.MethodPost {
			server.Edit(func(s *sentrytest.State) {
				if p := s.Projects; len(p) == 0 {
					s.AddProject("web", "ops")
				}
			})
		}
		return http.DefaultTransport.RoundTrip(q)
	})
	served := httptest.NewServer(server)
	defer served.Close()
	r.config = newResource(t, served.URL, "web", transport).config
	_, err := r.pass(t.Context())
	if terminal, ok := fault.AsTerminal(err); !ok || terminal.Reason != sentry.ReasonProjectTaken {
		t.Errorf("%v", err)
	}
}

func TestADeletedProjectIsMadeAgain(t *testing.T) {
	server, r := fake(t)
	if _, err := r.pass(t.Context()); err != nil {
		t.Fatal(err)
	}
	first := r.recorded
	server.Edit(func(s *sentrytest.State) { s.Projects[0].Deleted, s.Projects[0].Slug = true, "0123" })
	if _, err := r.pass(t.Context()); err != nil || r.recorded.ProjectID == first.ProjectID || r.recorded.DSN == first.DSN {
		t.Errorf("%+v after %+v: %v", r.recorded, first, err)
	}
	r.inStep(server)
}

func TestRenamedBySomebodyItStaysOurs(t *testing.T) {
	server, r := fake(t)
	if _, err := r.pass(t.Context()); err != nil {
		t.Fatal(err)
	}
	server.Edit(func(s *sentrytest.State) {
		s.Projects[0].Slug, s.Projects[0].OldSlugs = "shop-web", []string{"web"}
		s.Projects[0].Settings["name"] = "Our shop"
	})
	r.inStep(server) // the name is not wanted, so it is theirs
	if r.recorded.Slug != "shop-web" || r.recorded.Verdict != plan.Known {
		t.Errorf("%+v", r.recorded)
	}
}

func TestDriftIsRepairedAndNothingElseTouched(t *testing.T) {
	server, r := fake(t)
	if _, err := r.pass(t.Context()); err != nil {
		t.Fatal(err)
	}
	server.Edit(func(s *sentrytest.State) {
		p := s.Projects[0]
		p.Settings["scrubIPAddresses"], p.Settings["subjectPrefix"], p.Settings["resolveAge"] = false, "[theirs]", 48
		p.Filters["web-crawlers"] = false
		p.Filters["localhost"] = true // not wanted
		p.Filters["legacy-browsers"] = []string{"ie"}
		p.Teams = []string{"ops", "guests"}
		s.Teams = append(s.Teams, "guests")
		p.Keys[1].Active = false
	})
	server.Requests()
	outcome, err := r.pass(t.Context())
	want := []string{plan.PathKeyActive, plan.PathWebCrawlers, plan.PathIPAddresses, plan.PathTeams}
	if diff := cmp.Diff(want, outcome.Corrected); diff != "" || err != nil {
		t.Errorf("%v %s", err, diff)
	}
	var writes []string
	for _, q := range server.Requests() {
		if q.Write() {
			_, path, _ := strings.Cut(q.Path, r.recorded.ProjectID)
			writes = append(writes, q.Method+" "+strings.ReplaceAll(path, r.recorded.KeyID, "KEY"))
		}
	}
	expected := []string{"PUT /", "POST /teams/backend/", "DELETE /teams/guests/", "PUT /keys/KEY/", "PUT /filters/web-crawlers/"}
	if diff := cmp.Diff(expected, writes); diff != "" {
		t.Error(diff)
	}
	server.Edit(func(s *sentrytest.State) {
		p := s.Projects[0]
		if p.Settings["subjectPrefix"] != "[theirs]" || p.Settings["resolveAge"] != 48 || p.Filters["localhost"] != true {
			t.Errorf("touched what is not wanted: %v %v", p.Settings, p.Filters)
		}
	})
	r.inStep(server)
}

func TestWhatIsIgnoredIsNamedAndLeftAlone(t *testing.T) {
	server, r := fake(t)
	server.Edit(func(s *sentrytest.State) { s.Features, s.Deaf = nil, map[string]bool{"relayPiiConfig": true} })
	outcome, err := r.pass(t.Context())
	if diff := cmp.Diff([]string{plan.PathRateLimit, plan.PathRules}, outcome.Ignored); diff != "" || err != nil {
		t.Errorf("%v %s", err, diff)
	}
	r.ignored = outcome.Ignored
	server.Requests()
	if outcome, err = r.pass(t.Context()); err != nil || len(outcome.Ignored) != 2 || slices.ContainsFunc(server.Requests(), sentrytest.Request.Write) {
		t.Errorf("%+v %v", outcome, err)
	}
	// The plan is upgraded, and somebody asks again.
	server.Edit(func(s *sentrytest.State) { s.Features, s.Deaf = map[string]bool{"projects:rate-limits": true}, nil })
	r.ignored = nil
	if outcome, err = r.pass(t.Context()); err != nil || len(outcome.Corrected) != 2 || len(outcome.Ignored) > 0 {
		t.Errorf("%+v %v", outcome, err)
	}
}

// TestAReaderIsFoundOut: a token that may only read is told 200 for empty values; the read-back sees it.
func TestAReaderIsFoundOut(t *testing.T) {
	server, r := fake(t)
	if _, err := r.pass(t.Context()); err != nil {
		t.Fatal(err)
	}
	server.Edit(func(s *sentrytest.State) { s.Tokens[secret] = []string{"org:read", "project:read"} })
	r.want.Settings = plan.Settings{Privacy: plan.Privacy{Scrubber: pointer(false), SensitiveFields: []string{}}}
	outcome, err := r.pass(t.Context())
	if diff := cmp.Diff([]string{plan.PathScrubber, plan.PathSensitiveFields}, outcome.Ignored); diff != "" || err != nil {
		t.Errorf("%v %s", err, diff)
	}
}

func TestOneWrongValueDoesNotHoldUpTheOthers(t *testing.T) {
	server, r := fake(t)
	r.want.Settings.Privacy.Rules, r.want.Settings.Privacy.SafeFields = pointer("{"), []string{"a b"}
	_, err := r.pass(t.Context())
	for _, leaf := range fault.Leaves(err) {
		if terminal, ok := fault.AsTerminal(leaf); !ok || terminal.Reason != external.ReasonRejected {
			t.Errorf("%v", leaf)
		}
	}
	if len(fault.Leaves(err)) != 2 || !strings.Contains(err.Error(), "privacy.rules: ") || !strings.Contains(err.Error(), "privacy.safeFields: ") {
		t.Errorf("%v", err)
	}
	r.want.Settings.Privacy.Rules, r.want.Settings.Privacy.SafeFields = nil, nil
	r.inStep(server)
	one(t, server)
}

func TestOlderServers(t *testing.T) {
	server, r := fake(t)
	server.Edit(func(s *sentrytest.State) { s.Old, s.SelfHosted = true, true })
	if _, err := r.pass(t.Context()); err != nil {
		t.Error(err)
	}
	r.inStep(server)
	one(t, server)
}

// TestManyResourcesStayWithinTheLimits: all are due at once, and share what the host allows. Everything
// is ten times as fast as in production, so that the test is.
func TestManyResourcesStayWithinTheLimits(t *testing.T) {
	const resources = 200
	server := contracttest.Start(t, secret)
	server.Edit(func(s *sentrytest.State) { s.PerSecond, s.Concurrent = 400, 25 })
	served := httptest.NewServer(server)
	defer served.Close()
	traffic := &traffic{}
	hosts, err := external.NewHosts(external.HostsConfig{
		Clock: external.SystemClock(), Jitter: func() float64 { return 0.5 }, Read: sentry.ReadLimits, Base: traffic,
		Limits: external.Limits{
			PerSecond: 200, Burst: 50, Concurrent: 10, Timeout: 10 * time.Second, MaxPause: time.Minute, Failures: 5, OpenFor: time.Second,
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	synced := make(chan error, resources)
	runner, err := external.NewRunner(external.RunnerConfig{
		Clock: external.SystemClock(), Jitter: func() float64 { return 0.5 }, Interval: time.Hour, Spread: time.Second,
		MinBackoff: 100 * time.Millisecond, MaxBackoff: time.Second, Timeout: time.Minute, Workers: 16,
		Done: func(_ external.Key, result external.Result, _ bool) {
			if result.Synced {
				synced <- result.Err
			}
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { _ = runner.Start(ctx) })
	defer running.Wait()
	defer stop()
	for i := range resources {
		r := newResource(t, served.URL, fmt.Sprintf("web-%d", i), hosts)
		// Few settings, so that most requests are for the same endpoints.
		r.want.Settings = plan.Settings{Privacy: plan.Privacy{IPAddresses: pointer(true)}}
		runner.Tell(external.Task{Key: external.Key{System: "sentry", Name: r.want.Slug}, Sync: func(ctx context.Context, last external.Outcome) (external.Outcome, error) {
			r.ignored = last.Ignored
			return r.pass(ctx)
		}})
	}
	begin := time.Now()
	for range resources {
		select {
		case err := <-synced:
			if err != nil {
				t.Error(err)
			}
		case <-time.After(2 * time.Minute):
			t.Fatal("not all are in step")
		}
	}
	for _, problem := range server.Problems() {
		t.Error(problem)
	}
	total := len(server.Requests())
	if len(traffic.times) != total || traffic.busiest() > 300 || traffic.most > 10 {
		t.Errorf("%d of %d requests were counted, %d in a second, %d at once", len(traffic.times), total, traffic.busiest(), traffic.most)
	}
	t.Logf("%d resources in %s, %d requests, %d in the busiest second, %d at once",
		resources, time.Since(begin).Round(time.Millisecond), total, traffic.busiest(), traffic.most)
}

// traffic notes when requests are sent, and how many are under way.
type traffic struct {
	mu          sync.Mutex
	times       []time.Time
	under, most int
}

func (tr *traffic) RoundTrip(r *http.Request) (*http.Response, error) {
	tr.mu.Lock()
	tr.times = append(tr.times, time.Now())
	tr.under++
	tr.most = max(tr.most, tr.under)
	tr.mu.Unlock()
	defer func() {
		tr.mu.Lock()
		defer tr.mu.Unlock()
		tr.under--
	}()
	return http.DefaultTransport.RoundTrip(r)
}

// busiest is the largest number of requests in any second.
func (tr *traffic) busiest() int {
	most, first := 0, 0
	for i, at := range tr.times {
		for at.Sub(tr.times[first]) >= time.Second {
			first++
		}
		most = max(most, i-first+1)
	}
	return most
}

func TestOnlyWhatWeMadeIsDeleted(t *testing.T) {
	tests := map[string]struct {
		change  func(*sentry.Identity)
		deleted bool
	}{
		"made by us":             {func(*sentry.Identity) {}, true},
		"adopted":                {func(i *sentry.Identity) { i.Made = false }, false},
		"never written down":     {func(i *sentry.Identity) { *i = sentry.Identity{Made: true, Slug: "web"} }, false},
		"another one by now":     {func(i *sentry.Identity) { i.ProjectID = "1" }, false},
		"deleted already: twice": {func(*sentry.Identity) {}, true},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			server, r := fake(t)
			for range 2 {
				if _, err := r.pass(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			identity := r.recorded
			tc.change(&identity)
			for range 2 {
				client, err := sentry.New(r.config)
				if err != nil {
					t.Fatal(err)
				}
				if err := client.Release(t.Context(), identity); err != nil {
					t.Error(err)
				}
			}
			server.Edit(func(s *sentrytest.State) {
				if s.Projects[0].Deleted != tc.deleted {
					t.Errorf("deleted: %v", s.Projects[0].Deleted)
				}
			})
		})
	}
}

func TestWhatHoldsInTheEnd(t *testing.T) {
	server, r := fake(t)
	server.Edit(func(s *sentrytest.State) {
		s.Organization.Settings["scrubIPAddresses"] = true
		s.Organization.Settings["safeFields"] = []string{"authorization"}
	})
	r.want.Settings.Privacy.IPAddresses = pointer(false)
	if _, err := r.pass(t.Context()); err != nil {
		t.Fatal(err)
	}
	want := plan.EffectivePrivacy{
		Scrubber: true, Defaults: true, IPAddresses: true,
		SensitiveFields: []string{"authorization", "cookie"}, SafeFields: []string{"authorization"},
		Overridden: []string{plan.PathIPAddresses}, Exposed: []string{"authorization"},
	}
	if diff := cmp.Diff(want, r.effective); diff != "" {
		t.Error(diff)
	}
	r.inStep(server)
}

func TestTheLimitsAreHalfOfWhatSentryAllows(t *testing.T) {
	limits := sentry.Limits()
	if busiest := int(limits.PerSecond) + limits.Burst; busiest >= 40 || limits.Concurrent >= 25 {
		t.Errorf("%d requests in a second, %d at once", busiest, limits.Concurrent)
	}
	if _, err := external.NewHosts(external.HostsConfig{
		Clock: external.SystemClock(), Jitter: func() float64 { return 0 }, Read: sentry.ReadLimits, Limits: limits,
	}); err != nil {
		t.Error(err)
	}
}

func TestConnect(t *testing.T) {
	server := contracttest.Start(t, secret)
	server.Edit(func(s *sentrytest.State) {
		s.Organization.Settings["scrubIPAddresses"] = true
		s.Organization.Settings["safeFields"] = []string{"authorization"}
	})
	served := httptest.NewServer(server)
	defer served.Close()
	config := sentry.Config{URL: served.URL, Organization: "shop", Token: token(t), UserAgent: "t", Transport: http.DefaultTransport}
	_, organization, err := sentry.Connect(t.Context(), config)
	want := plan.Policy{IPAddresses: true, SensitiveFields: []string{}, SafeFields: []string{"authorization"}}
	if diff := cmp.Diff(want, organization.Policy()); diff != "" || err != nil {
		t.Errorf("%v %s", err, diff)
	}
	config.Organization = "other"
	if _, _, err := sentry.Connect(t.Context(), config); err == nil {
		t.Error("an organization that is not there")
	}
}
