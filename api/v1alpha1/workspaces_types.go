package v1alpha1

// Workspaces says how many tenants there are and which of them are looked at one by one. Every workspace is
// a value of a label, and every value costs series: in Prometheus, where limit is watched, and in what the
// rules record, which top bounds.
// +kubebuilder:validation:XValidation:rule="!has(self.top) || self.top <= (has(self.limit) ? self.limit : 500)",message="top must not be above limit, which is 500 if unset"
type Workspaces struct {
	// label of the TUX metrics that names the workspace. If unset: workspace_id.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	// +kubebuilder:validation:Pattern=`^[a-zA-Z_][a-zA-Z0-9_]*$`
	// +kubebuilder:validation:XValidation:rule="!self.startsWith('__') && !(self in ['alertname', 'backend', 'cache_hit', 'component', 'container', 'endpoint', 'environment', 'instance', 'job', 'le', 'namespace', 'pod', 'service', 'severity', 'status'])",message="must not be a label that means something else, such as job or status, nor begin with two underscores"
	Label string `json:"label,omitempty"`

	// limit is how many workspaces a backend is expected to have. Above it TuxWorkspaceCardinality warns,
	// long before the sample limit of a scrape is reached, whose default grows with it. If unset: 500.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=10000
	Limit int32 `json:"limit,omitempty"`

	// top is for how many workspaces, the busiest of the last hour, there are recorded series of their own;
	// the others are recorded together as workspace "other". If unset: 20, or limit where that is less.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=200
	Top int32 `json:"top,omitempty"`
}
