package rules

import (
	"fmt"
	"time"

	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
	"github.com/tux-io/tux-monitoring-operator/internal/promql"
)

// usualJobs is what is recorded of the week before, which no timeline of an hour has.
const usualJobs = `job:tux_propagation_jobs:usual10m{namespace="tux-production",job="tux-backend"}`

func init() {
	podSeries = append(podSeries, func(w world, pod string) { w.jobTimes(pod, "acme", 0.1, 0.3) })
	addAll(outages, businessOutages)
	addAll(harmless, businessHarmless)
	addAll(knobs, businessKnobs)
}

func addAll(to, from map[string]scenario) {
	for name, sc := range from {
		if _, there := to[name]; there {
			panic("two scenarios are called " + name)
		}
		to[name] = sc
	}
}

// jobTimes makes every job of a workspace take seconds.
func (w world) jobTimes(pod, workspace string, rate, seconds float64) {
	series := func(suffix, le string) string {
		return target(pod, "tux_propagation_duration_seconds"+suffix, fmt.Sprintf("workspace_id=%q%s", workspace, le))
	}
	for _, bound := range promql.JobBuckets {
		within := 0.0
		if seconds <= bound {
			within = rate
		}
		w.count(series("_bucket", fmt.Sprintf(",le=%q", pythonFloat(bound))), within)
	}
	w.count(series("_bucket", `,le="+Inf"`), rate)
	w.count(series("_count", ""), rate)
	w.count(series("_sum", ""), rate*seconds)
}

func (w world) generations(pod, workspace, status string, rate float64) {
	w.count(target(pod, "tux_string_generations_total", fmt.Sprintf("workspace_id=%q,status=%q", workspace, status)), rate)
}

// soon makes the alerts of this file look back, and wait, for minutes, so that they resolve within a scenario.
func soon(e *env.Environment) {
	for _, name := range []string{"TuxPropagationSlow", "TuxPropagationFailuresForWorkspace"} {
		e.Alerts.Overrides[name] = env.Override{Window: "10m", For: "5m"}
	}
	e.Alerts.Overrides["TuxPropagationStalled"] = env.Override{Window: "10m", For: "5m"}
	e.Alerts.Overrides["TuxWorkspaceCardinality"] = env.Override{For: "10m"}
	e.Workspaces.Limit = 30
}

func everyJobFails(w world) {
	for _, pod := range []string{"a", "b"} {
		w.jobs(pod, "acme", "success", 0)
		w.jobs(pod, "acme", "error", 0.1)
	}
}

func slowJobs(w world) {
	w.jobTimes("a", "acme", 0.1, 8)
	w.jobTimes("b", "acme", 0.1, 8)
}

// noJobs is a backend whose jobs stop although there always are some at this time.
func noJobs(w world) {
	for _, pod := range []string{"a", "b"} {
		w.jobs(pod, "acme", "success", 0)
	}
	w.set(usualJobs, 5)
}

func manyWorkspaces(n int) fault {
	return func(w world, _ time.Duration) {
		for i := range n {
			w.generations("a", fmt.Sprint("new-", i), "success", 0)
		}
	}
}

var businessOutages = map[string]scenario{
	"jobs take 8 s": {
		edit:  []func(*env.Environment){soon},
		fault: func(w world, _ time.Duration) { slowJobs(w) },
		want:  []string{"TuxPropagationSlow"},
	},
	"a tenth of the jobs takes 8 s": {
		edit:  []func(*env.Environment){soon},
		fault: func(w world, _ time.Duration) { w.jobTimes("a", "globex", 0.02, 8) },
		want:  []string{"TuxPropagationSlow"},
	},
	"jobs take 8 s because the database is down": {
		edit: []func(*env.Environment){soon},
		fault: func(w world, _ time.Duration) {
			databaseDown(w)
			w.drop("django_http_exceptions")
			slowJobs(w)
		},
		want: []string{"TuxDatabaseUnavailable"},
	},
	"the jobs of two small workspaces fail": {
		edit: []func(*env.Environment){soon},
		fault: func(w world, _ time.Duration) {
			w.jobs("a", "globex", "error", 0.0055)
			w.jobs("b", "initech", "error", 0.0055)
		},
		want: []string{"TuxPropagationFailuresForWorkspace"},
	},
	"every job fails": {
		edit:  []func(*env.Environment){soon},
		fault: func(w world, _ time.Duration) { everyJobFails(w) },
		want:  []string{"TuxErrorBudgetBurn", "TuxPropagationFailures"},
	},
	"no job ends any more": {
		edit:  []func(*env.Environment){soon},
		fault: func(w world, _ time.Duration) { noJobs(w) },
		want:  []string{"TuxPropagationStalled"},
	},
	"no job ends on pods that were all replaced": {
		edit: []func(*env.Environment){soon},
		fault: func(w world, _ time.Duration) {
			w.drop(podLabel("a"))
			w.drop(podLabel("b"))
			w.addPod("c")
			w.addPod("d")
			w.drop("tux_propagation_") // the counters begin with the first job
			w.set(usualJobs, 5)
		},
		want: []string{"TuxPropagationStalled"},
	},
	"no job ends because string propagation is unhealthy": {
		edit: []func(*env.Environment){soon},
		fault: func(w world, _ time.Duration) {
			noJobs(w)
			w.probe("string_propagation", "ab", 0, 200)
		},
		want: []string{"TuxComponentUnhealthy"},
	},
	"no job ends because no pod is left": {
		edit: []func(*env.Environment){soon},
		fault: func(w world, _ time.Duration) {
			w.set(usualJobs, 5)
			w.dead("ab")
			w.entry(0, 0)
		},
		want: []string{"TuxBackendAbsent"},
	},
	"a third of the string generations fails": {
		fault: func(w world, _ time.Duration) {
			w.generations("a", "acme", "error", 0.25)
			w.generations("b", "acme", "error", 0.25)
		},
		want: []string{"TuxStringGenerationFailures"},
	},
	"every string generation is the first failure of its workspace": {
		fault: func(w world, elapsed time.Duration) {
			w.generations("a", "acme", "success", 0.001)
			w.generations("b", "acme", "success", 0.001)
			for i := range 30 {
				if elapsed >= time.Duration(i)*time.Minute {
					w.generations("a", fmt.Sprint("new-", i), "error", 0)
				}
			}
		},
		want: []string{"TuxStringGenerationFailures"},
	},
	"string generations fail because requests do": {
		fault: func(w world, _ time.Duration) {
			w.traffic(2, 2)
			w.generations("a", "acme", "error", 0.5)
			w.generations("b", "acme", "error", 0.5)
		},
		want: []string{"TuxHighErrorRate"},
	},
	"there are more workspaces than expected": {
		edit:  []func(*env.Environment){soon},
		fault: manyWorkspaces(30), // and acme
		want:  []string{"TuxWorkspaceCardinality"},
	},
}

var businessHarmless = map[string]scenario{
	"a twenty-fifth of the jobs takes 8 s": {
		edit:  []func(*env.Environment){soon},
		fault: func(w world, _ time.Duration) { w.jobTimes("a", "globex", 0.008, 8) },
	},
	"jobs take as long as they may": {
		edit: []func(*env.Environment){soon},
		fault: func(w world, _ time.Duration) {
			w.jobTimes("a", "acme", 0.1, 5)
			w.jobTimes("b", "acme", 0.1, 5)
		},
	},
	"two slow jobs in a quiet night": {
		edit: []func(*env.Environment){soon},
		fault: func(w world, elapsed time.Duration) {
			w.jobTimes("a", "acme", 0, 0.3)
			w.jobTimes("b", "acme", 0, 0.3)
			if !within(15*time.Minute, elapsed) {
				w.jobTimes("a", "globex", 0, 8)
				w.jobTimes("b", "globex", 0, 8)
			}
		},
	},
	// 1 of 5 jobs of each workspace was slow before, and none of 4 since; of 14 jobs 4 failed before, and 3 of 15 since.
	"a pod restarts in place, and the counters of workspaces catch up": {
		edit: []func(*env.Environment){soon},
		fault: func(w world, elapsed time.Duration) {
			all, quick, failed, done := 5.0, 4.0, 4.0, 10.0
			if !within(11*time.Minute, elapsed) {
				all, quick, failed, done = 4, 4, 3, 12
			}
			for _, name := range []string{"globex", "initech", "umbrella"} {
				w.set(target("a", "tux_propagation_duration_seconds_bucket", fmt.Sprintf(`workspace_id=%q,le="5.0"`, name)), quick)
				w.set(target("a", "tux_propagation_duration_seconds_bucket", fmt.Sprintf(`workspace_id=%q,le="+Inf"`, name)), all)
			}
			w.set(target("a", "tux_propagation_jobs_total", `workspace_id="globex",status="error"`), failed)
			w.set(target("a", "tux_propagation_jobs_total", `workspace_id="globex",status="success"`), done)
			w.jobTimes("a", "acme", 0, 0.3)
			w.jobTimes("b", "acme", 0, 0.3)
			if between(elapsed, 11*time.Minute, 12*time.Minute) {
				w.drop(podLabel("a"), `job="tux-backend"`)
			}
		},
	},
	"two failed jobs of one workspace": {
		edit: []func(*env.Environment){soon},
		fault: func(w world, _ time.Duration) {
			w.jobs("a", "globex", "error", 0)
			w.jobs("b", "globex", "error", 0)
		},
	},
	"less than half of the jobs of a workspace fail": {
		edit: []func(*env.Environment){soon},
		fault: func(w world, _ time.Duration) {
			w.jobs("a", "globex", "error", 0.009)
			w.jobs("b", "globex", "success", 0.01)
		},
	},
	"no jobs where there are none at this time": {
		edit: []func(*env.Environment){soon},
		fault: func(w world, _ time.Duration) {
			noJobs(w)
			delete(w, usualJobs)
		},
	},
	"no jobs where there are few at this time": {
		edit: []func(*env.Environment){soon},
		fault: func(w world, _ time.Duration) {
			noJobs(w)
			w.set(usualJobs, 1.9)
		},
	},
	"a pause between jobs that is shorter than the window": {
		edit: []func(*env.Environment){soon},
		fault: func(w world, elapsed time.Duration) {
			if within(18*time.Minute, elapsed) {
				noJobs(w)
			}
		},
	},
	"pods without jobs that have just begun": {
		edit: []func(*env.Environment){soon, disabled("TuxBackendAbsent", "TuxObjectiveNoData")},
		fault: func(w world, elapsed time.Duration) {
			if within(22*time.Minute, elapsed) {
				w.drop(`job="tux-backend"`)
			}
			noJobs(w)
			w.drop("tux_propagation_jobs_total")
			w.drop("tux_propagation_duration")
		},
	},
	"a sixth of the string generations fails": {
		fault: func(w world, _ time.Duration) {
			w.generations("a", "acme", "error", 0.1)
			w.generations("b", "acme", "error", 0.1)
		},
	},
	"four failed string generations in a quiet night": {
		fault: func(w world, elapsed time.Duration) {
			w.generations("a", "acme", "success", 0.001)
			w.generations("b", "acme", "success", 0.001)
			if !within(15*time.Minute, elapsed) {
				for i := range 4 {
					w.generations("a", fmt.Sprint("new-", i), "error", 0)
				}
			}
		},
	},
	"as many workspaces as expected": {
		edit:  []func(*env.Environment){soon},
		fault: manyWorkspaces(29),
	},
}

var businessKnobs = map[string]scenario{
	"without the alert on all jobs that of single workspaces speaks": {
		edit:  []func(*env.Environment){soon, disabled("TuxPropagationFailures", "TuxErrorBudgetBurn")},
		fault: func(w world, _ time.Duration) { everyJobFails(w) },
		want:  []string{"TuxPropagationFailuresForWorkspace"},
	},
	"without alerts on causes slow and stalled jobs speak": {
		edit: []func(*env.Environment){soon, disabled("TuxDatabaseUnavailable", "TuxComponentUnhealthy", "TuxNotReady", "TuxEntryDown")},
		fault: func(w world, _ time.Duration) {
			databaseDown(w)
			w.drop("django_http_exceptions")
			noJobs(w)
			slowJobs(w)
		},
		want: []string{"TuxPropagationSlow", "TuxPropagationStalled"},
	},
	"a raised threshold of business alerts is obeyed": {
		edit: []func(*env.Environment){soon,
			override("TuxPropagationSlow", env.Override{Threshold: "7.5", Window: "10m"}),
			override("TuxPropagationStalled", env.Override{Threshold: "6", Window: "10m", For: "5m"}),
			override("TuxStringGenerationFailures", env.Override{Threshold: "0.4"}),
			func(e *env.Environment) { e.Workspaces.Limit = 40 },
		},
		fault: func(w world, elapsed time.Duration) {
			w.jobTimes("a", "acme", 0.1, 7)
			w.generations("a", "acme", "error", 0.5)
			noJobs(w)
			manyWorkspaces(35)(w, elapsed)
		},
	},
	"another label names the workspace": {
		edit: []func(*env.Environment){soon, func(e *env.Environment) { e.Workspaces.Label = "tenant" }},
		fault: func(w world, _ time.Duration) {
			w.count(target("a", "tux_propagation_jobs_total", `tenant="globex",status="error"`), 0.0055)
			w.jobs("a", "acme", "error", 0.001)
			for i := range 30 {
				w.count(target("a", "tux_string_generations_total", fmt.Sprintf(`tenant="t-%d",status="success"`, i)), 0)
			}
		},
		want: []string{"TuxPropagationFailuresForWorkspace", "TuxWorkspaceCardinality"},
	},
}
