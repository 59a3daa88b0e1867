package rules

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"

	tuxv1alpha1 "github.com/tux-io/tux-monitoring-operator/api/v1alpha1"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
)

func TestRenderMakesOneObjectPerBackendAndConcern(t *testing.T) {
	group := tuxv1alpha1.RuleGroup{Name: "mine", Rules: []tuxv1alpha1.Rule{{Alert: "Mine", Expr: "up"}}}
	cases := map[string]struct {
		in   *env.Environment
		want []string
	}{
		"a backend has an object for each concern": {
			in: production(),
			want: []string{
				"tux-tux-backend-business", "tux-tux-backend-cache", "tux-tux-backend-database", "tux-tux-backend-http",
				"tux-tux-backend-objectives", "tux-tux-backend-probes", "tux-tux-backend-propagation", "tux-tux-backend-resources",
				"tux-tux-backend-scrape", "tux-tux-backend-workspaces",
			},
		},
		"without probes there are no rules about them": {
			in: production(withoutProbes),
			want: []string{
				"tux-tux-backend-business", "tux-tux-backend-cache", "tux-tux-backend-database", "tux-tux-backend-http",
				"tux-tux-backend-objectives", "tux-tux-backend-propagation", "tux-tux-backend-resources", "tux-tux-backend-scrape",
				"tux-tux-backend-workspaces",
			},
		},
		"without objectives there are no rules about them": {
			in: production(withoutProbes, withObjectives()),
			want: []string{
				"tux-tux-backend-business", "tux-tux-backend-cache", "tux-tux-backend-database", "tux-tux-backend-http",
				"tux-tux-backend-propagation", "tux-tux-backend-resources", "tux-tux-backend-scrape", "tux-tux-backend-workspaces",
			},
		},
		"each additional group has an object of its own": {
			in:   &env.Environment{Name: "tux", Namespace: "n", Title: "t", Alerts: env.Alerts{Groups: []tuxv1alpha1.RuleGroup{group}}},
			want: []string{"tux-additional-mine"},
		},
		"a concern whose alerts are disabled has no object unless it records": {
			in: production(disabled(append(resources(), "TuxPropagationFailures", "TuxCacheFailures", "TuxCacheHitRatioLow")...),
				withoutProbes, withObjectives()),
			want: []string{
				"tux-tux-backend-business", "tux-tux-backend-database", "tux-tux-backend-http", "tux-tux-backend-propagation",
				"tux-tux-backend-scrape", "tux-tux-backend-workspaces",
			},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got := slices.Sorted(maps.Keys(render(t, tc.in)))
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("objects (-want +got):\n%s", diff)
			}
		})
	}
}

// resources are the alerts of the concern of that name.
func resources() []string {
	var names []string
	for _, info := range Catalogue() {
		if info.Concern == "resources" {
			names = append(names, info.Name)
		}
	}
	return names
}

func TestObjectsCarryTheLabelsThatSelectThem(t *testing.T) {
	rule := render(t, production())["tux-tux-backend-http"]
	want := map[string]string{
		"release": "kps", env.ManagedByLabel: env.ManagedByValue, env.PartOfLabel: env.PartOfValue, env.OwnerLabel: "tux",
		env.OutputLabel: env.OutputRules, env.EnvironmentLabel: "production", env.BackendLabel: "web",
	}
	if diff := cmp.Diff(want, rule.Labels); diff != "" {
		t.Errorf("labels (-want +got):\n%s", diff)
	}
	if rule.Namespace != "tux-production" || rule.Kind != "PrometheusRule" || rule.APIVersion != "monitoring.coreos.com/v1" {
		t.Errorf("identity is %s %s in %s", rule.APIVersion, rule.Kind, rule.Namespace)
	}
}

func TestGroupNamesAreUniqueAndRecordsComeFirst(t *testing.T) {
	seen := map[string]bool{}
	for _, e := range []*env.Environment{production(twoBackends), production(twoBackends, func(e *env.Environment) { e.Namespace = "tux-staging" })} {
		for _, object := range render(t, e) {
			for _, g := range object.Spec.Groups {
				if seen[g.Name] {
					t.Errorf("group %s is there twice", g.Name)
				}
				seen[g.Name] = true
				recordsAreOver := false
				for _, r := range g.Rules {
					if recordsAreOver && r.Record != "" {
						t.Errorf("group %s: %s comes after an alert that may read it", g.Name, r.Record)
					}
					recordsAreOver = recordsAreOver || r.Alert != ""
				}
			}
		}
	}
	if !seen["tux-production/tux/tux-backend/http"] || !seen["tux-staging/tux/tux-backend-eu/scrape"] {
		t.Errorf("group names are %v", slices.Sorted(maps.Keys(seen)))
	}
}

func TestRenderIsRepeatable(t *testing.T) {
	first := marshal(t, production(multiprocess, twoBackends))
	for range 5 {
		if got := marshal(t, production(multiprocess, twoBackends)); got != first {
			t.Fatal("the same environment gives other bytes")
		}
	}
}

func marshal(t *testing.T, e *env.Environment) string {
	t.Helper()
	objects, err := Render(e)
	if err != nil {
		t.Fatal(err)
	}
	content, err := json.Marshal(objects)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

func TestEveryAlertSaysWhatAPersonNeeds(t *testing.T) {
	for name, e := range shapes {
		t.Run(name, func(t *testing.T) {
			eachRule(t, e, func(_ string, r *monitoringv1.Rule) {
				if r.Record != "" {
					checkRecordLabels(t, r)
					return
				}
				checkRuleTexts(t, e, r)
			})
		})
	}
}

// checkRecordLabels: only the series of objectives, which are made of different metrics, get labels.
func checkRecordLabels(t *testing.T, r *monitoringv1.Rule) {
	t.Helper()
	if !strings.HasPrefix(r.Record, "job_objective") {
		if len(r.Labels) > 0 {
			t.Errorf("%s adds labels %v", r.Record, r.Labels)
		}
		return
	}
	if r.Labels["job"] == "" || r.Labels["objective"] == "" {
		t.Errorf("%s cannot be told from that of another objective: %v", r.Record, r.Labels)
	}
}

func checkRuleTexts(t *testing.T, e *env.Environment, r *monitoringv1.Rule) {
	t.Helper()
	ofBackend := slices.Contains(alertsOfBackends(), r.Alert)
	if r.Labels["namespace"] != e.Namespace || r.Labels["environment"] != e.Title || (r.Labels["backend"] != "") != ofBackend {
		t.Errorf("%s cannot be routed: %v", r.Alert, r.Labels)
	}
	severities := []string{"critical", "warning", "info"}
	if !ofBackend {
		severities = []string{"none"}
	}
	if !slices.Contains(severities, r.Labels["severity"]) {
		t.Errorf("%s has severity %q", r.Alert, r.Labels["severity"])
	}
	if want := env.RunbookURL(r.Alert); r.Annotations["runbook_url"] != want {
		t.Errorf("%s has runbook %q, want %q", r.Alert, r.Annotations["runbook_url"], want)
	}
	for _, key := range []string{"summary", "description"} {
		text := r.Annotations[key]
		if !strings.Contains(text, r.Labels["backend"]) || !strings.Contains(text, e.Title) {
			t.Errorf("%s: %s does not name backend and environment: %q", r.Alert, key, text)
		}
		if strings.Contains(text, "[[") || strings.Contains(text, "  ") {
			t.Errorf("%s: %s is not clean: %q", r.Alert, key, text)
		}
	}
}

func TestVariantsOfAnAlertAgreeOnItsKnobs(t *testing.T) {
	for _, info := range Catalogue() {
		for _, a := range variants(info.Name) {
			got := a.info(info.Concern)
			if diff := cmp.Diff(info, got); diff != "" {
				t.Errorf("variants of %s differ:\n%s", info.Name, diff)
			}
		}
	}
}

func TestCatalogueIsSortedAndComplete(t *testing.T) {
	var got []string
	for _, info := range Catalogue() {
		got = append(got, info.Name)
	}
	want := []string{
		"TuxAuthFailures", "TuxBackendAbsent", "TuxBackendMetricsMissing", "TuxBackendScrapeDown",
		"TuxBusinessMetricsMissing", "TuxCPUThrottled", "TuxCacheFailures", "TuxCacheHitRatioLow", "TuxCacheUnhealthy",
		"TuxCertificateExpiry", "TuxComponentUnhealthy", "TuxDatabaseConnectionErrors", "TuxDatabaseErrors",
		"TuxDatabaseSlow", "TuxDatabaseUnavailable", "TuxEntryDown", "TuxErrorBudgetBurn", "TuxFileDescriptors",
		"TuxHealthFlapping", "TuxHealthSlow", "TuxHealthUnreachable", "TuxHighErrorRate", "TuxMemoryHigh",
		"TuxMemoryNearLimit", "TuxMetricsFromOneOfManyWorkers", "TuxMigrationsUnapplied", "TuxNotLive", "TuxNotReady",
		"TuxObjectiveNoData", "TuxOutOfMemory", "TuxProbeAbsent", "TuxPropagationFailures",
		"TuxPropagationFailuresForWorkspace", "TuxPropagationSlow", "TuxPropagationStalled", "TuxRequestsInFlight",
		"TuxRestarting", "TuxScrapeNearSampleLimit", "TuxSlowResponses", "TuxStringGenerationFailures", "TuxTrafficDrop",
		"TuxUnhandledExceptions", "TuxViewErrors", "TuxViewSlow", "TuxWatchdog", "TuxWorkspaceCardinality",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("alerts (-want +got):\n%s", diff)
	}
}

func TestPodPatternMatchesThePodsOfADeployment(t *testing.T) {
	long := strings.Repeat("a", 50)
	cases := map[string]struct {
		deployment, want string
	}{
		"name, hash and random part":       {"tux-backend", "tux-backend-[a-z0-9]+-[a-z0-9]+"},
		"a dot is a dot":                   {"tux.backend", `tux\.backend-[a-z0-9]+-[a-z0-9]+`},
		"a name that leaves no room":       {long, long + "[a-z0-9-]*"},
		"a name that is cut by Kubernetes": {long + strings.Repeat("b", 13), long + strings.Repeat("b", 8) + "[a-z0-9-]*"},
		"the longest name that is not cut": {strings.Repeat("a", 46), strings.Repeat("a", 46) + "-[a-z0-9]+-[a-z0-9]+"},
		"one character more and it is cut": {strings.Repeat("a", 47), strings.Repeat("a", 47) + "[a-z0-9-]*"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if got := podPattern(tc.deployment); got != tc.want {
				t.Errorf("got %s, want %s", got, tc.want)
			}
		})
	}
}

func TestACatalogueEntryThatNamesNothingIsAnError(t *testing.T) {
	e := production()
	for name, text := range map[string]string{
		"an unknown field":             "[[ .Nothing ]]",
		"an unknown alert asked for":   `[[ if .Ships "TuxNothing" ]]x[[ end ]]`,
		"an unknown alert waited for":  `[[ .Waits "TuxNothing" ]]`,
		"an unknown alert that fired":  `[[ .Fired "TuxNothing" ]]`,
		"an action that is not closed": "[[ .Backend",
	} {
		t.Run(name, func(t *testing.T) {
			if got, err := newScope(e, &e.Backends[0]).expand(text); err == nil {
				t.Errorf("expanded to %q", got)
			}
		})
	}
}
