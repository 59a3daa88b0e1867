package rules

import (
	"fmt"
	"strconv"
)

// SampleLimit is the largest number of samples a scrape of a pod may return.
func (s *scope) SampleLimit() string { return strconv.FormatInt(s.backend.Metrics.SampleLimit, 10) }

// Restarts is an expression: how often each pod began anew within the range of a selector. It needs brackets
// of its own nowhere.
//
// A process says itself when it began, which needs nobody else and also sees a worker that gunicorn replaced.
// Where that goes back, it is several processes that answer in turn, see TuxMetricsFromOneOfManyWorkers.
// Several processes say nothing, so Kubernetes is asked. Not by increase(): it extrapolates, and two restarts
// would be more than two.
func (s *scope) Restarts(within string) string {
	if !s.backend.Multiprocess {
		began := fmt.Sprintf("process_start_time_seconds{%s}%s", s.Target(), within)
		return fmt.Sprintf("(changes(%s) unless resets(%s) > 0)", began, began)
	}
	restarts := fmt.Sprintf("kube_pod_container_status_restarts_total{%s}", s.Containers())
	return fmt.Sprintf("(max by (namespace, pod) (%s) - min by (namespace, pod) (min_over_time(%s%s)))", restarts, restarts, within)
}

// Expression is what another alert fires for, in brackets: for a clause that leaves a symptom to its cause and
// must not know the thresholds of the other. That one must ship, and must not ask for this one in turn.
func (s *scope) Expression(name string) (string, error) {
	withPods := *s.backend
	withPods.ScaledToZero = false
	for _, entry := range variants(name) {
		if other := adjusted(entry, s.environment); other.missing(s.environment, &withPods) == "" {
			expr, err := newScope(s.environment, s.backend).with(&other).expand(other.Expr)
			return "(\n" + expr + "\n)", err
		}
	}
	return "", fmt.Errorf("no variant of alert %q works for %q", name, s.Backend)
}
