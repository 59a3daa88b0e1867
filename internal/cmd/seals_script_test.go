package cmd

import (
	"bytes"
	"crypto/ed25519"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/tux-io/tux-monitoring-operator/internal/external/loki/lokitest"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/retention/seal"
)

// withSeals starts Lokis for a script, by seals/tux.yaml, by $DELETED and, with no request any more, by $FORGOTTEN, with the lines of
// three sealed hours of 24 November. One line of the second came late, and of the others somebody has deleted a line of the first.
func withSeals(e *testscript.Env) error {
	hour := time.Date(2026, 11, 24, 13, 0, 0, 0, time.UTC)
	var lines []lokitest.Line
	for i := range 6 {
		at := hour.Add(time.Duration(i/2)*time.Hour + time.Duration(5+20*(i%2))*time.Minute)
		lines = append(lines, lokitest.Line{Tenant: "tux-production", Class: "audit", At: at, Text: fmt.Sprint("line ", i)})
	}
	key := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, ed25519.SeedSize))
	seals, head, err := sealsOf(lines, hour, key)
	if err != nil {
		return err
	}
	late := lokitest.Line{Tenant: "tux-production", Class: "audit", At: hour.Add(time.Hour + 7*time.Minute), Text: "late"}
	request := lokitest.Deletion{
		Tenant: "tux-production", ID: "a1b2c3d4", Query: `{retention_class="audit"} |= "mallory"`, Status: "processed", From: hour, To: hour.Add(time.Hour), Created: hour,
	}
	whole := serve(e, append(lines, late))
	e.Setenv("DELETED", serve(e, append(lines[1:], late), request))
	e.Setenv("GUARDED", serveBehind(e, append(lines[1:], late)))
	e.Setenv("FORGOTTEN", serve(e, append(lines[1:], late)))
	public, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		return err
	}
	files := map[string]string{
		"seal.pub": string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: public})),
		"tux.yaml": `apiVersion: monitoring.tux.io/v1alpha1
kind: TuxMonitoring
metadata: {name: production, namespace: tux-production}
spec:
  backends: [{name: web, deployment: tux-backend}]
  logs:
    backend: {loki: {url: "` + whole + `", overrides: {namespace: monitoring, name: tux-loki}}}
    tenant: tux-production
    seals: {keySecretRef: {name: tux-seal-key}}
status:
  logs: {seals: [{class: audit, lastHour: "2026-11-24T15:00:00Z", head: ` + head + `}]}
`,
		"objects/seals.yaml": objectOf(seals),
		"edited.yaml":        strings.Replace(objectOf(seals), `14:00:00Z","days":730,"lines":2,"root":"`, `14:00:00Z","days":730,"lines":2,"root":"0`, 1),
		"shorter.yaml":       objectOf(seals[:2]),
		"record.yaml": `apiVersion: v1
kind: ConfigMap
metadata: {name: log-erasure-7, namespace: tux-production}
data:
  record.json: '{"uid":"7","tenant":"tux-production","requestId":"a1b2c3d4","outcome":"Erased"}'
`,
		"erasures.json": `[{"request_id":"a1b2c3d4","start_time":1795525200,"end_time":1795528800.5,"query":"{}","status":"processed","created_at":1795530000}]`,
	}
	for name, text := range files {
		path := filepath.Join(e.WorkDir, "seals", name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return err
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			return err
		}
	}
	return nil
}

// serve starts a Loki with lines.
func serve(e *testscript.Env, lines []lokitest.Line, deletions ...lokitest.Deletion) string {
	loki := lokitest.New(func() string { return "overrides: {}" })
	loki.Edit(func(state *lokitest.State) { state.Lines, state.Deletions = lines, deletions })
	server := httptest.NewServer(loki)
	e.Defer(server.Close)
	return server.URL
}

// serveBehind starts one behind a gateway that keeps the list of deletions for itself, and whose answers have no room
// for the two lines that one hour has in one nanosecond.
func serveBehind(e *testscript.Env, lines []lokitest.Line) string {
	twin := lines[1]
	twin.Text = "twin"
	loki := lokitest.New(func() string { return "overrides: {}" })
	loki.Edit(func(state *lokitest.State) { state.Lines, state.Entries = append(slices.Clone(lines), twin), 2 })
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/delete") {
			http.Error(w, "not for you", http.StatusForbidden)
			return
		}
		loki.ServeHTTP(w, r)
	}))
	e.Defer(server.Close)
	return server.URL
}

// sealsOf seals three hours, as the operator does.
func sealsOf(lines []lokitest.Line, from time.Time, key ed25519.PrivateKey) (all []string, head string, err error) {
	labels := seal.LabelsOf(map[string]string{"retention_class": "audit"})
	for i := range 3 {
		hour := from.Add(time.Duration(i) * time.Hour)
		m := seal.NewMaker(seal.Of{Tenant: "tux-production", Class: "audit"}, hour)
		for _, line := range lines[2*i : 2*i+2] {
			if err := m.Add(seal.Line{At: line.At.UnixNano(), Labels: labels, Text: line.Text}); err != nil {
				return nil, "", err
			}
		}
		made, err := m.Seal(head, 730, key)
		if err != nil {
			return nil, "", err
		}
		head = made.Hash()
		all = append(all, "  "+seal.Key(hour)+": '"+made.Text()+"'\n")
	}
	return all, head, nil
}

func objectOf(seals []string) string {
	return `apiVersion: v1
kind: ConfigMap
metadata: {name: production-seals-audit-20261124, namespace: tux-production, labels: {monitoring.tux.io/seals: production}}
data:
` + strings.Join(seals, "")
}
