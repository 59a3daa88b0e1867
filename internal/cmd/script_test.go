package cmd

import (
	"context"
	"encoding/pem"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/tux-io/tux-monitoring-operator/internal/external"
	"github.com/tux-io/tux-monitoring-operator/internal/external/elastic/elastictest"
	"github.com/tux-io/tux-monitoring-operator/internal/external/logstore"
	"github.com/tux-io/tux-monitoring-operator/internal/external/logstores"
	"github.com/tux-io/tux-monitoring-operator/internal/external/loki/lokitest"
	"github.com/tux-io/tux-monitoring-operator/internal/external/opensearch/opensearchtest"
	"github.com/tux-io/tux-monitoring-operator/internal/external/sentry/sentrytest"
	"github.com/tux-io/tux-monitoring-operator/internal/external/sentry/sentrytest/contracttest"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/retention"
	storesettings "github.com/tux-io/tux-monitoring-operator/internal/plan/retention/store"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"tuxmon": func() { os.Exit(Main(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) },
	})
}

// withSentry starts a Sentry for a script: sentry.yaml asks it, and token.txt has its token.
func withSentry(e *testscript.Env) error {
	const token = "sntryi_5eadbeef00112233445566778899aabb"
	fake := sentrytest.New(token)
	compared, err := contracttest.New()
	if err != nil {
		return err
	}
	fake.Inspect(compared.Handler)
	server := httptest.NewServer(fake)
	e.Defer(func() {
		server.Close()
		if problems := compared.Problems(); len(problems) > 0 {
			e.T().Fatal(problems)
		}
	})
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
    cronMonitors: [{slug: nightly, schedule: "0 3 * * *", margin: 5m}]
    deploys: Enabled
    variables: {release: web@7}
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

// withLoki starts a Loki for a script: it reads overrides.yaml, and logs.yaml names it.
func withLoki(e *testscript.Env) error {
	server := httptest.NewServer(lokitest.New(func() string {
		text, err := os.ReadFile(e.WorkDir + "/overrides.yaml")
		if err != nil {
			return "overrides: {}"
		}
		return string(text)
	}))
	e.Defer(server.Close)
	resource := `apiVersion: monitoring.tux.io/v1alpha1
kind: TuxMonitoring
metadata: {name: production, namespace: tux-production}
spec:
  backends: [{name: web, deployment: tux-backend}]
  logs:
    backend: {loki: {url: "` + server.URL + `", overrides: {namespace: monitoring, name: tux-loki}}}
    tenant: tux-production
    classes:
    - {name: audit, match: {loggers: [tux.audit]}, retentionDays: 365, protection: Enabled}
    - {name: error, match: {levels: [ERROR]}, retentionDays: 90}
`
	files := map[string]string{
		"logs.yaml":        resource,
		"logs-shrunk.yaml": strings.ReplaceAll(resource, "retentionDays: 90", "retentionDays: 60"),
		"logs-twice.yaml":  resource + "---\n" + strings.ReplaceAll(resource, "name: production,", "name: second,"),
		"logs-dead.yaml":   strings.ReplaceAll(resource, server.URL, "http://127.0.0.1:1"),
	}
	for name, text := range files {
		if err := os.WriteFile(e.WorkDir+"/"+name, []byte(text), 0o600); err != nil {
			return err
		}
	}
	return nil
}

// fakeStore is a log store that is told by its API.
type fakeStore struct {
	http.Handler

	backend retention.Backend
	// name is that of its files, and field that of the API.
	name, field string
	// secret says how to log in, and lock makes the fake ask for that.
	secret map[string]string
	lock   func()
}

func fakeStores() []fakeStore {
	const secret = "c2VjcmV0LWtleQ=="
	elastic, open := elastictest.New(), opensearchtest.New()
	return []fakeStore{
		{
			Handler: elastic, backend: retention.Elasticsearch, name: "elastic", field: "elasticsearch",
			secret: map[string]string{"apiKey": secret},
			lock:   func() { elastic.Edit(func(s *elastictest.State) { s.APIKey = secret }) },
		},
		{
			Handler: open, backend: retention.OpenSearch, name: "opensearch", field: "openSearch",
			secret: map[string]string{"username": "tuxmon", "password": secret},
			lock:   func() { open.Edit(func(s *opensearchtest.State) { s.Username, s.Password = "tuxmon", secret }) },
		},
	}
}

// withStore starts a log store for a script that somebody has to log in to: NAME.yaml names it, and the directory NAME has
// what is in the Secret. The operator was there before, for 90 days of class error.
func withStore(e *testscript.Env, fake fakeStore) error {
	server := httptest.NewTLSServer(fake)
	e.Defer(server.Close)
	resource := `apiVersion: monitoring.tux.io/v1alpha1
kind: TuxMonitoring
metadata: {name: production, namespace: tux-production}
spec:
  backends: [{name: web, deployment: tux-backend}]
  logs:
    backend: {` + fake.field + `: {url: "` + server.URL + `", credentialsSecretRef: {name: ` + fake.name + `}}}
    tenant: tux-production
    classes:
    - {name: error, match: {levels: [ERROR]}, retentionDays: 90, tiers: {warmAfterDays: 7}}
`
	files := map[string]string{
		fake.name + ".yaml":        resource,
		fake.name + "-shrunk.yaml": strings.ReplaceAll(resource, "retentionDays: 90", "retentionDays: 60"),
		fake.name + "-new.yaml":    strings.ReplaceAll(resource, "tenant: tux-production", "tenant: tux-staging"),
		fake.name + "/ca.crt":      string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})),
	}
	for key, value := range fake.secret {
		files[fake.name+"/"+key] = value
	}
	for name, text := range files {
		if err := errors.Join(os.MkdirAll(filepath.Dir(e.WorkDir+"/"+name), 0o750), os.WriteFile(e.WorkDir+"/"+name, []byte(text), 0o600)); err != nil {
			return err
		}
	}
	kind, _ := logstores.Of(fake.backend)
	credentials, err := credentialsIn(e.WorkDir+"/"+fake.name, kind)
	if err != nil {
		return err
	}
	keeper, err := kind.Open(logstore.Config{URL: server.URL, Credentials: credentials, UserAgent: "test", Transport: external.NewTrust()})
	if err != nil {
		return err
	}
	_, err = keeper.Keep(context.Background(), storesettings.Want{
		Owner: "tux-production/production", Policy: retention.Policy{
			Backend: fake.backend, Tenant: "tux-production", DefaultDays: 30, Classes: []retention.Class{
				{Name: "error", Levels: []retention.Level{retention.Error}, Days: 90, Tiers: retention.Tiers{WarmDays: 7}},
			},
		},
	}, time.Now())
	fake.lock()
	return err
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
			all := errors.Join(withSentry(e), withLoki(e), withSeals(e))
			for _, fake := range fakeStores() {
				all = errors.Join(all, withStore(e, fake))
			}
			return all
		},
	})
}
