//go:build e2e

package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	tuxv1alpha1 "github.com/tux-io/tux-monitoring-operator/api/v1alpha1"
	"github.com/tux-io/tux-monitoring-operator/hack/e2e/live"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/routing"
)

// The routes of the test, as paths of the receiver below the namespace.
const (
	toPager  = "/pager"
	toTeam   = "/team"
	toSlack  = "/slack"
	toSwitch = "/heartbeat"
)

// beat is the interval of the heartbeat.
const beat = 10 * time.Second

// TestRouting: in a namespace without any route but ours, alerts arrive by severity, a symptom is told to
// nobody while its cause is, and the heartbeat beats at the dead man's switch and nowhere else.
func TestRouting(t *testing.T) {
	t.Parallel()
	p := &place{t: t, ctx: shared.context(t)}
	p.must(shared.cluster.Client().Create(p.ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: string(Routing)}}))
	p.Environment = live.Attach(shared.cluster, shared.prometheus, shared.receiver, string(Routing))
	p.must(p.Apply(p.ctx, p.secrets()))
	p.populate(map[string]live.BackendOptions{backend: {Replicas: 1}}, p.route)
	began := time.Now()
	for _, step := range []struct {
		name string
		do   func(*place)
	}{
		{"the heartbeat beats", (*place).heartbeatBeats},
		{"an alert arrives", (*place).alertArrives},
		{"a cause hides its symptom", (*place).causeHidesSymptom},
		{"a key that is missing stops the heartbeat", (*place).missingKeyStopsHeartbeat},
	} {
		t.Run(step.name, func(t *testing.T) { step.do(p.on(t)) })
	}
	p.heartbeatStaysAlone(began)
	if !t.Failed() {
		shared.report.note("%s: alerts arrive by spec.routing, the heartbeat every %s and nowhere else", p.Namespace, beat)
	}
}

// secrets are what the receivers refer to. Slack and the dead man's switch are played by the receiver.
func (p *place) secrets() *corev1.Secret {
	return &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Name: "receivers"},
		StringData: map[string]string{
			"slack":     p.Receiver.URL + p.Namespace + toSlack,
			"heartbeat": p.Receiver.URL + p.Namespace + toSwitch,
			"pagerduty": "0123456789abcdef0123456789abcdef",
			"smtp":      "secret",
		},
	}
}

// route tells everybody. PagerDuty and the mailbox get what does not happen here: what is proven of them is
// that Alertmanager loads them, since one receiver it refuses would silence the others.
func (p *place) route(spec *tuxv1alpha1.TuxMonitoringSpec) {
	key := func(name string) tuxv1alpha1.SecretKeyReference {
		return tuxv1alpha1.SecretKeyReference{Name: "receivers", Key: name}
	}
	smtp, heartbeat := key("smtp"), key("heartbeat")
	address := func(path string) *tuxv1alpha1.WebhookReceiver {
		return &tuxv1alpha1.WebhookReceiver{URL: tuxv1alpha1.PlainURL(p.Receiver.URL + p.Namespace + path)}
	}
	only := func(severities ...tuxv1alpha1.Severity) []tuxv1alpha1.Severity { return severities }
	spec.Routing = &tuxv1alpha1.Routing{
		Receivers: []tuxv1alpha1.Receiver{
			{Name: "pager", Severities: only("critical"), Webhook: address(toPager)},
			{Name: "team", Severities: only("warning"), Webhook: address(toTeam)},
			{Name: "slack", Slack: &tuxv1alpha1.SlackReceiver{URLSecretRef: key("slack"), Channel: "#tux-alerts"}},
			{Name: "pagerduty", Severities: only("info"), PagerDuty: &tuxv1alpha1.PagerDutyReceiver{RoutingKeySecretRef: key("pagerduty")}},
			{Name: "mail", Severities: only("info"), Email: &tuxv1alpha1.EmailReceiver{
				To: []tuxv1alpha1.EmailAddress{"oncall@tux.example", "sre@tux.example"}, From: "alerts@tux.example",
				Smarthost: "smtp.tux.example:587", Username: "alerts", PasswordSecretRef: &smtp,
			}},
		},
		GroupWait: "1s", GroupInterval: "5s", RepeatInterval: "1h",
		Heartbeat: &tuxv1alpha1.Heartbeat{URLSecretRef: &heartbeat, Interval: tuxv1alpha1.Duration(beat.String())},
	}
}

// heartbeatBeats: were every third one missed, five would take half as long again.
func (p *place) heartbeatBeats() {
	const beats = 5
	var arrived []live.Notification
	eventually(p.ctx, p.t, "heartbeats", alertLimit, func(context.Context) string {
		if arrived = p.Receiver.Since(p.Namespace+toSwitch, time.Time{}); len(arrived) < beats {
			return fmt.Sprintf("%d of %d arrived", len(arrived), beats)
		}
		return ""
	})
	if took := arrived[beats-1].Arrived.Sub(arrived[0].Arrived); took > (beats-1)*beat*5/4 {
		p.t.Errorf("%d heartbeats of %s took %s", beats, beat, took)
	}
}

// alertArrives stops the database, which is critical.
func (p *place) alertArrives() {
	const name = "TuxDatabaseUnavailable"
	began := time.Now()
	p.must(p.Break(p.ctx, backend, live.Faults{"database_down": true}))
	p.await(toPager, name, "firing", began)
	eventually(p.ctx, p.t, "a message in Slack", alertLimit, func(context.Context) string { return p.unreadable(name) })
	healed := time.Now()
	p.must(p.Heal(p.ctx, backend))
	p.await(toPager, name, "resolved", healed)
	if n := p.arrived(toTeam, name); n != 0 {
		p.t.Errorf("%s is critical and arrived where only warnings shall", name)
	}
}

func (p *place) await(path, name, status string, since time.Time) {
	p.t.Helper()
	eventually(p.ctx, p.t, fmt.Sprintf("%s arrives at %s as %s", name, path, status), calmLimit, func(context.Context) string {
		if _, ok := p.Receiver.Arrived(p.Namespace+path, name, status, since); !ok {
			return "it does not"
		}
		return ""
	})
}

// unreadable says what the message to Slack lacks.
func (p *place) unreadable(name string) string {
	all := strings.Join(p.Receiver.Texts(p.Namespace+toSlack), "\n")
	for _, want := range []string{name, p.Namespace, "The database cannot be reached", "Check that PostgreSQL runs", "docs/alerts/" + name + ".md", "#tux-alerts"} {
		if !strings.Contains(all, want) {
			return fmt.Sprintf("%q is missing in %q", want, all)
		}
	}
	return ""
}

func (p *place) arrived(path, name string) int {
	n := 0
	for _, notification := range p.Receiver.Since(p.Namespace+path, time.Time{}) {
		if notification.Labels["alertname"] == name {
			n++
		}
	}
	return n
}

// causeHidesSymptom hands Alertmanager alerts as Prometheus would, since expressions keep a real symptom
// from firing beside its cause.
func (p *place) causeHidesSymptom() {
	began := time.Now()
	p.post(p.alert("TuxNotLive", "critical", "a", p.Namespace))
	p.await(toPager, "TuxNotLive", "firing", began)
	p.post(
		p.alert("TuxNotReady", "warning", "a", p.Namespace),
		p.alert("TuxNotReady", "warning", "b", p.Namespace),
		p.alert("SomebodysAlert", "page", "a", p.Namespace),
		p.alert("TuxSlowResponses", "warning", "a", "another"),
	)
	p.await(toTeam, "TuxNotReady", "firing", began)
	p.await(toTeam, "SomebodysAlert", "firing", began)
	p.pause(settle)
	for _, n := range p.Receiver.Since(p.Namespace+toTeam, began) {
		if n.Labels["alertname"] == "TuxNotReady" && n.Labels["pod"] != "b" {
			p.t.Errorf("TuxNotReady of pod %q arrived while TuxNotLive says why", n.Labels["pod"])
		}
		if n.Labels["environment"] != p.Namespace {
			p.t.Errorf("%s of environment %q arrived", n.Labels["alertname"], n.Labels["environment"])
		}
	}
}

// alert is one of ours as Prometheus sends it.
func (p *place) alert(name, severity, pod, environment string) map[string]any {
	return map[string]any{
		"labels": map[string]string{
			"alertname": name, "severity": severity, "pod": pod, "backend": backend, "namespace": p.Namespace, "environment": environment,
		},
		"endsAt": time.Now().Add(10 * time.Minute).UTC().Format(time.RFC3339),
	}
}

func (p *place) post(alerts ...map[string]any) {
	p.t.Helper()
	address, err := shared.serviceAddress(p.ctx, "kps-alertmanager")
	p.must(err)
	body, err := json.Marshal(alerts)
	p.must(err)
	request, err := http.NewRequestWithContext(p.ctx, http.MethodPost, "http://"+address+"/api/v2/alerts", bytes.NewReader(body))
	p.must(err)
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	p.must(err)
	p.must(response.Body.Close())
	if response.StatusCode != http.StatusOK {
		p.t.Fatalf("Alertmanager answers %s", response.Status)
	}
}

// missingKeyStopsHeartbeat: prometheus-operator leaves out an AlertmanagerConfig that refers to nothing, all
// receivers of it. Its event says so, and the dead man's switch finds out.
func (p *place) missingKeyStopsHeartbeat() {
	p.patchSecret(`[{"op": "move", "from": "/data/slack", "path": "/data/renamed"}]`)
	eventually(p.ctx, p.t, "an event on the AlertmanagerConfig", alertLimit, func(ctx context.Context) string {
		out, err := p.Kubectl(ctx, "get", "events", "--field-selector", "involvedObject.kind=AlertmanagerConfig", "-o", "jsonpath={.items[*].message}")
		if err != nil {
			return err.Error()
		}
		if !strings.Contains(out, "live-routing was rejected due to invalid configuration") || !strings.Contains(out, `"slack"`) {
			return "events: " + out
		}
		return ""
	})
	eventually(p.ctx, p.t, "the heartbeat stops", alertLimit, func(context.Context) string {
		if n := len(p.Receiver.Since(p.Namespace+toSwitch, time.Now().Add(-3*beat))); n > 0 {
			return fmt.Sprintf("%d beats in %s", n, 3*beat)
		}
		return ""
	})
	mended := time.Now()
	p.patchSecret(`[{"op": "move", "from": "/data/renamed", "path": "/data/slack"}]`)
	p.await(toSwitch, routing.Watchdog, "firing", mended)
}

func (p *place) patchSecret(patch string) {
	p.t.Helper()
	secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: p.Namespace, Name: "receivers"}}
	p.must(shared.cluster.Client().Patch(p.ctx, secret, client.RawPatch(types.JSONPatchType, []byte(patch))))
}

// heartbeatStaysAlone: nothing else goes to the switch, and the heartbeat goes nowhere else.
func (p *place) heartbeatStaysAlone(began time.Time) {
	for _, n := range p.Receiver.Since(p.Namespace+toSwitch, time.Time{}) {
		if n.Labels["alertname"] != routing.Watchdog || n.Status != "firing" {
			p.t.Errorf("the dead man's switch got %s, %s", n.Labels["alertname"], n.Status)
		}
	}
	for _, path := range []string{toPager, toTeam} {
		if p.arrived(path, routing.Watchdog) > 0 {
			p.t.Errorf("%s got the heartbeat", path)
		}
	}
	if slices.ContainsFunc(p.Receiver.Texts(p.Namespace+toSlack), func(text string) bool { return strings.Contains(text, routing.Watchdog) }) {
		p.t.Error("Slack got the heartbeat")
	}
	if last := p.Receiver.Since(p.Namespace+toSwitch, began); len(last) == 0 {
		p.t.Error("the heartbeat stopped")
	}
}
