package discover

import (
	"fmt"
	"slices"
	"strconv"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	tuxv1alpha1 "github.com/tux-io/tux-monitoring-operator/api/v1alpha1"
	"github.com/tux-io/tux-monitoring-operator/internal/fault"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
)

// usualPorts are the names a container port that serves HTTP usually has, best first.
var usualPorts = []string{"http", "web", "gunicorn"}

type containerPort struct {
	container *corev1.Container
	env.Port
}

// String is how a message writes a port: name/number, or the number alone.
func (p containerPort) String() string { return FormatPort(p.Port) }

// FormatPort returns name/number, or the number of a port without a name.
func FormatPort(p env.Port) string {
	number := strconv.Itoa(int(p.Number))
	if p.Name == "" {
		return number
	}
	return p.Name + "/" + number
}

// findPort returns the container and port that serve HTTP: the one entry asks for, else the one of a
// usual name, else the only one.
func findPort(entry *tuxv1alpha1.Backend, d *appsv1.Deployment) (*corev1.Container, env.Port, *fault.Finding) {
	ports := declaredPorts(d)
	candidates := ports
	if entry.Port != nil {
		candidates = slices.DeleteFunc(slices.Clone(ports), func(p containerPort) bool { return !isPort(*entry.Port, p.Port) })
	} else if usual := usualPort(ports); usual != nil {
		candidates = []containerPort{*usual}
	}
	if len(candidates) == 1 || (len(candidates) > 1 && entry.Port != nil) {
		return candidates[0].container, candidates[0].Port, nil
	}
	finding := portFinding(entry, d.Name, ports)
	return nil, env.Port{}, &finding
}

func declaredPorts(d *appsv1.Deployment) []containerPort {
	var ports []containerPort
	containers := d.Spec.Template.Spec.Containers
	for i := range containers {
		for _, p := range containers[i].Ports {
			if p.Protocol == "" || p.Protocol == corev1.ProtocolTCP {
				ports = append(ports, containerPort{&containers[i], env.Port{Name: p.Name, Number: p.ContainerPort}})
			}
		}
	}
	return ports
}

func usualPort(ports []containerPort) *containerPort {
	for _, name := range usualPorts {
		for i := range ports {
			if ports[i].Name == name {
				return &ports[i]
			}
		}
	}
	return nil
}

// isPort takes a number in quotes for a number: no port name consists of digits only.
func isPort(wanted intstr.IntOrString, p env.Port) bool {
	wanted = intstr.Parse(wanted.String())
	if wanted.Type == intstr.Int {
		return wanted.IntVal == p.Number
	}
	return wanted.StrVal == p.Name
}

func portFinding(entry *tuxv1alpha1.Backend, deployment string, ports []containerPort) fault.Finding {
	declared := make([]string, 0, len(ports))
	for _, p := range ports {
		declared = append(declared, p.String())
	}
	list := named(declared)
	if len(ports) == 0 {
		return backendFinding(entry.Name, ".port", tuxv1alpha1.ReasonPortNotFound, fmt.Sprintf(
			"Deployment %q declares no container port, add ports with the one that serves HTTP to its pod template", deployment), false)
	}
	if entry.Port != nil {
		return backendFinding(entry.Name, ".port", tuxv1alpha1.ReasonPortNotFound, fmt.Sprintf(
			"Deployment %q declares no container port %q, it has %s", deployment, entry.Port.String(), list), false)
	}
	return backendFinding(entry.Name, ".port", tuxv1alpha1.ReasonPortAmbiguous, fmt.Sprintf(
		"Deployment %q has the container ports %s and none is named http, web or gunicorn, set port to one of them", deployment, list), false)
}
