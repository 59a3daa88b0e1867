package testutil

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// Requests counts what was sent to an API server, by verb and resource. Verbs are get, list, watch,
// create, update, patch, delete and deletecollection; a dry-run is "dry-run patch" and so on. Discovery
// is not counted: it depends on when a REST mapper was made and not on what is tested. The zero value
// is ready; it is safe for concurrent use.
type Requests struct {
	mu      sync.Mutex
	counts  map[call]int
	pending int
}

type call struct{ verb, group, resource string }

// Wrap returns a round-tripper that counts and passes on to next.
func (r *Requests) Wrap(next http.RoundTripper) http.RoundTripper {
	return roundTripper(func(req *http.Request) (*http.Response, error) {
		if c, ok := callOf(req); ok {
			r.add(c)
			if c.verb != "watch" {
				r.under(1)
				defer r.under(-1)
			}
		}
		return next.RoundTrip(req)
	})
}

// Count returns how many requests had this verb and this resource, which is the plural in lower case.
func (r *Requests) Count(verb, resource string) int {
	return r.sum(func(c call) bool { return c.verb == verb && c.resource == resource })
}

// CountOf is Count for one API group: events, for instance, are in two.
func (r *Requests) CountOf(verb, group, resource string) int {
	return r.sum(func(c call) bool { return c == call{verb, group, resource} })
}

// Total returns the number of all requests but watches, which stay open and depend on timing.
func (r *Requests) Total() int {
	return r.sum(func(c call) bool { return c.verb != "watch" })
}

// Writes returns the number of requests that change something; dry-runs do not.
func (r *Requests) Writes() int {
	return r.sum(func(c call) bool { return writes[c.verb] })
}

// Pending returns the number of requests but watches that are not answered yet. Reset leaves it alone.
func (r *Requests) Pending() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.pending
}

// Reset sets all counts to zero.
func (r *Requests) Reset() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.counts = nil
}

// String lists the counts, sorted: "1 create configmaps, 2 patch services".
func (r *Requests) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	groups := map[string]int{}
	for c, n := range r.counts {
		groups[c.verb+" "+c.resource] += n
	}
	var lines []string
	for name, n := range groups {
		lines = append(lines, fmt.Sprintf("%d %s", n, name))
	}
	slices.Sort(lines)
	return strings.Join(lines, ", ")
}

func (r *Requests) add(c call) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.counts == nil {
		r.counts = map[call]int{}
	}
	r.counts[c]++
}

func (r *Requests) under(way int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.pending += way
}

func (r *Requests) sum(which func(call) bool) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	n := 0
	for c, count := range r.counts {
		if which(c) {
			n += count
		}
	}
	return n
}

type roundTripper func(*http.Request) (*http.Response, error)

// RoundTrip calls f.
func (f roundTripper) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

var writes = map[string]bool{"create": true, "update": true, "patch": true, "delete": true, "deletecollection": true}

// ofNamespace are the subresources of a namespace; anything else after its name is a resource in it.
var ofNamespace = map[string]bool{"status": true, "finalize": true}

// callOf reads verb and resource from the path: /api/v1/... or /apis/group/version/..., then
// optionally namespaces/x, then the resource, the name and the subresource.
func callOf(req *http.Request) (call, bool) {
	parts := strings.Split(strings.Trim(req.URL.Path, "/"), "/")
	skip := map[string]int{"api": 2, "apis": 3}[parts[0]]
	if skip == 0 || len(parts) <= skip {
		return call{}, false
	}
	group := ""
	if skip == 3 {
		group = parts[1]
	}
	parts = parts[skip:]
	if parts[0] == "namespaces" && len(parts) > 2 && !ofNamespace[parts[2]] {
		parts = parts[2:]
	}
	resource := parts[0]
	if len(parts) > 2 {
		resource += "/" + parts[2]
	}
	verb := verbOf(req, len(parts) > 1)
	if req.URL.Query().Get("dryRun") != "" {
		verb = "dry-run " + verb
	}
	return call{verb, group, resource}, true
}

func verbOf(req *http.Request, named bool) string {
	switch {
	case req.Method == http.MethodGet && named:
		return "get"
	case req.Method == http.MethodGet && isTrue(req.URL.Query().Get("watch")):
		return "watch"
	case req.Method == http.MethodGet:
		return "list"
	case req.Method == http.MethodPost:
		return "create"
	case req.Method == http.MethodPut:
		return "update"
	case req.Method == http.MethodDelete && !named:
		return "deletecollection"
	}
	return strings.ToLower(req.Method)
}

func isTrue(text string) bool {
	value, err := strconv.ParseBool(text)
	return err == nil && value
}
