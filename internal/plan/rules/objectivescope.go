package rules

import (
	"fmt"
	"strings"

	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"

	"github.com/tux-io/tux-monitoring-operator/internal/plan/burnrate"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
)

// The inputs of indicators.
const (
	inputMetrics = "metrics"
	inputProbes  = "probes"
	inputOwn     = "own"
)

// indicator is how one type of objective counts, an entry of the catalogue.
type indicator struct {
	Type   string `json:"type"`
	Source string `json:"source"`
	// What is counted, and what is bad about what is bad, for people.
	What string `json:"what"`
	Bad  string `json:"bad"`
	// Input is metrics, probes or own: whose absence explains that there is no data.
	Input string `json:"input"`
	// Causes are alerts that explain errors of this kind.
	Causes []string `json:"causes"`
	// Total and Errors are events per second.
	Total  string `json:"total"`
	Errors string `json:"errors"`
}

func (c *concern) indicator(o *env.Objective) (indicator, error) {
	for _, i := range c.Indicators {
		if i.Type == string(o.Type) && i.Source == string(o.Source) {
			return i, nil
		}
	}
	return indicator{}, fmt.Errorf("no indicator counts %s from %s", o.Type, o.Source)
}

// objectiveScope is what an entry about objectives can use beside what every entry can.
type objectiveScope struct {
	*scope
	Objective *env.Objective
	// Indicator is expanded.
	Indicator indicator
	// Series selects what is recorded for the objective.
	Series string
	// Allowed is the share of events that may be bad, AllowedText the same for people.
	Allowed, AllowedText string
	// WindowDays and WindowSeconds are the length of the window of the objective.
	WindowDays, WindowSeconds int
	// Pair is nil outside of burn alerts.
	Pair *pairScope
}

// pairScope is one pair of windows.
type pairScope struct {
	// Long and Short are the windows as in the names of the series; LongText is for people.
	Long, Short, LongText string
	// ShortRange is the short window as the range of a selector, EventsRange the long one as that of a
	// subquery in which every event is counted once.
	ShortRange, EventsRange string
	Factor                  string
	// MinEvents of the long window; 0: any number will do.
	MinEvents int
	Page      bool
	// Causes and Faster match names of alerts and windows that explain this one; empty: none.
	Causes, Faster string
}

func newObjectiveScope(e *env.Environment, b *env.Backend, c *concern, o *env.Objective) (*objectiveScope, error) {
	found, err := c.indicator(o)
	if err != nil {
		return nil, err
	}
	allowed := burnrate.Allowed(o.Target)
	window := env.Duration(o.Window)
	s := &objectiveScope{
		scope:         newScope(e, b),
		Objective:     o,
		Series:        selector(e.Namespace, b.Deployment) + fmt.Sprintf(",objective=%q", o.Name),
		Allowed:       burnrate.Decimal(allowed),
		AllowedText:   unitRatio.format(burnrate.Decimal(allowed)),
		WindowDays:    int(window.Hours()) / 24,
		WindowSeconds: int(window.Seconds()),
	}
	s.WindowText = words(o.Window)
	for _, text := range []*string{&found.Bad, &found.Total, &found.Errors} {
		if *text, err = s.expand(*text); err != nil {
			return nil, err
		}
	}
	s.Indicator = found
	return s, nil
}

// Total selects the recorded events per second.
func (s *objectiveScope) Total() string {
	return "job_objective:tux_slo_total:rate5m{" + s.Series + "}"
}

// Errors selects the recorded bad events per second.
func (s *objectiveScope) Errors() string {
	return "job_objective:tux_slo_errors:rate5m{" + s.Series + "}"
}

// BudgetRange is the window of the objective as the range of a subquery.
func (s *objectiveScope) BudgetRange() string { return "[" + s.Objective.Window + ":5m]" }

// EachProbe is the range of a subquery with one step per probe.
func (s *objectiveScope) EachProbe() string { return "[5m:" + short(s.probeInterval()) + "]" }

// DjangoMetrics is there as long as some pod exports Django metrics: their first scrape has it.
func (s *objectiveScope) DjangoMetrics() string {
	return "sum by (namespace) (django_http_requests_before_middlewares_total{" + s.Target() + "})"
}

// Bucket selects the bucket of the threshold.
func (s *objectiveScope) Bucket() string { return bucket(s.Objective.Threshold) }

// bucket selects the bucket of a histogram. Python writes 1 as 1.0, an exporter in Go as 1.
func bucket(bound string) string {
	if strings.Contains(bound, ".") {
		bound = strings.TrimRight(strings.TrimRight(bound, "0"), ".")
	}
	if strings.Contains(bound, ".") {
		return fmt.Sprintf("le=%q", bound)
	}
	return fmt.Sprintf(`le=~"%[1]s|%[1]s\\.0"`, bound)
}

// Counted is how fast counters of the backend grow, in events per second over 5 minutes.
func (s *objectiveScope) Counted(name string, matchers ...string) string {
	return counted(name, s.Target(), matchers)
}

// CountedOwn is Counted for a selector of the user, who may name another job.
func (s *objectiveScope) CountedOwn(c env.Counters) string {
	target := s.Target()
	if c.Job != "" {
		target = fmt.Sprintf("namespace=%q,%s", s.Namespace, c.Job)
	}
	return counted(c.Name, target, c.Matchers)
}

// counted sees the first event of a series, which rate() does not: a label set is born at 1, and most
// errors are the first of their view, their workspace or their pod. A series that was not there 5 minutes
// ago counts with its value, if the job was scraped then and the pod did not refuse.
func counted(name, target string, matchers []string) string {
	series := name + "{" + strings.Join(append([]string{target}, matchers...), ",") + "}"
	return fmt.Sprintf(`sum by (namespace) (
  (
    (%[1]s unless %[1]s offset 5m)
    unless on (namespace, job, pod) (up{%[2]s} offset 5m == 0)
  )
  and on (namespace, job) up{%[2]s} offset 5m
  or increase(%[1]s[5m])
) / 300`, series, target)
}

// expand fills in the [[ ]] of a text about an objective.
func (s *objectiveScope) expand(text string) (string, error) { return expand(text, s) }

// alert renders an alert of which everything is decided.
func (s *objectiveScope) alert(a *alert) (monitoringv1.Rule, error) {
	rule, err := alertRule(s, s.scope, a)
	if err != nil {
		return rule, fmt.Errorf("alert %q: %w", a.Name, err)
	}
	return rule, nil
}
