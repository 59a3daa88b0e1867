package probes

import (
	"strings"

	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
)

// probePath is where a blackbox exporter answers.
const probePath = "/probe"

// prober is the address of a blackbox exporter in the parts Prometheus wants it in.
type prober struct {
	scheme monitoringv1.Scheme
	// address is host:port, or a host alone for the port of the scheme.
	address string
	path    string
}

// proberOf takes the URL of an exporter apart. The path may be missing, the prefix of a proxy, or
// complete: http://blackbox:9115, https://tools/blackbox and http://blackbox:9115/probe are all
// understood.
func proberOf(url string) prober {
	scheme, rest, _ := strings.Cut(url, "://")
	address, path, _ := strings.Cut(rest, "/")
	path = strings.TrimRight("/"+path, "/")
	if !strings.HasSuffix(path, probePath) {
		path += probePath
	}
	return prober{scheme: monitoringv1.Scheme(scheme), address: address, path: path}
}
