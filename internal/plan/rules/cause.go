package rules

import (
	"fmt"
	"strings"
	"time"
)

// remembered is how long at least a symptom stays silent after its cause: two evaluations of a slow Prometheus
// and one more, because the cause may be evaluated after the symptom.
const remembered = 3 * time.Minute

// Fired is true of the namespace while another alert of the backend fires, and for as long as an average may
// show what happened then. Matchers choose among the alerts of that name.
func (s *scope) Fired(name string, matchers ...string) (string, error) {
	if _, err := entryOf(name); err != nil {
		return "", err
	}
	own := append([]string{
		fmt.Sprintf("namespace=%q,backend=%q,alertname=%q", s.Namespace, s.Backend, name), `alertstate="firing"`,
	}, matchers...)
	return fmt.Sprintf("max_over_time(ALERTS{%s}[%s])", strings.Join(own, ","), short(max(s.faded(), remembered))), nil
}

// DatabaseOutage is true of the namespace while TuxDatabaseUnavailable fires, and for as long as an average
// may show the outage. Its inner max_over_time, because a database that only flaps never fires that alert and
// must hide nothing.
func (s *scope) DatabaseOutage() (string, error) {
	waits, err := s.Waits("TuxDatabaseUnavailable")
	if err != nil {
		return "", err
	}
	probe := s.Probe(componentDatabase)
	return fmt.Sprintf(`max_over_time((
  pod_component:tux_component_unhealthy:bool{%[1]s} == 1
  and on (namespace, pod) max_over_time(probe_success{%[1]s}%[2]s) == 0
)%[3]s)`, probe, waits, s.Fading()), nil
}
