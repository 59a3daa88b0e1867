package status

import (
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	tuxv1alpha1 "github.com/tux-io/tux-monitoring-operator/api/v1alpha1"
	"github.com/tux-io/tux-monitoring-operator/internal/apply"
	"github.com/tux-io/tux-monitoring-operator/internal/fault"
)

// Pass is what one reconciliation found and did.
type Pass struct {
	// Generation of the spec the pass worked on.
	Generation int64
	Mode       tuxv1alpha1.Mode
	// Now is the transition time of conditions that change.
	Now metav1.Time
	// GatherErr ended the pass before it had a plan; everything below is empty then.
	GatherErr error

	Environment  string
	Findings     []fault.Finding
	Backends     []tuxv1alpha1.BackendStatus
	Prometheuses []tuxv1alpha1.PrometheusStatus
	LabelsGiven  bool
	// Routing is nil where spec.routing is not set.
	Routing *Routing
	// Sentry is nil where spec.sentry is not set.
	Sentry *Sentry
	// Logs is nil where spec.logs is not set.
	Logs *Logs
	// LogAlerts is nil where spec.logs.alerts is not set.
	LogAlerts *LogAlerts
	// LogSeals is nil where spec.logs.seals is not set.
	LogSeals *LogSeals
	// LogDeletions is nil without a Loki.
	LogDeletions *LogDeletions
	Objectives   []tuxv1alpha1.ObjectiveStatus
	Omitted      []tuxv1alpha1.OmittedAlert
	Outputs      []Output
	// Alerts and Panels are counts of what is rendered.
	Alerts, Panels int
}

// Routing is who selects our AlertmanagerConfig, and whom it tells.
type Routing struct {
	// Selecting are Alertmanager resources, as namespace/name.
	Selecting   []string
	LabelsGiven bool
	// Summary says who hears of what, a text for each severity.
	Summary []string
}

// Sentry is what became of the Sentry project. It is kept in step beside the passes: each reads the last
// result.
type Sentry struct {
	// Project is its slug.
	Project string
	// Ran says that Err and the rest are of these settings; otherwise nothing is known of them yet.
	Ran bool
	Err error
	// Ignored are settings that Sentry was told with success and does not have.
	Ignored []Ignored
	// Waiting are settings that can be made only when the environment has sent an event.
	Waiting []string
	// Privacy is what holds in the end; nil if it is not known.
	Privacy *tuxv1alpha1.SentryPrivacyStatus
	// Grace is how long an outage may last before Ready says so.
	Grace time.Duration
	// Proof is nil where nobody asked for one.
	Proof *Proof
}

// Proof is what is known about the proof of what Sentry removes. What it came to is in the status already:
// who runs it writes it there.
type Proof struct {
	// Final says that the status is of what shall be proven now, and at its end.
	Final bool
	// Err is why it does not go on, or what it waits for.
	Err error
}

// Ignored is a setting with the likely cause.
type Ignored struct {
	Path, Cause string
	// Private is true for a setting that keeps secrets out of Sentry.
	Private bool
}

// Output is what became of one output.
type Output struct {
	Name string
	// Objects wanted.
	Objects int
	// Changes done, or in mode Plan those that would be done.
	Changes apply.ChangeSet
	// Held is true when the output was left as it is.
	Held bool
	// Incomplete is true when more objects may belong to it than could be planned.
	Incomplete bool
	Err        error
}

// done counts the objects that are in the cluster as planned.
func (o *Output) done() int {
	return o.Changes.Count(apply.Created) + o.Changes.Count(apply.Configured) + o.Changes.Count(apply.Unchanged)
}
