package controllers

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"os"
	"strings"
	"sync"

	"github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	eventsv1 "k8s.io/api/events/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/metrics"

	tuxv1alpha1 "github.com/tux-io/tux-monitoring-operator/api/v1alpha1"
	"github.com/tux-io/tux-monitoring-operator/internal/external/sentry/sentrytest"
)

// logs keeps all that the operators of this package log, to be looked through for secrets, and shows errors.
type logs struct {
	mu  sync.Mutex
	all bytes.Buffer
}

// Write keeps one line.
func (l *logs) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if bytes.Contains(line, []byte("ERROR")) || bytes.Contains(line, []byte(`"level":"error"`)) {
		_, _ = os.Stderr.Write(line)
	}
	return l.all.Write(line)
}

func (l *logs) text() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.all.String()
}

// everything is what was logged.
var everything = &logs{}

// secretsOf are what must be nowhere but in Secrets: the token, the secret half of each key, the security token
// of each project, and the DSNs.
func (f *fakeSentry) secretsOf() []string {
	secrets := []string{"5eadbeef00112233", "0ddba11d00112233", "c0ffee00c0ffee00"}
	f.Edit(func(st *sentrytest.State) {
		for _, p := range st.Projects {
			for _, key := range p.Keys {
				secrets = append(secrets, key.Secret, key.ID)
			}
		}
	})
	for _, one := range secrets[:] {
		secrets = append(secrets, base64.StdEncoding.EncodeToString([]byte(one))[:12])
	}
	return secrets
}

// scan looks for secrets in everything that people and tools can read: logs, events, status, ConfigMaps, metrics
// and what would be reported.
func (f *fakeSentry) scan() {
	s, ctx := f.s, context.Background()
	var events eventsv1.EventList
	s.must(admin.List(ctx, &events, client.InNamespace(s.ns)))
	var tuxes tuxv1alpha1.TuxMonitoringList
	s.must(admin.List(ctx, &tuxes, client.InNamespace(s.ns)))
	var configs corev1.ConfigMapList
	s.must(admin.List(ctx, &configs, client.InNamespace(s.ns)))
	families, err := metrics.Registry.Gather()
	s.must(err)
	places := map[string]any{"events": events, "resources": tuxes, "ConfigMaps": configs, "metrics": families}
	texts := map[string]string{"logs": everything.text()}
	for name, place := range places {
		content, err := json.Marshal(place)
		s.must(err)
		texts[name] = string(content)
	}
	s.Expect(texts["logs"]).NotTo(gomega.BeEmpty(), "a scan of nothing finds nothing")
	for _, secret := range f.secretsOf() {
		for name, text := range texts {
			s.Expect(strings.Contains(text, secret)).To(gomega.BeFalse(), "%s hold the secret %s", name, secret)
		}
	}
}
