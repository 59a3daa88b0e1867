package sentrytest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"

	"github.com/tux-io/tux-monitoring-operator/internal/external/sentry"
	"github.com/tux-io/tux-monitoring-operator/internal/external/sentry/sentrytest"
	plan "github.com/tux-io/tux-monitoring-operator/internal/plan/sentry"
)

// published is what Sentry publishes of the operations we use; testdata/README.md says from where, and under
// which licence.
const published = "testdata/openapi.json"

const token = "sntryi_0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

// undeclared are the answers which Sentry gives and its document does not have, with the reason.
var undeclared = map[string]string{
	"PUT updateProject 400":          "a field that is wrong",
	"* 302":                          "a project that was renamed",
	"* 401":                          "a token that is not valid",
	"* 403":                          "a scope that is missing",
	"* 404":                          "a project that does not exist",
	"PUT updateProjectFilter 201":    "servers of 2024",
	"PUT updateProjectOwnership 200": "servers of 2024",
}

// contract validates what passes through it, in both directions.
type contract struct {
	next   http.RoundTripper
	router routers.Router

	mu       sync.Mutex
	seen     map[string]int
	problems []string
}

func (c *contract) report(format string, values ...any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.problems = append(c.problems, fmt.Sprintf(format, values...))
}

func newContract(t *testing.T, server string) *contract {
	t.Helper()
	c := &contract{next: http.DefaultTransport, seen: map[string]int{}}
	content, err := os.ReadFile(published)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := openapi3.NewLoader().LoadFromData(withNulls(t, content))
	if err != nil {
		t.Fatal(err)
	}
	if err := doc.Validate(t.Context(), openapi3.SetRegexCompiler(compile), openapi3.EnableExamplesValidation()); err != nil {
		t.Fatal(err)
	}
	doc.Servers = openapi3.Servers{{URL: server}}
	router, err := gorillamux.NewRouter(doc)
	if err != nil {
		t.Fatal(err)
	}
	c.router = router
	return c
}

// withNulls lets a schema that allows anything allow null, as JSON schema has it and kin-openapi does not.
func withNulls(t *testing.T, content []byte) []byte {
	var doc any
	if err := json.Unmarshal(content, &doc); err != nil {
		t.Fatal(err)
	}
	var walk func(any)
	walk = func(node any) {
		switch node := node.(type) {
		case []any:
			for _, one := range node {
				walk(one)
			}
		case map[string]any:
			for name, one := range node {
				schemas := map[string]any{"": one}
				if properties, ok := one.(map[string]any); ok && name == "properties" {
					schemas = properties
				} else if name != "additionalProperties" && name != "items" {
					schemas = nil
				}
				for _, one := range schemas {
					if schema, ok := one.(map[string]any); ok && untyped(schema) {
						schema["nullable"] = true
					}
				}
				walk(one)
			}
		}
	}
	walk(doc)
	adapted, err := json.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	return adapted
}

func untyped(schema map[string]any) bool {
	for _, name := range []string{"type", "anyOf", "oneOf", "allOf", "enum"} {
		if schema[name] != nil {
			return false
		}
	}
	return true
}

const notAllDigits = `^(?![0-9]+$)`

// pattern is a regular expression, and whether a text of digits alone is excluded by a lookahead, which
// the expressions of Go do not have.
type pattern struct {
	*regexp.Regexp
	notDigits bool
}

var digits = regexp.MustCompile(`^[0-9]+$`)

func (p pattern) MatchString(text string) bool {
	return p.Regexp.MatchString(text) && (!p.notDigits || !digits.MatchString(text))
}

func compile(expression string) (openapi3.RegexMatcher, error) {
	rest, found := strings.CutPrefix(expression, notAllDigits)
	if found {
		rest = "^" + rest
	}
	compiled, err := regexp.Compile(rest)
	return pattern{compiled, found}, err
}

func (c *contract) RoundTrip(r *http.Request) (*http.Response, error) {
	sent := []byte(nil)
	if r.Body != nil {
		sent, _ = io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(sent))
	}
	answer, err := c.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	got, err := io.ReadAll(answer.Body)
	answer.Body = io.NopCloser(bytes.NewReader(got))
	if err != nil {
		return nil, err
	}
	c.check(r, sent, answer, got)
	return answer, nil
}

func (c *contract) check(r *http.Request, sent []byte, answer *http.Response, got []byte) {
	copied := r.Clone(context.Background())
	copied.Body = io.NopCloser(bytes.NewReader(sent))
	route, parameters, err := c.router.FindRoute(copied)
	if err != nil {
		c.report("%s %s: %v", r.Method, r.URL.Path, err)
		return
	}
	what := fmt.Sprintf("%s %s %d", r.Method, route.Operation.OperationID, answer.StatusCode)
	c.mu.Lock()
	c.seen[what]++
	c.mu.Unlock()
	input := &openapi3filter.RequestValidationInput{
		Request: copied, PathParams: parameters, Route: route, Options: &openapi3filter.Options{
			AuthenticationFunc: authenticated, IncludeResponseStatus: true, SkipSettingDefaults: true, MultiError: true, RegexCompiler: compile,
		},
	}
	if err := openapi3filter.ValidateRequest(context.Background(), input); err != nil && answer.StatusCode < 300 {
		c.report("%s: request %s: %v", what, sent, err)
	}
	if tolerated(what, answer.StatusCode, got) {
		return
	}
	response := &openapi3filter.ResponseValidationInput{
		RequestValidationInput: input, Status: answer.StatusCode, Header: answer.Header, Options: input.Options,
	}
	if err := openapi3filter.ValidateResponse(context.Background(), response.SetBodyBytes(got)); err != nil {
		c.report("%s: answer: %v", what, err)
	}
}

func tolerated(what string, status int, got []byte) bool {
	if undeclared[what] != "" || undeclared[fmt.Sprintf("* %d", status)] != "" {
		return true
	}
	// The document says that rules are never null; before the first ones are written they are.
	return strings.HasPrefix(what, "GET getProjectOwnership") && bytes.Contains(got, []byte(`"raw":null`))
}

// authenticated looks for the token where the document wants it.
func authenticated(_ context.Context, input *openapi3filter.AuthenticationInput) error {
	if !strings.HasPrefix(input.RequestValidationInput.Request.Header.Get("Authorization"), "Bearer ") {
		return input.NewError(nil)
	}
	return nil
}

func pointer[T any](v T) *T { return &v }

// TestContract makes every call of the client, in ways that succeed and in ways that are refused, and
// compares each request and each answer with what Sentry publishes.
func TestContract(t *testing.T) {
	fake := sentrytest.New(token)
	server := httptest.NewServer(fake)
	defer server.Close()
	contract := newContract(t, server.URL)
	client := connect(t, server.URL, token, contract)
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

	_, err := client.Organization(ctx)
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
	fake.Edit(func(s *sentrytest.State) { s.Old = true })
	must(client.SetFilter(ctx, made.ID, "localhost", true))
	must(client.SetOwnership(ctx, made.ID, sentry.OwnershipUpdate{Raw: pointer("")}))
	must(client.DeleteProject(ctx, made.ID))
	refused(client.DeleteProject(ctx, made.ID))

	stranger := connect(t, server.URL, "sntryu_00", contract)
	_, err = stranger.Organization(ctx)
	refused(err)
	if problems := fake.Problems(); len(problems) > 0 {
		t.Error(problems)
	}
	keepAll(t, client, fake)
	contract.finish(t)
}

// keepAll sends what the operator sends: everything that can be set, from nothing and after drift.
func keepAll(t *testing.T, client *sentry.Client, fake *sentrytest.Server) {
	t.Helper()
	want := sentry.Wanted{
		Slug: "kept", Name: "Kept", Platform: "python-django", Team: "backend", KeyName: "production",
		Claim: plan.Claim{UID: "6b1f", Adoption: plan.AdoptNever},
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
			Key:       plan.Key{Active: pointer(false), RateLimit: &plan.RateLimit{Count: 1, Window: 60}},
		},
	}
	var identity sentry.Identity
	record := func(_ context.Context, i sentry.Identity) error { identity = i; return nil }
	for range 2 {
		outcome, _, err := client.Keep(t.Context(), want, nil, record)
		if err != nil || len(outcome.Corrected) == 0 || len(outcome.Ignored) > 0 {
			t.Errorf("%+v %v", outcome, err)
		}
		want.Claim.RecordedID, want.RecordedKeyID = identity.ProjectID, identity.KeyID
		want.Settings.Key.RateLimit, want.Settings.Privacy.SafeFields = &plan.RateLimit{}, []string{}
		fake.Edit(func(s *sentrytest.State) {
			p := s.Projects[len(s.Projects)-1]
			p.Environments = []*sentrytest.Environment{{ID: "3", Name: "dev/ü"}}
			p.Filters = map[string]any{"browser-extensions": false, "legacy-browsers": []string{}, "web-crawlers": false}
		})
		want.Settings.Filters.HealthChecks, want.Settings.Filters.Localhost = nil, nil
		want.Settings.Slug, want.Settings.Key.Name = pointer("kept-2"), pointer("prod")
	}
}

// finish says what was found.
func (c *contract) finish(t *testing.T) {
	t.Helper()
	for _, problem := range c.problems {
		t.Error(problem)
	}
	everyOperation(t, c)
}

// TestTheContractFindsViolations: a comparison that never fails would be none.
func TestTheContractFindsViolations(t *testing.T) {
	answers := map[string]string{
		"/api/0/projects/shop/7/keys/":    `[{"id":"k"}]`,
		"/api/0/projects/shop/7/filters/": `[{"id":"localhost","active":"yes"}]`,
		"/api/0/organizations/shop/":      `{}`,
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, answers[r.URL.Path])
	}))
	defer server.Close()
	c := newContract(t, server.URL)
	for path := range answers {
		before := len(c.problems)
		send(t, c, http.MethodGet, server.URL+path, "")
		if len(c.problems) == before {
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
		before := len(c.problems)
		send(t, c, method, server.URL+path, body)
		found := strings.Join(c.problems[before:], "\n")
		if !strings.Contains(found, ": request ") && !strings.Contains(found, routers.ErrPathNotFound.Error()) {
			t.Errorf("nothing is wrong with sending %s %s: %s", path, body, found)
		}
	}
}

func send(t *testing.T, c *contract, method, url, body string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Authorization", "Bearer "+token)
	answer, err := c.RoundTrip(request)
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
}

// everyOperation: what the client can ask was asked, and went through the comparison.
func everyOperation(t *testing.T, c *contract) {
	operations := map[string]bool{}
	for what := range c.seen {
		if strings.Contains(what, " 20") {
			operations[strings.Fields(what)[1]] = true
		}
	}
	want := []string{
		"addProjectTeam", "createProjectKey", "createTeamProject", "deleteProject", "deleteProjectTeam", "getOrganization",
		"getProject", "getProjectOwnership", "listProjectEnvironments", "listProjectFilters", "listProjectKeys", "updateProject",
		"updateProjectEnvironment", "updateProjectFilter", "updateProjectKey", "updateProjectOwnership",
	}
	if got := slices.Sorted(maps.Keys(operations)); !slices.Equal(got, want) {
		t.Errorf("compared %v, want %v", got, want)
	}
}

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
