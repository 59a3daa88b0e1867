package probes

import (
	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"

	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/monitors/targets"
)

const (
	paramTarget = "__param_target"
	paramModule = "module"
	// shardKey decides which shard of a sharded Prometheus scrapes the target; prometheus-operator
	// takes the address only while it is unset.
	shardKey = "__tmp_hash"
)

// podMonitor asks every question of every pod of b. It discovers pods and not endpoints, because a
// pod that is not ready must be asked too; only finished pods are left out.
func podMonitor(e *env.Environment, b *env.Backend, p prober) *monitoringv1.PodMonitor {
	questions := b.Questions()
	endpoints := make([]monitoringv1.PodMetricsEndpoint, 0, len(questions))
	for _, question := range questions {
		endpoints = append(endpoints, endpoint(e, b, p, question))
	}
	return &monitoringv1.PodMonitor{
		TypeMeta:   env.MonitoringType(monitoringv1.PodMonitorsKind),
		ObjectMeta: e.BackendMeta(env.OutputProbes, b, "health", e.Select.PodMonitors),
		Spec: monitoringv1.PodMonitorSpec{
			Selector:            targets.PodSelector(b),
			PodMetricsEndpoints: endpoints,
		},
	}
}

func endpoint(e *env.Environment, b *env.Backend, p prober, question string) monitoringv1.PodMetricsEndpoint {
	port, number := targets.PodPort(b)
	return monitoringv1.PodMetricsEndpoint{
		Port:           port,
		PortNumber:     number,
		Path:           p.path,
		Scheme:         &p.scheme,
		Params:         map[string][]string{paramModule: {ModuleName(e, b, question)}},
		Interval:       monitoringv1.Duration(e.Probes.Interval),
		ScrapeTimeout:  monitoringv1.Duration(e.Probes.Timeout),
		RelabelConfigs: relabelings(e, b, p, question),
	}
}

// relabelings turn a discovered pod into a question to the exporter: what was the address becomes
// the target, and the address becomes that of the exporter.
//
// The shard key must be taken before: with the address of the exporter alone one shard would scrape
// all probes, and rules that join probes and metrics of a pod would find them on different shards.
func relabelings(e *env.Environment, b *env.Backend, p prober, question string) []monitoringv1.RelabelConfig {
	return []monitoringv1.RelabelConfig{
		targets.KeepPods(b),
		targets.Copy(shardKey, targets.Address),
		targets.Replace(paramTarget, "(.+)", "http://${1}"+pathOf(b, question), targets.Address),
		targets.Copy(targets.Instance, targets.Address),
		targets.Label(targets.Address, p.address),
		targets.Label(targets.Job, b.Job(question)),
		targets.Label(targets.Component, question),
		targets.Label(targets.Environment, e.Title),
	}
}

// pathOf returns where a question is answered; components are parts of the full answer.
func pathOf(b *env.Backend, question string) string {
	switch question {
	case env.QuestionLive:
		return b.Health.Live
	case env.QuestionReady:
		return b.Health.Ready
	default:
		return b.Health.Full
	}
}
