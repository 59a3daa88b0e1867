package env

import (
	"maps"

	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// The labels of everything we create. app.kubernetes.io/instance is not among them on purpose: Argo
// CD tracks by it and would prune our objects.
const (
	ManagedByLabel   = "app.kubernetes.io/managed-by"
	ManagedByValue   = "tuxmonitoring"
	PartOfLabel      = "app.kubernetes.io/part-of"
	PartOfValue      = "tux-monitoring"
	NameLabel        = "app.kubernetes.io/name"
	OwnerLabel       = "monitoring.tux.io/owner"
	OutputLabel      = "monitoring.tux.io/output"
	EnvironmentLabel = "monitoring.tux.io/environment"
	BackendLabel     = "monitoring.tux.io/backend"
	// DocumentLabel is on what several resources have in common, and which none of them owns.
	DocumentLabel = "monitoring.tux.io/document"
	DocumentLogs  = "log-retention"
	// DocumentPromises is the value on what only the operator reads.
	DocumentPromises = "log-promises"
	// SealsLabel names the resource whose seals a ConfigMap has.
	SealsLabel = "monitoring.tux.io/seals"
	// RecordLabel is on what stays of something that was done, and has no owner.
	RecordLabel   = "monitoring.tux.io/record"
	RecordErasure = "log-erasure"
	// ModulesHashAnnotation restarts the managed blackbox exporter, which does not reload, when its
	// modules change.
	ModulesHashAnnotation = "monitoring.tux.io/modules-hash"
	// FolderAnnotation is read by the Grafana sidecar.
	FolderAnnotation = "grafana_folder"
)

// FieldManager owns the fields we apply.
const FieldManager = "tuxmonitoring"

// The names of the outputs; values of OutputLabel.
const (
	OutputMonitors   = "monitors"
	OutputProbes     = "probes"
	OutputRules      = "rules"
	OutputDashboards = "dashboards"
	OutputRouting    = "routing"
	OutputVariables  = "variables"
	OutputCollector  = "collector"
	OutputLogAlerts  = "log-alerts"
)

// RunbookBase is where the page of each alert is; the file is <Alert>.md.
const RunbookBase = "https://github.com/tux-io/tux-monitoring-operator/blob/main/docs/alerts/"

// RunbookURL of an alert.
func RunbookURL(alert string) string { return RunbookBase + alert + ".md" }

// MonitoringType is apiVersion and kind of an object of prometheus-operator.
func MonitoringType(kind string) metav1.TypeMeta {
	return metav1.TypeMeta{APIVersion: monitoringv1.SchemeGroupVersion.String(), Kind: kind}
}

// The kinds of grafana-operator we write.
const (
	GrafanaDashboardKind = "GrafanaDashboard"
	GrafanaFolderKind    = "GrafanaFolder"
)

// GrafanaVersion is the group and version of grafana-operator.
var GrafanaVersion = schema.GroupVersion{Group: "grafana.integreatly.org", Version: "v1beta1"}

// The static labels every alert carries, so that Alertmanager can route and inhibit by them whatever
// the expression leaves.
const (
	AlertNamespace   = "namespace"
	AlertEnvironment = "environment"
	// AlertBackend is on the alerts of one backend.
	AlertBackend  = "backend"
	AlertSeverity = "severity"
)

// Meta returns the metadata of an object of the environment: its name is that of the resource and
// suffix, its labels are ours and extra, ours winning.
func (e *Environment) Meta(output, suffix string, extra map[string]string) metav1.ObjectMeta {
	labels := map[string]string{}
	maps.Copy(labels, extra)
	maps.Copy(labels, map[string]string{
		ManagedByLabel:   ManagedByValue,
		PartOfLabel:      PartOfValue,
		OwnerLabel:       e.Name,
		OutputLabel:      output,
		EnvironmentLabel: e.Title,
	})
	return metav1.ObjectMeta{Name: e.Name + "-" + suffix, Namespace: e.Namespace, Labels: labels}
}

// BackendMeta is Meta for an object that belongs to one backend.
func (e *Environment) BackendMeta(output string, b *Backend, suffix string, extra map[string]string) metav1.ObjectMeta {
	name := b.Deployment
	if suffix != "" {
		name += "-" + suffix
	}
	meta := e.Meta(output, name, extra)
	meta.Labels[BackendLabel] = b.Entry
	return meta
}

// The health questions asked of every pod, and the one asked on the way users take.
const (
	QuestionLive  = "live"
	QuestionReady = "ready"
	QuestionFull  = "full"
	QuestionEntry = "entry"
)

// Job is the job label of the probes of one question, which is a Question constant or a component.
func (b *Backend) Job(question string) string { return b.Deployment + "-" + question }

// Questions returns every question asked of each pod of b, in the order they are shown.
func (b *Backend) Questions() []string {
	return append([]string{QuestionLive, QuestionReady, QuestionFull}, b.Health.Components...)
}

// ExporterName is the name of the managed blackbox exporter and all its objects.
func (e *Environment) ExporterName() string { return e.Name + "-blackbox" }
