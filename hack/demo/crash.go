package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/tux-io/tux-monitoring-operator/hack/e2e/live"
	"github.com/tux-io/tux-monitoring-operator/internal/external/sentry/sentrytest"
)

// envFromManifest is what a team adds to its Deployment.
const envFromManifest = "hack/demo/manifests/envfrom.yaml"

const (
	// session is a cookie that no Sentry may ever have.
	session = "sessionid=not-for-sentry"
	// requestID is that of the request that crashes, among those of users that crash meanwhile.
	requestID = "demo-crash"
)

// showSentry asks for a Sentry project, and lets the backend crash: what its SDK sends is what a team would read.
func (f *full) showSentry(ctx context.Context) error {
	node := f.cluster.Network().Node()
	f.cluster.Network().SetHost(sentryHost, node)
	if _, err := f.serveSentry(ctx, net.JoinHostPort(node.String(), sentryPort)); err != nil {
		return err
	}
	if err := f.nameSecrets(ctx); err != nil {
		return err
	}
	if err := f.declareSentry(ctx, sentryHost+":"+sentryPort); err != nil {
		return err
	}
	if err := f.giveDSN(ctx); err != nil {
		return err
	}
	if err := f.crash(ctx); err != nil {
		return err
	}
	return f.tamper(ctx)
}

// nameSecrets tells the operator whose Secrets it may read.
func (f *full) nameSecrets(ctx context.Context) error {
	patch := `[{"op":"add","path":"/spec/template/spec/containers/0/args/-","value":"--secret-namespaces=` + resourceNamespace + `"}]`
	if err := f.show(ctx, "patch", "deployment", operatorAccount, "-n", operatorNamespace, "--type=json", "-p", patch); err != nil {
		return err
	}
	return f.awaitDeployment(ctx, operatorNamespace, operatorAccount)
}

// giveDSN lets the backend have what the operator wrote.
func (f *full) giveDSN(ctx context.Context) error {
	f.printer.line("The backend takes its DSN, environment and release from a Secret and a ConfigMap of the operator:")
	if err := f.cat(envFromManifest); err != nil {
		return err
	}
	err := f.show(ctx, "patch", "-n", resourceNamespace, "deployment", backendName, "--patch-file="+envFromManifest)
	if err != nil {
		return err
	}
	return f.awaitDeployment(ctx, resourceNamespace, backendName)
}

// crash lets one request crash, with a token and a cookie, and shows what Sentry has of it.
func (f *full) crash(ctx context.Context) error {
	if err := f.flip(ctx, live.Faults{"error_ratio": 1}); err != nil {
		return err
	}
	url := f.service + "/api/v1/workspaces/acme/strings/?token=not-for-sentry"
	f.printer.command("curl", "-X", "POST", "-H", "'Authorization: Token harness'", "-H", "'Cookie: "+session+"'",
		"-H", "'X-Request-ID: "+requestID+"'", "'"+url+"'")
	var found map[string]any
	var began time.Time
	answered := false
	err := f.await(ctx, "the crash arrives in Sentry", func(ctx context.Context) string {
		if !answered { // the first try may meet a pod that is just replaced
			began = time.Now()
			if err := post(ctx, url); err != nil {
				return err.Error()
			}
			answered = true
		}
		if found = f.crashed(); found == nil {
			return "no event of it yet"
		}
		return ""
	})
	if err != nil {
		return err
	}
	f.printer.line("%s later Sentry has:", tenths(time.Since(began)))
	rows, err := crashRows(found)
	if err != nil {
		return err
	}
	f.printer.text(table(rows))
	return f.flip(ctx, nil)
}

// post sends a request that is answered with 500.
func post(ctx context.Context, url string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, url, strings.NewReader("{}"))
	if err != nil {
		return err
	}
	request.Header.Set("Authorization", "Token harness")
	request.Header.Set("Cookie", session)
	request.Header.Set("X-Request-ID", requestID)
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusInternalServerError {
		return fmt.Errorf("the backend did not crash, it answered %s", response.Status)
	}
	return nil
}

// crashed is the event of that request, once Sentry has stored it.
func (f *full) crashed() (found map[string]any) {
	f.sentry.Edit(func(s *sentrytest.State) {
		for _, event := range s.Projects[0].Events {
			if tagOf(event.Content, "request_id") == requestID {
				found = event.Content
			}
		}
	})
	return found
}

// crashRows is what is worth reading of an event. It fails for one that has a secret, or does not say whose workspace it was.
func crashRows(event map[string]any) ([][]string, error) {
	whole := fmt.Sprint(event)
	for _, secret := range []string{"harness", "not-for-sentry", "sessionid"} {
		if strings.Contains(whole, secret) {
			return nil, fmt.Errorf("%q is in the event: %s", secret, whole)
		}
	}
	workspace := tagOf(event, "workspace")
	if workspace != "acme" {
		return nil, fmt.Errorf("the event is not of the workspace acme: %v", event["tags"])
	}
	if !strings.Contains(fmt.Sprint(event["exception"]), "SimulatedFailure") {
		return nil, fmt.Errorf("the event is not the crash: %v", event["exception"])
	}
	request, _ := event["request"].(map[string]any)
	return [][]string{
		{"FIELD", "VALUE"},
		{"exception", "SimulatedFailure"},
		{"environment", fmt.Sprint(event["environment"])},
		{"release", fmt.Sprint(event["release"])},
		{"tag workspace", workspace},
		{"request", fmt.Sprint(request["method"], " ", request["url"])},
		{"headers", fmt.Sprint(request["headers"])},
	}, nil
}

func tagOf(event map[string]any, name string) string {
	tags, _ := event["tags"].(map[string]any)
	value, _ := tags[name].(string)
	return value
}
