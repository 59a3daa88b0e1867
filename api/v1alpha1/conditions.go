package v1alpha1

// The conditions of a TuxMonitoring. Ready sums up; the next eight speak for one area each and are
// positive; the last two exist only while true. Each reason has a page in docs/reasons.md.
const (
	// ConditionReady is True when everything that was asked for exists and a Prometheus selects it.
	ConditionReady = "Ready"
	// ConditionBackendsDiscovered is True when every entry of spec.backends leads to a Deployment and a port.
	ConditionBackendsDiscovered = "BackendsDiscovered"
	// ConditionPrometheusDiscovered is True when it is known which labels make Prometheus select our objects.
	ConditionPrometheusDiscovered = "PrometheusDiscovered"
	// ConditionAlertmanagerDiscovered is True when it is known which labels make Alertmanager select our
	// AlertmanagerConfig; absent while spec.routing is not set.
	ConditionAlertmanagerDiscovered = "AlertmanagerDiscovered"
	// ConditionSpecAccepted is True when no part of the spec had to be left out.
	ConditionSpecAccepted = "SpecAccepted"
	// ConditionOutputsApplied is True when every object of every output is in the cluster as planned.
	ConditionOutputsApplied = "OutputsApplied"
	// ConditionSentrySynced is True when the Sentry project is as spec.sentry says; absent while that is not
	// set.
	ConditionSentrySynced = "SentrySynced"
	// ConditionPrivacyVerified is True when an event with made-up secrets was read back from Sentry without those
	// that spec.sentry.privacy asks to remove; absent while nobody asked for a proof.
	ConditionPrivacyVerified = "PrivacyVerified"
	// ConditionRetentionVerified is True when the log store has what spec.logs says, answers with it, and has no
	// line that is older than its class allows; absent while spec.logs is not set.
	ConditionRetentionVerified = "RetentionVerified"
	// ConditionErased is that of a TuxLogErasure: True when no line of the subject is left that may go, and none had to stay.
	ConditionErased = "Erased"
	// ConditionLogAlertsLoaded is True when the ruler of Loki has every alert of spec.logs.alerts; absent while that is
	// not set.
	ConditionLogAlertsLoaded = "LogAlertsLoaded"
	// ConditionLogsSealed is True when every hour that is over is sealed, of each protected class, and the seals are as they
	// were made; absent while spec.logs.seals is not set.
	ConditionLogsSealed = "LogsSealed"
	// ConditionLogDeletionsKnown is True when somebody has accounted for every request to delete lines that Loki has of the
	// tenant; absent without Loki.
	ConditionLogDeletionsKnown = "LogDeletionsKnown"
	// ConditionReconciling is True while something is awaited or retried, and absent otherwise.
	ConditionReconciling = "Reconciling"
	// ConditionStalled is True while only a person can help, and absent otherwise.
	ConditionStalled = "Stalled"
)

// The reasons of Ready, Reconciling and OutputsApplied.
const (
	// ReasonApplied means all is in place; nothing to do.
	ReasonApplied = "Applied"
	// ReasonPlanned means mode is Plan: status.plan lists what Enforce would do; set mode to Enforce to do it.
	ReasonPlanned = "Planned"
	// ReasonSuspended means mode is Suspended: nothing is touched; set mode to Enforce to go on.
	ReasonSuspended = "Suspended"
	// ReasonProgressing means something that may still come is missing; the message names it.
	ReasonProgressing = "Progressing"
	// ReasonProgressingWithRetry means a request failed and is tried again by itself.
	ReasonProgressingWithRetry = "ProgressingWithRetry"
	// ReasonCRDMissing means a CustomResourceDefinition of others is not installed; install it, the rest follows by itself.
	ReasonCRDMissing = "CRDMissing"
	// ReasonConflict means an object of the wanted name belongs to somebody else; rename or delete it, or rename the resource.
	ReasonConflict = "Conflict"
	// ReasonApplyFailed means the API server refused or did not answer; it is tried again, the message has the cause.
	ReasonApplyFailed = "ApplyFailed"
	// ReasonRenderFailed means an output could not be made from this spec; the message names what to change.
	ReasonRenderFailed = "RenderFailed"
	// ReasonForbidden means the operator lacks a permission; the message names verb and resource.
	ReasonForbidden = "Forbidden"
)

// The reasons of BackendsDiscovered.
const (
	// ReasonDiscovered means every entry was found.
	ReasonDiscovered = "Discovered"
	// ReasonDeploymentNotFound means no Deployment of that name is in the namespace; create it or correct the name.
	ReasonDeploymentNotFound = "DeploymentNotFound"
	// ReasonSelectorMatchesNothing means no Deployment of the namespace has those labels; correct the selector or the labels.
	ReasonSelectorMatchesNothing = "SelectorMatchesNothing"
	// ReasonDeploymentClaimedTwice means two entries lead to one Deployment; narrow one of them.
	ReasonDeploymentClaimedTwice = "DeploymentClaimedTwice"
	// ReasonPortNotFound means the wanted container port is not declared; declare it or correct port.
	ReasonPortNotFound = "PortNotFound"
	// ReasonPortAmbiguous means several container ports could serve HTTP; set port.
	ReasonPortAmbiguous = "PortAmbiguous"
)

// The reasons of PrometheusDiscovered.
const (
	// ReasonSelected means the named Prometheus, or Alertmanager, resources select our objects.
	ReasonSelected = "Selected"
	// ReasonLabelsGiven means spec.prometheus.labels, or for AlertmanagerDiscovered spec.routing.labels, decides and
	// nothing was discovered.
	ReasonLabelsGiven = "LabelsGiven"
	// ReasonNoPrometheus means no Prometheus resource can select from this namespace; the message says why for each.
	ReasonNoPrometheus = "NoPrometheus"
	// ReasonPrometheusNotFound means spec.prometheus.ref leads nowhere; create it or correct ref.
	ReasonPrometheusNotFound = "PrometheusNotFound"
	// ReasonPrometheusAmbiguous means several Prometheus resources demand different labels; set ref or labels.
	ReasonPrometheusAmbiguous = "PrometheusAmbiguous"
	// ReasonSelectsPartially means the Prometheus ignores one kind of our objects; set the selector the message names.
	ReasonSelectsPartially = "SelectsPartially"
)

// The reasons of AlertmanagerDiscovered, beside Selected, LabelsGiven and CRDMissing.
const (
	// ReasonNoAlertmanager means no Alertmanager resource can select from this namespace; the message says why for each.
	ReasonNoAlertmanager = "NoAlertmanager"
	// ReasonAlertmanagerAmbiguous means several Alertmanager resources demand different labels; set spec.routing.labels.
	ReasonAlertmanagerAmbiguous = "AlertmanagerAmbiguous"
)

// The reasons of SpecAccepted.
const (
	// ReasonAccepted means the whole spec is in force.
	ReasonAccepted = "Accepted"
	// ReasonInvalidRule means a group of additionalGroups was left out; the message has the position.
	ReasonInvalidRule = "InvalidRule"
	// ReasonUnknownAlert means disabled or overrides names no alert of the catalogue; docs/alerts.md lists them.
	ReasonUnknownAlert = "UnknownAlert"
	// ReasonInvalidOverride means an override cannot work, such as a latency threshold that is no bucket.
	ReasonInvalidOverride = "InvalidOverride"
	// ReasonInvalidObjective means an objective cannot be watched as written, such as a window longer than the retention of the Prometheus.
	ReasonInvalidObjective = "InvalidObjective"
	// ReasonInvalidExpression means excludedViews is no RE2 expression; the default is used.
	ReasonInvalidExpression = "InvalidExpression"
	// ReasonInvalidDuration means two durations contradict each other, such as a timeout above its interval.
	ReasonInvalidDuration = "InvalidDuration"
)

// The reasons of SentrySynced, beside Planned and those of internal/external and internal/external/sentry.
const (
	// ReasonSynced means the project was read and is as spec.sentry says.
	ReasonSynced = "Synced"
	// ReasonPending means that Sentry was not asked yet; it goes on by itself.
	ReasonPending = "Pending"
	// ReasonSyncFailed means a request failed and is tried again by itself.
	ReasonSyncFailed = "SyncFailed"
	// ReasonSettingIgnored means Sentry answered with success and kept its own value; the message names field and likely cause.
	ReasonSettingIgnored = "SettingIgnored"
	// ReasonFieldsExposed means the organization calls fields safe that shall be removed; take them out of its safe fields.
	ReasonFieldsExposed = "FieldsExposed"
	// ReasonTokenMissing means the Secret with the token, or its key, is not there; create it.
	ReasonTokenMissing = "TokenMissing"
	// ReasonOwnedByAnother means another TuxMonitoring has the settings of the project; set project.sharing to Member.
	ReasonOwnedByAnother = "OwnedByAnother"
	// ReasonProjectRetained means deletion was given up, and the project is still there; delete it by hand.
	ReasonProjectRetained = "ProjectRetained"
)

// The reasons of PrivacyVerified, beside Planned and those of internal/external and internal/external/sentry.
const (
	// ReasonVerified means that nothing of what shall be removed is stored; the message says what is.
	ReasonVerified = "Verified"
	// ReasonLeakFound means something is stored that shall be removed; the message says what, where and who asks.
	ReasonLeakFound = "LeakFound"
)

// The reasons of RetentionVerified, beside Verified, Planned, Pending, Forbidden and those of internal/external.
const (
	// ReasonInvalidRetention means spec.logs contradicts itself, such as a class that never gets a line; the last good one stays.
	ReasonInvalidRetention = "InvalidRetention"
	// ReasonWritten means the document is stored, and the log store was not asked about it yet; it goes on by itself.
	ReasonWritten = "Written"
	// ReasonWriteFailed means the document could not be read, made or written; the message has the cause.
	ReasonWriteFailed = "WriteFailed"
	// ReasonTenantCollision means another TuxMonitoring has the tenant; choose another one.
	ReasonTenantCollision = "TenantCollision"
	// ReasonHeld means stored logs would live shorter than promised; put the code of the message into acknowledgedDecrease.
	ReasonHeld = "Held"
	// ReasonLokiUnreachable means Loki did not answer, so nothing is claimed; it is asked again by itself.
	ReasonLokiUnreachable = "LokiUnreachable"
	// ReasonNotEffective means the log store does otherwise than is written; the message has the likely cause.
	ReasonNotEffective = "NotEffective"
	// ReasonCompactorOff means retention is configured and Loki deletes nothing; the message has what to set.
	ReasonCompactorOff = "CompactorOff"
	// ReasonReloadFailed means Loki could not load its runtime configuration, and goes on with the one before; the message says where to look.
	ReasonReloadFailed = "ReloadFailed"
	// ReasonLoaded means that the ruler of Loki names every alert that was written.
	ReasonLoaded = "Loaded"
	// ReasonNotLoaded means alerts were written and the ruler of Loki does not have them; the message names them.
	ReasonNotLoaded = "NotLoaded"
	// ReasonSealed means that every hour that is over has its seal; nothing to do.
	ReasonSealed = "Sealed"
	// ReasonSealKeyInvalid means the Secret of spec.logs.seals is not there, or has no private key of Ed25519.
	ReasonSealKeyInvalid = "SealKeyInvalid"
	// ReasonSealRefused means an hour cannot be read without leaving lines out, so that it is not sealed; the message says why.
	ReasonSealRefused = "SealRefused"
	// ReasonSealsBroken means stored seals are missing or are not as they were made; the message names them.
	ReasonSealsBroken = "SealsBroken"
	// ReasonDeletionsKnown means that Loki was asked to delete nothing that is not accounted for; nothing to do.
	ReasonDeletionsKnown = "DeletionsKnown"
	// ReasonForeignDelete means somebody else asked Loki to delete lines of the tenant; find out who.
	ReasonForeignDelete = "ForeignDelete"
	// ReasonOverdue means lines are stored that should be gone; the message names their classes.
	ReasonOverdue = "Overdue"
	// ReasonLogStoreUnreachable means Elasticsearch or OpenSearch did not answer, so nothing is claimed; it is asked again by itself.
	ReasonLogStoreUnreachable = "LogStoreUnreachable"
	// ReasonLifecycleStopped means lifecycle management of Elasticsearch or OpenSearch is stopped, and nothing is deleted; start it.
	ReasonLifecycleStopped = "LifecycleStopped"
	// ReasonNotOwned means an object of the log store with a name of ours is somebody else's; rename or delete it.
	ReasonNotOwned = "NotOwned"
	// ReasonOverwritten means somebody else writes the same objects of the log store; find out who.
	ReasonOverwritten = "Overwritten"
	// ReasonCredentialInvalid means the Secret of spec.logs is not there, or does not say how to log in.
	ReasonCredentialInvalid = "CredentialInvalid" //nolint:gosec // the name of a reason is no credential
	// ReasonStackRefused means the API server refuses what is applied to the LokiStack, or somebody else has it; the message is its own.
	ReasonStackRefused = "StackRefused"
	// ReasonRetentionKept means the resource was deleted and what Loki was told stays; the event says why.
	ReasonRetentionKept = "RetentionKept"
)

// The reasons of Erased of a TuxLogErasure, beside Pending, Planned, Suspended, CompactorOff, LokiUnreachable,
// LogStoreUnreachable, TenantCollision and those of internal/external.
const (
	// ReasonErased means no line of the subject is left in the window, which queries have shown.
	ReasonErased = "Erased"
	// ReasonPartlyErased means lines stay, in classes that are spared or indices that are read-only; the message names them.
	ReasonPartlyErased = "PartlyErased"
	// ReasonReceived means the log store has the request and has not begun; Loki waits a day by default.
	ReasonReceived = "Received"
	// ReasonErasing means the log store is at it; the message says how far.
	ReasonErasing = "Erasing"
	// ReasonVerifying means the log store says it is done, and queries still find lines, as they may for a while.
	ReasonVerifying = "Verifying"
	// ReasonNotVerifiable means it is done, and a part of the window cannot be read; the message says from when on it can.
	ReasonNotVerifiable = "NotVerifiable"
	// ReasonLinesLeft means the log store says it is done, and lines are left; the message says what may have happened.
	ReasonLinesLeft = "LinesLeft"
	// ReasonDeletionDisabled means Loki takes no requests to delete for this tenant; the message has what to set.
	ReasonDeletionDisabled = "DeletionDisabled"
	// ReasonDeletionStalled means Loki has had the request for days and does nothing; look at its compactor.
	ReasonDeletionStalled = "DeletionStalled"
	// ReasonRequestLost means the log store does not know the request any more, and lines are left; create another TuxLogErasure.
	ReasonRequestLost = "RequestLost"
	// ReasonFieldNotKeyword means the field with the id is analysed text, and an id could match lines of others; map it as keyword.
	ReasonFieldNotKeyword = "FieldNotKeyword"
	// ReasonInvalidErasure means the request cannot be carried out as written; create another TuxLogErasure.
	ReasonInvalidErasure = "InvalidErasure"
	// ReasonMonitoringNotFound means monitoringRef leads to no TuxMonitoring with spec.logs; create it.
	ReasonMonitoringNotFound = "MonitoringNotFound"
	// ReasonMonitoringChanged means spec.logs has another log store or tenant than when the erasure began; create another TuxLogErasure.
	ReasonMonitoringChanged = "MonitoringChanged"
	// ReasonBackendUnsupported means nothing can be erased in this kind of log store.
	ReasonBackendUnsupported = "BackendUnsupported"
	// ReasonErasureCancelled means the TuxLogErasure was deleted, and its request was taken back or never sent.
	ReasonErasureCancelled = "ErasureCancelled"
	// ReasonErasureLeft means the TuxLogErasure was deleted, and its request is carried out all the same.
	ReasonErasureLeft = "ErasureLeft"
)
