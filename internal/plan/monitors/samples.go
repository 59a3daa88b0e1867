package monitors

import (
	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"

	"github.com/tux-io/tux-monitoring-operator/internal/plan/monitors/targets"
)

const (
	metricName = "__name__"
	method     = "method"
	tmpMethod  = "__tmp_method"

	// created are birth times of counters and histograms, one per label set. Nothing of ours reads
	// them, and they were 119 of the 711 samples of a fresh pod.
	created = "(django|tux)_.+_created"
	// bodySizes are 64 buckets per pod that tell little beside their _sum and _count.
	bodySizes = "django_http_(requests|responses)_body_total_bytes_bucket"
	// knownMethods are those of HTTP, and what django-prometheus writes for others in every family
	// but the latency histogram.
	knownMethods = "(GET|HEAD|POST|PUT|DELETE|TRACE|OPTIONS|CONNECT|PATCH|<invalid method>)"
	// httpFamilies also covers a PROMETHEUS_METRIC_NAMESPACE, which becomes a prefix.
	httpFamilies = "(.+_)?django_http_.+"
)

// metricRelabelings drop what costs samples and tells nothing, and what a stranger can add.
//
// Why the dance with a temporary label? The latency histogram of django-prometheus 2.2 to 2.5 takes
// the method as the client sent it: 'curl -X FOOBAR' makes 20 new series, and a loop fills the
// sample limit. RE2 cannot say "not one of these", and renaming the method would make duplicates. So
// a method is marked as minted first, the known ones are cleared, and what stays marked is dropped.
// Only the families of django-prometheus are looked at: payments_total{method="card"} of the
// application is none of our business.
func metricRelabelings() []monitoringv1.RelabelConfig {
	return []monitoringv1.RelabelConfig{
		targets.Drop(created, metricName),
		targets.Drop(bodySizes, metricName),
		targets.Replace(tmpMethod, httpFamilies+";.+", "minted", metricName, method),
		targets.Replace(tmpMethod, "minted;"+knownMethods, "known", tmpMethod, method),
		targets.Drop("minted", tmpMethod),
		targets.DropLabel(tmpMethod),
	}
}
