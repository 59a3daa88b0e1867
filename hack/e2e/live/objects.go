package live

import (
	"maps"
	"strconv"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// BackendLabels select the pods of a backend.
func BackendLabels(backend string) map[string]string {
	return map[string]string{"app.kubernetes.io/name": backend}
}

// BackendOptions say how a backend runs.
type BackendOptions struct {
	Replicas int32
	// Multiprocess runs two gunicorn workers that share their metrics through files.
	Multiprocess bool
	// Env is added to the variables of the container.
	Env []corev1.EnvVar
}

// Backend returns the Deployment and the Service of a TUX backend, as a team writes them. Nothing in
// them knows of monitoring.
func Backend(name string, options BackendOptions) (*appsv1.Deployment, *corev1.Service) {
	labels := BackendLabels(name)
	pod := corev1.PodSpec{
		TerminationGracePeriodSeconds: new(int64(5)),
		AutomountServiceAccountToken:  new(bool),
		SecurityContext:               &corev1.PodSecurityContext{RunAsNonRoot: new(true), RunAsUser: new(int64(1000))},
		Containers:                    []corev1.Container{container(options)},
		Volumes:                       []corev1.Volume{emptyDir("data"), emptyDir("prometheus")},
	}
	meta := metav1.ObjectMeta{Name: name, Labels: maps.Clone(labels)}
	deployment := &appsv1.Deployment{ObjectMeta: meta, Spec: appsv1.DeploymentSpec{
		Replicas: &options.Replicas,
		Selector: &metav1.LabelSelector{MatchLabels: labels},
		Template: corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: labels}, Spec: pod},
	}}
	service := &corev1.Service{ObjectMeta: *meta.DeepCopy(), Spec: corev1.ServiceSpec{
		Selector: labels,
		Ports:    []corev1.ServicePort{{Name: "http", Port: 80, TargetPort: intstr.FromString("http")}},
	}}
	return deployment, service
}

func container(options BackendOptions) corev1.Container {
	workers := 1
	env := []corev1.EnvVar{
		{Name: "DJANGO_SETTINGS_MODULE", Value: "tux.settings"},
		{Name: "SECRET_KEY", Value: "not-secret-outside-this-machine"},
		// Prometheus and the exporter ask by pod address, which nobody can list beforehand.
		{Name: "ALLOWED_HOSTS", Value: "*"},
		{Name: "TUX_DATA_DIR", Value: "/var/lib/tux"},
		{Name: "TUX_FAULTS", Value: "1"},
	}
	if options.Multiprocess {
		workers = 2
		env = append(env, corev1.EnvVar{Name: "PROMETHEUS_MULTIPROC_DIR", Value: "/run/prometheus"})
	}
	env = append(env, corev1.EnvVar{Name: "WEB_CONCURRENCY", Value: strconv.Itoa(workers)})
	return corev1.Container{
		Name:  "web",
		Image: "registry.tux.example/tux-backend:4.2.0",
		Env:   append(env, options.Env...),
		Ports: []corev1.ContainerPort{{Name: "http", ContainerPort: 8000}},
		ReadinessProbe: &corev1.Probe{
			ProbeHandler:  corev1.ProbeHandler{HTTPGet: &corev1.HTTPGetAction{Path: "/health/ready/", Port: intstr.FromString("http")}},
			PeriodSeconds: 2, TimeoutSeconds: 2, FailureThreshold: 2,
		},
		VolumeMounts: []corev1.VolumeMount{
			{Name: "data", MountPath: "/var/lib/tux"},
			{Name: "prometheus", MountPath: "/run/prometheus"},
		},
	}
}

func emptyDir(name string) corev1.Volume {
	return corev1.Volume{Name: name, VolumeSource: corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{}}}
}
