package main

import (
	"fmt"
	"math"
)

// runtimeMetrics are those of Python, the database, the caches and the scrape of a pod.
func runtimeMetrics(e exporter, pod int) {
	busy := func(m *moment) float64 {
		return 0.05 + 0.32*m.load*m.wobble(pod+40, 0.15) + 0.28*m.slow + 0.42*m.noisy - 0.2*m.load*m.database
	}
	memory := func(m *moment) float64 {
		return (168 + 9*float64(pod) + 1.3*math.Mod(m.since.Hours(), 30) + 14*m.load + 55*m.noisy) * m.wobble(pod+50, 0.01) * (1 << 20)
	}
	e.gauge("up", "", constant(1))
	e.counter("process_cpu_seconds_total", "", busy)
	e.gauge("process_resident_memory_bytes", "", memory)
	e.gauge("process_virtual_memory_bytes", "", func(m *moment) float64 { return memory(m) * 3.1 })
	e.gauge("process_open_fds", "", func(m *moment) float64 { return math.Round(31 + 22*m.load*m.wobble(pod, 0.4) + 60*m.noisy) })
	e.gauge("process_max_fds", "", constant(65536))
	e.gauge("process_start_time_seconds", "", func(m *moment) float64 { return float64(m.at.Add(-m.since).Unix() + int64(20*pod)) })
	for generation, rate := range []float64{1.4, 0.13, 0.01} {
		text := fmt.Sprintf(`generation="%d"`, generation)
		e.counter("python_gc_collections_total", text, func(m *moment) float64 { return rate * (0.2 + m.load + m.noisy) })
		e.counter("python_gc_objects_collected_total", text, func(m *moment) float64 { return 40 * rate * (0.2 + m.load) })
	}
	e.gauge("python_info", `implementation="CPython",major="3",minor="12",patchlevel="7",version="3.12.7"`, constant(1))
	e.gauge("scrape_duration_seconds", "", func(m *moment) float64 { return 0.021 * m.wobble(pod+60, 0.4) })
	e.gauge("scrape_samples_scraped", "", func(m *moment) float64 { return 1180 + 12*float64(pod) + math.Round(4*m.wobble(pod, 1)) })
	e.gauge("scrape_samples_post_metric_relabeling", "", func(m *moment) float64 {
		return 742 + 8*float64(pod) + math.Round(3*m.wobble(pod, 1))
	})
	e.gauge("scrape_series_added", "", func(m *moment) float64 { return math.Max(0, math.Round(2*grain(m.at.Unix()/30, pod)-1.4)) })
	databaseMetrics(e, pod)
	cacheMetrics(e, pod)
}

func databaseMetrics(e exporter, pod int) {
	const text = `alias="default",vendor="postgresql"`
	requests := func(m *moment) float64 { return sumOf(func(v *view) float64 { return v.requests(m, pod) }) }
	reaching := func(m *moment) float64 { return 1 - 0.97*m.database - 0.1*m.evening }
	statements := func(m *moment) float64 { return requests(m) * 4.1 * (1 + 9*m.slow) * reaching(m) }
	e.counter("django_db_execute_total", text, statements)
	e.counter("django_db_execute_many_total", text, func(m *moment) float64 { return 0.02 * requests(m) * reaching(m) })
	e.counter("django_db_new_connections_total", text, func(m *moment) float64 { return requests(m) * reaching(m) })
	e.counter("django_db_new_connection_errors_total", text, func(m *moment) float64 {
		return requests(m) * (0.95*m.database + 0.08*m.evening)
	})
	for _, kind := range []string{"OperationalError", "IntegrityError"} {
		e.counter("django_db_errors_total", fmt.Sprintf(`%s,type=%q`, text, kind), func(m *moment) float64 {
			if kind == "IntegrityError" {
				return 0.004 * m.load
			}
			return requests(m) * (0.04*m.database + 0.05*m.evening)
		})
	}
	bounds := []float64{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5}
	median := func(m *moment) float64 {
		return 0.0041 * m.wobble(pod+70, 0.15) * (1 + 0.4*m.load + 3.2*m.noisy + 2.5*m.slow)
	}
	e.histogram("django_db_query_duration_seconds", text, bounds, statements, median, 0.9)
	e.gauge("django_migrations_unapplied_total", `connection="default"`, constant(0))
	e.gauge("django_migrations_applied_total", `connection="default"`, constant(87))
	for i, model := range []string{"string", "dimension", "propagationjob"} {
		write := func(share float64) func(*moment) float64 {
			return func(m *moment) float64 { return share * m.load * m.wobble(i+80, 0.4) * reaching(m) * (1 + 4*m.noisy) }
		}
		e.counter("django_model_inserts_total", fmt.Sprintf(`model=%q`, model), write([]float64{1.5, 0.06, 0.12}[i]))
		e.counter("django_model_updates_total", fmt.Sprintf(`model=%q`, model), write([]float64{0.4, 0.02, 0.24}[i]))
		e.counter("django_model_deletes_total", fmt.Sprintf(`model=%q`, model), write([]float64{0.03, 0.005, 0.001}[i]))
	}
}

func cacheMetrics(e exporter, pod int) {
	const text = `backend="redis"`
	gets := func(m *moment) float64 { return 14 * m.load * m.wobble(pod+90, 0.2) * (1 + 2*m.noisy) }
	hits := func(m *moment) float64 { return math.Min(0.91+0.02*grain(m.at.Unix()/300, pod), 1) - 0.28*m.noisy }
	e.counter("django_cache_get_total", text, gets)
	e.counter("django_cache_get_hits_total", text, func(m *moment) float64 { return gets(m) * hits(m) })
	e.counter("django_cache_get_misses_total", text, func(m *moment) float64 { return gets(m) * (1 - hits(m)) })
	e.counter("django_cache_get_fail_total", text, constant(0))
}
