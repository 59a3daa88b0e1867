package plan

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	tuxv1alpha1 "github.com/tux-io/tux-monitoring-operator/api/v1alpha1"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/discover"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/probes"
)

// The defaults of everything the spec leaves unset. They are here and not in the CRD so that the CLI,
// which never meets an API server, plans the same objects.
const (
	defaultMetricsPath = "/metrics" // django-prometheus has no trailing slash there
	defaultInterval    = "30s"
	// defaultTimeout is above the 5.6 s an ASGI backend took to answer /metrics under load.
	defaultTimeout = "10s"
	// The default sample limit is samplesOfDjango, what django-prometheus exports, and samplesOfWorkspace for
	// each workspace of the limit. Relabelling leaves 24 of those 31, so that TuxWorkspaceCardinality warns
	// when three quarters are used.
	samplesOfDjango    = 700
	samplesOfWorkspace = 31
	// defaultWorkspaceLabel is that of the TUX app kit.
	defaultWorkspaceLabel = "workspace_id"
	defaultWorkspaceLimit = 500
	defaultWorkspaceTop   = 20
	// defaultExcludedViews are scrapes and health questions: they pass through Django and count as
	// requests, 412 of 2 219 in one measurement. The names are matched anchored, so a namespace or a
	// dotted path before them is spelled out.
	defaultExcludedViews = `prometheus-django-metrics|(.*[:.])?health.*`

	defaultLivePath  = "/health/live/"
	defaultReadyPath = "/health/ready/"
	defaultFullPath  = "/health/"

	defaultExporterImage = "quay.io/prometheus/blackbox-exporter:v0.27.0"

	defaultFolder = "TUX"

	// defaultThreshold is the bucket of the latency histogram next to the 2 s everybody writes.
	defaultThreshold = "2.5"
	// defaultWindow holds four weekends, whenever it begins.
	defaultWindow = "28d"
	// shortestWindow is the shortest an objective may have: the longest burn window is 3d.
	shortestWindow     = 7 * 24 * time.Hour
	defaultMinRequests = 100
)

// defaultTargets are percentages by type; a Ratio has none.
var defaultTargets = map[tuxv1alpha1.IndicatorType]string{
	tuxv1alpha1.IndicatorAvailability: "99.5",
	tuxv1alpha1.IndicatorLatency:      "95",
	tuxv1alpha1.IndicatorPropagation:  "99",
}

// defaultObjectives are there by themselves, with the type that goes with the name.
var defaultObjectives = map[string]tuxv1alpha1.IndicatorType{
	tuxv1alpha1.ObjectiveAvailability: tuxv1alpha1.IndicatorAvailability,
	tuxv1alpha1.ObjectiveLatency:      tuxv1alpha1.IndicatorLatency,
	tuxv1alpha1.ObjectivePropagation:  tuxv1alpha1.IndicatorPropagation,
}

// defaultComponents are the keys under services in the health JSON of the TUX app kit.
var defaultComponents = []string{"cache", "database", "string_propagation", "workspace_isolation"}

// defaultSidecarLabels are what the sidecar of the Grafana chart looks for.
var defaultSidecarLabels = map[string]string{"grafana_dashboard": "1"}

// defaultInstances are the labels of the Grafana in the examples of grafana-operator.
var defaultInstances = map[string]string{"dashboards": "grafana"}

// complete fills in every default of the environment but the backends.
func complete(tux *tuxv1alpha1.TuxMonitoring) *env.Environment {
	e := &env.Environment{
		Name:      tux.Name,
		Namespace: tux.Namespace,
		Title:     cmp.Or(tux.Spec.Environment, tux.Namespace),
	}
	e.Workspaces = completeWorkspaces(tux.Spec.Workspaces)
	e.Probes = completeProbes(tux.Spec.Probes, e)
	e.Dashboards = completeDashboards(tux.Spec.Dashboards)
	e.Routing = completeRouting(tux.Spec.Routing)
	e.Sentry = completeSentry(tux.Spec.Sentry, e.Title)
	e.Logs = LogsOf(tux)
	return e
}

func completeWorkspaces(spec *tuxv1alpha1.Workspaces) env.Workspaces {
	if spec == nil {
		spec = &tuxv1alpha1.Workspaces{}
	}
	limit := cmp.Or(int(spec.Limit), defaultWorkspaceLimit)
	return env.Workspaces{
		Label: cmp.Or(spec.Label, defaultWorkspaceLabel),
		Limit: limit,
		Top:   cmp.Or(int(spec.Top), min(defaultWorkspaceTop, limit)),
	}
}

func completeProbes(spec *tuxv1alpha1.Probes, e *env.Environment) env.Probes {
	if spec == nil {
		spec = &tuxv1alpha1.Probes{}
	}
	interval := cmp.Or(string(spec.Interval), defaultInterval)
	p := env.Probes{
		Enabled:  spec.State != tuxv1alpha1.StateDisabled,
		Managed:  spec.Exporter != tuxv1alpha1.ExporterExternal,
		URL:      spec.URL,
		Image:    cmp.Or(spec.Image, defaultExporterImage),
		Interval: interval,
		Timeout:  cmp.Or(string(spec.Timeout), shorter(defaultTimeout, interval)),
	}
	if p.Managed {
		p.URL = fmt.Sprintf("http://%s.%s.svc:%d", e.ExporterName(), e.Namespace, probes.ExporterPort)
	}
	return p
}

func completeDashboards(spec *tuxv1alpha1.Dashboards) env.Dashboards {
	if spec == nil {
		spec = &tuxv1alpha1.Dashboards{}
	}
	d := env.Dashboards{
		Enabled:  spec.State != tuxv1alpha1.StateDisabled,
		Include:  spec.Include,
		Delivery: cmp.Or(spec.Delivery, tuxv1alpha1.DeliverySidecar),
		Folder:   cmp.Or(spec.Folder, defaultFolder),
	}
	if d.Delivery == tuxv1alpha1.DeliveryGrafanaOperator {
		d.Instances = defaultInstances
		if spec.InstanceSelector != nil {
			d.Instances = tuxv1alpha1.ObjectLabels(spec.InstanceSelector.MatchLabels).Strings()
		}
		return d
	}
	d.Labels = defaultSidecarLabels
	if len(spec.Labels) > 0 {
		d.Labels = spec.Labels.Strings()
	}
	return d
}

// completeBackend fills in the defaults of one discovered Deployment.
func completeBackend(found *discover.Backend, w env.Workspaces) env.Backend {
	b := found.Facts
	b.Metrics = completeMetrics(found.Spec.Metrics, w)
	b.Health = completeHealth(found.Spec.Health)
	return b
}

func completeMetrics(spec *tuxv1alpha1.Metrics, w env.Workspaces) env.Metrics {
	if spec == nil {
		spec = &tuxv1alpha1.Metrics{}
	}
	interval := cmp.Or(string(spec.Interval), defaultInterval)
	return env.Metrics{
		Path:          cmp.Or(spec.Path, defaultMetricsPath),
		Interval:      interval,
		Timeout:       shorter(defaultTimeout, interval),
		SampleLimit:   cmp.Or(spec.SampleLimit, samplesOfDjango+samplesOfWorkspace*int64(w.Limit)),
		ExcludedViews: cmp.Or(spec.ExcludedViews, defaultExcludedViews),
		Migrations:    spec.Migrations == tuxv1alpha1.MigrationsExported,
	}
}

func completeHealth(spec *tuxv1alpha1.Health) env.Health {
	if spec == nil {
		spec = &tuxv1alpha1.Health{}
	}
	h := env.Health{
		Live:       cmp.Or(string(spec.Live), defaultLivePath),
		Ready:      cmp.Or(string(spec.Ready), defaultReadyPath),
		Full:       cmp.Or(string(spec.Full), defaultFullPath),
		Components: slices.Clone(defaultComponents),
		Host:       spec.Host,
	}
	// An empty list says on purpose that no component is asked for; nil says nothing.
	if spec.Components != nil {
		h.Components = nil
		for _, c := range spec.Components {
			h.Components = append(h.Components, string(c))
		}
		slices.Sort(h.Components)
	}
	return h
}

// completeObjective fills in the defaults of an objective; kept is how long its samples are kept, 0 if
// that is not known.
func completeObjective(spec *tuxv1alpha1.Objective, kept time.Duration) env.Objective {
	indicator := cmp.Or(spec.Indicator, &tuxv1alpha1.Indicator{Type: defaultObjectives[spec.Name]})
	alerting := cmp.Or(spec.Alerting, &tuxv1alpha1.ObjectiveAlerting{})
	o := env.Objective{
		Name:        spec.Name,
		Type:        indicator.Type,
		Source:      cmp.Or(indicator.Source, tuxv1alpha1.SourceMetrics),
		Target:      cmp.Or(string(spec.Target), defaultTargets[indicator.Type]),
		Window:      cmp.Or(string(spec.Window), longestWindow(kept)),
		MinRequests: cmp.Or(int(spec.MinRequests), defaultMinRequests),
		Pages:       alerting.Page != tuxv1alpha1.StateDisabled,
		Tickets:     alerting.Ticket != tuxv1alpha1.StateDisabled,
	}
	if o.Type == tuxv1alpha1.IndicatorLatency {
		o.Threshold = cmp.Or(indicator.Threshold, defaultThreshold)
	}
	for _, name := range spec.Backends {
		o.Entries = append(o.Entries, string(name))
	}
	slices.Sort(o.Entries)
	return o
}

// longestWindow is the default window, or the whole days that are kept where those are fewer.
func longestWindow(kept time.Duration) string {
	const day = 24 * time.Hour
	if kept == 0 || kept >= env.Duration(defaultWindow) {
		return defaultWindow
	}
	return fmt.Sprintf("%dd", kept/day)
}

// livePath of an entry; discovery needs it before the backend is complete.
func livePath(spec *tuxv1alpha1.Backend) string { return completeHealth(spec.Health).Live }

// shorter returns the shorter of two Prometheus durations.
func shorter(a, b string) string {
	if env.Duration(b) < env.Duration(a) {
		return b
	}
	return a
}
