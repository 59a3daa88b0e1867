package status

import (
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
	Routing    *Routing
	Objectives []tuxv1alpha1.ObjectiveStatus
	Omitted    []tuxv1alpha1.OmittedAlert
	Outputs    []Output
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
