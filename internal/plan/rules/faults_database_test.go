package rules

import (
	"fmt"
	"maps"
	"time"

	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
)

// statements per second of a healthy pod, and connections it opens.
const statements, connections = 10.0, 2.0

func init() {
	podSeries = append(podSeries, func(w world, pod string) {
		w.count(database(pod, "django_db_new_connections_total", ""), connections)
		w.count(database(pod, "django_db_execute_total", ""), statements)
		w.statementTime(pod, statements, 0.004)
		w.set(target(pod, "django_migrations_unapplied_total", `connection="default"`), 0)
	})
}

func database(pod, name, extra string) string {
	labels := `alias="default",vendor="postgresql"`
	if extra != "" {
		labels += "," + extra
	}
	return target(pod, name, labels)
}

// statementTime makes every statement of a pod take seconds; the bounds are those of django-prometheus 2.2.
func (w world) statementTime(pod string, rate, seconds float64) {
	for _, bound := range []float64{0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10} {
		within := 0.0
		if seconds <= bound {
			within = rate
		}
		w.count(database(pod, "django_db_query_duration_seconds_bucket", fmt.Sprintf("le=%q", pythonFloat(bound))), within)
	}
	w.count(database(pod, "django_db_query_duration_seconds_bucket", `le="+Inf"`), rate)
}

// connectionErrors per second on these pods.
func (w world) connectionErrors(pods string, rate float64) {
	for _, pod := range pods {
		w.count(database(string(pod), "django_db_new_connection_errors_total", ""), rate)
	}
}

// statementErrors of a type per second on both pods.
func (w world) statementErrors(kind string, rate float64) {
	for _, pod := range []string{"a", "b"} {
		w.count(database(pod, "django_db_errors_total", fmt.Sprintf("type=%q", kind)), rate)
	}
}

func (w world) migrations(pods string, missing float64) {
	for _, pod := range pods {
		w.set(target(string(pod), "django_migrations_unapplied_total", `connection="default"`), missing)
	}
}

// databaseGone is databaseDown with everything django-prometheus counts of it.
func databaseGone(w world) {
	databaseDown(w)
	w.connectionErrors("ab", connections)
	w.statementErrors("OperationalError", 1)
	for _, pod := range []string{"a", "b"} {
		w.statementTime(pod, 1, 5)
		w.count(database(pod, "django_db_execute_total", ""), 1)
	}
}

// databaseBack is what its counters look like afterwards.
func databaseBack(w world) {
	w.connectionErrors("ab", 0)
	w.statementErrors("OperationalError", 0)
}

func init() {
	maps.Copy(outages, map[string]scenario{
		"the database is gone and every counter says so": {
			fault: func(w world, _ time.Duration) {
				databaseGone(w)
				w.probe("ready", "ab", 1, 200)
				w.entry(1, 200)
				w.traffic(0.5, 3.5)
				w.latency("a", 4, 8)
				w.report(0, 1, 8)
			},
			want: []string{"TuxDatabaseUnavailable", "TuxUnhandledExceptions"},
		},
		"the database is gone for a quarter of an hour": {
			fault: func(w world, elapsed time.Duration) {
				databaseBack(w)
				if within(15*time.Minute, elapsed) {
					databaseGone(w)
				}
				w.drop("django_http_exceptions")
			},
			want: []string{"TuxDatabaseUnavailable"},
		},
		"the database goes up and down and every counter says so": {
			fault: func(w world, elapsed time.Duration) {
				databaseBack(w)
				if flipped(elapsed, time.Minute) {
					databaseGone(w)
				}
				w.drop("django_http_exceptions")
			},
			want: []string{"TuxHealthFlapping"},
		},
		"a tenth of the connections fails": {
			fault: func(w world, _ time.Duration) { w.connectionErrors("ab", connections/10) },
			want:  []string{"TuxDatabaseConnectionErrors"},
		},
		"one pod cannot reach a replica": {
			fault: func(w world, _ time.Duration) {
				for _, name := range []string{"django_db_new_connections_total", "django_db_new_connection_errors_total"} {
					w.count(target("a", name, `alias="replica",vendor="postgresql"`), 0.1)
				}
			},
			want: []string{"TuxDatabaseConnectionErrors"},
		},
		"a column is missing": {
			fault: func(w world, _ time.Duration) { w.statementErrors("UndefinedColumn", 0.5) },
			want:  []string{"TuxDatabaseErrors"},
		},
		"a tenth of the statements takes a second": {
			fault: func(w world, _ time.Duration) {
				w.statementTime("a", statements, 1)
				w.statementTime("b", 4*statements, 0.004)
			},
			want: []string{"TuxDatabaseSlow"},
		},
		"a pod serves without its migrations": {
			fault: func(w world, _ time.Duration) { w.migrations("a", 16) },
			want:  []string{"TuxMigrationsUnapplied"},
		},
		"migrations are missing and no pod is ready": {
			fault: func(w world, _ time.Duration) {
				w.migrations("ab", 1)
				w.probe("ready", "ab", 0, 503)
				w.entry(0, 0)
			},
			want: []string{"TuxEntryDown", "TuxNotReady"},
		},
		"migrations are missing on a pod that is not ready": {
			fault: func(w world, _ time.Duration) {
				w.migrations("a", 1)
				w.probe("ready", "a", 0, 503)
			},
			want: []string{"TuxNotReady"},
		},
	})
	maps.Copy(harmless, map[string]scenario{
		"a database failover of two minutes that every counter shows": {
			fault: func(w world, elapsed time.Duration) {
				databaseBack(w)
				if within(2*time.Minute, elapsed) {
					databaseGone(w)
				}
				w.drop("django_http_exceptions")
			},
		},
		"some connections fail for four minutes": {
			fault: func(w world, elapsed time.Duration) {
				w.connectionErrors("ab", 0)
				if within(4*time.Minute, elapsed) {
					w.connectionErrors("ab", connections/2)
				}
			},
		},
		"one connection fails now and then": {
			fault: func(w world, elapsed time.Duration) {
				for i := range 5 {
					if elapsed >= time.Duration(i)*5*time.Minute {
						w.count(database("a", "django_db_new_connection_errors_total", fmt.Sprintf(`again="%d"`, i)), 0)
					}
				}
			},
		},
		"what is there already is inserted again": {
			fault: func(w world, _ time.Duration) {
				w.statementErrors("UniqueViolation", 3)
				w.statementErrors("IntegrityError", 3)
			},
		},
		"one statement in a thousand fails": {
			fault: func(w world, _ time.Duration) { w.statementErrors("DeadlockDetected", 0.01) },
		},
		"slow statements in a quiet night": {
			fault: func(w world, _ time.Duration) {
				for _, pod := range []string{"a", "b"} {
					w.statementTime(pod, 0.1, 5)
					w.count(database(pod, "django_db_execute_total", ""), 0.1)
				}
			},
		},
		"the pods of a release run ten minutes ahead of their migrations": {
			fault: func(w world, elapsed time.Duration) {
				w.replaced("a", "c", elapsed)
				if within(10*time.Minute, elapsed) && elapsed >= time.Minute {
					w.migrations("c", 2)
				}
			},
		},
	})
	maps.Copy(knobs, map[string]scenario{
		"without the database alert its counters speak": {
			edit: []func(*env.Environment){disabled("TuxDatabaseUnavailable")},
			fault: func(w world, _ time.Duration) {
				databaseGone(w)
				w.drop("django_http_exceptions")
				w.statementTime("a", 1, 0.004)
				w.statementTime("b", 1, 0.004)
			},
			want: []string{"TuxComponentUnhealthy", "TuxDatabaseConnectionErrors", "TuxDatabaseErrors", "TuxEntryDown", "TuxNotReady"},
		},
		"a gauge of migrations nobody relies on": {
			edit:  []func(*env.Environment){withoutMigrations},
			fault: func(w world, _ time.Duration) { w.migrations("ab", 16) },
		},
		"without the readiness alert migrations speak for themselves": {
			edit: []func(*env.Environment){disabled("TuxNotReady")},
			fault: func(w world, _ time.Duration) {
				w.migrations("a", 1)
				w.probe("ready", "a", 0, 503)
			},
			want: []string{"TuxMigrationsUnapplied"},
		},
		"raised thresholds of the database are obeyed": {
			edit: []func(*env.Environment){
				override("TuxDatabaseConnectionErrors", env.Override{Threshold: "0.2"}),
				override("TuxDatabaseErrors", env.Override{Threshold: "0.1"}),
				override("TuxDatabaseSlow", env.Override{Threshold: "2.5"}),
			},
			fault: func(w world, _ time.Duration) {
				w.connectionErrors("ab", connections/10)
				w.statementErrors("UndefinedColumn", 0.5)
				w.statementTime("a", statements, 1)
			},
		},
	})
}
