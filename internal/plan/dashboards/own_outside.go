package dashboards

import (
	"github.com/tux-io/tux-monitoring-operator/internal/plan/dashboards/grafana"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
)

func (s *own) planned() grafana.Panel {
	return grafana.Panel{
		ID: 13, Title: "Planned objects",
		Description: "Objects the last plans of all TuxMonitorings consist of. The operator's memory grows with them.",
		View:        grafana.Stat{},
		Field:       grafana.Field{Unit: grafana.UnitCount, Decimals: new(0), NoValue: "None", Thresholds: none},
		Targets:     []grafana.Target{now("", sum("max by (resource_namespace, resource) (tuxmonitoring_planned_objects"+s.target("")+")"))},
	}
}

func (s *own) cache() grafana.Panel {
	return grafana.Panel{
		ID: 34, Title: "Known to be as wanted",
		Description: "Share of objects for which nothing had to be sent, since the request cache knows them. Worry when it stays low: " +
			"somebody else changes them.",
		View:  grafana.TimeSeries{Legend: meanMaxLast},
		Field: grafana.Field{Unit: grafana.UnitRatio, Min: new(0.0), NoValue: "No pass", Thresholds: none},
		Targets: s.line("hits", s.rate("tuxmonitoring_request_cache_lookups_total", `result="hit"`)+"\n/\n"+
			s.rate("tuxmonitoring_request_cache_lookups_total", "")),
	}
}

func (s *own) answers() grafana.Panel {
	return grafana.Panel{
		ID: 51, Title: "Requests to outside systems",
		Description: "By system and answer. none: no connection, or too late. left_alone: not sent, the host failed too often.",
		View:        grafana.TimeSeries{Legend: meanMaxLast},
		Field:       grafana.Field{Unit: grafana.UnitRequests, Min: new(0.0), NoValue: "None", Thresholds: none},
		Targets:     s.line("{{system}} {{answer}}", s.rate("tuxmonitoring_external_requests_total", "", "system", "answer")),
	}
}

func (s *own) answerTime() grafana.Panel {
	return grafana.Panel{
		ID: 52, Title: "Time of their answers",
		Description: "95% of the answers began after at most this long.",
		View:        grafana.TimeSeries{Legend: meanMaxLast},
		Field:       grafana.Field{Unit: grafana.UnitSeconds, Min: new(0.0), NoValue: "None", Thresholds: none},
		Targets: s.line("{{system}}", quantile("0.95",
			"rate(tuxmonitoring_external_request_duration_seconds_bucket"+s.target("")+perStep+")", "system")),
	}
}

func (s *own) leftAlone() grafana.Panel {
	return grafana.Panel{
		ID: 53, Title: "Hosts left alone",
		Description: "Hosts that failed too often, and are tried once a minute.",
		View:        grafana.TimeSeries{Bars: true},
		Field:       grafana.Field{Unit: grafana.UnitCount, Min: new(0.0), Decimals: new(0), NoValue: "None", Thresholds: none},
		Links:       []grafana.Link{{Title: "TuxOperatorSystemUnreachable", URL: env.RunbookURL("TuxOperatorSystemUnreachable")}},
		Targets:     s.line("{{system}}", highest("tuxmonitoring_external_hosts_left_alone"+s.target(""), "system")),
	}
}

func (s *own) synced() grafana.Panel {
	return grafana.Panel{
		ID: 54, Title: "Last found in step",
		Description: "Time since Sentry, or a log store, was last found in step, the longest of all resources. Ten minutes are usual.",
		View:        grafana.TimeSeries{Legend: meanMaxLast},
		Field:       grafana.Field{Unit: grafana.UnitSeconds, Min: new(0.0), NoValue: "None", Thresholds: none},
		Links:       []grafana.Link{{Title: "TuxOperatorSyncStale", URL: env.RunbookURL("TuxOperatorSyncStale")}},
		Targets: s.line("{{of}}", highest("time() - max by (resource_namespace, resource, of) (tuxmonitoring_last_success_timestamp_seconds"+
			s.target(`of!="pass"`)+")", "of")),
	}
}
