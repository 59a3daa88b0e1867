package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tux-io/tux-monitoring-operator/hack/binaries"
)

const config = "../../config"

func TestTheShippedRulesAreCurrent(t *testing.T) {
	want, err := render()
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(filepath.Join(config, "prometheus/rules.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("config/prometheus/rules.yaml is not what the catalogue says, make generate writes it (-want +got):\n%s", diff)
	}
}

// TestTheComponentFitsTheDefault builds a kustomization that has both, as a user would.
func TestTheComponentFitsTheDefault(t *testing.T) {
	bin, err := binaries.Find(t.Context(), binaries.ControlPlane, t.Output())
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.CopyFS(filepath.Join(dir, "config"), os.DirFS(config)); err != nil {
		t.Fatal(err)
	}
	text := "resources: [../config/default]\ncomponents: [../config/prometheus]\n"
	if err := os.MkdirAll(filepath.Join(dir, "mine"), 0o750); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "mine/kustomization.yaml"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), filepath.Join(bin, "kubectl"), "kustomize", filepath.Join(dir, "mine")).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, want := range []string{"kind: ServiceMonitor", "kind: PrometheusRule", "name: tuxmon-manager-metrics", "containerPort: 8080\n          name: metrics"} {
		if !strings.Contains(string(out), want) {
			t.Errorf("%q is not in what kustomize builds", want)
		}
	}
}
