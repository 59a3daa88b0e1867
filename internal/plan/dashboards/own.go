package dashboards

import (
	"errors"
	"fmt"

	"github.com/tux-io/tux-monitoring-operator/internal/plan/dashboards/grafana"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
)

// OwnOptions say where the operator runs and how its series are labelled.
type OwnOptions struct {
	// UID and Title of the dashboard, unique in a Grafana.
	UID, Title string
	// Namespace the operator runs in, and Job its series have as label.
	Namespace, Job string
}

// own is what the panels of one operator share.
type own struct{ namespace, job string }

// Own renders the dashboard of the operator itself: it ships with the operator, not with a TuxMonitoring, and
// shows every resource. It is made like those of an environment, and has no choice but the data source.
func Own(o OwnOptions) ([]byte, error) {
	if o.UID == "" || o.Title == "" || o.Namespace == "" || o.Job == "" {
		return nil, errors.New("cannot render the dashboard of the operator: UID, title, namespace and job are required")
	}
	s := &own{o.Namespace, o.Job}
	d := &grafana.Dashboard{
		UID: o.UID, Title: o.Title, Tags: []string{tag, "operator"}, Refresh: "30s", From: "now-6h",
		Description: "Does the operator do its work: resources, passes, writes, requests, and what it needs.",
		Links:       []grafana.Link{{Title: "Runbooks", URL: env.RunbookBase}},
		Related:     grafana.Related{Title: "Environments", Tags: []string{tag, overview.name}},
		Variables:   []grafana.Variable{grafana.DataSource{}},
		Rows: []grafana.Row{
			{ID: 1, Title: "Resources", Height: 7, Panels: []grafana.Panel{s.ready(), s.planned(), s.firing()}},
			{ID: 2, Title: "Passes", Height: 8, Panels: []grafana.Panel{s.passes(), s.passTime(), s.queue()}},
			{ID: 3, Title: "Writes", Height: 8, Panels: []grafana.Panel{s.writes(), s.corrections(), s.requests(), s.cache()}},
			{ID: 5, Title: "Outside", Height: 8, Panels: []grafana.Panel{s.answers(), s.answerTime(), s.leftAlone(), s.synced()}},
			{ID: 4, Title: "Process", Height: 7, Panels: []grafana.Panel{s.leader(), s.memory(), s.processor()}},
		},
	}
	text, err := d.JSON()
	if err != nil {
		return nil, fmt.Errorf("cannot render the dashboard of the operator: %w", err)
	}
	return text, nil
}

func (s *own) target(more string) string {
	out := equal("namespace", s.namespace) + "," + equal("job", s.job)
	if more != "" {
		out += "," + more
	}
	return "{" + out + "}"
}

func (s *own) line(legend, expr string) []grafana.Target {
	return []grafana.Target{{Legend: legend, MinStep: "30s", Expr: expr}}
}

func (s *own) rate(metric, more string, by ...string) string {
	return sum("rate("+metric+s.target(more)+perStep+")", by...)
}

func (s *own) ready() grafana.Panel {
	return grafana.Panel{
		ID: 11, Title: "Ready", Width: 12,
		Description: "The condition Ready of each TuxMonitoring. One that is red says in its conditions what to do; one that is " +
			"suspended is not here.",
		View:  grafana.StateTimeline{},
		Field: grafana.Field{Unit: grafana.UnitBool, NoValue: "No TuxMonitoring, or nobody leads", Thresholds: complete, Mappings: illOrWell},
		Links: []grafana.Link{{Title: "TuxOperatorResourceNotReady", URL: env.RunbookURL("TuxOperatorResourceNotReady")}},
		Targets: s.line("{{resource_namespace}}/{{resource}}",
			lowest("tuxmonitoring_ready"+s.target(""), "resource_namespace", "resource")),
	}
}

func (s *own) firing() grafana.Panel {
	return grafana.Panel{
		ID: 12, Title: "Firing alerts", Width: 7,
		Description: "Alerts about the operator that fire, and for how long they are known.",
		View: grafana.Table{SortBy: "alertname", Columns: []grafana.Column{
			{Field: "alertname", Title: "alert", Links: []grafana.Link{{Title: "Runbook", URL: env.RunbookURL("${__value.raw}")}}},
			{Field: "Value", Title: "for", Unit: grafana.UnitSeconds, Decimals: new(1), Width: 100},
		}},
		Field: grafana.Field{Unit: grafana.UnitCount, NoValue: "Nothing fires", Thresholds: none},
		Targets: []grafana.Target{now("{{alertname}}", "max by (alertname) (time() - ALERTS_FOR_STATE"+s.target(`alertname=~"TuxOperator.*"`)+
			")\nand on (alertname) ALERTS"+s.target(`alertstate="firing"`))},
	}
}

func (s *own) passes() grafana.Panel {
	return grafana.Panel{
		ID: 21, Title: "Passes",
		Description: "Reconciliations per second by result. Worry about error: the conditions of the TuxMonitoring say what it is.",
		View:        grafana.TimeSeries{Legend: meanMaxLast, Styles: []grafana.Style{{Series: "error", Color: grafana.Red}}},
		Field:       grafana.Field{Unit: grafana.UnitPerSecond, Min: new(0.0), Thresholds: none},
		Targets:     s.line("{{result}}", s.rate("controller_runtime_reconcile_total", `controller="tuxmonitoring"`, "result")),
	}
}

func (s *own) passTime() grafana.Panel {
	return grafana.Panel{
		ID: 22, Title: "Time of a pass",
		Description: "95% of the passes took at most this long. Well under a second is usual; many mean a slow API server.",
		View:        grafana.TimeSeries{Legend: meanMaxLast},
		Field:       grafana.Field{Unit: grafana.UnitSeconds, Min: new(0.0), NoValue: "No pass", Thresholds: none},
		Targets: s.line("p95", quantile("0.95",
			"rate(controller_runtime_reconcile_time_seconds_bucket"+s.target(`controller="tuxmonitoring"`)+perStep+")")),
	}
}

func (s *own) queue() grafana.Panel {
	return grafana.Panel{
		ID: 23, Title: "Queue",
		Description: "TuxMonitorings that wait for their pass, by pod. A replica that does not lead keeps its queue and works on none.",
		View:        grafana.TimeSeries{Legend: meanMaxLast},
		Field:       grafana.Field{Unit: grafana.UnitCount, Min: new(0.0), Decimals: new(0), Thresholds: none},
		Targets:     s.line("{{pod}}", sum("workqueue_depth"+s.target(`name="tuxmonitoring"`), "pod")),
	}
}

func (s *own) writes() grafana.Panel {
	return grafana.Panel{
		ID: 31, Title: "Written objects",
		Description: "Objects written per second, by what became of them. Where nothing changes it is 0.",
		View:        grafana.TimeSeries{Legend: meanMaxLast},
		Field:       grafana.Field{Unit: grafana.UnitPerSecond, Min: new(0.0), Thresholds: none},
		Targets:     s.line("{{result}} {{kind}}", s.rate("tuxmonitoring_objects_total", `result!="unchanged"`, "kind", "result")),
	}
}

func (s *own) corrections() grafana.Panel {
	return grafana.Panel{
		ID: 32, Title: "Brought back",
		Description: "Objects that somebody else had changed or deleted. Worry when it goes on: two writers fight.",
		View:        grafana.TimeSeries{Bars: true},
		Field:       grafana.Field{Unit: grafana.UnitPerSecond, Min: new(0.0), NoValue: "None", Thresholds: none},
		Targets: s.line("{{resource_namespace}}/{{resource}} {{kind}}",
			s.rate("tuxmonitoring_drift_corrected_total", "", "resource_namespace", "resource", "kind")),
	}
}

func (s *own) requests() grafana.Panel {
	return grafana.Panel{
		ID: 33, Title: "Requests to the API server",
		Description: "By answer. Worry about 403: a permission is missing; about 429 and 5xx: the API server has trouble.",
		View:        grafana.TimeSeries{Legend: meanMaxLast},
		Field:       grafana.Field{Unit: grafana.UnitRequests, Min: new(0.0), Thresholds: none},
		Targets:     s.line("{{code}}", s.rate("rest_client_requests_total", "", "code")),
	}
}

func (s *own) leader() grafana.Panel {
	return grafana.Panel{
		ID: 41, Title: "Leader",
		Description: "Which pod works. None for minutes: TuxOperatorNoLeader.",
		View:        grafana.StateTimeline{},
		Field:       grafana.Field{Unit: grafana.UnitBool, NoValue: "Without leader election", Thresholds: complete, Mappings: illOrWell},
		Targets:     s.line("{{pod}}", highest("leader_election_master_status"+s.target(""), "pod")),
	}
}

func (s *own) memory() grafana.Panel {
	return grafana.Panel{
		ID: 42, Title: "Memory",
		Description: "Resident memory by pod; it grows with the resources and their objects.",
		View:        grafana.TimeSeries{Legend: meanMaxLast},
		Field:       grafana.Field{Unit: grafana.UnitBytes, Min: new(0.0), Thresholds: none},
		Targets:     s.line("{{pod}}", highest("process_resident_memory_bytes"+s.target(""), "pod")),
	}
}

func (s *own) processor() grafana.Panel {
	return grafana.Panel{
		ID: 43, Title: "Processor",
		Description: "Cores in use by pod. An operator with nothing to do needs next to none.",
		View:        grafana.TimeSeries{Legend: meanMaxLast},
		Field:       grafana.Field{Unit: grafana.UnitCores, Min: new(0.0), Thresholds: none},
		Targets:     s.line("{{pod}}", s.rate("process_cpu_seconds_total", "", "pod")),
	}
}
