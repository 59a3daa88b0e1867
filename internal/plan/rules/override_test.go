package rules

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
)

func TestCheckThreshold(t *testing.T) {
	cases := map[string]struct {
		alert, threshold, want string
	}{
		"no threshold is no problem":          {"TuxBackendAbsent", "", ""},
		"a ratio below one":                   {"TuxHighErrorRate", "0.2", ""},
		"a ratio meant as percent":            {"TuxHighErrorRate", "5", `"5" is a ratio and must be below 1, which is 100%: the alert could never fire`},
		"a ratio of one":                      {"TuxPropagationFailures", "1.0", `"1.0" is a ratio and must be below 1, which is 100%: the alert could never fire`},
		"zero":                                {"TuxHighErrorRate", "0", `"0" is not above 0, the alert would always fire`},
		"a bucket":                            {"TuxSlowResponses", "0.25", ""},
		"a bucket in the notation of Python":  {"TuxSlowResponses", "1.0", ""},
		"two seconds are between two buckets": {"TuxSlowResponses", "2", `"2" is no bucket of the latency histogram; the nearest are "1" and "2.5"`},
		"below all buckets":                   {"TuxSlowResponses", "0.001", `"0.001" is no bucket of the latency histogram; the nearest is "0.01"`},
		"the largest bucket":                  {"TuxSlowResponses", "75", `"75" can never be exceeded: the largest usable bucket of the latency histogram is "50"`},
		"above all buckets":                   {"TuxSlowResponses", "100", `"100" can never be exceeded: the largest usable bucket of the latency histogram is "50"`},
		"a bucket of statements":              {"TuxDatabaseSlow", "7.5", ""},
		"one that only new versions have":     {"TuxDatabaseSlow", "25", `"25" can never be exceeded: the largest usable bucket of the histogram of statements is "7.5"`},
		"one that only old versions have":     {"TuxDatabaseSlow", "0.005", `"0.005" is no bucket of the histogram of statements; the nearest is "0.01"`},
		"between two buckets of statements":   {"TuxDatabaseSlow", "2", `"2" is no bucket of the histogram of statements; the nearest are "1" and "2.5"`},
		"a share that must be left":           {"TuxCacheHitRatioLow", "0.8", ""},
		"a share that is always there":        {"TuxCacheHitRatioLow", "0", `"0" is not above 0, the alert could never fire`},
		"a share that never is":               {"TuxTrafficDrop", "1", `"1" is a ratio and must be below 1, which is 100%: the alert would always fire`},
		"memory":                              {"TuxMemoryHigh", "1536", ""},
		"an alert without a threshold":        {"TuxNotReady", "3", `alert "TuxNotReady" has no threshold`},
		"an alert nobody knows":               {"TuxNothing", "3", `no alert "TuxNothing" in the catalogue`},
		"no number":                           {"TuxMemoryHigh", "much", `"much" is no decimal number`},
		"changes":                             {"TuxHealthFlapping", "10", ""},
		"any time of a probe":                 {"TuxHealthSlow", "1.5", ""},
		"no days at all":                      {"TuxCertificateExpiry", "0", `"0" is not above 0, the alert would always fire`},
		"changes of one outage":               {"TuxHealthFlapping", "1", `"1" is below 2: every single outage would fire the alert, it is two changes`},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got := ""
			if err := CheckThreshold(tc.alert, env.Override{Threshold: tc.threshold}); err != nil {
				got = err.Error()
			}
			if got != tc.want {
				t.Errorf("got  %s\nwant %s", got, tc.want)
			}
		})
	}
}

func TestCheckWindow(t *testing.T) {
	slowScrapes := func(e *env.Environment) {
		e.Backends = append(e.Backends, backend("tux-slow"))
		e.Backends[1].Metrics.Interval = "2m"
	}
	cases := map[string]struct {
		alert string
		in    env.Override
		edit  func(*env.Environment)
		want  string
	}{
		"no window is no problem":     {alert: "TuxNotReady"},
		"a longer one":                {alert: "TuxHealthFlapping", in: env.Override{Window: "1h"}},
		"a day":                       {alert: "TuxUnhandledExceptions", in: env.Override{Window: "1d"}},
		"more than a day":             {alert: "TuxUnhandledExceptions", in: env.Override{Window: "25h"}, want: `"25h" is longer than 1d`},
		"two scrapes":                 {alert: "TuxUnhandledExceptions", in: env.Override{Window: "1m"}},
		"less than two scrapes":       {alert: "TuxUnhandledExceptions", in: env.Override{Window: "59s"}, want: `"59s" is shorter than two of the scrape intervals of 30s, give at least 1m`},
		"the slowest backend decides": {alert: "TuxUnhandledExceptions", in: env.Override{Window: "3m"}, edit: slowScrapes, want: `"3m" is shorter than two of the scrape intervals of 2m, give at least 4m`},
		"probes are not scrapes":      {alert: "TuxNotLive", in: env.Override{Window: "3m"}, edit: slowScrapes},
		"less than two probes":        {alert: "TuxNotLive", in: env.Override{Window: "10s"}, want: `"10s" is shorter than two of the probe intervals of 30s, give at least 1m`},
		"as many answers as it takes to count five changes": {alert: "TuxHealthFlapping", in: env.Override{Window: "3m"}},
		"one answer too few":               {alert: "TuxHealthFlapping", in: env.Override{Window: "2m59s"}, want: `"2m59s" holds too few answers at the probe interval of 30s to see more than 4 changes, give at least 3m`},
		"fewer changes need fewer answers": {alert: "TuxHealthFlapping", in: env.Override{Window: "2m", Threshold: "2"}},
		"more changes need more":           {alert: "TuxHealthFlapping", in: env.Override{Window: "15m", Threshold: "29"}, want: `"15m" holds too few answers at the probe interval of 30s to see more than 29 changes, give at least 15m30s`},
		"an alert without a window":        {alert: "TuxHighErrorRate", in: env.Override{Window: "10m"}, want: `alert "TuxHighErrorRate" has no window`},
		"an alert nobody knows":            {alert: "TuxNothing", in: env.Override{Window: "10m"}, want: `no alert "TuxNothing" in the catalogue`},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			e := production()
			if tc.edit != nil {
				tc.edit(e)
			}
			got := ""
			if err := CheckWindow(tc.alert, tc.in, e); err != nil {
				got = err.Error()
			}
			if got != tc.want {
				t.Errorf("got  %s\nwant %s", got, tc.want)
			}
		})
	}
}

func TestOverridesReachTheRule(t *testing.T) {
	e := production(
		override("TuxSlowResponses", env.Override{Threshold: "5", For: "15m", Severity: "info"}),
		override("TuxNotReady", env.Override{Severity: "critical"}),
		override("TuxDatabaseUnavailable", env.Override{For: "10m"}),
	)
	slow := rendered(t, e, "TuxSlowResponses")
	expr := slow.Expr.String()
	if !strings.Contains(expr, "> 5\n") || *slow.For != "15m" || slow.Labels["severity"] != "info" {
		t.Errorf("TuxSlowResponses is %s for %s, severity %s", expr, *slow.For, slow.Labels["severity"])
	}
	if !strings.Contains(slow.Annotations["description"], "longer than 5s") {
		t.Errorf("the description does not say the threshold: %s", slow.Annotations["description"])
	}
	if !strings.Contains(expr, "[10m30s]") {
		t.Errorf("the database explains slow requests before its own alert fires: %s", expr)
	}
	ready := rendered(t, e, "TuxNotReady")
	if ready.Labels["severity"] != "critical" || *ready.For != "5m" {
		t.Errorf("TuxNotReady is %s for %s", ready.Labels["severity"], *ready.For)
	}
}

// TestAWindowReachesEveryTextOfItsAlert: what a person reads, and every range, is the window in force.
func TestAWindowReachesEveryTextOfItsAlert(t *testing.T) {
	for _, info := range Catalogue() {
		if info.Window == "" {
			continue
		}
		t.Run(info.Name, func(t *testing.T) {
			before := rendered(t, production(), info.Name)
			after := rendered(t, production(override(info.Name, env.Override{Window: "2h37m"})), info.Name)
			if n := strings.Count(before.Expr.String(), info.Window); n == 0 || strings.Count(after.Expr.String(), "2h37m") != n {
				t.Errorf("the window is not everywhere:\n%s\n%s", before.Expr.String(), after.Expr.String())
			}
			for key, text := range after.Annotations {
				if strings.Contains(text, words(info.Window)) {
					t.Errorf("%s still says %s: %s", key, words(info.Window), text)
				}
			}
		})
	}
	description := rendered(t, production(override("TuxUnhandledExceptions", env.Override{Window: "1h30m"})), "TuxUnhandledExceptions").Annotations["description"]
	if !strings.Contains(description, "in the last 1 hour 30 minutes") || !strings.Contains(description, "[1h30m]") {
		t.Errorf("the description does not say the window: %s", description)
	}
}

func TestWords(t *testing.T) {
	for text, want := range map[string]string{
		"15m": "15 minutes", "1h": "1 hour", "90s": "1 minute 30 seconds", "1d": "1 day", "2d1h": "2 days 1 hour", "1m500ms": "1 minute 500 milliseconds",
	} {
		if got := words(text); got != want {
			t.Errorf("%s is %q, want %q", text, got, want)
		}
	}
}

func TestRenderRefusesAnOverrideThatWasNotChecked(t *testing.T) {
	for name, o := range map[string]env.Override{"TuxSlowResponses": {Threshold: "2"}, "TuxUnhandledExceptions": {Window: "10s"}} {
		_, err := Render(production(override(name, o)))
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("got %v, want an error that names %s", err, name)
		}
	}
}

func TestDisabledAlertsAreGoneAndNotOmitted(t *testing.T) {
	e := production(disabled("TuxCertificateExpiry", "TuxEntryDown", "TuxHighErrorRate"), withoutEntry)
	if rendered(t, e, "TuxHighErrorRate") != nil || rendered(t, e, "TuxSlowResponses") == nil {
		t.Error("not exactly the disabled alerts are gone")
	}
	if got := Omitted(e); len(got) > 0 {
		t.Errorf("omitted: %v", got)
	}
}

func TestOmittedSaysWhy(t *testing.T) {
	const (
		noEntry      = "no Service, Ingress or HTTPRoute leads to the pods, so there is no entry to probe"
		noReplicas   = "spec.replicas of the Deployment is 0, so no pod is expected"
		forgetsWeeks = "the retention of the Prometheus is below 8d, and the alert compares with a week ago"
		noTLS        = "no Ingress or HTTPRoute leads to the pods by https, so there is no certificate to look at"
		noProcess    = "the backend runs several processes, and they export no process_* metrics"
	)
	cases := map[string]struct {
		in   *env.Environment
		want []Omission
	}{
		"nothing is missing": {in: production()},
		"several processes; memory and restarts have other sources": {
			in: production(multiprocess),
			want: []Omission{
				{"TuxFileDescriptors", "tux-backend", noProcess},
				{"TuxMetricsFromOneOfManyWorkers", "tux-backend", noProcess},
				{"TuxRequestsInFlight", "tux-backend", "the backend runs several processes, and requests of one that was killed would count as in flight for ever"},
			},
		},
		"no entry": {
			in:   production(withoutEntry),
			want: []Omission{{"TuxCertificateExpiry", "tux-backend", noTLS}, {"TuxEntryDown", "tux-backend", noEntry}},
		},
		"no TLS": {
			in:   production(func(e *env.Environment) { e.Backends[0].Hosts = []string{"http://tux.example.com/health/live/"} }),
			want: []Omission{{"TuxCertificateExpiry", "tux-backend", noTLS}},
		},
		"no sample limit": {
			in:   production(func(e *env.Environment) { e.Backends[0].Metrics.SampleLimit = 0 }),
			want: []Omission{{"TuxScrapeNearSampleLimit", "tux-backend", "metrics.sampleLimit is 0, so no scrape is too large"}},
		},
		"a probe timeout below the threshold": {
			in: production(func(e *env.Environment) { e.Probes.Timeout = "2s" }),
			want: []Omission{{"TuxHealthSlow", "tux-backend",
				"its threshold of 2s is not below the probe timeout of 2s, after which there is no answer at all"}},
		},
		"scrapes too rare to count restarts of a process": {
			in: production(func(e *env.Environment) { e.Backends[0].Metrics.Interval = "5m" }),
			want: []Omission{
				{"TuxMetricsFromOneOfManyWorkers", "tux-backend", "its window of 15m holds too few answers at the scrape interval of 5m to see more than 3 changes"},
				{"TuxRestarting", "tux-backend", "its window of 15m holds too few answers at the scrape interval of 5m to see more than 2 restarts"},
			},
		},
		"Kubernetes loses no restart between two scrapes": {
			in: production(multiprocess, disabled("TuxFileDescriptors", "TuxMetricsFromOneOfManyWorkers", "TuxRequestsInFlight"),
				func(e *env.Environment) { e.Backends[0].Metrics.Interval = "5m" }),
		},
		"a host is an entry without a Service": {in: production(withoutEntry, func(e *env.Environment) {
			e.Backends[0].Hosts = []string{"https://tux.example.com/health/live/"}
		})},
		"components that are not asked for": {
			in: production(components("search_index")),
			want: []Omission{
				{"TuxCacheUnhealthy", "tux-backend", `health.components does not contain "cache"`},
				{"TuxDatabaseUnavailable", "tux-backend", `health.components does not contain "database"`},
			},
		},
		"probes too rare to count changes": {
			in: production(func(e *env.Environment) { e.Probes.Interval = "5m" }),
			want: []Omission{{"TuxHealthFlapping", "tux-backend",
				"its window of 15m holds too few answers at the probe interval of 5m to see more than 4 changes"}},
		},
		"a gauge that is not exported": {
			in: production(withoutMigrations),
			want: []Omission{{"TuxMigrationsUnapplied", "tux-backend",
				"metrics.migrations of the backend is not Exported, and the alert reads django_migrations_unapplied_total"}},
		},
		"a Prometheus that forgets before a week is over": {
			in: production(keeping(7 * day)),
			want: []Omission{
				{"TuxPropagationStalled", "tux-backend", forgetsWeeks},
				{"TuxTrafficDrop", "tux-backend", forgetsWeeks},
			},
		},
		"a Prometheus that keeps enough": {in: production(keeping(8 * day))},
		"scaled to zero": {
			in: production(twoBackends, scaledToZero),
			want: []Omission{
				{"TuxBackendAbsent", "tux-backend", noReplicas},
				{"TuxEntryDown", "tux-backend", noReplicas},
				{"TuxErrorBudgetBurn", "tux-backend", noReplicas},
				{"TuxObjectiveNoData", "tux-backend", noReplicas},
				{"TuxProbeAbsent", "tux-backend", noReplicas},
				{"TuxTrafficDrop", "tux-backend", noReplicas},
			},
		},
		"each backend on its own": {
			in:   production(twoBackends, func(e *env.Environment) { e.Backends[1].Service, e.Backends[1].Hosts = nil, nil }),
			want: []Omission{{"TuxCertificateExpiry", "tux-backend-eu", noTLS}, {"TuxEntryDown", "tux-backend-eu", noEntry}},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, Omitted(tc.in)); diff != "" {
				t.Errorf("omitted (-want +got):\n%s", diff)
			}
		})
	}
}

// TestEveryAlertIsRenderedOmittedOrDisabled: none can get lost in between.
func TestEveryAlertIsRenderedOmittedOrDisabled(t *testing.T) {
	for name, e := range shapes {
		t.Run(name, func(t *testing.T) {
			omitted := map[string]bool{}
			for _, o := range Omitted(e) {
				omitted[o.Alert] = true
			}
			for _, info := range Catalogue() {
				there := rendered(t, e, info.Name) != nil
				asked := info.AskedFor == "" || e.HasHeartbeat()
				if want := asked && !omitted[info.Name] && !e.Alerts.Disabled[info.Name]; there != want {
					t.Errorf("%s: rendered %v, omitted %v, disabled %v", info.Name, there, omitted[info.Name], e.Alerts.Disabled[info.Name])
				}
			}
		})
	}
}
