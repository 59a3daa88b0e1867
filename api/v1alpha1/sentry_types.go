package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// Adoption says what to do with a Sentry project that somebody else made.
// +kubebuilder:validation:Enum=Never;IfUnowned
type Adoption string

// The policies of adoption.
const (
	// AdoptionNever leaves it alone. The default.
	AdoptionNever Adoption = "Never"
	// AdoptionIfUnowned takes it over unless another TuxMonitoring has it.
	AdoptionIfUnowned Adoption = "IfUnowned"
)

// Sharing says whose the settings of a Sentry project are.
// +kubebuilder:validation:Enum=Owner;Member
type Sharing string

// The shares of a Sentry project.
const (
	// SharingOwner makes the project and keeps its settings. The default.
	SharingOwner Sharing = "Owner"
	// SharingMember only has a client key of its own in the project of another.
	SharingMember Sharing = "Member"
)

// DeletionPolicy says what becomes of a Sentry project when the resource is deleted.
// +kubebuilder:validation:Enum=Retain;Delete
type DeletionPolicy string

// The policies of deletion.
const (
	// DeletionPolicyRetain leaves everything in Sentry as it is. The default.
	DeletionPolicyRetain DeletionPolicy = "Retain"
	// DeletionPolicyDelete deletes the project if the operator made it.
	DeletionPolicyDelete DeletionPolicy = "Delete"
)

// IPAddresses says what Sentry does with the addresses of users.
// +kubebuilder:validation:Enum=Remove;Keep
type IPAddresses string

// What becomes of addresses.
const (
	// IPAddressesRemove stores no address.
	IPAddressesRemove IPAddresses = "Remove"
	// IPAddressesKeep stores them.
	IPAddressesKeep IPAddresses = "Keep"
)

// PrivacyPreset is a part of an event that Sentry removes before it is stored.
// +kubebuilder:validation:Enum=Headers;Cookies;QueryStrings;Bodies
type PrivacyPreset string

// PrivacyProof says when what Sentry removes from events is proven.
// +kubebuilder:validation:Enum=OnRequest;OnChange
type PrivacyProof string

// The occasions of a proof.
const (
	// PrivacyProofOnRequest is when the annotation monitoring.tux.io/prove-privacy asks.
	PrivacyProofOnRequest PrivacyProof = "OnRequest"
	// PrivacyProofOnChange is also after the privacy settings, the project or the client key changed. The default.
	PrivacyProofOnChange PrivacyProof = "OnChange"
)

// AutoAssignment says to whom Sentry gives a new issue.
// +kubebuilder:validation:Enum=IssueOwner;SuspectCommits;Disabled
type AutoAssignment string

// The ways of assigning issues.
const (
	// AutoAssignmentIssueOwner gives it to whom the ownership rules name.
	AutoAssignmentIssueOwner AutoAssignment = "IssueOwner"
	// AutoAssignmentSuspectCommits gives it to who changed the code last.
	AutoAssignmentSuspectCommits AutoAssignment = "SuspectCommits"
	// AutoAssignmentDisabled gives it to nobody.
	AutoAssignmentDisabled AutoAssignment = "Disabled"
)

// LogLevel is a level of Python's logging.
// +kubebuilder:validation:Enum=DEBUG;INFO;WARNING;ERROR;CRITICAL
type LogLevel string

// Sentry keeps a Sentry project in the declared state and puts its DSN where the backends find it. What is
// not set here is never touched in Sentry.
// +kubebuilder:validation:XValidation:rule="!has(self.variables) || !has(self.variables.secretName) || self.variables.secretName != self.tokenSecretRef.name",message="variables.secretName must not be the Secret of tokenSecretRef: one is written by the operator, the other by you"
// +kubebuilder:validation:XValidation:rule="!has(self.project.sharing) || self.project.sharing == 'Owner' ? has(self.teams) : !has(self.teams) && !has(self.deletionPolicy) && !has(self.privacy) && !has(self.filters) && !has(self.environments) && !has(self.ownership) && !has(self.cronMonitors)",message="an owner of the project must set teams, a Member must not set teams, deletionPolicy, privacy, filters, environments, ownership and cronMonitors: those are the owner's"
type Sentry struct {
	// organization is the slug of the organization in Sentry.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=64
	// +kubebuilder:validation:Pattern=`^[A-Za-z0-9][-A-Za-z0-9_]*$`
	Organization string `json:"organization,omitempty"`

	// url of the Sentry server; a path in it is the prefix of a proxy. The token is sent to this host, and
	// with sentry.io to the region the organization is in. If unset: https://sentry.io.
	// +optional
	URL PlainURL `json:"url,omitempty"`

	// tokenSecretRef holds the token of an internal integration in Sentry. The operator reads this key of
	// this Secret, and looks again when the Secret changes.
	// +required
	TokenSecretRef SecretKeyReference `json:"tokenSecretRef,omitempty"`

	// teams are the slugs of the teams that have access to the project, all of them; the project is created
	// in the first. Required unless project.sharing is Member.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=16
	Teams []SentrySlug `json:"teams,omitempty"`

	// project says which one it is.
	// +required
	Project SentryProject `json:"project,omitempty"`

	// deletionPolicy says what becomes of the project when this resource is deleted: Retain leaves it,
	// Delete deletes it with all its events if the operator made it, and never one that was adopted. If
	// unset: Retain.
	// +optional
	DeletionPolicy DeletionPolicy `json:"deletionPolicy,omitempty"`

	// dsn is the client key of this environment. If unset: a key named after the environment, without a
	// limit of ours.
	// +optional
	DSN *SentryDSN `json:"dsn,omitempty"`

	// privacy says what Sentry removes from events before it stores them. If unset: not touched.
	// +optional
	Privacy *SentryPrivacy `json:"privacy,omitempty"`

	// filters drop events before they count. If unset: not touched.
	// +optional
	Filters *SentryFilters `json:"filters,omitempty"`

	// environments says which of them Sentry shows. If unset: not touched.
	// +optional
	Environments *SentryEnvironments `json:"environments,omitempty"`

	// ownership says to whom issues belong. If unset: not touched.
	// +optional
	Ownership *SentryOwnership `json:"ownership,omitempty"`

	// cronMonitors make an issue when check-ins of a job do not come. Those that are not listed are left alone,
	// also one that was listed before. If unset: not touched.
	// +optional
	// +listType=map
	// +listMapKey=slug
	// +kubebuilder:validation:MaxItems=64
	CronMonitors []SentryCronMonitor `json:"cronMonitors,omitempty"`

	// alerts tell people of issues of this environment by mail. Those that are not listed are left alone, also
	// one that was listed before. If unset: not touched.
	// +optional
	// +listType=map
	// +listMapKey=name
	// +kubebuilder:validation:MaxItems=32
	Alerts []SentryAlert `json:"alerts,omitempty"`

	// metricMonitors make an issue when a number of this environment is above a threshold. Those that are not
	// listed are left alone, also one that was listed before. If unset: not touched.
	// +optional
	// +listType=map
	// +listMapKey=name
	// +kubebuilder:validation:MaxItems=32
	MetricMonitors []SentryMetricMonitor `json:"metricMonitors,omitempty"`

	// deploys says whether Sentry is told when the release the backends report changes: the release is made
	// if it is not there, and a deploy to this environment is added to it. If unset: Disabled.
	// +optional
	Deploys State `json:"deploys,omitempty"`

	// tracesSampleRate is the share of requests the backends trace, from "0" to "1"; it is given to them as
	// a variable. If unset: the variable is left out.
	// +optional
	// +kubebuilder:validation:MaxLength=8
	// +kubebuilder:validation:Pattern=`^(0(\.[0-9]{1,6})?|1(\.0{1,6})?)$`
	TracesSampleRate string `json:"tracesSampleRate,omitempty"`

	// variables says how the backends get all this, for envFrom. If unset: as the Secret NAME-sentry and the
	// ConfigMap NAME-env, where NAME is that of this resource.
	// +optional
	Variables *SentryVariables `json:"variables,omitempty"`
}

// SentrySlug names a team of Sentry.
// +kubebuilder:validation:MinLength=1
// +kubebuilder:validation:MaxLength=50
// +kubebuilder:validation:Pattern=`^[a-z0-9][-a-z0-9_]*$`
type SentrySlug string

// SentryProject says which project it is, and whether it may be one that was there before.
// +kubebuilder:validation:XValidation:rule="!has(self.sharing) || self.sharing == 'Owner' || !has(self.name) && !has(self.platform) && !has(self.adoption)",message="a Member must not set name, platform and adoption: the project is another's"
type SentryProject struct {
	// slug of the project. Changing it renames the project, which keeps its events and keys.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=100
	// +kubebuilder:validation:Pattern=`^[a-z0-9_-]*[a-z_-][a-z0-9_-]*$`
	Slug string `json:"slug,omitempty"`

	// name of the project as people read it. If unset: the slug for a new project, else not touched.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=200
	// +kubebuilder:validation:Pattern=`^[^\s\p{C}]([^\p{C}]*[^\s\p{C}])?$`
	Name string `json:"name,omitempty"`

	// platform of the project, in Sentry's words. If unset: python-django for a new project, else not
	// touched.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=64
	// +kubebuilder:validation:Pattern=`^[a-z0-9][-a-z0-9]*$`
	Platform string `json:"platform,omitempty"`

	// adoption says what to do with a project of this slug that somebody else made: Never leaves it alone
	// and says so, IfUnowned takes it over unless another TuxMonitoring of the cluster has it. If unset:
	// Never.
	// +optional
	Adoption Adoption `json:"adoption,omitempty"`

	// sharing says whose the settings of the project are: an Owner makes the project and keeps all its
	// settings, a Member only has a client key of its own in it. A project has one Owner and any number of
	// Members. If unset: Owner.
	// +optional
	Sharing Sharing `json:"sharing,omitempty"`
}

// SentryDSN is the client key of one environment.
type SentryDSN struct {
	// keyName is the name of the client key. Changing it renames the key, and the DSN stays. If unset: the
	// environment.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=64
	// +kubebuilder:validation:Pattern=`^[^\s\p{C}]([^\p{C}]*[^\s\p{C}])?$`
	KeyName string `json:"keyName,omitempty"`

	// rateLimit bounds how many events the key takes. If unset: not touched.
	// +optional
	RateLimit *SentryRateLimit `json:"rateLimit,omitempty"`

	// rotation says when the key is replaced by a new one. If unset: never.
	// +optional
	Rotation *SentryKeyRotation `json:"rotation,omitempty"`
}

// SentryKeyRotation says when the client key is replaced. The replaced key takes events for a while, so that pods that run
// have time to start again with the new DSN; then it is switched off, and stays in Sentry for a person to delete.
// +kubebuilder:validation:XValidation:rule="has(self.notBefore) || has(self.interval)",message="at least one of notBefore and interval must be set"
type SentryKeyRotation struct {
	// notBefore is a time: a key that was made before is replaced, once. Set it to the time a DSN got into wrong hands. The
	// time counts five minutes after it has come. If unset: no key is too old because of it.
	// +optional
	NotBefore *metav1.Time `json:"notBefore,omitempty"`

	// interval is how old a key may become, a Prometheus duration of at least 1d. If unset: a key does not become too old.
	// +optional
	Interval Duration `json:"interval,omitempty"`

	// overlap is how long the replaced key takes events, a Prometheus duration of at least 10m and of less than interval. If
	// unset: 1d.
	// +optional
	Overlap Duration `json:"overlap,omitempty"`
}

// SentryRateLimit bounds how many events a client key takes.
type SentryRateLimit struct {
	// count of events in a window; 0 takes a limit away.
	// +required
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=100000000
	Count *int32 `json:"count,omitempty"`

	// window the events are counted in, a Prometheus duration of at most a day. If unset: 1m.
	// +optional
	Window Duration `json:"window,omitempty"`
}

// SentryPrivacy says what Sentry removes from events before it stores them.
// +kubebuilder:validation:MinProperties=1
type SentryPrivacy struct {
	// scrubber removes the values of sensitive fields. If unset: not touched.
	// +optional
	Scrubber State `json:"scrubber,omitempty"`

	// defaults adds the names Sentry takes for sensitive, such as password. If unset: not touched.
	// +optional
	Defaults State `json:"defaults,omitempty"`

	// ipAddresses says whether addresses of users are stored. If unset: not touched.
	// +optional
	IPAddresses IPAddresses `json:"ipAddresses,omitempty"`

	// sensitiveFields are names of fields whose values the scrubber removes, beside the defaults; an empty
	// list clears them. If unset: not touched.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=64
	SensitiveFields *[]SentryField `json:"sensitiveFields,omitempty"`

	// safeFields are fields whose values are kept whatever their names; an empty list clears them. If unset:
	// not touched.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=64
	SafeFields *[]SentryField `json:"safeFields,omitempty"`

	// rules remove parts of an event whole. If unset: not touched.
	// +optional
	Rules *SentryRules `json:"rules,omitempty"`

	// proof says when an event with made-up secrets is sent and read back, to prove what is removed:
	// OnRequest when the annotation monitoring.tux.io/prove-privacy gets another value, OnChange also after
	// these settings, the project or the client key changed. A proof takes one to three events of level info,
	// all of one issue. If unset: OnChange.
	// +optional
	Proof PrivacyProof `json:"proof,omitempty"`
}

// SentryField names a field of an event.
// +kubebuilder:validation:MinLength=1
// +kubebuilder:validation:MaxLength=60
// +kubebuilder:validation:Pattern=`^[^\s\p{C}()]+$`
type SentryField string

// SentryRules are removals by Sentry's advanced data scrubbing. The whole of its rules is replaced.
type SentryRules struct {
	// presets are parts that are removed: Headers those that hold credentials (Authorization, Cookie,
	// Proxy-Authorization, Set-Cookie, X-Api-Key, X-CSRFToken) and the cookies Sentry makes of Cookie, Cookies
	// those alone, QueryStrings and Bodies. If unset: none.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=4
	Presets []PrivacyPreset `json:"presets,omitempty"`

	// headers are further request headers that are removed. If unset: none.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=32
	Headers []SentryHeader `json:"headers,omitempty"`
}

// SentryHeader is the name of a request header.
// +kubebuilder:validation:MinLength=1
// +kubebuilder:validation:MaxLength=64
// +kubebuilder:validation:Pattern=`^[A-Za-z0-9][-A-Za-z0-9_]*$`
type SentryHeader string

// SentryFilters are the inbound filters of a project. What one drops costs no quota.
// +kubebuilder:validation:MinProperties=1
type SentryFilters struct {
	// browserExtensions drops errors of browser extensions. If unset: not touched.
	// +optional
	BrowserExtensions State `json:"browserExtensions,omitempty"`

	// healthChecks drops transactions of health checks. If unset: not touched.
	// +optional
	HealthChecks State `json:"healthChecks,omitempty"`

	// legacyBrowsers drops errors of old browsers, all that Sentry knows. If unset: not touched.
	// +optional
	LegacyBrowsers State `json:"legacyBrowsers,omitempty"`

	// localhost drops events from localhost. If unset: not touched.
	// +optional
	Localhost State `json:"localhost,omitempty"`

	// webCrawlers drops errors caused by web crawlers. If unset: not touched.
	// +optional
	WebCrawlers State `json:"webCrawlers,omitempty"`
}

// SentryEnvironments says which environments of the project Sentry shows. An environment comes into being
// with its first event; one that is not there yet is hidden when it comes.
// +kubebuilder:validation:MinProperties=1
// +kubebuilder:validation:XValidation:rule="!has(self.hidden) || !has(self.visible) || self.hidden.all(e, !(e in self.visible))",message="an environment must not be both hidden and visible"
type SentryEnvironments struct {
	// default is the environment Sentry shows first. If unset: not touched.
	// +optional
	Default SentryEnvironment `json:"default,omitempty"`

	// hidden environments are not offered in Sentry. If unset: none is hidden.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=32
	Hidden []SentryEnvironment `json:"hidden,omitempty"`

	// visible environments are offered again. If unset: those that are not in hidden are not touched.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=32
	Visible []SentryEnvironment `json:"visible,omitempty"`
}

// SentryEnvironment is the name of an environment in Sentry.
// +kubebuilder:validation:MinLength=1
// +kubebuilder:validation:MaxLength=64
// +kubebuilder:validation:Pattern=`^[^\s\p{C}/]+$`
type SentryEnvironment string

// SentryOwnership says to whom issues belong.
// +kubebuilder:validation:MinProperties=1
type SentryOwnership struct {
	// rules in Sentry's words, one on a line, for example "path:src/billing/* #billing". If unset: not
	// touched.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=20000
	Rules string `json:"rules,omitempty"`

	// autoAssignment says to whom a new issue is given. If unset: not touched.
	// +optional
	AutoAssignment AutoAssignment `json:"autoAssignment,omitempty"`
}

// SentryAlertType says what an alert tells of.
// +kubebuilder:validation:Enum=NewIssue;Regression;HighVolume
type SentryAlertType string

// What an alert tells of.
const (
	// SentryAlertNewIssue is an issue that is seen for the first time.
	SentryAlertNewIssue SentryAlertType = "NewIssue"
	// SentryAlertRegression is an issue that was resolved and comes again.
	SentryAlertRegression SentryAlertType = "Regression"
	// SentryAlertHighVolume is an issue with many events.
	SentryAlertHighVolume SentryAlertType = "HighVolume"
)

// SentryWindow is a time in which events are counted.
// +kubebuilder:validation:Enum="1h";"1d";"1w"
type SentryWindow string

// SentryAlert tells people of issues.
// +kubebuilder:validation:XValidation:rule="self.type == 'HighVolume' ? has(self.events) : !has(self.events) && !has(self.window)",message="HighVolume needs events; NewIssue and Regression must not set events and window"
type SentryAlert struct {
	// name of the alert; with the environment it is what the alert is found by in Sentry.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=64
	// +kubebuilder:validation:Pattern=`^[A-Za-z0-9]([-A-Za-z0-9 _.]*[A-Za-z0-9])?$`
	Name string `json:"name,omitempty"`

	// type says what it tells of: NewIssue one that is seen for the first time, Regression one that was
	// resolved and comes again, HighVolume one with many events.
	// +required
	Type SentryAlertType `json:"type,omitempty"`

	// events is how many of them an issue must have more than, for HighVolume.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=10000000
	Events int32 `json:"events,omitempty"`

	// window the events are counted in, for HighVolume. If unset: 1h.
	// +optional
	Window SentryWindow `json:"window,omitempty"`

	// repeatInterval is how long the same issue is not told of again, a Prometheus duration in whole minutes of
	// at most 30d. If unset: 30m.
	// +optional
	RepeatInterval Duration `json:"repeatInterval,omitempty"`

	// team is the slug of the team that is told, one that has access to the project. If unset: the owners of
	// the issue, and everybody of the project who was active lately where it has none.
	// +optional
	Team SentrySlug `json:"team,omitempty"`
}

// SentryMonitorWindow is a time that a metric monitor looks back.
// +kubebuilder:validation:Enum="5m";"10m";"15m";"30m";"1h";"4h";"1d"
type SentryMonitorWindow string

// SentryMetricMonitor makes an issue when a number is above a threshold, and resolves it when it is not.
// +kubebuilder:validation:XValidation:rule="has(self.errors) != has(self.p95)",message="exactly one of errors and p95 must be set"
type SentryMetricMonitor struct {
	// name of the monitor; with the environment it is what the monitor is found by in Sentry.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=64
	// +kubebuilder:validation:Pattern=`^[A-Za-z0-9]([-A-Za-z0-9 _.]*[A-Za-z0-9])?$`
	Name string `json:"name,omitempty"`

	// errors is how many of them may come in a window. If unset: errors are not counted.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=10000000
	Errors int32 `json:"errors,omitempty"`

	// p95 is the time 95 of 100 requests must be answered in, a Prometheus duration of at most 1h. It needs
	// traces. If unset: the time is not looked at.
	// +optional
	P95 Duration `json:"p95,omitempty"`

	// window the number is computed over. If unset: 15m.
	// +optional
	Window SentryMonitorWindow `json:"window,omitempty"`
}

// SentryCronMonitor expects check-ins of a job.
type SentryCronMonitor struct {
	// slug is the name of the monitor in check-ins, unique in the organization.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=50
	// +kubebuilder:validation:Pattern=`^[a-z0-9_-]*[a-z_-][a-z0-9_-]*$`
	Slug string `json:"slug,omitempty"`

	// name of the monitor as people read it. If unset: the slug for a new monitor, else not touched.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=128
	// +kubebuilder:validation:Pattern=`^[^\s\p{C}]([^\p{C}]*[^\s\p{C}])?$`
	Name string `json:"name,omitempty"`

	// schedule of the job as a crontab expression with five fields, for example "0 3 * * *".
	// +required
	// +kubebuilder:validation:MinLength=9
	// +kubebuilder:validation:MaxLength=100
	// +kubebuilder:validation:Pattern=`^[0-9A-Za-z*/,-]+( [0-9A-Za-z*/,-]+){4}$`
	Schedule string `json:"schedule,omitempty"`

	// timezone the schedule is in, for example Europe/Berlin. If unset: UTC for a new monitor, else not touched.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=64
	// +kubebuilder:validation:Pattern=`^[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+){0,2}$`
	Timezone string `json:"timezone,omitempty"`

	// margin is how late a check-in may come, a Prometheus duration in whole minutes of at most 28d. If unset:
	// not touched.
	// +optional
	Margin Duration `json:"margin,omitempty"`

	// maxRuntime is how long the job may run, a Prometheus duration in whole minutes of at most 28d. If unset:
	// not touched.
	// +optional
	MaxRuntime Duration `json:"maxRuntime,omitempty"`

	// failureThreshold is how many check-ins in a row must be missed or failed before there is an issue. If
	// unset: not touched.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=720
	FailureThreshold int32 `json:"failureThreshold,omitempty"`

	// recoveryThreshold is how many check-ins in a row must succeed before the issue is resolved. If unset:
	// not touched.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=720
	RecoveryThreshold int32 `json:"recoveryThreshold,omitempty"`
}

// SentryVariables says how the backends get what they need, for envFrom. Pods read it when they start.
type SentryVariables struct {
	// secretName of the Secret with DSN, environment, release and share of traces. If unset: NAME-sentry.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:Pattern=`^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$`
	SecretName string `json:"secretName,omitempty"`

	// configMapName of the ConfigMap with what is no secret: log level and share of traces. If unset:
	// NAME-env.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:Pattern=`^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$`
	ConfigMapName string `json:"configMapName,omitempty"`

	// logLevel of the backends. If unset: INFO.
	// +optional
	LogLevel LogLevel `json:"logLevel,omitempty"`

	// release the backends report. If unset: the tag of the image all backends run; left out where they run
	// different ones, one without a tag, or latest.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=200
	// +kubebuilder:validation:Pattern=`^[A-Za-z0-9_][-A-Za-z0-9_.@+:]*$`
	Release string `json:"release,omitempty"`

	// names of the variables. If unset: those that Sentry's SDK and the TUX app kit read.
	// +optional
	Names *SentryVariableNames `json:"names,omitempty"`
}

// SentryVariableNames are names of environment variables.
// +kubebuilder:validation:XValidation:rule="[has(self.dsn) ? self.dsn : 'SENTRY_DSN', has(self.environment) ? self.environment : 'SENTRY_ENVIRONMENT', has(self.release) ? self.release : 'SENTRY_RELEASE', has(self.tracesSampleRate) ? self.tracesSampleRate : 'SENTRY_TRACES_SAMPLE_RATE', has(self.logLevel) ? self.logLevel : 'LOG_LEVEL'].all(a, [has(self.dsn) ? self.dsn : 'SENTRY_DSN', has(self.environment) ? self.environment : 'SENTRY_ENVIRONMENT', has(self.release) ? self.release : 'SENTRY_RELEASE', has(self.tracesSampleRate) ? self.tracesSampleRate : 'SENTRY_TRACES_SAMPLE_RATE', has(self.logLevel) ? self.logLevel : 'LOG_LEVEL'].exists_one(b, a == b))",message="two variables must not have the same name"
type SentryVariableNames struct {
	// dsn is the name of the variable with the DSN. If unset: SENTRY_DSN.
	// +optional
	DSN VariableName `json:"dsn,omitempty"`

	// environment is the name of the variable with the environment. If unset: SENTRY_ENVIRONMENT, and
	// ENVIRONMENT as well.
	// +optional
	Environment VariableName `json:"environment,omitempty"`

	// release is the name of the variable with the release. If unset: SENTRY_RELEASE.
	// +optional
	Release VariableName `json:"release,omitempty"`

	// tracesSampleRate is the name of the variable with the share of traces. If unset:
	// SENTRY_TRACES_SAMPLE_RATE.
	// +optional
	TracesSampleRate VariableName `json:"tracesSampleRate,omitempty"`

	// logLevel is the name of the variable with the log level. If unset: LOG_LEVEL.
	// +optional
	LogLevel VariableName `json:"logLevel,omitempty"`
}

// VariableName is the name of an environment variable.
// +kubebuilder:validation:MinLength=1
// +kubebuilder:validation:MaxLength=63
// +kubebuilder:validation:Pattern=`^[A-Za-z_][A-Za-z0-9_]*$`
type VariableName string
