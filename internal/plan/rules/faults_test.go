package rules

import (
	"fmt"
	"time"

	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
)

// scenario is a fault and exactly which alerts it fires.
type scenario struct {
	edit  []func(*env.Environment)
	fault fault
	// want are the alerts that fire at any time, sorted.
	want []string
}

func databaseDown(w world) {
	w.probe("ready full", "ab", 0, 503)
	w.probe("database string_propagation workspace_isolation", "ab", 0, 503)
	w.probe("cache", "ab", 1, 503)
	w.entry(0, 0) // the Service has lost its endpoints
	w.exceptions("a", "OperationalError", 1)
	w.exceptions("b", "OperationalError", 1)
}

var outages = map[string]scenario{
	"all is well": {
		fault: func(world, time.Duration) {},
	},
	"the database is down and no pod is ready": {
		fault: func(w world, elapsed time.Duration) {
			databaseDown(w)
			w.traffic(0, 0)
			if within(time.Minute, elapsed) { // until readiness takes the pods away
				w.traffic(0, 4)
			}
		},
		want: []string{"TuxDatabaseUnavailable", "TuxUnhandledExceptions"},
	},
	"the database is down and the pods stay ready": {
		fault: func(w world, _ time.Duration) {
			databaseDown(w)
			w.probe("ready", "ab", 1, 200)
			w.entry(1, 200)
			w.traffic(0.5, 3.5)
			w.latency("a", 4, 8)
		},
		want: []string{"TuxDatabaseUnavailable", "TuxUnhandledExceptions"},
	},
	"one pod cannot reach the database": {
		fault: func(w world, _ time.Duration) {
			w.probe("ready full", "a", 0, 503)
			w.probe("database string_propagation workspace_isolation", "a", 0, 503)
		},
		want: []string{"TuxDatabaseUnavailable"},
	},
	"the database hangs": {
		fault: func(w world, _ time.Duration) {
			w.probe("ready full cache database string_propagation workspace_isolation", "ab", 0, 0)
			w.entry(0, 0)
			w.traffic(0, 0)
		},
		want: []string{"TuxHealthUnreachable"},
	},
	"the database flaps too fast for its own alert": {
		fault: func(w world, elapsed time.Duration) {
			if flipped(elapsed, time.Minute) {
				databaseDown(w)
			}
			w.exceptions("a", "OperationalError", 1)
			w.traffic(2, 2)
			w.latency("a", 4, 8)
		},
		want: []string{"TuxErrorBudgetBurn", "TuxHealthFlapping", "TuxHighErrorRate", "TuxSlowResponses", "TuxUnhandledExceptions"},
	},
	"the database flaps and users hardly notice": {
		fault: func(w world, elapsed time.Duration) {
			if flipped(elapsed, time.Minute) {
				databaseDown(w)
			}
			w.exceptions("a", "OperationalError", 1)
			w.exceptions("b", "OperationalError", 1)
		},
		want: []string{"TuxHealthFlapping", "TuxUnhandledExceptions"},
	},
	"the database flaps and the way to the pods never comes back": {
		fault: func(w world, elapsed time.Duration) {
			if flipped(elapsed, time.Minute) {
				databaseDown(w)
			}
			w.drop("django_http_exceptions")
			w.probe("ready", "ab", 0, 503)
			w.entry(0, 0)
			w.traffic(0, 0)
		},
		want: []string{"TuxEntryDown", "TuxHealthFlapping"},
	},
	"the cache is down and the health answer is still 200": {
		fault: func(w world, _ time.Duration) { w.probe("cache", "ab", 0, 200) },
		want:  []string{"TuxCacheUnhealthy"},
	},
	"the cache is down and the health answer says so": {
		fault: func(w world, _ time.Duration) {
			w.probe("full cache", "ab", 0, 503)
			w.probe("database string_propagation workspace_isolation", "ab", 1, 503)
		},
		want: []string{"TuxCacheUnhealthy"},
	},
	"a component without an alert of its own is unhealthy": {
		fault: func(w world, _ time.Duration) { w.probe("string_propagation", "a", 0, 200) },
		want:  []string{"TuxComponentUnhealthy"},
	},
	"a component nobody listed is unhealthy": {
		edit: []func(*env.Environment){components("database")},
		fault: func(w world, _ time.Duration) {
			w.probe("full", "ab", 0, 503)
			w.probe("database", "ab", 1, 503)
		},
		want: []string{"TuxComponentUnhealthy"},
	},
	"the health view has a bug": {
		fault: func(w world, _ time.Duration) {
			w.probe("full cache database string_propagation workspace_isolation", "ab", 0, 500)
		},
		want: []string{"TuxHealthUnreachable"},
	},
	"one pod is dead": {
		fault: func(w world, _ time.Duration) { w.dead("a") },
		want:  []string{"TuxNotLive"},
	},
	"all pods are dead": {
		fault: func(w world, _ time.Duration) {
			w.dead("ab")
			w.entry(0, 0)
		},
		want: []string{"TuxBackendAbsent"},
	},
	"all pods are gone": {
		fault: func(w world, _ time.Duration) {
			w.drop(podLabel("a"))
			w.drop(podLabel("b"))
			w.entry(0, 0)
		},
		want: []string{"TuxBackendAbsent"},
	},
	"the liveness view fails everywhere": {
		fault: func(w world, _ time.Duration) {
			w.probe("live", "ab", 0, 500)
			w.entry(0, 500)
		},
		want: []string{"TuxNotLive"},
	},
	"one pod cannot be scraped": {
		fault: func(w world, _ time.Duration) { w.unscrapable("a") },
		want:  []string{"TuxBackendScrapeDown"},
	},
	"no pod can be scraped though all are alive": {
		fault: func(w world, _ time.Duration) { w.unscrapable("ab") },
		want:  []string{"TuxBackendAbsent"},
	},
	"no pod can be scraped and one of them is dead": {
		fault: func(w world, _ time.Duration) {
			w.dead("a")
			w.unscrapable("b")
		},
		want: []string{"TuxBackendAbsent", "TuxNotLive"},
	},
	"a pod is not ready": {
		fault: func(w world, _ time.Duration) { w.probe("ready", "a", 0, 503) },
		want:  []string{"TuxNotReady"},
	},
	"migrations are pending and no pod is ready": {
		fault: func(w world, _ time.Duration) {
			w.probe("ready", "ab", 0, 503)
			w.entry(0, 0)
		},
		want: []string{"TuxEntryDown", "TuxNotReady"},
	},
	"the Ingress leads nowhere": {
		fault: func(w world, _ time.Duration) { w.entry(0, 502) },
		want:  []string{"TuxEntryDown"},
	},
	"the blackbox exporter is down": {
		fault: func(w world, _ time.Duration) { w.unasked(questions + " entry") },
		want:  []string{"TuxProbeAbsent"},
	},
	"one module is not loaded": {
		fault: func(w world, _ time.Duration) { w.unasked("cache") },
		want:  []string{"TuxProbeAbsent"},
	},
	"the middlewares are missing on a pod": {
		fault: func(w world, _ time.Duration) { w.drop("{", podLabel("a"), "django_") },
		want:  []string{"TuxBackendMetricsMissing"},
	},
	"the TUX metrics have a registry of their own": {
		fault: func(w world, _ time.Duration) { w.drop("tux_") },
		want:  []string{"TuxBusinessMetricsMissing"},
	},
	"half of the requests fail": {
		fault: func(w world, _ time.Duration) { w.traffic(2, 2) },
		want:  []string{"TuxHighErrorRate"},
	},
	"the first exceptions of their kind": {
		fault: func(w world, _ time.Duration) { w.exceptions("a", "KeyError", 0) },
		want:  []string{"TuxUnhandledExceptions"},
	},
	"requests take 4 s": {
		fault: func(w world, _ time.Duration) {
			w.latency("a", 4, 4)
			w.latency("b", 4, 4)
		},
		want: []string{"TuxErrorBudgetBurn", "TuxSlowResponses"},
	},
	"a tenth of the requests take 4 s on one pod": {
		fault: func(w world, _ time.Duration) { w.latency("a", 4, 2.5) },
	},
	"a third of the jobs fail": {
		fault: func(w world, _ time.Duration) { w.jobs("a", "acme", "error", 0.05) },
		want:  []string{"TuxErrorBudgetBurn", "TuxPropagationFailures"},
	},
	"every job is the first failure of its workspace": {
		fault: func(w world, elapsed time.Duration) {
			w.jobs("a", "acme", "success", 0.001)
			w.jobs("b", "acme", "success", 0.001)
			for i := range 20 { // one new workspace a minute, each with one failure
				if elapsed >= time.Duration(i)*time.Minute {
					w.jobs("a", fmt.Sprint("new-", i), "error", 0)
				}
			}
		},
		want: []string{"TuxErrorBudgetBurn", "TuxPropagationFailures"},
	},
	"the counters of an objective are gone": {
		edit: []func(*env.Environment){withObjectives(imports())},
		fault: func(w world, _ time.Duration) {
			w.drop("tux_string_generations_total")
		},
		want: []string{"TuxObjectiveNoData"},
	},
	"the way to the pods is slow": {
		edit: []func(*env.Environment){withObjectives(everyObjective()...)},
		fault: func(w world, _ time.Duration) {
			w.set(probeSeries("probe_duration_seconds", "entry", ""), 4)
		},
		want: []string{"TuxErrorBudgetBurn"},
	},
	"the way to the pods fails for one probe of six": {
		edit: []func(*env.Environment){withObjectives(everyObjective()...)},
		fault: func(w world, elapsed time.Duration) {
			if within(30*time.Second, elapsed%(3*time.Minute)) {
				w.entry(0, 502)
			}
		},
		want: []string{"TuxErrorBudgetBurn"},
	},
	"the bucket of an objective is not exported": {
		fault: func(w world, _ time.Duration) { w.drop(`le="2.5"`) },
		want:  []string{"TuxObjectiveNoData"},
	},
	"a pod eats memory": {
		fault: func(w world, _ time.Duration) { w.set(target("a", "process_resident_memory_bytes", ""), 600<<20) },
		want:  []string{"TuxMemoryHigh"},
	},
	"a pod of several workers eats memory": {
		edit: []func(*env.Environment){multiprocess},
		fault: func(w world, _ time.Duration) {
			w.set(cadvisor("a", "django"), 600<<20)
			w.drop("process_")
		},
		want: []string{"TuxMemoryHigh"},
	},
}
