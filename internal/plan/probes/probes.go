package probes

import (
	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
)

// Render returns everything the probes of e need: the modules of the blackbox exporter, the exporter
// where it is managed, and per backend the monitors that make Prometheus ask through it. Nothing
// when probes are disabled. The exporter comes before what uses it.
func Render(e *env.Environment) ([]env.Object, error) {
	if !e.Probes.Enabled {
		return nil, nil
	}
	modules, err := modulesFile(e)
	if err != nil {
		return nil, err
	}
	objects := []env.Object{modulesConfigMap(e, modules)}
	if e.Probes.Managed {
		objects = append(objects, deployment(e, modules), service(e), networkPolicy(e))
	}
	prober := proberOf(e.Probes.URL)
	for i := range e.Backends {
		b := &e.Backends[i]
		objects = append(objects, podMonitor(e, b, prober))
		objects = append(objects, entryProbes(e, b, prober)...)
	}
	return objects, nil
}
