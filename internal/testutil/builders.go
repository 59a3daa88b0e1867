package testutil

import (
	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	tuxv1alpha1 "github.com/tux-io/tux-monitoring-operator/api/v1alpha1"
)

// Tux returns the ten-line resource: one backend, everything else unset.
func Tux(namespace, name string) *tuxv1alpha1.TuxMonitoring {
	return &tuxv1alpha1.TuxMonitoring{
		TypeMeta:   metav1.TypeMeta{APIVersion: tuxv1alpha1.GroupVersion.String(), Kind: tuxv1alpha1.Kind},
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name},
		Spec:       tuxv1alpha1.TuxMonitoringSpec{Backends: []tuxv1alpha1.Backend{{Name: "web", Deployment: "tux-backend"}}},
	}
}

// Deployment returns a backend with a gunicorn container that serves HTTP on port 8000.
func Deployment(namespace, name string) *appsv1.Deployment {
	labels := map[string]string{"app": name}
	return &appsv1.Deployment{
		TypeMeta:   metav1.TypeMeta{APIVersion: "apps/v1", Kind: "Deployment"},
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name, Labels: labels},
		Spec: appsv1.DeploymentSpec{
			Selector: &metav1.LabelSelector{MatchLabels: labels},
			Template: corev1.PodTemplateSpec{
				ObjectMeta: metav1.ObjectMeta{Labels: labels},
				Spec: corev1.PodSpec{Containers: []corev1.Container{{
					Name: "web", Image: "tux-backend:1", Command: []string{"gunicorn", "main.wsgi"},
					Ports: []corev1.ContainerPort{{Name: "http", ContainerPort: 8000}},
				}}},
			},
		},
	}
}

// Service returns a Service that leads port 80 to the port http of the pods of a Deployment.
func Service(namespace, name, deployment string) *corev1.Service {
	return &corev1.Service{
		TypeMeta:   metav1.TypeMeta{APIVersion: "v1", Kind: "Service"},
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name, Labels: map[string]string{"app": deployment}},
		Spec: corev1.ServiceSpec{
			Selector: map[string]string{"app": deployment},
			Ports:    []corev1.ServicePort{{Name: "http", Port: 80, TargetPort: intstr.FromString("http")}},
		},
	}
}

// Ingress returns an Ingress that leads a prefix of a host to port 80 of a Service.
func Ingress(namespace, name, host, path, service string, tls ...string) *networkingv1.Ingress {
	prefix := networkingv1.PathTypePrefix
	ingress := &networkingv1.Ingress{
		TypeMeta:   metav1.TypeMeta{APIVersion: "networking.k8s.io/v1", Kind: "Ingress"},
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name},
		Spec: networkingv1.IngressSpec{Rules: []networkingv1.IngressRule{{
			Host: host,
			IngressRuleValue: networkingv1.IngressRuleValue{HTTP: &networkingv1.HTTPIngressRuleValue{Paths: []networkingv1.HTTPIngressPath{{
				Path: path, PathType: &prefix,
				Backend: networkingv1.IngressBackend{Service: &networkingv1.IngressServiceBackend{
					Name: service, Port: networkingv1.ServiceBackendPort{Number: 80},
				}},
			}}}},
		}}},
	}
	if len(tls) > 0 {
		ingress.Spec.TLS = []networkingv1.IngressTLS{{Hosts: tls}}
	}
	return ingress
}

// Prometheus returns a Prometheus like that of kube-prometheus-stack: it looks into every namespace and
// selects by the label release.
func Prometheus(namespace, name, release string) *monitoringv1.Prometheus {
	byRelease := &metav1.LabelSelector{MatchLabels: map[string]string{"release": release}}
	everywhere := &metav1.LabelSelector{}
	p := &monitoringv1.Prometheus{
		TypeMeta:   metav1.TypeMeta{APIVersion: "monitoring.coreos.com/v1", Kind: "Prometheus"},
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name},
	}
	p.Spec.Retention = "10d"
	p.Spec.ServiceMonitorSelector, p.Spec.ServiceMonitorNamespaceSelector = byRelease, everywhere
	p.Spec.PodMonitorSelector, p.Spec.PodMonitorNamespaceSelector = byRelease, everywhere
	p.Spec.ProbeSelector, p.Spec.ProbeNamespaceSelector = byRelease, everywhere
	p.Spec.RuleSelector, p.Spec.RuleNamespaceSelector = byRelease, everywhere
	return p
}

// Alertmanager returns an Alertmanager that looks into every namespace and selects by the label
// alertmanager.
func Alertmanager(namespace, name, label string) *monitoringv1.Alertmanager {
	a := &monitoringv1.Alertmanager{
		TypeMeta:   metav1.TypeMeta{APIVersion: "monitoring.coreos.com/v1", Kind: "Alertmanager"},
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name},
	}
	a.Spec.AlertmanagerConfigSelector = &metav1.LabelSelector{MatchLabels: map[string]string{"alertmanager": label}}
	a.Spec.AlertmanagerConfigNamespaceSelector = &metav1.LabelSelector{}
	return a
}

// Routing returns a receiver of everything and a heartbeat.
func Routing() *tuxv1alpha1.Routing {
	return &tuxv1alpha1.Routing{
		Receivers: []tuxv1alpha1.Receiver{{Name: "team", Webhook: &tuxv1alpha1.WebhookReceiver{URL: "http://feed.tools/alerts"}}},
		Heartbeat: &tuxv1alpha1.Heartbeat{URLSecretRef: &tuxv1alpha1.SecretKeyReference{Name: "switch", Key: "url"}},
	}
}
