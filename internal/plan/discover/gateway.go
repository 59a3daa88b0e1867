package discover

import (
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
)

// The part of gateway.networking.k8s.io/v1 that decides who answers a URL. The types are our own
// because the module of the Gateway API would bring far more than these fields.
type httpRoute struct {
	Spec struct {
		Hostnames  []string     `json:"hostnames"`
		ParentRefs []gatewayRef `json:"parentRefs"`
		Rules      []struct {
			Matches []struct {
				Path *struct {
					Type  string `json:"type"`
					Value string `json:"value"`
				} `json:"path"`
			} `json:"matches"`
			BackendRefs []struct {
				Kind      string `json:"kind"`
				Namespace string `json:"namespace"`
				Name      string `json:"name"`
			} `json:"backendRefs"`
		} `json:"rules"`
	} `json:"spec"`
}

type gatewayRef struct {
	Kind        string `json:"kind"`
	Namespace   string `json:"namespace"`
	Name        string `json:"name"`
	SectionName string `json:"sectionName"`
}

type gateway struct {
	Spec struct {
		Listeners []listener `json:"listeners"`
	} `json:"spec"`
}

type listener struct {
	Name     string `json:"name"`
	Hostname string `json:"hostname"`
	Port     int64  `json:"port"`
	Protocol string `json:"protocol"`
}

// origin returns scheme://host[:port] of a listener, "" for one that does not speak HTTP.
func (l listener) origin(host string) string {
	scheme, usual := "http", int64(80)
	switch l.Protocol {
	case "HTTPS":
		scheme, usual = "https", 443
	case "HTTP":
	default:
		return ""
	}
	if l.Port == usual {
		return scheme + "://" + host
	}
	return fmt.Sprintf("%s://%s:%d", scheme, host, l.Port)
}

func httpRoutes(ours map[string]bool, c *Cluster) (routes []route, notes []string) {
	for i := range c.HTTPRoutes {
		var r httpRoute
		object := &c.HTTPRoutes[i]
		if err := runtime.DefaultUnstructuredConverter.FromUnstructured(object.Object, &r); err != nil {
			notes = append(notes, fmt.Sprintf("HTTPRoute %s cannot be read: %v", object.GetName(), err))
			continue
		}
		source := "HTTPRoute " + object.GetName()
		paths := r.paths(object.GetNamespace(), ours)
		if !leadsHere(paths) {
			continue
		}
		for _, host := range r.Spec.Hostnames {
			origins := r.origins(host, object.GetNamespace(), c)
			if len(origins) == 0 {
				notes = append(notes, fmt.Sprintf("%s has no Gateway listener for %s, not probed", source, host))
			}
			for _, origin := range origins {
				for _, p := range paths {
					p.source, p.origin, p.host = source, origin, host
					routes = append(routes, p)
				}
			}
		}
	}
	return routes, notes
}

func leadsHere(paths []route) bool {
	for _, p := range paths {
		if p.ours {
			return true
		}
	}
	return false
}

// paths returns the rules of r without their origin. A rule without a match answers every path.
func (r *httpRoute) paths(namespace string, ours map[string]bool) []route {
	var paths []route
	for _, rule := range r.Spec.Rules {
		here := false
		for _, ref := range rule.BackendRefs {
			same := ref.Namespace == "" || ref.Namespace == namespace
			here = here || (same && (ref.Kind == "" || ref.Kind == "Service") && ours[ref.Name])
		}
		if len(rule.Matches) == 0 {
			paths = append(paths, route{path: "/", ours: here})
		}
		for _, match := range rule.Matches {
			switch {
			case match.Path == nil:
				paths = append(paths, route{path: "/", ours: here})
			case match.Path.Type != "RegularExpression":
				paths = append(paths, route{path: match.Path.Value, exact: match.Path.Type == "Exact", ours: here})
			}
		}
	}
	return paths
}

// origins returns where the listeners of the route's Gateways offer host.
func (r *httpRoute) origins(host, namespace string, c *Cluster) []string {
	var origins []string
	for _, ref := range r.Spec.ParentRefs {
		if ref.Kind != "" && ref.Kind != "Gateway" {
			continue
		}
		if ref.Namespace == "" {
			ref.Namespace = namespace
		}
		for _, l := range listenersOf(ref, c.Gateways) {
			if origin := l.origin(host); origin != "" && l.offers(host) {
				origins = append(origins, origin)
			}
		}
	}
	return origins
}

func (l listener) offers(host string) bool {
	return l.Hostname == "" || l.Hostname == host ||
		(strings.HasPrefix(l.Hostname, "*.") && strings.HasSuffix(host, l.Hostname[1:]))
}

func listenersOf(ref gatewayRef, gateways []unstructured.Unstructured) []listener {
	for i := range gateways {
		if gateways[i].GetName() != ref.Name || gateways[i].GetNamespace() != ref.Namespace {
			continue
		}
		var g gateway
		if err := runtime.DefaultUnstructuredConverter.FromUnstructured(gateways[i].Object, &g); err != nil {
			return nil
		}
		if ref.SectionName == "" {
			return g.Spec.Listeners
		}
		for _, l := range g.Spec.Listeners {
			if l.Name == ref.SectionName {
				return []listener{l}
			}
		}
	}
	return nil
}
