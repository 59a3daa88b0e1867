package controllers

import (
	"errors"
	"fmt"
	"runtime"
	"testing"
	"time"

	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	"golang.org/x/sync/errgroup"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"

	tuxv1alpha1 "github.com/tux-io/tux-monitoring-operator/api/v1alpha1"
	"github.com/tux-io/tux-monitoring-operator/internal/apply"
	"github.com/tux-io/tux-monitoring-operator/internal/plan"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/discover"
	"github.com/tux-io/tux-monitoring-operator/internal/testutil"
)

// benchParallel is how many requests the baseline keeps in flight, and how many resources the operator
// reconciles at once.
const benchParallel = 8

// BenchmarkEnvironments measures how long environments take from empty to applied, as a ratio to
// posting the very same resources and objects without an operator in the same run. Absolute times mean
// nothing on a shared machine; the ratio and the counts do.
func BenchmarkEnvironments(b *testing.B) {
	for _, n := range []int{50, 200} {
		b.Run(fmt.Sprintf("%d", n), func(b *testing.B) {
			var raw, operator time.Duration
			for range b.N {
				r := benchRaw(b, n)
				o, requests, memory := benchOperator(b, n)
				raw, operator = raw+r, operator+o
				b.ReportMetric(float64(requests.Total())/float64(n), "requests/env")
				b.ReportMetric(memory/1024/float64(n), "KiB/env")
				b.Logf("%d environments: raw POST %v, operator %v; %s", n, r.Round(time.Millisecond), o.Round(time.Millisecond), requests)
			}
			b.ReportMetric(operator.Seconds()/raw.Seconds(), "x-raw-POST")
			b.ReportMetric(float64(len(benchObjects(b, benchTux("any")))), "objects/env")
		})
	}
}

// benchNamespaces makes one namespace per environment, with its backend.
func benchNamespaces(b *testing.B, n int) []string {
	b.Helper()
	names := make([]string, n)
	benchEach(b, n, func(i int) error {
		namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "bench-"}}
		if err := admin.Create(b.Context(), namespace); err != nil {
			return err
		}
		names[i] = namespace.Name
		return errors.Join(admin.Create(b.Context(), benchDeployment(names[i])), admin.Create(b.Context(), benchService(names[i])))
	})
	return names
}

// benchDeployment has no replicas: pods that nobody runs would only keep the controller-manager busy.
func benchDeployment(ns string) *appsv1.Deployment {
	none := int32(0)
	return deploymentOf(ns, "tux-backend", func(d *appsv1.Deployment) { d.Spec.Replicas = &none })
}

// benchService is headless: a cluster has fewer Service addresses than this benchmark has namespaces.
func benchService(ns string) *corev1.Service {
	service := testutil.Service(ns, "tux-backend", "tux-backend")
	service.Spec.ClusterIP = corev1.ClusterIPNone
	return service
}

// benchTux has an external exporter for the same reason.
func benchTux(ns string) *tuxv1alpha1.TuxMonitoring {
	tux := testutil.Tux(ns, "production")
	tux.Spec.Probes = &tuxv1alpha1.Probes{Exporter: tuxv1alpha1.ExporterExternal, URL: "http://blackbox.monitoring:9115"}
	return tux
}

// benchRaw posts each resource and its objects.
func benchRaw(b *testing.B, n int) time.Duration {
	b.Helper()
	names := benchNamespaces(b, n)
	objects := make([][]*unstructured.Unstructured, n)
	for i, ns := range names {
		objects[i] = benchObjects(b, benchTux(ns))
	}
	start := time.Now()
	benchEach(b, n, func(i int) error {
		tux := benchTux(names[i])
		err := admin.Create(b.Context(), tux)
		for _, object := range objects[i] {
			err = errors.Join(err, controllerutil.SetControllerReference(tux, object, admin.Scheme()))
			err = errors.Join(err, admin.Create(b.Context(), object))
		}
		return err
	})
	elapsed := time.Since(start)
	benchClean(b, names) // the operator must not find them
	return elapsed
}

func benchObjects(b *testing.B, tux *tuxv1alpha1.TuxMonitoring) []*unstructured.Unstructured {
	b.Helper()
	c := discover.Cluster{
		Deployments:  []appsv1.Deployment{*testutil.Deployment(tux.Namespace, "tux-backend")},
		Services:     []corev1.Service{*benchService(tux.Namespace)},
		Prometheuses: []monitoringv1.Prometheus{*testutil.Prometheus("monitoring", "kps", "kps")},
	}
	var all []*unstructured.Unstructured
	for _, output := range plan.Build(plan.Input{Tux: tux, Cluster: c}).Outputs {
		for _, object := range output.Objects {
			u, err := apply.Normalise(object, admin.Scheme())
			benchMust(b, err)
			all = append(all, u)
		}
	}
	return all
}

// benchOperator posts the resources to a running operator and waits for the last status.
func benchOperator(b *testing.B, n int) (elapsed time.Duration, requests *testutil.Requests, memory float64) {
	b.Helper()
	names := benchNamespaces(b, n)
	config, err := plane.ServiceAccountConfig(b.Context(), operatorNamespace, operatorAccount)
	benchMust(b, err)
	o, err := startManager(config, benchParallel)
	benchMust(b, err)
	defer o.stop()
	benchQuiet(o)
	before := heap()
	start := time.Now()
	benchEach(b, n, func(i int) error { return admin.Create(b.Context(), benchTux(names[i])) })
	// Asking the server would cost it what is to be measured: the operator's own requests tell.
	for o.requests.Count("patch", "tuxmonitorings/status") < n {
		time.Sleep(5 * time.Millisecond)
	}
	elapsed = time.Since(start)
	benchQuiet(o)
	memory = heap() - before
	benchVerify(b, names)
	benchClean(b, names)
	return elapsed, o.requests, memory
}

// benchQuiet waits until the operator has sent nothing for half a second.
func benchQuiet(o *operator) {
	for last := -1; last != o.requests.Total(); {
		last = o.requests.Total()
		time.Sleep(500 * time.Millisecond)
	}
}

// benchVerify holds that all is applied.
func benchVerify(b *testing.B, names []string) {
	b.Helper()
	for _, ns := range names {
		tux := benchTux(ns)
		benchMust(b, admin.Get(b.Context(), client.ObjectKeyFromObject(tux), tux))
		if !meta.IsStatusConditionTrue(tux.Status.Conditions, tuxv1alpha1.ConditionReady) {
			b.Fatalf("%s is not ready: %+v", ns, tux.Status.Conditions)
		}
	}
}

// benchClean takes the resources away and waits for the garbage collector, which would slow down what is
// measured next.
func benchClean(b *testing.B, names []string) {
	b.Helper()
	benchEach(b, len(names), func(i int) error { return admin.Delete(b.Context(), benchTux(names[i])) })
	for _, ns := range names {
		for left := 1; left > 0; time.Sleep(20 * time.Millisecond) {
			var rules monitoringv1.PrometheusRuleList
			benchMust(b, admin.List(b.Context(), &rules, client.InNamespace(ns)))
			left = len(rules.Items)
		}
	}
}

// benchEach does n things, benchParallel at a time.
func benchEach(b *testing.B, n int, do func(i int) error) {
	b.Helper()
	var group errgroup.Group
	group.SetLimit(benchParallel)
	for i := range n {
		group.Go(func() error { return do(i) })
	}
	benchMust(b, group.Wait())
}

func heap() float64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return float64(m.HeapAlloc)
}

func benchMust(b *testing.B, err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}
