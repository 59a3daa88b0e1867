package prometheus_test

import (
	"context"
	"encoding/pem"
	"fmt"
	"math"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/tux-io/tux-monitoring-operator/internal/preview"
	"github.com/tux-io/tux-monitoring-operator/internal/preview/prometheus"
)

// answering is a server that always says the same, and keeps the last request.
func answering(t *testing.T, status int, body string) (*httptest.Server, *http.Request) {
	t.Helper()
	last := &http.Request{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_ = r.ParseForm()
		*last = *r
		w.WriteHeader(status)
		_, _ = fmt.Fprint(w, body)
	}))
	t.Cleanup(server.Close)
	return server, last
}

func newClient(t *testing.T, c prometheus.Config) *prometheus.Client {
	t.Helper()
	client, err := prometheus.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return client
}

var rangeQuery = preview.Query{Expr: "up", Start: 60, End: 150, Step: 30}

func TestRangeQuery(t *testing.T) {
	server, last := answering(t, http.StatusOK, `{"status":"success","data":{"resultType":"matrix","result":[
		{"metric":{"job":"a"},"values":[[60,"1"],[120,"NaN"],[150,"+Inf"]]},{"metric":{},"values":[[90,"2.5"]]}]}}`)
	client := newClient(t, prometheus.Config{URL: server.URL + "/prefix/", Token: "secret", UserAgent: "tuxmonitoring/test"})
	got, err := client.Query(t.Context(), rangeQuery)
	if err != nil {
		t.Fatal(err)
	}
	nan := math.NaN()
	want := []preview.Series{
		{Metric: map[string]string{"job": "a"}, Values: preview.Values{1, nan, nan, math.Inf(1)}},
		{Metric: map[string]string{}, Values: preview.Values{nan, 2.5, nan, nan}},
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateNaNs()); diff != "" {
		t.Error(diff)
	}
	if last.Method != http.MethodPost || last.URL.Path != "/prefix/api/v1/query_range" || last.URL.RawQuery != "" {
		t.Errorf("asked %s %s", last.Method, last.URL)
	}
	if got := last.Form.Encode(); got != "end=150&query=up&start=60&step=30" {
		t.Errorf("sent %s", got)
	}
	if got := last.Header.Get("Authorization") + " " + last.Header.Get("User-Agent"); got != "Bearer secret tuxmonitoring/test" {
		t.Errorf("sent the headers %q", got)
	}
}

func TestInstantQuery(t *testing.T) {
	for name, result := range map[string]string{
		"a vector": `"vector","result":[{"metric":{},"value":[150,"7"]}]`,
		"a scalar": `"scalar","result":[150,"7"]`,
	} {
		server, last := answering(t, http.StatusOK, `{"status":"success","data":{"resultType":`+result+`}}`)
		got, err := newClient(t, prometheus.Config{URL: server.URL}).Query(t.Context(), preview.Query{Expr: "7", Start: 150, End: 150})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]preview.Series{{Metric: map[string]string{}, Values: preview.Values{7}}}, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		if got := last.URL.Path + "?" + last.Form.Encode(); got != "/api/v1/query?query=7&time=150" {
			t.Errorf("%s: asked %s", name, got)
		}
	}
}

func TestRefusals(t *testing.T) {
	cases := map[string]struct {
		status int
		body   string
		want   string
	}{
		"a query with a mistake": {http.StatusBadRequest, `{"status":"error","errorType":"bad_data","error":"1:4: parse error"}`, "bad_data: 1:4: parse error"},
		"no right":               {http.StatusForbidden, "<html>go away</html>", "HTTP status 403 Forbidden, no JSON"},
		"a redirect":             {http.StatusFound, "", "302 Found"},
		"a string":               {http.StatusOK, `{"status":"success","data":{"resultType":"string","result":[1,"x"]}}`, `type "string"`},
		"a native histogram":     {http.StatusOK, `{"status":"success","data":{"resultType":"matrix","result":[{"metric":{},"histograms":[[1,{}]]}]}}`, "native histograms"},
		"a sample that is none":  {http.StatusOK, `{"status":"success","data":{"resultType":"matrix","result":[{"metric":{},"values":[["1",2]]}]}}`, "sample"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			server, _ := answering(t, tc.status, tc.body)
			_, err := newClient(t, prometheus.Config{URL: server.URL, Token: "secret"}).Query(t.Context(), rangeQuery)
			if err == nil || !strings.Contains(err.Error(), tc.want) || strings.Contains(err.Error(), "secret") {
				t.Errorf("got %v, want %q in it", err, tc.want)
			}
		})
	}
}

func TestAnAnswerThatNeverEndsIsCut(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_ = r.ParseForm()
		chunk := strings.Repeat(" ", 1<<20)
		for r.Context().Err() == nil {
			if _, err := fmt.Fprint(w, chunk); err != nil {
				return
			}
		}
	}))
	t.Cleanup(server.Close)
	_, err := newClient(t, prometheus.Config{URL: server.URL}).Query(t.Context(), rangeQuery)
	if err == nil || !strings.Contains(err.Error(), "larger than 64 MiB") {
		t.Errorf("got %v", err)
	}
}

func TestASlowServerIsLeft(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		// A server notices that the other side is gone only once it has read the question.
		_ = r.ParseForm()
		<-r.Context().Done()
	}))
	t.Cleanup(server.Close)
	if _, err := newClient(t, prometheus.Config{URL: server.URL, Timeout: 50 * time.Millisecond}).Query(t.Context(), rangeQuery); err == nil {
		t.Error("waited for an answer that never came")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := newClient(t, prometheus.Config{URL: server.URL}).Query(ctx, rangeQuery); err == nil {
		t.Error("went on after the end")
	}
}

func TestTheCADecidesWhomToTrust(t *testing.T) {
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = fmt.Fprint(w, `{"status":"success","data":{"resultType":"vector","result":[]}}`)
	}))
	t.Cleanup(server.Close)
	server.Config.ErrorLog = nil
	ca := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	if _, err := newClient(t, prometheus.Config{URL: server.URL, CA: ca}).Query(t.Context(), rangeQuery); err != nil {
		t.Errorf("the server the CA proves is refused: %v", err)
	}
	if _, err := newClient(t, prometheus.Config{URL: server.URL}).Query(t.Context(), rangeQuery); err == nil {
		t.Error("a server nobody proves is believed")
	}
}

func TestRefusedConfigs(t *testing.T) {
	for name, c := range map[string]prometheus.Config{
		"no URL": {URL: "http://a b"}, "no scheme": {URL: "prometheus:9090"}, "another scheme": {URL: "ftp://prometheus"}, "no host": {URL: "http://"},
		"a password": {URL: "https://user:planted@prometheus"}, "no certificate": {URL: "https://prometheus", CA: []byte("x")},
	} {
		_, err := prometheus.New(c)
		if err == nil || strings.Contains(err.Error(), "planted") {
			t.Errorf("%s: got %v", name, err)
		}
	}
}
