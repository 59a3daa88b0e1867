package discover

import (
	"cmp"
	"fmt"
	"slices"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
)

// servicesLeadingTo returns the Services that select the pods of d and lead to the port of its
// container, the best first: one with a cluster IP before a headless one, since users come through
// it; then by name.
func servicesLeadingTo(d *appsv1.Deployment, container *corev1.Container, port env.Port, c *Cluster) ([]env.Service, []string) {
	var leading []*corev1.Service
	var notes []string
	for i := range c.Services {
		s := &c.Services[i]
		if !selectsPodsOf(s, d) {
			continue
		}
		if servicePort(s, container, port) == nil {
			notes = append(notes, fmt.Sprintf("Service %s selects the pods but has no port that leads to container port %s",
				s.Name, FormatPort(port)))
			continue
		}
		leading = append(leading, s)
	}
	slices.SortFunc(leading, func(a, b *corev1.Service) int {
		return cmp.Or(compareBool(isHeadless(a), isHeadless(b)), cmp.Compare(a.Name, b.Name))
	})
	services := make([]env.Service, 0, len(leading))
	for _, s := range leading {
		p := servicePort(s, container, port)
		services = append(services, env.Service{Name: s.Name, Labels: s.Labels, Port: p.Port, PortName: p.Name})
	}
	return services, notes
}

func selectsPodsOf(s *corev1.Service, d *appsv1.Deployment) bool {
	return len(s.Spec.Selector) > 0 && s.Spec.Type != corev1.ServiceTypeExternalName &&
		labels.SelectorFromSet(s.Spec.Selector).Matches(labels.Set(d.Spec.Template.Labels))
}

// servicePort returns the port of s that ends at the container port. A target port is a name or a
// number; unset it equals the port.
func servicePort(s *corev1.Service, container *corev1.Container, port env.Port) *corev1.ServicePort {
	for i := range s.Spec.Ports {
		p := &s.Spec.Ports[i]
		if p.Protocol != "" && p.Protocol != corev1.ProtocolTCP {
			continue
		}
		if targetNumber(p, container) == port.Number {
			return p
		}
	}
	return nil
}

func targetNumber(p *corev1.ServicePort, container *corev1.Container) int32 {
	if p.TargetPort.Type == intstr.String {
		for _, declared := range container.Ports {
			if declared.Name == p.TargetPort.StrVal {
				return declared.ContainerPort
			}
		}
		return 0
	}
	if p.TargetPort.IntVal == 0 {
		return p.Port
	}
	return p.TargetPort.IntVal
}

func isHeadless(s *corev1.Service) bool { return s.Spec.ClusterIP == corev1.ClusterIPNone }

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}
