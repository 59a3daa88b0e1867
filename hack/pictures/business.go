package main

import "fmt"

// workspace is one tenant: its share of the work, and how long its propagation jobs take.
type workspace struct {
	name       string
	share, job float64
	users      float64
}

var workspaces = []workspace{
	{"acme", 0.30, 1.1, 42}, {"globex", 0.18, 0.7, 31}, {"initech", 0.13, 2.4, 18}, {"umbrella", 0.10, 0.5, 16},
	{"hooli", 0.08, 0.9, 14}, {"stark", 0.06, 0.4, 11}, {"wayne", 0.05, 0.8, 9}, {"wonka", 0.04, 1.7, 7},
	{"tyrell", 0.03, 0.3, 4}, {"cyberdyne", 0.02, 0.6, 3}, {"soylent", 0.01, 0.3, 2},
}

// noisyTenant is the workspace that runs an import nobody planned.
const noisyTenant = "hooli"

func (w *workspace) noise(m *moment) float64 {
	if w.name == noisyTenant {
		return m.noisy
	}
	return 0
}

func businessMetrics(e exporter, pod int) {
	for i := range workspaces {
		w := &workspaces[i]
		text := fmt.Sprintf(`workspace_id=%q`, w.name)
		strings := func(m *moment) float64 {
			return 1.6 * w.share * m.load * m.wobble(pod*7+i, 0.5) * (1 + 70*w.noise(m)) * (1 - 0.93*m.database)
		}
		failing := func(m *moment) float64 { return 0.002*m.wobble(i+11, 0.9) + 0.012*w.noise(m) + 0.9*m.database }
		e.counter("tux_string_generations_total", text+`,status="success"`, func(m *moment) float64 { return strings(m) * (1 - failing(m)) })
		e.counter("tux_string_generations_total", text+`,status="error"`, func(m *moment) float64 { return strings(m) * failing(m) })
		hits := func(m *moment) float64 { return 0.94 - 0.05*grain(m.at.Unix()/600, i)*0.3 - 0.55*w.noise(m) }
		const lookups = "tux_dimension_catalog_queries_total"
		e.counter(lookups, text+`,cache_hit="hit"`, func(m *moment) float64 { return 2.2 * strings(m) * hits(m) })
		e.counter(lookups, text+`,cache_hit="miss"`, func(m *moment) float64 { return 2.2 * strings(m) * (1 - hits(m)) })
		jobMetrics(e, w, pod*5+i, text)
		e.gauge("tux_workspace_active_users", text, func(m *moment) float64 {
			return float64(int(w.users * (0.15 + 0.85*m.load) * m.wobble(i, 0.1)))
		})
	}
}

func jobMetrics(e exporter, w *workspace, seed int, text string) {
	jobs := func(m *moment) float64 {
		return 0.12 * w.share * m.load * m.wobble(seed, 0.6) * (1 + 14*w.noise(m)) * (1 - 0.95*m.database)
	}
	failed := func(m *moment) float64 { return 0.004*m.wobble(seed+2, 0.9) + 0.35*m.database + 0.03*w.noise(m) }
	e.counter("tux_propagation_jobs_total", text+`,status="success"`, func(m *moment) float64 { return jobs(m) * (1 - failed(m)) })
	e.counter("tux_propagation_jobs_total", text+`,status="error"`, func(m *moment) float64 { return jobs(m) * failed(m) })
	median := func(m *moment) float64 {
		return w.job * m.wobble(seed+1, 0.45) * (1 + 2*m.slow + 0.8*m.noisy + 5*w.noise(m))
	}
	e.histogram("tux_propagation_duration_seconds", text, []float64{0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10}, jobs, median, 0.6)
}
