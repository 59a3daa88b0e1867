package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/tux-io/tux-monitoring-operator/hack/e2e/live"
)

// exceptionsAlert says what users met. It is information for the chat: they really got errors, and how
// many decides whether it is seen.
const exceptionsAlert = "TuxUnhandledExceptions"

// symptom is what another alert sees of the fault.
type symptom struct {
	alert string
	// expr is what it looks at, without the clause that leaves the fault to its cause.
	expr string
	// above this it would fire.
	above float64
	// text has a verb for the value.
	text string
}

// sees puts a value in words; "" if the alert has no reason to fire.
func (s *symptom) sees(value float64) string {
	// Nothing is greater than the NaN of no value.
	if value > s.above {
		return fmt.Sprintf(s.text, value)
	}
	return ""
}

// symptoms are those of the database, with the default threshold where there is one.
func symptoms() []symptom {
	failing := func(question string) string {
		return fmt.Sprintf("count(probe_success{namespace=%q,job=\"%s-%s\"} == 0)", resourceNamespace, backendName, question)
	}
	errors := fmt.Sprintf("100 * job:tux_http_errors:ratio_rate5m{namespace=%q,job=%q}", resourceNamespace, backendName)
	return []symptom{
		{"TuxNotReady", failing("ready"), 0, "%.0f pods are not ready"},
		{"TuxComponentUnhealthy", failing("full"), 0, "the health answer of %.0f pods is not healthy"},
		{"TuxEntryDown", failing("entry"), 0, "%.0f way that users take does not answer"},
		{"TuxHighErrorRate", errors, 5, "%.0f%% of the requests of 5 minutes ended with 5xx, 5%% is allowed"},
	}
}

// certain is how many of the symptoms follow from the fault whatever the users do.
const certain = 3

// showSilence shows who sees the fault, too, and checks that none of them called.
func (f *full) showSilence(ctx context.Context) error {
	rows := [][]string{{"ALERT", "WHAT IT SEES", "FIRED"}}
	for i, s := range symptoms() {
		value, err := f.number(ctx, s.expr)
		if err != nil {
			return err
		}
		switch sees := s.sees(value); {
		case sees != "":
			rows = append(rows, []string{s.alert, sees, "no"})
		case i < certain:
			return fmt.Errorf("the database is down, but %s sees nothing: %s is %v", s.alert, s.expr, value)
		}
	}
	if err := f.checkDiagnosis(ctx); err != nil {
		return err
	}
	f.printer.line("%s after the page nobody else has called, although all of these see the fault:", settle)
	f.printer.text(table(rows))
	f.printer.line("One fault, one page: whoever gets up at night starts at the database, and not with %d alerts of which", len(rows))
	f.printer.line("%d are consequences. Nothing is muted: without the database as their cause each of them fires.", len(rows)-1)
	return nil
}

// checkDiagnosis: since the database went down nothing fired and nothing arrived but its alert, and
// that of users who met errors.
func (f *full) checkDiagnosis(ctx context.Context) error {
	episodes, err := f.env.Prometheus.Alerts(ctx, resourceNamespace, live.Firing, f.broken, time.Now())
	if err != nil {
		return err
	}
	var wrong []string
	for _, e := range episodes {
		if e.Alert != databaseAlert && e.Alert != exceptionsAlert {
			wrong = append(wrong, fmt.Sprintf("%s fired %s after the fault: %v", e.Alert, e.First.Sub(f.broken).Round(time.Second), e.Labels))
		}
	}
	wrong = append(wrong, strangers(pager, f.env.Receiver.Since(pager, f.broken), databaseAlert)...)
	wrong = append(wrong, strangers(chat, f.env.Receiver.Since(chat, f.broken), exceptionsAlert)...)
	if len(wrong) > 0 {
		return fmt.Errorf("wrong diagnosis:\n%s", strings.Join(wrong, "\n"))
	}
	return nil
}

// strangers are alerts that came by a route and are not the one that may.
func strangers(route string, arrived []live.Notification, may string) []string {
	names := map[string]bool{}
	for i := range arrived {
		if name := arrived[i].Labels["alertname"]; name != may {
			names[fmt.Sprintf("%s came to the %s", name, route)] = true
		}
	}
	return slices.Sorted(maps.Keys(names))
}

// describeCounts says what users got between two counts.
func describeCounts(before, now map[int]int) string {
	var parts []string
	for _, status := range slices.Sorted(maps.Keys(now)) {
		n := now[status] - before[status]
		switch {
		case n == 0:
		case status == 0:
			parts = append(parts, fmt.Sprintf("no answer: %d", n))
		default:
			parts = append(parts, fmt.Sprintf("status %d: %d", status, n))
		}
	}
	if len(parts) == 0 {
		return "nothing, for nobody came"
	}
	return strings.Join(parts, ", ")
}
