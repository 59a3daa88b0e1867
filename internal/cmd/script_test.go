package cmd

import (
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/tux-io/tux-monitoring-operator/internal/external/sentry/sentrytest"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"tuxmon": func() { os.Exit(Main(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) },
	})
}

// withSentry starts a Sentry for a script: sentry.yaml asks it, and token.txt has its token.
func withSentry(e *testscript.Env) error {
	const token = "sntryi_5eadbeef00112233445566778899aabb"
	server := httptest.NewServer(sentrytest.New(token))
	e.Defer(server.Close)
	resource := `apiVersion: monitoring.tux.io/v1alpha1
kind: TuxMonitoring
metadata: {name: production, namespace: tux-production}
spec:
  environment: production
  backends: [{name: web, deployment: tux-backend}]
  sentry:
    organization: shop
    url: ` + server.URL + `
    tokenSecretRef: {name: sentry-token, key: token}
    teams: [backend]
    project: {slug: web, name: Web shop}
    privacy: {ipAddresses: Remove, sensitiveFields: [iban, cookie]}
    environments: {hidden: [dev]}
    filters: {webCrawlers: Enabled}
`
	if err := os.WriteFile(e.WorkDir+"/sentry.yaml", []byte(resource), 0o600); err != nil {
		return err
	}
	second := strings.ReplaceAll(resource, "name: production,", "name: second,")
	if err := os.WriteFile(e.WorkDir+"/two-owners.yaml", []byte(resource+"---\n"+second), 0o600); err != nil {
		return err
	}
	return os.WriteFile(e.WorkDir+"/token.txt", []byte(token+"\n"), 0o600)
}

// TestScripts runs the command line as a user does: testdata/*.txtar.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata",
		Setup: func(e *testscript.Env) error {
			sample, err := os.ReadFile("../../config/samples/monitoring_v1alpha1_tuxmonitoring.yaml")
			if err != nil {
				return err
			}
			if err := os.WriteFile(e.WorkDir+"/sample.yaml", sample, 0o600); err != nil {
				return err
			}
			return withSentry(e)
		},
	})
}
