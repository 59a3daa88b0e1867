package plan

import (
	"cmp"
	"slices"

	tuxv1alpha1 "github.com/tux-io/tux-monitoring-operator/api/v1alpha1"
	"github.com/tux-io/tux-monitoring-operator/internal/fault"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/retention"
)

// defaultOverridesKey is the key of the ConfigMap that Loki mounts.
const defaultOverridesKey = "overrides.yaml"

// defaultStorageDirectory is where the Collector's own chart and operator keep such files.
const defaultStorageDirectory = "/var/lib/otelcol"

// defaultRulerLabels are what the sidecar of Loki's chart looks for, whatever the value.
var defaultRulerLabels = map[string]string{"loki_rule": "1"}

// defaultFolderAnnotation is what the sidecar of Loki's chart, k8s-sidecar, looks for by its own default.
const defaultFolderAnnotation = "k8s-sidecar-target-directory"

// LogsOf is what a resource wants of its log store; nil if nothing. It needs no facts of the cluster, so that
// resources which share a document can be asked all at once.
func LogsOf(tux *tuxv1alpha1.TuxMonitoring) *env.Logs {
	spec := tux.Spec.Logs
	switch {
	case spec == nil:
		return nil
	case spec.Backend.Elasticsearch != nil:
		return elasticsearchOf(spec)
	case spec.Backend.OpenSearch != nil:
		return openSearchOf(spec)
	case spec.Backend.Loki != nil:
		return lokiOf(tux)
	case spec.Backend.LokiStack != nil:
		return lokiStackOf(tux)
	}
	return nil
}

func lokiOf(tux *tuxv1alpha1.TuxMonitoring) *env.Logs {
	spec := tux.Spec.Logs
	to := spec.Backend.Loki
	return &env.Logs{
		Policy: logPolicy(retention.Loki, spec),
		URL:    string(to.URL),
		Document: env.LogDocument{
			Namespace: to.Overrides.Namespace, Name: to.Overrides.Name, Key: cmp.Or(to.Overrides.Key, defaultOverridesKey),
		},
		Removes:      spec.OnDelete == tuxv1alpha1.LogRemovalRemove,
		Acknowledged: spec.AcknowledgedDecrease,
		Collector:    logCollector(tux),
		Alerts:       logAlerts(tux),
		Seals:        logSeals(spec),
		AccountedFor: accountedFor(spec),
	}
}

func lokiStackOf(tux *tuxv1alpha1.TuxMonitoring) *env.Logs {
	spec := tux.Spec.Logs
	to := spec.Backend.LokiStack
	return &env.Logs{
		Policy:       logPolicy(retention.LokiStack, spec),
		URL:          string(to.URL),
		Stack:        env.LogStack{Namespace: cmp.Or(to.Namespace, tux.Namespace), Name: to.Name},
		Removes:      spec.OnDelete == tuxv1alpha1.LogRemovalRemove,
		Acknowledged: spec.AcknowledgedDecrease,
		Collector:    logCollector(tux),
		Alerts:       logAlerts(tux),
	}
}

func logAlerts(tux *tuxv1alpha1.TuxMonitoring) *env.LogAlerts {
	spec := tux.Spec.Logs.Alerts
	if spec == nil {
		return nil
	}
	labels := defaultRulerLabels
	if len(spec.Labels) > 0 {
		labels = spec.Labels.Strings()
	}
	return &env.LogAlerts{
		ConfigMapName:    cmp.Or(spec.ConfigMapName, tux.Name+"-log-rules"),
		Labels:           labels,
		FolderAnnotation: cmp.Or(spec.FolderAnnotation, defaultFolderAnnotation),
	}
}

// elasticsearchOf never removes anything: without their policy logs would live for ever.
func elasticsearchOf(spec *tuxv1alpha1.Logs) *env.Logs {
	to := spec.Backend.Elasticsearch
	want := &env.Logs{Policy: logPolicy(retention.Elasticsearch, spec), URL: string(to.URL), Acknowledged: spec.AcknowledgedDecrease}
	if to.CredentialsSecretRef != nil {
		want.Secret = to.CredentialsSecretRef.Name
	}
	return want
}

// openSearchOf never removes anything either.
func openSearchOf(spec *tuxv1alpha1.Logs) *env.Logs {
	to := spec.Backend.OpenSearch
	want := &env.Logs{Policy: logPolicy(retention.OpenSearch, spec), URL: string(to.URL), Acknowledged: spec.AcknowledgedDecrease}
	for i := range want.Policy.Classes {
		if class := &want.Policy.Classes[i]; class.Tiers != (retention.Tiers{}) {
			class.Tiers.Attribute = to.TierAttribute
		}
	}
	if to.CredentialsSecretRef != nil {
		want.Secret = to.CredentialsSecretRef.Name
	}
	return want
}

// LogSecretOf names the Secret by which somebody logs in to the log store of a resource, or that has the key of its seals;
// empty without one. No log store has both.
func LogSecretOf(tux *tuxv1alpha1.TuxMonitoring) string {
	want := LogsOf(tux)
	switch {
	case want == nil:
		return ""
	case want.Seals != nil:
		return want.Seals.Secret
	}
	return want.Secret
}

func logCollector(tux *tuxv1alpha1.TuxMonitoring) *env.LogCollector {
	spec := tux.Spec.Logs.Collector
	if spec == nil {
		return nil
	}
	url := string(spec.URL)
	if loki := tux.Spec.Logs.Backend.Loki; loki != nil {
		url = cmp.Or(url, string(loki.URL))
	}
	return &env.LogCollector{
		ConfigMapName: cmp.Or(spec.ConfigMapName, tux.Name+"-collector"),
		Resource:      spec.As == tuxv1alpha1.LogCollectorResource,
		URL:           url,
		Storage:       cmp.Or(spec.StorageDirectory, defaultStorageDirectory),
	}
}

// logPolicy fills in the defaults. Without a collector of ours nothing is dropped or redacted.
func logPolicy(backend retention.Backend, spec *tuxv1alpha1.Logs) retention.Policy {
	defaults := retention.Defaults()
	p := retention.Policy{
		Backend: backend, Tenant: spec.Tenant, DefaultDays: cmp.Or(int(spec.DefaultDays), defaults.DefaultDays), Classes: defaults.Classes,
	}
	if spec.Compression == tuxv1alpha1.LogCompressionDefault {
		p.Compression = retention.QuickCompression
	}
	if spec.Collector != nil {
		p.Thresholds, p.Redaction = logThresholds(spec), logRedaction(spec)
	}
	if spec.Classes == nil {
		return p
	}
	p.Classes = nil
	for i := range spec.Classes {
		one := &spec.Classes[i]
		class := retention.Class{
			Name: one.Name, Days: int(one.RetentionDays), Protected: one.Protection == tuxv1alpha1.StateEnabled,
			Tiers: logTiers(one.Tiers),
		}
		for _, logger := range one.Match.Loggers {
			class.Loggers = append(class.Loggers, string(logger))
		}
		for _, level := range one.Match.Levels {
			class.Levels = append(class.Levels, retention.Level(level))
		}
		p.Classes = append(p.Classes, class)
	}
	return p
}

func logTiers(spec *tuxv1alpha1.LogTiers) retention.Tiers {
	if spec == nil {
		return retention.Tiers{}
	}
	return retention.Tiers{
		WarmDays: int(spec.WarmAfterDays), ColdDays: int(spec.ColdAfterDays), FrozenDays: int(spec.FrozenAfterDays),
		Repository: spec.SnapshotRepository,
	}
}

func logThresholds(spec *tuxv1alpha1.Logs) []retention.Threshold {
	var all []retention.Threshold
	for _, level := range spec.Levels {
		all = append(all, retention.Threshold{Logger: string(level.Logger), Minimum: retention.Level(level.Minimum)})
	}
	return all
}

// logRedaction takes out everything unless told otherwise; an empty list says on purpose that nothing is.
func logRedaction(spec *tuxv1alpha1.Logs) []retention.Preset {
	if spec.Redaction == nil || spec.Redaction.Presets == nil {
		return retention.Presets()
	}
	var all []retention.Preset
	for _, preset := range spec.Redaction.Presets {
		all = append(all, retention.Preset(preset))
	}
	return all
}

// checkLogs finds what CEL cannot, such as a class that never gets a line. The log store keeps what it was told last.
func (p *Plan) checkLogs() {
	if p.Environment.Logs == nil {
		return
	}
	for _, f := range p.Environment.Logs.Policy.Validate("spec.logs") {
		p.refuse(f.Reason, f.Path, f.Message+", the log store and the collector keep what they were told last")
	}
}

// hasInvalidLogs is true for a policy from which nothing may be made.
func (p *Plan) hasInvalidLogs() bool {
	return slices.ContainsFunc(p.Findings, func(f fault.Finding) bool { return f.Reason == tuxv1alpha1.ReasonInvalidRetention })
}
