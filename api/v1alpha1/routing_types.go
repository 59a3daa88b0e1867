package v1alpha1

// Routing says who hears of the alerts of this environment, and who is told that alerting works.
// +kubebuilder:validation:XValidation:rule="has(self.receivers) || has(self.heartbeat)",message="at least one of receivers and heartbeat must be set"
type Routing struct {
	// receivers are told of alerts by severity; each that takes a severity gets its alerts. If unset:
	// nobody is told by us, and only heartbeat is routed.
	// +optional
	// +listType=map
	// +listMapKey=name
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=16
	Receivers []Receiver `json:"receivers,omitempty"`

	// groupBy are the labels whose alerts make one notification. If unset: alertname and backend, so
	// that an alert on many pods is told once.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=8
	GroupBy []LabelName `json:"groupBy,omitempty"`

	// groupWait is how long the first notification of a group waits for more of it, a Prometheus
	// duration. If unset: 30s.
	// +optional
	GroupWait Duration `json:"groupWait,omitempty"`

	// groupInterval is how long a group that changed waits before it is told again, a Prometheus
	// duration. If unset: 5m.
	// +optional
	GroupInterval Duration `json:"groupInterval,omitempty"`

	// repeatInterval is how long a group that did not change waits before it is told again, a
	// Prometheus duration not shorter than groupInterval. If unset: 4h.
	// +optional
	RepeatInterval Duration `json:"repeatInterval,omitempty"`

	// heartbeat tells a dead man's switch that Prometheus evaluates rules and Alertmanager delivers
	// notifications; when it stops, the switch raises the alarm. If unset: no heartbeat.
	// +optional
	Heartbeat *Heartbeat `json:"heartbeat,omitempty"`

	// labels are put on the AlertmanagerConfig instead of discovered ones. If unset: the labels that
	// the Alertmanager resources of the cluster select by.
	// +optional
	Labels ObjectLabels `json:"labels,omitempty"`
}

// LabelName is the name of a label of an alert.
// +kubebuilder:validation:MinLength=1
// +kubebuilder:validation:MaxLength=63
// +kubebuilder:validation:Pattern=`^[a-zA-Z_][a-zA-Z0-9_]*$`
type LabelName string

// Receiver is one place that is told of alerts.
// +kubebuilder:validation:XValidation:rule="[has(self.slack), has(self.pagerDuty), has(self.webhook), has(self.email)].filter(there, there).size() == 1",message="exactly one of slack, pagerDuty, webhook and email must be set"
type Receiver struct {
	// name of the receiver, unique within the resource.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=40
	// +kubebuilder:validation:Pattern=`^[a-z0-9]([-a-z0-9]*[a-z0-9])?$`
	Name string `json:"name,omitempty"`

	// severities of the alerts it gets. A receiver of warning also gets alerts of your own whose
	// severity is none of ours. If unset: critical for pagerDuty, critical and warning for slack,
	// webhook and email.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=3
	Severities []Severity `json:"severities,omitempty"`

	// sendResolved says whether it is told that an alert is over. If unset: Enabled.
	// +optional
	SendResolved State `json:"sendResolved,omitempty"`

	// slack is a channel of Slack. Exactly one of slack, pagerDuty, webhook and email must be set.
	// +optional
	Slack *SlackReceiver `json:"slack,omitempty"`

	// pagerDuty is a service of PagerDuty. Exactly one of slack, pagerDuty, webhook and email must be
	// set.
	// +optional
	PagerDuty *PagerDutyReceiver `json:"pagerDuty,omitempty"`

	// webhook is an address that takes the JSON of Alertmanager. Exactly one of slack, pagerDuty,
	// webhook and email must be set.
	// +optional
	Webhook *WebhookReceiver `json:"webhook,omitempty"`

	// email is a mailbox. Exactly one of slack, pagerDuty, webhook and email must be set.
	// +optional
	Email *EmailReceiver `json:"email,omitempty"`
}

// SecretKeyReference names one key of a Secret in the namespace of the resource. Those of routing are read by
// prometheus-operator, when it writes the configuration of Alertmanager, and not by this operator.
type SecretKeyReference struct {
	// name of the Secret.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:Pattern=`^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$`
	Name string `json:"name,omitempty"`

	// key within the Secret.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:Pattern=`^[-._a-zA-Z0-9]+$`
	Key string `json:"key,omitempty"`
}

// SlackReceiver is a channel of Slack.
type SlackReceiver struct {
	// urlSecretRef holds the URL of an incoming webhook of Slack.
	// +required
	URLSecretRef SecretKeyReference `json:"urlSecretRef,omitempty"`

	// channel to write to, for example #tux-alerts. If unset: that of the incoming webhook.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=80
	// +kubebuilder:validation:Pattern=`^[#@]?[^\s\p{C}{}]+$`
	Channel string `json:"channel,omitempty"`
}

// PagerDutyReceiver is a service of PagerDuty.
type PagerDutyReceiver struct {
	// routingKeySecretRef holds the integration key of a service (Events API v2).
	// +required
	RoutingKeySecretRef SecretKeyReference `json:"routingKeySecretRef,omitempty"`
}

// WebhookReceiver is an address that takes the JSON of Alertmanager.
// +kubebuilder:validation:XValidation:rule="has(self.url) != has(self.urlSecretRef)",message="exactly one of url and urlSecretRef must be set"
type WebhookReceiver struct {
	// url to send to, readable by everybody who may read this resource. It has neither user nor query:
	// a URL with a secret in it belongs into urlSecretRef. Exactly one of url and urlSecretRef must be
	// set.
	// +optional
	URL PlainURL `json:"url,omitempty"`

	// urlSecretRef holds the URL to send to. Exactly one of url and urlSecretRef must be set.
	// +optional
	URLSecretRef *SecretKeyReference `json:"urlSecretRef,omitempty"`
}

// EmailReceiver is a mailbox. Everything that reaches it is here and nothing is taken from the global
// settings of Alertmanager, since one that is missing there would invalidate its whole configuration.
// +kubebuilder:validation:XValidation:rule="has(self.username) == has(self.passwordSecretRef)",message="username and passwordSecretRef must be set together"
type EmailReceiver struct {
	// to are the addresses written to.
	// +required
	// +listType=set
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=16
	To []EmailAddress `json:"to,omitempty"`

	// from is the address of the sender.
	// +required
	From EmailAddress `json:"from,omitempty"`

	// smarthost is the SMTP server as host:port, for example smtp.example.com:587. The connection must
	// be encrypted.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=261
	// +kubebuilder:validation:Pattern=`^[A-Za-z0-9]([-A-Za-z0-9.]*[A-Za-z0-9])?:[0-9]{1,5}$`
	Smarthost string `json:"smarthost,omitempty"`

	// username for the SMTP server. Set together with passwordSecretRef. If unset: none is sent.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=254
	// +kubebuilder:validation:Pattern=`^[^\p{C}{}]+$`
	Username string `json:"username,omitempty"`

	// passwordSecretRef holds the password of username. If unset: none is sent.
	// +optional
	PasswordSecretRef *SecretKeyReference `json:"passwordSecretRef,omitempty"`
}

// EmailAddress is one address without a display name.
// +kubebuilder:validation:MinLength=3
// +kubebuilder:validation:MaxLength=254
// +kubebuilder:validation:Pattern=`^[^\s\p{C}@,;<>{}]+@[^\s\p{C}@,;<>{}]+$`
type EmailAddress string

// PlainURL is a URL without user and query, where secrets are usually put.
// +kubebuilder:validation:MaxLength=512
// +kubebuilder:validation:Pattern=`^https?://[A-Za-z0-9]([-A-Za-z0-9.]*[A-Za-z0-9])?(:[0-9]{1,5})?(/[-A-Za-z0-9._~/]*)?$`
type PlainURL string

// Heartbeat tells a dead man's switch, again and again, that alerting works: the alert TuxWatchdog
// always fires and is sent nowhere else.
// +kubebuilder:validation:XValidation:rule="has(self.url) != has(self.urlSecretRef)",message="exactly one of url and urlSecretRef must be set"
type Heartbeat struct {
	// url of the dead man's switch, readable by everybody who may read this resource. Most switches
	// have a secret in their URL, which belongs into urlSecretRef. Exactly one of url and urlSecretRef
	// must be set.
	// +optional
	URL PlainURL `json:"url,omitempty"`

	// urlSecretRef holds the URL of the dead man's switch. Exactly one of url and urlSecretRef must be
	// set.
	// +optional
	URLSecretRef *SecretKeyReference `json:"urlSecretRef,omitempty"`

	// interval between two heartbeats, a Prometheus duration. Let the switch wait for three of them.
	// If unset: 1m.
	// +optional
	Interval Duration `json:"interval,omitempty"`
}
