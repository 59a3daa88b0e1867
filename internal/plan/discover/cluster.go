package discover

import (
	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	tuxv1alpha1 "github.com/tux-io/tux-monitoring-operator/api/v1alpha1"
	"github.com/tux-io/tux-monitoring-operator/internal/fault"
)

// Cluster holds the objects a plan may look at. All but Prometheuses, Alertmanagers and Gateways are of
// the namespace of the resource. The order of the slices does not matter.
type Cluster struct {
	// NamespaceLabels are the labels of the namespace of the resource.
	NamespaceLabels map[string]string
	Deployments     []appsv1.Deployment
	Services        []corev1.Service
	Ingresses       []networkingv1.Ingress
	// HTTPRoutes and Gateways are of gateway.networking.k8s.io/v1; empty where that is not installed.
	HTTPRoutes, Gateways []unstructured.Unstructured
	// Prometheuses are those of the whole cluster.
	Prometheuses []monitoringv1.Prometheus
	// PrometheusCRDMissing is true where Prometheus resources cannot exist yet.
	PrometheusCRDMissing bool
	// Alertmanagers are those of the whole cluster.
	Alertmanagers []monitoringv1.Alertmanager
	// AlertmanagerCRDMissing is true where Alertmanager resources cannot exist yet.
	AlertmanagerCRDMissing bool
}

// backendFinding is a finding about one field of one entry of spec.backends.
func backendFinding(entry, field, reason, message string, waiting bool) fault.Finding {
	return fault.Finding{
		Area:    tuxv1alpha1.ConditionBackendsDiscovered,
		Reason:  reason,
		Path:    "spec.backends[" + entry + "]" + field,
		Message: message,
		Waiting: waiting,
	}
}
