package contracttest

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"

	"github.com/tux-io/tux-monitoring-operator/internal/external/sentry/sentrytest"
)

// undeclared are the answers which Sentry gives and its document does not have, with the reason.
var undeclared = map[string]string{
	"PUT updateProject 400":          "a field that is wrong",
	"* 302":                          "a project that was renamed",
	"* 401":                          "a token that is not valid",
	"* 403":                          "a scope that is missing",
	"* 404":                          "a project that does not exist",
	"* 429":                          "a limit, in words that are no JSON",
	"PUT updateProjectFilter 201":    "servers of 2024",
	"PUT updateProjectOwnership 200": "servers of 2024",
}

// misdeclared are parts of answers that are there, and which the document has otherwise.
var misdeclared = map[string]string{
	// It says that rules are never null; before the first ones are written they are.
	`"raw":null`: "GET getProjectOwnership",
	// It says that an interval is two numbers; the second one is a word.
	`"schedule_type":"interval"`: "GET listOrganizationMonitors",
}

// Contract compares what passes through it, in both directions.
type Contract struct {
	router routers.Router

	mu       sync.Mutex
	seen     map[string]int
	problems []string
}

// New returns one that has seen nothing. It fails if the document cannot be read.
func New() (*Contract, error) {
	router, err := published()
	return &Contract{router: router, seen: map[string]int{}}, err
}

// Start is sentrytest.New with a contract: whatever differs from what Sentry publishes fails the test.
func Start(t testing.TB, token string) *sentrytest.Server {
	t.Helper()
	c, err := New()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		for _, problem := range c.Problems() {
			t.Error(problem)
		}
	})
	fake := sentrytest.New(token)
	fake.Inspect(c.Handler)
	return fake
}

// Problems are what differed.
func (c *Contract) Problems() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.problems)
}

// Operations are those that were asked with success, by the names Sentry gives them, sorted.
func (c *Contract) Operations() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	found := map[string]bool{}
	for what := range c.seen {
		if fields := strings.Fields(what); strings.HasPrefix(fields[2], "2") {
			found[fields[1]] = true
		}
	}
	return slices.Sorted(maps.Keys(found))
}

// Handler passes requests on and compares them and their answers. Events go to another API, which has no document.
func (c *Contract) Handler(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/envelope/") || strings.HasSuffix(r.URL.Path, "/store/") {
			next.ServeHTTP(w, r)
			return
		}
		sent, err := io.ReadAll(r.Body)
		if err != nil {
			panic(http.ErrAbortHandler) // who asks has gone
		}
		r.Body = io.NopCloser(bytes.NewReader(sent))
		answer := httptest.NewRecorder()
		next.ServeHTTP(answer, r)
		c.check(r, sent, answer)
		maps.Copy(w.Header(), answer.Header())
		w.WriteHeader(answer.Code)
		_, _ = w.Write(answer.Body.Bytes())
	})
}

func (c *Contract) check(r *http.Request, sent []byte, answer *httptest.ResponseRecorder) {
	copied := r.Clone(context.Background())
	copied.Body = io.NopCloser(bytes.NewReader(sent))
	route, parameters, err := c.router.FindRoute(copied)
	if err != nil {
		c.report("%s %s: %v", r.Method, r.URL.Path, err)
		return
	}
	what := fmt.Sprintf("%s %s %d", r.Method, route.Operation.OperationID, answer.Code)
	c.mu.Lock()
	c.seen[what]++
	c.mu.Unlock()
	input := &openapi3filter.RequestValidationInput{
		Request: copied, PathParams: parameters, Route: route, Options: &openapi3filter.Options{
			AuthenticationFunc: authenticated, IncludeResponseStatus: true, SkipSettingDefaults: true, MultiError: true, RegexCompiler: compile,
		},
	}
	if err := openapi3filter.ValidateRequest(context.Background(), input); err != nil && answer.Code < 300 {
		c.report("%s: request %s: %v", what, sent, err)
	}
	got := answer.Body.Bytes()
	if tolerated(what, answer.Code, got) {
		return
	}
	response := &openapi3filter.ResponseValidationInput{
		RequestValidationInput: input, Status: answer.Code, Header: answer.Header(), Options: input.Options,
	}
	if err := openapi3filter.ValidateResponse(context.Background(), response.SetBodyBytes(got)); err != nil {
		c.report("%s: answer: %v", what, err)
	}
}

func (c *Contract) report(format string, values ...any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.problems = append(c.problems, fmt.Sprintf(format, values...))
}

func tolerated(what string, status int, got []byte) bool {
	if undeclared[what] != "" || undeclared[fmt.Sprintf("* %d", status)] != "" {
		return true
	}
	for part, operation := range misdeclared {
		if strings.HasPrefix(what, operation) && bytes.Contains(got, []byte(part)) {
			return true
		}
	}
	return false
}

// authenticated looks for the token where the document wants it.
func authenticated(_ context.Context, input *openapi3filter.AuthenticationInput) error {
	if !strings.HasPrefix(input.RequestValidationInput.Request.Header.Get("Authorization"), "Bearer ") {
		return input.NewError(nil)
	}
	return nil
}
