package external_test

import (
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/tux-io/tux-monitoring-operator/internal/external"
)

// TestEachSetOfAuthoritiesVouchesForItsOwn: who trusts a host for himself does not trust it for others.
func TestEachSetOfAuthoritiesVouchesForItsOwn(t *testing.T) {
	served := httptest.NewTLSServer(http.NotFoundHandler())
	t.Cleanup(served.Close)
	theirs, err := external.NewAuthorities(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: served.Certificate().Raw}))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := external.NewAuthorities([]byte("x")); err == nil {
		t.Error("x is a certificate")
	}
	trust := external.NewTrust()
	for _, tc := range []struct {
		authorities external.Authorities
		believed    bool
	}{{external.Authorities{}, false}, {theirs, true}, {external.Authorities{}, false}, {theirs, true}} {
		request, err := http.NewRequestWithContext(external.Trusting(t.Context(), tc.authorities), http.MethodGet, served.URL, nil)
		if err != nil {
			t.Fatal(err)
		}
		answer, err := trust.RoundTrip(request)
		if (err == nil) != tc.believed {
			t.Errorf("%v: %v", tc.believed, err)
		}
		if err == nil {
			_ = answer.Body.Close()
		}
	}
}
