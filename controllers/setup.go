package controllers

import (
	"context"
	"errors"
	"fmt"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/util/workqueue"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/manager"
	"sigs.k8s.io/controller-runtime/pkg/predicate"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
	"sigs.k8s.io/controller-runtime/pkg/source"

	tuxv1alpha1 "github.com/tux-io/tux-monitoring-operator/api/v1alpha1"
	"github.com/tux-io/tux-monitoring-operator/internal/apply"
	"github.com/tux-io/tux-monitoring-operator/internal/plan"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
)

// The permissions of the operator; config/rbac/role.yaml is generated from these lines.
//
// +kubebuilder:rbac:groups=monitoring.tux.io,resources=tuxmonitorings,verbs=get;list;watch;patch
// +kubebuilder:rbac:groups=monitoring.tux.io,resources=tuxmonitorings/status,verbs=patch
// +kubebuilder:rbac:groups=monitoring.tux.io,resources=tuxmonitorings/finalizers,verbs=update
// +kubebuilder:rbac:groups=monitoring.coreos.com,resources=servicemonitors;podmonitors;probes;prometheusrules;alertmanagerconfigs,verbs=get;list;watch;create;patch;delete
// +kubebuilder:rbac:groups=monitoring.coreos.com,resources=prometheuses;alertmanagers,verbs=list;watch
// +kubebuilder:rbac:groups=grafana.integreatly.org,resources=grafanadashboards;grafanafolders,verbs=get;list;watch;create;patch;delete
// +kubebuilder:rbac:groups=opentelemetry.io,resources=opentelemetrycollectors,verbs=get;list;watch;create;patch;delete
// +kubebuilder:rbac:groups=loki.grafana.com,resources=lokistacks,verbs=get;list;watch;patch
// +kubebuilder:rbac:groups=loki.grafana.com,resources=alertingrules,verbs=get;list;watch;create;patch;delete
// +kubebuilder:rbac:groups="",resources=configmaps;services,verbs=get;list;watch;create;patch;delete
// +kubebuilder:rbac:groups="",resources=namespaces,verbs=list;watch
// +kubebuilder:rbac:groups=apps,resources=deployments,verbs=get;list;watch;create;patch;delete
// +kubebuilder:rbac:groups=networking.k8s.io,resources=networkpolicies,verbs=get;list;watch;create;patch;delete
// +kubebuilder:rbac:groups=networking.k8s.io,resources=ingresses,verbs=list;watch
// +kubebuilder:rbac:groups=gateway.networking.k8s.io,resources=httproutes;gateways,verbs=list;watch
// +kubebuilder:rbac:groups=apiextensions.k8s.io,resources=customresourcedefinitions,verbs=list;watch
// +kubebuilder:rbac:groups=events.k8s.io,resources=events,verbs=create;patch

const (
	// reconcileTimeout ends a pass whose requests hang. A pass takes well under a second.
	reconcileTimeout = time.Minute
	// maxBackoff is the longest wait between two tries after errors.
	maxBackoff = 5 * time.Minute
	firstRetry = 100 * time.Millisecond
)

// Options of the controller.
type Options struct {
	// Concurrency is how many resources are reconciled at once. Default: 8.
	Concurrency int
	// Scope must be that of the manager's options.
	Scope Scope
	// Sentry are the times and limits of keeping Sentry projects in step.
	Sentry SentryOptions
	// Logs are the times and limits of looking whether log stores do what they are told.
	Logs LogOptions
	// Terminal hears of errors only a person can mend. Required.
	Terminal TerminalReporter
	// CheckIns hears every ten minutes whether scheduled work is done. nil: nobody does.
	CheckIns CheckInReporter
}

// ChildSelector selects what the operator made. The cache of children holds nothing else.
func ChildSelector() labels.Selector {
	return labels.SelectorFromSet(labels.Set{env.ManagedByLabel: env.ManagedByValue})
}

// ManagerOptions are those of an operator for the whole cluster.
func ManagerOptions() ctrl.Options { return Scope{}.ManagerOptions() }

// cacheOptions are those of the manager's cache, which holds what plans are made from. It must fail on
// a read nothing watches: such a read would start an informer of its own.
func (s Scope) cacheOptions(scheme *runtime.Scheme) cache.Options {
	return cache.Options{
		Scheme: scheme, DefaultTransform: cache.TransformStripManagedFields(), ReaderFailOnMissingInformer: true,
		DefaultNamespaces: cacheNamespaces(s.Namespaces),
	}
}

// childCacheOptions are those of the cache of children: only ours, only metadata is ever asked for.
func (s Scope) childCacheOptions(mgr ctrl.Manager) cache.Options {
	o := s.cacheOptions(mgr.GetScheme())
	o.ByObject = s.ofSecrets(cache.ByObject{})
	o.HTTPClient = mgr.GetHTTPClient()
	o.Mapper = mgr.GetRESTMapper()
	o.DefaultLabelSelector = ChildSelector()
	return o
}

// documentCacheOptions are those of the cache of what several resources have in common. It is a cache of its own since
// such a ConfigMap may be somebody else's, and has none of our labels then but the one that says what it is for.
func (s Scope) documentCacheOptions(mgr ctrl.Manager) cache.Options {
	o := s.childCacheOptions(mgr)
	o.DefaultLabelSelector = labels.SelectorFromSet(labels.Set{env.DocumentLabel: env.DocumentLogs})
	return o
}

// Setup adds the controller to the manager.
func Setup(mgr ctrl.Manager, opts Options) (*Health, error) {
	children, err := cache.New(mgr.GetConfig(), opts.Scope.childCacheOptions(mgr))
	if err != nil {
		return nil, fmt.Errorf("cannot make the cache of children: %w", err)
	}
	if err := mgr.Add(unelected{children}); err != nil {
		return nil, fmt.Errorf("cannot add the cache of children: %w", err)
	}
	documents, err := cache.New(mgr.GetConfig(), opts.Scope.documentCacheOptions(mgr))
	if err != nil {
		return nil, fmt.Errorf("cannot make the cache of documents: %w", err)
	}
	if err := mgr.Add(unelected{documents}); err != nil {
		return nil, fmt.Errorf("cannot add the cache of documents: %w", err)
	}
	passes := &running{}
	return &Health{
		Ready: cachesFilled(mgr.GetCache(), children, documents),
		Live:  func(context.Context) error { return passes.hangs(time.Now()) },
	}, setup(mgr, children, documents, passes, opts)
}

// unelected starts a cache in every replica. One for some namespaces only, or with options by kind, does not say that
// by itself, and the manager would start it with the leader: the others would never be ready.
type unelected struct{ cache.Cache }

// NeedLeaderElection says no.
func (unelected) NeedLeaderElection() bool { return false }

func setup(mgr ctrl.Manager, children, documents cache.Cache, passes *running, opts Options) error {
	kinds := &optionalKinds{mapper: mgr.GetRESTMapper(), watched: map[schema.GroupVersionKind]bool{}}
	secrets := &secretWatch{live: mgr.GetAPIReader(), caches: []cache.Cache{mgr.GetCache(), children}, scope: opts.Scope}
	applier, err := newApplier(mgr, &childReader{cache: children, kinds: kinds, secrets: secrets})
	if err != nil {
		return err
	}
	r := &Reconciler{
		scope:    opts.Scope,
		client:   mgr.GetClient(),
		live:     mgr.GetAPIReader(),
		applier:  applier,
		kinds:    kinds,
		secrets:  secrets,
		events:   mgr.GetEventRecorder("tuxmonitoring"),
		terminal: opts.Terminal,
		writes:   newWrites(),
		passes:   passes,
	}
	if r.keeper, err = newKeeper(mgr, opts.Sentry, r); err != nil {
		return err
	}
	if r.logs, err = newLogKeeper(mgr, documents, children, opts.Logs); err != nil {
		return err
	}
	if err := setupLogs(mgr, documents, r.logs); err != nil {
		return fmt.Errorf("cannot set up the documents of log stores: %w", err)
	}
	if err := setupErasures(mgr, r.logs); err != nil {
		return fmt.Errorf("cannot set up erasures: %w", err)
	}
	if opts.CheckIns != nil {
		late := func(by time.Duration) int { return r.keeper.runner.Late(by) + r.logs.runner.Late(by) }
		if err := mgr.Add(&pulse{every: pulseInterval, late: late, checks: opts.CheckIns}); err != nil {
			return fmt.Errorf("cannot add the check-ins: %w", err)
		}
	}
	if err := indexProjects(mgr); err != nil {
		return err
	}
	w := &watches{client: mgr.GetClient(), inputs: mgr.GetCache(), children: children, documents: documents, applier: applier}
	if kinds.controller, err = r.build(mgr, w, opts); err != nil {
		return err
	}
	secrets.watch = kinds.controller.Watch
	secrets.sources = w.secrets
	w.optional(kinds)
	if err := kinds.watchInstalled(); err != nil {
		return err
	}
	if opts.Scope.namespaced() {
		return mgr.Add(manager.RunnableFunc(kinds.poll))
	}
	return kinds.setup(mgr)
}

func cachesFilled(caches ...cache.Cache) func(context.Context) error {
	return func(ctx context.Context) error {
		for _, c := range caches {
			if !c.WaitForCacheSync(ctx) {
				return errors.New("the caches are not filled yet")
			}
		}
		return nil
	}
}

func newApplier(mgr ctrl.Manager, metadata apply.MetadataReader) (*apply.Applier, error) {
	writer, err := client.New(mgr.GetConfig(), client.Options{
		HTTPClient: mgr.GetHTTPClient(), Scheme: mgr.GetScheme(), Mapper: mgr.GetRESTMapper(),
	})
	if err != nil {
		return nil, fmt.Errorf("cannot make the client for writing: %w", err)
	}
	return apply.New(apply.Config{
		Writer:       writer,
		Live:         mgr.GetAPIReader(),
		Metadata:     metadata,
		FieldManager: env.FieldManager,
		ManagedBy:    map[string]string{env.ManagedByLabel: env.ManagedByValue},
		OwnerLabel:   env.OwnerLabel,
		Observe:      observeObject,
		Looked:       observeLook,
	})
}

func (r *Reconciler) build(mgr ctrl.Manager, w *watches, opts Options) (controller.Controller, error) {
	wake := make(chan event.GenericEvent, 1)
	r.kinds.wake = func(ctx context.Context) {
		select {
		case wake <- event.GenericEvent{Object: &tuxv1alpha1.TuxMonitoring{}}:
		case <-ctx.Done():
		}
	}
	warm := true
	b := ctrl.NewControllerManagedBy(mgr).
		For(&tuxv1alpha1.TuxMonitoring{}, builder.WithPredicates(
			predicate.Or(predicate.GenerationChangedPredicate{}, predicate.AnnotationChangedPredicate{}))).
		Watches(&appsv1.Deployment{}, w.inNamespace(), builder.WithPredicates(inputChanged())).
		Watches(&corev1.Service{}, w.inNamespace(), builder.WithPredicates(inputChanged())).
		Watches(&networkingv1.Ingress{}, w.inNamespace(), builder.WithPredicates(inputChanged())).
		Watches(&tuxv1alpha1.TuxMonitoring{}, w.ofProject(), builder.WithPredicates(predicate.GenerationChangedPredicate{})).
		WatchesRawSource(source.Channel(wake, w.everywhere())).
		WatchesRawSource(source.Channel(r.keeper.nudge, &handler.EnqueueRequestForObject{})).
		WatchesRawSource(source.Channel(r.logs.nudge, &handler.EnqueueRequestForObject{})).
		WithOptions(controller.Options{
			MaxConcurrentReconciles: max(opts.Concurrency, 1),
			// A replica that waits fills its caches already, and works at once when it is elected.
			EnableWarmup:          &warm,
			ReconciliationTimeout: reconcileTimeout,
			RateLimiter:           workqueue.NewTypedItemExponentialFailureRateLimiter[reconcile.Request](firstRetry, maxBackoff),
		})
	if !opts.Scope.namespaced() {
		changed := predicate.Or(predicate.LabelChangedPredicate{}, goes())
		b = b.WatchesMetadata(&corev1.Namespace{}, w.ofNamespace(), builder.WithPredicates(changed))
	}
	for _, kind := range builtinChildKinds() {
		b = b.WatchesRawSource(w.childSource(kind)())
	}
	return b.Build(reconcile.Func(r.byName))
}

// childKinds are all kinds of the table of outputs, each once.
func childKinds() []schema.GroupVersionKind {
	var list []schema.GroupVersionKind
	seen := map[schema.GroupVersionKind]bool{}
	for _, output := range plan.Outputs {
		for _, kind := range output.Kinds {
			if !seen[kind] {
				seen[kind] = true
				list = append(list, kind)
			}
		}
	}
	return list
}

func builtinChildKinds() []schema.GroupVersionKind {
	var list []schema.GroupVersionKind
	for _, kind := range childKinds() {
		// Secrets are watched from the first resource on that needs them.
		if _, optional := pluralOf[kind.Kind]; !optional && kind != secretKind {
			list = append(list, kind)
		}
	}
	return list
}

// watches makes event sources and the functions that map events to resources.
type watches struct {
	client                      client.Client
	inputs, children, documents cache.Cache
	applier                     *apply.Applier
}

// optional tells kinds which may come later, and how each is watched.
func (w *watches) optional(kinds *optionalKinds) {
	kinds.served = map[schema.GroupVersionKind]optionalKind{
		prometheusKind:   {"prometheuses", w.inputSource(prometheusKind, w.everywhere())},
		alertmanagerKind: {"alertmanagers", w.inputSource(alertmanagerKind, w.everywhere())},
		httpRouteKind:    {"httproutes", w.inputSource(httpRouteKind, w.inNamespace())},
		lokiStackKind:    {"lokistacks", w.stackSource},
		gatewayKind:      {"gateways", w.inputSource(gatewayKind, w.everywhere())},
	}
	for _, kind := range childKinds() {
		if plural, optional := pluralOf[kind.Kind]; optional {
			kinds.served[kind] = optionalKind{plural, w.childSource(kind)}
		}
	}
}

// pluralOf names the resources that outputs consist of and that others must have installed.
var pluralOf = map[string]string{
	"ServiceMonitor":         "servicemonitors",
	"PodMonitor":             "podmonitors",
	"Probe":                  "probes",
	"PrometheusRule":         "prometheusrules",
	"AlertmanagerConfig":     "alertmanagerconfigs",
	"AlertingRule":           "alertingrules",
	"OpenTelemetryCollector": "opentelemetrycollectors",
	"GrafanaDashboard":       "grafanadashboards",
	"GrafanaFolder":          "grafanafolders",
}

func (w *watches) inputSource(kind schema.GroupVersionKind, mapper handler.EventHandler) func() source.Source {
	return func() source.Source {
		return source.Kind(w.inputs, inputObject(kind), mapper, inputChanged())
	}
}

func (w *watches) childSource(kind schema.GroupVersionKind) func() source.Source {
	return func() source.Source {
		object := &metav1.PartialObjectMetadata{}
		object.SetGroupVersionKind(kind)
		return source.Kind(w.children, client.Object(object), w.ofOwner(), w.childChanged(kind))
	}
}

// secrets are the sources of events of Secrets: of those with tokens, and of our own.
func (w *watches) secrets() []source.Source {
	tokens := source.Kind(w.inputs, client.Object(secretMetadata()), w.ofToken(), inputChanged())
	return []source.Source{tokens, w.childSource(secretKind)()}
}

// ofOwner maps a child to the resource its label names.
func (w *watches) ofOwner() handler.EventHandler {
	return handler.EnqueueRequestsFromMapFunc(func(_ context.Context, object client.Object) []reconcile.Request {
		owner := object.GetLabels()[env.OwnerLabel]
		if owner == "" {
			return nil
		}
		return []reconcile.Request{{NamespacedName: client.ObjectKey{Namespace: object.GetNamespace(), Name: owner}}}
	})
}

func (w *watches) inNamespace() handler.EventHandler {
	return handler.EnqueueRequestsFromMapFunc(func(ctx context.Context, object client.Object) []reconcile.Request {
		return w.list(ctx, client.InNamespace(object.GetNamespace()))
	})
}

func (w *watches) ofNamespace() handler.EventHandler {
	return handler.EnqueueRequestsFromMapFunc(func(ctx context.Context, object client.Object) []reconcile.Request {
		return w.list(ctx, client.InNamespace(object.GetName()))
	})
}

func (w *watches) everywhere() handler.EventHandler {
	return handler.EnqueueRequestsFromMapFunc(func(ctx context.Context, _ client.Object) []reconcile.Request {
		return w.list(ctx)
	})
}

func (w *watches) list(ctx context.Context, opts ...client.ListOption) []reconcile.Request {
	var all tuxv1alpha1.TuxMonitoringList
	if err := w.client.List(ctx, &all, opts...); err != nil {
		ctrl.LoggerFrom(ctx).Error(err, "Cannot list the TuxMonitorings to wake")
		return nil
	}
	requests := make([]reconcile.Request, 0, len(all.Items))
	for i := range all.Items {
		requests = append(requests, reconcile.Request{NamespacedName: client.ObjectKeyFromObject(&all.Items[i])})
	}
	return requests
}
