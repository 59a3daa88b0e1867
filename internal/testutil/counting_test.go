package testutil

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

func TestRequests(t *testing.T) {
	for name, tc := range map[string]struct {
		method, path, want string
		total, writes      int
	}{
		"get":                       {"GET", "/api/v1/namespaces/shop/configmaps/a", "1 get configmaps", 1, 0},
		"list in a namespace":       {"GET", "/api/v1/namespaces/shop/configmaps?limit=100", "1 list configmaps", 1, 0},
		"list everywhere":           {"GET", "/apis/apps/v1/deployments", "1 list deployments", 1, 0},
		"watch":                     {"GET", "/apis/apps/v1/deployments?watch=true", "1 watch deployments", 0, 0},
		"create":                    {"POST", "/apis/apps/v1/namespaces/shop/deployments", "1 create deployments", 1, 1},
		"update of the status":      {"PUT", "/apis/apps/v1/namespaces/shop/deployments/a/status", "1 update deployments/status", 1, 1},
		"patch":                     {"PATCH", "/api/v1/namespaces/shop/configmaps/a", "1 patch configmaps", 1, 1},
		"dry-run":                   {"PATCH", "/api/v1/namespaces/shop/configmaps/a?dryRun=All", "1 dry-run patch configmaps", 1, 0},
		"delete":                    {"DELETE", "/api/v1/namespaces/shop/configmaps/a", "1 delete configmaps", 1, 1},
		"delete of all":             {"DELETE", "/api/v1/namespaces/shop/configmaps", "1 deletecollection configmaps", 1, 1},
		"get of a namespace":        {"GET", "/api/v1/namespaces/shop", "1 get namespaces", 1, 0},
		"list of namespaces":        {"GET", "/api/v1/namespaces", "1 list namespaces", 1, 0},
		"update of a namespace":     {"PUT", "/api/v1/namespaces/shop/finalize", "1 update namespaces/finalize", 1, 1},
		"discovery of versions":     {"GET", "/api", "", 0, 0},
		"discovery of a group":      {"GET", "/apis/apps/v1", "", 0, 0},
		"discovery of core kinds":   {"GET", "/api/v1", "", 0, 0},
		"something that is no kind": {"GET", "/healthz", "", 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			requests, answered := &Requests{}, false
			next := roundTripper(func(*http.Request) (*http.Response, error) {
				answered = true
				if requests.Pending() != tc.total {
					t.Errorf("%d are pending while it is answered", requests.Pending())
				}
				return nil, nil
			})
			//nolint:bodyclose // the answer is nil: only the counting is of interest
			if _, err := requests.Wrap(next).RoundTrip(httptest.NewRequest(tc.method, tc.path, nil)); err != nil || !answered {
				t.Fatalf("the request was not passed on: %v", err)
			}
			if got := requests.String(); got != tc.want || requests.Total() != tc.total || requests.Writes() != tc.writes {
				t.Errorf("got %q, total %d, writes %d", got, requests.Total(), requests.Writes())
			}
			requests.Reset()
			if requests.String() != "" || requests.Pending() != 0 {
				t.Errorf("after Reset: %s, %d pending", requests, requests.Pending())
			}
		})
	}
}
