package controllers

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"

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
// posting the very same objects without an operator in the same run. Absolute times mean nothing on a
// shared machine; the ratio and the counts do.
func BenchmarkEnvironments(b *testing.B) {
	for _, n := range []int{50, 200} {
		b.Run(fmt.Sprintf("%d", n), func(b *testing.B) {
			for range b.N {
				raw := benchRaw(b, n)
				operator, requests, memory, objects := benchOperator(b, n)
				b.ReportMetric(operator.Seconds()/raw.Seconds(), "x-raw-POST")
				b.ReportMetric(float64(requests.Total())/float64(n), "requests/env")
				b.ReportMetric(float64(requests.Writes())/float64(n), "writes/env")
				b.ReportMetric(float64(objects), "objects/env")
				b.ReportMetric(memory/1024/float64(n), "KiB/env")
				b.Logf("%d environments: raw POST %v, operator %v; %s", n, raw.Round(time.Millisecond), operator.Round(time.Millisecond), requests)
			}
		})
	}
}

// benchNamespace has the one Deployment all environments watch. The exporter is external: what its pods
// cost the controller-manager is not the operator's.
func benchNamespace(b *testing.B) string {
	b.Helper()
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "bench-"}}
	for _, object := range []client.Object{namespace} {
		benchMust(b, admin.Create(b.Context(), object))
	}
	ns := namespace.Name
	benchMust(b, admin.Create(b.Context(), testutil.Deployment(ns, "tux-backend")))
	benchMust(b, admin.Create(b.Context(), testutil.Service(ns, "tux-backend", "tux-backend")))
	return ns
}

func benchTux(ns string, i int) *tuxv1alpha1.TuxMonitoring {
	tux := testutil.Tux(ns, fmt.Sprintf("env-%03d", i))
	tux.Spec.Probes = &tuxv1alpha1.Probes{Exporter: tuxv1alpha1.ExporterExternal, URL: "http://blackbox.monitoring:9115"}
	return tux
}

// benchRaw posts what the operator would: the resource, its objects and its status.
func benchRaw(b *testing.B, n int) time.Duration {
	b.Helper()
	ns := benchNamespace(b)
	var objects [][]*unstructured.Unstructured
	for i := range n {
		objects = append(objects, benchObjects(b, benchTux(ns, i)))
	}
	start := time.Now()
	benchEach(n, func(i int) {
		for _, object := range objects[i] {
			benchMust(b, admin.Create(b.Context(), object))
		}
	})
	elapsed := time.Since(start)
	benchClean(b, ns)
	return elapsed
}

func benchObjects(b *testing.B, tux *tuxv1alpha1.TuxMonitoring) []*unstructured.Unstructured {
	b.Helper()
	p := plan.Build(plan.Input{Tux: tux, Cluster: benchCluster(tux.Namespace)})
	var all []*unstructured.Unstructured
	for _, output := range p.Outputs {
		for _, object := range output.Objects {
			u, err := apply.Normalise(object, admin.Scheme())
			benchMust(b, err)
			all = append(all, u)
		}
	}
	return all
}

func benchCluster(ns string) discover.Cluster {
	c := discover.Cluster{}
	c.Deployments = append(c.Deployments, *testutil.Deployment(ns, "tux-backend"))
	c.Services = append(c.Services, *testutil.Service(ns, "tux-backend", "tux-backend"))
	c.Prometheuses = append(c.Prometheuses, *testutil.Prometheus("monitoring", "kps", "kps"))
	return c
}

// benchOperator creates the resources while the operator is away, so that only its own work is timed,
// then lets it bring all of them from empty to applied.
func benchOperator(b *testing.B, n int) (elapsed time.Duration, requests *testutil.Requests, memory float64, objects int) {
	b.Helper()
	ns := benchNamespace(b)
	benchEach(n, func(i int) { benchMust(b, admin.Create(b.Context(), benchTux(ns, i))) })
	before := heap()
	o := startBenchOperator(b)
	start := time.Now()
	for !benchApplied(b, ns, n) {
		time.Sleep(20 * time.Millisecond)
	}
	elapsed = time.Since(start)
	memory = heap() - before
	objects = len(benchObjects(b, benchTux(ns, 0)))
	o.stop()
	benchClean(b, ns)
	return elapsed, o.requests, memory, objects
}

func startBenchOperator(b *testing.B) *operator {
	b.Helper()
	config, err := plane.ServiceAccountConfig(b.Context(), operatorNamespace, operatorAccount)
	benchMust(b, err)
	o, err := startManager(config, benchParallel)
	benchMust(b, err)
	return o
}

// benchApplied looks at the last resources first and asks for metadata only of what is not done yet.
func benchApplied(b *testing.B, ns string, n int) bool {
	b.Helper()
	var all tuxv1alpha1.TuxMonitoringList
	benchMust(b, admin.List(b.Context(), &all, client.InNamespace(ns)))
	done := 0
	for i := range all.Items {
		if all.Items[i].Status.ObservedGeneration == all.Items[i].Generation {
			done++
		}
	}
	return done == n
}

func benchEach(n int, do func(i int)) {
	next := make(chan int)
	var wait sync.WaitGroup
	for range benchParallel {
		wait.Go(func() {
			for i := range next {
				do(i)
			}
		})
	}
	for i := range n {
		next <- i
	}
	close(next)
	wait.Wait()
}

func benchClean(b *testing.B, ns string) {
	b.Helper()
	g := gomega.NewWithT(b)
	benchMust(b, admin.Delete(b.Context(), &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: ns}}))
	g.Eventually(func() error {
		return admin.Get(context.Background(), client.ObjectKey{Name: ns}, &corev1.Namespace{})
	}, 5*patience, 10*glance).ShouldNot(gomega.Succeed())
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
