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

func alertmanager(namespace, name, label string, change ...func(*monitoringv1.AlertmanagerSpec)) monitoringv1.Alertmanager {
	a := testutil.Alertmanager(namespace, name, label)
	for _, c := range change {
		c(&a.Spec)
	}
	return *a
}

func TestLabelsAlertmanagerSelectsBy(t *testing.T) {
	own := map[string]string{env.ManagedByLabel: env.ManagedByValue}
	kps := map[string]string{"alertmanager": "kps"}
	for name, tc := range map[string]struct {
		given        tuxv1alpha1.ObjectLabels
		all          []monitoringv1.Alertmanager
		crdMissing   bool
		want         map[string]string
		selecting    []string
		held         bool
		reason, text string
		terminal     bool
	}{
		"by a label": {
			all: []monitoringv1.Alertmanager{alertmanager("monitoring", "kps", "kps")}, want: kps, selecting: []string{"monitoring/kps"},
		},
		"an empty selector selects all": {
			all: []monitoringv1.Alertmanager{alertmanager("monitoring", "kps", "", func(s *monitoringv1.AlertmanagerSpec) {
				s.AlertmanagerConfigSelector = &metav1.LabelSelector{}
			})}, selecting: []string{"monitoring/kps"},
		},
		"no selector selects nothing": {
			all: []monitoringv1.Alertmanager{alertmanager("monitoring", "kps", "kps", func(s *monitoringv1.AlertmanagerSpec) {
				s.AlertmanagerConfigSelector = nil
			})},
			reason: tuxv1alpha1.ReasonNoAlertmanager, text: "monitoring/kps: alertmanagerConfigSelector is not set, which selects nothing",
		},
		"only its own namespace": {
			all: []monitoringv1.Alertmanager{alertmanager("monitoring", "kps", "kps", func(s *monitoringv1.AlertmanagerSpec) {
				s.AlertmanagerConfigNamespaceSelector = nil
			})},
			reason: tuxv1alpha1.ReasonNoAlertmanager,
			text:   "alertmanagerConfigNamespaceSelector is not set, so only namespace monitoring counts",
		},
		"one that cannot beside one that can": {
			all: []monitoringv1.Alertmanager{
				alertmanager("monitoring", "kps", "kps"),
				alertmanager("another", "own", "own", func(s *monitoringv1.AlertmanagerSpec) { s.AlertmanagerConfigNamespaceSelector = nil }),
			}, want: kps, selecting: []string{"monitoring/kps"},
		},
		"two that want the same": {
			all:  []monitoringv1.Alertmanager{alertmanager("monitoring", "b", "kps"), alertmanager("monitoring", "a", "kps")},
			want: kps, selecting: []string{"monitoring/a", "monitoring/b"},
		},
		"two that want different labels": {
			all:  []monitoringv1.Alertmanager{alertmanager("team", "own", "team"), alertmanager("monitoring", "kps", "kps")},
			want: kps, selecting: []string{"monitoring/kps", "team/own"}, held: true, terminal: true,
			reason: tuxv1alpha1.ReasonAlertmanagerAmbiguous,
			text:   "monitoring/kps and team/own select AlertmanagerConfigs by different labels (alertmanager=kps; alertmanager=team), set labels",
		},
		"labels are given": {
			given: tuxv1alpha1.ObjectLabels{"route": "me"}, want: map[string]string{"route": "me"}, crdMissing: true,
		},
		"none in the cluster":                  {reason: tuxv1alpha1.ReasonNoAlertmanager, text: "the cluster has no Alertmanager resource"},
		"prometheus-operator is not installed": {crdMissing: true, reason: tuxv1alpha1.ReasonCRDMissing, text: "alertmanagers.monitoring.coreos.com is not installed"},
	} {
		t.Run(name, func(t *testing.T) {
			c := &discover.Cluster{Alertmanagers: tc.all, AlertmanagerCRDMissing: tc.crdMissing}
			got, findings := discover.Alertmanager(&tuxv1alpha1.Routing{Labels: tc.given}, ns, own, c)
			if diff := cmp.Diff(tc.want, nilIfEmpty(got.Labels)); diff != "" || got.Held != tc.held || got.GivenLabels != (tc.given != nil) {
				t.Errorf("labels (-want +got):\n%s held %v, given %v", diff, got.Held, got.GivenLabels)
			}
			if diff := cmp.Diff(tc.selecting, got.Selecting); diff != "" {
				t.Errorf("selecting (-want +got):\n%s", diff)
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
