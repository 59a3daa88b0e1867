package plan

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"

	tuxv1alpha1 "github.com/tux-io/tux-monitoring-operator/api/v1alpha1"
	"github.com/tux-io/tux-monitoring-operator/internal/fault"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/discover"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/retention"
	"github.com/tux-io/tux-monitoring-operator/internal/testutil"
)

func withLogs(change func(*tuxv1alpha1.Logs)) *tuxv1alpha1.TuxMonitoring {
	tux := testutil.Tux("shop", "production")
	tux.Spec.Logs = &tuxv1alpha1.Logs{Tenant: "tux-production", Backend: tuxv1alpha1.LogBackend{Loki: &tuxv1alpha1.LokiBackend{
		URL: "http://loki:3100", Overrides: tuxv1alpha1.LokiOverrides{Namespace: "monitoring", Name: "tux-loki"},
	}}}
	change(tux.Spec.Logs)
	return tux
}

func TestLogsGetTheDefaultsOfTheBackend(t *testing.T) {
	want := retention.Defaults()
	want.Backend, want.Tenant, want.Redaction = retention.Loki, "tux-production", nil
	got := Build(Input{Tux: withLogs(func(*tuxv1alpha1.Logs) {})}).Environment.Logs
	if diff := cmp.Diff(&env.Logs{
		Policy: want, URL: "http://loki:3100", Document: env.LogDocument{Namespace: "monitoring", Name: "tux-loki", Key: "overrides.yaml"},
	}, got); diff != "" {
		t.Error(diff)
	}
	if LogsOf(testutil.Tux("shop", "production")) != nil {
		t.Error("without spec.logs nothing is wanted")
	}
}

// TestElasticsearchGetsTiersAndNoDocument, and nothing of it is ever removed.
func TestElasticsearchGetsTiersAndNoDocument(t *testing.T) {
	tux := withLogs(func(l *tuxv1alpha1.Logs) {
		l.Backend = tuxv1alpha1.LogBackend{Elasticsearch: &tuxv1alpha1.ElasticsearchBackend{
			URL: "https://es:9200", CredentialsSecretRef: &tuxv1alpha1.LogCredentials{Name: "es"},
		}}
		l.OnDelete, l.AcknowledgedDecrease = tuxv1alpha1.LogRemovalRemove, "0123456789ab"
		l.Classes = []tuxv1alpha1.LogClass{{
			Name: "error", Match: tuxv1alpha1.LogMatch{Levels: []tuxv1alpha1.LogLevel{"ERROR"}}, RetentionDays: 90,
			Tiers: &tuxv1alpha1.LogTiers{WarmAfterDays: 3, ColdAfterDays: 9, FrozenAfterDays: 30, SnapshotRepository: "logs"},
		}}
	})
	want := &env.Logs{
		Policy: retention.Policy{Backend: retention.Elasticsearch, Tenant: "tux-production", DefaultDays: 30, Classes: []retention.Class{{
			Name: "error", Levels: []retention.Level{retention.Error}, Days: 90,
			Tiers: retention.Tiers{WarmDays: 3, ColdDays: 9, FrozenDays: 30, Repository: "logs"},
		}}},
		URL: "https://es:9200", Secret: "es", Acknowledged: "0123456789ab",
	}
	if diff := cmp.Diff(want, LogsOf(tux)); diff != "" {
		t.Error(diff)
	}
	if LogSecretOf(tux) != "es" || LogSecretOf(testutil.Tux("shop", "production")) != "" {
		t.Error("another Secret")
	}
}

// TestOpenSearchGetsTheAttributeOfItsTiers, where a class has any.
func TestOpenSearchGetsTheAttributeOfItsTiers(t *testing.T) {
	tux := withLogs(func(l *tuxv1alpha1.Logs) {
		l.Backend = tuxv1alpha1.LogBackend{OpenSearch: &tuxv1alpha1.OpenSearchBackend{
			URL: "https://os:9200", CredentialsSecretRef: &tuxv1alpha1.LogCredentials{Name: "os"}, TierAttribute: "temp",
		}}
		l.AcknowledgedDecrease = "0123456789ab"
		l.Classes = []tuxv1alpha1.LogClass{
			{
				Name: "error", Match: tuxv1alpha1.LogMatch{Levels: []tuxv1alpha1.LogLevel{"ERROR"}}, RetentionDays: 90,
				Tiers: &tuxv1alpha1.LogTiers{WarmAfterDays: 3, ColdAfterDays: 9},
			},
			{Name: "debug", Match: tuxv1alpha1.LogMatch{Levels: []tuxv1alpha1.LogLevel{"DEBUG"}}, RetentionDays: 3},
		}
	})
	want := &env.Logs{
		Policy: retention.Policy{Backend: retention.OpenSearch, Tenant: "tux-production", DefaultDays: 30, Classes: []retention.Class{
			{
				Name: "error", Levels: []retention.Level{retention.Error}, Days: 90,
				Tiers: retention.Tiers{WarmDays: 3, ColdDays: 9, Attribute: "temp"},
			},
			{Name: "debug", Levels: []retention.Level{retention.Debug}, Days: 3},
		}},
		URL: "https://os:9200", Secret: "os", Acknowledged: "0123456789ab",
	}
	if diff := cmp.Diff(want, LogsOf(tux)); diff != "" {
		t.Error(diff)
	}
	if LogSecretOf(tux) != "os" {
		t.Error("another Secret")
	}
}

func TestLogsSayWhatTheSpecSays(t *testing.T) {
	got := LogsOf(withLogs(func(l *tuxv1alpha1.Logs) {
		l.DefaultDays, l.OnDelete, l.AcknowledgedDecrease = 7, tuxv1alpha1.LogRemovalRemove, "0123456789ab"
		l.Backend.Loki.Overrides.Key = "tux.yaml"
		l.Classes = []tuxv1alpha1.LogClass{
			{Name: "audit", Match: tuxv1alpha1.LogMatch{Loggers: []tuxv1alpha1.LoggerName{"tux.audit"}}, RetentionDays: 400, Protection: tuxv1alpha1.StateEnabled},
			{Name: "error", Match: tuxv1alpha1.LogMatch{Levels: []tuxv1alpha1.LogLevel{"ERROR"}}, RetentionDays: 90},
		}
	}))
	want := &env.Logs{
		Policy: retention.Policy{Backend: retention.Loki, Tenant: "tux-production", DefaultDays: 7, Classes: []retention.Class{
			{Name: "audit", Loggers: []string{"tux.audit"}, Days: 400, Protected: true},
			{Name: "error", Levels: []retention.Level{retention.Error}, Days: 90},
		}},
		URL: "http://loki:3100", Document: env.LogDocument{Namespace: "monitoring", Name: "tux-loki", Key: "tux.yaml"},
		Removes: true, Acknowledged: "0123456789ab",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if none := LogsOf(withLogs(func(l *tuxv1alpha1.Logs) { l.Classes = []tuxv1alpha1.LogClass{} })); len(none.Policy.Classes) != 0 {
		t.Errorf("an empty list is no class, not the default ones: %v", none.Policy.Classes)
	}
}

func TestAClassThatNeverGetsALineIsFound(t *testing.T) {
	p := Build(Input{Tux: withLogs(func(l *tuxv1alpha1.Logs) {
		match := tuxv1alpha1.LogMatch{Levels: []tuxv1alpha1.LogLevel{"ERROR"}}
		l.Classes = []tuxv1alpha1.LogClass{{Name: "error", Match: match, RetentionDays: 90}, {Name: "more", Match: match, RetentionDays: 9}}
	})})
	for _, f := range p.Findings {
		if f.Path == "spec.logs.classes[more].match" && f.Reason == tuxv1alpha1.ReasonInvalidRetention && f.Area == tuxv1alpha1.ConditionSpecAccepted {
			return
		}
	}
	t.Errorf("not among %v", p.Findings)
}

func TestWhatACollectorIsToldIsPartOfThePolicy(t *testing.T) {
	got := LogsOf(withLogs(func(l *tuxv1alpha1.Logs) {
		l.Collector = &tuxv1alpha1.LogCollector{}
		l.Levels = []tuxv1alpha1.LogThreshold{{Logger: "django", Minimum: "WARNING"}}
	}))
	want := &env.LogCollector{ConfigMapName: "production-collector", URL: "http://loki:3100", Storage: "/var/lib/otelcol"}
	if diff := cmp.Diff(want, got.Collector) + cmp.Diff(retention.Presets(), got.Policy.Redaction) +
		cmp.Diff([]retention.Threshold{{Logger: "django", Minimum: retention.Warning}}, got.Policy.Thresholds); diff != "" {
		t.Error(diff)
	}
	got = LogsOf(withLogs(func(l *tuxv1alpha1.Logs) {
		l.Collector = &tuxv1alpha1.LogCollector{ConfigMapName: "x", URL: "http://write:3100", StorageDirectory: "/y"}
		l.Redaction = &tuxv1alpha1.LogRedaction{Presets: []tuxv1alpha1.LogPreset{}}
	}))
	want = &env.LogCollector{ConfigMapName: "x", URL: "http://write:3100", Storage: "/y"}
	if diff := cmp.Diff(want, got.Collector); diff != "" || len(got.Policy.Redaction) != 0 {
		t.Errorf("%s, %v", diff, got.Policy.Redaction)
	}
}

func TestWhereLogAlertsGo(t *testing.T) {
	for name, tc := range map[string]struct {
		spec *tuxv1alpha1.LogAlerts
		want *env.LogAlerts
	}{
		"nowhere": {nil, nil},
		"by default": {&tuxv1alpha1.LogAlerts{}, &env.LogAlerts{
			ConfigMapName: "production-log-rules", Labels: map[string]string{"loki_rule": "1"}, FolderAnnotation: "k8s-sidecar-target-directory",
		}},
		"as the spec says": {
			&tuxv1alpha1.LogAlerts{ConfigMapName: "x", Labels: tuxv1alpha1.ObjectLabels{"a": "b"}, FolderAnnotation: "tenant"},
			&env.LogAlerts{ConfigMapName: "x", Labels: map[string]string{"a": "b"}, FolderAnnotation: "tenant"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			got := LogsOf(withLogs(func(l *tuxv1alpha1.Logs) { l.Alerts = tc.spec }))
			if diff := cmp.Diff(tc.want, got.Alerts); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func collectorOf(p *Plan) RenderedOutput {
	for _, output := range p.Outputs {
		if output.Name == env.OutputCollector {
			return output
		}
	}
	return RenderedOutput{}
}

// TestACollectorIsNotToldAContradiction: one without redaction, or without a class, would be worse than an old one.
func TestACollectorIsNotToldAContradiction(t *testing.T) {
	cluster := discover.Cluster{Deployments: []appsv1.Deployment{*testutil.Deployment("shop", "tux-backend")}}
	for name, tc := range map[string]struct {
		levels []tuxv1alpha1.LogThreshold
		want   string
	}{
		"lines of a protected class would be dropped": {[]tuxv1alpha1.LogThreshold{{Logger: "tux", Minimum: "ERROR"}}, "spec.logs.levels[tux]"},
		"none would": {[]tuxv1alpha1.LogThreshold{{Logger: "tux", Minimum: "DEBUG"}}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			p := Build(Input{Cluster: cluster, Tux: withLogs(func(l *tuxv1alpha1.Logs) {
				l.Collector, l.Levels = &tuxv1alpha1.LogCollector{}, tc.levels
			})})
			output := collectorOf(p)
			if output.Held != (tc.want != "") || (len(output.Objects) == 1) != (tc.want == "") {
				t.Errorf("held %t, %d objects, %v", output.Held, len(output.Objects), output.Err)
			}
			found := slices.ContainsFunc(p.Findings, func(f fault.Finding) bool {
				return f.Reason == tuxv1alpha1.ReasonInvalidRetention && f.Path == tc.want
			})
			if found != (tc.want != "") {
				t.Errorf("%v", p.Findings)
			}
		})
	}
}

// TestABackendThatIsMissingIsStillRead: its lines are in files, and an audit wants them.
func TestABackendThatIsMissingIsStillRead(t *testing.T) {
	tux := withLogs(func(l *tuxv1alpha1.Logs) { l.Collector = &tuxv1alpha1.LogCollector{} })
	tux.Spec.Backends = append(tux.Spec.Backends, tuxv1alpha1.Backend{Name: "admin", Deployment: "tux-admin"})
	p := Build(Input{Tux: tux, Cluster: discover.Cluster{Deployments: []appsv1.Deployment{*testutil.Deployment("shop", "tux-backend")}}})
	text := collectorOf(p).Objects[0].(*corev1.ConfigMap).Data["collector.yaml"]
	for _, want := range []string{"/var/log/pods/shop_tux-admin-*_*/*/*.log", "/var/log/pods/shop_tux-backend-*_*/"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %s in\n%s", want, text)
		}
	}
}

// TestCompressionIsToldToElasticsearch, which has a codec for it.
func TestCompressionIsToldToElasticsearch(t *testing.T) {
	for compression, want := range map[tuxv1alpha1.LogCompression]retention.Compression{
		"": "", tuxv1alpha1.LogCompressionBest: "", tuxv1alpha1.LogCompressionDefault: retention.QuickCompression,
	} {
		tux := testutil.Tux("shop", "production")
		tux.Spec.Logs = &tuxv1alpha1.Logs{
			Tenant: "prod", Compression: compression,
			Backend: tuxv1alpha1.LogBackend{Elasticsearch: &tuxv1alpha1.ElasticsearchBackend{URL: "https://es:9200"}},
		}
		if got := LogsOf(tux).Policy.Compression; got != want {
			t.Errorf("%q becomes %q", compression, got)
		}
	}
}

// TestALokiStackIsBesideTheResourceUnlessNamed, and there is no document.
func TestALokiStackIsBesideTheResourceUnlessNamed(t *testing.T) {
	for namespace, want := range map[string]string{"": "shop", "logging": "logging"} {
		tux := withLogs(func(l *tuxv1alpha1.Logs) {
			l.Backend = tuxv1alpha1.LogBackend{LokiStack: &tuxv1alpha1.LokiStackBackend{Namespace: namespace, Name: "loki"}}
			l.OnDelete, l.Collector = tuxv1alpha1.LogRemovalRemove, &tuxv1alpha1.LogCollector{URL: "http://distributor:3100"}
			l.Alerts = &tuxv1alpha1.LogAlerts{}
		})
		got := LogsOf(tux)
		if got.Stack != (env.LogStack{Namespace: want, Name: "loki"}) || got.Document != (env.LogDocument{}) || !got.Removes ||
			got.Policy.Backend != retention.LokiStack || got.Collector.URL != "http://distributor:3100" ||
			got.Alerts.ConfigMapName != "production-log-rules" {
			t.Errorf("%+v", got)
		}
	}
}
