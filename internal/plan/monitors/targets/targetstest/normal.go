package targetstest

import (
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/yaml"
)

// Normal returns what is left of an object when every empty map, empty list and null is gone, more
// than the applier ever drops: a renderer must not rely on anything that is lost here.
func Normal(t *testing.T, o runtime.Object) *unstructured.Unstructured {
	t.Helper()
	content, err := runtime.DefaultUnstructuredConverter.ToUnstructured(o)
	if err != nil {
		t.Fatal(err)
	}
	dropEmpty(content)
	return &unstructured.Unstructured{Object: content}
}

// YAML returns the normal form as text.
func YAML(t *testing.T, o runtime.Object) string {
	t.Helper()
	out, err := yaml.Marshal(Normal(t, o).Object)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

func dropEmpty(v any) (empty bool) {
	switch v := v.(type) {
	case map[string]any:
		for key, value := range v {
			if dropEmpty(value) {
				delete(v, key)
			}
		}
		return len(v) == 0
	case []any:
		for _, item := range v {
			dropEmpty(item)
		}
		return len(v) == 0
	}
	return v == nil
}
