package cmd

import (
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"

	tuxv1alpha1 "github.com/tux-io/tux-monitoring-operator/api/v1alpha1"
	"github.com/tux-io/tux-monitoring-operator/internal/lint"
	"github.com/tux-io/tux-monitoring-operator/internal/manifest"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/env"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/retention/seal"
)

// resources are the TuxMonitorings of the files, with their status.
func (o *verifySealsOptions) resources(c *cobra.Command) ([]tuxv1alpha1.TuxMonitoring, error) {
	documents, err := manifest.Read(o.files, c.InOrStdin())
	if err != nil {
		return nil, err
	}
	set := manifest.Sort(documents, o.namespace)
	schema, err := lint.NewSchema()
	if err != nil {
		return nil, err
	}
	return decode(c.Context(), schema, &set)
}

// sealObjects are the ConfigMaps with seals of one resource.
type sealObjects []corev1.ConfigMap

// of are the seals of a class. The name of the object says which, whatever the seals in it say.
func (o sealObjects) of(owner, class string) []seal.Stored {
	var all []seal.Stored
	for i := range o {
		if _, ours := seal.Day(o[i].Name, owner, class); !ours {
			continue
		}
		for _, key := range slices.Sorted(maps.Keys(o[i].Data)) {
			all = append(all, seal.Stored{Source: o[i].Name + "/" + key, Key: key, Text: o[i].Data[key]})
		}
	}
	return all
}

// readSeals returns the ConfigMaps of files, by resource.
func readSeals(paths []string, stdin io.Reader) (map[string]sealObjects, error) {
	var files []string
	for _, path := range paths {
		below, err := filesBelow(path)
		if err != nil {
			return nil, err
		}
		files = append(files, below...)
	}
	documents, err := manifest.Read(files, stdin)
	if err != nil {
		return nil, err
	}
	all := map[string]sealObjects{}
	for _, d := range documents {
		var found corev1.ConfigMap
		if d.Object.GetKind() != "ConfigMap" {
			return nil, fmt.Errorf("%s is no ConfigMap", d.Source)
		}
		if err := runtime.DefaultUnstructuredConverter.FromUnstructured(d.Object.Object, &found); err != nil {
			return nil, fmt.Errorf("cannot read %s: %w", d.Source, err)
		}
		resource := found.Namespace + "/" + found.Labels[env.SealsLabel]
		all[resource] = append(all[resource], found)
	}
	return all, nil
}

// filesBelow are the files of a directory, sorted, or the file itself.
func filesBelow(path string) ([]string, error) {
	info, err := os.Stat(path)
	if path == "-" || err == nil && !info.IsDir() {
		return []string{path}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("cannot open file: %w", err)
	}
	entries, err := os.ReadDir(path)
	if err != nil {
		return nil, fmt.Errorf("cannot read directory: %w", err)
	}
	var files []string
	for _, entry := range entries {
		if ext := filepath.Ext(entry.Name()); !entry.IsDir() && slices.Contains([]string{".yaml", ".yml", ".json"}, ext) {
			files = append(files, filepath.Join(path, entry.Name()))
		}
	}
	return files, nil
}
