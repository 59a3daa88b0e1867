package rules

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
	"github.com/tux-io/tux-monitoring-operator/internal/promql"
)

// busiestWorkspaces are the series that say which workspaces have series of their own.
const busiestWorkspaces = "job_workspace:tux_workspace_events:top1h"

// statusesKept is how many values of status the fuse of recorded workspaces leaves room for: TUX has two.
const statusesKept = 10

// Workspace is the label that names the workspace, Limit how many there may be, Top how many are recorded.
func (s *scope) Workspace() string { return s.environment.Workspaces.Label }

// Limit is how many workspaces the backend is expected to have.
func (s *scope) Limit() int { return s.environment.Workspaces.Limit }

// Top is how many workspaces have recorded series of their own.
func (s *scope) Top() int { return s.environment.Workspaces.Top }

// Fuse is more than any rule about top workspaces and the others returns.
func (s *scope) Fuse() int { return (s.Top() + 1) * statusesKept }

// NamedWorkspace matches what can be among the top: a workspace with a name that is not that of the others.
func (s *scope) NamedWorkspace() string {
	return s.Workspace() + "!~" + promql.Quote("|"+env.OtherWorkspace)
}

// JobBucket selects the bucket of the threshold.
func (s *scope) JobBucket() string { return bucket(s.Threshold) }

// Increase is by how much each counter has grown over window, with the first event of a series, which
// increase() does not see: a new series counts with its value. New is what was not there a window ago
// although the job was scraped then and the pod did not refuse. It reads every sample of the window.
func (s *scope) Increase(name, window string, matchers ...string) string {
	series := s.series(name, matchers)
	return fmt.Sprintf("((%[1]s unless %[1]s offset %[2]s) unless on (namespace, job, pod) (up{%[3]s} offset %[2]s == 0)) "+
		"and on (namespace, job) up{%[3]s} offset %[2]s or increase(%[1]s[%[2]s])", series, window, s.Target())
}

// Events is Increase from the two ends of the window alone: what is there now less what was there then. It
// costs a tenth and counts in whole events, but forgets those of a process that has ended. Counters of a pod
// that restarted count with their value, like new ones. Whether it did says a counter that grows with every
// request and probe: that of one workspace may well have caught up with what it was.
func (s *scope) Events(name, window string, matchers ...string) string {
	series := s.series(name, matchers)
	restarted := fmt.Sprintf("(resets(%s[%s]) > 0)", s.series("django_http_requests_before_middlewares_total", nil), window)
	return fmt.Sprintf("%[1]s - %[1]s offset %[2]s >= 0 unless on (namespace, job, pod) %[4]s "+
		"or (%[1]s and on (namespace, job) up{%[3]s} offset %[2]s unless on (namespace, job, pod) (up{%[3]s} offset %[2]s == 0))",
		series, window, s.Target(), restarted)
}

// Growth is Events without its guards, good enough to rank by: in the first window all is new.
func (s *scope) Growth(name, window string, matchers ...string) string {
	return fmt.Sprintf("%[1]s - %[1]s offset %[2]s >= 0 or %[1]s", s.series(name, matchers), window)
}

func (s *scope) series(name string, matchers []string) string {
	return name + "{" + strings.Join(append([]string{s.Target()}, matchers...), ",") + "}"
}

// PerWorkspace sums expr by workspace for those of the top, and for all others together. What is in neither
// would be missing in the sum, so both read the same expression.
func (s *scope) PerWorkspace(expr string, labels ...string) string {
	by := strings.Join(append([]string{"namespace", "job"}, labels...), ", ")
	top := fmt.Sprintf("on (namespace, job, %s) %s{%s}", s.Workspace(), busiestWorkspaces, s.Target())
	return fmt.Sprintf(`(
  sum by (%[1]s, %[2]s) ((%[3]s) and %[4]s)
  or
  label_replace(sum by (%[1]s) ((%[3]s) unless %[4]s), %[5]q, %[6]q, "", "")
)`, by, s.Workspace(), expr, top, s.Workspace(), env.OtherWorkspace)
}

// UnlessTold is the clause that keeps an alert silent while another one fires that explains it, and for
// window afterwards, as long as what happened then is still counted. Empty if none of them is there.
func (s *scope) UnlessTold(window string, names ...string) (string, error) {
	var there []string
	for _, name := range names {
		ships, err := s.Ships(name)
		if err != nil {
			return "", err
		}
		if ships {
			there = append(there, name)
		}
	}
	if len(there) == 0 {
		return "", nil
	}
	slices.Sort(there)
	return fmt.Sprintf("\nunless on (namespace) max_over_time(ALERTS{%s,alertname=~%q,alertstate=\"firing\"}[%s])",
		s.OwnAlerts(), strings.Join(there, "|"), window), nil
}
