package loki_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/tux-io/tux-monitoring-operator/internal/external/loki"
)

// TestReloadFailed only where Loki says so: who does not show metrics has not failed.
func TestReloadFailed(t *testing.T) {
	const metric = "loki_runtime_config_last_reload_successful"
	thousands := strings.Repeat("loki_other{a=\"b\"} 1\nnot { of prometheus\n", 5000)
	for name, tc := range map[string]struct {
		status  int
		text    string
		failed  bool
		problem string
	}{
		"it could load":               {200, "# TYPE " + metric + " gauge\n" + metric + " 1\n", false, ""},
		"it could not":                {200, thousands + "# HELP x y\n# TYPE " + metric + " gauge\n" + metric + " 0\n" + thousands, true, ""},
		"without a type":              {200, metric + " 0\n", true, ""},
		"one of several":              {200, "# TYPE " + metric + " gauge\n" + metric + "{config=\"a\"} 1\n" + metric + "{config=\"b\"} 0\n", true, ""},
		"no runtime configuration":    {200, "go_goroutines 7\n", false, ""},
		"a page":                      {200, "<html>login</html>", false, ""},
		"a line that is none":         {200, metric + " zero\n", false, "the answer is not that of Loki"},
		"a gateway that hides it":     {404, "", false, ""},
		"a gateway that wants a name": {401, "", false, ""},
		"a Loki that is down":         {503, "", false, "503"},
	} {
		t.Run(name, func(t *testing.T) {
			served := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(tc.status)
				_, _ = fmt.Fprint(w, tc.text)
			}))
			defer served.Close()
			c, err := loki.New(loki.Config{URL: served.URL, UserAgent: "test", Transport: http.DefaultTransport})
			if err != nil {
				t.Fatal(err)
			}
			failed, err := c.ReloadFailed(t.Context(), "tenant")
			if failed != tc.failed || (err == nil) != (tc.problem == "") || err != nil && !strings.Contains(err.Error(), tc.problem) {
				t.Errorf("%t, %v", failed, err)
			}
		})
	}
}
