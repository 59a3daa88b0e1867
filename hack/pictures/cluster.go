package main

import (
	"fmt"
	"math"
	"strings"
	"time"
)

// questions asked of each pod; those of the database fail with it.
var questions = map[string]bool{
	"live": false, "ready": true, "full": true, "cache": false, "database": true, "string_propagation": true, "workspace_isolation": true,
}
var questionNames = []string{"cache", "database", "full", "live", "ready", "string_propagation", "workspace_isolation"}

// clusterMetrics are what the exporter of probes, the kubelet, kube-state-metrics, Prometheus and the
// operator say.
func clusterMetrics(meters *[]*meter, ruleGroups []string) {
	for pod := range pods {
		for _, question := range questionNames {
			probe(meters, question, pod, questions[question])
		}
		kubelet(meters, pod)
	}
	entry(meters)
	platform(meters, ruleGroups)
}

func probe(meters *[]*meter, question string, pod int, needsDatabase bool) {
	const where = `namespace="tux-production",job="tux-backend-%s",component=%q,environment="production",pod=%q,instance="10.1.0.%d:8000"`
	e := exporter{fmt.Sprintf(where,
		question, question, podName(pods[pod]), 11+pod), meters}
	down := func(m *moment) bool { return needsDatabase && m.database > 0 }
	choose := func(well, ill float64) func(*moment) float64 {
		return func(m *moment) float64 {
			if down(m) {
				return ill
			}
			return well
		}
	}
	took := func(m *moment) float64 {
		base := 0.006
		if needsDatabase {
			base = 0.012 * (1 + 5*m.slow + m.noisy)
		}
		return base*m.wobble(pod+len(question), 0.3) + choose(0, 2)(m)
	}
	e.gauge("up", "", constant(1))
	e.gauge("probe_success", "", choose(1, 0))
	e.gauge("probe_http_status_code", "", choose(200, 503))
	e.gauge("probe_duration_seconds", "", took)
	for _, phase := range []string{"connect", "processing", "resolve", "transfer"} {
		share := map[string]float64{"connect": 0.08, "processing": 0.85, "resolve": 0.02, "transfer": 0.05}[phase]
		e.gauge("probe_http_duration_seconds", fmt.Sprintf(`phase=%q`, phase), func(m *moment) float64 { return share * took(m) })
	}
}

func entry(meters *[]*meter) {
	for _, address := range []string{"http://tux-backend.tux-production.svc:80/health/live/", "https://tux.example/health/live/"} {
		const where = `namespace="tux-production",job="tux-backend-entry",component="entry",environment="production",instance=%q`
		e := exporter{fmt.Sprintf(where, address), meters}
		e.gauge("up", "", constant(1))
		e.gauge("probe_success", "", constant(1))
		e.gauge("probe_http_status_code", "", constant(200))
		e.gauge("probe_duration_seconds", "", func(m *moment) float64 { return 0.02 * m.wobble(len(address), 0.3) })
		if strings.HasPrefix(address, "https") {
			e.gauge("probe_ssl_earliest_cert_expiry", "", constant(float64(now.AddDate(0, 0, 61).Unix())))
		}
	}
}

func kubelet(meters *[]*meter, pod int) {
	const where = `namespace="tux-production",job="kubelet",pod=%q,container="web",node="node-%d",image="tux-backend:1.4.2"`
	e := exporter{fmt.Sprintf(where,
		podName(pods[pod]), pod+1), meters}
	e.gauge("container_memory_working_set_bytes", "", func(m *moment) float64 {
		return (176 + 9*float64(pod) + 1.3*math.Mod(m.since.Hours(), 30) + 14*m.load + 55*m.noisy) * (1 << 20)
	})
	e.gauge("container_spec_memory_limit_bytes", "", constant(512<<20))
	e.counter("container_cpu_usage_seconds_total", "", func(m *moment) float64 {
		return 0.06 + 0.34*m.load*m.wobble(pod+40, 0.15) + 0.28*m.slow + 0.42*m.noisy - 0.2*m.load*m.database
	})
	e.counter("container_cpu_cfs_periods_total", "", constant(10))
	e.counter("container_cpu_cfs_throttled_periods_total", "", func(m *moment) float64 { return 0.1*m.load + 2.5*m.noisy })
	k := exporter{fmt.Sprintf(`namespace="tux-production",job="kube-state-metrics",pod=%q,container="web"`, podName(pods[pod])), meters}
	k.counter("kube_pod_container_status_restarts_total", "", constant(0))
	k.gauge("kube_pod_container_resource_limits", `resource="memory",unit="byte"`, constant(512<<20))
	k.gauge("kube_pod_container_resource_limits", `resource="cpu",unit="core"`, constant(1))
	k.gauge("kube_pod_container_resource_requests", `resource="memory",unit="byte"`, constant(256<<20))
	k.gauge("kube_pod_status_ready", `condition="true"`, func(m *moment) float64 { return 1 - m.database })
	k.gauge("kube_pod_info", "", constant(1))
}

func platform(meters *[]*meter, ruleGroups []string) {
	k := exporter{`namespace="tux-production",job="kube-state-metrics",deployment="tux-backend"`, meters}
	k.gauge("kube_deployment_spec_replicas", "", constant(3))
	k.gauge("kube_deployment_status_replicas_available", "", func(m *moment) float64 { return 3 - 3*m.database })
	k.gauge("kube_deployment_status_observed_generation", "", func(m *moment) float64 {
		if m.at.Add(-m.since).After(now.Add(-20 * time.Hour)) {
			return 18
		}
		return 17
	})
	o := exporter{`namespace="tux-monitoring-system",job="tux-monitoring-operator",pod="tux-monitoring-operator-7d9f5b6c4-q2w8x"`, meters}
	o.gauge("up", "", constant(1))
	for result, rate := range map[string]float64{"success": 0.02, "error": 0, "requeue_after": 0.01} {
		o.counter("controller_runtime_reconcile_total", fmt.Sprintf(`controller="tuxmonitoring",result=%q`, result), constant(rate))
	}
	o.counter("controller_runtime_reconcile_errors_total", `controller="tuxmonitoring"`, constant(0))
	bounds := []float64{0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5}
	o.histogram("controller_runtime_reconcile_time_seconds", `controller="tuxmonitoring"`, bounds,
		constant(0.03), func(m *moment) float64 { return 0.018 * m.wobble(5, 0.3) }, 0.5)
	for _, result := range []string{"created", "configured", "unchanged", "deleted"} {
		rate := map[string]float64{"unchanged": 0.4}[result]
		o.counter("tuxmonitoring_objects_total", fmt.Sprintf(`kind="PrometheusRule",result=%q`, result), constant(rate))
	}
	o.gauge("workqueue_depth", `controller="tuxmonitoring",name="tuxmonitoring"`, constant(0))
	p := exporter{`namespace="monitoring",job="prometheus",pod="prometheus-kps-0",instance="10.1.0.50:9090"`, meters}
	p.gauge("up", "", constant(1))
	p.gauge("prometheus_tsdb_head_series", "", func(m *moment) float64 { return math.Round(184000 * m.wobble(2, 0.02)) })
	p.counter("prometheus_tsdb_head_samples_appended_total", `type="float"`, constant(6100))
	for _, group := range ruleGroups {
		const file = "/etc/prometheus/rules/prometheus-kps-rulefiles-0/tux-production-production-tux-backend-3c1f.yaml"
		text := fmt.Sprintf(`rule_group="%s;%s"`, file, group)
		p.gauge("prometheus_rule_group_last_duration_seconds", text, func(m *moment) float64 { return 0.004 * m.wobble(len(group), 0.4) })
		p.counter("prometheus_rule_evaluation_failures_total", text, constant(0))
		p.counter("prometheus_rule_evaluations_total", text, constant(0.4))
	}
}
