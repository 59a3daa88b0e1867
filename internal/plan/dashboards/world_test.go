package dashboards

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/promqltest"
	"github.com/prometheus/prometheus/util/teststorage"

	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/rules"
)

const (
	scrapes        = 400
	scrapeInterval = 30 * time.Second
	// maxSamples is Prometheus' default for --query.max-samples.
	maxSamples = 50_000_000
)

// end is the end of the loaded series.
var end = time.Unix(0, 0).Add(scrapes * scrapeInterval)

// prometheus is Prometheus' own engine over what was exported for 200 minutes.
type prometheus struct {
	engine  *promql.Engine
	storage *teststorage.TestStorage
	// end is now, says what Grafana writes for its variables.
	end  time.Time
	says *strings.Replacer
}

func newPrometheus(t *testing.T, load string) *prometheus {
	t.Helper()
	return &prometheus{
		engine:  promqltest.NewTestEngine(t, false, 5*time.Minute, maxSamples),
		storage: promqltest.LoadedStorage(t, load),
		end:     end, says: grafanaSays,
	}
}

// watching is a Prometheus that has watched e for 200 minutes and recorded what its rules say.
func watching(t *testing.T, e *env.Environment) *prometheus {
	t.Helper()
	var load strings.Builder
	load.WriteString("load 30s\n")
	for i := range e.Backends {
		exported(t, &load, e, &e.Backends[i])
	}
	for _, series := range beside(e) {
		fmt.Fprintf(&load, "  %sx%d\n", series, scrapes)
	}
	p := newPrometheus(t, load.String())
	p.record(t, e)
	return p
}

// exported lets every counter of the measured exposition grow, that of the second pod twice as fast, and
// adds what Prometheus, the exporter of probes and the parts of a cluster say of the two.
func exported(t *testing.T, load *strings.Builder, e *env.Environment, b *env.Backend) {
	t.Helper()
	k, file := learn(t), "testdata/exposition.txt"
	if b.Multiprocess {
		file = "testdata/exposition-multiprocess.txt"
	}
	target := func(job string, pod int) string {
		return fmt.Sprintf("namespace=%q,job=%q,pod=\"%s-%d\",instance=\"10.0.0.%d:8000\"", e.Namespace, job, b.Deployment, pod, pod)
	}
	exposition := strings.ReplaceAll(readFile(t, file), "workspace_id=", e.Workspaces.Label+"=")
	for line := range strings.Lines(exposition) {
		labelled, number, found := strings.Cut(strings.TrimSpace(line), "} ")
		value, err := strconv.ParseFloat(number, 64)
		name, own, _ := strings.Cut(labelled, "{")
		if !found || err != nil {
			t.Fatalf("cannot read sample %q: %v", line, err)
		}
		for pod := range 2 {
			growth := 0.0
			if slices.Contains(k.counters, name) {
				growth = perScrape(value) * float64(pod+1)
			}
			if name == "process_start_time_seconds" {
				value = 600 // the pods are older than what is looked at, and younger than 1970
			}
			fmt.Fprintf(load, "  %s{%s} %g+%gx%d\n", name, join(own, target(b.Deployment, pod)), value, growth, scrapes)
		}
	}
	for pod := range 2 {
		for series, value := range ofPods(b) {
			fmt.Fprintf(load, "  %s %sx%d\n", strings.ReplaceAll(series, "$target", target(b.Deployment, pod)), value, scrapes)
		}
		for _, question := range append(b.Questions(), env.QuestionEntry) {
			for metric, value := range ofProbes {
				labels := fmt.Sprintf("%s,component=%q", target(b.Job(question), pod), question)
				if question == "database" && metric == "probe_success" && pod == 0 {
					value = "0+0"
				}
				fmt.Fprintf(load, "  %s{%s} %sx%d\n", metric, join(labels, phase(metric)), value, scrapes)
			}
		}
	}
}

func join(parts ...string) string {
	return strings.Join(slices.DeleteFunc(parts, func(p string) bool { return p == "" }), ",")
}

func phase(metric string) string {
	if metric == "probe_http_duration_seconds" {
		return `phase="processing"`
	}
	return ""
}

// perScrape is what a counter of the exposition grows by at each scrape of the first pod.
func perScrape(value float64) float64 { return value / 240 }

// ofProbes are what the blackbox exporter says.
var ofProbes = map[string]string{
	"probe_success": "1+0", "probe_http_status_code": "200+0", "probe_duration_seconds": "0.02+0",
	"probe_http_duration_seconds": "0.01+0", "probe_ssl_earliest_cert_expiry": "5000000+0", "up": "1+0",
}

// ofPods are what Prometheus, kubelet and kube-state-metrics say of a pod.
func ofPods(b *env.Backend) map[string]string {
	out := map[string]string{
		"up{$target}":                                    "1+0",
		"scrape_duration_seconds{$target}":               "0.01+0",
		"scrape_samples_post_metric_relabeling{$target}": "530+0",
		"scrape_series_added{$target}":                   "0+0",
	}
	container := fmt.Sprintf(`{$target,container=%q}`, b.Container)
	kubelet := strings.ReplaceAll(container, "job=", "exported_job=")
	out["container_memory_working_set_bytes"+kubelet] = "80000000+0"
	out["container_cpu_usage_seconds_total"+kubelet] = "10+1"
	out["kube_pod_container_status_restarts_total"+kubelet] = "0+0.01"
	return out
}

// ofOthers are series of no backend, and whether they are counters.
var ofOthers = map[string]bool{
	"ALERTS": false, "ALERTS_FOR_STATE": false, "container_memory_working_set_bytes": false, "container_cpu_usage_seconds_total": true,
	"kube_pod_container_status_restarts_total": true, "kube_deployment_status_observed_generation": false,
	"prometheus_rule_evaluation_failures_total": true, "prometheus_rule_group_last_duration_seconds": false,
	"controller_runtime_reconcile_total": true, "controller_runtime_reconcile_time_seconds_bucket": true,
	"tuxmonitoring_objects_total": true,
}

// beside are series of no backend, some of which must be seen and some not.
func beside(e *env.Environment) []string {
	ours := "namespace=\"shop\",environment=\"production\",severity=\"critical\",backend=\"" + e.Backends[0].Deployment + "\""
	return []string{
		`ALERTS{` + ours + `,alertstate="firing",alertname="TuxDatabaseUnavailable"} 1+0`,
		`ALERTS_FOR_STATE{` + ours + `,alertname="TuxDatabaseUnavailable"} 6000+0`,
		`ALERTS{namespace="shop",environment="production",alertstate="firing",alertname="OfTheUser"} 1+0`,
		`kube_deployment_status_observed_generation{namespace="shop",deployment="web"} 1+1`,
		`prometheus_rule_evaluation_failures_total{namespace="monitoring",rule_group="/etc/rules/shop-tux-web-http-1.yaml;http"} 0+0`,
		`prometheus_rule_group_last_duration_seconds{namespace="monitoring",rule_group="/etc/rules/shop-tux-web-http-1.yaml;http"} 0.01+0`,
		`controller_runtime_reconcile_total{namespace="tux-system",controller="tuxmonitoring",result="success"} 0+1`,
		`controller_runtime_reconcile_time_seconds_bucket{namespace="tux-system",controller="tuxmonitoring",le="0.1"} 0+1`,
		`controller_runtime_reconcile_time_seconds_bucket{namespace="tux-system",controller="tuxmonitoring",le="+Inf"} 0+1`,
		`tuxmonitoring_objects_total{namespace="tux-system",kind="ConfigMap",result="configured"} 0+1`,

		// What must not be counted: neighbours, other environments, other states.
		`up{namespace="shop",job="neighbour"} 0+0`,
		`up{namespace="blog",job="web"} 0+0`,
		`probe_success{namespace="shop",job="neighbour-live"} 0+0`,
		`ALERTS{` + ours + `,alertstate="pending",alertname="TuxNotLive"} 1+0`,
		`ALERTS{namespace="shop",environment="production",backend="web",alertstate="firing",severity="info",alertname="TuxUnhandledExceptions"} 1+0`,
		`ALERTS{namespace="shop",environment="production",backend="neighbour",alertstate="firing",severity="critical",alertname="TuxNotLive"} 1+0`,
		`ALERTS{namespace="shop",environment="staging",backend="web",alertstate="firing",severity="critical",alertname="TuxNotLive"} 1+0`,
		`job:tux_http_errors:ratio_rate5m{namespace="blog",job="web"} 0.9+0`,
		`job:tux_http_errors:ratio_rate5m{namespace="shop",job="neighbour"} 0.9+0`,
	}
}

// record evaluates the recording rules of e as Prometheus does, once a minute, and stores what they say.
func (p *prometheus) record(t *testing.T, e *env.Environment) {
	t.Helper()
	objects, err := rules.Render(e)
	if err != nil {
		t.Fatal(err)
	}
	for _, object := range objects {
		for _, group := range object.(*monitoringv1.PrometheusRule).Spec.Groups {
			for i := range group.Rules {
				if group.Rules[i].Record != "" {
					p.store(t, &group.Rules[i])
				}
			}
		}
	}
}

func (p *prometheus) store(t *testing.T, rule *monitoringv1.Rule) {
	t.Helper()
	q, err := p.engine.NewRangeQuery(context.Background(), p.storage, nil, rule.Expr.String(), time.Unix(0, 0), end, time.Minute)
	if err != nil {
		t.Fatalf("record %q: %v", rule.Record, err)
	}
	defer q.Close()
	matrix, err := q.Exec(context.Background()).Matrix()
	if err != nil {
		t.Fatalf("record %q: %v", rule.Record, err)
	}
	appender := p.storage.Appender(context.Background())
	for _, series := range matrix {
		named := labels.NewBuilder(series.Metric).Set(model.MetricNameLabel, rule.Record)
		for name, value := range rule.Labels {
			named.Set(name, value)
		}
		for _, point := range series.Floats {
			if _, err := appender.Append(0, named.Labels(), point.T, point.F); err != nil {
				t.Fatalf("record %q: %v", rule.Record, err)
			}
		}
	}
	if err := appender.Commit(); err != nil {
		t.Fatal(err)
	}
}
