package v1alpha1

// LogRemoval says what becomes of the retention of a tenant when the resource is deleted.
// +kubebuilder:validation:Enum=Retain;Remove
type LogRemoval string

// What becomes of it.
const (
	// LogRemovalRetain keeps what was promised for the stored logs. The default.
	LogRemovalRetain LogRemoval = "Retain"
	// LogRemovalRemove takes it out, and the log store's own default decides what it deletes.
	LogRemovalRemove LogRemoval = "Remove"
)

// LogCompression is how much work goes into making stored lines small.
// +kubebuilder:validation:Enum=Best;Default
type LogCompression string

// How much work.
const (
	// LogCompressionBest is the smallest the log store has a codec for. The default.
	LogCompressionBest LogCompression = "Best"
	// LogCompressionDefault is what the log store does by itself, which is faster to write and to read.
	LogCompressionDefault LogCompression = "Default"
)

// Logs says how long which logs of the environment live.
// +kubebuilder:validation:XValidation:rule="has(self.backend.elasticsearch) || has(self.backend.openSearch) || !has(self.compression)",message="compression needs backend.elasticsearch or backend.openSearch: Loki compresses the chunks of all tenants alike, by ingester.chunk_encoding"
// +kubebuilder:validation:XValidation:rule="!has(oldSelf.classes) || oldSelf.classes.all(o, !has(o.protection) || o.protection != 'Enabled' || has(self.classes) && self.classes.exists(n, n.name == o.name && has(n.protection) && n.protection == 'Enabled' && n.retentionDays >= o.retentionDays))",message="a class with protection Enabled cannot vanish, lose its protection or get fewer retentionDays"
// +kubebuilder:validation:XValidation:rule="self.tenant == oldSelf.tenant",message="tenant cannot be changed: the logs of the old one would be nobody's; take spec.logs out and put it in again"
// +kubebuilder:validation:XValidation:rule="has(self.backend.loki) || has(self.backend.lokiStack) || !has(self.collector)",message="collector needs backend.loki or backend.lokiStack: its configuration sends lines to no other log store"
// +kubebuilder:validation:XValidation:rule="!has(self.backend.lokiStack) || !has(self.collector) || has(self.collector.url)",message="collector needs collector.url with backend.lokiStack: where its distributors take lines is not in the LokiStack"
// +kubebuilder:validation:XValidation:rule="has(self.backend.loki) || has(self.backend.lokiStack) || !has(self.alerts)",message="alerts need backend.loki or backend.lokiStack: they are rules for its ruler"
// +kubebuilder:validation:XValidation:rule="!has(self.backend.lokiStack) || !has(self.alerts) || !has(self.alerts.folderAnnotation)",message="alerts.folderAnnotation needs backend.loki: with a LokiStack they are an AlertingRule"
// +kubebuilder:validation:XValidation:rule="has(self.backend.loki) || has(self.backend.lokiStack) || !has(self.onDelete) || self.onDelete == 'Retain'",message="onDelete Remove needs backend.loki or backend.lokiStack: in Elasticsearch and OpenSearch logs would live for ever without their policy"
// +kubebuilder:validation:XValidation:rule="has(self.backend.elasticsearch) || has(self.backend.openSearch) || !has(self.classes) || !self.classes.exists(c, has(c.tiers))",message="tiers need backend.elasticsearch or backend.openSearch: Loki has none"
// +kubebuilder:validation:XValidation:rule="!has(self.backend.openSearch) || !has(self.classes) || !self.classes.exists(c, has(c.tiers) && has(c.tiers.frozenAfterDays))",message="frozenAfterDays needs backend.elasticsearch: OpenSearch has no frozen tier for data streams"
// +kubebuilder:validation:XValidation:rule="!has(self.backend.openSearch) || has(self.backend.openSearch.tierAttribute) || !has(self.classes) || !self.classes.exists(c, has(c.tiers) && has(c.tiers.coldAfterDays))",message="coldAfterDays needs backend.openSearch.tierAttribute: OpenSearch knows cold nodes by that alone"
// +kubebuilder:validation:XValidation:rule="has(self.collector) || !has(self.levels) && !has(self.redaction)",message="levels and redaction need collector: nobody else drops lines or takes anything out of them"
// +kubebuilder:validation:XValidation:rule="has(self.backend.loki) || !has(self.seals)",message="seals need backend.loki: no other log store is read line by line"
// +kubebuilder:validation:XValidation:rule="!has(self.seals) || !has(self.classes) || self.classes.exists(c, has(c.protection) && c.protection == 'Enabled')",message="seals need a class with protection Enabled: no other is sealed"
// +kubebuilder:validation:XValidation:rule="has(self.backend.loki) || !has(self.acknowledgedDeletions)",message="acknowledgedDeletions need backend.loki: no other log store lists what was deleted"
type Logs struct {
	// backend is the log store, exactly one.
	// +required
	Backend LogBackend `json:"backend,omitempty"`

	// tenant is the name by which the log store keeps the logs of this environment apart: in Loki X-Scope-OrgID,
	// in Elasticsearch and OpenSearch the end of the names of data streams, logs-tux.CLASS-TENANT. It
	// belongs to one TuxMonitoring: of several that want the same the one that came first has it.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	// +kubebuilder:validation:Pattern=`^[a-z0-9][a-z0-9._-]*$`
	Tenant string `json:"tenant,omitempty"`

	// defaultDays is how many days lines live that belong to no class. If unset: 30.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=3650
	DefaultDays int32 `json:"defaultDays,omitempty"`

	// classes are asked in their order, and the first that matches takes a line. If unset: audit 365 days
	// (protected), debug 3, business 180, error 90, performance 14 and database 3; an empty list: none.
	// +optional
	// +listType=map
	// +listMapKey=name
	// +kubebuilder:validation:MaxItems=16
	Classes []LogClass `json:"classes,omitempty"`

	// collector is an OpenTelemetry Collector on every node that reads the lines of the backends, for Loki. The operator
	// writes its configuration to a ConfigMap, by which every line gets its class; who runs the Collector mounts
	// it. If unset: who collects lines, and gives them the label retention_class, is none of the operator's.
	// +optional
	Collector *LogCollector `json:"collector,omitempty"`

	// levels are the lowest that are stored, by logger: the collector drops what is below. Of several that concern
	// a logger the one with the longest name decides, as in Python. Lines of a protected class cannot be dropped.
	// If unset: nothing is dropped.
	// +optional
	// +listType=map
	// +listMapKey=logger
	// +kubebuilder:validation:MaxItems=32
	Levels []LogThreshold `json:"levels,omitempty"`

	// redaction is what the collector takes out of lines before they are stored. If unset: all presets.
	// +optional
	Redaction *LogRedaction `json:"redaction,omitempty"`

	// alerts tell what no metric shows: which logger errors come from, which workspace waits for its requests, and
	// that lines do not arrive. The operator writes them to a ConfigMap, as a file for the ruler of Loki, or as an
	// AlertingRule where there is backend.lokiStack. If unset: none.
	// +optional
	Alerts *LogAlerts `json:"alerts,omitempty"`

	// compression of stored lines: Best is the codec best_compression for indices made from now on, and with Elasticsearch
	// again when they are merged in the tier warm; Default is the codec the log store uses by itself. If unset: Best.
	// +optional
	Compression LogCompression `json:"compression,omitempty"`

	// onDelete says what becomes of the stored logs when this resource is deleted: Retain keeps every promise
	// made for them, Remove takes the tenant out of the log store's configuration, whose own default then
	// decides, within minutes and whatever the age of the logs. A tenant with a protected class is always
	// kept. With Elasticsearch and OpenSearch only Retain. If unset: Retain.
	// +optional
	OnDelete LogRemoval `json:"onDelete,omitempty"`

	// acknowledgedDecrease accepts that stored logs live shorter than they were promised: the code that
	// status.logs.acknowledgement shows for exactly these decreases. If unset: nothing is shortened.
	// +optional
	// +kubebuilder:validation:MaxLength=12
	// +kubebuilder:validation:Pattern=`^[0-9a-f]{12}$`
	AcknowledgedDecrease string `json:"acknowledgedDecrease,omitempty"`

	// seals are made of every hour of the classes with protection Enabled, and kept as ConfigMaps: by them tuxmon logs
	// verify-seals finds lines that were taken away. If unset: none.
	// +optional
	Seals *LogSeals `json:"seals,omitempty"`

	// acknowledgedDeletions are requests to delete lines, by their IDs in status.logs.foreignDeletions, that somebody has
	// accounted for. If unset: none.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=64
	AcknowledgedDeletions []LogDeletionID `json:"acknowledgedDeletions,omitempty"`
}

// LogBackend is a log store, exactly one.
// +kubebuilder:validation:MinProperties=1
// +kubebuilder:validation:MaxProperties=1
type LogBackend struct {
	// loki is a Grafana Loki 3 whose runtime configuration is mounted from a ConfigMap.
	// +optional
	Loki *LokiBackend `json:"loki,omitempty"`

	// lokiStack is a Grafana Loki that the Loki operator runs.
	// +optional
	LokiStack *LokiStackBackend `json:"lokiStack,omitempty"`

	// elasticsearch is an Elasticsearch 8.11 or newer with index lifecycle management.
	// +optional
	Elasticsearch *ElasticsearchBackend `json:"elasticsearch,omitempty"`

	// openSearch is an OpenSearch 2.9 or newer with index state management.
	// +optional
	OpenSearch *OpenSearchBackend `json:"openSearch,omitempty"`
}

// ElasticsearchBackend is an Elasticsearch. The operator writes lifecycle policies and templates, and never an index.
// +kubebuilder:validation:XValidation:rule="!has(self.credentialsSecretRef) || self.url.startsWith('https://')",message="url must begin with https:// where there is credentialsSecretRef: credentials are not sent in the clear"
type ElasticsearchBackend struct {
	// url of Elasticsearch, or of a proxy before it.
	// +required
	URL PlainURL `json:"url,omitempty"`

	// credentialsSecretRef names the Secret that says how to log in. If unset: nobody logs in.
	// +optional
	CredentialsSecretRef *LogCredentials `json:"credentialsSecretRef,omitempty"`
}

// OpenSearchBackend is an OpenSearch. The operator writes ISM policies and templates, and tells indices of theirs to follow
// what a policy says now; it never writes an index.
// +kubebuilder:validation:XValidation:rule="!has(self.credentialsSecretRef) || self.url.startsWith('https://')",message="url must begin with https:// where there is credentialsSecretRef: credentials are not sent in the clear"
type OpenSearchBackend struct {
	// url of OpenSearch, or of a proxy before it.
	// +required
	URL PlainURL `json:"url,omitempty"`

	// credentialsSecretRef names the Secret that says how to log in. If unset: nobody logs in.
	// +optional
	CredentialsSecretRef *LogCredentials `json:"credentialsSecretRef,omitempty"`

	// tierAttribute is the attribute of nodes, node.attr.NAME, that is warm or cold on the nodes for old lines: OpenSearch
	// has no such tiers itself. If unset: tiers move nothing, warmAfterDays only merges, and coldAfterDays is refused.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	// +kubebuilder:validation:Pattern=`^[A-Za-z][A-Za-z0-9_]*$`
	TierAttribute string `json:"tierAttribute,omitempty"`
}

// LogCredentials name a Secret in the namespace of the resource. It has the keys username and password, or for
// Elasticsearch the key apiKey, encoded as Elasticsearch gave it; and ca.crt, if the certificate of the log store is of
// no public authority.
type LogCredentials struct {
	// name of the Secret.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:Pattern=`^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$`
	Name string `json:"name,omitempty"`
}

// LokiStackBackend is a LokiStack, loki.grafana.com/v1. The operator applies spec.limits.tenants.TENANT of it, the fields
// retention and otlp.streamLabels, and no other field.
type LokiStackBackend struct {
	// namespace of the LokiStack. If unset: that of this resource.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	// +kubebuilder:validation:Pattern=`^[a-z0-9]([-a-z0-9]*[a-z0-9])?$`
	Namespace string `json:"namespace,omitempty"`

	// name of the LokiStack. It needs the label monitoring.tux.io/document: log-retention, by which who has it agrees.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	// +kubebuilder:validation:Pattern=`^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$`
	Name string `json:"name,omitempty"`

	// url of its query frontend, or of a proxy before it that knows tenants by X-Scope-OrgID. The operator asks there
	// what really holds, and never writes. If unset: nobody is asked, so that nothing is ever verified, and the first
	// retention of a tenant has to be acknowledged, since it may have logs.
	// +optional
	URL PlainURL `json:"url,omitempty"`
}

// LokiBackend is a Grafana Loki, and the document by which it is told what to keep.
type LokiBackend struct {
	// url of Loki or of the gateway before it. The operator asks there what really holds, and never writes.
	// +required
	URL PlainURL `json:"url,omitempty"`

	// overrides is where the runtime configuration for Loki is written. All resources of the cluster that name
	// the same share one document.
	// +required
	Overrides LokiOverrides `json:"overrides,omitempty"`
}

// LokiOverrides names a key of a ConfigMap that Loki mounts as a directory and names in runtime_config.file.
type LokiOverrides struct {
	// namespace of the ConfigMap, usually that of Loki.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	// +kubebuilder:validation:Pattern=`^[a-z0-9]([-a-z0-9]*[a-z0-9])?$`
	Namespace string `json:"namespace,omitempty"`

	// name of the ConfigMap. It needs the label monitoring.tux.io/document: log-retention, by which who has its
	// namespace agrees; in the namespace of this resource it is made if it is not there.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:Pattern=`^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$`
	Name string `json:"name,omitempty"`

	// key of the ConfigMap; beside it the operator keeps what it promised, under the same name with
	// .ledger.json at its end. If unset: overrides.yaml.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=200
	// +kubebuilder:validation:Pattern=`^[-._a-zA-Z0-9]+$`
	// +kubebuilder:validation:XValidation:rule="!self.endsWith('.ledger.json')",message="must not end with .ledger.json: that is the key beside it"
	Key string `json:"key,omitempty"`
}

// LogCollectorForm is what the configuration of an OpenTelemetry Collector is written to.
// +kubebuilder:validation:Enum=ConfigMap;OpenTelemetryCollector
type LogCollectorForm string

// What it is written to.
const (
	// LogCollectorConfigMap is for whoever runs a Collector. The default.
	LogCollectorConfigMap LogCollectorForm = "ConfigMap"
	// LogCollectorResource is run by the OpenTelemetry operator.
	LogCollectorResource LogCollectorForm = "OpenTelemetryCollector"
)

// LogCollector is where the configuration of an OpenTelemetry Collector goes, and what it has to know.
// +kubebuilder:validation:XValidation:rule="!has(self.as) || self.as != 'OpenTelemetryCollector' || !has(self.storageDirectory) || self.storageDirectory == '/var/lib/otelcol' || self.storageDirectory.startsWith('/var/lib/otelcol/')",message="storageDirectory must be /var/lib/otelcol or below it with as OpenTelemetryCollector: root writes there on every node"
type LogCollector struct {
	// as is what the configuration is written to: a ConfigMap for whoever runs a Collector, or an OpenTelemetryCollector
	// (opentelemetry.io/v1beta1) in mode daemonset, which the OpenTelemetry operator runs on every node. It reads
	// /var/log/pods of the node as root. If unset: ConfigMap.
	// +optional
	As LogCollectorForm `json:"as,omitempty"`

	// configMapName of the ConfigMap with the configuration, under the key collector.yaml, or the name of the
	// OpenTelemetryCollector. If unset: NAME-collector.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:Pattern=`^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$`
	ConfigMapName string `json:"configMapName,omitempty"`

	// url of the Loki that takes lines, without /otlp; that of the distributors or of a gateway, where Loki is more
	// than one process. If unset: backend.loki.url.
	// +optional
	URL PlainURL `json:"url,omitempty"`

	// storageDirectory on the node, where the Collector keeps how far it has read and what it could not send yet;
	// up to 512 MiB. If unset: /var/lib/otelcol.
	// +optional
	// +kubebuilder:validation:MinLength=2
	// +kubebuilder:validation:MaxLength=200
	// +kubebuilder:validation:Pattern=`^(/[A-Za-z0-9][-A-Za-z0-9._]*)+$`
	StorageDirectory string `json:"storageDirectory,omitempty"`
}

// LogAlerts is where the file with rules for the ruler of Loki goes.
type LogAlerts struct {
	// configMapName of the ConfigMap with the file, under the key NAMESPACE-NAME.yaml; with backend.lokiStack that of the
	// AlertingRule. If unset: NAME-log-rules.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:Pattern=`^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$`
	ConfigMapName string `json:"configMapName,omitempty"`

	// labels make the sidecar of Loki load the ConfigMap, or the LokiStack select the AlertingRule (spec.rules.selector).
	// If unset: loki_rule with the value 1, for the sidecar of the Loki chart looks for the label loki_rule.
	// +optional
	Labels ObjectLabels `json:"labels,omitempty"`

	// folderAnnotation is the annotation by which the sidecar knows the directory, which is that of the tenant: what
	// sidecar.rules.folderAnnotation of the Loki chart is set to. If unset: k8s-sidecar-target-directory.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	// +kubebuilder:validation:Pattern=`^[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$`
	FolderAnnotation string `json:"folderAnnotation,omitempty"`
}

// LogThreshold is the lowest level of a logger, and of those below it, that is stored.
type LogThreshold struct {
	// logger by name. A threshold of one below it decides for that one.
	// +required
	Logger LoggerName `json:"logger,omitempty"`

	// minimum is the lowest level that is stored. A line whose level is not known is never dropped.
	// +required
	Minimum LogLevel `json:"minimum,omitempty"`
}

// LogRedaction is what is taken out of lines.
type LogRedaction struct {
	// presets by name; an empty list: nothing is taken out. Card numbers go by their shape alone, so that other
	// long numbers may go with them.
	// +required
	// +listType=set
	// +kubebuilder:validation:MaxItems=7
	Presets []LogPreset `json:"presets"`
}

// LogPreset is a kind of secret or personal data.
// +kubebuilder:validation:Enum=Authorization;CardNumber;Cookie;Email;JWT;Password;Token
type LogPreset string

// LogClass is a set of lines that live equally long.
// +kubebuilder:validation:XValidation:rule="!has(self.erasure) || self.erasure != 'Enabled' || !has(self.protection) || self.protection != 'Enabled'",message="erasure cannot be Enabled where protection is: lines of a protected class are never erased"
// +kubebuilder:validation:XValidation:rule="!has(self.tiers) || (!has(self.tiers.warmAfterDays) || self.tiers.warmAfterDays < self.retentionDays) && (!has(self.tiers.coldAfterDays) || self.tiers.coldAfterDays < self.retentionDays) && (!has(self.tiers.frozenAfterDays) || self.tiers.frozenAfterDays < self.retentionDays)",message="tiers must come before retentionDays"
// +kubebuilder:validation:XValidation:rule="!(self.name in ['default', 'unparsed'])",message="name must not be default or unparsed: those are there by themselves and live defaultDays"
type LogClass struct {
	// name of the class, the value of the label retention_class that lines carry.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=40
	// +kubebuilder:validation:Pattern=`^[a-z]([a-z0-9-]*[a-z0-9])?$`
	Name string `json:"name,omitempty"`

	// match says which lines belong to the class.
	// +required
	Match LogMatch `json:"match,omitempty"`

	// retentionDays is how many days the lines live.
	// +required
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=3650
	RetentionDays int32 `json:"retentionDays,omitempty"`

	// protection Enabled keeps the class from ever getting fewer days or vanishing, acknowledged or not. If
	// unset: Disabled.
	// +optional
	Protection State `json:"protection,omitempty"`

	// erasure Disabled keeps the lines of the class when a TuxLogErasure erases what somebody has left. Lines of a
	// class with protection Enabled are never erased. If unset: Enabled.
	// +optional
	Erasure State `json:"erasure,omitempty"`

	// tiers are where the lines are moved to as they get older. If unset: they stay where they were written.
	// +optional
	Tiers *LogTiers `json:"tiers,omitempty"`
}

// LogTiers are the ages, in days, at which lines move to cheaper places. They count from when an index was full or old
// enough for the next one, as retentionDays does.
// +kubebuilder:validation:MinProperties=1
// +kubebuilder:validation:XValidation:rule="has(self.frozenAfterDays) == has(self.snapshotRepository)",message="frozenAfterDays and snapshotRepository need each other"
// +kubebuilder:validation:XValidation:rule="!has(self.warmAfterDays) || !has(self.coldAfterDays) || self.warmAfterDays < self.coldAfterDays",message="warmAfterDays must be less than coldAfterDays"
// +kubebuilder:validation:XValidation:rule="!has(self.warmAfterDays) || !has(self.frozenAfterDays) || self.warmAfterDays < self.frozenAfterDays",message="warmAfterDays must be less than frozenAfterDays"
// +kubebuilder:validation:XValidation:rule="!has(self.coldAfterDays) || !has(self.frozenAfterDays) || self.coldAfterDays < self.frozenAfterDays",message="coldAfterDays must be less than frozenAfterDays"
type LogTiers struct {
	// warmAfterDays is when an index moves to warm nodes and is merged to one segment, which makes it read-only.
	// If unset: never.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=3650
	WarmAfterDays int32 `json:"warmAfterDays,omitempty"`

	// coldAfterDays is when an index moves to cold nodes. If unset: never.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=3650
	ColdAfterDays int32 `json:"coldAfterDays,omitempty"`

	// frozenAfterDays is when an index is read from a snapshot only, which needs an Enterprise licence of Elasticsearch.
	// If unset: never.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=3650
	FrozenAfterDays int32 `json:"frozenAfterDays,omitempty"`

	// snapshotRepository is where the snapshots of frozen indices are. It must be there already.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=128
	// +kubebuilder:validation:Pattern=`^[A-Za-z0-9][-A-Za-z0-9._]*$`
	SnapshotRepository string `json:"snapshotRepository,omitempty"`
}

// LogMatch says which lines belong to a class: those with any of the loggers and any of the levels.
// +kubebuilder:validation:MinProperties=1
type LogMatch struct {
	// loggers by name, each standing for those below it as well, as in Python. If unset: any.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=32
	Loggers []LoggerName `json:"loggers,omitempty"`

	// levels of the lines. If unset: any.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=5
	Levels []LogLevel `json:"levels,omitempty"`
}

// LoggerName is the name of a Python logger.
// +kubebuilder:validation:MinLength=1
// +kubebuilder:validation:MaxLength=128
// +kubebuilder:validation:Pattern=`^[A-Za-z_][A-Za-z0-9_-]*(\.[A-Za-z0-9_-]+)*$`
type LoggerName string
