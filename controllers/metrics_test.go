package controllers

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/onsi/gomega"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/promql/parser"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/metrics"

	tuxv1alpha1 "github.com/tux-io/tux-monitoring-operator/api/v1alpha1"
	"github.com/tux-io/tux-monitoring-operator/internal/external/sentry/sentrytest"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/rules"
	"github.com/tux-io/tux-monitoring-operator/internal/promql"
)

// series returns the values of a family by the labels of the resource in the namespace of the scenario.
func (s *scenario) series(family string) map[string]float64 {
	s.t.Helper()
	families, err := metrics.Registry.Gather()
	s.must(err)
	out := map[string]float64{}
	for _, f := range families {
		if f.GetName() != family {
			continue
		}
		for _, m := range f.GetMetric() {
			of := map[string]string{}
			for _, pair := range m.GetLabel() {
				of[pair.GetName()] = pair.GetValue()
			}
			if of[labelResourceNamespace] == s.ns {
				out[of[labelResource]+of["kind"]+of[labelOf]] = m.GetGauge().GetValue() + m.GetCounter().GetValue()
			}
		}
	}
	return out
}

func TestEachResourceShowsWhetherItIsReady(t *testing.T) {
	s := newScenario(t)
	begin := float64(time.Now().Unix())
	tux, o := s.monitored()
	s.settle(o)
	s.Eventually(func() map[string]float64 { return s.series("tuxmonitoring_ready") }).Should(gomega.Equal(map[string]float64{tux.Name: 1}))
	s.Expect(s.series("tuxmonitoring_planned_objects")).To(gomega.Equal(map[string]float64{tux.Name: float64(len(s.children(tux.Name)))}))
	s.Expect(s.series("tuxmonitoring_last_success_timestamp_seconds")).To(gomega.HaveKeyWithValue(tux.Name+ofPass, gomega.BeNumerically(">=", begin)))
	// A pass without a change finds every object in the request cache.
	hits, misses := s.looks()
	s.poke(tux, "look")
	s.Eventually(func() float64 { now, _ := s.looks(); return now - hits }).Should(gomega.Equal(float64(len(s.children(tux.Name)))))
	_, missed := s.looks()
	s.Expect(missed).To(gomega.Equal(misses))

	s.change(tux, func(spec *tuxv1alpha1.TuxMonitoringSpec) { spec.Backends[0].Deployment = "nobody" })
	s.Eventually(func() map[string]float64 { return s.series("tuxmonitoring_ready") }).Should(gomega.Equal(map[string]float64{tux.Name: 0}))

	s.change(tux, func(spec *tuxv1alpha1.TuxMonitoringSpec) { spec.Mode = tuxv1alpha1.ModeSuspended })
	s.Eventually(func() map[string]float64 { return s.series("tuxmonitoring_ready") }).Should(gomega.BeEmpty())

	s.change(tux, func(spec *tuxv1alpha1.TuxMonitoringSpec) { spec.Mode = tuxv1alpha1.ModeEnforce })
	s.Eventually(func() map[string]float64 { return s.series("tuxmonitoring_ready") }).Should(gomega.HaveLen(1))
	s.must(admin.Delete(t.Context(), tux))
	for _, family := range []string{"tuxmonitoring_ready", "tuxmonitoring_planned_objects", "tuxmonitoring_last_success_timestamp_seconds"} {
		s.Eventually(func() map[string]float64 { return s.series(family) }).Should(gomega.BeEmpty(), family)
	}
}

// looks are those into the request cache.
func (s *scenario) looks() (hits, misses float64) {
	s.t.Helper()
	return s.counted("tuxmonitoring_request_cache_lookups_total", "hit"), s.counted("tuxmonitoring_request_cache_lookups_total", "miss")
}

// counted is the value of the series of a family that has these values of labels, and no others.
func (s *scenario) counted(family string, values ...string) float64 {
	s.t.Helper()
	families, err := metrics.Registry.Gather()
	s.must(err)
	for _, f := range families {
		for _, m := range f.GetMetric() {
			var of []string
			for _, pair := range m.GetLabel() {
				of = append(of, pair.GetValue())
			}
			slices.Sort(of)
			if f.GetName() == family && slices.Equal(of, slices.Sorted(slices.Values(values))) {
				return m.GetGauge().GetValue() + m.GetCounter().GetValue() + float64(m.GetHistogram().GetSampleCount())
			}
		}
	}
	return 0
}

// TestWhatIsOutsideIsCounted: requests, their answers, the runs, and a host that is left alone.
func TestWhatIsOutsideIsCounted(t *testing.T) {
	s, f := withSentry(t)
	requests := func(answer string) float64 {
		return s.counted("tuxmonitoring_external_requests_total", "sentry", answer)
	}
	answered, timed := requests("2xx"), s.counted("tuxmonitoring_external_request_duration_seconds", "sentry")
	synced := s.counted("tuxmonitoring_syncs_total", "sentry", "synced")
	tux := f.tux("production", "web")
	s.startOperator()
	s.create(tux)
	s.synced(tux)
	s.Expect(requests("2xx")).To(gomega.BeNumerically(">", answered))
	s.Expect(s.counted("tuxmonitoring_external_request_duration_seconds", "sentry")).To(gomega.BeNumerically(">", timed))
	s.Expect(s.counted("tuxmonitoring_syncs_total", "sentry", "synced")).To(gomega.BeNumerically(">", synced))
	s.Expect(s.series("tuxmonitoring_last_success_timestamp_seconds")).To(gomega.HaveKey(tux.Name + systemSentry))

	refused, quiet := requests("5xx"), requests("left_alone")
	f.Break(sentrytest.Fault{Kind: sentrytest.Unavailable})
	s.poke(tux, "now")
	s.Eventually(func() float64 { return s.counted("tuxmonitoring_external_hosts_left_alone", "sentry") }).Should(gomega.Equal(1.0))
	s.Eventually(func() float64 { return requests("left_alone") }).Should(gomega.BeNumerically(">", quiet))
	s.Expect(requests("5xx")).To(gomega.BeNumerically(">", refused))
	f.Repair()
	s.synced(tux)
	s.Expect(s.counted("tuxmonitoring_external_hosts_left_alone", "sentry")).To(gomega.BeZero())

	s.change(tux, func(spec *tuxv1alpha1.TuxMonitoringSpec) { spec.Sentry = nil })
	s.Eventually(func() map[string]float64 { return s.series("tuxmonitoring_last_success_timestamp_seconds") }).
		ShouldNot(gomega.HaveKey(tux.Name+systemSentry), "nobody syncs it any more")
}

// TestEveryMetricIsOnThePage: each of ours has a row, with its labels, and no row is left over.
func TestEveryMetricIsOnThePage(t *testing.T) {
	text, err := os.ReadFile("../docs/operator.md")
	if err != nil {
		t.Fatal(err)
	}
	rows := map[string]bool{}
	for _, row := range regexp.MustCompile("(?m)^\\| `(tuxmonitoring_[a-z_]+)` \\| ([a-z_, ]+) \\|").FindAllStringSubmatch(string(text), -1) {
		rows[row[1]+" "+strings.ReplaceAll(row[2], ", ", ",")] = true
	}
	described := make(chan *prometheus.Desc, 100)
	for _, collector := range collectors {
		collector.Describe(described)
	}
	close(described)
	parts := regexp.MustCompile(`fqName: "([^"]+)".* variableLabels: \{([^}]*)\}`)
	for desc := range described {
		found := parts.FindStringSubmatch(desc.String())
		if found == nil {
			t.Fatalf("cannot read %s", desc)
		}
		if key := found[1] + " " + found[2]; !rows[key] {
			t.Errorf("docs/operator.md has no row for %s", key)
		} else {
			delete(rows, key)
		}
	}
	for row := range rows {
		t.Errorf("nothing exports %s", row)
	}
}

func TestCorrectedDriftIsCounted(t *testing.T) {
	s := newScenario(t)
	tux, o := s.monitored()
	s.settle(o)
	s.Expect(s.series("tuxmonitoring_drift_corrected_total")).To(gomega.BeEmpty())
	dashboard := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: "production-dashboard-overview", Namespace: s.ns}}
	s.must(admin.Delete(t.Context(), dashboard))
	s.Eventually(func() map[string]float64 { return s.series("tuxmonitoring_drift_corrected_total") }).
		Should(gomega.Equal(map[string]float64{tux.Name + "ConfigMap": 1}))
}

// TestTheOperatorExportsWhatItsRulesRead: its rules must not wait for series under other names.
func TestTheOperatorExportsWhatItsRulesRead(t *testing.T) {
	s := newScenario(t)
	_, o := s.monitored()
	s.settle(o)
	rule, err := rules.Operator(rules.OperatorOptions{Name: "x", Namespace: operatorNamespace, Job: "x"})
	s.must(err)
	// The first is made by Prometheus, the second exists with leader election only.
	exported := map[string]bool{"up": true, "leader_election_master_status": true}
	for _, collector := range collectors { // some have no series before their first event
		described := make(chan *prometheus.Desc, 1)
		collector.Describe(described)
		exported[regexp.MustCompile(`fqName: "([^"]+)"`).FindStringSubmatch((<-described).String())[1]] = true
	}
	families, err := metrics.Registry.Gather()
	s.must(err)
	for _, f := range families {
		exported[f.GetName()] = true
		if f.GetType().String() == "HISTOGRAM" {
			exported[f.GetName()+"_bucket"] = true
		}
	}
	for i := range rule.Spec.Groups[0].Rules {
		exported[rule.Spec.Groups[0].Rules[i].Record] = true
	}
	for i := range rule.Spec.Groups[0].Rules {
		parsed, err := promql.ParseExpr(rule.Spec.Groups[0].Rules[i].Expr.String())
		s.must(err)
		for _, selector := range parser.ExtractSelectors(parsed) {
			for _, m := range selector {
				if m.Name == model.MetricNameLabel && !exported[m.Value] {
					t.Errorf("nothing exports %s", m.Value)
				}
			}
		}
	}
}
