package plan_test

import (
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"
	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/apimachinery/pkg/util/validation"
	"pgregory.net/rapid"

	tuxv1alpha1 "github.com/tux-io/tux-monitoring-operator/api/v1alpha1"
	"github.com/tux-io/tux-monitoring-operator/internal/plan"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/discover"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/rules"
	"github.com/tux-io/tux-monitoring-operator/internal/testutil"
)

// TestAnyResourceGivesASoundPlan draws resources and clusters, sound ones and others: a plan is always
// made, twice the same, of objects an API server and Prometheus accept.
func TestAnyResourceGivesASoundPlan(t *testing.T) {
	schemas := kindSchemas(t)
	rapid.Check(t, func(r *rapid.T) {
		in := plan.Input{Tux: drawTux(r), Cluster: drawCluster(r)}
		p := plan.Build(in)
		again := plan.Build(in)
		if diff := cmp.Diff(files(t, p), files(t, again)); diff != "" {
			r.Fatalf("the second plan differs:\n%s", diff)
		}
		for _, u := range objects(t, p) {
			if problems := validation.IsDNS1123Subdomain(u.GetName()); len(problems) > 0 {
				r.Errorf("%s has the name %q: %v", u.GetKind(), u.GetName(), problems)
			}
			if schema, ok := schemas[u.GetKind()]; ok {
				for _, problem := range schema.refused(u) {
					r.Errorf("%s %s: %s", u.GetKind(), u.GetName(), problem)
				}
			}
			if u.GetKind() == "PrometheusRule" {
				for _, err := range loadRules(t, u) {
					r.Errorf("PrometheusRule %s: %v", u.GetName(), err)
				}
			}
		}
	})
}

// printable is text as the API lets it in: no control characters.
var printable = rapid.StringOf(rapid.RuneFrom(nil, unicode.L, unicode.N, unicode.P, unicode.S, unicode.Zs))

func drawTux(r *rapid.T) *tuxv1alpha1.TuxMonitoring {
	tux := testutil.Tux("tux-production", "production")
	entry := &tux.Spec.Backends[0]
	entry.Deployment = rapid.SampledFrom([]string{"tux-backend", "tux-other", "missing"}).Draw(r, "deployment")
	if rapid.Bool().Draw(r, "has port") {
		port := intstr.Parse(rapid.SampledFrom([]string{"http", "8000", "nosuch"}).Draw(r, "port"))
		entry.Port = &port
	}
	entry.ProcessModel = tuxv1alpha1.ProcessModel(rapid.SampledFrom([]string{"", "Auto", "Single", "Multiprocess"}).Draw(r, "model"))
	duration := rapid.SampledFrom([]string{"", "1s", "30s", "1m30s", "2d", "1y"})
	entry.Metrics = &tuxv1alpha1.Metrics{
		Interval:      tuxv1alpha1.Duration(duration.Draw(r, "interval")),
		ExcludedViews: printable.Draw(r, "excluded views"),
		SampleLimit:   rapid.Int64Range(0, 1_000_000).Draw(r, "sample limit"),
	}
	entry.Health = &tuxv1alpha1.Health{Host: rapid.SampledFrom([]string{"", "tux.example"}).Draw(r, "host")}
	for _, c := range rapid.SliceOfNDistinct(rapid.StringMatching(`[a-z][a-z0-9_]{0,10}`), 0, 4, rapid.ID[string]).Draw(r, "components") {
		entry.Health.Components = append(entry.Health.Components, tuxv1alpha1.ComponentName(c))
	}
	tux.Spec.Probes = &tuxv1alpha1.Probes{
		State:    tuxv1alpha1.State(rapid.SampledFrom([]string{"", "Enabled", "Disabled"}).Draw(r, "probes")),
		Interval: tuxv1alpha1.Duration(duration.Draw(r, "probe interval")),
		Timeout:  tuxv1alpha1.Duration(duration.Draw(r, "probe timeout")),
	}
	tux.Spec.Alerts = drawAlerts(r, duration)
	tux.Spec.Objectives = drawObjectives(r)
	tux.Spec.Dashboards = &tuxv1alpha1.Dashboards{
		Folder:   printable.Draw(r, "folder"),
		Delivery: rapid.SampledFrom([]tuxv1alpha1.Delivery{"", tuxv1alpha1.DeliverySidecar, tuxv1alpha1.DeliveryGrafanaOperator}).Draw(r, "delivery"),
		Include: rapid.SliceOfNDistinct(rapid.SampledFrom([]tuxv1alpha1.DashboardName{
			tuxv1alpha1.DashboardOverview, tuxv1alpha1.DashboardObjectives, tuxv1alpha1.DashboardSaturation,
		}), 0, 3, rapid.ID[tuxv1alpha1.DashboardName]).Draw(r, "include"),
	}
	if rapid.Bool().Draw(r, "has sentry") {
		tux.Spec.Sentry = drawSentry(r, duration)
	}
	if rapid.Bool().Draw(r, "is routed") {
		tux.Spec.Routing = drawRouting(r, duration)
	}
	return tux
}

func drawSentry(r *rapid.T, duration *rapid.Generator[string]) *tuxv1alpha1.Sentry {
	count := rapid.Int32Range(0, 1000).Draw(r, "count")
	fields := []tuxv1alpha1.SentryField{"iban"}
	state := rapid.SampledFrom([]tuxv1alpha1.State{"", tuxv1alpha1.StateEnabled, tuxv1alpha1.StateDisabled})
	return &tuxv1alpha1.Sentry{
		Organization:   "shop",
		TokenSecretRef: tuxv1alpha1.SecretKeyReference{Name: "sentry-token", Key: "token"},
		Teams:          []tuxv1alpha1.SentrySlug{"backend"},
		Project: tuxv1alpha1.SentryProject{
			Slug: "web", Name: printable.Draw(r, "name"),
			Sharing: rapid.SampledFrom([]tuxv1alpha1.Sharing{"", tuxv1alpha1.SharingOwner, tuxv1alpha1.SharingMember}).Draw(r, "sharing"),
		},
		DSN: &tuxv1alpha1.SentryDSN{RateLimit: &tuxv1alpha1.SentryRateLimit{Count: &count, Window: tuxv1alpha1.Duration(duration.Draw(r, "limit"))}, Rotation: &tuxv1alpha1.SentryKeyRotation{
			Interval: tuxv1alpha1.Duration(duration.Draw(r, "age")), Overlap: tuxv1alpha1.Duration(duration.Draw(r, "overlap")),
		}},
		Privacy: &tuxv1alpha1.SentryPrivacy{
			Scrubber: state.Draw(r, "scrubber"), SensitiveFields: &fields,
			Rules: &tuxv1alpha1.SentryRules{Headers: []tuxv1alpha1.SentryHeader{"X-Tenant"}},
			Proof: rapid.SampledFrom([]tuxv1alpha1.PrivacyProof{"", tuxv1alpha1.PrivacyProofOnChange}).Draw(r, "proof"),
		},
		Ownership:        &tuxv1alpha1.SentryOwnership{Rules: printable.Draw(r, "rules")},
		TracesSampleRate: rapid.SampledFrom([]string{"", "0", "0.25", "1"}).Draw(r, "rate"),
		Variables: &tuxv1alpha1.SentryVariables{
			SecretName: rapid.SampledFrom([]string{"", "dsn"}).Draw(r, "secret"), Release: rapid.SampledFrom([]string{"", "r@1"}).Draw(r, "release"),
		},
	}
}

func drawRouting(r *rapid.T, duration *rapid.Generator[string]) *tuxv1alpha1.Routing {
	secret := tuxv1alpha1.SecretKeyReference{Name: "secret", Key: "key"}
	kinds := []tuxv1alpha1.Receiver{
		{Slack: &tuxv1alpha1.SlackReceiver{URLSecretRef: secret}},
		{Slack: &tuxv1alpha1.SlackReceiver{URLSecretRef: secret, Channel: "#tux"}},
		{PagerDuty: &tuxv1alpha1.PagerDutyReceiver{RoutingKeySecretRef: secret}},
		{Webhook: &tuxv1alpha1.WebhookReceiver{URL: "http://feed"}},
		{Webhook: &tuxv1alpha1.WebhookReceiver{URLSecretRef: &secret}},
		{Email: &tuxv1alpha1.EmailReceiver{To: []tuxv1alpha1.EmailAddress{"a@b", "c@d"}, From: "e@f", Smarthost: "smtp:25"}},
	}
	severity := rapid.SampledFrom([]tuxv1alpha1.Severity{"critical", "warning", "info"})
	routing := &tuxv1alpha1.Routing{
		GroupWait:      tuxv1alpha1.Duration(duration.Draw(r, "group wait")),
		GroupInterval:  tuxv1alpha1.Duration(duration.Draw(r, "group interval")),
		RepeatInterval: tuxv1alpha1.Duration(duration.Draw(r, "repeat interval")),
	}
	for _, name := range rapid.SliceOfNDistinct(rapid.StringMatching(`[a-z][a-z0-9]{0,10}`), 0, 4, rapid.ID[string]).Draw(r, "receivers") {
		receiver := rapid.SampledFrom(kinds).Draw(r, "kind")
		receiver.Name = name
		receiver.Severities = rapid.SliceOfNDistinct(severity, 0, 3, rapid.ID[tuxv1alpha1.Severity]).Draw(r, "severities")
		routing.Receivers = append(routing.Receivers, receiver)
	}
	if rapid.Bool().Draw(r, "has heartbeat") {
		routing.Heartbeat = &tuxv1alpha1.Heartbeat{URLSecretRef: &secret, Interval: tuxv1alpha1.Duration(duration.Draw(r, "heartbeat"))}
	}
	return routing
}

func drawObjectives(r *rapid.T) []tuxv1alpha1.Objective {
	var all []tuxv1alpha1.Objective
	for _, name := range rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"availability", "latency", "mine", "x"}), 0, 4, rapid.ID[string]).Draw(r, "objectives") {
		o := tuxv1alpha1.Objective{
			Name:        name,
			State:       tuxv1alpha1.State(rapid.SampledFrom([]string{"", "Enabled", "Disabled"}).Draw(r, "state")),
			Target:      tuxv1alpha1.Percentage(rapid.SampledFrom([]string{"0.1", "50", "99", "99.9999"}).Draw(r, "target")),
			Window:      tuxv1alpha1.ObjectiveWindow(rapid.SampledFrom([]string{"", "7d", "28d", "90d"}).Draw(r, "objective window")),
			MinRequests: rapid.Int32Range(0, 1000).Draw(r, "min requests"),
		}
		switch {
		case name == "mine":
			selector := rapid.OneOf(printable, rapid.SampledFrom([]string{"a_total", `a_total{b="c",job=~"d|e"}`}))
			o.Indicator = &tuxv1alpha1.Indicator{
				Type: tuxv1alpha1.IndicatorRatio, Errors: selector.Draw(r, "errors"), Total: selector.Draw(r, "total"),
			}
		case name != "availability":
			o.Indicator = &tuxv1alpha1.Indicator{
				Type:      tuxv1alpha1.IndicatorLatency,
				Source:    tuxv1alpha1.IndicatorSource(rapid.SampledFrom([]string{"", "Metrics", "Probes"}).Draw(r, "source")),
				Threshold: rapid.SampledFrom([]string{"", "1", "2", "0.1", "10.0"}).Draw(r, "objective threshold"),
			}
		}
		all = append(all, o)
	}
	return all
}

func drawAlerts(r *rapid.T, duration *rapid.Generator[string]) *tuxv1alpha1.Alerts {
	var catalogue []string
	for _, alert := range rules.Catalogue() {
		catalogue = append(catalogue, alert.Name)
	}
	name := rapid.SampledFrom(append(catalogue, "NoSuchAlert"))
	alerts := &tuxv1alpha1.Alerts{}
	for _, n := range rapid.SliceOfNDistinct(name, 0, 5, rapid.ID[string]).Draw(r, "disabled") {
		alerts.Disabled = append(alerts.Disabled, tuxv1alpha1.AlertName(n))
	}
	for _, n := range rapid.SliceOfNDistinct(name, 0, 5, rapid.ID[string]).Draw(r, "overridden") {
		alerts.Overrides = append(alerts.Overrides, tuxv1alpha1.AlertOverride{
			Name:      tuxv1alpha1.AlertName(n),
			Threshold: rapid.SampledFrom([]string{"", "0.05", "1", "2", "2.5", "12", "99999999999999999999"}).Draw(r, "threshold"),
			For:       tuxv1alpha1.Duration(duration.Draw(r, "for")),
			Window:    tuxv1alpha1.Duration(duration.Draw(r, "window")),
		})
	}
	alerts.AdditionalGroups = []tuxv1alpha1.RuleGroup{{Name: "mine", Rules: []tuxv1alpha1.Rule{{
		Alert:       "Mine",
		Expr:        rapid.OneOf(printable, rapid.SampledFrom([]string{"up == 0", "sum(", "rate(a[5m])"})).Draw(r, "expr"),
		Annotations: map[string]string{"summary": rapid.SampledFrom([]string{"text", "{{ $value }}", "{{", "{{ nosuch }}"}).Draw(r, "summary")},
	}}}}
	return alerts
}

func drawCluster(r *rapid.T) discover.Cluster {
	c := discover.Cluster{Deployments: []appsv1.Deployment{
		*testutil.Deployment("tux-production", "tux-backend"), *testutil.Deployment("tux-production", "tux-other"),
	}}
	if rapid.Bool().Draw(r, "service") {
		c.Services = []corev1.Service{*testutil.Service("tux-production", "web", "tux-backend")}
		host := rapid.SampledFrom([]string{"tux.example", "*.tux.example", ""}).Draw(r, "ingress host")
		c.Ingresses = []networkingv1.Ingress{*testutil.Ingress("tux-production", "public", host, "/", "web")}
	}
	for i := range rapid.IntRange(0, 2).Draw(r, "prometheuses") {
		release := rapid.SampledFrom([]string{"kps", "other"}).Draw(r, "release")
		p := testutil.Prometheus("monitoring", string(rune('a'+i)), release)
		p.Spec.Retention = monitoringv1.Duration(rapid.SampledFrom([]string{"", "6h", "7d", "10d", "1y"}).Draw(r, "retention"))
		c.Prometheuses = append(c.Prometheuses, *p)
	}
	for i := range rapid.IntRange(0, 2).Draw(r, "alertmanagers") {
		label := rapid.SampledFrom([]string{"kps", "other"}).Draw(r, "alertmanager")
		c.Alertmanagers = append(c.Alertmanagers, *testutil.Alertmanager("monitoring", string(rune('a'+i)), label))
	}
	return c
}
