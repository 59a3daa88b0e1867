package probes

import (
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
)

const (
	exporterName = "blackbox-exporter"
	// ExporterPort is where the Service of the managed exporter answers.
	ExporterPort = 9115
	portName     = "http"
	modulesPath  = "/etc/blackbox"
	modulesName  = "modules"
	healthyPath  = "/-/healthy"
)

// podLabels select the pods of the managed exporter. They must never change: the selector of a
// Deployment cannot be.
func podLabels(e *env.Environment) map[string]string {
	return map[string]string{env.NameLabel: exporterName, env.OwnerLabel: e.Name}
}

// deployment runs the exporter. Every field the API server would default is written out here and in
// pod.go, so that what we own is what we said.
//
// One replica is enough: losing it loses no data but the next probes, and the alert on missing
// probes says so. A new pod is ready before the old one goes.
func deployment(e *env.Environment, modules string) *appsv1.Deployment {
	return &appsv1.Deployment{
		TypeMeta:   metav1.TypeMeta{APIVersion: "apps/v1", Kind: "Deployment"},
		ObjectMeta: exporterMeta(e),
		Spec: appsv1.DeploymentSpec{
			Replicas:                new(int32(1)),
			RevisionHistoryLimit:    new(int32(3)),
			ProgressDeadlineSeconds: new(int32(600)),
			Selector:                &metav1.LabelSelector{MatchLabels: podLabels(e)},
			Strategy: appsv1.DeploymentStrategy{
				Type:          appsv1.RollingUpdateDeploymentStrategyType,
				RollingUpdate: &appsv1.RollingUpdateDeployment{MaxSurge: new(intstr.FromInt32(1)), MaxUnavailable: new(intstr.FromInt32(0))},
			},
			Template: corev1.PodTemplateSpec{
				ObjectMeta: metav1.ObjectMeta{
					Labels:      podLabels(e),
					Annotations: map[string]string{env.ModulesHashAnnotation: modulesHash(modules)},
				},
				Spec: podSpec(e),
			},
		},
	}
}

// service is the address Prometheus reaches the exporter by. clusterIP and ipFamilies are the
// cluster's to choose.
func service(e *env.Environment) *corev1.Service {
	return &corev1.Service{
		TypeMeta:   metav1.TypeMeta{APIVersion: "v1", Kind: "Service"},
		ObjectMeta: exporterMeta(e),
		Spec: corev1.ServiceSpec{
			Type:                  corev1.ServiceTypeClusterIP,
			Selector:              podLabels(e),
			SessionAffinity:       corev1.ServiceAffinityNone,
			InternalTrafficPolicy: new(corev1.ServiceInternalTrafficPolicyCluster),
			Ports: []corev1.ServicePort{{
				Name:       portName,
				Port:       ExporterPort,
				TargetPort: intstr.FromString(portName),
				Protocol:   corev1.ProtocolTCP,
			}},
		},
	}
}

func exporterMeta(e *env.Environment) metav1.ObjectMeta {
	return e.Meta(env.OutputProbes, "blackbox", map[string]string{env.NameLabel: exporterName})
}
