package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// Mode says what the operator may do.
// +kubebuilder:validation:Enum=Enforce;Plan;Suspended
type Mode string

// The modes of a TuxMonitoring.
const (
	// ModeEnforce creates, repairs and deletes. The default.
	ModeEnforce Mode = "Enforce"
	// ModePlan writes nothing but status, where it lists what Enforce would do.
	ModePlan Mode = "Plan"
	// ModeSuspended leaves everything as it is.
	ModeSuspended Mode = "Suspended"
)

// State switches an output.
// +kubebuilder:validation:Enum=Enabled;Disabled
type State string

// The states of an output.
const (
	// StateEnabled renders the output. The default.
	StateEnabled State = "Enabled"
	// StateDisabled renders nothing and deletes what was there.
	StateDisabled State = "Disabled"
)

// ProcessModel says how the backend's Python processes share one metrics endpoint.
// +kubebuilder:validation:Enum=Auto;Single;Multiprocess
type ProcessModel string

// The process models of a backend.
const (
	// ProcessModelAuto looks for PROMETHEUS_MULTIPROC_DIR in the pod template. The default.
	ProcessModelAuto ProcessModel = "Auto"
	// ProcessModelSingle is one process per pod: process_* and python_* metrics exist.
	ProcessModelSingle ProcessModel = "Single"
	// ProcessModelMultiprocess is gunicorn with PROMETHEUS_MULTIPROC_DIR: no process_*, gauges gain pid.
	ProcessModelMultiprocess ProcessModel = "Multiprocess"
)

// MigrationsState says whether a backend exports how many migrations are missing.
// +kubebuilder:validation:Enum=Exported;NotExported
type MigrationsState string

// The states of the migration gauge.
const (
	// MigrationsExported says that django_migrations_unapplied_total is there.
	MigrationsExported MigrationsState = "Exported"
	// MigrationsNotExported says that it is not. The default.
	MigrationsNotExported MigrationsState = "NotExported"
)

// Exporter says whose blackbox exporter asks the health questions.
// +kubebuilder:validation:Enum=Managed;External
type Exporter string

// The exporters of probes.
const (
	// ExporterManaged runs a blackbox exporter in the namespace of the resource. The default.
	ExporterManaged Exporter = "Managed"
	// ExporterExternal uses the one at probes.url.
	ExporterExternal Exporter = "External"
)

// Severity of an alert.
// +kubebuilder:validation:Enum=critical;warning;info
type Severity string

// The severities of the catalogue.
const (
	// SeverityCritical wakes somebody up.
	SeverityCritical Severity = "critical"
	// SeverityWarning is looked at in working hours.
	SeverityWarning Severity = "warning"
	// SeverityInfo is for a feed.
	SeverityInfo Severity = "info"
)

// TuxMonitoringSpec is the wanted monitoring of one environment.
// +kubebuilder:validation:XValidation:rule="!has(self.objectives) || self.objectives.all(o, !has(o.backends) || o.backends.all(b, self.backends.exists(e, e.name == b)))",message="objectives[].backends must be names of entries of backends"
type TuxMonitoringSpec struct {
	// environment names the environment in alerts, dashboards and labels, for example production.
	// If unset: the namespace of the resource.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	// +kubebuilder:validation:Pattern=`^[a-z0-9]([-a-z0-9]*[a-z0-9])?$`
	Environment string `json:"environment,omitempty"`

	// mode says what the operator may do: Enforce applies, Plan writes nothing and lists in status
	// what Enforce would do, Suspended leaves everything as it is. If unset: Enforce.
	// +optional
	Mode Mode `json:"mode,omitempty"`

	// backends are the TUX backends of this environment, each one or more Deployments of the
	// namespace of the resource.
	// +required
	// +listType=map
	// +listMapKey=name
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=20
	Backends []Backend `json:"backends,omitempty"`

	// probes says how the health questions are asked. If unset: by a managed blackbox exporter,
	// every 30s.
	// +optional
	Probes *Probes `json:"probes,omitempty"`

	// prometheus says which Prometheus shall select our objects. If unset: the Prometheus resources
	// of the cluster are looked at, and our objects get the labels they select by.
	// +optional
	Prometheus *Prometheus `json:"prometheus,omitempty"`

	// objectives are the shares of good events that are promised; each becomes an error budget and burn
	// alerts. availability, latency and propagation are there by themselves, an entry of such a name
	// changes that one. If unset: those three, 99.5, 95 and 99 percent over 28d.
	// +optional
	// +listType=map
	// +listMapKey=name
	// +kubebuilder:validation:MaxItems=16
	Objectives []Objective `json:"objectives,omitempty"`

	// workspaces says how many tenants there are, and which of them are looked at one by one. If unset:
	// label workspace_id, limit 500, top 20.
	// +optional
	Workspaces *Workspaces `json:"workspaces,omitempty"`

	// alerts adjusts the alerts of the catalogue and adds rules of your own. If unset: the whole
	// catalogue with its default thresholds.
	// +optional
	Alerts *Alerts `json:"alerts,omitempty"`

	// routing says who hears of the alerts, as an AlertmanagerConfig. If unset: none is made, and
	// whoever routes alerts in the cluster routes these.
	// +optional
	Routing *Routing `json:"routing,omitempty"`

	// dashboards says where the Grafana dashboards go. If unset: into ConfigMaps that the Grafana
	// sidecar loads with its stock settings.
	// +optional
	Dashboards *Dashboards `json:"dashboards,omitempty"`

	// sentry keeps a Sentry project in the declared state and gives its DSN to the backends. If unset:
	// Sentry is not asked for anything.
	// +optional
	Sentry *Sentry `json:"sentry,omitempty"`

	// logs says how long which logs live in the log store. If unset: no log store is told or asked anything.
	// +optional
	Logs *Logs `json:"logs,omitempty"`
}

// Backend is one TUX backend: a Deployment by name, or every Deployment a selector finds.
// +kubebuilder:validation:XValidation:rule="has(self.deployment) != has(self.selector)",message="exactly one of deployment and selector must be set"
type Backend struct {
	// name of this entry, unique within the resource.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=40
	// +kubebuilder:validation:Pattern=`^[a-z0-9]([-a-z0-9]*[a-z0-9])?$`
	Name string `json:"name,omitempty"`

	// deployment is the name of the Deployment. Exactly one of deployment and selector must be set.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	// +kubebuilder:validation:Pattern=`^[a-z0-9]([-a-z0-9]*[a-z0-9])?$`
	Deployment string `json:"deployment,omitempty"`

	// selector finds Deployments by their labels; each becomes a backend of its own. Exactly one of
	// deployment and selector must be set.
	// +optional
	Selector *DeploymentSelector `json:"selector,omitempty"`

	// port of the container that serves HTTP, as a container port name or number. If unset: the
	// container port named http, web or gunicorn, else the only one.
	// +optional
	// +kubebuilder:validation:XValidation:rule="type(self) == string ? self.size() >= 1 && self.size() <= 15 : self >= 1 && self <= 65535",message="must be the name of a container port, which has at most 15 characters, or a number from 1 to 65535"
	Port *intstr.IntOrString `json:"port,omitempty"`

	// processModel says whether one process or several gunicorn workers answer /metrics. If unset:
	// Auto, which looks for the environment variable PROMETHEUS_MULTIPROC_DIR.
	// +optional
	ProcessModel ProcessModel `json:"processModel,omitempty"`

	// metrics says how django-prometheus is scraped. If unset: /metrics every 30s.
	// +optional
	Metrics *Metrics `json:"metrics,omitempty"`

	// health names the health endpoints. If unset: those of the TUX app kit.
	// +optional
	Health *Health `json:"health,omitempty"`
}

// DeploymentSelector finds Deployments by labels; all its terms must hold.
// +kubebuilder:validation:XValidation:rule="has(self.matchLabels) || has(self.matchExpressions)",message="at least one of matchLabels and matchExpressions must be set"
type DeploymentSelector struct {
	// matchLabels must all be on the Deployment. If unset: only matchExpressions decide.
	// +optional
	// +kubebuilder:validation:MinProperties=1
	// +kubebuilder:validation:MaxProperties=16
	MatchLabels map[string]LabelValue `json:"matchLabels,omitempty"`

	// matchExpressions must all hold for the labels of the Deployment. If unset: only matchLabels
	// decide.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=16
	MatchExpressions []SelectorRequirement `json:"matchExpressions,omitempty"`
}

// LabelValue is the value of a Kubernetes label.
// +kubebuilder:validation:MaxLength=63
// +kubebuilder:validation:Pattern=`^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$`
type LabelValue string

// ObjectLabels are labels put on objects of ours, beside those that say whose they are.
// +kubebuilder:validation:MinProperties=1
// +kubebuilder:validation:MaxProperties=16
// +kubebuilder:validation:XValidation:rule="self.all(k, k.size() <= 316 && k.matches('^([a-z0-9]([-a-z0-9.]*[a-z0-9])?/)?[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$') && !k.startsWith('monitoring.tux.io/') && k != 'app.kubernetes.io/managed-by' && k != 'app.kubernetes.io/instance')",message="keys must be label names, and monitoring.tux.io/*, app.kubernetes.io/managed-by and app.kubernetes.io/instance are not yours to set"
type ObjectLabels map[string]LabelValue

// Strings returns the labels as Kubernetes types hold them.
func (l ObjectLabels) Strings() map[string]string {
	out := make(map[string]string, len(l))
	for key, value := range l {
		out[key] = string(value)
	}
	return out
}

// SelectorRequirement is one term of a selector.
// +kubebuilder:validation:XValidation:rule="(self.operator in ['In', 'NotIn']) == (has(self.values) && size(self.values) > 0)",message="values must be set for the operators In and NotIn, and only for those"
type SelectorRequirement struct {
	// key of the label.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=316
	// +kubebuilder:validation:Pattern=`^([a-z0-9]([-a-z0-9.]*[a-z0-9])?/)?[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$`
	Key string `json:"key,omitempty"`

	// operator relates the label to values.
	// +required
	// +kubebuilder:validation:Enum=In;NotIn;Exists;DoesNotExist
	Operator string `json:"operator,omitempty"`

	// values for In and NotIn. If unset: none, which only Exists and DoesNotExist allow.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=16
	Values []LabelValue `json:"values,omitempty"`
}

// Metrics says how one backend is scraped.
type Metrics struct {
	// path of the metrics endpoint. django-prometheus serves it without a trailing slash. If unset:
	// /metrics.
	// +optional
	// +kubebuilder:validation:MaxLength=256
	// +kubebuilder:validation:Pattern=`^/[-A-Za-z0-9._~/]*$`
	Path string `json:"path,omitempty"`

	// interval between scrapes, a Prometheus duration. If unset: 30s.
	// +optional
	Interval Duration `json:"interval,omitempty"`

	// sampleLimit is the largest number of samples one pod may return; a scrape above it is lost as
	// a whole, so it is a fuse against a label explosion and not a quota. If unset: 700 samples of
	// django-prometheus and 31 for each workspace of workspaces.limit, which is 16200 for 500.
	// +optional
	// +kubebuilder:validation:Minimum=100
	// +kubebuilder:validation:Maximum=1000000
	SampleLimit int64 `json:"sampleLimit,omitempty"`

	// excludedViews is a regular expression (RE2, anchored) of Django views that are no user
	// traffic; requests to them are left out of request, error and latency rules. If unset: the
	// metrics view and every view whose name begins with health.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=512
	// +kubebuilder:validation:Pattern=`^\P{C}+$`
	ExcludedViews string `json:"excludedViews,omitempty"`

	// migrations says whether the backend exports django_migrations_unapplied_total, which
	// TuxMigrationsUnapplied reads: Exported or NotExported. django-prometheus exports it if
	// PROMETHEUS_EXPORT_MIGRATIONS is True, which is the default up to 2.2 and not from 2.3 on; the TUX
	// app kit exports it by itself. If unset: NotExported, and the alert is left out.
	// +optional
	Migrations MigrationsState `json:"migrations,omitempty"`
}

// Health names the health endpoints of one backend.
// +kubebuilder:validation:XValidation:rule="!has(self.components) || !self.components.exists(c, c in ['live', 'ready', 'full', 'entry'])",message="components must not contain live, ready, full or entry: those are questions of their own"
type Health struct {
	// live is the path that answers 200 while the process works. If unset: /health/live/.
	// +optional
	Live HealthPath `json:"live,omitempty"`

	// ready is the path that answers 200 while the pod can serve. If unset: /health/ready/.
	// +optional
	Ready HealthPath `json:"ready,omitempty"`

	// full is the path that answers with the state of every component as JSON. If unset: /health/.
	// +optional
	Full HealthPath `json:"full,omitempty"`

	// components are the keys under services in the JSON of full; each becomes a probe of its own.
	// If unset: database, cache, string_propagation and workspace_isolation.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=16
	Components []ComponentName `json:"components,omitempty"`

	// host is sent as the Host header by probes, for a backend whose ALLOWED_HOSTS does not contain
	// pod addresses. If unset: the address that is probed.
	// +optional
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:Pattern=`^[A-Za-z0-9]([-A-Za-z0-9.]*[A-Za-z0-9])?$`
	Host string `json:"host,omitempty"`
}

// HealthPath is the path of a health endpoint.
// +kubebuilder:validation:MaxLength=256
// +kubebuilder:validation:Pattern=`^/[-A-Za-z0-9._~/]*$`
type HealthPath string

// ComponentName is the key of one component in the health JSON.
// +kubebuilder:validation:MinLength=1
// +kubebuilder:validation:MaxLength=40
// +kubebuilder:validation:Pattern=`^[a-z][a-z0-9_]*$`
type ComponentName string

// Duration is a Prometheus duration such as 30s, 5m or 1h30m.
// +kubebuilder:validation:MaxLength=32
// +kubebuilder:validation:Pattern=`^(([0-9]+)y)?(([0-9]+)w)?(([0-9]+)d)?(([0-9]+)h)?(([0-9]+)m)?(([0-9]+)s)?(([0-9]+)ms)?$`
// +kubebuilder:validation:XValidation:rule="self.matches('[1-9]')",message="must be longer than zero, for example 30s"
type Duration string

// Probes says how the health questions are asked.
// +kubebuilder:validation:XValidation:rule="has(self.url) == (has(self.exporter) && self.exporter == 'External')",message="url must be set when exporter is External, and only then"
// +kubebuilder:validation:XValidation:rule="!has(self.image) || !has(self.exporter) || self.exporter == 'Managed'",message="image is only used when exporter is Managed"
type Probes struct {
	// state switches the probes, their modules and the managed exporter, and leaves the alerts that
	// need them out. If unset: Enabled.
	// +optional
	State State `json:"state,omitempty"`

	// exporter says whose blackbox exporter asks: Managed runs one, External uses the one at url.
	// If unset: Managed.
	// +optional
	Exporter Exporter `json:"exporter,omitempty"`

	// url of an external blackbox exporter, for example http://blackbox.monitoring:9115. It must
	// have loaded the modules of the ConfigMap that status names. If unset: the managed one is used.
	// +optional
	// +kubebuilder:validation:MaxLength=512
	// +kubebuilder:validation:Pattern=`^https?://[A-Za-z0-9]([-A-Za-z0-9.]*[A-Za-z0-9])?(:[0-9]{1,5})?(/[-A-Za-z0-9._~/]*)?$`
	URL string `json:"url,omitempty"`

	// image of the managed exporter. If unset: the blackbox exporter release the operator was tested
	// with.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=512
	// +kubebuilder:validation:Pattern=`^[A-Za-z0-9][-A-Za-z0-9._/:@]*$`
	Image string `json:"image,omitempty"`

	// interval between two probes of one question, a Prometheus duration. If unset: 30s.
	// +optional
	Interval Duration `json:"interval,omitempty"`

	// timeout of one probe, a Prometheus duration shorter than interval. If unset: 10s, or the
	// interval where that is shorter.
	// +optional
	Timeout Duration `json:"timeout,omitempty"`
}

// Prometheus says which Prometheus shall select our objects.
// +kubebuilder:validation:XValidation:rule="!(has(self.ref) && has(self.labels))",message="ref and labels cannot both be set: ref asks for the labels of one Prometheus resource, labels gives them"
type Prometheus struct {
	// ref names one Prometheus resource to be selected by. If unset: every Prometheus resource of
	// the cluster that can select from this namespace.
	// +optional
	Ref *PrometheusReference `json:"ref,omitempty"`

	// labels are put on every monitor, probe and rule instead of discovered ones. If unset: the
	// labels that the found Prometheus selects by.
	// +optional
	Labels ObjectLabels `json:"labels,omitempty"`
}

// PrometheusReference names a Prometheus resource.
type PrometheusReference struct {
	// name of the Prometheus resource.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	Name string `json:"name,omitempty"`

	// namespace of the Prometheus resource. If unset: the namespace of this resource.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	Namespace string `json:"namespace,omitempty"`
}

// Alerts adjusts the catalogue.
type Alerts struct {
	// disabled are names of catalogue alerts that are left out. If unset: none.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=64
	Disabled []AlertName `json:"disabled,omitempty"`

	// overrides change single knobs of catalogue alerts. If unset: none.
	// +optional
	// +listType=map
	// +listMapKey=name
	// +kubebuilder:validation:MaxItems=64
	Overrides []AlertOverride `json:"overrides,omitempty"`

	// additionalGroups are rule groups of your own, each put into a PrometheusRule of its own. A
	// group that Prometheus would refuse is left out and named in a condition. If unset: none.
	// +optional
	// +listType=map
	// +listMapKey=name
	// +kubebuilder:validation:MaxItems=32
	AdditionalGroups []RuleGroup `json:"additionalGroups,omitempty"`
}

// AlertName is the name of an alert.
// +kubebuilder:validation:MinLength=1
// +kubebuilder:validation:MaxLength=80
// +kubebuilder:validation:Pattern=`^[A-Z][A-Za-z0-9]*$`
type AlertName string

// AlertOverride changes single knobs of one catalogue alert.
// +kubebuilder:validation:XValidation:rule="has(self.threshold) || has(self.__for__) || has(self.window) || has(self.severity)",message="at least one of threshold, for, window and severity must be set"
type AlertOverride struct {
	// name of the catalogue alert, for example TuxHighErrorRate.
	// +required
	Name AlertName `json:"name,omitempty"`

	// threshold the value is compared with, in the unit docs/alerts.md names for the alert; a
	// decimal number as text, for example "0.05". If unset: that of the catalogue.
	// +optional
	// +kubebuilder:validation:MaxLength=20
	// +kubebuilder:validation:Pattern=`^[0-9]+(\.[0-9]+)?$`
	Threshold string `json:"threshold,omitempty"`

	// for is how long the expression must hold before the alert fires, a Prometheus duration. If
	// unset: that of the catalogue.
	// +optional
	For Duration `json:"for,omitempty"`

	// window is the span the expression looks back over, a Prometheus duration of at most 1d that
	// holds at least two scrapes or probes. Only for the alerts docs/alerts.md names a window for; it
	// says there what it means. If unset: that of the catalogue.
	// +optional
	Window Duration `json:"window,omitempty"`

	// severity replaces the severity label. If unset: that of the catalogue.
	// +optional
	Severity Severity `json:"severity,omitempty"`
}

// RuleGroup is a group of rules of your own.
type RuleGroup struct {
	// name of the group, unique within the resource.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	// +kubebuilder:validation:Pattern=`^[a-z0-9]([-a-z0-9]*[a-z0-9])?$`
	Name string `json:"name,omitempty"`

	// interval between evaluations, a Prometheus duration. If unset: the evaluation interval of the
	// Prometheus.
	// +optional
	Interval Duration `json:"interval,omitempty"`

	// rules of the group, evaluated in order.
	// +required
	// +listType=atomic
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=64
	Rules []Rule `json:"rules,omitempty"`
}

// Rule is one alerting or recording rule.
// +kubebuilder:validation:XValidation:rule="has(self.alert) != has(self.record)",message="exactly one of alert and record must be set"
// +kubebuilder:validation:XValidation:rule="!has(self.record) || (!has(self.__for__) && !has(self.annotations))",message="for and annotations are only allowed with alert"
type Rule struct {
	// alert is the name of the alert. Exactly one of alert and record must be set.
	// +optional
	Alert AlertName `json:"alert,omitempty"`

	// record is the name of the series to record. Exactly one of alert and record must be set.
	// +optional
	// +kubebuilder:validation:MaxLength=200
	// +kubebuilder:validation:Pattern=`^[a-zA-Z_:][a-zA-Z0-9_:]*$`
	Record string `json:"record,omitempty"`

	// expr is the PromQL expression.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=4096
	// +kubebuilder:validation:Pattern=`^[\P{C}\n\t]+$`
	Expr string `json:"expr,omitempty"`

	// for is how long expr must hold before the alert fires. If unset: it fires at once.
	// +optional
	For Duration `json:"for,omitempty"`

	// labels are added to the result. An alert also gets namespace and environment, so that it can
	// be routed. If unset: none of your own.
	// +optional
	// +kubebuilder:validation:MaxProperties=16
	Labels map[string]string `json:"labels,omitempty"`

	// annotations are added to the alert and may use the templates of Prometheus. If unset: none.
	// +optional
	// +kubebuilder:validation:MaxProperties=16
	Annotations map[string]string `json:"annotations,omitempty"`
}

// Dashboards says which Grafana dashboards there are and where they go.
// +kubebuilder:validation:XValidation:rule="!has(self.labels) || !has(self.delivery) || self.delivery == 'Sidecar'",message="labels are what a sidecar looks for: leave them out with delivery GrafanaOperator"
// +kubebuilder:validation:XValidation:rule="!has(self.instanceSelector) || (has(self.delivery) && self.delivery == 'GrafanaOperator')",message="instanceSelector selects resources of grafana-operator: set delivery to GrafanaOperator"
type Dashboards struct {
	// state switches the dashboards. If unset: Enabled.
	// +optional
	State State `json:"state,omitempty"`

	// include picks dashboards. If unset: all that can show something.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=8
	Include []DashboardName `json:"include,omitempty"`

	// delivery is how the dashboards come to Grafana. If unset: Sidecar.
	// +optional
	Delivery Delivery `json:"delivery,omitempty"`

	// folder in Grafana. With delivery Sidecar it is written as the annotation grafana_folder; with
	// GrafanaOperator it begins the title of a folder of this environment. If unset: TUX.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=100
	// +kubebuilder:validation:Pattern=`^\P{C}+$`
	Folder string `json:"folder,omitempty"`

	// labels make the Grafana sidecar load the ConfigMaps. If unset: grafana_dashboard with the
	// value 1, which is what the sidecar of the Grafana chart looks for.
	// +optional
	Labels ObjectLabels `json:"labels,omitempty"`

	// instanceSelector finds the Grafana resources that get the dashboards, in all namespaces. It cannot be
	// changed while they are there: grafana-operator refuses it. If unset: the label dashboards with the
	// value grafana, as in the examples of grafana-operator.
	// +optional
	InstanceSelector *InstanceSelector `json:"instanceSelector,omitempty"`
}

// InstanceSelector finds Grafana resources of grafana-operator by labels.
type InstanceSelector struct {
	// matchLabels must all be on the Grafana.
	// +required
	// +kubebuilder:validation:MinProperties=1
	// +kubebuilder:validation:MaxProperties=16
	MatchLabels map[string]LabelValue `json:"matchLabels"`
}

// DashboardName names a dashboard.
// +kubebuilder:validation:Enum=Overview;HTTP;Objectives;Health;DatabaseAndCache;Business;Saturation;Monitoring
type DashboardName string

// The dashboards.
const (
	// DashboardOverview says whether the environment is well, what burns and what fires.
	DashboardOverview DashboardName = "Overview"
	// DashboardHTTP is about requests, errors and response times by view.
	DashboardHTTP DashboardName = "HTTP"
	// DashboardObjectives is about error budgets and burn rates.
	DashboardObjectives DashboardName = "Objectives"
	// DashboardHealth is about what the health endpoints answer.
	DashboardHealth DashboardName = "Health"
	// DashboardDatabaseAndCache is about statements, connections and caches.
	DashboardDatabaseAndCache DashboardName = "DatabaseAndCache"
	// DashboardBusiness is about string generation, propagation jobs and workspaces.
	DashboardBusiness DashboardName = "Business"
	// DashboardSaturation is about what pods need.
	DashboardSaturation DashboardName = "Saturation"
	// DashboardMonitoring is about targets, series, rules and the operator.
	DashboardMonitoring DashboardName = "Monitoring"
)

// Delivery is how dashboards come to Grafana.
// +kubebuilder:validation:Enum=Sidecar;GrafanaOperator
type Delivery string

// The deliveries.
const (
	// DeliverySidecar writes ConfigMaps for the sidecar of the Grafana chart. The default.
	DeliverySidecar Delivery = "Sidecar"
	// DeliveryGrafanaOperator writes GrafanaDashboards and a GrafanaFolder for grafana-operator.
	DeliveryGrafanaOperator Delivery = "GrafanaOperator"
)

// TuxMonitoring is the monitoring of one environment: for every backend Deployment it becomes
// scrape monitors, probes, rules and dashboards in the same namespace, and says whether they can work.
//
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:metadata:annotations="kustomize.toolkit.fluxcd.io/substitute=disabled"
// +kubebuilder:resource:path=tuxmonitorings,singular=tuxmonitoring,shortName=tuxmon,categories=tux
// +kubebuilder:printcolumn:name="Environment",type=string,JSONPath=`.status.summary.environment`
// +kubebuilder:printcolumn:name="Ready",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].status`
// +kubebuilder:printcolumn:name="Reason",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].reason`
// +kubebuilder:printcolumn:name="Backends",type=string,JSONPath=`.status.summary.backends`
// +kubebuilder:printcolumn:name="Prometheus",type=string,JSONPath=`.status.summary.prometheus`
// +kubebuilder:printcolumn:name="Objects",type=string,JSONPath=`.status.summary.objects`
// +kubebuilder:printcolumn:name="Alerts",type=integer,JSONPath=`.status.summary.alerts`
// +kubebuilder:printcolumn:name="Panels",type=integer,JSONPath=`.status.summary.panels`
// +kubebuilder:printcolumn:name="Sentry",type=string,JSONPath=`.status.summary.sentry`
// +kubebuilder:printcolumn:name="Logs",type=string,JSONPath=`.status.summary.logs`
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`
// +kubebuilder:printcolumn:name="Mode",type=string,priority=1,JSONPath=`.spec.mode`
// +kubebuilder:printcolumn:name="Message",type=string,priority=1,JSONPath=`.status.conditions[?(@.type=="Ready")].message`
// +kubebuilder:validation:XValidation:rule="self.metadata.name.matches('^[a-z]([-a-z0-9]{0,38}[a-z0-9])?$')",message="metadata.name must begin with a letter and have at most 40 lower case letters, digits and hyphens: names of Services are made from it"
type TuxMonitoring struct {
	metav1.TypeMeta `json:",inline"`
	// metadata is the standard object's metadata.
	// +optional
	metav1.ObjectMeta `json:"metadata,omitempty"`

	// spec is the wanted monitoring.
	// +required
	Spec TuxMonitoringSpec `json:"spec,omitempty"`

	// status is what was found and done. Its default keeps tools that wait from taking a resource
	// nobody has reconciled for a healthy one.
	// +optional
	// +kubebuilder:default={"observedGeneration":-1}
	Status TuxMonitoringStatus `json:"status,omitempty"`
}

// GetConditions returns the conditions of the status.
func (t *TuxMonitoring) GetConditions() []metav1.Condition { return t.Status.Conditions }

// TuxMonitoringList is a list of TuxMonitorings.
// +kubebuilder:object:root=true
type TuxMonitoringList struct {
	metav1.TypeMeta `json:",inline"`
	// metadata is the standard list's metadata.
	metav1.ListMeta `json:"metadata,omitempty"`
	// items of the list.
	Items []TuxMonitoring `json:"items"`
}
