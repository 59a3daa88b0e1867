package probes_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/structured-merge-diff/v6/fieldpath"

	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
)

// foreignPaths returns the paths that the server says we own in live and that sent does not have:
// defaults the server filled in, which the applier would take for a difference on every pass.
func foreignPaths(t *testing.T, sent, live *unstructured.Unstructured) []string {
	t.Helper()
	var foreign []string
	for _, entry := range live.GetManagedFields() {
		if entry.Manager != env.FieldManager {
			t.Fatalf("%s %q is managed by %q too", live.GetKind(), live.GetName(), entry.Manager)
		}
		owned := &fieldpath.Set{}
		if err := owned.FromJSON(entry.FieldsV1.GetRawReader()); err != nil {
			t.Fatal(err)
		}
		if owned.Empty() {
			t.Fatalf("nothing of %s %q is owned", live.GetKind(), live.GetName())
		}
		owned.Iterate(func(path fieldpath.Path) {
			if !has(sent.Object, path) {
				foreign = append(foreign, path.String())
			}
		})
	}
	slices.Sort(foreign)
	return foreign
}

// has follows a path into the content of an object.
func has(content any, path fieldpath.Path) bool {
	for _, element := range path {
		next, ok := step(content, element)
		if !ok {
			return false
		}
		content = next
	}
	return true
}

func step(content any, element fieldpath.PathElement) (any, bool) {
	switch {
	case element.FieldName != nil:
		m, _ := content.(map[string]any)
		value, ok := m[*element.FieldName]
		return value, ok
	case element.Index != nil:
		list, _ := content.([]any)
		if *element.Index >= len(list) {
			return nil, false
		}
		return list[*element.Index], true
	default:
		return item(content, element)
	}
}

// item finds the item of a list that has all keys, or is the value, of the element.
func item(content any, element fieldpath.PathElement) (any, bool) {
	list, _ := content.([]any)
	i := slices.IndexFunc(list, func(candidate any) bool {
		if element.Value != nil {
			return same(candidate, (*element.Value).Unstructured())
		}
		m, _ := candidate.(map[string]any)
		for _, key := range *element.Key {
			if !same(m[key.Name], key.Value.Unstructured()) {
				return false
			}
		}
		return true
	})
	if i < 0 {
		return nil, false
	}
	return list[i], true
}

// same compares scalars; one side may be int64 and the other int.
func same(a, b any) bool { return fmt.Sprint(a) == fmt.Sprint(b) }

func TestForeignPaths(t *testing.T) {
	live := &unstructured.Unstructured{Object: map[string]any{}}
	if err := live.UnmarshalJSON([]byte(`{"apiVersion": "v1", "kind": "Service", "metadata": {"managedFields": [{
		"manager": "tuxmonitoring", "fieldsV1": {"f:spec": {"f:type": {}, "f:names": {"v:\"a\"": {}}, "f:ports": {
			"k:{\"port\":80,\"protocol\":\"TCP\"}": {"f:port": {}, "f:protocol": {}, "f:targetPort": {}}}}}}]}}`)); err != nil {
		t.Fatal(err)
	}
	cases := map[string]struct {
		spec map[string]any
		want []string
	}{
		"everything was sent": {
			spec: map[string]any{
				"type": "ClusterIP", "names": []any{"a"},
				"ports": []any{map[string]any{"port": int64(80), "protocol": "TCP", "targetPort": int64(80)}},
			},
		},
		"a scalar, a value and a field of an item were not": {
			spec: map[string]any{
				"names": []any{"b"},
				"ports": []any{map[string]any{"port": int64(80), "protocol": "TCP"}},
			},
			want: []string{`.spec.names[="a"]`, `.spec.ports[port=80,protocol="TCP"].targetPort`, ".spec.type"},
		},
		"a key of an item was not": {
			spec: map[string]any{
				"type": "ClusterIP", "names": []any{"a"},
				"ports": []any{map[string]any{"port": int64(80), "targetPort": int64(80)}},
			},
			want: []string{
				`.spec.ports[port=80,protocol="TCP"].port`,
				`.spec.ports[port=80,protocol="TCP"].protocol`,
				`.spec.ports[port=80,protocol="TCP"].targetPort`,
			},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			sent := &unstructured.Unstructured{Object: map[string]any{"spec": tc.spec}}
			if diff := cmp.Diff(tc.want, foreignPaths(t, sent, live)); diff != "" {
				t.Errorf("paths (-want +got):\n%s", diff)
			}
		})
	}
}
