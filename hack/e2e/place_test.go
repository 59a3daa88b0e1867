//go:build e2e

package e2e

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	tuxv1alpha1 "github.com/tux-io/tux-monitoring-operator/api/v1alpha1"
	"github.com/tux-io/tux-monitoring-operator/hack/e2e/live"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/routing"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/rules"
)

// backend is the Deployment most places have.
const backend = "tux-backend"

// place is an environment of a test.
type place struct {
	*live.Environment
	t   *testing.T
	ctx context.Context
	// traffic goes to the Service of backend; its rate is usual between faults.
	traffic *live.Traffic
	// deployments are the backends that must be monitored.
	deployments []string
}

const (
	// usual is the traffic of an ordinary day, in requests per second.
	usual = 5
	// busy dilutes what went wrong, so that ratios over minutes recover within seconds.
	busy = 25
)

// open makes an environment with its backends and its monitoring, and returns when all is up.
func open(t *testing.T, where Place, backends map[string]live.BackendOptions, adjust func(*tuxv1alpha1.TuxMonitoringSpec)) *place {
	t.Helper()
	p := &place{t: t, ctx: shared.context(t)}
	var err error
	p.Environment, err = live.NewEnvironment(p.ctx, shared.cluster, shared.prometheus, shared.receiver, string(where))
	p.must(err)
	p.populate(backends, adjust)
	return p
}

// populate puts backends and their monitoring into the environment, and returns when all is up.
func (p *place) populate(backends map[string]live.BackendOptions, adjust func(*tuxv1alpha1.TuxMonitoringSpec)) {
	p.t.Helper()
	for name, options := range backends {
		p.deployments = append(p.deployments, name)
		deployment, service := live.Backend(name, options)
		deployment.Labels[monitored] = "true"
		p.must(p.Apply(p.ctx, deployment, service))
	}
	p.must(p.Apply(p.ctx, monitoring(backends, adjust)))
	for name := range backends {
		p.must(shared.cluster.AwaitDeployment(p.ctx, types.NamespacedName{Namespace: p.Namespace, Name: name}))
	}
	p.awaitUp()
}

func (p *place) must(err error) {
	p.t.Helper()
	if err != nil {
		if cause := context.Cause(p.ctx); cause != nil {
			err = cause
		}
		p.t.Fatal(err)
	}
}

// monitoring asks every 5 s instead of every 30 s and lets alerts fire after 15 s: a fault is then seen
// in seconds. Expressions stay as they are. Objectives remember every fault before, see ProvenOtherwise, and are
// a third of all rules: prometheus-operator restarts Prometheus each time another half megabyte is full. Places
// without faults keep them.
func monitoring(backends map[string]live.BackendOptions, adjust func(*tuxv1alpha1.TuxMonitoringSpec)) *tuxv1alpha1.TuxMonitoring {
	spec := tuxv1alpha1.TuxMonitoringSpec{
		Probes: &tuxv1alpha1.Probes{Interval: "5s", Timeout: "4s"},
		Alerts: &tuxv1alpha1.Alerts{Overrides: overrides(), Disabled: []tuxv1alpha1.AlertName{"TuxErrorBudgetBurn"}},
	}
	for _, name := range []string{tuxv1alpha1.ObjectiveAvailability, tuxv1alpha1.ObjectiveLatency, tuxv1alpha1.ObjectivePropagation} {
		spec.Objectives = append(spec.Objectives, tuxv1alpha1.Objective{Name: name, State: tuxv1alpha1.StateDisabled})
	}
	for name := range backends {
		spec.Backends = append(spec.Backends, tuxv1alpha1.Backend{
			Name: name, Deployment: name, Metrics: &tuxv1alpha1.Metrics{Interval: "5s"},
		})
	}
	slices.SortFunc(spec.Backends, func(a, b tuxv1alpha1.Backend) int { return strings.Compare(a.Name, b.Name) })
	if adjust != nil {
		adjust(&spec)
	}
	return &tuxv1alpha1.TuxMonitoring{ObjectMeta: metav1.ObjectMeta{Name: "live"}, Spec: spec}
}

// thresholds of the run. Those of ratios let an average over minutes recover within the run; the others fit a
// fault of seconds.
var thresholds = map[string]string{
	"TuxHighErrorRate":          "0.2",
	"TuxPropagationFailures":    "0.3",
	"TuxMemoryHigh":             "250",
	"TuxBusinessMetricsMissing": "20",
	"TuxViewErrors":             "0.2",
	"TuxAuthFailures":           "0.2",
	"TuxDatabaseErrors":         "0.005",
	// A healthy scrape of the run is about 5% of the limit.
	"TuxScrapeNearSampleLimit": "0.3",
	// A third of slow requests is about 6 in flight, before their latency shows.
	"TuxRequestsInFlight": "14",
	// Twelve scrapes fit into the window, each of which meets one of two workers by chance.
	"TuxMetricsFromOneOfManyWorkers": "2",
	"TuxPropagationSlow":             "1",
	"TuxStringGenerationFailures":    "0.3",
}

// waits of symptoms are one probe longer than those of their causes: the questions are asked one after
// the other.
var waits = map[string]tuxv1alpha1.Duration{
	"TuxBackendScrapeDown":  "20s",
	"TuxComponentUnhealthy": "20s",
	"TuxHighErrorRate":      "20s",
	// A machine that compiles something beside the run lets single probes wait for their turn.
	"TuxEntryDown":  "40s",
	"TuxHealthSlow": "30s",
	// Adding a backend makes Prometheus reload, which takes half a minute beside twenty environments.
	"TuxNotReady":         "30s",
	"TuxProbeAbsent":      "45s",
	"TuxRequestsInFlight": "20s",
	"TuxSlowResponses":    "20s",
	// Longer than it takes the average of all views to follow that of one.
	"TuxViewErrors": "90s",
	"TuxViewSlow":   "90s",
	// Longer than it takes to call a health answer flapping.
	"TuxCacheFailures":            "1m",
	"TuxDatabaseConnectionErrors": "1m",
	"TuxDatabaseErrors":           "1m",
	"TuxDatabaseSlow":             "1m",
}

// windows that 20 s do not do for.
var windows = map[string]tuxv1alpha1.Duration{
	// Five changes, each seen by a probe.
	"TuxHealthFlapping": "1m",
	// A pod that starts beside twenty others.
	"TuxNotLive": "1m",
	// Three restarts, and the scrapes that show them.
	"TuxMetricsFromOneOfManyWorkers": "1m",
	"TuxRestarting":                  "1m",
	// Three jobs, of which there is one every two seconds, and of each workspace one every six.
	"TuxPropagationSlow":                 "1m",
	"TuxPropagationFailuresForWorkspace": "1m",
}

// overrides shorten every wait and every window of the catalogue.
func overrides() []tuxv1alpha1.AlertOverride {
	var all []tuxv1alpha1.AlertOverride
	for _, alert := range rules.Catalogue() {
		o := tuxv1alpha1.AlertOverride{Name: tuxv1alpha1.AlertName(alert.Name), Threshold: thresholds[alert.Name]}
		if alert.For != "" {
			o.For = cmp.Or(waits[alert.Name], "15s")
		}
		if alert.Window != "" {
			o.Window = cmp.Or(windows[alert.Name], "20s")
		}
		if o != (tuxv1alpha1.AlertOverride{Name: o.Name}) {
			all = append(all, o)
		}
	}
	return all
}

// awaitUp returns when every target is up, every rule is loaded and healthy, and no alert is left.
func (p *place) awaitUp() {
	p.t.Helper()
	eventually(p.ctx, p.t, "targets up, rules loaded, no alert", 4*time.Minute, func(ctx context.Context) string {
		for _, look := range []func(context.Context) string{p.targetsMissing, p.rulesMissing, p.alertsLeft} {
			if missing := look(ctx); missing != "" {
				return missing
			}
		}
		return ""
	})
}

// targetsMissing wants each pod of each backend scraped and asked every question.
func (p *place) targetsMissing(ctx context.Context) string {
	targets, err := p.Prometheus.Targets(ctx, p.Namespace)
	if err != nil {
		return err.Error()
	}
	for _, target := range targets {
		if !target.Up {
			return fmt.Sprintf("target %s of job %q is down: %s", target.URL, target.Job, target.LastError)
		}
	}
	for _, name := range p.deployments {
		pods, err := p.Pods(ctx, name)
		if err != nil {
			return err.Error()
		}
		for i := range pods {
			if missing := questionsMissing(targets, name, &pods[i]); missing != "" {
				return missing
			}
		}
		if !slices.ContainsFunc(targets, func(t live.Target) bool { return t.Job == name+"-entry" }) {
			return fmt.Sprintf("the entry of %q is not asked", name)
		}
	}
	return ""
}

var questions = []string{"live", "ready", "full", "cache", "database", "string_propagation", "workspace_isolation"}

func questionsMissing(targets []live.Target, backend string, pod *corev1.Pod) string {
	jobs := []string{backend}
	for _, question := range questions {
		jobs = append(jobs, backend+"-"+question)
	}
	for _, job := range jobs {
		if !slices.ContainsFunc(targets, func(t live.Target) bool { return t.Job == job && t.Pod == pod.Name }) {
			return fmt.Sprintf("job %q has no target for pod %q", job, pod.Name)
		}
	}
	return ""
}

// rulesMissing wants every rule the operator wrote loaded, evaluated and without error.
func (p *place) rulesMissing(ctx context.Context) string {
	wanted, err := p.writtenRules(ctx)
	if err != nil {
		return err.Error()
	}
	loaded, err := p.Prometheus.Rules(ctx, p.Namespace+"/")
	if err != nil {
		return err.Error()
	}
	if len(loaded) != wanted || wanted == 0 {
		return fmt.Sprintf("%d of %d rules are loaded", len(loaded), wanted)
	}
	for _, rule := range loaded {
		if rule.Health != "ok" {
			return fmt.Sprintf("rule %q of group %q is %q: %s", rule.Name, rule.Group, rule.Health, rule.LastError)
		}
	}
	return ""
}

func (p *place) alertsLeft(ctx context.Context) string {
	for _, state := range []string{live.Firing, live.Pending} {
		names, err := p.Prometheus.Now(ctx, p.Namespace, state)
		if err != nil {
			return err.Error()
		}
		names = slices.DeleteFunc(names, func(name string) bool { return name == routing.Watchdog })
		if len(names) > 0 {
			return fmt.Sprintf("still %s: %s", state, strings.Join(names, ", "))
		}
	}
	return ""
}

// drive starts the traffic of users through the Service of a backend.
func (p *place) drive(name string) *live.Traffic {
	p.t.Helper()
	url, err := p.ServiceURL(p.ctx, name)
	p.must(err)
	traffic := live.NewTraffic(url)
	traffic.Rate(usual)
	done := make(chan struct{})
	go func() {
		defer close(done)
		traffic.Run(p.ctx)
	}()
	p.t.Cleanup(func() { traffic.Rate(0) })
	return traffic
}

// pause lets time pass in which something might happen; it is not a wait for something to happen.
func (p *place) pause(d time.Duration) {
	p.t.Helper()
	select {
	case <-p.ctx.Done():
		p.t.Fatal(context.Cause(p.ctx))
	case <-time.After(d):
	}
}
