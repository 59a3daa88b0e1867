package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// TuxLogErasureSpec is one request, and can never be changed: what was asked for is what was done.
// +kubebuilder:validation:XValidation:rule="self == oldSelf",message="spec cannot be changed: delete this TuxLogErasure and create another one"
// +kubebuilder:validation:XValidation:rule="!has(self.subject.user) || size(self.subject.user) < 6 || !self.reason.lowerAscii().contains(self.subject.user.lowerAscii())",message="reason must not contain subject.user: the record keeps the reason, and must not keep who it was"
// +kubebuilder:validation:XValidation:rule="!has(self.subject.workspace) || size(self.subject.workspace) < 6 || !self.reason.lowerAscii().contains(self.subject.workspace.lowerAscii())",message="reason must not contain subject.workspace: the record keeps the reason, and must not keep who it was"
type TuxLogErasureSpec struct {
	// monitoringRef names the TuxMonitoring of this namespace whose spec.logs has the log store and the tenant.
	// +required
	MonitoringRef MonitoringReference `json:"monitoringRef,omitempty"`

	// subject is whose lines go, exactly one.
	// +required
	Subject LogErasureSubject `json:"subject,omitempty"`

	// window is from when to when their lines go, both included. It is not moved: what comes later needs another
	// TuxLogErasure.
	// +required
	Window LogErasureWindow `json:"window,omitempty"`

	// reason is why, such as the number of a ticket. It is kept in the record, so nothing that tells who it was
	// belongs into it.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=256
	Reason string `json:"reason,omitempty"`
}

// MonitoringReference names a TuxMonitoring of the same namespace.
type MonitoringReference struct {
	// name of the TuxMonitoring.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=40
	// +kubebuilder:validation:Pattern=`^[a-z]([-a-z0-9]*[a-z0-9])?$`
	Name string `json:"name,omitempty"`
}

// LogErasureSubject is whose lines go.
// +kubebuilder:validation:MinProperties=1
// +kubebuilder:validation:MaxProperties=1
type LogErasureSubject struct {
	// workspace whose lines go: those with this workspace_id.
	// +optional
	Workspace LogIdentity `json:"workspace,omitempty"`

	// user whose lines go: those with this user_id.
	// +optional
	User LogIdentity `json:"user,omitempty"`
}

// LogIdentity is an id exactly as lines have it. It is compared as a whole; there are no wildcards.
// +kubebuilder:validation:MinLength=1
// +kubebuilder:validation:MaxLength=128
// +kubebuilder:validation:Pattern=`^[A-Za-z0-9][-A-Za-z0-9._:@+/=]*$`
// +kubebuilder:validation:XValidation:rule="!(self.lowerAscii() in ['null', 'none', 'nil', 'nan', 'undefined', 'unknown', 'anonymous'])",message="is what lines of nobody have, and not the id of somebody"
type LogIdentity string

// LogErasureWindow is a time that is over.
// +kubebuilder:validation:XValidation:rule="self.from < self.to",message="from must be before to"
// +kubebuilder:validation:XValidation:rule="self.from == timestamp(int(self.from)) && self.to == timestamp(int(self.to))",message="from and to must be whole seconds"
// +kubebuilder:validation:XValidation:rule="self.from >= timestamp('2015-01-01T00:00:00Z')",message="from must not be before 2015"
// +kubebuilder:validation:XValidation:rule="self.to - self.from <= duration('88800h')",message="must not be longer than 3700 days: no line lives longer than 3650"
type LogErasureWindow struct {
	// from is the time of the first line that goes.
	// +required
	From metav1.Time `json:"from,omitempty,omitzero"`

	// to is the time of the last line that goes, not after the creation of this resource.
	// +required
	To metav1.Time `json:"to,omitempty,omitzero"`
}

// LogSubjectKind says whether lines of a workspace or of a user go.
// +kubebuilder:validation:Enum=Workspace;User
type LogSubjectKind string

// The kinds of subject.
const (
	// LogSubjectWorkspace is a workspace.
	LogSubjectWorkspace LogSubjectKind = "Workspace"
	// LogSubjectUser is a user.
	LogSubjectUser LogSubjectKind = "User"
)

// LogErasureStep is how far an erasure has come.
// +kubebuilder:validation:Enum=Planned;Posting;Posted;Processed;Completed
type LogErasureStep string

// The steps, in their order.
const (
	// LogErasurePlanned means tenant and classes are fixed, and nothing was sent yet.
	LogErasurePlanned LogErasureStep = "Planned"
	// LogErasurePosting means a request may have been sent, and nobody knows yet whether it arrived.
	LogErasurePosting LogErasureStep = "Posting"
	// LogErasurePosted means the log store has the request.
	LogErasurePosted LogErasureStep = "Posted"
	// LogErasureProcessed means the log store says that it is done.
	LogErasureProcessed LogErasureStep = "Processed"
	// LogErasureCompleted means it was verified, and nothing is asked any more.
	LogErasureCompleted LogErasureStep = "Completed"
)

// TuxLogErasureStatus is the record of an erasure. It never says who it was.
type TuxLogErasureStatus struct {
	// conditions: Erased is the answer. Reconciling and Stalled are there only while true.
	// +optional
	// +listType=map
	// +listMapKey=type
	Conditions []metav1.Condition `json:"conditions,omitempty"`

	// observedGeneration is the generation this status is of.
	// +optional
	ObservedGeneration int64 `json:"observedGeneration,omitempty"`

	// step is how far it has come.
	// +optional
	Step LogErasureStep `json:"step,omitempty"`

	// subject says whether it is a workspace or a user.
	// +optional
	Subject LogSubjectKind `json:"subject,omitempty"`

	// backend is the kind of log store.
	// +optional
	Backend string `json:"backend,omitempty"`

	// place is by what the log store is known again: a digest of its URL and of the UID of the TuxMonitoring.
	// +optional
	Place string `json:"place,omitempty"`

	// tenant whose lines are looked at, fixed when the erasure began.
	// +optional
	Tenant string `json:"tenant,omitempty"`

	// sparedClasses are those whose lines stay: protected ones, and those with erasure Disabled. Fixed when the
	// request is sent.
	// +optional
	// +listType=set
	SparedClasses []string `json:"sparedClasses,omitempty"`

	// startedAt is when the erasure began.
	// +optional
	StartedAt *metav1.Time `json:"startedAt,omitempty"`

	// request is what the log store was sent.
	// +optional
	Request *LogErasureRequest `json:"request,omitempty"`

	// linesBefore is how many lines of the subject could be found before, if they could be counted.
	// +optional
	LinesBefore *int64 `json:"linesBefore,omitempty"`

	// linesSpared is how many lines of the subject stay in sparedClasses.
	// +optional
	LinesSpared *int64 `json:"linesSpared,omitempty"`

	// sparedIndices are those of Elasticsearch and OpenSearch that are read-only, and in which lines stay; up to 20.
	// +optional
	// +listType=set
	SparedIndices []string `json:"sparedIndices,omitempty"`

	// verifiedFrom is set where older lines of the window could not be read, so that nothing is said about them.
	// +optional
	VerifiedFrom *metav1.Time `json:"verifiedFrom,omitempty"`

	// completedAt is when it was verified.
	// +optional
	CompletedAt *metav1.Time `json:"completedAt,omitempty"`
}

// LogErasureRequest is one request to delete lines, as far as it tells nothing about the subject.
type LogErasureRequest struct {
	// id by which the log store knows it; empty while nobody knows whether it arrived.
	// +optional
	ID string `json:"id,omitempty"`

	// attemptedAt is when it was sent last.
	// +optional
	AttemptedAt *metav1.Time `json:"attemptedAt,omitempty"`

	// attempts is how often it was sent. With Loki more than one means that the one before never arrived.
	// +optional
	Attempts int32 `json:"attempts,omitempty"`

	// progress is what the log store says of it.
	// +optional
	Progress string `json:"progress,omitempty"`

	// missingSince is since when the log store does not have a request that it had.
	// +optional
	MissingSince *metav1.Time `json:"missingSince,omitempty"`

	// processedAt is when the log store was first seen to be done.
	// +optional
	ProcessedAt *metav1.Time `json:"processedAt,omitempty"`
}

// TuxLogErasure erases the lines of a workspace or of a user from the log store of a TuxMonitoring, once, and verifies
// that none is left. Its spec holds whose lines they were for as long as it exists; delete it when it is completed,
// and the ConfigMap log-erasure-UID stays as a record that does not say who it was.
//
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:metadata:annotations="kustomize.toolkit.fluxcd.io/substitute=disabled"
// +kubebuilder:resource:path=tuxlogerasures,singular=tuxlogerasure,shortName=tuxerase,categories=tux
// +kubebuilder:printcolumn:name="Monitoring",type=string,JSONPath=`.spec.monitoringRef.name`
// +kubebuilder:printcolumn:name="Of",type=string,JSONPath=`.status.subject`
// +kubebuilder:printcolumn:name="Erased",type=string,JSONPath=`.status.conditions[?(@.type=="Erased")].status`
// +kubebuilder:printcolumn:name="Reason",type=string,JSONPath=`.status.conditions[?(@.type=="Erased")].reason`
// +kubebuilder:printcolumn:name="Progress",type=string,JSONPath=`.status.request.progress`
// +kubebuilder:printcolumn:name="Lines",type=integer,JSONPath=`.status.linesBefore`
// +kubebuilder:printcolumn:name="Spared",type=integer,JSONPath=`.status.linesSpared`
// +kubebuilder:printcolumn:name="Completed",type=date,JSONPath=`.status.completedAt`
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`
// +kubebuilder:printcolumn:name="Message",type=string,priority=1,JSONPath=`.status.conditions[?(@.type=="Erased")].message`
// +kubebuilder:validation:XValidation:rule="!has(self.spec.subject.user) || size(self.spec.subject.user) < 6 || !self.metadata.name.contains(self.spec.subject.user.lowerAscii())",message="metadata.name must not contain subject.user: events and the record keep the name"
// +kubebuilder:validation:XValidation:rule="!has(self.spec.subject.workspace) || size(self.spec.subject.workspace) < 6 || !self.metadata.name.contains(self.spec.subject.workspace.lowerAscii())",message="metadata.name must not contain subject.workspace: events and the record keep the name"
type TuxLogErasure struct {
	metav1.TypeMeta `json:",inline"`
	// metadata is the standard object's metadata. The name is kept in events: it must not tell whose lines go.
	// +optional
	metav1.ObjectMeta `json:"metadata,omitempty"`

	// spec is what shall go.
	// +required
	Spec TuxLogErasureSpec `json:"spec,omitempty"`

	// status is the record. Its default keeps tools that wait from taking a request nobody has looked at for done.
	// +optional
	// +kubebuilder:default={"observedGeneration":-1}
	Status TuxLogErasureStatus `json:"status,omitempty"`
}

// GetConditions returns the conditions of the status.
func (e *TuxLogErasure) GetConditions() []metav1.Condition { return e.Status.Conditions }

// TuxLogErasureList is a list of TuxLogErasures.
// +kubebuilder:object:root=true
type TuxLogErasureList struct {
	metav1.TypeMeta `json:",inline"`
	// metadata is the standard list's metadata.
	metav1.ListMeta `json:"metadata,omitempty"`
	// items of the list.
	Items []TuxLogErasure `json:"items"`
}
