package rules

import (
	"cmp"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"

	"github.com/tux-io/tux-monitoring-operator/internal/promql"
)

const (
	operatorNamespace = "tux-monitoring-system"
	operatorJob       = "tux-monitoring-operator"
)

func operatorGroups(t *testing.T) []monitoringv1.RuleGroup {
	t.Helper()
	rule, err := Operator(OperatorOptions{Name: "tuxmon", Namespace: operatorNamespace, Job: operatorJob, Labels: map[string]string{"release": "kps"}})
	if err != nil {
		t.Fatal(err)
	}
	return rule.Spec.Groups
}

// ofOperator writes a series of a replica of the operator; extra begins with a comma.
func ofOperator(replica, name, extra string) string {
	return name + `{namespace="` + operatorNamespace + `",job="` + operatorJob + `",pod="tuxmon-manager-7d9f-` + replica + `",instance="10.2.0.` +
		replica + `:8080"` + extra + `}`
}

const (
	controllerLabel = `,controller="tuxmonitoring"`
	queueLabels     = `,name="tuxmonitoring",controller="tuxmonitoring"`
	productionLabel = `,resource_namespace="tux-production",resource="production"`
	stagingLabel    = `,resource_namespace="tux-staging",resource="staging"`
)

// healthyOperator has a leader, a, and b, which waits: it has filled its queue and works on none of it.
func healthyOperator() world {
	w := world{}
	for replica, leads := range map[string]float64{"a": 1, "b": 0} {
		w.set(ofOperator(replica, "up", ""), 1)
		w.set(ofOperator(replica, "process_start_time_seconds", ""), 1000)
		w.set(ofOperator(replica, "leader_election_master_status", `,name="tuxmonitoring.monitoring.tux.io"`), leads)
		w.set(ofOperator(replica, "workqueue_longest_running_processor_seconds", queueLabels), 0)
		w.set(ofOperator(replica, "workqueue_depth", queueLabels+`,priority="0"`), 2*(1-leads))
		w[ofOperator(replica, "controller_runtime_reconcile_total", controllerLabel+`,result="success"`)] = sample{rate: 0.01 * leads}
		w[ofOperator(replica, "controller_runtime_reconcile_errors_total", controllerLabel)] = sample{}
		w[ofOperator(replica, "controller_runtime_terminal_reconcile_errors_total", controllerLabel)] = sample{}
	}
	w.set(ofOperator("a", "tuxmonitoring_ready", productionLabel), 1)
	w.set(ofOperator("a", "tuxmonitoring_ready", stagingLabel), 1)
	w.set(ofOperator("a", "tuxmonitoring_log_foreign_deletions", stagingLabel), 0)
	w.set(ofOperator("a", "tuxmonitoring_last_success_timestamp_seconds", productionLabel+`,of="pass"`), -9000)
	// A gauge stands still in a timeline: this is later than its end.
	w.set(ofOperator("a", "tuxmonitoring_last_success_timestamp_seconds", productionLabel+`,of="sentry"`), 9000)
	w.set(ofOperator("a", "tuxmonitoring_last_success_timestamp_seconds", stagingLabel+`,of="logs"`), 9000)
	w.set(ofOperator("a", "tuxmonitoring_external_hosts_left_alone", `,system="sentry"`), 0)
	// Another program whose queue of that name is stuck, in another namespace.
	w.set(`workqueue_longest_running_processor_seconds{namespace="other",job="tux-monitoring-operator",pod="x",name="tuxmonitoring"}`, 9000)
	w.set(`up{namespace="other",job="tux-monitoring-operator",pod="x"}`, 0)
	w.set(`tuxmonitoring_ready{namespace="tux-monitoring-system",job="copy",pod="x",resource="x"}`, 0)
	return w
}

// every repeats a moment: it is true for the first step of each span.
func every(span, elapsed time.Duration) bool { return elapsed%span < usual.step }

// operatorFaults are what can happen to the operator, and all that fires of it.
var operatorFaults = map[string]struct {
	fault fault
	want  []string
}{
	"all is well": {func(world, time.Duration) {}, nil},
	"no pod is left": {func(w world, _ time.Duration) {
		w.drop(`namespace="tux-monitoring-system"`)
	}, []string{"TuxOperatorAbsent"}},
	"every pod refuses the scrape": {func(w world, _ time.Duration) {
		for _, replica := range []string{"a", "b"} {
			w.drop(`tuxmon-manager-7d9f-` + replica)
			w.set(ofOperator(replica, "up", ""), 0)
		}
	}, []string{"TuxOperatorAbsent"}},
	"one of two pods refuses the scrape": {func(w world, _ time.Duration) {
		w.drop("tuxmon-manager-7d9f-b")
		w.set(ofOperator("b", "up", ""), 0)
	}, nil},
	"a deploy: away for four minutes": {func(w world, elapsed time.Duration) {
		if within(4*time.Minute, elapsed) {
			w.drop(`namespace="tux-monitoring-system"`)
		}
	}, nil},
	"a pod restarts every five minutes": {func(w world, elapsed time.Duration) {
		w.set(ofOperator("a", "process_start_time_seconds", ""), 2000+elapsed.Truncate(5*time.Minute).Seconds())
	}, []string{"TuxOperatorRestarting"}},
	"a pod restarts every fifteen minutes": {func(w world, elapsed time.Duration) {
		w.set(ofOperator("a", "process_start_time_seconds", ""), 2000+elapsed.Truncate(15*time.Minute).Seconds())
	}, nil},
	"nobody leads": {func(w world, _ time.Duration) {
		w.set(ofOperator("a", "leader_election_master_status", `,name="tuxmonitoring.monitoring.tux.io"`), 0)
	}, []string{"TuxOperatorNoLeader"}},
	"the leadership moves": {func(w world, elapsed time.Duration) {
		leads := 0.0
		if elapsed > 2*time.Minute {
			leads = 1
		}
		w.set(ofOperator("a", "leader_election_master_status", `,name="tuxmonitoring.monitoring.tux.io"`), 0)
		w.set(ofOperator("b", "leader_election_master_status", `,name="tuxmonitoring.monitoring.tux.io"`), leads)
		w.set(ofOperator("b", "workqueue_depth", queueLabels+`,priority="0"`), 2-2*leads)
	}, nil},
	"no leader is elected at all": {func(w world, _ time.Duration) {
		w.drop("leader_election_master_status")
		w.set(ofOperator("b", "workqueue_depth", queueLabels+`,priority="0"`), 0)
	}, nil},
	"a pass hangs": {func(w world, elapsed time.Duration) {
		w.set(ofOperator("a", "workqueue_longest_running_processor_seconds", queueLabels), elapsed.Seconds())
	}, []string{"TuxOperatorReconcileStuck"}},
	"all passes hang, and resources wait": {func(w world, elapsed time.Duration) {
		w.set(ofOperator("a", "workqueue_longest_running_processor_seconds", queueLabels), elapsed.Seconds())
		w.set(ofOperator("a", "workqueue_depth", queueLabels+`,priority="0"`), 9)
	}, []string{"TuxOperatorReconcileStuck"}},
	"passes of 50 seconds": {func(w world, _ time.Duration) {
		w.set(ofOperator("a", "workqueue_longest_running_processor_seconds", queueLabels), 50)
	}, nil},
	"resources wait": {func(w world, _ time.Duration) {
		w.set(ofOperator("a", "workqueue_depth", queueLabels+`,priority="0"`), 3)
	}, []string{"TuxOperatorQueueSlow"}},
	"the queue is emptied every eight minutes": {func(w world, elapsed time.Duration) {
		if !every(8*time.Minute, elapsed) {
			w.set(ofOperator("a", "workqueue_depth", queueLabels+`,priority="0"`), 30)
		}
	}, nil},
	"passes fail every five minutes": {func(w world, elapsed time.Duration) {
		if every(5*time.Minute, elapsed) {
			w[ofOperator("a", "controller_runtime_reconcile_errors_total", controllerLabel)] = sample{rate: 1.0 / 30}
		}
	}, []string{"TuxOperatorReconcileErrors"}},
	"passes fail, and a resource is not Ready for it": {func(w world, elapsed time.Duration) {
		w.set(ofOperator("a", "tuxmonitoring_ready", stagingLabel), 0)
		if every(5*time.Minute, elapsed) {
			w[ofOperator("a", "controller_runtime_reconcile_errors_total", controllerLabel)] = sample{rate: 1.0 / 30}
		}
	}, []string{"TuxOperatorReconcileErrors"}},
	"the API server is away for three minutes": {func(w world, elapsed time.Duration) {
		if within(3*time.Minute, elapsed) {
			w[ofOperator("a", "controller_runtime_reconcile_errors_total", controllerLabel)] = sample{rate: 0.5}
			w.set(ofOperator("a", "tuxmonitoring_ready", stagingLabel), 0)
		}
	}, nil},
	"only a person can mend it": {func(w world, elapsed time.Duration) {
		w.set(ofOperator("a", "tuxmonitoring_ready", stagingLabel), 0)
		if every(5*time.Minute, elapsed) {
			w[ofOperator("a", "controller_runtime_reconcile_errors_total", controllerLabel)] = sample{rate: 1.0 / 30}
			w[ofOperator("a", "controller_runtime_terminal_reconcile_errors_total", controllerLabel)] = sample{rate: 1.0 / 30}
		}
	}, []string{"TuxOperatorResourceNotReady"}},
	"a resource is not Ready for ten minutes": {func(w world, elapsed time.Duration) {
		if within(10*time.Minute, elapsed) {
			w.set(ofOperator("a", "tuxmonitoring_ready", stagingLabel), 0)
		}
	}, nil},
	"a GitOps tool writes what the operator made": {func(w world, elapsed time.Duration) {
		w.count(ofOperator("a", "tuxmonitoring_drift_corrected_total", stagingLabel+`,kind="PrometheusRule"`), 1.0/180)
	}, []string{"TuxOperatorDriftFight"}},
	"nobody looks at Sentry any more": {func(w world, _ time.Duration) {
		w.set(ofOperator("a", "tuxmonitoring_last_success_timestamp_seconds", productionLabel+`,of="sentry"`), -3600)
	}, []string{"TuxOperatorSyncStale"}},
	"Sentry is looked at every half hour": {func(w world, elapsed time.Duration) {
		w.set(ofOperator("a", "tuxmonitoring_last_success_timestamp_seconds", productionLabel+`,of="sentry"`),
			(usual.begins + elapsed.Truncate(30*time.Minute) - 25*time.Minute).Seconds())
	}, nil},
	"a resource whose Sentry refuses is not Ready": {func(w world, _ time.Duration) {
		w.set(ofOperator("a", "tuxmonitoring_last_success_timestamp_seconds", stagingLabel+`,of="logs"`), -3600)
		w.set(ofOperator("a", "tuxmonitoring_ready", stagingLabel), 0)
	}, []string{"TuxOperatorResourceNotReady"}},
	"somebody else deletes lines": {func(w world, _ time.Duration) {
		w.set(ofOperator("a", "tuxmonitoring_log_foreign_deletions", stagingLabel), 2)
	}, []string{"TuxLogForeignDelete"}},
	"Sentry is away, and tried once a minute": {func(w world, elapsed time.Duration) {
		if !every(time.Minute, elapsed) {
			w.set(ofOperator("a", "tuxmonitoring_external_hosts_left_alone", `,system="sentry"`), 1)
		}
	}, []string{"TuxOperatorSystemUnreachable"}},
	"Sentry is away for five minutes": {func(w world, elapsed time.Duration) {
		if within(5*time.Minute, elapsed) {
			w.set(ofOperator("a", "tuxmonitoring_external_hosts_left_alone", `,system="sentry"`), 1)
		}
	}, nil},
	"somebody edits four objects": {func(w world, elapsed time.Duration) {
		rate := 0.0
		if within(4*time.Minute, elapsed) {
			rate = 1.0 / 60
		}
		w[ofOperator("a", "tuxmonitoring_drift_corrected_total", stagingLabel+`,kind="PrometheusRule"`)] = sample{value: 1, rate: rate}
	}, nil},
}

func TestFaultsOfTheOperatorFireExactlyTheirAlert(t *testing.T) {
	for name, tc := range operatorFaults {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got []string
			for _, f := range play(t, &usual, operatorGroups(t), healthyOperator, tc.fault) {
				got = append(got, f.labels["alertname"])
				if f.labels["namespace"] != operatorNamespace || f.labels["job"] != operatorJob || f.labels["severity"] != severityWarning {
					t.Errorf("it cannot be routed: %v", f.labels)
				}
				if text := f.annotations["summary"] + f.annotations["description"]; strings.Contains(text, "<no value>") {
					t.Errorf("a text has no value: %s", text)
				}
				if f.last > usual.ends+31*time.Minute {
					t.Errorf("it does not end: %v", f.last)
				}
			}
			if diff := gocmp.Diff(tc.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestEveryAlertAboutTheOperatorFiresInSomeFault(t *testing.T) {
	for _, info := range OperatorAlerts() {
		found := false
		for _, tc := range operatorFaults {
			found = found || slices.Contains(tc.want, info.Name)
		}
		if !found {
			t.Errorf("no fault fires %s", info.Name)
		}
	}
}

func TestRulesOfTheOperatorAreAccepted(t *testing.T) {
	for _, g := range operatorGroups(t) {
		for _, err := range promql.CheckGroup(checkable(g)) {
			t.Error(err)
		}
	}
	if _, err := Operator(OperatorOptions{Name: "x", Namespace: "y"}); err == nil {
		t.Error("a job is not asked for")
	}
}

func TestTheOperatorPageNamesEveryAlert(t *testing.T) {
	content, err := os.ReadFile(docs + "/operator.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, info := range OperatorAlerts() {
		row := "| [" + info.Name + "](alerts/" + info.Name + ".md) | " + cmp.Or(info.For, "at once") + " |"
		if !strings.Contains(string(content), row) {
			t.Errorf("docs/operator.md has no row %q", row)
		}
	}
}
