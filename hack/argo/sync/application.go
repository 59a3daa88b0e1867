package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/argoproj/gitops-engine/pkg/cache"
	"github.com/argoproj/gitops-engine/pkg/diff"
	"github.com/argoproj/gitops-engine/pkg/health"
	"github.com/argoproj/gitops-engine/pkg/sync"
	"github.com/argoproj/gitops-engine/pkg/sync/common"
	"github.com/argoproj/gitops-engine/pkg/utils/kube"
	"github.com/argoproj/gitops-engine/pkg/utils/tracing"
	"github.com/go-logr/logr"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/rest"
)

// manager is the field manager of Argo CD.
const manager = "argocd-controller"

// application is what is wanted and what is there.
type application struct {
	options
	config  *rest.Config
	kubectl *kube.KubectlCmd
	cluster cache.ClusterCache
	wanted  []*unstructured.Unstructured
	// pairs are wanted objects beside those in the cluster, and then those of the cluster that nobody wants.
	pairs sync.ReconciliationResult
}

// mine is what the cache remembers of an object.
type mine bool

// see reads the whole cluster, as Argo CD does.
func see(config *rest.Config, o options, wanted []*unstructured.Unstructured) (*application, error) {
	a := &application{options: o, config: config, wanted: wanted, kubectl: &kube.KubectlCmd{Log: logr.Discard(), Tracer: tracing.NopTracer{}}}
	a.cluster = cache.NewClusterCache(config, cache.SetLogr(logr.Discard()), cache.SetKubectl(a.kubectl),
		cache.SetPopulateResourceInfoHandler(func(object *unstructured.Unstructured, _ bool) (any, bool) {
			is := o.tracking.isMine(object)
			return mine(is), is
		}))
	if err := a.cluster.EnsureSynced(); err != nil {
		return nil, fmt.Errorf("cannot read the cluster: %w", err)
	}
	for _, object := range a.wanted {
		a.place(object)
		o.tracking.mark(object)
	}
	live, err := a.cluster.GetManagedLiveObjs(a.wanted, func(r *cache.Resource) bool { is, _ := r.Info.(mine); return bool(is) })
	if err != nil {
		return nil, fmt.Errorf("cannot find what is managed: %w", err)
	}
	a.pairs = sync.Reconcile(a.wanted, live, o.namespace, a.cluster)
	return a, nil
}

// place gives an object the namespace of the destination, if its kind has namespaces and it names none.
func (a *application) place(object *unstructured.Unstructured) {
	namespaced, err := a.cluster.IsNamespaced(object.GroupVersionKind().GroupKind())
	switch {
	case err == nil && !namespaced:
		object.SetNamespace("")
	case object.GetNamespace() == "" && err == nil:
		object.SetNamespace(a.namespace)
	}
}

// sync applies what is wanted, and prunes.
func (a *application) sync(report *Report) error {
	run, cleanup, err := sync.NewSyncContext("main", a.pairs, a.config, a.config, a.kubectl, a.namespace, a.cluster.GetOpenAPISchema(),
		sync.WithLogr(logr.Discard()), sync.WithHealthOverride(a.health), sync.WithPrune(a.prune),
		sync.WithServerSideApply(a.serverSide), sync.WithServerSideApplyManager(manager))
	if err != nil {
		return fmt.Errorf("cannot sync: %w", err)
	}
	defer cleanup()
	var results []common.ResourceSyncResult
	for end := time.Now().Add(a.timeout); ; time.Sleep(time.Second) {
		run.Sync()
		var phase common.OperationPhase
		phase, report.Message, results = run.GetState()
		report.Phase = string(phase)
		if phase.Completed() || time.Now().After(end) {
			break
		}
	}
	for i := range results {
		report.Results[results[i].ResourceKey.String()] = fmt.Sprintf("%s: %s", results[i].Status, results[i].Message)
	}
	return nil
}

// compare says what differs, what is too much, and how all is.
func (a *application) compare(report *Report) error {
	options := []diff.Option{diff.WithLogr(logr.Discard()), diff.IgnoreAggregatedRoles(true), diff.WithManager(manager), diff.WithGVKParser(a.cluster.GetGVKParser())}
	if a.serverDiff {
		applier, cleanup, err := kube.ManageServerSideDiffDryRuns(a.config, a.cluster.GetOpenAPISchema(), tracing.NopTracer{}, logr.Discard(), nil)
		if err != nil {
			return fmt.Errorf("cannot ask for dry runs: %w", err)
		}
		defer cleanup()
		options = append(options, diff.WithServerSideDiff(true), diff.WithServerSideDryRunner(diff.NewK8sServerSideDryRunner(applier)))
	}
	worst := health.HealthStatusHealthy
	report.Differences, report.Resources = map[string][2]json.RawMessage{}, map[string]string{}
	for i, target := range a.pairs.Target {
		live := a.pairs.Live[i]
		if target == nil {
			report.Extra = append(report.Extra, name(live))
			continue
		}
		status, err := a.healthOf(live)
		if err != nil {
			return err
		}
		if status != nil {
			report.Resources[name(target)] = fmt.Sprintf("%s: %s", status.Status, status.Message)
			if health.IsWorse(worst, status.Status) {
				worst = status.Status
			}
		}
		result, err := diff.Diff(target, live, options...)
		if err != nil {
			return fmt.Errorf("cannot compare %s: %w", name(target), err)
		}
		if live == nil || result.Modified {
			report.OutOfSync = append(report.OutOfSync, name(target))
			report.Differences[name(target)] = [2]json.RawMessage{result.NormalizedLive, result.PredictedLive}
		}
	}
	report.Health = string(worst)
	slices.Sort(report.OutOfSync)
	slices.Sort(report.Extra)
	return nil
}

func (a *application) healthOf(live *unstructured.Unstructured) (*health.HealthStatus, error) {
	if live == nil {
		return &health.HealthStatus{Status: health.HealthStatusMissing}, nil
	}
	return health.GetResourceHealth(live, a.health)
}

func name(object *unstructured.Unstructured) string {
	key := kube.GetResourceKey(object)
	return key.String()
}
