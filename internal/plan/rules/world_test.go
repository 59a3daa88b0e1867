package rules

import (
	"fmt"
	"strings"
	"time"

	"github.com/tux-io/tux-monitoring-operator/internal/promql"
)

const (
	apiView    = "api:strings-list"
	healthView = "api:health"
	questions  = "live ready full cache database string_propagation workspace_isolation"
)

// healthyWorld is what two pods of tux-backend, the blackbox exporter and the kubelet export while all
// is well: 4 requests a second per pod, some 404, no 5xx and therefore no series of any.
func healthyWorld() world {
	w := world{}
	w.addPod("a")
	w.addPod("b")
	w.set(probeSeries("up", "entry", ""), 1)
	w.entry(1, 200)
	w.set(probeSeries("probe_duration_seconds", "entry", ""), 0.1)
	// Another environment and another backend, both broken: no rule of ours may look at them.
	w.set(`up{namespace="tux-staging",job="tux-backend",pod="x"}`, 0)
	w.set(`up{namespace="tux-production",job="tux-backend-eu",pod="x"}`, 0)
	w.set(`probe_success{namespace="tux-production",job="tux-backend-eu-database",component="database",pod="x"}`, 0)
	w.set(`probe_http_status_code{namespace="tux-production",job="tux-backend-eu-database",component="database",pod="x"}`, 503)
	return w
}

// podSeries add what a healthy pod exports, beside what addPod says itself; each file of faults may add its own.
var podSeries []func(w world, pod string)

func (w world) addPod(pod string) {
	for _, add := range podSeries {
		add(w, pod)
	}
	w.set(target(pod, "up", ""), 1)
	w.set(target(pod, "process_resident_memory_bytes", ""), 80<<20)
	w.set(cadvisor(pod, "django"), 80<<20)
	w.set(cadvisor(pod, "sidecar"), 2<<30)
	w.count(target(pod, "django_http_requests_before_middlewares_total", ""), 5)
	w.responses(pod, apiView, "200", 4)
	w.responses(pod, apiView, "404", 0.1)
	w.responses(pod, healthView, "200", 0.2)
	w.latency(pod, 4, 0.05)
	w.jobs(pod, "acme", "success", 0.1)
	w.count(target(pod, "tux_string_generations_total", `workspace_id="acme",status="success"`), 0.5)
	w.count(target(pod, "tux_dimension_catalog_queries_total", `workspace_id="acme",cache_hit="hit"`), 1)
	w.probe(questions, pod, 1, 200)
	for _, question := range strings.Fields(questions) {
		w.set(probeSeries("up", question, pod), 1)
	}
}

func (w world) set(series string, value float64)  { w[series] = sample{value: value} }
func (w world) count(series string, rate float64) { w[series] = sample{value: 1, rate: rate} }

func (w world) responses(pod, view, status string, rate float64) {
	w.count(target(pod, "django_http_responses_total_by_status_view_method_total",
		fmt.Sprintf(`view=%q,method="GET",status=%q`, view, status)), rate)
}

func (w world) jobs(pod, workspace, status string, rate float64) {
	w.count(target(pod, "tux_propagation_jobs_total", fmt.Sprintf(`workspace_id=%q,status=%q`, workspace, status)), rate)
}

// latency makes every request of the api view take seconds.
func (w world) latency(pod string, rate, seconds float64) {
	bucket := func(le string, rate float64) {
		w.count(target(pod, "django_http_requests_latency_seconds_by_view_method_bucket",
			fmt.Sprintf(`view=%q,method="GET",le=%q`, apiView, le)), rate)
	}
	for _, bound := range promql.LatencyBuckets {
		within := 0.0
		if seconds <= bound {
			within = rate
		}
		bucket(pythonFloat(bound), within)
	}
	bucket("+Inf", rate)
}

// pythonFloat writes 1 as 1.0, as the client does.
func pythonFloat(f float64) string {
	text := fmt.Sprint(f)
	if !strings.Contains(text, ".") {
		text += ".0"
	}
	return text
}

// probe sets what the questions (separated by spaces) about the pods (one letter each) return.
func (w world) probe(questions, pods string, success, status float64) {
	for _, question := range strings.Fields(questions) {
		for _, pod := range strings.Split(pods, "") {
			w.set(probeSeries("probe_success", question, pod), success)
			w.set(probeSeries("probe_http_status_code", question, pod), status)
		}
	}
}

func (w world) entry(success, status float64) {
	w.set(probeSeries("probe_success", "entry", ""), success)
	w.set(probeSeries("probe_http_status_code", "entry", ""), status)
}

// drop removes every series whose notation contains all parts.
func (w world) drop(parts ...string) {
	for series := range w {
		if containsAll(series, parts) {
			delete(w, series)
		}
	}
}

func containsAll(text string, parts []string) bool {
	for _, part := range parts {
		if !strings.Contains(text, part) {
			return false
		}
	}
	return true
}

// unscrapable is a pod whose /metrics fails: up is 0 and everything else is gone.
func (w world) unscrapable(pods string) {
	for _, pod := range strings.Split(pods, "") {
		w.drop(`job="tux-backend"`, podLabel(pod))
		w.set(target(pod, "up", ""), 0)
	}
}

// dead is a pod that answers nobody.
func (w world) dead(pods string) {
	w.unscrapable(pods)
	w.probe(questions, pods, 0, 0)
}

// unasked is what remains of questions while the exporter does not answer them: up is 0.
func (w world) unasked(questions string) {
	for _, question := range strings.Fields(questions) {
		job := fmt.Sprintf(`job="tux-backend-%s"`, question)
		w.drop("probe_", job)
		for series := range w {
			if containsAll(series, []string{"up{", job}) {
				w.set(series, 0)
			}
		}
	}
}

// traffic sets the user requests of both pods a second: served, and failed with 500.
func (w world) traffic(served, failed float64) {
	for _, pod := range []string{"a", "b"} {
		w.responses(pod, apiView, "200", served)
		w.responses(pod, apiView, "404", 0)
		w.responses(pod, apiView, "500", failed)
		w.latency(pod, served+2*failed, 0.05)
	}
}

func (w world) exceptions(pod, kind string, rate float64) {
	w.count(target(pod, "django_http_exceptions_total_by_type_total", fmt.Sprintf("type=%q", kind)), rate)
}

func podLabel(pod string) string { return fmt.Sprintf(`pod="tux-backend-5d8f-%s"`, pod) }

func cadvisor(pod, container string) string {
	return fmt.Sprintf(`container_memory_working_set_bytes{namespace="tux-production",job="kubelet",%s,container=%q}`, podLabel(pod), container)
}

func target(pod, name, extra string) string {
	return strings.Replace(fmt.Sprintf(`%s{namespace="tux-production",job="tux-backend",%s,instance="10.1.0.%s:8000",environment="production",%s}`,
		name, podLabel(pod), pod, extra), ",}", "}", 1)
}

func probeSeries(name, question, pod string) string {
	where := `instance="http://tux-backend.tux-production.svc:80/health/live/"`
	if pod != "" {
		where = fmt.Sprintf(`%s,instance="10.1.0.%s:8000"`, podLabel(pod), pod)
	}
	return fmt.Sprintf(`%s{namespace="tux-production",job="tux-backend-%s",component=%q,environment="production",%s}`, name, question, question, where)
}

// within limits a fault to its first minutes.
func within(limit, elapsed time.Duration) bool { return elapsed < limit }

// flipped says whether something that flaps is down; half is how long it stays up or down.
func flipped(elapsed, half time.Duration) bool { return elapsed%(2*half) < half }

// replaced is a pod that starts, becomes live and then ready, and the pod it replaces, which then goes.
func (w world) replaced(previous, next string, elapsed time.Duration) {
	switch {
	case elapsed < 0:
		return
	case elapsed < time.Minute:
		w.addPod(next)
		w.dead(next)
	case elapsed < 3*time.Minute:
		w.addPod(next)
		w.probe("ready", next, 0, 503)
	case elapsed < 4*time.Minute:
		w.addPod(next)
		w.dead(previous)
	default:
		w.addPod(next)
		w.drop(podLabel(previous))
	}
}

// scaleDown ends all pods; the Service has no endpoints then.
func scaleDown(w world, elapsed time.Duration) {
	w.entry(0, 0)
	w.dead("ab")
	if !within(30*time.Second, elapsed) {
		w.drop(podLabel("a"))
		w.drop(podLabel("b"))
	}
}
