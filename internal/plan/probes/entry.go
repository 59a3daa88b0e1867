package probes

import (
	"fmt"
	"slices"

	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"

	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/monitors/targets"
)

// namespaceLabel is set by prometheus-operator too, but only where no labels of ours are.
const namespaceLabel = "namespace"

// entryProbes ask whether users get through to b: one Probe for the Service, one for the hosts, each
// only if there is something to ask.
//
// Why two? A Probe has one module. The Service is asked as a pod is, with health.host if that is
// set; a host is asked as a user does.
func entryProbes(e *env.Environment, b *env.Backend, p prober) []env.Object {
	var probes []env.Object
	if b.Service != nil {
		probes = append(probes, entryProbe(e, b, p, "entry-service", env.QuestionLive, serviceURL(e, b)))
	}
	if len(b.Hosts) > 0 {
		probes = append(probes, entryProbe(e, b, p, "entry-hosts", env.QuestionEntry, b.Hosts...))
	}
	return probes
}

func serviceURL(e *env.Environment, b *env.Backend) string {
	return fmt.Sprintf("http://%s.%s.svc:%d%s", b.Service.Name, e.Namespace, b.Service.Port, b.Health.Live)
}

func entryProbe(e *env.Environment, b *env.Backend, p prober, suffix, question string, urls ...string) *monitoringv1.Probe {
	return &monitoringv1.Probe{
		TypeMeta:   env.MonitoringType(monitoringv1.ProbesKind),
		ObjectMeta: e.BackendMeta(env.OutputProbes, b, suffix, e.Select.Probes),
		Spec: monitoringv1.ProbeSpec{
			JobName:       b.Job(env.QuestionEntry),
			ProberSpec:    monitoringv1.ProberSpec{URL: p.address, Scheme: &p.scheme, Path: p.path},
			Module:        ModuleName(e, b, question),
			Interval:      monitoringv1.Duration(e.Probes.Interval),
			ScrapeTimeout: monitoringv1.Duration(e.Probes.Timeout),
			Targets: monitoringv1.ProbeTargets{StaticConfig: &monitoringv1.ProbeTargetStaticConfig{
				Targets: slices.Clone(urls),
				Labels: map[string]string{
					namespaceLabel:      e.Namespace,
					targets.Component:   env.QuestionEntry,
					targets.Environment: e.Title,
				},
			}},
		},
	}
}
