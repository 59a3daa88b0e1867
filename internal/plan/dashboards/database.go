package dashboards

import (
	"fmt"

	"github.com/tux-io/tux-monitoring-operator/internal/plan/dashboards/grafana"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
)

// databaseRows show what django-prometheus counts when its database and cache engines are used.
var databaseRows = []func(*env.Environment) grafana.Row{
	func(e *env.Environment) grafana.Row {
		return grafana.Row{ID: 1, Title: "Statements", Height: 8, Panels: []grafana.Panel{
			statements(e), perRequest(e), queryTimes(e), connections(e),
		}}
	},
	func(e *env.Environment) grafana.Row {
		return grafana.Row{ID: 2, Title: "Errors and writes", Height: 8, Panels: []grafana.Panel{
			failedConnections(e), databaseErrors(e), modelWrites(e), migrations(e),
		}}
	},
	func(e *env.Environment) grafana.Row {
		return grafana.Row{ID: 3, Title: "Cache", Height: 8, Panels: []grafana.Panel{cacheHits(e, 31), cacheLookups(e), cacheFailures(e)}}
	},
}

const (
	executed      = "django_db_execute_total"
	connected     = "django_db_new_connections_total"
	connectFailed = "django_db_new_connection_errors_total"
	cacheGets     = "django_cache_get_total"
	cacheHit      = "django_cache_get_hits_total"
	cacheFailed   = "django_cache_get_fail_total"
	catalogue     = "tux_dimension_catalog_queries_total"
)

const untilCounted = "a model is counted by ExportModelOperationsMixin"

func statements(e *env.Environment) grafana.Panel {
	return grafana.Panel{
		ID: 11, Title: "Statements",
		Description: "SQL statements per second by database, health questions included. Compare with the requests: statements that " +
			"grow alone are a view that asks once per row.",
		View:    grafana.TimeSeries{Legend: meanMaxLast},
		Field:   grafana.Field{Unit: grafana.UnitPerSecond, Min: new(0.0), Thresholds: none},
		Targets: []grafana.Target{lines(e, "{{alias}} ({{vendor}})", sum(rate(e, executed), "alias", "vendor"))},
	}
}

func perRequest(e *env.Environment) grafana.Panel {
	return grafana.Panel{
		ID: 12, Title: "Statements per request",
		Description: "SQL statements of all kinds for each answered user request. Worry about a jump after a release: a list that " +
			"asks once per row. Health questions ask too, so a quiet night looks worse than it is.",
		View:  grafana.TimeSeries{Legend: meanMaxLast},
		Field: grafana.Field{Unit: grafana.UnitCount, Min: new(0.0), Thresholds: none},
		Targets: []grafana.Target{lines(e, "{{job}}",
			sum(rate(e, executed), "job")+"\n/ ("+sum(series(e, "job:tux_http_requests:rate5m"), "job")+" > 0)")},
	}
}

func queryTimes(e *env.Environment) grafana.Panel {
	const name = alert("TuxDatabaseSlow")
	at := func(legend, q string) grafana.Target {
		return lines(e, legend+" {{alias}}", quantile(q, rate(e, "django_db_query_duration_seconds_bucket"), "alias"))
	}
	return grafana.Panel{
		ID: 13, Title: "Time of a statement",
		Description: "Half and 95% of the statements took at most this long. Worry when p95 leaves its band: locks, a missing index, " +
			"or a database that is busy with something else." + name.begins(e),
		View:    grafana.TimeSeries{ThresholdLines: true, Legend: meanMaxLast},
		Field:   grafana.Field{Unit: grafana.UnitSeconds, Min: new(0.0), Thresholds: name.above(e)},
		Links:   runbooks(e, name),
		Targets: []grafana.Target{at("p50", "0.5"), at("p95", "0.95")},
	}
}

func connections(e *env.Environment) grafana.Panel {
	return grafana.Panel{
		ID: 14, Title: "New connections",
		Description: "Connections opened per second, failed tries included. As many as requests: CONN_MAX_AGE is 0 and each request " +
			"opens its own, which costs time and fills the limit of the database.",
		View:    grafana.TimeSeries{Legend: meanMaxLast},
		Field:   grafana.Field{Unit: grafana.UnitPerSecond, Min: new(0.0), Thresholds: none},
		Targets: []grafana.Target{lines(e, "{{alias}}", sum(rate(e, connected), "alias"))},
	}
}

func failedConnections(e *env.Environment) grafana.Panel {
	const name = alert("TuxDatabaseConnectionErrors")
	return grafana.Panel{
		ID: 21, Title: "Failed connections",
		Description: "Share of the tries to connect that failed. Worry about any: a limit that is reached, a password, a failover, or " +
			"the database itself." + name.begins(e),
		View:    grafana.TimeSeries{ThresholdLines: true, Legend: meanMaxLast},
		Field:   grafana.Field{Unit: grafana.UnitRatio, Min: new(0.0), Thresholds: name.above(e)},
		Links:   runbooks(e, name, "TuxDatabaseUnavailable"),
		Targets: []grafana.Target{lines(e, "{{alias}}", share(sum(rate(e, connectFailed), "alias"), sum(rate(e, connected), "alias")))},
	}
}

func databaseErrors(e *env.Environment) grafana.Panel {
	const name = alert("TuxDatabaseErrors")
	all := sum(rate(e, executed), "alias")
	return grafana.Panel{
		ID: 22, Title: "Failed statements",
		Description: "Share of the statements that failed, by type. IntegrityError is most often a client; OperationalError and " +
			"DataError are ours." + name.begins(e),
		View:  grafana.TimeSeries{ThresholdLines: true, Legend: meanMaxLast},
		Field: grafana.Field{Unit: grafana.UnitRatio, Min: new(0.0), NoValue: "No statement failed", Thresholds: name.above(e)},
		Links: runbooks(e, name),
		Targets: []grafana.Target{until("a statement fails", lines(e, "{{alias}} {{type}}", fmt.Sprintf(
			"%s\n/ on (alias) group_left () (%s > 0)", sum(rate(e, "django_db_errors_total"), "alias", "type"), all)))},
	}
}

func modelWrites(e *env.Environment) grafana.Panel {
	write := func(kind string) grafana.Target {
		return lines(e, kind+" {{model}}", sum(rate(e, "django_model_"+kind+"_total"), "model"))
	}
	return grafana.Panel{
		ID: 23, Title: "Written rows",
		Description: "Inserted, updated and deleted rows per second of the models that are counted. Bulk operations are not seen. " +
			"Worry about deletes nobody planned.",
		View:  grafana.TimeSeries{Legend: maxLast},
		Field: grafana.Field{Unit: grafana.UnitPerSecond, Min: new(0.0), NoValue: "No model is counted", Thresholds: none},
		Targets: []grafana.Target{
			until(untilCounted, write("inserts")), until(untilCounted, write("updates")), until(untilCounted, write("deletes")),
		},
	}
}

func migrations(e *env.Environment) grafana.Panel {
	const name = alert("TuxMigrationsUnapplied")
	return grafana.Panel{
		ID: 24, Title: "Unapplied migrations", View: grafana.Stat{}, Width: 4,
		Description: "Migrations that had not run when the process started. Not exported: django-prometheus leaves it out unless " +
			"PROMETHEUS_EXPORT_MIGRATIONS is set. After migrate it stays until the pods restart.",
		Field: grafana.Field{Unit: grafana.UnitCount, NoValue: "Not exported", Thresholds: anyAtAll},
		Links: runbooks(e, name, "TuxNotReady"),
		// max: every pod, and every worker of one, counts the same migrations.
		Targets: []grafana.Target{until("the backend exports its migrations",
			now("unapplied", highest(series(e, "django_migrations_unapplied_total"))))},
	}
}
