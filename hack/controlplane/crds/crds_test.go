package crds

import (
	"io/fs"
	"testing"

	"github.com/google/go-cmp/cmp"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"sigs.k8s.io/yaml"
)

func TestFSHoldsOneCRDPerFile(t *testing.T) {
	files, err := fs.Glob(FS, "*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, file := range files {
		text, err := FS.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var crd apiextensionsv1.CustomResourceDefinition
		if err := yaml.Unmarshal(text, &crd); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		if want := crd.Spec.Group + "_" + crd.Spec.Names.Plural + ".yaml"; file != want {
			t.Errorf("file %s holds what belongs into %s", file, want)
		}
		got = append(got, crd.Name)
	}
	want := []string{
		"gateways.gateway.networking.k8s.io", "httproutes.gateway.networking.k8s.io",
		"grafanadashboards.grafana.integreatly.org", "grafanafolders.grafana.integreatly.org",
		"alertingrules.loki.grafana.com", "lokistacks.loki.grafana.com",
		"alertmanagerconfigs.monitoring.coreos.com", "alertmanagers.monitoring.coreos.com",
		"podmonitors.monitoring.coreos.com", "probes.monitoring.coreos.com", "prometheuses.monitoring.coreos.com",
		"prometheusrules.monitoring.coreos.com", "servicemonitors.monitoring.coreos.com",
		"opentelemetrycollectors.opentelemetry.io",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
