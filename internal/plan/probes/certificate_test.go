package probes_test

import (
	"encoding/pem"
	"log/slog"
	"net/http/httptest"
	"testing"

	"github.com/prometheus/blackbox_exporter/prober"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/probes"
)

// certificateExpiry is the metric TuxCertificateExpiry reads.
const certificateExpiry = "probe_ssl_earliest_cert_expiry"

// TestAHostWithTLSTellsWhenItsCertificateExpires, and one without TLS tells nothing.
func TestAHostWithTLSTellsWhenItsCertificateExpires(t *testing.T) {
	plain, secure := httptest.NewServer(backendInTrouble{}), httptest.NewTLSServer(backendInTrouble{})
	defer plain.Close()
	defer secure.Close()
	e := environment(web())
	module := exporter(t, e)[probes.ModuleName(e, &e.Backends[0], env.QuestionEntry)]
	authority := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: secure.Certificate().Raw})
	module.HTTP.HTTPClientConfig.TLSConfig.CA = string(authority)

	for url, want := range map[string]float64{plain.URL: 0, secure.URL: float64(secure.Certificate().NotAfter.Unix())} {
		registry := prometheus.NewRegistry()
		if !prober.ProbeHTTP(t.Context(), url+"/health/live/", module, registry, slog.New(slog.DiscardHandler)) {
			t.Fatalf("the probe of %s fails", url)
		}
		if got := gauge(t, registry, certificateExpiry); got != want {
			t.Errorf("%s of %s is %v, want %v", certificateExpiry, url, got, want)
		}
	}
}

// gauge returns the value of a gauge without labels, 0 if there is none.
func gauge(t *testing.T, registry *prometheus.Registry, name string) float64 {
	t.Helper()
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, family := range families {
		if family.GetName() == name {
			return family.GetMetric()[0].GetGauge().GetValue()
		}
	}
	return 0
}
