package dashboards

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/tux-io/tux-monitoring-operator/internal/plan/dashboards/grafana"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
)

const (
	// perStep is the window of a rate that Grafana fits to the zoom.
	perStep = "[$__rate_interval]"
	// inRange is the time range of the dashboard up to each step, wholeRange the same for every step.
	inRange    = "[$__range]"
	wholeRange = "[$__range] @ end()"

	// topSeries is how many lines a picture bears, fewSeries how many lines of a table there is room for in
	// the overview.
	topSeries, fewSeries = 10, 5

	// jobStep is the step of panels about propagation jobs. Jobs are rare: over the usual minute most
	// rates are 0 or nothing. Grafana makes $__rate_interval four times that, 20 minutes.
	jobStep = "5m"
)

// Names of series more than one panel asks for. Those with colons are recorded.
const (
	responsesMetric = "django_http_responses_total_by_status_view_method_total"
	latencyMetric   = "django_http_requests_latency_seconds_by_view_method"
	viewRequests    = "job_view:tux_http_requests:rate5m"
	viewErrors      = "job_view:tux_http_errors:rate5m"
	viewBuckets     = "job_view_le:tux_http_latency_bucket:rate5m"
	generations     = "tux_string_generations_total"
	jobs            = "tux_propagation_jobs_total"
	jobDuration     = "tux_propagation_duration_seconds"
)

// target selects the series the chosen backends export, and more conditions.
func target(e *env.Environment, more ...string) string {
	return strings.Join(append([]string{equal("namespace", e.Namespace), `job=~"$backend"`}, more...), ",")
}

func equal(label, value string) string { return label + "=" + strconv.Quote(value) }

// series of the chosen backends.
func series(e *env.Environment, metric string, more ...string) string {
	return metric + "{" + target(e, more...) + "}"
}

// rate of a counter of the chosen backends.
func rate(e *env.Environment, metric string, more ...string) string {
	return rateOver(e, metric, perStep, more...)
}

func rateOver(e *env.Environment, metric, window string, more ...string) string {
	return "rate(" + series(e, metric, more...) + window + ")"
}

func sum(expr string, by ...string) string { return fold("sum", expr, by) }

func highest(expr string, by ...string) string { return fold("max", expr, by) }

func lowest(expr string, by ...string) string { return fold("min", expr, by) }

func fold(operator, expr string, by []string) string {
	if len(by) > 0 {
		operator += " by (" + strings.Join(by, ", ") + ") "
	}
	return operator + "(" + expr + ")"
}

// quantile of buckets; what has no traffic has none, and not NaN.
func quantile(q, buckets string, by ...string) string {
	return "histogram_quantile(" + q + ", " + sum(buckets, append(slices.Clone(by), "le")...) + ") >= 0"
}

// users is the rate of a metric of requests without the views that are no user traffic. Those are a
// setting of each backend, so backends that differ in it are selected apart.
func users(e *env.Environment, metric string, more ...string) string {
	var rates []string
	groups := byExcludedViews(e)
	for _, g := range groups {
		conditions := append(slices.Clone(more), "view!~"+strconv.Quote(g.views))
		if len(groups) > 1 {
			conditions = append(conditions, "job=~"+strconv.Quote(strings.Join(g.jobs, "|")))
		}
		rates = append(rates, rate(e, metric, conditions...))
	}
	if len(rates) == 0 {
		return rate(e, metric, more...)
	}
	return strings.Join(rates, " or ")
}

type viewGroup struct {
	views string
	jobs  []string
}

func byExcludedViews(e *env.Environment) []viewGroup {
	var groups []viewGroup
	for i := range e.Backends {
		b := &e.Backends[i]
		at, found := slices.BinarySearchFunc(groups, b.Metrics.ExcludedViews, func(g viewGroup, views string) int {
			return cmp.Compare(g.views, views)
		})
		if !found {
			groups = slices.Insert(groups, at, viewGroup{views: b.Metrics.ExcludedViews})
		}
		groups[at].jobs = append(groups[at].jobs, b.Deployment)
	}
	return groups
}

// top sums by a label and keeps the series that are largest over the whole time range. topk alone
// picks anew at every step and draws far more lines than it says.
func top(label, now, over string) string {
	return sum(now, label) + fmt.Sprintf("\nand on (%s) topk(%d, %s)", label, topSeries, sum(over, label))
}

// overRange averages a recorded rate over the whole time range.
func overRange(recorded string) string { return "avg_over_time(" + recorded + wholeRange + ")" }

// share of part in whole, two sums by the same labels. A part that never happened has no series and
// is 0; a whole that is 0 gives nothing and not NaN.
func share(part, whole string) string {
	return fmt.Sprintf("(%[1]s or 0 * %[2]s)\n/ (%[2]s > 0)", part, whole)
}

// lines is a query over time, now one for the end of the range only.
func lines(e *env.Environment, legend, expr string) grafana.Target {
	return grafana.Target{Legend: legend, MinStep: scrapeStep(e), Expr: expr}
}

func now(legend, expr string) grafana.Target {
	return grafana.Target{Legend: legend, Instant: true, Expr: expr}
}

// until says when a query will have data.
func until(what string, t grafana.Target) grafana.Target {
	t.EmptyUntil = what
	return t
}

// scrapeStep is the longest scrape interval of the backends. Without it Grafana believes the setting
// of the data source, 15s by default, and its windows hold too few scrapes for a rate.
func scrapeStep(e *env.Environment) string {
	longest := ""
	for i := range e.Backends {
		if interval := e.Backends[i].Metrics.Interval; env.Duration(interval) > env.Duration(longest) {
			longest = interval
		}
	}
	return longest
}

// probe selects probe series of one question, or of all asked of each pod, of the chosen backends.
func probe(e *env.Environment, metric, question string, more ...string) string {
	conditions := append([]string{equal("namespace", e.Namespace), `job=~"($backend)-(` + question + `)"`}, more...)
	return metric + "{" + strings.Join(conditions, ",") + "}"
}

// questions matches those asked of each pod.
func questions(e *env.Environment) string {
	var all []string
	for i := range e.Backends {
		for _, q := range e.Backends[i].Questions() {
			if !slices.Contains(all, q) {
				all = append(all, q)
			}
		}
	}
	return strings.Join(all, "|")
}

// meanMaxLast are the numbers beside the names of series: usual, worst, now.
var meanMaxLast = grafana.Legend{Calcs: []string{"mean", "max", "lastNotNull"}, SortBy: "Max"}

// inOrder is a legend in the order of the queries, where a comparison must not stand above the matter itself.
func inOrder(l grafana.Legend) grafana.Legend {
	l.SortBy = ""
	return l
}

// maxLast leaves room for long names in narrow panels.
var maxLast = grafana.Legend{Calcs: []string{"max", "lastNotNull"}, SortBy: "Max"}

// meanMinLast is the same for what is bad when it is small.
var meanMinLast = grafana.Legend{Calcs: []string{"mean", "min", "lastNotNull"}}
