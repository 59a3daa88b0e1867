package rules

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// TestRecordedValues asks for recorded values with an alert of its own beside our rules: it fires if the
// question has an answer.
func TestRecordedValues(t *testing.T) {
	calm := func(world, time.Duration) {}
	cases := map[string]struct {
		fault    fault
		question string
		answered bool
	}{
		"before the first 5xx the error ratio is 0 and not absent": {
			calm, `job:tux_http_errors:ratio_rate5m == 0`, true,
		},
		"so are the errors of each view": {
			calm, `job_view:tux_http_errors:rate5m{view="api:strings-list"} == 0`, true,
		},
		"health questions are no user traffic": {
			calm, `job_view:tux_http_requests:rate5m{view="api:health"}`, false,
		},
		"requests are those of all pods": {
			calm, `round(job:tux_http_requests:rate5m, 0.1) == 8.2`, true,
		},
		"traffic gives no NaN": {calm, anyNaN(), false},
		"no traffic gives no NaN": {
			func(w world, _ time.Duration) { w.traffic(0, 0) }, anyNaN(), false,
		},
		"the first error of a view is counted by the objective": {
			func(w world, _ time.Duration) { w.responses("a", "api:new", "500", 0) },
			`round(job_objective:tux_slo_errors:rate5m{objective="availability"} * 300) == 1`, true,
		},
		"before the first 5xx the budget is whole": {
			calm, `job_objective:tux_slo_error_budget:remaining{objective="availability"} == 1`, true,
		},
		"an objective has one state": {
			calm, `count by (objective) (job_objective_state:tux_slo_state:bool) != 1`, false,
		},
		"that is met": {
			calm, `job_objective_state:tux_slo_state:bool{objective="latency",state="Met"} == 1`, true,
		},
		"or breached": {
			func(w world, _ time.Duration) { w.traffic(2, 2) },
			`job_objective_state:tux_slo_state:bool{objective="availability",state="Breached"} == 1`, true,
		},
		"without input it has no data": {
			func(w world, _ time.Duration) { w.unscrapable("ab") },
			`job_objective_state:tux_slo_state:bool{objective="availability",state="NoData"} == 1`, true,
		},
		"and no budget, whatever was before": {
			func(w world, elapsed time.Duration) {
				w.unscrapable("ab")
				if elapsed > 30*time.Minute {
					w.set("asked", 1)
				}
			},
			`asked and on () job_objective:tux_slo_error_budget:remaining`, false,
		},
		"the first failed job of a workspace is counted": {
			func(w world, _ time.Duration) { w.jobs("a", "newco", "error", 0) },
			`round(job_status:tux_propagation_jobs:rate10m{status="error"} * 600) == 1`, true,
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ask := monitoringv1.RuleGroup{Name: "ask", Rules: []monitoringv1.Rule{{Alert: "Answered", Expr: intstr.FromString(tc.question)}}}
			var want []string
			if tc.answered {
				want = []string{"Answered"}
			}
			e := production(disabled("TuxUnhandledExceptions", "TuxBackendAbsent", "TuxBackendScrapeDown", "TuxHighErrorRate",
				"TuxViewErrors", "TuxErrorBudgetBurn", "TuxObjectiveNoData"))
			fired := play(t, &usual, append(groups(t, e), ask), healthyWorld, tc.fault)
			if diff := cmp.Diff(want, alertNames(fired)); diff != "" {
				t.Errorf("answers (-want +got):\n%s", diff)
			}
		})
	}
}

// anyNaN finds NaN in everything we record: it is the one number that differs from itself.
func anyNaN() string {
	var parts []string
	for _, name := range Records() {
		parts = append(parts, name+" != "+name)
	}
	return strings.Join(parts, " or ")
}
