package rules

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
)

func TestCheckOverride(t *testing.T) {
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
		"memory":                              {"TuxMemoryHigh", "1536", ""},
		"an alert without a threshold":        {"TuxNotReady", "3", `alert "TuxNotReady" has no threshold`},
		"an alert nobody knows":               {"TuxNothing", "3", `no alert "TuxNothing" in the catalogue`},
		"no number":                           {"TuxMemoryHigh", "much", `"much" is no decimal number`},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got := ""
			if err := CheckOverride(tc.alert, env.Override{Threshold: tc.threshold}); err != nil {
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
	if !strings.Contains(expr, "[10m]") {
		t.Errorf("the database explains slow requests before its own alert fires: %s", expr)
	}
	ready := rendered(t, e, "TuxNotReady")
	if ready.Labels["severity"] != "critical" || *ready.For != "5m" {
		t.Errorf("TuxNotReady is %s for %s", ready.Labels["severity"], *ready.For)
	}
}

func TestRenderRefusesAThresholdThatWasNotChecked(t *testing.T) {
	_, err := Render(production(override("TuxSlowResponses", env.Override{Threshold: "2"})))
	if err == nil || !strings.Contains(err.Error(), "TuxSlowResponses") {
		t.Errorf("got %v, want an error that names the alert", err)
	}
}

func TestDisabledAlertsAreGoneAndNotOmitted(t *testing.T) {
	e := production(disabled("TuxEntryDown", "TuxHighErrorRate"), withoutEntry)
	if rendered(t, e, "TuxHighErrorRate") != nil || rendered(t, e, "TuxSlowResponses") == nil {
		t.Error("not exactly the disabled alerts are gone")
	}
	if got := Omitted(e); len(got) > 0 {
		t.Errorf("omitted: %v", got)
	}
}

func TestOmittedSaysWhy(t *testing.T) {
	const noEntry = "no Service, Ingress or HTTPRoute leads to the pods, so there is no entry to probe"
	cases := map[string]struct {
		in   *env.Environment
		want []Omission
	}{
		"nothing is missing":                             {in: production()},
		"multiprocess has a variant of the memory alert": {in: production(multiprocess)},
		"no entry": {in: production(withoutEntry), want: []Omission{{"TuxEntryDown", "tux-backend", noEntry}}},
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
		"each backend on its own": {
			in:   production(twoBackends, func(e *env.Environment) { e.Backends[1].Service = nil }),
			want: []Omission{{"TuxEntryDown", "tux-backend-eu", noEntry}},
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
				if want := !omitted[info.Name] && !e.Alerts.Disabled[info.Name]; there != want {
					t.Errorf("%s: rendered %v, omitted %v, disabled %v", info.Name, there, omitted[info.Name], e.Alerts.Disabled[info.Name])
				}
			}
		})
	}
}
