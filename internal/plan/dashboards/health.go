package dashboards

import (
	"strings"

	"github.com/tux-io/tux-monitoring-operator/internal/plan/dashboards/grafana"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
)

// healthRows are what the blackbox exporter is answered.
var healthRows = []func(*env.Environment) grafana.Row{
	func(e *env.Environment) grafana.Row {
		return grafana.Row{ID: 1, Title: "Now and lately", Height: 9, Panels: []grafana.Panel{
			componentStates(e, 11, nil, ofPod), readyPods(e), answered(e),
		}}
	},
	func(e *env.Environment) grafana.Row {
		return grafana.Row{ID: 2, Title: "Answers", Height: 8, Panels: []grafana.Panel{answerTimes(e), answerPhases(e), answerCodes(e)}}
	},
	entryRow,
}

// ofPod is a condition on the pods that are chosen.
const ofPod = `pod=~"$pod"`

// componentStates is ill where one pod is: a fault of one pod must not hide among the others. It stands in
// the overview too, which leads on and has no variable for pods.
func componentStates(e *env.Environment, id int, on []grafana.Link, more ...string) grafana.Panel {
	return grafana.Panel{
		ID: id, Title: "Health by component",
		Description: "What the health questions are answered, the worst pod first: green all pods, red at least one. live red: a " +
			"pod hangs or is dead; ready red: it takes no traffic; a component red: something it needs is ill.",
		View:  grafana.StateTimeline{},
		Field: grafana.Field{Unit: grafana.UnitBool, Thresholds: complete, Mappings: illOrWell},
		Links: append(on, runbooks(e, "TuxDatabaseUnavailable", "TuxCacheUnhealthy", "TuxComponentUnhealthy",
			"TuxHealthUnreachable", "TuxHealthFlapping")...),
		Targets: []grafana.Target{lines(e, "{{component}}", lowest(probe(e, "probe_success", questions(e), more...), "component"))},
	}
}

func readyPods(e *env.Environment) grafana.Panel {
	return grafana.Panel{
		ID: 12, Title: "Pods, ready",
		Description: "Which pods said that they are ready. A rollout is a staircase; all red at once is something they share, " +
			"most often the database.",
		View:    grafana.StateTimeline{},
		Field:   grafana.Field{Unit: grafana.UnitBool, Thresholds: complete, Mappings: illOrWell},
		Links:   runbooks(e, "TuxNotReady", "TuxNotLive"),
		Targets: []grafana.Target{lines(e, "{{pod}}", lowest(probe(e, "probe_success", env.QuestionReady, ofPod), "pod"))},
	}
}

func answered(e *env.Environment) grafana.Panel {
	return grafana.Panel{
		ID: 13, Title: "Answered well", View: grafana.BarGauge{}, Width: 6,
		Description: "Share of the questions of the time range that were answered well, over all pods. What is not 100% had an " +
			"outage in this time, however short.",
		Field: grafana.Field{
			Unit: grafana.UnitRatio, Min: new(0.0), Max: new(1.0), Decimals: new(2), NoValue: "No answers", Thresholds: complete,
		},
		Targets: []grafana.Target{now("{{component}}",
			"sort(avg by (component) (avg_over_time("+probe(e, "probe_success", questions(e), ofPod)+inRange+")))")},
	}
}

func answerTimes(e *env.Environment) grafana.Panel {
	const name = alert("TuxHealthSlow")
	return grafana.Panel{
		ID: 21, Title: "Time to answer",
		Description: "How long the slowest pod takes to answer each question. The kubelet gives up after 1 s unless told otherwise; " +
			"readiness asks the database each time." + name.begins(e),
		View:    grafana.TimeSeries{ThresholdLines: true, Legend: meanMaxLast},
		Field:   grafana.Field{Unit: grafana.UnitSeconds, Min: new(0.0), Thresholds: name.above(e)},
		Links:   runbooks(e, name),
		Targets: []grafana.Target{lines(e, "{{component}}", highest(probe(e, "probe_duration_seconds", questions(e), ofPod), "component"))},
	}
}

func answerPhases(e *env.Environment) grafana.Panel {
	return grafana.Panel{
		ID: 22, Title: "Time to answer by phase",
		Description: "Where the time of the full question goes, mean of the pods. processing is Django and what it asks; connect " +
			"that grows is a pod without a free worker, or the network.",
		View:    grafana.TimeSeries{Stacked: true, Legend: meanMaxLast},
		Field:   grafana.Field{Unit: grafana.UnitSeconds, Min: new(0.0), Thresholds: none},
		Targets: []grafana.Target{lines(e, "{{phase}}", "avg by (phase) ("+probe(e, "probe_http_duration_seconds", env.QuestionFull, ofPod)+")")},
	}
}

func answerCodes(e *env.Environment) grafana.Panel {
	return grafana.Panel{
		ID: 23, Title: "Answers by HTTP status",
		Description: "How many questions got which status. 503 says which component is ill; 0 is no answer at all; 400 is " +
			"ALLOWED_HOSTS; 404 a wrong path; 500 a bug of the health view.",
		View: grafana.TimeSeries{Stacked: true, Styles: []grafana.Style{
			{Series: "HTTP 200", Color: grafana.Green}, {Series: "HTTP 503", Color: grafana.Red}, {Series: "HTTP 0", Color: grafana.Grey},
		}},
		Field: grafana.Field{Unit: grafana.UnitCount, Min: new(0.0), Thresholds: none},
		Targets: []grafana.Target{lines(e, "HTTP {{status}}",
			`count_values("status", `+probe(e, "probe_http_status_code", questions(e), ofPod)+")")},
	}
}

// entryRow is the way users take. Its instance is a URL and not a pod.
func entryRow(e *env.Environment) grafana.Row {
	r := grafana.Row{ID: 3, Title: "The way users take", Height: 7}
	entry, tls := ways(e)
	if !entry {
		return r
	}
	byURL := func(metric string) string {
		return `label_replace(` + probe(e, metric, env.QuestionEntry) + `, "url", "${1}", "instance", "(.*)")`
	}
	r.Panels = []grafana.Panel{
		{
			ID: 31, Title: "Do users get through",
			Description: "Whether Service, Ingress or HTTPRoute lead to a living pod. Red while the pods are well: look at endpoints, " +
				"DNS and certificate.",
			View:    grafana.StateTimeline{},
			Field:   grafana.Field{Unit: grafana.UnitBool, Thresholds: complete, Mappings: illOrWell},
			Links:   runbooks(e, "TuxEntryDown"),
			Targets: []grafana.Target{lines(e, "{{url}}", lowest(byURL("probe_success"), "url"))},
		},
		{
			ID: 32, Title: "Time on the way",
			Description: "How long an answer to the live question takes through Service, Ingress or HTTPRoute. Compare with the time of " +
				"the pods: what is more is on the way.",
			View:    grafana.TimeSeries{Legend: meanMaxLast},
			Field:   grafana.Field{Unit: grafana.UnitSeconds, Min: new(0.0), Thresholds: none},
			Targets: []grafana.Target{lines(e, "{{url}}", highest(byURL("probe_duration_seconds"), "url"))},
		},
	}
	if tls {
		r.Panels = append(r.Panels, certificate(e, byURL("probe_ssl_earliest_cert_expiry")))
	}
	return r
}

func certificate(e *env.Environment, expiry string) grafana.Panel {
	const name = alert("TuxCertificateExpiry")
	return grafana.Panel{
		ID: 33, Title: "Certificates valid for", View: grafana.Stat{Names: true}, Width: 6,
		Description: "Time until the first certificate of the chain expires. Renewal runs weeks before: a small number means it " +
			"has failed." + name.begins(e),
		Field:   grafana.Field{Unit: grafana.UnitSeconds, Decimals: new(0), NoValue: "No certificate", Thresholds: name.below(e)},
		Links:   runbooks(e, name),
		Targets: []grafana.Target{until("an entry answers with TLS", now("{{url}}", lowest(expiry, "url")+" - time()"))},
	}
}

// ways says whether anything leads to some backend, and whether one of the ways is encrypted.
func ways(e *env.Environment) (entry, tls bool) {
	for i := range e.Backends {
		entry = entry || e.Backends[i].HasEntry()
		for _, host := range e.Backends[i].Hosts {
			tls = tls || strings.HasPrefix(host, "https:")
		}
	}
	return entry, tls
}
