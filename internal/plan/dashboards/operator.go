package dashboards

import (
	"github.com/tux-io/tux-monitoring-operator/internal/plan/dashboards/grafana"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
)

// The operator serves all environments and is scraped in its own namespace, so these panels are the same in
// each of them.

const (
	untilOperator = "the metrics of the operator are scraped"
	ofController  = `{controller="tuxmonitoring"}`
)

func passes(e *env.Environment) grafana.Panel {
	return grafana.Panel{
		ID: 41, Title: "Passes of the operator",
		Description: "Reconciliations per second by result, all environments. Worry about error: the conditions of the TuxMonitoring " +
			"say what it is.",
		View:  grafana.TimeSeries{Legend: meanMaxLast, Styles: []grafana.Style{{Series: "error", Color: grafana.Red}}},
		Field: grafana.Field{Unit: grafana.UnitPerSecond, Min: new(0.0), NoValue: "The operator is not scraped", Thresholds: none},
		Targets: []grafana.Target{until(untilOperator, lines(e, "{{result}}",
			sum("rate(controller_runtime_reconcile_total"+ofController+perStep+")", "result")))},
	}
}

func passTime(e *env.Environment) grafana.Panel {
	return grafana.Panel{
		ID: 42, Title: "Time of a pass",
		Description: "95% of the reconciliations took at most this long. A pass takes well under a second; worry when it takes many: " +
			"the API server is slow.",
		View:  grafana.TimeSeries{Legend: meanMaxLast},
		Field: grafana.Field{Unit: grafana.UnitSeconds, Min: new(0.0), NoValue: "The operator is not scraped", Thresholds: none},
		Targets: []grafana.Target{until(untilOperator, lines(e, "p95",
			quantile("0.95", "rate(controller_runtime_reconcile_time_seconds_bucket"+ofController+perStep+")")))},
	}
}

func writes(e *env.Environment) grafana.Panel {
	return grafana.Panel{
		ID: 43, Title: "Written objects",
		Description: "Objects the operator wrote, per second, by what became of them. Where nothing changes it is 0; worry when it is " +
			"not: somebody else changes them back.",
		View:  grafana.TimeSeries{Legend: meanMaxLast},
		Field: grafana.Field{Unit: grafana.UnitPerSecond, Min: new(0.0), NoValue: "The operator is not scraped", Thresholds: none},
		Targets: []grafana.Target{until(untilOperator, lines(e, "{{result}} {{kind}}",
			sum(`rate(tuxmonitoring_objects_total{result!="unchanged"}`+perStep+")", "kind", "result")))},
	}
}
