package compat

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/tux-io/tux-monitoring-operator/hack/binaries"
	"github.com/tux-io/tux-monitoring-operator/internal/plan/rules"
)

// versions are the two ends of what we support. Those of a package know their number; what we build from a
// module does not, but its module is pinned.
var versions = []struct {
	name   string
	script binaries.Script
	says   string
}{
	{"oldest", binaries.Oldest, "version 2.42."},
	{"newest", binaries.Parts, "version"},
}

// eachVersion runs a test for the binaries of each version. A binary that is missing is a failure.
func eachVersion(t *testing.T, test func(t *testing.T, dir string)) {
	t.Helper()
	for _, v := range versions {
		t.Run(v.name, func(t *testing.T) {
			dir, err := binaries.Find(t.Context(), v.script, t.Output())
			if err != nil {
				t.Fatal(err)
			}
			for _, program := range []string{"prometheus", "promtool"} {
				out := run(t, filepath.Join(dir, program), "--version")
				if !strings.Contains(out, v.says) {
					t.Fatalf("%s in %q is not %q: %s", program, dir, v.says, out)
				}
			}
			test(t, dir)
		})
	}
}

func run(t *testing.T, program string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), program, args...)
	// A pipe or a terminal of the caller is nothing to read rules from.
	cmd.Stdin = nil
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", filepath.Base(program), args[0], err, out)
	}
	return string(out)
}

func TestPromtoolAcceptsEveryGroup(t *testing.T) {
	files := writeRules(t, readRules(t), unchanged)
	eachVersion(t, func(t *testing.T, dir string) {
		run(t, filepath.Join(dir, "promtool"), append([]string{"check", "rules"}, files...)...)
	})
}

func TestPromtoolRefusesWhatItDoesNotKnow(t *testing.T) {
	file := filepath.Join(t.TempDir(), "rules.yaml")
	text := "groups: [{name: mine, rules: [{record: 'a:b', expr: 'invented_over_time(up[5m])'}]}]\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	eachVersion(t, func(t *testing.T, dir string) {
		cmd := exec.CommandContext(t.Context(), filepath.Join(dir, "promtool"), "check", "rules", file)
		if out, err := cmd.CombinedOutput(); err == nil || !strings.Contains(string(out), "invented_over_time") {
			t.Errorf("got %v and %s", err, out)
		}
	})
}

func TestServersLoadAndEvaluateEveryGroup(t *testing.T) {
	all := readRules(t)
	files := writeRules(t, all, hurried)
	groups := 0
	for _, of := range all {
		groups += len(of)
	}
	eachVersion(t, func(t *testing.T, dir string) {
		t.Parallel()
		s := serve(t, dir, files)
		for _, g := range s.evaluated(t, groups) {
			for _, r := range g.Rules {
				if r.Health != "ok" || r.LastError != "" {
					t.Errorf("%s of %q is %q: %s", r.Name, g.Name, r.Health, r.LastError)
				}
			}
		}
	})
}

// TestEveryAlertIsInSomeGoldenPlan: what no golden plan has was loaded by nobody here.
func TestEveryAlertIsInSomeGoldenPlan(t *testing.T) {
	var have []string
	for _, groups := range readRules(t) {
		for _, g := range groups {
			for i := range g.Rules {
				have = append(have, g.Rules[i].Alert, g.Rules[i].Record)
			}
		}
	}
	want := rules.Records()
	for _, info := range append(rules.Catalogue(), rules.OperatorAlerts()...) {
		want = append(want, info.Name)
	}
	for _, name := range want {
		if !slices.Contains(have, name) {
			t.Errorf("no golden plan has %s", name)
		}
	}
}
