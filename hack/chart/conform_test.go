package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tux-io/tux-monitoring-operator/hack/binaries"
)

// TestSuites runs those of charts/tux-monitoring-operator/tests with helm-unittest. What takes a server, or all values at once, is tested
// beside this file.
func TestSuites(t *testing.T) {
	dir, err := binaries.Find(t.Context(), binaries.Manifests, t.Output())
	must(t, err)
	_, out, err := spoken(t, filepath.Join(dir, "helm-unittest"), "", "--strict", chartDir)
	if err != nil || !strings.Contains(out, "Charts:      1 passed") {
		t.Errorf("%v\n%s", err, out)
	}
}

// TestManifestsConform holds what the chart renders, with all values people have, and the manifests of kustomize against the schemas the
// API server publishes: a pull request elsewhere has no server to ask, and tools like this one.
func TestManifestsConform(t *testing.T) {
	dir, err := binaries.Find(t.Context(), binaries.Manifests, t.Output())
	must(t, err)
	mustKubectl(t, "", "apply", "--server-side", "-f", root+"/config/crd/bases")
	t.Cleanup(func() { removeCRD(t) })
	established(t, "crd", crdName)
	schemas := t.TempDir()
	eventually(t, "the server publishes the schema of a TuxMonitoring", func() bool {
		return writeSchemas(t, schemas)["monitoring.tux.io-v1alpha1-tuxmonitoring"]
	})
	conforms := func(manifest string) (string, error) {
		_, out, err := spoken(t, filepath.Join(dir, "kubeconform"), manifest, "-strict", "-summary",
			"-schema-location", schemas+"/{{ .Group }}-{{ .ResourceAPIVersion }}-{{ .ResourceKind }}.json", "-")
		return out, err
	}
	manifests := map[string]string{"samples": mustKubectl(t, "", "kustomize", root+"/config/samples")}
	for _, dir := range []string{"default", "namespaced", "sentry", "logs"} {
		manifests["config/"+dir] = mustKubectl(t, "", "kustomize", root+"/config/"+dir)
	}
	for name, values := range combinations {
		manifests["chart with "+name] = render(t, "tux-system", "-f", valuesFile(t, values), "--include-crds")
	}
	for name, manifest := range manifests {
		if out, err := conforms(manifest); err != nil || strings.Contains(out, "Skipped: 1") {
			t.Errorf("%s: %v\n%s", name, err, out)
		}
	}
	wrong := strings.Replace(manifests["config/default"], "replicas:", "replica:", 1)
	if out, err := conforms(wrong); err == nil || !strings.Contains(out, "replica") {
		t.Errorf("a field that does not exist conforms: %v\n%s", err, out)
	}
}

// writeSchemas makes a file of JSON schema for each kind of the server's OpenAPI documents, and returns their names.
func writeSchemas(t *testing.T, dir string) map[string]bool {
	t.Helper()
	var index struct{ Paths map[string]json.RawMessage }
	must(t, json.Unmarshal([]byte(mustKubectl(t, "", "get", "--raw", "/openapi/v3")), &index))
	written := map[string]bool{}
	for path := range index.Paths {
		if path != "api/v1" && !strings.HasPrefix(path, "apis/") {
			continue
		}
		var document struct {
			Components struct {
				Schemas map[string]map[string]any `json:"schemas"`
			}
		}
		must(t, json.Unmarshal([]byte(mustKubectl(t, "", "get", "--raw", "/openapi/v3/"+path)), &document))
		for _, schema := range document.Components.Schemas {
			closed(schema)
		}
		for _, schema := range document.Components.Schemas {
			for _, name := range kindsOf(schema) {
				file := map[string]any{"$schema": "http://json-schema.org/draft-07/schema#", "components": document.Components}
				for key, value := range schema {
					file[key] = value
				}
				text, err := json.Marshal(file)
				must(t, err)
				must(t, os.WriteFile(filepath.Join(dir, name+".json"), text, 0o600))
				written[name] = true
			}
		}
	}
	return written
}

// kindsOf are the names of the kinds a schema is of, as kubeconform asks for them.
func kindsOf(schema map[string]any) []string {
	list, _ := schema["x-kubernetes-group-version-kind"].([]any)
	var names []string
	for _, item := range list {
		gvk, _ := item.(map[string]any)
		group, _ := gvk["group"].(string)
		version, _ := gvk["version"].(string)
		kind, _ := gvk["kind"].(string)
		if group == "" {
			group = version // so kubeconform calls the first group
		}
		names = append(names, strings.ToLower(group+"-"+version+"-"+kind))
	}
	return names
}

// closed refuses fields that are not listed, as the server does when it validates strictly.
func closed(schema map[string]any) {
	_, listed := schema["properties"]
	_, open := schema["additionalProperties"]
	if listed && !open && schema["x-kubernetes-preserve-unknown-fields"] != true {
		schema["additionalProperties"] = false
	}
	properties, _ := schema["properties"].(map[string]any)
	below := []any{schema["items"], schema["additionalProperties"]}
	for _, property := range properties {
		below = append(below, property)
	}
	for _, key := range []string{"allOf", "oneOf", "anyOf"} {
		list, _ := schema[key].([]any)
		below = append(below, list...)
	}
	for _, item := range below {
		if schema, ok := item.(map[string]any); ok {
			closed(schema)
		}
	}
}
