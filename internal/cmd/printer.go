package cmd

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"
)

type printObjects func([]*unstructured.Unstructured) error

// printer returns what -o asks for, or an error before any work is done.
func (o *renderOptions) printer(stdout io.Writer) (printObjects, error) {
	if len(o.files) == 0 {
		return nil, errors.New("cannot render: -f FILE is missing, see tuxmon render --help")
	}
	if (o.output == "dir") != (o.dir != "") {
		return nil, errors.New("cannot render: -o dir and --dir DIRECTORY belong together")
	}
	switch o.output {
	case "yaml":
		return func(objects []*unstructured.Unstructured) error { return printYAML(stdout, objects) }, nil
	case "json":
		return func(objects []*unstructured.Unstructured) error { return printJSON(stdout, objects) }, nil
	case "dir":
		return func(objects []*unstructured.Unstructured) error { return writeDir(o.dir, objects) }, nil
	}
	return nil, fmt.Errorf("cannot render: unknown output %q, use yaml, json or dir", o.output)
}

func printYAML(w io.Writer, objects []*unstructured.Unstructured) error {
	for _, object := range objects {
		text, err := yaml.Marshal(object.Object)
		if err != nil {
			return fmt.Errorf("cannot print %s %q: %w", object.GetKind(), object.GetName(), err)
		}
		if _, err := fmt.Fprintf(w, "---\n%s", text); err != nil {
			return err
		}
	}
	return nil
}

// printJSON prints one List, as kubectl does.
func printJSON(w io.Writer, objects []*unstructured.Unstructured) error {
	items := make([]any, 0, len(objects))
	for _, object := range objects {
		items = append(items, object.Object)
	}
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	return encoder.Encode(map[string]any{"apiVersion": "v1", "kind": "List", "items": items})
}

// writeDir writes one file per object. Files that are there already and belong to no object of this
// plan are left alone: the directory may be the user's own.
func writeDir(dir string, objects []*unstructured.Unstructured) error {
	for _, object := range objects {
		text, err := yaml.Marshal(object.Object)
		if err != nil {
			return fmt.Errorf("cannot print %s %q: %w", object.GetKind(), object.GetName(), err)
		}
		folder := filepath.Join(dir, object.GetNamespace())
		if err := os.MkdirAll(folder, 0o750); err != nil {
			return fmt.Errorf("cannot make directory: %w", err)
		}
		name := strings.ToLower(object.GetKind()) + "-" + object.GetName() + ".yaml"
		if err := os.WriteFile(filepath.Join(folder, name), text, 0o600); err != nil {
			return fmt.Errorf("cannot write file: %w", err)
		}
	}
	return nil
}
