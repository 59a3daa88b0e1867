//go:build e2e

package e2e

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"

	tuxv1alpha1 "github.com/tux-io/tux-monitoring-operator/api/v1alpha1"
	"github.com/tux-io/tux-monitoring-operator/hack/cluster"
	"github.com/tux-io/tux-monitoring-operator/hack/e2e/live"
)

// switches breaks all pods of the backend by fault switches.
func switches(faults live.Faults) injection {
	return injection{
		breaks: func(p *place) error { return p.Break(p.ctx, backend, faults) },
		mends:  func(p *place) error { return p.Heal(p.ctx, backend) },
	}
}

// onePod breaks the first pod.
func onePod(faults live.Faults) injection {
	return injection{
		breaks: func(p *place) error {
			pod, err := p.firstPod()
			if err != nil {
				return err
			}
			return faults.Set(p.ctx, pod)
		},
		mends: func(p *place) error { return p.Heal(p.ctx, backend) },
	}
}

func (p *place) firstPod() (*corev1.Pod, error) {
	pods, err := p.Pods(p.ctx, backend)
	if err != nil {
		return nil, err
	}
	if len(pods) == 0 {
		return nil, fmt.Errorf("backend %q has no pods", backend)
	}
	return &pods[0], nil
}

// kill kills pods and keeps them down.
func kill(choose func(p *place) ([]corev1.Pod, error)) injection {
	each := func(p *place, do func(types.NamespacedName) error) error {
		pods, err := choose(p)
		if err != nil {
			return err
		}
		var errs []error
		for i := range pods {
			errs = append(errs, do(types.NamespacedName{Namespace: p.Namespace, Name: pods[i].Name}))
		}
		return errors.Join(errs...)
	}
	return injection{
		breaks: func(p *place) error { return each(p, shared.cluster.Kubelet().Kill) },
		mends: func(p *place) error {
			if err := each(p, shared.cluster.Kubelet().Revive); err != nil {
				return err
			}
			return p.awaitReady(choose)
		},
	}
}

func (p *place) awaitReady(choose func(p *place) ([]corev1.Pod, error)) error {
	eventually(p.ctx, p.t, "pods are ready again", 2*time.Minute, func(context.Context) string {
		pods, err := choose(p)
		if err != nil {
			return err.Error()
		}
		for i := range pods {
			if !cluster.IsReady(&pods[i]) {
				return "pod " + pods[i].Name
			}
		}
		return ""
	})
	return nil
}

func allPods(p *place) ([]corev1.Pod, error) { return p.Pods(p.ctx, backend) }

func oneOfThem(p *place) ([]corev1.Pod, error) {
	pods, err := p.Pods(p.ctx, backend)
	return pods[:min(1, len(pods))], err
}

func exporter(p *place) ([]corev1.Pod, error) { return p.ExporterPods(p.ctx) }

// flaps is a period in seconds, of which a third is an outage. Of the twelve probes of a minute four see one, wherever
// they fall, which is eight changes.
const flaps = 12

// diluted mends by switches and then lets enough good traffic through that ratios recover.
func diluted(inject injection) injection {
	return injection{
		breaks: func(p *place) error {
			p.traffic.Rate(usual)
			return inject.breaks(p)
		},
		mends: func(p *place) error {
			p.traffic.Rate(busy)
			return inject.mends(p)
		},
	}
}

// tryAt opens a place with one backend of some pods and tries its faults.
func tryAt(
	t *testing.T, where Place, options live.BackendOptions, adjust func(*tuxv1alpha1.TuxMonitoringSpec), injections map[string]injection,
) {
	t.Helper()
	t.Parallel()
	p := open(t, where, map[string]live.BackendOptions{backend: options}, adjust)
	p.traffic = p.drive(backend)
	p.healthy()
	p.try(where, injections)
}

func TestFaultsOfPods(t *testing.T) {
	tryAt(t, Pods, live.BackendOptions{Replicas: 2}, nil, map[string]injection{
		"the database is down: no pod is ready, the Service has no endpoints": switches(live.Faults{"database_down": true}),
		"the cache is dead, /health/ stays 200":                               switches(live.Faults{"cache_down": true}),
		"string propagation is unhealthy":                                     switches(live.Faults{"components_down": []string{"string_propagation"}}),
		"a migration has not run":                                             switches(live.Faults{"pending_migration": true}),
	})
}

func TestFaultsOfSomePods(t *testing.T) {
	tryAt(t, Deaths, live.BackendOptions{Replicas: 2}, patientWithDatabases, map[string]injection{
		"the database goes up and down":        switches(live.Faults{"database_flaps_seconds": flaps}),
		"the health view fails on living pods": switches(live.Faults{"health_status": 500}),
		"one of two pods is not ready":         onePod(live.Faults{"unready": true}),
		"one of two pods is dead":              kill(oneOfThem),
		"all pods are dead":                    kill(allPods),
	})
}

func TestFaultsOnTheWay(t *testing.T) {
	service := types.NamespacedName{Namespace: string(Paths), Name: backend}
	tryAt(t, Paths, live.BackendOptions{Replicas: 2}, nil, map[string]injection{
		"the blackbox exporter is dead": kill(exporter),
		"the Service leads nowhere although its pods are ready": {
			breaks: func(*place) error { return shared.cluster.Network().BreakService(service) },
			mends: func(*place) error {
				shared.cluster.Network().MendService(service)
				return nil
			},
		},
		"the metrics of one pod fail":           onePod(live.Faults{"metrics_status": 500}),
		"the liveness answer of one pod is 500": onePod(live.Faults{"dead": true}),
	})
}

// TestErrors: and what else is over soon; places run side by side, and the run is as long as the longest.
func TestErrors(t *testing.T) {
	tryAt(t, Errors, live.BackendOptions{Replicas: 1}, nil, map[string]injection{
		"a pod takes too much memory":                                     switches(live.Faults{"memory_mib": 300}),
		"half of all requests end with an exception":                      diluted(switches(live.Faults{"error_ratio": 0.5})),
		"a third of the reads of the cache fails, health notices nothing": switches(live.Faults{"cache_fail_ratio": 0.34}),
		"the cache has nothing that is asked for":                         switches(live.Faults{"cache_miss_ratio": 1}),
	})
}

func TestSlowness(t *testing.T) {
	// A thread sleeps for each slow request; probes must find others.
	threads := []corev1.EnvVar{{Name: "GUNICORN_THREADS", Value: "24"}}
	tryAt(t, Slowness, live.BackendOptions{Replicas: 1, Env: threads}, nil, map[string]injection{
		"the health answer takes its time and is healthy": switches(live.Faults{"health_seconds": 2.6}),
		// Longer than the fault, and so few that the quantile does not see them when they end.
		"some requests never end":         diluted(switches(live.Faults{"latency_seconds": 900, "latency_ratio": 0.1})),
		"a third of all requests is slow": diluted(switches(live.Faults{"latency_seconds": 3, "latency_ratio": 0.34})),
	})
}

func TestJobs(t *testing.T) {
	files := []corev1.EnvVar{{Name: "TUX_MAX_FILES", Value: "256"}}
	tryAt(t, Jobs, live.BackendOptions{Replicas: 1, Env: files}, nil, map[string]injection{
		"a pod leaks open files":              switches(live.Faults{"open_files": 200}),
		"many workspaces make a scrape large": switches(live.Faults{"workspaces": 300}),
		"propagation jobs fail":               diluted(switches(live.Faults{"jobs_fail_ratio": 1})),
		"propagation jobs take 2 s longer":    switches(live.Faults{"jobs_seconds": 2}),
	})
}

func TestViews(t *testing.T) {
	tryAt(t, Views, live.BackendOptions{Replicas: 1}, nil, map[string]injection{
		"one view fails, and some of its requests are slow": diluted(switches(live.Faults{
			"only_view": "api:propagation-jobs", "error_ratio": 1, "latency_seconds": 3, "latency_ratio": 0.15,
		})),
	})
}

// TestStatements: what the health views do not notice of the database.
func TestStatements(t *testing.T) {
	// A thread sleeps for each slow statement, as in TestSlowness.
	options := live.BackendOptions{Replicas: 1, Env: []corev1.EnvVar{{Name: "GUNICORN_THREADS", Value: "24"}}}
	tryAt(t, Statements, options, quickStatements, map[string]injection{
		"every tenth connection to the database fails, health notices nothing": switches(live.Faults{"database_connect_fail_ratio": 0.1}),
		"statements fail, health notices nothing":                              switches(live.Faults{"database_error_ratio": 0.02}),
		"every statement takes a third of a second longer":                     switches(live.Faults{"database_latency_seconds": 0.33}),
		"a ready pod says that migrations are missing":                         switches(live.Faults{"stale_migrations": 16}),
	})
}

// patientWithDatabases: an outage of seconds must not look like one that lasts because a busy machine evaluates
// rules in one outage and then in the next.
func patientWithDatabases(spec *tuxv1alpha1.TuxMonitoringSpec) {
	override(spec, "TuxDatabaseUnavailable").For = "1m"
}

// quickStatements lets a third of a second be slow for a statement, but not what a request makes of a dozen of
// them. The app kit exports the gauge of migrations.
func quickStatements(spec *tuxv1alpha1.TuxMonitoringSpec) {
	spec.Backends[0].Metrics.Migrations = tuxv1alpha1.MigrationsExported
	override(spec, "TuxDatabaseSlow").Threshold = "0.25"
	override(spec, "TuxSlowResponses").Threshold = "10"
	override(spec, "TuxViewSlow").Threshold = "10"
}

// override is that of an alert, which is there for every alert that waits.
func override(spec *tuxv1alpha1.TuxMonitoringSpec, alert tuxv1alpha1.AlertName) *tuxv1alpha1.AlertOverride {
	i := slices.IndexFunc(spec.Alerts.Overrides, func(o tuxv1alpha1.AlertOverride) bool { return o.Name == alert })
	return &spec.Alerts.Overrides[i]
}
