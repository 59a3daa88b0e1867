package main

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/common/model"
	"sigs.k8s.io/yaml"

	tuxv1alpha1 "github.com/tux-io/tux-monitoring-operator/api/v1alpha1"
	"github.com/tux-io/tux-monitoring-operator/hack/e2e/live"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/rules"
)

func read(t *testing.T, path string) []byte {
	t.Helper()
	text, err := os.ReadFile("../../" + path)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func readResource(t *testing.T, path string) *tuxv1alpha1.TuxMonitoring {
	t.Helper()
	resource := &tuxv1alpha1.TuxMonitoring{}
	if err := yaml.UnmarshalStrict(read(t, path), resource); err != nil {
		t.Fatal(err)
	}
	return resource
}

// The story waits for the resource by name, and hurries the same one.
func TestTheNamesAreThoseOfTheSample(t *testing.T) {
	for _, path := range []string{sample, hurryManifest} {
		resource := readResource(t, path)
		if resource.Name != resourceName || resource.Namespace != resourceNamespace {
			t.Errorf("%s is %s/%s, the story tells of %s/%s", path, resource.Namespace, resource.Name, resourceNamespace, resourceName)
		}
		if len(resource.Spec.Backends) != 1 || resource.Spec.Backends[0].Deployment != backendName {
			t.Errorf("%s has backends %v, the story tells of %s", path, resource.Spec.Backends, backendName)
		}
	}
}

// An alert that stays silent proves something only if it had the time to fire.
func TestTheFaultLastsLongEnoughForAWrongAlert(t *testing.T) {
	spec := readResource(t, hurryManifest).Spec
	if got := string(spec.Probes.Interval); got != hurriedInterval || string(spec.Backends[0].Metrics.Interval) != got {
		t.Errorf("intervals are %s and %s, the story waits for %s", got, spec.Backends[0].Metrics.Interval, hurriedInterval)
	}
	waits := map[string]time.Duration{}
	for _, o := range spec.Alerts.Overrides {
		waits[string(o.Name)] = duration(t, string(o.For))
	}
	if waits[databaseAlert] != hurriedFor {
		t.Errorf("%s waits %s, the story waits for %s", databaseAlert, waits[databaseAlert], hurriedFor)
	}
	interval := duration(t, hurriedInterval)
	for _, s := range symptoms() {
		wait, hurried := waits[s.alert]
		if !hurried {
			t.Errorf("%s is not hurried, so that its silence proves nothing", s.alert)
		}
		if enough := wait + interval + live.Step; settle < enough {
			t.Errorf("%s would fire after %s, the story watches for %s", s.alert, enough, settle)
		}
	}
}

func TestEveryAlertOfTheStoryIsInTheCatalogue(t *testing.T) {
	names := []string{databaseAlert, exceptionsAlert}
	for _, s := range symptoms() {
		names = append(names, s.alert)
	}
	for _, name := range names {
		if !slices.ContainsFunc(rules.Catalogue(), func(a rules.AlertInfo) bool { return a.Name == name }) {
			t.Errorf("there is no alert %q", name)
		}
	}
}

func duration(t *testing.T, text string) time.Duration {
	t.Helper()
	d, err := model.ParseDuration(text)
	if err != nil {
		t.Fatal(err)
	}
	return time.Duration(d)
}

func TestTheRouteLeadsHere(t *testing.T) {
	text := string(read(t, routeManifest))
	for _, route := range []string{pager, chat} {
		if url := "http://" + receiverHost + ":" + receiverPort + "/" + route; !strings.Contains(text, `"`+url+`"`) {
			t.Errorf("%s does not name %s", routeManifest, url)
		}
	}
}

// TestTheSentryIsHere: the manifest names the host that is served, and the backend takes what is made under that name.
func TestTheSentryIsHere(t *testing.T) {
	if text := string(read(t, sentryManifest)); !strings.Contains(text, "url: http://"+sentryHost+":"+sentryPort+"\n") {
		t.Errorf("%s does not name http://%s:%s", sentryManifest, sentryHost, sentryPort)
	}
	text := string(read(t, envFromManifest))
	for _, name := range []string{resourceName + "-sentry", resourceName + "-env"} {
		if !strings.Contains(text, "{name: "+name+"}") {
			t.Errorf("%s does not take %s", envFromManifest, name)
		}
	}
}

// The switches are in the manifest, where everybody sees them.
func TestTheBackendCanBeBroken(t *testing.T) {
	if text := string(read(t, backendManifest)); !strings.Contains(text, `{name: TUX_FAULTS, value: "1"}`) {
		t.Errorf("%s does not turn the fault switches on", backendManifest)
	}
}
