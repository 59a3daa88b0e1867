package probes

import (
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
)

// nobody is the user the exporter runs as. Its image names none and would run as root, which
// runAsNonRoot alone turns into a container that never starts.
const nobody = 65534

func podSpec(e *env.Environment) corev1.PodSpec {
	return corev1.PodSpec{
		Containers:                    []corev1.Container{container(e)},
		Volumes:                       []corev1.Volume{modulesVolume(e)},
		RestartPolicy:                 corev1.RestartPolicyAlways,
		DNSPolicy:                     corev1.DNSClusterFirst,
		SchedulerName:                 corev1.DefaultSchedulerName,
		TerminationGracePeriodSeconds: new(int64(10)),
		AutomountServiceAccountToken:  new(false),
		EnableServiceLinks:            new(false),
		SecurityContext: &corev1.PodSecurityContext{
			RunAsNonRoot:   new(true),
			RunAsUser:      new(int64(nobody)),
			RunAsGroup:     new(int64(nobody)),
			SeccompProfile: &corev1.SeccompProfile{Type: corev1.SeccompProfileTypeRuntimeDefault},
		},
	}
}

func container(e *env.Environment) corev1.Container {
	return corev1.Container{
		Name:  exporterName,
		Image: e.Probes.Image,
		Args:  []string{"--config.file=" + modulesPath + "/" + ModulesKey},
		Ports: []corev1.ContainerPort{{Name: portName, ContainerPort: ExporterPort, Protocol: corev1.ProtocolTCP}},
		VolumeMounts: []corev1.VolumeMount{{
			Name:      modulesName,
			MountPath: modulesPath,
			ReadOnly:  true,
		}},
		Resources:                resources(),
		LivenessProbe:            probe(10, 3),
		ReadinessProbe:           probe(5, 3),
		ImagePullPolicy:          corev1.PullIfNotPresent,
		TerminationMessagePath:   corev1.TerminationMessagePathDefault,
		TerminationMessagePolicy: corev1.TerminationMessageFallbackToLogsOnError,
		SecurityContext: &corev1.SecurityContext{
			AllowPrivilegeEscalation: new(false),
			ReadOnlyRootFilesystem:   new(true),
			Capabilities:             &corev1.Capabilities{Drop: []corev1.Capability{"ALL"}},
		},
	}
}

// modulesVolume mounts the whole directory and not the one file, as a subPath would never see an
// update.
func modulesVolume(e *env.Environment) corev1.Volume {
	return corev1.Volume{Name: modulesName, VolumeSource: corev1.VolumeSource{
		ConfigMap: &corev1.ConfigMapVolumeSource{
			LocalObjectReference: corev1.LocalObjectReference{Name: modulesMeta(e).Name},
			DefaultMode:          new(int32(0o444)),
		},
	}}
}

// resources: exporter 0.27 took 20 MiB idle and 35 MiB with 40 probes at a time. No CPU limit, because
// throttling would be measured as slowness of the backend.
func resources() corev1.ResourceRequirements {
	return corev1.ResourceRequirements{
		Requests: corev1.ResourceList{
			corev1.ResourceCPU:    resource.MustParse("10m"),
			corev1.ResourceMemory: resource.MustParse("32Mi"),
		},
		Limits: corev1.ResourceList{corev1.ResourceMemory: resource.MustParse("128Mi")},
	}
}

func probe(periodSeconds, failureThreshold int32) *corev1.Probe {
	return &corev1.Probe{
		ProbeHandler: corev1.ProbeHandler{HTTPGet: &corev1.HTTPGetAction{
			Path:   healthyPath,
			Port:   intstr.FromString(portName),
			Scheme: corev1.URISchemeHTTP,
		}},
		PeriodSeconds:    periodSeconds,
		TimeoutSeconds:   3,
		SuccessThreshold: 1,
		FailureThreshold: failureThreshold,
	}
}
