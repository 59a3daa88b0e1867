package discover_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	tuxv1alpha1 "github.com/tux-io/tux-monitoring-operator/api/v1alpha1"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/discover"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
	"github.com/tux-io/tux-monitoring-operator/internal/testutil"
)

func prometheus(namespace, name, release string, change ...func(*monitoringv1.PrometheusSpec)) monitoringv1.Prometheus {
	p := testutil.Prometheus(namespace, name, release)
	for _, c := range change {
		c(&p.Spec)
	}
	return *p
}

func expression(key string, operator metav1.LabelSelectorOperator, values ...string) *metav1.LabelSelector {
	return &metav1.LabelSelector{MatchExpressions: []metav1.LabelSelectorRequirement{{Key: key, Operator: operator, Values: values}}}
}

func monitorsBy(selector *metav1.LabelSelector) func(*monitoringv1.PrometheusSpec) {
	return func(s *monitoringv1.PrometheusSpec) { s.ServiceMonitorSelector = selector }
}

func TestLabelsPrometheusSelectsBy(t *testing.T) {
	own := map[string]string{env.ManagedByLabel: env.ManagedByValue}
	release := map[string]string{"release": "kps"}
	for name, tc := range map[string]struct {
		spec         *tuxv1alpha1.Prometheus
		prometheuses []monitoringv1.Prometheus
		labels       map[string]string // of the namespace
		crdMissing   bool
		want         map[string]string // on ServiceMonitors
		held         bool
		given        bool
		reason, text string
		terminal     bool
	}{
		"kube-prometheus-stack": {prometheuses: []monitoringv1.Prometheus{prometheus("monitoring", "kps", "kps")}, want: release},
		"an empty selector selects all": {
			prometheuses: []monitoringv1.Prometheus{prometheus("monitoring", "kps", "kps", monitorsBy(&metav1.LabelSelector{}))},
		},
		"no selector selects nothing": {
			prometheuses: []monitoringv1.Prometheus{prometheus("monitoring", "kps", "kps", monitorsBy(nil))},
			reason:       tuxv1alpha1.ReasonNoPrometheus, text: "monitoring/kps: serviceMonitorSelector is not set, which selects nothing",
		},
		"one of several values": {
			prometheuses: []monitoringv1.Prometheus{prometheus("monitoring", "kps", "kps", monitorsBy(expression("team", metav1.LabelSelectorOpIn, "ops", "dev")))},
			want:         map[string]string{"team": "dev"},
		},
		"a label that only must exist": {
			prometheuses: []monitoringv1.Prometheus{prometheus("monitoring", "kps", "kps", monitorsBy(expression("scrape", metav1.LabelSelectorOpExists)))},
			want:         map[string]string{"scrape": "true"},
		},
		"a label that must not be there": {
			prometheuses: []monitoringv1.Prometheus{prometheus("monitoring", "kps", "kps", monitorsBy(expression("skip", metav1.LabelSelectorOpDoesNotExist)))},
		},
		"a label of ours with another value": {
			prometheuses: []monitoringv1.Prometheus{prometheus("monitoring", "kps", "kps", monitorsBy(&metav1.LabelSelector{MatchLabels: map[string]string{env.ManagedByLabel: "Helm"}}))},
			reason:       tuxv1alpha1.ReasonNoPrometheus, text: "contradicts the labels our objects carry",
		},
		"a namespace selector that matches": {
			prometheuses: []monitoringv1.Prometheus{prometheus("monitoring", "kps", "kps", func(s *monitoringv1.PrometheusSpec) {
				s.ServiceMonitorNamespaceSelector = expression("kubernetes.io/metadata.name", metav1.LabelSelectorOpIn, ns)
			})}, want: release,
		},
		"a namespace selector that does not match": {
			prometheuses: []monitoringv1.Prometheus{prometheus("monitoring", "kps", "kps", func(s *monitoringv1.PrometheusSpec) {
				s.ServiceMonitorNamespaceSelector = &metav1.LabelSelector{MatchLabels: map[string]string{"team": "tux"}}
			})}, reason: tuxv1alpha1.ReasonNoPrometheus, text: "serviceMonitorNamespaceSelector team=tux does not match the namespace",
		},
		"a label of the namespace that matches": {
			labels: map[string]string{"team": "tux"},
			prometheuses: []monitoringv1.Prometheus{prometheus("monitoring", "kps", "kps", func(s *monitoringv1.PrometheusSpec) {
				s.ServiceMonitorNamespaceSelector = &metav1.LabelSelector{MatchLabels: map[string]string{"team": "tux"}}
			})}, want: release,
		},
		"only its own namespace": {
			prometheuses: []monitoringv1.Prometheus{prometheus("monitoring", "kps", "kps", func(s *monitoringv1.PrometheusSpec) { s.ServiceMonitorNamespaceSelector = nil })},
			reason:       tuxv1alpha1.ReasonNoPrometheus, text: "only namespace monitoring counts",
		},
		"rules are not selected": {
			prometheuses: []monitoringv1.Prometheus{prometheus("monitoring", "kps", "kps", func(s *monitoringv1.PrometheusSpec) { s.RuleSelector = nil })},
			want:         release, reason: tuxv1alpha1.ReasonSelectsPartially, text: "selects our ServiceMonitors but no PrometheusRule: ruleSelector is not set",
		},
		"a pair for availability": {
			prometheuses: []monitoringv1.Prometheus{prometheus("monitoring", "b", "kps"), prometheus("monitoring", "a", "kps")}, want: release,
		},
		"two with different labels": {
			prometheuses: []monitoringv1.Prometheus{prometheus("monitoring", "kps", "kps"), prometheus("team", "own", "team")},
			want:         release, held: true, terminal: true,
			reason: tuxv1alpha1.ReasonPrometheusAmbiguous, text: "monitoring/kps and team/own select ServiceMonitors by different labels (release=kps; release=team), set ref",
		},
		"two, and ref names one": {
			spec:         &tuxv1alpha1.Prometheus{Ref: &tuxv1alpha1.PrometheusReference{Namespace: "team", Name: "own"}},
			prometheuses: []monitoringv1.Prometheus{prometheus("monitoring", "kps", "kps"), prometheus("team", "own", "team")},
			want:         map[string]string{"release": "team"},
		},
		"ref leads nowhere": {
			spec:         &tuxv1alpha1.Prometheus{Ref: &tuxv1alpha1.PrometheusReference{Name: "kps"}},
			prometheuses: []monitoringv1.Prometheus{prometheus("monitoring", "kps", "kps")},
			reason:       tuxv1alpha1.ReasonPrometheusNotFound, text: `no Prometheus "kps" in namespace "tux-production", the cluster has monitoring/kps`,
		},
		"labels are given": {
			spec: &tuxv1alpha1.Prometheus{Labels: map[string]tuxv1alpha1.LabelValue{"scrape": "me"}}, given: true,
			prometheuses: []monitoringv1.Prometheus{prometheus("monitoring", "kps", "kps")}, want: map[string]string{"scrape": "me"},
		},
		"none in the cluster":                  {reason: tuxv1alpha1.ReasonNoPrometheus, text: "the cluster has no Prometheus resource"},
		"prometheus-operator is not installed": {crdMissing: true, reason: tuxv1alpha1.ReasonCRDMissing, text: "prometheuses.monitoring.coreos.com is not installed"},
	} {
		t.Run(name, func(t *testing.T) {
			c := &discover.Cluster{Prometheuses: tc.prometheuses, PrometheusCRDMissing: tc.crdMissing, NamespaceLabels: tc.labels}
			got, findings := discover.Prometheus(tc.spec, ns, own, c)
			if diff := cmp.Diff(tc.want, nilIfEmpty(got.ServiceMonitors)); diff != "" || got.Held != tc.held || got.GivenLabels != tc.given {
				t.Errorf("labels (-want +got):\n%s held %v, given %v", diff, got.Held, got.GivenLabels)
			}
			if (len(findings) == 0) != (tc.reason == "") {
				t.Fatalf("findings %v, want reason %q", findings, tc.reason)
			}
			for _, f := range findings {
				if f.Reason != tc.reason || f.Waiting == tc.terminal || !strings.Contains(f.Message, tc.text) {
					t.Errorf("finding %+v, want reason %s, terminal %v and text %q", f, tc.reason, tc.terminal, tc.text)
				}
			}
		})
	}
}

func nilIfEmpty(labels map[string]string) map[string]string {
	if len(labels) == 0 {
		return nil
	}
	return labels
}
