package dashboards

import (
	"github.com/tux-io/tux-monitoring-operator/internal/plan/dashboards/grafana"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
)

func cacheHits(e *env.Environment, id int) grafana.Panel {
	const name = alert("TuxCacheHitRatioLow")
	sumOf := func(metric string, more ...string) string { return sum(rate(e, metric, more...)) }
	byCache := func(metric string) string { return sum(rate(e, metric), "backend") }
	return grafana.Panel{
		ID: id, Title: "Cache hits",
		Description: "Share of lookups the caches answer: the dimension catalogue as TUX counts it, and each of Django's " +
			"caches. Worry about a drop that lasts: the database does that work then. A deployment empties a cache " +
			"in memory and causes a short dip." + name.begins(e),
		View:  grafana.TimeSeries{ThresholdLines: true, Legend: meanMinLast},
		Field: grafana.Field{Unit: grafana.UnitRatio, Min: new(0.0), Max: new(1.0), Thresholds: name.below(e)},
		Links: runbooks(e, name),
		Targets: []grafana.Target{
			lines(e, "dimension catalogue", share(sumOf(catalogue, `cache_hit="hit"`), sumOf(catalogue))),
			lines(e, "Django, {{backend}}", share(byCache(cacheHit), byCache(cacheGets))),
		},
	}
}

func cacheLookups(e *env.Environment) grafana.Panel {
	return grafana.Panel{
		ID: 32, Title: "Cache lookups",
		Description: "Lookups per second in each of Django's caches, and in the dimension catalogue. Worry when they stop while " +
			"requests go on: somebody has switched the cache off.",
		View:  grafana.TimeSeries{Legend: meanMaxLast},
		Field: grafana.Field{Unit: grafana.UnitPerSecond, Min: new(0.0), Thresholds: none},
		Targets: []grafana.Target{
			lines(e, "Django, {{backend}}", sum(rate(e, cacheGets), "backend")),
			lines(e, "dimension catalogue", sum(rate(e, catalogue))),
		},
	}
}

func cacheFailures(e *env.Environment) grafana.Panel {
	const name = alert("TuxCacheFailures")
	return grafana.Panel{
		ID: 33, Title: "Failed lookups",
		Description: "Share of the lookups that got no answer from the cache. Worry about any that lasts: the server is gone, " +
			"full or out of connections." + name.begins(e),
		View:    grafana.TimeSeries{ThresholdLines: true, Legend: meanMaxLast},
		Field:   grafana.Field{Unit: grafana.UnitRatio, Min: new(0.0), Thresholds: name.above(e)},
		Links:   runbooks(e, name, "TuxCacheUnhealthy"),
		Targets: []grafana.Target{lines(e, "{{backend}}", share(sum(rate(e, cacheFailed), "backend"), sum(rate(e, cacheGets), "backend")))},
	}
}
