package env

import (
	"slices"
	"strings"
	"time"

	"github.com/prometheus/common/model"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	tuxv1alpha1 "github.com/tux-io/tux-monitoring-operator/api/v1alpha1"
)

// Object is an API object; its method set is that of controller-runtime's client.Object, which pure
// packages must not import.
type Object interface {
	metav1.Object
	runtime.Object
}

// Environment is one TuxMonitoring made complete.
type Environment struct {
	// Name of the TuxMonitoring; the names of all objects begin with it.
	Name string
	// Namespace of the TuxMonitoring and of all objects.
	Namespace string
	// Title is spec.environment, or the namespace: the value of the environment label.
	Title string
	// Backends are the discovered Deployments, sorted by Deployment name.
	Backends []Backend
	// Missing are backends of entries that led to no Deployment now: only Entry, Metrics and Health are
	// set. What serves all backends together must keep serving them.
	Missing []Backend
	// Probes is how health questions are asked.
	Probes Probes
	// Select holds the labels our objects need to be selected by Prometheus.
	Select Select
	// Objectives are in force, sorted by name.
	Objectives []Objective
	// Retention is how long the Prometheus that selects our rules keeps its samples.
	Retention Retention
	// Workspaces are the tenants.
	Workspaces Workspaces
	// Alerts are the adjustments to the catalogue.
	Alerts Alerts
	// Dashboards is which there are and where they go.
	Dashboards Dashboards
	// Routing is who hears of alerts; nil: that is none of ours.
	Routing *Routing
	// Sentry is the project of this environment; nil: Sentry is not asked for anything.
	Sentry *Sentry
	// Logs is how long which logs live; nil: no log store is told anything.
	Logs *Logs
	// Variables is what the backends get for envFrom; nil without Sentry.
	Variables *Variables
}

// Backend is one discovered Deployment.
type Backend struct {
	// Entry is the name of the entry of spec.backends.
	Entry string
	// Deployment is the name of the Deployment, and the job label of its series.
	Deployment string
	// PodLabels are the matchLabels of the Deployment's selector.
	PodLabels map[string]string
	// Container that serves HTTP.
	Container string
	// Image of the container.
	Image string
	// Port of the container.
	Port Port
	// Multiprocess is true for gunicorn with PROMETHEUS_MULTIPROC_DIR.
	Multiprocess bool
	// ScaledToZero is true while no pods are wanted. How many are wanted otherwise changes nothing we make.
	ScaledToZero bool
	Metrics      Metrics
	Health       Health
	// Service that selects the pods and leads to Port; nil if there is none.
	Service *Service
	// Hosts are URLs of the live path through Ingress and HTTPRoute hosts, sorted.
	Hosts []string
}

// Port of a container.
type Port struct {
	// Name is empty for a port without a name.
	Name   string
	Number int32
}

// Service leads to the pods of a backend.
type Service struct {
	Name   string
	Labels map[string]string
	// Port is the number under which the Service offers the container port.
	Port int32
	// PortName is empty for a Service with one port without a name.
	PortName string
}

// Metrics is how a backend is scraped.
type Metrics struct {
	Path string
	// Interval and Timeout are Prometheus durations.
	Interval, Timeout string
	SampleLimit       int64
	// ExcludedViews is an RE2 expression of views that are no user traffic.
	ExcludedViews string
	// Migrations is true where the backend exports how many of them are missing.
	Migrations bool
}

// Health names the health endpoints of a backend.
type Health struct {
	// Live, Ready and Full are paths.
	Live, Ready, Full string
	// Components are keys under services in the JSON of Full, sorted.
	Components []string
	// Host is the Host header of probes; empty: the probed address.
	Host string
}

// Probes is how health questions are asked.
type Probes struct {
	Enabled bool
	// Managed is true when the operator runs the blackbox exporter.
	Managed bool
	// URL of the blackbox exporter; a path in it is the prefix of a proxy. Set in both cases.
	URL string
	// Image of the managed exporter.
	Image string
	// Interval and Timeout are Prometheus durations.
	Interval, Timeout string
}

// Select holds, for each kind Prometheus selects, the labels our objects need; nil maps if none.
type Select struct {
	ServiceMonitors, PodMonitors, Probes, Rules map[string]string
	// Held is true while it is not known which labels are right: monitors, probes and rules are
	// then left as they are.
	Held bool
	// Namespaces of the Prometheus resources that were found, sorted; empty: not known.
	Namespaces []string
	// AlertmanagerConfigs are the labels an Alertmanager selects by; nil if none.
	AlertmanagerConfigs map[string]string
	// ConfigsHeld is Held for what an Alertmanager selects.
	ConfigsHeld bool
}

// Retention is how long a Prometheus keeps its samples.
type Retention struct {
	// Time is 0 if it is not known: no Prometheus was found, or only the size on disk is limited.
	Time time.Duration
	// Prometheus is namespace/name.
	Prometheus string
}

// Objective is a share of good events that is promised.
type Objective struct {
	Name string
	// Entries of spec.backends it is for; empty: all.
	Entries []string
	Type    tuxv1alpha1.IndicatorType
	// Source is set for every type, Metrics where there is no choice.
	Source tuxv1alpha1.IndicatorSource
	// Target in percent, for example 99.5.
	Target string
	// Window of the error budget, a Prometheus duration in whole days.
	Window string
	// Threshold of Latency in seconds.
	Threshold string
	// Errors and Total of Ratio.
	Errors, Total Counters
	// MinRequests is the smallest number of events in the long window of a burn alert.
	MinRequests int
	// Pages and Tickets say which alerts there are.
	Pages, Tickets bool
}

// Counters selects counters of a backend.
type Counters struct {
	Name string
	// Matchers beside namespace and job, as PromQL.
	Matchers []string
	// Job is the matcher of job, as PromQL; empty: the backend.
	Job string
}

// For says whether the objective is one of b. What is asked on the way users take needs such a way.
func (o *Objective) For(b *Backend) bool {
	if o.Source == tuxv1alpha1.SourceProbes && !b.HasEntry() {
		return false
	}
	return len(o.Entries) == 0 || slices.Contains(o.Entries, b.Entry)
}

// HasEntry says whether anything leads users to the pods.
func (b *Backend) HasEntry() bool { return b.Service != nil || len(b.Hosts) > 0 }

// HasCertificate says whether users come by https to any host. What TLS a Service may speak behind it is not
// asked: pods are asked by plain HTTP.
func (b *Backend) HasCertificate() bool {
	return slices.ContainsFunc(b.Hosts, func(url string) bool { return strings.HasPrefix(url, "https://") })
}

// Alerts are the adjustments to the catalogue.
type Alerts struct {
	// Disabled and Overrides name catalogue alerts; unknown names were reported and are gone.
	Disabled  map[string]bool
	Overrides map[string]Override
	// Groups are additional rule groups that Prometheus accepts, sorted by name.
	Groups []tuxv1alpha1.RuleGroup
}

// Override changes knobs of one catalogue alert; empty means unchanged.
type Override struct{ Threshold, For, Window, Severity string }

// Dashboards is which dashboards there are and where they go.
type Dashboards struct {
	Enabled bool
	// Include picks dashboards; empty: all.
	Include  []tuxv1alpha1.DashboardName
	Delivery tuxv1alpha1.Delivery
	Folder   string
	// Labels make the Grafana sidecar load the ConfigMaps; nil with another delivery.
	Labels map[string]string
	// Instances are labels of the Grafanas that grafana-operator brings the dashboards to; nil with another
	// delivery.
	Instances map[string]string
}

// Duration parses a Prometheus duration such as 1h30m. A text that is none gives 0: the API refused
// it before.
func Duration(text string) time.Duration {
	d, err := model.ParseDuration(text)
	if err != nil {
		return 0
	}
	return time.Duration(d)
}
