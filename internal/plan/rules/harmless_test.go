package rules

import (
	"time"

	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
)

// harmless are things that happen and must call nobody.
var harmless = map[string]scenario{
	"no traffic at all": {
		fault: func(w world, _ time.Duration) { w.traffic(0, 0) },
	},
	"some failed and slow requests in a quiet night": {
		fault: func(w world, _ time.Duration) {
			w.traffic(0.01, 0.02)
			w.latency("a", 0.02, 8)
			w.latency("b", 0.02, 8)
		},
	},
	"one failed job in a quiet hour": {
		fault: func(w world, elapsed time.Duration) {
			w.jobs("a", "acme", "success", 0.001)
			w.jobs("b", "acme", "success", 0.001)
			if !within(15*time.Minute, elapsed) { // the busy time before is out of the window
				w.jobs("a", "newco", "error", 0)
			}
		},
	},
	"a quiet environment without business": {
		fault: func(w world, _ time.Duration) {
			w.drop("tux_")
			w.drop(`status="200"`, apiView)
		},
	},
	"a pod that takes four minutes to start": {
		fault: func(w world, elapsed time.Duration) {
			w.addPod("c")
			if within(4*time.Minute, elapsed) {
				w.dead("c")
			}
		},
	},
	"a rollout replaces one pod after the other": {
		fault: func(w world, elapsed time.Duration) {
			w.replaced("a", "c", elapsed)
			w.replaced("b", "d", elapsed-4*time.Minute)
		},
	},
	"pods that restart now and then": {
		fault: func(w world, elapsed time.Duration) {
			if within(time.Minute, elapsed%(8*time.Minute)) {
				w.dead("a")
			}
			if within(time.Minute, (elapsed+3*time.Minute)%(8*time.Minute)) {
				w.dead("b")
			}
		},
	},
	"two short failovers in a quarter of an hour": {
		fault: func(w world, elapsed time.Duration) {
			if elapsed < 10*time.Minute && within(time.Minute, elapsed%(8*time.Minute)) {
				databaseDown(w)
				w.drop("django_http_exceptions")
			}
		},
	},
	"a rollout replaces every pod": {
		fault: func(w world, _ time.Duration) {
			w.drop(podLabel("a"))
			w.drop(podLabel("b"))
			w.addPod("c")
			w.addPod("d")
		},
	},
	"a database failover of a minute": {
		fault: func(w world, elapsed time.Duration) {
			if within(time.Minute, elapsed) {
				databaseDown(w)
				w.drop("django_http_exceptions")
				w.traffic(0, 4)
			}
		},
	},
	"a burst of failures shorter than 5 minutes": {
		fault: func(w world, elapsed time.Duration) {
			w.traffic(4, 0)
			if within(30*time.Second, elapsed) {
				w.traffic(0, 4)
			}
		},
	},
}

// knobs are environments in which an alert that others rely on is missing or changed.
var knobs = map[string]scenario{
	"scaled to zero": {
		edit:  []func(*env.Environment){scaledToZero},
		fault: scaleDown,
	},
	"scaled to zero by mistake, as long as nobody knows": {
		fault: scaleDown,
		want:  []string{"TuxBackendAbsent"},
	},
	"scaled to zero while the last pods do not go": {
		edit: []func(*env.Environment){scaledToZero},
		fault: func(w world, _ time.Duration) {
			w.dead("ab")
			w.entry(0, 0)
		},
	},
	"scaled to zero and not all of it works yet": {
		edit:  []func(*env.Environment){scaledToZero},
		fault: func(w world, _ time.Duration) { w.probe("cache", "ab", 0, 200) },
		want:  []string{"TuxCacheUnhealthy"},
	},
	"a shorter window forgets earlier": {
		edit: []func(*env.Environment){
			override("TuxHealthFlapping", env.Override{Window: "5m"}),
			override("TuxUnhandledExceptions", env.Override{Window: "2m"}),
			override("TuxNotLive", env.Override{Window: "1m"}),
		},
		fault: func(w world, elapsed time.Duration) {
			if within(time.Minute, elapsed%(3*time.Minute)) {
				w.probe("cache", "ab", 0, 200)
			}
			w.addPod("c")
			if within(4*time.Minute, elapsed) {
				w.dead("c")
			}
		},
		want: []string{"TuxNotLive"},
	},
	"without the database alert its symptoms speak": {
		edit: []func(*env.Environment){disabled("TuxDatabaseUnavailable")},
		fault: func(w world, _ time.Duration) {
			databaseDown(w)
			w.traffic(0.5, 3.5)
		},
		want: []string{"TuxComponentUnhealthy", "TuxEntryDown", "TuxHighErrorRate", "TuxNotReady", "TuxUnhandledExceptions"},
	},
	"without probes a dead pod is one that cannot be scraped": {
		edit:  []func(*env.Environment){withoutProbes},
		fault: func(w world, _ time.Duration) { w.dead("a") },
		want:  []string{"TuxBackendScrapeDown"},
	},
	"without probes a total outage is still one page": {
		edit:  []func(*env.Environment){withoutProbes},
		fault: func(w world, _ time.Duration) { w.dead("ab") },
		want:  []string{"TuxBackendAbsent"},
	},
	"without the absent alert dead pods speak for themselves": {
		edit:  []func(*env.Environment){disabled("TuxBackendAbsent")},
		fault: func(w world, _ time.Duration) { w.dead("ab") },
		want:  []string{"TuxNotLive", "TuxObjectiveNoData"},
	},
	"without the unreachable alert a dead pod is still one alert": {
		edit:  []func(*env.Environment){disabled("TuxHealthUnreachable")},
		fault: func(w world, _ time.Duration) { w.dead("a") },
		want:  []string{"TuxNotLive"},
	},
	"a raised threshold is obeyed": {
		edit: []func(*env.Environment){
			override("TuxHighErrorRate", env.Override{Threshold: "0.6"}),
			override("TuxSlowResponses", env.Override{Threshold: "5"}),
			override("TuxMemoryHigh", env.Override{Threshold: "1024"}),
			disabled("TuxErrorBudgetBurn", "TuxViewErrors", "TuxViewSlow"), // have no threshold of their own, or another
		},
		fault: func(w world, _ time.Duration) {
			w.traffic(2, 2)
			w.latency("a", 8, 4)
			w.set(target("a", "process_resident_memory_bytes", ""), 600<<20)
		},
	},
	"a shorter for fires earlier": {
		edit: []func(*env.Environment){override("TuxNotReady", env.Override{For: "1m"})},
		fault: func(w world, elapsed time.Duration) {
			if within(3*time.Minute, elapsed) {
				w.probe("ready", "a", 0, 503)
			}
		},
		want: []string{"TuxNotReady"},
	},
}
