package controllers

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"
)

// TestTheServerAgreesWithTheFixtures sends every fixture to the API server as kubectl does, with strict
// field validation. internal/lint gives the same answers offline.
func TestTheServerAgreesWithTheFixtures(t *testing.T) {
	for _, kind := range []string{"valid", "invalid"} {
		files, err := filepath.Glob("../api/v1alpha1/testdata/" + kind + "/*.yaml")
		if err != nil || len(files) == 0 {
			t.Fatalf("no %s fixtures: %v", kind, err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			object := &unstructured.Unstructured{}
			if err := yaml.Unmarshal(text, &object.Object); err != nil {
				t.Fatal(err)
			}
			first, _, _ := strings.Cut(string(text), "\n")
			want := strings.TrimPrefix(first, "# want: ")
			namespaced(object)
			err = admin.Create(t.Context(), object, client.DryRunAll, client.FieldValidation("Strict"))
			if kind == "valid" && err != nil {
				t.Errorf("%s is refused: %v", file, err)
			}
			if kind == "invalid" && (err == nil || !strings.Contains(err.Error(), want)) {
				t.Errorf("%s: got %v, want a message with %q", file, err, want)
			}
		}
	}
}

// namespaced does as kubectl with a fixture that names no namespace.
func namespaced(object *unstructured.Unstructured) {
	if object.GetNamespace() == "" {
		object.SetNamespace("default")
	}
}

// TestTheServerAgreesWithTheTransitions changes resources from the first to the second document of each file.
func TestTheServerAgreesWithTheTransitions(t *testing.T) {
	files, err := filepath.Glob("../api/v1alpha1/testdata/transitions/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no transitions: %v", err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		head, rest, _ := strings.Cut(string(text), "\n")
		want := strings.TrimSpace(strings.TrimPrefix(head, "# want:"))
		first, second, _ := strings.Cut(rest, "\n---\n")
		before, after := &unstructured.Unstructured{}, &unstructured.Unstructured{}
		for document, object := range map[string]*unstructured.Unstructured{first: before, second: after} {
			if err := yaml.Unmarshal([]byte(document), &object.Object); err != nil {
				t.Fatal(err)
			}
			namespaced(object)
		}
		if err := admin.Create(t.Context(), before); err != nil {
			t.Fatal(err)
		}
		after.SetResourceVersion(before.GetResourceVersion())
		err = admin.Update(t.Context(), after, client.DryRunAll)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: got %v, want a message with %q", file, err, want)
		}
		if err := admin.Delete(t.Context(), before); err != nil {
			t.Error(err)
		}
	}
}
