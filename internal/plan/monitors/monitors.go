package monitors

import (
	"maps"
	"regexp"

	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/monitors/targets"
)

// Render returns one ServiceMonitor per backend, or a PodMonitor where no Service can be selected,
// in the order of e.Backends. It cannot fail; the error is for the table of outputs.
func Render(e *env.Environment) ([]env.Object, error) {
	objects := make([]env.Object, 0, len(e.Backends))
	for i := range e.Backends {
		objects = append(objects, monitor(e, &e.Backends[i]))
	}
	return objects, nil
}

// A Service without labels cannot be told from others by a ServiceMonitor, which selects by labels
// only.
func monitor(e *env.Environment, b *env.Backend) env.Object {
	if b.Service == nil || len(b.Service.Labels) == 0 {
		return podMonitor(e, b)
	}
	return serviceMonitor(e, b)
}

func serviceMonitor(e *env.Environment, b *env.Backend) *monitoringv1.ServiceMonitor {
	endpoint := monitoringv1.Endpoint{
		Port:                 b.Service.PortName,
		Path:                 b.Metrics.Path,
		Scheme:               new(plainHTTP),
		Interval:             monitoringv1.Duration(b.Metrics.Interval),
		ScrapeTimeout:        monitoringv1.Duration(b.Metrics.Timeout),
		RelabelConfigs:       append([]monitoringv1.RelabelConfig{keepService(b)}, relabelings(e, b)...),
		MetricRelabelConfigs: metricRelabelings(),
	}
	if endpoint.Port == "" {
		endpoint.TargetPort = new(intstr.FromInt32(b.Port.Number))
	}
	return &monitoringv1.ServiceMonitor{
		TypeMeta:   env.MonitoringType(monitoringv1.ServiceMonitorsKind),
		ObjectMeta: e.BackendMeta(env.OutputMonitors, b, "", e.Select.ServiceMonitors),
		Spec: monitoringv1.ServiceMonitorSpec{
			Selector:    metav1.LabelSelector{MatchLabels: identity(b.Service.Labels)},
			Endpoints:   []monitoringv1.Endpoint{endpoint},
			SampleLimit: new(b.Metrics.SampleLimit),
		},
	}
}

func podMonitor(e *env.Environment, b *env.Backend) *monitoringv1.PodMonitor {
	port, number := targets.PodPort(b)
	return &monitoringv1.PodMonitor{
		TypeMeta:   env.MonitoringType(monitoringv1.PodMonitorsKind),
		ObjectMeta: e.BackendMeta(env.OutputMonitors, b, "", e.Select.PodMonitors),
		Spec: monitoringv1.PodMonitorSpec{
			Selector:    targets.PodSelector(b),
			SampleLimit: new(b.Metrics.SampleLimit),
			PodMetricsEndpoints: []monitoringv1.PodMetricsEndpoint{{
				Port:                 port,
				PortNumber:           number,
				Path:                 b.Metrics.Path,
				Scheme:               new(plainHTTP),
				Interval:             monitoringv1.Duration(b.Metrics.Interval),
				ScrapeTimeout:        monitoringv1.Duration(b.Metrics.Timeout),
				RelabelConfigs:       relabelings(e, b),
				MetricRelabelConfigs: metricRelabelings(),
			}},
		},
	}
}

// plainHTTP is in lower case because the CRDs up to prometheus-operator 0.85 know no other.
const plainHTTP = monitoringv1.Scheme("http")

// relabelings come after those of prometheus-operator, which set namespace, pod, container, endpoint
// and, for a ServiceMonitor, service.
func relabelings(e *env.Environment, b *env.Backend) []monitoringv1.RelabelConfig {
	return []monitoringv1.RelabelConfig{
		targets.KeepPods(b),
		targets.Label(targets.Job, b.Deployment),
		targets.Label(targets.Environment, e.Title),
	}
}

// keepService: two Services with the same labels, such as a headless twin, would have each pod
// scraped twice under different service labels, and every sum would be double.
func keepService(b *env.Backend) monitoringv1.RelabelConfig {
	return targets.Keep(regexp.QuoteMeta(b.Service.Name), targets.ServiceName)
}

// identityLabels say what a Service is. Others, such as helm.sh/chart or a version, change with a
// release: selecting by them would lose the targets between the release and our next pass.
var identityLabels = []string{env.NameLabel, "app.kubernetes.io/instance", "app.kubernetes.io/component", "app", "k8s-app"}

// identity returns the identity labels of a Service, or all its labels if it has none of them.
func identity(labels map[string]string) map[string]string {
	found := map[string]string{}
	for _, key := range identityLabels {
		if value, ok := labels[key]; ok {
			found[key] = value
		}
	}
	if len(found) == 0 {
		return maps.Clone(labels)
	}
	return found
}
