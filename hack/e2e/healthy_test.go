//go:build e2e

package e2e

import (
	"context"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	"github.com/prometheus/common/model"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	tuxv1alpha1 "github.com/tux-io/tux-monitoring-operator/api/v1alpha1"
	"github.com/tux-io/tux-monitoring-operator/hack/e2e/live"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
)

// sample is the resource the README begins with.
const sample = "../../config/samples/monitoring_v1alpha1_tuxmonitoring.yaml"

// calm is how long a healthy place is watched before its first fault: longer than every window of the
// run. A for may be longer, since pending counts.
const calm = 75 * time.Second

// healthy watches the place under traffic: no alert may fire, none may even be pending.
func (p *place) healthy() {
	p.t.Helper()
	began := time.Now()
	p.pause(calm)
	p.mustBeSilent(began)
}

func (p *place) mustBeSilent(since time.Time) {
	p.t.Helper()
	for _, state := range []string{live.Firing, live.Pending} {
		episodes, err := p.Prometheus.Alerts(p.ctx, p.Namespace, state, since, time.Now())
		p.must(err)
		for _, e := range episodes {
			p.t.Errorf("healthy, but %s was %s from %s to %s: %v", e.Alert, state,
				e.First.Sub(since).Round(time.Second), e.Last.Sub(since).Round(time.Second), e.Labels)
		}
	}
}

// TestTenLines is the promise of the README on a Prometheus as kube-prometheus-stack sets it up: the
// sample as it stands, no label typed, no wait shortened.
func TestTenLines(t *testing.T) {
	t.Parallel()
	p := openSample(t)
	p.checkLabels()
	began := time.Now()
	p.traffic = p.drive(backend)
	// Two scrapes at 30 s make the first rates, and the longest for but those of half an hour is 10m:
	// pending counts as well, so that minutes are enough.
	p.pause(4 * time.Minute)
	p.mustBeSilent(began)
	p.checkQueries("4m")
}

func openSample(t *testing.T) *place {
	t.Helper()
	text, err := os.ReadFile(sample)
	if err != nil {
		t.Fatal(err)
	}
	resource := &tuxv1alpha1.TuxMonitoring{}
	if err := yaml.UnmarshalStrict(text, resource); err != nil {
		t.Fatal(err)
	}
	p := &place{t: t, ctx: shared.context(t), deployments: []string{backend}}
	p.Environment, err = live.NewEnvironment(p.ctx, shared.cluster, shared.prometheus, shared.receiver, resource.Namespace)
	p.must(err)
	deployment, service := live.Backend(backend, live.BackendOptions{Replicas: 2})
	p.must(p.Apply(p.ctx, deployment, service, resource))
	p.must(shared.cluster.AwaitDeployment(p.ctx, types.NamespacedName{Namespace: p.Namespace, Name: backend}))
	p.awaitUp()
	return p
}

// checkLabels: nobody typed the label the Prometheus selects by, and every object of its kinds has it.
func (p *place) checkLabels() {
	p.t.Helper()
	for _, list := range []client.ObjectList{
		&monitoringv1.ServiceMonitorList{}, &monitoringv1.PodMonitorList{}, &monitoringv1.ProbeList{}, &monitoringv1.PrometheusRuleList{},
	} {
		p.must(shared.cluster.Client().List(p.ctx, list, client.InNamespace(p.Namespace)))
		found := 0
		p.must(meta.EachListItem(list, func(item runtime.Object) error {
			object := item.(client.Object)
			found++
			if object.GetLabels()["release"] != "kps" {
				p.t.Errorf("%T %q lacks the label release=kps", object, object.GetName())
			}
			return nil
		}))
		if found == 0 {
			p.t.Errorf("%T is empty", list)
		}
	}
}

// TestMultiprocess is a backend of two gunicorn workers that share their metrics: other series, other
// sources, the same promises.
func TestMultiprocess(t *testing.T) {
	t.Parallel()
	// Two workers and their master hold more than one process.
	adjust := func(spec *tuxv1alpha1.TuxMonitoringSpec) {
		spec.Objectives = nil // those that are there by themselves
		override(spec, "TuxMemoryHigh").Threshold = "500"
	}
	p := open(t, Multiprocess, map[string]live.BackendOptions{backend: {Replicas: 1, Multiprocess: true}}, adjust)
	p.traffic = p.drive(backend)
	p.healthy()
	p.checkQueries("1m")
	p.try(Multiprocess, map[string]injection{
		"a pod of two processes takes too much memory": switches(live.Faults{"memory_mib": 400}),
		"every request is refused":                     diluted(switches(live.Faults{"refuse_ratio": 1})),
	})
}

// checkQueries: every query of every dashboard and every recording rule gives numbers, rates taken
// over window, but for those that wait for something that need not happen.
func (p *place) checkQueries(window string) {
	p.t.Helper()
	queries, err := p.queries(p.ctx, window)
	p.must(err)
	if len(queries) == 0 {
		p.t.Error("there are no queries to try")
	}
	empty := 0
	for _, q := range queries {
		vector, err := p.Prometheus.Query(p.ctx, q.expr)
		switch {
		case err != nil:
			p.t.Errorf("%s: %v", q.what, err)
		case slices.ContainsFunc(vector, func(s *model.Sample) bool { return !math.IsNaN(float64(s.Value)) }):
		case q.emptyUntil == "":
			p.t.Errorf("%s has no data:\n%s", q.what, q.expr)
		default:
			empty++
			p.t.Logf("%s is empty until %s", q.what, q.emptyUntil)
		}
	}
	shared.report.note("%s: %d of %d queries of dashboards and recording rules have data, %d wait for what has not happened",
		p.Namespace, len(queries)-empty, len(queries), empty)
}

// longRecords look further back than a run lasts. What they record is tested in internal/plan/rules.
var longRecords = map[string]string{
	"job:tux_propagation_jobs:usual10m":                            "there was a week of jobs",
	"job_workspace:tux_propagation_duration_seconds_sum:rate30m":   "the backend has been there for half an hour",
	"job_workspace:tux_propagation_duration_seconds_count:rate30m": "the backend has been there for half an hour",
	"job_workspace:tux_propagation_duration_seconds:mean30m":       "the backend has been there for half an hour",
}

// query is PromQL somebody relies on.
type query struct {
	what, expr string
	// emptyUntil says what must happen before there is data; empty: nothing.
	emptyUntil string
}

// queries reads them from the objects in the cluster, as Grafana and Prometheus do.
func (p *place) queries(ctx context.Context, window string) ([]query, error) {
	all, err := p.dashboardQueries(ctx, variables(window, everyBackend))
	if err != nil {
		return nil, err
	}
	records, err := p.records(ctx)
	if err != nil {
		return nil, err
	}
	for _, record := range records {
		all = append(all, query{
			what: "record " + record, expr: fmt.Sprintf("%s{namespace=%q}", record, p.Namespace), emptyUntil: longRecords[record],
		})
	}
	return all, nil
}

func (p *place) dashboardQueries(ctx context.Context, values *strings.Replacer) ([]query, error) {
	configs := &corev1.ConfigMapList{}
	if err := shared.cluster.Client().List(ctx, configs, client.InNamespace(p.Namespace), client.HasLabels{"grafana_dashboard"}); err != nil {
		return nil, err
	}
	var all []query
	for i := range configs.Items {
		found, err := panelQueries(&configs.Items[i], values)
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	return all, nil
}

// ruleList are the rules the operator has written.
func (p *place) ruleList(ctx context.Context) ([]monitoringv1.Rule, error) {
	list := &monitoringv1.PrometheusRuleList{}
	ours := client.MatchingLabels{env.ManagedByLabel: env.ManagedByValue}
	if err := shared.cluster.Client().List(ctx, list, client.InNamespace(p.Namespace), ours); err != nil {
		return nil, err
	}
	var all []monitoringv1.Rule
	for _, object := range list.Items {
		for _, group := range object.Spec.Groups {
			all = append(all, group.Rules...)
		}
	}
	return all, nil
}

func (p *place) writtenRules(ctx context.Context) (int, error) {
	all, err := p.ruleList(ctx)
	return len(all), err
}

func (p *place) records(ctx context.Context) ([]string, error) {
	all, err := p.ruleList(ctx)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, rule := range all {
		if rule.Record != "" {
			names = append(names, rule.Record)
		}
	}
	slices.Sort(names)
	return slices.Compact(names), nil
}
