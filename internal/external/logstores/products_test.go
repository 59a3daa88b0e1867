package logstores_test

import (
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/tux-io/tux-monitoring-operator/internal/external"
	"github.com/tux-io/tux-monitoring-operator/internal/external/elastic/elastictest"
	"github.com/tux-io/tux-monitoring-operator/internal/external/logstore"
	"github.com/tux-io/tux-monitoring-operator/internal/external/logstore/storetest"
	"github.com/tux-io/tux-monitoring-operator/internal/external/logstores"
	"github.com/tux-io/tux-monitoring-operator/internal/external/opensearch/opensearchtest"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/retention"
)

const (
	password = "c2VjcmV0LXBhc3N3b3Jk"
	tenant   = "prod"
	day      = 24 * time.Hour
)

// server is the fake of a product.
type server interface {
	http.Handler
	Now() time.Time
	Store(stream string, doc storetest.Doc)
	Docs(stream string) []storetest.Doc
	Roll(stream string) string
	RunTasks()
	EditErase(change func(*storetest.Erase))
	Requests() []string
	Writes() []string
	Problems() []string
}

// faults are those that both products know.
type faults struct {
	status       int
	of, denied   string
	failedShards int
	foreign      bool
}

// product is a kind of log store.
type product struct {
	backend retention.Backend
	secret  map[string][]byte
	server  func() (server, func(faults))
}

func products() []product {
	return []product{
		{retention.Elasticsearch, map[string][]byte{"apiKey": []byte(password)}, func() (server, func(faults)) {
			s := elastictest.New()
			return s, func(f faults) {
				s.Edit(func(state *elastictest.State) {
					state.Faults = elastictest.Faults{
						APIKey: password, Status: f.status, Of: f.of, Times: -1, Denied: f.denied, FailedShards: f.failedShards, Foreign: f.foreign,
					}
				})
			}
		}},
		{retention.OpenSearch, map[string][]byte{"username": []byte("tuxmon"), "password": []byte(password)}, func() (server, func(faults)) {
			s := opensearchtest.New()
			return s, func(f faults) {
				s.Edit(func(state *opensearchtest.State) {
					state.Faults = opensearchtest.Faults{
						Username: "tuxmon", Password: password,
						Status: f.status, Of: f.of, Times: -1, Denied: f.denied, FailedShards: f.failedShards, Foreign: f.foreign,
					}
				})
			}
		}},
	}
}

// lab is a log store behind TLS, and who asks it.
type lab struct {
	server

	t     *testing.T
	fails func(faults)
	kind  logstores.Kind
	to    logstore.Config
}

// inEach runs a test against each product.
func inEach(t *testing.T, test func(t *testing.T, p product)) {
	t.Helper()
	all := products()
	if len(all) != len(logstores.Backends()) {
		t.Errorf("of %v only %d are tested", logstores.Backends(), len(all))
	}
	for _, p := range all {
		t.Run(string(p.backend), func(t *testing.T) { test(t, p) })
	}
}

func newLab(t *testing.T, p product) *lab {
	t.Helper()
	l := &lab{t: t}
	l.server, l.fails = p.server()
	l.fails(faults{})
	served := httptest.NewTLSServer(l)
	t.Cleanup(served.Close)
	l.kind, _ = logstores.Of(p.backend)
	secret := map[string][]byte{"ca.crt": pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: served.Certificate().Raw})}
	for key, value := range p.secret {
		secret[key] = value
	}
	credentials, err := l.kind.Credentials(secret)
	l.must(err)
	limits := logstore.Limits()
	limits.PerSecond, limits.Burst, limits.Failures = 1000, 1000, 1000
	hosts, err := external.NewHosts(logstore.Hosts(external.HostsConfig{
		Clock: external.SystemClock(), Jitter: func() float64 { return 0 }, Limits: limits,
	}))
	l.must(err)
	l.to = logstore.Config{URL: served.URL, Credentials: credentials, UserAgent: "tuxmonitoring/test", Transport: hosts}
	t.Cleanup(func() {
		if problems := l.Problems(); len(problems) > 0 {
			t.Error(problems)
		}
	})
	return l
}

// eraser is a new one, as in each pass of the operator.
func (l *lab) eraser() logstore.Eraser {
	l.t.Helper()
	e, err := l.kind.Eraser(l.to)
	l.must(err)
	return e
}

func (l *lab) must(err error) {
	l.t.Helper()
	if err != nil {
		l.t.Fatal(err)
	}
}
