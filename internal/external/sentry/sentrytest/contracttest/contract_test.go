package contracttest_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/routers"

	"github.com/tux-io/tux-monitoring-operator/internal/external/sentry"
	"github.com/tux-io/tux-monitoring-operator/internal/external/sentry/sentrytest"
	"github.com/tux-io/tux-monitoring-operator/internal/external/sentry/sentrytest/contracttest"
	plan "github.com/tux-io/tux-monitoring-operator/internal/plan/sentry"
)

const token = "sntryi_0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

// planted is the number of an event with made-up secrets.
const planted = "0123456789abcdef0123456789abcdef"

func pointer[T any](v T) *T { return &v }

// TestContract makes every call of the client, in ways that succeed and in ways that are refused, and
// compares each request and each answer with what Sentry publishes.
func TestContract(t *testing.T) {
	fake := sentrytest.New(token)
	compared, err := contracttest.New()
	if err != nil {
		t.Fatal(err)
	}
	fake.Inspect(compared.Handler)
	server := httptest.NewServer(fake)
	defer server.Close()
	client := connect(t, server.URL, token)
	ctx := t.Context()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Error(err)
		}
	}
	refused := func(err error) {
		t.Helper()
		if err == nil {
			t.Error("not refused")
		}
	}

	_, err = client.Organization(ctx)
	must(err)
	_, err = client.GetProject(ctx, "web")
	refused(err)
	made, err := client.CreateProject(ctx, "backend", sentry.NewProject{Name: "Web", Slug: "web", Platform: "python-django"})
	must(err)
	_, err = client.CreateProject(ctx, "backend", sentry.NewProject{Name: "Web", Slug: "web"})
	refused(err)
	_, err = client.CreateProject(ctx, "nobody", sentry.NewProject{Name: "Web", Slug: "web2"})
	refused(err)
	fake.Edit(func(s *sentrytest.State) {
		s.Projects[0].Environments = []*sentrytest.Environment{{ID: "1", Name: "prod/eu"}, {ID: "2", Name: "dev", Hidden: true}}
	})
	must(client.UpdateProject(ctx, made.ID, sentry.ProjectUpdate{
		Name: pointer("Web"), Platform: pointer("python"), DataScrubber: pointer(true), DataScrubberDefaults: pointer(true),
		ScrubIPAddresses: pointer(true), SensitiveFields: &[]string{"authorization"}, SafeFields: &[]string{},
		RelayPIIConfig:     pointer(`{"rules":{},"applications":{"$http.headers.authorization":["@anything:remove"]}}`),
		DefaultEnvironment: pointer("production"),
	}))
	refused(client.UpdateProject(ctx, made.ID, sentry.ProjectUpdate{RelayPIIConfig: pointer("{")}))
	_, err = client.GetProject(ctx, "web")
	must(err)
	must(client.AddTeam(ctx, made.ID, "ops"))
	must(client.RemoveTeam(ctx, made.ID, "backend"))
	refused(client.AddTeam(ctx, made.ID, "nobody"))

	key, err := client.CreateKey(ctx, made.ID, "production")
	must(err)
	must(client.UpdateKey(ctx, made.ID, key.ID, sentry.KeyUpdate{Active: pointer(true), RateLimit: &sentry.RateLimit{Count: pointer(100), Window: pointer(60)}}))
	must(client.UpdateKey(ctx, made.ID, key.ID, sentry.KeyUpdate{RateLimit: &sentry.RateLimit{}}))
	refused(client.UpdateKey(ctx, made.ID, "0123", sentry.KeyUpdate{Active: pointer(false)}))
	_, err = client.Keys(ctx, made.ID)
	must(err)
	_, err = client.Filters(ctx, made.ID)
	must(err)
	must(client.SetFilter(ctx, made.ID, "web-crawlers", true))
	must(client.SetFilter(ctx, made.ID, "legacy-browsers", true))
	refused(client.SetFilter(ctx, made.ID, "nothing", true))
	_, err = client.Environments(ctx, made.ID)
	must(err)
	must(client.HideEnvironment(ctx, made.ID, "prod/eu", true))
	refused(client.HideEnvironment(ctx, made.ID, "never seen", true))
	_, err = client.Ownership(ctx, made.ID)
	must(err)
	must(client.SetOwnership(ctx, made.ID, sentry.OwnershipUpdate{Raw: pointer("path:src/* #backend"), AutoAssignment: pointer("Turn off Auto-Assignment")}))
	refused(client.SetOwnership(ctx, made.ID, sentry.OwnershipUpdate{AutoAssignment: pointer("Somebody")}))
	_, err = client.Ownership(ctx, made.ID)
	must(err)
	_, err = client.Event(ctx, made.ID, planted)
	refused(err)
	must(sentry.Send(ctx, "http://"+key.ID+"@"+strings.TrimPrefix(server.URL, "http://")+"/"+made.ID, http.DefaultTransport,
		plan.NewProofEvent(planted, "production")))
	_, err = client.Event(ctx, made.ID, planted)
	must(err)
	must(client.CreateRelease(ctx, "1.2.3", "web"))
	must(client.CreateRelease(ctx, "1.2.3", "web"))
	refused(client.CreateRelease(ctx, "latest", "web"))
	refused(client.CreateRelease(ctx, "1.2.4", "nothing"))
	_, err = client.CreateDeploy(ctx, "1.2.3", sentry.NewDeploy{Name: "first", Environment: "prod/eu", Projects: []string{"web"}})
	must(err)
	_, err = client.CreateDeploy(ctx, "1.2.4", sentry.NewDeploy{Name: "first", Environment: "prod/eu", Projects: []string{"web"}})
	refused(err)
	_, err = client.Deploys(ctx, "1.2.3")
	must(err)
	_, err = client.Workflows(ctx, made.ID)
	must(err)
	_, err = client.FindWorkflows(ctx, "nothing")
	must(err)
	_, err = client.Detectors(ctx, made.ID)
	must(err)
	refused(client.CreateWorkflow(ctx, sentry.WorkflowUpdate{Name: "early", Environment: "never seen"}))
	refused(client.UpdateWorkflow(ctx, "1", sentry.WorkflowUpdate{Name: "none"}))
	refused(client.DeleteWorkflow(ctx, "1"))
	refused(client.CreateDetector(ctx, made.ID, sentry.DetectorUpdate{Name: "early", Type: "metric_issue"}))
	refused(client.UpdateDetector(ctx, "1", sentry.DetectorUpdate{Name: "none", Type: "metric_issue"}))
	cron := sentry.MonitorUpdate{Project: made.ID, Slug: "nightly", Name: "Nightly", Status: "active", Config: sentry.MonitorConfig{
		ScheduleType: "crontab", Schedule: json.RawMessage(`"0 3 * * *"`), Timezone: "Europe/Berlin", CheckInMargin: pointer(5),
		MaxRuntime: pointer(30), FailureThreshold: pointer(2), RecoverThreshold: pointer(1),
	}}
	must(client.CreateMonitor(ctx, cron))
	refused(client.CreateMonitor(ctx, cron))
	must(client.UpdateMonitor(ctx, cron))
	cron.Config.Schedule = json.RawMessage(`"often"`)
	refused(client.UpdateMonitor(ctx, cron))
	_, err = client.Monitors(ctx, made.ID)
	must(err)
	fake.Edit(func(s *sentrytest.State) { s.Old = true })
	must(client.SetFilter(ctx, made.ID, "localhost", true))
	must(client.SetOwnership(ctx, made.ID, sentry.OwnershipUpdate{Raw: pointer("")}))
	must(client.DeleteProject(ctx, made.ID))
	refused(client.DeleteProject(ctx, made.ID))

	stranger := connect(t, server.URL, "sntryu_00")
	_, err = stranger.Organization(ctx)
	refused(err)
	if problems := fake.Problems(); len(problems) > 0 {
		t.Error(problems)
	}
	keepAll(t, client, fake)
	for _, problem := range compared.Problems() {
		t.Error(problem)
	}
	everyOperation(t, compared)
}

// keepAll sends what the operator sends: everything that can be set, from nothing and after drift.
func keepAll(t *testing.T, client *sentry.Client, fake *sentrytest.Server) {
	t.Helper()
	want := sentry.Wanted{
		Slug: "kept", Name: "Kept", Platform: "python-django", Team: "backend", KeyName: "production",
		Claim: plan.Claim{UID: "6b1f", Adoption: plan.AdoptNever}, Deploy: plan.Deploy{Release: "1.2.3", Environment: "production"},
		Settings: plan.Settings{
			Slug: pointer("kept"), Platform: pointer("python"), Teams: []string{"ops"}, DefaultEnvironment: pointer("production"),
			Environments: map[string]bool{"dev/ü": true},
			Privacy: plan.Privacy{
				Scrubber: pointer(false), Defaults: pointer(false), IPAddresses: pointer(true), SensitiveFields: []string{"a"},
				SafeFields: []string{"b"}, Rules: pointer(plan.PIIRules([]plan.Preset{plan.PresetBodies, plan.PresetQueryStrings}, []string{"X-A"})),
			},
			Filters: plan.Filters{
				BrowserExtensions: pointer(true), HealthChecks: pointer(false), LegacyBrowsers: pointer(true), Localhost: pointer(true),
				WebCrawlers: pointer(true),
			},
			Ownership: plan.Ownership{Rules: pointer("path:a #ops"), AutoAssignment: pointer("Auto Assign to Suspect Commits")},
			CronMonitors: map[string]plan.CronMonitor{"kept": {
				Name: "Kept", Schedule: "*/5 * * * *", Timezone: "UTC", Margin: 1, MaxRuntime: 2, Failures: 3, Recoveries: 4, Active: true,
			}},
			Alerts: map[string]plan.Alert{
				"new":  {Environment: "dev/ü", On: true, Minutes: 30, Trigger: plan.TriggerNewIssue},
				"back": {Environment: "dev/ü", On: true, Minutes: 0, Trigger: plan.TriggerRegression, Team: "ops"},
				"many": {Environment: "dev/ü", On: true, Minutes: 60, Events: 100, Window: "1h"},
			},
			MetricMonitors: map[string]plan.MetricMonitor{"errors": plan.ErrorRate("dev/ü", 50, 900), "slow": plan.P95("dev/ü", 800, 300)},
			Key:            plan.Key{Active: pointer(false), RateLimit: &plan.RateLimit{Count: 1, Window: 60}},
		},
	}
	var identity sentry.Identity
	record := func(_ context.Context, i sentry.Identity) error { identity = i; return nil }
	for range 3 {
		outcome, _, err := client.Keep(t.Context(), want, nil, record)
		if err != nil || len(outcome.Corrected) == 0 || len(outcome.Ignored) > 0 {
			t.Errorf("%+v %v", outcome, err)
		}
		want.Claim.RecordedID, want.RecordedKeyID = identity.ProjectID, identity.KeyID
		want.Settings.Key.RateLimit, want.Settings.Privacy.SafeFields = &plan.RateLimit{}, []string{}
		fake.Edit(func(s *sentrytest.State) {
			p := s.Projects[len(s.Projects)-1]
			p.Environments = []*sentrytest.Environment{{ID: "3", Name: "dev/ü"}}
			for _, w := range s.Workflows {
				w.Enabled = false
			}
			for _, d := range s.Detectors {
				d.Enabled = false
			}
			p.Filters = map[string]any{"browser-extensions": false, "legacy-browsers": []string{}, "web-crawlers": false}
		})
		want.Settings.Filters.HealthChecks, want.Settings.Filters.Localhost = nil, nil
		want.Settings.Slug, want.Settings.Key.Name = pointer("kept-2"), pointer("prod")
	}
	want.Claim.RecordedMade = true
	if err := client.Withdraw(t.Context(), want); err != nil {
		t.Error(err)
	}
}

// TestTheContractFindsViolations: a comparison that never fails would be none.
func TestTheContractFindsViolations(t *testing.T) {
	answers := map[string]string{
		"/api/0/projects/shop/7/keys/":    `[{"id":"k"}]`,
		"/api/0/projects/shop/7/filters/": `[{"id":"localhost","active":"yes"}]`,
		"/api/0/organizations/shop/":      `{}`,
	}
	server := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, answers[r.URL.Path])
	})
	for path := range answers {
		if len(problems(t, server, http.MethodGet, path, "")) == 0 {
			t.Errorf("nothing is wrong with %s", path)
		}
	}
	for path, body := range map[string]string{
		"/api/0/projects/shop/7/keys/k/":            `{"rateLimit":null}`,
		"/api/0/teams/shop/backend/projects/":       `{"name":"web","slug":"12345"}`,
		"/api/0/projects/shop/7/environments/prod/": `{}`,
		"/api/0/projects/shop/7/rules/":             `{}`,
	} {
		method := http.MethodPut
		if strings.HasPrefix(path, "/api/0/teams") {
			method = http.MethodPost
		}
		found := strings.Join(problems(t, server, method, path, body), "\n")
		if !strings.Contains(found, ": request ") && !strings.Contains(found, routers.ErrPathNotFound.Error()) {
			t.Errorf("nothing is wrong with sending %s %s: %s", path, body, found)
		}
	}
}

// problems are those of one request.
func problems(t *testing.T, server http.Handler, method, path, body string) []string {
	t.Helper()
	compared, err := contracttest.New()
	if err != nil {
		t.Fatal(err)
	}
	request := httptest.NewRequestWithContext(t.Context(), method, path, strings.NewReader(body))
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Authorization", "Bearer "+token)
	compared.Handler(server).ServeHTTP(httptest.NewRecorder(), request)
	return compared.Problems()
}

// everyOperation: what the client can ask was asked, and went through the comparison.
func everyOperation(t *testing.T, c *contracttest.Contract) {
	t.Helper()
	want := []string{
		"addProjectTeam", "createOrganizationMonitor", "createOrganizationProjectDetector", "createOrganizationRelease",
		"createOrganizationReleaseDeploy", "createOrganizationWorkflow", "createProjectKey", "createTeamProject",
		"deleteOrganizationWorkflow", "deleteProject", "deleteProjectTeam", "getOrganization", "getProject", "getProjectEvent", "getProjectOwnership",
		"listOrganizationDetectors", "listOrganizationMonitors", "listOrganizationReleaseDeploys",
		"listOrganizationWorkflows", "listProjectEnvironments", "listProjectFilters", "listProjectKeys",
		"updateOrganizationDetector", "updateOrganizationMonitor", "updateOrganizationWorkflow", "updateProject",
		"updateProjectEnvironment", "updateProjectFilter", "updateProjectKey", "updateProjectOwnership",
	}
	if got := c.Operations(); !slices.Equal(got, want) {
		t.Errorf("compared %v, want %v", got, want)
	}
}

func connect(t *testing.T, url, secret string) *sentry.Client {
	t.Helper()
	kept, err := sentry.NewToken(secret)
	if err != nil {
		t.Fatal(err)
	}
	client, err := sentry.New(sentry.Config{
		URL: url, Organization: "shop", Token: kept, UserAgent: "tuxmonitoring/test", Transport: http.DefaultTransport,
	})
	if err != nil {
		t.Fatal(err)
	}
	return client
}
