package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// TuxMonitoringStatus is what was found and done.
type TuxMonitoringStatus struct {
	// conditions: Ready sums up; BackendsDiscovered, PrometheusDiscovered, AlertmanagerDiscovered,
	// SpecAccepted, OutputsApplied and SentrySynced speak for one area each; Reconciling and Stalled exist
	// only while true, AlertmanagerDiscovered only with spec.routing, SentrySynced only with spec.sentry.
	// +optional
	// +listType=map
	// +listMapKey=type
	Conditions []metav1.Condition `json:"conditions,omitempty"`

	// observedGeneration is the generation of the spec this status speaks of.
	// +optional
	ObservedGeneration int64 `json:"observedGeneration,omitempty"`

	// summary holds the texts of the printer columns.
	// +optional
	Summary *Summary `json:"summary,omitempty"`

	// backends are the Deployments that were discovered, sorted by name.
	// +optional
	// +listType=map
	// +listMapKey=deployment
	Backends []BackendStatus `json:"backends,omitempty"`

	// prometheuses are the Prometheus resources that select our objects, with the labels we gave
	// the objects for them.
	// +optional
	// +listType=atomic
	Prometheuses []PrometheusStatus `json:"prometheuses,omitempty"`

	// objectives are the objectives in force, each for each Deployment; at most 50.
	// +optional
	// +listType=atomic
	Objectives []ObjectiveStatus `json:"objectives,omitempty"`

	// outputs says what exists for each output.
	// +optional
	// +listType=map
	// +listMapKey=name
	Outputs []OutputStatus `json:"outputs,omitempty"`

	// omitted are catalogue alerts that were left out, each with the reason; at most 50.
	// +optional
	// +listType=atomic
	Omitted []OmittedAlert `json:"omitted,omitempty"`

	// sentry is what is known of the Sentry project. It stays when spec.sentry is removed, so that the
	// project is found again when it comes back.
	// +optional
	Sentry *SentryStatus `json:"sentry,omitempty"`

	// plan lists what Enforce would do. Only set while mode is Plan.
	// +optional
	Plan *PlanStatus `json:"plan,omitempty"`
}

// Summary holds the texts of the printer columns.
type Summary struct {
	// environment that is monitored.
	// +optional
	Environment string `json:"environment,omitempty"`
	// backends found and wanted, for example 2/2, and how many of them are scaled to zero, for example
	// "2/2, 1 at zero".
	// +optional
	Backends string `json:"backends,omitempty"`
	// prometheus that selects our objects, as namespace/name; "none" if there is none.
	// +optional
	Prometheus string `json:"prometheus,omitempty"`
	// objects applied and wanted, for example 17/17.
	// +optional
	Objects string `json:"objects,omitempty"`
	// alerts that are rendered.
	// +optional
	Alerts int32 `json:"alerts,omitempty"`
	// panels that are rendered.
	// +optional
	Panels int32 `json:"panels,omitempty"`
	// sentry is Synced, or the reason why it is not.
	// +optional
	Sentry string `json:"sentry,omitempty"`
}

// ProjectOrigin says how a Sentry project became ours.
// +kubebuilder:validation:Enum=Created;Adopted;Shared
type ProjectOrigin string

// The origins of a project.
const (
	// ProjectCreated is one that the operator made; only such a one is ever deleted.
	ProjectCreated ProjectOrigin = "Created"
	// ProjectAdopted is one that was there before.
	ProjectAdopted ProjectOrigin = "Adopted"
	// ProjectShared is that of another; we only have a key in it.
	ProjectShared ProjectOrigin = "Shared"
)

// SentryStatus is what is known of the Sentry project.
type SentryStatus struct {
	// project is the one that is kept in step.
	// +optional
	Project *SentryProjectStatus `json:"project,omitempty"`

	// privacy is what holds for events in the end, with the policies of the organization.
	// +optional
	Privacy *SentryPrivacyStatus `json:"privacy,omitempty"`
}

// SentryProjectStatus says which project it is. Its number is what it is known by, whatever its slug.
type SentryProjectStatus struct {
	// id is the number of the project.
	// +optional
	ID string `json:"id,omitempty"`
	// slug it had when it was written down.
	// +optional
	Slug string `json:"slug,omitempty"`
	// organization it belongs to.
	// +optional
	Organization string `json:"organization,omitempty"`
	// url of the server it is on.
	// +optional
	URL string `json:"url,omitempty"`
	// origin says how it became ours.
	// +optional
	Origin ProjectOrigin `json:"origin,omitempty"`
}

// SentryPrivacyStatus is what holds for events in the end: what the project says, and the organization over
// it.
type SentryPrivacyStatus struct {
	// scrubber removes the values of sensitive fields.
	// +optional
	Scrubber State `json:"scrubber,omitempty"`
	// defaults adds the names Sentry takes for sensitive.
	// +optional
	Defaults State `json:"defaults,omitempty"`
	// ipAddresses says whether they are stored.
	// +optional
	IPAddresses IPAddresses `json:"ipAddresses,omitempty"`
	// overridden are fields of spec.sentry that the organization decides otherwise.
	// +optional
	// +listType=atomic
	Overridden []string `json:"overridden,omitempty"`
	// exposed are sensitive fields whose values are stored, because the organization calls them safe.
	// +optional
	// +listType=atomic
	Exposed []string `json:"exposed,omitempty"`
}

// Scale says whether pods are expected. How many are wanted is not told, so that an autoscaler causes no
// writes.
// +kubebuilder:validation:Enum=Zero
type Scale string

// The scales of a backend; one with pods has none.
const (
	// ScaleZero is that of a Deployment whose spec.replicas is 0.
	ScaleZero Scale = "Zero"
)

// BackendStatus is one discovered Deployment.
type BackendStatus struct {
	// deployment is the name of the Deployment; it is the job label of its series.
	// +required
	Deployment string `json:"deployment,omitempty"`
	// backend is the entry of spec.backends it belongs to.
	// +optional
	Backend string `json:"backend,omitempty"`
	// port of the container, as number or name/number.
	// +optional
	Port string `json:"port,omitempty"`
	// processModel in force.
	// +optional
	ProcessModel ProcessModel `json:"processModel,omitempty"`
	// scale is Zero while spec.replicas of the Deployment is 0, whoever set it: nobody is called then
	// because it has no pods. Empty: pods are expected.
	// +optional
	Scale Scale `json:"scale,omitempty"`
	// service through which the pods are scraped; empty: a PodMonitor is used.
	// +optional
	Service string `json:"service,omitempty"`
	// entries are the URLs users take that are probed.
	// +optional
	// +listType=atomic
	Entries []string `json:"entries,omitempty"`
	// notes say what was noticed and left out, for example a host that does not lead to the health path.
	// +optional
	// +listType=atomic
	Notes []string `json:"notes,omitempty"`
}

// PrometheusStatus is one Prometheus that selects our objects.
type PrometheusStatus struct {
	// namespace of the Prometheus resource.
	// +optional
	Namespace string `json:"namespace,omitempty"`
	// name of the Prometheus resource.
	// +optional
	Name string `json:"name,omitempty"`
	// labels our objects carry for it, by kind, for example ServiceMonitor: release=kps.
	// +optional
	Labels map[string]string `json:"labels,omitempty"`
}

// ObjectiveStatus is one objective of one Deployment as it is watched. How much of its budget is left is
// what the series job_objective:tux_slo_error_budget:remaining says.
type ObjectiveStatus struct {
	// name of the objective.
	// +optional
	Name string `json:"name,omitempty"`
	// deployment it is for.
	// +optional
	Deployment string `json:"deployment,omitempty"`
	// indicator that is counted, for example Availability from Metrics.
	// +optional
	Indicator string `json:"indicator,omitempty"`
	// target in percent.
	// +optional
	Target string `json:"target,omitempty"`
	// window of the error budget.
	// +optional
	Window string `json:"window,omitempty"`
}

// OutputStatus is the state of one output.
type OutputStatus struct {
	// name of the output, for example rules.
	// +required
	Name string `json:"name,omitempty"`
	// objects wanted.
	// +optional
	Objects int32 `json:"objects,omitempty"`
	// state of the output: Applied, Partial, Planned, Waiting, Failed, Conflict or Disabled.
	// +optional
	State string `json:"state,omitempty"`
}

// OmittedAlert is a catalogue alert that cannot work here.
type OmittedAlert struct {
	// alert left out.
	// +optional
	Alert string `json:"alert,omitempty"`
	// deployment it was left out for.
	// +optional
	Deployment string `json:"deployment,omitempty"`
	// reason in one sentence.
	// +optional
	Reason string `json:"reason,omitempty"`
}

// PlanStatus lists what Enforce would do, each entry as Kind/name, sorted; at most 50 per list.
type PlanStatus struct {
	// created would be new.
	// +optional
	// +listType=atomic
	Created []string `json:"created,omitempty"`
	// configured would be changed.
	// +optional
	// +listType=atomic
	Configured []string `json:"configured,omitempty"`
	// deleted would be removed.
	// +optional
	// +listType=atomic
	Deleted []string `json:"deleted,omitempty"`
	// total of created, configured and deleted, for example "3 created, 0 configured, 1 deleted".
	// +optional
	Total string `json:"total,omitempty"`
}
