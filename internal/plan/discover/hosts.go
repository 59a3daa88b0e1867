package discover

import (
	"fmt"
	"slices"
	"strings"

	networkingv1 "k8s.io/api/networking/v1"

	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
)

// route is one rule of an Ingress or HTTPRoute, reduced to what decides who answers a URL.
type route struct {
	// source names the object, for notes.
	source string
	// origin is scheme://host[:port], the same for all routes of one host.
	origin string
	host   string
	path   string
	exact  bool
	// ours is true when the route leads to a Service of the backend.
	ours bool
}

// hosts returns the URLs under which users reach the live path of a backend. For each origin the most
// specific route that covers the path decides, as it does in the proxy: a host that only leads /api
// to us, or the health path to somebody else, is not probed and noted instead.
func hosts(services []env.Service, livePath string, c *Cluster) (urls, notes []string) {
	ours := map[string]bool{}
	for _, s := range services {
		ours[s.Name] = true
	}
	routes, notes := ingressRoutes(ours, c)
	more, gatewayNotes := httpRoutes(ours, c)
	routes, notes = append(routes, more...), append(notes, gatewayNotes...)
	for _, origin := range originsOf(routes) {
		url, note := entryURL(origin, livePath, routes)
		if url != "" {
			urls = append(urls, url)
		}
		if note != "" {
			notes = append(notes, note)
		}
	}
	return urls, notes
}

// originsOf returns the origins at least one of whose routes is ours, sorted.
func originsOf(routes []route) []string {
	var origins []string
	for _, r := range routes {
		if r.ours {
			origins = append(origins, r.origin)
		}
	}
	slices.Sort(origins)
	return slices.Compact(origins)
}

func entryURL(origin, livePath string, routes []route) (url, note string) {
	var best *route
	source, host := "", ""
	for i := range routes {
		r := &routes[i]
		if r.origin != origin {
			continue
		}
		if r.ours {
			source, host = r.source, r.host
		}
		if r.covers(livePath) && (best == nil || r.moreSpecificThan(best)) {
			best = r
		}
	}
	switch {
	case host == "" || strings.HasPrefix(host, "*"):
		return "", fmt.Sprintf("%s has no host that can be probed", source)
	case best == nil || !best.ours:
		return "", fmt.Sprintf("%s does not lead %s%s to this backend, not probed", source, host, livePath)
	}
	return origin + livePath, ""
}

// covers says whether the route answers path; prefixes match whole path elements.
func (r *route) covers(path string) bool {
	if r.exact {
		return r.path == path
	}
	prefix := strings.TrimSuffix(r.path, "/")
	return path == prefix || strings.HasPrefix(path, prefix+"/")
}

func (r *route) moreSpecificThan(other *route) bool {
	if r.exact != other.exact {
		return r.exact
	}
	return len(r.path) > len(other.path)
}

func ingressRoutes(ours map[string]bool, c *Cluster) (routes []route, notes []string) {
	for i := range c.Ingresses {
		ingress := &c.Ingresses[i]
		tls := tlsHosts(ingress)
		for _, rule := range ingress.Spec.Rules {
			if rule.HTTP == nil {
				continue
			}
			for _, p := range rule.HTTP.Paths {
				routes = append(routes, ingressRoute(ingress.Name, rule.Host, tls, p, ours))
			}
		}
		if b := ingress.Spec.DefaultBackend; b != nil && b.Service != nil && ours[b.Service.Name] {
			notes = append(notes, fmt.Sprintf("Ingress %s leads here by its default backend, which has no host to probe", ingress.Name))
		}
	}
	return routes, notes
}

func ingressRoute(name, host string, tls map[string]bool, p networkingv1.HTTPIngressPath, ours map[string]bool) route {
	scheme := "http"
	if tls[host] || tls[wildcardOf(host)] {
		scheme = "https"
	}
	return route{
		source: "Ingress " + name,
		origin: scheme + "://" + host,
		host:   host,
		path:   p.Path,
		exact:  p.PathType != nil && *p.PathType == networkingv1.PathTypeExact,
		ours:   p.Backend.Service != nil && ours[p.Backend.Service.Name],
	}
}

func tlsHosts(ingress *networkingv1.Ingress) map[string]bool {
	hosts := map[string]bool{}
	for _, tls := range ingress.Spec.TLS {
		for _, host := range tls.Hosts {
			hosts[host] = true
		}
	}
	return hosts
}

// wildcardOf returns *.example.com for api.example.com.
func wildcardOf(host string) string {
	_, domain, _ := strings.Cut(host, ".")
	return "*." + domain
}
