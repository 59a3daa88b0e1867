//go:build e2e

package e2e

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	tuxv1alpha1 "github.com/tux-io/tux-monitoring-operator/api/v1alpha1"
	"github.com/tux-io/tux-monitoring-operator/hack/e2e/live"
)

// TestFaultsOfMetrics breaks backends by a bad release and mends them by a good one.
func TestFaultsOfMetrics(t *testing.T) {
	tryAt(t, Silence, live.BackendOptions{Replicas: 1}, nil, map[string]injection{
		"the business counters are not exported":         release(corev1.EnvVar{Name: "TUX_METRICS_REGISTRY", Value: "private"}),
		"the django_prometheus middlewares are left out": release(corev1.EnvVar{Name: "TUX_METRICS_MIDDLEWARE", Value: "off"}),
	})
}

// release rolls out a variable, and rolls it back.
func release(variable corev1.EnvVar) injection {
	return injection{
		breaks: func(p *place) error {
			return p.roll(func(c *corev1.Container) { c.Env = append(c.Env, variable) })
		},
		mends: func(p *place) error {
			return p.roll(func(c *corev1.Container) {
				c.Env = slices.DeleteFunc(c.Env, func(e corev1.EnvVar) bool { return e.Name == variable.Name })
			})
		},
	}
}

// roll changes the pods of the backend and waits until the new ones have taken over.
func (p *place) roll(change func(*corev1.Container)) error {
	return p.update(backend, func(d *appsv1.Deployment) { change(&d.Spec.Template.Spec.Containers[0]) })
}

func (p *place) update(name string, change func(*appsv1.Deployment)) error {
	key := types.NamespacedName{Namespace: p.Namespace, Name: name}
	d := &appsv1.Deployment{}
	if err := shared.cluster.Client().Get(p.ctx, key, d); err != nil {
		return err
	}
	before := d.DeepCopy()
	change(d)
	if err := shared.cluster.Client().Patch(p.ctx, d, client.MergeFrom(before)); err != nil {
		return err
	}
	return shared.cluster.AwaitDeployment(p.ctx, key)
}

// monitored marks the Deployments that the place of changes selects.
const monitored = "tux.example/monitored"

// TestChanges: what a team does on an ordinary day pages nobody, and the monitoring follows.
func TestChanges(t *testing.T) {
	t.Parallel()
	p := open(t, Changes, map[string]live.BackendOptions{backend: {Replicas: 2}}, selectByLabel)
	p.traffic = p.drive(backend)
	p.healthy()
	steps := []struct {
		name string
		do   func(p *place)
	}{
		{"a rolling change", (*place).rollingChange},
		{"scaled to zero and back", (*place).scaleToZeroAndBack},
		{"a second backend is added", (*place).addBackend},
	}
	for _, step := range steps {
		t.Run(step.name, func(t *testing.T) {
			on, began := p.on(t), time.Now()
			step.do(on)
			on.checkDiagnosis(Fault{Name: step.name}, began)
			if !t.Failed() {
				shared.report.note("%s: %s, targets follow and nothing fires", p.Namespace, step.name)
			}
		})
	}
}

// selectByLabel finds Deployments by label, so that a new one needs no edit. An alert on absence waits
// longer than the others: until the rules of a backend scaled to zero have been taken back, which in
// production has minutes.
func selectByLabel(spec *tuxv1alpha1.TuxMonitoringSpec) {
	b := &spec.Backends[0]
	b.Deployment = ""
	b.Selector = &tuxv1alpha1.DeploymentSelector{MatchLabels: map[string]tuxv1alpha1.LabelValue{monitored: "true"}}
	for _, alert := range []tuxv1alpha1.AlertName{"TuxBackendAbsent", "TuxProbeAbsent", "TuxEntryDown"} {
		override(spec, alert).For = "45s"
	}
}

func (p *place) rollingChange() {
	before, err := p.Pods(p.ctx, backend)
	p.must(err)
	p.must(p.roll(func(c *corev1.Container) { c.Env = append(c.Env, corev1.EnvVar{Name: "RELEASE", Value: "4.2.1"}) }))
	eventually(p.ctx, p.t, "targets of the old pods are gone", 2*time.Minute, func(ctx context.Context) string {
		targets, err := p.Prometheus.Targets(ctx, p.Namespace)
		if err != nil {
			return err.Error()
		}
		for _, target := range targets {
			if slices.ContainsFunc(before, func(pod corev1.Pod) bool { return pod.Name == target.Pod }) {
				return "job " + target.Job + " of pod " + target.Pod
			}
		}
		return ""
	})
	p.awaitUp()
	p.pause(settle)
}

func (p *place) scaleToZeroAndBack() {
	p.must(p.update(backend, func(d *appsv1.Deployment) { d.Spec.Replicas = new(int32) }))
	p.traffic.Rate(0)
	eventually(p.ctx, p.t, "targets of the pods are gone", 2*time.Minute, func(ctx context.Context) string {
		targets, err := p.Prometheus.Targets(ctx, p.Namespace)
		if err != nil {
			return err.Error()
		}
		for _, target := range targets {
			if target.Pod != "" && strings.HasPrefix(target.Job, backend) {
				return fmt.Sprintf("job %q of pod %q", target.Job, target.Pod)
			}
		}
		return ""
	})
	// Twice as long as the alerts on absence wait.
	p.pause(90 * time.Second)
	p.must(p.update(backend, func(d *appsv1.Deployment) { d.Spec.Replicas = new(int32(2)) }))
	p.awaitUp()
	p.traffic.Rate(usual)
	p.pause(settle)
}

func (p *place) addBackend() {
	const second = "tux-reports"
	deployment, service := live.Backend(second, live.BackendOptions{Replicas: 1})
	deployment.Labels[monitored] = "true"
	p.must(p.Apply(p.ctx, deployment, service))
	p.deployments = append(p.deployments, second)
	p.must(shared.cluster.AwaitDeployment(p.ctx, types.NamespacedName{Namespace: p.Namespace, Name: second}))
	p.awaitUp()
	p.drive(second)
	p.pause(calm)
	p.checkApart("1m", backend, second)
}

// checkApart chooses one backend after the other in the dashboards: each has answers with its name or its pods in
// them, and none with those of the other. Names must not be part of each other.
func (p *place) checkApart(window string, backends ...string) {
	p.t.Helper()
	for _, chosen := range backends {
		queries, err := p.dashboardQueries(p.ctx, variables(window, chosen))
		p.must(err)
		own := 0
		for _, q := range queries {
			vector, err := p.Prometheus.Query(p.ctx, q.expr)
			p.must(err)
			for _, sample := range vector {
				for label, value := range sample.Metric {
					for _, name := range backends {
						switch {
						case !strings.Contains(string(value), name):
						case name == chosen:
							own++
						default:
							p.t.Errorf("%s is chosen, but %s says %s=%q:\n%s", chosen, q.what, label, value, q.expr)
						}
					}
				}
			}
		}
		if own == 0 {
			p.t.Errorf("%s is chosen, but no answer names it", chosen)
		}
	}
}
