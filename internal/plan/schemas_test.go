package plan_test

import (
	"io/fs"
	"slices"
	"strings"
	"testing"

	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	monitoringv1alpha1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1alpha1"
	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	structuralschema "k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/pruning"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/validation"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/yaml"

	"github.com/tux-io/tux-monitoring-operator/hack/controlplane/crds"
	"github.com/tux-io/tux-monitoring-operator/internal/plan"
)

var scheme = newScheme()

func newScheme() *runtime.Scheme {
	s := runtime.NewScheme()
	utilruntime.Must(clientgoscheme.AddToScheme(s))
	utilruntime.Must(monitoringv1.AddToScheme(s))
	utilruntime.Must(monitoringv1alpha1.AddToScheme(s))
	return s
}

// kindSchema checks objects of one kind of prometheus-operator or grafana-operator.
type kindSchema struct {
	openAPI    validation.SchemaValidator
	structural *structuralschema.Structural
}

func kindSchemas(t *testing.T) map[string]kindSchema {
	t.Helper()
	schemas := map[string]kindSchema{}
	names := slices.Concat(glob(t, "monitoring.coreos.com_*.yaml"), glob(t, "grafana.integreatly.org_*.yaml"),
		glob(t, "loki.grafana.com_alertingrules.yaml"), glob(t, "opentelemetry.io_*.yaml"))
	for _, name := range names {
		text, err := fs.ReadFile(crds.FS, name)
		if err != nil {
			t.Fatal(err)
		}
		var definition apiextensionsv1.CustomResourceDefinition
		if err := yaml.Unmarshal(text, &definition); err != nil {
			t.Fatal(err)
		}
		schemas[definition.Spec.Names.Kind] = schemaOf(t, definition.Spec.Versions[0].Schema.OpenAPIV3Schema)
	}
	return schemas
}

func glob(t *testing.T, pattern string) []string {
	t.Helper()
	names, err := fs.Glob(crds.FS, pattern)
	if err != nil || len(names) == 0 {
		t.Fatalf("no CRDs %s: %v", pattern, err)
	}
	return names
}

func schemaOf(t *testing.T, v1 *apiextensionsv1.JSONSchemaProps) kindSchema {
	t.Helper()
	var internal apiextensions.JSONSchemaProps
	if err := apiextensionsv1.Convert_v1_JSONSchemaProps_To_apiextensions_JSONSchemaProps(v1, &internal, nil); err != nil {
		t.Fatal(err)
	}
	structural, err := structuralschema.NewStructural(&internal)
	if err != nil {
		t.Fatal(err)
	}
	openAPI, _, err := validation.NewSchemaValidator(&internal)
	if err != nil {
		t.Fatal(err)
	}
	return kindSchema{openAPI, structural}
}

// refused returns what the schema has against an object: values it does not allow, fields it does not know.
func (k kindSchema) refused(u *unstructured.Unstructured) []string {
	var problems []string
	for _, err := range validation.ValidateCustomResource(nil, u.Object, k.openAPI) {
		problems = append(problems, err.Error())
	}
	opts := structuralschema.UnknownFieldPathOptions{TrackUnknownFieldPaths: true}
	for _, path := range pruning.PruneWithOptions(u.DeepCopy().Object, k.structural, true, opts) {
		problems = append(problems, "unknown field "+path)
	}
	return problems
}

func TestTheOperatorsOfOthersAcceptEveryObject(t *testing.T) {
	schemas := kindSchemas(t)
	looked := map[string]int{}
	for _, name := range cases(t) {
		for _, u := range objects(t, plan.Build(input(t, name))) {
			group := u.GroupVersionKind().Group
			if group != "monitoring.coreos.com" && group != "grafana.integreatly.org" {
				continue
			}
			schema, ok := schemas[u.GetKind()]
			if !ok {
				t.Fatalf("no schema for %s", u.GetKind())
			}
			looked[u.GetKind()]++
			for _, problem := range schema.refused(u) {
				t.Errorf("%s: %s %s: %s", name, u.GetKind(), u.GetName(), problem)
			}
		}
	}
	for _, kind := range []string{"ServiceMonitor", "PodMonitor", "Probe", "PrometheusRule", "AlertmanagerConfig", "GrafanaDashboard", "GrafanaFolder"} {
		if looked[kind] == 0 {
			t.Errorf("no case renders a %s", kind)
		}
	}
}

func TestTheSchemaCheckCanFail(t *testing.T) {
	monitor := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "monitoring.coreos.com/v1", "kind": "ServiceMonitor",
		"spec": map[string]any{"selector": map[string]any{}, "endpoints": []any{map[string]any{"port": "http", "intervall": "30s"}}, "sampleLimit": "many"},
	}}
	problems := strings.Join(kindSchemas(t)["ServiceMonitor"].refused(monitor), "\n")
	for _, want := range []string{"unknown field spec.endpoints[0].intervall", "spec.sampleLimit"} {
		if !strings.Contains(problems, want) {
			t.Errorf("%q is not refused: %s", want, problems)
		}
	}
}
