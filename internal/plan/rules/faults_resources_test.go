package rules

import (
	"fmt"
	"maps"
	"strings"
	"time"

	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
)

const (
	restartsTotal    = "kube_pod_container_status_restarts_total"
	lastReason       = "kube_pod_container_status_last_terminated_reason"
	throttledPeriods = "container_cpu_cfs_throttled_periods_total"
)

// ofContainer is a series of the kubelet or of kube-state-metrics about the container that serves.
func ofContainer(pod, name, extra string) string {
	return fmt.Sprintf(`%s{namespace="tux-production",job="kubernetes",%s,container="django"%s}`, name, podLabel(pod), extra)
}

// restarted is how often a pod has begun anew, by all who count it.
func (w world) restarted(pod string, times int) {
	w[target(pod, "process_start_time_seconds", "")] = sample{value: 1000 + float64(times), stays: true}
	w.counted(pod, times)
}

// counted is what Kubernetes says of restarts.
func (w world) counted(pod string, times int) {
	w[ofContainer(pod, restartsTotal, "")] = sample{value: float64(times), stays: true}
}

// oomKilled is a container whose last end was that.
func (w world) oomKilled(pod string, times int) {
	w.counted(pod, times)
	w[ofContainer(pod, lastReason, `,reason="OOMKilled"`)] = sample{value: 1, stays: true}
}

func (w world) working(pod string, bytes float64) { w.set(cadvisor(pod, "django"), bytes) }

func (w world) throttled(pod string, periods, throttled float64) {
	w.count(ofContainer(pod, "container_cpu_cfs_periods_total", ""), periods)
	w.count(ofContainer(pod, throttledPeriods, ""), throttled)
}

// requests come in at rate a second, and some of them have not ended.
func (w world) requests(pod string, rate, inFlight float64) {
	w.count(target(pod, "django_http_requests_before_middlewares_total", ""), rate)
	w[target(pod, "django_http_responses_before_middlewares_total", "")] = sample{value: 1, rate: rate, behind: inFlight}
}

// times is how many full periods have passed, one more at the begin of each.
func times(elapsed, period time.Duration) int { return int(elapsed/period) + 1 }

func init() {
	podSeries = append(podSeries, func(w world, pod string) {
		w.set(target(pod, "scrape_samples_post_metric_relabeling", ""), 900)
		w.restarted(pod, 0)
		w[ofContainer(pod, lastReason, `,reason="OOMKilled"`)] = sample{stays: true}
		w.set(target(pod, "process_open_fds", ""), 40)
		w.set(target(pod, "process_max_fds", ""), 1024)
		w.requests(pod, 5, 1)
		w.set(probeSeries("probe_duration_seconds", "full", pod), 0.05)
		w.set(probeSeries("probe_ssl_earliest_cert_expiry", "entry", ""), 60*86400)
		w.set(ofContainer(pod, "container_oom_events_total", ""), 0)
		w.set(ofContainer(pod, "kube_pod_container_resource_limits", `,resource="memory"`), 1<<30)
		w.throttled(pod, 5, 0.05)
	})
	maps.Copy(outages, resourceOutages)
	maps.Copy(harmless, resourceHarmless)
	maps.Copy(knobs, resourceKnobs)
}

var resourceOutages = map[string]scenario{
	"a label explodes": {
		fault: func(w world, _ time.Duration) {
			w.set(target("a", "scrape_samples_post_metric_relabeling", ""), 15000)
		},
		want: []string{"TuxScrapeNearSampleLimit"},
	},
	"a scrape is larger than the limit": {
		fault: func(w world, _ time.Duration) {
			w.unscrapable("a")
			w.set(target("a", "scrape_samples_post_metric_relabeling", ""), 20000)
		},
		want: []string{"TuxBackendScrapeDown"},
	},
	"two workers answer scrapes in turn": {
		fault: func(w world, elapsed time.Duration) {
			for _, pod := range []string{"a", "b"} {
				start := 1000.0
				if flipped(elapsed, 2*time.Minute) {
					start = 1001
				}
				w.set(target(pod, "process_start_time_seconds", ""), start)
			}
		},
		want: []string{"TuxMetricsFromOneOfManyWorkers"},
	},
	"the health answer takes 3 s": {
		fault: func(w world, _ time.Duration) {
			w.set(probeSeries("probe_duration_seconds", "full", "a"), 3)
		},
		want: []string{"TuxHealthSlow"},
	},
	"the health answer comes after the timeout": {
		fault: func(w world, _ time.Duration) {
			w.set(probeSeries("probe_duration_seconds", "full", "a"), 10)
			w.probe("full cache database string_propagation workspace_isolation", "a", 0, 0)
		},
		want: []string{"TuxHealthUnreachable"},
	},
	"the health answer is slow because the database is down": {
		fault: func(w world, _ time.Duration) {
			databaseDown(w)
			w.drop("django_http_exceptions")
			w.set(probeSeries("probe_duration_seconds", "full", "a"), 5)
			w.set(probeSeries("probe_duration_seconds", "full", "b"), 5)
		},
		want: []string{"TuxDatabaseUnavailable"},
	},
	"everything is slow": {
		fault: func(w world, _ time.Duration) {
			for _, pod := range []string{"a", "b"} {
				w.latency(pod, 4, 4)
				w.set(probeSeries("probe_duration_seconds", "full", pod), 4)
				w.requests(pod, 5, 24)
			}
		},
		want: []string{"TuxErrorBudgetBurn", "TuxSlowResponses"},
	},
	"the certificate of a host expires in 10 days": {
		fault: func(w world, _ time.Duration) {
			w.set(probeSeries("probe_ssl_earliest_cert_expiry", "entry", ""), 10*86400)
		},
		edit: []func(*env.Environment){override("TuxCertificateExpiry", env.Override{For: "20m"})},
		want: []string{"TuxCertificateExpiry"},
	},
	"a pod leaks connections": {
		fault: func(w world, _ time.Duration) { w.set(target("a", "process_open_fds", ""), 900) },
		want:  []string{"TuxFileDescriptors"},
	},
	"some requests of a pod never end": {
		fault: func(w world, _ time.Duration) { w.requests("a", 5, 7) },
		want:  []string{"TuxRequestsInFlight"},
	},
	"requests hang because the database does": {
		fault: func(w world, _ time.Duration) {
			w.probe("ready full cache database string_propagation workspace_isolation", "ab", 0, 0)
			w.entry(0, 0)
			w.requests("a", 5, 24)
			w.requests("b", 5, 24)
		},
		want: []string{"TuxHealthUnreachable"},
	},
	"a pod restarts every 4 minutes": {
		fault: func(w world, elapsed time.Duration) { w.restarted("a", times(elapsed, 4*time.Minute)) },
		want:  []string{"TuxRestarting"},
	},
	"a pod of several workers restarts every 4 minutes": {
		edit: []func(*env.Environment){multiprocess},
		fault: func(w world, elapsed time.Duration) {
			w.restarted("a", times(elapsed, 4*time.Minute))
			w.drop("process_")
		},
		want: []string{"TuxRestarting"},
	},
	"a pod is down for a minute before it restarts, again and again": {
		fault: func(w world, elapsed time.Duration) { restartsAfterAMinute(w, elapsed) },
		want:  []string{"TuxRestarting"},
	},
	"a pod of several workers is down for a minute before it restarts": {
		edit: []func(*env.Environment){multiprocess},
		fault: func(w world, elapsed time.Duration) {
			restartsAfterAMinute(w, elapsed)
			w.drop("process_")
		},
		want: []string{"TuxRestarting"},
	},
	"a pod restarts again and again until it does not come back": {
		fault: func(w world, elapsed time.Duration) {
			w.restarted("a", min(times(elapsed, time.Minute), 3))
			if !within(3*time.Minute, elapsed) {
				w.dead("a")
			}
		},
		// TuxRestarting for as long as TuxNotLive waits.
		want: []string{"TuxNotLive", "TuxRestarting"},
	},
	"a pod is killed for its memory": {
		fault: func(w world, _ time.Duration) {
			w.restarted("a", 1)
			w.oomKilled("a", 1)
		},
		want: []string{"TuxOutOfMemory"},
	},
	"a pod is killed for its memory every 4 minutes": {
		fault: func(w world, elapsed time.Duration) {
			w.restarted("a", times(elapsed, 4*time.Minute))
			w.oomKilled("a", times(elapsed, 4*time.Minute))
		},
		want: []string{"TuxOutOfMemory"},
	},
	"all pods are killed for their memory and none comes back": {
		fault: func(w world, elapsed time.Duration) {
			w.dead("ab")
			w.entry(0, 0)
			w.oomKilled("a", times(elapsed, 8*time.Minute))
			w.oomKilled("b", times(elapsed, 8*time.Minute))
		},
		want: []string{"TuxBackendAbsent", "TuxOutOfMemory"},
	},
	"a worker is killed for its memory and the container lives": {
		edit: []func(*env.Environment){multiprocess},
		fault: func(w world, _ time.Duration) {
			w[ofContainer("a", "container_oom_events_total", "")] = sample{value: 1, stays: true}
			w.drop("process_")
		},
		want: []string{"TuxOutOfMemory"},
	},
	"a pod reaches a limit below the threshold of TuxMemoryHigh": {
		fault: func(w world, _ time.Duration) {
			w.working("a", 250<<20)
			w.set(ofContainer("a", "kube_pod_container_resource_limits", `,resource="memory"`), 256<<20)
		},
		want: []string{"TuxMemoryNearLimit"},
	},
	"a pod reaches its limit, and TuxMemoryHigh said so before": {
		edit: []func(*env.Environment){multiprocess},
		fault: func(w world, _ time.Duration) {
			w.working("a", 1000<<20)
			w.drop("process_")
		},
		want: []string{"TuxMemoryHigh"},
	},
	"the CPU limit holds a pod back": {
		fault: func(w world, _ time.Duration) { w.throttled("a", 8, 4) },
		want:  []string{"TuxCPUThrottled"},
	},
}

// restartsAfterAMinute: liveness changes twice for every restart, and that alone is no flapping.
func restartsAfterAMinute(w world, elapsed time.Duration) {
	n := times(elapsed, 4*time.Minute)
	w.restarted("a", n)
	if within(time.Minute, elapsed%(4*time.Minute)) {
		w.dead("a")
		w.counted("a", n)
	}
}

var resourceHarmless = map[string]scenario{
	"two restarts in a quarter of an hour": {
		fault: func(w world, elapsed time.Duration) { w.restarted("a", times(elapsed, 8*time.Minute)) },
	},
	"two restarts of a pod of several workers in a quarter of an hour": {
		edit: []func(*env.Environment){multiprocess},
		fault: func(w world, elapsed time.Duration) {
			w.restarted("a", times(elapsed, 8*time.Minute))
			w.drop("process_")
		},
	},
	"a pod that was killed for its memory long ago restarts": {
		fault: func(w world, elapsed time.Duration) {
			w.oomKilled("a", 0)
			w.restarted("a", 0)
		},
	},
	"all pods of a rollout begin at once, with processes that begin later": {
		fault: func(w world, _ time.Duration) {
			w.drop(podLabel("a"))
			w.drop(podLabel("b"))
			w.addPod("c")
			w.addPod("d")
			w[target("c", "process_start_time_seconds", "")] = sample{value: 5000, stays: true}
			w[target("d", "process_start_time_seconds", "")] = sample{value: 5001, stays: true}
		},
	},
	"a clock is set back while a pod restarts": {
		fault: func(w world, _ time.Duration) { w.set(target("a", "process_start_time_seconds", ""), 900) },
	},
	"a quiet night in which the CPU limit bites now and then": {
		fault: func(w world, _ time.Duration) {
			w.traffic(0.01, 0)
			w.throttled("a", 1, 0.6)
			w.throttled("b", 1, 0.6)
		},
	},
	"a busy pod has many requests in flight, each short": {
		fault: func(w world, _ time.Duration) { w.requests("a", 200, 30) },
	},
	"three slow requests in a quiet night": {
		fault: func(w world, _ time.Duration) {
			w.traffic(0.01, 0)
			w.requests("a", 0.2, 4)
		},
	},
	"a pod near its limit for some minutes": {
		fault: func(w world, elapsed time.Duration) {
			if within(8*time.Minute, elapsed) {
				w.working("a", 500<<20)
				w.set(ofContainer("a", "kube_pod_container_resource_limits", `,resource="memory"`), 512<<20)
			}
		},
	},
	"the neighbour in the pod is killed, throttled and near its limit": {
		fault: func(w world, _ time.Duration) {
			for series := range maps.Clone(w) {
				if containsAll(series, []string{`job="kubernetes"`, podLabel("a")}) {
					w[strings.Replace(series, `"django"`, `"sidecar"`, 1)] = sample{value: 1, rate: 5}
				}
			}
			w.set(strings.Replace(ofContainer("a", lastReason, `,reason="OOMKilled"`), `"django"`, `"sidecar"`, 1), 1)
		},
	},
	"neither the kubelet nor kube-state-metrics is scraped": {
		fault: func(w world, elapsed time.Duration) {
			w.throttled("a", 8, 4)
			w.oomKilled("a", times(elapsed, 4*time.Minute))
			w.drop("kube_")
			w.drop("container_")
		},
	},
}

var resourceKnobs = map[string]scenario{
	"flapping is told although nobody scrapes kube-state-metrics": {
		edit: []func(*env.Environment){multiprocess},
		fault: func(w world, elapsed time.Duration) {
			if flipped(elapsed, time.Minute) {
				databaseDown(w)
			}
			w.drop("django_http_exceptions")
			w.drop("kube_")
			w.drop("process_")
		},
		want: []string{"TuxHealthFlapping"},
	},
	"without the restart alert its symptoms speak": {
		edit:  []func(*env.Environment){disabled("TuxRestarting")},
		fault: func(w world, elapsed time.Duration) { restartsAfterAMinute(w, elapsed) },
		want:  []string{"TuxHealthFlapping"},
	},
	"without the memory alerts a pod that is killed is one that restarts": {
		edit: []func(*env.Environment){disabled("TuxOutOfMemory", "TuxMemoryHigh", "TuxMemoryNearLimit")},
		fault: func(w world, elapsed time.Duration) {
			w.restarted("a", times(elapsed, 4*time.Minute))
			w.oomKilled("a", times(elapsed, 4*time.Minute))
		},
		want: []string{"TuxRestarting"},
	},
	"without the latency alert slow answers are what they are": {
		edit: []func(*env.Environment){disabled("TuxSlowResponses", "TuxErrorBudgetBurn")},
		fault: func(w world, _ time.Duration) {
			w.latency("a", 4, 4)
			w.set(probeSeries("probe_duration_seconds", "full", "a"), 4)
			w.requests("a", 5, 24)
		},
		want: []string{"TuxHealthSlow", "TuxRequestsInFlight", "TuxViewSlow"},
	},
	"a threshold of the health answer above the timeout of the probes": {
		edit: []func(*env.Environment){override("TuxHealthSlow", env.Override{Threshold: "10"})},
		fault: func(w world, _ time.Duration) {
			w.set(probeSeries("probe_duration_seconds", "full", "a"), 9.9)
		},
	},
}
