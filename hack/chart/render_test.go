package main

import (
	"encoding/json"
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/yaml"

	"github.com/tux-io/tux-monitoring-operator/config/crd"
)

var update = flag.Bool("update", false, "write the golden files")

// combinations are values people have, each in the golden file of its name.
var combinations = map[string]string{
	"default":            "",
	"one-replica":        "replicas: 1\nleaderElection: {enabled: false}\n",
	"watched":            "metrics: {serviceMonitor: {enabled: true, labels: {release: kps}}, prometheusRule: {enabled: true, labels: {release: kps}}, dashboard: {enabled: true}}\n",
	"gitops":             "metrics: {serviceMonitor: {enabled: true, renderMode: alwaysRender}, prometheusRule: {enabled: true, renderMode: alwaysRender}}\nhooks: {preDelete: {enabled: false}}\n",
	"namespaced":         "watchNamespaces: [tux-production, tux-staging]\nsentry: {namespaces: [tux-production]}\ncrds: {enabled: false}\n",
	"secrets-everywhere": "sentry: {allNamespaces: true, ownErrorsEnvironment: platform}\n",
	"secrets-somewhere":  "sentry: {namespaces: [tux-production]}\n",
	"secure-metrics":     "metrics: {secure: true, serviceMonitor: {enabled: true}}\n",
	"digest":             "image: {registry: registry.example, digest: \"sha256:" + strings.Repeat("ab", 32) + "\"}\nimagePullSecrets: [{name: regcred}]\n",
	"placed": "priorityClassName: system-cluster-critical\nnodeSelector: {pool: infra}\ntolerations: [{key: infra, operator: Exists}]\n" +
		"affinity: {podAntiAffinity: {requiredDuringSchedulingIgnoredDuringExecution: [{topologyKey: kubernetes.io/hostname, labelSelector: {matchLabels: {app.kubernetes.io/name: x}}}]}}\n" +
		"topologySpreadConstraints: []\nhostUsers: false\npodLabels: {team: platform}\npodAnnotations: {note: \"yes\"}\ndeploymentAnnotations: {note: \"yes\"}\n",
	"bare": "crds: {enabled: false}\nrbac: {create: false, tiers: false}\nserviceAccount: {create: false, name: mine}\n" +
		"networkPolicy: {enabled: false}\npodDisruptionBudget: {enabled: false}\nmetrics: {service: {enabled: false}}\ngoMemLimitRatio: 0\nsentry: {ownErrorsSecret: \"\"}\n",
	"closed": "networkPolicy:\n  metricsFrom: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: monitoring}}}]\n" +
		"  egress: [{to: [{ipBlock: {cidr: 10.0.0.1/32}}], ports: [{port: 6443, protocol: TCP}]}]\n",
	"extended": "nameOverride: monitoring-operator\nfullnameOverride: tuxmon-manager\ncommonLabels: {team: platform}\ncrds: {keep: false, annotations: {note: mine}}\n" +
		"extraArgs: [--health-probe-bind-address=:8081]\nextraEnv: [{name: HTTPS_PROXY, value: http://proxy:3128}]\nextraVolumes: [{name: tmp, emptyDir: {}}]\nextraVolumeMounts: [{name: tmp, mountPath: /tmp}]\n" +
		"extraObjects:\n- {apiVersion: v1, kind: ConfigMap, metadata: {name: one}, data: {at: \"{{ .Release.Namespace }}\"}}\n- |\n  apiVersion: v1\n  kind: ConfigMap\n  metadata: {name: {{ .Release.Name }}-two}\n",
}

// render is what helm template makes for a namespace, with files of values.
func render(t *testing.T, namespace string, args ...string) string {
	t.Helper()
	out, err := template(t, namespace, args...)
	if err != nil {
		t.Fatalf("helm template %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return out
}

func template(t *testing.T, namespace string, args ...string) (string, error) {
	t.Helper()
	kinds := []string{"--api-versions", "monitoring.coreos.com/v1/ServiceMonitor", "--api-versions", "monitoring.coreos.com/v1/PrometheusRule"}
	return command(t, helmBin, "", append(append([]string{"template", "tuxmon", chartDir, "--namespace", namespace, "--kube-version", "1.30.0"}, kinds...), args...)...)
}

func valuesFile(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "values.yaml")
	must(t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

func objects(t *testing.T, text string) []unstructured.Unstructured {
	t.Helper()
	decoder := utilyaml.NewYAMLOrJSONDecoder(strings.NewReader(text), 4096)
	var out []unstructured.Unstructured
	for {
		object := map[string]any{}
		err := decoder.Decode(&object)
		if errors.Is(err, io.EOF) {
			return out
		}
		must(t, err)
		if len(object) > 0 {
			out = append(out, unstructured.Unstructured{Object: object})
		}
	}
}

func convert(t *testing.T, object *unstructured.Unstructured, into any) {
	t.Helper()
	must(t, runtime.DefaultUnstructuredConverter.FromUnstructured(object.Object, into))
}

// TestGolden shows in a review what a change of a template changes. The CRD and what is generated is left out: it has
// tests of its own, and would bury the rest.
func TestGolden(t *testing.T) {
	for name, values := range combinations {
		t.Run(name, func(t *testing.T) {
			var kept []string
			for document := range strings.SplitSeq(render(t, "tux-system", "-f", valuesFile(t, values)), "\n---\n") {
				for _, kind := range []string{"CustomResourceDefinition", "PrometheusRule"} {
					if strings.Contains(document, "\nkind: "+kind+"\n") {
						document, _, _ = strings.Cut(document, "\nspec:\n")
					}
				}
				if strings.Contains(document, "grafana_dashboard") {
					document, _, _ = strings.Cut(document, "\ndata:\n")
				}
				kept = append(kept, document)
			}
			got := strings.Join(kept, "\n---\n")
			path := filepath.Join("testdata", name+".yaml")
			if *update {
				must(t, os.MkdirAll("testdata", 0o750))
				must(t, os.WriteFile(path, []byte(got), 0o600))
			}
			want, err := os.ReadFile(path)
			must(t, err)
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Errorf("make update-golden, if this is meant (-want +got):\n%s", diff)
			}
		})
	}
}

// TestTheServerAcceptsEverything sends every object of every combination to the API server, strictly, in a namespace
// of the profile restricted; a pod that does not fit it would be warned of.
func TestTheServerAcceptsEverything(t *testing.T) {
	for name, values := range combinations {
		t.Run(name, func(t *testing.T) {
			namespace := restricted(t)
			manifest := render(t, namespace, "-f", valuesFile(t, values), "--include-crds")
			for _, watched := range []string{"tux-production", "tux-staging"} {
				_, _ = kubectl(t, "", "create", "namespace", watched)
			}
			for _, flags := range [][]string{{"--server-side"}, {"--server-side=false"}} {
				args := append([]string{"apply", "--dry-run=server", "--validate=strict", "-f", "-"}, flags...)
				out, err := kubectl(t, manifest, args...)
				if err != nil || strings.Contains(out, "Warning:") {
					t.Errorf("apply %v: %v\n%s", flags, err, out)
				}
			}
		})
	}
}

func TestSchemaRefuses(t *testing.T) {
	for _, values := range []string{
		"replica: 2", "replicas: two", "replicas: -1", "image: {tag: 'a b'}", "image: {digest: abc}", "logLevel: loud",
		"watchNamespaces: [Upper]", "watchNamespaces: [a, a]", "watchNamespaces: all", "metrics: {port: 1}", "goMemLimitRatio: 2",
		"metrics: {serviceMonitor: {renderMode: maybe}}", "networkPolicy: {egressPorts: []}", "networkPolicy: {egressPorts: [0]}",
		"crds: {keep: 'true'}", "extraArgs: [positional]", "podDisruptionBudget: {maxUnavailable: half}", "commonLabels: {a: 1}",
		"hooks: {preDelete: true}", "sentry: {allNamespace: true}", "resources: {limit: {memory: 1Gi}}",
	} {
		out, err := template(t, "tux-system", "-f", valuesFile(t, values))
		if err == nil || !strings.Contains(out, "values don't meet the specifications of the schema") {
			t.Errorf("%q: %v\n%.300s", values, err, out)
		}
	}
}

// TestContradictionsAreRefused, which no schema can tell, with what to do.
func TestContradictionsAreRefused(t *testing.T) {
	for values, want := range map[string]string{
		"watchNamespaces: [a]\nmetrics: {secure: true}":       "metrics.secure needs a ClusterRole",
		"watchNamespaces: [a]\nsentry: {allNamespaces: true}": "use sentry.namespaces",
		"watchNamespaces: [a]\nsentry: {namespaces: [b]}":     `"b", which is not among watchNamespaces`,
		"sentry: {allNamespaces: true, namespaces: [b]}":      "exclude each other",
		"replicas: 2\nleaderElection: {enabled: false}":       "needs leaderElection.enabled",
	} {
		out, err := template(t, "tux-system", "-f", valuesFile(t, values))
		if err == nil || !strings.Contains(out, want) {
			t.Errorf("%q: %v, want %q\n%.300s", values, err, want, out)
		}
	}
}

func TestRenderMode(t *testing.T) {
	bare := func(mode string) (string, error) {
		return command(t, helmBin, "", "template", "tuxmon", chartDir, "--set", "metrics.serviceMonitor.enabled=true,metrics.serviceMonitor.renderMode="+mode)
	}
	for mode, want := range map[string]bool{"skipIfMissing": false, "alwaysRender": true} {
		out, err := bare(mode)
		if got := strings.Contains(out, "kind: ServiceMonitor"); err != nil || got != want {
			t.Errorf("%s: rendered %t, want %t, %v", mode, got, want, err)
		}
	}
	if out, err := bare("failIfMissing"); err == nil || !strings.Contains(out, "install prometheus-operator first") {
		t.Errorf("failIfMissing: %v\n%s", err, out)
	}
}

// TestEveryValueHasASchema: what is not in the schema is refused, and what is not in values.yaml is in no README.
func TestEveryValueHasASchema(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(chartDir, "values.yaml"))
	must(t, err)
	values := map[string]any{}
	must(t, yaml.UnmarshalStrict(text, &values))
	text, err = os.ReadFile(filepath.Join(chartDir, "values.schema.json"))
	must(t, err)
	schema := map[string]any{}
	must(t, json.Unmarshal(text, &schema))
	sameKeys(t, "", values, schema)
}

func sameKeys(t *testing.T, path string, values, schema map[string]any) {
	t.Helper()
	properties, _ := schema["properties"].(map[string]any)
	if properties != nil && schema["additionalProperties"] != false {
		t.Errorf("the schema takes anything in %q", path)
	}
	for name, property := range properties {
		value, known := values[name]
		optional := path == "" && name == "global" || path == ".resources" && name == "claims"
		if !known && !optional {
			t.Errorf("values.yaml has no %s.%s", path, name)
		}
		if below, ok := value.(map[string]any); ok {
			sameKeys(t, path+"."+name, below, property.(map[string]any))
		}
	}
}

// TestLint: no warning, but that a chart may have an icon.
func TestLint(t *testing.T) {
	out, err := command(t, helmBin, "", "lint", "--strict", chartDir)
	if err != nil || strings.Contains(out, "[WARNING]") || strings.Contains(out, "[ERROR]") {
		t.Errorf("helm lint: %v\n%s", err, out)
	}
}

// unstable are functions whose results differ from one rendering to the next.
var unstable = regexp.MustCompile(`{{[^}]*\b(lookup|rand[A-Z]\w*|gen[A-Z]\w*|uuidv4|now|derivePassword|htpasswd|getHostByName)\b[^}]*}}`)

// TestTheSameValuesGiveTheSameObjects: a template that looks into the cluster or rolls dice is for ever out of sync.
func TestTheSameValuesGiveTheSameObjects(t *testing.T) {
	if first, second := render(t, "tux-system"), render(t, "tux-system"); first != second {
		t.Error(cmp.Diff(first, second))
	}
	must(t, filepath.WalkDir(filepath.Join(chartDir, "templates"), func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		if found := unstable.Find(text); found != nil {
			t.Errorf("%s uses %q", path, found)
		}
		return err
	}))
}

// TestTheChartIsGenerated holds the copies in the chart to what the generator writes now.
func TestTheChartIsGenerated(t *testing.T) {
	files, err := generate(root)
	must(t, err)
	for name, want := range files {
		got, err := os.ReadFile(filepath.Join(root, name))
		must(t, err)
		if diff := cmp.Diff(want, string(got)); diff != "" {
			t.Errorf("%s is old, make generate writes it:\n%s", name, diff)
		}
	}
}

// TestTheChartInstallsWhatConfigDoes: of the same names everything that has rules is the same as in config/.
func TestTheChartInstallsWhatConfigDoes(t *testing.T) {
	byKind := map[string][]unstructured.Unstructured{}
	values := "fullnameOverride: tuxmon-manager\nmetrics: {prometheusRule: {enabled: true}}\n"
	for _, object := range objects(t, render(t, "tux-monitoring-system", "-f", valuesFile(t, values))) {
		byKind[object.GetKind()] = append(byKind[object.GetKind()], object)
	}
	for i, text := range [][]byte{crd.TuxLogErasure, crd.TuxMonitoring} {
		var want, got apiextensionsv1.CustomResourceDefinition
		must(t, yaml.Unmarshal(text, &want))
		convert(t, &byKind["CustomResourceDefinition"][i], &got)
		if diff := cmp.Diff(want.Spec, got.Spec); diff != "" {
			t.Errorf("the CRD differs (-config +chart):\n%s", diff)
		}
		for key, value := range want.Annotations {
			if got.Annotations[key] != value {
				t.Errorf("the CRD has %s=%q, want %q", key, got.Annotations[key], value)
			}
		}
	}
	text, err := os.ReadFile(filepath.Join(root, "config/prometheus/rules.yaml"))
	must(t, err)
	rule := unstructured.Unstructured{}
	must(t, yaml.Unmarshal(text, &rule.Object))
	if diff := cmp.Diff(rule.Object["spec"], byKind["PrometheusRule"][0].Object["spec"]); diff != "" {
		t.Errorf("the rules differ (-config +chart):\n%s", diff)
	}
}

// TestTheCRDFitsGitOps: small enough for the annotation of a client-side apply, and nothing Flux would substitute.
func TestTheCRDFitsGitOps(t *testing.T) {
	const limit = 200 << 10
	for _, object := range objects(t, render(t, "tux-system")) {
		if object.GetKind() != "CustomResourceDefinition" {
			continue
		}
		text, err := json.Marshal(object.Object)
		must(t, err)
		if len(text) > limit || strings.Contains(string(text), "${") {
			t.Errorf("the CRD has %d bytes, at most %d; has ${: %t", len(text), limit, strings.Contains(string(text), "${"))
		}
		annotations := object.GetAnnotations()
		if annotations["kustomize.toolkit.fluxcd.io/substitute"] != "disabled" || annotations["helm.sh/resource-policy"] != "keep" {
			t.Errorf("the CRD has annotations %v", annotations)
		}
		return
	}
	t.Fatal("the chart has no CRD")
}

// TestNotes: they say the next step, and what is missing for it.
func TestNotes(t *testing.T) {
	out := mustHelm(t, "install", "tuxmon", chartDir, "--namespace", "default", "--dry-run=client", "--set", "watchNamespaces={shop}")
	for _, want := range []string{"TuxMonitorings in shop", "namespace: shop", "kubectl get tuxmon -A", "may read no Secret"} {
		if !strings.Contains(out, want) {
			t.Errorf("the notes lack %q:\n%s", want, out)
		}
	}
}

// TestPodsHaveWhatTheyNeed reads the pod as the kubelet will.
func TestPodsHaveWhatTheyNeed(t *testing.T) {
	memory := map[string]string{}
	for values, want := range map[string]string{
		"{}": "241591910", "resources: {limits: {memory: 1Gi}}": "966367641", "resources: {limits: {memory: 500M}}": "450000000",
		"resources: {limits: null}": "", "goMemLimitRatio: 0": "", "resources: {limits: {memory: 0.5Gi}}": "",
	} {
		for _, object := range objects(t, render(t, "tux-system", "-f", valuesFile(t, values))) {
			if object.GetKind() != "Deployment" {
				continue
			}
			containers, _, err := unstructured.NestedSlice(object.Object, "spec", "template", "spec", "containers")
			must(t, err)
			var container corev1.Container
			must(t, runtime.DefaultUnstructuredConverter.FromUnstructured(containers[0].(map[string]any), &container))
			for _, variable := range container.Env {
				if variable.Name == "GOMEMLIMIT" {
					memory[values] = variable.Value
				}
			}
		}
		if memory[values] != want {
			t.Errorf("%s: GOMEMLIMIT is %q, want %q", values, memory[values], want)
		}
	}
}
