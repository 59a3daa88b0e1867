package probes_test

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/blackbox_exporter/config"
	"github.com/prometheus/blackbox_exporter/prober"
	"github.com/prometheus/client_golang/prometheus"
	corev1 "k8s.io/api/core/v1"

	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/probes"
)

// backendInTrouble plays the health endpoints of the TUX app kit. The zero value is healthy.
type backendInTrouble struct {
	database, cache string // status and whatever else the component says, healthy if empty
	full            string // the whole answer to the full question, if not empty
	notReady        bool
	redirect        bool
	html            bool
	host            string // the only host ALLOWED_HOSTS has, if not empty
}

func (b backendInTrouble) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case b.host != "" && r.Host != b.host:
		answer(w, 400, "<h1>Bad Request (400)</h1>")
	case b.html || r.URL.Path == "/login/":
		answer(w, 200, `<html><title>healthy, ready and alive</title></html>`)
	case b.redirect:
		http.Redirect(w, r, "/login/", http.StatusFound)
	case r.URL.Path == "/health/live/":
		answer(w, 200, `{"status": "alive"}`)
	case r.URL.Path == "/health/ready/" && (b.notReady || b.database != ""):
		answer(w, 503, `{"status": "not_ready"}`)
	case r.URL.Path == "/health/ready/":
		answer(w, 200, `{"status": "ready"}`)
	case r.URL.Path == "/health/":
		b.answerFull(w)
	default:
		answer(w, 404, "")
	}
}

// answerFull: as in the app kit, only the database decides about the whole.
func (b backendInTrouble) answerFull(w http.ResponseWriter) {
	if b.full != "" {
		answer(w, 200, b.full)
		return
	}
	code, status := 200, "healthy"
	if b.database != "" {
		code, status = 503, "unhealthy"
	}
	healthy := `"status": "healthy", "response_time": "fast"`
	answer(w, code, `{"status": "`+status+`", "timestamp": 1.7, "services": {`+
		`"database": {`+orElse(b.database, healthy)+`}, "cache": {`+orElse(b.cache, healthy)+`}}}`)
}

func orElse(text, fallback string) string {
	if text == "" {
		return fallback
	}
	return text
}

func answer(w http.ResponseWriter, code int, body string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	_, _ = io.WriteString(w, body)
}

// exporter loads the modules as the blackbox exporter does at its start.
func exporter(t *testing.T, e *env.Environment) map[string]config.Module {
	t.Helper()
	cm := find[*corev1.ConfigMap](t, render(t, e), "-blackbox-modules")
	file := filepath.Join(t.TempDir(), probes.ModulesKey)
	if err := os.WriteFile(file, []byte(cm.Data[probes.ModulesKey]), 0o600); err != nil {
		t.Fatal(err)
	}
	loaded := config.NewSafeConfig(prometheus.NewRegistry())
	if err := loaded.ReloadConfig(file, nil); err != nil {
		t.Fatalf("the blackbox exporter refuses the modules: %v", err)
	}
	return loaded.C.Modules
}

// ask returns the questions that succeed, in the order they are asked; entry is the question of hosts.
func ask(t *testing.T, e *env.Environment, url string) []string {
	t.Helper()
	b := &e.Backends[0]
	modules := exporter(t, e)
	paths := map[string]string{"live": "/health/live/", "ready": "/health/ready/", "entry": "/health/live/"}
	var good []string
	for _, question := range append(b.Questions(), env.QuestionEntry) {
		module, known := modules[probes.ModuleName(e, b, question)]
		if !known {
			t.Fatalf("no module for %q", question)
		}
		target := url + orElse(paths[question], "/health/")
		if prober.ProbeHTTP(t.Context(), target, module, prometheus.NewRegistry(), slog.New(slog.DiscardHandler)) {
			good = append(good, question)
		}
	}
	return good
}

func TestSituations(t *testing.T) {
	all := []string{"live", "ready", "full", "cache", "database", "entry"}
	const down = `"status": "unhealthy", "error": "connection to server at \"10.0.0.1\", port 5432 failed"`
	cases := map[string]struct {
		in   backendInTrouble
		host string
		want []string
	}{
		"everything is well": {want: all},
		"the database is down": {
			in:   backendInTrouble{database: down},
			want: []string{"live", "cache", "entry"},
		},
		"the cache is down, which the status code does not tell": {
			in:   backendInTrouble{cache: down},
			want: []string{"live", "ready", "full", "database", "entry"},
		},
		"database and cache are down": {
			in:   backendInTrouble{database: down, cache: down},
			want: []string{"live", "entry"},
		},
		"migrations are missing": {
			in:   backendInTrouble{notReady: true},
			want: []string{"live", "full", "cache", "database", "entry"},
		},
		"a middleware redirects to a login page":       {in: backendInTrouble{redirect: true}},
		"a single-page application answers every path": {in: backendInTrouble{html: true}},
		"ALLOWED_HOSTS lacks the address of the pod":   {in: backendInTrouble{host: "api.tux.example"}},
		"ALLOWED_HOSTS has the host that probes send; who is asked by address only is not it": {
			in:   backendInTrouble{host: "api.tux.example"},
			host: "api.tux.example",
			want: []string{"live", "ready", "full", "cache", "database"},
		},
		"compact JSON, other order of keys, nested details": {
			in: backendInTrouble{full: `{"services":{"cache":{"details":{"status":"unhealthy","node":1},"status":"healthy"},` +
				`"database":{"latency_ms":3,"status":"healthy"}},"status":"healthy"}`},
			want: all,
		},
		"a degraded answer is not healthy although parts of it are": {
			in:   backendInTrouble{full: `{"services":{"cache":{"status":"healthy"},"database":{"status":"healthy"},"search":{"status":"unhealthy"}},"status":"degraded"}`},
			want: []string{"live", "ready", "cache", "database", "entry"},
		},
		"indented JSON": {
			in: backendInTrouble{full: "{\n  \"status\": \"healthy\",\n  \"services\": {\n    \"cache\": {\n      \"status\": \"healthy\"\n    },\n" +
				"    \"database\": {\n      \"status\" : \"healthy\"\n    }\n  }\n}"},
			want: all,
		},
		"a healthy neighbour and a healthy detail do not speak for a component": {
			in: backendInTrouble{full: `{"status":"healthy","services":{"cache":{"status":"unhealthy"},` +
				`"database":{"replica":{"status":"healthy"},"status":"unhealthy"}}}`},
			want: []string{"live", "ready", "full", "entry"},
		},
		"a component that is missing is not healthy": {
			in:   backendInTrouble{full: `{"status":"healthy","services":{"cache":{"status":"healthy"}}}`},
			want: []string{"live", "ready", "full", "cache", "entry"},
		},
		"an endless answer is not read to its end": {
			in:   backendInTrouble{full: `{"status":"healthy","services":{` + strings.Repeat(" ", 2<<20) + `}}`},
			want: []string{"live", "ready", "entry"},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(tc.in)
			defer server.Close()
			b := web()
			b.Health.Host = tc.host
			if diff := cmp.Diff(tc.want, ask(t, environment(b), server.URL)); diff != "" {
				t.Errorf("questions that succeed (-want +got):\n%s", diff)
			}
		})
	}
}

func TestNobodyAnswers(t *testing.T) {
	server := httptest.NewServer(nil)
	server.Close()
	if got := ask(t, environment(web()), server.URL); got != nil {
		t.Errorf("succeeded without a server: %q", got)
	}
}

func TestModules(t *testing.T) {
	second := web() // another Deployment of the same entry
	second.Deployment = "tux-backend-canary"
	e := environment(web(), second, batch())
	e.Probes.Timeout = "1d2h"
	modules := exporter(t, e)
	if want := 6 + 5; len(modules) != want {
		t.Errorf("%d modules, want %d: one per entry and question", len(modules), want)
	}
	for name, module := range modules {
		if module.Timeout != 26*time.Hour {
			t.Errorf("timeout of %q is %s, want that of the probes", name, module.Timeout)
		}
		if module.HTTP.IPProtocol != "ip4" || !module.HTTP.IPProtocolFallback {
			t.Errorf("%q must prefer IPv4 and fall back to IPv6", name)
		}
		if module.HTTP.HTTPClientConfig.FollowRedirects {
			t.Errorf("%q follows redirects", name)
		}
	}
}
