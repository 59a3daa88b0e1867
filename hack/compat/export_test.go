package compat

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tux-io/tux-monitoring-operator/internal/cmd"
)

// exportedFrom is a resource whose rules are few enough to be tested by two more programs in every test run.
const exportedFrom = "hack/mutate/environments/3-bare.yaml"

// export tests the rules of a resource and writes rules and tests for promtool. It returns the test files.
func export(t *testing.T) []string {
	t.Helper()
	dir := t.TempDir()
	var out bytes.Buffer
	if code := cmd.Main([]string{"test", "-f", filepath.Join(root, exportedFrom), "--export", dir}, nil, &out, &out); code != 0 {
		t.Fatalf("tuxmon test ends with %d:\n%s", code, out.String())
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.test.yaml"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no test file was written: %v", err)
	}
	return files
}

func TestPromtoolPassesTheExportedTests(t *testing.T) {
	files := export(t)
	eachVersion(t, func(t *testing.T, dir string) {
		t.Parallel()
		out := run(t, filepath.Join(dir, "promtool"), append([]string{"test", "rules"}, files...)...)
		if passed := strings.Count(out, "SUCCESS"); passed != len(files) {
			t.Errorf("%d of %d files passed:\n%s", passed, len(files), out)
		}
	})
}

// TestPromtoolNoticesARuleThatWaitsTooLong: what passes above passes for a reason.
func TestPromtoolNoticesARuleThatWaitsTooLong(t *testing.T) {
	files := export(t)
	test := fileNamed(t, files, "TuxMemoryHigh")
	rules := fileNamed(t, siblings(t, test), "resources.yaml")
	content, err := os.ReadFile(rules)
	if err != nil {
		t.Fatal(err)
	}
	changed := strings.ReplaceAll(string(content), "for: 10m", "for: 11m")
	if changed == string(content) {
		t.Fatalf("no rule in %s waits 10 minutes", rules)
	}
	if err := os.WriteFile(rules, []byte(changed), 0o600); err != nil {
		t.Fatal(err)
	}
	eachVersion(t, func(t *testing.T, dir string) {
		out, err := exec.CommandContext(t.Context(), filepath.Join(dir, "promtool"), "test", "rules", test).CombinedOutput()
		if err == nil || !strings.Contains(string(out), "FAILED") {
			t.Errorf("got %v and %s", err, out)
		}
	})
}

func siblings(t *testing.T, file string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(filepath.Dir(file), "*.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func fileNamed(t *testing.T, files []string, part string) string {
	t.Helper()
	for _, file := range files {
		if strings.Contains(filepath.Base(file), part) {
			return file
		}
	}
	t.Fatalf("no file is called %q: %v", part, files)
	return ""
}
