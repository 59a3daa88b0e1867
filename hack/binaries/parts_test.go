package binaries

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestOnlyWhatChangesTheBytesBuildsPartsAgain builds from a copy of the repository.
func TestOnlyWhatChangesTheBytesBuildsPartsAgain(t *testing.T) {
	t.Setenv("TUXMON_CACHE", t.TempDir())
	t.Setenv("TUXMON_PARTS", "")
	buildWithFakeGo(t)
	root, err := Root()
	if err != nil {
		t.Fatal(err)
	}
	script, sums := string(Parts), "hack/parts/prometheus/go.sum"
	cases := map[string]struct {
		file, old, new string
		again          bool
	}{
		"nothing":    {file: script},
		"a comment":  {script, "set -euo", "# Another comment.\nset -euo", false},
		"a tag":      {script, "netgo", "netgo,extra", true},
		"a flag":     {script, `ldflags="-s -w"`, `ldflags="-s"`, true},
		"a checksum": {sums, "h1:", "h1:x", true},
	}
	before := findParts(t, copyOfParts(t, root))
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			dir := copyOfParts(t, root)
			path := filepath.Join(dir, tc.file)
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			changed := strings.Replace(string(data), tc.old, tc.new, 1)
			if changed == string(data) && tc.old != "" {
				t.Fatalf("%q is not in %s", tc.old, tc.file)
			}
			if err := os.WriteFile(path, []byte(changed), 0o700); err != nil {
				t.Fatal(err)
			}
			if got := findParts(t, dir); (got != before) != tc.again {
				t.Errorf("got %q after %q, want another: %t", got, before, tc.again)
			}
		})
	}
}

// copyOfParts copies what the script of the parts reads.
func copyOfParts(t *testing.T, root string) string {
	t.Helper()
	dir := t.TempDir()
	files, err := filepath.Glob(filepath.Join(root, "hack/parts/*/go.*"))
	if err != nil {
		t.Fatal(err)
	}
	files = append(files, filepath.Join(root, string(Parts)), filepath.Join(root, "hack/binaries/binaries.sh"))
	for _, file := range files {
		name, err := filepath.Rel(root, file)
		if err != nil {
			t.Fatal(err)
		}
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		to := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(to, data, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// findParts runs the script of the repository in dir; the programs it prints the directory of must all run.
func findParts(t *testing.T, dir string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "bash", filepath.Join(dir, string(Parts)))
	cmd.Stderr = t.Output()
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	found := strings.TrimSpace(string(out))
	for _, part := range []string{"prometheus", "promtool", "alertmanager", "blackbox_exporter", "prometheus-operator", "prometheus-config-reloader"} {
		if err := exec.Command(filepath.Join(found, part)).Run(); err != nil {
			t.Errorf("%s in %q does not run: %v", part, found, err)
		}
	}
	return found
}
