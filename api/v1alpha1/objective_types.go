package v1alpha1

// IndicatorType says what an objective counts.
// +kubebuilder:validation:Enum=Availability;Latency;Propagation;Ratio
type IndicatorType string

// The types of an indicator.
const (
	// IndicatorAvailability counts requests answered with 5xx, or failed probes of the way users take.
	IndicatorAvailability IndicatorType = "Availability"
	// IndicatorLatency counts answers that took longer than threshold.
	IndicatorLatency IndicatorType = "Latency"
	// IndicatorPropagation counts string propagation jobs that failed.
	IndicatorPropagation IndicatorType = "Propagation"
	// IndicatorRatio counts what two selectors of your own select.
	IndicatorRatio IndicatorType = "Ratio"
)

// IndicatorSource says where availability and latency are measured.
// +kubebuilder:validation:Enum=Metrics;Probes
type IndicatorSource string

// The sources of an indicator.
const (
	// SourceMetrics is what Django counts. It knows every request, but none that a killed worker never
	// answered. The default.
	SourceMetrics IndicatorSource = "Metrics"
	// SourceProbes are the probes of the Service and the hosts users take. They see what users see, once
	// per interval.
	SourceProbes IndicatorSource = "Probes"
)

// The objectives every backend has unless spec.objectives says otherwise.
const (
	ObjectiveAvailability = "availability"
	ObjectiveLatency      = "latency"
	ObjectivePropagation  = "propagation"
)

// Percentage is a decimal number above 0 and below 100 as text, for example "99.5".
// +kubebuilder:validation:MaxLength=7
// +kubebuilder:validation:Pattern=`^[0-9]{1,2}(\.[0-9]{1,4})?$`
// +kubebuilder:validation:XValidation:rule="self.matches('[1-9]')",message="must be above 0, for example 99.5"
type Percentage string

// ObjectiveWindow is the time an error budget is for, in whole days.
// +kubebuilder:validation:MaxLength=3
// +kubebuilder:validation:XValidation:rule="self.matches('^([7-9]|[1-8][0-9]|90)d$')",message="must be whole days from 7d to 90d, for example 28d"
type ObjectiveWindow string

// EntryName is the name of an entry of spec.backends.
// +kubebuilder:validation:MinLength=1
// +kubebuilder:validation:MaxLength=40
type EntryName string

// Objective is the share of good events that is promised, and how its error budget is watched. Three
// are there by themselves: availability, latency and propagation. An entry of such a name changes that
// one; any other name adds an objective.
// +kubebuilder:validation:XValidation:rule="has(self.indicator) || self.name in ['availability', 'latency', 'propagation']",message="indicator must be set unless name is availability, latency or propagation"
// +kubebuilder:validation:XValidation:rule="!has(self.indicator) || (self.name == 'availability' ? self.indicator.type == 'Availability' : self.name == 'latency' ? self.indicator.type == 'Latency' : self.name == 'propagation' ? self.indicator.type == 'Propagation' : true)",message="indicator.type must be Availability, Latency or Propagation where name is availability, latency or propagation"
// +kubebuilder:validation:XValidation:rule="has(self.target) || !has(self.indicator) || self.indicator.type != 'Ratio'",message="target must be set when indicator.type is Ratio"
// +kubebuilder:validation:XValidation:rule="!has(self.minRequests) || !has(self.indicator) || !has(self.indicator.source) || self.indicator.source != 'Probes'",message="minRequests is not used when indicator.source is Probes: probes come at a steady pace"
type Objective struct {
	// name of the objective, unique within the resource; the value of the label objective.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=40
	// +kubebuilder:validation:Pattern=`^[a-z0-9]([-a-z0-9]*[a-z0-9])?$`
	Name string `json:"name,omitempty"`

	// state switches the objective; Disabled is how one of the three that are there by themselves is
	// left out. If unset: Enabled.
	// +optional
	State State `json:"state,omitempty"`

	// backends are names of entries of spec.backends the objective is for. If unset: all of them.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=20
	Backends []EntryName `json:"backends,omitempty"`

	// indicator says what is counted. If unset: what the name says, for latency with a threshold of
	// 2.5 seconds.
	// +optional
	Indicator *Indicator `json:"indicator,omitempty"`

	// target is the share of good events in percent. If unset: 99.5 for Availability, 95 for Latency, 99
	// for Propagation; a Ratio needs one.
	// +optional
	Target Percentage `json:"target,omitempty"`

	// window is the time the error budget is for, in whole days from 7d to 90d. It must not be longer
	// than the retention of the Prometheus. If unset: 28d, or the retention where that is shorter.
	// +optional
	Window ObjectiveWindow `json:"window,omitempty"`

	// minRequests is the smallest number of events in the long window of a burn alert; below it the
	// alert is silent, so that single errors in a quiet night call nobody. It is raised by itself where
	// two errors would be enough for the alert. If unset: 100.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=1000000
	MinRequests int32 `json:"minRequests,omitempty"`

	// alerting says which alerts watch the error budget. If unset: pages and tickets.
	// +optional
	Alerting *ObjectiveAlerting `json:"alerting,omitempty"`
}

// Indicator says what an objective counts.
// +kubebuilder:validation:XValidation:rule="!has(self.threshold) || self.type == 'Latency'",message="threshold is only used when type is Latency"
// +kubebuilder:validation:XValidation:rule="!has(self.source) || self.type in ['Availability', 'Latency']",message="source is only used when type is Availability or Latency"
// +kubebuilder:validation:XValidation:rule="has(self.errors) == (self.type == 'Ratio') && has(self.total) == (self.type == 'Ratio')",message="errors and total must be set when type is Ratio, and only then"
type Indicator struct {
	// type says what is counted: Availability user requests answered with 5xx, Latency user requests
	// answered later than threshold, Propagation string propagation jobs that failed, Ratio what errors
	// and total select.
	// +required
	Type IndicatorType `json:"type,omitempty"`

	// source says where Availability and Latency are measured: Metrics is what Django counts, Probes the
	// probes of the Service and hosts users take. If unset: Metrics.
	// +optional
	Source IndicatorSource `json:"source,omitempty"`

	// threshold is the longest good answer in seconds, a decimal number as text. From Metrics it must be
	// a bucket of the latency histogram, from Probes it must be shorter than spec.probes.timeout. If
	// unset: 2.5.
	// +optional
	// +kubebuilder:validation:MaxLength=10
	// +kubebuilder:validation:Pattern=`^[0-9]+(\.[0-9]+)?$`
	Threshold string `json:"threshold,omitempty"`

	// errors selects the counters of bad events, for example tux_imports_total{status="error"}. The
	// namespace is added, and so is the job of the backend unless the selector has one.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=512
	// +kubebuilder:validation:Pattern=`^\P{C}+$`
	Errors string `json:"errors,omitempty"`

	// total selects the counters of all events, bad ones included. See errors.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=512
	// +kubebuilder:validation:Pattern=`^\P{C}+$`
	Total string `json:"total,omitempty"`
}

// ObjectiveAlerting says which alerts watch an error budget.
// +kubebuilder:validation:MinProperties=1
type ObjectiveAlerting struct {
	// page switches the critical alerts: a budget that is gone within days. If unset: Enabled.
	// +optional
	Page State `json:"page,omitempty"`

	// ticket switches the warnings: a budget that is gone before its window is over. If unset: Enabled.
	// +optional
	Ticket State `json:"ticket,omitempty"`
}
