package v1alpha1

// LogSeals make it visible that lines of protected classes were taken away.
type LogSeals struct {
	// keySecretRef names the Secret with the key that signs.
	// +required
	KeySecretRef LogSealKey `json:"keySecretRef,omitempty"`

	// graceMinutes is how long after its end an hour waits for lines that come late, before it is sealed. If unset: 10.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=1440
	GraceMinutes int32 `json:"graceMinutes,omitempty"`
}

// LogSealKey names a Secret in the namespace of the resource. It has the key seal.pem, a private key of Ed25519 as
// openssl genpkey writes it, and public keys of older seals under any names that end in .pub.
type LogSealKey struct {
	// name of the Secret.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:Pattern=`^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$`
	Name string `json:"name,omitempty"`
}

// LogDeletionID is by what the log store calls a request to delete lines.
// +kubebuilder:validation:MinLength=1
// +kubebuilder:validation:MaxLength=64
// +kubebuilder:validation:Pattern=`^[A-Za-z0-9._-]+$`
type LogDeletionID string

// LogSealStatus is the last seal of a class.
type LogSealStatus struct {
	// class that is sealed.
	// +required
	Class string `json:"class,omitempty"`
	// lastHour that is sealed, by when it begins.
	// +optional
	LastHour string `json:"lastHour,omitempty"`
	// head is the hash of its seal. With it nobody can take out the last seals, who cannot write this status too.
	// +optional
	Head string `json:"head,omitempty"`
}

// LogDeletionState is how far the log store is with a request to delete lines.
// +kubebuilder:validation:Enum=Received;Processing;Processed
type LogDeletionState string

// How far it is.
const (
	// LogDeletionReceived can still be cancelled.
	LogDeletionReceived LogDeletionState = "Received"
	// LogDeletionProcessing has taken some of the lines.
	LogDeletionProcessing LogDeletionState = "Processing"
	// LogDeletionProcessed has taken them all.
	LogDeletionProcessed LogDeletionState = "Processed"
)

// LogDeletionStatus is a request to delete lines. What it asks for is not shown: it may name a person.
type LogDeletionStatus struct {
	// id by which the log store knows it.
	// +required
	ID string `json:"id,omitempty"`
	// state of the request.
	// +optional
	State LogDeletionState `json:"state,omitempty"`
	// from when on lines are deleted.
	// +optional
	From string `json:"from,omitempty"`
	// to when lines are deleted.
	// +optional
	To string `json:"to,omitempty"`
	// received is when the log store was asked.
	// +optional
	Received string `json:"received,omitempty"`
}
