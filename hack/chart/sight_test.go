package main

import (
	"encoding/pem"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	tuxv1alpha1 "github.com/tux-io/tux-monitoring-operator/api/v1alpha1"
	"github.com/tux-io/tux-monitoring-operator/internal/testutil"
)

// listener is a server that refuses everybody and remembers what he logged in with.
type listener struct {
	mu    sync.Mutex
	heard string
}

// ServeHTTP answers as both systems do.
func (l *listener) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.heard += r.Header.Get("Authorization") + r.Header.Get("X-Sentry-Auth")
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusUnauthorized)
	_, _ = fmt.Fprint(w, `{"detail":"no"}`)
}

func (l *listener) has(secret string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Contains(l.heard, secret)
}

// TestNoSecretIsInSightOfTheMachine: an operator that has used the token of Sentry, the key of an Elasticsearch and the DSN of its own has
// none of them in its arguments, its environment, its log, or what Kubernetes shows of its pods. Those of the command line are
// looked at by TestSecretsAreNotInSight.
func TestNoSecretIsInSightOfTheMachine(t *testing.T) {
	const token, apiKey, dsnKey = "sntryi_5eadbeef00112233445566778899aabb", "0ddba11d00112233c0ffee", "c0ffee00c0ffee00c0ffee00c0ffee00"
	namespace, watched := restricted(t), restricted(t)
	kubelet := startKubelet(t, namespace)
	t.Cleanup(func() { removeCRD(t) })
	sentry, store, own := &listener{}, &listener{}, &listener{}
	sentryServer, storeServer, ownServer := httptest.NewServer(sentry), httptest.NewTLSServer(store), httptest.NewServer(own)
	for _, server := range []*httptest.Server{sentryServer, storeServer, ownServer} {
		t.Cleanup(server.Close)
	}
	dsn := filepath.Join(t.TempDir(), "dsn") // as a volume would bring it
	must(t, os.WriteFile(dsn, []byte(strings.Replace(ownServer.URL, "://", "://"+dsnKey+"@", 1)+"/7"), 0o600))
	mustHelm(t, "install", "tuxmon", chartDir, "--namespace", namespace, "--wait", "--timeout", "90s", "--set",
		fmt.Sprintf("replicas=1,sentry.namespaces={%s},extraArgs={--sentry-dsn-file=%s,--log-level=debug}", watched, dsn))

	authority := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: storeServer.Certificate().Raw}))
	for name, data := range map[string]map[string]string{"sentry": {"token": token}, "elastic": {"apiKey": apiKey, "ca.crt": authority}} {
		must(t, admin.Create(t.Context(), &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: watched, Name: name}, StringData: data}))
	}
	tux := testutil.Tux(watched, "production")
	tux.Spec.Sentry = &tuxv1alpha1.Sentry{
		Organization: "shop", URL: tuxv1alpha1.PlainURL(sentryServer.URL), Project: tuxv1alpha1.SentryProject{Slug: "web"},
		Teams: []tuxv1alpha1.SentrySlug{"backend"}, TokenSecretRef: tuxv1alpha1.SecretKeyReference{Name: "sentry", Key: "token"},
	}
	tux.Spec.Logs = &tuxv1alpha1.Logs{Tenant: watched, Backend: tuxv1alpha1.LogBackend{Elasticsearch: &tuxv1alpha1.ElasticsearchBackend{
		URL: tuxv1alpha1.PlainURL(storeServer.URL), CredentialsSecretRef: &tuxv1alpha1.LogCredentials{Name: "elastic"},
	}}}
	must(t, admin.Create(t.Context(), tux))
	for secret, by := range map[string]*listener{token: sentry, apiKey: store, dsnKey: own} {
		eventually(t, "the operator uses "+secret, func() bool { return by.has(secret) })
	}

	processes := kubelet.processes("tuxmon-")
	if len(processes) != 1 {
		t.Fatalf("%d operators run", len(processes))
	}
	places := map[string]string{
		"log": processes[0].log.String(), "pods": mustKubectl(t, "", "get", "-n", namespace, "deploy,rs,pod,cm,event", "-o", "yaml"),
		"resource": mustKubectl(t, "", "get", "-n", watched, "tuxmon,cm,event", "-o", "yaml"),
	}
	for _, name := range []string{"cmdline", "environ"} {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/%s", processes[0].cmd.Process.Pid, name))
		must(t, err)
		places[name] = string(text)
	}
	for place, witness := range map[string]string{
		"log": "Starting operator", "pods": "--sentry-dsn-file=", "resource": "Unauthorized", "cmdline": "--sentry-dsn-file=", "environ": asProgram,
	} {
		if !strings.Contains(places[place], witness) {
			t.Errorf("nothing was looked at: the %s does not have %q:\n%s", place, witness, places[place])
		}
		for _, secret := range []string{token, apiKey, dsnKey} {
			if strings.Contains(places[place], secret) {
				t.Errorf("%s is in the %s", secret, place)
			}
		}
	}
	must(t, admin.Delete(t.Context(), tux))
	mustHelm(t, "uninstall", "tuxmon", "--namespace", namespace, "--wait", "--timeout", "90s")
}
