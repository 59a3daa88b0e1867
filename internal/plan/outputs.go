package plan

import (
	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	monitoringv1alpha1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1alpha1"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/tux-io/tux-monitoring-operator/internal/plan/dashboards"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/logalerts"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/logcollector"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/monitors"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/probes"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/routing"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/rules"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/variables"
)

// Output is one thing we produce.
type Output struct {
	// Name is the value of the output label and the name in status.
	Name string
	// Kinds an output may consist of: they drive watches, the scope of pruning and the RBAC test.
	Kinds []schema.GroupVersionKind
	// Selected says who must select the objects by labels; such an output is left as it is while it is
	// not known which labels are right.
	Selected selected
	// Render returns everything that shall exist; what it leaves out is deleted.
	Render func(*env.Environment) ([]env.Object, error)
}

// selected is who selects the objects of an output by labels.
type selected string

const (
	byNobody       selected = ""
	byPrometheus   selected = "Prometheus"
	byAlertmanager selected = "Alertmanager"
)

// Outputs is everything we produce, in the order it is applied.
var Outputs = []Output{
	// Does Django report its numbers.
	{env.OutputMonitors, kinds(serviceMonitorKind, podMonitorKind), byPrometheus, monitors.Render},
	// Is every pod healthy, and does the way users take lead to one.
	{env.OutputProbes,
		kinds(configMapKind, deploymentKind, serviceKind, networkPolicyKind, podMonitorKind, probeKind), byPrometheus, probes.Render},
	// When does somebody get called.
	{env.OutputRules, kinds(ruleKind), byPrometheus, rules.Render},
	// Who is that somebody.
	{env.OutputRouting, kinds(alertmanagerConfigKind), byAlertmanager, routing.Render},
	// What does that somebody look at.
	{env.OutputDashboards, kinds(configMapKind, grafanaDashboardKind, grafanaFolderKind), byNobody, dashboards.Render},
	// What do the backends read when they start.
	{env.OutputVariables, kinds(configMapKind, secretKind), byNobody, variables.Render},
	// Who brings their lines to the log store, and what is taken out of them.
	{env.OutputCollector, kinds(configMapKind, collectorKind), byNobody, logcollector.Render},
	// What do lines tell that no metric does.
	{env.OutputLogAlerts, kinds(configMapKind, alertingRuleKind), byNobody, logalerts.Render},
}

var (
	serviceMonitorKind     = monitoringv1.SchemeGroupVersion.WithKind(monitoringv1.ServiceMonitorsKind)
	podMonitorKind         = monitoringv1.SchemeGroupVersion.WithKind(monitoringv1.PodMonitorsKind)
	probeKind              = monitoringv1.SchemeGroupVersion.WithKind(monitoringv1.ProbesKind)
	ruleKind               = monitoringv1.SchemeGroupVersion.WithKind(monitoringv1.PrometheusRuleKind)
	alertmanagerConfigKind = monitoringv1alpha1.SchemeGroupVersion.WithKind(monitoringv1alpha1.AlertmanagerConfigKind)
	grafanaDashboardKind   = env.GrafanaVersion.WithKind(env.GrafanaDashboardKind)
	grafanaFolderKind      = env.GrafanaVersion.WithKind(env.GrafanaFolderKind)
	alertingRuleKind       = env.LokiVersion.WithKind(env.AlertingRuleKind)
	collectorKind          = env.CollectorVersion.WithKind(env.CollectorKind)
	configMapKind          = corev1.SchemeGroupVersion.WithKind("ConfigMap")
	secretKind             = corev1.SchemeGroupVersion.WithKind("Secret")
	serviceKind            = corev1.SchemeGroupVersion.WithKind("Service")
	deploymentKind         = appsv1.SchemeGroupVersion.WithKind("Deployment")
	networkPolicyKind      = networkingv1.SchemeGroupVersion.WithKind("NetworkPolicy")
)

func kinds(list ...schema.GroupVersionKind) []schema.GroupVersionKind { return list }
