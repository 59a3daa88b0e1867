package routing

import (
	"strings"

	monitoringv1alpha1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1alpha1"
	corev1 "k8s.io/api/core/v1"

	tuxv1alpha1 "github.com/tux-io/tux-monitoring-operator/api/v1alpha1"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
)

// What Slack shows. By default Alertmanager writes the labels only, and nothing of what to do.
const (
	slackTitle = `[{{ .Status | toUpper }}{{ if eq .Status "firing" }}: {{ .Alerts.Firing | len }}{{ end }}] ` +
		`{{ .CommonLabels.alertname }} {{ .CommonLabels.environment }}`
	slackText = `{{ range .Alerts }}*{{ .Annotations.summary }}*{{ if .Labels.severity }} ({{ .Labels.severity }}){{ end }}
{{ if .Annotations.description }}{{ .Annotations.description }}
{{ end }}{{ if .Annotations.runbook_url }}<{{ .Annotations.runbook_url }}|Runbook>
{{ end }}{{ end }}`
)

// pagerDutySeverity is one PagerDuty knows: of a group with several it is the worst there can be.
const pagerDutySeverity = `{{ if match "^(critical|warning|info)$" .CommonLabels.severity }}` +
	`{{ .CommonLabels.severity }}{{ else }}critical{{ end }}`

func receivers(r *env.Routing) []monitoringv1alpha1.Receiver {
	out := []monitoringv1alpha1.Receiver{{Name: nobody}}
	if h := r.Heartbeat; h != nil {
		out = append(out, monitoringv1alpha1.Receiver{
			Name: deadMansSwitch, WebhookConfigs: []monitoringv1alpha1.WebhookConfig{webhook(h.URL, h.Secret, false)},
		})
	}
	for i := range r.Receivers {
		out = append(out, receiver(&r.Receivers[i]))
	}
	return out
}

func receiver(r *env.Receiver) monitoringv1alpha1.Receiver {
	out := monitoringv1alpha1.Receiver{Name: r.Name}
	switch spec := r.Spec; {
	case spec.Slack != nil:
		out.SlackConfigs = []monitoringv1alpha1.SlackConfig{slack(spec.Slack, r.SendResolved)}
	case spec.PagerDuty != nil:
		out.PagerDutyConfigs = []monitoringv1alpha1.PagerDutyConfig{{
			SendResolved: &r.SendResolved,
			RoutingKey:   secret(&spec.PagerDuty.RoutingKeySecretRef),
			Severity:     new(pagerDutySeverity),
		}}
	case spec.Webhook != nil:
		out.WebhookConfigs = []monitoringv1alpha1.WebhookConfig{webhook(string(spec.Webhook.URL), spec.Webhook.URLSecretRef, r.SendResolved)}
	case spec.Email != nil:
		out.EmailConfigs = []monitoringv1alpha1.EmailConfig{email(spec.Email, r.SendResolved)}
	}
	return out
}

func slack(s *tuxv1alpha1.SlackReceiver, resolved bool) monitoringv1alpha1.SlackConfig {
	return monitoringv1alpha1.SlackConfig{
		SendResolved: &resolved,
		APIURL:       secret(&s.URLSecretRef),
		Channel:      optional(s.Channel),
		Title:        new(slackTitle),
		Text:         new(slackText),
	}
}

func webhook(url string, ref *tuxv1alpha1.SecretKeyReference, resolved bool) monitoringv1alpha1.WebhookConfig {
	return monitoringv1alpha1.WebhookConfig{SendResolved: &resolved, URL: optional(url), URLSecret: secret(ref)}
}

func email(s *tuxv1alpha1.EmailReceiver, resolved bool) monitoringv1alpha1.EmailConfig {
	addresses := make([]string, 0, len(s.To))
	for _, address := range s.To {
		addresses = append(addresses, string(address))
	}
	return monitoringv1alpha1.EmailConfig{
		SendResolved: &resolved,
		To:           new(strings.Join(addresses, ", ")),
		From:         new(string(s.From)),
		Smarthost:    &s.Smarthost,
		AuthUsername: optional(s.Username),
		AuthPassword: secret(s.PasswordSecretRef),
		RequireTLS:   new(true),
	}
}

func secret(ref *tuxv1alpha1.SecretKeyReference) *corev1.SecretKeySelector {
	if ref == nil {
		return nil
	}
	return &corev1.SecretKeySelector{LocalObjectReference: corev1.LocalObjectReference{Name: ref.Name}, Key: ref.Key}
}

func optional(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}
