package dashboards

import (
	"strings"

	"github.com/tux-io/tux-monitoring-operator/internal/plan/dashboards/grafana"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
)

// saturationRows are by pod. A backend of several processes exports nothing about a process, so the kubelet
// is asked for those.
var saturationRows = []func(*env.Environment) grafana.Row{
	func(e *env.Environment) grafana.Row {
		return grafana.Row{ID: 1, Title: "Requests", Height: 8, Panels: []grafana.Panel{inFlight(e), podTraffic(e), podCount(e)}}
	},
	func(e *env.Environment) grafana.Row {
		return grafana.Row{ID: 2, Title: "Memory and processor", Height: 8, Panels: []grafana.Panel{memory(e), processor(e)}}
	},
	func(e *env.Environment) grafana.Row {
		r := grafana.Row{ID: 3, Title: "Processes", Height: 8, Panels: []grafana.Panel{restarts(e)}}
		if hasSingle(e) {
			r.Panels = append(r.Panels, processAge(e), openFiles(e), garbage(e))
		}
		return r
	},
}

func inFlight(e *env.Environment) grafana.Panel {
	const name = alert("TuxRequestsInFlight")
	return grafana.Panel{
		ID: 11, Title: "Requests in flight",
		Description: "Requests a pod has begun and not answered. Worry when it stays at the number of its workers: from there on " +
			"requests wait. After a worker was killed with several processes it stays too high." + name.begins(e),
		View:  grafana.TimeSeries{ThresholdLines: true, Legend: meanMaxLast},
		Field: grafana.Field{Unit: grafana.UnitCount, Min: new(0.0), Thresholds: name.above(e)},
		Links: runbooks(e, name),
		Targets: []grafana.Target{lines(e, "{{pod}}", sum(series(e, "django_http_requests_before_middlewares_total", ofPod)+
			"\n- "+series(e, "django_http_responses_before_middlewares_total", ofPod), "pod"))},
	}
}

func podTraffic(e *env.Environment) grafana.Panel {
	return grafana.Panel{
		ID: 12, Title: "Requests by pod",
		Description: "Requests per second each pod takes, scrapes and health questions included. Worry about a pod that takes none " +
			"while the others do, or all of it.",
		View:    grafana.TimeSeries{Legend: meanMaxLast},
		Field:   grafana.Field{Unit: grafana.UnitRequests, Min: new(0.0), Thresholds: none},
		Targets: []grafana.Target{lines(e, "{{pod}}", sum(rate(e, "django_http_requests_before_middlewares_total", ofPod), "pod"))},
	}
}

func podCount(e *env.Environment) grafana.Panel {
	return grafana.Panel{
		ID: 13, Title: "Pods",
		Description: "Pods Prometheus knows, and those it can scrape. Worry when the two differ for longer than a rollout.",
		View:        grafana.TimeSeries{Legend: meanMinLast},
		Field:       grafana.Field{Unit: grafana.UnitCount, Min: new(0.0), Decimals: new(0), Thresholds: none},
		Links:       runbooks(e, "TuxBackendAbsent", "TuxBackendScrapeDown"),
		Targets: []grafana.Target{
			lines(e, "known {{job}}", "count by (job) ("+series(e, "up")+")"),
			lines(e, "scraped {{job}}", sum(series(e, "up"), "job")),
		},
	}
}

// containers selects a series of the kubelet for the chosen pods of backends with several processes. The
// kubelet does not know Deployments, so the pods are those that are scraped.
func containers(e *env.Environment, metric string) string {
	var names []string
	for i := range e.Backends {
		if e.Backends[i].Multiprocess {
			names = append(names, e.Backends[i].Container)
		}
	}
	return metric + "{" + equal("namespace", e.Namespace) + `,container=~"` + strings.Join(names, "|") + `",` + ofPod + "}"
}

func scrapedPods(e *env.Environment) string {
	return "\nand on (namespace, pod) " + series(e, "up", ofPod)
}

const untilKubelet = "Prometheus scrapes the kubelet's cAdvisor"

func memory(e *env.Environment) grafana.Panel {
	const name = alert("TuxMemoryHigh")
	p := grafana.Panel{
		ID: 21, Title: "Memory",
		Description: "Memory of each pod. One alone that grows is a leak, all together are load or a release. Of one process it is " +
			"what the process itself says, of several what the kubelet says of the container." + name.begins(e),
		View:  grafana.TimeSeries{ThresholdLines: true, Legend: meanMaxLast},
		Field: grafana.Field{Unit: grafana.UnitBytes, Min: new(0.0), NoValue: "Not scraped", Thresholds: name.above(e)},
		Links: runbooks(e, name, "TuxMemoryNearLimit", "TuxOutOfMemory"),
	}
	if hasSingle(e) {
		p.Targets = append(p.Targets, lines(e, "{{pod}}", highest(series(e, "process_resident_memory_bytes", ofPod), "pod")))
	}
	if hasMultiprocess(e) {
		p.Targets = append(p.Targets, until(untilKubelet, lines(e, "{{pod}}",
			highest(containers(e, "container_memory_working_set_bytes")+scrapedPods(e), "pod"))))
	}
	return p
}

func processor(e *env.Environment) grafana.Panel {
	p := grafana.Panel{
		ID: 22, Title: "Processor",
		Description: "Cores each pod uses. A Python process uses one at most: near 1 per process, requests wait for the processor " +
			"and more pods help.",
		View:  grafana.TimeSeries{Legend: meanMaxLast},
		Field: grafana.Field{Unit: grafana.UnitCores, Min: new(0.0), NoValue: "Not scraped", Thresholds: none},
		Links: runbooks(e, "TuxCPUThrottled"),
	}
	if hasSingle(e) {
		p.Targets = append(p.Targets, lines(e, "{{pod}}", sum(rate(e, "process_cpu_seconds_total", ofPod), "pod")))
	}
	if hasMultiprocess(e) {
		p.Targets = append(p.Targets, until(untilKubelet, lines(e, "{{pod}}",
			sum("rate("+containers(e, "container_cpu_usage_seconds_total")+perStep+")"+scrapedPods(e), "pod"))))
	}
	return p
}

func restarts(e *env.Environment) grafana.Panel {
	counted := "kube_pod_container_status_restarts_total{" + equal("namespace", e.Namespace) + "," + ofPod + "}"
	return grafana.Panel{
		ID: 31, Title: "Restarts",
		Description: "How often containers of a pod restarted in each step, and why they ended last. Worry about any: OOMKilled is " +
			"memory, Error is in the log before the restart.",
		View: grafana.TimeSeries{Bars: true, Legend: grafana.Legend{Calcs: []string{"sum"}}},
		Field: grafana.Field{
			Unit: grafana.UnitCount, Min: new(0.0), Decimals: new(0), NoValue: "kube-state-metrics is not scraped", Thresholds: none,
		},
		Links: runbooks(e, "TuxRestarting", "TuxOutOfMemory"),
		Targets: []grafana.Target{until("kube-state-metrics is scraped", lines(e, "{{pod}}",
			sum("increase("+counted+perStep+")"+scrapedPods(e), "pod")))},
	}
}

// processAge is a table, since only the end of the name of a pod tells it from the others: beside a bar there
// is no room for it.
func processAge(e *env.Environment) grafana.Panel {
	return grafana.Panel{
		ID: 32, Title: "Age of the processes",
		Description: "Time since each process started. All young: a rollout, or all have crashed. One that is always young: it restarts.",
		View: grafana.Table{SortBy: "age", Ascending: true, Columns: []grafana.Column{
			{Field: "pod", Title: "pod"}, {Field: "Value", Title: "age", Width: 90},
		}},
		Field:   grafana.Field{Unit: grafana.UnitSeconds, Min: new(0.0), Decimals: new(1), NoValue: "Not exported", Thresholds: none},
		Targets: []grafana.Target{now("{{pod}}", "time() - "+highest(series(e, "process_start_time_seconds", ofPod), "pod"))},
	}
}

func openFiles(e *env.Environment) grafana.Panel {
	const name = alert("TuxFileDescriptors")
	return grafana.Panel{
		ID: 33, Title: "Open files",
		Description: "Share of the file descriptors a process may open that are open. Worry about one that only grows: connections " +
			"or files nobody closes." + name.begins(e),
		View:  grafana.TimeSeries{ThresholdLines: true, Legend: maxLast},
		Field: grafana.Field{Unit: grafana.UnitRatio, Min: new(0.0), Thresholds: name.above(e)},
		Links: runbooks(e, name),
		Targets: []grafana.Target{lines(e, "{{pod}}", highest(
			series(e, "process_open_fds", ofPod)+" / "+series(e, "process_max_fds", ofPod), "pod"))},
	}
}

func garbage(e *env.Environment) grafana.Panel {
	return grafana.Panel{
		ID: 34, Title: "Garbage collections",
		Description: "Collections per second by generation, all pods. Generation 2 stops the process: many of them are many objects " +
			"that live long, such as a cache in memory.",
		View:    grafana.TimeSeries{Legend: meanMaxLast},
		Field:   grafana.Field{Unit: grafana.UnitPerSecond, Min: new(0.0), Thresholds: none},
		Targets: []grafana.Target{lines(e, "generation {{generation}}", sum(rate(e, "python_gc_collections_total", ofPod), "generation"))},
	}
}
