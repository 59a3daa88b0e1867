package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// TuxMonitoringStatus is what was found and done.
type TuxMonitoringStatus struct {
	// conditions: Ready sums up; BackendsDiscovered, PrometheusDiscovered, AlertmanagerDiscovered,
	// SpecAccepted, OutputsApplied, SentrySynced, PrivacyVerified and RetentionVerified speak for one area each;
	// Reconciling and Stalled exist only while true, AlertmanagerDiscovered only with spec.routing, SentrySynced
	// only with spec.sentry, PrivacyVerified only where a proof was asked for, RetentionVerified only with
	// spec.logs.
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

	// logs is what is known of the retention of logs: written, effective and the outcome are told apart.
	// +optional
	Logs *LogsStatus `json:"logs,omitempty"`

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
	// logs is Verified, or the reason why the retention of logs is not.
	// +optional
	Logs string `json:"logs,omitempty"`
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

	// proof is how far it has come to prove what is removed from events, or what the last proof came to.
	// +optional
	Proof *SentryProofStatus `json:"proof,omitempty"`
	// deploy is the one Sentry was told of last.
	// +optional
	Deploy *SentryDeployStatus `json:"deploy,omitempty"`
}

// ProofVerdict is what the event of a proof comes to.
// +kubebuilder:validation:Enum=Verified;LeakFound;Unread
type ProofVerdict string

// The verdicts of a proof.
const (
	// ProofVerified is that of an event without what shall be removed.
	ProofVerified ProofVerdict = "Verified"
	// ProofLeakFound is that of an event that has something that shall be removed.
	ProofLeakFound ProofVerdict = "LeakFound"
	// ProofUnread is that of an event that was accepted and did not appear.
	ProofUnread ProofVerdict = "Unread"
)

// SentryProofStatus is how far a proof has come.
type SentryProofStatus struct {
	// of tells what is proven; it changes with the privacy settings, the project, the client key and the
	// annotation that asks.
	// +optional
	Of string `json:"of,omitempty"`
	// event is the id of the last event that was sent.
	// +optional
	Event string `json:"event,omitempty"`
	// events is how many were sent.
	// +optional
	Events int32 `json:"events,omitempty"`
	// verdict on the last event; empty while it was not read.
	// +optional
	Verdict ProofVerdict `json:"verdict,omitempty"`
	// plants are the made-up secrets of the last event that was read, each with what became of it.
	// +optional
	// +listType=map
	// +listMapKey=plant
	Plants []SentryPlantStatus `json:"plants,omitempty"`
}

// PlantResult is what became of a made-up secret.
// +kubebuilder:validation:Enum=Filtered;Leaked;Kept
type PlantResult string

// The results.
const (
	// PlantFiltered is nowhere in the stored event.
	PlantFiltered PlantResult = "Filtered"
	// PlantLeaked is stored, though a setting asks for its removal.
	PlantLeaked PlantResult = "Leaked"
	// PlantKept is stored, and no setting asks for anything else.
	PlantKept PlantResult = "Kept"
)

// SentryPlantStatus is what became of one made-up secret.
type SentryPlantStatus struct {
	// plant says what and where it was: AuthorizationHeader, SessionCookie, PasswordInBody,
	// TokenInQueryString, EmailAddress, CardNumber or IPAddress.
	// +required
	Plant string `json:"plant,omitempty"`
	// result is what became of it.
	// +optional
	Result PlantResult `json:"result,omitempty"`
	// askedBy is the setting of spec.sentry that asks for its removal; empty if none does.
	// +optional
	AskedBy string `json:"askedBy,omitempty"`
	// at is where the stored event has it; empty if nowhere.
	// +optional
	At string `json:"at,omitempty"`
}

// SentryDeployStatus is a deploy that Sentry was told of.
type SentryDeployStatus struct {
	// id is the number of the deploy.
	// +optional
	ID string `json:"id,omitempty"`
	// release that was deployed.
	// +optional
	Release string `json:"release,omitempty"`
	// environment it was deployed to.
	// +optional
	Environment string `json:"environment,omitempty"`
	// project is the number of the project the release belongs to.
	// +optional
	Project string `json:"project,omitempty"`
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
	// digest is of all of this and of the sensitive and safe fields that hold. Where it changes, by whomever,
	// what is removed has to be proven anew.
	// +optional
	Digest string `json:"digest,omitempty"`
}

// LogsWritten says what became of the declared retention in the document that the log store reads.
// +kubebuilder:validation:Enum=Included;Held;Invalid;Conflict;Waiting;Paused;Failed
type LogsWritten string

// LogsEffective says whether the log store answers with what is written.
// +kubebuilder:validation:Enum=Effective;NotEffective;Unknown
type LogsEffective string

// LogsOutcome says whether lines that are too old are gone.
// +kubebuilder:validation:Enum=Verified;Overdue;Unknown
type LogsOutcome string

// The states of the retention of logs. What is written need not be effective, and what is effective need not
// have deleted anything.
const (
	// LogsIncluded: the document says what is declared.
	LogsIncluded LogsWritten = "Included"
	// LogsHeld: it does but for what would shorten the life of stored logs.
	LogsHeld LogsWritten = "Held"
	// LogsInvalid: the declaration has findings, and the last good one stays.
	LogsInvalid LogsWritten = "Invalid"
	// LogsConflict: another TuxMonitoring has the tenant.
	LogsConflict LogsWritten = "Conflict"
	// LogsWaiting: the log store must first tell what holds for the tenant now.
	LogsWaiting LogsWritten = "Waiting"
	// LogsPaused: mode is Plan or Suspended, and what was written stays.
	LogsPaused LogsWritten = "Paused"
	// LogsFailed: the document could not be read, made or written.
	LogsFailed LogsWritten = "Failed"

	// LogsIsEffective: the log store answers with the written values.
	LogsIsEffective LogsEffective = "Effective"
	// LogsNotEffective: it answers with other values, or deletes nothing.
	LogsNotEffective LogsEffective = "NotEffective"
	// LogsEffectUnknown: it was not asked yet, or did not answer.
	LogsEffectUnknown LogsEffective = "Unknown"

	// LogsVerified: no line is older than its class allows.
	LogsVerified LogsOutcome = "Verified"
	// LogsOverdue: some are.
	LogsOverdue LogsOutcome = "Overdue"
	// LogsOutcomeUnknown: nobody could look.
	LogsOutcomeUnknown LogsOutcome = "Unknown"
)

// LogsStatus is what is known of the retention of logs.
type LogsStatus struct {
	// tenant whose logs they are.
	// +optional
	Tenant string `json:"tenant,omitempty"`
	// document has what was promised: for Loki the one it reads, as namespace/name/key, for Elasticsearch and
	// OpenSearch the component template.
	// +optional
	Document string `json:"document,omitempty"`
	// written says what became of the declaration in the document.
	// +optional
	Written LogsWritten `json:"written,omitempty"`
	// effective says whether the log store answers with what is written.
	// +optional
	Effective LogsEffective `json:"effective,omitempty"`
	// outcome says whether lines that are too old are gone.
	// +optional
	Outcome LogsOutcome `json:"outcome,omitempty"`
	// held are decreases that were not made, because a class is protected or nobody has acknowledged them.
	// +optional
	// +listType=atomic
	Held []string `json:"held,omitempty"`
	// acknowledgement is what spec.logs.acknowledgedDecrease must be to accept those of held that can be.
	// +optional
	Acknowledgement string `json:"acknowledgement,omitempty"`
	// classes are those written, with the class default for all other lines, sorted by name.
	// +optional
	// +listType=map
	// +listMapKey=name
	Classes []LogClassStatus `json:"classes,omitempty"`
	// seals are the last ones of each sealed class, sorted by class.
	// +optional
	// +listType=map
	// +listMapKey=class
	Seals []LogSealStatus `json:"seals,omitempty"`
	// foreignDeletions are requests to delete lines of the tenant that neither the operator has sent nor
	// spec.logs.acknowledgedDeletions accounts for, the newest first and at most ten.
	// +optional
	// +listType=map
	// +listMapKey=id
	ForeignDeletions []LogDeletionStatus `json:"foreignDeletions,omitempty"`
}

// LogClassStatus is one class as it is written, and what became of it.
type LogClassStatus struct {
	// name of the class.
	// +required
	Name string `json:"name,omitempty"`
	// days that are written.
	// +optional
	Days int32 `json:"days,omitempty"`
	// outcome says whether lines of the class that are too old are gone.
	// +optional
	Outcome LogsOutcome `json:"outcome,omitempty"`
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
